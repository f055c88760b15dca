"""Building the shards of one unit: read each source once, make the pairs of every task, write one shard a task."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sslabel.codecs import NOTE_TYPES, Encoded, Schema, encode, fits_field
from sslabel.engine.plan import Plan, Row
from sslabel.engine.records import Excluded, Record
from sslabel.engine.sources import Roots
from sslabel.errors import BadSource
from sslabel.flow import Failed, Skipped, examples
from sslabel.readers import SourceFile
from sslabel.recipe import Recipe
from sslabel.registry import find, find_reader
from sslabel.seeding import Draws
from sslabel.storage import WholeFile
from sslabel.values import Example, Sample


class Progress(Protocol):
    """Where a unit's builder says how far it is."""

    def begin(self, row: int) -> None:
        """A source is about to be read."""

    def done(self, row: int, pairs: int, skipped: int, excluded: int, size: int) -> None:
        """A source is dealt with: pairs and skips of all tasks, whether it was excluded from any, bytes written."""

    def rest(self) -> None:
        """No source is being read any more: what takes time now is the disk."""


@dataclass
class Outcome:
    """What one task made of one source: encoded examples, or the reason why there are none."""

    examples: list[Encoded] = field(default_factory=list)
    skip: str | None = None
    excluded: Excluded | None = None


@dataclass(frozen=True)
class Maker:
    """Makes encoded examples from sources: the recipe, and the schema of each of its data sets."""

    recipe: Recipe
    schemas: Mapping[str, Schema]
    draws: Draws

    def outcomes(self, file: SourceFile, tasks: Sequence[str]) -> dict[str, Outcome]:
        """What each task makes of a source. One that cannot be read is excluded from all of them."""
        made = {task: Outcome() for task in tasks}
        try:
            for sample in read_samples(file):
                for one in examples(sample, self.recipe, self.draws):
                    if one.task in made:
                        self._add(made[one.task], one, file.source)
        except BadSource as bad:
            return _all_excluded(tasks, Excluded(file.source, "unreadable", str(bad)))
        except MemoryError:
            return _all_excluded(tasks, Excluded(file.source, "memory", "it does not fit in the memory"))
        for task, outcome in made.items():
            if outcome.excluded is not None:
                made[task] = Outcome(excluded=outcome.excluded)
        return made

    def _add(self, outcome: Outcome, one: Example | Skipped | Failed, source: str) -> None:
        if isinstance(one, Skipped):
            outcome.skip = outcome.skip or one.reason
        elif isinstance(one, Failed):
            outcome.excluded = Excluded(source, "failed", one.reason)
        elif outcome.excluded is None:
            try:
                outcome.examples.append(encoded(one, self.schemas[one.task], self.recipe.pictures.quality))
            except (ValueError, TypeError) as error:
                outcome.excluded = Excluded(source, "failed", str(error))


def _all_excluded(tasks: Sequence[str], excluded: Excluded) -> dict[str, Outcome]:
    return {task: Outcome(excluded=excluded) for task in tasks}


def read_samples(file: SourceFile) -> Iterator[Sample]:
    """The samples of a source, by the reader of its extension."""
    reader = find_reader(os.path.splitext(file.source)[1])  # noqa: PTH122 - for speed
    if reader is None:
        msg = "there is no reader for its extension"
        raise BadSource(msg)
    samples: Iterator[Sample] = reader.function(file)
    return samples


def encoded(example: Example, schema: Schema, quality: int) -> Encoded:
    """An example ready to be written; ValueError where it is not what its data set promises."""
    fields = example.fields
    if tuple(fields) != tuple(one.name for one in schema.fields):
        msg = f"fields {', '.join(fields)}, where the data set has {', '.join(one.name for one in schema.fields)}"
        raise ValueError(msg)
    types = {name: NOTE_TYPES.get(type(value)) for name, value in example.meta.items()}
    if types != schema.meta:
        msg = f"notes {types}, where the data set has {dict(schema.meta)}"
        raise ValueError(msg)
    values = list(fields.values())
    for value, one in zip(values, schema.fields, strict=True):
        if not fits_field(value, one):
            msg = f"field {one.name} is {value!r}, where the data set has {one.kind} {one.dtype}{one.names or ''}"
            raise ValueError(msg)
    data = [encode(value, one, quality) for value, one in zip(values, schema.fields, strict=True)]
    return Encoded(example.key, str(example.meta["source"]), values, data, example.meta)


def build_shards(  # noqa: PLR0913 - what a unit is made of
    plan: Plan,
    unit: int,
    rows: Sequence[Row],
    *,
    tasks: Sequence[str],
    maker: Maker,
    roots: Roots,
    out: Path,
    excluded: Mapping[int, Excluded],
    progress: Progress,
) -> list[Record]:
    """Build one unit's shard for each task, and write their commit records; doing it again gives the same bytes.

    `rows` are the unit's sources, as `read_unit` gives them.

    Sources in `excluded` (by row) are left out as if they had never been there. A shard stands under its name only
    when it is whole, and its record is written after it.
    """
    state = out / ".sslabel"
    books = {task: _Book(task) for task in tasks}
    with ExitStack() as stack:
        shards = {}
        for task in tasks:
            file = stack.enter_context(WholeFile(out / task / plan.shard_name(task, unit)))
            shards[task] = (find("writer", plan.formats[task]).function(file, plan.schemas[task]), file)
        for number, row in enumerate(rows):
            progress.begin(number)
            outcomes = _outcomes(row, excluded.get(number), tasks, maker, roots)
            name = roots.name(row.root, row.path)
            size = 0
            for task, outcome in outcomes.items():
                books[task].add(name, outcome)
                for one in outcome.examples:
                    shards[task][0].add(one)
                    size += sum(map(len, one.data))
            progress.done(number, *_counts(outcomes), size)
        progress.rest()
        for writer, _ in shards.values():
            writer.close()
    split = plan.split_of(unit).name
    records = [books[task].record(plan.identity, unit, split, len(rows), file) for task, (_, file) in shards.items()]
    state.stat()  # where it was removed meanwhile, this fails: a record is no reason to make it again
    for record in records:
        record.save(state)
    return records


def _outcomes(
    row: Row, excluded: Excluded | None, tasks: Sequence[str], maker: Maker, roots: Roots
) -> dict[str, Outcome]:
    if excluded is not None:
        return _all_excluded(tasks, excluded)
    return maker.outcomes(roots.file(row.root, row.path, row.size, maker.recipe.max_pixels), tasks)


def _counts(outcomes: Mapping[str, Outcome]) -> tuple[int, int, int]:
    pairs = sum(len(one.examples) for one in outcomes.values())
    skipped = sum(not one.examples and one.excluded is None for one in outcomes.values())
    return pairs, skipped, int(any(one.excluded is not None for one in outcomes.values()))


class _Book:
    """What became of a unit's sources in one task, as they go by."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._pairs = self._written = 0
        self._skipped: dict[str, list[str]] = {}
        self._excluded: list[Excluded] = []

    def add(self, name: str, outcome: Outcome) -> None:
        self._pairs += len(outcome.examples)
        if outcome.excluded is not None:
            self._excluded.append(outcome.excluded)
        elif outcome.examples:
            self._written += 1
        else:
            self._skipped.setdefault(outcome.skip or "the reader gave no sample for it", []).append(name)

    def record(self, plan: str, unit: int, split: str, sources: int, file: WholeFile) -> Record:
        return Record(
            task=self._task,
            unit=unit,
            plan=plan,
            split=split,
            shard=file.path.name,
            pairs=self._pairs,
            bytes=file.bytes,
            sha256=file.sha256,
            sources=sources,
            written=self._written,
            skipped=self._skipped,
            excluded=self._excluded,
        )
