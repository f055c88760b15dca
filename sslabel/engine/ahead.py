"""Looking ahead: what workers find out from a few sources before the plan is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
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

        names = sorted(needs(self.recipe))
        if not names:
            return {}
        found = self._ask({"do": "sample", "names": names}, list(islice(self.sources.of_kind(rows, "text"), SAMPLED)))
        self.pool.workers[0].corpus = found
        return found

    def schemas(self, rows: Sequence[Any], formats: Mapping[str, str], corpus: Mapping[str, Any]) -> dict[str, Schema]:
        """The schema of each data set; NothingToReadError where a task finds no pair anywhere."""
        tasks = [step.use for step in self.recipe.tasks]
        found: dict[str, Any] = {}
        reasons: dict[str, str] = {}
        for begin in range(-_SEARCHED, len(rows), _SEARCHED):
            # The first round needs no source: see `schemas_of`.
            reply = self._ask({"do": "schemas"}, rows[begin : begin + _SEARCHED] if begin >= 0 else (), corpus)
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

    def probes(
        self,
        rows: Sequence[Any],
        schemas: Mapping[str, Schema],
        formats: Mapping[str, str],
        corpus: Mapping[str, Any],
    ) -> dict[str, Probe]:
        """What a few sources of each kind, evenly spread, come to; UsageError where a task fails on each of them."""
        stored = {task: one.to_json() for task, one in schemas.items()}
        command = {"do": "probe", "schemas": stored, "formats": dict(formats)}
        kinds = sorted(self.recipe.kinds)
        weights = self.sources.weights()
        results = {}
        for kind in kinds:
            own = rows if len(kinds) == 1 else list(self.sources.of_kind(rows, kind))
            spread = [own[number * len(own) // _PROBED] for number in range(_PROBED)] if len(own) > _PROBED else own
            found = self._ask({**command, "kinds": [kind]}, spread, corpus)
            result = Probe(**{**found, "all_sources": len(own), "all_bytes": int(sum(weights[row] for row in own))})
            _refuse_failures(result)
            results[kind] = result
        return results

    def _ask(
        self, command: Mapping[str, Any], rows: Sequence[Any], corpus: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        sources = self.sources
        left = [plain_row(sources.row(row)) for row in rows]
        lives = 3
        while True:
            worker = self._ready_worker()
            told = {}
            if corpus is not None and worker.corpus != corpus:
                worker.corpus, told = corpus, {"corpus": corpus}
            worker.send({**command, **told, "files": left})
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


def _refuse_failures(result: Probe) -> None:
    for task, reasons in result.failures.items():
        if len(reasons) == result.sources > 0:
            msg = f"task {task!r} fails on each of {result.sources} sources that were tried: {reasons[0]}"
            raise UsageError(msg)


def estimate(results: Iterable[Probe], size: int) -> Estimate:
    """What probes say of all sources, which are of `size` bytes."""
    probes = list(results)
    largest = max((max(one.output_bytes.values(), default=0) * one.scale for one in probes), default=0.0)
    if not largest or not size:
        return Estimate()
    return Estimate(largest / size, max(one.most_pairs for one in probes))
