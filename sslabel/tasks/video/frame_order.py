"""Frame-order: frames, or short clips, out of order; the label is the order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.image.permutations import all_permutations
from sslabel.transforms.video.motion import LEAST, REPEATED, gate, refuse_alike, refuse_cuts, refuse_repeats
from sslabel.transforms.video.sampling import drawn_at, times_of
from sslabel.values import Category, Clip, Order, Pair, Value

if TYPE_CHECKING:
    from numpy.random import Generator

Reversible = Literal["merge", "keep"]


def _window(*, frames: int, stride: float, clip_frames: int, gap: int, **_: object) -> tuple[int, float]:
    count = frames * clip_frames + (frames - 1) * gap
    return count, (count - 1) * stride


def _refuses(*, frames: int, clip_frames: int, reversible: Reversible, **_: object) -> str | None:
    if frames == 2 and clip_frames == 1 and reversible == "merge":  # noqa: PLR2004 - one order and its reverse
        return "two frames and their reverse are one class; reversible=keep makes them two"
    return None


@cache
def _orders(frames: int, *, merged: bool) -> tuple[list[tuple[int, ...]], dict[tuple[int, ...], int], tuple[str, ...]]:
    """All orders, the class of each, and the names of the classes (`0-2-1-3`)."""
    orders: list[tuple[int, ...]] = [tuple(one) for one in all_permutations(frames).tolist()]
    first = [one for one in orders if one[0] < one[-1]] if merged else orders
    classes = {one: number for number, one in enumerate(first)}
    classes |= {one[::-1]: number for number, one in enumerate(first)} if merged else {}
    # Joined by hyphens, for as a mere row of digits some readers of YAML would take a name for a number.
    return orders, classes, tuple("-".join(map(str, one)) for one in first)


@task("video", needs={"order", "timing", "count"}, window=_window, refuses=_refuses)
def frame_order(  # noqa: PLR0913 - its options
    clip: Clip,
    rng: Generator,
    *,
    frames: Annotated[int, Between(2, 7)] = 4,
    stride: Annotated[float, Between(0, 60)] = 0.1,
    clip_frames: Annotated[int, Between(1, 64)] = 1,
    gap: Annotated[int, Between(0, 1000)] = 0,
    reversible: Reversible = "merge",
    motion: Annotated[float, Between(0, 255)] = LEAST,
) -> Pair:
    """Tell the order in which shuffled frames, or shuffled clips, were shot.

    frames: how many are shuffled
    stride: seconds from one frame to the next; 0 takes every frame
    clip_frames: where it is more than 1, clips of so many frames are shuffled, each of them in order
    gap: frames left out between one and the next
    reversible: merge makes an order and its reverse one class, as from single frames nobody can tell them apart; keep
      makes them two; clips run forwards, so theirs are always two
    motion: least difference between any two of the frames, of 255, in the sixteenth of the picture that moves most; of
      clips, between any two, and between the first, the middle and the last frame of each

    Input t shows what stood in place order[t], and `label_order` is that order. `label` is its place among all orders
    in lexicographic order, the right one among them: 24 classes of 4. Of an order and its reverse that are merged, it
    is that of the one whose first is before its last, 12 classes of 4; `label_order` is the true one nonetheless.
    `frames=3,clip_frames=16,gap=8,stride=0` gives three clips of 16 with 8 frames between them, and 6 classes. Clips
    are `input_0`, `input_1` and so on, their frames `input_0_0`, `input_0_1` ...

    Windows are skipped in which frames differ too little, return to where they were, or show nothing, and those with
    a cut, a fade, or a slow dissolve. The `times` in the meta data are the seconds of the frames in the file, as they
    stand in the input.

    Source: Misra, Zitnick and Hebert, Shuffle and learn, ECCV 2016; Lee et al., Unsupervised representation learning
    by sorting sequences, ICCV 2017; Xu et al., Self-supervised spatiotemporal learning via video clip order
    prediction, CVPR 2019.
    """
    places = [item * (clip_frames + gap) + frame for item in range(frames) for frame in range(clip_frames)]
    numbers = drawn_at(clip, rng, places, stride)
    items = [numbers[begin : begin + clip_frames] for begin in range(0, len(numbers), clip_frames)]
    if clip_frames == 1:
        gate(clip, numbers, motion)
    else:
        for item in items:
            refuse_repeats(clip, item[:: max(1, (clip_frames - 1) // 2)], motion)
            refuse_repeats(clip, item, motion * REPEATED)
        refuse_alike(clip, items, motion)
        refuse_cuts(clip, numbers)
    orders, classes, names = _orders(frames, merged=reversible == "merge" and clip_frames == 1)
    order = orders[int(rng.integers(len(orders)))]
    shown = [number for source in order for number in items[source]]
    labels: dict[str, Value] = {"": Category(classes[order], names), "order": Order(order)}
    notes = {"times": times_of(clip, shown)}
    if clip_frames == 1:
        return Pair(clip.take(shown), labels, notes)
    return Pair({str(place): clip.take(items[source]) for place, source in enumerate(order)}, labels, notes)
