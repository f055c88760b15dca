"""Sets of permutations: what greedy choice gives is what a plain search gives, and the published distances."""

from __future__ import annotations

from itertools import combinations, permutations
from math import factorial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest

from sslabel.transforms.image.permutations import all_permutations, distant_permutations, least_distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

Distance = Literal["minimum", "mean"]


def distances(rows: NDArray[Any]) -> list[int]:
    return [int((one != other).sum()) for one, other in combinations(rows, 2)]


def searched(count: int, distance: Distance, places: int) -> list[tuple[int, ...]]:
    """The greedy choice by its words: all that are left are compared with all that were chosen."""
    chosen = [tuple(range(places))]
    for _ in range(count):
        best, best_worth = chosen[0], (-1, -1)
        for one in permutations(range(places)):
            far = [sum(a != b for a, b in zip(one, other, strict=True)) for other in chosen]
            worth = (min(far) if distance == "minimum" else 0, sum(far))
            if min(far) > 0 and worth > best_worth:
                best, best_worth = one, worth
        chosen.append(best)
    return chosen[1:]


@pytest.mark.parametrize("places", [1, 2, 3, 4, 6])
def test_all_permutations_are_in_lexicographic_order(places: int) -> None:
    assert all_permutations(places).tolist() == [list(one) for one in permutations(range(places))]


def test_nine_places_have_362880_permutations() -> None:
    rows = all_permutations(9)
    assert rows.shape == (362_880, 9)
    assert rows.dtype == np.uint8
    assert factorial(9) == 362_880


@pytest.mark.parametrize("distance", ["minimum", "mean"])
@pytest.mark.parametrize(("count", "places"), [(1, 2), (5, 3), (23, 4), (40, 5)])
def test_the_choice_is_that_of_a_plain_search(count: int, places: int, distance: Distance) -> None:
    assert [tuple(one) for one in distant_permutations(count, distance, places).tolist()] == searched(
        count, distance, places
    )


@pytest.mark.parametrize(
    ("count", "distance", "least", "mean"),
    [
        (10, "minimum", 8, 8.622),
        (100, "minimum", 6, 8.079),
        (1000, "minimum", 5, 8.008),
        # The figures of Noroozi and Favaro's own set.
        (100, "mean", 2, 8.080),
        (1000, "mean", 2, 8.008),
    ],
)
def test_the_distances_of_sets_of_nine_places(count: int, distance: Distance, least: int, mean: float) -> None:
    rows = distant_permutations(count, distance)
    assert rows.shape == (count, 9)
    assert rows.dtype == np.uint8
    assert (np.sort(rows, axis=1) == np.arange(9)).all()
    matches = np.zeros((count, count), np.int64)
    for place in range(9):
        matches += rows[:, place, None] == rows[None, :, place]
    far = 9 - matches[np.triu_indices(count, 1)]
    assert far.min() == least == least_distance(rows)
    assert far.mean() == pytest.approx(mean, abs=5e-4)
    # The right order is as far from all of them as they are from each other.
    assert (rows != np.arange(9)).sum(axis=1).min() >= least


def test_the_mean_distance_to_all_others_is_8() -> None:
    # Of random permutations one place in nine agrees, so that a mean of 8 is what chance gives.
    rows = all_permutations(9)
    assert (rows != rows[12_345]).sum(axis=1).mean() == pytest.approx(8)


@pytest.mark.parametrize("distance", ["minimum", "mean"])
def test_a_smaller_set_is_the_beginning_of_a_larger_one(distance: Distance) -> None:
    large = distant_permutations(300, distance)
    for count in (2, 24, 120):
        assert np.array_equal(distant_permutations(count, distance), large[:count])


def test_a_set_is_read_only() -> None:
    assert not distant_permutations(10).flags.writeable


@pytest.mark.parametrize(("count", "places"), [(0, 9), (6, 3), (24, 4)])
def test_a_count_that_there_is_not_is_refused(count: int, places: int) -> None:
    with pytest.raises(ValueError, match="beside the identity"):
        distant_permutations(count, places=places)


@pytest.mark.parametrize(
    ("rows", "least"),
    [([[0, 1, 2]], 3), ([[0, 1, 2], [1, 2, 0]], 3), ([[0, 1, 2], [1, 2, 0], [2, 1, 0]], 2), ([[0, 1], [0, 1]], 0)],
)
def test_the_least_distance(rows: list[list[int]], least: int) -> None:
    found = np.array(rows, np.uint8)
    assert least_distance(found) == least
    assert min(distances(found), default=3) == least


@pytest.mark.slow
def test_the_largest_set_has_no_permutation_twice() -> None:
    rows = distant_permutations(10_000)
    assert len(np.unique(rows, axis=0)) == 10_000
    assert least_distance(rows) == 3
