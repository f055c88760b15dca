"""`make`: plan, run and finish in one; the same call again goes on where it stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sslabel.codecs import Schema
from sslabel.engine import plan as planning
from sslabel.engine.card import finish
from sslabel.engine.events import DryRun, Listener, Planned, Summary
from sslabel.engine.plan import Estimate, Plan, SplitUnits, load_plans, versions
from sslabel.engine.pool import Death, Job, Pool, WorkerProcess, check_reply
from sslabel.engine.probe import check_members
from sslabel.engine.records import Tally, load_finished, record_path
from sslabel.engine.run import UnitRunner, usable_cpus
from sslabel.engine.sources import Roots, Sources, list_sources, refuse_nothing
from sslabel.errors import ConflictError, ErrorRateError, InterruptedRunError, NothingToReadError, UsageError
from sslabel.recipe import Recipe, Settings
from sslabel.storage import lock, sweep, write_problem, write_whole

if TYPE_CHECKING:
    import numpy as np

_PROBED = 8
_SEARCHED = 64
_DEFAULT_FORMAT = {"image": "webdataset"}
_NAMES_SHOWN = 3
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
    folder = Path(out).absolute()
    _refuse_foreign(folder, roots)
    job = Job(settings, roots, folder)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_stoppable(str(out)))
        sources = list_sources(roots, recipe.kinds, folder)
        refuse_nothing(sources, raw, recipe.kinds)
        if not dry_run:
            stack.enter_context(_writable(folder, str(out)))
            stack.enter_context(lock(folder / ".sslabel" / "lock", str(out)))
            stack.callback(_tidy, folder)
            _sweep(folder)
        pool = stack.enter_context(Pool(job))
        maker = _Making(job, recipe, sources, pool, report, str(out))
        return maker.dry_run() if dry_run else maker.run(overwrite=overwrite)


def _refuse_strangers(recipe: Recipe) -> None:
    """A task defined in the calling script cannot be found by the workers, which never import it."""
    for step in recipe.tasks:
        for entry in (step.task, *(noise.noise for noise in step.noises), *(noise.noise for noise in recipe.augments)):
            if entry.origin == "__main__":
                msg = f"{entry.name!r} is defined in the running script; put it into a file, and give plugin=FILE"
                raise UsageError(msg)


def _refuse_foreign(folder: Path, roots: Roots) -> None:
    """Never write among files that are not ours."""
    if folder.exists() and not folder.is_dir():
        msg = f"{folder.name}: OUT is a file; a folder is needed"
        raise ConflictError(msg)
    if os.fsencode(folder.resolve()) in roots.paths:
        msg = "OUT is RAW itself; choose a folder of its own"
        raise ConflictError(msg)
    if folder.is_dir() and not (folder / ".sslabel").is_dir() and any(folder.iterdir()):
        msg = f"{folder.name}/ holds files that sslabel did not write; choose an empty or a new folder"
        raise ConflictError(msg)


def _sweep(folder: Path) -> None:
    """Remove what runs that were stopped or killed were writing."""
    inner = ("*", ".sslabel", ".sslabel/plans/*", ".sslabel/plans/*/exclusions", ".sslabel/records/*")
    for path in (folder, *(path for pattern in inner for path in folder.glob(pattern))):
        if path.is_dir():
            sweep(path)


def _tidy(folder: Path) -> None:
    """Once no worker is left: remove what was not finished, and OUT itself if nothing came of it."""
    _sweep(folder)
    state = folder / ".sslabel"
    if not any((state / "plans").glob("*/plan.json")):
        shutil.rmtree(state / "plans", ignore_errors=True)
        (state / "lock").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            state.rmdir()
            folder.rmdir()


@contextlib.contextmanager
def _writable(folder: Path, shown: str) -> Iterator[None]:
    """Errors of writing as sentences with the way out."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise write_problem(error, shown) from error


@contextlib.contextmanager
def _stoppable(shown: str) -> Iterator[None]:
    """SIGINT and SIGTERM end the run cleanly; a second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        msg = f"stopped; what is finished in {shown} is kept, and the same command goes on from there"
        raise InterruptedRunError(msg, number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class _Making:
    """One call of `make`, once the lock is held and the sources are listed."""

    job: Job
    recipe: Recipe
    sources: Sources
    pool: Pool
    report: Listener
    shown: str

    @property
    def settings(self) -> Settings:
        return self.job.settings

    @property
    def state(self) -> Path:
        return self.job.out / ".sslabel"

    def run(self, *, overwrite: bool) -> Summary:
        """Make what is missing, and finish."""
        begun = time.monotonic()
        wanted = planning.asked(self.settings, self.recipe, self.sources)
        plan = self._existing(wanted, overwrite=overwrite) or self._new_plan(wanted)
        missing, tally = self._missing(plan)
        if missing:
            self._refuse_versions(plan, fresh=not tally.shards)
        done_units = plan.units - len(missing)
        sizes = planning.unit_sizes(plan.folder(self.state) / "sources.arrow")
        done_sources = sum(size for unit, size in enumerate(sizes) if unit not in missing)
        self.report(
            Planned(
                plan.tasks,
                plan.sources,
                plan.units,
                done_units,
                done_sources,
                plan.passed,
                tuple(self.sources.problems),
            )
        )
        if missing:
            done = {"sources": done_sources, "pairs": tally.pairs, "bytes": tally.bytes, "shards": tally.shards}
            UnitRunner(plan, self.job, self.pool, missing, self.report, done).run(self._workers(len(missing)))
        tallies = finish(self.job.out, plan)
        return self._summary(plan, tallies, time.monotonic() - begun, sum(map(len, missing.values())))

    def _workers(self, units: int) -> int:
        return max(1, min(self.settings.workers or usable_cpus(), units))

    def _missing(self, plan: Plan) -> tuple[dict[int, list[str]], Tally]:
        """The tasks that each unit lacks, and what is done."""
        missing: dict[int, list[str]] = {unit: list(plan.tasks) for unit in range(plan.units)}
        tally = Tally()
        for task in plan.tasks:
            for record in load_finished(self.job.out, self.state, task, plan.identity, range(plan.units)):
                missing[record.unit].remove(task)
                tally.add(record)
        return {unit: tasks for unit, tasks in missing.items() if tasks}, tally

    def _refuse_versions(self, plan: Plan, *, fresh: bool) -> None:
        now = versions()
        changed = [
            f"{name} {was} before, {now.get(name)} now" for name, was in plan.versions.items() if now.get(name) != was
        ]
        if changed and not fresh:
            msg = (
                f"{self.shown} was begun with other versions, which may give other bytes: {'; '.join(changed)}"
                "; go on with those, or start anew with --overwrite"
            )
            raise ConflictError(msg)

    def _existing(self, wanted: Mapping[str, Any], *, overwrite: bool) -> Plan | None:
        """The plan to go on with; ConflictError where OUT holds other data sets under the same names."""
        identity = planning.identify(wanted)
        tasks = {step.use for step in self.recipe.tasks}
        for plan in load_plans(self.state):
            same = tasks & set(plan.tasks)
            if overwrite:
                if same:
                    self._forget(plan, same)
            elif plan.identity == identity:
                return plan
            elif same:
                raise ConflictError(self._conflict(plan, wanted, same))
        for task in sorted(tasks):
            for path in sorted((self.job.out / task).glob("*-[0-9][0-9][0-9][0-9][0-9][0-9].*")):
                msg = f"{self.shown}/{task}/{path.name} belongs to no plan of sslabel; move it away"
                raise ConflictError(msg)
        return None

    def _conflict(self, plan: Plan, wanted: Mapping[str, Any], same: set[str]) -> str:
        lines = planning.differences(plan.asked, wanted)
        if plan.asked["sources"] != wanted["sources"]:
            lines += self._changed_sources(plan)
        what = ", ".join(sorted(same))
        others = sorted(set(plan.tasks) ^ {step.use for step in self.recipe.tasks})
        hint = "; a further task is added by naming it alone" if others and len(lines) == 1 else ""
        return (
            f"{self.shown} holds {what}, made from something else: {'; '.join(lines)}"
            f"{hint}; choose another OUT, or start anew with --overwrite"
        )

    def _changed_sources(self, plan: Plan) -> list[str]:
        before = dict(planning.read_names(plan.folder(self.state) / "sources.arrow", self.job.roots))
        if self.settings.limit is not None or plan.asked.get("limit") is not None:
            return []
        now = dict(zip(self.sources.names(), self.sources.sizes, strict=True))
        changes = {
            "new": [name for name in now if name not in before],
            "gone": [name for name in before if name not in now],
            "changed": [name for name in now if name in before and now[name] != before[name]],
        }
        return [f"{what}: {_first(names)}" for what, names in changes.items() if names]

    def _forget(self, plan: Plan, tasks: set[str]) -> None:
        """Remove data sets that are to be made anew: their records first, so that no shard counts that may be gone."""
        for task in sorted(tasks):
            shutil.rmtree(record_path(self.state, task, 0).parent, ignore_errors=True)
            shards = [plan.shard_name(task, unit) for unit in range(plan.units)]
            for name in (*shards, *plan.beside.get(task, ())):
                (self.job.out / task / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # what somebody else put there stays
                (self.job.out / task).rmdir()
        kept = {task: schema for task, schema in plan.schemas.items() if task not in tasks}
        if kept:
            dataclasses.replace(plan, schemas=kept).save(self.state)
        else:
            shutil.rmtree(plan.folder(self.state))

    def _warm_up(self) -> None:
        """Start workers that will be needed for sure, so that they are ready when the plan is."""
        enough = math.ceil(len(self.sources) / _SOURCES_A_WORKER)
        for _ in range(self._workers(enough)):
            self.pool.add()

    def _new_plan(self, wanted: Mapping[str, Any]) -> Plan:
        self._warm_up()
        parts = planning.order(self.sources, self.settings)
        schemas, result = self._look_ahead([row for _, rows in parts for row in rows])
        estimate = _estimate(result)
        units = planning.cut(self.sources, parts, self.settings, estimate)
        splits, first = [], 0
        for (name, pieces), (_, rows) in zip(units, parts, strict=True):
            splits.append(SplitUnits(name, first, len(pieces), len(rows)))
            first += len(pieces)
        beside = {step.use: step.task.beside(**step.options) for step in self.recipe.tasks if step.task.beside}
        plan = Plan(
            identity=planning.identify(wanted),
            asked=wanted,
            versions=versions(),
            formats=self._formats(),
            schemas=schemas,
            splits=tuple(splits),
            passed=dict(sorted(self.sources.passed.items())),
            beside={task: sorted(files) for task, files in beside.items()},
        )
        shutil.rmtree(plan.folder(self.state), ignore_errors=True)
        pieces = [piece for _, part in units for piece in part]
        planning.write_sources(plan.folder(self.state) / "sources.arrow", self.sources, pieces)
        for task, files in beside.items():
            for name, data in files.items():
                write_whole(self.job.out / task / name, data)
        plan.save(self.state)
        return plan

    def _formats(self) -> dict[str, str]:
        chosen = self.settings.format
        return {
            step.use: _DEFAULT_FORMAT.get(step.task.takes, "parquet") if chosen == "auto" else chosen
            for step in self.recipe.tasks
        }

    def dry_run(self) -> DryRun:
        """What a run would come to, from a timed probe."""
        self._warm_up()
        parts = planning.order(self.sources, self.settings)
        rows = [row for _, one in parts for row in one]
        schemas, result = self._look_ahead(rows)
        units = planning.cut(self.sources, parts, self.settings, _estimate(result))
        size = sum(self.sources.sizes[row] for row in rows)
        scale = size / max(1, result["input_bytes"])
        shards = sum(len(pieces) for _, pieces in units)
        tasks = {
            task: {
                "pairs": round(result["pairs"][task] / max(1, result["sources"]) * len(rows)),
                "bytes": round(result["output_bytes"][task] * scale),
                "shards": shards,
                "fields": [one.name for one in schemas[task].fields],
            }
            for task in schemas
        }
        workers = self._workers(shards)
        existing = next(path for path in (self.job.out, *self.job.out.parents) if path.exists())
        return DryRun(
            tasks=tasks,
            sources=len(rows),
            source_bytes=size,
            probed=result["sources"],
            bytes=sum(one["bytes"] for one in tasks.values()),
            seconds=result["seconds"] * scale / workers,
            workers=workers,
            free_bytes=shutil.disk_usage(existing).free,
            passed=dict(self.sources.passed),
        )

    def _look_ahead(self, rows: Sequence[np.intp] | Sequence[int]) -> tuple[dict[str, Schema], dict[str, Any]]:
        """The schemas, and what a few sources, evenly spread, come to."""
        reply = self._ask({"do": "schemas", "files": []})
        for begin in range(0, len(rows), _SEARCHED):
            if len(reply["schemas"]) == len(self.recipe.tasks):
                break
            more = self._ask({"do": "schemas", "files": []}, rows[begin : begin + _SEARCHED])
            reply["schemas"] = {**more["schemas"], **reply["schemas"]}
            reply["reasons"].update(more["reasons"])
        schemas = {
            step.use: Schema.from_json(reply["schemas"][step.use])
            for step in self.recipe.tasks
            if step.use in reply["schemas"]
        }
        for step in self.recipe.tasks:
            if step.use not in schemas:
                reason = reply["reasons"].get(step.use, "no reason is known")
                msg = f"task {step.use!r} finds no pair in any of {len(rows)} sources; the last said: {reason}"
                raise NothingToReadError(msg)
        check_members(self.settings.fields, schemas, self._formats())
        spread = (
            [rows[number * len(rows) // _PROBED] for number in range(_PROBED)] if len(rows) > _PROBED else list(rows)
        )
        result = self._ask({"do": "probe", "schemas": {task: one.to_json() for task, one in schemas.items()}}, spread)
        for task, reasons in result["failures"].items():
            if len(reasons) == result["sources"] and result["sources"]:
                msg = f"task {task!r} fails on each of {result['sources']} sources that were tried: {reasons[0]}"
                raise UsageError(msg)
        return schemas, result

    def _ask(self, command: Mapping[str, Any], rows: Sequence[Any] = ()) -> dict[str, Any]:
        """A worker's answer about some sources; one that ends the worker is left out."""
        left = [
            (self.sources.numbers[row], os.fsdecode(self.sources.paths[row]), self.sources.sizes[row]) for row in rows
        ]
        lives = 3
        while True:
            worker = self._ready_worker()
            reply = self.pool.ask(worker, {**command, "files": left})
            if not isinstance(reply, Death):
                check_reply(reply, self.job.out)
                return reply
            self.pool.remove(worker)
            if 0 <= reply.row < len(left):
                del left[reply.row]
            elif not (lives := lives - 1):
                msg = f"workers end before they read anything: {reply.reason}: {worker.last_words}"
                raise UsageError(msg)

    def _ready_worker(self) -> WorkerProcess:
        worker = self.pool.workers[0] if self.pool.workers else self.pool.add()
        if worker.reply is None:
            opened = self.pool.ask(worker)
            if not isinstance(opened, Death):
                check_reply(opened, self.job.out)
        return worker

    def _summary(self, plan: Plan, tallies: Mapping[str, Tally], seconds: float, made: int) -> Summary:
        excluded = {one.source: one for tally in tallies.values() for one in tally.excluded}
        summary = Summary(
            out=self.shown,
            tasks={task: tally.to_json() for task, tally in tallies.items()},
            sources=plan.sources,
            excluded=len(excluded),
            passed=plan.passed,
            seconds=seconds,
            made_shards=made,
        )
        self.report(summary)
        if len(excluded) > self.settings.max_error_rate * plan.sources:
            msg = (
                f"{len(excluded)} of {plan.sources} sources were excluded, more than --max-error-rate "
                f"{self.settings.max_error_rate:g} allows; {self.shown}/.sslabel/quarantine.jsonl names them"
            )
            raise ErrorRateError(msg)
        return summary


def _first(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return f"{shown} and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else shown


def _estimate(result: Mapping[str, Any]) -> Estimate:
    largest = max(result["output_bytes"].values(), default=0)
    pairs = max(result["pairs"].values(), default=0)
    if not largest or not result["input_bytes"]:
        return Estimate()
    return Estimate(largest / result["input_bytes"], max(1.0, pairs / result["sources"]))
