"""Which frame stands where when frames are lost, held or out of time: as many as before, in order.

Each function gives, for every place of a clip, the index of the frame that stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sslabel.values import Clip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.intp]


def without(lost: NDArray[np.bool_]) -> Places:
    """The last frame so far that is not lost; before the first of those, that one. At least one is not lost.

    Example: lost 1 0 0 1 1 0 -> 1 1 2 2 2 5
    """
    left = np.flatnonzero(~lost)
    places: Places = left[np.maximum(np.searchsorted(left, np.arange(len(lost)), "right") - 1, 0)]
    return places


def holds(begins: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """The places where a frame before is still shown, `length` after each frame at which a hold may begin.

    None begins during another. Example: begins 0 1 1 0 0 1, length 2 -> 0 0 1 1 0 0
    """
    held = np.zeros(len(begins), np.bool_)
    free = 0
    for begin in np.flatnonzero(begins).tolist():
        if begin >= free:
            held[begin + 1 : begin + 1 + length] = True
            free = begin + 1 + length
    return held


def frozen(held: NDArray[np.bool_]) -> Places:
    """What is held covers the frames behind it, as if the film had gone on unseen; the first is never held."""
    return without(held)


def delayed(held: NDArray[np.bool_]) -> Places:
    """What is held puts off the frames behind it, so that the last ones fall off; the first is never held."""
    places: Places = np.cumsum(~held) - 1
    return places


def jittered(moves: NDArray[np.intp]) -> Places:
    """Each frame as far from its place as drawn, then put in order, which leaves none farther off than the farthest."""
    last = len(moves) - 1
    return np.sort(np.clip(np.arange(last + 1) + moves, 0, last))


def placed(clip: Clip, places: Sequence[int] | Places) -> Clip:
    """The frames in these places; the times stay, as a place is shown when it is, whatever stands there."""
    return Clip([clip[int(place)] for place in places], clip.times)
