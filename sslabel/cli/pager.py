"""What is longer than the window goes through a pager, on a terminal; all else is printed as it comes."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from typing import Self

from sslabel.errors import TryLaterError

DUMB = ("dumb", "unknown")
"""What TERM says of terminals on which nothing can be moved nor coloured, and of which pagers complain."""


class Pager:
    """Where a command writes lines; on a terminal, what is longer than it goes through the user's pager.

    After a `with` block all is shown. `left` says that the reader left the pager, and has seen enough.
    """

    def __init__(self, *, pages: bool = True) -> None:
        able = sys.stdout.isatty() and sys.stdin.isatty() and (os.environ.get("TERM") or "dumb") not in DUMB
        self._pages = pages and able
        self._height = shutil.get_terminal_size().lines
        self._waiting: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self.left = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            _close(self._process)
        else:
            _print("".join(self._waiting))

    def write(self, text: str) -> None:
        """Write lines, each with its end."""
        if not self._pages:
            _print(text)
            return
        self._waiting.append(text)
        if self._process is None and sum(one.count("\n") for one in self._waiting) >= self._height:
            self._process = _started()
            self._pages = self._process is not None
        if self._process is not None or not self._pages:
            held, self._waiting = "".join(self._waiting), []
            self._pass_on(held)

    def _pass_on(self, text: str) -> None:
        if self._process is None or self._process.stdin is None:
            _print(text)
            return
        try:
            self._process.stdin.write(text)
            self._process.stdin.flush()
        except BrokenPipeError:
            self.left = True


def _print(text: str) -> None:
    # What the encoding of the terminal cannot say is written out. Not typer's echo, which takes colours from pipes.
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        msg = f"stdout: {error.strerror}"
        raise TryLaterError(msg) from error


def _started() -> subprocess.Popen[str] | None:
    """The user's pager, or less, that colours pass through; None where there is none."""
    command = shlex.split(os.environ.get("PAGER") or "less")
    program = shutil.which(command[0])
    if program is None or command[0] == "cat":
        return None
    surroundings = {"LESS": "FRX", "LESSCHARSET": "utf-8", **os.environ}
    return subprocess.Popen(  # noqa: S603 - what the user has chosen
        [program, *command[1:]], stdin=subprocess.PIPE, text=True, encoding="utf-8", errors="replace", env=surroundings
    )


def _close(pager: subprocess.Popen[str]) -> None:
    if pager.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            pager.stdin.close()
    while pager.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is the pager's, which stays until it is left
            pager.wait()
