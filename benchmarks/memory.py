"""`python -m benchmarks memory PHOTOS`: the memory that processes take, and how soon `--help` and a large job begin.

PHOTOS is what `python -m benchmarks photos` made. A corpus of 20,000 or 1,000,000 files is made of links to those.
Linux only: it reads /proc.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.timing import ROOT, python, seconds_of, table

_LINKS = 30_000
_EVERY = 0.02


def main(folder: str, million: str = "1000000") -> None:
    """Print the peak memory of the parent and of the largest worker for 2,000 and 20,000 photos, then of a plan."""
    command = {"sslabel --help": python("-m", "sslabel", "--help")}
    print(table(seconds_of(command), *command))
    photos = sorted(str(path) for path in (Path(folder) / "small").glob("*.jpg"))
    for how in ("webdataset", "parquet"):
        for count in (2000, 20_000):
            with _Corpus(photos, count) as corpus:
                parent, worker, _ = _watched(corpus, "--format", how)
            print(f"{count:>9,} photos to {how:<10}  parent {parent:4.0f} MB  largest worker {worker:4.0f} MB")
    with _Corpus(photos, int(million)) as corpus:
        parent, worker, times = _watched(corpus, "--shard-size", "256MB", until_first_shard=True)
    print(f"{int(million):>9,} photos planned in {times[0]:.1f} s, first shard begun {times[1]:.1f} s later", end="  ")
    print(f"parent {parent:4.0f} MB  largest worker {worker:4.0f} MB")


class _Corpus:
    """A folder of so many links to a few photos."""

    def __init__(self, photos: list[str], count: int) -> None:
        self._folder = tempfile.mkdtemp(prefix="sslabel-benchmark-")
        for number in range(count):
            folder = f"{self._folder}/raw/{number // 1000:04d}"
            if number % 1000 == 0:
                os.makedirs(folder)  # noqa: PTH103 - a million times
            # A file takes only so many links.
            source = photos[number % len(photos) if count <= _LINKS * len(photos) else number // _LINKS]
            os.link(source, f"{folder}/{number:08d}.jpg")

    def __enter__(self) -> str:
        return self._folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder)


def _watched(corpus: str, *options: str, until_first_shard: bool = False) -> tuple[float, float, tuple[float, float]]:
    """Peak MB of the parent and of the largest worker; seconds until the plan stood, and then until a shard began."""
    command = python("-m", "sslabel", "make", "--task", "colorize", "--workers", "2", "--json", "--quiet", *options)
    begun = time.monotonic()
    planned = started = 0.0
    peaks: dict[int, float] = {}
    out = Path(corpus) / "out"
    with subprocess.Popen([*command, f"{corpus}/raw", str(out)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        while process.poll() is None:
            for pid in (process.pid, *_children(process.pid)):
                peaks[pid] = max(peaks.get(pid, 0), _peak(pid))
            now = time.monotonic() - begun
            if not planned and any(out.glob(".sslabel/plans/*/plan.json")):
                planned = now
            if planned and not started and any(out.glob("colorize/.*.tmp-*")):
                started = now
                if until_first_shard:
                    process.send_signal(signal.SIGINT)
            time.sleep(_EVERY)
        assert process.stdout is not None
        last = process.stdout.read().splitlines()[-1:]
    if process.returncode and not until_first_shard:
        raise SystemExit(json.loads(last[0])["message"])
    workers = [peak for pid, peak in peaks.items() if pid != process.pid]
    return peaks[process.pid], max(workers), (planned, started - planned)


def peaks(command: Sequence[str]) -> tuple[float, float]:
    """Peak MB of a command's process and of the largest that it started; `{out}` in it is a fresh folder."""
    with tempfile.TemporaryDirectory(prefix="sslabel-benchmark-") as out:
        words = [word.replace("{out}", f"{out}/out") for word in command]
        found: dict[int, float] = {}
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:
                for pid in (process.pid, *_children(process.pid)):
                    found[pid] = max(found.get(pid, 0), _peak(pid))
                time.sleep(_EVERY)
    if process.returncode:
        raise SystemExit(process.returncode)
    parent = found.pop(process.pid)
    return parent, max(found.values())


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []


def _peak(pid: int) -> float:
    """The most that a process has held so far, in MB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), 0.0)
