"""Textures that are made from nothing but a generator: clouds of plasma, ferns of ice."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from sslabel.values import Pixels

_SHEET, _REACH = 1024, 320  # the sheet's side, and how far a fern may reach beyond it
_FANS = 90

_FINEST = 2048  # the side of the largest map that is made, of 16 MB; what it lacks could not be seen


def plasma(rng: Generator, height: int, width: int, decay: float) -> NDArray[np.float32]:
    """H×W float32 clouds, by diamonds and squares; the map that they are cut from goes from 0 to 1.

    The map's side is the next power of two. It begins as one point, and each step puts points between the points:
    the mean of their four neighbours, plus a draw whose range falls to 1/decay² from step to step. Its edges meet
    (Fournier, Fussell and Carpenter, Computer rendering of stochastic models, 1982; Miller 1986).
    """
    import cv2

    side = max(2, 1 << (max(height, width) - 1).bit_length())
    steps = min(side, _FINEST).bit_length() - 1
    points = np.zeros((1, 1), np.float32)
    for step in range(steps):
        points = _finer(points, rng, decay ** (-2.0 * step))
    points -= points.min()
    points /= points.max()
    scale = side >> steps
    clouds: Any = points[: -(-height // scale), : -(-width // scale)]
    if scale > 1:
        clouds = cv2.resize(clouds, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    cut: NDArray[np.float32] = clouds[:height, :width]
    return cut


def _finer(points: NDArray[np.float32], rng: Generator, reach: float) -> NDArray[np.float32]:
    """Twice as many points to a side."""
    count = len(points)
    draws = rng.random((3, count, count), dtype=np.float32)
    draws -= np.float32(0.5)
    draws *= np.float32(2 * reach)
    finer = np.empty((2 * count, 2 * count), np.float32)
    right, below = np.roll(points, -1, axis=1), np.roll(points, -1, axis=0)
    across, down = points + right, points + below
    centers = (across + np.roll(across, -1, axis=0)) / 4 + draws[0]
    finer[::2, ::2] = points
    finer[1::2, 1::2] = centers
    finer[::2, 1::2] = (across + centers + np.roll(centers, 1, axis=0)) / 4 + draws[1]
    finer[1::2, ::2] = (down + centers + np.roll(centers, 1, axis=1)) / 4 + draws[2]
    return finer


def ferns(rng: Generator, height: int, width: int) -> Pixels:
    """H×W uint8 ferns of ice, 0 where the glass is bare, as large as suits the picture.

    They are cut from one large sheet of drawn ferns, whose edges meet, at a place, an angle and a size that are
    drawn.
    """
    import cv2

    # Enlarged at most threefold, lest the needles blur; a large picture shows more ferns.
    zoom = float(np.clip(min(height, width) / 480 * rng.uniform(0.75, 1.5), 0.25, 3))
    halvings = min(2, max(0, math.floor(0.3 - math.log2(zoom))))
    sheet = _sheet(halvings)
    angle, step = rng.uniform(0, 2 * math.pi), 1 / (zoom * 2**halvings)
    right, down = step * math.cos(angle), step * math.sin(angle)
    x, y = rng.uniform(0, len(sheet), 2)
    matrix = np.array(((right, -down, x), (down, right, y)))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut: Any = cv2.warpAffine(sheet, matrix, (width, height), flags=how, borderMode=cv2.BORDER_WRAP)
    return cut  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


@cache
def _sheet(halvings: int) -> Pixels:
    """The sheet that ferns are cut from, always the same, at its full size or halved as often as said."""
    import cv2

    if halvings:
        side = _SHEET >> halvings
        smaller: Any = cv2.resize(_sheet(0), (side, side), interpolation=cv2.INTER_AREA)
        return smaller  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
    rng = np.random.Generator(np.random.Philox(0))
    sheet = np.zeros((_SHEET + 2 * _REACH, _SHEET + 2 * _REACH), np.uint8)
    # Each fan of stems begins at a point of its own, as crystals do at a speck of dust.
    stems = [
        (root + rng.normal(0, 6, 2), heading + rng.normal(0, 0.15), rng.uniform(60, 260))
        for root in rng.random((_FANS, 2)) * _SHEET + _REACH
        for heading in rng.uniform(0, 2 * math.pi) + np.linspace(-1, 1, int(rng.integers(3, 7)))
    ]
    for number in rng.permutation(len(stems)):
        _draw_fern(sheet, rng, *stems[number])
    return _folded(_folded(sheet).T).T.copy()


def _folded(sheet: Pixels) -> Pixels:
    """The middle rows, with what was drawn beyond them at one end laid over the other."""
    middle = sheet[_REACH:-_REACH].copy()
    middle[:_REACH] = np.maximum(middle[:_REACH], sheet[-_REACH:])
    middle[-_REACH:] = np.maximum(middle[-_REACH:], sheet[:_REACH])
    return middle


class _Shoots(NamedTuple):
    """N lines that bend evenly: N×2 starts (x, y), and N each of headings and bends in radians, and of lengths."""

    start: NDArray[np.float64]
    heading: NDArray[np.float64]
    bend: NDArray[np.float64]
    length: NDArray[np.float64]

    def walked(self, steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The points of each, N×(steps + 1)×2, and the headings there."""
        headings = self.heading[:, None] + self.bend[:, None] * np.linspace(0, 1, steps + 1)
        moves = np.stack((np.cos(headings), np.sin(headings)), axis=2) * (self.length / steps)[:, None, None]
        return self.start[:, None] + np.cumsum(moves, axis=1) - moves[:, :1], headings

    def sprouts(self, rng: Generator, steps: int, share: float, bend: float) -> _Shoots:
        """Shoots at both sides of each, at 50 degrees, ever shorter towards the tip and bent along."""
        points, headings = self.walked(steps)
        inner, shape = slice(1, steps), (len(self.start), 2 * (steps - 1))
        sides = np.tile((-1.0, 1.0), (shape[0], steps - 1))
        turned = np.repeat(headings[:, inner], 2, axis=1) + sides * math.radians(50) + rng.normal(0, 0.08, shape)
        taper = np.repeat(1 - np.arange(1, steps) / steps, 2)
        lengths = self.length[:, None] * taper * share * rng.uniform(0.5, 1.2, shape)
        starts = np.repeat(points[:, inner], 2, axis=1).reshape(-1, 2)
        return _Shoots(starts, turned.ravel(), (-bend * sides).ravel(), lengths.ravel())


def _draw_fern(sheet: Pixels, rng: Generator, root: NDArray[np.float64], heading: float, length: float) -> None:
    """Draw a fern over what is there: a dim shape, and on it brighter needles, branches and stem."""
    import cv2

    steps = max(6, int(length / 7))
    tone = rng.uniform(0.45, 1)
    stem = _Shoots(root[None], np.array([heading]), rng.normal(0, 0.25, 1), np.array([length]))
    branches = stem.sprouts(rng, steps, 0.33, 0.3)
    needles = branches.sprouts(rng, 4, 0.42, 0.5)
    line, (limbs, _) = stem.walked(steps)[0], branches.walked(4)
    outline = np.concatenate((line[:, 0], limbs[::2, -1], line[:, -1], limbs[-1::-2, -1]))
    cv2.fillPoly(sheet, _fixed([outline]), 40 * tone, cv2.LINE_AA, _SHIFT)
    for lines, level, thickness in ((needles.walked(1)[0], 110, 1), (limbs, 185, 1), (line, 255, 2)):
        cv2.polylines(sheet, _fixed(lines), False, level * tone, thickness, cv2.LINE_AA, _SHIFT)


_SHIFT = 4  # bits after the point in the coordinates that OpenCV draws at


def _fixed(lines: Iterable[NDArray[np.float64]]) -> list[NDArray[np.int32]]:
    return [np.rint(line * 2**_SHIFT).astype(np.int32) for line in lines]
