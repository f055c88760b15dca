"""Running the tool as its users do, and looking at what it wrote without any code of its own."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.parquet as pq
from PIL import Image

Members: TypeAlias = dict[str, bytes]
PATIENCE = 120.0
_TASKS = ("--task", "colorize:as=bins", "--task", "rotation", "--noise", "gaussian-noise")
SMALL, SMALL_UNITS = (*_TASKS, "--split", "train=0.9,test=0.1", "--shard-size", "1", "--workers", 2), 40
"""A run of many small units, two shards each, over `many_photos`."""
_UNSET = ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "SLURM_CPUS_PER_TASK")


@dataclass(frozen=True)
class Finished:
    """A command that has ended: its exit code, or minus the signal that ended it, and what it printed."""

    code: int
    raw_out: bytes
    raw_err: bytes

    @property
    def out(self) -> str:
        """Its stdout."""
        return self.raw_out.decode()

    @property
    def err(self) -> str:
        """Its stderr."""
        return self.raw_err.decode()

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a test's commands: this one, without what would colour or limit them."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
    return {**kept, "NO_COLOR": "1", **(more or {})}


def python_path(folder: Path) -> dict[str, str]:
    """The environment in which Python finds modules in a folder, too."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))}


def start(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start `sslabel` in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "sslabel", *map(_argument, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=environment(env),
        start_new_session=True,
    )


def ended(process: subprocess.Popen[bytes]) -> Finished:
    """Wait for a command; one that does not end is killed with all that it started."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Finished(process.returncode, out, err)


def sslabel(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Finished:
    """Run `sslabel` to its end."""
    return ended(start(*arguments, cwd=cwd, env=env))


def script(path: Path, text: str, *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Finished:
    """Write a Python script and run it to its end."""
    path.write_text(text, "utf-8")
    process = subprocess.Popen(
        [sys.executable, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=environment(env),
        start_new_session=True,
    )
    return ended(process)


def _argument(one: object) -> str:
    return os.fspath(one) if isinstance(one, os.PathLike) else str(one)


def until(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    """Wait until something has happened; False if the command ended before."""
    begun = time.monotonic()
    while not happened():
        if process.poll() is not None:
            return False
        if time.monotonic() - begun > PATIENCE:
            os.killpg(process.pid, signal.SIGKILL)
            raise TimeoutError
        time.sleep(0.002)
    return True


def workers_of(scratch: Path) -> list[int]:
    """The processes of the engine that were started with this folder for temporary files."""
    return [pid for pid, words in _processes(scratch) if b"sslabel.engine.worker" in words]


def _processes(scratch: Path) -> Iterator[tuple[int, bytes]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "cmdline").read_bytes()
                surroundings = (folder / "environ").read_bytes()
            except OSError:
                continue
            if os.fsencode(scratch) in surroundings:
                yield int(folder.name), words


def tree(folder: Path) -> Members:
    """Every file below a folder, by its path; but for how long runs took, which no two runs have in common."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "times.jsonl")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def temporary_files(folder: Path) -> list[str]:
    """The files below a folder that a run has not given their names."""
    return [name for name in tree(folder) if ".tmp-" in name]


def shard_hashes(out: Path) -> dict[str, str]:
    """The SHA-256 of every shard, by its path."""
    shards = sorted([*out.glob("*/*.tar"), *out.glob("*/*.parquet")])
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in shards}


def records(out: Path, task: str = "*") -> list[dict[str, Any]]:
    """The commit records of an output."""
    return [json.loads(path.read_bytes()) for path in sorted(out.glob(f".sslabel/records/{task}/*.json"))]


def plans(out: Path) -> list[dict[str, Any]]:
    """The plans of an output."""
    return [json.loads(path.read_bytes()) for path in sorted(out.glob(".sslabel/plans/*/plan.json"))]


def quarantine(out: Path) -> list[dict[str, str]]:
    """The lines of `quarantine.jsonl`."""
    return [json.loads(line) for line in (out / ".sslabel" / "quarantine.jsonl").read_text("ascii").splitlines()]


def rows(out: Path, task: str, split: str = "*") -> list[tuple[str, Members]]:
    """The examples of a data set in the order in which they stand, each its key and its files."""
    found = [row for shard in sorted((out / task).glob(f"{split}-*.tar")) for row in _tar_rows(shard)]
    for shard in sorted((out / task).glob(f"{split}-*.parquet")):
        for row in pq.read_table(shard).to_pylist():
            cells = {name: cell for name, cell in row.items() if name not in ("key", "source", "meta")}
            files = {name: _cell(cell) for name, cell in cells.items()}
            found.append((row["key"], {**files, "meta.json": row["meta"].encode()}))
    return found


def _cell(cell: Any) -> bytes:
    if isinstance(cell, dict):
        data: bytes = cell["bytes"]
        return data
    return cell.encode() if isinstance(cell, str) else json.dumps(cell, separators=(",", ":")).encode()


def _tar_rows(shard: Path) -> Iterator[tuple[str, Members]]:
    key, files = "", Members()
    with tarfile.open(shard) as tar:
        for member in tar:
            data = tar.extractfile(member)
            assert data is not None
            begun, _, field = member.name.partition(".")
            if begun != key and files:
                yield key, files
                files = {}
            key = begun
            files[field] = data.read()
    if files:
        yield key, files


def examples(out: Path, task: str, split: str = "*") -> dict[str, Members]:
    """The examples of a data set by their keys, which are found to be unique."""
    found = rows(out, task, split)
    assert len({key for key, _ in found}) == len(found)
    return dict(found)


def meta(files: Members) -> dict[str, Any]:
    """The meta data of an example."""
    found: dict[str, Any] = json.loads(files["meta.json"])
    return found


def sources(out: Path, task: str, split: str = "*") -> list[str]:
    """The source ids of a data set's examples, in the order in which they stand."""
    return [meta(files)["source"] for _, files in rows(out, task, split)]


def size_of(data: bytes) -> tuple[int, int]:
    """The width and height of an encoded picture."""
    return Image.open(io.BytesIO(data)).size


@dataclass(frozen=True)
class Job:
    """A command that is to be stopped. Its folder for temporary files is its own, and finds its processes."""

    options: tuple[object, ...]
    raw: Path
    out: Path
    scratch: Path

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, or go on with it."""
        return start("make", self.raw, self.out, *self.options, env={"TMPDIR": str(self.scratch)})

    def goes_on(self) -> Finished:
        """Go on with it to its end; its events."""
        return sslabel("make", self.raw, self.out, *self.options, "--json")

    @property
    def shards(self) -> int:
        """How many commit records there are."""
        return len(list(self.out.glob(".sslabel/records/*/*.json")))

    @property
    def processes(self) -> list[int]:
        """All its processes, whatever they are."""
        return [pid for pid, _ in _processes(self.scratch)]

    def wait_for_processes(self, seconds: float = PATIENCE) -> None:
        """Wait until no process is left; the system takes a moment to end what is killed."""
        begun = time.monotonic()
        while left := self.processes:
            assert time.monotonic() - begun < seconds, left
            time.sleep(0.01)


def check_whole(out: Path, undisturbed: Members) -> None:
    """Find all that stands under its name as a run that nothing disturbed leaves it, and each record true."""
    for name, data in tree(out).items():
        if ".tmp-" not in name:
            assert data == undisturbed[name], name
    for shard in (out / name for name in shard_hashes(out)):
        assert pq.read_table(shard) if shard.suffix == ".parquet" else list(_tar_rows(shard))
    for record in records(out):
        data = (out / record["task"] / record["shard"]).read_bytes()
        assert (record["bytes"], record["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


def unfinished(out: Path) -> set[str]:
    """The shards, by task and name, that were begun and have no commit record."""
    shards = [*out.glob("*/*.tar*"), *out.glob("*/*.parquet*")]
    begun = {f"{path.parent.name}/{path.name.removeprefix('.').partition('.tmp-')[0]}" for path in shards}
    return begun - {f"{record['task']}/{record['shard']}" for record in records(out)}


def ends_undisturbed(job: Job, undisturbed: Members) -> None:
    """Find what a stopped run left whole; go on, and find only what was missing made, and all as it should be."""
    check_whole(job.out, undisturbed)
    before = {f"{record['task']}/{record['shard']}" for record in records(job.out)}
    finished = job.goes_on()
    assert finished.code == 0, finished.err
    made = [f"{event['task']}/{event['shard']}" for event in finished.events if event["type"] == "shard"]
    shards = {name for name in undisturbed if name.endswith((".tar", ".parquet"))}
    assert sorted(made) == sorted(shards - before)
    assert tree(job.out) == undisturbed
