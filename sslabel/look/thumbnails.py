"""Small pictures of values for a page: encoded anew, never the bytes of a shard."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sslabel.values import ClassMap, Mask, Numbers, Picture, Pixels

SIDE, SIDE_IN_STRIP, SIDE_IN_LONG_STRIP = 176, 112, 64
_LEAST_SIDE, _STRIP, _GAP = 56, 548, 4
_QUALITY = 72
_HIDDEN = np.array([230, 30, 60], np.float32)
_LEAST_MAP, _MOST_CHANNELS = 8, 4


def side_in_strip(count: int) -> int:
    """The side of each of so many pictures: so that they fit one row of a wide page, where that leaves them large."""
    side = (_STRIP + _GAP) // count - _GAP
    return min(SIDE_IN_STRIP, side) if side >= _LEAST_SIDE else SIDE_IN_LONG_STRIP


def thumbnail(picture: Picture, side: int) -> Pixels:
    """The picture, no larger than `side` on either side; H×W×3 uint8 RGB."""
    return _fitted(picture.rgb, side)


def overlaid(mask: Mask, picture: Picture | None, side: int) -> Pixels:
    """A mask as red over the picture that it belongs to; white on black where there is none of its shape."""
    if picture is None:
        return _fitted(np.repeat(mask.pixels[:, :, None], 3, axis=2), side)
    import cv2

    base = thumbnail(picture, side)
    hidden = cv2.resize(mask.pixels, (base.shape[1], base.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    made = base.astype(np.float32)
    made[hidden] = 0.45 * made[hidden] + 0.55 * _HIDDEN
    return made.astype(np.uint8)


def class_colors(classes: ClassMap, side: int) -> Pixels:
    """A map of classes, each in a colour of its own."""
    # The golden ratio sends neighbours far apart.
    hue = classes.pixels.astype(np.float64) * 0.618034 % 1
    phases = (hue[:, :, None] + np.array([0, 1 / 3, 2 / 3])) * 2 * np.pi
    return _fitted((127.5 + 110 * np.cos(phases)).astype(np.uint8), side)


def heat(numbers: Numbers, side: int) -> list[Pixels]:
    """An array that is a map as pictures, one a channel: blue below zero, red above; empty for other arrays."""
    array = numbers.array.astype(np.float64)
    if array.ndim == 2:  # noqa: PLR2004 - rows and columns
        array = array[:, :, None]
    if array.ndim != 3 or min(array.shape[:2]) < _LEAST_MAP or array.shape[2] > _MOST_CHANNELS:  # noqa: PLR2004
        return []
    scaled = np.nan_to_num(array / max(1e-12, float(np.nanmax(np.abs(array)))))
    made = []
    for channel in np.moveaxis(scaled, 2, 0):
        strength = np.abs(channel)[:, :, None]
        color = np.where(channel[:, :, None] < 0, [40.0, 90.0, 220.0], [220.0, 50.0, 40.0])
        made.append(_fitted((255 - strength * (255 - color)).astype(np.uint8), side))
    return made


def data_uri(pixels: Pixels) -> str:
    """Pixels as a WebP that stands in the page itself."""
    import cv2

    options = [cv2.IMWRITE_WEBP_QUALITY, _QUALITY]
    _, data = cv2.imencode(".webp", cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2BGR), options)
    return f"data:image/webp;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"


def _fitted(pixels: Any, side: int) -> Pixels:  # noqa: ANN401 - an array
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale == 1.0:
        return np.asarray(pixels, np.uint8)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    made: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return made
