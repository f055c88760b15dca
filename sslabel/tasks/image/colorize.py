"""Give a grey picture its colours back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from sslabel.errors import Skip
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.image.color import ab_centers, ab_classes, is_grey, reduced_ab, to_lab
from sslabel.values import ClassMap, Numbers, Pair, Picture

if TYPE_CHECKING:
    from numpy.random import Generator


def _classes_file(*, as_: str, **_: Any) -> dict[str, bytes]:  # noqa: ANN401 - the other options
    """The table that the class map needs to be understood."""
    if as_ != "bins":
        return {}
    return {"ab_classes.json": json.dumps({"ab": ab_centers().tolist()}, separators=(",", ":")).encode() + b"\n"}


@task("image", needs={"geometry", "size", "color"}, beside=_classes_file)
def colorize(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - nothing is drawn
    *,
    as_: Literal["rgb", "ab", "bins"] = "rgb",
    ab_scale: Annotated[int, Between(1, 64)] = 4,
) -> Pair:
    """Take the colour away; the label is the picture in colour.

    as: rgb (the input is the Rec. 601 luma, the label the picture), ab (the input is Lab L, the label the a and b
      channels as numbers) or bins (the input is Lab L, the label a map of the 313 colour classes)
    ab_scale: a and b are means over blocks of this many pixels a side

    With ab and bins the input's grey is L·255/100, rounded. With ab the label is ⌈H/ab_scale⌉×⌈W/ab_scale⌉×2
    float32 (a, b); with bins it is a 16-bit grey picture of that size, each pixel a class from 0 to 312, and
    `ab_classes.json` beside the data gives the classes' centres. Grey pictures are skipped: their |a| and |b| are
    nowhere above 5, judged at an eighth of the size.

    Source: Zhang, Isola and Efros, Colorful image colorization, ECCV 2016.
    """
    if is_grey(picture):
        msg = "grey: no |a| or |b| above 5"
        raise Skip(msg)
    if as_ == "rgb":
        return Pair(Picture(picture.luma), picture)
    lab = to_lab(picture.rgb)
    grey = Picture(np.rint(lab[:, :, 0] * np.float32(2.55)).clip(0, 255).astype(np.uint8))
    ab = reduced_ab(lab, ab_scale)
    return Pair(grey, Numbers(ab) if as_ == "ab" else ClassMap(ab_classes(ab)))
