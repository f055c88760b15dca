"""Normal numbers, by inversion."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sslabel.transforms.image.bits import random_bits
from sslabel.transforms.lookup import words_looked_up

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

_BITS = 16
_TAIL = 64  # cells at each end in which normal numbers lie too far apart to be taken for one
_PART = 1 << 18


def normals(rng: Generator, shape: int | tuple[int, ...], mean: float, deviation: float) -> NDArray[np.float32]:
    """Normal numbers of that mean and deviation: five times as fast as numpy's own.

    A draw of 16 bits is a cell of a table, in which the middle one of its numbers stands. That is fine enough but for
    the two tails, where 16 further bits are drawn; no number is farther from the mean than 6.3 deviations.
    """
    drawn = np.empty(shape, np.float32)
    flat, table = drawn.reshape(-1), _table(mean, deviation)
    # In parts that stay in the cache.
    for start in range(0, flat.size, _PART):
        part = flat[start : start + _PART]
        cells = random_bits(rng, part.size, np.uint16)
        part[:] = words_looked_up(cells, table)
        # The first cells are those of the two tails, the upper one and then the lower one.
        tails = np.flatnonzero(cells < 2 * _TAIL)
        fine = cells[tails].astype(np.int64) << _BITS | random_bits(rng, tails.size, np.uint16)
        part[tails] = mean + deviation * _quantiles((fine + 0.5) / (1 << 2 * _BITS) - _TAIL / (1 << _BITS))
    return drawn


@lru_cache(maxsize=16)
def _table(mean: float, deviation: float) -> NDArray[np.float32]:
    shares = (np.arange(1 << _BITS) - _TAIL + 0.5) / (1 << _BITS)
    return (mean + deviation * _quantiles(shares)).astype(np.float32)


def _quantiles(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The numbers below which a share of all lies, for shares under 1; those over 1/2 may be given less 1."""
    shares = np.where(shares > 0.5, shares - 1, shares)  # noqa: PLR2004 - the middle
    numbers, above = _upper_half()
    return -np.sign(shares) * np.interp(np.abs(shares), above, numbers)


@cache
def _upper_half() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numbers from 6.5 down to 0, and what share of normal numbers lies above each."""
    numbers = np.arange(6500, -1, -1) / 1000
    return numbers, np.array([math.erfc(one) / 2 for one in numbers / math.sqrt(2)])
