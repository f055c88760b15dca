"""The window that examples are drawn in: its colours, how pictures are drawn, and a pager for what is long.

Nothing is asked of the terminal: its surroundings (TERM, COLORTERM, NO_COLOR) say what it can show.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, TypeAlias, get_args

import typer

from sslabel.errors import TryLaterError, UsageError
from sslabel.options import did_you_mean

if TYPE_CHECKING:
    from rich.console import Console

    from sslabel.look.cells import Images
    from sslabel.look.parts import Stored

Choice: TypeAlias = Literal["auto", "blocks", "ascii", "kitty", "none"]

_DUMB = ("dumb", "unknown")

IMAGES = typer.Option(
    "--images",
    metavar="[auto|blocks|ascii|kitty|none]",
    help="How pictures are drawn; auto is blocks, ascii under NO_COLOR, none where stdout is no terminal.",
    show_default=False,
)
"""The option of all commands that draw pictures."""


def colors(environment: Mapping[str, str]) -> Literal["truecolor", "256"] | None:
    """The colours that a terminal shows by what it says of itself: 24 bits, where it says nothing else."""
    if environment.get("NO_COLOR") or environment.get("TERM") in _DUMB:
        return None
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    few = "256color" in environment.get("TERM", "") or environment.get("TERM") in ("linux", "screen", "tmux")
    return "256" if few else "truecolor"


@dataclass(frozen=True)
class Screen:
    """What stdout is: a terminal or not, its colours, and whether the blocks that pictures and bars are made of show.

    Without colours nor UTF-8, there are none: all is drawn in ASCII.
    """

    terminal: bool
    colors: Literal["truecolor", "256"] | None
    blocks: bool

    @classmethod
    def of_stdout(cls) -> Screen:
        """By its surroundings."""
        system = colors(os.environ)
        return cls(sys.stdout.isatty(), system, system is not None and "utf" in (sys.stdout.encoding or "").lower())


class Window:
    """Where a command shows examples: a terminal, on which what is longer than it goes through a pager, or plain lines.

    After a `with` block all is shown. `left` says that the reader left the pager, and has seen enough.
    """

    def __init__(self, images: str) -> None:
        from rich.console import Console

        if images not in get_args(Choice):
            msg = f"--images {images}{did_you_mean(images, get_args(Choice))}"
            raise UsageError(msg)
        screen = Screen.of_stdout()
        self.terminal = screen.terminal or images not in ("auto", "none")
        self.console: Console = Console(
            color_system=screen.colors,
            no_color=screen.colors is None,
            force_terminal=self.terminal,
            highlight=False,
            markup=False,
        )
        self.images: Images | None = _images(images, screen, terminal=self.terminal)
        self.left = False
        # Pagers complain of a terminal on which they cannot go back.
        able = screen.terminal and (os.environ.get("TERM") or "dumb") not in _DUMB
        self._paged = self.images != "kitty" and able and sys.stdin.isatty()
        self._waiting: list[str] = []
        self._pager: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pager is not None:
            _close(self._pager)
        else:
            _print("".join(self._waiting))

    def show(self, stored: Stored, *, as_json: bool) -> None:
        """Show an example: drawn on a terminal, as plain lines elsewhere, or as a line of JSON."""
        from sslabel.look.drawing import Drawn, listing
        from sslabel.look.parts import line_of

        if as_json:
            self.write(f"{line_of(stored)}\n")
        elif self.terminal:
            with self.console.capture() as drawn:
                self.console.print(Drawn(stored, self.images), end="")
            self.write(drawn.get())
        else:
            self.write("".join(f"{line}\n" for line in listing(stored)))

    def write(self, text: str) -> None:
        """Write lines, each with its end."""
        if not self._paged:
            _print(text)
            return
        self._waiting.append(text)
        if self._pager is None and sum(one.count("\n") for one in self._waiting) >= self.console.height:
            self._pager = _pager()
            self._paged = self._pager is not None
        if self._pager is not None or not self._paged:
            held, self._waiting = "".join(self._waiting), []
            self._pass_on(held)

    def _pass_on(self, text: str) -> None:
        if self._pager is None or self._pager.stdin is None:
            _print(text)
            return
        try:
            self._pager.stdin.write(text)
            self._pager.stdin.flush()
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


def _images(choice: str, screen: Screen, *, terminal: bool) -> Images | None:
    if choice == "none" or (choice == "auto" and not terminal):
        return None
    if choice == "auto":
        choice = "blocks" if screen.blocks else "ascii"
    return "blocks256" if choice == "blocks" and screen.colors == "256" else choice  # type: ignore[return-value]


def _pager() -> subprocess.Popen[str] | None:
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
