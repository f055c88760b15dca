"""Next-frame: what is shown and what follows stand one behind the other in the source."""

from __future__ import annotations

import numpy as np
import pytest

from sslabel.errors import Skip
from sslabel.tasks.video.next_frame import next_frame
from sslabel.values import Clip, Picture
from tests.clips import moving_clip


def test_the_label_follows_on_the_frames_that_are_shown() -> None:
    clip = moving_clip(32)
    for seed in range(20):
        pair = next_frame(clip, np.random.default_rng(seed))
        shown = pair.inputs["input"]
        assert isinstance(shown, Clip)
        first = clip.frames.index(shown[0])
        assert shown.frames == clip.frames[first : first + 4]
        assert pair.labels["label"] == clip[first + 4]
        assert [float(time) for time in str(pair.notes["times"]).split()] == pytest.approx(clip.times[first : first + 5])


def test_a_still_clip_gives_none() -> None:
    frame = moving_clip(1)[0]
    with pytest.raises(Skip, match="nothing moves"):
        next_frame(Clip([Picture(frame.pixels)] * 9, range(9)), np.random.default_rng(0))
