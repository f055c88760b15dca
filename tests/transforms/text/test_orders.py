"""Orders: shuffles within rows that are never as they were, and items that are alike."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import Integers, Strings, bounds_of, rows_of
from sslabel.seeding import BlockDraws, Draws, example_key
from sslabel.transforms.text import orders
from sslabel.transforms.text.orders import (
    all_alike,
    chosen,
    first_alike,
    lower,
    moved,
    places_of,
    repeated,
    shuffled,
    sifted,
    sorted_rows,
)

some_rows = st.lists(st.lists(st.integers(0, 3), max_size=8), max_size=8)


def draws_of(count: int, seed: int = 0) -> BlockDraws:
    return Draws(seed).block([example_key(str(one), 0, 0) for one in range(count)], "orders")


def alike_of(rows: list[list[int]]) -> tuple[Integers, Integers]:
    bounds = bounds_of([len(row) for row in rows])
    first = [begin + row.index(one) for begin, row in zip(bounds, rows, strict=False) for one in row]
    return bounds, np.array(first, np.int64)


def test_rows_and_places() -> None:
    bounds = bounds_of([2, 0, 3])
    assert rows_of(bounds).tolist() == [0, 0, 2, 2, 2]
    assert places_of(bounds).tolist() == [0, 1, 0, 1, 2]


def test_numbers_are_sorted_within_rows() -> None:
    bounds = bounds_of([3, 0, 2])
    assert sorted_rows(bounds, np.array([0.5, 0.9, 0.1, 0.7, 0.2])).tolist() == [2, 0, 1, 4, 3]


@pytest.mark.parametrize("window", [1, 2, 3, 7, 10**12])
def test_no_item_moves_further_than_the_window(window: int) -> None:
    bounds = bounds_of([40, 1, 0, 300])
    order = sorted_rows(bounds, np.random.default_rng(0).random(341), window)
    assert np.array_equal(rows_of(bounds)[order], rows_of(bounds))
    assert np.abs(order - np.arange(341)).max() <= window
    assert np.abs(order - np.arange(341)).max() >= min(window, 3)


@pytest.mark.parametrize(("alpha", "share"), [(2, 0.235), (3, 0.455), (4, 0.600)])
def test_a_window_moves_the_published_share_of_twenty_words(alpha: int, share: float) -> None:
    bounds = bounds_of([20] * 5000)
    order = sorted_rows(bounds, np.random.default_rng(0).random(100_000), alpha - 1)
    assert np.abs(np.mean(order != np.arange(100_000)) - share) < 0.01


def test_all_orders_are_equally_likely() -> None:
    count = 24_000
    order = sorted_rows(bounds_of([4] * count), np.random.default_rng(0).random(4 * count)).reshape(count, 4) % 4
    found = Counter(map(tuple, order.tolist()))
    assert len(found) == 24
    assert max(abs(one - 1000) for one in found.values()) < 4.5 * np.sqrt(1000)


@pytest.mark.parametrize("few", [0, 3, 128])
def test_of_each_row_exactly_so_many_are_chosen_whatever_stands_beside_it(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "_FEW", few)
    sizes = np.random.default_rng(0).integers(0, 20, 500)
    counts = (sizes * np.random.default_rng(1).random(500) + 0.5).astype(np.int64)
    bounds, draws = bounds_of(sizes), draws_of(500)
    among = chosen(bounds, counts, draws, "some")
    assert np.array_equal(np.diff(bounds_of(among)[bounds]), counts)
    for row in range(0, 500, 50):
        alone = chosen(bounds_of(sizes[[row]]), counts[[row]], draws.take(np.array([row])), "some")
        assert np.array_equal(alone, among[bounds[row] : bounds[row + 1]])


@pytest.mark.parametrize("few", [0, 128])
@pytest.mark.parametrize(("size", "count"), [(5, 2), (5, 3), (4, 1), (3, 3)])
def test_all_choices_are_equally_likely(size: int, count: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_FEW", few)
    rows = 1000 * comb(size, count)
    among = chosen(bounds_of([size] * rows), np.full(rows, count), draws_of(rows), "some").reshape(rows, size)
    found = Counter(map(tuple, among.tolist()))
    assert len(found) == comb(size, count)
    assert max(abs(one - 1000) for one in found.values()) < 4.5 * np.sqrt(1000)


@given(some_rows, st.integers(0, 5), st.integers(0, 2**32))
def test_a_shuffle_looks_other_than_before(rows: list[list[int]], window: int, seed: int) -> None:
    bounds, alike = alike_of(rows)
    order = shuffled(bounds, alike, draws_of(len(rows), seed), "order", window=window)
    items = [one for row in rows for one in row]
    for begin, end, row in zip(bounds, bounds[1:], rows, strict=False):
        own = order[begin:end]
        assert sorted(own) == list(range(begin, end))
        seen = [items[one] for one in own]
        assert (seen == row) == (len(set(row)) < 2)
        if window:
            assert all(abs(one - place) <= window for place, one in enumerate(own, begin))
        # Those that are alike are in the order that they had.
        for kind in set(row):
            assert sorted(same := [one for one in own if items[one] == kind]) == same
    assert np.array_equal(moved(bounds, order), ~all_alike(bounds, alike))


def test_all_orders_but_that_of_the_source_are_equally_likely() -> None:
    count = 10_000
    bounds = bounds_of([3] * count)
    order = shuffled(bounds, np.arange(3 * count), draws_of(count), "order").reshape(count, 3) % 3
    found = Counter(map(tuple, order.tolist()))
    assert set(found) == set(permutations(range(3))) - {(0, 1, 2)}
    assert max(abs(one - count / 5) for one in found.values()) < 4 * np.sqrt(count * 0.2 * 0.8)


def test_what_reads_differently_is_equally_likely_where_some_are_alike() -> None:
    count = 8_000
    bounds, alike = alike_of([[0, 1, 0]] * count)
    order = shuffled(bounds, alike, draws_of(count), "order").reshape(count, 3) % 3
    found = Counter(map(tuple, order.tolist()))
    assert set(found) == {(0, 2, 1), (1, 0, 2)}
    assert abs(found[0, 2, 1] - count / 2) < 4 * np.sqrt(count / 4)


def test_a_row_gets_its_order_wherever_it_stands() -> None:
    sizes, draws = [5, 0, 2, 9, 1, 30], draws_of(6)
    bounds = bounds_of(sizes)
    for window in (0, 2, 40):
        together = shuffled(bounds, np.arange(bounds[-1]), draws, "order", window=window)
        for number, size in enumerate(sizes):
            alone = shuffled(bounds_of([size]), np.arange(size), draws.take(np.array([number])), "order", window=window)
            assert np.array_equal(together[bounds[number] : bounds[number + 1]] - bounds[number], alone)


PIECES = ["the", "The", "cat", "the", "", "ΣΟΦΟΣ", "σοφος", "ß", "", "THE", "ta", "at"]


@pytest.mark.parametrize(
    ("any_case", "expected"),
    [(False, [0, 1, 2, 0, 4, 5, 6, 7, 8, 9, 10, 11]), (True, [0, 0, 2, 0, 4, 5, 5, 7, 8, 9, 10, 11])],
)
def test_pieces_that_read_the_same(*, any_case: bool, expected: list[int]) -> None:
    text = Strings.of(PIECES)
    found = first_alike(text, text.bounds[:-1], text.bounds[1:], np.array([0, 8, 12]), any_case=any_case)
    assert found.tolist() == expected


@given(st.lists(st.text("abAB", max_size=3), max_size=30), st.integers(0, 30))
def test_pieces_are_told_apart_in_every_row(pieces: list[str], cut: int) -> None:
    text = Strings.of(pieces)
    middle = min(cut, len(pieces))
    found = first_alike(text, text.bounds[:-1], text.bounds[1:], np.array([0, middle, len(pieces)]))
    rows = [0] * middle + [1] * (len(pieces) - middle)
    keyed = list(zip(rows, pieces, strict=True))
    assert found.tolist() == [keyed.index(one) for one in keyed]
    assert repeated(found).tolist() == [keyed.count(one) > 1 for one in keyed]


def test_hashes_that_meet_by_chance_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    right, salts = orders._hashes, []

    def hashes(codes: np.ndarray, bounds: Integers, salt: int) -> np.ndarray:
        salts.append(salt)
        return right(codes, bounds, salt) if salt > 2 else np.zeros(len(bounds) - 1, np.uint64)

    monkeypatch.setattr(orders, "_hashes", hashes)
    text = Strings.of(["a", "b", "a", "ab"])
    assert first_alike(text, text.bounds[:-1], text.bounds[1:], np.array([0, 4])).tolist() == [0, 1, 0, 3]
    assert salts == [1, 2, 3]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The CAT", "the cat"),
        ("ÄÖÜ ß", "äöü ß"),
        ("ПРИВЕТ", "привет"),
        ("ΣΑΣ", "σασ"),
        ("你好 12", "你好 12"),
        ("İ😀", "İ😀"),
    ],
)
def test_small_letters(before: str, after: str) -> None:
    assert Strings(lower(Strings.of([before]).codes), bounds_of([len(before)]))[0] == after


def test_the_first_reason_counts() -> None:
    against = {"a": np.array([True, False, False]), "none": np.zeros(3, bool), "b": np.array([True, True, False])}
    kept, skipped = sifted(3, against)
    assert kept.tolist() == [2]
    assert {reason: one.tolist() for reason, one in skipped.items()} == {"a": [0], "b": [1]}
