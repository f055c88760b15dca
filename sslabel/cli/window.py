"""The window that examples are drawn in: its colours, and how pictures are drawn.

Nothing is asked of the terminal: its surroundings (TERM, COLORTERM, NO_COLOR) say what it can show.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import typer

from sslabel.cli.pager import DUMB, Pager
from sslabel.errors import UsageError
from sslabel.options import did_you_mean

if TYPE_CHECKING:
    from rich.console import Console

    from sslabel.look.cells import Images
    from sslabel.look.parts import Stored

Choice: TypeAlias = Literal["auto", "blocks", "ascii", "kitty", "none"]

IMAGES = typer.Option(
    "--images",
    metavar="[auto|blocks|ascii|kitty|none]",
    help="How pictures are drawn; auto is blocks, ascii under NO_COLOR, none where stdout is no terminal.",
    show_default=False,
)
"""The option of all commands that draw pictures."""


def colors(environment: Mapping[str, str]) -> Literal["truecolor", "256"] | None:
    """The colours that a terminal shows by what it says of itself: 24 bits, where it says nothing else."""
    if environment.get("NO_COLOR") or environment.get("TERM") in DUMB:
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


class Window(Pager):
    """Where a command shows examples: a terminal, by way of a pager, or plain lines."""

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
        super().__init__(pages=self.images != "kitty")

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


def _images(choice: str, screen: Screen, *, terminal: bool) -> Images | None:
    if choice == "none" or (choice == "auto" and not terminal):
        return None
    if choice == "auto":
        choice = "blocks" if screen.blocks else "ascii"
    return "blocks256" if choice == "blocks" and screen.colors == "256" else choice  # type: ignore[return-value]
