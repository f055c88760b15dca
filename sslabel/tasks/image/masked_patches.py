"""Give blanked patches of a picture back."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import numpy as np

from sslabel.errors import Skip
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.image.masks import Box, Fill, block_patches, filled, random_patches
from sslabel.values import Mask, Pair, Picture, Value

if TYPE_CHECKING:
    from numpy.random import Generator

Style: TypeAlias = Literal["random", "block", "simmim"]

_PUBLISHED = {"random": (16, Fraction(3, 4)), "block": (16, Fraction(75, 196)), "simmim": (32, Fraction(3, 5))}
"""The side of a patch, and the share of patches that is hidden."""


@task("image", needs={"geometry", "size", "color"}, lossless=True)
def masked_patches(  # noqa: PLR0913 - what is hidden, how much, and what stands there
    picture: Picture,
    rng: Generator,
    *,
    style: Style = "random",
    patch: Annotated[Literal["published"] | int, Between(1)] = "published",
    ratio: Annotated[Literal["published"] | float, Between(0, 1)] = "published",
    fill: Fill = "mean",
) -> Pair:
    """Blank many of the patches of a picture; the label is the picture.

    style: random (MAE), block (BEiT: blocks of 16 patches or more) or simmim (random, of large patches)
    patch: side of a patch in pixels; published is 16, and 32 with simmim
    ratio: share of the patches that is hidden; published is 0.75 (147 of 196) with random, 75/196 with block and 0.6
      (22 of 36) with simmim
    fill: what stands in hidden patches: mean (ImageNet's mean colour, 123, 117, 104), black or noise

    The mask has one pixel a patch. The number of hidden patches is exact: with random the visible ones are rounded
    down, with block the hidden ones are, with simmim they are rounded up; at least one is hidden and one is visible.
    A picture that is no whole number of patches is cut to one, centrally. The notes give the cut in the source
    (left, top), the side of a patch and the number of hidden ones.

    Source: He et al., Masked autoencoders are scalable vision learners, CVPR 2022 (random); Bao et al., BEiT, ICLR
    2022 (block); Xie et al., SimMIM, CVPR 2022 (simmim).
    """
    side, share = _PUBLISHED[style]
    side = side if patch == "published" else patch
    # As it was typed: 0.9 of 100 patches are 90, though as a binary fraction it would be something else.
    share = share if ratio == "published" else Fraction(str(ratio))
    rows, columns = picture.height // side, picture.width // side
    if rows * columns < 2:  # noqa: PLR2004 - one to hide and one to see
        msg = "fewer than two patches"
        raise Skip(msg)
    count = hidden_patches(rows * columns, share, style)
    grid = (block_patches if style == "block" else random_patches)(rows, columns, count, rng)
    cut = _cut(picture, rows * side, columns * side)
    label = picture if cut[2:] == (picture.width, picture.height) else Picture(cut.of(picture.pixels))
    hole = grid.repeat(side, axis=0).repeat(side, axis=1)
    inputs: dict[str, Value] = {
        "": Picture(filled(label.pixels, hole, fill, rng)),
        "mask": Mask(grid.view(np.uint8) * np.uint8(255)),
    }
    return Pair(inputs, label, {"left": cut.left, "top": cut.top, "patch": side, "hidden": count})


def hidden_patches(patches: int, share: Fraction, style: Style) -> int:
    """How many of the patches a style hides, for the share that is wanted; never none and never all."""
    exact = patches * share
    # MAE rounds the visible patches down, so the hidden ones up, as SimMIM does.
    count = math.floor(exact) if style == "block" else math.ceil(exact)
    return min(max(count, 1), patches - 1)


def _cut(picture: Picture, height: int, width: int) -> Box:
    return Box((picture.width - width) // 2, (picture.height - height) // 2, width, height)
