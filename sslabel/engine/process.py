"""Worker processes: starting them, also before it is known what they will do, and the memory that they share."""

from __future__ import annotations

import atexit
import contextlib
import mmap
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Final

import sslabel

SLOT = struct.Struct("<7q")
"""What a worker shares with its parent: unit, row, sources done, pairs, skipped, sources excluded, bytes."""

NOWHERE = (-1, -1, 0, 0, 0, 0, 0)
"""What a worker shares while it is on no source."""

WALL_FACTOR = 10
"""A source may take so much more wall time than CPU time."""

# The workers are the parallelism: one thread in each library. Arrow takes its processor threads from OMP's.
_THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "ARROW_IO_THREADS"),
    "OPENCV_FOR_THREADS_NUM",
)


class Process:
    """A worker that runs, loads what it will need, for texts alone or for all kinds, and has been told nothing yet."""

    def __init__(self, *, texts: bool = False) -> None:
        note = _nameless_file()
        os.write(note, SLOT.pack(*NOWHERE))
        self.shared: Final = mmap.mmap(note, SLOT.size)
        self.popen: Final = subprocess.Popen(  # noqa: S603 - Python itself
            [sys.executable, "-P", "-m", "sslabel.engine.worker", str(note), *(["text"] if texts else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            pass_fds=[note],
        )
        os.close(note)

    def close(self) -> None:
        """End it at once, and free what it holds."""
        self.popen.kill()
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.shared.close()


def _nameless_file() -> int:
    """A file of which nothing is left, however the processes that share it end."""
    if sys.platform == "linux":
        return os.memfd_create("sslabel")
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _environment() -> dict[str, str]:
    package = str(Path(sslabel.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    quiet = {"OPENCV_LOG_LEVEL": "SILENT", "PYTHONPATH": path, **dict.fromkeys(_THREADS, "1")}
    quiet["TOKENIZERS_PARALLELISM"] = "false"
    return {**os.environ, **quiet}


def usable_cpus() -> int:
    """The CPUs that this process may use: its affinity, its cgroup's quota, its SLURM job's share."""
    affinity = getattr(os, "sched_getaffinity", None)
    counts = [len(affinity(0)) if affinity else os.cpu_count() or 1]
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
        counts.append(max(1, int(quota) // int(period)))
    except (OSError, ValueError):
        pass
    if os.environ.get("SLURM_CPUS_PER_TASK", "").isdecimal():
        counts.append(max(1, int(os.environ["SLURM_CPUS_PER_TASK"])))
    return min(counts)


_AHEAD: Final = 2
_ahead: list[Process] = []


def start_ahead(*, texts: bool = False) -> None:
    """Start workers that will most likely be wanted, so that they load their libraries while this process does.

    `texts` says that they will most likely be given texts alone.
    For a program that has done nothing yet: until it handles SIGINT and SIGTERM itself, they end both at once.
    """
    if not _ahead:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _end)
        atexit.register(drop_ahead)
        _ahead.extend(Process(texts=texts) for _ in range(min(_AHEAD, usable_cpus())))


def _end(number: int, _: object) -> None:
    # No exception: raised in the middle of an import, it may be lost there, or end as another one.
    for process in _ahead:
        with contextlib.suppress(OSError):
            os.kill(process.popen.pid, signal.SIGKILL)
            os.waitpid(process.popen.pid, 0)
    with contextlib.suppress(OSError):
        os.write(2, b"sslabel: stopped\n")
    os._exit(128 + number)


def take() -> Process:
    """A worker: one that was started ahead, or a new one."""
    return _ahead.pop(0) if _ahead else Process()


def drop_ahead() -> None:
    """End the workers that were started ahead and are not wanted after all."""
    while _ahead:
        _ahead.pop().close()
