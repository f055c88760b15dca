"""Brightness, contrast and saturation: against the published results, and against HSV worked out pixel by pixel."""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.tone import brightness, contrast, saturate
from sslabel.registry import find_noise
from sslabel.values import Picture
from tests.noise.image.references import change, clean, crops, reference
from tests.pictures import noise_pixels, photo, psnr

NO_DRAWS: Any = None  # the severity is drawn as an option
SEVERITIES = range(1, 6)
TONES: list[Any] = [brightness, contrast, saturate]
SPECIAL = np.array(
    [[[0, 0, 0], [255, 255, 255], [128, 128, 128], [1, 0, 0], [255, 0, 0], [0, 255, 255], [254, 255, 255]]], np.uint8
)


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturate"])
def test_it_alters_color(name: str) -> None:
    assert find_noise(name).alters == {"color"}


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("noise", TONES)
def test_it_is_the_published_result_rounded_instead_of_cut_off(noise: Any, severity: int) -> None:
    made = noise(Picture(clean()), NO_DRAWS, severity=severity).pixels
    published = reference(noise.__name__, severity)
    for ours, theirs in zip(crops(made), (published.corner, published.middle), strict=True):
        assert set(np.unique(ours.astype(int) - theirs)) <= {0, 1}
    mean, deviation = change(made)
    assert ((mean - published.mean > -0.01) & (mean - published.mean < 0.7)).all()
    assert np.abs(deviation - published.std).max() < 0.3


def of_hsv(pixels: Any, changed: Callable[[float, float, float], tuple[float, float, float]]) -> Any:
    """What becomes of each pixel when its hue, saturation and value are changed."""
    flat = [
        colorsys.hsv_to_rgb(*changed(*colorsys.rgb_to_hsv(*pixel))) for pixel in (pixels.reshape(-1, 3) / 255).tolist()
    ]
    return 255 * np.array(flat).reshape(pixels.shape)


@pytest.mark.parametrize("pixels", [photo(40, 30), noise_pixels(40, 30), SPECIAL], ids=["photo", "noise", "special"])
@pytest.mark.parametrize("shift", [-1.0, -0.3, 0.05, 0.5, 1.0])
def test_brightness_shifts_the_value_alone(pixels: Any, shift: float) -> None:
    exact = of_hsv(pixels, lambda h, s, v: (h, s, min(max(v + shift, 0), 1)))
    found = brightness(Picture(pixels), NO_DRAWS, severity=1, shift=shift).pixels
    assert np.abs(found - exact).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("pixels", [photo(40, 30), noise_pixels(40, 30), SPECIAL], ids=["photo", "noise", "special"])
@pytest.mark.parametrize(
    ("factor", "shift"), [(0.0, 0.0), (0.3, 0.0), (5.0, 0.1), (20.0, 0.2), (1.0, -0.3), (0.0, 1.0)]
)
def test_saturation_is_multiplied_and_shifted(pixels: Any, factor: float, shift: float) -> None:
    exact = of_hsv(pixels, lambda h, s, v: (h, min(max(s * factor + shift, 0), 1), v))
    found = saturate(Picture(pixels), NO_DRAWS, severity=1, factor=factor, shift=shift).pixels
    assert np.abs(found - exact).max() <= 0.5 + 1e-2


@pytest.mark.parametrize("pixels", [photo(40, 30), photo(40, 30)[:, :, 0].copy(), SPECIAL])
@pytest.mark.parametrize("factor", [0.0, 0.05, 0.4, 3.0, 20.0])
def test_contrast_is_about_the_mean_of_each_channel(pixels: Any, factor: float) -> None:
    means = pixels.mean(axis=(0, 1))
    found = contrast(Picture(pixels), NO_DRAWS, severity=1, factor=factor).pixels
    assert np.abs(found - (means + (pixels - means) * factor).clip(0, 255)).max() <= 0.5 + 1e-6


@pytest.mark.parametrize(
    ("noise", "options"),
    [(brightness, {"shift": 0.0}), (contrast, {"factor": 1.0}), (saturate, {"factor": 1.0, "shift": 0.0})],
)
@pytest.mark.parametrize("pixels", [photo(40, 30), photo(40, 30)[:, :, 0].copy(), photo(1, 1), photo(99, 80)])
def test_nothing_is_the_identical_picture(noise: Any, options: dict[str, float], pixels: Any) -> None:
    picture = Picture(pixels)
    for severity in SEVERITIES:
        assert noise(picture, NO_DRAWS, severity=severity, **options) is picture


def test_a_parameter_that_is_given_wins_over_the_severity() -> None:
    picture = Picture(photo(80, 70))
    strongest = [noise(picture, NO_DRAWS, severity=5) for noise in TONES]
    assert strongest == [
        brightness(picture, NO_DRAWS, severity=1, shift=0.5),
        contrast(picture, NO_DRAWS, severity=2, factor=0.05),
        saturate(picture, NO_DRAWS, severity=3, factor=20.0, shift=0.2),
    ]


@pytest.mark.parametrize(("side", "shift"), [(63, 0.05), (64, 0.1)])
def test_a_small_picture_has_the_constants_of_small_pictures(side: int, shift: float) -> None:
    for picture in (Picture(photo(side, 90)), Picture(photo(90, side))):
        assert brightness(picture, NO_DRAWS, severity=1) == brightness(picture, NO_DRAWS, severity=1, shift=shift)


@pytest.mark.parametrize("noise", [brightness, contrast])
def test_a_grey_picture_is_changed_as_grey_in_three_channels_is(noise: Any) -> None:
    grey = photo(80, 70)[:, :, 0].copy()
    for severity in SEVERITIES:
        found = noise(Picture(grey), NO_DRAWS, severity=severity).pixels
        colored = noise(Picture(np.repeat(grey[:, :, None], 3, axis=2)), NO_DRAWS, severity=severity).pixels
        assert np.abs(found[:, :, None].astype(int) - colored).max() <= 1


def test_a_grey_picture_has_no_saturation() -> None:
    picture = Picture(photo(80, 70)[:, :, 0].copy())
    assert all(saturate(picture, NO_DRAWS, severity=severity) is picture for severity in SEVERITIES)


def test_a_grey_pixel_is_reddened_where_saturation_is_shifted_and_else_stays() -> None:
    pixels = np.full((64, 64, 3), 100, np.uint8)
    assert saturate(Picture(pixels), NO_DRAWS, severity=3) == Picture(pixels)
    assert saturate(Picture(pixels), NO_DRAWS, severity=5).pixels[0, 0].tolist() == [100, 80, 80]


@pytest.mark.parametrize("level", [0, 1, 254, 255])
@pytest.mark.parametrize("noise", TONES)
def test_nothing_wraps_around(noise: Any, level: int) -> None:
    for shape in ((70, 70, 3), (70, 70)):
        flat = Picture(np.full(shape, level, np.uint8))
        for severity in SEVERITIES:
            found = noise(flat, NO_DRAWS, severity=severity).pixels.astype(int)
            assert found.max() >= level
            assert found.min() >= 0.79 * level
            assert found.max() <= min(255, level + 128)


def test_contrast_falls_with_severity() -> None:
    made = [psnr(contrast(Picture(clean()), NO_DRAWS, severity=severity).pixels, clean()) for severity in SEVERITIES]
    assert made == sorted(made, reverse=True)
    assert len(set(made)) == 5
