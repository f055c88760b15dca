"""Noise that is new in each frame."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import numpy as np

from sslabel.noise.image.grain import gaussian_noise
from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.bits import random_bits
from sslabel.values import Clip, Picture

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

Style: TypeAlias = Literal["gaussian", "snow"]


@noise("video")
def static(
    clip: Clip,
    rng: Generator,
    *,
    style: Style = "gaussian",
    strength: Annotated[float, Between(0, 1)] = span(0.02, 0.1),
) -> Clip:
    """Add grain that is drawn anew for each frame; the noises on pictures have one draw for all frames.

    style: gaussian (added to every value, as of a sensor) or snow (grey pixels, as of a television without a signal)
    strength: standard deviation of gaussian as a share of the full scale; share of the pixels that snow covers
    """
    if strength == 0:
        return clip
    # A key for each frame: the generator itself may not be kept until frames are looked at.
    keys = rng.integers(0, 1 << 64, (len(clip), 2), np.uint64)
    return clip.changed_each([partial(_with_static, key=key, style=style, strength=strength) for key in keys])


def _with_static(picture: Picture, key: NDArray[np.uint64], style: Style, strength: float) -> Picture:
    rng = np.random.Generator(np.random.Philox(key=key))
    if style == "gaussian":
        return gaussian_noise(picture, rng, severity=1, sigma=strength)
    import cv2

    covered = random_bits(rng, (picture.height, picture.width), np.uint16) < strength * (1 << 16)
    snow = random_bits(rng, (picture.height, picture.width), np.uint8)
    pixels = picture.pixels.copy()
    if pixels.ndim == 3:  # noqa: PLR2004 - H, W and channels
        snow = cv2.cvtColor(snow, cv2.COLOR_GRAY2RGB)
    cv2.copyTo(snow, covered.view(np.uint8), pixels)
    return Picture(pixels)
