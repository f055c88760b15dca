"""Noises that cover parts of the picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.masks import Fill, covering
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator

    from sslabel.values import Pixels

_TRIES = 10
_FINE = 4  # a line's place in sixteenths of a pixel


def _covered(pixels: Pixels, top: int, bottom: int, left: int, right: int, fill: Fill, rng: Generator) -> Pixels:  # noqa: PLR0913, PLR0917 - a box
    covered = pixels.copy()
    box = covered[top:bottom, left:right]
    box[:] = covering(box.shape, fill, rng)
    return covered


@noise("image")
def cutout(
    picture: Picture,
    rng: Generator,
    *,
    size: Annotated[float, Between(0, 2)] = 0.25,
    fill: Fill = "mean",
) -> Picture:
    """Cover a square.

    size: its side, as a share of the picture's shorter one
    fill: mean (ImageNet's), black, or noise (uniform, each value of its own)

    Its centre lies anywhere in the picture, so that a part of it may lie outside (DeVries and Taylor, 2017, who took
    0.5 for CIFAR-10 and 0.25 for CIFAR-100).
    """
    height, width = picture.pixels.shape[:2]
    side = round(size * min(height, width))
    if side == 0:
        return picture
    top, left = int(rng.integers(height)) - side // 2, int(rng.integers(width)) - side // 2
    edges = max(top, 0), min(top + side, height), max(left, 0), min(left + side, width)
    return Picture(_covered(picture.pixels, *edges, fill, rng))


@noise("image")
def erase(
    picture: Picture,
    rng: Generator,
    *,
    area: Annotated[float, Between(0, 1)] = span(0.02, 0.4),
    fill: Fill = "noise",
) -> Picture:
    """Cover a rectangle.

    area: its share of the picture
    fill: mean (ImageNet's), black, or noise (uniform, each value of its own)

    Its ratio of height to width is between 0.3 and 1/0.3, log-uniform, and it lies inside. Where ten draws do not
    fit, the picture stays as it is (Zhong et al., Random erasing, AAAI 2020).
    """
    height, width = picture.pixels.shape[:2]
    if area == 0:
        return picture
    for _ in range(_TRIES):
        ratio = math.exp(rng.uniform(math.log(0.3), -math.log(0.3)))
        down, across = round(math.sqrt(area * height * width * ratio)), round(math.sqrt(area * height * width / ratio))
        if 0 < down < height and 0 < across < width:
            top, left = int(rng.integers(height - down + 1)), int(rng.integers(width - across + 1))
            return Picture(_covered(picture.pixels, top, top + down, left, left + across, fill, rng))
    return picture


@noise("image")
def scratches(picture: Picture, rng: Generator, *, count: Annotated[int, Between(0, 1000)] = span(1, 8)) -> Picture:
    """Scratch the picture as film is scratched: thin, bright or dark, nearly upright, wandering a little.

    count: how many scratches
    """
    height, width = picture.pixels.shape[:2]
    strokes = []
    for _ in range(count):
        steps = np.linspace(0, 1, 9)
        top = rng.uniform(-0.3, 0.7)
        y = (top + steps * rng.uniform(0.3, 1.3)) * height
        x = rng.uniform(0, width) + rng.uniform(-0.05, 0.05) * width * steps + rng.normal(0, 0.004 * width, 9).cumsum()
        strokes.append((np.column_stack([x, y]), int(rng.choice((20, 235))), 1 + int(rng.random() < 0.3)))  # noqa: PLR2004
    return _drawn(picture, strokes, 0.75)


@noise("image")
def lines(
    picture: Picture,
    rng: Generator,
    *,
    count: Annotated[int, Between(0, 1000)] = span(1, 4),
    width: Annotated[float, Between(0, 1)] = 0.01,
) -> Picture:
    """Draw straight lines of any colour across the picture.

    count: how many lines
    width: their width, as a share of the shorter side; at least a pixel

    Each goes through a point anywhere in the picture, at any angle.
    """
    height, across = picture.pixels.shape[:2]
    reach = math.hypot(height, across)
    thick = max(1, round(width * min(height, across)))
    strokes = []
    for _ in range(count):
        middle = rng.uniform(0, 1, 2) * (across, height)
        angle = rng.uniform(0, math.pi)
        way = reach * np.array([math.cos(angle), math.sin(angle)])
        color = rng.integers(0, 256, 3).tolist()
        shade: Any = tuple(color) if picture.pixels.ndim == 3 else color[0]  # noqa: PLR2004 - H, W and channels
        strokes.append((np.stack([middle - way, middle + way]), shade, thick))
    return _drawn(picture, strokes, 1.0)


def _drawn(picture: Picture, strokes: list[tuple[Any, Any, int]], opacity: float) -> Picture:
    """Polylines (points (x, y), colour, width in pixels) drawn over the picture with soft edges."""
    if not strokes:
        return picture
    import cv2

    canvas = picture.pixels.copy()
    for points, color, thick in strokes:
        shade = color if isinstance(color, tuple) else (color,) * 3
        places = np.rint(points * (1 << _FINE)).astype(np.int32)[:, None]
        cv2.polylines(canvas, [places], False, shade, thick, cv2.LINE_AA, _FINE)
    return Picture(canvas if opacity == 1 else cv2.addWeighted(canvas, opacity, picture.pixels, 1 - opacity, 0))
