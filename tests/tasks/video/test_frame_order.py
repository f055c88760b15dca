"""Frame-order undone: frames put back by `label_order` stand as they do in the source."""

from __future__ import annotations

from itertools import permutations
from math import sqrt
from typing import Any

import numpy as np
import pytest

from sslabel.errors import Skip, UsageError
from sslabel.registry import find_task
from sslabel.tasks.video.frame_order import frame_order
from sslabel.values import Category, Clip, Order, Pair, Picture
from tests.clips import moving_clip
from tests.recipes import recipe

EVERY: dict[str, Any] = {"stride": 0.0}
VCOP: dict[str, Any] = {"frames": 3, "clip_frames": 16, "gap": 8, "stride": 0.0}


def made(clip: Clip, seed: int = 0, **options: Any) -> Pair:
    return frame_order(clip, np.random.default_rng(seed), **options)


def label_of(pair: Pair) -> Category:
    label = pair.labels["label"]
    assert isinstance(label, Category)
    return label


def order_of(pair: Pair) -> tuple[int, ...]:
    assert list(pair.labels) == ["label", "label_order"]
    order = pair.labels["label_order"]
    assert isinstance(order, Order)
    return order.order


def clips_of(pair: Pair) -> list[Clip]:
    return [one for one in pair.inputs.values() if isinstance(one, Clip)]


def put_back(pair: Pair) -> list[Clip]:
    """The items of a pair in their right order; frames as clips of one."""
    (*items,) = clips_of(pair)
    if len(items) == 1:
        items = [items[0].take([place]) for place in range(len(items[0]))]
    right = dict(zip(order_of(pair), items, strict=True))
    return [right[source] for source in range(len(items))]


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("frame-order")
    assert (entry.takes, entry.lossless) == ("video", False)
    assert entry.needs == {"order", "timing", "count"}
    assert [(one.name, one.default) for one in entry.options] == [
        ("frames", 4), ("stride", 0.1), ("clip_frames", 1), ("gap", 0), ("reversible", "merge"), ("motion", 1.5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "frames", "seconds"),
    [("", 4, 0.3), ("frames=5,stride=0", 5, 0), ("frames=3,clip_frames=16,gap=8,stride=0", 64, 0)],
)
def test_the_window_is_as_long_as_it_must_be(options: str, frames: int, seconds: float) -> None:
    window = recipe(task=f"frame-order:{options}".removesuffix(":")).reading.windows.window
    assert window.frames == frames
    assert window.seconds == pytest.approx(seconds)
    if not seconds:
        made(moving_clip(frames), **(VCOP if frames == 64 else {"frames": 5, **EVERY}))


@pytest.mark.parametrize("reversible", ["merge", "keep"])
@pytest.mark.parametrize("frames", [3, 4, 5, 7])
def test_put_back_in_order_the_frames_are_those_of_the_source(frames: int, reversible: str) -> None:
    clip = moving_clip(40)
    for seed in range(10):
        pair = made(clip, seed, frames=frames, reversible=reversible, **EVERY)
        back = [one[0] for one in put_back(pair)]
        first = clip.frames.index(back[0])
        assert tuple(back) == clip.frames[first : first + frames]
        (shown,) = clips_of(pair)
        assert [float(time) for time in str(pair.notes["times"]).split()] == pytest.approx(shown.times)


def test_the_order_is_of_sources_and_not_of_targets() -> None:
    # An order that is not its own inverse tells the two apart.
    clip, tried = moving_clip(3), 0
    for seed in range(12):
        pair = made(clip, seed, frames=3, **EVERY)
        (shown,) = clips_of(pair)
        order = order_of(pair)
        assert tuple(clip.frames.index(one) for one in shown.frames) == order
        tried += order != tuple(np.argsort(order).tolist())
    assert tried > 2


@pytest.mark.parametrize(
    ("options", "classes"),
    [
        ({}, 12),
        ({"reversible": "keep"}, 24),
        ({"frames": 3}, 3),
        ({"frames": 3, "reversible": "keep"}, 6),
        ({"frames": 2, "reversible": "keep"}, 2),
        ({"frames": 5}, 60),
        ({**VCOP, "clip_frames": 2, "gap": 1}, 6),
    ],
)
def test_the_classes_are_as_many_as_published_and_in_lexicographic_order(options: dict[str, Any], classes: int) -> None:
    count, found = options.get("frames", 4), set()
    merged = options.get("reversible", "merge") == "merge" and "clip_frames" not in options
    orders = [one for one in permutations(range(count)) if one[0] < one[-1] or not merged]
    names = tuple("-".join(map(str, one)) for one in orders)
    assert len(names) == classes
    clip = moving_clip(9, 40, 30)
    for seed in range(12 * classes):
        pair = made(clip, seed, **{**EVERY, **options})
        label, order = label_of(pair), order_of(pair)
        assert label.names == names
        assert orders[label.index] in ((order, order[::-1]) if merged else (order,))
        found.add(label.index)
    assert found == set(range(classes))


@pytest.mark.parametrize(("reversible", "classes"), [("merge", 12), ("keep", 24)])
def test_the_classes_are_equally_frequent_and_start_at_the_same_times(reversible: str, classes: int) -> None:
    clip, rng, trials = moving_clip(12, 40, 30), np.random.default_rng(0), 3000
    counts, begins = np.zeros(classes), [list[float]() for _ in range(classes)]
    for _ in range(trials):
        pair = frame_order(clip, rng, reversible=reversible, stride=0.0)  # type: ignore[arg-type]
        counts[label_of(pair).index] += 1
        begins[label_of(pair).index].append(min(map(float, str(pair.notes["times"]).split())))
    share = 1 / classes
    assert np.abs(counts / trials - share).max() <= 4 * sqrt(share * (1 - share) / trials)
    possible = np.array(clip.times[:9])
    for some in begins:
        assert np.mean(some) == pytest.approx(possible.mean(), abs=4 * possible.std() / sqrt(len(some)))


def test_three_clips_of_16_with_8_between_are_64_frames() -> None:
    clip, found = moving_clip(64, 40, 30), set()
    for seed in range(30):
        pair = made(clip, seed, **VCOP)
        assert [len(one) for one in clips_of(pair)] == [16, 16, 16]
        back = put_back(pair)
        assert [one.times for one in back] == [clip.times[begin : begin + 16] for begin in (0, 24, 48)]
        assert [one.frames for one in back] == [clip.frames[begin : begin + 16] for begin in (0, 24, 48)]
        times = [f"{time:.6f}".rstrip("0").rstrip(".") for one in clips_of(pair) for time in one.times]
        assert str(pair.notes["times"]).split() == times
        found.add(label_of(pair).index)
    assert found == set(range(6))


def test_the_stride_is_in_seconds_whatever_the_rate_of_frames() -> None:
    steady, variable = moving_clip(60, rate=50), moving_clip(60)
    moved = Clip(variable.frames, np.cumsum(np.random.default_rng(0).choice([0.03, 0.04, 0.05], 60)).tolist())
    for clip in (steady, moved):
        pair = made(clip, 3, stride=0.2)
        times = np.sort([float(time) for time in str(pair.notes["times"]).split()])
        assert times - times[0] == pytest.approx([0, 0.2, 0.4, 0.6], abs=0.026)
        back = [clip.frames.index(one[0]) for one in put_back(pair)]
        assert [clip.times[number] for number in back] == pytest.approx(times, abs=1e-6)


def test_what_looks_the_same_in_two_orders_is_skipped() -> None:
    clip = moving_clip(8)
    to_and_fro = clip.take([0, 2, 4, 6, 4, 2, 0])
    cases = [
        (clip.take([0] * 4), "nothing moves"),
        (clip.take([0, 1, 1, 2]), "a frame is repeated"),
        (to_and_fro.take([1, 3, 5, 6]), "comes back"),
        (to_and_fro.take([2, 3, 4, 5]), "comes back"),
    ]
    for made_of, reason in cases:
        shown = Clip(made_of.frames, moving_clip(4).times)
        for reversible in ("merge", "keep"):
            with pytest.raises(Skip, match=reason):
                made(shown, reversible=reversible, **EVERY)


def test_clips_that_look_alike_or_stand_still_are_skipped() -> None:
    clip = moving_clip(12)
    options = {"frames": 2, "clip_frames": 3, **EVERY}
    for numbers, reason in (([0, 4, 8, 0, 4, 8], "comes back"), ([0, 1, 2, 5, 5, 5], "nothing moves")):
        with pytest.raises(Skip, match=reason):
            made(Clip(clip.take(numbers).frames, clip.times[:6]), **options)
    # A frame may come back within another clip: the clips differ nonetheless.
    made(Clip(clip.take([0, 4, 8, 8, 4, 0]).frames, clip.times[:6]), **options)


def test_frames_of_two_scenes_are_skipped() -> None:
    clip = moving_clip(20)
    other = [Picture(255 - one.pixels) for one in clip.frames[10:]]
    cut = Clip([*clip.frames[:10], *other], clip.times)
    with pytest.raises(Skip, match="a scene cut"):
        made(cut, frames=4, stride=0.24)


@pytest.mark.parametrize(
    ("task", "problem"),
    [
        ("frame-order:frames=2", "two frames and their reverse are one class; reversible=keep makes them two"),
        ("frame-order:frames=8", "must be between 2 and 7"),
        ("frame-order:frames=3..4", "frames is one number, not a range"),
        ("frame-order:clip_frames=2..4", "clip_frames is one number, not a range"),
    ],
)
def test_options_that_make_no_sense_are_refused(task: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        recipe(task=task)


def test_a_stride_may_be_drawn() -> None:
    assert recipe(task="frame-order:stride=0.1..0.3").reading.windows.window.seconds == pytest.approx(0.9)
