"""Whatever moment of writing a process dies or the disk fills up at: no torn file, and the same command goes on."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engine.drawing import draw_many
from tests.engine.running import Members, python_path, records, sslabel, temporary_files, tree

# Python imports this in the parent and in the workers. What it does, it does once: a marker says that it is done.
SABOTEUR = """
import fnmatch, os, signal

what, pattern, marker = os.environ.get("SABOTAGE", "  ").split(" ")
if what:
    from sslabel import storage

    rename, write = storage._rename, storage._write

    def once(path):
        if not fnmatch.fnmatch(str(path), pattern):
            return False
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def torn_rename(source, target):
        if what == "before" and once(target):
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, target)
        if what == "after" and once(target):
            os.kill(os.getpid(), signal.SIGKILL)

    def full_write(file, data):
        if what.isdecimal() and once(file.name):
            raise OSError(int(what), os.strerror(int(what)))
        return write(file, data)

    storage._rename, storage._write = torn_rename, full_write
"""
JOB = ("--task", "colorize:as=bins", "--task", "rotation", "--shard-size", "1", "--workers", 1)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tiny photographs."""
    return draw_many(tmp_path_factory.mktemp("torn") / "raw", 3)


@pytest.fixture(scope="module")
def undisturbed(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Members:
    """The whole output of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    assert sslabel("make", raw, out, *JOB).code == 0
    return tree(out)


def sabotaged(tmp_path: Path, what: str, pattern: str) -> Mapping[str, str]:
    """The environment in which a rename or a write of the first file of that name goes wrong."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SABOTEUR, "ascii")
    return {**python_path(tmp_path / "site"), "SABOTAGE": f"{what} {pattern} {tmp_path / 'marker'}"}


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        pytest.param("before", "*/sources.arrow", marks=pytest.mark.slow),
        pytest.param("after", "*/ab_classes.json", marks=pytest.mark.slow),
        pytest.param("before", "*/recipe.yaml", marks=pytest.mark.slow),
        ("before", "*/plan.json"),
        ("after", "*/plan.json"),
        ("before", "*/quarantine.jsonl"),
        pytest.param("before", "*/croissant.json", marks=pytest.mark.slow),
        ("before", "*/README.md"),
        pytest.param("after", "*/README.md", marks=pytest.mark.slow),
    ],
)
def test_the_run_is_killed_as_it_writes(
    raw: Path, undisturbed: Members, tmp_path: Path, what: str, pattern: str
) -> None:
    out = tmp_path / "out"
    torn = sslabel("make", raw, out, *JOB, env=sabotaged(tmp_path, what, pattern))
    assert torn.code == -signal.SIGKILL
    assert sslabel("make", raw, out, *JOB).code == 0
    assert tree(out) == undisturbed


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("before", "*/rotation/train-000001.tar"),
        pytest.param("after", "*/rotation/train-000002.tar", marks=pytest.mark.slow),
        pytest.param("before", "*/records/colorize/000001.json", marks=pytest.mark.slow),
        ("after", "*/records/rotation/000000.json"),
    ],
)
def test_a_worker_is_killed_as_it_writes(
    raw: Path, undisturbed: Members, tmp_path: Path, what: str, pattern: str
) -> None:
    out = tmp_path / "out"
    finished = sslabel("make", raw, out, *JOB, env=sabotaged(tmp_path, what, pattern))
    assert (tmp_path / "marker").exists()
    assert finished.code == 0
    assert not temporary_files(out)
    assert not [one for record in records(out) for one in record["excluded"]]
    assert tree(out) == undisturbed


@pytest.mark.parametrize(
    ("number", "pattern", "words"),
    [
        (errno.ENOSPC, "*/rotation/.train-000001.tar.*", "the disk is full"),
        pytest.param(
            errno.EDQUOT, "*/records/colorize/.000002.json.*", "the disk quota is used up", marks=pytest.mark.slow
        ),
        (errno.ENOSPC, "*/.sources.arrow.*", "the disk is full"),
        pytest.param(errno.EIO, "*/.README.md.*", "the disk reports an error", marks=pytest.mark.slow),
    ],
)
def test_the_disk_fails(  # noqa: PLR0913, PLR0917 - fixtures and a row of the table
    raw: Path, undisturbed: Members, tmp_path: Path, number: int, pattern: str, words: str
) -> None:
    out = tmp_path / "out"
    failed = sslabel("make", raw, out, *JOB, env=sabotaged(tmp_path, str(number), pattern))
    assert failed.code == 5
    assert failed.err == f"sslabel: {out}: {words}; what is finished is kept, and the same command goes on from there\n"
    assert not temporary_files(out)
    assert sslabel("make", raw, out, *JOB).code == 0
    assert tree(out) == undisturbed


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    finished = sslabel("make", raw, tmp_path / "closed" / "out", *JOB)
    assert finished.code == 5
    assert "it may not be written to" in finished.err


def test_a_part_of_outs_path_is_a_file(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    finished = sslabel("make", raw, tmp_path / "file" / "out", *JOB)
    assert finished.code == 5
    assert "a part of its path is a file" in finished.err
    assert (tmp_path / "file").read_bytes() == b"mine"
