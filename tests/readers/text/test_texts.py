"""The reader of texts: every format, cut and encoding gives the same passages, or a clear reason why not."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import Passages
from sslabel.errors import BadSource
from sslabel.readers import BadRecord, Reading, Remark, SourceFile, TooShort, contents
from sslabel.readers.text import texts as module
from sslabel.readers.text.texts import cut, cuttable, texts
from sslabel.registry import find_readers
from sslabel.transforms.text import units
from sslabel.transforms.text.encodings import Encoding, encoding_of
from sslabel.transforms.text.units import WHITE
from tests.readers.reading import LOOSE, PACK, file_of, jsonl, parquet_of, read, read_data

ROOT = Path(__file__).resolve().parents[3]
CORPORA = ROOT.parent / "shared" / "corpora" / "text"
SAMPLES = ROOT / "sample_data" / "texts"


# What plain reading finds


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("paragraph", [("a.txt#2", "one\r\n two."), ("a.txt#19", "é. three"), ("a.txt#30", "four")]),
        ("line", [("a.txt#2", "one"), ("a.txt#8", "two."), ("a.txt#19", "é. three"), ("a.txt#30", "four")]),
        ("document", [("a.txt#2", "one\r\n two.\r\n \t\r\n é. three\n\nfour")]),
    ],
)
def test_units(tmp_path: Path, unit: str, expected: list[tuple[str, str]]) -> None:
    data = "\r\none\r\n two.\r\n \t\r\n é. three\n\nfour\n \n".encode()
    assert data[19:].startswith("é".encode())
    assert read_data(tmp_path, data, unit=unit, min_words=0) == (expected, [])


def test_sentences_are_cut_inside_paragraphs(tmp_path: Path) -> None:
    data = "Ünder it rained. Then it stopped.\n\n  A third one. No more of it.".encode()
    passages, others = read_data(tmp_path, data, unit="sentence")
    assert others == []
    assert [text for _, text in passages] == [
        "Ünder it rained.", "Then it stopped.", "A third one.", "No more of it.",
    ]  # fmt: skip
    for source, text in passages:
        assert data[int(source.partition("#")[2]) :].startswith(text.encode())


def test_long_passages_are_cut_in_windows_and_short_ones_are_counted(tmp_path: Path) -> None:
    data = b'one two, "three" four five\n\nsix\n\n--\n\nseven eight'
    passages, others = read_data(tmp_path, data, max_words=2, min_words=2)
    assert passages == [("a.txt#0", "one two,"), ("a.txt#9", '"three" four'), ("a.txt#37", "seven eight")]
    assert others == [TooShort("a.txt", 3)]


def test_the_paragraphs_of_a_file_are_one_document(tmp_path: Path) -> None:
    (block,) = texts(file_of(tmp_path, b"one\n\ntwo\n\nthree", "in/a.md", keep=("folder",)))
    assert isinstance(block, Passages)
    assert block.documents.tolist() == [0, 0, 0]
    assert dict(block.fields) == {"folder": ["in"] * 3}


def test_plain_text_has_no_fields_to_keep(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="plain text has no field 'title' to keep, only folder"):
        read_data(tmp_path, b"one", keep=("title",))


@pytest.mark.parametrize("unit", ["paragraph", "line", "document"])
def test_control_characters_are_kept(tmp_path: Path, unit: str) -> None:
    text = "\x1c a\0b\x1b[0m\x7f \ufeff\u200b c\x1f"
    assert read_data(tmp_path, f"\n{text}\n".encode(), unit=unit) == ([("a.txt#1", text)], [])


@pytest.mark.parametrize("unit", ["paragraph", "line", "sentence", "document"])
def test_one_very_long_line_is_read(tmp_path: Path, unit: str) -> None:
    text = "x" * 5_000_000
    data = f"before.\n\n{text}\n\nafter.".encode()
    passages, _ = read_data(tmp_path, data, unit=unit, max_words=1)
    assert [(source, len(one)) for source, one in passages] == [
        ("a.txt#0", 7), ("a.txt#9", len(text)), ("a.txt#5000011", 6),
    ]  # fmt: skip


def test_a_large_record_comes_in_several_blocks(tmp_path: Path) -> None:
    data = b"word " * 1_000_000
    file = file_of(tmp_path, data, unit="document", max_words=100, keep=("folder",))
    sizes = [len(one.text.codes) for one in texts(file) if isinstance(one, Passages)]
    assert max(sizes) < 3 << 20
    assert len(sizes) == 5
    passages, others = read(file)
    assert others == []
    assert "".join(text for _, text in passages).replace(" ", "") == "word" * 1_000_000


# Cuts


def reference(text: str, unit: str) -> list[tuple[int, str]]:
    """Passages and the characters at which they begin, by a plain reading of a text."""
    found: list[tuple[int, str]] = []
    at, fresh = 0, True
    for line in re.split("(?<=\n)|(?<=\r)(?!\n)", text):
        if not line.strip(WHITE):
            fresh = True
        elif fresh or unit == "line":
            found.append((at + len(line) - len(line.lstrip(WHITE)), line))
            fresh = False
        else:
            found[-1] = (found[-1][0], found[-1][1] + line)
        at += len(line)
    return [(at, one.strip(WHITE)) for at, one in found]


def small_steps(patch: pytest.MonkeyPatch, step: int) -> None:
    """Make blocks of a few bytes, so that short texts have many of them."""
    for where, name in [(module, "_BLOCK"), (module, "_BEYOND"), (module, "_BEFORE"), (units, "_TAIL")]:
        patch.setattr(where, name, step)


PLAIN = st.text(st.sampled_from("ab. .\n\n\n\r\t\u3000\xa0é😀\u2028"), max_size=40)


@pytest.mark.parametrize("unit", ["paragraph", "line"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "utf-7"])
@LOOSE
@given(text=PLAIN, step=st.integers(1, 9))
def test_passages_are_those_of_a_plain_reading(tmp_path: Path, unit: str, encoding: str, text: str, step: int) -> None:
    data = text.encode(encoding)
    name = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    prefix = len(data) - len(text.encode(name + "-le" if name in ("utf-16", "utf-32") else name))
    if not data:
        return
    with pytest.MonkeyPatch.context() as patch:
        small_steps(patch, step)
        passages, others = read_data(tmp_path, data, unit=unit, min_words=0, encoding=encoding)
    plain = name + "-le" if name in ("utf-16", "utf-32") else name
    if name == "utf-7":
        numbers = [len(re.findall("\r\n|\r|\n", text[:at])) for at, _ in reference(text, unit)]
    else:
        numbers = [prefix + len(text[:at].encode(plain)) for at, _ in reference(text, unit)]
    expected = [(f"a.txt#{number}", one) for number, (_, one) in zip(numbers, reference(text, unit), strict=True)]
    assert passages == expected
    assert others == []


BYTES = st.lists(
    st.sampled_from(
        [b"a", b"b. ", b"\n", b"\n", b"\n\n", b"\r", b"\r\n", b"\t", b"\xff", b"\xe3\x80", b"\x80", b"\0"]
        + [one.encode() for one in "\u3000\xa0é😀"]
    ),
    min_size=1,
    max_size=30,
).map(b"".join)


@pytest.mark.parametrize("unit", ["paragraph", "line", "sentence"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "cp1252"])
@LOOSE
@given(mark=st.booleans(), data=BYTES, step=st.integers(1, 9), cuts=st.lists(st.integers(0, 70), max_size=5))
def test_the_ranges_of_a_file_give_its_records_however_it_is_cut(  # noqa: PLR0913, PLR0917 - what is drawn
    tmp_path: Path, unit: str, encoding: str, mark: bool, data: bytes, step: int, cuts: list[int]
) -> None:
    data = b"\xef\xbb\xbf" * mark + data
    how: dict[str, Any] = {"unit": unit, "min_words": 0, "max_words": 2, "encoding": encoding}
    whole = read_data(tmp_path, data, **how)
    edges = [0, *sorted(one for one in cuts if one <= len(data)), len(data)]
    passages, others = [], []
    with pytest.MonkeyPatch.context() as patch:
        small_steps(patch, step)
        for begin, end in pairwise(edges):
            part = read(file_of(tmp_path, data, begin=begin, end=end, **how))
            passages += part[0]
            others += part[1]
    assert passages == whole[0]
    assert others == whole[1]


JSON_LINES = st.lists(
    st.sampled_from(
        [
            '{"text": "one two. three"}',
            ' {"text": "é\\n\\nb"} ',
            "{",
            "",
            " ",
            '{"text": null}',
            '"a"',
            "\xa0",
            '{"x": 1}',
        ]
    ),
    min_size=1,
    max_size=8,
)


@LOOSE
@given(
    rows=JSON_LINES,
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    step=st.integers(1, 9),
    cuts=st.lists(st.integers(0, 150)),
)
def test_the_ranges_of_json_lines_give_its_records_however_it_is_cut(
    tmp_path: Path, rows: list[str], end: str, step: int, cuts: list[int]
) -> None:
    data = (end.join(rows) + end).encode()
    how = {"unit": "paragraph", "min_words": 0}
    whole = read_data(tmp_path, data, "a.jsonl", **how)
    edges = [0, *sorted(one for one in cuts if one <= len(data)), len(data)]
    passages, others = [], []
    with pytest.MonkeyPatch.context() as patch:
        small_steps(patch, step)
        for begin, stop in pairwise(edges):
            part = read(file_of(tmp_path, data, "a.jsonl", begin, stop, **how))
            passages += part[0]
            others += part[1]
    assert passages == whole[0]
    bad = [one for one in others if isinstance(one, BadRecord)]
    assert bad == [one for one in whole[1] if isinstance(one, BadRecord)]


@pytest.mark.parametrize(
    ("name", "data", "how", "expected"),
    [
        ("a.txt", b"one", {}, True),
        ("a.MD", b"one", {"unit": "sentence"}, True),
        ("a.jsonl", b"{}", {"unit": "document"}, True),
        ("a.txt", b"one", {"unit": "document"}, False),
        ("a.txt", b"\xff\xfeo\0", {}, False),
        ("a.txt", b"\xef\xbb\xbfone", {}, True),
        ("a.txt", b"one", {"encoding": "utf-16"}, False),
        ("a.txt", b"one", {"encoding": "cp1252"}, True),
        ("a.txt", b"one", {"encoding": "none such"}, False),
        ("a.txt", b"\0\0\0", {}, False),
        ("a.txt.gz", b"one", {}, False),
        ("a.csv", b"text", {}, False),
        ("a.json", b"[]", {}, False),
        ("a.parquet", b"", {}, False),
        ("a", b"", {}, False),
    ],
)
def test_what_may_be_cut(tmp_path: Path, name: str, data: bytes, how: dict[str, Any], expected: bool) -> None:
    file = file_of(tmp_path, data, name)
    assert cuttable(file.path, Reading(**how)) is expected
    if expected and data:
        assert read(SourceFile(name, file.path, len(data), 0, len(data) - 1, None, Reading(**how)))[0] == []


def test_the_ranges_of_a_file_have_one_encoding_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counted(head: bytes, given: str | None = None) -> Encoding:
        seen.append(len(head))
        return encoding_of(head, given)

    monkeypatch.setattr(module, "encoding_of", counted)
    line = "Ein großer Bär fährt über die schöne grüne Brücke"
    data = f"{line}\n".encode("cp1252") * 40
    first = file_of(tmp_path, data, begin=0, end=1000, unit="line")
    later = replace(first, begin=1000, end=2000)
    found = [read(one) for one in (first, later, first)]
    assert seen == [len(data)]
    assert [text for passages, _ in found for _, text in passages] == [line] * 60
    read(replace(first, reading=Reading(encoding="cp1250")))
    assert seen == [len(data)] * 2
    os.utime(first.path, ns=(0, 0))
    read(first)  # it may be another one now
    assert seen == [len(data)] * 3
    with pytest.raises(BadSource, match="no encoding of text files"):
        read(replace(first, reading=Reading(encoding="none-such")))


def test_what_is_not_there_or_no_file_is_not_cut(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    for name in ("pipe.txt", "folder.txt", "none.txt"):
        assert cuttable(tmp_path / name, Reading()) is False  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "data", "how"),
    [
        ("a.txt", b"one", {"unit": "document"}),
        ("a.txt", b"o\0", {"encoding": "utf-16"}),
        ("a.txt.gz", gzip.compress(b"one"), {}),
    ],
)
def test_what_may_not_be_cut_is_not_read_in_parts(tmp_path: Path, name: str, data: bytes, how: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be read in parts"):
        read(file_of(tmp_path, data, name, begin=1, end=2, **how))


# Encodings


def test_a_guess_is_told_once(tmp_path: Path) -> None:
    text = "Le garçon a été un élève très sage.\n\n" * 20
    data = text.encode("cp1252")
    passages, others = read_data(tmp_path, data)
    assert passages[1] == ("a.txt#37", "Le garçon a été un élève très sage.")
    assert others == [Remark("a.txt", "read as cp1252, a guess; --encoding says which it is")]
    later, others = read(file_of(tmp_path, data, begin=1, end=len(data)))
    assert (later, others) == (passages[1:], [])
    assert read_data(tmp_path, data, encoding="cp1252") == (passages, [])


def test_a_bad_byte_costs_its_line(tmp_path: Path) -> None:
    data = b"good line\n" * 500 + b" one \xff\xfe bad\n" + b"good line\n" * 500
    passages, others = read_data(tmp_path, data, unit="line")
    assert len(passages) == 1000
    assert others == [BadRecord("a.txt#5001", "byte 5005 is no utf-8")]


@pytest.mark.parametrize("unit", ["paragraph", "sentence"])
def test_a_bad_byte_costs_its_paragraph(tmp_path: Path, unit: str) -> None:
    data = b"A good one.\n\n" * 100 + b"First. \xff\nSecond.\n\n" + b"A good one."
    passages, others = read_data(tmp_path, data, unit=unit)
    assert len(passages) == 101
    assert others == [BadRecord("a.txt#1300", "byte 1307 is no utf-8")]


def test_where_bytes_cannot_be_told_the_line_is(tmp_path: Path) -> None:
    passages, others = read_data(
        tmp_path, "日\n\n本\n".encode("iso2022-jp") + b"\xff", encoding="iso2022-jp", unit="line"
    )
    assert passages == [("a.txt#0", "日"), ("a.txt#2", "本")]
    assert others == [BadRecord("a.txt#3", "something in line 3 (the first is 0) is no iso2022-jp")]


def test_a_given_encoding_is_kept_to(tmp_path: Path) -> None:
    passages, others = read_data(tmp_path, b"one\ntw\xe9\n", encoding="ascii", unit="line")
    assert (passages, others) == ([("a.txt#0", "one")], [BadRecord("a.txt#4", "byte 6 is no ascii")])
    with pytest.raises(BadSource, match=re.escape("there is no encoding of text files 'klingon' (--encoding)")):
        read_data(tmp_path, b"one", encoding="klingon")


@pytest.mark.parametrize("data", [b"\0" * 50, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe\xfd"])
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadSource, match="it is no text: "):
        read_data(tmp_path, data)


# Records

FIELDS = {"text": "A first one.\n\nA second.", "title": "T", "year": 1911, "tags": ["é", None], "gone": None}
KEPT = ("T", "1911", '["é", null]', "", "in")


@pytest.mark.parametrize("name", ["in/a.jsonl", "in/a.json", "in/a.parquet"])
def test_records_and_their_fields(tmp_path: Path, name: str) -> None:
    rows = [FIELDS, {**FIELDS, "text": "Third."}]
    data = {"jsonl": jsonl(rows), "json": json.dumps(rows).encode(), "parquet": parquet_of(rows)}[
        name.rpartition(".")[2]
    ]
    second = data.index(b"\n") + 1 if name.endswith("l") else 1
    remark, block = texts(file_of(tmp_path, data, name, keep=("title", "year", "tags", "gone", "folder")))
    assert remark == Remark(name, "not every record has a field 'gone'; it is empty where there is none")
    assert isinstance(block, Passages)
    assert list(block.text) == ["A first one.", "A second.", "Third."]
    assert list(block.sources) == [f"{name}#0", f"{name}#0.1", f"{name}#{second}"]
    assert block.documents.tolist() == [0, 0, 1]
    assert list(block.fields) == ["title", "year", "tags", "gone", "folder"]
    assert list(zip(*block.fields.values(), strict=True)) == [KEPT] * 3


@pytest.mark.parametrize("unit", ["document", "line", "sentence"])
def test_units_are_cut_inside_records(tmp_path: Path, unit: str) -> None:
    expected = ["One more. And two.\n\nThree."] if unit == "document" else ["One more. And two.", "Three."]
    expected = ["One more.", "And two.", "Three."] if unit == "sentence" else expected
    passages, _ = read_data(tmp_path, jsonl([{"text": "One more. And two.\n\nThree."}]), "a.jsonl", unit=unit)
    assert [one for _, one in passages] == expected
    assert [source for source, _ in passages] == ["a.jsonl#0", "a.jsonl#0.1", "a.jsonl#0.2"][: len(expected)]


def test_passages_of_a_record_are_numbered_whichever_are_left_out(tmp_path: Path) -> None:
    data = jsonl([{"text": "one\n\ntwo three four\n\nfive"}, {"text": " \n "}])
    passages, others = read_data(tmp_path, data, "a.jsonl", max_words=2)
    assert [source for source, _ in passages] == ["a.jsonl#0", "a.jsonl#0.1", "a.jsonl#0.2", "a.jsonl#0.3"]
    assert others == [TooShort("a.jsonl", 1)]
    longer, others = read_data(tmp_path, data, "a.jsonl", max_words=2, min_words=2)
    assert longer == [passages[1]]
    assert others == [TooShort("a.jsonl", 3), TooShort("a.jsonl", 1)]


def test_a_large_document_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_DOCUMENT", 1 << 20)
    reason = "over 1 MiB, which are read whole; as paragraphs, lines or sentences it may have any size"
    with pytest.raises(BadSource, match=reason):
        read_data(tmp_path, gzip.compress(b"a" * 2_000_000), "a.txt.gz", unit="document")


# Compressed files


@pytest.mark.parametrize("compression", PACK)
@pytest.mark.parametrize("kind", [".txt", ".jsonl", ".json", ".csv"])
def test_a_compressed_file_gives_what_the_plain_one_does(tmp_path: Path, compression: str, kind: str) -> None:
    data = {
        ".txt": "one\ntwo. é\n\nthree\r\n\r\nfour\n".encode(),
        ".jsonl": jsonl([{"text": "one two"}, {"text": "three\n\nfour"}]),
        ".json": b'["one two", "three\\n\\nfour"]',
        ".csv": b'text\none two\n"three\n\nfour"\n',
    }[kind]
    plain, _ = read_data(tmp_path, data, "a" + kind)
    passages, others = read_data(tmp_path, PACK[compression](data), "a" + kind + compression)
    assert [text for _, text in passages] == [text for _, text in plain]
    numbers = ["0", "3", "5"] if kind == ".txt" else ["0", "1", "1.1"]
    assert [source for source, _ in passages] == [f"a{kind}{compression}#{one}" for one in numbers]
    assert others == []


LINES = [f"line {number:07} of a text" for number in range(100_000)]


@pytest.mark.parametrize("compression", PACK)
@pytest.mark.parametrize("kind", [".txt", ".csv"])
@pytest.mark.parametrize("share", [0.8, 0.99])
def test_a_file_that_is_cut_short_gives_what_is_whole(
    tmp_path: Path, compression: str, kind: str, share: float
) -> None:
    rows = LINES if kind == ".txt" else ["text", *LINES]
    packed = PACK[compression]("\n".join(rows).encode())
    name = f"a{kind}{compression}"
    passages, others = read_data(tmp_path, packed[: int(share * len(packed))], name, unit="line")
    assert [text for _, text in passages] == LINES[: len(passages)]
    assert len(passages) > 0.3 * len(LINES)
    (bad,) = others
    assert bad.source == name
    assert re.match(r"damaged or cut short behind byte [0-9]+ of what was compressed \([^\n]+\)$", bad.reason)


@pytest.mark.parametrize("compression", PACK)
def test_what_is_not_compressed_at_all_is_refused(tmp_path: Path, compression: str) -> None:
    with pytest.raises(BadSource, match="damaged or cut short behind byte 0"):
        read_data(tmp_path, b"plain text, and no more than that", f"a.txt{compression}")
    with pytest.raises(BadSource, match="0 bytes when decompressed"):
        read_data(tmp_path, PACK[compression](b""), f"a.txt{compression}")


def test_a_fault_of_the_disk_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(contents, "_Stepwise", lambda _: type("Broken", (), {"read": fails})())
    with pytest.raises(BadSource, match="it cannot be read: Input/output error"):
        read_data(tmp_path, gzip.compress(b"one"), "a.txt.gz")


# Files


def test_an_unusable_file_is_a_bad_source(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    cases = {
        "it cannot be read: Is a directory": SourceFile("a.txt", os.fsencode(tmp_path / "folder.txt"), 3, 0),
        "gone since it was planned": SourceFile("a.txt", os.fsencode(tmp_path / "none.txt"), 3, 0),
        "0 bytes": file_of(tmp_path, b"", "empty.txt"),
    }
    file = file_of(tmp_path, b"one")
    cases["changed since it was planned: 2 bytes then, 3 now"] = SourceFile("a.txt", file.path, 2, 0)
    for reason, one in cases.items():
        with pytest.raises(BadSource, match=f"^{reason}$"):
            read(one)


@pytest.mark.parametrize("size", [1000, 3 << 20])
def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path, size: int) -> None:
    file = file_of(tmp_path, b"some words\n" * 200_000, unit="line")
    stream = texts(file)
    next(stream)
    os.truncate(file.path, size)
    with pytest.raises(BadSource, match=f"changed while it was read: 2200000 bytes before, {size} then"):
        list(stream)


def test_it_is_the_reader_of_its_extensions() -> None:
    for extension in (".txt", ".TXT", ".txt.gz", ".jsonl.zst", ".tsv.xz", ".json.bz2", ".parquet", ".md"):
        (found,) = find_readers(extension)
        assert found.function is texts
        assert found.ranges is cut
    assert find_readers(".parquet.gz") == ()


# Real texts


def real_files() -> list[Path]:
    found = [*SAMPLES.iterdir(), *(CORPORA.iterdir() if CORPORA.is_dir() else ())]
    return [path for path in sorted(found) if path.suffix in (".txt", ".md", ".jsonl")]


@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.name)
@pytest.mark.parametrize("unit", ["paragraph", "line"])
def test_real_texts_are_read_whole(path: Path, unit: Any) -> None:
    data = path.read_bytes()
    file = SourceFile(
        path.name, os.fsencode(path), len(data), 0, reading=Reading(unit=unit, min_words=0, max_words=10**9)
    )
    passages, others = read(file)
    assert all(isinstance(one, TooShort) for one in others)
    if path.suffix != ".jsonl":
        text = data.decode()
        assert [one for _, one in passages] == [one for _, one in reference(text, unit)]
        places = [int(source.rpartition("#")[2]) for source, _ in passages]
        assert all(data[at:].startswith(one[:20].encode()) for at, (_, one) in zip(places, passages, strict=True))
    edges = [*range(0, len(data), 50_021), len(data)]
    parts = [
        one
        for begin, end in pairwise(edges)
        for one in read(SourceFile(path.name, file.path, len(data), 0, begin, end, file.reading))[0]
    ]
    assert parts == passages


@pytest.mark.skipif(not CORPORA.is_dir(), reason="no corpora here")
@pytest.mark.parametrize(
    ("name", "how", "rows"),
    [
        ("shijing.json", {}, None),
        ("vega-airports.csv", {"text_field": "name", "keep": ("city", "state")}, 3376),
        ("bccd-boxes.csv", {"text_field": "cell_type"}, None),
    ],
)
def test_real_tables(name: str, how: dict[str, Any], rows: int | None) -> None:
    path = CORPORA / name
    file = SourceFile(name, os.fsencode(path), path.stat().st_size, 0, reading=Reading(**how))
    passages, others = read(file)
    if name.endswith(".json"):
        first = json.loads(path.read_bytes())[0]
        assert passages == []
        assert others[0] == BadRecord(f"{name}#0", f"it has no field 'text'; it has {', '.join(first)}")
        return
    with path.open(newline="", encoding="utf-8") as opened:
        expected = [row[how["text_field"]] for row in csv.DictReader(opened)]
    assert rows in (None, len(expected))
    assert passages == [(f"{name}#{number}", text.strip(WHITE)) for number, text in enumerate(expected)]
