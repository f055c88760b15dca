"""Random bits: evenly distributed, independent, the same for the same generator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sslabel.transforms.image.bits import random_bits


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("shape", [0, 1, 3, 1000, (1, 1), (7, 5), (7, 5, 3), (0, 4)])
def test_there_are_as_many_as_asked_for(dtype: Any, shape: Any) -> None:
    drawn = random_bits(rng(), shape, dtype)
    assert drawn.dtype == dtype
    assert drawn.shape == (shape if isinstance(shape, tuple) else (shape,))
    assert np.array_equal(drawn, random_bits(rng(), shape, dtype))


def test_the_lowest_bits_come_first() -> None:
    (wide,) = rng().integers(0, 1 << 64, 1, np.uint64).tolist()
    assert random_bits(rng(), 8, np.uint8).tolist() == [wide >> 8 * place & 255 for place in range(8)]
    assert random_bits(rng(), 2, np.uint32).tolist() == [wide & (1 << 32) - 1, wide >> 32]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_every_value_is_as_likely_as_any_other(dtype: Any) -> None:
    count = 1 << 20
    drawn = random_bits(rng(), count, dtype)
    top = (drawn >> dtype(8 * (np.dtype(dtype).itemsize - 1))).astype(np.intp)
    for byte in (top, (drawn & dtype(255)).astype(np.intp)):
        found = np.bincount(byte, minlength=256)
        excess = ((found - count / 256) ** 2).sum() / (count / 256) - 255
        assert abs(excess) < 4.5 * math.sqrt(2 * 255)


def test_neighbours_are_independent() -> None:
    drawn = random_bits(rng(), 1 << 18, np.uint8).astype(float)
    for step in range(1, 9):
        assert abs(np.corrcoef(drawn[:-step], drawn[step:])[0, 1]) < 4.5 / math.sqrt(1 << 18)


def test_other_generators_draw_others() -> None:
    assert not np.array_equal(random_bits(rng(1), 100, np.uint8), random_bits(rng(2), 100, np.uint8))
