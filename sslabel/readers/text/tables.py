"""Records of text in tables: CSV, TSV and Parquet."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from io import FileIO
from typing import TYPE_CHECKING, Any, Final

from sslabel.errors import BadSource, in_one_line
from sslabel.readers import BadRecord, Remark, SourceFile
from sslabel.readers.contents import Content
from sslabel.readers.text.records import Fields, Record, listed
from sslabel.transforms.text.encodings import Decoder, Encoding, has_bad

if TYPE_CHECKING:
    import pyarrow as pa

_PORTION = 1 << 18
_LONGEST: Final = 32 << 20  # code points of a row of several lines
_NEVER_CLOSED = "a quote is opened and never closed"
_ROWS = 256


def table(
    file: SourceFile, content: Content, encoding: Encoding, separator: str
) -> Iterator[Record | BadRecord | Remark]:
    """The rows of a CSV or TSV file; the first row names the columns.

    A row whose quotes are wrong, or never closed, costs the line that it begins with: the next one begins a row.
    """
    csv.field_size_limit(sys.maxsize)
    lines = _Lines(_text_lines(content, encoding))
    rows = csv.reader(lines, delimiter=separator, strict=True)
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
            why = _NEVER_CLOSED if str(error) == "unexpected end of data" else str(error)
            if header is None:
                raise BadSource(f"its first row is no {file.source.rpartition('.')[2].upper()}: {why}") from None
            lines.back()
            number += 1
            yield BadRecord(f"{file.source}#{number}", f"its quotes or separators are wrong: {why}")
            continue
        lines.done()
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


class _Lines:
    """The lines of a table. Those of the present row, but for its first, can be given once more."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self._row: list[str] = []
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._row.append(line)
        self._size += len(line)
        if self._size > _LONGEST and len(self._row) > 1:
            msg = f"{_NEVER_CLOSED} within {_LONGEST >> 20} MiB"
            raise csv.Error(msg)
        return line

    def done(self) -> None:
        """The present row is whole."""
        self._row.clear()
        self._size = 0

    def back(self) -> None:
        """The present row is none, and the next one begins in its second line."""
        self._again += self._row[:0:-1]
        self.done()


def _checked_header(file: SourceFile, header: list[str]) -> list[str]:
    for name in (file.reading.text_field, *file.reading.keep):
        if header.count(name) > 1:
            msg = f"two of its columns are called {name!r}"
            raise BadSource(msg)
    _require(file, header)
    return header


def _require(file: SourceFile, columns: Sequence[str]) -> None:
    if file.reading.text_field not in columns:
        msg = f"it has no column {file.reading.text_field!r} (--text-field); it has {listed(columns)}"
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
        raise BadSource(f"it is no Parquet file, or a damaged one: {in_one_line(error)}") from None
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
            yield BadRecord(file.source, f"damaged behind row {number}: {in_one_line(error)}")
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
