"""Shards to look into: which there are in an output or a foreign folder, and the examples that one holds.

Nothing is read that is not asked for: of a tar the headers up to the example, of a Parquet file the columns that a
choice is made by.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from types import MappingProxyType
from typing import Any, BinaryIO

from sslabel.codecs import Schema
from sslabel.engine.records import Record
from sslabel.errors import UsageError
from sslabel.look import datasets, foreign
from sslabel.look.datasets import DataSet
from sslabel.look.parts import Part, Stored, damage
from sslabel.look.places import Place
from sslabel.look.tars import Member, grouped, members
from sslabel.look.wanted import Wanted, in_order
from sslabel.options import did_you_mean

_TARS, _PARQUETS = (".tar", ".tar.gz", ".tgz"), (".parquet",)
_GZIP = b"\x1f\x8b"
_MOST_ROWS, _BYTES_AT_ONCE = 512, 1 << 20


@dataclass(frozen=True)
class Shard:
    """A shard: where it is, what it is of, and about how much it holds beside others.

    Without a `schema`, another tool wrote it.
    """

    place: Place
    weight: int
    task: str = ""
    split: str = ""
    schema: Schema | None = None
    step: tuple[str, Mapping[str, Any]] = ("", MappingProxyType({}))

    @classmethod
    def of(cls, data: DataSet, record: Record) -> Shard:
        """A finished shard of ours."""
        return cls(data.place(record), record.pairs, data.task, record.split, data.schema, data.step)

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.place.name

    def examples(self, wanted: Wanted, choose: Callable[[Iterable[Any]], Iterable[Any]] = in_order) -> Iterator[Stored]:
        """Its examples that are wanted, and of these what is chosen; each is to be used before the next is asked for.

        Raises DamageError where the shard cannot be read, TryLaterError where it cannot be reached.
        """
        with damage(self.place.shown), self.place.opened() as file:
            if self.name.lower().endswith(_PARQUETS):
                found = _of_parquet(self, file, wanted, choose)
            else:
                found = iter(choose(filter(wanted.takes, _of_tar(self, file))))
            for one in found:
                yield one.stands(self.place.shown)


def shards_of(where: str) -> list[Shard]:
    """The shards of an output of ours, as far as it is finished, or those that other tools left in a folder.

    UsageError where there is nothing of the kind.
    """
    place = Place.of(where)
    is_shard = place.name.lower().endswith(_TARS + _PARQUETS)
    if is_shard and (size := place.size()) is not None:
        return [_owned(place) or Shard(place, size)]
    if not place.is_folder():
        there = place.size() is not None
        what = "an output folder, a .tar or a .parquet file is needed" if there else "there is no such file or folder"
        msg = f"{where}: {what}"
        raise UsageError(msg)
    ours = list(_ours(place)) or _of_task(place)
    if ours:
        return ours
    found = [Shard(one, one.size() or 0) for one in place.below() if one.name.lower().endswith(_TARS + _PARQUETS)]
    if not found and not place.child(".sslabel").is_folder():
        msg = f"{where}: there is no output of sslabel here, and no .tar or .parquet file"
        raise UsageError(msg)
    return found


def _owned(place: Place) -> Shard | None:
    """A single shard as that of the output that it stands in; None where there is none."""
    return next((one for one in _of_task(place.parent) if one.name == place.name), None)


def _of_task(folder: Place) -> list[Shard]:
    """The shards in the folder of a task, as those of the output that it stands in; none where it is no such folder."""
    out = folder.parent
    found = _ours(out) if out.child(".sslabel").is_folder() else ()
    return [one for one in found if one.task == folder.name]


def _ours(out: Place) -> Iterator[Shard]:
    """The finished shards of an output, plan by plan, in the order of its units."""
    with datasets.state_of(out) as state:
        for data in datasets.all_of(out, state):
            yield from (Shard.of(data, record) for record in data.records())


def chosen(shards: Sequence[Shard], where: str, task: str | None, split: str | None, shard: str | None) -> list[Shard]:
    """Those of a task, of a split, of a name; UsageError for what is not there."""
    for what, name, names in (
        ("task", task, [one.task for one in shards]),
        ("split", split, [one.split for one in shards]),
        ("shard", shard, [one.name for one in shards]),
    ):
        if name is not None and name not in names:
            msg = f"{where}: there is no {what} {name!r}{did_you_mean(name, {one for one in names if one})}"
            raise UsageError(msg)
    return [
        one for one in shards if task in (None, one.task) and split in (None, one.split) and shard in (None, one.name)
    ]


def able(shards: Sequence[Shard], wanted: Wanted) -> list[Shard]:
    """Those that may hold what is wanted; UsageError for a field that none of ours has."""
    known = {
        shard.task: {*(one.name for one in shard.schema.fields), *shard.schema.meta} for shard in shards if shard.schema
    }
    found = [shard for shard in shards if all(name in known.get(shard.task, {name}) for name, _ in wanted.where)]
    if shards and not found:
        names = set().union(*known.values())
        ((name, value), *_) = [pair for pair in wanted.where if pair[0] not in names] or wanted.where
        msg = f"--where {name}={value}: there is no field {name!r}{did_you_mean(name, names)}"
        raise UsageError(msg)
    return found


def _of_tar(shard: Shard, file: BinaryIO) -> Iterator[Stored]:
    if file.read(len(_GZIP)) == _GZIP:  # whatever it is called
        import gzip

        file.seek(0)
        file = gzip.GzipFile(fileobj=file)  # type: ignore[assignment]
    where: dict[str, Any] = {"task": shard.task, "split": shard.split, "shard": shard.name, "step": shard.step}
    for key, found in grouped(members(file, ended=shard.schema is not None)):
        if shard.schema is None:
            parts = {name: foreign.of_member(name, one.size, partial(one.read, file)) for name, one in found.items()}
            yield Stored(key, parts, dict, **where)
            continue
        fields = {one: found[shard.schema.member(one)] for one in shard.schema.fields}
        parts = {one.name: Part.of_member(one, at.size, partial(at.read, file)) for one, at in fields.items()}
        yield Stored(key, parts, partial(_meta, found["meta.json"], file), **where)


def _meta(member: Member, file: BinaryIO) -> Any:  # noqa: ANN401 - JSON
    return json.loads(member.read(file))


def _of_parquet(
    shard: Shard, file: BinaryIO, wanted: Wanted, choose: Callable[[Iterable[int]], Iterable[int]]
) -> Iterator[Stored]:
    import pyarrow.parquet as pq

    # Not all at once: a foreign row group may be as large as the file.
    with pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20) as opened:
        names = foreign.class_names(opened.schema_arrow.metadata)
        make = partial(_of_row, shard, names)
        rows = _Rows(opened)
        for number in choose(_numbers(opened, wanted, shard.schema, make)):
            yield make(number, rows.at(number))


def _numbers(opened: Any, wanted: Wanted, schema: Schema | None, make: Callable[..., Stored]) -> Iterator[int]:  # noqa: ANN401
    """The rows that are wanted, found without reading other columns than the choice is made by."""
    if wanted.everything:
        yield from range(opened.metadata.num_rows)
        return
    number = 0
    columns = wanted.columns(schema, opened.schema_arrow.names)
    for batch in opened.iter_batches(batch_size=1024, columns=columns) if columns else ():
        for row in batch.to_pylist():
            if wanted.takes(make(number, row)):
                yield number
            number += 1


def _of_row(shard: Shard, names: Mapping[str, Sequence[str]], number: int, row: Mapping[str, Any]) -> Stored:
    """An example from a row of a Parquet file, or from some of its columns."""
    where: dict[str, Any] = {"task": shard.task, "split": shard.split, "shard": shard.name, "step": shard.step}
    if shard.schema is None:
        return Stored(str(row.get("key", row.get("__key__", number))), foreign.of_row(row, names), dict, **where)
    schema = shard.schema
    parts = {one.name: Part.of_cell(one, row[schema.column(one)]) for one in schema.fields if schema.column(one) in row}
    told = {"source": row.get("source")}
    return Stored(row.get("key", ""), parts, lambda: json.loads(row["meta"]) if "meta" in row else told, **where)


class _Rows:
    """The rows of a Parquet file, by ascending number: a few at a time, from the row group that they stand in."""

    def __init__(self, opened: Any) -> None:  # noqa: ANN401 - a ParquetFile
        self._opened = opened
        groups = [opened.metadata.row_group(number) for number in range(opened.metadata.num_row_groups)]
        self._ends = list(accumulate(group.num_rows for group in groups))
        self._at_once = [
            max(1, min(_MOST_ROWS, _BYTES_AT_ONCE * group.num_rows // max(1, group.total_byte_size)))
            for group in groups
        ]
        self._group, self._begin, self._end = -1, 0, 0
        self._rows: list[Mapping[str, Any]] = []
        self._batches: Iterator[Any] = iter(())

    def at(self, number: int) -> Mapping[str, Any]:
        """One of them."""
        group = bisect_right(self._ends, number)
        if group != self._group:
            self._batches = self._opened.iter_batches(batch_size=self._at_once[group], row_groups=[group])
            self._group = group
            self._begin = self._end = self._ends[group - 1] if group else 0
        while number >= self._end:
            self._rows = next(self._batches).to_pylist()
            self._begin, self._end = self._end, self._end + len(self._rows)
        return self._rows[number - self._begin]
