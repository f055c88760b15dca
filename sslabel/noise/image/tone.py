"""Noises on the tone of a whole picture: brightness, contrast and saturation.

Three of ImageNet-C (Hendrycks and Dietterich, ICLR 2019), see `severity.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sslabel.noise.image.severity import published
from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.lookup import looked_up
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator

    from sslabel.values import Pixels

_VALUES = np.arange(256)

_BRIGHTNESS = (0.1, 0.2, 0.3, 0.4, 0.5)
_BRIGHTNESS_SMALL = (0.05, 0.1, 0.15, 0.2, 0.3)
_CONTRAST = (0.4, 0.3, 0.2, 0.1, 0.05)
_CONTRAST_SMALL = (0.75, 0.5, 0.4, 0.3, 0.15)
_SATURATE = ((0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (20.0, 0.2))
_SATURATE_SMALL = ((0.3, 0.0), (0.1, 0.0), (1.5, 0.0), (2.0, 0.1), (2.5, 0.2))


@noise("image", alters={"color"})
def brightness(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the severity is drawn as an option
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    shift: Annotated[float | None, Between(-1, 1)] = None,
) -> Picture:
    """Make every pixel brighter by the same amount, its hue and saturation kept.

    severity: published strength
    shift: what is added to the value of HSV, as a share of the full scale; none leaves it to the severity

    Source: ImageNet-C, with 0.1, 0.2, 0.3, 0.4 and 0.5.
    """
    if shift is None:
        shift = published(picture, severity, _BRIGHTNESS, _BRIGHTNESS_SMALL)
    if shift == 0:
        return picture
    import cv2

    value = np.clip(_VALUES + 255 * shift, 0, 255)
    if picture.pixels.ndim == 2:  # noqa: PLR2004 - H and W
        return Picture(looked_up(picture.pixels, np.rint(value).astype(np.uint8)))
    # With hue and saturation kept, all three channels grow as the largest does. Black has no hue: it turns grey.
    gains = (value / np.maximum(_VALUES, 1)).astype(np.float32)
    largest = _largest(picture.pixels)
    gain = cv2.LUT(largest, gains)
    brighter = cv2.multiply(picture.pixels, cv2.merge((gain, gain, gain)), dtype=cv2.CV_8U)
    if shift > 0:
        brighter[largest == 0] = round(value[0])
    return Picture(brighter)


@noise("image", alters={"color"})
def contrast(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the severity is drawn as an option
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    factor: Annotated[float | None, Between(0, 20)] = None,
) -> Picture:
    """Bring every value nearer to the mean of its channel.

    severity: published strength
    factor: what the distance from the mean is multiplied by; none leaves it to the severity

    Source: ImageNet-C, with 0.4, 0.3, 0.2, 0.1 and 0.05.
    """
    if factor is None:
        factor = published(picture, severity, _CONTRAST, _CONTRAST_SMALL)
    if factor == 1:
        return picture
    import cv2

    channels = 1 if picture.pixels.ndim == 2 else 3  # noqa: PLR2004 - H and W
    means = np.array(cv2.mean(picture.pixels)[:channels])
    table = np.rint(means + (_VALUES[:, None] - means) * factor).clip(0, 255).astype(np.uint8)
    return Picture(looked_up(picture.pixels, table if channels > 1 else table[:, 0]))


@noise("image", alters={"color"})
def saturate(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the severity is drawn as an option
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    factor: Annotated[float | None, Between(0, 100)] = None,
    shift: Annotated[float | None, Between(-1, 1)] = None,
) -> Picture:
    """Make all colours paler or stronger, their hue and value kept.

    severity: published strength: 1 and 2 are paler, 3 to 5 stronger
    factor: what the saturation of HSV is multiplied by; none leaves it to the severity
    shift: what is added to it, from -1 to 1; none leaves it to the severity

    A grey pixel has the hue of red, so that a shift turns it reddish, as in the published set. A picture that has but
    one channel has no saturation, and stays as it is.

    Source: ImageNet-C, with factors of 0.3, 0.1, 2, 5 and 20, and shifts of 0.1 and 0.2 at 4 and 5.
    """
    usual = published(picture, severity, _SATURATE, _SATURATE_SMALL)
    factor = usual[0] if factor is None else factor
    shift = usual[1] if shift is None else shift
    if (factor, shift) == (1, 0) or picture.pixels.ndim == 2:  # noqa: PLR2004 - H and W
        return picture
    return Picture(_saturated(picture.pixels, factor, shift))


def _largest(rgb: Pixels) -> Pixels:
    """The value of HSV: the largest of the three channels."""
    import cv2

    red, green, blue = cv2.split(rgb)
    largest: Any = cv2.max(cv2.max(red, green), blue)
    return largest  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _saturated(rgb: Pixels, factor: float, shift: float) -> Pixels:
    import cv2

    red, green, blue = cv2.split(rgb)
    value = _largest(rgb)
    chroma = value - cv2.min(cv2.min(red, green), blue)
    # Hue and value kept, every channel's distance from the largest grows as the saturation, chroma / value, does.
    inverse = np.divide(value, np.maximum(chroma, 1), dtype=np.float32)
    growth = np.clip(factor + np.float32(shift) * inverse, 0, inverse)
    level = value * (1 - growth)
    scaled = cv2.multiply(rgb, cv2.merge((growth, growth, growth)), dtype=cv2.CV_32F)
    saturated: Any = cv2.add(scaled, cv2.merge((level, level, level)), dtype=cv2.CV_8U)
    if shift > 0:
        grey = chroma == 0
        saturated[grey, 1:] = np.rint(value[grey, None] * (1 - shift))
    return saturated  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
