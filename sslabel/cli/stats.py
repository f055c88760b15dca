"""`sslabel stats`: what an output folder holds, in numbers."""

from __future__ import annotations

import json as json_module
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from sslabel.cli.app import command
from sslabel.cli.pager import Pager
from sslabel.cli.window import Screen
from sslabel.errors import UsageError
from sslabel.look.terminal import one_line

if TYPE_CHECKING:
    from sslabel.look.statistics import TaskNumbers


def stats(  # noqa: PLR0913 - its options
    out: Annotated[str, typer.Argument(metavar="OUT", help="Folder that make wrote, or its URL.", show_default=False)],
    *,
    task: Annotated[str | None, typer.Option(metavar="NAME", help="One data set; all if not given.")] = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="One split; all if not given.")] = None,
    sample: Annotated[
        str, typer.Option(metavar="N|all", help="Pairs of each data set to look at, the first ones of each shard.")
    ] = "20000",
    json: Annotated[bool, typer.Option("--json", help="A JSON line for each data set.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,  # noqa: ARG001
) -> None:
    """Say what OUT holds: pairs, sizes, labels, noises as they were drawn, what was left out, and how fast it went.

    Example: sslabel stats out/

    Counts of sources, pairs and bytes are of all. What the pairs themselves tell (labels, sizes, lengths, noises) is
    of a sample of them where there are many, and is said to be. A run that still goes on may be looked at.
    """
    from sslabel.look.datasets import chosen, state_of
    from sslabel.look.places import Place
    from sslabel.look.statistics import numbers_of

    most = _sample(sample)
    place = Place.of(out)
    with state_of(place) as state, Pager() as pager:
        for number, data in enumerate(chosen(place, state, task, split)):
            numbers = numbers_of(data, most)
            if json:
                pager.write(f"{json_module.dumps(numbers.to_json())}\n")
                continue
            pager.write("".join(f"{line}\n" for line in (*([""] if number else []), *_lines(numbers))))
            if pager.left:
                break


def _lines(numbers: TaskNumbers) -> Iterator[str]:
    from sslabel.look.bars import broken, fitted, section_lines
    from sslabel.look.report import looked_at, sections, summary

    screen = Screen.of_stdout()
    width = shutil.get_terminal_size().columns if screen.terminal else None
    for number, line in enumerate(broken(one_line(f"{numbers.data.task}: {summary(numbers)}"), (width or 10**9) - 4)):
        yield fitted(f"{'    ' * bool(number)}{line}", width)
    if looked_at(numbers):
        yield fitted(f"  {looked_at(numbers)}", width)
    yield from section_lines(sections(numbers), width, ascii_only=not screen.blocks)


def _sample(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isascii() or not text.isdecimal() or int(text) == 0:
        msg = f"--sample {text}: a number of pairs is needed, or all"
        raise UsageError(msg)
    return int(text)


command(stats)
