"""Bars, cuts and flat tiles, by tables of what goes in and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sslabel.transforms.image.tiles import cut, cut_channels, is_flat, stride_on_grid, without_bars
from tests.pictures import noise_pixels, photo

if TYPE_CHECKING:
    from sslabel.values import Pixels

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def framed(pixels: Pixels, bars: tuple[int, int, int, int], color: Any = BLACK) -> Pixels:
    """A picture within bars of a colour: left, top, right, below."""
    left, top, right, below = bars
    height, width = pixels.shape[:2]
    whole = np.full((height + top + below, width + left + right, 3), color, np.uint8)
    whole = whole if pixels.ndim == 3 else whole[:, :, 0].copy()
    whole[top : top + height, left : left + width] = pixels
    return whole


@pytest.mark.parametrize("color", [BLACK, WHITE, (200, 30, 90)])
@pytest.mark.parametrize(
    ("bars", "inside"),
    [
        ((0, 0, 0, 0), (0, 0, 60, 40)),
        ((0, 9, 0, 7), (0, 11, 60, 36)),  # two rows more beside each bar
        ((5, 0, 0, 0), (7, 0, 58, 40)),
        ((0, 0, 6, 0), (0, 0, 58, 40)),
        ((5, 9, 6, 7), (7, 11, 56, 36)),
        ((0, 1, 0, 0), (0, 3, 60, 38)),
    ],
)
def test_bars_are_left_out(bars: tuple[int, int, int, int], inside: tuple[int, ...], color: Any) -> None:
    inner = noise_pixels(60, 40)
    assert without_bars(framed(inner, bars, color)) == inside
    grey = inner[:, :, 1].copy()
    assert without_bars(framed(grey, bars, color)) == inside


def test_the_bars_of_a_compressed_picture_are_not_quite_of_one_colour() -> None:
    pixels = framed(noise_pixels(60, 40), (0, 20, 0, 0))
    pixels[:20] = np.random.default_rng(0).integers(0, 16, (20, 60, 3))
    assert without_bars(pixels) == (0, 22, 60, 38)
    pixels[10, 30, 2] = 40
    assert without_bars(pixels) == (0, 12, 60, 48)


def test_a_gradient_is_no_bar() -> None:
    rows = np.arange(0, 200, 2).astype(np.uint8)
    sky = np.repeat(rows[:, None, None], 80, axis=1).repeat(3, axis=2)
    left, top, width, height = without_bars(sky)
    assert (left, width) == (0, 80)
    assert top + (100 - top - height) < 25


@pytest.mark.parametrize("pixels", [photo(60, 40), photo(60, 40)[:, :, 0], noise_pixels(2, 9), noise_pixels(5, 7)])
def test_a_picture_without_bars_is_taken_whole(pixels: Pixels) -> None:
    assert without_bars(pixels) == (0, 0, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1), (9, 9, 3), (40, 60), (1, 7, 3), (7, 1, 3)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_nothing_is_left_of_a_picture_of_one_colour(shape: tuple[int, ...], level: int) -> None:
    assert without_bars(np.full(shape, level, np.uint8)) == (0, 0, 0, 0)


def test_nothing_is_left_of_a_picture_that_is_thinner_than_what_blends() -> None:
    assert without_bars(framed(noise_pixels(60, 3), (0, 9, 0, 9))) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("stride", "cell", "expected"), [(144, 16, 144), (75, 16, 80), (75, 8, 80), (75, 1, 75), (1, 16, 16), (96, 16, 96)]
)
def test_a_stride_is_rounded_up_to_whole_cells(stride: int, cell: int, expected: int) -> None:
    assert stride_on_grid(stride, cell) == expected


def test_a_cut_is_a_copy() -> None:
    pixels = noise_pixels(20, 10)
    square = cut(pixels, 7, 2, 5)
    assert np.array_equal(square, pixels[2:7, 7:12])
    assert not np.shares_memory(square, pixels)


def test_channels_are_cut_each_at_its_own_corner() -> None:
    pixels = noise_pixels(20, 10)
    square = cut_channels(pixels, np.array([(7, 2), (8, 0), (15, 5)]), 5)
    assert square.shape == (5, 5, 3)
    assert np.array_equal(square[:, :, 0], pixels[2:7, 7:12, 0])
    assert np.array_equal(square[:, :, 1], pixels[0:5, 8:13, 1])
    assert np.array_equal(square[:, :, 2], pixels[5:10, 15:20, 2])


@pytest.mark.parametrize(
    ("pixels", "flat"),
    [
        (np.full((8, 8, 3), 77, np.uint8), True),
        (np.full((1, 1, 3), 0, np.uint8), True),
        (np.array([[0, 8], [8, 0]], np.uint8), True),  # a standard deviation of 4
        (np.array([[0, 9], [9, 0]], np.uint8), False),
        (np.array([[(50, 50, 50), (50, 50, 60)]], np.uint8), False),  # one channel is enough
        (noise_pixels(8, 8), False),
    ],
)
def test_what_is_flat(pixels: Pixels, *, flat: bool) -> None:
    assert is_flat(pixels) is flat
