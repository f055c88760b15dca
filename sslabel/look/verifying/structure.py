"""The structure of a shard: what shows without reading its data that it is not what was written.

Of a tar, every header and all that is neither header nor data is compared with what the writer writes; of Parquet,
the footer, the schema and the keys are read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sslabel.codecs import Schema
from sslabel.errors import in_one_line
from sslabel.look.tars import BLOCK, Member
from sslabel.look.verifying.findings import Damaged
from sslabel.writers.parquet import arrow_schema
from sslabel.writers.webdataset import tar_header

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RECORD = 20 * BLOCK
_MAGIC = b"PAR1"
_KEY = re.compile(r"[0-9a-f]{32}")


def keys_of(path: Path, schema: Schema, pairs: int) -> NDArray[np.uint64]:
    """The keys of a shard of so many pairs, two words each; Damaged where its structure is not what was written."""
    keys = tar_keys(path, schema, pairs) if path.suffix == ".tar" else parquet_keys(path, schema, pairs)
    import numpy as np

    return np.frombuffer(bytes.fromhex("".join(keys)), "<u8").reshape(-1, 2)


def endings(schema: Schema) -> list[str]:
    """What stands behind the key in the names of an example's members, in order."""
    return [*(f".{schema.member(field)}" for field in schema.fields), ".meta.json"]


def tar_keys(path: Path, schema: Schema, pairs: int) -> list[str]:
    """The keys of a tar, in order."""
    with path.open("rb", buffering=0) as file:
        each = len(endings(schema))
        return [one.key for number, one in enumerate(members(file.fileno(), schema, pairs)) if number % each == 0]


def members(descriptor: int, schema: Schema, pairs: int) -> Iterator[Member]:
    """The members of a tar by their headers alone; Damaged for what the writer would not have written."""
    size = os.fstat(descriptor).st_size
    wanted = endings(schema)
    at, key = 0, ""
    padding = 0
    for number in range(pairs * len(wanted)):
        place = number % len(wanted)
        head = os.pread(descriptor, padding + BLOCK, at)
        if len(head) < padding + BLOCK:
            msg = f"it ends at byte {size}, within pair {number // len(wanted) + 1} of {pairs}"
            raise Damaged(msg)
        at += padding
        if any(head[:padding]):
            msg = f"the data before byte {at} is not filled up with zeros"
            raise Damaged(msg)
        name, length = _read_header(head[padding:], at)
        if place == 0:
            key = name.partition(".")[0]
        if name != key + wanted[place] or not _KEY.fullmatch(key):
            msg = f"byte {at}: member {name[:100]!r}, where {key or 'a key'}{wanted[place]} is due"
            raise Damaged(msg)
        at += BLOCK
        yield Member(name, at, length)
        at += length
        padding = -length % BLOCK
    _check_end(descriptor, at, padding, size, pairs)


def _read_header(head: bytes, at: int) -> tuple[str, int]:
    """The name and size in a header that is exactly what the writer writes for them."""
    if not any(head):
        msg = f"byte {at}: the archive ends before all of its pairs"
        raise Damaged(msg)
    try:
        name, length = head[:100].rstrip(b"\0").decode("ascii"), int(head[124:135], 8)
        if tar_header(name, length) == head:
            return name, length
    except ValueError:
        pass
    msg = f"byte {at}: the header of a member is damaged"
    raise Damaged(msg)


def _check_end(descriptor: int, at: int, padding: int, size: int, pairs: int) -> None:
    end = at + padding + 2 * BLOCK
    end += -end % _RECORD
    rest = os.pread(descriptor, end - at, at)
    if any(rest):
        msg = f"byte {at + padding}: it goes on behind the {pairs} pairs of its record"
        raise Damaged(msg)
    if size != end:
        msg = f"it has {size} bytes, where the archive ends at {end}"
        raise Damaged(msg)


def parquet_keys(path: Path, schema: Schema, pairs: int) -> list[str]:
    """The keys of a Parquet file, in order."""
    import pyarrow.parquet as pq

    with path.open("rb") as opened:  # Arrow itself opens only what is called in UTF-8
        if opened.read(len(_MAGIC)) != _MAGIC:
            msg = "byte 0: it does not begin as Parquet does"
            raise Damaged(msg)
        try:
            with pq.ParquetFile(opened) as file:
                check_columns(file, schema, pairs)
                keys: list[Any] = [key for batch in file.iter_batches(columns=["key"]) for key in batch[0].to_pylist()]
        except Damaged:
            raise
        except Exception as error:  # noqa: BLE001 - a damaged file may fail in any way inside the library
            raise Damaged(library_words(error)) from None
    _check_keys(keys, pairs)
    return keys


def check_columns(file: Any, schema: Schema, pairs: int) -> None:  # noqa: ANN401 - a ParquetFile
    """Damaged where an open Parquet file has other columns or another number of rows."""
    if not file.schema_arrow.equals(arrow_schema(schema), check_metadata=False):
        msg = "its columns are not those of the data set"
        raise Damaged(msg)
    features = arrow_schema(schema).metadata[b"huggingface"]
    if (file.schema_arrow.metadata or {}).get(b"huggingface") != features:
        msg = "its Hugging Face features are not those of the data set"
        raise Damaged(msg)
    if file.metadata.num_rows != pairs:
        msg = f"it has {file.metadata.num_rows} rows, where its record has {pairs} pairs"
        raise Damaged(msg)


def _check_keys(keys: Sequence[Any], pairs: int) -> None:
    if len(keys) != pairs:
        msg = f"it has {len(keys)} keys, where its record has {pairs} pairs"
        raise Damaged(msg)
    wrong = next((key for key in keys if not (isinstance(key, str) and _KEY.fullmatch(key))), "")
    if wrong != "":
        msg = f"{str(wrong)[:100]!r} is no key"
        raise Damaged(msg)


def library_words(error: Exception) -> str:
    """What a library says of a file, in one short line."""
    return f"{type(error).__name__}: {in_one_line(error)[:200]}"
