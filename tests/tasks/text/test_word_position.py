"""Word-position inverted: put back where the labels say, the words give the source, byte for byte."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
import pytest
from hypothesis import given

from sslabel.blocks import codes_of, text_of
from sslabel.registry import find_task
from sslabel.transforms.text.orders import lower
from tests.noise.text.texts import ODD, any_text, prose
from tests.tasks.text.pairing import listed, made, numbers, reasons, same_in_any_company, text, texts, words_of

Gaps = Literal["marked", "closed"]


def put_back_in_gaps(shown: str, words: list[str], label: list[int]) -> str:
    """The gaps of the text, from its beginning, filled by the words by their labels."""
    left = shown
    done = ""
    for _, word in sorted(zip(label, words, strict=True)):
        before, gap, left = left.partition("____")
        assert gap
        done += before + word
    assert "____" not in left
    return done + left


def put_back_behind(shown: str, words: list[str], label: list[int]) -> str:
    """Each word, from the first on, with a space behind the word that is before it in number."""
    for number, word in sorted(zip(label, words, strict=True)):
        own, between = words_of(shown)
        ends = np.cumsum([len(gap) + len(one) for gap, one in zip(between, own, strict=False)])
        at = int(ends[number - 1])
        shown = f"{shown[:at]} {word}{shown[at:]}"
    return shown


def small(word: str) -> str:
    return text_of(lower(codes_of(word)))


def check_all(sources: list[str], gaps: Gaps, rate: float = 0.15, seed: int = 0) -> None:
    pairs = made("word-position", sources, seed=seed, gaps=gaps, rate=rate)
    for row, pair in listed(pairs):
        source, shown = sources[row], text(pair.inputs["input"])
        out, label = texts(pair.inputs["input_words"]), numbers(pair.labels["label"])
        words, _ = words_of(source)
        assert [words[one] for one in label] == out
        count = Counter(map(small, words))
        assert all(count[small(one)] == 1 for one in out)
        assert min(2 if gaps == "marked" else 1, len(words) - 1) <= len(out) < len(words)
        back = put_back_in_gaps if gaps == "marked" else put_back_behind
        assert back(shown, out, label) == source
    for row, reason in reasons(pairs).items():
        if reason.startswith("it contains"):
            assert "____" in sources[row]


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("word-position")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == {"order", "count"}


@pytest.mark.parametrize("gaps", ["marked", "closed"])
@given(any_text)
def test_any_text_comes_back(gaps: Gaps, source: str) -> None:
    check_all([source], gaps, 0.5)


@pytest.mark.parametrize("rate", [0, 0.15, 1])
@pytest.mark.parametrize("gaps", ["marked", "closed"])
def test_odd_and_real_texts_come_back(gaps: Gaps, rate: float) -> None:
    check_all([*ODD, *prose()[: 200 if rate == 0.15 else 40]], gaps, rate)


@pytest.mark.parametrize(
    ("source", "gaps", "reason"),
    [
        ("", "marked", "fewer than two words"),
        ("one", "closed", "fewer than two words"),
        ("one two", "marked", "fewer than two words that can be taken out"),
        ("the The a A b", "marked", "fewer than two words that can be taken out"),
        ("fill in ____ and go", "marked", "it contains the marker ____"),
        ("_one_ _two_ _three_ _four_", "marked", "fewer than two words that can be taken out"),
        ("one, two; three", "closed", "no word that can be taken out"),
        ("one  two\nthree", "closed", "no word that can be taken out"),
        ("the the The", "closed", "no word that can be taken out"),
    ],
)
def test_some_texts_have_no_word_to_spare(source: str, gaps: Gaps, reason: str) -> None:
    assert reasons(made("word-position", [source], gaps=gaps)) == {0: reason}


def test_a_line_of_underscores_is_no_hindrance_to_closed_gaps() -> None:
    (one,) = listed(made("word-position", ["fill in ____ and"], gaps="closed"))
    assert text(one[1].inputs["input"]) in ("fill ____ and", "fill in ____")


def test_words_are_marked_or_closed_up() -> None:
    source = "The wren sings, the finch is quiet"
    ((_, pair),) = listed(made("word-position", [source], rate=1.0))
    assert text(pair.inputs["input"]) == "The ____ ____, the ____ ____ ____"
    assert sorted(zip(numbers(pair.labels["label"]), texts(pair.inputs["input_words"]), strict=True)) == [
        (1, "wren"), (2, "sings"), (4, "finch"), (5, "is"), (6, "quiet"),
    ]  # fmt: skip
    ((_, pair),) = listed(made("word-position", [source], rate=1.0, gaps="closed"))
    assert text(pair.inputs["input"]) == "The, the"


def test_markers_are_fixed_and_nothing_else() -> None:
    pairs = made("word-position", ["The wren sings, the finch is quiet", "no", "one two three four"])
    shown = pairs.inputs["input"]
    assert shown.fixed is not None  # type: ignore[union-attr]
    assert np.array_equal(shown.fixed, shown.codes == ord("_"))  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [10, 13, 20, 100, 333])
def test_the_share_is_exact(count: int) -> None:
    source = " ".join(f"w{number}" for number in range(count))
    ((_, pair),) = listed(made("word-position", [source]))
    assert len(numbers(pair.labels["label"])) == max(2, int(count * 0.15 + 0.5))


def test_each_text_may_have_a_rate_of_its_own() -> None:
    source = " ".join(f"w{number}" for number in range(50))
    pairs = made("word-position", [source, source], rate=np.array([0.1, 0.5]))
    assert [len(numbers(pair.labels["label"])) for _, pair in listed(pairs)] == [5, 25]


def test_all_words_are_taken_equally_often_and_shown_in_any_order() -> None:
    trials, words = 4000, 8
    pairs = made("word-position", ["a b c d e f g h"] * trials, rate=0.25)
    labels = np.array([numbers(pair.labels["label"]) for _, pair in listed(pairs)])
    assert labels.shape == (trials, 2)
    share = 2 / words
    assert np.abs(np.bincount(labels.ravel()) - trials * share).max() < 4 * np.sqrt(trials * share * (1 - share))
    assert abs(np.count_nonzero(labels[:, 0] < labels[:, 1]) - trials / 2) < 4 * np.sqrt(trials / 4)


@pytest.mark.parametrize("gaps", ["marked", "closed"])
def test_a_text_gets_the_same_in_any_company(gaps: Gaps) -> None:
    same_in_any_company("word-position", [*ODD, "_", "a b c", "_", *prose()[:20]], gaps=gaps)
