"""Every noise on pictures does the same to each frame of a clip."""

from __future__ import annotations

import numpy as np
import pytest

from sslabel.flow import noised
from sslabel.registry import all_of
from sslabel.seeding import Draws, example_key
from sslabel.values import Clip, Picture
from tests.clips import moving_clip
from tests.recipes import recipe

NOISES = [name for name, entry in all_of("noise").items() if entry.takes == "image"]


@pytest.mark.parametrize("name", NOISES)
def test_each_frame_is_as_the_noise_makes_it_alone_with_the_same_draws(name: str) -> None:
    steps = recipe(task="next-frame", augment=name).augments
    one, other, _ = moving_clip(3, 72, 70).frames
    clip = Clip([one, other, Picture(one.pixels.copy()), one], range(4))
    for source in ("a.mp4", "b.mp4"):
        key = example_key(source, 0, 0)
        made, chain = noised({"input": clip}, steps, Draws(0), key, "stage")
        noisy = made["input"]
        assert isinstance(noisy, Clip)
        assert noisy.times == clip.times
        for before, after in zip(clip.frames, noisy.frames, strict=True):
            alone, said = noised({"input": before}, steps, Draws(0), key, "stage")
            assert alone["input"] == after
            assert said == chain
        assert noisy[0] == noisy[2] == noisy[3]


def test_parts_of_an_input_draw_apart_and_frames_of_a_part_alike() -> None:
    steps = recipe(task="next-frame", augment="gaussian-noise:sigma=0.2").augments
    frame = Picture(np.full((32, 32, 3), 128, np.uint8))
    clips = {name: Clip([frame] * 3, range(3)) for name in ("input_0", "input_1")}
    made, _ = noised(clips, steps, Draws(0), example_key("a.mp4", 0, 0), "stage")
    one, other = made["input_0"], made["input_1"]
    assert isinstance(one, Clip)
    assert isinstance(other, Clip)
    assert one[0] == one[1] == one[2] != other[0]
