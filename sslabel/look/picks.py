"""Some examples of each class of a data set, drawn by a seed, and reading just those."""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sslabel.codecs import CODECS, Field, Schema, decode
from sslabel.engine.plan import Plan
from sslabel.errors import DamageError
from sslabel.look.rows import members, rows
from sslabel.look.statistics import records_of, share
from sslabel.seeding import digest
from sslabel.values import Value, part_of

_MOST_CLASSES, _OF_MANY = 24, 8
_REMEMBERED = 2000


@dataclass(frozen=True, slots=True, order=True)
class Pick:
    """Where a chosen example stands. The one whose draw is lowest goes first."""

    draw: bytes
    shard: str
    number: int


@dataclass(slots=True)
class Picks:
    """The chosen examples by class; one class without a name where there are none. `of` classes were seen."""

    by_class: dict[str, list[Pick]] = field(default_factory=dict)
    of: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """An example that was chosen, decoded."""

    key: str
    fields: Mapping[str, Value]
    meta: Mapping[str, Any]


def class_field(schema: Schema) -> Field | None:
    """The field of the label that examples are sorted by: a class before an order; None where there is neither."""
    labels = [one for one in schema.fields if part_of(one.name)[0] == "label"]
    for kind in ("category", "order"):
        for one in labels:
            if one.kind == kind:
                return one
    return None


def pick(  # noqa: PLR0913 - what is chosen from, and how many
    out: Path, plan: Plan, task: str, splits: Sequence[str], *, count: int, seed: int, sample: int | None
) -> Picks:
    """`count` examples of each class, twice as many where there are no classes, of those that a sample looks at."""
    schema = plan.schemas[task]
    by = class_field(schema)
    heaps: dict[str, list[tuple[int, Pick]]] = {}
    everything: list[tuple[int, Pick]] = []
    of_all = sum(record.pairs for record in records_of(out, plan, task, splits))
    for record in records_of(out, plan, task, splits):
        number = 0
        names = [by.name] if by is not None else []
        for batch in rows(out / task / record.shard, schema, names, share(record.pairs, of_all, sample)):
            labels = batch.columns[by.name] if by is not None else [None] * len(batch)
            for key, label in zip(batch.keys, labels, strict=True):
                one = Pick(digest(str(seed), "page", key, size=8), record.shard, number)
                number += 1
                _keep(everything, one, 2 * count)
                name = "" if by is None else _name(label, by)
                if name in heaps or len(heaps) < _REMEMBERED:
                    _keep(heaps.setdefault(name, []), one, count)
    if by is None or (by.kind == "order" and len(heaps) > _MOST_CLASSES):
        return Picks({"": _sorted(everything)} if everything else {}, len(heaps))
    order = [name for name in by.names if name in heaps] if by.kind == "category" else sorted(heaps)
    shown = (
        order if len(order) <= _MOST_CLASSES else sorted(order, key=lambda name: _sorted(heaps[name])[:1])[:_OF_MANY]
    )
    return Picks({name: _sorted(heaps[name]) for name in shown}, len(heaps))


def _keep(heap: list[tuple[int, Pick]], one: Pick, count: int) -> None:
    """Keep those with the lowest draws; the highest of them is on top of the heap."""
    item = (-int.from_bytes(one.draw, "big"), one)
    if len(heap) < count:
        heapq.heappush(heap, item)
    elif heap and item > heap[0]:
        heapq.heapreplace(heap, item)


def _sorted(heap: list[tuple[int, Pick]]) -> list[Pick]:
    return sorted(one for _, one in heap)


def _name(label: Any, by: Field) -> str:  # noqa: ANN401 - a class's number, or an order
    if by.kind == "category":
        return by.names[label] if 0 <= label < len(by.names) else str(label)
    return " ".join(map(str, label))


def fetch(out: Path, plan: Plan, task: str, picks: Sequence[Pick]) -> Iterator[tuple[Pick, Shown]]:
    """The chosen examples, decoded, shard by shard; DamageError where one cannot be read."""
    schema = plan.schemas[task]
    for shard in sorted({one.shard for one in picks}):
        wanted = {one.number: one for one in picks if one.shard == shard}
        path = out / task / shard
        read = _from_tar if plan.formats[task] == "webdataset" else _from_parquet
        try:
            for number, shown in read(path, schema, sorted(wanted)):
                yield wanted[number], shown
        except (ValueError, KeyError, OSError) as error:
            msg = f"{path} cannot be read: {type(error).__name__}: {error}"
            raise DamageError(msg) from error


def _from_tar(path: Path, schema: Schema, numbers: Sequence[int]) -> Iterator[tuple[int, Shown]]:
    with path.open("rb", buffering=0) as file:
        number, key = -1, None
        files: dict[str, bytes] = {}
        left = set(numbers)
        for name, begin, size, _ in members(path):
            own, _, member = name.partition(".")
            if own != key:
                if number in left:
                    left.remove(number)
                    yield number, _decoded(str(key), schema, files)
                if not left:
                    return
                key, number, files = own, number + 1, {}
            if number in left:
                files[member] = os.pread(file.fileno(), size, begin)
        if number in left:
            yield number, _decoded(str(key), schema, files)


def _decoded(key: str, schema: Schema, files: Mapping[str, bytes]) -> Shown:
    values = {one.name: decode(files[schema.member(one)], one) for one in schema.fields}
    return Shown(key, values, json.loads(files["meta.json"]))


def _from_parquet(path: Path, schema: Schema, numbers: Sequence[int]) -> Iterator[tuple[int, Shown]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        begin = 0
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            own = [number for number in numbers if begin <= number < begin + size]
            table = file.read_row_group(group, use_threads=False) if own else file.schema_arrow.empty_table()
            for number in own:
                (row,) = table.slice(number - begin, 1).to_pylist()
                values = {one.name: CODECS[one.kind].from_cell(row[schema.column(one)], one) for one in schema.fields}
                yield number, Shown(row["key"], values, json.loads(row["meta"]))
            begin += size
