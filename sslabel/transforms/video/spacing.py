"""How far apart in time the frames of a window stand: whole frames, and evenly."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sslabel.errors import Skip
from sslabel.values import Clip

_NEARLY = 0.1  # of the distance between two frames
_ROUNDING = 1.1e-3  # seconds; many containers store whole milliseconds


def whole_steps(clip: Clip, stride: float) -> float:
    """The seconds of as many whole frames as a stride holds, at least of one: of 0.1 s at 25 frames a second, 0.08.

    A stride that is no whole number of frames would be now one frame longer, now one shorter.
    """
    if len(clip) == 1:
        return 0.0
    steps = np.sort(np.diff(clip.times))
    usual = steps[(len(steps) - 1) // 2]
    # The mean of those that rounding alone makes differ: the median of 33, 33 and 34 ms would soon be a frame off.
    step = float(steps[np.abs(steps - usual) <= max(_NEARLY * usual, _ROUNDING)].mean())
    return step * max(1, math.floor(stride / step + _NEARLY))


def refuse_uneven(clip: Clip, numbers: Sequence[int]) -> None:
    """Skip where frames do not stand evenly in time, to a tenth of the distance between two."""
    times = np.array([clip.times[number] for number in numbers])
    even = np.linspace(times[0], times[-1], len(times))
    if (np.abs(times - even) > _NEARLY * (even[1] - even[0])).any():
        msg = "the frames are not evenly spaced in time"
        raise Skip(msg)
