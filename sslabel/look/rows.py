"""What stands in a shard, column by column, without decoding a picture: of pictures the size alone.

A tar is walked from header to header, and the pictures in it are passed over; of Parquet only the columns that are
asked for are read.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from sslabel.codecs import Field, Schema
from sslabel.look.parts import PICTURES, damage
from sslabel.look.places import Place
from sslabel.look.sizes import picture_size, size_of
from sslabel.look.tars import BLOCK, members

META = "meta"
_BATCH, _BATCH_OF_PICTURES = 2048, 64
_AHEAD = 4096
"""So much is read ahead of each header: the beginning of a member costs nothing more."""


@dataclass(slots=True)
class Rows:
    """Some examples of a shard, one after the other: their keys, and the fields that were asked for as lists.

    A text is a string, a class its number, lists and arrays are what they are, a picture is (width, height). `meta`
    holds the meta data as JSON.
    """

    keys: list[str] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)


def rows(place: Place, schema: Schema, names: Sequence[str], most: int | None = None) -> Iterator[Rows]:
    """The fields of these names (`meta` among them) of a shard's first examples, batch by batch.

    Raises DamageError for a shard that cannot be read.
    """
    wanted = [one for one in schema.fields if one.name in names]
    read = _tar_rows if place.name.endswith(".tar") else _parquet_rows
    with damage(place.shown), place.opened(_AHEAD) as file:
        yield from read(file, schema, wanted, META in names, most)


def _tar_rows(file: BinaryIO, schema: Schema, wanted: list[Field], meta: bool, most: int | None) -> Iterator[Rows]:
    by_member = {schema.member(one): one for one in wanted}
    batch, key, count = _empty(wanted, meta), None, 0
    for found in members(file, ended=True):
        if found.key != key:
            if count == most:
                break
            if len(batch) == _BATCH:
                yield _checked(batch)
                batch = _empty(wanted, meta)
            key, count = found.key, count + 1
            batch.keys.append(key)
        member = found.name[len(found.key) + 1 :]
        if member in by_member:
            one = by_member[member]
            light = picture_size(found.read(file, _AHEAD - BLOCK)) if one.kind in PICTURES else None
            batch.columns[one.name].append(light or _light(found.read(file), one))
        elif meta and member == "meta.json":
            batch.columns[META].append(found.read(file).decode("utf-8"))
    if batch.keys:
        yield _checked(batch)


def _empty(wanted: list[Field], meta: bool) -> Rows:
    return Rows([], {name: [] for name in [*(one.name for one in wanted), *([META] if meta else [])]})


def _checked(batch: Rows) -> Rows:
    """The batch; ValueError where an example lacks a field."""
    for name, column in batch.columns.items():
        if len(column) != len(batch.keys):
            msg = f"{len(column)} of {len(batch.keys)} examples have the field {name}"
            raise ValueError(msg)
    return batch


def _light(data: bytes, one: Field) -> Any:  # noqa: ANN401 - what Rows holds
    if one.kind in PICTURES:
        return size_of(data)
    if one.kind == "category":
        return int(data)
    if one.kind == "text":
        return data.decode("utf-8")
    if one.extension == "npy":
        import numpy as np

        return np.load(io.BytesIO(data), allow_pickle=False)
    return json.loads(data)


def _parquet_rows(file: BinaryIO, schema: Schema, wanted: list[Field], meta: bool, most: int | None) -> Iterator[Rows]:
    import pyarrow.parquet as pq

    columns = {one.name: schema.column(one) for one in wanted} | ({META: META} if meta else {})
    pictures = {one.name for one in wanted if one.kind in PICTURES}
    asked = [f"{column}.bytes" if name in pictures else column for name, column in columns.items()]
    size = _BATCH_OF_PICTURES if pictures else _BATCH
    with pq.ParquetFile(file, buffer_size=1 << 20, pre_buffer=False) as opened:
        left = opened.metadata.num_rows if most is None else min(most, opened.metadata.num_rows)
        for batch in opened.iter_batches(min(size, max(1, left)), columns=["key", *asked], use_threads=False):
            if left <= 0:
                return
            table = batch.slice(0, left)
            left -= len(table)
            made = Rows(table.column("key").to_pylist())
            for name, column in columns.items():
                cells = table.column(column)
                made.columns[name] = _sizes(cells) if name in pictures else cells.to_pylist()
            yield made


def _sizes(cells: Any) -> list[tuple[int, int]]:  # noqa: ANN401 - an Arrow column of pictures
    found = []
    for cell in cells.field("bytes"):
        data = cell.as_buffer()
        found.append(picture_size(data[:_AHEAD].to_pybytes()) or size_of(data.to_pybytes()))
    return found
