"""Large pixels: against means, and against Pillow's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from sslabel.transforms.image.cells import in_large_pixels
from tests.pictures import noise_pixels, photo

PICTURES = [noise_pixels(128, 96), photo(100, 75), photo(75, 100)[:, :, 0].copy(), noise_pixels(7, 5), photo(500, 375)]


@pytest.mark.parametrize("pixels", PICTURES, ids=lambda pixels: str(pixels.shape))
@pytest.mark.parametrize("scale", [0.95, 0.65, 0.6, 0.5, 0.4, 0.3, 0.25, 0.1, 0.001])
def test_a_large_pixel_is_the_one_that_pillow_makes_but_for_rounding(pixels: Any, scale: float) -> None:
    height, width = pixels.shape[:2]
    columns, rows = max(1, int(width * scale)), max(1, int(height * scale))
    small = Image.fromarray(pixels).resize((columns, rows), Image.Resampling.BOX)
    expected = np.asarray(small.resize((width, height), Image.Resampling.NEAREST)).astype(int)
    apart = in_large_pixels(pixels, columns, rows) - expected
    # Pillow rounds twice, and halves up: of two pairs, that adds half a level.
    assert np.abs(apart).max() <= 1
    assert -0.51 < apart.mean() < 0.1


@pytest.mark.parametrize("size", [(12, 8), (96, 64), (960, 640)])
@pytest.mark.parametrize("side", [1, 2, 4])
def test_a_large_pixel_is_the_mean_of_its_own(size: tuple[int, int], side: int) -> None:
    width, height = size
    pixels = noise_pixels(width, height)
    found = in_large_pixels(pixels, width // side, height // side)
    blocks = pixels.reshape(height // side, side, width // side, side, 3).mean(axis=(1, 3))
    assert np.abs(found[::side, ::side] - blocks).max() <= 0.5
    assert np.array_equal(found, found[::side, ::side].repeat(side, axis=0).repeat(side, axis=1))


def test_a_middle_on_a_border_counts_for_the_left_and_the_upper_one() -> None:
    pixels = np.array([[10, 20, 100, 40, 50]] * 5, np.uint8)
    assert in_large_pixels(pixels, 2, 1)[0].tolist() == [43, 43, 45, 45, 45]
    assert in_large_pixels(pixels.T.copy(), 1, 2)[:, 0].tolist() == [43, 43, 45, 45, 45]


@pytest.mark.parametrize("value", [0, 77, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9, 3), (2100, 900, 3), (999, 1500)])
def test_one_colour_stays_as_it_is(value: int, shape: tuple[int, ...]) -> None:
    pixels = np.full(shape, value, np.uint8)
    for share in (0.7, 0.31, 0.001):
        columns, rows = max(1, int(shape[1] * share)), max(1, int(shape[0] * share))
        assert np.array_equal(in_large_pixels(pixels, columns, rows), pixels)
