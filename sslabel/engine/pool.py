"""The parent's side of the workers: starting them, talking to them, and seeing how they end."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from sslabel import errors
from sslabel.engine.early import take
from sslabel.engine.process import SLOT, WALL_FACTOR
from sslabel.engine.sources import Roots
from sslabel.errors import WorkerFailedError
from sslabel.recipe import Settings
from sslabel.registry import has_packages
from sslabel.storage import write_problem

_TAIL = 4000


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker of a run is told: the settings, the kinds of source, the RAW roots, where the output goes."""

    settings: Settings
    kinds: frozenset[str]
    roots: Roots
    out: Path


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker ended: the row that it was on (-1 for none), what kind of end it was, and a sentence."""

    row: int
    kind: str
    reason: str


class WorkerProcess:
    """One worker, its pipes, and the memory that it shares."""

    def __init__(self, job: Job) -> None:
        self._deadline = job.settings.deadline
        self._started = take(sorted(job.kinds))
        self._process = self._started.child
        self._replies = b""
        self._tail = b""
        self._since = time.monotonic()
        self._seen: tuple[int, ...] = ()
        self._given_up = False
        self.reply: dict[str, Any] | None = None
        self.corpus: Mapping[str, Any] = {}  # what it knows of it
        self.ended = False
        for pipe in (self.stdout, self.stderr):
            os.set_blocking(pipe.fileno(), False)
        roots = [os.fsdecode(path) for path in job.roots.paths]
        settings = job.settings.anywhere()
        self.send({"settings": settings, "roots": roots, "deadline": self._deadline, "packages": has_packages()})

    @property
    def stdout(self) -> IO[bytes]:
        """Where replies come from."""
        return self._started.ends.replies

    @property
    def stderr(self) -> IO[bytes]:
        """Where all else that it prints comes from."""
        return self._started.ends.messages

    def send(self, command: Mapping[str, Any]) -> None:
        """Give it a command; its reply will stand in `reply`."""
        self.reply = None
        self._since = time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # how it ended is seen on the other pipes
            self._started.ends.commands.write(json.dumps(command).encode("ascii") + b"\n")
            self._started.ends.commands.flush()

    def read(self, pipe: IO[bytes]) -> None:
        """Take what a pipe holds."""
        try:
            data = os.read(pipe.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if pipe is self.stderr:
            self._tail = (self._tail + data)[-_TAIL:]
            return
        if not data:
            self.ended = True
            return
        self._replies += data
        line, newline, rest = self._replies.partition(b"\n")
        if newline:
            self._replies = rest
            self.reply = json.loads(line)

    def has_gone(self) -> bool:
        """Whether it has ended, even where a process that it started still holds its pipes open."""
        if not self.ended and self._process.poll() is not None:
            self.read(self.stdout)
            self.ended = True
        return self.ended

    def counts(self) -> tuple[int, ...]:
        """The unit that it is on, and of that: row, sources done, pairs, skipped, excluded, bytes."""
        return SLOT.unpack_from(self._started.ends.shared, 0)

    def give_up_if_stalled(self) -> None:
        """End it where it is on one source for longer than its own alarms allow: it is stopped, or deaf to them."""
        counts = self.counts()
        if counts[1] < 0 or counts != self._seen:
            self._seen, self._since = counts, time.monotonic()
        elif time.monotonic() - self._since > 1.5 * WALL_FACTOR * self._deadline:
            self._given_up = True
            self._process.kill()

    def death(self) -> Death:
        """How it ended; it is waited for."""
        code = self._process.wait()
        self.read(self.stderr)
        row = self.counts()[1]
        if self._given_up or -code in (signal.SIGPROF, signal.SIGALRM):
            what, factor = ("CPU time", 1) if -code == signal.SIGPROF else ("wall time", WALL_FACTOR)
            return Death(row, "deadline", f"no progress in {self._deadline * factor:g} s of {what} (--deadline)")
        if code == -signal.SIGKILL:
            return Death(row, "memory", "the process that read it was killed (out of memory?)")
        if code < 0:
            return Death(row, "crashed", f"the process that read it ended by {signal.Signals(-code).name}")
        if code == os.EX_IOERR:
            return Death(row, "crashed", "it closed files of the process that read it")
        return Death(row, "crashed", f"the process that read it ended with exit code {code}")

    @property
    def last_words(self) -> str:
        """The last line that it printed."""
        lines = self._tail.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """End it and free what it holds."""
        self._started.close()


class Pool:
    """Workers that wait for commands. Leaving the `with` block ends them all."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._selector = selectors.DefaultSelector()
        self.workers: list[WorkerProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.kill()
        for worker in list(self.workers):
            self.remove(worker)
        self._selector.close()

    def add(self) -> WorkerProcess:
        """Start one more worker; its first reply says that it is ready."""
        worker = WorkerProcess(self._job)
        self.workers.append(worker)
        for pipe in (worker.stdout, worker.stderr):
            self._selector.register(pipe, selectors.EVENT_READ, worker)
        return worker

    def remove(self, worker: WorkerProcess) -> None:
        """End a worker and forget it."""
        self._stop_listening(worker)
        worker.close()
        self.workers.remove(worker)

    def _stop_listening(self, worker: WorkerProcess) -> None:
        for pipe in (worker.stdout, worker.stderr):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(pipe)

    def wait(self, seconds: float) -> list[WorkerProcess]:
        """The workers that have replied or ended, after at most this long."""
        heard: dict[int, WorkerProcess] = {}
        for key, _ in self._selector.select(seconds):
            worker: WorkerProcess = key.data
            worker.read(key.fileobj)  # type: ignore[arg-type]  # only pipes are registered
            if worker.reply is not None:
                heard[id(worker)] = worker
        for worker in self.workers:
            if worker.has_gone():
                heard[id(worker)] = worker
                self._stop_listening(worker)
        return list(heard.values())

    def ask(self, worker: WorkerProcess, command: Mapping[str, Any] | None = None) -> dict[str, Any] | Death:
        """The reply of one worker, or how it ended; without a command, the reply that is still due."""
        if command is not None:
            worker.send(command)
        while worker.reply is None:
            for heard in self.wait(0.2):
                if heard is worker and worker.ended and worker.reply is None:
                    return worker.death()
            worker.give_up_if_stalled()
        return worker.reply


def check_reply(reply: Mapping[str, Any], where: Path, needed: int = 0) -> None:
    """Raise what a worker's reply says went wrong, as the error that it was; `needed` is as in `write_problem`."""
    if "error" not in reply:
        return
    known = getattr(errors, reply["class"], None) if reply["class"] else None
    if known is not None:
        raise known(reply["error"])
    if reply["errno"] is not None:
        raise write_problem(OSError(reply["errno"], reply["error"]), str(where), needed)
    failure = WorkerFailedError(f"a worker failed: {reply['error']}")
    failure.add_note(reply["trace"])
    raise failure
