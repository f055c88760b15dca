"""Input and label, one behind the other, are a piece of the source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.errors import UsageError
from sslabel.options import read_options
from sslabel.registry import find_task
from sslabel.values import Pair
from tests.noise.text.texts import ODD, agrees, any_text, between_of, prose, words_of
from tests.tasks.text.making import assert_alone_as_in_company, fixed_text, made, numbered, pairs_of, text_of


def check(source: str, pair: Pair, min_context: int = 3, max_context: int = 128) -> None:
    words, between, position = words_of(source), between_of(source), int(pair.notes["position"])
    assert min_context <= position < len(words)
    first = max(0, position - max_context)
    expected = "".join(words[one] + between[one + 1] for one in range(first, position))
    if not first:
        expected = between[0] + expected
        assert source.startswith(expected)
    assert (text_of(pair, "input"), text_of(pair, "label")) == (expected, words[position])
    assert expected + words[position] in source


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("next-word")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == {"order", "count"}
    for given_, expected in (("all", "all"), ("3", 3)):
        assert read_options(entry.options, {"per_passage": given_}, "next-word")["per_passage"] == expected
    with pytest.raises(UsageError, match="at least 1"):
        read_options(entry.options, {"per_passage": "0"}, "next-word")


@pytest.mark.parametrize(
    "options", [{}, {"per_passage": "all"}, {"min_context": 1, "max_context": 2, "per_passage": 3}]
)
@given(texts=st.lists(any_text, min_size=1, max_size=5))
def test_input_and_label_are_a_piece_of_the_source(texts: list[str], options: dict[str, Any]) -> None:
    limits = {name: one for name, one in options.items() if name != "per_passage"}
    for source, pair in pairs_of("next-word", texts, **options):
        check(source, pair, **limits)


def test_input_and_label_are_a_piece_of_real_text() -> None:
    found = pairs_of("next-word", [*prose(), *ODD], max_context=20)
    assert len(found) > 100
    for source, pair in found:
        check(source, pair, max_context=20)


def test_pairs() -> None:
    texts = ["(Don't  panic,\r\nhe said) -- twice."]
    found = [(text_of(pair, "input"), text_of(pair, "label"), pair.notes["position"])
             for _, pair in pairs_of("next-word", texts, per_passage="all")]  # fmt: skip
    assert found == [("(Don't  panic,\r\nhe ", "said", 3), ("(Don't  panic,\r\nhe said) -- ", "twice", 4)]
    (whole, cut) = (
        text_of(pair, "input") for _, pair in pairs_of("next-word", texts, per_passage="all", max_context=3)
    )
    assert (whole, cut) == ("(Don't  panic,\r\nhe ", "panic,\r\nhe said) -- ")
    found = [(text_of(pair, "input"), text_of(pair, "label"), pair.notes["position"])
             for _, pair in pairs_of("next-word", texts, per_passage="all", min_context=1, max_context=1)]  # fmt: skip
    assert found == [("(Don't  ", "panic", 1), ("panic,\r\n", "he", 2), ("he ", "said", 3), ("said) -- ", "twice", 4)]


@pytest.mark.parametrize(("per_passage", "expected"), [(1, 1), (2, 2), (7, 7), (8, 7), (100, 7), ("all", 7)])
def test_a_passage_gives_so_many_pairs_in_order(per_passage: int | str, expected: int) -> None:
    pairs = made("next-word", numbered(30, 10), per_passage=per_passage)
    assert np.bincount(pairs.rows).tolist() == [expected] * 30
    positions = np.array(pairs.notes["position"]).reshape(30, expected)
    assert (np.diff(positions, axis=1) > 0).all()
    assert (positions >= 3).all()


@pytest.mark.parametrize("per_passage", [1, 4])
def test_every_word_with_enough_before_it_is_as_likely(per_passage: int) -> None:
    rows = 4000
    positions = np.bincount(
        made("next-word", numbered(rows, 13), per_passage=per_passage).notes["position"], minlength=13
    )
    assert positions[:3].tolist() == [0, 0, 0]
    assert all(agrees(one, rows, per_passage / 10) for one in positions[3:])


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("", {}, "fewer than 4 words"),
        ("one two three!", {}, "fewer than 4 words"),
        ("one", {"min_context": 1}, "fewer than 2 words"),
    ],
)
def test_what_gives_no_pair_is_skipped_with_its_reason(text: str, options: dict[str, Any], reason: str) -> None:
    pairs = made("next-word", ["one two three four", text, "five six seven eight"], **options)
    assert {name: one.tolist() for name, one in pairs.skipped.items()} == {reason: [1]}
    assert pairs.rows.tolist() == [0, 2]


def test_nothing_is_fixed() -> None:
    assert fixed_text(made("next-word", ["one two three four"]), 0) == ""


def test_the_longest_context_is_no_shorter_than_the_shortest() -> None:
    with pytest.raises(UsageError, match="less than min_context"):
        made("next-word", ["one two"], min_context=5, max_context=4)


@pytest.mark.parametrize("per_passage", [1, 3, "all"])
def test_a_passage_s_pairs_do_not_depend_on_the_others(per_passage: int | str) -> None:
    assert_alone_as_in_company("next-word", [*numbered(5, 30), *ODD], per_passage=per_passage)


def test_blocks_of_nothing() -> None:
    for texts in ([], ["", ""]):
        assert len(made("next-word", texts)) == 0
