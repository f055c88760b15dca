"""A camera that is not held still."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.video.courses import walk, wave
from sslabel.values import Clip, Picture

if TYPE_CHECKING:
    from numpy.random import Generator


@noise("video", alters={"geometry"})
def shake(
    clip: Clip,
    rng: Generator,
    *,
    style: Literal["walk", "wave"] = "walk",
    distance: Annotated[float, Between(0, 0.25)] = span(0.005, 0.02),
    period: Annotated[float, Between(2, 10_000)] = span(6.0, 24.0),
) -> Clip:
    """Shake the camera: each frame is shifted a little, by fractions of a pixel.

    style: walk (to and fro at random, as of a hand) or wave (round and round, as of a motor)
    distance: how far a frame is shifted at most, each way, as a share of the shorter side
    period: frames that a wave takes for a round; a walk is about as fast

    All frames are enlarged alike, just so far that no empty border ever shows. Interpolation is bicubic.
    """
    reach = distance * (min(clip.width, clip.height) - 1)
    if reach == 0:
        return clip
    course = walk if style == "walk" else wave
    x, y = (reach * course(rng, len(clip), period) for _ in range(2))
    part = 1 - 2 * distance
    return clip.changed_each([partial(_seen, part=part, x=left, y=top) for left, top in zip(x, y, strict=True)])


def _seen(picture: Picture, part: float, x: float, y: float) -> Picture:
    """A part of a picture, its middle off by (x, y) pixels, at the size of the whole."""
    import cv2

    middle = (np.array((picture.width, picture.height)) - 1) / 2
    matrix = np.column_stack((np.eye(2) * part, (1 - part) * middle + (x, y)))
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    # Nothing but the kernel's own reach can touch the border; there the picture is mirrored.
    seen: Any = cv2.warpAffine(
        picture.pixels, matrix, (picture.width, picture.height), flags=how, borderMode=cv2.BORDER_REFLECT_101
    )
    return Picture(seen)
