"""Flicker: each frame is exposed by itself, as far as is allowed, fast or as a wave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.light import exposure
from sslabel.noise.video.light import flicker
from sslabel.registry import find_noise
from sslabel.values import Clip, Picture
from tests.clips import moving_clip
from tests.pictures import to_linear

NO_DRAWS: Any = None


def grey(count: int) -> Clip:
    return Clip([Picture(np.full((1, 1, 3), 128, np.uint8))] * count, range(count))


def stops_of(clip: Clip) -> Any:
    """How each grey frame was exposed."""
    light = [float(to_linear(np.float64(frame.pixels[0, 0, 0]))) for frame in clip.frames]
    return np.log2(np.array(light) / to_linear(128.0))


def test_it_alters_color() -> None:
    assert find_noise("flicker").alters == {"color"}


def test_each_frame_is_that_frame_exposed() -> None:
    clip = moving_clip(8)
    noisy = flicker(clip, np.random.default_rng(5), stops=1.0, period=8.0)
    stops = np.random.default_rng(5).uniform(-1, 1, 8)
    for before, after, one in zip(clip.frames, noisy.frames, stops.tolist(), strict=True):
        assert after == exposure(before, NO_DRAWS, stops=one)


def test_fast_flicker_is_uniform_and_independent() -> None:
    found = stops_of(flicker(grey(4000), np.random.default_rng(0), stops=0.5, period=8.0))
    assert np.abs(found).max() <= 0.5 + 0.02  # half a step of 8 bits
    assert abs(found.mean()) <= 4 * 0.5 / np.sqrt(3 * 4000) + 0.01
    assert abs(np.corrcoef(found[1:], found[:-1])[0, 1]) <= 4 / np.sqrt(4000)


@pytest.mark.parametrize("period", [8.0, 20.0])
def test_slow_flicker_is_a_wave_of_the_period(period: float) -> None:
    found = stops_of(flicker(grey(160), np.random.default_rng(0), style="slow", stops=0.5, period=period))
    strength = np.abs(np.fft.rfft(found))
    assert int(strength.argmax()) == round(160 / period)
    assert np.abs(found[int(period) :] - found[: -int(period)]).max() < 0.01
    assert 0.45 < found.max() < 0.52


@pytest.mark.parametrize("style", ["fast", "slow"])
def test_it_goes_by_places_and_not_by_times(style: Any) -> None:
    clip = moving_clip(8)
    other = Clip(clip.frames, [3.0 * time for time in clip.times[::-1]])
    one, two = (flicker(each, np.random.default_rng(0), style=style, stops=0.5, period=8.0) for each in (clip, other))
    assert one.frames == two.frames
    assert two.times == other.times


def test_no_stops_are_the_identical_clip() -> None:
    clip = moving_clip(3)
    assert flicker(clip, np.random.default_rng(0), stops=0.0, period=8.0) is clip
