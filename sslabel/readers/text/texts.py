"""Text files: plain text, Markdown, JSON Lines, JSON, CSV, TSV and Parquet, as blocks of passages."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import FileIO
from itertools import chain, pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import numpy as np

from sslabel.blocks import Integers, Passages, Strings, bounds_of, byte_places, ranges, rows_of, text_of
from sslabel.errors import BadSource
from sslabel.places import Places
from sslabel.readers import BadRecord, Reading, Remark, SourceFile, TooShort, open_without_waiting
from sslabel.readers.contents import COMPRESSIONS, Content, read_whole
from sslabel.readers.text.json_records import json_line, json_list
from sslabel.readers.text.records import Fields, Record
from sslabel.readers.text.tables import parquet, table
from sslabel.registry import reader
from sslabel.transforms.text import words
from sslabel.transforms.text.encodings import HEAD, Decoder, Encoding, encoding_of, is_bad
from sslabel.transforms.text.units import (
    Units,
    before_open_line,
    behind_blank_line,
    is_white,
    joined,
    line_starts,
    lines,
    owners_of,
    paragraphs,
    trimmed,
    whole,
    windows,
)

if TYPE_CHECKING:
    from sslabel.blocks import Codes
    from sslabel.transforms.text.encodings import Widths

_PLAIN = (".txt", ".md")
_IN_LINES = (*_PLAIN, ".jsonl")
_PACKABLE = (*_IN_LINES, ".json", ".csv", ".tsv")
_BLOCK: Final = 1 << 20
_RANGE = 1 << 20
_TELLING = 1 << 18
_BEYOND = 1 << 16
_BEFORE = 1 << 12
_DOCUMENT: Final = 256 << 20
_LINE_END = re.compile(rb"\r\n|\r|\n")


def cut(path: str | bytes, size: int, reading: Reading) -> list[tuple[int, int, int]]:
    """The ranges of a mebibyte that a large text is read in, each giving the records that begin in it."""
    if size <= _RANGE or not cuttable(path, reading):
        return []
    edges = [*range(0, size, _RANGE), size]
    return [(begin, end, end - begin) for begin, end in pairwise(edges)]


def cuttable(path: str | bytes, reading: Reading) -> bool:
    """Whether a file may be read in ranges of bytes.

    It may if it is plain text or JSON Lines, not compressed, in an encoding that keeps ASCII as it is, and is not
    one document. It is opened to find its encoding.
    """
    kind, compression = _format(os.fsdecode(path))
    if kind not in _IN_LINES or compression or (kind in _PLAIN and reading.unit == "document"):
        return False
    try:
        with open(path, "rb", buffering=0, opener=open_without_waiting) as file:
            about = os.fstat(file.fileno())
        return stat.S_ISREG(about.st_mode) and _encoding_in(path, reading.encoding, _identity(about)).keeps_ascii
    except (OSError, ValueError):
        return False  # reading it will tell


def beginning(file: SourceFile) -> SourceFile:
    """The first part of a range: it tells what the others are like."""
    if file.end is None or file.end - file.begin <= _TELLING:
        return file
    return replace(file, end=file.begin + _TELLING, share=_TELLING)


@reader(
    "text",
    extensions=[
        *(kind + compression for kind in _PACKABLE for compression in ("", *COMPRESSIONS)),
        ".parquet",
    ],
    fields=["folder", "*"],
    ranges=cut,
    beginning=beginning,
)
def texts(file: SourceFile) -> Iterator[Passages | BadRecord | Remark | TooShort]:
    """Read plain text, Markdown, JSON, CSV, TSV and Parquet as documents, paragraphs, lines or sentences.

    The passages come in blocks of about 1 MiB. Lines end at LF, CR LF or CR alone, not at U+2028 or U+2029;
    paragraphs stand between lines of white space. White space around a passage is no part of it.

    A passage of a plain file is named by the byte that it begins at (`a.txt#1024`); one of a compressed file by the
    number of its line, one of CSV, TSV, JSON lists and Parquet by that of its row, the first being 0; one of JSON
    Lines by its record's first byte. The further passages of a record are `a.jsonl#1024.1`, `a.jsonl#1024.2` and so
    on, whichever of them are too short to be given.

    `file.reading.encoding` or a byte order mark says what the bytes mean; else they are UTF-8, or a guess that a remark
    tells. What cannot be decoded costs the line, the paragraph or the record that it stands in. What a damaged
    compressed file holds before the damage is given, but for the record that was not complete then.
    """
    kind, compression = _format(file.source)
    with file.opened() as raw:
        if kind == ".parquet":
            yield from _of_records(file, parquet(file, raw))
            return
        content = Content(raw, compression)
        encoding = _encoding(file, raw, content)
        if encoding.is_guess and not file.begin:
            yield Remark(file.source, f"read as {encoding.name}, a guess; --encoding says which it is")
        if kind == ".json":
            yield from _of_records(file, json_list(file, content, encoding))
        elif kind in (".csv", ".tsv"):
            yield from _of_records(file, table(file, content, encoding, "," if kind == ".csv" else "\t"))
        elif kind == ".jsonl":
            yield from _of_records(file, _json_lines(file, content, encoding))
        else:
            yield from _plain(file, content, encoding)


def _encoding(file: SourceFile, raw: FileIO, content: Content) -> Encoding:
    """The encoding of a file; it is looked for once in all its ranges. BadSource where there is none."""
    try:
        if file.end is not None and content.is_plain:
            return _encoding_in(file.path, file.reading.encoding, _identity(os.fstat(raw.fileno())))
        head = content.peek(HEAD)
        if not head:
            raise BadSource(content.damage or "0 bytes when decompressed")
        return encoding_of(head, file.reading.encoding)
    except ValueError as error:
        raise BadSource(str(error)) from None


def _identity(about: os.stat_result) -> tuple[int, ...]:
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


@lru_cache(maxsize=4)
def _encoding_in(path: str | bytes, given: str | None, _: tuple[int, ...]) -> Encoding:
    with open(path, "rb", buffering=0, opener=open_without_waiting) as file:
        return encoding_of(Content(file, "").read(HEAD), given)


def _format(name: str) -> tuple[str, str]:
    """What a file holds and how it is compressed, by its name: `(".txt", ".gz")`."""
    extensions = [one.lower() for one in PurePosixPath(name).suffixes[-2:]]
    if extensions and extensions[-1] in COMPRESSIONS:
        return (extensions[0] if len(extensions) > 1 else "", extensions[-1])
    return (extensions[-1] if extensions else "", "")


@dataclass(frozen=True)
class _Cut:
    """A block of code points, and the units cut out of it: unit i is from record `records[i]`.

    A passage is named by the byte it begins at where `widths` (the bytes of each code point) are given, the first
    being `base`; else by its record's name and its number among the passages of the record.
    """

    codes: Codes
    begins: Integers
    ends: Integers
    records: Integers
    names: Integers | None = None
    widths: Widths | None = None
    base: int = 0
    documents: Integers | None = None
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)


def _passages(file: SourceFile, cut: _Cut) -> Iterator[Passages | TooShort]:
    """The passages of a block, their words found, long ones in windows and without those that are too short."""
    reading = file.reading
    text = joined(cut.codes, cut.begins, cut.ends)
    begins, ends, bounds = words.word_bounds(text)
    found = windows(text, begins, ends, bounds, reading.max_words)
    records = cut.records[found.owners]
    kept = np.flatnonzero(found.behind - found.first >= reading.min_words)
    short = len(records) - len(kept)
    numbers = np.zeros(len(records), np.int64)
    if cut.widths is not None:
        places = _offsets(cut, cut.begins[found.owners] + found.begins - text.bounds[found.owners])
    else:
        assert cut.names is not None
        places = cut.names[records]
        first = np.flatnonzero(np.diff(records, prepend=-1))
        numbers = ranges(numbers[first], np.diff(np.append(first, len(records))))
    if len(kept) == len(text) == len(found.owners):
        shift = np.zeros(len(kept), np.int64)
        given = text
    else:
        given = joined(text.codes, found.begins[kept], found.ends[kept])
        shift = found.begins[kept] - given.bounds[:-1]
    counts = (found.behind - found.first)[kept]
    chosen = ranges(found.first[kept], counts)
    bounds = bounds_of(counts)
    moved = shift[rows_of(bounds)]
    block = Passages(
        given,
        Places(file.source, places[kept], numbers[kept]),
        records[kept] if cut.documents is None else cut.documents[records[kept]],
        begins[chosen] - moved,
        ends[chosen] - moved,
        bounds,
        {name: [values[record] for record in records[kept].tolist()] for name, values in cut.fields.items()},
    )
    if len(block):
        yield from _in_blocks(block)
    if short:
        yield TooShort(file.source, short)


def _offsets(cut: _Cut, places: Integers) -> Integers:
    """The bytes at which these code points begin."""
    assert cut.widths is not None
    wide = np.flatnonzero(cut.widths != 1)
    return cut.base + byte_places(places, wide, cut.widths[wide].astype(np.int64) - 1)


def _in_blocks(block: Passages) -> Iterator[Passages]:
    """A block as several, where one record made it a large one."""
    if len(block.text.codes) < 2 * _BLOCK:
        yield block
        return
    edges = [0, *(np.flatnonzero(np.diff(block.text.bounds[:-1] // _BLOCK)) + 1).tolist(), len(block)]
    for one, other in pairwise(edges):
        begin, end = block.text.bounds[one], block.text.bounds[other]
        first, behind = block.bounds[one], block.bounds[other]
        yield Passages(
            Strings(block.text.codes[begin:end], block.text.bounds[one : other + 1] - begin),
            block.sources[one:other],
            block.documents[one:other],
            block.begins[first:behind] - begin,
            block.ends[first:behind] - begin,
            block.bounds[one : other + 1] - first,
            {name: values[one:other] for name, values in block.fields.items()},
        )


def _units(text: Strings, reading: Reading) -> Units:
    if reading.unit == "document":
        return whole(text)
    return lines(text) if reading.unit == "line" else paragraphs(text)


def _sentences(codes: Codes, units: Units, records: Integers) -> tuple[Integers, Integers, Integers]:
    """The sentences of paragraphs, and the record of each."""
    from sslabel.transforms.text.sentences import sentence_bounds

    inside = joined(codes, units.begins, units.ends)
    begins, ends, bounds = sentence_bounds(inside)
    owners = np.repeat(np.arange(len(inside)), np.diff(bounds))
    shift = units.begins[owners] - inside.bounds[owners]
    begins, ends, kept = trimmed(codes, begins + shift, ends + shift)
    return begins, ends, records[owners[kept]]


# Records


def _of_records(
    file: SourceFile, records: Iterator[Record | BadRecord | Remark]
) -> Iterator[Passages | BadRecord | Remark | TooShort]:
    """The passages of records, in blocks of about the same length of text."""
    waiting: list[Record] = []
    size = 0
    for one in records:
        if not isinstance(one, Record):
            yield one
            continue
        waiting.append(one)
        size += len(one.text)
        if size >= _BLOCK:
            yield from _of_block(file, waiting)
            waiting, size = [], 0
    if waiting:
        yield from _of_block(file, waiting)


def _of_block(file: SourceFile, records: Sequence[Record]) -> Iterator[Passages | TooShort]:
    text = Strings.of([one.text for one in records])
    units = _units(text, file.reading)
    begins, ends, owners = units.begins, units.ends, owners_of(text, units.begins)
    blank = len(records) - len(np.unique(owners))
    if file.reading.unit == "sentence":
        begins, ends, owners = _sentences(text.codes, units, owners)
    names = np.array([one.name for one in records], np.int64)
    fields = {name: [one.fields[number] for one in records] for number, name in enumerate(file.reading.keep)}
    yield from _passages(file, _Cut(text.codes, begins, ends, owners, names, fields=fields))
    if blank:
        yield TooShort(file.source, blank)


def _json_lines(file: SourceFile, content: Content, encoding: Encoding) -> Iterator[Record | BadRecord | Remark]:
    fields = Fields(file)
    for chunk in _chunks(file, content, encoding, lines):
        units, text = chunk.units, text_of(chunk.codes)
        spans = zip(
            chunk.names(units.begins, units.lines).tolist(), units.begins.tolist(), units.ends.tolist(), strict=True
        )
        yield from chain.from_iterable(json_line(fields, name, text[begin:end]) for name, begin, end in spans)
    if content.damage is not None:
        yield BadRecord(file.source, content.damage)


# Plain files


def _plain(
    file: SourceFile, content: Content, encoding: Encoding
) -> Iterator[Passages | BadRecord | Remark | TooShort]:
    reading = file.reading
    unknown = [name for name in reading.keep if name != "folder"]
    if unknown:
        msg = f"plain text has no field {unknown[0]!r} to keep, only folder"
        raise BadSource(msg)
    if reading.unit == "document":
        _not_cut(file)
        chunks = _document(content, encoding)
    else:
        chunks = _chunks(file, content, encoding, lines if reading.unit == "line" else paragraphs)
    for chunk in chunks:
        units = chunk.units
        bad = np.flatnonzero(is_bad(chunk.codes))
        if len(bad):
            units, excluded = _without(file, chunk, bad)
            yield from excluded
        begins, ends, records = units.begins, units.ends, np.arange(len(units.begins))
        if reading.unit == "sentence":
            begins, ends, records = _sentences(chunk.codes, units, records)
        fields: dict[str, Sequence[str]] = {name: [file.folder] * len(units.begins) for name in reading.keep}
        one_document = np.zeros(len(units.begins), np.int64)
        if chunk.has_offsets:
            cut = _Cut(chunk.codes, begins, ends, records, None, chunk.widths, chunk.base, one_document, fields)
        else:
            names = chunk.names(units.begins, units.lines)
            cut = _Cut(chunk.codes, begins, ends, records, names, documents=one_document, fields=fields)
        yield from _passages(file, cut)
    if content.damage is not None:
        yield BadRecord(file.source, content.damage)


def _without(file: SourceFile, chunk: _Chunk, bad: Integers) -> tuple[Units, list[BadRecord]]:
    """The units of a chunk in which none of these code points stands, and what is wrong with the others."""
    units = chunk.units
    within = np.searchsorted(units.begins, bad, side="right") - 1
    ours = bad < np.append(units.ends, 0)[within]
    hit, first = np.unique(within[ours], return_index=True)
    names = chunk.names(units.begins[hit], units.lines[hit])
    reasons = chunk.places(bad[ours][first])
    excluded = [
        BadRecord(f"{file.source}#{name}", reason) for name, reason in zip(names.tolist(), reasons, strict=True)
    ]
    return units.take(~np.isin(np.arange(len(units.begins)), hit)), excluded


@dataclass(frozen=True)
class _Chunk:
    """A part of a file that holds whole lines or paragraphs: `units`, with the byte and the line that it begins at."""

    codes: Codes
    widths: Widths
    units: Units
    base: int
    line: int
    has_offsets: bool
    encoding: str

    def names(self, begins: Integers, at_lines: Integers) -> Integers:
        """What the units that begin at these code points, in these lines, are called."""
        return self._offsets(begins) if self.has_offsets else at_lines + self.line

    def places(self, bad: Integers) -> list[str]:
        """What is wrong at code points that stand for bytes that cannot be decoded."""
        what = f"is no {self.encoding}"
        if not self.widths.any():
            starts = line_starts(self.codes)
            found = self.line + np.searchsorted(starts, bad, side="right") - 1
            return [f"something in line {line} (the first is 0) {what}" for line in found.tolist()]
        return [f"byte {place} {what}" for place in self._offsets(bad).tolist()]

    def before(self, end: int) -> _Chunk:
        """The units whose first line begins before this byte of the file."""
        return replace(self, units=self.units.take(self._offsets(self.units.starts) < end))

    def _offsets(self, places: Integers) -> Integers:
        nothing = places[:0]
        return _offsets(_Cut(self.codes, nothing, nothing, nothing, widths=self.widths, base=self.base), places)


def _document(content: Content, encoding: Encoding) -> Iterator[_Chunk]:
    data = read_whole(content, _DOCUMENT, "as paragraphs, lines or sentences it may have any size")
    codes, widths = Decoder(encoding).decode(data[encoding.mark :], final=True)
    has_offsets = content.is_plain and encoding.widths is not None
    units = whole(Strings(codes, np.array([0, len(codes)])))
    yield _Chunk(codes, widths, units, encoding.mark, 0, has_offsets, encoding.name)


def _chunks(
    file: SourceFile, content: Content, encoding: Encoding, units_of: Callable[[Strings], Units]
) -> Iterator[_Chunk]:
    """The parts of a file, or of the range of it that is asked for, with the units that begin in it."""
    at_paragraphs = units_of is paragraphs
    entry = _entry(file, content, encoding, at_paragraphs=at_paragraphs)
    if entry is None:
        return
    base, is_inside, end = entry
    decoder = Decoder(encoding)
    codes, widths = decoder.decode(b"", final=False)
    read_to, line, last = base, 0, False
    while not last and (end is None or base < end):
        size = _portion(read_to, end, len(codes))
        data = content.read(size)
        read_to += len(data)
        last = len(data) < size
        is_whole = last and content.damage is None
        more_codes, more_widths = decoder.decode(data, final=is_whole)
        codes, widths = np.concatenate([codes, more_codes]), np.concatenate([widths, more_widths])
        if is_inside:
            # Lines of a paragraph that began in the range before this one, and belong to that.
            cut = behind_blank_line(codes, last=False)
            is_inside = not cut
            cut = cut or before_open_line(codes)
            base += int(widths[:cut].sum(dtype=np.int64))
            codes, widths = codes[cut:], widths[cut:]
            if is_inside:
                continue
        cut = behind_blank_line(codes, last=True) if at_paragraphs else before_open_line(codes)
        cut = len(codes) if is_whole else cut
        units = units_of(Strings(codes[:cut], np.array([0, cut])))
        has_offsets = content.is_plain and encoding.widths is not None
        chunk = _Chunk(codes[:cut], widths[:cut], units, base, line, has_offsets, encoding.name)
        chunk = chunk if end is None else chunk.before(end)
        if len(chunk.units.begins):
            yield chunk
        base += int(widths[:cut].sum(dtype=np.int64))
        line += 0 if has_offsets else len(line_starts(codes[:cut])) - 1
        codes, widths = codes[cut:], widths[cut:]


def _entry(
    file: SourceFile, content: Content, encoding: Encoding, *, at_paragraphs: bool
) -> tuple[int, bool, int | None] | None:
    """The byte to begin at, whether that is inside a paragraph, and the end of the range; None if nothing begins in it.

    The content is left at that byte.
    """
    if not (content.is_plain and encoding.keeps_ascii):
        _not_cut(file)
        content.read(encoding.mark)
        return encoding.mark, False, None
    if file.end is not None and file.end <= encoding.mark:
        return None
    base: int | None = encoding.mark
    is_inside = False
    if file.begin > encoding.mark:
        base = _first_line(file, content, file.begin)
        is_inside = at_paragraphs and base is not None and not _is_behind_blank_line(content, encoding, base)
    if base is None:
        return None
    content.seek(base)
    return base, is_inside, file.end


def _not_cut(file: SourceFile) -> None:
    if file.begin or not (file.end is None or file.end >= file.size):
        msg = f"{file.source} cannot be read in parts"
        raise ValueError(msg)


def _portion(at: int, end: int | None, waiting: int) -> int:
    """How many bytes to read next: a block, or what is left of the range and a little; more while a record is long."""
    if end is not None and end - at <= _BLOCK:
        return max(end - at, 0) + max(_BEYOND, waiting)
    return max(_BLOCK, waiting)


def _first_line(file: SourceFile, content: Content, begin: int) -> int | None:
    """Where the first line begins that begins at this byte or behind it; None if that is behind the range."""
    at = begin - 1
    content.seek(at)
    end = file.size if file.end is None else file.end
    while at < end:
        data = content.read(_BEYOND)
        if data.endswith(b"\r"):
            data += content.read(1)
        found = _LINE_END.search(data)
        if found is not None:
            place = at + found.end()
            return place if place < end else None
        if not data:
            return None
        at += len(data)
    return None


def _is_behind_blank_line(content: Content, encoding: Encoding, at: int) -> bool:
    """Whether the line before this one, which begins at a byte, is blank, or there is none."""
    size = _BEFORE
    while True:
        begin = max(encoding.mark, at - size)
        content.seek(begin)
        data = content.read(at - begin)
        data = data[: -2 if data.endswith(b"\r\n") else -1]
        inner = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if inner or begin == encoding.mark:
            codes, _ = Decoder(encoding).decode(data[inner:], final=True)
            return bool(is_white(codes).all())
        # The middle of a line. In UTF-8 it can be read from any character on, and mostly tells enough.
        if encoding.name == "utf-8":
            solid = data.lstrip(bytes(range(0x80, 0xC0)))
            codes, _ = Decoder(encoding).decode(solid, final=True)
            if not is_white(codes).all():
                return False
        size *= 4
