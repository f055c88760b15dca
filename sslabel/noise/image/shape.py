"""Noises on shape and place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.displace import parts_shifted, quad_to_full, shifted
from sslabel.transforms.image.geometry import resample, tilt
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator


@noise("image", alters={"geometry"})
def rotate(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the angle is drawn as an option
    *,
    degrees: Annotated[float, Between(-45, 45)] = span(-10.0, 10.0),
) -> Picture:
    """Turn by a small angle, enlarged just so far that no corner is empty.

    degrees: the angle, counter-clockwise

    The size stays, and so does the centre. No corner is black and no border is mirrored, so nothing but the picture
    itself tells the angle.
    """
    return picture if degrees == 0 else Picture(tilt(picture.pixels, degrees))


@noise("image", alters={"geometry"})
def flip(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the direction is given
    *,
    direction: Literal["horizontal", "vertical"] = "horizontal",
) -> Picture:
    """Mirror the picture.

    direction: horizontal (left and right change places) or vertical
    """
    import cv2

    return Picture(cv2.flip(picture.pixels, 1 if direction == "horizontal" else 0))


@noise("image", alters={"geometry"})
def crop(picture: Picture, rng: Generator, *, area: Annotated[float, Between(0.01, 1)] = span(0.5, 1.0)) -> Picture:
    """Show a part of the picture, enlarged to the size of all of it.

    area: share of the area that the part has

    The part has the shape of the whole, and lies anywhere.
    """
    height, width = picture.pixels.shape[:2]
    side = math.sqrt(area)
    down, across = max(1, round(height * side)), max(1, round(width * side))
    if (down, across) == (height, width):
        return picture
    top, left = rng.integers(height - down + 1), rng.integers(width - across + 1)
    part = np.ascontiguousarray(picture.pixels[top : top + down, left : left + across])
    return Picture(resample(part, width, height))


@noise("image", alters={"geometry"})
def shift(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the way is drawn as options
    *,
    x: Annotated[float, Between(-1, 1)] = span(-0.1, 0.1),
    y: Annotated[float, Between(-1, 1)] = span(-0.1, 0.1),
) -> Picture:
    """Move the picture by whole pixels; what comes in at the edge is mirrored.

    x: way to the right, as a share of the width
    y: way down, as a share of the height
    """
    height, width = picture.pixels.shape[:2]
    across, down = round(x * width), round(y * height)
    return picture if across == 0 and down == 0 else Picture(shifted(picture.pixels, across, down))


@noise("image", alters={"geometry"})
def perspective(
    picture: Picture, rng: Generator, *, strength: Annotated[float, Between(0, 0.45)] = span(0.0, 0.15)
) -> Picture:
    """Show the picture as if the camera stood askew.

    strength: how far each corner may lie inside, as a share of the side

    Each corner of what is shown is drawn inside the picture, so that there is no empty border.
    """
    height, width = picture.pixels.shape[:2]
    if strength == 0 or min(height, width) < 2:  # noqa: PLR2004 - a single row has no corners
        return picture
    inward = rng.uniform(0, strength, (4, 2)) * (width - 1, height - 1)
    corners = np.array([(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)], np.float64)
    signs = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    return Picture(quad_to_full(picture.pixels, (corners + signs * inward).astype(np.float32)))


@noise("image", alters={"geometry"})
def misalign(
    picture: Picture,
    rng: Generator,
    *,
    parts: Literal["channels", "rows", "tiles"] = "channels",
    distance: Annotated[int, Between(0, 1000)] = span(1, 4),
    size: Annotated[int, Between(1, 10_000)] = 16,
) -> Picture:
    """Put parts of the picture out of place, each by a way of its own.

    parts: channels (red and blue against green), rows (bands, sideways) or tiles (squares, both ways)
    distance: the farthest that a part is moved, in pixels
    size: height of the bands, side of the tiles

    Ways are whole pixels, uniform from -distance to distance. What comes in at an edge is mirrored.
    """
    if distance == 0:
        return picture
    pixels = picture.pixels
    height, width = pixels.shape[:2]
    if parts == "channels":
        if pixels.ndim == 2:  # noqa: PLR2004 - a grey picture has one
            return picture
        ways = rng.integers(-distance, distance + 1, (2, 2))
        red, blue = (shifted(pixels[:, :, channel], *way) for channel, way in zip((0, 2), ways.tolist(), strict=True))
        return Picture(np.dstack([red, pixels[:, :, 1], blue]))
    bands, columns = -(-height // size), -(-width // size)
    row = np.arange(height) // size
    if parts == "rows":
        return Picture(parts_shifted(pixels, rng.integers(-distance, distance + 1, bands)[row][:, None], 0))
    ways = rng.integers(-distance, distance + 1, (2, bands, columns))
    x, y = ways[:, row[:, None], (np.arange(width) // size)[None, :]]
    return Picture(parts_shifted(pixels, x, y))
