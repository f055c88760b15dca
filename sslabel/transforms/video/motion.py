"""Whether a clip moves, and moves on: what no task on the order of frames can learn from is told apart here.

All is judged on thumbnails of 64×64 luma, blurred a little, so that grain and the codec's own noise do not count. How
much two frames differ is what is left of the one when the other, as bright and as rich in contrast as fits best, is
taken from it: light that changes is no motion. It is given in steps of 8 bits, as the mean over the sixteenth of the
picture where it is greatest, so that a small thing that moves counts as much in a large picture.

Grain of a standard deviation of 5 comes to less than 1, and a still at the worst usable quality of its codec to 1.4;
from one frame to the next, a pan over the picture's width in 25 seconds comes to 1.5 to 2, and a face that speaks to 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from sslabel.errors import Skip
from sslabel.values import Clip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shapes = NDArray[np.float32]

LEAST = 1.5
"""By default, two frames that differ by less are taken for one."""
REPEATED = 0.2
"""Where frames follow closely, a movement may be small between two; by less than this share of it they are repeated."""
BLACK, DARK, FLAT = 24, 0.98, 2.0
"""A frame shows nothing of which a share of DARK is no brighter than BLACK, or whose standard deviation is no more than
FLAT."""
CUT, CUT_OVER = 0.25, 4.0
"""At a cut the two frames before correlate with the two behind it by no more than 1 - CUT, and what is missing from 1
is so many times more than from frame to frame around it."""
SLOW = 1.0
"""Of a fade or a dissolve, so many seconds are looked at together."""
FADE, FADE_LIKE = 0.6, 0.9
"""In a fade, the contrast falls to this share of what it was, while the picture correlates with itself by so much."""
DISSOLVE = 0.15
"""In a dissolve, a frame is the mixture of one before and one behind, which are two scenes, but for this share of what
it differs from them by. Only scenes that hardly move are told by it: between others, what dissolves differs little from
what moves."""
SCENES = 0.4
"""Two pictures are of two scenes if what their correlation misses of 1 is as much."""

STILL = "nothing moves"
REPEAT = "a frame is repeated"
RETURN = "the motion comes back to where it was"
DARKNESS = "a black frame"
BLANK = "a blank frame"
SCENE_CUT = "a scene cut"
FADING = "a fade"
DISSOLVING = "a scene dissolves into another"
REASONS = {
    STILL: "no frame differs from the one before it by `motion`",
    REPEAT: "one does not differ from the one before it by `motion`, where others do",
    RETURN: "two that are no neighbours do not differ by `motion`: there and back, to and fro, or a loop",
    DARKNESS: f"{100 * DARK:g} % of a frame are no brighter than {BLACK} of 255",
    BLANK: f"the standard deviation of a frame's luma is no more than {FLAT:g} of 255",
    SCENE_CUT: f"the two frames before it correlate with the two behind it by no more than {1 - CUT:g}, and what is "
    f"missing from 1 is {CUT_OVER:g} times what it is from frame to frame around it",
    FADING: f"within {SLOW:g} s the contrast falls to {100 * FADE:g} % of what it was, or rises from it, while the "
    f"picture correlates with itself by {FADE_LIKE:g}",
    DISSOLVING: f"within {SLOW:g} s a frame is the mixture of two that correlate by no more than {1 - SCENES:g}, but "
    f"for {100 * DISSOLVE:g} % of what it differs from them by",
}
"""Why windows are skipped, and when."""

_TOP = 4  # the difference is judged in 8×8 cells, of which those that differ most count
_MEANS = np.kron(np.eye(8), np.full((1, 4), 0.25)).astype(np.float32)  # 8×32: the means of four neighbours each
_AROUND = 3  # frames on each side of a cut that say how fast it moves there


def thumbnails(clip: Clip, numbers: Sequence[int]) -> NDArray[np.int16]:
    """N×64×64 int16 luma of some frames."""
    return np.stack([clip[number].thumbnail for number in numbers]).astype(np.int16)


def refuse_still(clip: Clip, numbers: Sequence[int], least: float) -> None:
    """Skip where some frames of a clip do not differ, by `least`, each from each; or where one shows nothing.

    So no two orders of them look the same: neither where nothing moves, nor where frames are repeated, nor where a
    movement comes back to where it was.
    """
    small = thumbnails(clip, numbers)
    _refuse_blank(small)
    _refuse_still(_shapes(small), least)


def refuse_repeats(clip: Clip, numbers: Sequence[int], least: float) -> None:
    """Skip where a frame does not differ, by `least`, from the one before it; or where one shows nothing."""
    small = thumbnails(clip, numbers)
    _refuse_blank(small)
    _refuse_repeats(_shapes(small), least)


def refuse_alike(clip: Clip, rows: Sequence[Sequence[int]], least: float) -> None:
    """Skip where two of several rows of frames do not differ, by `least` in the mean over their frames."""
    shapes = np.stack([_shapes(thumbnails(clip, numbers)) for numbers in rows])
    for first in range(len(rows)):
        for second in range(first + 1, len(rows)):
            if _differences(shapes[first], shapes[second]).mean() < least:
                _skip(RETURN)


def refuse_cuts(clip: Clip, numbers: Sequence[int]) -> None:
    """Skip where the scene changes, at once or by and by, between the first and the last of some frames."""
    around = _around(clip, numbers)
    _refuse_cuts(clip, numbers, _shapes(thumbnails(clip, around)), around.start)


def gate(clip: Clip, numbers: Sequence[int], least: float) -> None:
    """Skip what is no good for any task on the order of frames: stills, repeats, returns, black frames, cuts."""
    around = _around(clip, numbers)
    small = thumbnails(clip, around)
    own = np.asarray(numbers) - around.start
    _refuse_blank(small[own])
    shapes = _shapes(small)
    _refuse_still(shapes[own], least)
    _refuse_cuts(clip, numbers, shapes, around.start)


def _around(clip: Clip, numbers: Sequence[int]) -> range:
    """All frames from the first to the last of some, and a few on each side, by which a cut is told, too."""
    return range(max(0, min(numbers) - _AROUND), min(len(clip), max(numbers) + 1 + _AROUND))


def _refuse_blank(small: NDArray[np.int16]) -> None:
    rows = small.reshape(len(small), -1)
    if ((rows <= BLACK).sum(axis=1, dtype=np.int32) >= DARK * rows.shape[1]).any():
        _skip(DARKNESS)
    apart = rows - rows.mean(axis=1, keepdims=True, dtype=np.float32)
    if (np.einsum("ij,ij->i", apart, apart) <= FLAT**2 * rows.shape[1]).any():
        _skip(BLANK)


def _refuse_repeats(shapes: Shapes, least: float) -> None:
    _refuse_neighbours(_differences(shapes[:-1], shapes[1:]) < least)


def _refuse_neighbours(alike: NDArray[np.bool_]) -> None:
    if len(alike) and alike.all():
        _skip(STILL)
    if alike.any():
        _skip(REPEAT)


def _refuse_still(shapes: Shapes, least: float) -> None:
    first, second = _pairs(len(shapes))
    alike = _differences(shapes[first], shapes[second]) < least
    _refuse_neighbours(alike[: len(shapes) - 1])
    if alike.any():
        _skip(RETURN)


@lru_cache(maxsize=16)
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """All pairs of so many, neighbours first."""
    near, far = np.arange(max(0, count - 1)), np.triu_indices(count, 2)
    return np.concatenate([near, far[0]]), np.concatenate([near + 1, far[1]])


def _refuse_cuts(clip: Clip, numbers: Sequence[int], shapes: Shapes, start: int) -> None:
    """As `refuse_cuts`, by the shapes of all frames from `start` on."""
    first, last = min(numbers), max(numbers)
    rows = shapes.reshape(len(shapes), -1)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    # Of what is as good as blank, no correlation can be told.
    normed = rows / np.maximum(lengths, FLAT * np.sqrt(rows.shape[1]))[:, None]
    if _cuts(normed, first - start, last - start):
        _skip(SCENE_CUT)
    within = slice(first - start, last + 1 - start)
    rows, lengths, normed = rows[within], lengths[within], normed[within]
    seconds = (clip.times[last] - clip.times[first]) or 1.0
    width = min(last - first, round((last - first) * SLOW / seconds))
    if _fades(lengths, normed, (width, width // 2, width // 4)):
        _skip(FADING)
    if width > 1 and _dissolves(rows, normed, width):
        _skip(DISSOLVING)


def _skip(reason: str) -> NoReturn:
    raise Skip(reason)


def _shapes(small: NDArray[np.int16]) -> Shapes:
    """N×32×32 float32 of N×64×64 thumbnails: blurred, each with its mean taken away."""
    for _ in range(2):  # down, then across: each the mean of itself and its two neighbours, of every second one
        even, odd = small[:, ::2], small[:, 1::2]
        summed = even + odd
        summed[:, 1:] += odd[:, :-1]
        summed[:, 0] += odd[:, 0]  # beyond the edge it is mirrored
        small = summed.transpose(0, 2, 1)
    shapes: Shapes = small.astype(np.float32) / np.float32(9)
    shapes -= shapes.mean(axis=(1, 2), keepdims=True)
    return shapes


def _differences(one: Shapes, other: Shapes) -> NDArray[np.float32]:
    """How much each shape differs from its counterpart, in both N×32×32."""
    of_one, of_other = (np.einsum("ijk,ijk->i", shapes, shapes) for shapes in (one, other))
    gain = np.maximum(np.einsum("ijk,ijk->i", one, other), 0) / np.maximum(np.maximum(of_one, of_other), 1e-6)
    # The one of more contrast is brought down to the other: so a fade comes to nothing.
    is_rich = of_one >= of_other
    apart = np.abs(one * _each(is_rich, gain, 1.0) - other * _each(is_rich, 1.0, gain))
    cells = (_MEANS @ apart @ _MEANS.T).reshape(len(apart), len(_MEANS) ** 2)
    most: NDArray[np.float32] = np.partition(cells, -_TOP, axis=1)[:, -_TOP:].mean(axis=1)
    return most


def _each(chosen: NDArray[np.bool_], this: NDArray[np.float32] | float, that: NDArray[np.float32] | float) -> Shapes:
    column: Shapes = np.where(chosen, this, that).astype(np.float32)
    return column.reshape(-1, 1, 1)


def _cuts(normed: Shapes, first: int, last: int) -> bool:
    """Whether there is a cut between the first and the last of some of N×1024 pictures of length 1."""
    steps = 1 - np.einsum("ij,ij->i", normed[:-1], normed[1:])
    for at in (first + np.flatnonzero(steps[first:last] >= CUT)).tolist():
        # Two on each side: behind a flash, or a frame that is damaged, the scene goes on.
        over = 1 - float((normed[max(0, at - 1) : at + 1] @ normed[at + 1 : at + 3].T).max())
        before, behind = steps[max(0, at - _AROUND) : at].tolist(), steps[at + 1 : at + 1 + _AROUND].tolist()
        # Of one side alone it cannot be told whether a movement goes on as fast: there all must be slow.
        usual = median(before + behind) if before and behind else max(before + behind, default=0.0)
        if over >= max(CUT, CUT_OVER * usual):
            return True
    return False


def _fades(lengths: NDArray[np.float32], normed: Shapes, lags: Sequence[int]) -> bool:
    """Whether of N×1024 pictures of length 1 two that are one of the `lags` apart are alike, and one of them faint."""
    for lag in lags:
        one, other = lengths[: len(lengths) - lag], lengths[lag:]
        is_faint = np.minimum(one, other) <= FADE * np.maximum(one, other)
        alike = np.einsum("ij,ij->i", normed[: len(normed) - lag], normed[lag:])
        if (is_faint & (alike >= FADE_LIKE)).any():
            return True
    return False


def _dissolves(shapes: Shapes, normed: Shapes, width: int) -> bool:
    """Whether somewhere in N×1024 pictures the one midway between two that lie `width` apart is a mixture of them."""
    begins = np.arange(0, len(shapes) - width, max(1, width // 4))
    apart = 1 - np.einsum("ij,ij->i", normed[begins], normed[begins + width])
    for begin in begins[apart >= SCENES].tolist():
        one, middle, other = shapes[begin], shapes[begin + width // 2], shapes[begin + width]
        share = (middle - other) @ (one - other) / max(float((one - other) @ (one - other)), 1e-6)
        left = np.linalg.norm(middle - other - share * (one - other))
        if left <= DISSOLVE * min(np.linalg.norm(middle - one), np.linalg.norm(middle - other)):
            return True
    return False
