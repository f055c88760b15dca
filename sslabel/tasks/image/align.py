"""Tell how far the corners of a patch have moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.errors import Skip
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.image.warp import draw_offsets, homography, view
from sslabel.values import Numbers, Pair, Picture

if TYPE_CHECKING:
    from numpy.random import Generator

    from sslabel.values import Pixels

_STILL = np.eye(3)
_TRIES = 8
_LEAST_CONTRAST = 3.0


@task("image", needs={"geometry", "size"}, smallest=16, fits={"short", "crop", "stretch"})
def align(
    picture: Picture,
    rng: Generator,
    *,
    patch: Annotated[int, Between(16, 2048)] = 128,
    max_shift: Annotated[int, Between(0, 1024)] = 32,
    supersample: Annotated[int, Between(1, 8)] = 1,
) -> Pair:
    """Show a patch and the same patch seen through a homography; the label is how its four corners moved.

    patch: side of both patches
    max_shift: a corner moves by at most so many pixels of the patch, left or right and up or down
    supersample: show both patches at 1/supersample of the picture's size, so that both are resampled alike; at 1, as
      published, the fixed patch is cut out and the moved one alone is interpolated

    The label is 4×2 float32: the offsets (x, y) of the top left, top right, bottom right and bottom left corner,
    whole numbers drawn uniformly. With H the homography that takes each corner c of the patch (pixel centres, 0 and
    patch - 1) to c + offset, moved(q) = fixed(H·q): the moved patch's corners show what stands at the fixed patch's
    corners plus their offsets. Equal offsets (x, y) make moved(q) = fixed(q + (x, y)). The moved patch is warped from
    the whole picture and has no empty border. The notes give the fixed patch in the source (left, top, side).

    Pictures below (patch + 2·max_shift)·supersample pixels are skipped, and so are those in which eight places drawn
    at random are plain. Of a large picture a patch shows little: the paper first makes its pictures 240 pixels high,
    as `--size 240` does, and grey, while colour is kept here.

    The moved patch by itself tells a little of its label: it is softer where it is magnified, and the blocks of a
    JPEG are warped with it. From the sharpness of its parts a linear probe explains 8 % of the offsets' variance in
    photographs of 240 pixels; with `supersample=2` and twice their size it is 2 %.

    Source: DeTone, Malisiewicz and Rabinovich, Deep image homography estimation, 2016.
    """
    needed = supersample * (patch + 2 * max_shift)
    if min(picture.width, picture.height) < needed:
        msg = f"smaller than {needed} pixels"
        raise Skip(msg)
    for _ in range(_TRIES):
        left = supersample * max_shift + int(rng.integers(picture.width - needed + 1))
        top = supersample * max_shift + int(rng.integers(picture.height - needed + 1))
        fixed = view(picture.pixels, _STILL, (left, top), patch, supersample)
        if _has_contrast(fixed):
            break
    else:
        msg = f"plain: {_TRIES} patches without any contrast"
        raise Skip(msg)
    offsets = draw_offsets(patch, max_shift, rng)
    moved = view(picture.pixels, homography(patch, offsets), (left, top), patch, supersample)
    notes = {"left": left, "top": top, "side": supersample * patch}
    return Pair({"fixed": Picture(fixed), "moved": Picture(moved)}, Numbers(offsets.astype(np.float32)), notes)


def _has_contrast(pixels: Pixels) -> bool:
    import cv2

    # Grain and the steps of a JPEG stay below this in an evenly lit sky or wall.
    _, deviations = cv2.meanStdDev(pixels)
    return bool(deviations.max() >= _LEAST_CONTRAST)
