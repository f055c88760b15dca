"""Normal numbers: their distribution, as far out as can be seen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sslabel.transforms.image.normals import normals


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def above(number: float) -> float:
    """The share of normal numbers above one."""
    return math.erfc(number / math.sqrt(2)) / 2


def expect_normal(drawn: Any) -> None:
    count = drawn.size
    assert abs(drawn.mean()) < 4 / math.sqrt(count)
    assert abs(drawn.std() - 1) < 4 / math.sqrt(2 * count)
    assert abs((drawn**3).mean()) < 4 * math.sqrt(15 / count)
    assert abs((drawn**4).mean() - 3) < 4 * math.sqrt(96 / count)
    for number in (0, 0.5, 1, 2, 2.8, 3.0, 3.05, 3.1, 3.15, 3.2, 3.5, 4, 4.5, 5):
        expected = count * above(number)
        for found in (np.count_nonzero(drawn > number), np.count_nonzero(drawn < -number)):
            assert abs(found - expected) < 4.5 * math.sqrt(expected) + 2


def test_they_are_normal() -> None:
    expect_normal(normals(rng(), (700, 500, 3), 0, 1).astype(np.float64))


@pytest.mark.slow
def test_many_are_normal_out_to_their_tails() -> None:
    drawn = normals(rng(), 100_000_000, 0, 1)
    expect_normal(drawn.astype(np.float64))
    assert 5 < drawn.max() < 6.4
    assert -6.4 < drawn.min() < -5


def test_no_two_places_are_alike() -> None:
    drawn = normals(rng(), 1 << 19, 0, 1)
    for step in (1, 2, 3, 4, 1 << 18):
        assert abs(np.corrcoef(drawn[:-step], drawn[step:])[0, 1]) < 4.5 / math.sqrt(len(drawn) - step)
    assert len(np.unique(drawn)) > 60_000


@pytest.mark.parametrize(("mean", "deviation"), [(0.55, 0.3), (1, 2.0), (0, 30.0), (0.1, 0.0)])
def test_they_have_their_mean_and_deviation(mean: float, deviation: float) -> None:
    drawn = normals(rng(), 100_000, mean, deviation)
    assert drawn.dtype == np.float32
    plain = normals(rng(), 100_000, 0, 1).astype(np.float64)
    assert np.allclose(drawn, mean + deviation * plain, rtol=1e-5, atol=1e-5 * deviation)


@pytest.mark.parametrize("shape", [0, 1, 5, (1, 1), (7, 5, 3)])
def test_there_are_as_many_as_asked_for(shape: Any) -> None:
    drawn = normals(rng(), shape, 0, 1)
    assert drawn.shape == (shape if isinstance(shape, tuple) else (shape,))
    assert np.array_equal(drawn, normals(rng(), shape, 0, 1))
