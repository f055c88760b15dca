"""Middle-frame: from the frames before and after a gap, those in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.errors import Skip
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.video.motion import LEAST, gate, thumbnails
from sslabel.transforms.video.sampling import drawn, refuse_uneven, times_of, whole_steps
from sslabel.values import Clip, Pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator


def _window(*, context: int, gap: int, stride: float, **_: object) -> tuple[int, float]:
    count = 2 * context + gap
    return count, (count - 1) * stride


@task("video", needs={"order", "timing", "geometry", "size", "color"}, window=_window)
def middle_frame(  # noqa: PLR0913 - what is shown, what is asked for, and what is refused
    clip: Clip,
    rng: Generator,
    *,
    gap: Annotated[int, Between(1, 64)] = 1,
    context: Annotated[int, Between(1, 32)] = 1,
    stride: Annotated[float, Between(0, 60)] = 0.0,
    motion: Annotated[float, Between(0, 255)] = LEAST,
    most: Annotated[float, Between(0, 255)] = 15.0,
) -> Pair:
    """Predict the frames of a gap from those before and after it.

    gap: frames that are left out; of several, the labels are `label_0` and so on
    context: frames that are shown on either side
    stride: seconds from one frame to the next, rounded down to whole frames; 0 takes every frame
    motion: least difference between any two of the frames, of 255, in the sixteenth of the picture that moves most
    most: greatest difference between one frame and the next, of 255, on average over the picture

    `input_0` and so on are the frames before and then those after the gap. All frames, shown or not, stand evenly in
    time, so that the label of one is in the middle; windows in which they do not are skipped. With the defaults the
    pair is the triplet of Vimeo-90K, with a context of 3 its septuplet. Motion is judged by how far frames differ as
    they are, not by optical flow. The `times` in the meta data are the seconds of all frames in the file, in order.

    Source: Xue et al., Video enhancement with task-oriented flow, IJCV 2019.
    """
    numbers = drawn(clip, rng, 2 * context + gap, whole_steps(clip, stride))
    refuse_uneven(clip, numbers)
    gate(clip, numbers, motion)
    _refuse_large(clip, numbers, most)
    shown, hidden = numbers[:context] + numbers[context + gap :], numbers[context : context + gap]
    label = clip[hidden[0]] if gap == 1 else clip.take(hidden)
    return Pair(clip.take(shown), label, {"times": times_of(clip, numbers)})


def _refuse_large(clip: Clip, numbers: Sequence[int], most: float) -> None:
    if (np.abs(np.diff(thumbnails(clip, numbers), axis=0)).mean(axis=(1, 2)) > most).any():
        msg = "the motion is too large"
        raise Skip(msg)
