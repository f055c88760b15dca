"""Sizes, squares on a grid, exact turns, and tilts that show no border."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sslabel.transforms.image.geometry import central_square, resample, resize, scaled_size, tilt, turn
from sslabel.values import Picture
from tests.pictures import photo, psnr

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize(
    ("width", "height", "size", "fit", "scaled"),
    [
        (400, 300, 100, "short", (133, 100)),
        (300, 400, 100, "short", (100, 133)),
        (400, 300, 100, "crop", (133, 100)),
        (400, 300, 100, "pad", (100, 75)),
        (300, 400, 100, "pad", (75, 100)),
        (400, 300, 100, "stretch", (100, 100)),
        (10, 10, 100, "short", (100, 100)),
        (1000, 1, 10, "pad", (10, 1)),
        (1, 1000, 10, "short", (10, 10000)),
        (300, 300, 300, "pad", (300, 300)),
        (400, 300, 300, "short", (400, 300)),
    ],
)
def test_the_size_follows_the_fit(width: int, height: int, size: int, fit: str, scaled: tuple[int, int]) -> None:
    assert scaled_size(width, height, size, fit) == scaled


@pytest.mark.parametrize(
    ("width", "height", "size", "fit"),
    [(40, 30, 30, "short"), (30, 30, 30, "crop"), (30, 30, 30, "pad"), (30, 30, 30, "stretch"), (30, 30, 30, "short")],
)
def test_a_picture_of_that_size_is_left_as_it_is(width: int, height: int, size: int, fit: str) -> None:
    picture = Picture(photo(width, height))
    assert resize(picture, size, fit) is picture


@pytest.mark.parametrize(
    ("width", "height", "size", "fit", "result"),
    [
        (40, 30, 15, "short", (20, 15)),
        (40, 30, 15, "crop", (15, 15)),
        (40, 30, 15, "pad", (15, 15)),
        (40, 30, 15, "stretch", (15, 15)),
        (40, 30, 30, "crop", (30, 30)),
        (40, 30, 40, "pad", (40, 40)),
        (31, 40, 31, "crop", (31, 31)),
        (7, 5, 64, "short", (90, 64)),
        (1, 1, 9, "pad", (9, 9)),
        (5, 1, 1, "pad", (1, 1)),
    ],
)
def test_a_picture_is_brought_to_its_size(
    width: int, height: int, size: int, fit: str, result: tuple[int, int]
) -> None:
    picture = resize(Picture(photo(width, height)), size, fit)
    assert (picture.width, picture.height) == result
    assert picture.pixels.shape == (result[1], result[0], 3)
    assert picture.verbatim is None


def test_a_crop_is_the_middle_and_exact_where_nothing_is_scaled() -> None:
    pixels = photo(41, 30)
    assert np.array_equal(resize(Picture(pixels), 30, "crop").pixels, pixels[:, 5:35])


def test_padding_is_black_and_the_picture_in_its_middle_exact() -> None:
    pixels = photo(40, 30)
    padded = resize(Picture(pixels), 40, "pad").pixels
    assert np.array_equal(padded[5:35], pixels)
    assert not padded[:5].any()
    assert not padded[35:].any()


def test_shrinking_takes_means() -> None:
    pixels = photo(40, 30)
    means = pixels.reshape(15, 2, 20, 2, 3).mean(axis=(1, 3))
    assert np.abs(resample(pixels, 20, 15).astype(float) - means).max() <= 0.5


@pytest.mark.parametrize(("width", "height"), [(133, 100), (100, 75), (80, 60), (40, 30), (13, 9), (160, 60), (1, 1)])
def test_shrinking_is_near_to_pillow_s_antialiased_bicubic(width: int, height: int) -> None:
    pixels = photo(160, 120)
    reference = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))
    assert psnr(resample(pixels, width, height), reference) > 40


@pytest.mark.parametrize(("size", "ripple"), [(16, 1), (32, 1), (40, 128)])
def test_shrinking_does_not_alias(size: int, ripple: int) -> None:
    # The finest stripes there are: untreated, they would come out as coarse ones of the full 255.
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    inner = resample(stripes, size, size)[:, 2:-2]
    assert np.ptp(inner) <= ripple
    assert abs(inner.mean() - 127.5) < 2


def test_growing_keeps_the_picture() -> None:
    pixels = photo(40, 30)
    assert psnr(resample(resample(pixels, 80, 60), 40, 30), pixels) > 40


def test_sharp_edges_do_not_wrap_around_when_a_picture_grows() -> None:
    step = np.zeros((8, 8, 3), np.uint8)
    step[:, 4:] = 255
    grown = resample(step, 64, 64).astype(int)
    assert (np.diff(grown, axis=1) >= 0).all()
    assert (grown.min(), grown.max()) == (0, 255)


@pytest.mark.parametrize(
    ("width", "height", "square"),
    [
        (10, 10, (0, 0, 10)),
        (11, 10, (0, 0, 10)),
        (12, 10, (1, 0, 10)),
        (10, 15, (0, 2, 10)),
        (1, 1, (0, 0, 1)),
        (500, 375, (62, 0, 375)),
    ],
)
def test_without_a_grid_the_square_is_the_largest_in_the_middle(
    width: int, height: int, square: tuple[int, ...]
) -> None:
    assert central_square(width, height) == square


@pytest.mark.parametrize(
    ("width", "height", "grid", "square"),
    [
        (500, 375, (16, 0, 0), (64, 0, 368)),
        (375, 500, (16, 0, 0), (0, 64, 368)),
        (64, 64, (16, 0, 0), (0, 0, 64)),
        (64, 64, (16, 5, 0), (5, 0, 48)),
        (67, 67, (16, 3, 3), (3, 3, 64)),
        (40, 20, (16, 8, 4), (8, 4, 16)),
        (100, 100, (16, 19, 35), (3, 3, 96)),
        (15, 10, (16, 0, 0), (2, 0, 10)),
        (40, 17, (16, 0, 2), (11, 0, 17)),
        (1, 1, (16, 0, 0), (0, 0, 1)),
    ],
)
def test_on_a_grid_the_square_is_whole_blocks(
    width: int, height: int, grid: tuple[int, int, int], square: tuple[int, ...]
) -> None:
    assert central_square(width, height, grid) == square


@settings(derandomize=True, max_examples=500)
@given(st.integers(1, 200), st.integers(1, 200), st.sampled_from([1, 8, 16]), st.integers(0, 15), st.integers(0, 15))
def test_a_square_lies_in_the_picture_on_the_grid_and_no_larger_one_does(
    width: int, height: int, cell: int, x: int, y: int
) -> None:
    left, top, side = central_square(width, height, (cell, x, y))
    assert side > 0
    assert 0 <= left <= width - side
    assert 0 <= top <= height - side
    whole = [
        size
        for size in range(cell, min(width, height) + 1, cell)
        if x % cell + size <= width and y % cell + size <= height
    ]
    assert side == max(whole, default=min(width, height))
    if whole:
        assert (left - x) % cell == (top - y) % cell == 0
    assert abs(left - (width - side) / 2) <= cell
    assert abs(top - (height - side) / 2) <= cell


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_turns_are_exact_and_counter_clockwise(quarters: int) -> None:
    pixels = photo(7, 5)
    turned = turn(pixels, quarters)
    expected = pixels
    for _ in range(quarters):
        expected = expected.swapaxes(0, 1)[::-1]  # what stood at the right now stands above
    assert np.array_equal(turned, expected)
    assert turned.flags.c_contiguous


def test_four_quarter_turns_are_none() -> None:
    pixels = photo(7, 5)
    assert np.array_equal(turn(turn(turn(turn(pixels, 1), 1), 1), 1), pixels)


ANGLES = [-45.0, -30.0, -10.0, -1.0, 0.5, 3.0, 10.0, 44.9, 45.0]
SHAPES = [(100, 100), (120, 60), (33, 90)]


@pytest.mark.parametrize("degrees", ANGLES)
@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_a_tilt_keeps_the_size_and_leaves_no_empty_corner(degrees: float, width: int, height: int) -> None:
    white = np.full((height, width, 3), 255, np.uint8)
    assert np.array_equal(tilt(white, degrees), white)
    assert np.array_equal(tilt(white[:, :, 0], degrees), white[:, :, 0])


def reached(width: int, height: int, degrees: float, scale: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The x and y of the source that each pixel shows, by the formula of a turn about the centre."""
    y, x = np.mgrid[:height, :width].astype(float)
    x, y = x - (width - 1) / 2, y - (height - 1) / 2
    angle = math.radians(degrees)
    # With y downwards a counter-clockwise turn takes (x, y) to (x·cos + y·sin, y·cos - x·sin); this is its inverse.
    source_x = (x * math.cos(angle) - y * math.sin(angle)) / scale + (width - 1) / 2
    source_y = (x * math.sin(angle) + y * math.cos(angle)) / scale + (height - 1) / 2
    return source_x, source_y


def enlargement(width: int, height: int, degrees: float) -> float:
    """How far a picture must be enlarged so that its turned rectangle holds the upright one."""
    angle = math.radians(abs(degrees))
    across = (width * math.cos(angle) + height * math.sin(angle)) / width
    down = (width * math.sin(angle) + height * math.cos(angle)) / height
    return max(across, down)


@pytest.mark.parametrize("degrees", ANGLES)
@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_a_tilt_shows_the_picture_turned_counter_clockwise_and_no_border(
    degrees: float, width: int, height: int
) -> None:
    source_x, source_y = reached(width, height, degrees, enlargement(width, height, degrees))
    assert source_x.min() >= -0.5
    assert source_x.max() <= width - 0.5
    assert source_y.min() >= -0.5
    assert source_y.max() <= height - 0.5
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([2 * x, 2 * y, x + y], axis=2).astype(np.uint8)
    tilted = tilt(pixels, degrees).astype(float)
    inner = (slice(3, -3), slice(3, -3))
    for channel, expected in enumerate((2 * source_x, 2 * source_y, source_x + source_y)):
        assert np.abs(tilted[:, :, channel] - expected)[inner].max() <= 1.5
        assert np.abs(tilted[:, :, channel] - expected).max() <= 4


@pytest.mark.parametrize("degrees", [-10.0, 3.0, 20.0])
def test_sharp_edges_do_not_wrap_around_when_a_picture_is_tilted(degrees: float) -> None:
    step = np.zeros((64, 64, 3), np.uint8)
    step[:, 32:] = 255
    tilted = tilt(step, degrees).astype(int)
    assert (np.diff(tilted, axis=1) >= 0).all()
    assert set(np.unique(tilted[:, :3])) == {0}
    assert set(np.unique(tilted[:, -3:])) == {255}
