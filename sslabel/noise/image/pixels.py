"""Noises on single pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.options import Between
from sslabel.registry import noise
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator


@noise("image")
def gaussian_noise(picture: Picture, rng: Generator, *, sigma: Annotated[float, Between(0, 2)] = 0.1) -> Picture:
    """Add Gaussian noise to every value of every pixel.

    sigma: standard deviation, as a share of the full scale

    Values are rounded and clipped to 0..255, never wrapped around. ImageNet-C (Hendrycks and Dietterich, ICLR 2019)
    uses 0.08, 0.12, 0.18, 0.26 and 0.38.
    """
    if sigma == 0:
        return picture
    import cv2

    noisy = rng.standard_normal(picture.pixels.shape, dtype=np.float32)
    noisy *= np.float32(255 * sigma)
    noisy += picture.pixels
    # OpenCV's conversion rounds to nearest and saturates in one pass.
    return Picture(cv2.convertScaleAbs(np.maximum(noisy, 0, out=noisy)))


@noise("image")
def pixel_dropout(
    picture: Picture,
    rng: Generator,
    *,
    rate: Annotated[float, Between(0, 1)] = 0.05,
    fill: Annotated[int, Between(0, 255)] = 0,
) -> Picture:
    """Delete single pixels, all of their channels at once.

    rate: share of the pixels that are deleted
    fill: what stands in their place, in every channel
    """
    if rate == 0:
        return picture
    pixels = picture.pixels.copy()
    pixels[rng.random(pixels.shape[:2], dtype=np.float32) < np.float32(rate)] = fill
    return Picture(pixels)
