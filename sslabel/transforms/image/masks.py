"""Holes in pictures: boxes, smooth regions, brush strokes and patches; and what stands in them.

A hole is an H×W array of booleans, true where hidden. None of them looks at the picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from sslabel.transforms.image.bits import random_bits

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from sslabel.values import Pixels

    Hole: TypeAlias = NDArray[np.bool_]

Fill: TypeAlias = Literal["mean", "black", "noise"]

MEAN = (123, 117, 104)
"""The mean colour of ImageNet in RGB, in whole steps; its Rec. 601 luma is 117."""

_MEAN_LUMA = 117


class Box(NamedTuple):
    """A rectangle of pixels."""

    left: int
    top: int
    width: int
    height: int

    def inset(self, by: int) -> Box:
        """The box without a rim of `by` pixels; its sides may come to nothing, never to less."""
        width, height = max(self.width - 2 * by, 0), max(self.height - 2 * by, 0)
        return Box(self.left + by, self.top + by, width, height)

    def hole(self, height: int, width: int) -> Hole:
        """The box as a hole in a picture of that size."""
        hole = np.zeros((height, width), np.bool_)
        hole[self.top : self.top + self.height, self.left : self.left + self.width] = True
        return hole

    def of(self, pixels: Pixels) -> Pixels:
        """What stands in the box."""
        return np.ascontiguousarray(pixels[self.top : self.top + self.height, self.left : self.left + self.width])


def central_box(height: int, width: int) -> Box:
    """The central box of half the height and half the width: of even sides, exactly a quarter of the area.

    The hole of Pathak et al. (CVPR 2016): 64×64 at (32, 32) in 128×128.
    """
    tall, wide = height // 2, width // 2
    return Box((width - wide) // 2, (height - tall) // 2, wide, tall)


def random_box(height: int, width: int, rng: Generator) -> Box:
    """A box anywhere of half the height and half the width, each then shortened by up to a quarter of itself.

    The box of Yu et al. (CVPR 2018, ICCV 2019): 128×128 in 256×256, of which 0 to 16 pixels are taken away both above
    and below, and 0 to 16 both left and right.
    """
    tall, wide = height // 2, width // 2
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    rows, columns = int(rng.integers(tall // 8 + 1)), int(rng.integers(wide // 8 + 1))
    return Box(left + columns, top + rows, wide - 2 * columns, tall - 2 * rows)


def box_around(hole: Hole) -> Box:
    """The smallest box that holds all that is hidden."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    return Box(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)


_CELLS = 0.06 * 128
_DENSITY = 0.25
_REGION = (0.2, 0.3)
_REGION_TRIES = 1000
_GLANCE = 64


def smooth_region(height: int, width: int, rng: Generator) -> Hole | None:
    """Smooth blobs that hide more than 20 % and less than 30 % of a picture; None in the rare case that none is found.

    The random region of Pathak et al. (CVPR 2016): where uniform noise, enlarged by bicubic interpolation
    (Catmull-Rom), is below 0.25. That is a sixth of the plane; windows of it are drawn until one is in the range. A
    square has 7.68 cells of noise a side, as 128 pixels have there; any other shape has as many cells in all.
    """
    cell = math.sqrt(height * width) / _CELLS
    # Enough rows and columns to see whether the area may do, before all of it is worked out.
    step = max(1, round(math.sqrt(height * width)) // _GLANCE)
    for _ in range(_REGION_TRIES):
        down, across = _cells(height, cell, rng), _cells(width, cell, rng)
        noise = rng.random((int(down.max()) + 4, int(across.max()) + 4), dtype=np.float32)
        if not _in_region(_enlarged(noise, down[::step], across[::step]) < _DENSITY):
            continue
        hole = _enlarged(noise, down, across) < _DENSITY
        if _in_region(hole):
            return hole
    return None


def _in_region(hole: Hole) -> bool:
    return _REGION[0] * hole.size < int(np.count_nonzero(hole)) < _REGION[1] * hole.size


def _cells(length: int, cell: float, rng: Generator) -> NDArray[Any]:
    """Where each pixel's middle lies, in cells of noise, from a beginning that is drawn."""
    return (np.arange(length) + 0.5) / cell + rng.random()


def _enlarged(noise: NDArray[np.float32], down: NDArray[Any], across: NDArray[Any]) -> NDArray[np.float32]:
    """Noise interpolated at the rows `down` and the columns `across`."""
    # Sums of four terms in a fixed order, not a product of matrices, whose last digits depend on the machine.
    return _interpolated(np.ascontiguousarray(_interpolated(noise.T, across).T), down)


def _interpolated(rows: NDArray[np.float32], at: NDArray[Any]) -> NDArray[np.float32]:
    first = np.floor(at).astype(np.intp)
    t = at - first
    weights = (
        ((2 - t) * t - 1) * t / 2,
        ((3 * t - 5) * t * t + 2) / 2,
        ((4 - 3 * t) * t + 1) * t / 2,
        (t - 1) * t * t / 2,
    )
    result = np.zeros((len(at), rows.shape[1]), np.float32)
    for number, weight in enumerate(weights):
        result += rows[first + number] * weight.astype(np.float32)[:, None]
    return result


_STROKES = (1, 3)
_STEPS = (4, 11)
_ANGLE, _ANGLE_RANGE = 2 * math.pi / 5, 2 * math.pi / 15
_STEP, _STEP_DEVIATION = math.sqrt(2) / 8, 22 / 256
_BREADTH = (12 / 256, 40 / 256)
_BRUSH_TRIES = 100


def brush_strokes(height: int, width: int, rng: Generator) -> Hole:
    """One to three zigzag strokes of a round brush.

    The free-form mask of Yu et al. (ICCV 2019): each stroke has 4 to 11 straight parts, whose directions alternate
    between an angle of about 72° and its mirror image; a part is 45 ± 22 pixels long (from 0 to 91) and 12 to 40
    broad in 256×256. Lengths go with the square root of the area. The whole is mirrored half of the time, in each
    direction of its own. On average, strokes hide 15 % of a square. A brush is never less than a pixel broad.
    """
    canvas = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(_STROKES[0], _STROKES[1] + 1))):
        _stroke(canvas, rng)
    return _mirrored(canvas, rng)


def brush_strokes_over(height: int, width: int, low: float, high: float, rng: Generator) -> Hole | None:
    """As many strokes as it takes to hide more than `low` of a picture and no more than `high`; None if none is found.

    The bins of Liu et al. (ECCV 2018) are of that form: (0.01, 0.1], (0.1, 0.2] ... (0.5, 0.6].
    """
    import cv2

    for _ in range(_BRUSH_TRIES):
        canvas = np.zeros((height, width), np.uint8)
        while cv2.countNonZero(canvas) <= low * canvas.size:
            _stroke(canvas, rng)
        if cv2.countNonZero(canvas) <= high * canvas.size:
            return _mirrored(canvas, rng)
    return None


def _stroke(canvas: NDArray[np.uint8], rng: Generator) -> None:
    """Draw a stroke of ones."""
    import cv2

    height, width = canvas.shape
    side = math.sqrt(height * width)
    steps = int(rng.integers(_STEPS[0], _STEPS[1] + 1))
    spread = rng.random(2) * _ANGLE_RANGE
    angles = rng.uniform(_ANGLE - spread[0], _ANGLE + spread[1], steps)
    angles[::2] *= -1
    lengths = rng.normal(_STEP, _STEP_DEVIATION, steps).clip(0, 2 * _STEP) * side
    x, y = int(rng.integers(width)), int(rng.integers(height))
    points = [(x, y)]
    for across, down in zip(lengths * np.cos(angles), lengths * np.sin(angles), strict=True):
        x, y = int(min(max(x + across, 0), width - 1)), int(min(max(y + down, 0), height - 1))
        points.append((x, y))
    # OpenCV's thick lines are a pixel or so broader than told. Their ends are round, so every corner has its disc;
    # no edge is smoothed.
    breadth = max(1, int(rng.uniform(*_BREADTH) * side) - 1)
    cv2.polylines(canvas, [np.array(points, np.int32)], isClosed=False, color=1, thickness=breadth)


def _mirrored(canvas: NDArray[np.uint8], rng: Generator) -> Hole:
    across, down = rng.integers(2, size=2)
    return np.ascontiguousarray(canvas[:: -1 if down else 1, :: -1 if across else 1]).view(np.bool_)


def random_patches(rows: int, columns: int, count: int, rng: Generator) -> Hole:
    """Exactly `count` patches of a grid, every choice of them as likely as any other (He et al., CVPR 2022)."""
    grid = np.zeros(rows * columns, np.bool_)
    grid[rng.permutation(rows * columns)[:count]] = True
    return grid.reshape(rows, columns)


_BLOCK = 16
_BLOCK_ASPECT = math.log(1 / 0.3)
_BLOCK_TRIES = 10


def block_patches(rows: int, columns: int, count: int, rng: Generator) -> Hole:
    """Exactly `count` patches of a grid, in blocks (Bao et al., ICLR 2022).

    A block has 16 patches or more, up to what is still missing, and an aspect from 0.3 to 1/0.3, evenly on a
    logarithmic scale; blocks may overlap. As published, a mask would end short of its count, one time in three, when
    ten blocks in a row do not fit; here it goes on with blocks of at least 8, 4, 2 patches and at last of one.
    """
    grid = np.zeros((rows, columns), np.bool_)
    least, missing = _BLOCK, count
    while missing:
        added = _add_block(grid, least, missing, rng)
        if not added and least == 1:
            free = np.flatnonzero(~grid)
            grid.flat[free[rng.integers(free.size)]] = True
            added = 1
        elif not added:
            least //= 2
        missing -= added
    return grid


def _add_block(grid: Hole, least: int, missing: int, rng: Generator) -> int:
    """Hide a block, if ten tries give one that adds something and not more than is missing; how much it adds."""
    rows, columns = grid.shape
    for _ in range(_BLOCK_TRIES):
        # Where less is missing than the least, the range runs backwards: such a block fits if it overlaps others.
        area = least + rng.random() * (missing - least)
        aspect = math.exp(rng.uniform(-_BLOCK_ASPECT, _BLOCK_ASPECT))
        tall, wide = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if not (0 < tall < rows and 0 < wide < columns):
            continue
        top, left = int(rng.integers(rows - tall + 1)), int(rng.integers(columns - wide + 1))
        block = grid[top : top + tall, left : left + wide]
        added = int(block.size - np.count_nonzero(block))
        if 0 < added <= missing:
            block[:] = True
            return added
    return 0


def filled(pixels: Pixels, hole: Hole, fill: Fill, rng: Generator) -> Pixels:
    """Pixels with something else in the hole: ImageNet's mean colour, black, or noise, each value of it drawn.

    What stands in the hole depends on nothing that stood there.
    """
    import cv2

    result = covering(pixels.shape, fill, rng)
    # Only what is to be seen is ever copied.
    cv2.copyTo(pixels, (~hole).view(np.uint8), result)
    return result


def covering(shape: tuple[int, ...], fill: Fill, rng: Generator) -> Pixels:
    """What stands in a hole: H×W×3 or H×W of ImageNet's mean colour, of black, or of noise, each value of it drawn."""
    if fill == "noise":
        return random_bits(rng, shape, np.uint8)
    cover = np.empty(shape, np.uint8)
    cover[:] = 0 if fill == "black" else _MEAN_LUMA if len(shape) == 2 else MEAN  # noqa: PLR2004 - H and W
    return cover
