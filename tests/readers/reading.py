"""Reading a text file of which the bytes are given, with every block of passages found to be whole."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, settings

from sslabel.blocks import Passages
from sslabel.readers import Reading, SourceFile
from sslabel.readers.text import texts as module
from sslabel.readers.text.texts import texts
from sslabel.transforms.text.units import WHITE
from sslabel.transforms.text.words import word_bounds

LOOSE = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


def file_of(
    folder: Path, data: bytes, name: str = "a.txt", begin: int = 0, end: int | None = None, **how: Any
) -> SourceFile:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    module._encoding_in.cache_clear()  # a file may be written twice within one tick of the clock
    return SourceFile(name, os.fsencode(path), len(data), 0, begin, end, Reading(**how))


def read(file: SourceFile) -> tuple[list[tuple[str, str]], list[Any]]:
    """The passages, named, and whatever else the reader gives. Every block is found to be whole."""
    passages, others = [], []
    for one in texts(file):
        if not isinstance(one, Passages):
            others.append(one)
            continue
        assert len(one) == len(one.sources) == len(one.documents) == len(one.text) > 0
        assert all(len(values) == len(one) for values in one.fields.values())
        assert all(text == text.strip(WHITE) != "" for text in one.text)
        assert one.counts.min() >= file.reading.min_words
        assert one.counts.max() <= file.reading.max_words
        if one.text.codes.max() < 0x250:  # where no dictionary sees another text than before
            found = word_bounds(one.text)
            assert all(np.array_equal(*both) for both in zip(found, (one.begins, one.ends, one.bounds), strict=True))
        passages += list(zip(one.sources, one.text, strict=True))
    assert len({source for source, _ in passages}) == len(passages)
    return passages, others


def read_data(folder: Path, data: bytes, name: str = "a.txt", **how: Any) -> tuple[list[tuple[str, str]], list[Any]]:
    return read(file_of(folder, data, name, **how))


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parquet_of(rows: list[dict[str, Any]], **how: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer, **how)
    return buffer.getvalue()
