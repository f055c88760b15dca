"""Middle-frame inverted: put into the gap, the labels give the window back, and stand in the middle in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sslabel
from sslabel.errors import Skip, UsageError
from sslabel.recipe import Recipe
from sslabel.registry import find_task
from sslabel.tasks.video.middle_frame import middle_frame
from sslabel.values import Clip, Pair, Picture
from tests.clips import moving_clip
from tests.recipes import recipe
from tests.tasks.video.films import save_film

CLIP = moving_clip(64)


def made(clip: Clip = CLIP, seed: int = 0, **options: Any) -> Pair:
    pair = middle_frame(clip, np.random.default_rng(seed), **options)
    assert isinstance(pair, Pair)
    return pair


def put_back(pair: Pair) -> tuple[list[Picture], list[float]]:
    """The frames with the gap filled, and their times."""
    shown, label = pair.inputs["input"], pair.labels["label"]
    assert isinstance(shown, Clip)
    hidden = list(label.frames) if isinstance(label, Clip) else [label]
    side = len(shown) // 2
    frames = [*shown.frames[:side], *hidden, *shown.frames[side:]]
    assert all(isinstance(frame, Picture) for frame in frames)
    return frames, [float(time) for time in str(pair.notes["times"]).split()]


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("middle-frame")
    assert entry.needs == {"order", "timing", "geometry", "size", "color"}
    assert [(one.name, one.default) for one in entry.options] == [
        *(("gap", 1), ("context", 1), ("stride", 0.0), ("motion", 1.5), ("most", 15.0))
    ]


def window(**options: Any) -> tuple[int, float]:
    steps: Recipe = recipe(task={"middle-frame": options})
    taken = steps.reading.windows.window
    return taken.frames, taken.seconds


def test_the_window_holds_what_the_task_takes() -> None:
    assert window() == (3, 0.0)
    assert window(context=3, gap=2, stride=0.25) == (8, 1.75)


@pytest.mark.parametrize("options", [{}, {"gap": 3}, {"context": 3}, {"gap": 2, "context": 2, "stride": 0.12}])
def test_the_labels_fill_the_gap_and_the_window_comes_back(options: dict[str, Any]) -> None:
    gap, context, step = options.get("gap", 1), options.get("context", 1), 3 if "stride" in options else 1
    count, firsts = 2 * context + gap, set()
    for seed in range(60):
        pair = made(seed=seed, **options)
        assert isinstance(pair.labels["label"], Clip if gap > 1 else Picture)
        frames, times = put_back(pair)
        first = CLIP.frames.index(frames[0])
        numbers = [first + step * number for number in range(count)]
        assert frames == [CLIP[number] for number in numbers]
        assert times == pytest.approx([CLIP.times[number] for number in numbers])
        firsts.add(first)
    assert len(firsts) > 15


@pytest.mark.parametrize("rate", [24.0, 25.0, 29.97, 30.0, 50.0, 59.94])
@pytest.mark.parametrize("stride", [0.0, 0.04, 0.1, 0.15])
def test_the_middle_frame_is_in_the_middle_in_time(rate: float, stride: float) -> None:
    exact = moving_clip(48, rate=rate)
    clip = Clip(exact.frames, [round(time, 3) for time in exact.times])  # as many containers store them
    for seed in range(10):
        _, times = put_back(made(clip, seed, stride=stride, most=255))
        assert times[1] - times[0] == pytest.approx(times[2] - times[1], abs=0.0021)
        assert times[2] - times[0] <= max(2 * stride, 2 / rate) * 1.11 + 0.002


def test_a_frame_beside_the_middle_is_no_label() -> None:
    three = moving_clip(3, rate=10).frames
    for time, fits in ((0.1, True), (0.105, True), (0.115, False), (0.08, False)):
        clip = Clip(three, (0.0, time, 0.2))
        if fits:
            assert made(clip, motion=0.5, most=255).labels["label"] == three[1]
        else:
            with pytest.raises(Skip, match=r"not evenly spaced|missing"):
                made(clip, motion=0.5, most=255)


def test_what_moves_too_little_or_too_much_is_skipped() -> None:
    still = Clip([Picture(CLIP[0].pixels)] * 9, [number / 25 for number in range(9)])
    with pytest.raises(Skip, match="nothing moves"):
        made(still)
    with pytest.raises(Skip, match="the motion is too large"):
        made(most=1.5)
    with pytest.raises(Skip, match="fewer than 3 frames"):
        made(CLIP.take([0, 1]))
    made(most=255)


def test_noises_that_would_spoil_the_label_are_refused() -> None:
    for noise in ("flicker", "shake", "jitter", "hue", "flip"):
        with pytest.raises(UsageError, match="the label of task 'middle-frame' depends on it"):
            recipe(task="middle-frame", noise=noise)
    recipe(task="middle-frame", noise=["static", "compress", "gaussian-noise"])


@pytest.mark.parametrize("option", ["gap=1..2", "context=1..3"])
def test_a_range_for_the_number_of_frames_is_refused(option: str) -> None:
    with pytest.raises(UsageError, match="is one number, not a range"):
        recipe(task=f"middle-frame:{option}")
    recipe(task="middle-frame:stride=0.1..0.2,gap=2")


@pytest.mark.parametrize("gap", [1, 2])
def test_a_film_gives_its_frames_in_files(tmp_path: Path, gap: int) -> None:
    (tmp_path / "raw").mkdir()
    save_film(tmp_path / "raw" / "a.mkv", moving_clip(24))
    out = tmp_path / "out"
    sslabel.make(tmp_path / "raw", out, task=f"middle-frame:gap={gap}", image_format="png", workers=1)
    examples = list(sslabel.read(out))
    labels = ["label"] if gap == 1 else ["label_0", "label_1"]
    assert len(examples) == 24 // (gap + 2)
    for example in examples:
        assert list(example.fields) == ["input_0", "input_1", *labels]
        times = [float(time) for time in str(example.meta["times"]).split()]
        order = ["input_0", *labels, "input_1"]
        for name, time in zip(order, times, strict=True):
            picture = example[name]
            assert isinstance(picture, Picture)
            # Each frame is the one that was shown at that time, and no other.
            apart = [np.abs(picture.pixels.astype(int) - frame.pixels).mean() for frame in moving_clip(24).frames]
            assert int(np.argmin(apart)) == round(25 * time)
