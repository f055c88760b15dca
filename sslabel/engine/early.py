"""Workers that are started before it is known what they will do, so that their libraries load meanwhile.

On Linux one process loads for all of them and then forks into them: it takes one core, and they share its memory. It
ends when it has, and they become children of this process, which waits for them as for any other.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain
from typing import Final

from sslabel.engine.process import Ends, Process, spawn, usable_cpus

_PR_SET_CHILD_SUBREAPER: Final = 36


class _Adopted:
    """A process that one of ours started, and left to us when it ended."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, or None while it runs; negative for the signal that ended it."""
        return self._waited(os.WNOHANG)

    def wait(self) -> int:
        """The same, once it has ended."""
        code = self._waited(0)
        assert code is not None
        return code

    def kill(self) -> None:
        """End it at once."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _waited(self, how: int) -> int | None:
        if self._code is None:
            try:
                pid, status = os.waitpid(self.pid, how)
            except ChildProcessError:  # where SIGCHLD is ignored, nothing is known of how a process ended
                pid, status = self.pid, 0
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code


class _Loader:
    """A process that loads what workers need, once for all of them, and then forks into them.

    It ends when it has, and leaves them to this process.
    """

    def __init__(self, count: int, tasks: Sequence[str]) -> None:
        self._ends = [Ends() for _ in range(count)]
        theirs = [one.theirs for one in self._ends]
        self.popen: Final = spawn(
            tasks,
            [",".join(map(str, one)) for one in theirs],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=list(chain.from_iterable(theirs)),
        )
        for one in self._ends:
            one.give()

    def workers(self) -> list[Process]:
        """The workers; none where it ended before it came to be all of them, or they are not left to this process."""
        assert self.popen.stdout is not None
        pids = self.popen.stdout.read().split()
        if self.popen.wait():
            return []
        workers = [Process(_Adopted(int(pid)), ends) for pid, ends in zip(pids, self._ends, strict=True)]
        if any(one.child.poll() is not None for one in workers):
            return []
        self._ends = []
        return workers

    def close(self) -> None:
        """End it, and free what it holds; those that it has forked by then end when nobody can tell them anything."""
        self.popen.kill()
        self.popen.wait()
        assert self.popen.stdout is not None
        self.popen.stdout.close()
        for one in self._ends:
            one.close()
        _adopt(orphans=False)


def _adopt(*, orphans: bool) -> bool:
    """Whether processes are left to this one from now on that one of its own started; False where it cannot be."""
    if sys.platform != "linux":
        return False
    import ctypes

    failed: int = ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(orphans), 0, 0, 0)
    return not failed


_AHEAD: Final = 2
_ahead: list[Process] = []
_loaders: list[_Loader] = []


def start_ahead(tasks: Sequence[str]) -> None:
    """Start workers that will most likely be wanted, so that they load their libraries while this process does.

    `tasks` are as in `Process.started`. For a program that has done nothing yet: until it handles SIGINT and SIGTERM
    itself, they end all of them at once.
    """
    if _ahead or _loaders:
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    atexit.register(drop_ahead)
    count = min(_AHEAD, usable_cpus())
    if count > 1 and _adopt(orphans=True):
        _loaders.append(_Loader(count, tasks))
    else:
        _ahead.extend(Process.started(tasks) for _ in range(count))


def _end(number: int, _: object) -> None:
    # No exception: raised in the middle of an import, it may be lost there, or end as another one.
    for child in (*(one.child for one in _ahead), *(one.popen for one in _loaders)):
        with contextlib.suppress(OSError):
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
    with contextlib.suppress(OSError):
        os.write(2, b"sslabel: stopped\n")
    os._exit(128 + number)


def take(tasks: Sequence[str] = ()) -> Process:
    """A worker: one that was started ahead, or a new one, for `tasks` as in `Process.started`."""
    if _loaders:
        _ahead.extend(_loaders[0].workers())
        _loaders.pop().close()
    return _ahead.pop(0) if _ahead else Process.started(tasks)


def drop_ahead() -> None:
    """End the workers that were started ahead and are not wanted after all."""
    while _loaders:
        _loaders.pop().close()
    while _ahead:
        _ahead.pop().close()
