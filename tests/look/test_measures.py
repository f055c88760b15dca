"""Numbers and names are summed up exactly where it can be, and in little memory always."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.look.measures import Counts, Spread

NUMBERS = st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=60)


def spread_of(*batches: object) -> Spread:
    made = Spread()
    for batch in batches:
        made.add(batch)
    return made


@given(st.lists(NUMBERS, max_size=5))
def test_few_numbers_are_summed_up_as_numpy_does(batches: list[list[float]]) -> None:
    made, flat = spread_of(*batches), [one for batch in batches for one in batch]
    assert made.count == len(flat)
    if flat:
        assert (made.least, made.most) == (min(flat), max(flat))
        assert made.median == np.quantile(flat, 0.5, method="lower")
        assert made.mean == pytest.approx(np.mean(flat), rel=1e-6, abs=1e-6 * max(map(abs, flat)))


@given(NUMBERS, st.integers(1, 10))
def test_bars_stand_side_by_side_and_come_to_all(numbers: list[float], most: int) -> None:
    bars = spread_of(numbers).bars(most)
    assert len(bars) <= most
    assert [begin for begin, _, _ in bars] == sorted({begin for begin, _, _ in bars})
    assert all(begin <= end for begin, end, _ in bars)
    assert sum(share for _, _, share in bars) == pytest.approx(1.0 if numbers else 0.0)


@pytest.mark.parametrize(
    ("numbers", "most", "bars"),
    [
        ([], 4, []),
        ([3, 3, 3], 4, [(3, 3, 1.0)]),
        ([1, 2, 2, 5], 4, [(1, 1, 0.25), (2, 2, 0.5), (5, 5, 0.25)]),
        ([0, 1, 2, 3, 4, 5, 6, 7], 4, [(0, 1, 0.25), (2, 3, 0.25), (4, 5, 0.25), (6, 7, 0.25)]),
        ([0.0, 0.25, 0.5, 0.75, 1.0], 2, [(0, 0.5, 0.4), (0.5, 1.0, 0.6)]),
        ([0, 1, 2, 3, 4], 2, [(0, 2, 0.6), (3, 4, 0.4)]),
    ],
)
def test_bars(numbers: list[float], most: int, bars: list[tuple[float, float, float]]) -> None:
    assert spread_of(numbers).bars(most) == bars


def test_a_million_numbers_take_no_more_room_than_some_thousands_and_lie_as_they_lay() -> None:
    made = Spread()
    for begin in range(0, 1_000_000, 1000):
        made.add(np.arange(begin, begin + 1000) % 1013)
    assert made._kept is not None
    assert len(made._kept) <= 8192
    assert (made.count, made.least, made.most) == (1_000_000, 0, 1012)
    assert made.median == pytest.approx(506, abs=25)
    assert [share for _, _, share in made.bars(4)] == pytest.approx([0.25] * 4, abs=0.03)


def test_what_is_no_finite_number_is_passed_over() -> None:
    made = spread_of([1.0, math.nan, math.inf, 2.0], [], [math.nan])
    assert made.to_json() == {"count": 2, "least": 1.0, "median": 1.0, "mean": 1.5, "most": 2.0}
    assert Spread().to_json() == {"count": 0}


def test_few_names_stay_in_their_order_and_of_many_the_frequent_come_first() -> None:
    counts = Counts(("0", "90", "180"))
    for name in ("180", "90", "180"):
        counts.add(name)
    assert counts.top(3) == ([("0", 0), ("90", 1), ("180", 2)], 0, 0)
    assert counts.top(2) == ([("180", 2), ("90", 1)], 1, 0)
    assert counts.top(1) == ([("180", 2)], 2, 1)
    assert counts.total == 3


def test_of_too_many_names_the_others_are_counted_together() -> None:
    counts = Counts()
    for number in range(7000):
        counts.add(str(number))
    assert (len(counts.by_name), counts.others, counts.total) == (5000, 2000, 7000)
    assert counts.to_json()["others"] == 2000
    assert counts.top(10)[1:] == (4990, 6990)
