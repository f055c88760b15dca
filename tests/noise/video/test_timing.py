"""Noises on time: which frames are lost, held or moved, and that each is told by the frames themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.errors import UsageError
from sslabel.noise.video.timing import drop_frames, jitter, repeat_frames
from sslabel.registry import find_noise
from sslabel.values import Clip, Picture
from tests.recipes import recipe

TIMING = ["drop-frames", "repeat-frames", "jitter"]


def numbered(count: int) -> Clip:
    """A clip whose frames are one pixel each, which tells their number."""
    values = np.arange(count)
    pixels = np.stack((values % 256, values // 256 % 256, values // 65536), axis=1).astype(np.uint8)
    return Clip([Picture(one[None, None]) for one in pixels], [number / 25 for number in range(count)])


def places(clip: Clip) -> Any:
    """The numbers of the frames that stand there."""
    return np.array([frame.pixels[0, 0].astype(int) @ (1, 256, 65536) for frame in clip.frames])


def within(count: float, trials: int, rate: float) -> bool:
    """Whether a count is within four standard deviations of what is expected."""
    return bool(abs(count - trials * rate) <= 4 * np.sqrt(trials * rate * (1 - rate)))


@pytest.mark.parametrize("name", TIMING)
def test_the_number_the_size_the_times_and_the_order_stay(name: str) -> None:
    assert find_noise(name).alters == {"timing"}
    for count in (1, 2, 3, 17):
        clip = numbered(count)
        for seed in range(20):
            noisy = find_noise(name).apply(clip, np.random.default_rng(seed))
            assert noisy.times == clip.times
            assert (np.diff(places(noisy)) >= 0).all()
            assert all(any(frame is one for one in clip.frames) for frame in noisy.frames)


@pytest.mark.parametrize("name", TIMING)
@pytest.mark.parametrize("task", ["next-frame", "middle-frame", "masked-tubes"])
def test_a_task_that_goes_by_time_refuses_them(name: str, task: str) -> None:
    with pytest.raises(UsageError, match=f"noise '{name}' alters timing"):
        recipe(task=task, noise=name)
    recipe(task=task, augment=name)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.8])
def test_frames_are_lost_at_their_rate_and_filled_by_the_one_before(rate: float) -> None:
    count = 20_000
    found = places(drop_frames(numbered(count), np.random.default_rng(0), rate=rate))
    lost = found != np.arange(count)
    first = int(np.flatnonzero(~lost)[0])
    assert within(lost.sum(), count, rate)
    assert (found[:first] == first).all()
    expected = np.maximum.accumulate(np.where(lost, 0, np.arange(count)))
    assert np.array_equal(found[first:], expected[first:])


def test_of_a_clip_that_is_all_lost_any_frame_stays() -> None:
    kept = [places(drop_frames(numbered(4), np.random.default_rng(seed), rate=1.0)).tolist() for seed in range(400)]
    assert all(len(set(one)) == 1 for one in kept)
    counts = np.bincount([one[0] for one in kept], minlength=4)
    assert all(within(one, 400, 1 / 4) for one in counts)


@pytest.mark.parametrize("length", [1, 3])
def test_frames_are_held_at_their_rate_and_for_their_length(length: int) -> None:
    count, rate = 20_000, 0.1
    found = places(repeat_frames(numbered(count), np.random.default_rng(0), rate=rate, length=length))
    held = found != np.arange(count)
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate(([0], held.astype(int), [0])))))[::2]
    # A hold may follow at once on another; then their places are one run, with the second's own frame between.
    assert set(runs.tolist()) <= {length}
    assert within(len(runs), int((~held).sum()), rate)
    assert np.array_equal(found, np.maximum.accumulate(np.where(held, 0, np.arange(count))))


def test_a_film_that_waits_goes_on_where_it_stood() -> None:
    clip = numbered(300)
    skips = places(repeat_frames(clip, np.random.default_rng(1), rate=0.1, length=2))
    waits = places(repeat_frames(clip, np.random.default_rng(1), rate=0.1, length=2, then="wait"))
    held = skips != np.arange(300)
    assert np.array_equal(np.diff(waits) == 0, held[1:])
    assert set(np.diff(waits).tolist()) == {0, 1}
    assert waits[0] == 0


def test_each_frame_is_held_where_the_rate_is_one() -> None:
    found = places(repeat_frames(numbered(8), np.random.default_rng(0), rate=1.0, length=2))
    assert found.tolist() == [0, 0, 0, 3, 3, 3, 6, 6]


@pytest.mark.parametrize("reach", [1, 2, 5])
def test_frames_are_off_by_no_more_than_the_reach_and_to_both_sides_alike(reach: int) -> None:
    count = 20_000
    off = places(jitter(numbered(count), np.random.default_rng(0), reach=reach)) - np.arange(count)
    assert -reach <= off.min() < 0 < off.max() <= reach
    # Sorting keeps the sum of what was drawn, but for what was cut off at both ends.
    deviation = np.sqrt(((2 * reach + 1) ** 2 - 1) / 12)
    assert abs(off.mean()) <= 4 * deviation / np.sqrt(count) + 2 * reach * reach / count


def test_a_clip_that_loses_nothing_is_the_identical_clip() -> None:
    clip = numbered(5)
    assert drop_frames(clip, np.random.default_rng(0), rate=0.0) is clip
    assert repeat_frames(clip, np.random.default_rng(0), rate=0.0, length=3) is clip
    assert jitter(clip, np.random.default_rng(0), reach=0) is clip
