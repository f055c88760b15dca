"""Static: every frame has a draw of its own, of the strength that is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.noise.video.static import static
from sslabel.registry import find_noise
from sslabel.values import Clip, Picture
from tests.clips import moving_clip

GREY = Clip([Picture(np.full((80, 90, 3), 128, np.uint8))] * 6, range(6))
STYLES: list[Any] = ["gaussian", "snow"]
every_style = pytest.mark.parametrize("style", STYLES)


def test_it_alters_nothing_that_labels_depend_on() -> None:
    assert find_noise("static").alters == frozenset()


@every_style
def test_frames_that_are_alike_get_draws_of_their_own(style: Any) -> None:
    frames = static(GREY, np.random.default_rng(0), style=style, strength=0.1).frames
    noise = np.array([frame.pixels.astype(float).ravel() - 128 for frame in frames])
    between = np.corrcoef(noise) - np.eye(6)
    assert np.abs(between).max() <= 5 / np.sqrt(80 * 90)


def test_gaussian_has_its_deviation() -> None:
    frames = static(GREY, np.random.default_rng(0), strength=0.05).frames
    noise = np.array([frame.pixels.astype(float) - 128 for frame in frames])
    assert abs(noise.mean()) <= 4 * 12.75 / np.sqrt(noise.size)
    assert abs(noise.std() - np.hypot(12.75, np.sqrt(1 / 12))) <= 4 * 12.75 / np.sqrt(2 * noise.size)


@pytest.mark.parametrize("strength", [0.03, 0.4, 1.0])
def test_snow_covers_its_share_in_all_greys(strength: float) -> None:
    clip = Clip([Picture(np.full((80, 90, 3), (10, 200, 90), np.uint8))] * 6, range(6))
    frames = static(clip, np.random.default_rng(0), style="snow", strength=strength).frames
    pixels = np.array([frame.pixels for frame in frames]).reshape(-1, 3)
    covered = pixels[(pixels != (10, 200, 90)).any(axis=1)].astype(int)
    count = len(pixels)
    assert abs(len(covered) - strength * count) <= 4 * np.sqrt(count * strength * (1 - strength))
    assert (covered == covered[:, :1]).all()
    assert abs(covered.mean() - 127.5) <= 4 * np.sqrt((256**2 - 1) / 12 / covered.shape[0])
    assert (np.bincount(covered[:, 0] // 32, minlength=8) > 0).all()


@every_style
def test_a_grey_clip_stays_grey_and_the_clip_itself_as_it_was(style: Any) -> None:
    pixels = np.full((9, 9), 100, np.uint8)
    noisy = static(Clip([Picture(pixels)] * 2, [0, 1]), np.random.default_rng(0), style=style, strength=0.5)
    assert [frame.pixels.shape for frame in noisy.frames] == [(9, 9)] * 2
    assert (pixels == 100).all()


@every_style
def test_frames_may_be_looked_at_later_and_in_any_order(style: Any) -> None:
    clip, rng = moving_clip(4), np.random.default_rng(0)
    one, other = (static(clip, np.random.default_rng(0), style=style, strength=0.1) for _ in range(2))
    rng.random(100)
    backwards = [frame.pixels for frame in reversed(one.frames)][::-1]
    assert all(np.array_equal(a, b.pixels) for a, b in zip(backwards, other.frames, strict=True))
