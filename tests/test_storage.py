"""A file is there whole or not at all; listing passes by what is no regular file and loses none that is."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from sslabel import storage
from sslabel.errors import TryLaterError
from sslabel.storage import (
    Listing,
    WholeFile,
    identity,
    list_files,
    lock,
    source_name,
    sweep,
    write_problem,
    write_whole,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_complete_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "shard.tar"
    with WholeFile(path) as file:
        file.write(b"one ")
        file.write(memoryview(b"two"))
        assert not path.exists()
        assert len(names(path.parent)) == 1
    assert path.read_bytes() == b"one two"
    assert names(path.parent) == ["shard.tar"]


def test_a_file_is_counted_and_hashed_as_it_is_written(tmp_path: Path) -> None:
    with WholeFile(tmp_path / "shard.tar") as file:
        assert (file.bytes, file.tell()) == (0, 0)
        assert file.write(b"x" * 1000) == 1000
        assert (file.bytes, file.tell()) == (1000, 1000)
        assert file.write(b"") == 0
        assert not file.closed
    assert file.sha256 == hashlib.sha256(b"x" * 1000).hexdigest()
    assert file.closed


def test_flush_and_close_leave_the_file_open(tmp_path: Path) -> None:
    with WholeFile(tmp_path / "shard.tar") as file:
        file.write(b"one")
        file.flush()
        file.close()
        file.write(b"two")
    assert (tmp_path / "shard.tar").read_bytes() == b"onetwo"


def write_half(path: Path, problem: type[BaseException]) -> None:
    with WholeFile(path) as file:
        file.write(b"half")
        raise problem


@pytest.mark.parametrize("problem", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_nothing(tmp_path: Path, problem: type[BaseException]) -> None:
    with pytest.raises(problem):
        write_half(tmp_path / "shard.tar", problem)
    assert names(tmp_path) == []


def test_an_exception_keeps_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "shard.tar"
    path.write_bytes(b"before")
    with pytest.raises(InterruptedError):
        write_half(path, InterruptedError)
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["shard.tar"]


def test_what_stood_there_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "shard.tar"
    path.write_bytes(b"before, and longer")
    with WholeFile(path) as file:
        file.write(b"after")
    assert path.read_bytes() == b"after"


def test_no_folder_is_made_for_a_shard(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        WholeFile(tmp_path / "gone" / "shard.tar")
    assert names(tmp_path) == []


def test_a_folder_that_is_removed_meanwhile_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    file = WholeFile(tmp_path / "out" / "shard.tar")
    file.write(b"half")
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(FileNotFoundError), file:
        pass
    assert names(tmp_path) == []


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "shard.tar"
    with WholeFile(path) as one, WholeFile(path) as other:
        one.write(b"one")
        other.write(b"other")
    assert path.read_bytes() == b"one"
    assert names(tmp_path) == ["shard.tar"]


def fail(*_: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["_write", "_fsync", "_rename"])
def test_a_step_that_fails_keeps_what_stood_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "shard.tar"
    path.write_bytes(b"before")
    monkeypatch.setattr(storage, step, fail)
    with pytest.raises(OSError, match="No space left"), WholeFile(path) as file:
        file.write(b"after")
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["shard.tar"]


def test_content_is_on_disk_before_the_name_and_the_name_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shard.tar"
    events: list[str] = []
    sync, rename = storage._fsync, storage._rename

    def note_sync(descriptor: int) -> None:
        is_folder = os.fstat(descriptor).st_ino == tmp_path.stat().st_ino
        events.append(
            f"sync {'folder' if is_folder else 'file'} of {os.fstat(descriptor).st_size if not is_folder else 0}"
        )
        sync(descriptor)

    def note_rename(source: Path, target: Path) -> None:
        events.append("rename")
        rename(source, target)

    monkeypatch.setattr(storage, "_fsync", note_sync)
    monkeypatch.setattr(storage, "_rename", note_rename)
    with WholeFile(path) as file:
        file.write(b"12345")
    assert events == ["sync file of 5", "rename", "sync folder of 0"]


def test_a_small_file_is_written_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "plan.json", b"{}")
    assert (tmp_path / "a" / "plan.json").read_bytes() == b"{}"
    write_whole(tmp_path / "a" / "plan.json", b"{1}")
    assert (tmp_path / "a" / "plan.json").read_bytes() == b"{1}"
    assert names(tmp_path / "a") == ["plan.json"]


def test_a_small_file_that_is_there_already_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_whole(path, b"{}")
    before = identity(path)
    write_whole(path, b"{}")
    assert identity(path) == before


def test_sweeping_removes_temporary_files_and_nothing_else(tmp_path: Path) -> None:
    for name in (".shard.tar.tmp-0a1b", "shard.tar", ".hidden", "a.tmp-1", "readme.md"):
        (tmp_path / name).write_bytes(b"")
    sweep(tmp_path)
    assert names(tmp_path) == [".hidden", "a.tmp-1", "readme.md", "shard.tar"]


def test_sweeping_removes_what_a_killed_writer_left(tmp_path: Path) -> None:
    file = WholeFile(tmp_path / "shard.tar")
    file.write(b"half")
    assert len(names(tmp_path)) == 1
    sweep(tmp_path)
    assert names(tmp_path) == []
    file._file.close()


def test_sweeping_what_is_not_there_does_nothing(tmp_path: Path) -> None:
    sweep(tmp_path / "none")
    assert names(tmp_path) == []


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    path = tmp_path / "out" / "lock"
    with lock(path, "out"), pytest.raises(TryLaterError) as caught, lock(path, "out"):
        pass
    assert str(caught.value) == "out: another run is writing here; wait for it, or stop it"


def test_a_lock_is_free_again_after_its_block_however_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    def hold_and_fail() -> None:
        with lock(path, "out"):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        hold_and_fail()
    with lock(path, "out"):
        assert path.exists()


def test_a_lock_that_the_file_system_cannot_give_is_no_other_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: Any) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with pytest.raises(OSError, match=os.strerror(errno.ENOLCK)), lock(tmp_path / "lock", "out"):
        pass


def test_locks_of_two_folders_do_not_meet(tmp_path: Path) -> None:
    with lock(tmp_path / "a" / "lock", "a"), lock(tmp_path / "b" / "lock", "b"):
        assert names(tmp_path) == ["a", "b"]


def test_a_lock_file_that_was_removed_meanwhile_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    take = fcntl.flock
    taken: list[int] = []

    def take_and_lose(descriptor: int, operation: int) -> None:
        take(descriptor, operation)
        if not taken:
            path.unlink()  # as its last holder does between our opening it and having it
        taken.append(descriptor)

    monkeypatch.setattr(fcntl, "flock", take_and_lose)
    with lock(path, "out"):
        assert len(taken) == 2
        with pytest.raises(TryLaterError), lock(path, "out"):
            pass


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EROFS, "it cannot be written to"),
        (errno.EACCES, "it may not be written to"),
        (errno.ENOTDIR, "a part of its path is a file"),
        (errno.EIO, "the disk reports an error"),
        (errno.EEXIST, "a file stands where a folder is needed"),
        (errno.EMFILE, os.strerror(errno.EMFILE)),
    ],
)
def test_a_problem_of_writing_is_a_sentence_with_the_way_out(code: int, reason: str) -> None:
    problem = write_problem(OSError(code, os.strerror(code)), "out")
    assert problem.exit_code == 5
    assert str(problem) == f"out: {reason}; what is finished is kept, and the same command goes on from there"


@pytest.mark.parametrize("code", [errno.ENOENT, errno.ESTALE])
def test_what_was_removed_meanwhile_is_not_said_to_be_kept(code: int) -> None:
    problem = write_problem(OSError(code, os.strerror(code)), "out")
    assert problem.exit_code == 5
    assert str(problem) == "out: it, or a part of it, was removed while this run wrote there; start it again"


JPG = {b".jpg"}


def listed(folder: Path, extensions: set[bytes] | None = None, avoid: set[tuple[int, int]] | None = None) -> Listing:
    listing = list_files(os.fsencode(folder), JPG if extensions is None else extensions, avoid or set())
    order = sorted(range(len(listing.paths)), key=lambda index: listing.paths[index])
    listing.sizes = [listing.sizes[index] for index in order]
    listing.paths.sort()
    return listing


def fill(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"x" * len(path))


def test_files_are_listed_with_their_sizes_at_any_depth(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg", "b/c.JPG", "b/d/e/f.jpg", "b.jpg/g.jpg")
    listing = listed(tmp_path)
    assert listing.paths == [b"a.jpg", b"b.jpg/g.jpg", b"b/c.JPG", b"b/d/e/f.jpg"]
    assert listing.sizes == [5, 11, 7, 11]
    assert (listing.passed, listing.problems) == ({}, [])


def test_an_empty_folder_lists_nothing(tmp_path: Path) -> None:
    assert listed(tmp_path) == Listing()


@pytest.mark.parametrize(
    ("path", "passed"),
    [
        ("a.png", "files of other kinds"),
        ("jpg", "files of other kinds"),
        ("a.jpg.part", "files of other kinds"),
        (".a.jpg", "hidden names"),
        (".git/a.jpg", "hidden names"),
        (".jpg", "hidden names"),
    ],
)
def test_what_is_passed_by_is_counted(tmp_path: Path, path: str, passed: str) -> None:
    fill(tmp_path, "kept.jpg", path)
    listing = listed(tmp_path)
    assert listing.paths == [b"kept.jpg"]
    assert listing.passed == {passed: 1}


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    fill(tmp_path, "raw/a.jpg", "elsewhere/long name.jpg")
    (tmp_path / "raw" / "link.jpg").symlink_to(tmp_path / "elsewhere" / "long name.jpg")
    (tmp_path / "raw" / "folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "raw" / "folder.jpg").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "raw" / "up").symlink_to("..")
    listing = listed(tmp_path / "raw")
    assert (listing.paths, listing.sizes) == ([b"a.jpg", b"link.jpg"], [9, 23])
    assert listing.passed == {"links to folders": 3}


@pytest.mark.parametrize("target", ["nowhere.jpg", "link.jpg", "kept.jpg/below.jpg"])
def test_a_link_that_leads_nowhere_costs_only_itself(tmp_path: Path, target: str) -> None:
    fill(tmp_path, "kept.jpg", "a/kept.jpg", "z.jpg")
    (tmp_path / "link.jpg").symlink_to(target)
    listing = listed(tmp_path)
    assert listing.paths == [b"a/kept.jpg", b"kept.jpg", b"z.jpg"]
    assert listing.passed == {"broken links": 1}


def test_what_is_no_regular_file_is_passed_by(tmp_path: Path) -> None:
    fill(tmp_path, "kept.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    listing = listed(tmp_path)
    assert listing.paths == [b"kept.jpg"]
    assert listing.passed == {"not regular files": 1}


def test_a_folder_to_avoid_is_passed_by_wherever_it_is(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg", "b/out/c.jpg", "out/d.jpg")
    avoided = identity(tmp_path / "b" / "out")
    assert avoided is not None
    listing = listed(tmp_path, avoid={avoided})
    assert listing.paths == [b"a.jpg", b"out/d.jpg"]
    assert listing.passed == {"the output folder": 1}


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg", "closed/b.jpg")
    (tmp_path / "closed").chmod(0)
    try:
        listing = listed(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert listing.paths == [b"a.jpg"]
    assert listing.passed == {"folders that cannot be listed": 1}
    assert listing.problems == ["closed/: Permission denied"]


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    listing = listed(tmp_path / "gone")
    assert listing.passed == {"folders that cannot be listed": 1}
    assert listing.problems == [".: No such file or directory"]


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take UTF-8 names only")
def test_names_that_are_not_utf8_are_listed_as_they_are(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)
    Path(os.fsdecode(root + b"/d\xff")).mkdir()
    for name in (b"/caf\xe9.jpg", b"/d\xff/a.jpg", "/über.jpg".encode()):
        Path(os.fsdecode(root + name)).write_bytes(b"x")
    assert listed(tmp_path).paths == [b"caf\xe9.jpg", b"d\xff/a.jpg", "über.jpg".encode()]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"birds/wren.jpg", "birds/wren.jpg"),
        ("über/你好.jpg".encode(), "über/你好.jpg"),
        (b"caf\xe9.jpg", "caf\\xe9.jpg"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"", ""),
    ],
)
def test_a_source_name_is_text_whatever_the_bytes(path: bytes, name: str) -> None:
    assert source_name(path) == name
    assert source_name(path).encode("utf-8").decode("utf-8") == name


def test_identity_is_that_of_the_thing_not_of_its_name(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    assert identity(tmp_path / "a.jpg") == identity(tmp_path / "link.jpg")
    assert identity(tmp_path / "a.jpg") != identity(tmp_path)
    assert identity(tmp_path / "none") is None
