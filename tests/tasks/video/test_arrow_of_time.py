"""Arrow-of-time: what runs backwards is the source in reverse, and nothing but the order tells."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from sslabel.errors import Skip, UsageError
from sslabel.registry import find_task
from sslabel.tasks.video.arrow_of_time import arrow_of_time
from sslabel.values import Category, Clip, Pair
from tests.clips import moving_clip
from tests.recipes import recipe


def made(clip: Clip, seed: int = 0, **options: Any) -> Pair:
    return arrow_of_time(clip, np.random.default_rng(seed), **options)


def parts(pair: Pair) -> tuple[Clip, Category]:
    shown, label = pair.inputs["input"], pair.labels["label"]
    assert isinstance(shown, Clip)
    assert isinstance(label, Category)
    return shown, label


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("arrow-of-time")
    assert entry.takes == "video"
    assert entry.needs == {"order", "timing"}
    assert [(one.name, one.default) for one in entry.options] == [("frames", 8), ("stride", 0.1), ("motion", 1.5)]
    window = recipe(task="arrow-of-time").reading.windows.window
    assert window.frames == 8
    assert window.seconds == pytest.approx(0.7)


def test_turned_round_where_it_runs_backwards_it_is_the_source() -> None:
    clip, directions = moving_clip(30), set()
    for seed in range(12):
        pair = made(clip, seed, stride=0.0)
        shown, label = parts(pair)
        assert [float(time) for time in str(pair.notes["times"]).split()] == pytest.approx(shown.times)
        forwards = shown.frames[::-1] if label.name == "backward" else shown.frames
        first = clip.frames.index(forwards[0])
        assert forwards == clip.frames[first : first + 8]
        assert (shown.times[0] < shown.times[-1]) is (label.name == "forward")
        assert label.names == ("forward", "backward")
        directions.add(label.index)
    assert directions == {0, 1}


def test_half_run_backwards_and_both_begin_and_end_at_the_same_times() -> None:
    clip, rng, trials = moving_clip(24, 40, 30), np.random.default_rng(0), 2000
    places: tuple[list[float], list[float]] = ([], [])
    for _ in range(trials):
        shown, label = parts(arrow_of_time(clip, rng, stride=0.0))
        places[label.index].append(min(shown.times))
    assert abs(len(places[1]) / trials - 0.5) <= 4 * sqrt(0.25 / trials)
    spread = sqrt(np.var(places[0]) / len(places[0]) + np.var(places[1]) / len(places[1]))
    assert abs(np.mean(places[0]) - np.mean(places[1])) <= 4 * spread
    assert set(places[0]) == set(places[1]) == set(clip.times[:17])


def test_the_stride_is_in_seconds_whatever_the_rate_of_frames() -> None:
    frames = moving_clip(60)
    clip = Clip(frames.frames, np.cumsum(np.random.default_rng(0).choice([0.03, 0.04, 0.05], 60)).tolist())
    for seed in range(6):
        times = np.sort(parts(made(clip, seed, stride=0.2))[0].times)
        assert times - times[0] == pytest.approx(0.2 * np.arange(8), abs=0.026)


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ([0] * 8, "nothing moves"),
        ([0, 2, 4, 6, 6, 7, 8, 9], "a frame is repeated"),
        ([0, 2, 4, 6, 5, 3, 1, 0], "comes back"),
        ([0, 3, 6, 0, 3, 6, 0, 3], "comes back"),
    ],
)
def test_what_looks_the_same_in_both_directions_is_skipped(numbers: list[int], reason: str) -> None:
    clip = moving_clip(10)
    for seed in range(4):
        with pytest.raises(Skip, match=reason):
            made(Clip(clip.take(numbers).frames, clip.times[:8]), seed, stride=0.0)


def test_every_pair_has_as_many_frames() -> None:
    with pytest.raises(UsageError, match="frames is one number, not a range"):
        recipe(task="arrow-of-time:frames=4..8")
    assert len(parts(made(moving_clip(40), frames=3))[0]) == 3
