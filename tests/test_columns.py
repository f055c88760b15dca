"""Arrow columns made from buffers are those that pyarrow would make, and pandas stays out of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel import columns
from sslabel.blocks import Strings, bounds_of


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_strings(values: list[str]) -> None:
    assert columns.strings(values).equals(pa.array(values, pa.string()))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_block_of_strings(values: list[str]) -> None:
    made = columns.text_block(*Strings.of(values).utf8())
    made.validate(full=True)
    assert made.equals(columns.strings(values))


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])))))
def test_a_block_of_lists(values: list[list[str]]) -> None:
    items = columns.text_block(*Strings.of([text for one in values for text in one]).utf8())
    made = columns.list_block(bounds_of([len(one) for one in values]), items)
    made.validate(full=True)
    assert made.equals(columns.lists_of(values, columns.strings))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["a", "b", ["1", "22"], "c"], ["ab1c", "ab22c"]),
        ([["1", "22"]], ["1", "22"]),
        (["é", ["1", "ü"], "c"], ["é1c", "éüc"]),
        ([["a", "b"], "-", ["c", "d"], ["", "é"]], ["a-c", "b-dé"]),
        (["a", "b"], ["ab", "ab"]),
        ([], ["", ""]),
    ],
)
def test_parts_are_joined_row_by_row(parts: list[str | list[str]], expected: list[str]) -> None:
    made = columns.joined(parts, 2)
    made.validate(full=True)
    assert made.to_pylist() == expected
    assert columns.joined([part if isinstance(part, str) else [] for part in parts], 0).to_pylist() == []


@given(st.text("aé#"), st.lists(st.integers(0, 2**63 - 1)), st.text("aé"), st.booleans())
def test_numbers_are_joined_as_their_digits(before: str, values: list[int], behind: str, twice: bool) -> None:
    parts: list[columns.Part] = [before, np.array(values, np.int64), behind]
    made = columns.joined(parts * 2 if twice else parts, len(values))
    made.validate(full=True)
    assert made.to_pylist() == [f"{before}{one}{behind}" * (1 + twice) for one in values]


@pytest.mark.parametrize("values", [[0], [9, 10], [99, 100], [10**9 - 1, 10**9], [2**32 - 1, 2**32], [2**63 - 1, 0]])
def test_numbers_of_all_lengths(values: list[int]) -> None:
    made = columns.joined(["a.txt#", np.array(values, np.int64), '"}'], len(values))
    assert made.to_pylist() == [f'a.txt#{one}"}}' for one in values]


@given(st.lists(st.binary()))
def test_binary(values: list[bytes]) -> None:
    assert columns.binary(values).equals(pa.array(values, pa.binary()))


@given(st.lists(st.lists(st.integers(-(2**31), 2**31 - 1))))
def test_lists_of_numbers(values: list[list[int]]) -> None:
    assert columns.lists_of(values, columns.numbers, "int32").equals(pa.array(values, pa.list_(pa.int32())))


@given(st.lists(st.lists(st.text("ab"))))
def test_lists_of_strings(values: list[list[str]]) -> None:
    assert columns.lists_of(values, columns.strings).equals(pa.array(values, pa.list_(pa.string())))


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64", "uint16"])
@pytest.mark.parametrize("values", [[], [1, 2, 3], np.arange(12)[::3]])
def test_numbers(values: Any, dtype: str) -> None:
    made = columns.numbers(values, dtype)
    made.validate(full=True)
    assert made.equals(pa.array(list(values), dtype))


def test_a_column_keeps_its_values_when_what_it_was_made_from_is_gone() -> None:
    made = [columns.numbers(np.full(1000, number), "int64") for number in range(50)]
    assert all(column.to_pylist() == [number] * 1000 for number, column in enumerate(made))


def test_more_than_a_column_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="too many for one row group"):
        columns.lists([2**31 - 1, 1], columns.numbers([], "int32"))


@pytest.mark.parametrize("bounds", [np.array([0, 2**31]), np.array([0, 1, 2**40])])
def test_a_block_of_more_than_a_column_holds_is_refused(bounds: Any) -> None:
    with pytest.raises(ValueError, match="too many for one row group"):
        columns.text_block(b"", bounds)
    with pytest.raises(ValueError, match="too many for one row group"):
        columns.list_block(bounds, columns.numbers([], "int32"))


def test_a_block_keeps_its_values_when_what_it_was_made_from_is_changed() -> None:
    bounds = np.array([0, 1, 3])
    made = columns.text_block(b"abc", bounds)
    bounds[:] = 0
    assert made.to_pylist() == ["a", "bc"]


def test_pandas_is_not_loaded() -> None:
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "from sslabel import columns\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        assert not name.startswith('pandas'), name\n"
        "del sys.modules['pandas']; sys.meta_path.insert(0, Finder())\n"
        "columns.strings(['a']); columns.binary([b'a']); columns.lists_of([[1]], columns.numbers, 'int64')\n"
        "import numpy as np; columns.list_block(np.array([0, 1]), columns.text_block(b'a', np.array([0, 1])))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
