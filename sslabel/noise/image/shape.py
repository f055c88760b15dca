"""Noises on shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.geometry import tilt
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
