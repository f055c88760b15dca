"""Noises on shape."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.shape import rotate
from sslabel.registry import find_noise
from sslabel.values import Picture
from tests.pictures import photo

NO_DRAWS: Any = None  # the angle is drawn as an option


def test_it_alters_geometry() -> None:
    assert find_noise("rotate").alters == {"geometry"}


@pytest.mark.parametrize("pixels", [photo(40, 30), photo(40, 30)[:, :, 0].copy(), photo(1, 1)])
def test_no_angle_is_the_identical_picture(pixels: Any) -> None:
    picture = Picture(pixels)
    assert rotate(picture, NO_DRAWS, degrees=0.0) is picture


@pytest.mark.parametrize("degrees", [-45.0, -10.0, 1.0, 45.0])
@pytest.mark.parametrize("shape", [(30, 40, 3), (40, 30), (2, 2, 3), (2, 9), (7, 2, 3)])
def test_the_size_stays(degrees: float, shape: tuple[int, ...]) -> None:
    picture = Picture(photo(40, 40)[: shape[0], : shape[1]].copy() if len(shape) == 3 else np.ones(shape, np.uint8))
    assert rotate(picture, NO_DRAWS, degrees=degrees).pixels.shape == shape


ONE_WIDE = """
import numpy as np
from sslabel.noise.image.shape import rotate
from sslabel.values import Picture
for shape in ((1, 1, 3), (1, 9), (9, 1, 3)):
    plain = Picture(np.full(shape, 9, np.uint8))
    assert rotate(plain, None, degrees=10.0) == plain
"""


def test_a_picture_of_one_row_or_column_is_turned_like_any_other() -> None:
    # In a process of its own, since a call of OpenCV that does not come back cannot be stopped otherwise.
    assert subprocess.run([sys.executable, "-c", ONE_WIDE], check=False, timeout=20).returncode == 0


def center_of_light(pixels: Any) -> tuple[float, float]:
    weight = pixels.astype(float)
    y, x = np.mgrid[: weight.shape[0], : weight.shape[1]]
    return float((x * weight).sum() / weight.sum()), float((y * weight).sum() / weight.sum())


@pytest.mark.parametrize(("degrees", "up"), [(10.0, True), (-10.0, False)])
def test_the_angle_is_counter_clockwise(degrees: float, up: bool) -> None:
    spot = np.zeros((101, 101), np.uint8)
    spot[47:54, 77:84] = 255  # at the right of the centre
    x, y = center_of_light(rotate(Picture(spot), NO_DRAWS, degrees=degrees).pixels)
    assert x > 70
    assert (y < 47) is up
    assert (y > 53) is not up


def test_the_centre_stays() -> None:
    spot = np.zeros((101, 101), np.uint8)
    spot[48:53, 48:53] = 255
    assert center_of_light(rotate(Picture(spot), NO_DRAWS, degrees=30.0).pixels) == pytest.approx((50, 50), abs=0.05)


def test_opposite_angles_are_mirror_images() -> None:
    pixels = photo(64, 48)
    turned = rotate(Picture(pixels), NO_DRAWS, degrees=10.0).pixels
    mirrored = rotate(Picture(pixels[:, ::-1].copy()), NO_DRAWS, degrees=-10.0).pixels[:, ::-1]
    assert np.abs(turned.astype(int) - mirrored).max() <= 2
