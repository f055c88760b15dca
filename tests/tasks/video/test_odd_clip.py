"""Odd-clip: one clip is out of order, the others are the source as it is."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
import pytest

from sslabel.errors import Skip, UsageError
from sslabel.registry import find_task
from sslabel.tasks.video.odd_clip import odd_clip
from sslabel.values import Category, Clip, Pair, Picture
from tests.clips import moving_clip
from tests.recipes import recipe

SMALL: dict[str, Any] = {"clips": 3, "frames": 3, "stride": 0.0}


def made(clip: Clip, seed: int = 0, **options: Any) -> Pair:
    return odd_clip(clip, np.random.default_rng(seed), **{"stride": 0.0, **options})


def label_of(pair: Pair) -> Category:
    label = pair.labels["label"]
    assert isinstance(label, Category)
    return label


def clips_of(pair: Pair) -> list[Clip]:
    return [one for one in pair.inputs.values() if isinstance(one, Clip)]


def order_of(pair: Pair) -> list[int]:
    return [int(one) for one in str(pair.notes["order"]).split()]


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("odd-clip")
    assert entry.takes == "video"
    assert entry.needs == {"order", "timing", "count"}
    assert [(one.name, one.default) for one in entry.options] == [
        ("clips", 6), ("frames", 6), ("stride", 0.1), ("motion", 1.5),
    ]  # fmt: skip
    window = recipe(task="odd-clip").reading.windows.window
    assert window.frames == 36
    assert window.seconds == pytest.approx(3.5)


@pytest.mark.parametrize("count", [36, 37, 60])
def test_put_back_in_order_all_clips_are_stretches_of_the_source(count: int) -> None:
    clip = moving_clip(count, 60, 40)
    for seed in range(6):
        pair = made(clip, seed)
        shown = clips_of(pair)
        assert list(pair.inputs) == [f"input_{place}" for place in range(6)]
        assert str(pair.notes["times"]).split() == [f"{time:.6g}" for one in shown for time in one.times]
        odd = label_of(pair).index
        right = dict(zip(order_of(pair), range(6), strict=True))
        shown[odd] = shown[odd].take(right[source] for source in range(6))
        begins = [clip.frames.index(one[0]) for one in shown]
        assert [one.frames for one in shown] == [clip.frames[begin : begin + 6] for begin in begins]
        assert [one.times for one in shown] == [clip.times[begin : begin + 6] for begin in begins]
        # From different times of the window, none with a frame of another.
        assert all(later - earlier >= 6 for earlier, later in pairwise(begins))


def test_the_odd_one_is_never_in_order_nor_in_reverse() -> None:
    clip, seen = moving_clip(9, 40, 30), set()
    for seed in range(200):
        pair = made(clip, seed, **SMALL)
        odd = label_of(pair).index
        for place, one in enumerate(clips_of(pair)):
            straight = list(one.times) in (sorted(one.times), sorted(one.times, reverse=True))
            assert straight is (place != odd)
        seen.add(tuple(order_of(pair)))
    assert seen == {(0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1)}


def test_the_places_are_equally_frequent() -> None:
    clip, rng, trials = moving_clip(20, 40, 30), np.random.default_rng(0), 800
    counts, begins = np.zeros(6), [list[float]() for _ in range(6)]
    for _ in range(trials):
        pair = odd_clip(clip, rng, clips=6, frames=3, stride=0.0)
        label = label_of(pair)
        assert label.names == ("0", "1", "2", "3", "4", "5")
        counts[label.index] += 1
        begins[label.index].append(min(clips_of(pair)[3].times))
    assert np.abs(counts / trials - 1 / 6).max() <= 4 * sqrt(5 / 36 / trials)
    # Where the clips lie does not tell which is odd.
    everywhere = np.concatenate(begins)
    for some in begins:
        assert np.mean(some) == pytest.approx(everywhere.mean(), abs=4 * everywhere.std() / sqrt(len(some)))


def test_each_way_to_lay_the_clips_is_as_likely() -> None:
    clip, rng, trials = moving_clip(11, 40, 30), np.random.default_rng(0), 800
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(trials):
        pair = odd_clip(clip, rng, clips=3, frames=3, stride=0.0)
        laid = tuple(round(min(one.times) * 25) for one in clips_of(pair))
        counts[laid] = counts.get(laid, 0) + 1
    # Two frames are left over, before, between and behind three clips: 10 ways.
    assert len(counts) == 10
    assert max(abs(count / trials - 0.1) for count in counts.values()) <= 4 * sqrt(0.09 / trials)


def test_clips_are_spaced_by_their_timestamps() -> None:
    frames = moving_clip(60, 40, 30)
    clip = Clip(frames.frames, np.cumsum(np.random.default_rng(0).choice([0.03, 0.04, 0.05], 60)).tolist())
    for seed in range(6):
        pair = made(clip, seed, clips=2, frames=4, stride=0.2)
        for one in clips_of(pair):
            times = np.sort(one.times)
            assert times - times[0] == pytest.approx(0.2 * np.arange(4), abs=0.046)


@pytest.mark.parametrize("place", range(3))
def test_a_clip_in_which_nothing_differs_is_skipped_wherever_it_is(place: int) -> None:
    clip = moving_clip(9)
    numbers = list(range(9))
    for held, reason in (([1, 1, 1], "nothing moves"), ([1, 1, 2], "a frame is repeated"), ([1, 4, 1], "comes back")):
        numbers[3 * place : 3 * place + 3] = held
        for seed in range(4):
            with pytest.raises(Skip, match=reason):
                made(Clip(clip.take(numbers).frames, clip.times), seed, **SMALL)


def test_a_cut_within_a_clip_is_refused_and_one_between_clips_is_not() -> None:
    clip = moving_clip(18)
    for number, cut in ((6, False), (8, True), (12, False), (15, True)):
        other = [Picture(255 - one.pixels) for one in clip.frames[number:]]
        film = Clip([*clip.frames[:number], *other], clip.times)
        if cut:
            with pytest.raises(Skip, match="a scene cut"):
                made(film, clips=3, frames=6)
        else:
            made(film, clips=3, frames=6)


def test_a_window_that_is_too_short_is_skipped() -> None:
    with pytest.raises(Skip, match="shorter than 6 clips of 6 frames"):
        made(moving_clip(35))
    with pytest.raises(Skip, match="shorter than 6 clips of 6 frames"):
        made(moving_clip(60), stride=0.1)


@pytest.mark.parametrize("options", ["clips=4..6", "frames=4..6"])
def test_every_pair_has_as_many_frames(options: str) -> None:
    with pytest.raises(UsageError, match="is one number, not a range"):
        recipe(task=f"odd-clip:{options}")
