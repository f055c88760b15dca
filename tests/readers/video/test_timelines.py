"""How animations are timed, and what is one, by their structure alone."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from sslabel.readers.video.timelines import is_animated, timeline
from tests.clips import animation, moving_clip
from tests.pictures import encoded, photo

FORMATS = ("GIF", "PNG", "WEBP")
STILL = photo(20, 12)


@pytest.mark.parametrize("format_", FORMATS)
def test_each_frame_is_shown_when_those_before_are_over(format_: str) -> None:
    found = timeline(io.BytesIO(animation(moving_clip(5, 20, 12), format_, [50, 20, 20, 3000, 40])))
    assert found.times == (0.0, 0.05, 0.07, 0.09, 3.09)
    assert (round(found.duration, 6), found.cut_short) == (3.13, False)


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_shown_for_10_ms_or_less_is_shown_for_100(format_: str) -> None:
    found = timeline(io.BytesIO(animation(moving_clip(4, 20, 12), format_, [0, 10, 20, 0])))
    assert (found.times, round(found.duration, 6)) == ((0.0, 0.1, 0.2, 0.22), 0.32)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_file_that_is_cut_short_ends_with_its_last_whole_frame(format_: str) -> None:
    data = animation(moving_clip(6, 20, 12), format_, [40] * 6)
    whole = timeline(io.BytesIO(data)).times
    seen = set()
    for size in range(30, len(data) - 4):
        found = timeline(io.BytesIO(data[:size]))
        assert found.cut_short or not found.times, size
        assert found.times == whole[: len(found.times)]
        seen.add(len(found.times))
    assert seen >= set(range(6))


@pytest.mark.parametrize(
    ("data", "animated"),
    [
        (animation(moving_clip(2, 20, 12), "GIF", [40, 40]), True),
        (animation(moving_clip(2, 20, 12), "PNG", [40, 40]), True),
        (animation(moving_clip(2, 20, 12), "WEBP", [40, 40]), True),
        (encoded(STILL, "GIF"), False),
        (encoded(STILL, "GIF", loop=0), False),
        (encoded(STILL, "PNG"), False),
        (encoded(STILL, "WEBP"), False),
        (encoded(STILL, "WEBP", exif=b"Exif\0\0"), False),
        (encoded(STILL, "JPEG"), False),
        (b"", False),
        (b"GIF89a", False),
        (b"nothing of the kind", False),
    ],
)
def test_what_is_an_animation_is_told_by_its_frames(tmp_path: Path, data: bytes, animated: bool) -> None:
    path = tmp_path / "any.png"
    path.write_bytes(data)
    assert is_animated(os.fsencode(path)) is animated


def test_of_what_cannot_be_looked_at_reading_will_tell(tmp_path: Path) -> None:
    assert is_animated(os.fsencode(tmp_path / "gone.gif"))
