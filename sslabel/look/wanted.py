"""Which examples are asked for: by key, by source, by the value of a field."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sslabel.codecs import Schema
from sslabel.errors import UsageError
from sslabel.look.parts import Stored
from sslabel.values import Category, Text

T = TypeVar("T")


@dataclass(frozen=True)
class Wanted:
    """A choice of examples. `where` has names of fields or of meta data, and what each must be."""

    key: str | None = None
    source: str | None = None
    where: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, key: str | None, source: str | None, where: Sequence[str]) -> Wanted:
        """The choice as it is typed; UsageError for a `where` that is no NAME=VALUE."""
        pairs = [one.partition("=") for one in where]
        for given, (name, equals, _) in zip(where, pairs, strict=True):
            if not name.strip() or not equals:
                msg = f"--where {given}: NAME=VALUE is needed, such as label=3"
                raise UsageError(msg)
        return cls(key, source, tuple((name.strip(), value) for name, _, value in pairs))

    @property
    def everything(self) -> bool:
        """Whether no example is left out."""
        return self.key is None and self.source is None and not self.where

    def columns(self, schema: Schema | None, there: Sequence[str]) -> list[str]:
        """The columns of a Parquet file that the choice is made by."""
        fields = {one.name: schema.column(one) for one in schema.fields} if schema is not None else {}
        names = ["key"] * (self.key is not None) + ["source"] * (self.source is not None)
        for name, _ in self.where:
            names.append(fields.get(name, name if name in there else "meta"))
        return [name for name in dict.fromkeys(names) if name in there]

    def takes(self, stored: Stored) -> bool:
        """Whether an example is asked for; of it nothing is read that this does not depend on."""
        if self.key is not None and stored.key != self.key:
            return False
        if self.source is not None and not _is_of(str(stored.meta.get("source", "")), self.source):
            return False
        return all(_is(stored, name, value) for name, value in self.where)


EVERYTHING = Wanted()


def _is_of(source: str, asked: str) -> bool:
    """Whether a source id is the one asked for, lies in the file asked for, or is told by the end of either's path.

    Example: with several RAW folders, 1/objects/drum.jpg is drum.jpg, objects/drum.jpg and /data/raw/objects/drum.jpg
    """
    files = {source, source.partition("#")[0], source.partition("!")[0]}
    below = {rest for number, slash, rest in (one.partition("/") for one in files) if slash and number.isdecimal()}
    return any(f"/{one}".endswith(f"/{asked}") for one in files) or any(
        f"/{asked}".endswith(f"/{one}") for one in files | below
    )


def _is(stored: Stored, name: str, asked: str) -> bool:
    """Whether a field or a note has a value; a class by its index or, where that is none of its indices, its name."""
    value: Any = stored.parts[name].value if name in stored.parts else stored.meta.get(name)
    if isinstance(value, Category):
        number = int(asked) if asked.isdecimal() else -1
        return value.index == number if 0 <= number < len(value.names) else value.name == asked
    if isinstance(value, Text):
        return value.text == asked
    if isinstance(value, int | float):
        try:
            return value == float(asked)
        except ValueError:
            return False
    return isinstance(value, str) and value == asked


def in_order(found: Iterable[T]) -> Iterable[T]:
    """All that are found, as they come."""
    return found


def drawn(count: int, rng: random.Random) -> Callable[[Iterable[T]], Iterable[T]]:
    """A choice of so many of all that are found, each as likely as the others, in the order in which they stand."""

    def choose(found: Iterable[T]) -> Iterator[T]:
        kept: list[tuple[int, T]] = []
        for number, one in enumerate(found):
            if len(kept) < count:
                kept.append((number, one))
            elif (place := rng.randrange(number + 1)) < count:
                kept[place] = (number, one)
        return (one for _, one in sorted(kept, key=lambda pair: pair[0]))

    return choose
