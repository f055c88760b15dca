"""What a check found, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Mend: TypeAlias = Literal["make", "write", "move", ""]


class Damaged(Exception):  # noqa: N818 - a verdict on one file, with what is wrong with it in one line
    """A file is not what it should be."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not what it should be: where below OUT, and what is wrong with it in one line.

    `mend` says what puts it right: `make`, the shard of (plan, task, unit) is made again from the sources; `write`, it
    follows from what else is there; `move`, it is none of ours and is put aside; nothing, where nothing here can.
    """

    where: str
    problem: str
    mend: Mend = ""
    plan: str = ""
    task: str = ""
    unit: int = -1


@dataclass(frozen=True, slots=True)
class Lost:
    """What could not be compared with its sources or mended, and why; the exit code where this is all that is wrong."""

    where: str
    reason: str
    exit_code: int = 1


@dataclass
class Report:
    """What a verification came to.

    `tasks` has for each data set its shards, pairs and bytes, and how many shards are `missing`: not made yet.
    `checked` names the checks. `notes` are what is to be known and is no damage, `compared` what was made again from
    the sources and is the same, `lost` what could not be, `mended` what was put right. `command` mends what can be;
    for some of its words (`RAW`) the user has to put in what they stand for.
    """

    out: str
    tasks: dict[str, dict[str, int]] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)
    damage: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    command: str = ""
    stands_for: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def missing(self) -> int:
        """How many shards are not made yet."""
        return sum(counts["missing"] for counts in self.tasks.values())

    @property
    def exit_code(self) -> int:
        """6 where something is damaged, 1 or 7 where something was not compared, 5 where shards are missing."""
        if self.damage:
            return 6
        if self.lost:
            return max(one.exit_code for one in self.lost)
        return 5 if self.missing else 0


Watcher: TypeAlias = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and of how much."""


class Progress:
    """How many of the bytes are read, counted by several threads; once stopped, it ends them where they count."""

    def __init__(self, total: int, watcher: Watcher | None) -> None:
        self._total, self._watcher = total, watcher
        self._done = 0
        self._lock = threading.Lock()
        self._stopped = False

    def add(self, count: int) -> None:
        """So many more bytes are read."""
        if self._stopped:
            raise InterruptedError
        with self._lock:
            self._done += count
            if self._watcher is not None:
                self._watcher("read", self._done, self._total)

    def stop(self) -> None:
        """Let the threads end."""
        self._stopped = True


def to_json(report: Report) -> dict[str, Any]:
    """A report as JSON values."""
    damage = [{"where": one.where, "problem": one.problem, "mend": one.mend, "task": one.task} for one in report.damage]
    return {
        "type": "verify",
        "out": report.out,
        "exit_code": report.exit_code,
        "tasks": report.tasks,
        "checked": report.checked,
        "damage": damage,
        "notes": report.notes,
        "compared": report.compared,
        "not_compared": [{"where": one.where, "reason": one.reason} for one in report.lost],
        "mended": report.mended,
        "command": report.command,
        "stands_for": report.stands_for,
        "seconds": report.seconds,
    }
