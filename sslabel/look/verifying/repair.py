"""Putting right what is damaged: bad shards are made again from the sources, whole or not at all, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sslabel.engine.finished import save_finished
from sslabel.engine.make import beside
from sslabel.engine.plan import Plan
from sslabel.engine.records import exclusions_path, record_path, save_exclusions
from sslabel.errors import SslabelError
from sslabel.look.terminal import counted
from sslabel.look.verifying.again import Given, Made, Remaker, settings_of
from sslabel.look.verifying.exclusions import exclusions_of, newly_ended
from sslabel.look.verifying.findings import Finding, Lost, Report, Watcher
from sslabel.look.verifying.ledger import Ledger, intact_checks, read_ledger
from sslabel.recipe import Recipe
from sslabel.storage import move_whole, write_whole


def _staging(out: Path) -> Path:
    """Where shards are made again: on OUT's own file system, so that giving them their names is one step."""
    return out / ".sslabel" / "repair"


def clear(out: Path) -> None:
    """Remove what a repair that was killed was making; for the holder of the lock."""
    shutil.rmtree(_staging(out), ignore_errors=True)


@dataclass
class Mender:
    """Puts right what a report has as damage, for the holder of OUT's lock.

    `done` are the (task, unit)s whose shards were made again. What could not be put right goes into the report, with
    the reason.
    """

    out: Path
    ledger: Ledger
    given: Given
    report: Report
    watcher: Watcher | None
    done: set[tuple[str, int]] = field(default_factory=set)

    def mend(self) -> None:
        """Put right what can be."""
        for one in self.report.damage:
            if one.mend == "move":
                self._put_aside(one)
        for plan in self.ledger.plans:
            own = [one for one in self.report.damage if one.plan == plan.identity]
            bad: dict[int, list[str]] = {}
            for one in own:
                if one.mend == "make" and one.task not in bad.setdefault(one.unit, []):
                    bad[one.unit].append(one.task)
            if bad:
                self._make(plan, bad)
            for one in own:
                if one.mend == "write":
                    self._write(plan, one)

    def _put_aside(self, finding: Finding) -> None:
        target = self.out / ".sslabel" / "strangers" / finding.where.removeprefix(".sslabel/")
        target.parent.mkdir(parents=True, exist_ok=True)
        while target.exists():
            target = target.with_name(f"{target.name}.more")
        move_whole(self.out / finding.where, target)
        self.report.mended.append(f"{finding.where}: moved to {target.relative_to(self.out).as_posix()}")

    def _write(self, plan: Plan, finding: Finding) -> None:
        """Write a file that follows from what else is there."""
        path = self.out / finding.where
        folder = plan.folder(self.out / ".sslabel")
        try:
            if finding.unit >= 0:
                self._write_exclusions(plan, finding.unit)
            elif path.name == "recipe.yaml":
                write_whole(path, plan.recipe_bytes())
            elif finding.task:
                write_whole(path, beside(Recipe.of(settings_of(plan, self.given)))[finding.task][path.name])
            else:
                checks = intact_checks(plan, read_ledger(self.out, None))
                path.unlink(missing_ok=True)  # without it, what is missing is made by the same `make` command
                if checks is not None:
                    save_finished(folder, checks)
        except SslabelError as error:
            self.report.lost.append(Lost(finding.where, str(error)))
        else:
            self.report.mended.append(f"{finding.where}: written again")

    def _write_exclusions(self, plan: Plan, unit: int) -> None:
        """The exclusions of a unit, from its records."""
        remaker = Remaker.of(self.out, self.report.out, plan, self.ledger, self.given)
        folder = plan.folder(self.out / ".sslabel")
        rows, records = remaker.rows(unit), self.ledger.of_unit(plan, unit).values()
        known = exclusions_of(folder, unit, rows, remaker.job.roots, records)
        exclusions_path(folder, unit).unlink(missing_ok=True)
        if known:
            save_exclusions(folder, unit, known)

    def _make(self, plan: Plan, bad: Mapping[int, Sequence[str]]) -> None:
        """Make shards again, beside OUT's own, and give those their names that are what they should be."""
        if not self.given.raw:
            shards = counted(sum(map(len, bad.values())), "shard")
            reason = f"{shards} can only be made again from the sources: give --raw"
            self.report.lost.append(Lost(", ".join(plan.tasks), reason))
            return
        remaker = Remaker.of(self.out, self.report.out, plan, self.ledger, self.given)
        possible = {}
        for unit, tasks in sorted(bad.items()):
            changed = remaker.changed(unit)
            if changed:
                names = ", ".join(f"{task}/{plan.shard_name(task, unit)}" for task in tasks)
                self.report.lost.append(Lost(names, changed))
            else:
                possible[unit] = tasks
        try:
            if possible:
                remaker.make(possible, _staging(self.out), partial(self._place, plan), self.watcher)
        finally:
            clear(self.out)

    def _place(self, plan: Plan, made: Made) -> None:
        """Give a shard and its record their names, if they are what was there before."""
        shard = f"{made.task}/{made.path.name}"
        before = self.ledger.records.get((plan.identity, made.task, made.unit))
        checks = self.ledger.checks.get(plan.identity, {}).get(made.task)
        expected = checks[made.unit] if checks is not None else before.check if before is not None else None
        if expected not in (None, made.record.check):
            reason = "made again it is not what it was: its sources are not what they were, whatever their size"
            self.report.lost.append(Lost(shard, newly_ended(made.record, before) or reason))
            return
        target, record = self.out / shard, record_path(self.out / ".sslabel", made.task, made.unit)
        for path in (target, record):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():  # an empty one gives way, and of another the move says what it is
                with suppress(OSError):
                    path.rmdir()
        move_whole(made.path, target)
        move_whole(made.record_path, record)
        self.done.add((made.task, made.unit))
        self.report.mended.append(f"{shard}: made again")
