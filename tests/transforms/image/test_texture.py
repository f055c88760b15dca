"""Clouds and ferns that are made from nothing but a generator."""

from __future__ import annotations

import numpy as np
import pytest

from sslabel.transforms.image.texture import _sheet, ferns, plasma


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("side", [2, 4, 64, 512])
@pytest.mark.parametrize("decay", [1.0, 1.4, 3.0])
def test_a_map_goes_from_nought_to_one(side: int, decay: float) -> None:
    clouds = plasma(rng(), side, side, decay)
    assert clouds.dtype == np.float32
    assert (clouds.min(), clouds.max()) == (0, 1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 5), (65, 64), (200, 300), (1, 60_000)])
def test_any_size_is_cut_from_the_next_power_of_two(shape: tuple[int, int]) -> None:
    clouds = plasma(rng(), *shape, 2.0)
    assert clouds.shape == shape
    assert 0 <= clouds.min() <= clouds.max() <= 1
    side = 1 << (max(shape) - 1).bit_length()
    if 1 < side <= 1024:
        assert np.array_equal(clouds, plasma(rng(), side, side, 2.0)[: shape[0], : shape[1]])


def test_the_first_steps_are_diamonds_and_squares() -> None:
    clouds = plasma(rng(), 4, 4, 2.0)
    draws = rng()
    first, second = draws.random((3, 1, 1), np.float32) - 0.5, draws.random((3, 2, 2), np.float32) - 0.5
    rough = np.zeros((2, 2))
    rough[1, 1] = 2 * first[0, 0, 0]
    rough[0, 1] = rough[1, 1] / 2 + 2 * first[1, 0, 0]
    rough[1, 0] = rough[1, 1] / 2 + 2 * first[2, 0, 0]
    center = rough.mean() + second[0] / 2  # the range falls to a quarter
    exact = np.zeros((4, 4))
    exact[::2, ::2], exact[1::2, 1::2] = rough, center
    for row in (0, 1):
        for column in (0, 1):
            x, y = (column + 1) % 2, (row + 1) % 2
            beside = rough[row, column] + rough[row, x] + center[row, column] + center[y, column]
            exact[2 * row, 2 * column + 1] = beside / 4 + second[1, row, column] / 2
            beneath = rough[row, column] + rough[y, column] + center[row, column] + center[row, x]
            exact[2 * row + 1, 2 * column] = beneath / 4 + second[2, row, column] / 2
    exact -= exact.min()
    assert clouds == pytest.approx(exact / exact.max(), abs=1e-6)


def roughness(decay: float) -> float:
    return float(np.mean([np.abs(np.diff(plasma(rng(seed), 128, 128, decay), axis=0)).mean() for seed in range(8)]))


def test_less_decay_is_rougher() -> None:
    made = [roughness(decay) for decay in (1.0, 1.4, 1.7, 2.0, 3.0)]
    assert made == sorted(made, reverse=True)


def test_a_large_map_is_smooth_and_not_made_at_its_full_size() -> None:
    clouds = plasma(rng(), 3, 5000, 1.4)
    assert np.array_equal(clouds, plasma(rng(), 3, 5000, 1.4))
    assert np.abs(np.diff(clouds, axis=1)).max() < 0.02
    assert np.ptp(clouds) > 0.05


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (32, 32), (70, 90), (224, 224), (900, 700)])
def test_ferns_have_any_size(shape: tuple[int, int]) -> None:
    made = [ferns(rng(seed), *shape) for seed in range(4)]
    assert all(one.shape == shape and one.dtype == np.uint8 for one in made)
    if min(shape) >= 32:
        assert all(one.std() > 15 for one in made)
        assert not np.array_equal(made[0], made[1])
        assert np.array_equal(made[0], ferns(rng(0), *shape))


@pytest.mark.parametrize("halvings", [0, 1, 2])
def test_the_sheet_shows_ice_and_glass_and_its_edges_meet(halvings: int) -> None:
    sheet = _sheet(halvings).astype(int)
    assert sheet.shape == (1024 >> halvings, 1024 >> halvings)
    assert 0.03 < (sheet == 0).mean() < 0.4
    for side in (sheet, sheet.T):
        seam, inside = np.abs(side[0] - side[-1]).mean(), np.abs(np.diff(side, axis=0)).mean()
        assert seam < 1.5 * inside
