"""Odd-clip: of several short clips of one film, which has its frames out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.errors import Skip
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.video.motion import LEAST, gate
from sslabel.transforms.video.sampling import at_places, steps_in, times_of
from sslabel.values import Category, Clip, Pair

if TYPE_CHECKING:
    from numpy.random import Generator


def _window(*, clips: int, frames: int, stride: float, **_: object) -> tuple[int, float]:
    return clips * frames, (clips * frames - 1) * stride


@task("video", needs={"order", "timing", "count"}, window=_window)
def odd_clip(  # noqa: PLR0913 - its options
    clip: Clip,
    rng: Generator,
    *,
    clips: Annotated[int, Between(2, 64)] = 6,
    frames: Annotated[int, Between(3, 64)] = 6,
    stride: Annotated[float, Between(0, 60)] = 0.1,
    motion: Annotated[float, Between(0, 255)] = LEAST,
) -> Pair:
    """Tell which of several short clips of a film has its frames out of order.

    clips: how many clips are shown
    frames: frames of each
    stride: seconds from one frame to the next; 0 takes every frame
    motion: least difference between any two frames of a clip, of 255, in the sixteenth of the picture that moves most

    The clips (`input_0`, `input_1` and so on, their frames `input_0_0`, `input_0_1` ...) follow one another in the
    film, without a frame in common; by what a window (`--window`) is longer than they need, they are moved apart at
    random. The frames of one, drawn at random, are shuffled, into any order but the right one and its reverse. Windows
    are skipped where any of the clips, shuffled or not, has frames that differ too little, come back to where they
    were, or show nothing, or a cut, a fade, or a slow dissolve. In the meta data, `order` says which frame of the odd
    clip stands where, as numbers of their right places, and `times` are the seconds of all frames in the file, as
    they stand in the input.

    Source: Fernando et al., Self-supervised video representation learning with odd-one-out networks, CVPR 2017.
    """
    places = _places(steps_in(clip, stride), clips, frames, rng)
    numbers = at_places(clip, 0, places, stride)
    rows = [numbers[begin : begin + frames] for begin in range(0, len(numbers), frames)]
    for row in rows:
        gate(clip, row, motion)
    odd = int(rng.integers(clips))
    order = _shuffled(frames, rng)
    rows[odd] = [rows[odd][source] for source in order]
    shown = {str(place): clip.take(row) for place, row in enumerate(rows)}
    notes = {"times": times_of(clip, (number for row in rows for number in row)), "order": " ".join(map(str, order))}
    return Pair(shown, Category(odd, tuple(map(str, range(clips)))), notes)


def _places(steps: int, clips: int, frames: int, rng: Generator) -> list[int]:
    """Where in so many steps the frames of the clips lie; each way to lay them is as likely as the others."""
    spare = steps - clips * frames
    if spare < 0:
        msg = f"shorter than {clips} clips of {frames} frames"
        raise Skip(msg)
    # A clip counts as one of `clips + spare` places; those of the clips are drawn.
    begins = np.sort(rng.permutation(clips + spare)[:clips]) + np.arange(clips) * (frames - 1)
    places: list[int] = (begins[:, None] + np.arange(frames)).reshape(-1).tolist()
    return places


def _shuffled(frames: int, rng: Generator) -> list[int]:
    """An order of frames that is neither the right one nor its reverse."""
    right = list(range(frames))
    while (order := rng.permutation(frames).tolist()) in (right, right[::-1]):
        pass
    return list(order)
