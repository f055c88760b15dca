"""`make`: plan, run and finish in one; the same call again goes on where it stopped."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sslabel.codecs import Schema
from sslabel.engine import plan as planning
from sslabel.engine.ahead import Ahead, estimate
from sslabel.engine.card import finish
from sslabel.engine.corpus import path as corpus_path
from sslabel.engine.events import DryRun, Listener, Planned, Summary
from sslabel.engine.finished import finished_path
from sslabel.engine.output import Output
from sslabel.engine.plan import Plan, SplitUnits
from sslabel.engine.pool import Job, Pool
from sslabel.engine.probe import Probe
from sslabel.engine.process import usable_cpus
from sslabel.engine.records import Tally
from sslabel.engine.run import UnitRunner
from sslabel.engine.sources import Roots, Sources, list_sources, refuse_nothing
from sslabel.engine.times import RunTime, add_run
from sslabel.errors import ErrorRateError, InterruptedRunError, UsageError
from sslabel.recipe import Recipe, Settings, TaskStep
from sslabel.storage import sha256, write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DEFAULT_FORMAT = {"image": "webdataset", "video": "webdataset"}
_SOURCES_A_WORKER = 64


def make(  # noqa: PLR0913 - what `sslabel make` takes
    raw: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    settings: Settings,
    *,
    overwrite: bool = False,
    dry_run: bool = False,
    report: Listener,
) -> Summary | DryRun:
    """Make the data sets of a recipe from the files below `raw`, or say with `dry_run` what they would come to.

    Raises the errors of `sslabel.errors`; ErrorRateError after all is written.
    """
    recipe = Recipe.of(settings)
    _refuse_strangers(recipe)
    roots = Roots.of(raw)
    output = Output(Path(out).absolute(), str(out))
    output.refuse_foreign(roots)
    job = Job(settings, recipe.kinds, roots, output.folder)
    with contextlib.ExitStack() as stack:
        stack.enter_context(stoppable(output.shown))
        sources = list_sources(roots, recipe.kinds, output.folder, recipe.reading)
        refuse_nothing(sources, raw, recipe.kinds)
        if not dry_run:
            stack.enter_context(output.held())
        making = _Making(job, recipe, output, sources, stack.enter_context(Pool(job)), report)
        return making.dry_run() if dry_run else making.run(overwrite=overwrite)


def _refuse_strangers(recipe: Recipe) -> None:
    """A task defined in the calling script cannot be found by the workers, which never import it."""
    for entry in recipe.entries:
        if entry.origin == "__main__":
            msg = f"{entry.name!r} is defined in the running script; put it into a file, and give plugin=FILE"
            raise UsageError(msg)


def beside(recipe: Recipe) -> dict[str, Mapping[str, bytes]]:
    """The files that stand beside the shards of each task."""
    return {step.use: step.task.beside(**step.options) for step in recipe.tasks if step.task.beside}


@contextlib.contextmanager
def stoppable(shown: str) -> Iterator[None]:
    """SIGINT and SIGTERM end the run cleanly; a second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        msg = f"stopped; what is finished in {shown} is kept, and the same command goes on from there"
        raise InterruptedRunError(msg, number)

    heeded = [one for one in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True)
class _Ahead:
    """The schemas, what tasks are told of the corpus, what a few sources come to, and each split's rows in units."""

    schemas: dict[str, Schema]
    corpus: dict[str, Any]
    probes: dict[str, Probe]
    units: list[tuple[str, list[NDArray[np.intp]]]]


@dataclass
class _Making:
    """One call of `make`, once the lock is held and the sources are listed."""

    job: Job
    recipe: Recipe
    output: Output
    sources: Sources
    pool: Pool
    report: Listener

    def run(self, *, overwrite: bool) -> Summary:
        """Make what is missing, and finish."""
        begun = time.monotonic()
        wanted = planning.asked(self.job.settings, self.recipe, self.sources)
        tasks = {step.use for step in self.recipe.tasks}
        versions = planning.versions(self.recipe)
        if overwrite:
            self.output.forget(tasks)
        plan = self.output.plan_for(wanted, versions, tasks, self.sources) or self._new_plan(wanted, versions)
        self.output.prepare(plan)
        self._write_beside()
        missing, tally = self.output.missing(plan)
        if missing and tally.shards:
            self.output.refuse_versions(plan, versions)
        sizes = planning.unit_sizes(plan.sources_file(self.output.state))
        done_sources = sum(size for unit, size in enumerate(sizes) if unit not in missing)
        self.report(
            Planned(
                tasks=plan.tasks,
                sources=plan.sources,
                units=plan.units,
                done_units=plan.units - len(missing),
                done_sources=done_sources,
                passed=plan.passed,
                problems=tuple(self.sources.problems),
            )
        )
        if missing:
            # What was finished once may come out with other exclusions: until then it is not finished.
            finished_path(plan.folder(self.output.state)).unlink(missing_ok=True)
            done = {"sources": done_sources, "pairs": tally.pairs, "bytes": tally.bytes, "shards": tally.shards}
            self._run_units(UnitRunner(plan, self.job, self.pool, missing, self.report, done))
        tallies = finish(self.job.out, plan)
        return self._summary(plan, tallies, time.monotonic() - begun, sum(map(len, missing.values())))

    def _run_units(self, runner: UnitRunner) -> None:
        """Run what is missing, and note how long it took, however it ends."""
        begun, before = time.monotonic(), dict(runner.done)
        workers = self._workers(len(runner.missing))
        try:
            runner.run(workers)
        finally:
            made = {name: count - before[name] for name, count in runner.done.items()}
            if made["shards"]:
                run = RunTime(seconds=round(time.monotonic() - begun, 3), workers=workers, **made)
                add_run(runner.plan.folder(self.output.state), run)

    def _workers(self, most: int) -> int:
        return max(1, min(self.job.settings.workers or usable_cpus(), most))

    def _warm_up(self) -> None:
        """Start workers that will be needed for sure, so that they are ready when the plan is."""
        for _ in range(self._workers(math.ceil(len(self.sources) / _SOURCES_A_WORKER))):
            self.pool.add()

    def _formats(self) -> dict[str, str]:
        chosen = self.job.settings.format
        return {
            step.use: _DEFAULT_FORMAT.get(step.task.takes, "parquet") if chosen == "auto" else chosen
            for step in self.recipe.tasks
        }

    def _look_ahead(self) -> _Ahead:
        """What has to be known before a plan is made."""
        self._warm_up()
        ahead = Ahead(self.job, self.recipe, self.sources, self.pool)
        parts = planning.order(self.sources, self.job.settings)
        rows = [row for _, one in parts for row in one]
        corpus = ahead.corpus(list(parts[0][1]))
        schemas = ahead.schemas(rows, self._formats(), corpus)
        probes = ahead.probes(rows, schemas, self._formats(), corpus)
        most = sys.maxsize if self.recipe.kinds == {"text"} else planning.MOST_PAIRS
        weights = self.sources.weights()
        guess = estimate(probes.values(), int(sum(weights[row] for row in rows)))
        units = planning.cut(self.sources, parts, self.job.settings, guess, most)
        return _Ahead(schemas, corpus, probes, units)

    def _new_plan(self, wanted: Mapping[str, Any], versions: Mapping[str, str]) -> Plan:
        ahead = self._look_ahead()
        units = ahead.units
        splits, first = [], 0
        for name, pieces in units:
            splits.append(SplitUnits(name, first, len(pieces), sum(map(len, pieces))))
            first += len(pieces)
        plan = Plan(
            identity=planning.identify(wanted),
            asked=wanted,
            versions=versions,
            formats=self._formats(),
            schemas=ahead.schemas,
            splits=tuple(splits),
            passed=dict(sorted(self.sources.passed.items())),
            beside={
                task: {name: sha256(data) for name, data in sorted(files.items())}
                for task, files in beside(self.recipe).items()
            },
            roots=self.job.roots.names,
        )
        folder = plan.folder(self.output.state)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(exist_ok=True)
        folder.mkdir()
        planning.write_sources(folder / "sources.arrow", self.sources, [one for _, part in units for one in part])
        if ahead.corpus:
            write_whole(corpus_path(folder), json.dumps(ahead.corpus, ensure_ascii=False).encode())
        plan = replace(plan, files={path.name: sha256(path.read_bytes()) for path in sorted(folder.iterdir())})
        plan.save(self.output.state)
        return plan

    def _write_beside(self) -> None:
        for task, files in beside(self.recipe).items():
            for name, data in files.items():
                write_whole(self.job.out / task / name, data)

    def dry_run(self) -> DryRun:
        """What a run would come to, from a timed probe."""
        ahead = self._look_ahead()
        probes, units = ahead.probes, ahead.units
        rows = [row for _, pieces in units for piece in pieces for row in piece]
        shards = sum(len(pieces) for _, pieces in units)
        weights = self.sources.weights()
        tasks = {
            step.use: {
                "pairs": _pairs(probes[step.task.takes], step),
                "bytes": round(probes[step.task.takes].output_bytes[step.use] * probes[step.task.takes].scale),
                "shards": shards,
                "fields": [one.name for one in ahead.schemas[step.use].fields],
            }
            for step in self.recipe.tasks
        }
        workers = self._workers(shards)
        existing = next(path for path in (self.job.out, *self.job.out.parents) if path.exists())
        return DryRun(
            tasks=tasks,
            sources=len(rows),
            source_bytes=int(sum(weights[row] for row in rows)),
            probed=sum(one.sources for one in probes.values()),
            bytes=sum(round(out * one.scale) for one in probes.values() for out in one.output_bytes.values()),
            seconds=sum(one.seconds * one.scale for one in probes.values()) / workers,
            workers=workers,
            free_bytes=shutil.disk_usage(existing).free,
            passed=dict(self.sources.passed),
        )

    def _summary(self, plan: Plan, tallies: Mapping[str, Tally], seconds: float, made: int) -> Summary:
        excluded = len(set().union(*(tally.sources_excluded for tally in tallies.values())))
        summary = Summary(
            out=self.output.shown,
            tasks={task: tally.to_json() for task, tally in tallies.items()},
            sources=plan.sources,
            excluded=excluded,
            passed=plan.passed,
            seconds=seconds,
            made_shards=made,
        )
        self.report(summary)
        bad = max((tally.records_excluded for tally in tallies.values()), default=0)
        read = max((tally.pairs + tally.samples_skipped.total() for tally in tallies.values()), default=0)
        for count, all_of_them, what in ((excluded, plan.sources, "sources"), (bad, bad + read, "records")):
            if count > self.job.settings.max_error_rate * all_of_them:
                msg = (
                    f"{count} of {all_of_them} {what} were excluded, more than --max-error-rate "
                    f"{self.job.settings.max_error_rate:g} allows; {self.output.shown}/.sslabel/quarantine.jsonl "
                    "names them"
                )
                raise ErrorRateError(msg)
        return summary


def _pairs(result: Probe, step: TaskStep) -> int:
    """About how many pairs a task gives."""
    # A text or a film gives the more the longer it is, a picture of any size as many as any other.
    long = step.task.takes in ("text", "video")
    return round(result.pairs[step.use] * (result.scale if long else result.all_sources / max(1, result.sources)))
