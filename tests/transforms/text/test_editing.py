"""Edits of many texts at once, against plain Python on one text at a time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import Integers, Strings, bounds_of
from sslabel.transforms.text import editing
from sslabel.transforms.text.editing import Places, exchangeable, picked, reordered, replaced, shuffled, spared
from sslabel.transforms.text.letters import (
    _ALIKE,
    CYRILLIC,
    KEYBOARDS,
    OCR,
    Confusions,
    homoglyphs,
    keyboard,
    neighbours,
    ocr,
    other_case,
)

RNG = np.random.default_rng(7)


def ints(*numbers: int) -> Integers:
    return np.array(numbers, np.int64)


def found(text: Strings, places: Places) -> list[list[str]]:
    """The units of each text."""
    pieces = list(text.pieces(places.begins, places.ends))
    return [pieces[begin:end] for begin, end in pairwise(places.bounds.tolist())]


def units(*counts: int) -> Places:
    """So many units in each text, of one code point each."""
    begins = np.arange(sum(counts))
    return Places(begins, begins + 1, bounds_of(counts))


def with_marker(text: str) -> Strings:
    """A text in which all between [ and ], and these, is fixed."""
    block, depth, flags = Strings.of([text]), 0, []
    for one in text:
        depth += one == "["
        flags.append(depth > 0)
        depth -= one == "]"
    return Strings(block.codes, block.bounds, np.array(flags, bool))


# --- which units


@pytest.mark.parametrize(
    ("counts", "rate", "uniforms", "expected"),
    [
        ((3,), 0.5, [0.4, 0.5, 0.1], [0, 2]),
        ((3,), 0.0, [0.0, 0.0, 0.0], []),
        ((3,), 1.0, [0.9, 0.99, 0.0], [0, 1, 2]),
        ((3,), 0.1, [0.4, 0.3, 0.9], [1]),  # none below the rate: the smallest
        ((2, 0, 2), 0.1, [0.4, 0.3, 0.9, 0.05], [1, 3]),
        ((2, 1), [0.0, 0.5], [0.1, 0.2, 0.9], [2]),
        ((2,), 1.0, [np.inf, 0.5], [1]),
        ((2, 1), 0.1, [np.inf, np.inf, 0.5], [2]),
        ((0,), 0.5, [], []),
        ((), 0.5, [], []),
    ],
)
def test_units_below_the_rate_are_picked(
    counts: tuple[int, ...], rate: float | list[float], uniforms: list[float], expected: list[int]
) -> None:
    assert picked(units(*counts), np.array(rate), np.array(uniforms)).tolist() == expected


def test_the_largest_of_a_group_is_spared() -> None:
    uniforms = np.array([0.1, 0.3, 0.2, 0.5, 0.4])
    assert spared(ints(0, 1, 2, 4), uniforms, ints(0), ints(3)).tolist() == [0, 2, 4]
    assert spared(ints(0, 1, 2, 3, 4), uniforms, ints(0, 3), ints(3, 2)).tolist() == [0, 2, 4]
    assert spared(ints(0, 2), uniforms, ints(), ints()).tolist() == [0, 2]


@given(counts=st.lists(st.integers(0, 30), max_size=6), window=st.integers(0, 8))
def test_a_shuffle_stays_within_its_text_and_window(counts: list[int], window: int) -> None:
    bounds = bounds_of(counts)
    uniforms = RNG.random(sum(counts))
    order = shuffled(bounds, uniforms, window)
    for begin, end in pairwise(bounds.tolist()):
        own = order[begin:end] - begin
        assert sorted(own) == list(range(end - begin))
        keys = uniforms[begin:end] * (window + 1) + np.arange(end - begin) if window else uniforms[begin:end]
        assert own.tolist() == np.argsort(keys, kind="stable").tolist()
        if window and len(own):
            assert np.abs(own - np.arange(len(own))).max() <= window


def test_places_are_taken_by_number_and_by_choice() -> None:
    places = units(2, 0, 3)
    assert places.rows.tolist() == [0, 0, 2, 2, 2]
    assert places.take(ints(1, 2, 4)).bounds.tolist() == [0, 1, 1, 3]
    some = places.where(np.array([True, False, False, True, True]))
    assert (some.begins.tolist(), some.bounds.tolist(), some.rows.tolist()) == ([0, 3, 4], [0, 1, 1, 3], [0, 2, 2])
    assert places.where(np.ones(5, bool)) is places


# --- edits


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=5),
    pool=st.text("xyz", max_size=4),
    seed=st.integers(0, 1000),
)
def test_places_are_replaced_as_by_hand(texts: list[str], pool: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    block, whole = Strings.of(texts), "".join(texts) + pool
    at: list[tuple[int, int]] = []
    counts, expected = [], []
    begins, ends = [], []
    for text, offset in zip(texts, block.bounds.tolist(), strict=False):
        cuts = sorted(rng.integers(0, len(text) + 1, 2 * int(rng.integers(0, 3))).tolist())
        made, last = "", 0
        for begin, end in zip(cuts[::2], cuts[1::2], strict=True):
            source = sorted(rng.integers(0, len(whole) + 1, 2).tolist())
            at.append((offset + begin, offset + end))
            begins.append(source[0])
            ends.append(source[1])
            made += text[last:begin] + whole[source[0] : source[1]]
            last = end
        expected.append(made + text[last:])
        counts.append(len(cuts) // 2)
    places = Places(ints(*(one for one, _ in at)), ints(*(one for _, one in at)), bounds_of(counts))
    codes = np.frombuffer(pool.encode("utf-32-le"), "<u4")
    assert list(replaced(block, places, ints(*begins), ints(*ends), codes)) == expected
    gone = replaced(block, places, places.begins, places.begins)
    kept = np.ones(len(block.codes), bool)
    for begin, end in at:
        kept[begin:end] = False
    assert gone.codes.tolist() == block.codes[kept].tolist()
    assert list(gone) == [block.take(ints(i))[0] if not counts[i] else one for i, one in enumerate(gone)]


def test_what_is_fixed_stays_fixed() -> None:
    text = with_marker("ab[m]c")
    one = Places(ints(1), ints(2), ints(0, 1))
    for made, codes, fixed in (
        (replaced(text, one, ints(0), ints(0)), "a[m]c", "01110"),
        (replaced(text, one, ints(6), ints(8), np.array([120, 121], np.uint32)), "axy[m]c", "0001110"),
        (replaced(text, one, ints(5), ints(6)), "ac[m]c", "001110"),
    ):
        assert made[0] == codes
        assert made.fixed is not None
        assert made.fixed.tolist() == [one == "1" for one in fixed]


def test_units_are_reordered_and_what_is_between_stays() -> None:
    text = Strings.of(["one, three; a", "b c"])
    places = editing.words(text)
    assert list(reordered(text, places, ints(2, 0, 1, 4, 3))) == ["a, one; three", "c b"]
    assert reordered(text, places, np.arange(5)) is text


# --- which texts look alike


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", [True, False]),
        ("a a b", [False, True, False]),
        ("ab a", [True, False]),
        ("a", [False]),
        ("", []),
        ("你好吗", [True, False]),
    ],
)
def test_neighbours_that_can_change_places(text: str, expected: list[bool]) -> None:
    block = Strings.of([text])
    assert exchangeable(block, editing.words(block)).tolist() == expected


def test_two_that_repeat_one_are_the_same_both_ways() -> None:
    text = Strings.of(["aaa", "aab"])
    places = Places(ints(0, 1, 3, 5), ints(1, 3, 5, 6), ints(0, 2, 4))
    assert exchangeable(text, places).tolist() == [False, False, True, False]


def test_nothing_changes_places_across_a_marker() -> None:
    text = with_marker("one [m] two three")
    assert exchangeable(text, editing.words(text)).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("a", "a", True), ("ab", "ab", True), ("ab", "ac", False), ("a", "ab", False)]
)
def test_pieces_that_are_alike(one: str, other: str, expected: bool) -> None:
    text = Strings.of([one, other])
    begins, ends = text.bounds[:-1], text.bounds[1:]
    assert editing.alike(text.codes, (begins[:1], ends[:1]), (begins[1:], ends[1:])).tolist() == [expected]


# --- units


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["ab, c1!"], [["a", "b", "c"]]),
        (["e\u0301a", "", "\u0301e"], [["e\u0301", "a"], [], ["e"]]),
        (["我们 1"], [["我", "们"]]),
        (["क्षि"], [["क्षि"]]),
        (["a\r\n", "👍🏽 ʼb"], [["a"], ["ʼ", "b"]]),
        (["", "\0"], [[], []]),
        ([], []),
    ],
)
def test_letters(texts: list[str], expected: list[list[str]]) -> None:
    text = Strings.of(texts)
    assert found(text, editing.letters(text)) == expected


def test_nothing_of_a_marker_is_a_letter_or_a_word() -> None:
    text = with_marker("ab [mno] c[p]d efg [q]\u0301 [r], hi")
    assert found(text, editing.letters(text)) == [list("abcdefghi")]
    assert found(text, editing.words(text)) == [["ab", "efg", "hi"]]
    assert "".join(found(text, editing.gaps(text))[0]) == " " * 6


def test_the_marker_of_the_neighbour_in_the_block_touches_nothing() -> None:
    text = Strings.of(["[m]", "one", "[m]"])
    text = Strings(text.codes, text.bounds, np.array([True] * 3 + [False] * 3 + [True] * 3))
    assert found(text, editing.words(text)) == [[], ["one"], []]


def test_words_are_spelled_by_their_letters() -> None:
    text = Strings.of(["one, 2 b1t", "x"])
    first, counts = editing.spelled(text, editing.letters(text))
    assert (first.tolist(), counts.tolist()) == ([0, 3, 3, 5], [3, 0, 2, 1])


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a  b\t c", " "], [["  ", "\t "], [" "]]),
        (["a ", " b", " \n "], [[" "], [" "], [" ", " "]]),
        (["a \u0301b\u00a0c", ""], [["\u00a0"], []]),
        (["\r\n\v\f\u2028"], [[]]),
    ],
)
def test_gaps(texts: list[str], expected: list[list[str]]) -> None:
    text = Strings.of(texts)
    assert found(text, editing.gaps(text)) == expected


# --- tables


@pytest.mark.parametrize(
    ("layout", "key", "near"),
    [
        ("qwerty", "s", "waedzx"),
        ("qwerty", "q", "wa"),
        ("qwerty", "p", "ol"),
        ("qwerty", "m", "njk"),
        ("qwerty", "G", "FHTYVB"),
        ("qwertz", "z", "tugh"),
        ("azerty", "a", "zq"),
        ("azerty", "m", "lp"),
    ],
)
def test_neighbours_on_the_keyboard(layout: str, key: str, near: str) -> None:
    assert set(neighbours(KEYBOARDS[layout])[key]) == set(near)


@pytest.mark.parametrize("rows", [*KEYBOARDS.values(), CYRILLIC])
def test_neighbours_are_mutual(rows: tuple[str, ...]) -> None:
    near = neighbours(rows)
    assert len(near) == 2 * sum(map(len, rows))
    assert all(one in near[other] for one, others in near.items() for other in others)
    assert all(2 <= len(others) <= 6 and one not in others for one, others in near.items())


def test_what_is_misread_begins_with_another_character() -> None:
    # So that the first place that changes is seen, whatever changes behind it.
    for key, others in OCR.items():
        assert others
        assert all(one and one[0] != key[0] and one.isalnum() for one in others)
        assert len(set(others)) == len(others)


def test_look_alikes_stand_in_one_row_each() -> None:
    rows = "".join(_ALIKE)
    assert len(set(rows)) == len(rows)
    assert all(len({one.isupper() for one in row}) == 1 for row in _ALIKE)


@pytest.mark.parametrize(
    "table", [ocr(), homoglyphs(), keyboard("qwerty"), Confusions.of({"ab": ["c"], "a": ["d", "ef"]})]
)
def test_tables_of_confusions(table: Confusions) -> None:
    assert table.numbers[-1] == -1
    assert table.numbers.max() < len(table.bounds) - 1
    assert table.bounds[-1] == len(table.begins) == len(table.ends)
    assert table.ends[-1] == len(table.pool)


@pytest.mark.parametrize("style", ["swap", "upper", "lower"])
def test_other_cases(style: str) -> None:
    table = other_case(style)
    changed = np.flatnonzero(table[:-1] != np.arange(len(table) - 1))
    assert len(changed) > 1000
    swap = other_case("swap")
    assert np.array_equal(swap[table[changed]], changed)
    for letter in "ßſςıİǅ1我":
        assert table[ord(letter)] == ord(letter)
