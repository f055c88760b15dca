"""Worker processes: starting them, what they are reached by, and the memory that they share."""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

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
# One heap for all takes a fifth less memory. Texts come and go in arrays of megabytes: a tenth of their time is spared
# where the kernel has pages of that size on request; films, whose frames are as large, take longer with them.
_HEAP = {"ARROW_DEFAULT_MEMORY_POOL": "system"}
_TEXTS_HEAP = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


class Child(Protocol):
    """A process that is ours to wait for, as `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, or None while it runs; negative for the signal that ended it."""

    def wait(self) -> int:
        """The same, once it has ended."""

    def kill(self) -> None:
        """End it at once."""


class Ends:
    """Both ends of what a worker is reached by: its three standard streams, and the memory that it shares."""

    def __init__(self) -> None:
        note = _nameless_file()
        os.write(note, SLOT.pack(*NOWHERE))
        self.shared: Final = mmap.mmap(note, SLOT.size)
        (stdin, commands), (replies, stdout), (messages, stderr) = os.pipe(), os.pipe(), os.pipe()
        self.theirs: Final = (note, stdin, stdout, stderr)
        self.commands: Final = os.fdopen(commands, "wb")
        self.replies: Final = os.fdopen(replies, "rb")
        self.messages: Final = os.fdopen(messages, "rb")

    def give(self) -> None:
        """Keep only our ends: the worker has its own."""
        for descriptor in self.theirs:
            os.close(descriptor)

    def close(self) -> None:
        """Free our ends."""
        for pipe in (self.commands, self.replies, self.messages):
            with contextlib.suppress(OSError):
                pipe.close()
        self.shared.close()


class Process:
    """A worker that runs, and has been told nothing yet."""

    def __init__(self, child: Child, ends: Ends) -> None:
        self.child: Final = child
        self.ends: Final = ends

    @classmethod
    def started(cls, tasks: Sequence[str] = ()) -> Process:
        """One that was started by itself.

        It loads these modules of `sslabel.tasks`, as `text.masked_word`, or `text` for what all on texts need, and is
        made for them, before it is told anything.
        """
        ends = Ends()
        note, stdin, stdout, stderr = ends.theirs
        child = spawn(tasks, [str(note)], stdin=stdin, stdout=stdout, stderr=stderr, pass_fds=[note])
        ends.give()
        return cls(child, ends)

    def close(self) -> None:
        """End it at once, and free what it holds."""
        self.child.kill()
        self.child.wait()
        self.ends.close()


def spawn(tasks: Sequence[str], ends: Sequence[str], **streams: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
    """Start Python as what these descriptors say, see `worker.main`; `streams` are as for `subprocess.Popen`."""
    command = [sys.executable, "-P", "-m", "sslabel.engine.worker", ",".join(tasks), *ends]
    texts = {one.partition(".")[0] for one in tasks} == {"text"}
    return subprocess.Popen(command, env=_environment(texts=texts), **streams)  # noqa: S603 - Python itself


def _nameless_file() -> int:
    """A file of which nothing is left, however the processes that share it end."""
    if sys.platform == "linux":
        return os.memfd_create("sslabel")
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _environment(*, texts: bool) -> dict[str, str]:
    package = str(Path(sslabel.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    quiet = {"OPENCV_LOG_LEVEL": "SILENT", "PYTHONPATH": path, **dict.fromkeys(_THREADS, "1")}
    quiet["TOKENIZERS_PARALLELISM"] = "false"
    return {**_HEAP, **(_TEXTS_HEAP if texts else {}), **os.environ, **quiet}


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
