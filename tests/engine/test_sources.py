"""Which files are sources, and what they are called."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sslabel.engine.sources import Roots, Sources, list_sources, refuse_nothing
from sslabel.errors import NothingToReadError, UsageError
from sslabel.readers import Reading

IMAGE = frozenset({"image"})


def put(folder: Path, *names: str) -> Path:
    """Files of one byte each."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return folder


def found(*raw: Path, out: Path | None = None) -> Sources:
    """The pictures below the roots."""
    return list_sources(Roots.of(raw), IMAGE, out)


def test_sources_are_in_order_of_names_and_others_are_counted(tmp_path: Path) -> None:
    put(tmp_path, "b.jpg", "a/z.PNG", "a.jpg", "a/.hidden.jpg", ".git/x.jpg", "notes.txt", "B.webp", "archive.tar")
    sources = found(tmp_path)
    assert list(sources.names()) == ["B.webp", "a.jpg", "a/z.PNG", "b.jpg"]
    assert sources.passed == {"hidden names": 2, "files of other kinds": 2}
    assert sources.sizes == [1, 1, 1, 1]


def test_the_order_is_not_the_file_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, *(f"{number % 5}/{number:02d}.jpg" for number in range(40)))
    expected = found(tmp_path)
    assert list(expected.names()) == sorted(f"{number % 5}/{number:02d}.jpg" for number in range(40))
    scandir = os.scandir

    @contextmanager
    def shuffled(path: Any) -> Iterator[Iterator[os.DirEntry[Any]]]:
        with scandir(path) as entries:
            mixed = list(entries)
        random.Random(1).shuffle(mixed)
        yield iter(mixed)

    monkeypatch.setattr("sslabel.storage.os.scandir", shuffled)
    mixed = found(tmp_path)
    assert (mixed.paths, mixed.sha256()) == (expected.paths, expected.sha256())


def test_several_roots_are_numbered(tmp_path: Path) -> None:
    first, second = put(tmp_path / "z", "a.jpg"), put(tmp_path / "y", "a.jpg", "b/c.jpg")
    assert list(found(first, second).names()) == ["0/a.jpg", "1/a.jpg", "1/b/c.jpg"]
    assert list(found(second, first).names()) == ["0/a.jpg", "0/b/c.jpg", "1/a.jpg"]


def test_a_file_is_a_root(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "b.jpg")
    assert list(found(tmp_path / "a.jpg").names()) == ["a.jpg"]
    assert list(found(tmp_path / "b.jpg", tmp_path / "a.jpg").names()) == ["0/b.jpg", "1/a.jpg"]


def test_names_are_the_same_wherever_the_root_is_and_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = put(tmp_path / "here", "a/b.jpg"), put(tmp_path / "mnt" / "x" / "there", "a/b.jpg")
    (tmp_path / "link").symlink_to(here)
    expected = found(here).sha256()
    monkeypatch.chdir(tmp_path)
    for raw in (there, tmp_path / "link", Path("here"), Path("./mnt/../here"), Path("link") / "."):
        assert found(raw).sha256() == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ([], "no RAW folder"),
        (["nowhere"], "nowhere: there is no such file or folder"),
        (["a", "a"], "lies within another RAW"),
        (["a", "a/b"], "a/b lies within another RAW"),
        (["a/b", "a"], "a/b lies within another RAW"),
        (["a", "link"], "lies within another RAW"),
        (["a/b/c.jpg", "a"], "lies within another RAW"),
    ],
)
def test_roots_that_cannot_work_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: list[str], message: str
) -> None:
    put(tmp_path, "a/b/c.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message):
        Roots.of(raw)


@pytest.mark.parametrize("name", ["pipe", "link", "/dev/null", "/dev/zero"])
def test_what_is_neither_a_file_nor_a_folder_is_no_root(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(UsageError, match=f"{name}: it is neither a file nor a folder"):
        Roots.of([tmp_path / name])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("loop", "loop: Too many levels of symbolic links"),
        ("broken", "broken: there is no such file or folder"),
        ("a.jpg/below", "a.jpg/below: there is no such file or folder"),
        ("x" * 300, "x: File name too long"),
        ("x/" * 3000, "x/: File name too long"),
    ],
)
def test_a_root_that_cannot_be_reached_is_a_sentence(tmp_path: Path, name: str, message: str) -> None:
    put(tmp_path, "a.jpg")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "broken").symlink_to("nothing")
    with pytest.raises(UsageError, match=message):
        Roots.of([f"{tmp_path}/{name}"])


@pytest.mark.parametrize("inner", ["", "a.jpg"])
def test_a_root_that_is_gone_before_it_is_listed_gives_nothing(tmp_path: Path, inner: str) -> None:
    roots = Roots.of([put(tmp_path / "raw", "a.jpg") / inner])
    shutil.rmtree(tmp_path / "raw")
    sources = list_sources(roots, IMAGE, None)
    assert len(sources) == 0
    assert sources.passed == {"folders that cannot be listed": 1}
    with pytest.raises(NothingToReadError):
        refuse_nothing(sources, ["raw"], IMAGE)


def test_folders_whose_names_begin_alike_do_not_lie_within_each_other(tmp_path: Path) -> None:
    first, second = put(tmp_path / "a", "x.jpg"), put(tmp_path / "ab", "x.jpg")
    assert len(found(first, second)) == 2


def test_links_to_files_are_followed_links_to_folders_are_not(tmp_path: Path) -> None:
    elsewhere = put(tmp_path / "elsewhere", "deep/a.jpg")
    raw = put(tmp_path / "raw", "own.jpg")
    (raw / "linked.jpg").symlink_to(elsewhere / "deep" / "a.jpg")
    (raw / "folder").symlink_to(elsewhere)
    (raw / "folder.jpg").symlink_to(elsewhere)
    (raw / "loop").symlink_to(raw)
    (raw / "broken.jpg").symlink_to(raw / "nothing")
    os.mkfifo(raw / "pipe.jpg")
    (raw / "really_a_folder.jpg").mkdir()
    sources = found(raw)
    assert list(sources.names()) == ["linked.jpg", "own.jpg"]
    assert sources.passed == {"links to folders": 3, "broken links": 1, "not regular files": 1}


def test_the_output_folder_is_never_read(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "out/b.jpg", "other/out/c.jpg")
    sources = found(tmp_path, out=tmp_path / "out")
    assert list(sources.names()) == ["a.jpg", "other/out/c.jpg"]
    assert sources.passed == {"the output folder": 1}


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"new\nline.jpg", "new\nline.jpg"),
        (b"\x1b[31m.jpg", "\x1b[31m.jpg"),
        (b"bad\xff\xc3.jpg", "bad\\xff\\xc3.jpg"),
        ("日本 ä.jpg".encode(), "日本 ä.jpg"),
        (b" .jpg", " .jpg"),
    ],
)
def test_odd_names(tmp_path: Path, raw: bytes, name: str) -> None:
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), raw))).write_bytes(b"x")  # noqa: PTH118 - bytes
    sources = found(tmp_path)
    assert list(sources.names()) == [name]
    file = sources.roots.file(sources.row(0), 1000, Reading())
    assert (file.source, file.read(most=10)) == (name, b"x")


def test_two_names_that_would_read_alike_are_refused(tmp_path: Path) -> None:
    for name in (b"a\xff.jpg", b"a\\xff.jpg"):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(b"x")  # noqa: PTH118 - bytes
    with pytest.raises(UsageError, match=r"^two files are both called a\\xff\.jpg once .*; rename one$"):
        found(tmp_path)


def test_the_digest_sees_names_sizes_and_where_they_end(tmp_path: Path) -> None:
    roots = Roots((os.fsencode(tmp_path),))

    def digest(*files: tuple[bytes, int]) -> str:
        return Sources(roots, [0] * len(files), [path for path, _ in files], [size for _, size in files]).sha256()

    seen = [
        digest((b"a.jpg", 1), (b"b.jpg", 1)),
        digest((b"a.jpg", 1)),
        digest((b"a.jpg", 2), (b"b.jpg", 1)),
        digest((b"a.jpg", 1), (b"c.jpg", 1)),
        digest((b"a.jpg\n1:5:b.jpg", 1)),
    ]
    assert len(set(seen)) == len(seen)


def test_nothing_to_read_says_what_was_there_instead(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "b.pdf")
    with pytest.raises(NothingToReadError) as caught:
        refuse_nothing(found(tmp_path), [tmp_path], IMAGE)
    assert f"{tmp_path}: no image to read (.apng .bmp " in str(caught.value)
    assert "2 files of other kinds" in str(caught.value)
    refuse_nothing(found(put(tmp_path, "c.jpg")), [tmp_path], IMAGE)
    text = {"text"}
    with pytest.raises(
        NothingToReadError, match=r"no text to read \(\.csv .* \.txt, also as \.gz \.bz2 \.xz \.zst\); "
    ):
        refuse_nothing(list_sources(Roots.of([tmp_path / "b.pdf"]), text, None), [tmp_path / "b.pdf"], text)


def test_a_file_of_another_kind_is_called_what_it_is(tmp_path: Path) -> None:
    put(tmp_path, "c.jpg", "d.txt")
    for name, kinds, words in (
        ("c.jpg", {"text"}, "no text to read but image; `sslabel list tasks` says"),
        ("d.txt", {"image", "video"}, "no image or video to read but text; `sslabel list tasks` says"),
    ):
        with pytest.raises(NothingToReadError, match=words):
            refuse_nothing(list_sources(Roots.of([tmp_path / name]), kinds, None), [tmp_path / name], kinds)
