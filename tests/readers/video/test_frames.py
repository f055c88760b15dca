"""Folders of numbered frames: what is one, in which order and at which times its frames are, and what damage costs."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sslabel.errors import BadSource
from sslabel.readers import Reading, Remark, SourceFile, Stretch, Windows
from sslabel.readers.video.frames import are_of_one_size, cut, frames, numbered
from sslabel.values import Clip, Sample
from tests.clips import moving_clip
from tests.pictures import encoded, jpeg, noise_pixels, stored, turned_exif

FILM = moving_clip(24, 67, 43)
WHOLE = Windows(Stretch(1_000_000))


def fill(folder: Path, film: Clip = FILM, name: str = "{:06d}.png", first: int = 0, step: int = 1) -> Path:
    """A folder with the frames of a film."""
    folder.mkdir(exist_ok=True)
    for number, frame in enumerate(film.frames):
        path = folder / name.format(first + step * number)
        path.write_bytes(jpeg(frame.pixels) if path.suffix == ".jpg" else encoded(frame.pixels, "PNG"))
    return folder


def planned(folder: Path, how: Windows = WHOLE, max_pixels: int = 10**8) -> SourceFile:
    """A folder as the reader is handed it."""
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file() and path.suffix != ".txt")
    return SourceFile(f"{folder.name}/", os.fsencode(folder) + b"/", size, max_pixels, reading=Reading(windows=how))


def read(file: SourceFile) -> list[Any]:
    """What the reader gives, but for its remark."""
    remark, *given = frames(file)
    assert isinstance(remark, Remark)
    return given


def clip_of(folder: Path, how: Windows = WHOLE) -> Clip:
    """All frames of a folder."""
    (sample,) = read(planned(folder, how))
    assert isinstance(sample, Sample)
    assert isinstance(sample.value, Clip)
    return sample.value


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        ("2.jpg 10.jpg 1.jpg", "1.jpg 2.jpg 10.jpg"),
        ("a_010.png a_002.png", "a_002.png a_010.png"),
        ("frame_9.png frame_10.png frame_11.png", "frame_9.png frame_10.png frame_11.png"),
        ("v1.2_07.JPG v1.2_08.jpg", "v1.2_07.JPG v1.2_08.jpg"),
        ("clip2_1.jpg clip2_5.jpg", "clip2_1.jpg clip2_5.jpg"),
        ("1403636579763555584.png 1403636579813555456.png", "1403636579763555584.png 1403636579813555456.png"),
        ("1.jpg", ""),
        ("", ""),
        ("1.jpg cover.jpg", ""),
        ("cover.jpg 1.jpg", ""),
        ("a1.jpg b2.jpg", ""),
        ("1.jpg 2.png", ""),
        ("1.jpg 01.jpg", ""),
        ("cat.jpg dog.jpg", ""),
        ("1a.jpg 2a.jpg", ""),
    ],
)
def test_frames_are_numbered_alike(names: str, ordered: str) -> None:
    assert numbered([one.encode() for one in names.split()]) == [one.encode() for one in ordered.split()]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(4, 3)] * 2, True),
        ([(4, 3), (3, 4)], False),
        ([(4, 3)] * 6 + [(3, 4)], False),
        ([(4, 3)] * 7 + [(3, 4)], True),
        ([(4, 3)] * 6 + [(3, 4)] * 2, False),
        ([(4, 3)] * 4 + [None], True),
        ([None] * 3, True),
    ],
)
def test_a_film_has_one_size(tmp_path: Path, sizes: list[tuple[int, int] | None], expected: bool) -> None:
    names = []
    for number, size in enumerate(sizes):
        data = b"torn" if size is None else encoded(Image.new("RGB", size), "PNG")
        (tmp_path / f"{number}.png").write_bytes(data)
        names.append(f"{number}.png".encode())
    assert are_of_one_size(os.fsencode(tmp_path) + b"/", names) is expected


def test_a_picture_that_lies_on_its_side_is_of_its_upright_size(tmp_path: Path) -> None:
    upright = FILM[0].pixels
    (tmp_path / "1.jpg").write_bytes(jpeg(upright))
    (tmp_path / "2.jpg").write_bytes(jpeg(stored(upright, 6), exif=turned_exif(6)))
    assert are_of_one_size(os.fsencode(tmp_path) + b"/", [b"1.jpg", b"2.jpg"])


@pytest.mark.parametrize(("name", "first", "step"), [("{:06d}.png", 0, 1), ("f_{}.png", 7, 1), ("{}.png", 95, 5)])
def test_frames_are_a_25th_of_a_second_apart_by_number(tmp_path: Path, name: str, first: int, step: int) -> None:
    clip = clip_of(fill(tmp_path / "clip", name=name, first=first, step=step))
    assert clip.frames == FILM.frames
    assert clip.times == tuple(step * number / 25 for number in range(24))


def test_the_rate_that_they_were_shot_at_is_given(tmp_path: Path) -> None:
    clip = clip_of(fill(tmp_path / "clip"), replace(WHOLE, fps=10.0))
    assert clip.frames == FILM.frames
    assert clip.times == tuple(number / 10 for number in range(24))


def test_a_missing_number_is_a_gap_in_time(tmp_path: Path) -> None:
    folder = fill(tmp_path / "clip")
    (folder / "000004.png").unlink()
    clip = clip_of(folder)
    assert clip.times[:6] == (0.0, 0.04, 0.08, 0.12, 0.2, 0.24)
    assert clip[4] == FILM[5]


def test_other_files_and_hidden_ones_do_not_count(tmp_path: Path) -> None:
    folder = fill(tmp_path / "clip")
    (folder / "notes.txt").write_bytes(b"x")
    file = planned(folder)
    (folder / ".1.png").write_bytes(b"x")
    (folder / "more").mkdir()
    (sample,) = read(file)
    assert sample.value.frames == FILM.frames


def test_windows_are_named_by_their_first_second(tmp_path: Path) -> None:
    given = read(planned(fill(tmp_path / "clip"), Windows(Stretch(5), Stretch(10))))
    assert [one.source for one in given] == ["clip/#0", "clip/#0.4"]
    assert [one.fields for one in given] == [{"folder": "clip"}] * 2
    assert given[1].value == FILM.take(range(10, 15))


def test_windows_of_a_number_are_evenly_spread(tmp_path: Path) -> None:
    (one,) = read(planned(fill(tmp_path / "clip"), Windows(Stretch(4), per_clip=1)))
    assert one.source == "clip/#0.4"


def test_a_frame_that_is_not_looked_at_is_not_read(tmp_path: Path) -> None:
    folder = fill(tmp_path / "clip", name="{:06d}.jpg")
    (sample,) = read(planned(folder))
    for number in range(24):
        if number not in (3, 4):
            (folder / f"{number:06d}.jpg").unlink()
    assert sample.value[3].pixels.shape == (43, 67, 3)
    assert sample.value[4].verbatim is not None
    with pytest.raises(BadSource, match=r"^000005\.jpg: gone since it was planned"):
        _ = sample.value[5].pixels


def test_the_thumbnail_of_a_frame_is_that_of_its_pixels(tmp_path: Path) -> None:
    folder = fill(tmp_path / "clip", moving_clip(3, 640, 480), "{}.jpg")
    for frame in clip_of(folder).frames:
        difference = frame.thumbnail.astype(int) - type(frame)(frame.pixels).thumbnail
        assert abs(difference).max() <= 4


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (jpeg(noise_pixels(67, 43))[:2000], "the JPEG is cut short or torn at byte 2000 of 2000"),
        (b"", "0 bytes"),
        (b"nothing", "its content is no JPEG"),
        (jpeg(noise_pixels(43, 67)), "43×67, where the other frames have 67×43"),
    ],
)
@pytest.mark.parametrize("bad", [0, 9, 23])
def test_damage_costs_one_frame(tmp_path: Path, data: bytes, reason: str, bad: int) -> None:
    folder = fill(tmp_path / "clip", name="{:06d}.jpg")
    whole = clip_of(folder).frames
    (folder / f"{bad:06d}.jpg").write_bytes(data)
    clip = clip_of(folder)
    for number, frame in enumerate(clip.frames):
        if number == bad:
            for look in ("pixels", "luma", "small", "thumbnail", "verbatim", "grid"):
                with pytest.raises(BadSource, match=f"{bad:06d}.jpg: {reason}"):
                    getattr(frame, look)
        else:
            assert frame == whole[number]


def test_a_folder_of_which_nothing_can_be_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.png").write_bytes(b"torn")
    with pytest.raises(BadSource, match=r"^0.png: its content is no JPEG"):
        read(planned(folder))


def test_frames_over_the_limit_of_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="67×43 is over the limit of 2000 pixels"):
        read(planned(fill(tmp_path / "clip"), max_pixels=2000))


@pytest.mark.parametrize("change", ["more", "fewer", "larger", "gone", "another"])
def test_a_change_since_the_plan_is_noticed(tmp_path: Path, change: str) -> None:
    folder = fill(tmp_path / "clip")
    file = planned(folder)
    if change == "gone":
        folder.rename(tmp_path / "elsewhere")
    elif change == "fewer":
        (folder / "000003.png").unlink()
    else:
        name = {"more": "000100.png", "larger": "000003.png", "another": "cover.png"}[change]
        (folder / name).write_bytes(encoded(noise_pixels(67, 43), "PNG"))
    with pytest.raises(BadSource, match="it cannot be listed" if change == "gone" else "changed since it was planned"):
        read(file)


def test_a_large_folder_is_cut_and_each_window_is_given_once(tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    folder.mkdir()
    data = encoded(noise_pixels(6, 4), "PNG")
    for number in range(4000):
        (folder / f"{number + number // 2000 * 500}.png").write_bytes(data)
    path, how = os.fsencode(folder) + b"/", Windows(Stretch(16))
    assert cut(path, 1 << 20, Reading(windows=how)) == []
    pieces = cut(path, 90 << 20, Reading(windows=how))
    assert pieces == [(0, 60, 30 << 20), (60, 140, 30 << 20), (140, 1 << 40, 30 << 20)]
    assert cut(path, 90 << 20, Reading(windows=replace(how, fps=1000.0)))[1][:2] == (1, 3)
    file = planned(folder, how)
    whole = [one for one in frames(file) if isinstance(one, Sample)]
    parts = [frames(replace(file, begin=begin, end=end)) for begin, end, _ in pieces]
    given: list[list[Any]] = [[one for one in part if isinstance(one, Sample)] for part in parts]
    firsts = [[one.value.times[0] for one in part] for part in given]
    assert all(begin <= min(one) <= max(one) < end for one, (begin, end, _) in zip(firsts, pieces, strict=True))
    assert abs(sum(map(len, given)) - len(whole)) <= 2
