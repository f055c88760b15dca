"""Pictures in large pixels."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

_BAND = 1 << 18  # values that stay in the cache as sums


def in_large_pixels(pixels: Pixels, columns: int, rows: int) -> Pixels:
    """The picture in columns × rows large pixels, each the mean of the pixels whose middle it covers.

    A middle on the border of two large pixels counts for the left or the upper one. Those are the numbers of Pillow's
    box and of its nearest neighbour, or less by one: Pillow rounds twice, and halves up.
    """
    import cv2

    height, width = pixels.shape[:2]
    places: NDArray[np.float32] = np.arange(rows, dtype=np.float32)[:, None]
    # OpenCV knows the nearest neighbour's rounding; rows are then copied as a whole.
    lines = cv2.resize(places, (1, height), interpolation=cv2.INTER_NEAREST_EXACT)[:, 0].astype(np.intp)
    wide = cv2.resize(_means(pixels, columns, rows), (width, rows), interpolation=cv2.INTER_NEAREST_EXACT)
    large: Any = wide.take(lines, axis=0)
    return large  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _means(pixels: Pixels, columns: int, rows: int) -> Pixels:
    """rows×columns(×3) means."""
    height, width = pixels.shape[:2]
    x, y = _edges(width, columns), _edges(height, rows)
    means = np.empty((rows, columns, *pixels.shape[2:]), np.uint8)
    step = max(1, _BAND * rows // pixels.size)
    for first in range(0, rows, step):
        edges = y[first : first + step + 1]
        means[first : first + step] = _band_of_means(pixels[edges[0] : edges[-1]], x, edges - edges[0])
    return means


def _band_of_means(pixels: Pixels, x: NDArray[np.intp], y: NDArray[np.intp]) -> Any:  # noqa: ANN401 - OpenCV's arrays are untyped
    import cv2

    rows, columns, channels = len(y) - 1, len(x) - 1, pixels[0, 0].size
    # Sums of 32 bits may run over, but come back as they are subtracted.
    sums = cv2.integral(pixels).reshape(len(pixels) + 1, -1).take(y, axis=0)
    sums = np.diff(sums, axis=0).reshape(rows, -1, channels).take(x, axis=1)
    means = np.diff(sums, axis=1).reshape(rows, -1).astype(np.float32)
    means *= (1 / np.diff(y)).astype(np.float32)[:, None]
    means *= (1 / np.diff(x)).astype(np.float32).repeat(channels)
    return cv2.convertScaleAbs(means).reshape(rows, columns, *pixels.shape[2:])


@lru_cache(maxsize=64)
def _edges(side: int, cells: int) -> NDArray[np.intp]:
    """Where each cell begins along a side, and where the last one ends."""
    return (2 * side * np.arange(cells + 1, dtype=np.intp) + cells) // (2 * cells)
