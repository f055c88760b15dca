"""Next-frame: from the frames so far, the one that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.video.motion import LEAST, gate
from sslabel.transforms.video.sampling import drawn, times_of, whole_steps
from sslabel.values import Clip, Pair

if TYPE_CHECKING:
    from numpy.random import Generator


def _window(*, context: int, stride: float, **_: object) -> tuple[int, float]:
    return context + 1, context * stride


@task("video", needs={"order", "timing", "geometry", "size", "color"}, window=_window)
def next_frame(
    clip: Clip,
    rng: Generator,
    *,
    context: Annotated[int, Between(1, 64)] = 4,
    stride: Annotated[float, Between(0, 60)] = 0.0,
    motion: Annotated[float, Between(0, 255)] = LEAST,
) -> Pair:
    """Predict the frame that follows on the ones shown.

    context: frames that are shown; 4 as Mathieu et al. have it, 10 is usual too
    stride: seconds from one frame to the next, rounded down to whole frames; 0 takes every frame
    motion: least difference between any two of the frames, of 255, in the sixteenth of the picture that moves most

    `input_0` and so on are frames in the order of time, `label` is the one that follows. The `times` in the meta data
    are their seconds in the file, the label's last.

    Source: Mathieu, Couprie and LeCun, Deep multi-scale video prediction beyond mean square error, ICLR 2016; Lotter,
    Kreiman and Cox, Deep predictive coding networks (PredNet), ICLR 2017 (10 frames).
    """
    numbers = drawn(clip, rng, context + 1, whole_steps(clip, stride))
    gate(clip, numbers, motion)
    shown = clip.take(numbers[:-1])
    return Pair(shown, clip[numbers[-1]], {"times": times_of(clip, numbers)})
