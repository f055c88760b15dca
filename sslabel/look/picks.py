"""Some examples of each class of a data set, drawn by a seed, and reading just those."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sslabel.codecs import Field, Schema
from sslabel.look.datasets import DataSet
from sslabel.look.parts import Stored
from sslabel.look.rows import rows
from sslabel.look.shards import Shard
from sslabel.look.statistics import share
from sslabel.look.wanted import EVERYTHING
from sslabel.seeding import digest
from sslabel.values import part_of

T = TypeVar("T")

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


def class_field(schema: Schema) -> Field | None:
    """The field of the label that examples are sorted by: a class before an order; None where there is neither."""
    labels = [one for one in schema.fields if part_of(one.name)[0] == "label"]
    for kind in ("category", "order"):
        for one in labels:
            if one.kind == kind:
                return one
    return None


def pick(data: DataSet, *, count: int, seed: int, sample: int | None) -> Picks:
    """`count` examples of each class, twice as many where there are no classes, of those that a sample looks at."""
    by = class_field(data.schema)
    heaps: dict[str, list[tuple[int, Pick]]] = {}
    everything: list[tuple[int, Pick]] = []
    of_all = sum(record.pairs for record in data.records())
    for record in data.records():
        number = 0
        names = [by.name] if by is not None else []
        for batch in rows(data.place(record), data.schema, names, share(record.pairs, of_all, sample)):
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


def fetch(data: DataSet, picks: Sequence[Pick]) -> Iterator[tuple[Pick, Stored]]:
    """The chosen examples shard by shard, each to be used before the next is asked for."""
    for record in data.records():
        wanted = {one.number: one for one in picks if one.shard == record.shard}
        if wanted:
            found = Shard.of(data, record).examples(EVERYTHING, partial(_at, sorted(wanted)))
            yield from zip((wanted[number] for number in sorted(wanted)), found, strict=True)


def _at(numbers: Sequence[int], found: Iterable[T]) -> Iterator[T]:
    """Those that stand at these numbers, which ascend."""
    left = iter(numbers)
    following = next(left, None)
    for number, one in enumerate(found):
        if number == following:
            yield one
            following = next(left, None)
            if following is None:
                return
