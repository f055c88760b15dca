"""The data sets of an output folder: of each its plan, its splits, and the records of the shards that stand whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sslabel.codecs import Schema
from sslabel.engine.plan import Plan, load_plans
from sslabel.engine.records import Record, load_record
from sslabel.errors import UsageError
from sslabel.look.places import Place
from sslabel.options import did_you_mean


@dataclass(frozen=True)
class DataSet:
    """What one task made, of some or of all splits; its plan and its records stand below `state`."""

    out: Place
    state: Path
    plan: Plan
    task: str
    splits: tuple[str, ...]

    @property
    def schema(self) -> Schema:
        """What its examples hold."""
        return self.plan.schemas[self.task]

    @property
    def format(self) -> str:
        """The format of its shards."""
        return self.plan.formats[self.task]

    @property
    def planned(self) -> int:
        """How many shards there are once all are made."""
        return sum(one.units for one in self.plan.splits if one.name in self.splits)

    @property
    def step(self) -> tuple[str, Mapping[str, Any]]:
        """The task by its own name, which a data set may not have, and its options."""
        for given in self.plan.asked.get("task", ()):
            ((name, options),) = given.items()
            use, _, function = name.rpartition("@")
            if self.task == (use or function):
                return function, options
        return "", {}

    def records(self) -> Iterator[Record]:
        """The records of its shards that stand whole under their names, in their order: the run may still go on."""
        sizes = self.out.child(self.task).sizes()
        for split in self.plan.splits:
            for unit in range(split.first, split.first + split.units) if split.name in self.splits else ():
                record = load_record(self.state, self.task, unit)
                if record is None or record.plan != self.plan.identity:
                    continue
                if sizes.get(record.shard, -1) in (None, record.bytes):
                    yield record

    def place(self, record: Record) -> Place:
        """Where a shard is."""
        return self.out.child(self.task, record.shard)


@contextlib.contextmanager
def state_of(out: Place) -> Iterator[Path]:
    """Where the plans and records of an output can be read: of one behind a URL in a copy, for a while."""
    if out.system is None:
        yield Path(out.path) / ".sslabel"
        return
    # They are small, and here they are looked into with the same eyes as those of this machine.
    with tempfile.TemporaryDirectory() as copy:
        out.child(".sslabel").copied(Path(copy), "plans/*/plan.json", "plans/*/times.jsonl", "records/*/*.json")
        yield Path(copy)


def all_of(out: Place, state: Path) -> list[DataSet]:
    """All data sets of an output, plan by plan, with all of their splits."""
    return [
        DataSet(out, state, plan, task, tuple(split.name for split in plan.splits))
        for plan in load_plans(state)
        for task in plan.tasks
    ]


def asked_for(out: str | os.PathLike[str], task: str | None = None, split: str | None = None) -> Sequence[DataSet]:
    """The data sets of an output folder on this machine by name, those of a task, of a split.

    Raises UsageError for a folder, task or split that is not there.
    """
    where = os.fspath(out)
    return chosen(Place(where, None, where), Path(where) / ".sslabel", task, split)


def chosen(out: Place, state: Path, task: str | None = None, split: str | None = None) -> Sequence[DataSet]:
    """The same of an output that is opened."""
    found = {one.task: one for one in all_of(out, state)}
    if not found:
        msg = f"{out.shown}: there is no output of sslabel here"
        raise UsageError(msg)
    if task is not None and task not in found:
        msg = f"{out.shown}: there is no task {task!r}{did_you_mean(task, found)}"
        raise UsageError(msg)
    sets = [found[task]] if task is not None else [found[name] for name in sorted(found)]
    if split is None:
        return sets
    splits = {name for one in sets for name in one.splits}
    if split not in splits:
        msg = f"{out.shown}: there is no split {split!r}{did_you_mean(split, splits)}"
        raise UsageError(msg)
    return [DataSet(one.out, one.state, one.plan, one.task, (split,)) for one in sets if split in one.splits]
