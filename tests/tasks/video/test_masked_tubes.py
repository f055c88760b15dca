"""Masked tubes inverted: put into its patches, the label gives the clip back; the mask is the same in all frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sslabel
from sslabel.errors import Skip, UsageError
from sslabel.registry import find_task
from sslabel.tasks.video.masked_tubes import hidden_patches, masked_tubes
from sslabel.values import Clip, Example, Mask, Pair, Picture
from tests.clips import moving_clip
from tests.recipes import recipe
from tests.tasks.video.films import save_film

CLIP = moving_clip(60, 100, 70, rate=30)


def made(clip: Clip = CLIP, seed: int = 0, **options: Any) -> Pair:
    return masked_tubes(clip, np.random.default_rng(seed), **options)


def taken_apart(pair: Pair) -> tuple[Clip, Any, Clip]:
    """The input, the hidden pixels of a frame, and the label."""
    shown, mask, label = pair.inputs["input"], pair.inputs["input_mask"], pair.labels["label"]
    assert isinstance(shown, Clip)
    assert isinstance(mask, Mask)
    assert isinstance(label, Clip)
    side = int(pair.notes["patch"])
    hole = np.kron(mask.pixels, np.ones((side, side), np.uint8)) == 255
    assert shown[0].pixels.shape[:2] == hole.shape
    return shown, hole, label


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("masked-tubes")
    assert entry.lossless
    assert entry.needs == {"order", "timing", "geometry", "size", "color"}
    assert [(one.name, one.default) for one in entry.options] == [
        *(("frames", 16), ("stride", 0.134), ("patch", 16), ("tubelet", 2), ("ratio", 0.9), ("fill", "mean")),
        ("motion", 0.75),
    ]


def test_the_published_counts_are_exact() -> None:
    clip = moving_clip(61, 224, 224, rate=30)
    pair = made(clip)
    mask = pair.inputs["input_mask"]
    assert isinstance(mask, Mask)
    assert mask.pixels.shape == (14, 14)
    assert np.count_nonzero(mask.pixels) == 176
    counted = [pair.notes[name] for name in ("left", "top", "patch", "hidden", "hidden_tokens", "tokens")]
    assert counted == [0, 0, 16, 176, 1408, 1568]
    first = clip.frames.index(taken_apart(pair)[2][0])
    assert taken_apart(pair)[2].frames == clip.frames[first : first + 61 : 4]


@given(st.integers(2, 5000), st.integers(0, 1000))
def test_hidden_patches_are_rounded_down(patches: int, thousandths: int) -> None:
    assert hidden_patches(patches, thousandths / 1000) == min(max(patches * thousandths // 1000, 1), patches - 1)


@pytest.mark.parametrize("fill", ["mean", "black", "noise"])
def test_the_label_in_its_patches_gives_the_frames_back(fill: Any) -> None:
    for seed in range(5):
        shown, hole, label = taken_apart(made(seed=seed, stride=0.0, fill=fill))
        first = [frame.pixels[3:67, 2:98].tobytes() for frame in CLIP.frames].index(label[0].pixels.tobytes())
        assert hole.shape == (64, 96)
        for number in range(16):
            source = CLIP[first + number].pixels[3:67, 2:98]
            assert np.array_equal(label[number].pixels, source)
            assert np.array_equal(shown[number].pixels[~hole], source[~hole])
            if fill != "noise":
                assert (shown[number].pixels[hole] == {"mean": (123, 117, 104), "black": 0}[fill]).all()


def test_nothing_of_hidden_patches_is_left() -> None:
    negative = Clip([Picture(255 - frame.pixels) for frame in CLIP.frames], CLIP.times)
    for fill in ("mean", "black", "noise"):
        one, other = (taken_apart(made(clip, fill=fill, stride=0.0)) for clip in (CLIP, negative))
        assert np.array_equal(one[1], other[1])
        for a, b in zip(one[0].frames, other[0].frames, strict=True):
            assert np.array_equal(a.pixels[one[1]], b.pixels[one[1]])


def test_frames_that_are_whole_patches_are_the_source_s_own() -> None:
    clip = moving_clip(16, 96, 64)
    label = made(clip, stride=0.0).labels["label"]
    assert isinstance(label, Clip)
    assert all(one is other for one, other in zip(label.frames, clip.frames, strict=True))


def test_each_patch_is_hidden_as_often_as_any_other() -> None:
    clip, trials = moving_clip(16, 64, 64), 600
    masks = [made(clip, seed, frames=2, stride=0.0, ratio=0.5).inputs["input_mask"] for seed in range(trials)]
    shares = np.mean([one.pixels == 255 for one in masks if isinstance(one, Mask)], axis=0)
    assert np.abs(shares - 0.5).max() <= 4.5 * np.sqrt(0.25 / trials)


@pytest.mark.parametrize(
    ("clip", "options", "reason"),
    [
        (moving_clip(16, 31, 31), {"stride": 0.0}, "fewer than two patches"),
        (moving_clip(15, 64, 64), {"stride": 0.0}, "fewer than 16 frames"),
        (moving_clip(16, 64, 64), {}, "too short for 16 frames"),
        (Clip([CLIP[0]] * 16, range(16)), {"stride": 0.0}, "nothing moves"),
    ],
)
def test_what_gives_no_pair_is_skipped(clip: Clip, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(Skip, match=reason):
        made(clip, **options)


def test_frames_are_whole_tubelets() -> None:
    with pytest.raises(UsageError, match="15 frames are no whole number of tubelets of 2"):
        recipe(task="masked-tubes:frames=15")
    recipe(task="masked-tubes:frames=15,tubelet=3")
    with pytest.raises(UsageError, match=r"tubelet is one number, not a range"):
        recipe(task="masked-tubes:tubelet=1..2")
    with pytest.raises(UsageError, match="frames is one number, not a range"):
        recipe(task="masked-tubes:frames=8..16")


@pytest.mark.parametrize("format_", ["webdataset", "parquet"])
def test_in_files_the_input_is_the_label_outside_hidden_patches(tmp_path: Path, format_: str) -> None:
    (tmp_path / "raw").mkdir()
    save_film(tmp_path / "raw" / "a.mkv", moving_clip(24, 70, 51))
    task = "masked-tubes:frames=8,stride=0,ratio=0.6"
    sslabel.make(tmp_path / "raw", tmp_path / "out", task=task, format=format_, workers=1)
    examples = list(sslabel.read(tmp_path / "out"))
    assert len(examples) == 3
    for example in examples:
        check_files(example)


def check_files(example: Example) -> None:
    """Find the input the label outside the hidden patches, and nothing but the fill inside."""
    frames = [f"input_{number}" for number in range(8)]
    assert list(example.fields) == [*frames, "input_mask", *(f"label_{number}" for number in range(8))]
    mask = example["input_mask"]
    assert isinstance(mask, Mask)
    assert mask.pixels.shape == (3, 4)
    assert np.count_nonzero(mask.pixels) == example.meta["hidden"] == 7
    hole = np.kron(mask.pixels, np.ones((16, 16), np.uint8)) == 255
    for number in range(8):
        shown, label = example[f"input_{number}"], example[f"label_{number}"]
        assert isinstance(shown, Picture)
        assert isinstance(label, Picture)
        assert np.array_equal(shown.pixels[~hole], label.pixels[~hole])
        assert (shown.pixels[hole] == (123, 117, 104)).all()
        assert (label.pixels[hole] != (123, 117, 104)).any()
