"""Running the units of a plan on workers, and guarding them: a source that kills its worker costs that source alone."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sslabel.engine.early import drop_ahead
from sslabel.engine.events import Listener, Progress, ShardDone, SourceExcluded
from sslabel.engine.plan import Plan, read_unit
from sslabel.engine.pool import Death, Job, Pool, WorkerProcess, check_reply
from sslabel.engine.records import Excluded, Record, load_exclusions, load_record, save_exclusions
from sslabel.engine.sources import plain_row
from sslabel.errors import TryLaterError, WorkerFailedError

_POLL = 0.1


@dataclass
class _Duty:
    """What a worker is doing: a unit for some tasks, or one source of it alone."""

    unit: int
    tasks: Sequence[str]
    alone: int | None = None


@dataclass
class UnitRunner:
    """Runs units on a pool until all are done. `missing` gives for each open unit the tasks whose shard it lacks."""

    plan: Plan
    job: Job
    pool: Pool
    missing: dict[int, list[str]]
    report: Listener
    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("sources", "pairs", "bytes", "shards"), 0))

    def __post_init__(self) -> None:
        self._state = self.job.out / ".sslabel"
        self._duties: dict[int, _Duty] = {}
        self._waiting: deque[_Duty] = deque(_Duty(unit, tasks) for unit, tasks in sorted(self.missing.items()))
        self._strikes: Counter[tuple[int, int]] = Counter()
        self._begun = time.monotonic()
        self._done_before = self.done["sources"]
        self._skipped = 0
        self._excluded: set[str] = set()
        self._stillborn = 0

    def run(self, workers: int) -> None:
        """Run all units on this many workers."""
        while len(self.pool.workers) < min(workers, len(self._waiting)):
            self.pool.add()
        drop_ahead()
        while self._waiting or self._duties:
            for worker in list(self.pool.workers):
                self._tend(worker)
            if self._waiting or self._duties:
                self.pool.wait(_POLL)
                self._refuse_removed()
                self._report()
        self._report()

    def _refuse_removed(self) -> None:
        """FileNotFoundError where OUT was removed under the run: what is being made has no place any more."""
        for path in (self._sources, *(self.job.out / task for task in self.plan.tasks)):
            path.stat()

    def _tend(self, worker: WorkerProcess) -> None:
        """Hear what a worker has to say, and give it something to do."""
        duty = self._duties.get(id(worker))
        if worker.reply is None and not worker.ended:
            worker.give_up_if_stalled()
            return
        if worker.reply is None:
            self._bury(worker, duty)
            return
        check_reply(worker.reply, self.job.out, self._needed())
        if duty is not None:
            del self._duties[id(worker)]
            self._finish(duty)
        if self._waiting:
            self._give(worker, self._waiting.popleft())

    def _needed(self) -> int:
        """About how many bytes are still to be written, as far as it can be told from what was made."""
        counts = [worker.counts() for worker in self.pool.workers if self._on_unit(worker)]
        sources = self.done["sources"] + sum(one[2] for one in counts)
        size = self.done["bytes"] + sum(one[6] for one in counts)
        return (self.plan.sources - self.done["sources"]) * size // max(1, sources)

    def _give(self, worker: WorkerProcess, duty: _Duty) -> None:
        self._duties[id(worker)] = duty
        if duty.alone is not None:
            row = read_unit(self._sources, duty.unit)[duty.alone]
            schemas = {task: schema.to_json() for task, schema in self.plan.schemas.items()}
            alone = {"do": "probe", "plan": self._plan_file, "files": [plain_row(row)]}
            worker.send({**alone, "schemas": schemas, "formats": dict(self.plan.formats)})
            return
        rows = [plain_row(one) for one in read_unit(self._sources, duty.unit)]
        excluded = {row: asdict(one) for row, one in self._exclusions(duty.unit).items()}
        command = {"do": "unit", "plan": self._plan_file, "out": str(self.job.out)}
        worker.send({**command, "unit": duty.unit, "tasks": duty.tasks, "rows": rows, "excluded": excluded})

    @property
    def _plan_file(self) -> str:
        return str(self.plan.folder(self._state) / "plan.json")

    @property
    def _sources(self) -> Path:
        return self.plan.sources_file(self._state)

    def _finish(self, duty: _Duty) -> None:
        if duty.alone is not None:
            # Alone it did no harm: its unit is made again, and only if it fails there once more is it left out.
            self._waiting.appendleft(_Duty(duty.unit, duty.tasks))
            return
        for number, task in enumerate(duty.tasks):
            record = load_record(self._state, task, duty.unit)
            if record is None:
                msg = f"{self.job.out}: the record of {task}, unit {duty.unit}, is gone as soon as it was written"
                raise TryLaterError(msg)
            self._count(record, first=number == 0)
            for one in record.excluded:
                self.report(SourceExcluded(task, one.source, one.kind, one.reason))
            self.report(ShardDone(task, record.shard, record.pairs, record.bytes, record.sha256))

    def _count(self, record: Record, *, first: bool) -> None:
        self.done["sources"] += record.sources if first else 0
        self.done["pairs"] += record.pairs
        self.done["bytes"] += record.bytes
        self.done["shards"] += 1
        self._skipped += sum(map(len, record.skipped.values()))
        self._excluded.update(one.source for one in record.excluded)

    def _bury(self, worker: WorkerProcess, duty: _Duty | None) -> None:
        """A worker has ended: find the source that it was on, and try that one alone, or leave it out."""
        death = worker.death()
        words = worker.last_words
        self._duties.pop(id(worker), None)
        self.pool.remove(worker)
        self.pool.add()
        if duty is None or (duty.alone is None and death.row < 0):
            self._stillborn += 1
            if self._stillborn > 2 + len(self.pool.workers):
                msg = f"workers end before they read anything: {death.reason}{f': {words}' if words else ''}"
                raise WorkerFailedError(msg)
            if duty is not None:
                self._waiting.appendleft(duty)
            return
        row = duty.alone if duty.alone is not None else death.row
        self._strikes[duty.unit, row] += 1
        if self._strikes[duty.unit, row] == 1:
            self._waiting.appendleft(_Duty(duty.unit, duty.tasks, alone=row))
        else:
            self._exclude(duty.unit, row, death)
            self._waiting.appendleft(_Duty(duty.unit, duty.tasks))

    def _exclude(self, unit: int, row: int, death: Death) -> None:
        source = read_unit(self._sources, unit)[row]
        name = self.job.roots.row_name(source)
        known = {**self._exclusions(unit), row: Excluded(name, death.kind, death.reason)}
        save_exclusions(self.plan.folder(self._state), unit, known)

    def _exclusions(self, unit: int) -> dict[int, Excluded]:
        return load_exclusions(self.plan.folder(self._state), unit)

    def _report(self) -> None:
        counts = [worker.counts() for worker in self.pool.workers if self._on_unit(worker)]
        done, pairs, skipped, excluded, size = (sum(one[column] for one in counts) for column in range(2, 7))
        sources = self.done["sources"] + done
        seconds = time.monotonic() - self._begun
        fresh = sources - self._done_before
        rate = fresh / seconds if seconds > 0 else 0.0
        left = (self.plan.sources - sources) / rate if rate > 0 else None
        self.report(
            Progress(
                sources=self.plan.sources,
                done_sources=sources,
                pairs=self.done["pairs"] + pairs,
                skipped=self._skipped + skipped,
                excluded=len(self._excluded) + excluded,
                bytes=self.done["bytes"] + size,
                shards=self.done["shards"],
                seconds=seconds,
                per_second=rate,
                seconds_left=left,
            )
        )

    def _on_unit(self, worker: WorkerProcess) -> bool:
        duty = self._duties.get(id(worker))
        # Until a worker hears of its next unit, its counts are those of the last one.
        return duty is not None and duty.alone is None and worker.counts()[0] == duty.unit
