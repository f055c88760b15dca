"""Tell where one patch of a picture lies beside another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.image.geometry import resample
from sslabel.transforms.image.tiles import cut, room_for, stride_on_grid
from sslabel.values import Category, Note, Pair, Picture, Value

if TYPE_CHECKING:
    from numpy.random import Generator

    from sslabel.values import Pixels

SIDES = ("top-left", "top", "top-right", "left", "right", "bottom-left", "bottom", "bottom-right")

_CENTER = (1, 1)
_CELLS = tuple((row, column) for row in range(3) for column in range(3) if (row, column) != _CENTER)
_CHANNELS = ("red", "green", "blue")
_LEAST_RESOLUTION = 10


@task("image", needs={"geometry"}, smallest=3, fits={"short", "crop", "stretch"}, lossless=True)
def patch_position(  # noqa: PLR0913 - its options
    picture: Picture,
    rng: Generator,
    *,
    patch: Annotated[int, Between(1, 4096)] = 96,
    gap: Annotated[int, Between(0, 4096)] = 48,
    jitter: Annotated[int, Between(0, 4096)] = 7,
    pairs: Annotated[int, Between(1, 1000)] = 1,
    all_sides: bool = False,
    color: Literal["drop", "project", "keep"] = "drop",
    downsample: Annotated[float, Between(0, 1)] = 0.33,
) -> list[Pair]:
    """Show a patch of a picture and one of its eight neighbours; the label is the neighbour's side.

    patch: side of a patch in pixels
    gap: pixels between a patch and its neighbour
    jitter: each patch is moved by up to this many pixels on each axis, but no farther than half the gap, so that no
      patches overlap
    pairs: how many centres are drawn in a picture, with a neighbour each
    all_sides: give all eight neighbours of each centre, not one drawn at random
    color: against chromatic aberration, drop (keep one channel drawn for each patch; in the others stands noise of
      a hundredth of its deviation around its mean), project (take green against magenta away) or keep
    downsample: share of the patches that lose resolution, to 100 pixels at the least

    A centre is drawn where all eight neighbours fit, however they are moved, so neither the centre nor a border
    that a patch stops at tells the side. By default that takes 398 pixels a side; pictures of 150,000 to 450,000
    pixels are what the source used (`--size 480`), and smaller ones are skipped. Bars of one colour at the borders
    are left out. In a JPEG that is not resized, patch + gap is rounded up to whole blocks of 16 pixels (144 is nine),
    since the phase of the blocks would name the side. The sides go row by row, from top-left to bottom-right. The
    notes give the corners of both patches in the source, the gap, the side in pixels that each was brought down to
    (or patch), and the channel that each kept (or all). Pictures are written lossless: a JPEG has colour at half
    the resolution, and would blur a patch that is all in one channel.

    Source: Doersch, Gupta and Efros, Unsupervised visual representation learning by context prediction, ICCV 2015.
    """
    stride = stride_on_grid(patch + gap, picture.grid[0])
    reach = min(jitter, gap // 2)
    field = 2 * stride + patch + 2 * reach
    left, top, width, height = room_for(picture, field)
    made = []
    for _ in range(pairs):
        x, y = left + int(rng.integers(width - field + 1)), top + int(rng.integers(height - field + 1))
        for side in range(len(SIDES)) if all_sides else [int(rng.integers(len(SIDES)))]:
            inputs: dict[str, Value] = {}
            notes: dict[str, Note] = {"gap": stride - patch}
            for part, (row, column) in (("center", _CENTER), ("neighbor", _CELLS[side])):
                moved_x, moved_y = rng.integers(0, 2 * reach + 1, 2).tolist()
                corner = (x + column * stride + moved_x, y + row * stride + moved_y)
                pixels, resolution = _downsampled(cut(picture.rgb, *corner, patch), rng, downsample)
                pixels, channel = _recolored(pixels, rng, color)
                inputs[part] = Picture(pixels)
                said = {"left": corner[0], "top": corner[1], "resolution": resolution, "channel": channel}
                notes |= {f"{part}_{name}": note for name, note in said.items()}
            made.append(Pair(inputs, Category(side, SIDES), notes))
    return made


def _downsampled(pixels: Pixels, rng: Generator, share: float) -> tuple[Pixels, int]:
    """A patch brought down and up again with a chance of `share`, and the side in pixels that it was brought to."""
    side, chosen = len(pixels), rng.random() < share
    if not chosen or side <= _LEAST_RESOLUTION:
        return pixels, side
    # Uniform in the number of pixels, not in the side.
    resolution = math.isqrt(int(rng.integers(_LEAST_RESOLUTION**2, (side - 1) ** 2 + 1)))
    return resample(resample(pixels, resolution, resolution), side, side), resolution


def _recolored(pixels: Pixels, rng: Generator, color: str) -> tuple[Pixels, str]:
    if color == "drop":
        channel = int(rng.integers(len(_CHANNELS)))
        return _one_channel(pixels, channel, rng), _CHANNELS[channel]
    return (_without_green_magenta(pixels) if color == "project" else pixels), "all"


def _one_channel(pixels: Pixels, channel: int, rng: Generator) -> Pixels:
    """One channel as it is; in the others noise around its mean, of a hundredth of its standard deviation."""
    kept = pixels[:, :, channel]
    noise = rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(kept.std() / 100) + np.float32(kept.mean())
    dropped: Pixels = np.rint(noise).clip(0, 255).astype(np.uint8)
    dropped[:, :, channel] = kept
    return dropped


def _without_green_magenta(pixels: Pixels) -> Pixels:
    """Colours projected onto the plane in which 2·green is red + blue, exactly: the axis is (-1, 2, -1).

    On that plane a colour is its mean, and a difference between red and blue that is symmetric about it. Where red
    or blue would leave 0..255 the difference is cut back, so that no colour leaves the plane.
    """
    red, green, blue = (pixels[:, :, channel].astype(np.int16) for channel in range(3))
    mean = (red + green + blue + 1) // 3
    most = np.minimum(mean, 255 - mean)
    half = np.clip(np.rint((red - blue) / 2).astype(np.int16), -most, most)
    return np.stack([mean + half, mean, mean - half], axis=2).astype(np.uint8)
