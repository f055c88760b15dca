"""Masked-tubes: give back patches that are blanked in all frames of a clip."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.errors import Skip
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.image.masks import Box, Fill, filled, random_patches
from sslabel.transforms.video.motion import LEAST, gate
from sslabel.transforms.video.sampling import drawn, times_of, whole_steps
from sslabel.values import Clip, Mask, Pair, Picture, Value

if TYPE_CHECKING:
    from numpy.random import Generator


def _window(*, frames: int, stride: float, **_: object) -> tuple[int, float]:
    return frames, (frames - 1) * stride


def _refuses(*, frames: int, tubelet: int, **_: object) -> str | None:
    return f"{frames} frames are no whole number of tubelets of {tubelet}" if frames % tubelet else None


@task(
    "video",
    needs={"order", "timing", "geometry", "size", "color"},
    lossless=True,
    refuses=_refuses,
    window=_window,
)
def masked_tubes(  # noqa: PLR0913 - what is hidden, how much, and what stands there
    clip: Clip,
    rng: Generator,
    *,
    frames: Annotated[int, Between(2, 256)] = 16,
    stride: Annotated[float, Between(0, 60)] = 0.134,
    patch: Annotated[int, Between(1)] = 16,
    tubelet: Annotated[int, Between(1, 256)] = 2,
    ratio: Annotated[float, Between(0, 1)] = 0.9,
    fill: Fill = "mean",
    motion: Annotated[float, Between(0, 255)] = LEAST / 2,
) -> Pair:
    """Blank most patches of a clip, the same in every frame; the label is the clip.

    frames: how many there are
    stride: seconds from one to the next, rounded down to whole frames; 0 takes every frame
    patch: side of a patch in pixels
    tubelet: frames that a token of the model spans, to count the hidden ones by
    ratio: share of the patches that is hidden
    fill: what stands in hidden patches: mean (ImageNet's mean colour, 123, 117, 104), black or noise
    motion: least difference between any two of the frames, of 255, in the sixteenth of the picture that moves most

    The mask has one pixel a patch and holds for all frames. The number of hidden patches is exact, rounded down: of
    196 they are 176 in each of 8 slices of 2 frames, 1408 of 1568 tokens; at least one is hidden and one is visible.
    The stride is that of every fourth frame at 30 a second; published are every fourth frame (Kinetics) and every
    second one (Something-Something, at 12 a second). Frames that are no whole number of patches are cut to one,
    centrally. Outside hidden patches the input is the label, exactly. The notes give the cut in the source (left,
    top), the side of a patch, how many patches of a frame are hidden (hidden) and how many tokens of all
    (hidden_tokens, tokens), and the frames' seconds in the file (times). The least motion is half of what tasks on
    the order of frames ask for, as slow films do here.

    Source: Tong et al., VideoMAE, NeurIPS 2022.
    """
    rows, columns = clip.height // patch, clip.width // patch
    if rows * columns < 2:  # noqa: PLR2004 - one to hide and one to see
        msg = "fewer than two patches"
        raise Skip(msg)
    numbers = drawn(clip, rng, frames, whole_steps(clip, stride))
    gate(clip, numbers, motion)
    count = hidden_patches(rows * columns, ratio)
    grid = random_patches(rows, columns, count, rng)
    box = Box((clip.width - columns * patch) // 2, (clip.height - rows * patch) // 2, columns * patch, rows * patch)
    whole = box[2:] == (clip.width, clip.height)
    label = Clip(
        [clip[number] if whole else Picture(box.of(clip[number].pixels)) for number in numbers],
        [clip.times[number] for number in numbers],
    )
    hole = grid.repeat(patch, axis=0).repeat(patch, axis=1)
    inputs: dict[str, Value] = {
        "": Clip([Picture(filled(frame.pixels, hole, fill, rng)) for frame in label.frames], label.times),
        "mask": Mask(grid.view(np.uint8) * np.uint8(255)),
    }
    slices = frames // tubelet
    notes = {"left": box.left, "top": box.top, "patch": patch, "hidden": count}
    tokens = {"hidden_tokens": slices * count, "tokens": slices * rows * columns}
    return Pair(inputs, label, {**notes, **tokens, "times": times_of(clip, numbers)})


def hidden_patches(patches: int, ratio: float) -> int:
    """How many of the patches of a frame are hidden: the share, rounded down, but never none and never all."""
    # As it was typed: 0.29 of 100 patches are 29, though as a binary fraction it is less.
    return min(max(math.floor(patches * Fraction(str(ratio))), 1), patches - 1)
