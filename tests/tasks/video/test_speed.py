"""Speed: every k-th frame of the source, and nothing but k differs between the classes."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from sslabel.errors import Skip, UsageError
from sslabel.registry import find_task
from sslabel.tasks.video.speed import speed
from sslabel.values import Category, Clip, Pair, Picture
from tests.clips import moving_clip
from tests.recipes import recipe

SMALL: dict[str, Any] = {"paces": (1, 2, 4), "frames": 4}


def made(clip: Clip, seed: int = 0, **options: Any) -> Pair:
    return speed(clip, np.random.default_rng(seed), **options)


def parts(pair: Pair) -> tuple[Clip, Category]:
    shown, label = pair.inputs["input"], pair.labels["label"]
    assert isinstance(shown, Clip)
    assert isinstance(label, Category)
    return shown, label


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("speed")
    assert entry.takes == "video"
    assert entry.needs == {"order", "timing", "count"}
    assert [(one.name, one.default) for one in entry.options] == [
        ("paces", (1, 2, 4, 8)), ("frames", 16), ("stride", 0), ("motion", 1.5),
    ]  # fmt: skip
    window = recipe(task="speed").reading.windows.window
    assert (window.frames, window.seconds) == (121, 0)


@pytest.mark.parametrize(
    "task", ["speed:paces=1,3,5,frames=4", {"speed": {"paces": [1, 3, 5], "frames": 4}}, {"speed": {"paces": "1,3,5"}}]
)
def test_paces_are_given_on_the_command_line_and_in_a_file_alike(task: Any) -> None:
    steps = recipe(task=task)
    assert steps.tasks[0].options["paces"] == (1, 3, 5)
    assert steps.reading.windows.window.frames in (16, 76)


def test_the_frames_are_every_so_manieth_of_the_source() -> None:
    clip, found = moving_clip(125, 60, 40), set()
    for seed in range(16):
        pair = made(clip, seed)
        shown, label = parts(pair)
        assert label.names == ("1x", "2x", "4x", "8x")
        pace = int(label.name.removesuffix("x"))
        first = clip.frames.index(shown[0])
        assert len(shown) == 16
        assert shown.frames == clip.frames[first : first + 15 * pace + 1 : pace]
        assert [float(time) for time in str(pair.notes["times"]).split()] == pytest.approx(shown.times)
        found.add(pace)
    assert found == {1, 2, 4, 8}


def test_the_classes_are_equally_frequent_and_start_anywhere_alike() -> None:
    clip, rng, trials = moving_clip(20, 40, 30), np.random.default_rng(0), 1600
    counts = np.zeros((3, 8))
    for _ in range(trials):
        shown, label = parts(speed(clip, rng, **SMALL))
        counts[label.index, round(shown.times[0] * 25)] += 1
    assert np.abs(counts.sum(axis=1) / trials - 1 / 3).max() <= 4 * sqrt(2 / 9 / trials)
    # Each start from which the fastest fits, in each class: chi-square of independence, 4 sigma.
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / trials
    assert (counts > 0).all()
    assert ((counts - expected) ** 2 / expected).sum() <= 14 + 4 * sqrt(2 * 14)


def outcomes(clip: Clip, **options: Any) -> set[str]:
    """What becomes of a clip in all classes."""
    found = set()
    for seed in range(24):
        try:
            made(clip, seed, **{**SMALL, **options})
            found.add("")
        except Skip as skip:
            found.add(str(skip))
    return found


@pytest.mark.parametrize(
    ("numbers", "outcome"),
    [
        (range(13), ""),
        ([0] * 13, "nothing moves"),
        ([0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], "a frame is repeated"),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8], "a frame is repeated"),
        # A movement to and fro has a pace as any other.
        ([0, 3, 6, 9, 6, 3, 0, 3, 6, 9, 12, 9, 6], "a frame is repeated"),
        ([0, 3, 6, 9, 12, 9, 6, 3, 0, 3, 6, 9, 12], ""),
    ],
)
def test_what_is_skipped_is_the_same_for_every_class(numbers: list[int], outcome: str) -> None:
    clip = moving_clip(13)
    assert outcomes(Clip(clip.take(numbers).frames, clip.times)) == {outcome}


@pytest.mark.parametrize("number", [1, 5, 12])
def test_a_cut_is_refused_for_every_class_wherever_the_fastest_would_meet_it(number: int) -> None:
    clip = moving_clip(13)
    other = [Picture(255 - one.pixels) for one in clip.frames[number:]]
    assert outcomes(Clip([*clip.frames[:number], *other], clip.times)) == {"a scene cut"}


def test_a_frame_that_any_pace_lacks_is_lacking_for_every_class() -> None:
    clip = moving_clip(13)
    assert outcomes(clip.take([*range(3), *range(4, 13)])) == {"frames are missing in the window"}
    # That frame no pace shows.
    assert outcomes(clip.take([*range(11), 12])) == {""}


def test_a_film_of_variable_rate_is_shown_at_an_even_pace() -> None:
    frames = moving_clip(60, 40, 30)
    clip = Clip(frames.frames, np.cumsum(np.random.default_rng(0).choice([0.03, 0.04, 0.05], 60)).tolist())
    for seed in range(6):
        shown, label = parts(made(clip, seed, stride=0.12, **SMALL))
        step = 0.12 * int(label.name.removesuffix("x"))
        assert np.array(shown.times) - shown.times[0] == pytest.approx(step * np.arange(4), abs=0.026)


def test_a_clip_too_short_for_the_fastest_is_skipped_and_never_looped() -> None:
    reasons = outcomes(moving_clip(12))
    assert reasons == {"too short for 13 frames so far apart"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("paces=2", "paces are at least two, and all different"),
        ("paces=1,2,2", "paces are at least two, and all different"),
        ("paces=0,1", "must be between 1 and 64"),
        ("paces=1..8", "a list holds single values, not ranges"),
        ("paces=1,x", "a whole number is needed"),
        ("frames=8..16", "frames is one number, not a range"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        recipe(task=f"speed:{options}")
