"""Which frames of a clip a task takes: so many, so far apart, by their timestamps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sslabel.errors import Skip
from sslabel.values import Clip

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

_TICK = 1e-6  # what timestamps may be off by in binary fractions


def times_of(clip: Clip, numbers: Iterable[int]) -> str:
    """The seconds at which frames stand in the file, as a note: `0.04 0.08 0.12`."""
    return " ".join(f"{clip.times[number]:.6f}".rstrip("0").rstrip(".") for number in numbers)


def step_of(clip: Clip) -> float:
    """The seconds from one frame to the next: the median, so that single gaps do not count."""
    return float(np.median(np.diff(clip.times))) if len(clip) > 1 else 0.0


def starts(clip: Clip, seconds: float) -> NDArray[np.int64]:
    """The frames that have at least so many seconds of the clip behind them."""
    times = np.asarray(clip.times)
    return np.flatnonzero(times + seconds <= times[-1] + step_of(clip) / 2 + _TICK)


def spaced(clip: Clip, start: int, count: int, stride: float) -> list[int]:
    """The `count` frames that stand `stride` seconds apart from a frame on; with stride 0 those one behind another.

    Skip where frames are missing, so that none stands within half a step of a time that is asked for.
    """
    times = np.asarray(clip.times)
    step = step_of(clip)
    wanted = times[start] + (stride or step) * np.arange(count)
    right = np.clip(np.searchsorted(times, wanted), 1, max(1, len(times) - 1))
    numbers = np.where(wanted - times[right - 1] <= times[np.minimum(right, len(times) - 1)] - wanted, right - 1, right)
    numbers = np.minimum(numbers, len(times) - 1)
    if (np.abs(times[numbers] - wanted) > step / 2 + _TICK).any() or (np.diff(numbers) <= 0).any():
        msg = "frames are missing in the window"
        raise Skip(msg)
    found: list[int] = numbers.tolist()
    return found


def drawn(clip: Clip, rng: Generator, count: int, stride: float) -> list[int]:
    """As `spaced`, from a frame drawn among those that have enough of the clip behind them."""
    if len(clip) < count:
        msg = f"fewer than {count} frames"
        raise Skip(msg)
    able = starts(clip, (stride or step_of(clip)) * (count - 1))
    if not len(able):
        msg = f"shorter than {count} frames {stride:g} s apart"
        raise Skip(msg)
    return spaced(clip, int(able[rng.integers(len(able))]), count, stride)
