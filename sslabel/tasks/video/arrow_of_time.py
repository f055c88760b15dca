"""Arrow-of-time: whether a clip runs forwards or backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.video.motion import LEAST, gate
from sslabel.transforms.video.sampling import drawn, times_of
from sslabel.values import Category, Clip, Pair

if TYPE_CHECKING:
    from numpy.random import Generator

DIRECTIONS = ("forward", "backward")


def _window(*, frames: int, stride: float, **_: object) -> tuple[int, float]:
    return frames, (frames - 1) * stride


@task("video", needs={"order", "timing"}, window=_window)
def arrow_of_time(
    clip: Clip,
    rng: Generator,
    *,
    frames: Annotated[int, Between(2, 64)] = 8,
    stride: Annotated[float, Between(0, 60)] = 0.1,
    motion: Annotated[float, Between(0, 255)] = LEAST,
) -> Pair:
    """Tell whether a clip runs forwards or backwards.

    frames: frames of a clip
    stride: seconds from one to the next; 0 takes every frame
    motion: least difference between any two of the frames, of 255, in the sixteenth of the picture that moves most

    Half of the clips run backwards. Windows are skipped in which frames differ too little, come back to where they
    were (a loop looks the same in both directions), or show nothing, and those with a cut, a fade, or a slow dissolve,
    which films have in one direction more often. What else tells the direction without being a movement stays in the
    picture: cut black bars off with `--crop-bars`, and give films at a smaller `--size` where their compression shows
    (a codec's key frames are sharper than those behind them) or where they are interlaced; a clock that is shown
    counts up. The `times` in the meta data are the seconds of the frames in the file, as they stand in the input.

    Source: Pickup et al., Seeing the arrow of time, CVPR 2014; Wei et al., Learning and using the arrow of time,
    CVPR 2018.
    """
    numbers = drawn(clip, rng, frames, stride)
    gate(clip, numbers, motion)
    backward = int(rng.integers(2))
    shown = numbers[::-1] if backward else numbers
    return Pair(clip.take(shown), Category(backward, DIRECTIONS), {"times": times_of(clip, shown)})
