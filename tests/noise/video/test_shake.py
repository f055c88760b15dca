"""Shake: frames move by fractions of a pixel, within their bounds, and no border shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.noise.video.shake import shake
from sslabel.registry import find_noise
from sslabel.transforms.video.courses import walk, wave
from sslabel.values import Clip, Picture
from tests.clips import moving_clip

STYLES = ["walk", "wave"]


def ramps(count: int, side: int = 101) -> Clip:
    """Frames of which red tells the column and green the row, two steps a pixel."""
    values = np.arange(side, dtype=np.uint8) * 2
    pixels = np.zeros((side, side, 3), np.uint8)
    pixels[:, :, 0], pixels[:, :, 1] = values, values[:, None]
    return Clip([Picture(pixels)] * count, range(count))


def middles(clip: Clip) -> Any:
    """Where of the source the middle of each frame comes from, N×(x, y), from its own middle."""
    parts = [frame.pixels[30:71, 30:71, :2].mean(axis=(0, 1)) for frame in clip.frames]
    return np.array(parts) / 2 - 50


def shaken(clip: Clip, seed: int = 0, **options: Any) -> Clip:
    return shake(clip, np.random.default_rng(seed), **{"distance": 0.05, "period": 12.0, **options})


def test_it_alters_geometry() -> None:
    assert find_noise("shake").alters == {"geometry"}


@pytest.mark.parametrize("style", ["walk", "wave"])
def test_frames_move_as_the_course_says_by_fractions_of_a_pixel(style: Any) -> None:
    rng = np.random.default_rng(3)
    course = walk if style == "walk" else wave
    x, y = (course(rng, 24, 12.0) for _ in range(2))
    found = middles(shaken(ramps(24), 3, style=style))
    # Values are whole, and OpenCV's places are 1/32 of a pixel.
    assert np.abs(found - 5 * np.column_stack((x, y))).max() < 0.1
    assert np.abs(found).max() <= 5.1


def test_no_border_shows_and_all_frames_are_enlarged_alike() -> None:
    for style in STYLES:
        for frame in shaken(ramps(40), style=style).frames:
            across = frame.pixels[50, :, 0].astype(float)
            # A border that was mirrored or repeated would turn the slope round, or end it.
            slope = np.diff(across[2:-2])
            assert slope.min() >= 1
            assert abs((across[90] - across[10]) / 160 - 0.9) < 0.02


@pytest.mark.parametrize("shape", [(43, 67), (64, 31), (1, 9), (2, 2)])
def test_the_size_stays(shape: tuple[int, int]) -> None:
    clip = moving_clip(5, *shape)
    noisy = shaken(clip, distance=0.25)
    assert [(frame.width, frame.height) for frame in noisy.frames] == [shape] * 5
    assert noisy.times == clip.times
    assert (noisy == clip) is (1 in shape)


@pytest.mark.parametrize("style", STYLES)
def test_it_goes_by_places_and_not_by_times(style: str) -> None:
    clip = moving_clip(6)
    other = Clip(clip.frames, [3.0 * time for time in clip.times[::-1]])
    assert shaken(clip, style=style).frames == shaken(other, style=style).frames
