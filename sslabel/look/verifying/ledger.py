"""The plan and its records: read, unchanged since they were written, and agreeing with each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sslabel.engine.finished import finished_path, load_finished_checks
from sslabel.engine.plan import Plan, identify, load_plan, plan_paths, read_unit, unit_sizes
from sslabel.engine.records import Record, exclusions_path, load_record, record_path
from sslabel.engine.sources import Roots
from sslabel.errors import DamageError, InterruptedRunError
from sslabel.look.verifying.exclusions import exclusions_problem
from sslabel.look.verifying.findings import Finding
from sslabel.storage import sha256

_BY_HAND = "put it back from a copy, or start anew with make --overwrite"
_ANEW = "it was changed since it was written"


@dataclass
class Ledger:
    """All that the state of an output says: its plans, the records that can be believed, and what is wrong.

    `tasks` are those of all plans, whichever were asked for. `checks` has for each plan that was carried out the
    fingerprints of its records, `missing` by task the units that are not made yet, `unusable` by plan a file of it that
    is damaged, without which no pair can be made again. Where a plan cannot be read (`unread`), what belongs to it is
    not known.
    """

    tasks: set[str] = field(default_factory=set)
    plans: list[Plan] = field(default_factory=list)
    records: dict[tuple[str, str, int], Record] = field(default_factory=dict)
    checks: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    missing: dict[str, list[int]] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    damage: list[Finding] = field(default_factory=list)
    unread: bool = False

    def of_unit(self, plan: Plan, unit: int) -> dict[str, Record]:
        """The records of a unit, by task."""
        found = {task: self.records.get((plan.identity, task, unit)) for task in plan.tasks}
        return {task: record for task, record in found.items() if record is not None}


def read_ledger(out: Path, tasks: Collection[str] | None) -> Ledger:
    """Read the plans and records of an output, those of these tasks only."""
    state = out / ".sslabel"
    ledger = Ledger()
    for path in plan_paths(state):
        plan, problem = _intact_plan(path)
        if plan is None:
            ledger.damage.append(Finding(_below(out, path), f"{problem}; {_BY_HAND}"))
            ledger.unread = True
            continue
        ledger.tasks.update(plan.tasks)
        if tasks is None or set(tasks) & set(plan.tasks):
            ledger.plans.append(plan)
            _read_plan(out, plan, ledger, [one for one in plan.tasks if tasks is None or one in tasks])
    for folder in sorted((state / "plans").glob("*/")):
        # A plan is written last: without it, a folder is what a run was killed over, if nothing was made from it.
        if not (folder / "plan.json").exists() and ((folder / "finished.json").exists() or _has_records(state, folder)):
            where = _below(out, folder / "plan.json")
            ledger.damage.append(Finding(where, f"it is gone; {_BY_HAND}"))
            ledger.unread = True
    return ledger


def _has_records(state: Path, folder: Path) -> bool:
    known = f'"plan": "{folder.name}'.encode()
    return any(known in path.read_bytes() for path in (state / "records").glob("*/*.json"))


def _below(out: Path, path: Path) -> str:
    return path.relative_to(out).as_posix()


def _intact_plan(path: Path) -> tuple[Plan | None, str]:
    """A plan, or what is wrong with it."""
    try:
        plan = load_plan(path)
        if identify(plan.asked) != plan.identity or path.parent.name != plan.identity[:12]:
            return None, "what it says was asked is not what the shards were made from: it was edited"
        return (plan, "") if plan.to_bytes() == path.read_bytes() else (None, _ANEW)
    except DamageError as error:
        return None, str(error).removeprefix(f"{path}: ").partition(";")[0]
    except OSError as error:
        return None, f"it cannot be read: {error.strerror}"
    except InterruptedRunError:
        raise
    except Exception as error:  # noqa: BLE001 - what was edited may hold anything
        return None, f"not a plan ({type(error).__name__}: {error})"


def _read_plan(out: Path, plan: Plan, ledger: Ledger, tasks: list[str]) -> None:
    state = out / ".sslabel"
    folder = plan.folder(state)
    sound = True
    for name, expected in plan.files.items():
        problem = file_problem(folder / name, expected)
        if problem is not None:
            ledger.damage.append(Finding(_below(out, folder / name), f"{problem}; {_BY_HAND}"))
            ledger.unusable[plan.identity] = name
            sound = sound and name != "sources.arrow"
    recipe = file_problem(folder / "recipe.yaml", sha256(plan.recipe_bytes()))
    if recipe is not None:
        ledger.damage.append(_to_write(out, folder / "recipe.yaml", recipe, plan))
    try:
        ledger.checks[plan.identity] = load_finished_checks(folder) or {}
    except DamageError:
        ledger.checks[plan.identity] = {}
        ledger.damage.append(_to_write(out, finished_path(folder), _ANEW, plan))
    sizes = unit_sizes(plan.sources_file(state)) if sound else [-1] * plan.units
    if sound and [sum(sizes[one.first : one.first + one.units]) for one in plan.splits] != [
        one.sources for one in plan.splits
    ]:
        where = _below(out, plan.sources_file(state))
        ledger.unusable[plan.identity] = "sources.arrow"
        ledger.damage.append(Finding(where, f"it has other numbers of sources than the plan; {_BY_HAND}"))
    for task in tasks:
        for unit in range(plan.units):
            _read_record(out, plan, (task, unit), sizes[unit], ledger)
        # The files beside the shards are written before the first of them.
        begun = len(ledger.missing.get(task, ())) < plan.units
        for name, expected in plan.beside.get(task, {}).items() if begun else ():
            problem = file_problem(out / task / name, expected)
            if problem is not None:
                ledger.damage.append(_to_write(out, out / task / name, problem, plan, task))
    _read_exclusions(out, plan, ledger, sound=sound)


def _read_exclusions(out: Path, plan: Plan, ledger: Ledger, *, sound: bool) -> None:
    state, roots = out / ".sslabel", Roots.named(plan.roots)
    folder = plan.folder(state)
    for unit in range(plan.units):
        known, path = ledger.of_unit(plan, unit), exclusions_path(folder, unit)
        rows = read_unit(plan.sources_file(state), unit) if sound and path.exists() else []
        is_whole, sources = set(known) == set(plan.tasks), list(map(roots.row_name, rows))
        problem = exclusions_problem(folder, unit, known, whole=is_whole, sources=sources)
        if problem is not None:
            where = _below(out, path)
            # With a record, they follow from it; without, its shard is made again with whatever can be read of them.
            ledger.damage.append(Finding(where, problem, "write", plan.identity, unit=unit))


def _to_write(out: Path, path: Path, problem: str, plan: Plan, task: str = "") -> Finding:
    return Finding(_below(out, path), problem, "write", plan.identity, task)


def file_problem(path: Path, expected: str) -> str | None:
    """What is wrong with a small file that should have this SHA-256."""
    try:
        return None if sha256(path.read_bytes()) == expected else _ANEW
    except FileNotFoundError:
        return "it is gone"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"


def _read_record(out: Path, plan: Plan, place: tuple[str, int], sources: int, ledger: Ledger) -> None:
    """Take in the record of a (task, unit), or what is wrong with it."""
    task, unit = place
    path = record_path(out / ".sslabel", task, unit)
    known = ledger.checks[plan.identity].get(task)
    record, problem = intact_record(out / ".sslabel", task, unit)
    if record is not None:
        problem = "; ".join(_disagreements(plan, record, task, unit, sources))
        if not problem and known is not None and known[unit : unit + 1] != [record.check]:
            problem = "it is another one than when the run was finished"
        if not problem:
            ledger.records[plan.identity, task, unit] = record
            return
    elif not problem:
        if known is None:
            ledger.missing.setdefault(task, []).append(unit)
            return
        problem = "it is gone"
    shard = f"the record of {task}/{plan.shard_name(task, unit)}"
    ledger.damage.append(Finding(_below(out, path), f"{shard}: {problem}", "make", plan.identity, task, unit))


def intact_record(state: Path, task: str, unit: int) -> tuple[Record | None, str]:
    """A record that is as it was written; or none, and what is wrong with it; or none and nothing where none is."""
    path = record_path(state, task, unit)
    try:
        record = load_record(state, task, unit)
        if record is None or record.to_text().encode("ascii") == path.read_bytes():
            return record, ""
    except DamageError as error:
        return None, str(error).removeprefix(f"{path}: ").partition("; remove it")[0]
    except OSError as error:
        return None, f"it cannot be read: {error.strerror}"
    except InterruptedRunError:
        raise
    except Exception as error:  # noqa: BLE001 - what was changed may hold anything
        return None, f"not a commit record ({type(error).__name__}: {error})"
    return None, _ANEW


def _disagreements(plan: Plan, record: Record, task: str, unit: int, sources: int) -> Iterator[str]:
    """What of a record does not agree with its plan, or with itself."""
    expected: Mapping[str, Any] = {
        "plan": plan.identity,
        "task": task,
        "unit": unit,
        "split": plan.split_of(unit).name,
        "shard": plan.shard_name(task, unit),
        "sources": sources if sources >= 0 else record.sources,
    }
    for name, value in expected.items():
        if getattr(record, name) != value:
            yield f"its {name} is {getattr(record, name)}, where the plan has {value}"
    left = record.sources - record.written - sum(map(len, record.skipped.values())) - record.others
    excluded = [one.source for one in record.excluded if one.kind != "record"]
    # Ranges of one file are excluded under one name.
    if not len(set(excluded)) <= left <= len(excluded):
        yield f"written, skipped, excluded and other sources do not add up to its {record.sources}"


def intact_checks(plan: Plan, ledger: Ledger) -> dict[str, list[str]] | None:
    """The fingerprints of all records of a plan, None where one is missing."""
    found = {
        task: [ledger.records.get((plan.identity, task, unit)) for unit in range(plan.units)] for task in plan.tasks
    }
    if any(record is None for records in found.values() for record in records):
        return None
    return {task: [record.check for record in records if record is not None] for task, records in found.items()}
