"""Whether a clip moves, and moves on: what no task on the order of frames can learn from is told apart here.

All is judged on thumbnails of 64×64 luma, in steps of 8 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from sslabel.errors import Skip
from sslabel.values import Clip

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLACK = 24
"""A frame of which 98 % is no brighter than this shows nothing."""
CUT, CUT_OVER = 24.0, 4.0
"""A new scene differs from the frame before by so much on average, and so many times more than its neighbours do."""


def thumbnails(clip: Clip, numbers: Sequence[int]) -> NDArray[np.int16]:
    """N×64×64 int16 luma of some frames."""
    return np.stack([clip[number].thumbnail for number in numbers]).astype(np.int16)


def refuse_still(clip: Clip, numbers: Sequence[int], least: float) -> None:
    """Skip where some frames of a clip do not differ, by `least` on average, each from each.

    So no two orders of them look the same: neither where nothing moves, nor where frames are repeated, nor where a
    movement comes back to where it was.
    """
    small = thumbnails(clip, numbers)
    if (np.quantile(small, 0.98, axis=(1, 2)) <= BLACK).any():
        msg = "a black frame"
        raise Skip(msg)
    apart = np.abs(small[:, None] - small[None]).mean(axis=(2, 3))
    beside = apart[np.arange(len(small) - 1), np.arange(1, len(small))]
    if (beside < least).all():
        msg = "nothing moves"
    elif (beside < least).any():
        msg = "a frame is repeated"
    elif (apart[~np.eye(len(small), dtype=bool)] < least).any():
        msg = "the motion comes back to where it was"
    else:
        return
    raise Skip(msg)


def refuse_cuts(clip: Clip, numbers: Sequence[int]) -> None:
    """Skip where the scene changes between the first and the last of some frames."""
    small = thumbnails(clip, range(min(numbers), max(numbers) + 1))
    steps: list[float] = np.abs(np.diff(small, axis=0)).mean(axis=(1, 2)).tolist()
    for number, step in enumerate(steps):
        around = steps[max(0, number - 3) : number] + steps[number + 1 : number + 4]
        if step >= CUT and step >= CUT_OVER * max(median(around) if around else 0.0, 1.0):
            msg = "a scene cut"
            raise Skip(msg)


def gate(clip: Clip, numbers: Sequence[int], least: float) -> None:
    """Skip what is no good for any task on the order of frames: stills, repeats, returns, black frames, cuts."""
    refuse_still(clip, numbers, least)
    refuse_cuts(clip, numbers)
