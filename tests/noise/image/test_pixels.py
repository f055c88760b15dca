"""Noises on single pixels: how much, where, and that nothing wraps around."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.pixels import gaussian_noise, pixel_dropout
from sslabel.registry import find_noise
from sslabel.values import Picture
from tests.pictures import photo

GREY = Picture(photo(40, 30)[:, :, 1].copy())
COLORED = Picture(photo(40, 30))


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def level(value: int, *shape: int) -> Picture:
    return Picture(np.full(shape, value, np.uint8))


@pytest.mark.parametrize("name", ["gaussian-noise", "pixel-dropout"])
def test_single_pixels_tell_nothing_that_a_label_depends_on(name: str) -> None:
    assert find_noise(name).alters == frozenset()


@pytest.mark.parametrize("picture", [GREY, COLORED], ids=repr)
def test_no_noise_is_the_identical_picture(picture: Picture) -> None:
    assert gaussian_noise(picture, rng(), sigma=0.0) is picture
    assert pixel_dropout(picture, rng(), rate=0.0) is picture


@pytest.mark.parametrize("sigma", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("shape", [(200, 150), (200, 150, 3)])
def test_gaussian_noise_has_its_mean_and_deviation(sigma: float, shape: tuple[int, ...]) -> None:
    error = gaussian_noise(level(128, *shape), rng(), sigma=sigma).pixels - 128.0
    deviation = np.hypot(255 * sigma, 1 / np.sqrt(12))  # rounding adds a twelfth
    count = error.size
    assert abs(error.mean()) < 4 * deviation / np.sqrt(count)
    assert abs(error.std() - deviation) < 4 * deviation / np.sqrt(2 * count)


@pytest.mark.parametrize("picture", [GREY, COLORED, level(0, 9, 9, 3), level(255, 9, 9, 3)], ids=repr)
@pytest.mark.parametrize("sigma", [0.02, 0.38, 2.0])
def test_gaussian_noise_is_added_rounded_and_clipped(picture: Picture, sigma: float) -> None:
    drawn = rng().standard_normal(picture.pixels.shape, dtype=np.float32).astype(np.float64)
    exact = picture.pixels + drawn * 255 * sigma
    noisy = gaussian_noise(picture, rng(), sigma=sigma)
    assert noisy.pixels.dtype == np.uint8
    assert np.abs(noisy.pixels - exact.clip(0, 255)).max() <= 0.501


@pytest.mark.parametrize("value", [0, 1, 254, 255])
def test_gaussian_noise_does_not_wrap_around(value: int) -> None:
    noisy = gaussian_noise(level(value, 100, 100, 3), rng(), sigma=0.05).pixels.astype(int)
    assert np.abs(noisy - value).max() < 6 * 0.05 * 255
    assert 0.4 < (noisy == min(max(value, 0), 255)).mean() < 0.6 or value in (1, 254)
    assert len(np.unique(noisy)) > 20


def test_the_channels_of_gaussian_noise_are_independent() -> None:
    error = gaussian_noise(level(128, 200, 150, 3), rng(), sigma=0.1).pixels.reshape(-1, 3).astype(float)
    together = np.corrcoef(error.T)[np.triu_indices(3, 1)]
    assert np.abs(together).max() < 4 / np.sqrt(len(error))


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.5, 0.99])
@pytest.mark.parametrize("shape", [(200, 150), (200, 150, 3)])
def test_dropout_deletes_its_share_of_the_pixels(rate: float, shape: tuple[int, ...]) -> None:
    deleted = pixel_dropout(level(9, *shape), rng(), rate=rate).pixels.reshape(200, 150, -1) == 0
    assert (deleted.all(axis=2) == deleted.any(axis=2)).all()
    assert abs(deleted.mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / (200 * 150))


@pytest.mark.parametrize("picture", [GREY, COLORED], ids=repr)
@pytest.mark.parametrize("fill", [0, 7, 255])
def test_dropout_leaves_all_other_pixels_as_they_are(picture: Picture, fill: int) -> None:
    left = pixel_dropout(picture, rng(), rate=0.3, fill=fill).pixels.reshape(30, 40, -1)
    before = picture.pixels.reshape(30, 40, -1)
    changed = (left != before).any(axis=2)
    assert 0.2 < changed.mean() < 0.4
    assert (left[changed] == fill).all()


@pytest.mark.parametrize(("fill", "shape"), [(0, (5, 7)), (200, (5, 7, 3)), (255, (1, 1, 3))])
def test_dropout_of_everything_leaves_the_fill(fill: int, shape: tuple[int, ...]) -> None:
    assert pixel_dropout(level(100, *shape), rng(), rate=1.0, fill=fill) == level(fill, *shape)


@pytest.mark.parametrize(("noise", "options"), [(gaussian_noise, {"sigma": 0.5}), (pixel_dropout, {"rate": 0.5})])
def test_other_draws_damage_other_pixels(noise: Any, options: dict[str, float]) -> None:
    one = noise(COLORED, np.random.default_rng(1), **options)
    assert one == noise(COLORED, np.random.default_rng(1), **options)
    assert one != noise(COLORED, np.random.default_rng(2), **options)
