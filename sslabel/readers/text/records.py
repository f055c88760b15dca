"""Records of text, whatever format they come from: a text, and the fields beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sslabel.readers import BadRecord, Remark, SourceFile
from sslabel.transforms.text.encodings import has_bad

HALF = "half of a surrogate pair"

_NAMED = 8


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
            yield BadRecord(source, f"a field that is kept holds {HALF}: {listed(reading.keep)}")
            return
        yield Record(name, given[reading.text_field], tuple(kept))

    def _problem(self, given: Mapping[str, Any]) -> str:
        key = self.file.reading.text_field
        if key not in given:
            return f"it has no field {key!r}; it has {listed(given)}"
        text = given[key]
        if not isinstance(text, str):
            return f"its field {key!r} is {'null' if text is None else kind_of(text)}, not text"
        return f"its field {key!r} holds {HALF}" if has_bad(text) else ""


def kind_of(value: object) -> str:
    """What JSON calls a value."""
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "null" if value is None else type(value).__name__)


def listed(names: Sequence[str] | Mapping[str, Any]) -> str:
    """The first of several names."""
    shown = [one if one.isprintable() else repr(one) for one in list(names)[:_NAMED]]
    more = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
