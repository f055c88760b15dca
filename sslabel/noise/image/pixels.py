"""Noises on single pixels, and on what values a pixel can take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.lookup import looked_up
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator


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


@noise("image")
def wrong_pixels(picture: Picture, rng: Generator, *, rate: Annotated[float, Between(0, 1)] = 0.05) -> Picture:
    """Give single pixels a wrong colour, any but their own.

    rate: share of the pixels that are wrong

    All other colours are equally likely; in a grey picture, all other values.
    """
    if rate == 0:
        return picture
    pixels = picture.pixels.copy()
    flat = pixels.reshape(picture.height * picture.width, -1)
    wrong = np.flatnonzero(rng.random(len(flat), dtype=np.float32) < np.float32(rate))
    # A colour is a number of three bytes. What is added to it is never 0, so that it never comes out as it was.
    colors = 256 ** flat.shape[1]
    number = rng.integers(1, colors, len(wrong), np.uint32)
    for channel in range(flat.shape[1]):
        number += flat[wrong, channel].astype(np.uint32) << np.uint32(8 * channel)
    for channel in range(flat.shape[1]):
        flat[wrong, channel] = number >> np.uint32(8 * channel) & np.uint32(255)
    return Picture(pixels)


@noise("image", alters={"color"})
def quantize(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the number of levels is drawn as an option
    *,
    levels: Annotated[int, Between(2, 256)] = span(4, 32),
) -> Picture:
    """Keep few levels of each channel, evenly spaced from 0 to 255.

    levels: how many levels a channel keeps; 256 keeps all

    Each value goes to the nearest level, so black stays black and white stays white.
    """
    if levels == 256:  # noqa: PLR2004 - as many as there are
        return picture
    step = 255 / (levels - 1)
    return Picture(looked_up(picture.pixels, np.rint(np.rint(np.arange(256) / step) * step).astype(np.uint8)))
