"""Light and colour in plain functions, against their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from sslabel.transforms.image.tone import (
    brightened,
    contrasted,
    equalized,
    from_linear,
    hue_turned,
    saturated,
    solarized,
    to_grey,
    to_linear,
)
from tests.pictures import noise_pixels, photo

if TYPE_CHECKING:
    from sslabel.values import Pixels

PIXELS = photo(64, 48)


def test_linear_light_comes_back() -> None:
    assert np.abs(from_linear(to_linear()) - np.arange(256)).max() < 1e-9
    assert np.rint(from_linear(np.array([-1.0, 0.0, 1.0, 2.0]))).tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0, 1.7])
def test_jitter_is_as_pillow_s_enhancers(factor: float) -> None:
    image = Image.fromarray(PIXELS)
    for ours, theirs in (
        (brightened, ImageEnhance.Brightness),
        (contrasted, ImageEnhance.Contrast),
        (saturated, ImageEnhance.Color),
    ):
        difference = ours(PIXELS, factor).astype(int) - np.asarray(theirs(image).enhance(factor))
        # Pillow cuts off what comes after the point.
        assert np.abs(difference).max() <= 2


def test_a_factor_of_one_changes_nothing() -> None:
    for change in (brightened, contrasted, saturated):
        assert np.array_equal(change(PIXELS, 1.0), PIXELS)


def test_no_saturation_is_grey() -> None:
    assert np.array_equal(saturated(PIXELS, 0.0), to_grey(PIXELS))


def every_kind_of_color() -> Pixels:
    """Greys, pure hues, two equal channels, channels that lie close together, and any."""
    pixels = noise_pixels(300, 200)
    pixels[:20] = pixels[:20] // 128 * 255
    pixels[20:40, :, 1] = pixels[20:40, :, 0]
    pixels[40:60, :, 1] = pixels[40:60, :, 2]
    pixels[60:80] = pixels[60:80] % 4 + 100
    pixels[80:90] = pixels[80:90, :, :1]
    return pixels


def exactly_turned(rgb: Pixels, shift: float) -> Any:
    """By way of hue, saturation and value, in double precision."""
    r, g, b = np.moveaxis(rgb.astype(float), 2, 0)
    high, low = rgb.max(axis=2).astype(float), rgb.min(axis=2)
    chroma = high - low
    by = np.maximum(chroma, 1)
    hue = np.where(high == r, (g - b) / by, np.where(high == g, (b - r) / by + 2, (r - g) / by + 4)) + 6 * shift
    places = [(number + hue) % 6 for number in (5, 3, 1)]
    return np.stack([high - chroma * np.minimum(place, 4 - place).clip(0, 1) for place in places], axis=2)


@pytest.mark.parametrize(
    "shift",
    [0, 1e-5, -1e-5, 0.07, -0.1, 1 / 12, -1 / 12, 1 / 6, 0.2, 0.25, 1 / 3, 0.4999, 0.5, -0.5, 2 / 3, 11 / 12, 0.99],
)
def test_a_turned_hue_is_exact_but_for_rounding(shift: float) -> None:
    pixels = every_kind_of_color()
    assert np.abs(hue_turned(pixels, shift) - exactly_turned(pixels, shift)).max() <= 0.5 + 1e-6


def test_a_hue_turned_by_nothing_or_a_whole_circle_is_the_same() -> None:
    pixels = every_kind_of_color()
    for shift in (0, 1, -1):
        assert np.array_equal(hue_turned(pixels, shift), pixels)


def test_thirds_of_the_circle_change_the_places_of_channels() -> None:
    assert np.array_equal(hue_turned(PIXELS, 1 / 3), PIXELS[:, :, [2, 0, 1]])
    assert np.array_equal(hue_turned(PIXELS, -1 / 3), PIXELS[:, :, [1, 2, 0]])


def test_a_large_picture_is_turned_as_its_parts_are() -> None:
    pixels = noise_pixels(1000, 300)
    turned = hue_turned(pixels, 0.07)
    assert np.array_equal(turned[250:], hue_turned(pixels[250:].copy(), 0.07))


@pytest.mark.parametrize("pixels", [noise_pixels(9, 7), noise_pixels(9, 7)[:, :, 0].copy(), noise_pixels(1, 1)])
@pytest.mark.parametrize("threshold", [0, 0.5, 1, 100.5, 127.0, 128, 255, 256])
def test_solarized_values_are_inverted_from_the_threshold_up(pixels: Any, threshold: float) -> None:
    assert np.array_equal(solarized(pixels, threshold), np.where(pixels >= threshold, 255 - pixels, pixels))


@pytest.mark.parametrize(
    "pixels",
    [
        PIXELS,
        PIXELS // 60,
        PIXELS[:, :, 0].copy(),
        noise_pixels(900, 700),
        noise_pixels(1, 1),
        noise_pixels(22, 13),
        np.full((40, 30, 3), 9, np.uint8),
    ],
    ids=lambda pixels: str(pixels.shape),
)
def test_equalized_as_pillow_does(pixels: Any) -> None:
    assert np.array_equal(equalized(pixels), np.asarray(ImageOps.equalize(Image.fromarray(pixels))))
