"""Making units of a plan again, in a folder of their own, from the same sources through the same engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sslabel.engine.events import Event, Progress, ShardDone
from sslabel.engine.plan import Plan, differences, differing, read_unit, versions
from sslabel.engine.pool import Job, Pool
from sslabel.engine.process import usable_cpus
from sslabel.engine.records import Record, load_record, record_path, save_exclusions
from sslabel.engine.run import UnitRunner
from sslabel.engine.sources import Roots, Row
from sslabel.errors import ConflictError, DamageError, UsageError
from sslabel.look.terminal import counted
from sslabel.look.verifying.exclusions import exclusions_of
from sslabel.look.verifying.findings import Watcher
from sslabel.look.verifying.ledger import Ledger
from sslabel.recipe import Recipe, Settings
from sslabel.storage import sha256

_SHOWN = 3
FROM_CONTENT = "sha256:"
REFUSALS = (UsageError, ConflictError, DamageError)
"""Why pairs of a plan are not made again, whatever becomes of other plans."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the user gives for making pairs again: the RAW folders, plug-ins, and files that tasks were given."""

    raw: Sequence[str | os.PathLike[str]] = ()
    plugin: Sequence[str] = ()
    file: Sequence[str] = ()
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A shard that was made again: where it is for the moment, and its record there."""

    task: str
    unit: int
    path: Path
    record: Record
    record_path: Path


@dataclass(frozen=True)
class Remaker:
    """Makes units of one plan again."""

    out: Path
    plan: Plan
    ledger: Ledger
    job: Job

    @classmethod
    def of(cls, out: Path, shown: str, plan: Plan, ledger: Ledger, given: Given) -> Remaker:
        """For a plan, with what the user gives.

        UsageError where that is not enough, ConflictError where the versions of today are not those of the plan: bytes
        are promised under one set of them. DamageError where what the plan says of its sources is damaged.
        """
        if plan.identity in ledger.unusable:
            msg = f"the plan's {ledger.unusable[plan.identity]} is damaged, and without it no pair can be made again"
            raise DamageError(msg)
        roots = Roots.of(given.raw)
        _refuse_other_roots(plan, roots)
        settings = settings_of(plan, given)
        recipe = Recipe.of(settings)
        _refuse_other_recipe(plan, settings, recipe)
        changed = differing(plan.versions, versions(recipe))
        if changed:
            msg = (
                f"{shown}: {', '.join(plan.tasks)} came of other versions, and these may give other bytes: "
                f"{'; '.join(changed)}; do this with those"
            )
            raise ConflictError(msg)
        return cls(out, plan, ledger, Job(settings, recipe.kinds, roots, out))

    def rows(self, unit: int) -> list[Row]:
        """The sources of a unit."""
        return read_unit(self.plan.sources_file(self.out / ".sslabel"), unit)

    def changed(self, unit: int) -> str:
        """Which sources of a unit are gone or have another size, in a few words; nothing where none is."""
        gone: list[str] = []
        other: list[str] = []
        for row in self.rows(unit):
            size = -1
            with suppress(OSError):
                size = Path(os.fsdecode(self.job.roots.where(row.root, row.path))).stat().st_size
            if size != row.size:
                (other if size >= 0 else gone).append(self.job.roots.row_name(row))
        return "; ".join(
            f"{len(names)} of its sources {what}: {', '.join(names[:_SHOWN])}{' ...' if len(names) > _SHOWN else ''}"
            for what, names in (("are gone", gone), ("have another size", other))
            if names
        )

    def make(
        self, units: Mapping[int, Sequence[str]], staging: Path, made: Callable[[Made], None], watcher: Watcher | None
    ) -> None:
        """Make these tasks' shards of these units in an empty folder, and hand over each as it is done."""
        self._stage(units, staging)
        numbers = {(task, self.plan.shard_name(task, unit)): unit for unit, tasks in units.items() for task in tasks}
        sources = sum(len(self.rows(unit)) for unit in units)

        def heard(event: Event) -> None:
            if isinstance(event, ShardDone):
                unit = numbers[event.task, event.shard]
                record = load_record(staging / ".sslabel", event.task, unit)
                assert record is not None
                where = record_path(staging / ".sslabel", event.task, unit)
                made(Made(event.task, unit, staging / event.task / event.shard, record, where))
            elif isinstance(event, Progress) and watcher is not None:
                watcher("make again", event.done_sources, sources)

        job = replace(self.job, out=staging)
        missing = {unit: list(tasks) for unit, tasks in units.items()}
        with Pool(job) as pool:
            workers = min(self.job.settings.workers or usable_cpus(), len(units))
            UnitRunner(self.plan, job, pool, missing, heard).run(workers)

    def _stage(self, units: Mapping[int, Sequence[str]], staging: Path) -> None:
        """A folder that looks to the engine as OUT does, with the plan and the exclusions, and nothing made."""
        state = self.out / ".sslabel"
        folder = self.plan.folder(staging / ".sslabel")
        folder.mkdir(parents=True)
        for name in ("plan.json", *self.plan.files):
            (folder / name).symlink_to(self.plan.folder(state).absolute() / name)
        for unit in units:
            records = self.ledger.of_unit(self.plan, unit).values()
            known = exclusions_of(self.plan.folder(state), unit, self.rows(unit), self.job.roots, records)
            if known:
                save_exclusions(folder, unit, known)
        for task in self.plan.tasks:
            (staging / task).mkdir()


def _refuse_other_roots(plan: Plan, roots: Roots) -> None:
    """UsageError for other RAW arguments than make had: source ids, which all draws depend on, would be others."""
    if roots.names != plan.roots:
        before, now = (", ".join(name or "a folder" for name in names) for names in (plan.roots, roots.names))
        msg = (
            f"{', '.join(plan.tasks)} came of {counted(len(plan.roots), 'RAW argument')} ({before}), and --raw names "
            f"{len(roots.names)} ({now}); give those that make had, in their order"
        )
        raise UsageError(msg)


def settings_of(plan: Plan, given: Given) -> Settings:
    """The settings that a plan was made with; UsageError where a file that they name by its content is not given."""
    by_content = {}
    for path in (*given.plugin, *given.file):
        try:
            by_content[sha256(Path(path).read_bytes())] = path
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
    plugins = [_found(one, by_content, "plug-in", "--plugin") for one in plan.asked["plugin"]]
    tasks = [{name: _with_files(options, by_content) for name, options in one.items()} for one in plan.asked["task"]]
    asked = {name: value for name, value in plan.asked.items() if name != "sources"}
    workers = {} if given.workers is None else {"workers": given.workers}
    return Settings.read({**asked, "task": tasks, "plugin": plugins, **workers}, "the plan")


def _with_files(options: Mapping[str, Any], by_content: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: _found(raw.removeprefix(FROM_CONTENT), by_content, name, "--file")
        if isinstance(raw, str) and raw.startswith(FROM_CONTENT)
        else raw
        for name, raw in options.items()
    }


def _found(content: str, by_content: Mapping[str, str], what: str, flag: str) -> str:
    if content not in by_content:
        msg = f"the recipe names a {what} that is known by its content alone (SHA-256 {content}): give {flag} FILE"
        raise UsageError(msg)
    return by_content[content]


def _refuse_other_recipe(plan: Plan, settings: Settings, recipe: Recipe) -> None:
    asked = {name: value for name, value in plan.asked.items() if name != "sources"}
    changed = differences(asked, settings.fingerprinted(recipe))
    if changed:
        msg = f"what {', '.join(plan.tasks)} came of means something else today: {'; '.join(changed)}"
        raise ConflictError(msg)
