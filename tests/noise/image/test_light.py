"""Noises on light and colour, against their formulas in plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from sslabel.noise.image.light import (
    color_balance,
    equalize,
    exposure,
    gamma,
    grayscale,
    hue,
    invert,
    posterize,
    solarize,
    white_balance,
)
from sslabel.registry import find_noise
from sslabel.values import Picture
from tests.pictures import photo

NO_DRAWS: Any = None  # the gains are drawn as options
COLORED = photo(40, 30)
GREY = COLORED[:, :, 1].copy()


def balanced(pixels: Any, red: float, green: float, blue: float) -> Any:
    return color_balance(Picture(pixels), NO_DRAWS, red=red, green=green, blue=blue).pixels


def test_it_alters_color() -> None:
    assert find_noise("color-balance").alters == {"color"}


def test_gains_of_one_are_the_identical_picture() -> None:
    picture = Picture(COLORED)
    assert color_balance(picture, NO_DRAWS, red=1.0, green=1.0, blue=1.0) is picture


@pytest.mark.parametrize("pixels", [COLORED, GREY, np.arange(256, dtype=np.uint8)[None]])
def test_gains_of_one_change_nothing(pixels: Any) -> None:
    assert np.array_equal(balanced(pixels, 1.0, 1.0, 1.0), pixels)


@pytest.mark.parametrize(
    "gains", [(0.8, 1.2, 1.0), (1.0, 1.0, 0.93), (0.0, 0.5, 2.0), (4.0, 4.0, 4.0), (1.1, 0.9, 0.877)]
)
def test_each_channel_is_multiplied_rounded_and_clipped(gains: tuple[float, float, float]) -> None:
    exact = (COLORED * np.array(gains)).clip(0, 255)
    found = balanced(COLORED, *gains)
    assert found.dtype == np.uint8
    assert np.abs(found - exact).max() <= 0.5


@pytest.mark.parametrize("gains", [(0.8, 1.2, 1.0), (2.0, 0.5, 0.0), (4.0, 4.0, 4.0)])
def test_a_grey_picture_is_multiplied_by_the_gain_of_its_luma(gains: tuple[float, float, float]) -> None:
    gain = 0.299 * gains[0] + 0.587 * gains[1] + 0.114 * gains[2]
    found = balanced(GREY, *gains)
    assert found.shape == GREY.shape
    assert np.abs(found - (GREY * gain).clip(0, 255)).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("gain", [1.01, 1.5, 2.0, 4.0])
def test_bright_values_do_not_wrap_around(gain: float) -> None:
    ramp = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    for pixels in (ramp, ramp[:, :, 0].copy()):
        found = balanced(pixels, gain, gain, gain).astype(int)
        assert (np.diff(found, axis=1) >= 0).all()
        assert (found[0, 0] == 0).all()
        assert (found[0, -1] == 255).all()


def test_red_is_the_first_channel() -> None:
    found = balanced(np.full((1, 1, 3), 100, np.uint8), 2.0, 1.0, 0.5)
    assert found.tolist() == [[[200, 100, 50]]]


def noisy(noise: Any, pixels: Any, **options: Any) -> Any:
    return noise(Picture(pixels), NO_DRAWS, **options).pixels


def linear(values: Any) -> Any:
    share = np.asarray(values) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize(
    ("noise", "options"),
    [
        (exposure, {"stops": 0}),
        (gamma, {"gamma": 1}),
        (hue, {"shift": 0}),
        (white_balance, {"kelvin": 6500}),
        (solarize, {"threshold": 256}),
        (posterize, {"bits": 8}),
    ],
)
def test_no_strength_is_the_identical_picture(noise: Any, options: dict[str, Any]) -> None:
    for pixels in (COLORED, GREY):
        picture = Picture(pixels)
        assert noise(picture, NO_DRAWS, **options) is picture


@pytest.mark.parametrize("pixels", [COLORED, GREY])
@pytest.mark.parametrize("stops", [-3.0, -0.5, 0.5, 3.0])
def test_a_stop_doubles_the_light(pixels: Any, stops: float) -> None:
    found = noisy(exposure, pixels, stops=stops)
    inner = (found > 40) & (found < 255)
    assert inner.any()
    assert np.abs(linear(found)[inner] / linear(pixels)[inner] / 2**stops - 1).max() < 0.06
    assert (found[linear(pixels) * 2**stops >= 1] == 255).all()


@pytest.mark.parametrize("exponent", [0.3, 0.8, 2.2])
def test_gamma_is_a_power(exponent: float) -> None:
    for pixels in (COLORED, GREY):
        assert np.abs(noisy(gamma, pixels, gamma=exponent) - 255 * (pixels / 255) ** exponent).max() <= 0.5 + 1e-9


def test_less_kelvin_is_warmer_and_keeps_the_luminance() -> None:
    white = np.full((1, 1, 3), 128, np.uint8)
    reds, blues, luminances = [], [], []
    for kelvin in (2500, 4000, 5500, 6500, 8000, 15_000):
        (found,) = noisy(white_balance, white, kelvin=kelvin)[0]
        reds.append(int(found[0]))
        blues.append(int(found[2]))
        luminances.append(float(linear(found) @ (0.2126, 0.7152, 0.0722)))
    assert reds == sorted(reds, reverse=True)
    assert blues == sorted(blues)
    assert np.abs(np.array(luminances) / linear(128) - 1).max() < 0.02
    assert noisy(white_balance, white, kelvin=6501.0).tolist() == white.tolist()


def test_the_black_body_of_2856_k_is_illuminant_a() -> None:
    (found,) = noisy(white_balance, np.full((1, 1, 3), 100, np.uint8), kelvin=2856.0)[0]
    # In linear sRGB, A (x 0.4476, y 0.4074) stands to D65 about as 1.75 : 0.84 : 0.24.
    assert np.abs(linear(found) / linear(100) - (1.75, 0.85, 0.24)).max() < 0.06


@pytest.mark.parametrize("shift", [0.1, -0.25, 0.5])
def test_hue_turns_the_colour_circle(shift: float) -> None:
    import colorsys

    found = noisy(hue, COLORED, shift=shift)
    for before, after in zip(COLORED.reshape(-1, 3)[::37], found.reshape(-1, 3)[::37], strict=True):
        h, s, v = colorsys.rgb_to_hsv(*(before / 255))
        expected = np.array(colorsys.hsv_to_rgb((h + shift) % 1, s, v)) * 255
        assert np.abs(after - expected).max() <= 0.51


def test_hue_wraps_around() -> None:
    for pixels in (COLORED, np.array([[[255, 0, 40], [255, 40, 0], [250, 250, 250]]], np.uint8)):
        there = noisy(hue, pixels, shift=0.3)
        assert np.abs(noisy(hue, there, shift=-0.3).astype(int) - pixels).max() <= 2
        assert np.array_equal(noisy(hue, pixels, shift=0.5), noisy(hue, pixels, shift=-0.5))


def test_what_has_no_colour_has_no_hue_and_no_white_balance() -> None:
    picture = Picture(GREY)
    assert hue(picture, NO_DRAWS, shift=0.3) is picture
    assert white_balance(picture, NO_DRAWS, kelvin=3000.0) is picture
    assert grayscale(picture, NO_DRAWS) is picture


def test_grayscale_is_rec_601_luma_in_three_channels() -> None:
    found = noisy(grayscale, COLORED)
    assert found.shape == COLORED.shape
    assert (found == found[:, :, :1]).all()
    assert np.abs(found[:, :, 0] - COLORED @ (0.299, 0.587, 0.114)).max() <= 0.51


@pytest.mark.parametrize("pixels", [COLORED, GREY])
def test_pillow_gives_the_same(pixels: Any) -> None:
    image = Image.fromarray(pixels)
    assert np.array_equal(noisy(invert, pixels), np.asarray(ImageOps.invert(image)))
    assert np.array_equal(noisy(equalize, pixels), np.asarray(ImageOps.equalize(image)))
    for threshold in (0, 1, 128, 255):
        assert np.array_equal(
            noisy(solarize, pixels, threshold=threshold), np.asarray(ImageOps.solarize(image, threshold))
        )
    for bits in range(1, 8):
        assert np.array_equal(noisy(posterize, pixels, bits=bits), np.asarray(ImageOps.posterize(image, bits)))
