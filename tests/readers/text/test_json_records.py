"""Records in JSON, in lines or in one list: each bad one costs itself, and no more is held than one."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.errors import BadSource
from sslabel.readers import BadRecord
from sslabel.readers.contents import Content
from sslabel.readers.text import json_records
from sslabel.transforms.text.encodings import encoding_of
from tests.readers.reading import LOOSE, read_data


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"title": 1, "author": 2}', "it has no field 'text'; it has title, author"),
        ("{}", "it has no field 'text'; it has none"),
        ('{"text": null}', "its field 'text' is null, not text"),
        ('{"text": 3}', "its field 'text' is a number, not text"),
        ('{"text": ["a"]}', "its field 'text' is a list, not text"),
        ('{"text": "a\\ud83d"}', "its field 'text' holds half of a surrogate pair"),
        ('{"text": "a", "title": "\\udc00"}', "a field that is kept holds half of a surrogate pair: title"),
        ('"text"', "it is no object with fields"),
        ("[1]", "it is no object with fields"),
        ('{"text": "a"', "it is no JSON: expecting ',' delimiter at character 12"),
        ('{"text": "a', "it is no JSON: unterminated string starting at character 9"),
        ('{"text": "a"} {}', "it is no JSON: extra data at character 14"),
        ('{"text": "a\xff"}', "it holds bytes that are not of its encoding"),
        ("[" * 100_000, "it is no JSON: too deeply nested"),
    ],
    ids=lambda given: given[:20],
)
def test_a_bad_record_costs_itself(tmp_path: Path, row: str, reason: str) -> None:
    good = b'{"text": "good", "title": ""}\n' * 200
    data = good + row.encode("latin-1") + b"\n" + good
    passages, others = read_data(tmp_path, data, "a.jsonl", keep=("title",))
    assert len(passages) == 400
    assert others == [BadRecord(f"a.jsonl#{len(good)}", reason)]


def test_a_json_list_may_hold_texts(tmp_path: Path) -> None:
    passages, others = read_data(tmp_path, b'["one", 2, "three\\ud800", {"text": "four"}]', "a.json")
    assert passages == [("a.json#0", "one"), ("a.json#3", "four")]
    assert [one.source for one in others] == ["a.json#1", "a.json#2"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"text": "a"}', "it is no list of records or strings, but an object"),
        (b" 12 ", "it is no list of records or strings, but a number"),
        (b'{"text": "a"}\n{}', "it is no JSON: extra data at character 14; one with a record a line is called .jsonl"),
        (b'["a', "it is no JSON: unterminated string starting at character 1"),
        (b"[tru", "it is no JSON: expecting value at character 1"),
        (b"[,", "it is no JSON: expecting value at character 1"),
        (b"[", "it is no JSON: expecting value at character 1"),
        (b" ", "it is no JSON: expecting value at character 1"),
        (b"[" * 100_000, "it is no JSON: too deeply nested"),
        (b'["' + b"a" * 2_000_000, "a record of over 0 MiB begins at character 1"),
        (b"{" + b" " * 2_000_000, "a record of over 0 MiB begins at character 0"),
    ],
    ids=lambda given: given[:20],
)
def test_json_that_is_no_list_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, reason: str
) -> None:
    monkeypatch.setattr(json_records, "_LONGEST", 300_000)
    with pytest.raises(BadSource, match=f"^{re.escape(reason)}$"):
        read_data(tmp_path, data, "a.json")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'["one", "two"', "it is no JSON: expecting ',' delimiter at character 13"),
        (b'["one", "two",', "it is no JSON: expecting value at character 14"),
        (b'["one", "two",]', "it is no JSON: expecting value at character 14"),
        (b'["one", "two" "three"]', "it is no JSON: expecting ',' delimiter at character 14"),
        (b'["one", "two"] 3', "it is no JSON: extra data at character 15"),
        (b'["one", "two", {"text": "th', "it is no JSON: unterminated string starting at character 24"),
        (b'["one", "two", {"text": nul}, "four"' + b" " * 99, "it is no JSON: expecting value at character 24"),
    ],
    ids=lambda given: given[:26],
)
def test_what_stands_before_a_mistake_is_used(tmp_path: Path, data: bytes, reason: str) -> None:
    passages, others = read_data(tmp_path, data, "a.json")
    assert passages == [("a.json#0", "one"), ("a.json#1", "two")]
    assert others == [BadRecord("a.json", f"{reason}; what stands before that is used")]


def test_bytes_that_cannot_be_decoded_cost_their_record(tmp_path: Path) -> None:
    passages, others = read_data(tmp_path, b'["one", "tw\xffo", "three\\udc00", "four"]', "a.json", encoding="utf-8")
    assert passages == [("a.json#0", "one"), ("a.json#3", "four")]
    assert others == [
        BadRecord("a.json#1", "it holds bytes that are no utf-8"),
        BadRecord("a.json#2", "its field 'text' holds half of a surrogate pair"),
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@LOOSE
@given(
    values=st.lists(VALUES | st.fixed_dictionaries({"text": st.text(min_size=1)}), max_size=8),
    indent=st.sampled_from([None, 0, 2]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
    portion=st.integers(1, 40),
)
def test_a_list_is_what_json_says_in_portions_of_any_size(
    tmp_path: Path, values: list[Any], indent: int | None, encoding: str, portion: int
) -> None:
    data = json.dumps(values, ensure_ascii=False, indent=indent).encode(encoding, "surrogatepass")
    found = [value for value, _ in elements(tmp_path, data, encoding, portion)]
    assert found == values


@pytest.mark.parametrize("portion", range(1, 9))
def test_a_number_is_whole_wherever_a_portion_ends(tmp_path: Path, portion: int) -> None:
    data = b"[0.0, 10, -1.25e+10, 2E-3, 7e1,4]"
    assert [value for value, _ in elements(tmp_path, data, "utf-8", portion)] == json.loads(data)


def elements(folder: Path, data: bytes, encoding: str, portion: int) -> Any:
    path = folder / "a.json"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch, path.open("rb", buffering=0) as file:
        patch.setattr(json_records, "_PORTION", portion)
        content = Content(file, "")
        yield from json_records._Elements(content, encoding_of(data[:1000], encoding))


@pytest.mark.parametrize(("cut", "count"), [(9, 2), (12, 1)])
def test_of_a_damaged_list_what_is_whole_is_given(tmp_path: Path, cut: int, count: int) -> None:
    # Of the eight bytes behind the data, some are missing, and then some of the data.
    passages, others = read_data(tmp_path, gzip.compress(b'["one", "two"]')[:-cut], "a.json.gz")
    assert [one for _, one in passages] == ["one", "two"][:count]
    (bad,) = others
    assert bad.source == "a.json.gz"
    assert bad.reason.startswith("damaged or cut short behind byte")


def test_no_more_of_a_list_is_held_than_an_element_and_a_portion(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"text": f"record {one}"} for one in range(50_000)] + ["x" * 1_000_000, "y"]))
    with path.open("rb", buffering=0) as file:
        content = Content(file, "")
        held = json_records._Elements(content, encoding_of(content.peek(100)))
        sizes = [len(held._text) for _ in held]
    assert len(sizes) == 50_002
    assert max(sizes[:50_000]) < 2 * json_records._PORTION
    assert max(sizes) < 3_000_000
