"""Kernels that pictures are blurred with."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AREA = 121  # OpenCV skips the zeros of kernels up to about this many numbers, and takes a Fourier transform for more


def motion_kernel(radius: int, sigma: float, degrees: float) -> NDArray[np.float32]:
    """What a pixel takes from its neighbours when the picture moves: a line that fades, from the middle to the rim.

    The sides are odd, the middle is the pixel itself, the sum is 1; it stands to be correlated with (`correlated`,
    cv2.filter2D). There are 2·radius + 1 places on the line, and their weights fall off as a Gaussian of `sigma`.
    The pixel takes from its right at 0 degrees and from below at 90: what is drawn out runs to the left, or up.
    """
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2)) if sigma > 0 else (steps == 0).astype(np.float64)
    angle = math.radians(degrees)
    # Rounded as imagecorruptions rounds: halves go up.
    down, right = (np.ceil(steps * share - 0.5).astype(np.intp) for share in (math.sin(angle), math.cos(angle)))
    tall, wide = np.abs(down).max(), np.abs(right).max()
    kernel = np.zeros((2 * tall + 1, 2 * wide + 1))
    np.add.at(kernel, (tall + down, wide + right), weights / weights.sum())
    return kernel.astype(np.float32)


def correlated(pixels: NDArray[Any], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pixels correlated with a kernel of odd sides that is mostly zeros; float32, not rounded.

    Beyond the border the outermost pixels go on. The kernel is taken apart, since OpenCV is fast with zeros in small
    kernels alone.
    """
    import cv2

    tall, wide = kernel.shape[0] // 2, kernel.shape[1] // 2
    height, width = pixels.shape[:2]
    # From bytes to floats OpenCV takes the Fourier transform for smaller kernels, too.
    padded = cv2.copyMakeBorder(pixels.astype(np.float32), tall, tall, wide, wide, cv2.BORDER_REPLICATE)
    total: Any = np.zeros(pixels.shape, np.float32)
    for top, left, part in _parts(kernel):
        rows, columns = part.shape
        seen = padded[top : top + height + rows - 1, left : left + width + columns - 1]
        total += cv2.filter2D(seen, -1, part, anchor=(0, 0))[:height, :width]
    return total  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _parts(kernel: NDArray[np.float32], top: int = 0, left: int = 0) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    """The (top, left) and the numbers of small rectangles that hold all of a kernel but zeros."""
    rows, columns = np.flatnonzero(kernel.any(axis=1)), np.flatnonzero(kernel.any(axis=0))
    if len(rows) == 0:
        return
    top, left = top + int(rows[0]), left + int(columns[0])
    kernel = kernel[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if kernel.size <= _AREA:
        yield top, left, kernel
    elif kernel.shape[0] >= kernel.shape[1]:
        half = kernel.shape[0] // 2
        yield from _parts(kernel[:half], top, left)
        yield from _parts(kernel[half:], top + half, left)
    else:
        half = kernel.shape[1] // 2
        yield from _parts(kernel[:, :half], top, left)
        yield from _parts(kernel[:, half:], top, left + half)
