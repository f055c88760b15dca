"""Sets of permutations that lie far from each other."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.uint8]

_GONE = np.iinfo(np.int32).min // 2
_THINNED = 0.7  # dropping columns costs about as much as a few more distances


def all_permutations(places: int) -> NDArray[np.uint8]:
    """The permutations of 0..places-1 in lexicographic order, places!×places uint8."""
    rows = np.zeros((1, 1), np.uint8)
    for size in range(2, places + 1):
        # Behind each first value stand all permutations of the others, in their order.
        first = np.arange(size, dtype=np.uint8).repeat(len(rows))
        rest = np.tile(rows, (size, 1))
        rows = np.column_stack([first, rest + (rest >= first[:, None])]).astype(np.uint8)
    return rows


@cache
def distant_permutations(
    count: int, distance: Literal["minimum", "mean"] = "minimum", places: int = 9
) -> NDArray[np.uint8]:
    """`count` permutations of 0..places-1 chosen greedily for their Hamming distances, count×places uint8.

    Each is, of all that are left, the one whose least distance from those chosen before is the greatest; of equals
    the one whose mean distance is, then the first in lexicographic order. `mean` looks at the mean distance alone,
    which at 1,000 of 9 places separates no better than chance does. The identity counts as chosen before all others
    and is not in the set, so that none is nearly in order. A smaller set is the beginning of a larger one.

    Of 9 places, 1,000 differ from each other (and from the identity) in at least 5, with `mean` in 2. ValueError if
    there are not so many.
    """
    columns = np.ascontiguousarray(all_permutations(places).T)
    if not 1 <= count < columns.shape[1]:
        msg = f"{count} permutations of {places}, of which there are {columns.shape[1] - 1} beside the identity"
        raise ValueError(msg)
    chosen = [columns[:, 0].copy()]
    least = places if distance == "minimum" else 1
    while len(chosen) <= count:
        _choose(columns, chosen, least, count)
        least -= 1
    found = np.array(chosen[1:])
    found.flags.writeable = False
    return found


def _choose(columns: Column, chosen: list[Column], least: int, count: int) -> None:
    """Add to `chosen` those that are `least` from all chosen, the farthest in the mean first, until none is left."""
    left = np.ones(columns.shape[1], bool)
    for one in chosen:
        left &= _distances(columns, one) >= least
    columns = columns.take(np.flatnonzero(left), axis=1)
    sums = _sums(columns, chosen)
    while columns.shape[1] and len(chosen) <= count:
        best = int(sums.argmax())
        if sums[best] < 0:
            return
        chosen.append(columns[:, best].copy())
        far = _distances(columns, chosen[-1])
        sums += far
        sums[far < least] = _GONE
        left = sums >= 0
        if np.count_nonzero(left) < _THINNED * len(sums):
            columns, sums = columns.take(np.flatnonzero(left), axis=1), sums[left]


def _distances(columns: Column, one: Column) -> Column:
    """The Hamming distance of each of many permutations (places×N) from one: N uint8."""
    far = np.full(columns.shape[1], len(columns), np.uint8)
    for column, value in zip(columns, one, strict=True):
        far -= (column == value).view(np.uint8)
    return far


def _sums(columns: Column, chosen: list[Column]) -> NDArray[np.int32]:
    """The sum of the distances of each of many permutations from all chosen: N int32."""
    places = len(columns)
    sums = np.full(columns.shape[1], places * len(chosen), np.int32)
    for column, values in zip(columns, np.array(chosen).T, strict=True):
        sums -= np.bincount(values, minlength=places).astype(np.int32)[column]
    return sums


def least_distance(permutations: NDArray[np.uint8]) -> int:
    """The least number of places in which any two rows differ; the number of places where there is one row."""
    columns = np.ascontiguousarray(permutations.T)
    far = (int(_distances(columns[:, at + 1 :], columns[:, at]).min()) for at in range(len(permutations) - 1))
    return min(far, default=len(columns))
