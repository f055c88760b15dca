"""Films frame by frame: each shows its own number, so what is given can be told from what was asked for."""

from __future__ import annotations

import io
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from sslabel.codecs import Field, decode, encode
from sslabel.errors import BadSource
from sslabel.readers.video import containers, films
from sslabel.readers.video.decoded import DecodedFrame
from sslabel.readers.video.films import Film, Frame
from tests.filming import Shot, edited, joined, number_in, numbered, timestamps

GOP = {"g": "20"}
OPEN_GOP = {"x264-params": "open-gop=1:keyint=20:bframes=3:b-adapt=0:scenecut=0"}
OPEN_HEVC = {"x265-params": "log-level=none:keyint=20:open-gop=1:bframes=4:scenecut=0"}
VPX = {"g": "20", "auto-alt-ref": "1", "lag-in-frames": "16", "b": "1M", "cpu-used": "8"}
AV1 = {"g": "20", "preset": "12", "crf": "20"}
MILLI = Fraction(1, 1000)
UNEVEN = [number * 40 + random.Random(1).randrange(30) + (number > 40) * 700 for number in range(75)]

SHOTS = {
    "one key frame": Shot(),
    "b-frames": Shot(options={"g": "30", "bf": "3"}),
    "open gop": Shot(options=OPEN_GOP),
    "open gop mkv": Shot(container="matroska", options=OPEN_GOP),
    "open gop ts": Shot(container="mpegts", options=OPEN_GOP),
    "intra refresh": Shot(options={"x264-params": "intra-refresh=1:keyint=25:scenecut=0"}),
    "intra refresh mkv": Shot(container="matroska", options={"x264-params": "intra-refresh=1:keyint=25:scenecut=0"}),
    "hevc": Shot("libx265", options=OPEN_HEVC),
    "hevc mkv": Shot("libx265", "matroska", options=OPEN_HEVC),
    "hevc ts": Shot("libx265", "mpegts", options=OPEN_HEVC),
    "vp8": Shot("libvpx", "webm", options=VPX),
    "vp9": Shot("libvpx-vp9", "webm", options=VPX),
    "av1": Shot("libsvtav1", options=AV1),
    "av1 mkv": Shot("libsvtav1", "matroska", options=AV1),
    "mjpeg": Shot("mjpeg", "avi", pix_fmt="yuvj420p"),
    "mjpeg mov": Shot("mjpeg", "mov", pix_fmt="yuvj420p"),
    "ffv1": Shot("ffv1", "matroska", options={"g": "10"}),
    "mpeg4": Shot("mpeg4", "avi", options={"g": "20", "b": "1M"}),
    "avi without b-frames": Shot(container="avi", options={"g": "20", "bf": "0"}),
    "mpeg2 ts": Shot("mpeg2video", "mpegts", options={"g": "20", "bf": "2", "b": "2M"}),
    "mpeg2 ps": Shot("mpeg2video", "mpeg", options={"g": "20", "bf": "2", "b": "2M"}),
    "flv": Shot(container="flv", options=GOP),
    "wmv": Shot("wmv2", "asf", options={"g": "20", "b": "1M"}),
    "qtrle": Shot("qtrle", "mov", pix_fmt="rgb24"),
    "prores": Shot("prores_ks", "mov", pix_fmt="yuv422p10le"),
    "10 bit": Shot(pix_fmt="yuv420p10le", options=GOP),
    "4:4:4": Shot(pix_fmt="yuv444p", options=GOP),
    "odd size": Shot(pix_fmt="yuv444p", size=(67, 43), options=GOP),
    "uneven": Shot(ticks=UNEVEN, tick=MILLI, options=GOP),
    "uneven mkv": Shot(container="matroska", ticks=UNEVEN, tick=MILLI, options=GOP),
    "begins late": Shot(ticks=range(50, 125), options=GOP),
    "begins late mkv": Shot(container="matroska", ticks=range(50, 125), options=GOP),
    "begins early mkv": Shot(container="matroska", ticks=range(-10, 65), options=GOP),
    "fragments": Shot(options=GOP, container_options={"movflags": "frag_keyframe+empty_moov"}),
}
WHEN_DECODED = {
    "avi": Shot(container="avi", options=GOP),
    "mpeg4 avi": Shot("mpeg4", "avi", options={"g": "20", "bf": "2", "b": "1M"}),
    "h264 wmv": Shot(container="asf", options=GOP),
    "mpeg2 wmv": Shot("mpeg2video", "asf", options={"g": "20", "bf": "2", "b": "2M"}),
}
TURNS = [(turn, flips) for turn in (0, 90, 180, 270) for flips in ((False, False), (True, False), (False, True))]


def opened(data: bytes, max_pixels: int = 10**8) -> Film:
    file: Any = io.BytesIO(data)
    return Film(file, max_pixels)


def seen(frames: list[Frame]) -> list[tuple[float, bytes]]:
    return [(frame.time, frame.picture.pixels.tobytes()) for frame in frames]


def numbers(frames: list[Frame]) -> list[int]:
    return [number_in(frame.picture.pixels) for frame in frames]


@pytest.mark.parametrize("name", SHOTS)
def test_frames_are_those_that_their_times_say(name: str) -> None:
    data = SHOTS[name].film()
    film = opened(data)
    frames = list(film.frames())
    assert numbers(frames) == list(range(75))
    assert [frame.time for frame in frames] == timestamps(data)
    assert film.over
    assert (film.damages, film.dropped, film.remarks) == ([], 0, [])


@pytest.mark.parametrize("name", [*SHOTS, *WHEN_DECODED])
def test_what_is_sought_is_what_comes_in_sequence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "_FAR", 0.1)
    data = (SHOTS | WHEN_DECODED)[name].film()
    whole = seen(list(opened(data).frames()))
    for number in range(int((whole[-1][0] - whole[0][0] + 0.5) / 0.31)):
        begin = whole[0][0] + number * 0.31
        before = max((place for place, one in enumerate(whole) if one[0] <= begin + 1e-6), default=0)
        assert seen(list(opened(data).frames(begin))) == whole[before:], begin


@pytest.mark.parametrize("name", ["b-frames", "open gop mkv", "hevc", "vp9", "av1", "ffv1", "qtrle", "uneven"])
def test_seeks_do_succeed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "_FAR", 0.1)
    film = opened(SHOTS[name].film())
    assert next(film.frames(2.5)).time <= 2.5
    assert film.has_index


def test_one_film_is_read_from_many_places_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "_FAR", 0.5)
    film = opened(SHOTS["open gop"].film())
    for begin in (2.0, 0.4, 0.48, 2.72, 0.0, 1.0, 1.6, 1.6):
        frames = film.frames(begin)
        assert [round(next(frames).time, 6) for _ in range(3)] == pytest.approx([begin, begin + 0.04, begin + 0.08])


def test_without_an_index_reading_goes_on_from_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    film = opened(WHEN_DECODED["avi"].film())
    rewinds: list[int] = []
    rewind = Film._rewind

    def counted(self: Film) -> None:
        rewinds.append(1)
        rewind(self)

    monkeypatch.setattr(Film, "_rewind", counted)
    for begin in (0.4, 1.2, 2.4):
        assert next(film.frames(begin)).time == pytest.approx(begin)
    assert len(rewinds) == 1


@pytest.mark.parametrize("name", WHEN_DECODED)
def test_avi_and_asf_give_their_frames_one_behind_the_other(name: str) -> None:
    # Their only timestamps are those of decoding, which are in another order than the frames.
    film = opened(WHEN_DECODED[name].film())
    frames = list(film.frames())
    assert numbers(frames) == list(range(75))
    assert [frame.time for frame in frames] == pytest.approx([number / 25 for number in range(75)])
    assert not film.has_index


class Elsewhere:
    """A container whose seeks land elsewhere, or nowhere."""

    def __init__(self, container: Any, late: float) -> None:
        self._container, self._late = container, late

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def seek(self, offset: int, *, stream: Any) -> None:
        if math.isinf(self._late):
            raise av.error.PermissionError(1, "Operation not permitted")
        self._container.seek(offset + round(self._late / stream.time_base), stream=stream)


@pytest.mark.parametrize("late", [1.2, 30.0, math.inf])
def test_where_seeks_land_too_late_or_nowhere_all_is_decoded(late: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "_FAR", 0.1)
    monkeypatch.setattr(films, "_BACK", (0.0, 0.1))
    data = SHOTS["b-frames"].film()
    whole = seen(list(opened(data).frames()))
    film = opened(data)
    film._container = Elsewhere(film._container, late)  # type: ignore[assignment]
    assert seen(list(film.frames(1.0))) == whole[25:]
    assert not film.has_index


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video", "mpeg4"])
def test_a_recording_that_begins_anywhere_is_given_from_its_first_key_frame_on(codec: str) -> None:
    data = Shot(codec, "mpegts", options={"g": "20", "bf": "2", "b": "1M"}).film()
    packet = 188
    begun = data[: 3 * packet] + data[len(data) // packet * 2 // 5 * packet :]
    frames = list(opened(begun).frames())
    assert 20 < len(frames) < 60
    assert numbers(frames) == list(range(75 - len(frames), 75))


def test_how_long_a_film_is_that_does_not_say_is_found_out() -> None:
    data = Shot(container="matroska", options=GOP, container_options={"live": "1"}).film()
    film = opened(data)
    assert film.end is None
    assert film.duration == pytest.approx(2.96)
    assert numbers(list(film.frames())) == list(range(75))


def test_what_an_edit_list_leaves_out_is_left_out() -> None:
    data = edited(Shot(options=GOP).film(), ticks=9 * 512, length=1200)
    frames = list(opened(data).frames())
    assert numbers(frames) == list(range(9, 9 + len(frames)))
    assert [frame.time for frame in frames] == pytest.approx([number / 25 for number in range(30)])


def test_frames_before_the_beginning_of_an_mp4_are_left_out() -> None:
    frames = list(opened(Shot(ticks=range(-10, 65), options=GOP).film()).frames())
    assert numbers(frames) == list(range(10, 75))
    assert frames[0].time == 0.0


@pytest.mark.parametrize(("turn", "flips"), TURNS)
@pytest.mark.parametrize(("codec", "container"), [("libx264", "mp4"), ("mjpeg", "mov"), ("libvpx-vp9", "webm")])
def test_frames_are_upright(codec: str, container: str, turn: int, flips: tuple[bool, bool]) -> None:
    def stored(number: int, *_: int) -> Any:
        upright = numbered(number, 64, 96)[:: -1 if flips[1] else 1, :: -1 if flips[0] else 1]
        return np.ascontiguousarray(np.rot90(upright, -turn // 90))  # turning it counter-clockwise gives it back

    size = (64, 96) if turn % 180 == 0 else (96, 64)
    fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    shot = Shot(codec, container, count=4, size=size, pix_fmt=fmt, turn=turn, flips=flips, draw=stored)
    frames = list(opened(shot.film()).frames())
    assert numbers(frames) == [0, 1, 2, 3]
    picture = frames[0].picture
    assert picture.pixels.shape == (96, 64, 3) == (picture.height, picture.width, 3)
    assert number_in(picture.thumbnail[:, :, None]) == 0


BARS = np.array(
    [
        (235, 235, 235),
        (200, 200, 20),
        (20, 200, 200),
        (20, 200, 20),
        (200, 20, 200),
        (200, 20, 20),
        (20, 20, 200),
        (40,) * 3,
    ]
)
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
BT709, BT601 = 1, 5


def bars(
    matrix: int, fmt: str, *, full: bool, size: tuple[int, int] = (128, 96), tag: int | None = None
) -> av.VideoFrame:
    """Colour bars by the formula of a standard: Y = kr·R + kg·G + kb·B, and Cb and Cr of it."""
    kr, kb = WEIGHTS[matrix]
    depth = 10 if "10" in fmt else 8
    red, green, blue = (BARS / 255).T
    y = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = np.stack([(blue - y) / (2 * (1 - kb)), (red - y) / (2 * (1 - kr))])
    scale = 2 ** (depth - 8)
    if full:
        planes = np.vstack([y * (2**depth - 1), chroma * (2**depth - 1) + 128 * scale])
    else:
        planes = np.vstack([(16 + 219 * y) * scale, (128 + 224 * chroma) * scale])
    frame = av.VideoFrame(*size, fmt)
    for plane, values in zip(frame.planes, np.rint(planes), strict=True):
        row = np.repeat(values.astype("<u2" if depth > 8 else "u1"), plane.width // 8).view("u1")
        rows = np.zeros((plane.height, plane.line_size), np.uint8)
        rows[:, : len(row)] = row
        plane.update(rows.tobytes())
    frame.color_range, frame.colorspace = 2 if full else 1, matrix if tag is None else tag
    return frame


@pytest.mark.parametrize("fmt", ["yuv420p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize(("codec", "container"), [("libx264", "mp4"), ("ffv1", "matroska")])
def test_colours_are_those_of_the_matrix_and_the_range(
    codec: str, container: str, matrix: int, fmt: str, *, full: bool
) -> None:
    tags = {"colorspace": matrix, "color_range": 2 if full else 1}
    options = {"crf": "1"} if codec == "libx264" else {}

    def drawn(_: int) -> av.VideoFrame:
        return bars(matrix, fmt, full=full)

    shot = Shot(codec, container, count=2, size=(128, 96), pix_fmt=fmt, options=options, tags=tags, raw=drawn)
    pixels = next(opened(shot.film()).frames()).picture.pixels.astype(int)
    assert np.abs(pixels[48, 8::16] - BARS).max() <= 4


@pytest.mark.parametrize(("height", "matrix"), [(480, BT601), (718, BT601), (720, BT709), (1080, BT709)])
def test_colours_without_a_matrix_are_709_from_720_lines_on(height: int, matrix: int) -> None:
    def drawn(_: int) -> av.VideoFrame:
        return bars(matrix, "yuv420p", full=False, size=(160, height), tag=2)

    shot = Shot(count=1, size=(160, height), options={"crf": "1", "preset": "ultrafast"}, raw=drawn)
    pixels = next(opened(shot.film()).frames()).picture.pixels.astype(int)
    assert np.abs(pixels[48, 10::20] - BARS).max() <= 4


@pytest.mark.parametrize(
    ("codec", "container", "fmt"),
    [
        ("libvpx-vp9", "webm", "yuva420p"),
        ("libvpx", "webm", "yuva420p"),
        ("ffv1", "matroska", "yuva444p"),
        ("prores_ks", "mov", "yuva444p10le"),
        ("qtrle", "mov", "argb"),
    ],
)
def test_alpha_is_flattened_on_white(codec: str, container: str, fmt: str) -> None:
    def drawn(_: int, width: int, height: int) -> Any:
        pixels = np.zeros((height, width, 4), np.uint8)
        pixels[:, :, :3] = 200, 60, 20
        pixels[:, : width // 4, 3], pixels[:, width // 2 :, 3] = 128, 255
        return pixels

    options = {"auto-alt-ref": "0", "b": "1M"} if "vpx" in codec else {}
    shot = Shot(codec, container, count=12, size=(128, 96), pix_fmt=fmt, options=options, draw=drawn)
    frames = list(opened(shot.film()).frames())
    assert len(frames) == 12
    found = frames[0].picture.pixels[48, [10, 40, 100]].astype(int)
    assert np.abs(found - [(227, 157, 137), (255, 255, 255), (200, 60, 20)]).max() <= 4


def test_a_frame_that_is_not_looked_at_is_not_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[int] = []
    bgr = DecodedFrame.bgr

    def counted(self: DecodedFrame) -> Any:
        converted.append(1)
        return bgr(self)

    monkeypatch.setattr(DecodedFrame, "bgr", counted)
    frames = list(opened(Shot(count=10).film()).frames())
    assert all(frame.picture.thumbnail.shape == (64, 64) and frame.picture.width == 64 for frame in frames)
    assert not converted
    assert frames[3].picture.pixels is frames[3].picture.pixels
    assert len(converted) == 1


@pytest.mark.parametrize(
    "shot",
    [
        Shot(count=1, size=(66, 50)),
        Shot(count=1, pix_fmt="yuv420p10le"),
        Shot("ffv1", "matroska", count=1, pix_fmt="yuva420p"),
        Shot("qtrle", "mov", count=1, pix_fmt="rgb24"),
        Shot(count=1, turn=90),
    ],
    ids=lambda shot: f"{shot.codec} {shot.pix_fmt} {shot.turn}",
)
def test_what_is_encoded_of_a_frame_is_what_it_shows(shot: Shot) -> None:
    data = shot.film()
    encoded, shown = (next(opened(data).frames()).picture for _ in range(2))
    assert encoded.is_decoded
    assert np.array_equal(encoded.bgr()[:, :, ::-1], shown.pixels)
    assert np.array_equal(shown.bgr(), encoded.bgr())
    png = Field("input", "picture", "png", lossless=True)
    assert decode(encode(encoded, png, 90), png) == shown


@pytest.mark.parametrize("fmt", ["yuv420p", "yuv420p10le", "yuv444p"])
def test_the_thumbnail_is_a_small_luma(fmt: str) -> None:
    (frame,) = opened(Shot(count=1, size=(640, 480), pix_fmt=fmt).film()).frames()
    assert number_in(frame.picture.thumbnail[:, :, None]) == 0


def test_one_thread_decodes() -> None:
    film = opened(Shot(count=3).film())
    list(film.frames())
    assert film._context.thread_count == 1


def test_a_frame_whose_timestamp_does_not_go_on_is_left_out() -> None:
    shot = Shot("mjpeg", "matroska", count=13, pix_fmt="yuvj420p", retimed=lambda number: min(number, 6))
    film = opened(shot.film())
    frames = list(film.frames())
    assert [frame.time for frame in frames] == pytest.approx([0.04 * number for number in range(7)])
    assert numbers(frames) == list(range(7))
    assert film.dropped == 6


def test_without_timestamps_frames_are_taken_for_evenly_spaced() -> None:
    film = opened(Shot(container="h264", count=30, options=GOP).film())
    frames = list(film.frames())
    assert numbers(frames) == list(range(30))
    assert [frame.time for frame in frames] == pytest.approx([number / 25 for number in range(30)])
    assert film.remarks == [(None, "it lacks timestamps: its frames are taken for 25 a second")]


def test_a_change_of_size_is_noted() -> None:
    vp9 = [Shot("libvpx-vp9", "webm", count=20, size=size, options=VPX).film() for size in ((64, 48), (96, 64))]
    film = opened(joined(*vp9))
    frames = list(film.frames())
    assert [(frame.picture.width, frame.picture.height) for frame in frames] == [(64, 48)] * 20 + [(96, 64)] * 20
    assert numbers(frames) == [*range(20), *range(20)]
    assert film.remarks == [(0.8, "its frames change their size at 0.80 s, to 96×64")]


@pytest.mark.parametrize(
    "data",
    [
        b"a text\n" * 500,
        b"#EXTM3U\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        Shot(count=5).film()[:300],
    ],
    ids=["text", "hls", "concat", "no index"],
)
def test_what_is_no_film_is_bad(data: bytes) -> None:
    with pytest.raises(BadSource, match=r"^it cannot be decoded: ") as caught:
        opened(data)
    assert len(str(caught.value).splitlines()) == 1
    assert "none" not in str(caught.value)
    assert "/" not in str(caught.value)


@pytest.mark.parametrize("list_of", ["concat", "hls", "dash", "imf", "image2", "tee", "lavfi", "rtsp"])
def test_no_format_that_names_other_files_is_among_those_read(list_of: str) -> None:
    assert list_of not in containers._CONTAINERS.split(",")


def sound(*, cover: bool) -> bytes:
    out = io.BytesIO()
    container: Any = av.open(out, "w", format="mp4")
    audio = container.add_stream("aac", rate=44100)
    if cover:
        video = container.add_stream("mjpeg")
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
        video.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(numbered(1, 64, 48), format="rgb24").reformat(format="yuvj420p")
        frame.pts = 0
        container.mux(video.encode(frame))
    silence = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
    silence.rate = 44100
    container.mux(audio.encode(silence))
    container.mux(audio.encode())
    container.close()
    return out.getvalue()


@pytest.mark.parametrize("cover", [False, True])
def test_sound_is_no_film_with_or_without_a_cover(*, cover: bool) -> None:
    with pytest.raises(BadSource, match=r"^it holds no video$"):
        opened(sound(cover=cover))


def test_what_is_too_large_is_refused_from_its_header() -> None:
    data = Shot(count=3).film()
    assert opened(data, 64 * 48).rate == 25
    with pytest.raises(BadSource, match=r"64×48 is over the limit of 3071 pixels \(--max-pixels\)"):
        opened(data, 64 * 48 - 1)


def damaged(data: bytes, begin: float, end: float) -> bytes:
    first, last = int(len(data) * begin), int(len(data) * end)
    noise = np.random.default_rng(0).integers(0, 256, last - first, dtype=np.uint8).tobytes()
    return data[:first] + noise + data[last:]


FRONT = {"movflags": "faststart"}
HASHED_HEVC = {"x265-params": "log-level=none:keyint=20:hash=1"}


@pytest.mark.parametrize(
    ("shot", "share"),
    [
        (Shot(size=(320, 240), options={"g": "15"}, container_options=FRONT), 0.03),
        (Shot(size=(320, 240), options={"g": "15"}, container="matroska"), 0.03),
        (Shot("libx265", size=(320, 240), options=HASHED_HEVC, container_options=FRONT), 0.005),
        (Shot("mjpeg", "mov", pix_fmt="yuvj420p", size=(320, 240), container_options=FRONT), 0.03),
        # Of AVI only what does not hit the heads of chunks: their number is the only timestamp.
        (Shot("mpeg4", "avi", size=(320, 240), options={"g": "15", "bf": "2"}), 0.001),
        (Shot("mjpeg", "avi", pix_fmt="yuvj420p", size=(320, 240)), 0.001),
    ],
    ids=["mp4", "mkv", "hevc", "mjpeg mov", "avi", "mjpeg avi"],
)
def test_damage_costs_the_frames_up_to_the_next_key_frame(shot: Shot, share: float) -> None:
    data = shot.film()
    whole = dict(seen(list(opened(data).frames())))
    film = opened(damaged(data, 0.5, 0.5 + share))
    frames = list(film.frames())
    assert len(film.damages) >= 1
    assert all(one.until is not None for one in film.damages)
    assert 40 < len(frames) < 75
    assert all(whole[time] == pixels for time, pixels in seen(frames))
    assert sum(frame.apart for frame in frames) == len(film.damages)


def rewritten(data: bytes, packet_of: Callable[[bytes], bytes]) -> bytes:
    """An mkv of the packets of a file, each changed."""
    out = io.BytesIO()
    with av.open(io.BytesIO(data), "r") as source, av.open(out, "w", format="matroska") as target:
        video = source.streams.video[0]
        stream: Any = target.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.size:
                changed = av.Packet(packet_of(bytes(packet)))
                changed.pts, changed.dts, changed.time_base = packet.pts, packet.dts, packet.time_base
                changed.is_keyframe, changed.stream = packet.is_keyframe, stream
                target.mux(changed)
    return out.getvalue()


def test_what_is_odd_in_every_frame_is_no_damage() -> None:
    # Some cameras end all their JPEGs too early.
    data = Shot("mjpeg", "matroska", pix_fmt="yuvj420p", size=(320, 240)).film()
    film = opened(rewritten(data, lambda packet: packet[:-30]))
    assert numbers(list(film.frames())) == list(range(75))
    assert film.damages == []


class Hungry:
    """A decoder that asks for more memory than there is."""

    def flush_buffers(self) -> None:
        """Nothing."""

    def decode(self, _: Any) -> Any:
        raise av.error.MemoryError(12, "Cannot allocate memory")


def test_what_asks_for_too_much_is_damage_unless_the_memory_is_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Shot(count=5).film()
    film = opened(data)
    monkeypatch.setattr(film, "_context", Hungry())
    assert list(film.frames()) == []
    assert [one.reason for one in film.damages] == ["Cannot allocate memory"]
    film = opened(data)
    monkeypatch.setattr(film, "_context", Hungry())
    monkeypatch.setattr(films, "_SPARE", 1 << 60)
    with pytest.raises(MemoryError):
        list(film.frames())


def test_what_is_cut_off_is_missed() -> None:
    data = Shot(size=(320, 240), options={"g": "15"}, container_options=FRONT).film()
    film = opened(data[: len(data) * 2 // 3])
    frames = list(film.frames())
    assert numbers(frames) == list(range(len(frames)))
    assert film.damages[-1].until is None
    assert film.end == pytest.approx(3.0)


def test_nothing_is_said_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(damaged(Shot(size=(320, 240), pix_fmt="yuvj420p", container_options=FRONT).film(), 0.4, 0.6))
    script = (
        "import io, sys; from sslabel.readers.video.films import Film\n"
        "for one in Film(io.BytesIO(open(sys.argv[1], 'rb').read()), 10**8).frames(): one.picture.pixels"
    )
    command = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_pixels_that_are_not_square_are_remarked_upon() -> None:
    for ratio, said in (
        (Fraction(16, 11), ["its pixels are not square (16:11): its frames are given as stored"]),
        (Fraction(400, 401), []),
    ):
        film = opened(Shot(count=3, ratio=ratio).film())
        frames = list(film.frames())
        assert (frames[0].picture.width, frames[0].picture.height) == (64, 48)
        assert [text for _, text in film.remarks] == said


def test_of_several_films_in_a_file_the_first_is_read() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        streams: list[Any] = [container.add_stream("ffv1", rate=25) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(20):
            for stream, first in zip(streams, (0, 100), strict=True):
                frame = av.VideoFrame.from_ndarray(numbered(first + number, 64, 48), format="rgb24")
                container.mux(stream.encode(frame.reformat(format="yuv420p")))
    film = opened(out.getvalue())
    assert numbers(list(film.frames())) == list(range(20))
    assert film.remarks == [(None, "it holds 2 films: the first is read")]


def test_interlaced_and_hdr_films_are_remarked_upon() -> None:
    interlaced = opened(Shot(count=10, options={"x264-params": "interlaced=1:tff=1"}).film())
    list(interlaced.frames())
    assert interlaced.remarks == [(None, "it is interlaced: its frames are given with both fields in them")]
    tags = {"color_trc": 16, "colorspace": 9, "color_primaries": 9}
    hdr = opened(Shot("libx265", count=3, pix_fmt="yuv420p10le", tags=tags).film())
    list(hdr.frames())
    assert hdr.remarks == [(None, "it has a high dynamic range (PQ): its frames come out flat")]
