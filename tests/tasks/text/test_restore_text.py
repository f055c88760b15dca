"""Restore-text: the label is the source, the input another text, and the rates are the published ones."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given

from sslabel.registry import find_task
from tests.noise.text.texts import ENGLISH, ODD, any_text, prose
from tests.tasks.text.pairing import listed, made, reasons, same_in_any_company, text

KINDS = ("all", "words", "letters")


def check_all(sources: list[str], corruption: str) -> None:
    pairs = made("restore-text", sources, corruption=corruption)
    for row, pair in listed(pairs):
        assert text(pair.labels["label"]) == sources[row]
        assert text(pair.inputs["input"]) != sources[row]
    assert set(reasons(pairs).values()) <= {"no damage changed it", "it contains the marker ____"}


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("restore-text")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == frozenset()
    assert entry.asks_noise is not None
    assert [entry.asks_noise(corruption=one) for one in (*KINDS, "none")] == [False, False, False, True]


@pytest.mark.parametrize("corruption", KINDS)
def test_every_english_text_is_damaged(corruption: str) -> None:
    sources = [f"{one} {number}" for number in range(20) for one in ENGLISH]
    assert len(made("restore-text", sources, corruption=corruption)) == len(sources)


@pytest.mark.parametrize("corruption", KINDS)
@given(any_text)
def test_the_label_is_any_text_as_it_was(corruption: str, source: str) -> None:
    check_all([source], corruption)


@pytest.mark.parametrize("corruption", KINDS)
def test_the_label_is_an_odd_or_real_text_as_it_was(corruption: str) -> None:
    check_all([*ODD, *prose()[::4]], corruption)


def test_without_a_corruption_of_its_own_the_text_is_left_to_the_noises() -> None:
    pairs = made("restore-text", ["", *ENGLISH, "____"], corruption="none")
    assert len(pairs) == 5
    assert all(pair.inputs["input"] == pair.labels["label"] for _, pair in listed(pairs))


@pytest.mark.parametrize(
    ("source", "corruption", "reason"),
    [
        ("", "all", "no damage changed it"),
        ("?!", "all", "no damage changed it"),
        ("a b c", "letters", "no damage changed it"),
        ("fill in ____ here", "all", "it contains the marker ____"),
        ("fill in ____ here", "words", "it contains the marker ____"),
    ],
)
def test_some_texts_give_no_pair(source: str, corruption: str, reason: str) -> None:
    assert reasons(made("restore-text", [source], corruption=corruption)) == {0: reason}


def numbered(start: int, count: int) -> list[str]:
    return [f"w{number}" for number in range(start, start + count)]


@pytest.mark.parametrize("count", [8, 30, 200])
def test_words_are_dropped_and_blanked_at_the_published_rates_and_moved_by_no_more_than_three_places(
    count: int,
) -> None:
    texts = 16_000 // count
    sources = [" ".join(numbered(number, count)) for number in range(texts)]
    pairs = made("restore-text", sources, corruption="words")
    total, blanks, gone = texts * count, 0, 0
    for row, pair in listed(pairs):
        words = text(pair.inputs["input"]).split()
        dropped, blanked = count - len(words), words.count("____")
        gone, blanks = gone + dropped, blanks + blanked
        places = [int(word[1:]) - row for word in words if word != "____"]
        assert max(abs(one - place) for place, one in enumerate(places)) <= 3 + dropped + blanked
        if not dropped and not blanked:
            assert places != sorted(places)
    assert len(pairs) == texts
    # The rates hold in the mean; drawing again what came out unchanged moves them by less than a hundredth.
    assert abs(gone / total - 0.1) < 4 * np.sqrt(0.1 * 0.9 / total) + 0.002
    assert abs(blanks / total - 0.9 * 0.2) < 4 * np.sqrt(0.18 * 0.82 / total) + 0.005


def test_few_letters_are_deleted_and_swapped() -> None:
    rng = np.random.default_rng(0)
    letters = rng.integers(ord("a"), ord("z") + 1, (1000, 40, 6), np.uint8)
    sources = [" ".join(word.tobytes().decode() for word in row) for row in letters]
    pairs = made("restore-text", sources, corruption="letters")
    swapped, gone, words = 0, 0, 0
    for row, pair in listed(pairs):
        shown = text(pair.inputs["input"]).split()
        assert len(shown) == 40
        for one, other in zip(sources[row].split(), shown, strict=True):
            assert not Counter(other) - Counter(one)
            assert other
            words += 1
            gone += len(one) - len(other)
            swapped += len(one) == len(other) and one != other
    assert abs(gone - words * 6 * 0.02) < 4 * np.sqrt(words * 6 * 0.02)
    kept = words * 0.98**6 * 0.05
    assert abs(swapped - kept) < 4 * np.sqrt(kept) + 0.05 * kept


@pytest.mark.parametrize("corruption", KINDS)
def test_a_text_gets_the_same_in_any_company(corruption: str) -> None:
    same_in_any_company("restore-text", [*ODD, *prose()[:20]], corruption=corruption)
