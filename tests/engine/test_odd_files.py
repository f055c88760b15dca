"""Whatever stands in RAW, and whatever becomes of it under a run: each source is written or named, and none waits."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.engine.events import Event, Planned, Summary
from sslabel.engine.sources import Roots, list_sources
from sslabel.errors import BadSource
from sslabel.readers import Reading, SourceFile
from tests.engine.drawing import draw_many, save_photo
from tests.engine.running import Finished, examples, quarantine, records, rows, sources, sslabel

ODD: dict[bytes, str] = {
    b"new\nline.jpg": "new\nline.jpg",
    b"carriage\rreturn.jpg": "carriage\rreturn.jpg",
    b"\x1b[31m\x07\x7f\x01.jpg": "\x1b[31m\x07\x7f\x01.jpg",
    "c1\u009b31m\u0085.jpg".encode(): "c1\u009b31m\u0085.jpg",
    "turned \u202egpj.jpg".encode(): "turned \u202egpj.jpg",
    "line\u2028paragraph\u2029.jpg".encode(): "line\u2028paragraph\u2029.jpg",
    b"latin \xe9\xff.jpg": "latin \\xe9\\xff.jpg",
    b"cut \xe6\x97.jpg": "cut \\xe6\\x97.jpg",
    b"surrogate \xed\xa0\x80.jpg": "surrogate \\xed\\xa0\\x80.jpg",
    b"looks escaped \\xff\\n.jpg": "looks escaped \\xff\\n.jpg",
    "emoji 👩‍🚀 日本 [bold]x[].jpg".encode(): "emoji 👩‍🚀 日本 [bold]x[].jpg",
    b"quotes ' \" ` $(x) %s {0} & ; |.jpg": "quotes ' \" ` $(x) %s {0} & ; |.jpg",
    b"a.zip!member.jpg": "a.zip!member.jpg",
    b"a.jsonl#1024.jpg": "a.jsonl#1024.jpg",
    b"-rf.jpg": "-rf.jpg",
    b"--task=x.jpg": "--task=x.jpg",
    b" spaces .jpg": " spaces .jpg",
    b"dots...jpg": "dots...jpg",
    b"back\\slash.jpg": "back\\slash.jpg",
    b"case.jpg": "case.jpg",
    b"CASE.JPG": "CASE.JPG",
    b"Case.Jpg": "Case.Jpg",
    unicodedata.normalize("NFC", "Ärger é.jpg").encode(): unicodedata.normalize("NFC", "Ärger é.jpg"),
    unicodedata.normalize("NFD", "Ärger é.jpg").encode(): unicodedata.normalize("NFD", "Ärger é.jpg"),
    b"l" * 251 + b".jpg": "l" * 251 + ".jpg",
    "日".encode() * 83 + b"xy.jpg": "日" * 83 + "xy.jpg",
}
pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take UTF-8 names only, once")


def at(folder: Path, name: bytes) -> Path:
    """A path whose last part may be any bytes."""
    return Path(os.fsdecode(os.fsencode(folder) + b"/" + name))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Path]:
    """What a run over one good and one empty picture of each odd name, among things that are no pictures, came to."""
    folder = tmp_path_factory.mktemp("odd")
    raw = folder / "raw"
    for sub in ("good", "bad"):
        (raw / sub).mkdir(parents=True)
    for number, name in enumerate(ODD):
        shutil.move(save_photo(folder / "drawn.jpg", number, 40, 32), at(raw / "good", name))
        at(raw / "bad", name).touch()
    (raw / "a folder.jpg").mkdir()
    save_photo(raw / "a folder.jpg" / "inside.jpg", 1, 40, 32)
    (raw / "loop").symlink_to(".")
    (raw / "to itself.jpg").symlink_to("to itself.jpg")
    (raw / "there.jpg").symlink_to("back.jpg")
    (raw / "back.jpg").symlink_to("there.jpg")
    (raw / "to nothing.jpg").symlink_to("nothing.jpg")
    (raw / "to a folder.jpg").symlink_to("good")
    (raw / "to a file.jpg").symlink_to(raw / "a folder.jpg" / "inside.jpg")
    (raw / "to a device.jpg").symlink_to("/dev/zero")
    os.mkfifo(raw / "pipe.jpg")
    (raw / "to a pipe.jpg").symlink_to("pipe.jpg")
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(raw)  # the path of a socket may not be long
        try:
            one.bind("socket.jpg")
        finally:
            os.chdir(here)
    options = ("--task", "rotation", "--verbose", "--max-error-rate", 1, "--workers", 1)
    return sslabel("make", raw, folder / "out", *options), folder / "out"


def test_every_name_makes_a_pair_under_its_own_id_and_key(made: tuple[Finished, Path]) -> None:
    finished, out = made
    assert finished.code == 0
    expected = [f"good/{name}" for name in ODD.values()] + ["a folder.jpg/inside.jpg", "to a file.jpg"]
    assert sorted(sources(out, "rotation")) == sorted(expected)
    assert len(examples(out, "rotation")) == len(expected)
    assert all(key.isalnum() and key.isascii() for key, _ in rows(out, "rotation"))


def test_every_name_of_an_excluded_source_is_one_line_without_control_characters(made: tuple[Finished, Path]) -> None:
    finished, out = made
    assert {one["source"]: one["reason"] for one in quarantine(out)} == {
        f"bad/{name}": "0 bytes" for name in ODD.values()
    }
    lines = [line for line in finished.err.split("\n") if line.endswith(": 0 bytes; excluded")]
    assert len(set(lines)) == len(ODD)
    for line in finished.out.split("\n") + finished.err.split("\n"):
        without_emoji = line.replace("👩\u200d🚀", "")  # what joins two pictures to one is harmless
        assert not {unicodedata.category(one) for one in without_emoji} & {"Cc", "Cf", "Cs", "Zl", "Zp"}, line


def test_what_is_no_file_is_passed_by_and_counted(made: tuple[Finished, Path]) -> None:
    finished, _ = made
    line = "passed by: 4 broken links, 2 links to folders, 4 not regular files"
    assert line in finished.out.splitlines()


def gone(path: Path) -> None:
    path.unlink()


def longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def shorter(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def another_of_the_same_size(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-12] + bytes(10) + data[-2:])


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nothing.jpg")


def link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def endless_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def unix_socket(path: Path) -> None:
    path.unlink()
    command = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"
    subprocess.run([sys.executable, "-c", command, path.name], cwd=path.parent, check=True)


def closed(path: Path) -> None:
    path.chmod(0)


CHANGES: list[tuple[Callable[[Path], None], str | None]] = [
    (gone, "gone since it was planned"),
    (longer, "changed since it was planned: {size} bytes then, {more} now"),
    (shorter, "changed since it was planned: {size} bytes then, {less} now"),
    (empty, "changed since it was planned: {size} bytes then, 0 now"),
    (another_of_the_same_size, None),
    (folder, "it cannot be read: Is a directory"),
    (pipe, "changed since it was planned: it is no file any more"),
    (endless_device, "changed since it was planned: it is no file any more"),
    (unix_socket, "it cannot be read: No such device or address"),
    (link_to_nothing, "gone since it was planned"),
    (link_to_itself, "it cannot be read: Too many levels of symbolic links"),
]
if os.geteuid() != 0:
    CHANGES.append((closed, "it cannot be read: Permission denied"))


def test_what_changes_between_plan_and_read_costs_itself_alone(tmp_path: Path) -> None:
    raw = draw_many(tmp_path / "raw", 2 * len(CHANGES))
    paths = sorted(raw.iterdir())[1::2]
    sizes = [path.stat().st_size for path in paths]
    untouched = examples_of_a_run(raw, tmp_path / "untouched")

    def change(event: Event) -> None:
        if isinstance(event, Planned):
            for path, (one, _) in zip(paths, CHANGES, strict=True):
                one(path)

    options: dict[str, Any] = {"task": "rotation", "max_error_rate": 1, "deadline": 2, "workers": 1}
    summary = tool.make(raw, tmp_path / "out", report=change, **options)
    assert isinstance(summary, Summary)
    assert {one["source"]: one["reason"] for one in quarantine(tmp_path / "out")} == {
        path.name: reason.format(size=size, more=size + 4, less=size - 1)
        for path, size, (_, reason) in zip(paths, sizes, CHANGES, strict=True)
        if reason is not None
    }
    found = examples(tmp_path / "out", "rotation")
    assert len(found) == len(CHANGES) + sum(reason is None for _, reason in CHANGES)
    kept = {key: files for key, files in found.items() if untouched[key] == files}
    assert len(kept) == len(CHANGES)


def examples_of_a_run(raw: Path, out: Path) -> dict[str, dict[str, bytes]]:
    tool.make(raw, out, task="rotation")
    return examples(out, "rotation")


@pytest.mark.slow
@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_each_change_between_plan_and_read_under_two_workers(
    tmp_path: Path, change: Callable[[Path], None], reason: str | None
) -> None:
    raw = draw_many(tmp_path / "raw", 8)

    def change_all(event: Event) -> None:
        if isinstance(event, Planned):
            for path in sorted(raw.iterdir()):
                change(path)

    options: dict[str, Any] = {"task": ["rotation", "colorize"], "shard_size": 1, "workers": 2, "deadline": 2}
    summary = tool.make(raw, tmp_path / "out", report=change_all, max_error_rate=1, **options)
    assert isinstance(summary, Summary)
    assert summary.excluded == (8 if reason is not None else 0)
    assert len({one["reason"].partition(":")[0] for one in quarantine(tmp_path / "out")}) == (reason is not None)
    assert all(one["sources"] == 1 for one in records(tmp_path / "out"))


def source(path: Path, size: int) -> SourceFile:
    return SourceFile(path.name, os.fsencode(path), size, 1000)


@pytest.mark.parametrize(("left", "words"), [(60, "100 bytes before, 60 then"), (130, "100 bytes before, 130 then")])
def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int, words: str
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(bytes(100))
    look = os.fstat

    def look_and_change(descriptor: int) -> os.stat_result:
        about = look(descriptor)
        os.truncate(path, left)
        return about

    monkeypatch.setattr("sslabel.readers.os.fstat", look_and_change)
    with pytest.raises(BadSource, match=f"changed while it was read: {words}"):
        source(path, 100).read(most=1000)


def test_an_empty_file_and_one_that_is_larger_than_any_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.touch()
    with pytest.raises(BadSource, match=r"^0 bytes$"):
        source(path, 0).read(most=10)
    path.write_bytes(bytes(11))
    with pytest.raises(BadSource, match="11 bytes are more than"):
        source(path, 11).read(most=10)
    assert source(path, 11).read(most=11) == bytes(11)


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """Folders in folders, 2,000 deep, with a picture in each of five of them; the last lie beyond the longest path."""
    raw = tmp_path / "raw"
    photo = save_photo(tmp_path / "drawn.jpg", 1, 40, 32)
    raw.mkdir()
    folder = os.open(raw, os.O_RDONLY)
    for depth in range(2000):
        os.mkdir("dd", dir_fd=folder)
        below = os.open("dd", os.O_RDONLY, dir_fd=folder)
        if depth % 400 == 300:
            os.link(photo, "deep.jpg", dst_dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    yield raw
    subprocess.run(["rm", "-rf", raw], check=True)


def test_two_thousand_folders_deep(deep: Path) -> None:
    found = list_sources(Roots.of([deep]), {"image"}, None)
    assert list(found.names()) == sorted("dd/" * depth + "deep.jpg" for depth in (300, 700, 1100))
    assert sum(found.passed.values()) == len(found.problems) == 1
    assert found.problems[0].startswith("dd/dd/")
    assert found.problems[0].endswith(": File name too long")
    for number in range(len(found)):
        assert len(found.roots.file(found.row(number), 10**6, Reading()).read(10**6)) == found.sizes[0]


@pytest.mark.slow
def test_pictures_two_thousand_folders_deep_are_made_and_what_is_too_deep_is_named(deep: Path, tmp_path: Path) -> None:
    finished = sslabel("make", deep, tmp_path / "out", "--task", "rotation")
    assert finished.code == 0
    assert finished.err.count("\n") == 1
    assert finished.err.endswith(": File name too long; passed by\n")
    assert "passed by: 1 paths that cannot be looked at" in finished.out
    assert sorted(map(len, sources(tmp_path / "out", "rotation"))) == [908, 2108, 3308]


def test_a_file_whose_path_is_too_long_is_named(tmp_path: Path) -> None:
    # Each folder can be listed, and the path of the file in the last is a little too long.
    raw = tmp_path / "raw"
    raw.mkdir()
    folder = os.open(raw, os.O_RDONLY)
    length = len(os.fsencode(raw))
    parts = []
    while length < 3990:
        parts.append("f" * min(200, 4000 - length - 1))
        os.mkdir(parts[-1], dir_fd=folder)
        below = os.open(parts[-1], os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
        length += len(parts[-1]) + 1
    os.close(os.open("l" * 200 + ".jpg", os.O_CREAT, dir_fd=folder))
    os.close(os.open("s.jpg", os.O_CREAT, dir_fd=folder))
    os.close(folder)
    found = list_sources(Roots.of([raw]), {"image"}, None)
    inner = "/".join(parts)
    assert list(found.names()) == [f"{inner}/s.jpg"]
    assert found.passed == {"paths that cannot be looked at": 1}
    assert found.problems == [f"{inner}/{'l' * 200}.jpg: File name too long"]
    subprocess.run(["rm", "-rf", raw], check=True)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten thousand names of one picture in one folder."""
    folder = tmp_path_factory.mktemp("crowd")
    (folder / "raw").mkdir()
    photo = save_photo(folder / "drawn.jpg", 1, 40, 32)
    for number in range(10_000):
        os.link(photo, folder / "raw" / f"{number:05d}.jpg")
    return folder / "raw"


def test_ten_thousand_files_in_one_folder(crowd: Path) -> None:
    found = list_sources(Roots.of([crowd]), {"image"}, None)
    assert list(found.names()) == [f"{number:05d}.jpg" for number in range(10_000)]
    assert (found.passed, found.problems) == ({}, [])


@pytest.mark.slow
def test_ten_thousand_files_in_one_folder_make_as_many_pairs(crowd: Path, tmp_path: Path) -> None:
    finished = sslabel("make", crowd, tmp_path / "out", "--task", "rotation", "--shard-pairs", 999, "--quiet")
    assert (finished.code, finished.err) == (0, "")
    assert sorted(sources(tmp_path / "out", "rotation")) == [f"{number:05d}.jpg" for number in range(10_000)]
    assert len(examples(tmp_path / "out", "rotation")) == 10_000
    assert max(one["pairs"] for one in records(tmp_path / "out")) <= 999
