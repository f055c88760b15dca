"""Whatever moment of writing a process dies or the disk fills up at: no torn file, and the same command goes on."""

from __future__ import annotations

import errno
import os
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from tests.engine.drawing import draw_many
from tests.engine.running import (
    Finished,
    Job,
    Members,
    check_whole,
    ends_undisturbed,
    python_path,
    sslabel,
    temporary_files,
    tree,
    unfinished,
)

# Python imports this in the parent and in the workers. It counts the writes, syncs and renames of all processes of a
# run in one file, and lets one of them go wrong: the one of that number, or the first that matches.
SABOTEUR = """
import fcntl, fnmatch, os, signal

how, where, counter = os.environ.get("SABOTAGE", "|||").split("|")[:3]
if how:
    from sslabel import storage

    def this_one(kind, path):
        with open(counter, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not where.isdecimal() and (file.tell() or not fnmatch.fnmatch(f"{kind} {path}", where)):
                return False
            file.write(b".")
            return not where.isdecimal() or file.tell() == int(where)

    def go_wrong():
        if how == "process":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "group":
            os.killpg(0, signal.SIGKILL)
        raise OSError(int(how), os.strerror(int(how)))

    write, fsync, rename = storage._write, storage._fsync, storage._rename

    def torn_write(file, data):
        if this_one("write", file.name):
            write(file, data[: len(data) // 2])
            go_wrong()
        write(file, data)

    def torn_fsync(descriptor):
        if this_one("fsync", ""):
            go_wrong()
        fsync(descriptor)

    def torn_rename(source, target):
        if this_one("rename", target):
            go_wrong()
        rename(source, target)

    storage._write, storage._fsync, storage._rename = torn_write, torn_fsync, torn_rename
"""
WORKERS = 2
SHARDS = 3
FORMATS = ("webdataset", "parquet")


@dataclass(frozen=True)
class Sabotaged(Job):
    """A job of three shards in which one write, sync or rename goes wrong."""

    site: Path
    undisturbed: Members

    @property
    def counter(self) -> Path:
        """A byte for each operation so far, or one as soon as the one that matches has come."""
        return self.out.with_name("counter")

    def run(self, how: str, where: object) -> Finished:
        """Run it so that a process or all of them die, or the disk fails, at an operation by its number or its name."""
        env = {**python_path(self.site), "SABOTAGE": f"{how}|{where}|{self.counter}", "TMPDIR": str(self.scratch)}
        finished = sslabel("make", self.raw, self.out, *self.options, env=env)
        self.wait_for_processes(5)
        assert self.counter.exists(), finished.err
        return finished

    def is_as_undisturbed(self) -> bool:
        """Whether all of its output is what a run leaves that nothing disturbed."""
        return tree(self.out) == self.undisturbed

    def goes_on_well(self) -> None:
        """No more units than there are workers were lost, and nothing else is wrong."""
        assert len(unfinished(self.out)) <= WORKERS
        ends_undisturbed(self, self.undisturbed)


class Jobs(Protocol):
    """Gives jobs."""

    def __call__(self, form: str = "webdataset", name: str = "job") -> Sabotaged:
        """A job in a folder of its own."""


def options(form: str) -> tuple[object, ...]:
    """A job of one task with a file beside its shards."""
    return ("--task", "colorize:as=bins", "--format", form, "--shard-size", "1", "--workers", WORKERS)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tiny photographs."""
    return draw_many(tmp_path_factory.mktemp("torn") / "raw", SHARDS)


@pytest.fixture(scope="module")
def undisturbed(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Members]:
    """The whole output of runs that nothing disturbed, by their format."""
    found = {}
    for form in FORMATS:
        out = tmp_path_factory.mktemp("undisturbed") / "out"
        assert sslabel("make", raw, out, *options(form)).code == 0
        found[form] = tree(out)
        assert sum(name.endswith((".tar", ".parquet")) for name in found[form]) == SHARDS
        check_whole(out, found[form])
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that Python imports the saboteur from."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(SABOTEUR, "ascii")
    return folder


@pytest.fixture
def jobs(raw: Path, undisturbed: Mapping[str, Members], site: Path, tmp_path: Path) -> Jobs:
    """Gives jobs in folders of their own."""

    def give(form: str = "webdataset", name: str = "job") -> Sabotaged:
        (tmp_path / name / "scratch").mkdir(parents=True)
        out, scratch = tmp_path / name / "out", tmp_path / name / "scratch"
        return Sabotaged(options(form), raw, out, scratch, site, undisturbed[form])

    return give


@pytest.mark.parametrize(
    ("where", "form"),
    [
        ("rename */plan.json", "webdataset"),
        ("write */.train-000001.tar.*", "webdataset"),
        ("rename */train-000000.parquet", "parquet"),
        ("write */records/colorize/.000002.json.*", "parquet"),
        ("write */.README.md.*", "webdataset"),
    ],
)
def test_all_processes_are_killed_as_one_writes(jobs: Jobs, where: str, form: str) -> None:
    job = jobs(form)
    assert job.run("group", where).code == -signal.SIGKILL
    job.goes_on_well()


@pytest.mark.parametrize(
    ("where", "form"),
    [("write */.train-000001.parquet.*", "parquet"), ("rename */records/colorize/000002.json", "webdataset")],
)
def test_a_worker_is_killed_as_it_writes(jobs: Jobs, where: str, form: str) -> None:
    job = jobs(form)
    assert job.run("process", where).code == 0
    assert job.counter.stat().st_size == 1
    assert job.is_as_undisturbed()


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("how", ["group", "process", str(errno.ENOSPC)])
def test_each_write_sync_and_rename_goes_wrong(jobs: Jobs, form: str, how: str) -> None:
    codes: Counter[int] = Counter()
    for number in count(1):
        job = jobs(form, str(number))
        finished = job.run(how, number)
        if job.counter.stat().st_size < number:
            break
        codes[finished.code] += 1
        # A process that is killed leaves what it was writing; the run that outlives it leaves nothing.
        assert finished.code == -signal.SIGKILL or not temporary_files(job.out), number
        assert finished.code != 0 or job.is_as_undisturbed(), number
        job.goes_on_well()
    assert finished.code == 0
    assert job.is_as_undisturbed()
    # Each shard and each record; and the plan, its recipe and its sources, what stands beside the shards, what was left
    # out and what was remarked, the card, Croissant, the list of both, and that the run is finished: each is written
    # and synced, renamed, and its folder synced.
    workers, parent = 4 * 2 * SHARDS, 4 * 10
    if how == "process":  # of a worker, the run makes good what it did; of the parent, the next run
        assert codes == {0: workers, -signal.SIGKILL: parent}
    else:
        assert codes == {-signal.SIGKILL if how == "group" else 5: workers + parent}


@pytest.mark.parametrize(
    ("number", "where", "words"),
    [
        (errno.ENOSPC, "write */.train-000001.tar.*", "the disk is full, and about 1 MB more are needed"),
        (
            errno.EDQUOT,
            "rename */records/colorize/000002.json",
            "the disk quota is used up, and about 1 MB more are needed",
        ),
        (errno.ENOSPC, "write */.sources.arrow.*", "the disk is full"),
        (errno.EIO, "write */.README.md.*", "the disk reports an error"),
    ],
)
def test_the_disk_fails(jobs: Jobs, number: int, where: str, words: str) -> None:
    job = jobs()
    failed = job.run(str(number), where)
    assert failed.code == 5
    way_out = "what is finished is kept, and the same command goes on from there"
    assert failed.err == f"sslabel: {job.out}: {words}; {way_out}\n"
    assert not temporary_files(job.out)
    job.goes_on_well()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    finished = sslabel("make", raw, tmp_path / "closed" / "out", *options("webdataset"))
    assert finished.code == 5
    assert "it may not be written to" in finished.err


def test_a_part_of_outs_path_is_a_file(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    finished = sslabel("make", raw, tmp_path / "file" / "out", *options("webdataset"))
    assert finished.code == 5
    assert "a part of its path is a file" in finished.err
    assert (tmp_path / "file").read_bytes() == b"mine"
