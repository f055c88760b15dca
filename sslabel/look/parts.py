"""The fields of an example as they stand in a shard: told of without being decoded, decoded when they are shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sslabel.codecs import CODECS, Field
from sslabel.errors import DamageError
from sslabel.look.sizes import size_of
from sslabel.values import Category, ClassMap, Mask, Numbers, Order, Picture, Text, Texts

PICTURES = ("picture", "mask", "class_map")


@contextmanager
def damage(where: str) -> Iterator[None]:
    """What goes wrong as a shard is read, as a DamageError that names it."""
    try:
        yield
    except GeneratorExit:  # enough was seen, and pyarrow need not be loaded for that
        raise
    except _unreadable() as error:
        msg = f"{where} cannot be read: {type(error).__name__}: {error}"
        raise DamageError(msg) from error


def _unreadable() -> tuple[type[Exception], ...]:
    import pyarrow as pa

    return KeyError, ValueError, EOFError, OSError, pa.ArrowException


@dataclass(frozen=True)
class Unread:
    """A field that is not read, or cannot be: what it is, in a few words."""

    why: str


@dataclass
class Part:
    """A field of an example. `read` gives its bytes, or the cell of its column; `decode` makes a value of them.

    `where` names its shard, for the DamageError where it cannot be read.
    """

    name: str
    kind: str
    extension: str
    size: int
    read: Callable[[], Any]
    decode: Callable[[Any], Any]
    where: str = ""

    @classmethod
    def of_member(cls, field: Field, size: int, read: Callable[[], bytes]) -> Part:
        """A field that the tool wrote into a tar."""
        codec = CODECS[field.kind]
        return cls(field.name, field.kind, field.extension, size, read, lambda data: codec.decode(data, field))

    @classmethod
    def of_cell(cls, field: Field, cell: Any) -> Part:  # noqa: ANN401 - as the column has it
        """A field that the tool wrote into a Parquet file."""
        codec, picture = CODECS[field.kind], field.kind in PICTURES
        size = len(cell["bytes"]) if picture else 0
        raw = cell["bytes"] if picture else cell
        decode = codec.decode if picture else codec.from_cell
        return cls(field.name, field.kind, field.extension, size, lambda: raw, lambda data: decode(data, field))

    @cached_property
    def raw(self) -> Any:  # noqa: ANN401 - bytes or a cell
        """The bytes, or the cell."""
        with damage(self.where):
            return self.read()

    @cached_property
    def value(self) -> Any:  # noqa: ANN401 - a value of ours, or what a foreign file holds
        """The value; of a foreign file also plain JSON, an array, or what is Unread."""
        raw = self.raw
        with damage(self.where):
            return self.decode(raw)

    @cached_property
    def dimensions(self) -> tuple[int, int] | None:
        """The width and height of a picture, from its header; None where that is none."""
        try:
            return size_of(self.raw)
        except ValueError:
            return None

    def told(self) -> Any:  # noqa: ANN401 - any JSON value
        """The field as JSON: text as text, a class by index and name, of a picture what is known without decoding."""
        if self.kind in PICTURES:
            width, height = self.dimensions or (None, None)
            about = {"kind": self.kind, "extension": self.extension, "bytes": self.size}
            return {**about, "width": width, "height": height}
        return plain(self.value, self)


@dataclass
class Stored:
    """An example where it stands: in a shard, or freshly made and not written anywhere.

    `step` is the name of the task of ours that made it, with its options; empty where that is not known.
    """

    key: str
    parts: Mapping[str, Part]
    read_meta: Callable[[], Mapping[str, Any]]
    task: str = ""
    split: str = ""
    shard: str = ""
    step: tuple[str, Mapping[str, Any]] = ("", MappingProxyType({}))
    where: str = ""

    def stands(self, where: str) -> Stored:
        """The same, its shard named."""
        self.where = where
        for part in self.parts.values():
            part.where = where
        return self

    @property
    def values(self) -> dict[str, Any]:
        """The values of the fields."""
        return {name: part.value for name, part in self.parts.items()}

    @cached_property
    def meta(self) -> Mapping[str, Any]:
        """The meta data."""
        with damage(self.where):
            return self.read_meta()

    def told(self) -> dict[str, Any]:
        """The example as JSON, without what is binary."""
        where = {"task": self.task, "split": self.split, "shard": self.shard, "key": self.key}
        fields = {name: part.told() for name, part in self.parts.items()}
        return {**where, "source": self.meta.get("source"), "fields": fields, "meta": dict(self.meta)}


_LISTED = 10_000


def plain(value: Any, part: Part) -> Any:  # noqa: ANN401, PLR0911 - one return for each kind
    """A value as JSON."""
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Texts):
        return list(value.texts)
    if isinstance(value, Category):
        return {"index": value.index, "name": value.name}
    if isinstance(value, Order):
        return list(value.order)
    if isinstance(value, Numbers):
        return _plain_array(value.array)
    if isinstance(value, Picture | Mask | ClassMap | Unread):
        about = {"extension": part.extension, "bytes": part.size}
        return {**about, "unread": value.why} if isinstance(value, Unread) else about
    return _plain_array(value) if hasattr(value, "dtype") else value


def _plain_array(array: Any) -> Any:  # noqa: ANN401 - an array
    if array.size <= _LISTED and array.ndim <= 1 and array.dtype.kind in "iufb":
        return array.tolist()
    about = {"shape": list(array.shape), "dtype": array.dtype.name}
    if array.size and array.dtype.kind in "iuf":
        about |= {"min": float(array.min()), "max": float(array.max())}
    return about


def line_of(stored: Stored) -> str:
    """The example as a line of JSON: pure ASCII, so that nothing in it can touch a terminal."""
    return json.dumps(stored.told(), ensure_ascii=True, default=str)
