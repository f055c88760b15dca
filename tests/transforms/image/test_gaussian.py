"""Gaussian blurs, against their formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sslabel.transforms.image.gaussian import gaussian_blurred
from tests.pictures import noise_pixels, photo

if TYPE_CHECKING:
    from sslabel.values import Pixels


def exact(pixels: Pixels, sigma: float) -> Any:
    reach = int(4 * sigma + 0.5)
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    blurred = pixels.astype(float)
    for axis in (0, 1):
        at = np.arange(blurred.shape[axis])
        taken = sum(
            weight * blurred.take((at + step).clip(0, len(at) - 1), axis)
            for step, weight in zip(range(-reach, reach + 1), weights / weights.sum(), strict=True)
        )
        blurred = taken
    return blurred


def stripes(period: int) -> Pixels:
    """Black and white, as fine as given: what a smaller size cannot show."""
    row = np.where(np.arange(120) % period < period / 2, 255, 0).astype(np.uint8)
    return np.stack([np.minimum(row, row[:90, None]), np.maximum(row, row[:90, None]), row + 0 * row[:90, None]], 2)


PICTURES = {
    "photo": photo(120, 90),
    "odd": photo(97, 101, 3),
    "grey": photo(90, 120)[:, :, 1].copy(),
    "noise": noise_pixels(120, 90),
    **{f"stripes {period}": stripes(period) for period in (2, 3, 4, 7, 20, 41)},
    "low": photo(200, 3),
    "thin": noise_pixels(3, 200),
    "small": noise_pixels(2, 2),
}


@pytest.mark.parametrize("pixels", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize("sigma", [0.13, 0.5, 1.0, 2.9])
def test_a_small_blur_is_exact_but_for_rounding(pixels: Any, sigma: float) -> None:
    assert np.abs(gaussian_blurred(pixels, sigma) - exact(pixels, sigma)).max() < 0.501


@pytest.mark.parametrize("pixels", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize("sigma", [2.97, 3.0, 4.0, 6.0, 6.2, 12.0, 12.5, 30.0, 100.0])
def test_a_large_blur_is_off_by_less_than_half_a_level_before_it_is_rounded(pixels: Any, sigma: float) -> None:
    found = gaussian_blurred(pixels, sigma)
    assert found.dtype == np.uint8
    assert found.shape == pixels.shape
    assert np.abs(found - exact(pixels, sigma)).max() < 1


@pytest.mark.parametrize("pixels", [photo(120, 90), photo(90, 120)[:, :, 1].copy(), noise_pixels(120, 90)])
@pytest.mark.parametrize("sigma", [2.97, 6.2, 30.0])
def test_a_large_blur_seldom_rounds_to_the_other_side(pixels: Any, sigma: float) -> None:
    assert (gaussian_blurred(pixels, sigma) != np.rint(exact(pixels, sigma))).mean() < 0.05


@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.12])
def test_a_kernel_of_one_number_leaves_the_pixels_themselves(sigma: float) -> None:
    pixels = photo(40, 30)
    assert gaussian_blurred(pixels, sigma) is pixels


@pytest.mark.parametrize("sigma", [0.7, 3.0, 6.5, 50.0, 100.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (7, 5), (7, 5, 3), (1, 90), (90, 1, 3), (64, 64, 3)])
@pytest.mark.parametrize("value", [0, 101, 255])
def test_one_colour_stays_as_it_is(sigma: float, shape: tuple[int, ...], value: int) -> None:
    pixels = np.full(shape, value, np.uint8)
    assert np.array_equal(gaussian_blurred(pixels, sigma), pixels)


@pytest.mark.parametrize("sigma", [1.0, 3.0, 6.5])
def test_it_does_not_matter_which_way_up(sigma: float) -> None:
    pixels = photo(96, 64)
    apart = gaussian_blurred(pixels[::-1, ::-1].copy(), sigma)[::-1, ::-1] - gaussian_blurred(pixels, sigma).astype(int)
    assert np.abs(apart).max() <= 1
    assert abs(apart.mean()) < 0.02
