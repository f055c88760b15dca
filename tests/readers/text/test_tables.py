"""Records in tables: CSV, TSV and Parquet of every kind, and what is wrong in them costs its row."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sslabel.errors import BadSource
from sslabel.readers import BadRecord, TooShort
from sslabel.readers.text import tables
from tests.readers.reading import parquet_of, read_data


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.tsv", "\t")])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table(tmp_path: Path, name: str, delimiter: str, end: str) -> None:
    rows = [
        ["id", "text"],
        ["1", 'a "quoted" one, with\ta tab'],
        ["2", "two\n\nparagraphs"],
        ["3", "x" * 300_000],
        ["4", ""],
    ]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    passages, others = read_data(tmp_path, b"\xef\xbb\xbf" + buffer.getvalue().encode() + end.encode(), name)
    assert passages == [
        (f"{name}#0", rows[1][1]), (f"{name}#1", "two"), (f"{name}#1.1", "paragraphs"), (f"{name}#2", "x" * 300_000),
    ]  # fmt: skip
    assert others == [TooShort(name, 1)]


def test_bad_rows_of_a_table_cost_themselves(tmp_path: Path) -> None:
    rows = [b"text,id", b"one,1", b"two", b"three,3,3", b'"four"4,4', b"fi\xffve,5", b"six,6"]
    passages, others = read_data(
        tmp_path, b"\n".join(rows + [b"more,7"] * 200) + b'\n"open,8\n', "a.csv", encoding="utf-8"
    )
    assert passages[:2] == [("a.csv#0", "one"), ("a.csv#5", "six")]
    assert len(passages) == 202
    assert [(one.source, one.reason) for one in others] == [
        ("a.csv#1", "the first row names 2 columns, and it has 1"),
        ("a.csv#2", "the first row names 2 columns, and it has 3"),
        ("a.csv#3", "its quotes or separators are wrong: ',' expected after '\"'"),
        ("a.csv#4", "it holds bytes that are no utf-8"),
        ("a.csv#206", "its quotes or separators are wrong: a quote is opened and never closed"),
    ]


@pytest.mark.parametrize(("name", "tab"), [("a.csv", b","), ("a.tsv", b"\t")])
def test_a_quote_that_is_never_closed_costs_its_line(tmp_path: Path, name: str, tab: bytes) -> None:
    rows = [b"text%sid", b"one%s1", b'"two%s2', b"three%s3", b'"fo""ur\nand"%s4', b'"five%s5', b'"six"%s6', b"seven%s7"]
    passages, others = read_data(tmp_path, b"\n".join(rows).replace(b"%s", tab), name)
    assert passages == [(f"{name}#{number}", text) for number, text in
                        ((0, "one"), (2, "three"), (3, 'fo"ur\nand'), (5, "six"), (6, "seven"))]  # fmt: skip
    assert [one.source for one in others] == [f"{name}#1", f"{name}#4"]
    assert all(one.reason.startswith("its quotes or separators are wrong: ") for one in others)


def test_a_quote_that_is_never_closed_is_not_sought_to_the_end_of_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_LONGEST", 1 << 16)
    long = "x" * (2 << 16)
    data = f'text\n"one\n"{long}"\n"two\n' + "a line\n" * 20_000
    passages, others = read_data(tmp_path, data.encode(), "a.csv")
    assert len(passages) == 20_001
    assert passages[0] == ("a.csv#1", long)  # in one line it may have any length
    why = "its quotes or separators are wrong: a quote is opened and never closed within 0 MiB"
    assert others == [BadRecord("a.csv#0", why), BadRecord("a.csv#2", why)]


def test_a_first_row_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match=r"^its first row is no CSV: a quote is opened and never closed$"):
        read_data(tmp_path, b'"text,id\none,1\n', "a.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_table_without_the_column_is_refused(tmp_path: Path, name: str) -> None:
    data = b"title,author\n1,2\n" if name == "a.csv" else parquet_of([{"title": 1, "author": 2}])
    with pytest.raises(BadSource, match=r"^it has no column 'text' \(--text-field\); it has title, author$"):
        read_data(tmp_path, data, name)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_parquet_of_every_kind_of_text(tmp_path: Path, kind: Any) -> None:
    buffer = io.BytesIO()
    column = pa.array(["one", None, "é"] * 300).cast(kind)
    pq.write_table(pa.table({"body": column, "other": list(range(900))}), buffer, row_group_size=400)
    passages, others = read_data(tmp_path, buffer.getvalue(), "a.parquet", text_field="body")
    assert passages == [(f"a.parquet#{row}", "é" if row % 3 else "one") for row in range(900) if row % 3 != 1]
    assert others[0] == BadRecord("a.parquet#1", "its field 'body' is null, not text")
    assert len(others) == 300


def test_bad_parquet(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="its column 'text' holds int64, not text"):
        read_data(tmp_path, parquet_of([{"text": 1}]), "a.parquet")
    with pytest.raises(BadSource, match="it is no Parquet file, or a damaged one: "):
        read_data(tmp_path, b"PAR1 and nothing else", "a.parquet")
    column = pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 1, 2], np.int32)), pa.py_buffer(b"a\xff"))
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": column}), buffer)
    assert read_data(tmp_path, buffer.getvalue(), "a.parquet") == (
        [("a.parquet#0", "a")], [BadRecord("a.parquet#1", "its field 'text' holds bytes that are no utf-8")],
    )  # fmt: skip
    data = bytearray(
        parquet_of([{"text": f"row {row}"} for row in range(2000)], row_group_size=500, compression="gzip")
    )
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    passages, others = read_data(tmp_path, bytes(data), "a.parquet")
    assert passages[:500] == [(f"a.parquet#{row}", f"row {row}") for row in range(500)]
    assert re.match("damaged behind row [0-9]+: [^\n]+$", others[-1].reason)
