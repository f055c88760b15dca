"""CIE Lab and its 313 classes of colour."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sslabel.transforms.image.tone import to_linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Picture, Pixels

_AB_ROWS = {
    -90: (50, 90), -80: (20, 90), -70: (0, 90), -60: (-20, 90), -50: (-30, 100), -40: (-40, 100), -30: (-50, 100),
    -20: (-50, 100), -10: (-60, 100), 0: (-70, 100), 10: (-80, 90), 20: (-80, 90), 30: (-90, 90), 40: (-100, 90),
    50: (-100, 80), 60: (-110, 80), 70: (-110, 80), 80: (-110, 70), 90: (-110, 70), 100: (-90, 0),
}  # fmt: skip
"""For each a, the first and the last b, in steps of 10 (Zhang, Isola and Efros, ECCV 2016)."""

# From linear sRGB to X, Y, Z, each as a share of white's (IEC 61966-2-1).
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_TO_WHITE = (_TO_XYZ / _TO_XYZ.sum(axis=1, keepdims=True)).T.astype(np.float32)
_KNEE = (6 / 29) ** 3

# No color of sRGB whose |a| and |b| are at most 5 has channels that lie further apart.
_GREYEST_SPREAD = 24

GREY_LIMIT = 5.0
"""A picture whose |a| and |b| nowhere exceed this is grey (the `NonGrayMask` threshold of Zhang et al.)."""


@cache
def ab_centers() -> NDArray[np.int16]:
    """The centres of the 313 colour classes, 313×2 int16 (a, b), by ascending a, then b.

    The published set. It cannot be computed from its description: "bins within the sRGB gamut" gives 225 to 261 bins
    by any honest reading, so the table is the definition.
    """
    return np.array([(a, b) for a, (low, high) in _AB_ROWS.items() for b in range(low, high + 1, 10)], np.int16)


def to_lab(rgb: Pixels) -> NDArray[np.float32]:
    """H×W×3 float32 CIE Lab (D65, 2°) of H×W×3 uint8 sRGB: L from 0 to 100, a and b in their own units.

    From floating point: the 8-bit path of OpenCV is off by up to 1.5 in a and b.
    """
    import cv2

    lab: Any = cv2.cvtColor(rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab)
    return lab  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def to_ab(rgb: Pixels) -> NDArray[np.float32]:
    """The a and b of CIE Lab (D65, 2°) of H×W×3 uint8 sRGB, H×W×2 float32, by its definition (ISO/CIE 11664-4).

    For a few pixels: for many, `to_lab` is quicker, once it has made its tables, which takes 70 ms.
    """
    white = to_linear().astype(np.float32)[rgb] @ _TO_WHITE
    x, y, z = np.moveaxis(
        np.where(white > _KNEE, np.cbrt(white), white * np.float32(841 / 108) + np.float32(4 / 29)), -1, 0
    )
    return np.stack([500 * (x - y), 200 * (y - z)], axis=-1)


def is_grey(picture: Picture) -> bool:
    """Whether at an eighth of the size no pixel's |a| or |b| exceeds 5."""
    # Most pictures show a colour in their first rows.
    return not any(map(_shows_color, picture.glimpses()))


def _shows_color(rgb: Pixels) -> bool:
    # Channels that lie far apart are seen sooner.
    red, green, blue = rgb[:, :, 0], rgb[:, :, 1], rgb[:, :, 2]
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return int(spread.max()) > _GREYEST_SPREAD or bool(np.abs(to_ab(rgb)).max() > GREY_LIMIT)


def reduced_ab(lab: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    """The a and b channels at 1/scale, ⌈H/scale⌉×⌈W/scale⌉×2 float32: the mean of each scale×scale block.

    Blocks that run over the right or the lower edge go on with the edge's pixels.
    """
    import cv2

    ab = np.ascontiguousarray(lab[:, :, 1:])
    below, right = -ab.shape[0] % scale, -ab.shape[1] % scale
    if below or right:
        ab = cv2.copyMakeBorder(ab, 0, below, 0, right, cv2.BORDER_REPLICATE)
    size = (ab.shape[1] // scale, ab.shape[0] // scale)
    reduced: Any = cv2.resize(ab, size, interpolation=cv2.INTER_AREA) if scale > 1 else ab
    return reduced  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def ab_classes(ab: NDArray[np.float32]) -> NDArray[np.uint16]:
    """The nearest of the 313 centres for each of H×W×2 (a, b): H×W uint16 from 0 to 312; the first where two tie."""
    classes = _grid()[_cell(ab[..., 0]), _cell(ab[..., 1])]
    # Where the nearest point of the whole grid is a centre, it is the nearest centre. The rest is searched.
    outside = classes < 0
    if outside.any():
        points = ab[outside].astype(np.float64)
        distance = ((points[:, None, :] - ab_centers()[None, :, :]) ** 2).sum(axis=2)
        classes[outside] = distance.argmin(axis=1)
    return classes.astype(np.uint16)


def _cell(values: NDArray[np.float32]) -> NDArray[np.intp]:
    # Half-way points go down, as the first of two equal distances does.
    return np.clip(np.ceil(values / 10 - 0.5).astype(np.intp) + _REACH, 0, 2 * _REACH)


_REACH = 14


@cache
def _grid() -> NDArray[np.int16]:
    grid = np.full((2 * _REACH + 1, 2 * _REACH + 1), -1, np.int16)
    cells = ab_centers() // 10 + _REACH
    grid[cells[:, 0], cells[:, 1]] = np.arange(len(cells))
    return grid
