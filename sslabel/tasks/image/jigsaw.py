"""Tell how the nine tiles of a picture were shuffled."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from sslabel.errors import Skip, UsageError
from sslabel.options import Between, Span
from sslabel.registry import task
from sslabel.transforms.image.permutations import distant_permutations, least_distance
from sslabel.transforms.image.tiles import cut_channels, is_flat, room_for, stride_on_grid
from sslabel.transforms.image.tone import to_grey
from sslabel.values import Category, Note, Order, Pair, Picture

if TYPE_CHECKING:
    from numpy.random import Generator

    from sslabel.transforms.image.tiles import Corners
    from sslabel.values import Pixels

_CELLS = np.array([(x, y) for y in range(3) for x in range(3)], np.int64)
_CHANNELS = ("red", "green", "blue")
_SQUARES = 5


@cache
def _arrangements(count: int, distance: Literal["minimum", "mean"]) -> tuple[list[Order], tuple[str, ...], int]:
    """The orders, their names (`4-0-3-1-2-8-6-7-5`), and the least number of places in which two of them differ."""
    permutations = distant_permutations(count, distance)
    orders = [Order(tuple(one)) for one in permutations.tolist()]
    # Joined by hyphens, for as a mere row of digits some readers of YAML would take a name for a number.
    return orders, tuple("-".join(map(str, one.order)) for one in orders), least_distance(permutations)


def _permutations_file(*, permutations: int, distance: Literal["minimum", "mean"], **_: Any) -> dict[str, bytes]:  # noqa: ANN401 - the other options
    """The table that says which order each class is."""
    if isinstance(permutations, Span):
        msg = "jigsaw: permutations is one number for all pictures, not a range"
        raise UsageError(msg)
    orders, _names, least = _arrangements(permutations, distance)
    table = {"least_distance": least, "permutations": [one.order for one in orders]}
    return {"permutations.json": json.dumps(table, separators=(",", ":")).encode() + b"\n"}


@task("image", needs={"geometry"}, smallest=3, fits={"short", "crop", "stretch"}, beside=_permutations_file)
def jigsaw(  # noqa: PLR0913 - its options
    picture: Picture,
    rng: Generator,
    *,
    tile: Annotated[int, Between(1, 4096)] = 64,
    cell: Annotated[int, Between(1, 4096)] = 75,
    permutations: Annotated[int, Between(2, 10_000)] = 1000,
    distance: Literal["minimum", "mean"] = "minimum",
    grey: Annotated[float, Between(0, 1)] = 0.3,
    color_jitter: Annotated[int, Between(0, 4096)] = 2,
    gain: Annotated[float, Between(0, 1)] = 0.0,
    shift: Annotated[int, Between(0, 255)] = 0,
) -> Pair:
    """Cut a picture into nine tiles and shuffle them; the label is the permutation.

    tile: side of a tile in pixels
    cell: side of the cell that each tile is cut from at random, no less than the tile's
    permutations: how many orders there are, each a class
    distance: how they are chosen: for the minimum of the Hamming distances between them or for the mean, as published
    grey: share of the pictures that are made grey
    color_jitter: against chromatic aberration, red, green and blue of each tile are each moved by up to this many
      pixels, within the cell; not in grey pictures
    gain: each channel of each tile is multiplied by 1 ± up to this
    shift: and to each, up to this is added or subtracted

    Three by three cells are cut at random from the picture: by default a square of 225 (`--size 256` suits), bars of
    one colour at the borders left out. In a JPEG that is not resized the cells lie whole blocks of 16 pixels apart
    (80 for 75, a square of 235), since the phase of the blocks would name the column. Input t shows tile order[t],
    tiles counted row by row; `label_order` is that order, and `label` its place in the set that stands in
    `permutations.json` beside the data. A thousand orders differ in at least 5 places from each other and from the
    right one, which is not among them. A square is skipped for another, up to five times, where so many tiles are
    flat (no channel's standard deviation is above 4) that two orders could look alike: as many as the places in
    which orders differ at the least. Values are rounded and clipped to 0..255. The notes give the corner of the
    square in the source, whether it is grey, and for each input, in order, the x,y at which its red, green and
    blue were cut.

    Source: Noroozi and Favaro, Unsupervised learning of visual representations by solving jigsaw puzzles, ECCV 2016.
    """
    orders, names, least = _arrangements(permutations, distance)
    cell = max(cell, tile)
    stride = stride_on_grid(cell, picture.grid[0])
    side = 2 * stride + cell
    left, top, width, height = room_for(picture, side)
    label = int(rng.integers(len(orders)))
    is_grey = bool(rng.random() < grey)
    for _ in range(_SQUARES):
        square = np.array([left, top]) + rng.integers(0, (width - side + 1, height - side + 1))
        within = _within_cells(rng, cell - tile, 0 if is_grey else color_jitter)
        corners: Corners = (square + _CELLS * stride)[:, None] + within
        tiles = [cut_channels(picture.rgb, one, tile) for one in corners]
        tiles = [to_grey(one) for one in tiles] if is_grey else tiles
        if sum(map(is_flat, tiles)) < least:
            break
    else:
        msg = f"{least} or more of the nine tiles are flat"
        raise Skip(msg)
    if gain or shift:
        tiles = [_brightened(one, rng, gain, shift, 1 if is_grey else 3) for one in tiles]
    order = orders[label].order
    notes: dict[str, Note] = {"left": int(square[0]), "top": int(square[1]), "grey": int(is_grey)}
    notes |= {name: _written(corners[list(order), channel]) for channel, name in enumerate(_CHANNELS)}
    inputs = {str(place): Picture(tiles[source]) for place, source in enumerate(order)}
    return Pair(inputs, {"": Category(label, names), "order": orders[label]}, notes)


def _within_cells(rng: Generator, room: int, jitter: int) -> Corners:
    """Where in its cell each channel of each tile is cut: 9×3×2, (x, y) from 0 to `room`.

    A channel that would leave the cell is stopped at its edge: in all cells alike, so it tells none from another.
    """
    offsets = rng.integers(0, room + 1, (9, 1, 2)) + rng.integers(-jitter, jitter + 1, (9, 3, 2))
    return offsets.clip(0, room)


def _brightened(pixels: Pixels, rng: Generator, gain: float, shift: int, draws: int) -> Pixels:
    """Each channel with a gain and a shift of its own, or all with the same where `draws` is 1."""
    gains, shifts = rng.uniform(1 - gain, 1 + gain, draws), rng.integers(-shift, shift + 1, draws)
    return np.rint(pixels * gains + shifts).clip(0, 255).astype(np.uint8)


def _written(corners: Corners) -> str:
    return " ".join(f"{x},{y}" for x, y in corners.tolist())
