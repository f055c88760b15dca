"""Fill a hole in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import numpy as np

from sslabel.errors import Skip
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.image.masks import (
    Box,
    Fill,
    box_around,
    brush_strokes,
    brush_strokes_over,
    central_box,
    filled,
    random_box,
    smooth_region,
)
from sslabel.values import Mask, Pair, Picture, Value

if TYPE_CHECKING:
    from numpy.random import Generator

    from sslabel.transforms.image.masks import Hole

Ratio: TypeAlias = Literal["any", "0.01..0.1", "0.1..0.2", "0.2..0.3", "0.3..0.4", "0.4..0.5", "0.5..0.6"]


@task("image", needs={"geometry", "size", "color"}, smallest=16, lossless=True)
def inpaint(  # noqa: PLR0913 - what is cut, how, and what is asked for
    picture: Picture,
    rng: Generator,
    *,
    mask: Literal["center", "random", "brush", "box"] = "center",
    fill: Fill = "mean",
    as_: Literal["full", "hole"] = "full",
    overlap: Annotated[int, Between(0)] = 0,
    ratio: Ratio = "any",
) -> Pair:
    """Cut a hole into the picture; the label is what stood there.

    mask: center (half the height and half the width), random (smooth blobs over 20 to 30 % of the area), brush
      (zigzag strokes) or box (a box anywhere)
    fill: what stands in the hole: mean (ImageNet's mean colour, 123, 117, 104), black or noise
    as: full (the label is the whole picture) or hole (the smallest box that holds the hole)
    overlap: pixels along each side of a center or a box that stay visible, though they belong to the label's box;
      Pathak et al. have 4 of them in 128
    ratio: share of the picture that brush hides: any (one to three strokes), or as many strokes as it takes

    The mask has the size of the picture. Outside it the input is the picture, exactly; inside it nothing of the
    picture is left, and since any fill may also occur in pictures, the mask alone says what is hidden. The notes
    give the hole's box in the picture, overlap included (left, top, width, height), and the share that is hidden
    (ratio).

    Source: Pathak et al., Context encoders, CVPR 2016 (center, random); Yu et al., Free-form image inpainting with
    gated convolution, ICCV 2019 (brush, box); Liu et al., Image inpainting for irregular holes, ECCV 2018 (ratio).
    """
    hole, box = _cut(mask, picture, overlap, ratio, rng)
    original = picture.pixels
    label = picture if as_ == "full" else Picture(box.of(original))
    inputs: dict[str, Value] = {
        "": Picture(filled(original, hole, fill, rng)),
        "mask": Mask(hole.view(np.uint8) * np.uint8(255)),
    }
    return Pair(inputs, label, {**box._asdict(), "ratio": int(np.count_nonzero(hole)) / hole.size})


def _cut(mask: str, picture: Picture, overlap: int, ratio: Ratio, rng: Generator) -> tuple[Hole, Box]:
    """The hole, and the box that holds it, with the overlap."""
    height, width = picture.height, picture.width
    if mask in ("center", "box"):
        box = central_box(height, width) if mask == "center" else random_box(height, width, rng)
        hole = box.inset(overlap).hole(height, width)
        if not hole.any():
            msg = "the overlap leaves nothing hidden"
            raise Skip(msg)
        return hole, box
    if mask == "random":
        found = smooth_region(height, width, rng)
    elif ratio == "any":
        found = brush_strokes(height, width, rng)
    else:
        low, high = map(float, ratio.split(".."))
        found = brush_strokes_over(height, width, low, high, rng)
    if found is None or found.all():
        msg = "no hole of the wanted size was found"
        raise Skip(msg)
    return found, box_around(found)
