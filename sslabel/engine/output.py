"""The output folder: whose it is, what it holds, and what may be written there."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sslabel.engine import plan as planning
from sslabel.engine.plan import Plan, load_plan, load_plans, plan_paths
from sslabel.engine.records import Tally, load_finished, record_path
from sslabel.engine.sources import Roots, Sources
from sslabel.errors import ConflictError, DamageError
from sslabel.storage import identity, lock, sweep, write_problem

_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Output:
    """The folder OUT, and how the user calls it."""

    folder: Path
    shown: str

    @property
    def state(self) -> Path:
        """Where plans and records stand."""
        return self.folder / ".sslabel"

    @property
    def staging(self) -> Path:
        """Where shards are made again, on OUT's own file system; it goes with whoever holds the lock."""
        return self.state / "repair"

    def refuse_foreign(self, roots: Roots) -> None:
        """ConflictError where writing would be among files that are not ours."""
        try:
            problem = self._foreign(roots)
        except OSError as error:
            raise write_problem(error, self.shown) from error
        if problem is not None:
            raise ConflictError(problem)

    def _foreign(self, roots: Roots) -> str | None:
        if self.folder.is_symlink() and not self.folder.exists():
            return f"{self.shown}: OUT is a link that leads nowhere; a folder is needed"
        if self.folder.exists() and not self.folder.is_dir():
            return f"{self.shown}: OUT is a file; a folder is needed"
        own = self.folder.resolve()
        raw = [Path(os.fsdecode(path)) for path in roots.paths]
        if own in raw:
            return "OUT is RAW itself; choose a folder of its own"
        if self.folder.is_dir() and not self.state.is_dir() and any(self.folder.iterdir()):
            return f"{self.shown} holds files that sslabel did not write; choose an empty or a new folder"
        if any(own in path.parents for path in raw):
            return f"RAW lies within {self.shown}, which is for what sslabel writes; choose another OUT"
        return None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; remove what stopped runs were writing; turn errors of writing into the way out."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with lock(self.state / "lock", self.shown):
                held = identity(self.state / "lock")
                self._sweep()
                try:
                    yield
                finally:
                    # If OUT was removed meanwhile, another run may have begun in its place: nothing there is ours.
                    if identity(self.state / "lock") in (held, None):
                        self._tidy()
        except BrokenPipeError:  # whoever listens to the run has had enough, and OUT is well
            raise
        except OSError as error:
            raise write_problem(error, self.shown) from error

    def _sweep(self) -> None:
        inner = ("*", ".sslabel", ".sslabel/plans/*", ".sslabel/plans/*/exclusions", ".sslabel/records/*")
        for path in (self.folder, *(path for pattern in inner for path in self.folder.glob(pattern))):
            if path.is_dir():
                sweep(path)
        shutil.rmtree(self.staging, ignore_errors=True)

    def _tidy(self) -> None:
        """Once no worker is left: remove what was not finished, and OUT itself if nothing came of it."""
        self._sweep()
        if not any((self.state / "plans").glob("*/plan.json")):
            shutil.rmtree(self.state / "plans", ignore_errors=True)
            (self.state / "lock").unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self.state.rmdir()
                self.folder.rmdir()

    def prepare(self, plan: Plan) -> None:
        """Make the folders of the data sets. Workers make none: an OUT that is removed under them stays removed."""
        for task in plan.tasks:
            (self.folder / task).mkdir(exist_ok=True)

    def plan_for(
        self, wanted: Mapping[str, Any], now: Mapping[str, str], tasks: set[str], sources: Sources
    ) -> Plan | None:
        """The plan to go on with, None where a new one is to be made; ConflictError where OUT holds something else.

        `now` are the versions of today.
        """
        identity = planning.identify(wanted)
        for plan in load_plans(self.state):
            same = tasks & set(plan.tasks)
            if plan.identity == identity:
                # Before its first shard, a plan of other versions is made anew with those of today.
                return plan if plan.versions == now or self.missing(plan)[1].shards else None
            if same:
                raise ConflictError(self._conflict(plan, wanted, tasks, sources))
        for task in sorted(tasks):
            for path in self._shards(task):
                msg = f"{self.shown}/{task}/{path.name} belongs to no plan of sslabel; move it away"
                raise ConflictError(msg)
        return None

    def forget(self, tasks: set[str]) -> None:
        """Remove the plans of these tasks with their data sets, and plans that cannot be read."""
        plans, damaged = [], []
        for path in plan_paths(self.state):
            try:
                plans.append(load_plan(path))
            except DamageError:
                damaged.append(path)
        for plan in plans:
            same, others = tasks & set(plan.tasks), set(plan.tasks) - tasks
            if same and others:
                msg = (
                    f"{_listed(same)} in {self.shown} came of one run with {_listed(others)}, which --overwrite "
                    "would remove too; name all of them, or choose another OUT"
                )
                raise ConflictError(msg)
        for plan in plans:
            if tasks & set(plan.tasks):
                self._forget(plan)
        for path in damaged:
            shutil.rmtree(path.parent)
        if damaged:
            for task in tasks:
                for shard in self._shards(task):
                    shard.unlink()
                shutil.rmtree(record_path(self.state, task, 0).parent, ignore_errors=True)

    def _shards(self, task: str) -> list[Path]:
        """The files that are named as shards are."""
        return sorted((self.folder / task).glob("*-[0-9][0-9][0-9][0-9][0-9][0-9].*"))

    def _conflict(self, plan: Plan, wanted: Mapping[str, Any], tasks: set[str], sources: Sources) -> str:
        lines = planning.differences(plan.asked, wanted)
        hint = ""
        if set(plan.tasks) != tasks and len(lines) == 1:
            hint = "; a further task is added by naming it alone"
        if plan.asked["sources"] != wanted["sources"] and wanted.get("limit") == plan.asked.get("limit") is None:
            lines += self._changed_sources(plan, sources)
        return (
            f"{self.shown} holds {_listed(tasks & set(plan.tasks))}, made from something else: {'; '.join(lines)}"
            f"{hint}; choose another OUT, or start anew with --overwrite"
        )

    def _changed_sources(self, plan: Plan, sources: Sources) -> list[str]:
        before = dict(planning.read_names(plan.sources_file(self.state), sources.roots))
        now = dict(zip(sources.names(), sources.sizes, strict=True))
        changes = {
            "new": [name for name in now if name not in before],
            "gone": [name for name in before if name not in now],
            "changed": [name for name in now if name in before and now[name] != before[name]],
        }
        return [f"{what}: {_first(names)}" for what, names in changes.items() if names]

    def _forget(self, plan: Plan) -> None:
        """Remove the data sets of a plan: their records first, so that no shard counts that may be gone."""
        for task in plan.tasks:
            shutil.rmtree(record_path(self.state, task, 0).parent, ignore_errors=True)
            shards = [plan.shard_name(task, unit) for unit in range(plan.units)]
            for name in (*shards, *plan.beside.get(task, ())):
                (self.folder / task / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # what somebody else put there stays
                (self.folder / task).rmdir()
        shutil.rmtree(plan.folder(self.state))

    def missing(self, plan: Plan) -> tuple[dict[int, list[str]], Tally]:
        """The tasks whose shard each unit still lacks, and what the others come to."""
        missing: dict[int, list[str]] = {unit: list(plan.tasks) for unit in range(plan.units)}
        tally = Tally()
        for task in plan.tasks:
            for record in load_finished(self.folder, self.state, task, plan.identity, range(plan.units)):
                missing[record.unit].remove(task)
                tally.add(record)
        return {unit: tasks for unit, tasks in missing.items() if tasks}, tally

    def refuse_versions(self, plan: Plan, now: Mapping[str, str]) -> None:
        """ConflictError where going on would mix bytes of other versions with those that are there."""
        changed = planning.differing(plan.versions, now)
        if changed:
            msg = (
                f"{self.shown} was begun with other versions, which may give other bytes: {'; '.join(changed)}"
                "; go on with those, or start anew with --overwrite"
            )
            raise ConflictError(msg)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _first(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return f"{shown} and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else shown
