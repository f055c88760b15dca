"""Putting right what is damaged: bad shards are made again from the sources, whole or not at all, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sslabel.engine.finished import save_finished
from sslabel.engine.make import beside
from sslabel.engine.output import Output
from sslabel.engine.plan import Plan, read_unit
from sslabel.engine.records import exclusions_path, record_path, save_exclusions
from sslabel.engine.sources import Roots
from sslabel.errors import DamageError
from sslabel.look.terminal import counted
from sslabel.look.verifying.again import REFUSALS, Given, Made, Remaker, settings_of
from sslabel.look.verifying.cards import due_quarantine, quarantine_finding
from sslabel.look.verifying.exclusions import exclusions_of, newly_ended
from sslabel.look.verifying.findings import Finding, Lost, Report, Watcher
from sslabel.look.verifying.ledger import Ledger, intact_checks, read_ledger
from sslabel.look.verifying.shards import hash_file
from sslabel.recipe import Recipe
from sslabel.storage import move_whole, sha256, write_whole

_OTHER = "made again it is not what it was: its sources are not what they were, whatever their size"


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
                self._put_aside(one.where)
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
        self._write_quarantine()

    def _make_room(self, path: Path) -> None:
        """Have the folder that a file stands in, and no folder in the place of the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            self._put_aside(path.relative_to(self.out).as_posix())

    def _put_aside(self, where: str) -> None:
        """Move what is none of ours to a place of its own."""
        target = self.out / ".sslabel" / "strangers" / where.removeprefix(".sslabel/")
        target.parent.mkdir(parents=True, exist_ok=True)
        while target.exists():
            target = target.with_name(f"{target.name}.more")
        move_whole(self.out / where, target)
        self.report.mended.append(f"{where}: moved to {target.relative_to(self.out).as_posix()}")

    def _write(self, plan: Plan, finding: Finding) -> None:
        """Write a file that follows from what else is there."""
        path = self.out / finding.where
        folder = plan.folder(self.out / ".sslabel")
        self._make_room(path)
        try:
            if finding.unit >= 0:
                self._write_exclusions(plan, finding.unit)
            elif path.name == "recipe.yaml":
                write_whole(path, plan.recipe_bytes())
            elif finding.task:
                self._write_beside(plan, finding.task, path)
            else:
                checks = intact_checks(plan, read_ledger(self.out, None))
                path.unlink(missing_ok=True)  # without it, what is missing is made by the same `make` command
                if checks is not None:
                    save_finished(folder, checks)
        except REFUSALS as error:
            self.report.lost.append(Lost(finding.where, str(error), error.exit_code))
        else:
            self.report.mended.append(f"{finding.where}: written again")

    def _write_exclusions(self, plan: Plan, unit: int) -> None:
        """The exclusions of a unit, from its records."""
        if plan.identity in self.ledger.unusable:
            msg = f"the plan's {self.ledger.unusable[plan.identity]} is damaged, which says what the sources are"
            raise DamageError(msg)
        state = self.out / ".sslabel"
        folder, rows = plan.folder(state), read_unit(plan.sources_file(state), unit)
        records = self.ledger.of_unit(plan, unit).values()
        known = exclusions_of(folder, unit, rows, Roots.named(plan.roots), records)
        exclusions_path(folder, unit).unlink(missing_ok=True)
        if known:
            save_exclusions(folder, unit, known)

    def _write_quarantine(self) -> None:
        """The list of what was left out, from the records, once they are right."""
        ledger = read_ledger(self.out, None)
        for one in quarantine_finding(self.out, ledger):
            self._make_room(self.out / one.where)
            write_whole(self.out / one.where, due_quarantine(ledger) or b"")
            self.report.mended.append(f"{one.where}: written again")

    def _write_beside(self, plan: Plan, task: str, path: Path) -> None:
        """What stands beside the shards of a task, from the recipe."""
        data = beside(Recipe.of(settings_of(plan, self.given))).get(task, {}).get(path.name, b"")
        if sha256(data) != plan.beside[task][path.name]:
            msg = "made again it is not what it was: the task writes something else today"
            raise DamageError(msg)
        write_whole(path, data)

    def _make(self, plan: Plan, bad: Mapping[int, Sequence[str]]) -> None:
        """Make shards again, beside OUT's own, and give those their names that are what they should be."""
        names = {unit: [f"{task}/{plan.shard_name(task, unit)}" for task in tasks] for unit, tasks in bad.items()}
        if not self.given.raw:
            shards = counted(sum(map(len, bad.values())), "shard")
            reason = f"{shards} can only be made again from the sources: give --raw"
            self.report.lost.append(Lost(", ".join(plan.tasks), reason))
            return
        try:
            remaker = Remaker.of(self.out, self.report.out, plan, self.ledger, self.given)
        except REFUSALS as error:
            where = ", ".join(name for listed in names.values() for name in listed)
            self.report.lost.append(Lost(where, str(error), error.exit_code))
            return
        possible = {}
        for unit, tasks in sorted(bad.items()):
            changed = remaker.changed(unit)
            if changed:
                self.report.lost.append(Lost(", ".join(names[unit]), changed))
            else:
                possible[unit] = tasks
        staging = Output(self.out, self.report.out).staging
        try:
            if possible:
                remaker.make(possible, staging, partial(self._place, plan), self.watcher)
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _place(self, plan: Plan, made: Made) -> None:
        """Give a shard and its record their names, if they are what was there before."""
        shard = f"{made.task}/{made.path.name}"
        target, record = self.out / shard, record_path(self.out / ".sslabel", made.task, made.unit)
        before = self.ledger.records.get((plan.identity, made.task, made.unit))
        checks = self.ledger.checks.get(plan.identity, {}).get(made.task)
        expected = checks[made.unit] if checks is not None else before.check if before is not None else None
        there = hash_file(target, lambda _: None) if target.is_file() else ""
        same = there == made.record.sha256
        # A record that is no longer sound may still bear witness to a shard that is.
        vouched = expected is None and not same and there and there.encode() in _bytes_of(record)
        if vouched or expected not in (None, made.record.check):
            self.report.lost.append(Lost(shard, newly_ended(made.record, before) or _OTHER))
            return
        self._make_room(target)
        self._make_room(record)
        if not same:
            move_whole(made.path, target)
        if before is None or before.check != made.record.check:
            move_whole(made.record_path, record)
        self.done.add((made.task, made.unit))
        self.report.mended.append(f"{shard}: made again{', and is the same: its record was bad' if same else ''}")


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
