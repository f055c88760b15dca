"""Homographies given by the offsets of four corners, and pictures seen through them.

Coordinates are (x, y) of pixel centres; a patch of `side` pixels has its corners at 0 and side - 1. Four corners are
always listed clockwise: top left, top right, bottom right, bottom left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from sslabel.values import Pixels

    Matrix: TypeAlias = NDArray[np.float64]

_LEAST_CORNER = 0.05
_REACH = 4


def corners(side: int) -> Matrix:
    """The four corners of a patch, 4×2 (x, y)."""
    end = side - 1
    return np.array([(0, 0), (end, 0), (end, end), (0, end)], np.float64)


def draw_offsets(side: int, max_shift: int, rng: Generator) -> NDArray[np.int64]:
    """Whole offsets for four corners, 4×2 (x, y), each drawn uniformly from -max_shift to max_shift.

    They are drawn again where the moved corners are not sound. At ±32 of 128 pixels that is less than one draw in
    a million.
    """
    while True:
        offsets = rng.integers(-max_shift, max_shift + 1, (4, 2))
        if is_sound(corners(side) + offsets, side):
            return offsets


def is_sound(quad: Matrix, side: int) -> bool:
    """Whether four points are still, clockwise, the corners of a convex figure, and none of them is nearly flat.

    The two edges at each corner must span a twentieth of what they span in a square of that side. Any homography
    from the square onto the figure is then far from dividing by zero inside it.
    """
    ahead, behind = np.roll(quad, -1, axis=0) - quad, np.roll(quad, 1, axis=0) - quad
    spanned = ahead[:, 0] * behind[:, 1] - ahead[:, 1] * behind[:, 0]
    return bool(spanned.min() >= _LEAST_CORNER * (side - 1) ** 2)


def homography(side: int, offsets: NDArray[Any]) -> Matrix:
    """The 3×3 matrix that maps each corner of a patch to that corner plus its offset."""
    import cv2

    still = corners(side)
    matrix: Any = cv2.getPerspectiveTransform(still.astype(np.float32), (still + offsets).astype(np.float32))
    return matrix  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def mapped(matrix: Matrix, points: Matrix) -> Matrix:
    """Where a homography takes points, N×2 (x, y)."""
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return moved[:, :2] / moved[:, 2:]


def view(pixels: Pixels, matrix: Matrix, place: tuple[int, int], side: int, supersample: int = 1) -> Pixels:
    """The patch of side×side whose pixel q shows what stands at matrix·q in a patch that lies at `place`.

    `place` is the (left, top) in the pixels; with the identity the patch is cut out exactly. With
    `supersample` the patch is that many times coarser than the pixels, each pixel of it the mean of so many times so
    many samples, evenly laid out; with the identity, the mean of a block. Samples are interpolated bicubically;
    where the kernel reaches over the border of the picture, the picture is mirrored.
    """
    import cv2

    patch: Any
    if np.array_equal(matrix, np.eye(3)):
        left, top, fine = *place, side * supersample
        patch = pixels[top : top + fine, left : left + fine]
        patch = cv2.resize(patch, (side, side), interpolation=cv2.INTER_AREA) if supersample > 1 else patch.copy()
        return patch  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
    # Sample u of the fine patch is the point (u - middle) / supersample of the patch.
    middle = (supersample - 1) / 2
    to_fine = np.array([(supersample, 0, middle), (0, supersample, middle), (0, 0, 1)])
    to_pixels = np.array([(1, 0, place[0]), (0, 1, place[1]), (0, 0, 1)]) @ to_fine @ matrix
    to_pixels = to_pixels @ np.linalg.inv(to_fine)
    seen = mapped(to_pixels, corners(side * supersample))
    # Only the part that is seen, since OpenCV warps pictures of up to 32,767 pixels a side.
    left, top = np.maximum(np.floor(seen.min(axis=0)).astype(int) - _REACH, 0)
    right, bottom = np.ceil(seen.max(axis=0)).astype(int) + _REACH
    to_part = np.array([(1, 0, -left), (0, 1, -top), (0, 0, 1)]) @ to_pixels
    patch = cv2.warpPerspective(
        pixels[top : bottom + 1, left : right + 1],
        to_part,
        (side * supersample, side * supersample),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    if supersample > 1:
        patch = cv2.resize(patch, (side, side), interpolation=cv2.INTER_AREA)
    return patch  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
