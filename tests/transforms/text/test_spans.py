"""Spans as published: exact counts, the laws of their lengths, and each procedure against the plain one."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import Integers, Strings, bounds_of
from sslabel.seeding import BlockDraws, Draws, example_key
from sslabel.transforms.text.orders import drawn
from sslabel.transforms.text.spans import (
    composition,
    containing,
    infilling_lengths,
    infilling_spans,
    poisson,
    share,
    share_above,
    spanbert_words,
    t5_spans,
    truncated_geometric,
)
from tests.noise.text.texts import agrees

counts_of_rows = st.lists(st.integers(0, 40), min_size=1, max_size=6)
seeds = st.integers(0, 1000)


def draws_for(rows: int, seed: int = 0) -> BlockDraws:
    return Draws(seed).block([example_key(str(row), 0, 0) for row in range(rows)], "spans")


def integers(*numbers: int) -> Integers:
    return np.array(numbers, np.int64)


@given(st.lists(st.text("ab[]", max_size=6), max_size=5), st.text("ab[]", min_size=1, max_size=3))
def test_a_marker_is_found_where_it_stands_and_not_across_texts(texts: list[str], marker: str) -> None:
    assert containing(Strings.of(texts), marker).tolist() == [marker in one for one in texts]


def test_half_of_a_marker_in_each_of_two_texts_is_none() -> None:
    assert containing(Strings.of(["x[MA", "SK] y", "", "[MASK]"]), "[MASK]").tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("count", "rate", "nearest", "above"),
    [(10, 0.15, 2, 2), (30, 0.15, 4, 5), (20, 0.15, 3, 3), (568, 0.15, 85, 86), (30, 0.1, 3, 3), (7, 0, 0, 0)],
)
def test_shares_are_rounded_as_python_rounds_and_up(count: int, rate: float, nearest: int, above: int) -> None:
    assert share(integers(count), np.array([rate])).tolist() == [nearest] == [round(count * rate)]
    assert share_above(integers(count), np.array([rate])).tolist() == [above]


def test_a_third_of_a_tenth_is_not_one_more() -> None:
    counts = 10 * np.arange(1, 100_000)
    assert share_above(counts, np.full(len(counts), 0.1)).tolist() == (counts // 10).tolist()
    assert share_above(counts * 2, np.full(len(counts), 0.15)).tolist() == (counts // 10 * 3).tolist()


@given(counts_of_rows, st.data())
def test_what_is_drawn_is_of_the_row_and_comes_once(counts: list[int], data: st.DataObject) -> None:
    wanted = integers(*(data.draw(st.integers(0, count)) for count in counts))
    bounds = bounds_of(counts)
    found = drawn(bounds, draws_for(len(counts)).over(bounds, "x"), wanted)
    rows = np.split(found, np.cumsum(wanted)[:-1])
    for begin, end, row in zip(bounds, bounds[1:], rows, strict=False):
        assert len(set(row.tolist())) == len(row)
        assert ((row >= begin) & (row < end)).all()


def test_every_set_is_drawn_as_often_in_every_order() -> None:
    rows = 12_000
    found = drawn(4 * np.arange(rows + 1), draws_for(rows).over(4 * np.arange(rows + 1), "x"), np.full(rows, 2))
    pairs = found.reshape(rows, 2) % 4
    counts = np.bincount(pairs[:, 0] * 4 + pairs[:, 1], minlength=16)
    assert (counts[[0, 5, 10, 15]] == 0).all()
    assert all(agrees(one, rows, 1 / 12) for one in counts[counts > 0])


@pytest.mark.parametrize(("total", "parts"), [(5, 2), (6, 3), (4, 4), (7, 1)])
def test_every_composition_is_as_likely(total: int, parts: int) -> None:
    rows = 8000
    found = composition(np.full(rows, total), np.full(rows, parts), draws_for(rows), "x").reshape(rows, parts)
    assert (found > 0).all()
    assert (found.sum(axis=1) == total).all()
    kinds, counts = np.unique(found, axis=0, return_counts=True)
    expected = len(list(combinations(range(total - 1), parts - 1)))
    assert len(kinds) == expected
    assert all(agrees(one, rows, 1 / expected) for one in counts)


def test_rows_without_a_part_have_none() -> None:
    assert composition(integers(0, 3, 0, 1), integers(0, 3, 0, 1), draws_for(4), "x").tolist() == [1, 1, 1, 1]
    assert composition(integers(0), integers(0), draws_for(1), "x").tolist() == []


@pytest.mark.parametrize(
    ("count", "hidden", "spans"),
    [(512, 77, 26), (568, 85, 28), (100, 15, 5), (20, 3, 1), (10, 2, 1), (3, 1, 1), (2, 1, 1), (1, 0, 0), (0, 0, 0)],
)
def test_t5_hides_exactly_so_many_words_in_exactly_so_many_spans(count: int, hidden: int, spans: int) -> None:
    rows = 50
    begins, ends, bounds = t5_spans(np.full(rows, count), np.full(rows, 0.15), np.full(rows, 3.0), draws_for(rows))
    assert (np.diff(bounds) == spans).all()
    assert (ends > begins).all()
    assert (ends - begins).sum() == rows * hidden
    if spans:
        begins, ends = begins.reshape(rows, spans), ends.reshape(rows, spans)
        assert (begins[:, 0] > 0).all()  # the first word never
        assert (ends[:, -1] == count).all()  # the last one always
        assert (begins[:, 1:] > ends[:, :-1]).all()  # no two spans touch


def test_t5_s_numbers_at_512_and_1024() -> None:
    one = np.ones(1)
    for raw, inputs, targets in ((568, 512, 114), (1137, 1024, 229)):
        begins, ends, _ = t5_spans(integers(raw), one * 0.15, one * 3, draws_for(1))
        hidden, spans = int((ends - begins).sum()), len(begins)
        assert (raw - hidden + spans + 1, hidden + spans + 1) == (inputs, targets)


def test_t5_s_spans_are_not_all_of_one_length() -> None:
    rows = 1000
    begins, ends, _ = t5_spans(np.full(rows, 512), np.full(rows, 0.15), np.full(rows, 3.0), draws_for(rows))
    lengths = ends - begins
    # A part of a random composition of 77 into 26 is 1 in C(75, 24) of C(76, 25) cases.
    assert agrees((lengths == 1).sum(), len(lengths), 25 / 76)
    assert abs(25 / 76 - 0.330) < 0.002
    assert lengths.mean() == pytest.approx(77 / 26)
    assert lengths.max() > 12


@given(counts_of_rows, st.floats(0, 1), st.floats(1, 100), seeds)
def test_t5_hides_some_and_leaves_some_whatever_the_rate(
    counts: list[int], rate: float, mean: float, seed: int
) -> None:
    rows = len(counts)
    begins, ends, bounds = t5_spans(integers(*counts), np.full(rows, rate), np.full(rows, mean), draws_for(rows, seed))
    for row, count in enumerate(counts):
        mine = slice(bounds[row], bounds[row + 1])
        hidden = int((ends - begins)[mine].sum())
        assert hidden == (min(max(round(count * rate), 1), count - 1) if count > 1 else 0)
        if count > 1:
            assert begins[mine][0] > 0
            assert ends[mine][-1] == count
            assert (begins[mine][1:] > ends[mine][:-1]).all()


def test_a_mean_of_infinity_gives_one_span_at_the_end() -> None:
    begins, ends, bounds = t5_spans(integers(100, 7, 2), np.full(3, 0.25), np.full(3, np.inf), draws_for(3))
    assert bounds.tolist() == [0, 1, 2, 3]
    assert begins.tolist() == [75, 5, 1]
    assert ends.tolist() == [100, 7, 2]


def test_spanbert_s_lengths_are_those_of_the_truncated_geometric_law() -> None:
    grid = (np.arange(1_000_000) + 0.5) / 1_000_000
    shares = np.bincount(truncated_geometric(grid), minlength=11) / len(grid)
    assert shares[0] == 0
    assert len(shares) == 11
    assert shares[1:4] == pytest.approx([0.2241, 0.1792, 0.1434], abs=1e-4)
    assert (shares * np.arange(11)).sum() == pytest.approx(3.797, abs=1e-3)
    assert truncated_geometric(np.array([0.0, np.nextafter(1, 0)])).tolist() == [1, 10]


@given(counts_of_rows, st.floats(0, 1), seeds)
def test_spanbert_hides_what_the_procedure_hides_anchor_by_anchor(counts: list[int], rate: float, seed: int) -> None:
    bounds, hidden = bounds_of(counts), integers(*(math.ceil(count * rate) for count in counts))
    draws = draws_for(len(counts), seed)
    found = spanbert_words(bounds, hidden, draws)
    anchors = drawn(bounds, draws.over(bounds, "anchors"), hidden).tolist()
    lengths = truncated_geometric(draws.over(bounds_of(hidden), "span lengths")).tolist()
    starts = bounds_of(hidden)
    for row, budget in enumerate(hidden.tolist()):
        expected = set[int]()
        for turn in range(starts[row], starts[row + 1]):
            if anchors[turn] in expected:
                continue
            for word in range(anchors[turn], min(anchors[turn] + lengths[turn], int(bounds[row + 1]))):
                if len(expected) < budget:
                    expected.add(word)
        assert set((np.flatnonzero(found[bounds[row] : bounds[row + 1]]) + bounds[row]).tolist()) == expected
        assert len(expected) == budget


@pytest.mark.parametrize("mean", [1.0, 3.0, 3.5, 64.0, 100.0])
def test_poisson_numbers_are_poisson(mean: float) -> None:
    grid = (np.arange(200_000) + 0.5) / 200_000
    found = poisson(grid, np.full(len(grid), mean))
    shares = np.bincount(found) / len(grid)
    expected = [math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) for number in range(len(shares))]
    assert shares == pytest.approx(expected, abs=2e-5)
    assert found.mean() == pytest.approx(mean, abs=2e-3)
    assert poisson(np.array([np.nextafter(1, 0)]), np.array([mean]))[0] < mean * 6 + 60


def test_poisson_numbers_have_each_their_mean() -> None:
    grid = np.full(3, 0.5)
    assert poisson(grid, np.array([1.0, 3.0, 100.0])).tolist() == [1, 3, 100]
    assert poisson(np.zeros(0), np.zeros(0)).tolist() == []


@given(st.lists(st.integers(0, 60), min_size=1, max_size=5), st.floats(1, 100), seeds)
def test_infilling_lengths_sum_to_the_budget_and_end_with_the_first_that_reaches_it(
    budgets: list[int], mean: float, seed: int
) -> None:
    budget = integers(*budgets)
    lengths, bounds = infilling_lengths(budget, np.full(len(budget), mean), draws_for(len(budget), seed))
    for row, total in enumerate(budgets):
        mine = lengths[bounds[row] : bounds[row + 1]]
        assert mine.sum() == total
        assert (len(mine) > 0) == (total > 0)
        assert (mine[-1:] > 0).all()  # with the last one the budget is spent


def test_one_infilling_span_in_twenty_is_empty() -> None:
    rows, budget = 60, 6000
    lengths, _ = infilling_lengths(np.full(rows, budget), np.full(rows, 3.0), draws_for(rows))
    assert agrees((lengths == 0).sum(), len(lengths), math.exp(-3))
    assert math.exp(-3) == pytest.approx(0.0498, abs=1e-4)
    assert lengths.mean() == pytest.approx(3, abs=0.02)


def test_where_lengths_fall_short_of_the_budget_more_are_drawn() -> None:
    # Of so many rows some draw nothing but zeros at first.
    rows = 40_000
    lengths, bounds = infilling_lengths(np.full(rows, 1), np.full(rows, 1.0), draws_for(rows))
    assert np.diff(bounds).max() > 9
    assert lengths.sum() == rows
    assert agrees((np.diff(bounds) == 1).sum(), rows, 1 - math.exp(-1))


@given(counts_of_rows, st.floats(0, 1), st.floats(1, 10), seeds)
def test_infilling_spans_are_what_their_words_run_together_to(
    counts: list[int], rate: float, mean: float, seed: int
) -> None:
    bounds, budget = bounds_of(counts), integers(*(math.ceil(count * rate) for count in counts))
    draws, means = draws_for(len(counts), seed), np.full(len(counts), mean)
    begins, ends, empty = infilling_spans(bounds, budget, means, draws)
    lengths, spans = infilling_lengths(budget, means, draws)
    full = [lengths[spans[row] : spans[row + 1]] for row in range(len(counts))]
    assert empty.tolist() == [int((one == 0).sum()) for one in full]
    numbers = integers(*(int((one > 0).sum()) for one in full))
    starts = np.split(drawn(bounds, draws.over(bounds, "span begins"), numbers), np.cumsum(numbers)[:-1])
    expected = []
    for row, mine in enumerate(starts):
        gone = set[int]()
        for start, length in zip(mine.tolist(), full[row][full[row] > 0].tolist(), strict=True):
            gone |= set(range(start + 1, min(start + length, int(bounds[row + 1]))))
        heads = sorted(set(mine.tolist()) - gone)
        expected += [
            (head, next(word for word in range(head + 1, int(bounds[-1]) + 1) if word not in gone)) for head in heads
        ]
        assert 0 < len(gone | set(heads)) <= budget[row] or not budget[row]
    assert list(zip(begins.tolist(), ends.tolist(), strict=True)) == expected
