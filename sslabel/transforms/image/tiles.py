"""Patches and tiles: where they may be cut, and what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sslabel.errors import Skip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Picture, Pixels

    Corners: TypeAlias = NDArray[np.int64]

BAR_TOLERANCE = 16
"""How far a bar's values may lie from its outermost pixel, as those of a compressed picture do."""

FLAT_LIMIT = 4.0
"""Where no channel's standard deviation exceeds this, there is nothing to tell a place by."""

_BLENDED = 2  # rows or columns beside a bar that a resized picture shows half of


def room_for(picture: Picture, side: int) -> tuple[int, int, int, int]:
    """(left, top, width, height) of the picture without bars at its borders; Skip where no square of `side` fits."""
    left, top, width, height = 0, 0, picture.width, picture.height
    # Most pictures that are too small need not be decoded to know it.
    if min(width, height) >= side:
        left, top, width, height = without_bars(picture.pixels)
    if min(width, height) < side:
        msg = f"smaller than {side} pixels a side, bars of one colour left out"
        raise Skip(msg)
    return left, top, width, height


def without_bars(pixels: Pixels) -> tuple[int, int, int, int]:
    """(left, top, width, height) of what is left when bars of one colour are cut from the four sides.

    Bars (of a film, a scan, a padded picture) would tell where in the picture a patch was cut. Rows and columns are
    cut from outside while all their values lie within 16 of the outermost pixel, and 2 more beside each bar. Width
    and height are 0 for a picture of one colour.
    """
    top, below = _bar(pixels), _bar(pixels[::-1])
    if top + below >= len(pixels):
        return 0, 0, 0, 0
    columns = pixels[top : len(pixels) - below].swapaxes(0, 1)
    left, right = _bar(columns), _bar(columns[::-1])
    if left + right >= len(columns):
        return 0, 0, 0, 0
    return left, top, len(columns) - left - right, len(pixels) - top - below


def _bar(lines: Pixels) -> int:
    """How many lines, from the first one on, are of one colour, with those blended into the next; else 0."""
    outermost = lines[0, 0].astype(np.int16)
    low, high = outermost - BAR_TOLERANCE, outermost + BAR_TOLERANCE
    for number, line in enumerate(lines):
        if (line.min(axis=0) < low).any() or (line.max(axis=0) > high).any():
            return number + _BLENDED if number else 0
    return len(lines)


def stride_on_grid(stride: int, cell: int) -> int:
    """The least multiple of `cell` that is no less than `stride`.

    The blocks of a JPEG show. Places that lie whole blocks apart have them at the same phase; at any other distance
    the phase would tell one place from the other.
    """
    return -(-stride // cell) * cell


def cut(pixels: Pixels, left: int, top: int, side: int) -> Pixels:
    """A square of the picture, copied."""
    return pixels[top : top + side, left : left + side].copy()


def cut_channels(pixels: Pixels, corners: Corners, side: int) -> Pixels:
    """A square of an H×W×3 picture, each of its channels cut at an (x, y) of its own: `corners` is 3×2."""
    import cv2

    moved = np.empty((side, side, 3), np.uint8)
    places = [pixels[y : y + side, x : x + side] for x, y in corners.tolist()]
    # The first three channels are those of the first place, the next three those of the second.
    cv2.mixChannels(places, [moved], [0, 0, 4, 1, 8, 2])
    return moved


def is_flat(pixels: Pixels) -> bool:
    """Whether no channel's standard deviation exceeds 4 of 255, as in a clear sky."""
    import cv2

    _, deviations = cv2.meanStdDev(pixels)
    return bool(deviations.max() <= FLAT_LIMIT)
