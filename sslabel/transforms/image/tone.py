"""Light and colour: linear light, hue, colour temperature, and the jitter of contrastive learning."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sslabel.transforms.image.bands import in_bands
from sslabel.transforms.lookup import looked_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

LUMA = np.array((0.299, 0.587, 0.114))
"""What red, green and blue weigh in Rec. 601 luma."""

_KNEE = 0.0031308  # below it, sRGB is linear (IEC 61966-2-1)
_FROM_XYZ = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)
_LUMINANCE = np.array((0.2126, 0.7152, 0.0722))
_NEUTRAL = 6500.0


@cache
def to_linear() -> NDArray[np.float64]:
    """Linear light from 0 to 1 for each of the 256 values of sRGB."""
    share = np.arange(256) / 255
    return np.where(share <= 12.92 * _KNEE, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def from_linear(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of sRGB on the scale of 0 to 255, not rounded, from linear light; what is over 1 is 255."""
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= _KNEE, 12.92 * light, 1.055 * np.maximum(light, _KNEE) ** (1 / 2.4) - 0.055)


def temperature_gains(kelvin: float) -> NDArray[np.float64]:
    """What red, green and blue are multiplied by in linear light, so that 6500 K becomes `kelvin`; luminance stays."""
    gains = _black_body(kelvin) / _black_body(_NEUTRAL)
    scaled: NDArray[np.float64] = gains / (gains @ _LUMINANCE)
    return scaled


def _black_body(kelvin: float) -> NDArray[np.float64]:
    """Linear sRGB of a black body of luminance 1, clipped at 0, by cubic approximations of the Planckian locus."""
    t = 1000 / kelvin
    if kelvin <= 4000:  # noqa: PLR2004 - where the two approximations meet
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
    if kelvin <= 2222:  # noqa: PLR2004 - as above
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif kelvin <= 4000:  # noqa: PLR2004 - as above
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    white: NDArray[np.float64] = _FROM_XYZ @ np.array([x / y, 1.0, (1 - x - y) / y])
    return np.maximum(white, 0)


def to_grey(rgb: Pixels) -> Pixels:
    """H×W×3 uint8 with the Rec. 601 luma in each channel."""
    import cv2

    grey: Any = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return grey  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def hue_turned(rgb: Pixels, shift: float) -> Pixels:
    """H×W×3 uint8 with every HSV hue turned by a share of the circle; value and saturation stay; rounded to nearest."""
    sixths = 6 * (shift % 1)
    whole = math.floor(sixths + 0.5)
    return in_bands(lambda band: _hue_turned(band, whole, sixths - whole), rgb)


def _hue_turned(rgb: Pixels, sixths: int, part: float) -> Pixels:
    """Every hue turned by a number of sixths of the circle, and by a part of one, from -1/2 to 1/2.

    Where the largest and the smallest channel stay, the third moves by a part of the distance between these two, and
    where it meets one of them, that one goes on. So the hue need not be known: each channel moves by as much as it
    takes to move its neighbour on the circle away from both ends. Full sixths only change the places of channels, and
    what lay near one end lies as near the other after an odd number of them.
    """
    import cv2

    planes = cv2.split(rgb)
    high, low = (most(most(planes[0], planes[1]), planes[2]) for most in (cv2.max, cv2.min))
    if part:
        # A step of more than half the distance would meet both ends.
        step = cv2.convertScaleAbs(cv2.subtract(high, low), alpha=min(abs(part), 0.499_999))
        lower, upper = cv2.add(low, step), cv2.subtract(high, step)
        near = 1 if part > 0 else 2
        neighbours = (planes[(number + near) % 3] for number in range(3))
        # These sums end at 0 and 255, and of what is added and what is subtracted one is always 0.
        moved = [
            cv2.subtract(cv2.add(plane, cv2.subtract(lower, other)), cv2.subtract(other, upper))
            for plane, other in zip(planes, neighbours, strict=True)
        ]
        planes = [cv2.max(cv2.min(plane, high), low) for plane in moved]
    if sixths % 2:
        planes = [cv2.subtract(high, cv2.subtract(plane, low)) for plane in planes]
        sixths -= 3
    places = -(sixths // 2) % 3
    turned: Any = cv2.merge([*planes[places:], *planes[:places]])
    return turned  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def brightened(rgb: Pixels, factor: float) -> Pixels:
    """Every value multiplied, rounded and clipped."""
    return _blended(rgb, 0.0, factor)


def contrasted(rgb: Pixels, factor: float) -> Pixels:
    """Every value's distance from the mean luma multiplied, rounded and clipped."""
    import cv2

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) if rgb.ndim == 3 else rgb  # noqa: PLR2004 - H, W and channels
    return _blended(rgb, float(np.rint(grey.mean())), factor)


def _blended(rgb: Pixels, level: float, factor: float) -> Pixels:
    return looked_up(rgb, np.clip(np.rint(level + (np.arange(256) - level) * factor), 0, 255).astype(np.uint8))


def saturated(rgb: Pixels, factor: float) -> Pixels:
    """Every value's distance from its pixel's luma multiplied, rounded and clipped."""
    import cv2

    blended: Any = cv2.addWeighted(rgb, factor, to_grey(rgb), 1 - factor, 0)
    return blended  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def posterized(pixels: Pixels, bits: int) -> Pixels:
    """Pixels of which only the upper bits, 1 to 8, are kept."""
    return pixels & np.uint8(256 - (1 << (8 - bits)))


def solarized(pixels: Pixels, threshold: float) -> Pixels:
    """Pixels with the values from a threshold up inverted; 256 inverts none."""
    import cv2

    _, inverted = cv2.threshold(pixels, math.ceil(threshold) - 1, 255, cv2.THRESH_BINARY)
    solarized: Any = cv2.bitwise_xor(pixels, inverted, dst=inverted)
    return solarized  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def equalized(pixels: Pixels) -> Pixels:
    """Pixels with the values of each channel spread so that all are about equally frequent, as Pillow spreads them."""
    import cv2

    equal: Any = cv2.merge([looked_up(channel, _equalizing(channel)) for channel in cv2.split(pixels)])
    return equal  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _equalizing(channel: Pixels) -> Pixels:
    import cv2

    counts = cv2.calcHist([channel], [0], None, [256], [0, 256]).astype(np.int64).ravel()
    step = int(counts.sum() - counts[np.flatnonzero(counts)[-1]]) // 255
    if step == 0:
        return np.arange(256, dtype=np.uint8)
    below: NDArray[np.int64] = np.cumsum(counts) - counts
    return np.minimum((step // 2 + below) // step, 255).astype(np.uint8)
