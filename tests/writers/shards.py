"""Examples and schemas that the tests of the writers share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sslabel.codecs import Encoded, Field, PictureFormat, Schema, encode, field_of
from sslabel.registry import find
from sslabel.storage import WholeFile
from sslabel.values import Category, ClassMap, Mask, Numbers, Order, Picture, Text, Texts, Value
from tests.pictures import photo

META = {"source": "string", "copy": "int64", "level": "float64"}


def row(number: int) -> dict[str, Value]:
    """A value of every kind, another one for each number."""
    pixels = photo(24, 16, number)
    floats = np.random.default_rng(number).standard_normal((2, 1 + number % 3, 2)).astype(np.float32)
    return {
        "input": Picture(pixels),
        "input_mask": Mask(np.where(pixels[:, :, 0] > 128, 255, 0).astype(np.uint8)),
        "label": Category(number % 2, ("no", "yes")),
        "label_map": ClassMap(pixels[:, :, 1].astype(np.uint16)),
        "label_order": Order((2, 0, 1)),
        "label_numbers": Numbers(floats),
        "label_offsets": Numbers(np.array([number, -0.5])),
        "caption": Text(f"a picture, no. {number} – ünïcode"),
        "words": Texts(("a", "picture") * (number % 2)),
    }


def schema_of(values: dict[str, Value], members: dict[str, str] | None = None) -> Schema:
    """The schema of a data set with such values."""
    fields = [field_of(name, value, PictureFormat(), lossless=False) for name, value in values.items()]
    return Schema(tuple(fields), META, members or {})


def encoded_row(number: int, values: dict[str, Value], schema: Schema) -> Encoded:
    """An example ready to be written."""
    data = [encode(value, field, 90) for value, field in zip(values.values(), schema.fields, strict=True)]
    meta: dict[str, Any] = {"source": f"birds/{number}.jpg", "copy": number, "level": number / 8}
    return Encoded(f"{number:032x}", f"birds/{number}.jpg", list(values.values()), data, meta)


def some(count: int, members: dict[str, str] | None = None) -> tuple[Schema, list[Encoded]]:
    """A schema of every kind of value, and some examples."""
    schema = schema_of(row(0), members)
    return schema, [encoded_row(number, row(number), schema) for number in range(count)]


def raw(key: str, data: Sequence[bytes]) -> Encoded:
    """An example whose bytes are given as they are, its values being of no account."""
    return Encoded(key, "a.jpg", [Picture(photo(1, 1))] * len(data), data, {"source": "a.jpg"})


def pictures_schema(names: Sequence[str] = ("input",), members: dict[str, str] | None = None) -> Schema:
    """A schema of JPEGs alone."""
    return Schema(tuple(Field(name, "picture", "jpg") for name in names), {"source": "string"}, members or {})


def written(path: Path, writer: str, schema: Schema, examples: Sequence[Encoded]) -> bytes:
    """A shard, as the engine writes it."""
    with WholeFile(path) as file:
        shard = find("writer", writer).function(file, schema)
        for example in examples:
            shard.add(example)
        shard.close()
    return path.read_bytes()
