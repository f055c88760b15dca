"""What holds for every noise on text: whole markers, honest changes, and nothing of the block in a text's draws."""

from __future__ import annotations

from itertools import accumulate, groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from sslabel.blocks import Strings
from sslabel.registry import all_of
from tests.noise.text.texts import ENGLISH, ODD, any_text, marked, noised, prose

NOISES = {name: entry for name, entry in all_of("noise").items() if entry.takes == "text" and entry.block}

RATED = [name for name, entry in NOISES.items() if any(one.name == "rate" for one in entry.options)]

MARKERS = ("[MASK]", "<extra_id_0>", "____", "a", "MASK", "\u0301", "👍")


def boundaries(text: Strings) -> set[int]:
    """Where rows of fixed code points end, counted in fixed code points."""
    assert text.fixed is not None
    runs = [len(list(row)) for mark, row in groupby(text.fixed.tolist()) if mark]
    return set(accumulate(runs))


def test_the_noises_on_text() -> None:
    assert {
        "blank-words", "change-case", "delete-letters", "drop-punctuation", "drop-words", "homoglyphs",
        "insert-letters", "insert-punctuation", "keyboard-typos", "ocr-errors", "repeat-words", "rotate-words",
        "shuffle-letters", "shuffle-words", "stretch-spaces", "swap-letters", "swap-words",
    } <= set(NOISES)  # fmt: skip
    alters = {name: set(entry.alters) for name, entry in NOISES.items()}
    assert alters["drop-words"] == alters["repeat-words"] == alters["blank-words"] == {"count"}
    assert alters["swap-words"] == alters["shuffle-words"] == alters["rotate-words"] == {"order"}
    assert alters["delete-letters"] == alters["stretch-spaces"] == alters["insert-punctuation"] == set()


@pytest.mark.parametrize("name", NOISES)
def test_alone_in_a_block_or_in_another_order_a_text_gets_the_same(name: str) -> None:
    texts = [*ODD, *ENGLISH, " ".join(ENGLISH) * 5]
    options: dict[str, Any] = {"rate": 0.5} if name in RATED else {}
    together = list(noised(name, texts, **options))
    assert together == [noised(name, [one], **options)[0] for one in texts]
    assert together[::-1] == list(noised(name, texts[::-1], **options))
    assert together != list(noised(name, texts, seed=1, **options))
    assert list(noised(name, [], **options)) == []


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("marker", MARKERS)
def test_markers_stay_whole_and_are_still_marked(name: str, marker: str) -> None:
    for text in (
        marked(["The wren sings ", " is small, and ", ", a loud one", "! Who ", " has not", "heard it? "], marker),
        marked(["", " ", "", "e", " aaaa bbbb.", ""], marker),
        marked(["我们", "今天去", ",北京,你好", "吗"], marker),
        marked(["no marker at all, but a flag for one"], marker),
    ):
        for seed in range(4):
            options: dict[str, Any] = {"rate": (0.1, 0.5, 0.9, 1.0)[seed]} if name in RATED else {}
            made = noised(name, text, seed=seed, **options)
            assert text.fixed is not None
            if not text.fixed.any():
                continue
            assert made.fixed is not None
            assert made.codes[made.fixed].tolist() == text.codes[text.fixed].tolist()
            assert boundaries(made) <= boundaries(text)


@pytest.mark.parametrize("name", NOISES)
def test_a_text_of_markers_alone_stays_as_it_is(name: str) -> None:
    block = Strings.of(["[MASK] [MASK]"])
    text = Strings(block.codes, block.bounds, np.ones(len(block.codes), bool))
    made = noised(name, text)
    assert made == text
    assert made.fixed is not None
    assert made.fixed.all()


@pytest.mark.parametrize("name", RATED)
def test_each_text_has_a_rate_of_its_own(name: str) -> None:
    texts = [*ENGLISH, *ODD]
    rates = np.zeros(len(texts))
    rates[1] = 1.0
    made = noised(name, texts, rate=rates)
    assert made.differs(Strings.of(texts)).tolist() == [number == 1 for number in range(len(texts))]


@pytest.mark.parametrize("name", RATED)
def test_at_rate_0_nothing_changes(name: str) -> None:
    texts = [*ENGLISH, *ODD]
    assert list(noised(name, texts, rate=0.0)) == texts


@pytest.mark.parametrize("name", NOISES)
def test_no_text_with_something_to_change_comes_back_as_it_was(name: str) -> None:
    texts = [f"{one} {number}" for number in range(100) for one in ENGLISH]
    rates: tuple[dict[str, Any], ...] = ({}, {"rate": 1e-9}, {"rate": 1.0})
    for options in rates if name in RATED else rates[:1]:
        made = noised(name, texts, **options)
        assert made.differs(Strings.of(texts)).all()


@pytest.mark.parametrize("name", NOISES)
def test_what_is_not_touched_stays_as_it_was(name: str) -> None:
    for one in ("", " \n ", "\0", "\r\n", "\0\r") if name != "stretch-spaces" else ("", "\n\n", "\0", "\r\n"):
        assert noised(name, [one])[0] == one


@pytest.mark.parametrize("name", NOISES)
def test_the_block_that_is_given_stays_as_it_was(name: str) -> None:
    text = Strings.of([*ENGLISH, *ODD])
    before = text.codes.copy(), text.bounds.copy()
    text.bounds.flags.writeable = False
    noised(name, text)
    assert np.array_equal(text.codes, before[0])
    assert np.array_equal(text.bounds, before[1])


@pytest.mark.parametrize("name", NOISES)
@settings(max_examples=25)
@given(one=any_text, other=any_text)
def test_any_text_is_taken(name: str, one: str, other: str) -> None:
    options: dict[str, Any] = {"rate": 0.5} if name in RATED else {}
    made = list(noised(name, [one, other], **options))
    assert made == [noised(name, [text], **options)[0] for text in (one, other)]


@pytest.mark.parametrize("name", NOISES)
def test_real_prose_is_changed(name: str) -> None:
    texts = [one for one in prose() if len(one.split()) > 30 and "e" in one and "," in one and one.isascii()]
    if not texts:
        pytest.skip("the sample texts are not here")
    assert noised(name, texts).differs(Strings.of(texts)).all()
