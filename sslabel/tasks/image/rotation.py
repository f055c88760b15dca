"""Tell by how many quarter turns a picture was turned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sslabel.registry import task
from sslabel.transforms.image.geometry import central_square, turn
from sslabel.values import Category, Pair, Picture

if TYPE_CHECKING:
    from numpy.random import Generator

TURNS = ("0", "90", "180", "270")


@task("image", needs={"geometry"}, fits={"short", "crop"})
def rotation(picture: Picture, rng: Generator, *, all_turns: bool = False) -> list[Pair]:
    """Turn the picture by 0, 90, 180 or 270 degrees counter-clockwise; the label is the turn.

    all_turns: give all four turns of each picture, not one drawn at random

    The central square is cut first, since the shape of a picture would name its turn; from an untouched JPEG it is
    cut along the blocks of the encoding, whose phase would name it too. Turns are exact. The notes give the square
    in the source (left, top, side).

    Source: Gidaris, Singh and Komodakis, Unsupervised representation learning by predicting image rotations, ICLR 2018.
    """
    left, top, side = central_square(picture.width, picture.height, picture.grid)
    square = picture.pixels[top : top + side, left : left + side]
    turns = range(4) if all_turns else [int(rng.integers(4))]
    notes = {"left": left, "top": top, "side": side}
    return [Pair(Picture(turn(square, quarters)), Category(quarters, TURNS), notes) for quarters in turns]
