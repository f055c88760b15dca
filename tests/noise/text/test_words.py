"""Noises on words: which words go, move or come again, how many, and what becomes of the gaps."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

from tests.noise.text.texts import ENGLISH, ODD, agrees, any_text, between_of, noised, prose, under, white_of, words_of

ORDERS = ("rotate-words", "shuffle-words", "swap-words")

LONG = " ".join(f"w{number}" for number in range(20_000))


def order_of(text: str) -> list[int]:
    """Where the words of `LONG`, or of its beginning, come from."""
    return [int(one[1:]) for one in text.split()]


def numbered(count: int) -> str:
    """A text of so many words, all unlike."""
    return " ".join(f"w{number}" for number in range(count))


@pytest.mark.parametrize("name", ORDERS)
@given(text=any_text)
def test_all_words_are_there_in_another_order(name: str, text: str) -> None:
    made = under(name, text)
    assert Counter(made) == Counter(text)
    assert (made != text) or len(set(words_of(text))) < 2 or not made.isascii() or not made.split()


@pytest.mark.parametrize("name", ORDERS)
def test_what_stands_between_words_stays_where_it_was(name: str) -> None:
    for text in (*ENGLISH, *prose()[:50]):
        if text.isascii():
            made = under(name, text)
            assert Counter(words_of(made)) == Counter(words_of(text))
            assert between_of(made) == between_of(text)


# --- swap-words


def test_the_share_of_swapped_pairs() -> None:
    for rate in (0.02, 0.1, 0.6, 1.0):
        order = order_of(under("swap-words", LONG, rate=rate))
        moved = [number for number, one in enumerate(order) if number != one]
        assert all(abs(order[number] - number) == 1 for number in moved)
        assert agrees(len(moved) / 2, 10_000, rate) or abs(len(moved) / 2 - 10_000 * rate) <= 1


def test_pairs_begin_at_the_first_or_the_second_word() -> None:
    made = noised("swap-words", [f"a b c x{number}" for number in range(400)], rate=1.0)
    first = sum(one.startswith("b a") for one in made)
    assert first + sum(one.startswith("a c b") for one in made) == 400
    assert agrees(first, 400, 0.5)


@pytest.mark.parametrize(("text", "expected"), [("a b", "b a"), ("a a b", "a b a"), ("a b b", "b a b"), ("a a", "a a")])
def test_the_pair_that_looks_different_is_swapped(text: str, expected: str) -> None:
    for seed in range(8):
        assert noised("swap-words", [text], seed=seed)[0] == expected


# --- shuffle-words


@pytest.mark.parametrize("window", [1, 2, 3])
def test_no_word_moves_farther_than_the_window(window: int) -> None:
    order = np.array(order_of(under("shuffle-words", LONG, window=window)))
    assert np.abs(order - np.arange(len(order))).max() == window
    texts = [numbered(count) for count in range(2, 30)] * 5
    for text, made in zip(texts, noised("shuffle-words", texts, window=window), strict=True):
        order = np.array(order_of(made))
        assert np.abs(order - np.arange(len(order))).max() <= window
        assert made != text


def test_the_share_of_moved_words() -> None:
    # Sorting i + U(0, 4) moves 0.600 of twenty words (0.235 and 0.455 for 2 and 3).
    for window, expected in ((1, 0.235), (2, 0.455), (3, 0.600)):
        texts = [" ".join(f"v{number}w{word}" for word in range(20)) for number in range(2000)]
        moved = [[not word.endswith(f"w{number}") for number, word in enumerate(one.split())]
                 for one in noised("shuffle-words", texts, window=window)]  # fmt: skip
        assert abs(np.mean(moved) - expected) < 0.012


@pytest.mark.parametrize("window", [0, 3, 10, 1_000_000])
def test_a_shuffle_does_not_depend_on_the_longest_text_of_the_block(window: int) -> None:
    texts = [f"{numbered(count)} v{number}" for count in range(1, 8) for number in range(10)]
    made = list(noised("shuffle-words", [*texts, numbered(500)], window=window))[:-1]
    assert made == [under("shuffle-words", one, window=window) for one in texts]


def test_without_a_window_every_order_is_there() -> None:
    made = Counter(noised("shuffle-words", ["a b c"], seed=seed, window=0)[0] for seed in range(300))
    assert set(made) == {"a c b", "b a c", "b c a", "c a b", "c b a"}
    order = np.array(order_of(under("shuffle-words", LONG, window=0)))
    assert abs(np.corrcoef(order, np.arange(len(order)))[0, 1]) < 4 / np.sqrt(len(order))


def test_two_words_change_places() -> None:
    for window in (0, 1, 3):
        for seed in range(8):
            assert noised("shuffle-words", ["one, two"], seed=seed, window=window)[0] == "two, one"
            assert noised("shuffle-words", ["a a a b"], seed=seed, window=window)[0] != "a a a b"


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("text", ["the the the", "one", "", "...", "哈哈哈哈"])
def test_what_looks_the_same_in_every_order_stays(name: str, text: str) -> None:
    assert under(name, text) == text


# --- rotate-words


def test_words_are_moved_on_in_a_circle() -> None:
    seen = Counter[int]()
    for seed in range(600):
        order = order_of(noised("rotate-words", [numbered(4)], seed=seed)[0])
        assert all((other - one) % 4 == 1 for one, other in pairwise(order))
        seen[order.index(0)] += 1
    assert set(seen) == {1, 2, 3}
    assert all(agrees(count, 600, 1 / 3) for count in seen.values())


def test_the_last_words_come_first() -> None:
    assert under("rotate-words", "one (two)") == "two (one)"
    assert {noised("rotate-words", ["a, b c."], seed=seed)[0] for seed in range(20)} == {"c, a b.", "b, c a."}


def test_a_text_that_repeats_itself_is_turned_by_one() -> None:
    for seed in range(10):
        assert noised("rotate-words", ["a b a b"], seed=seed)[0] == "b a b a"


# --- drop-words


def test_the_share_of_dropped_words() -> None:
    for rate in (0.02, 0.1, 0.6):
        order = order_of(under("drop-words", LONG, rate=rate))
        assert order == sorted(set(order))
        assert agrees(20_000 - len(order), 20_000, rate)


def test_one_word_stays() -> None:
    for text in (*ENGLISH, *ODD):
        left = words_of(under("drop-words", text, rate=1.0))
        assert len(left) >= min(1, len(words_of(text)))
    stayed = {noised("drop-words", ["a b c"], seed=seed, rate=1.0)[0] for seed in range(40)}
    assert stayed == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("text", "dropped", "expected"),
    [
        ("one two three", "one", "two three"),
        ("one two three", "two", "one three"),
        ("one two three", "three", "one two"),
        ("one, two three", "one", ", two three"),
        ("one two, three", "two", "one, three"),
        ("one  two three", "two", "one  three"),
        ("one\ttwo", "one", "two"),
        ("one two\nthree", "two", "one\nthree"),
        ("one\ntwo\nthree", "two", "one\n\nthree"),
        (" one two", "one", " two"),
        ("one (two) three", "two", "one () three"),
        ("我们今天去", "今天", "我们去"),
    ],
)
def test_the_gap_of_a_dropped_word(text: str, dropped: str, expected: str) -> None:
    kept = " ".join(one for one in words_of(text) if one != dropped)
    assert under("drop-words", text, rate=1.0, keep=kept) == expected


def test_no_gap_is_doubled() -> None:
    for seed in range(30):
        for text in ENGLISH[:2]:
            made = noised("drop-words", [text], seed=seed, rate=0.4)[0]
            assert "  " not in made
            assert not made.endswith(" ")


def test_neighbours_that_are_dropped_share_their_gap() -> None:
    assert under("drop-words", "a b c, d", rate=1.0, keep="a d") == "a, d"
    assert under("drop-words", "a  b c\nd", rate=1.0, keep="a d") == "a\nd"
    assert under("drop-words", "a b c (d", rate=1.0, keep="a d") == "a (d"
    assert under("drop-words", "a b/c d", rate=1.0, keep="a d") == "a/d"


@pytest.mark.parametrize("name", ["drop-words", "blank-words"])
def test_words_that_are_kept(name: str) -> None:
    text = "I do not, NOT, don't, Don’t and Never will; nothing knot."
    made = under(name, text, rate=1.0, keep="not don't never")
    found = words_of(made.replace("____", ""))
    assert found == ["not", "NOT", "don't", "Don’t", "Never"]
    assert under(name, "not not", keep="not") == "not not"


# --- repeat-words, blank-words, insert-punctuation


def test_the_share_of_repeated_words() -> None:
    for rate in (0.02, 0.1, 1.0):
        order = order_of(under("repeat-words", LONG, rate=rate))
        assert order == sorted(order)
        assert set(Counter(order).values()) <= {1, 2}
        assert agrees(len(order) - 20_000, 20_000, rate)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one", "one one"),
        ("one, two\nthree.", "one one, two two\nthree three."),
        ("(one)", "(one one)"),
        ("我们", "我们我们"),
        ("ไทย", "ไทยไทย"),
        ("한국어", "한국어 한국어"),
    ],
)
def test_repeated_words_stand_side_by_side(text: str, expected: str) -> None:
    assert under("repeat-words", text, rate=1.0) == expected


def test_the_share_of_blanked_words() -> None:
    for rate in (0.02, 0.2, 1.0):
        found = under("blank-words", LONG, rate=rate).split(" ")
        assert all(one in ("____", f"w{number}") for number, one in enumerate(found))
        assert agrees(found.count("____"), 20_000, rate)


def test_blanks_are_of_one_width() -> None:
    assert under("blank-words", "one, twenty-two\n我们!", rate=1.0) == "____, ____\n____!"
    assert under("blank-words", "one, two", rate=1.0, blank="?") == "?, ?"
    assert under("blank-words", "one, two", rate=1.0, blank="") == ", "
    assert under("blank-words", "gap gap", blank="gap") == "gap gap"


def test_the_share_of_words_with_a_mark() -> None:
    seen = Counter[str]()
    for rate in (0.02, 0.1, 1.0):
        found = under("insert-punctuation", LONG, rate=rate).split(" ")
        assert all(one.rstrip(".;?:!,") == f"w{number}" for number, one in enumerate(found))
        marks = Counter(one[-1] for one in found if not one[-1].isdigit())
        assert agrees(sum(marks.values()), 20_000, rate)
        seen += marks
    assert set(seen) == set(".;?:!,")
    assert all(agrees(count, seen.total(), 1 / 6) for count in seen.values())


def test_marks_part_no_words_and_join_none() -> None:
    for text in (*ENGLISH, *(one for one in ODD if one.isascii())):
        assert words_of(under("insert-punctuation", text, rate=1.0)) == words_of(text)


@pytest.mark.parametrize("name", ["blank-words", "insert-punctuation"])
@given(text=any_text)
def test_white_space_stays(name: str, text: str) -> None:
    assert white_of(under(name, text, rate=0.5)) == white_of(text)
