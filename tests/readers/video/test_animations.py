"""Animated pictures give the frames that are seen, when they are seen, or a clear reason."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from PIL import Image

from sslabel.errors import BadSource
from sslabel.readers import BadRecord, Reading, SourceFile, Stretch, Windows
from sslabel.readers.video.animations import animations
from sslabel.values import Clip, Sample
from tests.clips import animation, moving_clip
from tests.pictures import encoded, photo, stored, turned_exif

if TYPE_CHECKING:
    from sslabel.values import Pixels

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora"
WHOLE = Windows(Stretch(1_000_000))
FORMATS = ("GIF", "PNG", "WEBP")


def read(folder: Path, data: bytes, how: Windows = WHOLE, max_pixels: int = 10**8) -> list[Any]:
    """All that the reader gives of a file."""
    path = folder / "a.gif"
    path.write_bytes(data)
    return list(animations(SourceFile("a.gif", os.fsencode(path), len(data), max_pixels, reading=Reading(windows=how))))


def clip_of(folder: Path, data: bytes, **more: Any) -> Clip:
    """The one clip of a file that is whole."""
    (sample,) = read(folder, data, **more)
    assert isinstance(sample, Sample)
    assert isinstance(sample.value, Clip)
    return sample.value


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def decoded(data: bytes) -> list[Any]:
    """The frames as FFmpeg gives them."""
    with av.open(io.BytesIO(data), "r") as container:
        return list(container.decode(video=0))


def as_ffmpeg_shows(data: bytes) -> list[Pixels]:
    """The frames as another decoder composes them, on white."""
    frames = []
    for frame in decoded(data):
        rgba = frame.to_ndarray(format="rgba").astype(np.uint16)
        weight = rgba[:, :, 3:]
        frames.append(((rgba[:, :, :3] * weight + 255 * (255 - weight) + 127) // 255).astype(np.uint8))
    return frames


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_a_lossless_file_gives_its_frames_at_its_times(tmp_path: Path, format_: str) -> None:
    film = moving_clip(6, 33, 21)
    clip = clip_of(tmp_path, animation(film, format_, [50, 20, 20, 20, 400, 20]))
    assert clip.frames == film.frames
    assert clip.times == (0.0, 0.05, 0.07, 0.09, 0.11, 0.51)


@pytest.mark.parametrize("disposal", [0, 1, 2])
def test_parts_with_holes_are_composed_as_another_decoder_does(tmp_path: Path, disposal: int) -> None:
    images = []
    for number in range(5):
        pixels = np.dstack([photo(40, 30, number), np.zeros((30, 40), np.uint8)])
        pixels[5:20, 5 * number : 5 * number + 12, 3] = 255
        images.append(Image.fromarray(pixels))
    for format_ in ("GIF", "PNG"):
        data = encoded(
            images[0], format_, save_all=True, append_images=images[1:], duration=40, loop=0, disposal=disposal
        )
        clip = clip_of(tmp_path, data)
        expected = as_ffmpeg_shows(data)
        assert [frame.pixels.tobytes() for frame in clip.frames] == [one.tobytes() for one in expected]


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_frames_are_turned_upright(tmp_path: Path, format_: str) -> None:
    film = moving_clip(3, 33, 21)
    lying = Clip([type(frame)(stored(frame.pixels, 6)) for frame in film.frames], film.times)
    clip = clip_of(tmp_path, animation(lying, format_, [40] * 3, exif=turned_exif(6)))
    assert (clip.width, clip.height) == (33, 21)
    assert clip.frames == film.frames


def test_the_picture_for_those_who_know_no_animations_is_no_frame(tmp_path: Path) -> None:
    film = moving_clip(3, 33, 21)
    images = [Image.fromarray(frame.pixels) for frame in film.frames]
    data = encoded(
        Image.new("RGB", (33, 21)), "PNG", save_all=True, append_images=images, duration=40, default_image=True
    )
    assert clip_of(tmp_path, data).frames == film.frames


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (6, 4)])
def test_16_bits_are_scaled_to_8(tmp_path: Path, kind: int, channels: int) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (2, 6, 8, channels))
    deep[..., 3:] = 65535
    body = [zlib.compress(b"".join(b"\0" + row.astype(">u2").tobytes() for row in frame)) for frame in deep]
    control = [struct.pack(">IIIIIHHBB", number, 8, 6, 0, 0, 1, 10, 0, 0) for number in (0, 1)]
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 6, 16, kind, 0, 0, 0))
    data += chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", control[0]) + chunk(b"IDAT", body[0])
    data += chunk(b"fcTL", control[1]) + chunk(b"fdAT", struct.pack(">I", 2) + body[1]) + chunk(b"IEND", b"")
    for frame, expected in zip(clip_of(tmp_path, data).frames, deep[..., :3] / 257, strict=True):
        assert np.abs(frame.pixels - expected).max() <= 1


@pytest.mark.parametrize("format_", FORMATS)
def test_of_a_file_that_is_cut_short_the_whole_frames_are_used(tmp_path: Path, format_: str) -> None:
    data = animation(moving_clip(8, 33, 21), format_, [40] * 8)
    whole = clip_of(tmp_path, data)
    sample, bad = read(tmp_path, data[: len(data) * 2 // 3])
    assert isinstance(bad, BadRecord)
    assert bad.reason == "from here on it is cut short"
    assert 1 < len(sample.value) < 8
    assert sample.value == whole.take(range(len(sample.value)))


def test_behind_a_damaged_frame_nothing_is_used(tmp_path: Path) -> None:
    film = moving_clip(5, 33, 21)
    data = bytearray(animation(film, "PNG", [40] * 5))
    at = [place for place in range(len(data)) if data[place : place + 4] == b"fdAT"][2]
    data[at + 8 : at + 40] = bytes(32)
    sample, bad = read(tmp_path, bytes(data))
    assert sample.value.frames == film.frames[:3]
    assert bad.source == "a.gif#0.08"
    assert bad.reason.startswith("from here on it cannot be decoded")


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_larger_than_allowed_is_refused_by_its_header(tmp_path: Path, format_: str) -> None:
    data = animation(moving_clip(2, 40, 30), format_, [40] * 2)
    with pytest.raises(BadSource, match="40×30 is over the limit of 1199 pixels"):
        read(tmp_path, data, max_pixels=1199)
    assert len(clip_of(tmp_path, data, max_pixels=1200)) == 2


def test_a_frame_beyond_the_screen_is_no_bomb(tmp_path: Path) -> None:
    data = bytearray(animation(moving_clip(3, 40, 30), "GIF", [40] * 3))
    places = [place for place in range(len(data)) if data[place : place + 1] == b"," and data[place + 1] == 0]
    data[places[-1] + 5 : places[-1] + 9] = struct.pack("<HH", 60_000, 60_000)
    sample, bad = read(tmp_path, bytes(data))
    assert len(sample.value) == 2
    assert bad.source == "a.gif#0.04"


@pytest.mark.parametrize("format_", FORMATS)
def test_windows_begin_a_stride_apart(tmp_path: Path, format_: str) -> None:
    data = animation(moving_clip(20, 33, 21), format_, [40] * 20)
    given = read(tmp_path, data, Windows(Stretch(4), Stretch(6)))
    assert [(one.source, len(one.value)) for one in given] == [
        ("a.gif#0", 4),
        ("a.gif#0.24", 4),
        ("a.gif#0.48", 4),
    ]
    whole = clip_of(tmp_path, data)
    assert given[1].value == whole.take(range(6, 10))


def test_windows_of_a_number_are_evenly_spread(tmp_path: Path) -> None:
    data = animation(moving_clip(20, 33, 21), "PNG", [50] * 20)
    given = read(tmp_path, data, Windows(Stretch(4), per_clip=2))
    assert [one.source for one in given] == ["a.gif#0.2", "a.gif#0.6"]
    (middle,) = read(tmp_path, data, Windows(Stretch(4), per_clip=1))
    assert middle.source == "a.gif#0.4"


def test_at_another_rate_the_frame_that_is_shown_is_taken(tmp_path: Path) -> None:
    film = moving_clip(4, 33, 21)
    clip = clip_of(tmp_path, animation(film, "PNG", [100, 300, 100, 100]), how=Windows(Stretch(1000), fps=10))
    assert clip.frames == film.take([0, 1, 1, 1, 2, 3]).frames


def test_a_long_one_is_read_as_it_goes(tmp_path: Path) -> None:
    film = moving_clip(4, 8, 8)
    data = animation(film, "GIF", [40] * 4, disposal=1)
    frames = data.index(b"!\xf9")
    path = tmp_path / "a.gif"
    path.write_bytes(data[:frames] + data[frames:-1] * 1000 + b"torn")
    given = animations(SourceFile("a.gif", os.fsencode(path), path.stat().st_size, 10**8))
    first = next(given)
    assert isinstance(first, Sample)
    assert first.source == "a.gif#0"
    rest = list(given)
    assert len(rest) == 4000 // 16
    assert rest[-2].source == f"a.gif#{4000 * 0.04 - 0.64:g}"
    assert isinstance(rest[-1], BadRecord)


@pytest.mark.parametrize(
    "name", ["video/newtonscradle.gif", "images/odd-valid/rotating-squares.gif", "images/odd-valid/animated-loop-3.gif"]
)
def test_real_files_are_seen_as_another_decoder_sees_them(tmp_path: Path, name: str) -> None:
    if not (CORPORA / name).exists():
        pytest.skip("the corpora are not here")
    data = (CORPORA / name).read_bytes()
    times = [float(frame.pts * frame.time_base) for frame in decoded(data)]
    clip = clip_of(tmp_path, data)
    assert np.allclose(clip.times, times)
    assert [frame.pixels.tobytes() for frame in clip.frames] == [one.tobytes() for one in as_ffmpeg_shows(data)]
