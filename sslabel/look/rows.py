"""What stands in a shard, column by column, without decoding a picture: of pictures the size alone.

A tar is walked from header to header, and the pictures in it are passed over; of Parquet only the columns that are
asked for are read.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sslabel.codecs import Field, Schema
from sslabel.errors import DamageError
from sslabel.look.sizes import decoded_size, picture_size

PICTURES = ("picture", "mask", "class_map")
META = "meta"
_BATCH, _BATCH_OF_PICTURES = 2048, 64
_BLOCK, _AHEAD = 512, 4096


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


def rows(path: Path, schema: Schema, names: Sequence[str], most: int | None = None) -> Iterator[Rows]:
    """The fields of these names (`meta` among them) of a shard's first examples, batch by batch.

    Raises DamageError for a shard that cannot be read.
    """
    wanted = [one for one in schema.fields if one.name in names]
    read = _tar_rows if path.suffix == ".tar" else _parquet_rows
    try:
        yield from read(path, schema, wanted, META in names, most)
    except (ValueError, KeyError, OSError) as error:  # those of Arrow are ValueError and OSError
        msg = f"{path} cannot be read: {type(error).__name__}: {error}"
        raise DamageError(msg) from error


def members(path: Path) -> Iterator[tuple[str, int, int, bytes]]:
    """The name of each file in a tar, where its bytes begin, how many they are, and the first few thousand of them."""
    with path.open("rb", buffering=0) as file:
        number, at, end = file.fileno(), 0, os.fstat(file.fileno()).st_size
        while at + _BLOCK <= end:
            ahead = os.pread(number, _AHEAD, at)
            header = ahead[:_BLOCK]
            if not header.strip(b"\0"):
                return
            if int(header[148:156].strip(b"\0 ") or b"0", 8) != sum(header) - sum(header[148:156]) + 8 * ord(" "):
                msg = f"no tar header at byte {at}"
                raise ValueError(msg)
            size = int(header[124:136].strip(b"\0 "), 8)
            begin = at + _BLOCK
            if begin + size > end:
                msg = f"the tar ends within the file at byte {begin}"
                raise ValueError(msg)
            yield header[:100].split(b"\0", 1)[0].decode("utf-8"), begin, size, ahead[_BLOCK : _BLOCK + size]
            at = begin + -(-size // _BLOCK) * _BLOCK
    msg = "the tar has no end"
    raise ValueError(msg)


def _tar_rows(path: Path, schema: Schema, wanted: list[Field], meta: bool, most: int | None) -> Iterator[Rows]:
    by_member = {schema.member(one): one for one in wanted}
    with path.open("rb", buffering=0) as file:
        batch, key, count = _empty(wanted, meta), None, 0
        for name, begin, size, head in members(path):
            own, _, member = name.partition(".")
            if own != key:
                if count == most:
                    break
                if len(batch) == _BATCH:
                    yield _checked(batch)
                    batch = _empty(wanted, meta)
                key, count = own, count + 1
                batch.keys.append(own)
            if member in by_member:
                one = by_member[member]
                light = picture_size(head) if one.kind in PICTURES else None
                data = head if len(head) == size or light else os.pread(file.fileno(), size, begin)
                batch.columns[one.name].append(light or _light(data, one))
            elif meta and member == "meta.json":
                data = head if len(head) == size else os.pread(file.fileno(), size, begin)
                batch.columns[META].append(data.decode("utf-8"))
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
        return picture_size(data) or decoded_size(data)
    if one.kind == "category":
        return int(data)
    if one.kind == "text":
        return data.decode("utf-8")
    if one.extension == "npy":
        import numpy as np

        return np.load(io.BytesIO(data), allow_pickle=False)
    return json.loads(data)


def _parquet_rows(path: Path, schema: Schema, wanted: list[Field], meta: bool, most: int | None) -> Iterator[Rows]:
    import pyarrow.parquet as pq

    columns = {one.name: schema.column(one) for one in wanted} | ({META: META} if meta else {})
    pictures = {one.name for one in wanted if one.kind in PICTURES}
    asked = [f"{column}.bytes" if name in pictures else column for name, column in columns.items()]
    size = _BATCH_OF_PICTURES if pictures else _BATCH
    with pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
        left = file.metadata.num_rows if most is None else min(most, file.metadata.num_rows)
        for batch in file.iter_batches(min(size, max(1, left)), columns=["key", *asked], use_threads=False):
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
        found.append(picture_size(data[:_AHEAD].to_pybytes()) or decoded_size(data.to_pybytes()))
    return found
