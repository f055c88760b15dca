"""Noises on shape."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.shape import crop, flip, misalign, perspective, rotate, shift
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


COLORED = photo(60, 40)
GREY = COLORED[:, :, 0].copy()


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", ["flip", "crop", "shift", "perspective", "misalign"])
def test_each_alters_geometry(name: str) -> None:
    assert find_noise(name).alters == {"geometry"}


@pytest.mark.parametrize(
    ("noise", "options"),
    [(crop, {"area": 1.0}), (shift, {"x": 0, "y": 0}), (perspective, {"strength": 0}), (misalign, {"distance": 0})],
)
def test_no_strength_is_the_identical_picture(noise: Any, options: dict[str, Any]) -> None:
    for pixels in (COLORED, GREY):
        picture = Picture(pixels)
        assert noise(picture, rng(), **options) is picture


def test_a_flip_is_undone_by_itself() -> None:
    for direction in ("horizontal", "vertical"):
        for pixels in (COLORED, GREY, photo(1, 1)):
            once = flip(Picture(pixels), NO_DRAWS, direction=direction)
            assert np.array_equal(flip(once, NO_DRAWS, direction=direction).pixels, pixels)
    assert np.array_equal(flip(Picture(COLORED), NO_DRAWS).pixels, COLORED[:, ::-1])
    assert np.array_equal(flip(Picture(COLORED), NO_DRAWS, direction="vertical").pixels, COLORED[::-1])


@pytest.mark.parametrize("area", [0.01, 0.3, 0.9])
def test_a_crop_keeps_the_size_and_shows_its_share(area: float) -> None:
    ramp = np.dstack([np.tile(np.arange(200, dtype=np.uint8), (200, 1))] * 3)
    found = crop(Picture(ramp), rng(), area=area).pixels
    assert found.shape == ramp.shape
    shown = (int(found.max()) - int(found.min()) + 1) / 200
    assert abs(shown - np.sqrt(area)) < 0.03


@pytest.mark.parametrize(("x", "y"), [(0.1, 0.0), (-0.1, 0.25), (0.5, -0.5), (-1.0, 1.0)])
def test_a_shift_moves_whole_pixels(x: float, y: float) -> None:
    for pixels in (COLORED, GREY):
        across, down = round(x * 60), round(y * 40)
        found = shift(Picture(pixels), NO_DRAWS, x=x, y=y).pixels
        seen = found[max(down, 0) : 40 + min(down, 0), max(across, 0) : 60 + min(across, 0)]
        kept = pixels[max(-down, 0) : 40 + min(-down, 0), max(-across, 0) : 60 + min(-across, 0)]
        assert np.array_equal(seen, kept)
        assert found.shape == pixels.shape


def test_what_comes_in_at_an_edge_is_mirrored() -> None:
    row = np.arange(10, dtype=np.uint8)[None, :].copy()
    assert shift(Picture(row), NO_DRAWS, x=0.3, y=0.0).pixels.tolist() == [[3, 2, 1, 0, 1, 2, 3, 4, 5, 6]]
    assert shift(Picture(row), NO_DRAWS, x=-0.2, y=0.0).pixels.tolist() == [[2, 3, 4, 5, 6, 7, 8, 9, 8, 7]]


@pytest.mark.parametrize("strength", [0.05, 0.2, 0.45])
def test_perspective_leaves_no_empty_border(strength: float) -> None:
    plain = np.full((50, 70, 3), 200, np.uint8)
    smooth = np.dstack([np.tile(np.linspace(50, 200, 70), (50, 1)).astype(np.uint8)] * 3)
    for seed in range(10):
        assert (perspective(Picture(plain), rng(seed), strength=strength).pixels == 200).all()
        found = perspective(Picture(smooth), rng(seed), strength=strength).pixels
        assert found.min() >= 50
        assert found.max() <= 200
        assert not np.array_equal(found, smooth)


@pytest.mark.parametrize("noise", [crop, shift, perspective, misalign, flip])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (1, 9), (400, 300)])
def test_any_size_will_do(noise: Any, size: tuple[int, int]) -> None:
    from sslabel.flow import drawn
    from sslabel.options import read_options

    entry = find_noise(noise.__name__)
    pixels = photo(*size)
    for one in (pixels, pixels[:, :, 0].copy()):
        for seed in range(5):
            options = drawn(entry, read_options(entry.options, {}, entry.name), rng(seed))
            del options["p"]
            found = noise(Picture(one), rng(seed), **options).pixels
            assert found.shape == one.shape
            assert found.dtype == np.uint8


def test_channels_are_put_out_of_place_against_green() -> None:
    found = {}
    for seed in range(60):
        moved = misalign(Picture(COLORED), rng(seed), parts="channels", distance=3).pixels
        assert np.array_equal(moved[:, :, 1], COLORED[:, :, 1])
        ways = [
            (x, y)
            for x in range(-3, 4)
            for y in range(-3, 4)
            if np.array_equal(
                moved[3 + y : 37 + y, 3 + x : 57 + x, 0],
                COLORED[3:37, 3:57, 0],
            )
        ]
        assert len(ways) == 1
        found[ways[0]] = True
    assert len(found) > 25
    grey = Picture(GREY)
    assert misalign(grey, rng(), parts="channels", distance=3) is grey


def test_rows_move_sideways_by_bands() -> None:
    pixels = photo(60, 48)
    moved = misalign(Picture(pixels), rng(1), parts="rows", distance=5, size=8).pixels
    ways = []
    for band in range(6):
        rows = slice(8 * band, 8 * band + 8)
        fitting = [way for way in range(-5, 6) if np.array_equal(moved[rows, 5 + way : 55 + way], pixels[rows, 5:55])]
        assert len(fitting) == 1
        ways += fitting
    assert len(set(ways)) > 2


def test_tiles_come_from_nearby() -> None:
    pixels = photo(64, 64)
    moved = misalign(Picture(pixels), rng(2), parts="tiles", distance=4, size=16).pixels
    for top in (16, 32):
        for left in (16, 32):
            tile = moved[top : top + 16, left : left + 16]
            places = [
                (x, y)
                for x in range(-4, 5)
                for y in range(-4, 5)
                if np.array_equal(tile, pixels[top - y : top - y + 16, left - x : left - x + 16])
            ]
            assert len(places) == 1
