"""Records of text in JSON, CSV and Parquet: a text, and the fields beside it."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sslabel.errors import BadSource
from sslabel.readers import BadRecord, Remark, SourceFile
from sslabel.readers.contents import Content, read_whole
from sslabel.transforms.text.encodings import Decoder, Encoding, has_bad

if TYPE_CHECKING:
    import pyarrow as pa

_PORTION = 1 << 18
_WHOLE: Final = 256 << 20
_NAMED = 8
_ROWS = 256


class Record(NamedTuple):
    """A record: what stands behind `#` in its source id, its text, and the fields that are kept."""

    name: int
    text: str
    fields: tuple[str, ...]


@dataclass
class Fields:
    """What is taken from the fields of a file's records.

    A field that is kept and that a record has not, or has as null, is empty; the first such record gives a remark.
    """

    file: SourceFile

    def __post_init__(self) -> None:
        self._missing: set[str] = set()

    def record(self, name: int, given: Mapping[str, Any] | None) -> Iterator[Record | BadRecord | Remark]:
        """The record of that name, whose fields these are (None if it has none), or why there is none."""
        reading = self.file.reading
        source = f"{self.file.source}#{name}"
        if given is None:
            yield BadRecord(source, "it is no object with fields")
            return
        problem = self._problem(given)
        if problem:
            yield BadRecord(source, problem)
            return
        kept = []
        for key in reading.keep:
            value = self.file.folder if key == "folder" else given.get(key)
            if value is None and key not in self._missing:
                self._missing.add(key)
                yield Remark(self.file.source, f"not every record has a field {key!r}; it is empty where there is none")
            kept.append(value if isinstance(value, str) else "" if value is None else _as_json(value))
        if any(map(has_bad, kept)):
            yield BadRecord(source, f"a field that is kept holds half of a surrogate pair: {_listed(reading.keep)}")
            return
        yield Record(name, given[reading.text_field], tuple(kept))

    def _problem(self, given: Mapping[str, Any]) -> str:
        key = self.file.reading.text_field
        if key not in given:
            return f"it has no field {key!r}; it has {_listed(given)}"
        text = given[key]
        if not isinstance(text, str):
            return f"its field {key!r} is {'null' if text is None else _kind(text)}, not text"
        return f"its field {key!r} holds half of a surrogate pair" if has_bad(text) else ""


def json_line(fields: Fields, name: int, line: str) -> Iterator[Record | BadRecord | Remark]:
    """The record in a line of JSON."""
    if has_bad(line):
        yield BadRecord(f"{fields.file.source}#{name}", "it holds bytes that are not of its encoding")
        return
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        yield BadRecord(f"{fields.file.source}#{name}", f"it is no JSON: {_why(error)}")
        return
    yield from fields.record(name, value if isinstance(value, dict) else None)


def json_list(file: SourceFile, content: Content, encoding: Encoding) -> Iterator[Record | BadRecord | Remark]:
    """The records of a JSON file that is one list, of objects or of strings. It is read whole."""
    data = read_whole(content, _WHOLE, "a file with one record a line (.jsonl) may have any size")
    text = Decoder(encoding).text(data[encoding.mark :], final=True)
    bad = has_bad(text)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        hint = "; one with a record a line is called .jsonl" if str(error).startswith("Extra data") else ""
        raise BadSource(f"it is no JSON: {_why(error)}{hint}") from None
    if not isinstance(values, list):
        msg = f"it is no list of records or strings, but {_kind(values)}"
        raise BadSource(msg)
    fields = Fields(file)
    for number, value in enumerate(values):
        given = {file.reading.text_field: value} if isinstance(value, str) else value
        for one in fields.record(number, given if isinstance(given, dict) else None):
            if bad and isinstance(one, BadRecord) and one.reason.endswith("surrogate pair"):
                yield BadRecord(one.source, f"its text holds bytes that are no {encoding.name}, or {_HALF}")
            else:
                yield one


_HALF = "half of a surrogate pair"


def table(
    file: SourceFile, content: Content, encoding: Encoding, separator: str
) -> Iterator[Record | BadRecord | Remark]:
    """The rows of a CSV or TSV file; the first row names the columns."""
    csv.field_size_limit(sys.maxsize)
    rows = csv.reader(_text_lines(content, encoding), delimiter=separator, strict=True)
    header: list[str] | None = None
    fields = Fields(file)
    number = -1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except _DamagedError:
            yield BadRecord(file.source, str(content.damage))
            return
        except csv.Error as error:
            if header is None:
                raise BadSource(f"its first row is no {file.source.rpartition('.')[2].upper()}: {error}") from None
            number += 1
            yield BadRecord(f"{file.source}#{number}", f"its quotes or separators are wrong: {error}")
            continue
        if not row:
            continue
        if header is None:
            header = _checked_header(file, row)
            continue
        number += 1
        if len(row) != len(header):
            reason = f"the first row names {len(header)} columns, and it has {len(row)}"
            yield BadRecord(f"{file.source}#{number}", reason)
        elif any(map(has_bad, row)):
            yield BadRecord(f"{file.source}#{number}", f"it holds bytes that are no {encoding.name}")
        else:
            yield from fields.record(number, dict(zip(header, row, strict=True)))


def _checked_header(file: SourceFile, header: list[str]) -> list[str]:
    for name in (file.reading.text_field, *file.reading.keep):
        if header.count(name) > 1:
            msg = f"two of its columns are called {name!r}"
            raise BadSource(msg)
    _require(file, header)
    return header


def _require(file: SourceFile, columns: Sequence[str]) -> None:
    if file.reading.text_field not in columns:
        msg = f"it has no column {file.reading.text_field!r} (--text-field); it has {_listed(columns)}"
        raise BadSource(msg)


class _DamagedError(Exception):
    """The content ended before its end, and a row that is still open is none."""


def _text_lines(content: Content, encoding: Encoding) -> Iterator[str]:
    content.read(encoding.mark)
    decoder = Decoder(encoding)
    waiting = ""
    while True:
        size = max(_PORTION, len(waiting))
        data = content.read(size)
        last = len(data) < size
        waiting += decoder.text(data, final=last and content.damage is None)
        # A CR at the end may be half of a CR LF.
        lines = list(io.StringIO(waiting, newline=""))
        waiting = lines.pop() if lines and not (last and content.damage is None) else ""
        yield from lines
        if last:
            if content.damage is not None:
                raise _DamagedError
            return


def parquet(file: SourceFile, raw: FileIO) -> Iterator[Record | BadRecord | Remark]:
    """The rows of a Parquet file, of which only the columns that are needed are read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        opened = pq.ParquetFile(pa.PythonFile(raw, mode="r"))
        schema = opened.schema_arrow
    except (pa.ArrowException, OSError) as error:
        _raise_if_of_disk(error)
        raise BadSource(f"it is no Parquet file, or a damaged one: {_one_line(error)}") from None
    _require(file, schema.names)
    key = file.reading.text_field
    kind = schema.field(key).type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        msg = f"its column {key!r} holds {kind}, not text"
        raise BadSource(msg)
    fields = Fields(file)
    columns = [key, *(name for name in file.reading.keep if name in schema.names and name not in ("folder", key))]
    number = 0
    batches = opened.iter_batches(_ROWS, columns=columns)
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError) as error:
            _raise_if_of_disk(error)
            yield BadRecord(file.source, f"damaged behind row {number}: {_one_line(error)}")
            return
        if batch is None:
            return
        for row in zip(*(_values(batch.column(name)) for name in columns), strict=True):
            wrong = next((name for name, one in zip(columns, row, strict=True) if isinstance(one, bytes)), None)
            if wrong is not None:
                yield BadRecord(f"{file.source}#{number}", f"its field {wrong!r} holds bytes that are no utf-8")
            else:
                yield from fields.record(number, dict(zip(columns, row, strict=True)))
            number += 1


def _values(column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_value(one) for one in column]


def _value(scalar: Any) -> Any:  # noqa: ANN401 - a scalar of any type
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return b""


def _raise_if_of_disk(error: Exception) -> None:
    if isinstance(error, OSError) and error.errno is not None:
        raise error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        what = error.msg.removesuffix(" at")  # "Unterminated string starting at"
        return f"{what[:1].lower()}{what[1:]} at character {error.pos}"
    return "too deeply nested" if isinstance(error, RecursionError) else _one_line(error)


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "null" if value is None else type(value).__name__)


def _listed(names: Sequence[str] | Mapping[str, Any]) -> str:
    shown = [one if one.isprintable() else repr(one) for one in list(names)[:_NAMED]]
    more = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")
