"""Next-frame: what is shown and what follows stand one behind the other in the source."""

from __future__ import annotations

import numpy as np
import pytest

from sslabel.errors import Skip, UsageError
from sslabel.registry import find_task
from sslabel.tasks.video.next_frame import next_frame
from sslabel.values import Clip, Picture
from tests.clips import moving_clip
from tests.recipes import recipe


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("next-frame")
    assert entry.needs == {"order", "timing", "geometry", "size", "color"}
    assert [(one.name, one.default) for one in entry.options] == [("context", 4), ("stride", 0.0), ("motion", 1.5)]


@pytest.mark.parametrize("noise", ["flicker", "shake", "jitter", "drop-frames", "repeat-frames", "exposure", "shift"])
def test_a_noise_that_the_label_would_have_to_follow_is_refused(noise: str) -> None:
    with pytest.raises(UsageError, match="the label of task 'next-frame' depends on it"):
        recipe(task="next-frame", noise=noise)
    recipe(task="next-frame", augment=noise, noise=["static", "compress"])


@pytest.mark.parametrize(("context", "stride", "step"), [(10, 0.0, 1), (4, 0.08, 2), (1, 0.2, 5)])
def test_frames_stand_a_stride_apart(context: int, stride: float, step: int) -> None:
    clip = moving_clip(48)
    for seed in range(10):
        pair = next_frame(clip, np.random.default_rng(seed), context=context, stride=stride)
        shown = pair.inputs["input"]
        assert isinstance(shown, Clip)
        first = clip.frames.index(shown[0])
        numbers = [first + step * number for number in range(context + 1)]
        assert [*shown.frames, pair.labels["label"]] == [clip[number] for number in numbers]
        taken = recipe(task={"next-frame": {"context": context, "stride": stride}}).reading.windows.window
        assert (taken.frames, taken.seconds) == (context + 1, context * stride)


def test_the_label_follows_on_the_frames_that_are_shown() -> None:
    clip = moving_clip(32)
    for seed in range(20):
        pair = next_frame(clip, np.random.default_rng(seed))
        shown = pair.inputs["input"]
        assert isinstance(shown, Clip)
        first = clip.frames.index(shown[0])
        assert shown.frames == clip.frames[first : first + 4]
        assert pair.labels["label"] == clip[first + 4]
        assert [float(time) for time in str(pair.notes["times"]).split()] == pytest.approx(
            clip.times[first : first + 5]
        )


def test_a_still_clip_gives_none() -> None:
    frame = moving_clip(1)[0]
    with pytest.raises(Skip, match="nothing moves"):
        next_frame(Clip([Picture(frame.pixels)] * 9, range(9)), np.random.default_rng(0))
