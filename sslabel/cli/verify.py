"""`sslabel verify`: whether an output is what was written, and putting right what is not."""

from __future__ import annotations

import json as json_module
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from sslabel.cli.app import command, print_result
from sslabel.errors import ConflictError, DamageError, SslabelError, TryLaterError
from sslabel.look.terminal import bytes_in_words, counted, one_line, seconds_in_words

if TYPE_CHECKING:
    from sslabel.look.verifying.findings import Report

_EVERY, _EVERY_ON_A_TERMINAL = 5.0, 0.1
_SHOWN = 50
_SOURCES = "Pairs made again"


def verify(  # noqa: PLR0913 - the options
    out: Annotated[str, typer.Argument(metavar="OUT", help="What make wrote.", show_default=False)],
    *,
    read_data: Annotated[bool, typer.Option("--read-data", help="Read and hash every byte.")] = False,
    decode: Annotated[bool, typer.Option("--decode", help="Also decode every field of every example.")] = False,
    task: Annotated[list[str], typer.Option(metavar="NAME", help="Only this data set; may be repeated.")] = [],  # noqa: B006 - typer's way; it is never changed
    relabel: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE|all",
            help="Make so many of the shards again from the sources, and compare them byte for byte.",
            rich_help_panel=_SOURCES,
            show_default=False,
        ),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Hash every byte, and make only what is bad again.", rich_help_panel=_SOURCES),
    ] = False,
    raw: Annotated[
        list[str],
        typer.Option(metavar="RAW", help="The sources, as make was given them.", rich_help_panel=_SOURCES),
    ] = [],  # noqa: B006
    plugin: Annotated[
        list[str], typer.Option(metavar="FILE", help="A plug-in of the recipe.", rich_help_panel=_SOURCES)
    ] = [],  # noqa: B006
    file: Annotated[
        list[str],
        typer.Option(metavar="FILE", help="A file that a task was given: a tokenizer.", rich_help_panel=_SOURCES),
    ] = [],  # noqa: B006
    seed: Annotated[int, typer.Option(help="Which shards --relabel draws.", rich_help_panel=_SOURCES)] = 0,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Processes that make pairs again.", rich_help_panel=_SOURCES),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The result as JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,  # noqa: ARG001
) -> None:
    """Check that what is in OUT is what was written, and put right what is not.

    Example: sslabel verify out/ --read-data

    By default it is quick: the plan and the records are read and agree, no
    shard is missing or too many, each has its size and its structure, and no
    key stands twice. The cards (README.md, croissant.json) are yours to edit,
    and nothing depends on how long runs took (times.jsonl): they are not
    looked at.

    Exit code 0: all is well. 6: something is damaged; what, and the command
    that mends it, is said. 5: nothing is damaged, but the run is not
    finished, and the same make command goes on. 1: something could not be
    compared with its sources, for reasons that are said. 7: the same, since
    the versions of today may give other bytes.
    """
    from sslabel.look.verify import verify as run

    shown = _Progress(quiet=quiet)
    try:
        report = run(
            out,
            task=task or None,
            read_data=read_data,
            decode=decode,
            relabel=relabel,
            repair=repair,
            raw=raw,
            plugin=plugin,
            file=file,
            seed=seed,
            workers=workers,
            watcher=shown,
        )
    finally:
        shown.end()
    if json:
        from sslabel.look.verifying.findings import to_json

        print_result(json_module.dumps(to_json(report)))
    elif not quiet:
        print_result("\n".join(one_line(line) for line in _lines(report)))
    _end(report)


class _Progress:
    """How far it is: a line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._last = time.monotonic()
        self._width = 0

    def __call__(self, doing: str, done: int, of: int) -> None:
        """Show it, if it is time to."""
        now = time.monotonic()
        if self._quiet or now - self._last < (_EVERY_ON_A_TERMINAL if self._terminal else _EVERY):
            return
        self._last = now
        amount = f"{bytes_in_words(done)} of {bytes_in_words(of)} read"
        if doing != "read":
            amount = f"{done:,} of {counted(of, 'source')} made again"
        line = f"sslabel: {done / max(1, of):.0%}: {amount}"
        if self._terminal:
            typer.echo(f"\r{line:<{self._width}}", err=True, nl=False)
            self._width = len(line)
        else:
            typer.echo(line, err=True)

    def end(self) -> None:
        """Leave an empty line to what comes next."""
        if self._width:
            typer.echo(f"\r{'':<{self._width}}\r", err=True, nl=False)


def _lines(report: Report) -> list[str]:
    lines = []
    width = max(map(len, report.tasks), default=0)
    for task, counts in report.tasks.items():
        missing = f"; {counted(counts['missing'], 'shard')} not made yet" if counts["missing"] else ""
        lines.append(
            f"{task:<{width}}  {counted(counts['pairs'], 'pair')} in {counted(counts['shards'], 'shard')}, "
            f"{bytes_in_words(counts['bytes'])}{missing}"
        )
    lines += [f"mended: {one}" for one in report.mended]
    lines += [f"compared: {one}" for one in report.compared]
    lines += [f"damaged: {one.where}: {one.problem}" for one in report.damage[:_SHOWN]]
    if len(report.damage) > _SHOWN:
        lines.append(f"damaged: {len(report.damage) - _SHOWN:,} more; --json names them all")
    lines += [f"not possible: {one.where}: {one.reason}" for one in report.lost]
    lines += [f"note: {one}" for one in report.notes]
    more = "" if "every byte" in report.checked else "; --read-data hashes every byte"
    more = more if "every field" in report.checked or more else "; --decode decodes every field"
    verdict = "checked" if report.damage else "well"
    lines.append(f"{verdict}: {', '.join(report.checked)}, in {seconds_in_words(report.seconds)}{more}")
    return lines


def _end(report: Report) -> None:
    """Raise what the report comes to."""
    if report.damage:
        damaged = f"{report.out}: {counted(len(report.damage), 'thing')} damaged"
        if not report.command:
            left = "could not be mended" if report.lost else "nothing here can mend"
            raise DamageError(f"{damaged}, which {left}; see above")
        raise DamageError(f"{damaged}; to mend it: {report.command}{_where(report)}")
    if report.lost:
        kind = ConflictError if report.exit_code == ConflictError.exit_code else SslabelError
        raise kind(f"{report.out}: {counted(len(report.lost), 'thing')} could not be compared or mended; see above")
    if report.missing:
        msg = (
            f"{report.out}: nothing is damaged, but {counted(report.missing, 'shard')} not made yet: "
            "the same make command goes on"
        )
        raise TryLaterError(msg)


def _where(report: Report) -> str:
    """What those words of the command stand for that the user has to put in."""
    by_meaning: dict[str, list[str]] = {}
    for name, meaning in report.stands_for.items():
        by_meaning.setdefault(meaning, []).append(name)
    told = [f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} {what}" for what, names in by_meaning.items()]
    return f", where {', '.join(told)}" if told else ""


command(verify)
