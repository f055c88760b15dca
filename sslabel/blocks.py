"""Many texts at once: their code points in one array, so that whole blocks are worked on without a loop over texts.

Nothing here is ever changed in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sslabel.places import picked
from sslabel.values import Category, Note, Numbers, Order, Pair, Text, Texts, Value, part_of

Codes: TypeAlias = NDArray[np.unsignedinteger[Any]]
"""Code points: uint8 where all are ASCII, uint16 where all are below U+10000, else uint32; or any wider of these."""

Bools: TypeAlias = NDArray[np.bool_]
Integers: TypeAlias = NDArray[np.int64]


class Strings:
    """Several texts: text i is `codes[bounds[i]:bounds[i + 1]]`.

    `codes` are code points, as narrow as `Codes` says, never a surrogate; `bounds` are n + 1 ascending int64, from 0
    to `len(codes)`.
    `fixed`, where there is one, says of each code point whether it belongs to a marker of a task (`[MASK]`), which
    no noise may touch.
    """

    __slots__ = ("bounds", "codes", "fixed")

    def __init__(self, codes: Codes, bounds: Integers, fixed: Bools | None = None) -> None:
        self.codes, self.bounds, self.fixed = codes, bounds, fixed

    @classmethod
    def of(cls, texts: Sequence[str]) -> Strings:
        """The block of several texts; UnicodeEncodeError for a lone surrogate."""
        return cls(codes_of("".join(texts)), bounds_of([len(text) for text in texts]))

    @classmethod
    def assembled(
        cls, pool: Codes, begins: Integers, ends: Integers, bounds: Integers, fixed: Bools | None = None
    ) -> Strings:
        """Texts put together from pieces of a pool of code points.

        Piece j is `pool[begins[j]:ends[j]]`; text i is its pieces `bounds[i]` to `bounds[i + 1]`, one behind the
        other. `fixed` says of each piece whether it is a marker.
        """
        lengths = ends - begins
        codes = pool[ranges(begins, lengths)]
        marks = np.repeat(fixed, lengths) if fixed is not None and fixed.any() else None
        return cls(codes, bounds_of(lengths)[bounds], marks)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, number: int) -> str:
        begin, end = self.bounds[number], self.bounds[number + 1]
        return text_of(self.codes[begin:end])

    def __iter__(self) -> Iterator[str]:
        whole = text_of(self.codes)
        edges = self.bounds.tolist()
        return (whole[begin:end] for begin, end in pairwise(edges))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Strings):
            return NotImplemented
        return np.array_equal(self.bounds, other.bounds) and np.array_equal(self.codes, other.codes)

    __hash__ = None  # type: ignore[assignment]  # blocks are compared, never looked up

    def __repr__(self) -> str:
        return f"Strings({len(self)} texts, {len(self.codes)} code points)"

    @property
    def lengths(self) -> Integers:
        """The number of code points of each text."""
        return np.diff(self.bounds)

    def take(self, numbers: NDArray[Any]) -> Strings:
        """These texts, in this order; `numbers` are indices, or one bool for each text."""
        chosen = np.flatnonzero(numbers) if numbers.dtype == bool else numbers
        if len(chosen) == len(self) and np.array_equal(chosen, np.arange(len(self))):
            return self
        begins, lengths = self.bounds[chosen], self.lengths[chosen]
        ascending = (np.diff(chosen) > 0).all()
        at = within(len(self.codes), begins, begins + lengths) if ascending else ranges(begins, lengths)
        return Strings(self.codes[at], bounds_of(lengths), self.fixed[at] if self.fixed is not None else None)

    def narrowed(self) -> Strings:
        """The same, its code points as narrow as they may be."""
        most = self.codes.max(initial=0)
        kind = np.uint8 if most <= 0x7F else np.uint16 if most <= 0xFFFF else np.uint32  # noqa: PLR2004 - as `Codes` says
        return self if self.codes.dtype == kind else Strings(self.codes.astype(kind), self.bounds, self.fixed)

    def pieces(self, begins: Integers, ends: Integers) -> Strings:
        """Pieces of the code points of the block, each as a text of its own."""
        return Strings.assembled(self.codes, begins, ends, np.arange(len(begins) + 1))

    def spliced(
        self,
        places: tuple[Integers, Integers, Integers],
        pool: Codes,
        begins: Integers,
        ends: Integers,
        fixed: Bools | None = None,
    ) -> Strings:
        """The texts with `pool[begins[j]:ends[j]]` in place j; what stands between places stays.

        `places` are where each begins and ends, ascending and apart, and the bounds of the places of each text; of no
        length, it is where something is written. The pool begins with the texts' own code points. `fixed` says of each
        new piece whether it is a marker; without it, what was fixed stays fixed wherever it now stands.
        """
        new = ends - begins
        grown = bounds_of(new - (places[1] - places[0]))
        total, at = len(self.codes), places[0] + grown[:-1]
        codes, marks = _spliced(pool, total, places, begins, ends, at), None
        if self.fixed is not None:
            unmarked = np.zeros(len(pool) - total, bool)
            marks = _spliced(np.append(self.fixed, unmarked), total, places, begins, ends, at)
        if fixed is not None:
            marks = np.zeros(len(codes), bool) if marks is None and fixed.any() else marks
            if marks is not None:
                marks[ranges(at, new)] = np.repeat(fixed, new)
        return Strings(codes, self.bounds + grown[places[2]], marks)

    def where(self, chosen: Bools, other: Strings) -> Strings:
        """These texts, and where `chosen` says so those of `other`."""
        if chosen.all():
            return other
        if not chosen.any():
            return self
        pool = np.concatenate([self.codes, other.codes])
        begins = np.where(chosen, other.bounds[:-1] + len(self.codes), self.bounds[:-1])
        lengths = np.where(chosen, other.lengths, self.lengths)
        at = ranges(begins, lengths)
        fixed = None
        if self.fixed is not None or other.fixed is not None:
            fixed = np.concatenate(
                [one.fixed if one.fixed is not None else np.zeros(len(one.codes), bool) for one in (self, other)]
            )[at]
        return Strings(pool[at], bounds_of(lengths), fixed)

    def differs(self, other: Strings) -> Bools:
        """For each text, whether the other block's is another."""
        unequal = self.lengths != other.lengths
        same = np.flatnonzero(~unequal)
        mine, theirs = self.take(same), other.take(same)
        wrong = np.concatenate([[0], np.cumsum(mine.codes != theirs.codes)])
        unequal[same] = np.diff(wrong[mine.bounds]) > 0
        return np.asarray(unequal)

    def utf8(self) -> tuple[bytes, Integers]:
        """All texts as UTF-8, one behind the other, and the n + 1 byte offsets at which they begin and end."""
        if self.codes.itemsize == 1 or self.codes.max(initial=0) <= 0x7F:  # noqa: PLR2004 - RFC 3629
            return self.codes.astype(np.uint8, copy=False).tobytes(), self.bounds
        data = text_of(self.codes).encode("utf-8")
        wide = np.flatnonzero(self.codes > 0x7F)  # noqa: PLR2004 - RFC 3629
        codes = self.codes[wide]
        return data, byte_places(self.bounds, wide, 1 + (codes > 0x7FF) + (codes > 0xFFFF))  # noqa: PLR2004


class Lists:
    """Several lists: list i is `items[bounds[i]:bounds[i + 1]]`.

    `items` are texts (`Strings`), or int32 as numbers or, with `of=Order`, as orders.
    """

    __slots__ = ("bounds", "items", "of")

    def __init__(
        self, items: Strings | NDArray[np.int32], bounds: Integers, of: type[Texts | Numbers | Order] | None = None
    ) -> None:
        self.items, self.bounds = items, bounds
        self.of = of or (Texts if isinstance(items, Strings) else Numbers)

    def __len__(self) -> int:
        return len(self.bounds) - 1


class Categories:
    """Several classes of the same names: indices, int64."""

    __slots__ = ("indices", "names")

    def __init__(self, indices: Integers, names: tuple[str, ...]) -> None:
        self.indices, self.names = indices, names

    def __len__(self) -> int:
        return len(self.indices)


Column: TypeAlias = Strings | Lists | Categories


def value_at(column: Column, number: int) -> Value:
    """One value of a column."""
    if isinstance(column, Strings):
        return Text(column[number])
    if isinstance(column, Categories):
        return Category(int(column.indices[number]), column.names)
    begin, end = int(column.bounds[number]), int(column.bounds[number + 1])
    if isinstance(column.items, Strings):
        return Texts(tuple(column.items[one] for one in range(begin, end)))
    items = column.items[begin:end]
    return Order(tuple(items.tolist())) if column.of is Order else Numbers(items)


@dataclass(frozen=True)
class Passages:
    """A block of passages as a reader gives them, their words found.

    Word j is `text.codes[begins[j]:ends[j]]`, int64; passage i has the words `bounds[i]` to `bounds[i + 1]`. What
    stands between words belongs to none. `sources` are the passages' ids, `documents` says of each passage which
    document of this block it is from, `fields` are the source's own fields.
    """

    text: Strings
    sources: Sequence[str]
    documents: Integers
    begins: Integers
    ends: Integers
    bounds: Integers
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.text)

    @cached_property
    def counts(self) -> Integers:
        """The number of words of each passage."""
        return np.diff(self.bounds)

    @cached_property
    def passage(self) -> Integers:
        """The passage of each word."""
        return rows_of(self.bounds)

    def take(self, numbers: NDArray[Any]) -> Passages:
        """These passages, in this order."""
        text = self.text.take(numbers)
        counts = self.counts[numbers]
        at = ranges(self.bounds[:-1][numbers], counts)
        moved = np.repeat(text.bounds[:-1] - self.text.bounds[:-1][numbers], counts)
        return Passages(
            text,
            picked(self.sources, numbers),
            self.documents[numbers],
            self.begins[at] + moved,
            self.ends[at] + moved,
            bounds_of(counts),
            {name: picked(one, numbers) for name, one in self.fields.items()},
        )

    @property
    def words(self) -> Strings:
        """The words as texts."""
        return self.text.pieces(self.begins, self.ends)


@dataclass(frozen=True)
class Pairs:
    """The pairs that a task made of a block: columns of one length, and for each pair the passage it is from.

    `rows` are ascending; the same passage may stand several times. `skipped` gives for each reason the passages that
    gave no pair. `notes` are as in `Pair`, one for each pair.
    """

    rows: Integers
    inputs: Mapping[str, Column]
    labels: Mapping[str, Column]
    notes: Mapping[str, Sequence[Note]] = field(default_factory=dict)
    skipped: Mapping[str, Integers] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def pair(self, number: int) -> Pair:
        """One of the pairs."""
        inputs = {part_of(name)[1]: value_at(one, number) for name, one in self.inputs.items()}
        labels = {part_of(name)[1]: value_at(one, number) for name, one in self.labels.items()}
        return Pair(inputs, labels, {name: one[number] for name, one in self.notes.items()})


@dataclass(frozen=True)
class Unigrams:
    """The words of a corpus, each once, and how often each stands in it."""

    words: Strings
    counts: Integers

    @cached_property
    def _ends(self) -> Integers:
        return np.cumsum(self.counts)

    def drawn(self, uniform: NDArray[np.float64]) -> Strings:
        """Words drawn by their counts, one for each number in [0, 1)."""
        places = (uniform * self.counts.sum()).astype(np.int64)
        return self.words.take(np.searchsorted(self._ends, places, side="right")).narrowed()


_CODECS = {1: "ascii", 2: "utf-16-le", 4: "utf-32-le"}


def codes_of(text: str, errors: str = "strict") -> Codes:
    """The code points of a text; UnicodeEncodeError for a lone surrogate, but with "surrogatepass" as `errors`."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8)
    data = text.encode("utf-16-le", errors)
    if len(data) == 2 * len(text):
        return np.frombuffer(data, "<u2")
    return np.frombuffer(text.encode("utf-32-le", errors), "<u4")


def text_of(codes: Codes) -> str:
    """The text of code points, lone surrogates too."""
    return codes.tobytes().decode(_CODECS[codes.itemsize], "surrogatepass" if codes.itemsize > 1 else "strict")


def _spliced(  # noqa: PLR0913, PLR0917 - what comes from where, and where it goes
    pool: NDArray[Any], total: int, places: Sequence[Integers], begins: Integers, ends: Integers, at: Integers
) -> Any:  # noqa: ANN401 - an array of the same type
    """The first `total` items of the pool with `pool[begins[j]:ends[j]]` in place j, which then begins at `at[j]`."""
    new = ends - begins
    if 2 * int(new.sum()) > total:
        froms, tos = np.empty(2 * len(new) + 1, np.int64), np.empty(2 * len(new) + 1, np.int64)
        froms[0], froms[1::2], froms[2::2] = 0, begins, places[1]
        tos[-1], tos[1::2], tos[:-1:2] = total, ends, places[0]
        return pool[ranges(froms, tos - froms)]
    # By masks and not by numbers: they copy long runs at once.
    fresh = within(total + int(new.sum() - (places[1] - places[0]).sum()), at, at + new)
    made = np.empty(len(fresh), pool.dtype)
    made[fresh] = pool[ranges(begins, new)]
    made[~fresh] = pool[:total][~within(total, places[0], places[1])]
    return made


def within(total: int, begins: Integers, ends: Integers) -> Bools:
    """For each of `total` places whether it lies in one of some ranges, which ascend and do not overlap."""
    outside = np.append(begins, total) - np.append(0, ends)
    if int(outside.sum()) * 2 > total:
        inside = np.zeros(total, bool)
        inside[ranges(begins, ends - begins)] = True
    else:
        inside = np.ones(total, bool)
        inside[ranges(np.append(0, ends), outside)] = False
    return inside


def ranges(begins: Integers, lengths: Integers) -> Integers:
    """`[*range(begins[0], begins[0] + lengths[0]), *range(begins[1], ...), ...]` as int64."""
    if not lengths.all():
        some = np.flatnonzero(lengths)
        begins, lengths = begins[some], lengths[some]
    bounds = bounds_of(lengths)
    # Steps of one, and at each begin the step to there: several times as fast as to repeat the begins.
    steps = np.ones(int(bounds[-1]), np.int64)
    if len(begins):
        steps[bounds[:-1]] = begins
        steps[bounds[1:-1]] -= begins[:-1] + lengths[:-1] - 1
    return np.cumsum(steps, out=steps)


def rows_of(bounds: Integers) -> Integers:
    """The row of each item; row i has the items `bounds[i]` to `bounds[i + 1]`."""
    total = int(bounds[-1])
    return np.cumsum(np.bincount(bounds[1:-1], minlength=total)[:total])


def bounds_of(lengths: Any) -> Integers:  # noqa: ANN401 - any sequence of integers
    """`[0, lengths[0], lengths[0] + lengths[1], ...]` as int64."""
    bounds = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=bounds[1:])
    return bounds


def byte_places(places: Integers, wide: Integers, more: NDArray[Any]) -> Integers:
    """The bytes at which code points begin: those numbered `wide`, in order, take `more` bytes than one, no others."""
    return places + bounds_of(more)[np.searchsorted(wide, places)]
