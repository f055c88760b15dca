"""Video files as sources: which windows they give, what these are called, and what is said of films that are ill."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sslabel.errors import BadSource
from sslabel.readers import BadRecord, Reading, SourceFile, Stretch
from sslabel.readers.video import films
from sslabel.readers.video import videos as reader
from sslabel.readers.video.videos import cut, name_of
from sslabel.values import Picture, Sample
from tests.filming import Shot, clips, edited, joined, number_in, numbered, read_film, remarks, timestamps

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora" / "video"
needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")

GOP = {"g": "20"}
VPX = {"g": "20", "b": "1M", "cpu-used": "8"}
UNEVEN = [number * 40 + (number % 7) * 4 + (number > 150) * 700 for number in range(300)]
FILMS = {
    "mp4": Shot(count=300, options=GOP),
    "late": Shot(ticks=range(35, 335), options=GOP),
    "uneven": Shot(container="matroska", ticks=UNEVEN, tick=Fraction(1, 1000), options=GOP),
    "avi": Shot(container="avi", count=300, options=GOP),
    "vp9": Shot("libvpx-vp9", "webm", count=300, options=VPX),
}
RANGES = [(0, 4), (4, 8), (8, 1 << 40)]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    made = {name: folder / f"{name}.{shot.container}" for name, shot in FILMS.items()}
    for name, path in made.items():
        path.write_bytes(FILMS[name].film())
    return made


@pytest.fixture
def film(tmp_path: Path) -> Callable[[bytes], Path]:
    def written(data: bytes) -> Path:
        path = tmp_path / "a.mp4"
        path.write_bytes(data)
        return path

    return written


def shown(found: list[Any]) -> list[tuple[str, tuple[float, ...], list[int]]]:
    """Of each window the name, the times, and the numbers that its frames show."""
    names = [one.source for one in found if isinstance(one, Sample)]
    return [
        (name, clip.times, [number_in(frame.pixels) for frame in clip.frames])
        for name, clip in zip(names, clips(found), strict=True)
    ]


def bad(found: list[Any]) -> list[BadRecord]:
    """What of a film cannot be used."""
    return [one for one in found if isinstance(one, BadRecord)]


ASKED: dict[str, dict[str, Any]] = {
    "frames": {"window": Stretch(8)},
    "seconds": {"window": Stretch(1, 0.5), "stride": Stretch(1, 1.3)},
    "far apart": {"window": Stretch(4), "stride": Stretch(1, 5.0)},
    "slower": {"window": Stretch(4), "fps": 5.0},
    "faster": {"window": Stretch(4), "stride": Stretch(1, 0.5), "fps": 60.0},
    "spread": {"window": Stretch(6), "per_clip": 5},
    "spread slowly": {"window": Stretch(3), "per_clip": 5, "fps": 2.0},
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("name", FILMS)
def test_the_frames_of_windows_are_those_that_their_times_say(
    paths: dict[str, Path], name: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(films, "_FAR", 0.3)
    times = [number / 25 for number in range(300)] if name == "avi" else timestamps(paths[name].read_bytes())
    number_of = {round(time, 6): number for number, time in enumerate(times)}
    whole = shown(read_film(paths[name], **ASKED[asked]))
    assert len(whole) >= 2
    parts = [shown(read_film(paths[name], begin, end, **ASKED[asked])) for begin, end in RANGES]
    for (begin, end), part in zip(RANGES, parts, strict=True):
        assert all(begin <= given[0] - times[0] + 1e-6 < end for _, given, _ in part)
    for source, given, numbers in [*whole, *(one for part in parts for one in part)]:
        assert source == name_of(paths[name].name, given[0])
        assert numbers == [number_of[round(time, 6)] for time in given]
    together = [one for part in parts for one in part]
    assert len({source for source, _, _ in together}) == len(together)
    if asked != "frames":  # which are counted anew in each range
        assert together == whole


def test_sought_windows_are_the_same_pixels(paths: dict[str, Path]) -> None:
    every = {clip.times[0]: clip for clip in clips(read_film(paths["mp4"], window=Stretch(4), stride=Stretch(1)))}
    for clip in clips(read_film(paths["mp4"], window=Stretch(4), per_clip=7)):
        assert clip == every[clip.times[0]]


@pytest.mark.parametrize(("count", "begins"), [(1, [5.84]), (2, [2.92, 8.76]), (3, [1.96, 5.84, 9.76])])
def test_windows_are_spread_evenly(paths: dict[str, Path], count: int, begins: list[float]) -> None:
    found = clips(read_film(paths["mp4"], window=Stretch(8), per_clip=count))
    assert [clip.times[0] for clip in found] == pytest.approx(begins)


def test_a_film_with_no_room_gives_one_window(film: Callable[[bytes], Path]) -> None:
    (clip,) = clips(read_film(film(Shot(count=6).film()), window=Stretch(8), per_clip=4))
    assert len(clip) == 6


@pytest.mark.parametrize(
    ("time", "name"), [(0.0, "a#0"), (12.48, "a#12.48"), (60.0, "a#60"), (-0.08, "a#-0.08"), (1 / 3, "a#0.333333")]
)
def test_a_window_is_named_after_its_second(time: float, name: str) -> None:
    assert name_of("a", time) == name


class TestCutting:
    """Which films are read in ranges."""

    def test_a_large_film_is_cut_into_minutes(
        self, film: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reader, "_LARGE", 100)
        path = film(Shot(ticks=range(0, 200 * 25, 25), options={"g": "10"}).film())
        size = path.stat().st_size
        found = cut(str(path), size, Reading())
        assert [(begin, end) for begin, end, _ in found] == [(0, 60), (60, 120), (120, 1 << 40)]
        assert sum(share for _, _, share in found) == pytest.approx(size, rel=0.01)
        parts = [shown(read_film(path, begin, end, window=Stretch(4))) for begin, end, _ in found]
        assert sorted(number for part in parts for _, _, numbers in part for number in numbers) == list(range(200))

    @pytest.mark.parametrize(
        "data",
        [
            b"no film" * 100,
            Shot(count=50).film(),
            Shot(container="avi", ticks=range(0, 130 * 25, 25)).film(),
            Shot(ticks=range(0, 100 * 25, 25)).film(),
        ],
        ids=["no film", "short", "not to be sought", "under two minutes"],
    )
    def test_others_are_not_cut(
        self, data: bytes, film: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reader, "_LARGE", 100)
        path = film(data)
        assert cut(str(path), path.stat().st_size, Reading()) == []

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.mp4")
        assert cut(str(tmp_path / "a.mp4"), 1 << 30, Reading()) == []
        file = SourceFile("a.mp4", os.fsencode(tmp_path / "a.mp4"), 1 << 30, 10**8)
        with pytest.raises(BadSource, match="it is no file any more"):
            list(reader.videos(file))


FRONT = {"movflags": "faststart"}
SOUND = Shot(size=(320, 240), options={"g": "15"}, container_options=FRONT)


def test_a_film_that_ends_early_is_reported(film: Callable[[bytes], Path]) -> None:
    data = Shot(size=(320, 240), container="matroska", options={"g": "15"}).film()
    found = read_film(film(data[: len(data) * 2 // 3]), window=Stretch(5))
    numbers = [number for _, _, window in shown(found) for number in window]
    assert numbers == list(range(len(numbers)))
    assert isinstance(found[-1], BadRecord)
    assert found[-1].source.startswith("a.mp4#1.")
    assert found[-1].reason.startswith("it ends 1.")
    assert found[-1].reason.endswith(" s before its header says")


@pytest.mark.parametrize("container", ["matroska", "avi", "asf"])
def test_a_film_that_ends_a_little_early_is_reported(container: str, film: Callable[[bytes], Path]) -> None:
    data = Shot("mjpeg", container, size=(320, 240), pix_fmt="yuvj420p", count=50).film()
    cut = data.rindex(b"idx1") - 8 if container == "avi" else len(data) - 100
    found = read_film(film(data[:cut]), window=Stretch(1))
    assert isinstance(found[-1], BadRecord)
    assert "before its header says" in found[-1].reason or "from 1.9" in found[-1].reason


def test_a_film_that_is_cut_off_is_reported(film: Callable[[bytes], Path]) -> None:
    data = SOUND.film()
    found = read_film(film(data[: len(data) * 2 // 3]), window=Stretch(5))
    *_, last = found
    assert len(shown(found)) >= 5
    assert isinstance(last, BadRecord)
    assert last.reason.startswith("from 1.")
    assert " s on it cannot be decoded: " in last.reason


def test_a_header_that_promises_too_much_is_reported_once(film: Callable[[bytes], Path]) -> None:
    data = Shot(container="matroska", count=75, options={"g": "15"}).film()
    at = data.index(b"\x44\x89\x88") + 3
    seconds = struct.unpack(">d", data[at : at + 8])[0]
    path = film(data[:at] + struct.pack(">d", seconds * 3) + data[at + 8 :])
    short = BadRecord("a.mp4#3", "it ends 6.0 s before its header says")
    assert bad(read_film(path, window=Stretch(5))) == [short]
    ranges = [(0, 2), (2, 4), (4, 6), (6, 1 << 40)]
    assert [bad(read_film(path, begin, end, window=Stretch(5))) for begin, end in ranges] == [[], [short], [], []]


def test_a_header_that_promises_too_little_is_read_on_behind(film: Callable[[bytes], Path]) -> None:
    data = Shot(container="matroska", count=75, options={"g": "15"}).film()
    at = data.index(b"\x44\x89\x88") + 3
    path = film(data[:at] + struct.pack(">d", 1000.0) + data[at + 8 :])
    found = read_film(path, window=Stretch(5))
    assert [number for _, _, window in shown(found) for number in window] == list(range(75))
    assert bad(found) == []
    assert remarks(found) == []


def test_a_whole_film_needs_no_remark(paths: dict[str, Path]) -> None:
    for path in paths.values():
        assert all(isinstance(one, Sample) for one in read_film(path, window=Stretch(5)))


def test_damage_is_reported_with_its_seconds_and_no_window_holds_it(film: Callable[[bytes], Path]) -> None:
    data = SOUND.film()
    middle = len(data) // 2
    path = film(data[:middle] + bytes(range(256)) + data[middle + 256 :])
    found = read_film(path, window=Stretch(5))
    (damage,) = bad(found)
    assert damage.reason.startswith("its frames from ")
    for _, _, numbers in shown(found):
        assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert shown(found)[-1][2][-1] >= 70
    begin, end = (float(damage.reason.split()[place]) for place in (3, 6))
    assert not any(begin <= time < end - 0.02 for _, times, _ in shown(found) for time in times)


def test_a_film_of_which_nothing_can_be_decoded_is_bad(film: Callable[[bytes], Path]) -> None:
    data = Shot(size=(320, 240), container_options=FRONT).film()
    start = data.index(b"mdat") + 4
    noise = np.random.default_rng(0).integers(0, 256, len(data) - start, dtype=np.uint8).tobytes()
    with pytest.raises(BadSource, match=r"^it cannot be decoded: "):
        read_film(film(data[:start] + noise))


@pytest.mark.parametrize(("count", "reason"), [(0, "0 bytes"), (40, "it cannot be decoded: ")])
def test_a_film_with_nothing_in_it_is_bad(film: Callable[[bytes], Path], count: int, reason: str) -> None:
    with pytest.raises(BadSource, match=f"^{reason}"):
        read_film(film(bytes(count)))


def test_a_film_that_changes_while_it_is_read_is_bad(film: Callable[[bytes], Path]) -> None:
    path = film(Shot(count=50).film())
    file = SourceFile("a.mp4", os.fsencode(path), path.stat().st_size, 10**8)
    given = reader.videos(file)
    next(given)
    with path.open("ab") as more:
        more.write(b"more")
    with pytest.raises(BadSource, match="changed while it was read"):
        list(given)


def test_the_windows_of_a_film_that_changes_its_size_are_of_one_size_each(film: Callable[[bytes], Path]) -> None:
    parts = [Shot("libvpx-vp9", "webm", count=30, size=size, options=VPX).film() for size in ((64, 48), (96, 64))]
    found = read_film(film(joined(*parts)), window=Stretch(4))
    for clip in clips(found):
        assert len({(frame.width, frame.height) for frame in clip.frames}) == 1
    assert [len(clip) for clip in clips(found)] == [4] * 14
    assert remarks(found) == ["its frames change their size at 1.20 s, to 96×64"]


def test_a_film_that_grows_over_the_limit_is_read_as_far_as_it_does_not(film: Callable[[bytes], Path]) -> None:
    parts = [Shot("libvpx-vp9", "webm", count=30, size=size, options=VPX).film() for size in ((64, 48), (96, 64))]
    found = read_film(film(joined(*parts)), window=Stretch(5), max_pixels=64 * 48)
    assert len(clips(found)) == 6
    assert "over the limit of 3072 pixels, --max-pixels" in found[-1].reason


def test_an_edit_list_moves_times_and_frames_alike(film: Callable[[bytes], Path]) -> None:
    path = film(edited(Shot(options=GOP).film(), ticks=9 * 512, length=1200))
    given = shown(read_film(path, window=Stretch(5)))
    assert [numbers[0] for _, _, numbers in given] == [9, 14, 19, 24, 29, 34]
    assert [times[0] for _, times, _ in given] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])


def test_remarks_on_the_whole_film_are_made_in_its_first_range(film: Callable[[bytes], Path]) -> None:
    path = film(Shot(count=200, options={"x264-params": "interlaced=1:tff=1:keyint=25"}).film())
    assert len(remarks(read_film(path, 0, 4))) == 1
    assert remarks(read_film(path, 4, 1 << 40)) == []


def test_a_long_film_takes_no_more_memory_than_a_short_one(
    film: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = [0, 0]

    class Counted(Picture):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            alive[0] += 1
            alive[1] = max(alive)

        def __del__(self) -> None:
            alive[0] -= 1

    monkeypatch.setattr(films, "Picture", Counted)
    path = film(Shot(count=600, options=GOP).film())
    file = SourceFile("a.mp4", os.fsencode(path), path.stat().st_size, 10**8)
    given = reader.videos(file)
    while next(given, None) is not None:
        pass
    assert alive[1] <= 16 + 3


class TestBars:
    """Black bars around the picture of a film."""

    @staticmethod
    def letterboxed(number: int, width: int, height: int) -> Any:
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[44:316] = numbered(number, width, 272)
        return pixels

    def test_are_cut_off_all_windows_and_reported(self, film: Callable[[bytes], Path]) -> None:
        shot = Shot(count=150, size=(640, 360), options={"g": "10", "preset": "ultrafast"}, draw=self.letterboxed)
        path = film(shot.film())
        found = read_film(path, window=Stretch(5), stride=Stretch(1, 1.0), crop_bars=True)
        assert remarks(found) == ["black bars cut off: 640×272 of 640×360 at (0, 44)"]
        for _, times, numbers in shown(found):
            assert numbers == [round(time * 25) for time in times]
        picture = clips(found)[0][0]
        assert (picture.height, picture.width, picture.pixels.shape) == (272, 640, (272, 640, 3))
        assert number_in(picture.thumbnail[:, :, None]) == 0
        later = read_film(path, 4, 1 << 40, window=Stretch(5), stride=Stretch(1, 1.0), crop_bars=True)
        assert remarks(later) == []
        assert clips(later) == clips(found)[-2:]

    def test_stay_where_it_is_not_asked_for(self, film: Callable[[bytes], Path]) -> None:
        path = film(Shot(count=5, size=(640, 360), draw=self.letterboxed).film())
        found = read_film(path, window=Stretch(5))
        assert clips(found)[0].height == 360
        assert remarks(found) == []


@needs_corpora
def test_a_film_of_the_corpora_in_four_turns_is_upright_in_each() -> None:
    sizes = {turn: clips(read_film(CORPORA / f"video_{turn}.mov"))[0] for turn in (0, 90, 180, 270)}
    assert [(clip.width, clip.height) for clip in sizes.values()] == [(568, 320), (320, 568), (568, 320), (320, 568)]


@needs_corpora
@pytest.mark.parametrize(
    ("name", "windows"),
    [
        *[("bikes.mp4", 62), ("derived-bikes-vfr.mkv", 41), ("derived-bikes-vp9.webm", 25)],
        *[("derived-carphone-mjpeg.avi", 15), ("derived-cockatoo-av1.webm", 15), ("odd/unordered.mov", 1)],
    ],
)
def test_the_films_of_the_corpora_are_read(name: str, windows: int) -> None:
    found = read_film(CORPORA / name, window=Stretch(4))
    assert len(clips(found)) == windows == len(found)
    for before, after in pairwise(clips(found)):
        assert before.times[-1] < after.times[0]


@needs_corpora
def test_the_corrupted_film_of_the_corpora_is_used_as_far_as_it_goes() -> None:
    found = read_film(CORPORA / "odd" / "corrupted.mp4", window=Stretch(4))
    assert len(clips(found)) == 7
    assert found[-1] == BadRecord(
        "corrupted.mp4#2.8",
        "from 2.80 s on it cannot be decoded: Invalid data found when processing input",
    )
