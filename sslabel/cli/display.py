"""What a run shows: a bar on a terminal, a plain line now and then elsewhere, JSON lines for programs."""

from __future__ import annotations

import json
import shlex
import sys
import time
from typing import TYPE_CHECKING, Any, Self

import typer

from sslabel.cli.app import print_result
from sslabel.engine.events import DryRun, Event, Planned, Progress, ShardDone, SourceExcluded, Summary, to_json
from sslabel.engine.records import most_frequent
from sslabel.look.terminal import bytes_in_words, counted, one_line, seconds_in_words

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_EVERY = 5.0
_EXCLUSIONS_SHOWN = 10


class Display:
    """Listens to a run and shows it. Results go to stdout, all else to stderr."""

    def __init__(self, *, as_json: bool, quiet: bool, verbose: bool) -> None:
        self._json, self._quiet, self._verbose = as_json, quiet, verbose
        self._bar: Bar | None = None
        self._bar_task: TaskID | None = None
        self._last_line = time.monotonic()
        self._last: Progress | None = None
        self._excluded: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, Summary):
            self.result(event)
        elif self._json:
            print_result(json.dumps(to_json(event)))
        elif not self._quiet:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        if isinstance(event, Planned):
            self._planned(event)
        elif isinstance(event, SourceExcluded):
            self._exclusion(event)
        elif isinstance(event, ShardDone) and self._verbose:
            self._line(f"{event.task}/{event.shard}: {counted(event.pairs, 'pair')}, {bytes_in_words(event.bytes)}")

    def _planned(self, event: Planned) -> None:
        for problem in event.problems:
            self._line(f"{problem}; passed by")
        if event.done_units:
            self._line(f"{event.done_units} of {counted(event.units, 'unit')} done before; going on")
        if sys.stderr.isatty() and event.done_units < event.units:
            self._bar, self._bar_task = _bar(event)

    def _exclusion(self, event: SourceExcluded) -> None:
        if event.source in self._excluded:
            return
        self._excluded.add(event.source)
        if self._verbose or len(self._excluded) <= _EXCLUSIONS_SHOWN:
            self._line(f"{event.source}: {event.reason}; excluded")
        elif len(self._excluded) == _EXCLUSIONS_SHOWN + 1:
            self._line("further exclusions are counted below, and named in .sslabel/quarantine.jsonl")

    def _progress(self, event: Progress) -> None:
        self._last = event
        if self._bar is not None and self._bar_task is not None:
            words = f"{event.per_second:,.0f}/s · skipped {event.skipped:,} · excluded {event.excluded:,}"
            self._bar.update(self._bar_task, completed=event.done_sources, words=words)
            return
        now = time.monotonic()
        if self._quiet or now - self._last_line < _EVERY:
            return
        self._last_line = now
        if self._json:
            print_result(json.dumps(to_json(event)))
            return
        left = "?" if event.seconds_left is None else seconds_in_words(event.seconds_left)
        self._line(
            f"{event.done_sources:,}/{event.sources:,} sources {event.done_sources / event.sources:.0%} "
            f"{event.per_second:,.0f}/s ETA {left} pairs {event.pairs:,} skipped {event.skipped:,} "
            f"excluded {event.excluded:,}"
        )

    def _line(self, text: str) -> None:
        line = f"sslabel: {one_line(text)}"
        if self._bar is not None:
            # Not as markup: names may hold brackets.
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            typer.echo(line, err=True)

    def result(self, result: Summary | DryRun) -> None:
        """Show what a run came to."""
        self.__exit__()
        if self._json:
            print_result(json.dumps(to_json(result)))
        elif not self._quiet:
            lines = _dry_run(result) if isinstance(result, DryRun) else _summary(result)
            print_result("\n".join(one_line(line) for line in lines))


def _bar(event: Planned) -> tuple[Bar, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[words]}"), TimeRemainingColumn())
    bar = RichProgress(*columns, console=Console(stderr=True), refresh_per_second=4)
    task = bar.add_task("", total=event.sources, completed=event.done_sources, words="")
    bar.start()
    return bar, task


def _summary(summary: Summary) -> list[str]:
    lines = []
    width = max(map(len, summary.tasks))
    state = f"{summary.out.rstrip('/')}/.sslabel"
    for task, tally in summary.tasks.items():
        splits = "" if len(tally["splits"]) == 1 else f" ({_listed(tally['splits'])})"
        lines.append(
            f"{task:<{width}}  {counted(tally['pairs'], 'pair')}{splits} in {counted(tally['shards'], 'shard')}, "
            f"{bytes_in_words(tally['bytes'])}"
        )
        for what, counts in (("source", tally["skipped"]), ("sample", tally["samples_skipped"])):
            lines += [f"{'':<{width}}  skipped {counted(count, what)}: {why}" for why, count in sorted(counts.items())]
        if tally["others"]:
            lines.append(f"{'':<{width}}  passed by {counted(tally['others'], 'source')} of other kinds")
        if tally["records_excluded"]:
            lines.append(f"{'':<{width}}  excluded {counted(tally['records_excluded'], 'record')}")
        remarks, others = most_frequent(tally["remarks"])
        for text, count in remarks:
            first = tally["remarked"][text]
            lines.append(f"{'':<{width}}  {first if count == 1 else f'{count:,} sources ({first} first)'}: {text}")
        lines += [f"{'':<{width}}  {counted(others, 'more remark')}: {state}/remarks.jsonl"] if others else []
    lines += _passed(summary.passed)
    excluded = f", {counted(summary.excluded, 'source')} excluded" if summary.excluded else ""
    if summary.made_shards:
        lines.append(f"{counted(summary.sources, 'source')}{excluded}, in {seconds_in_words(summary.seconds)}")
    else:
        lines.append(f"{counted(summary.sources, 'source')}{excluded}; all was done before")
    if summary.excluded or any(tally["records_excluded"] for tally in summary.tasks.values()):
        lines.append(f"why: {state}/quarantine.jsonl")
    made = any(tally["pairs"] for tally in summary.tasks.values())
    lines.append(f"next: sslabel {'inspect ' + shlex.quote(summary.out) if made else 'list tasks'}")
    return lines


def _dry_run(result: DryRun) -> list[str]:
    lines = [f"{counted(result.sources, 'source')}, {bytes_in_words(result.source_bytes)}"]
    width = max(map(len, result.tasks))
    for task, one in result.tasks.items():
        lines.append(
            f"{task:<{width}}  about {counted(one['pairs'], 'pair')} in {counted(one['shards'], 'shard')}, "
            f"{bytes_in_words(one['bytes'])}; fields {', '.join(one['fields'])}"
        )
    lines += _passed(result.passed)
    workers = counted(result.workers, "worker")
    lines.append(
        f"about {seconds_in_words(result.seconds)} with {workers}, from {counted(result.probed, 'source')} timed"
    )
    enough = "" if result.bytes < result.free_bytes else ": not enough"
    lines.append(f"{bytes_in_words(result.bytes)} to write, {bytes_in_words(result.free_bytes)} free{enough}")
    lines.append("nothing was written")
    return lines


def _passed(passed: Any) -> list[str]:  # noqa: ANN401 - counts by what they are
    return [f"passed by: {_listed(passed)}"] if passed else []


def _listed(counts: Any) -> str:  # noqa: ANN401 - counts by name
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
