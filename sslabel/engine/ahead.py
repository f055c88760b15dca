"""Looking ahead: what workers find out from a few sources before the plan is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sslabel.codecs import Schema
from sslabel.engine import plan as planning
from sslabel.engine.plan import Estimate
from sslabel.engine.pool import Death, Job, Pool, WorkerProcess, check_reply
from sslabel.engine.probe import Probe, check_members
from sslabel.engine.sources import Sources, plain_row
from sslabel.errors import NothingToReadError, UsageError
from sslabel.recipe import Recipe

_PROBED = 8
_SEARCHED = 64


@dataclass(frozen=True)
class Ahead:
    """Asks workers about sources, so that a source that ends its reader ends no more than that."""

    job: Job
    recipe: Recipe
    sources: Sources
    pool: Pool

    def corpus(self, rows: Sequence[Any]) -> dict[str, Any]:
        """What the tasks need to know of the whole corpus, as JSON values, from the first of its sources."""
        from sslabel.engine.corpus import SAMPLED, needs

        return {name: self._ask({"do": name}, rows[:SAMPLED]) for name in sorted(needs(self.recipe))}

    def schemas(self, rows: Sequence[Any], formats: Mapping[str, str], corpus: Mapping[str, Any]) -> dict[str, Schema]:
        """The schema of each data set; NothingToReadError where a task finds no pair anywhere."""
        tasks = [step.use for step in self.recipe.tasks]
        found: dict[str, Any] = {}
        reasons: dict[str, str] = {}
        for begin in range(-_SEARCHED, len(rows), _SEARCHED):
            # The first round needs no source: see `schemas_of`.
            reply = self._ask(
                {"do": "schemas", "corpus": dict(corpus)}, rows[begin : begin + _SEARCHED] if begin >= 0 else ()
            )
            found = {**reply["schemas"], **found}
            reasons.update(reply["reasons"])
            if len(found) == len(tasks):
                break
        for task in tasks:
            if task not in found:
                said = reasons.get(task, "no reason is known")
                msg = f"task {task!r} finds no pair in any of {len(rows)} sources; the last said: {said}"
                raise NothingToReadError(msg)
        schemas = {task: Schema.from_json(found[task]) for task in tasks}
        check_members(self.job.settings.fields, schemas, formats)
        return schemas

    def probe(
        self,
        rows: Sequence[Any],
        schemas: Mapping[str, Schema],
        formats: Mapping[str, str],
        corpus: Mapping[str, Any],
    ) -> Probe:
        """What a few sources, evenly spread, come to; UsageError where a task fails on each of them."""
        spread = [rows[number * len(rows) // _PROBED] for number in range(_PROBED)] if len(rows) > _PROBED else rows
        stored = {task: one.to_json() for task, one in schemas.items()}
        result = Probe(
            **self._ask({"do": "probe", "schemas": stored, "formats": dict(formats), "corpus": dict(corpus)}, spread)
        )
        for task, reasons in result.failures.items():
            if len(reasons) == result.sources > 0:
                msg = f"task {task!r} fails on each of {result.sources} sources that were tried: {reasons[0]}"
                raise UsageError(msg)
        return result

    def _ask(self, command: Mapping[str, Any], rows: Sequence[Any]) -> dict[str, Any]:
        sources = self.sources
        left = [plain_row(sources.row(row)) for row in rows]
        lives = 3
        while True:
            worker = self._ready_worker()
            worker.send({**command, "files": left})
            planning.load()  # while the worker works
            reply = self.pool.ask(worker)
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


def estimate(result: Probe) -> Estimate:
    """What a probe says of all sources."""
    largest = max(result.output_bytes.values(), default=0)
    if not largest or not result.input_bytes:
        return Estimate()
    return Estimate(largest / result.input_bytes, result.most_pairs)
