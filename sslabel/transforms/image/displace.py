"""Moving pixels: shifts, shears, perspective, and parts out of place. What comes in from outside is mirrored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels


def mirrored(indexes: NDArray[Any], length: int) -> NDArray[np.intp]:
    """Indexes folded back into 0..length - 1 at both ends, without repeating the last."""
    period = max(1, 2 * (length - 1))
    folded = np.abs(indexes) % period
    inside: NDArray[np.intp] = np.where(folded < length, folded, period - folded).astype(np.intp)
    return inside


def shifted(pixels: Pixels, x: int, y: int) -> Pixels:
    """Pixels moved right by x and down by y whole pixels."""
    import cv2

    height, width = pixels.shape[:2]
    if x == 0 and y == 0:
        return pixels
    above, below, before, after = max(y, 0), max(-y, 0), max(x, 0), max(-x, 0)
    larger = cv2.copyMakeBorder(pixels, above, below, before, after, cv2.BORDER_REFLECT_101)
    return np.ascontiguousarray(larger[below : below + height, after : after + width])


def parts_shifted(pixels: Pixels, x: NDArray[np.intp] | int, y: NDArray[np.intp] | int) -> Pixels:
    """Each pixel taken from where x and y (arrays that broadcast to H×W) say that it lies further left and up."""
    height, width = pixels.shape[:2]
    rows = mirrored(np.arange(height)[:, None] - y, height)
    columns = mirrored(np.arange(width)[None, :] - x, width)
    return pixels[rows, columns]


def affine(pixels: Pixels, matrix: NDArray[np.float64]) -> Pixels:
    """Pixels under a 2×3 matrix that takes each place of the source, from its centre, to its new one; bilinear."""
    import cv2

    height, width = pixels.shape[:2]
    if min(height, width) == 1:
        return pixels
    center = np.array([(width - 1) / 2, (height - 1) / 2])
    whole = np.column_stack([matrix[:, :2], matrix[:, 2] + center - matrix[:, :2] @ center])
    moved: Any = cv2.warpAffine(
        pixels, whole, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return moved  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def quad_to_full(pixels: Pixels, quad: NDArray[np.float32]) -> Pixels:
    """The part of the picture inside a quadrangle, stretched over all of it.

    `quad` is 4×2 (x, y): the corners from the upper left one clockwise.
    """
    import cv2

    height, width = pixels.shape[:2]
    full = np.array([(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)], np.float32)
    matrix = cv2.getPerspectiveTransform(quad, full)
    stretched: Any = cv2.warpPerspective(
        pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return stretched  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
