"""Compress: a real encoder and decoder, the same each time, whatever the size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.noise.video.compression import compress
from sslabel.registry import find_noise
from sslabel.values import Clip, Picture
from tests.clips import moving_clip
from tests.pictures import photo, psnr

CODECS: list[Any] = ["h264", "mpeg4"]
NO_DRAWS: Any = None
every_codec = pytest.mark.parametrize("codec", CODECS)


def quality(clip: Clip, **options: Any) -> float:
    made = compress(clip, NO_DRAWS, **options)
    return float(np.mean([psnr(*both) for both in zip(pixels(clip), pixels(made), strict=True)]))


def pixels(clip: Clip) -> list[Any]:
    return [frame.pixels for frame in clip.frames]


def test_it_alters_nothing_that_labels_depend_on() -> None:
    assert find_noise("compress").alters == frozenset()


@every_codec
def test_the_more_is_left_out_the_less_is_left(codec: Any) -> None:
    clip = moving_clip(6, 160, 128)
    found = [quality(clip, codec=codec, crf=crf) for crf in (4, 16, 28, 40)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 40
    assert 20 < found[-1] < 36


@every_codec
def test_the_same_clip_gives_the_same_frames(codec: Any) -> None:
    clip = moving_clip(12, 96, 64)
    assert compress(clip, NO_DRAWS, codec=codec, crf=36) == compress(clip, NO_DRAWS, codec=codec, crf=36)


@every_codec
@pytest.mark.parametrize("size", [(1, 1), (3, 50), (17, 15), (67, 43), (101, 99), (320, 16)])
def test_any_size_and_any_number_of_frames_come_back(codec: Any, size: tuple[int, int]) -> None:
    # Without colours, which would suffer from their half size where they change at every pixel.
    grey = photo(*size)[:, :, :1].repeat(3, axis=2)
    for count in (1, 2, 7):
        clip = Clip([Picture(grey)] * count, range(count))
        made = compress(clip, NO_DRAWS, codec=codec, crf=20)
        assert made.times == clip.times
        assert [frame.pixels.shape for frame in made.frames] == [(size[1], size[0], 3)] * count
        assert min(psnr(a, b) for a, b in zip(pixels(clip), pixels(made), strict=True)) > 30


@every_codec
def test_frames_come_back_in_their_order_and_lean_on_those_before(codec: Any) -> None:
    clip = moving_clip(24, 96, 64)
    made = compress(clip, NO_DRAWS, codec=codec, crf=24)
    for number, frame in enumerate(made.frames):
        errors = [psnr(frame.pixels, other.pixels) for other in clip.frames]
        assert int(np.argmax(errors)) == number
    half = compress(clip.take(range(12, 24)), NO_DRAWS, codec=codec, crf=24)
    assert half.frames != made.frames[12:]


@every_codec
@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (200, 40, 90), (10, 120, 240)])
def test_plain_colours_stay(codec: Any, color: tuple[int, int, int]) -> None:
    clip = Clip([Picture(np.full((48, 64, 3), color, np.uint8))] * 3, range(3))
    for frame in compress(clip, NO_DRAWS, codec=codec, crf=28).frames:
        assert np.abs(frame.pixels.astype(int) - color).max() <= 8


@every_codec
def test_it_goes_by_places_and_not_by_times(codec: Any) -> None:
    clip = moving_clip(6)
    other = Clip(clip.frames, [9.0 * time for time in clip.times[::-1]])
    one, two = (compress(each, NO_DRAWS, codec=codec, crf=36) for each in (clip, other))
    assert one.frames == two.frames


def test_a_grey_clip_stays_grey() -> None:
    clip = Clip([Picture(photo(64, 48)[:, :, 1].copy())] * 3, range(3))
    assert [frame.pixels.shape for frame in compress(clip, NO_DRAWS, crf=30).frames] == [(48, 64)] * 3
    assert quality(clip, crf=24) > 30
