"""Values that are not what their data set promises, though every hash is right."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sslabel as tool
from tests.look import damaging
from tests.look.damaging import check_named, check_sound


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (b"\xff\xd9\0", b"\xff\xd8\0", "input: it is not a whole jpg"),
        (b"\xff\xd8\xff", b"\xff\xd8\xfe", "input: it is not a whole jpg"),
        (b'"task":"rotation"', b'"task":"rotatiom"', "meta: it is of task 'rotatiom'"),
        (b'"copy":0', b'"copy":x', "meta: JSONDecodeError"),
        (b'"copy":0', b'"c0py":0', "meta: it has {"),
        (b'"source":"p', b'"source":"\xff', "meta: UnicodeDecodeError"),
    ],
)
def test_values_that_are_not_what_was_promised_are_found(out: Path, before: bytes, after: bytes, problem: str) -> None:
    path = max((out / "rotation").glob("*.tar"), key=lambda one: one.stat().st_size)
    data = path.read_bytes()
    assert before in data
    path.write_bytes(data.replace(before, after, 1))
    damaging.vouch_for(out, path)
    check_sound(tool.verify(out, read_data=True))
    report = tool.verify(out, decode=True)
    check_named(report, out, path)
    assert f": {problem}" in report.damage[0].problem


def test_a_class_beyond_its_names_is_found(out: Path) -> None:
    path = max((out / "rotation").glob("*.tar"), key=lambda one: one.stat().st_size)
    data = bytearray(path.read_bytes())
    data[data.index(b".label.cls") // 512 * 512 + 512] = ord("9")
    path.write_bytes(bytes(data))
    damaging.vouch_for(out, path)
    assert "label: ValueError: class 9 of 4 classes" in tool.verify(out, decode=True).damage[0].problem


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [("source", "other", "its source is 'p"), ("meta", "{}", "meta: it has {}"), ("input", None, "input: it is null")],
)
def test_cells_that_are_not_what_was_promised_are_found(
    out: Path, column: str, value: str | None, problem: str
) -> None:
    path = next((out / "masked-patches").glob("*.parquet"))
    table = pq.read_table(path)
    place = table.schema.get_field_index(column)
    cells = pa.array([value] * len(table), table.schema.field(column).type)
    pq.write_table(table.set_column(place, table.schema.field(column), cells), path)
    damaging.vouch_for(out, path)
    check_sound(tool.verify(out, read_data=True))
    report = tool.verify(out, decode=True)
    check_named(report, out, path)
    assert problem in report.damage[0].problem
