"""Frames through an encoder: one key frame, no threads, the same bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.transforms.video.codec import CodecName, coded, packets
from tests.clips import moving_clip

CODECS: list[CodecName] = ["h264", "mpeg4"]
FRAMES: list[Any] = [frame.pixels for frame in moving_clip(16, 98, 66).frames]
every_codec = pytest.mark.parametrize("codec", CODECS)


@every_codec
def test_only_the_first_frame_is_a_key_frame_even_where_the_scene_changes(codec: CodecName) -> None:
    frames = [*FRAMES[:8], *(255 - pixels for pixels in FRAMES[8:])]
    assert [packet.is_keyframe for packet in packets(frames, codec, 30)] == [True] + [False] * 15


@every_codec
def test_the_bytes_are_the_same_each_time_and_fewer_for_more_loss(codec: CodecName) -> None:
    sizes = []
    for crf in (10, 20, 30, 40):
        one, other = (b"".join(bytes(packet) for packet in packets(FRAMES, codec, crf)) for _ in range(2))
        assert one == other
        sizes.append(len(one))
    assert sizes == sorted(set(sizes), reverse=True)


@every_codec
def test_sides_are_made_even_and_as_long_as_a_block(codec: CodecName) -> None:
    for height, width in ((1, 1), (15, 40), (17, 33), (66, 98)):
        (made,) = coded([np.zeros((height, width, 3), np.uint8)], codec, 30)
        assert made.shape == (max(16, height + height % 2), max(16, width + width % 2), 3)
