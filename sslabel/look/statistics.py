"""What an output folder holds in numbers: from its records, and from a look at the pairs in its shards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sslabel.codecs import Field
from sslabel.engine.records import Excluded, Record, Tally
from sslabel.engine.times import RunTime, load_runs
from sslabel.look.chains import read_chain
from sslabel.look.datasets import DataSet
from sslabel.look.measures import Counts, Spread
from sslabel.look.parts import PICTURES
from sslabel.look.rows import META, Rows, rows

SAMPLE = 20_000
_EXCLUDED_SHOWN = 3
_PICTURES_A_PARQUET = 256
_TEXTS = ("text", "texts")
_MOST_PLACES = 16
"""Where orders are longer, about every one is another, and none is counted."""


@dataclass
class Noise:
    """How often a noise was applied, and what was drawn for its options: numbers, and words by name."""

    applied: int = 0
    numbers: dict[str, Spread] = field(default_factory=dict)
    words: dict[str, Counts] = field(default_factory=dict)

    def add(self, uses: Sequence[dict[str, str]]) -> None:
        """Add uses of it, each with its options."""
        self.applied += len(uses)
        numbers: dict[str, list[float]] = {}
        for options in uses:
            for name, text in options.items():
                try:
                    numbers.setdefault(name, []).append(float(text))
                except ValueError:
                    self.words.setdefault(name, Counts()).add(text)
        for name, drawn in numbers.items():
            if drawn:
                self.numbers.setdefault(name, Spread()).add(drawn)

    def to_json(self) -> dict[str, Any]:
        """The noise as JSON values."""
        drawn: dict[str, Spread | Counts] = {**self.numbers, **self.words}
        return {"applied": self.applied, "options": {name: one.to_json() for name, one in drawn.items()}}


@dataclass
class FieldNumbers:
    """What is measured of a field: spreads (`width`, `words`) and counts (`class`, `size`), of `looked` pairs."""

    kind: str
    looked: int = 0
    spreads: dict[str, Spread] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The field as JSON values."""
        measured: dict[str, Spread | Counts] = {**self.spreads, **self.counts}
        return {"kind": self.kind, "looked": self.looked, **{name: one.to_json() for name, one in measured.items()}}


@dataclass
class TaskNumbers:
    """One data set in numbers. `looked` of its pairs were looked at; what is no part of them is of all."""

    data: DataSet
    tally: Tally = field(default_factory=Tally)
    excluded: dict[str, list[Excluded]] = field(default_factory=dict)
    excluded_counts: Counter[str] = field(default_factory=Counter)
    shard_bytes: Spread = field(default_factory=Spread)
    shard_pairs: Spread = field(default_factory=Spread)
    looked: int = 0
    fields: dict[str, FieldNumbers] = field(default_factory=dict)
    noises: dict[str, Noise] = field(default_factory=dict)
    augments: dict[str, Noise] = field(default_factory=dict)
    runs: list[RunTime] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Add a shard's record."""
        self.tally.add(record)
        self.shard_bytes.add([record.bytes])
        self.shard_pairs.add([record.pairs])
        # They are counted here, so that a run of many bad sources takes no memory for each.
        for one in self.tally.excluded:
            self.excluded_counts[one.kind] += 1
            named = self.excluded.setdefault(one.kind, [])
            if len(named) < _EXCLUDED_SHOWN:
                named.append(one)
        self.tally.excluded.clear()
        # By name at most a hundred records of a source are listed; this counts them all.
        if self.tally.records_excluded:
            self.excluded_counts["record"] = self.tally.records_excluded

    def to_json(self) -> dict[str, Any]:
        """The numbers as JSON values."""
        tally = self.tally.to_json()
        del tally["excluded"], tally["records_excluded"]
        return {
            "type": "stats",
            "task": self.data.task,
            "format": self.data.format,
            "shards_planned": self.data.planned,
            **tally,
            "excluded": {
                kind: {"count": count, "examples": [[one.source, one.reason] for one in self.excluded.get(kind, ())]}
                for kind, count in self.excluded_counts.items()
            },
            "shard_bytes": self.shard_bytes.to_json(),
            "shard_pairs": self.shard_pairs.to_json(),
            "looked": self.looked,
            "fields": {name: one.to_json() for name, one in self.fields.items()},
            "noises": {name: one.to_json() for name, one in self.noises.items()},
            "augments": {name: one.to_json() for name, one in self.augments.items()},
            "runs": [throughput(run) for run in self.runs],
        }


def throughput(run: RunTime) -> dict[str, float]:
    """What a run made in a second."""
    seconds = max(run.seconds, 1e-3)
    made = {"seconds": run.seconds, "workers": run.workers, "sources": run.sources, "pairs": run.pairs}
    rates = {"sources": run.sources, "pairs": run.pairs, "bytes": run.bytes}
    return {**made, "bytes": run.bytes, **{f"{name}_per_second": count / seconds for name, count in rates.items()}}


def numbers_of(data: DataSet, sample: int | None = SAMPLE) -> TaskNumbers:
    """One data set in numbers; of about `sample` pairs, the first ones of each shard, or of all.

    Raises DamageError for a shard that cannot be read.
    """
    found = TaskNumbers(data)
    for record in data.records():
        found.add(record)
    found.runs = load_runs(data.plan.folder(data.state))
    pictures = {one.name: one for one in data.schema.fields if one.kind in PICTURES}
    others = {one.name: one for one in data.schema.fields if one.kind not in PICTURES}
    # In Parquet a picture's header cannot be had without the picture: fewer of them are looked at, by themselves.
    apart = data.format == "parquet" and pictures and sample is not None
    for one in data.schema.fields:
        found.fields[one.name] = _of_kind(one)
    for record in data.records():
        place, most = data.place(record), share(record.pairs, found.tally.pairs, sample)
        for batch in rows(place, data.schema, [*others, META, *([] if apart else pictures)], most):
            found.looked += len(batch)
            _look(found, batch, others if apart else {**others, **pictures})
        if apart:
            for batch in rows(place, data.schema, list(pictures), min(most or record.pairs, _PICTURES_A_PARQUET)):
                _look(found, batch, pictures)
    return found


def share(pairs: int, of_all: int, sample: int | None) -> int | None:
    """How many of a shard's pairs are looked at; None for all."""
    return None if sample is None or of_all <= sample else -(-pairs * sample // of_all)


def _of_kind(one: Field) -> FieldNumbers:
    found = FieldNumbers(one.kind)
    if one.kind == "category":
        found.counts["class"] = Counts(one.names)
    return found


def _look(found: TaskNumbers, batch: Rows, fields: dict[str, Field]) -> None:
    for name, one in fields.items():
        numbers = found.fields[name]
        numbers.looked += len(batch)
        _measure(numbers, batch.columns[name], one)
    metas = [json.loads(text) for text in batch.columns.get(META, ())]
    for note, noises in (("noise", found.noises), ("augment", found.augments)):
        uses: dict[str, list[dict[str, str]]] = {}
        for meta in metas:
            for noise, options in read_chain(str(meta.get(note, ""))):
                uses.setdefault(noise, []).append(options)
        for noise, listed in uses.items():
            noises.setdefault(noise, Noise()).add(listed)


def _measure(found: FieldNumbers, values: list[Any], one: Field) -> None:
    spread = _Spreads(found.spreads)
    if one.kind in PICTURES:
        spread.add("width", [width for width, _ in values])
        spread.add("height", [height for _, height in values])
        _count(found, "size", (f"{width}×{height}" for width, height in values))
    elif one.kind == "category":
        _count(found, "class", (one.names[value] if 0 <= value < len(one.names) else str(value) for value in values))
    elif one.kind == "order":
        spread.add("places", list(map(len, values)))
        if found.spreads["places"].most <= _MOST_PLACES:
            _count(found, "order", (" ".join(map(str, value)) for value in values))
        else:
            found.counts.pop("order", None)
    elif one.kind in _TEXTS:
        texts = values if one.kind == "text" else [text for value in values for text in value]
        if one.kind == "texts":
            spread.add("texts", list(map(len, values)))
        spread.add("characters", list(map(len, texts)))
        spread.add("words", _words(texts))
    else:
        _measure_numbers(spread, values)


def _measure_numbers(spread: _Spreads, values: list[Any]) -> None:
    import numpy as np

    arrays = [np.asarray(value, np.float64) for value in values]
    spread.add("count", [array.size for array in arrays])
    if arrays:
        spread.add("value", np.concatenate([array.ravel() for array in arrays]))


@dataclass(frozen=True)
class _Spreads:
    """Spreads by name, made when they are first added to."""

    by_name: dict[str, Spread]

    def add(self, name: str, numbers: Any) -> None:  # noqa: ANN401 - whatever makes an array
        self.by_name.setdefault(name, Spread()).add(numbers)


def _count(found: FieldNumbers, name: str, values: Iterator[str]) -> None:
    counts = found.counts.setdefault(name, Counts())
    for value, count in Counter(values).items():
        counts.add(value, count)


def _words(texts: list[str]) -> Any:  # noqa: ANN401 - an array of integers
    """How many words each text has, as the tasks count them."""
    from sslabel.blocks import Strings
    from sslabel.transforms.text.words import passages_of

    if not texts:
        return []
    return passages_of(Strings.of(texts), [""] * len(texts)).counts
