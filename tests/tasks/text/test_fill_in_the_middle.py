"""Prefix, middle and suffix in their places are the source, and no cut goes through a character."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import Strings
from sslabel.errors import UsageError
from sslabel.registry import find_task
from sslabel.transforms.text.graphemes import grapheme_bounds
from sslabel.values import Pair
from tests.noise.text.texts import ODD, agrees, any_text, prose
from tests.tasks.text.making import assert_alone_as_in_company, fixed_text, made, pairs_of, text_of

PSM = re.compile(r"<\|fim_prefix\|>(.*)<\|fim_suffix\|>(.*)<\|fim_middle\|>", re.DOTALL)
SPM = re.compile(r"<\|fim_prefix\|><\|fim_suffix\|>(.*)<\|fim_middle\|>(.*)", re.DOTALL)


def parts_of(pair: Pair) -> tuple[str, str, str]:
    """Prefix, middle and suffix."""
    shown = text_of(pair, "input")
    match = (PSM if pair.notes["order"] == "psm" else SPM).fullmatch(shown)
    assert match is not None
    prefix, suffix = match.groups() if pair.notes["order"] == "psm" else match.groups()[::-1]
    return prefix, text_of(pair, "label"), suffix


def check(source: str, pair: Pair) -> None:
    parts = parts_of(pair)
    assert "".join(parts) == source
    whole = Strings.of([source])
    edges = {*grapheme_bounds(whole.codes, whole.bounds)[0].tolist(), len(source)}
    assert {len(parts[0]), len(parts[0]) + len(parts[1])} <= edges


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("fill-in-the-middle")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == {"order"}
    assert [one.name for one in entry.options] == ["order", "prefix", "suffix", "middle", "tokenizer", "eos"]


@pytest.mark.parametrize("order", ["psm", "spm", "both"])
@given(texts=st.lists(any_text, min_size=1, max_size=5))
def test_the_middle_put_back_gives_the_source(texts: list[str], order: str) -> None:
    for source, pair in pairs_of("fill-in-the-middle", texts, order=order):
        check(source, pair)
        assert order in ("both", pair.notes["order"])


def test_the_middle_put_back_gives_real_text() -> None:
    found = pairs_of("fill-in-the-middle", [*prose(), *ODD])
    assert len(found) > 100
    for source, pair in found:
        check(source, pair)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("psm", {"<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>", "<|fim_prefix|><|fim_suffix|>b<|fim_middle|>"}),
        ("spm", {"<|fim_prefix|><|fim_suffix|>b<|fim_middle|>a", "<|fim_prefix|><|fim_suffix|>b<|fim_middle|>"}),
    ],
)
def test_inputs(order: str, expected: set[str]) -> None:
    found = {
        text_of(pairs_of("fill-in-the-middle", ["ab"], seed=seed, order=order)[0][1], "input") for seed in range(99)
    }
    assert expected <= found
    assert len(found) == 6  # of three places two, or one of them twice


def test_the_orders_are_as_likely_and_say_nothing_of_the_cuts() -> None:
    rows = 40_000
    pairs = made("fill-in-the-middle", [f"text {number:05}" for number in range(rows)])
    swapped = np.array(pairs.notes["order"]) == "spm"
    assert agrees(swapped.sum(), rows, 0.5)
    label = pairs.labels["label"]
    assert isinstance(label, Strings)
    empty = label.lengths == 0
    assert agrees(empty[swapped].sum(), swapped.sum(), empty.mean())


def test_the_cuts_are_two_uniform_ones_both_ends_included() -> None:
    rows, length = 6000, 5
    texts = [f"{number:0{length}}" for number in range(rows)]
    counts = np.zeros((length + 1, length + 1), int)
    for _, pair in pairs_of("fill-in-the-middle", texts):
        prefix, middle, _ = parts_of(pair)
        counts[len(prefix), len(prefix) + len(middle)] += 1
    for left in range(length + 1):
        for right in range(length + 1):
            chance = 0 if right < left else 1 / 36 if right == left else 2 / 36
            assert agrees(counts[left, right], rows, chance)


def test_no_cut_goes_through_a_character() -> None:
    family, flags, accents = "👩‍👩‍👧", "🇫🇷🇩🇪", "e\u0301\u0323a\u0301"
    seen = set()
    for seed in range(60):
        ((source, pair),) = pairs_of("fill-in-the-middle", [family + flags + accents + "\r\n"], seed=seed)
        check(source, pair)
        seen.add(len(parts_of(pair)[0]))
    assert len(seen) > 4


def test_markers_are_fixed_and_nothing_else() -> None:
    pairs = made("fill-in-the-middle", [f"one two {number}" for number in range(20)])
    for number in range(len(pairs)):
        assert fixed_text(pairs, number) == "<|fim_prefix|><|fim_suffix|><|fim_middle|>"


def test_other_markers() -> None:
    ((_, pair),) = pairs_of("fill-in-the-middle", ["abc"], order="psm", prefix="<P>", suffix="<S>", middle="<M>")
    assert re.fullmatch("<P>.*<S>.*<M>", text_of(pair, "input"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("a <|fim_prefix|> b", "it contains the marker <|fim_prefix|>"),
        ("a <|fim_suffix|> b <|fim_middle|>", "it contains the marker <|fim_suffix|>"),
        ("<|fim_middle|>", "it contains the marker <|fim_middle|>"),
    ],
)
def test_what_gives_no_pair_is_skipped_with_its_reason(text: str, reason: str) -> None:
    pairs = made("fill-in-the-middle", ["one two", text, "three"])
    assert {name: one.tolist() for name, one in pairs.skipped.items()} == {reason: [1]}
    assert pairs.rows.tolist() == [0, 2]
    for number, source in enumerate(["one two", "three"]):
        check(source, pairs.pair(number))


@pytest.mark.parametrize("options", [{"prefix": ""}, {"suffix": "<P>", "prefix": "<P>"}])
def test_markers_that_cannot_be_told_apart_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="three different markers"):
        made("fill-in-the-middle", ["one two"], **options)


@pytest.mark.parametrize("order", ["psm", "spm", "both"])
def test_a_passage_s_pair_does_not_depend_on_the_others(order: str) -> None:
    assert_alone_as_in_company("fill-in-the-middle", list(ODD), order=order)


def test_blocks_of_nothing() -> None:
    for texts in ([], ["", ""]):
        assert len(made("fill-in-the-middle", texts)) == 0
