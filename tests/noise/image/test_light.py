"""Noises on light and colour, against their formulas in plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.light import color_balance
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
