"""Records of text in JSON: one in each line, or all in one list, which is read piece by piece."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from sslabel.errors import BadSource
from sslabel.readers import BadRecord, Remark, SourceFile
from sslabel.readers.contents import Content
from sslabel.readers.text.records import HALF, Fields, Record, kind_of
from sslabel.transforms.text.encodings import Decoder, Encoding, has_bad

_PORTION = 1 << 18
_LONGEST: Final = 64 << 20  # code points of one record of a list
_SPACE = re.compile(r"[ \t\n\r]*")
_NEAR = 16  # what is wrong this near to the end may be right with more behind it


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
    """The records of a JSON file that is one list, of objects or of strings.

    Where it turns out to be no JSON, the records before that are given all the same.
    """
    elements = _Elements(content, encoding)
    fields = Fields(file)
    number = 0
    try:
        for value, is_bad in elements:
            given = {file.reading.text_field: value} if isinstance(value, str) else value
            for one in fields.record(number, given if isinstance(given, dict) else None):
                if is_bad and isinstance(one, BadRecord) and HALF in one.reason:
                    yield BadRecord(one.source, f"it holds bytes that are no {encoding.name}")
                else:
                    yield one
            number += 1
    except (ValueError, RecursionError) as error:
        reason = content.damage or str(error)
        if not number:
            raise BadSource(reason) from None
        yield BadRecord(file.source, f"{reason}; what stands before that is used")
    else:
        if content.damage is not None:
            yield BadRecord(file.source, content.damage)


class _Elements:
    """The elements of a list in JSON, each with whether any bytes of it cannot be decoded; ValueError where it is none.

    No more of it is held than one element and what is read at once.
    """

    def __init__(self, content: Content, encoding: Encoding) -> None:
        content.read(encoding.mark)
        self._content, self._decoder = content, Decoder(encoding)
        self._text, self._at, self._before, self._is_all = "", 0, 0, False

    def __iter__(self) -> Iterator[tuple[Any, bool]]:
        if self._next() != "[":
            self._refuse()
        self._at += 1
        if self._next() != "]":
            yield self._element()
            while self._next() == ",":
                self._at += 1
                yield self._element()
            if self._next() != "]":
                self._fail("expecting ',' delimiter", self._at)
        self._at += 1
        if self._next():
            self._fail("extra data", self._at)

    def _refuse(self) -> None:
        value, _ = self._element()
        if self._next():
            self._fail("extra data", self._at, "; one with a record a line is called .jsonl")
        msg = f"it is no list of records or strings, but {kind_of(value)}"
        raise ValueError(msg)

    def _next(self) -> str:
        """The next character that is no white space, which is not taken yet; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            assert space is not None  # it may be empty
            self._at = space.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _element(self) -> tuple[Any, bool]:
        self._next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_open = error.pos > len(self._text) - _NEAR or error.msg.startswith("Unterminated string")
                if not (is_open and self._more()):
                    self._fail(_first_small(error.msg), error.pos)
            except RecursionError:
                msg = "it is no JSON: too deeply nested"
                raise ValueError(msg) from None
            else:
                # A number may go on behind what is read, also by a fraction or an exponent that has only begun.
                if not _GOES_ON.fullmatch(self._text, end) or not self._more():
                    begin, self._at = self._at, end
                    return value, has_bad(self._text[begin:end])

    def _more(self) -> bool:
        """Read on; False where there is nothing more."""
        if self._is_all:
            return False
        left = self._text[self._at :]
        if len(left) > _LONGEST:
            msg = f"a record of over {_LONGEST >> 20} MiB begins at character {self._before + self._at}"
            raise ValueError(msg)
        size = max(_PORTION, len(left))
        data = self._content.read(size)
        self._is_all = len(data) < size
        more = self._decoder.text(data, final=self._is_all and self._content.damage is None)
        self._before += self._at
        self._text, self._at = left + more, 0
        return True

    def _fail(self, what: str, at: int, hint: str = "") -> NoReturn:
        msg = f"it is no JSON: {what} at character {self._before + at}{hint}"
        raise ValueError(msg)


_DECODER = json.JSONDecoder()
_GOES_ON = re.compile(r"\.?|[eE][+-]?")


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{_first_small(error.msg)} at character {error.pos}"
    return "too deeply nested" if isinstance(error, RecursionError) else str(error)


def _first_small(message: str) -> str:
    what = message.removesuffix(" at")  # "Unterminated string starting at"
    return f"{what[:1].lower()}{what[1:]}"
