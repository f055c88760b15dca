"""Give a small picture its detail back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sslabel.errors import Skip
from sslabel.registry import task
from sslabel.transforms.image import degrade
from sslabel.values import Pair, Picture

if TYPE_CHECKING:
    from numpy.random import Generator

_LEAST = 4


@task("image", needs={"geometry", "size"}, smallest=2 * _LEAST, lossless=True)
def super_resolution(
    picture: Picture,
    rng: Generator,
    *,
    scale: Literal[2, 3, 4, 8] = 4,
    degradation: Literal["bicubic", "real"] = "bicubic",
    sharpen: bool = False,
) -> Pair:
    """Make the picture small; the label is the picture at its size.

    scale: how many times smaller the input is
    degradation: bicubic (antialiased, as the benchmarks shrink their pictures) or real (blur, resize, noise and JPEG,
      twice over, all of it drawn anew for each pair: the second-order degradation of Real-ESRGAN)
    sharpen: sharpen the picture first by unsharp masking, as Real-ESRGAN does with its ground truth; input and label
      are then both made from the sharpened picture

    The label is cut at the right and below to a multiple of the scale; the input's pixel (x, y) shows the scale×scale
    block of the label that begins at (scale·x, scale·y). The notes say how many columns and rows were cut, and which
    steps made the input, in their order. Both are written as PNG unless asked otherwise. Pictures that would be
    smaller than 4 pixels are skipped: the bicubic kernel is 4 pixels wide.

    Source: Wang, Xie, Dong and Shan, Real-ESRGAN: training real-world blind super-resolution with pure synthetic data,
      ICCV workshops 2021.
    """
    if min(picture.width, picture.height) < _LEAST * scale:
        msg = f"smaller than {_LEAST * scale} pixels"
        raise Skip(msg)
    if degradation == "real" and max(picture.width, picture.height) > degrade.LARGEST_SIDE:
        msg = f"longer than {degrade.LARGEST_SIDE} pixels, too long for the JPEG that it becomes on the way"
        raise Skip(msg)
    right, below = picture.width % scale, picture.height % scale
    label = picture
    if right or below:
        label = Picture(picture.pixels[: picture.height - below, : picture.width - right])
    if sharpen:
        label = Picture(degrade.sharpen(label.pixels))
    if degradation == "bicubic":
        input_, done = degrade.shrink(label.pixels, scale), "bicubic"
    else:
        steps = degrade.draw_degradation(label.width, label.height, scale, rng)
        input_, done = degrade.degrade(label.pixels, steps, rng), " > ".join(map(str, steps))
    return Pair(Picture(input_), label, {"cut_right": right, "cut_below": below, "degradation": done})
