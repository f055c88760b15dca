"""Which frames of a clip a task takes: so many, so far apart, by their timestamps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from sslabel.errors import Skip
from sslabel.values import Clip

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

_TICK = 1e-6  # what timestamps may be off by in binary fractions
_NEARLY = 0.1  # of the distance between two frames
_ROUNDING = 1.1e-3  # seconds; many containers store whole milliseconds


def times_of(clip: Clip, numbers: Iterable[int]) -> str:
    """The seconds at which frames stand in the file, as a note: `0.04 0.08 0.12`."""
    return " ".join(f"{clip.times[number]:.6f}".rstrip("0").rstrip(".") for number in numbers)


def step_of(clip: Clip) -> float:
    """The seconds from one frame to the next, single gaps not counted; 0 for a single frame."""
    return _step_of(clip.times)


@lru_cache(maxsize=4)  # for each pair it is asked for several times
def _step_of(times: tuple[float, ...]) -> float:
    if len(times) == 1:
        return 0.0
    steps = sorted(later - time for time, later in pairwise(times))
    usual = steps[(len(steps) - 1) // 2]
    # The mean of those that rounding alone makes differ: the median of 33, 33 and 34 ms would soon be a frame off.
    return fmean(one for one in steps if abs(one - usual) <= max(_NEARLY * usual, _ROUNDING))


def whole_steps(clip: Clip, stride: float) -> float:
    """The seconds of as many whole frames as a stride holds, at least of one: of 0.1 s at 25 frames a second, 0.08.

    A stride that is no whole number of frames would be now one frame longer, now one shorter.
    """
    step = step_of(clip)
    return step * max(1, math.floor(stride / step + _NEARLY)) if step else 0.0


def refuse_uneven(clip: Clip, numbers: Sequence[int]) -> None:
    """Skip where frames do not stand evenly in time, to a tenth of the distance between two."""
    times = np.array([clip.times[number] for number in numbers])
    even = np.linspace(times[0], times[-1], len(times))
    if (np.abs(times - even) > _NEARLY * (even[1] - even[0])).any():
        msg = "the frames are not evenly spaced in time"
        raise Skip(msg)


def steps_in(clip: Clip, stride: float) -> int:
    """How many frames `stride` seconds apart the clip has room for; with stride 0, one behind another."""
    step = step_of(clip)
    if not step:
        return 1
    return int((clip.times[-1] - clip.times[0] + step / 2 + _TICK) // (stride or step)) + 1


def starts(clip: Clip, seconds: float) -> NDArray[np.int64]:
    """The frames that have at least so many seconds of the clip behind them."""
    times = np.asarray(clip.times)
    return np.flatnonzero(times + seconds <= times[-1] + step_of(clip) / 2 + _TICK)


def spaced(clip: Clip, start: int, count: int, stride: float) -> list[int]:
    """The `count` frames that stand `stride` seconds apart from a frame on; with stride 0 those one behind another.

    Skip where frames are missing, so that none stands within half a step of a time that is asked for.
    """
    return at_places(clip, start, range(count), stride)


def at_places(clip: Clip, start: int, places: Sequence[int], stride: float) -> list[int]:
    """As `spaced`, of the frames from one on those at some `places`, in ascending order.

    Example: places 0, 1, 5 with a stride of 0.1 are the frame itself and those 0.1 and 0.5 seconds behind it.
    """
    return _only(_rows(clip, np.array([start]), places, stride))[0]


def drawn(clip: Clip, rng: Generator, count: int, stride: float) -> list[int]:
    """As `spaced`, from a frame drawn among those from which it can be done."""
    return drawn_at(clip, rng, range(count), stride)


def drawn_at(clip: Clip, rng: Generator, places: Sequence[int], stride: float) -> list[int]:
    """As `at_places`, from a frame drawn among those from which it can be done."""
    count = places[-1] + 1
    if len(clip) < len(places):
        msg = f"fewer than {count} frames"
        raise Skip(msg)
    step = stride or step_of(clip)
    able = starts(clip, step * places[-1])
    if not len(able):
        msg = f"too short for {count} frames so far apart"
        raise Skip(msg)
    rows = _only(_rows(clip, able, places, stride))
    return rows[int(rng.integers(len(rows)))]


def _rows(clip: Clip, begins: NDArray[np.int64], places: Sequence[int], stride: float) -> NDArray[np.int64]:
    """From each of some frames, those nearest to the times asked for, as far as none is missing: N×places."""
    times = np.asarray(clip.times)
    step = step_of(clip)
    wanted = times[begins, None] + (stride or step) * np.asarray(places)
    right = np.clip(np.searchsorted(times, wanted), 1, max(1, len(times) - 1)).clip(max=len(times) - 1)
    left = np.maximum(right - 1, 0)
    # Of two that are as near, the earlier one, wherever in the film it is.
    rows = np.where(wanted - times[left] <= times[right] - wanted + _TICK, left, right)
    is_near = (np.abs(times[rows] - wanted) <= step / 2 + _TICK).all(axis=1)
    found: NDArray[np.int64] = rows[is_near & (np.diff(rows, axis=1) > 0).all(axis=1)]
    return found


def _only(rows: NDArray[np.int64]) -> list[list[int]]:
    if not len(rows):
        msg = "frames are missing in the window"
        raise Skip(msg)
    found: list[list[int]] = rows.tolist()
    return found
