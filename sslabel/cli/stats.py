"""`sslabel stats`: what an output folder holds, in numbers."""

from __future__ import annotations

import json as json_module
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sslabel.cli.app import command, print_result
from sslabel.errors import UsageError
from sslabel.look.terminal import one_line

if TYPE_CHECKING:
    from sslabel.look.statistics import TaskNumbers


def stats(  # noqa: PLR0913 - its options
    out: Annotated[str, typer.Argument(metavar="OUT", help="Folder that make wrote.", show_default=False)],
    *,
    task: Annotated[str | None, typer.Option(metavar="NAME", help="One data set; all if not given.")] = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="One split; all if not given.")] = None,
    sample: Annotated[
        str, typer.Option(metavar="N|all", help="Pairs of each data set to look at, the first ones of each shard.")
    ] = "20000",
    json: Annotated[bool, typer.Option("--json", help="A JSON line for each data set.")] = False,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write a page to send on, examples included, instead.")
    ] = None,
    count: Annotated[int, typer.Option(metavar="N", min=0, help="Examples of each class on the page.")] = 4,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed shows other examples on the page.")] = 0,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,  # noqa: ARG001
) -> None:
    """Say what OUT holds: pairs, sizes, labels, noises as they were drawn, what was left out, and how fast it went.

    Example: sslabel stats out/

    Counts of sources, pairs and bytes are of all. What the pairs themselves tell (labels, sizes, lengths, noises) is
    of a sample of them where there are many, and is said to be. A run that still goes on may be looked at.
    """
    from sslabel.look.statistics import finished, numbers_of

    most = _sample(sample)
    if html is not None:
        _page(out, html, task=task, split=split, sample=most, count=count, seed=seed, as_json=json)
        return
    for number, (plan, name, splits) in enumerate(finished(out, task, split)):
        numbers = numbers_of(Path(out), plan, name, splits, most)
        if json:
            print_result(json_module.dumps(numbers.to_json()))
            continue
        print_result("\n".join([*([""] if number else []), *_lines(numbers)]))


def _lines(numbers: TaskNumbers) -> Iterator[str]:
    from sslabel.look.bars import fitted, section_lines
    from sslabel.look.report import looked_at, sections, summary

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    plain = "NO_COLOR" in os.environ or not sys.stdout.encoding.lower().startswith("utf")
    yield fitted(one_line(f"{numbers.task}: {summary(numbers)}"), width)
    if looked_at(numbers):
        yield fitted(f"  {looked_at(numbers)}", width)
    yield from section_lines(sections(numbers), width, ascii_only=plain)


def _sample(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isascii() or not text.isdecimal() or int(text) == 0:
        msg = f"--sample {text}: a number of pairs is needed, or all"
        raise UsageError(msg)
    return int(text)


def _page(  # noqa: PLR0913 - the options of a page
    out: str,
    file: str,
    *,
    task: str | None,
    split: str | None,
    sample: int | None,
    count: int,
    seed: int,
    as_json: bool,
) -> None:
    from sslabel.look.page import write_page

    written = write_page(out, file, task=task, split=split, sample=sample, count=count, seed=seed)
    if as_json:
        print_result(json_module.dumps(written.to_json()))
    else:
        print_result(one_line(f"{file}: {written.in_words}"))


command(stats)
