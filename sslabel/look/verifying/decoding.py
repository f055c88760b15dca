"""The values in a shard: each field of each example decoded, and found to be what its data set promises."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from sslabel.codecs import CODECS, NOTE_TYPES, Field, Schema, decode, fits_field
from sslabel.look.parts import PICTURES
from sslabel.look.verifying.findings import Damaged
from sslabel.look.verifying.structure import endings, library_words, members
from sslabel.values import Mask, Texts, Value


def check_values(path: Path, task: str, schema: Schema, pairs: int, went_on: Callable[[], None]) -> None:
    """Decode a shard whole; Damaged where a value is not what the schema says. `went_on` is called for each example.

    Meant for a shard whose bytes are those recorded: what is damaged at random may ask a decoder for any memory.
    """
    rows = _tar_rows(path, schema, pairs) if path.suffix == ".tar" else _parquet_rows(path, schema)
    for key, source, cells, meta in rows:
        for field, cell in cells:
            try:
                problem = _value_problem(cell(), field)
            except Damaged as damage:
                problem = str(damage)
            except Exception as error:  # noqa: BLE001 - damaged bytes may fail in any way inside a decoder
                problem = library_words(error)
            if problem:
                msg = f"{key}: {field.name}: {problem}"
                raise Damaged(msg)
        problem = _meta_problem(meta, task, source, schema)
        if problem:
            msg = f"{key}: meta: {problem}"
            raise Damaged(msg)
        went_on()


_Cells: TypeAlias = list[tuple[Field, Callable[[], Value]]]
_Row: TypeAlias = tuple[str, str | None, _Cells, bytes]
"""A key, the source where it stands beside the meta data, the fields with what decodes them, and the meta data."""


def _tar_rows(path: Path, schema: Schema, pairs: int) -> Iterator[_Row]:
    each = len(endings(schema))
    with path.open("rb", buffering=0) as file:
        data: list[bytes] = []
        for one in members(file.fileno(), schema, pairs):
            data.append(one.read(file))
            if len(data) < each:
                continue
            cells: _Cells = [
                (field, lambda field=field, raw=raw: _from_bytes(raw, field))  # type: ignore[misc]
                for field, raw in zip(schema.fields, data, strict=False)
            ]
            yield one.key, None, cells, data[-1]
            data = []


def _from_bytes(raw: bytes, field: Field) -> Value:
    if field.kind in PICTURES:
        _check_ends(raw, field.extension)
    return decode(raw, field)


def _parquet_rows(path: Path, schema: Schema) -> Iterator[_Row]:
    import pyarrow.parquet as pq

    with path.open("rb") as opened, pq.ParquetFile(opened) as file:
        for batch in file.iter_batches(batch_size=64):
            for row in batch.to_pylist():
                cells: _Cells = [
                    (field, lambda field=field, row=row: _from_cell(row, field, schema))  # type: ignore[misc]
                    for field in schema.fields
                ]
                yield row["key"], row["source"], cells, str(row["meta"]).encode()


def _from_cell(row: Mapping[str, Any], field: Field, schema: Schema) -> Value:
    cell = row[schema.column(field)]
    if cell is None:
        msg = "it is null"
        raise Damaged(msg)
    if field.kind in PICTURES:
        expected = f"{row['key']}.{field.name}.{field.extension}"
        if cell["path"] != expected:
            msg = f"its path is {cell['path']!r}, where {expected!r} is due"
            raise Damaged(msg)
        _check_ends(cell["bytes"], field.extension)
    return CODECS[field.kind].from_cell(cell, field)


def _check_ends(raw: bytes, extension: str) -> None:
    """Damaged where the bytes do not begin and end as a picture of this kind: decoders make up what is cut off."""
    begins, ends = {
        "jpg": (b"\xff\xd8\xff", b"\xff\xd9"),
        "png": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
        "webp": (b"RIFF", b""),
    }[extension]
    whole = extension != "webp" or (raw[8:12] == b"WEBP" and int.from_bytes(raw[4:8], "little") + 8 == len(raw))
    if not (raw.startswith(begins) and raw.endswith(ends) and whole):
        msg = f"it is not a whole {extension}"
        raise Damaged(msg)


def _value_problem(value: Value, field: Field) -> str:
    if not fits_field(value, field):
        return f"it is {value!r:.100}, where the data set has {field.kind} {field.dtype}".rstrip()
    if isinstance(value, Texts) and not all(isinstance(one, str) for one in value.texts):
        return "it is no list of texts"
    if isinstance(value, Mask):
        import numpy as np

        if not np.isin(value.pixels, (0, 255)).all():
            return "a mask is 0 or 255 everywhere, and this is not"
    return ""


def _meta_problem(raw: bytes, task: str, source: str | None, schema: Schema) -> str:
    try:
        meta = json.loads(raw)
        types = {name: NOTE_TYPES.get(type(note)) for name, note in meta.items()}
    except (ValueError, AttributeError) as error:
        return library_words(error)
    if types != schema.meta:
        return f"it has {types}, where the data set has {dict(schema.meta)}"
    if meta.get("task", task) != task:
        return f"it is of task {meta['task']!r}"
    if source is not None and meta["source"] != source:
        return f"its source is {meta['source']!r}, and that of the row is {source!r}"
    return ""
