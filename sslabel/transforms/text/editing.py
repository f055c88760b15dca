"""Edits of many texts at once: units (graphemes, words, gaps) are found, chosen, and replaced by other pieces.

An edit is a list of places and, for each, the piece that stands there afterwards: none where something is deleted,
a piece of the text itself where something is moved, a piece of a pool where something new is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sslabel.blocks import Bools, Codes, Integers, Strings, bounds_of, ranges
from sslabel.transforms.text.graphemes import grapheme_bounds
from sslabel.transforms.text.words import DICTIONARY, word_bounds, word_classes

Uniforms: TypeAlias = NDArray[np.float64]

_SIMPLE = 0x300
"""Below it no code point joins the one before it, but for a line feed behind a carriage return."""

_PLANES = 0x40000
"""All letters, punctuation marks and white space lie below it."""


@dataclass(frozen=True)
class Places:
    """Where the units of several texts stand.

    Unit j is `codes[begins[j]:ends[j]]`, int64, ascending and apart; text i has the units `bounds[i]` to
    `bounds[i + 1]`.
    """

    begins: Integers
    ends: Integers
    bounds: Integers

    def __len__(self) -> int:
        return len(self.begins)

    @property
    def counts(self) -> Integers:
        """The number of units of each text."""
        return np.diff(self.bounds)

    @cached_property
    def rows(self) -> Integers:
        """The text of each unit."""
        return np.repeat(np.arange(len(self.bounds) - 1), self.counts)

    def take(self, numbers: Integers) -> Places:
        """Some of the units, by their ascending numbers."""
        return Places(self.begins[numbers], self.ends[numbers], np.searchsorted(numbers, self.bounds))

    def where(self, chosen: Bools) -> Places:
        """The units for which `chosen` says so."""
        return self if chosen.all() else self.take(np.flatnonzero(chosen))


def picked(places: Places, rate: NDArray[np.float64] | float, uniforms: Uniforms) -> Integers:
    """The numbers of the units whose uniform number lies below their text's rate, ascending.

    A text with units and a rate above 0, of which none was chosen, gives the one with the smallest number. A unit
    whose number is infinite is never chosen.
    """
    counts = places.counts
    rates = np.broadcast_to(np.asarray(rate, np.float64), len(counts))
    chosen = uniforms < (rates[0] if len(rates) and (rates == rates[0]).all() else np.repeat(rates, counts))
    picks = np.flatnonzero(chosen)
    without = np.diff(np.searchsorted(picks, places.bounds)) == 0
    needy = np.flatnonzero(without & (counts > 0) & (rates > 0))
    if not len(needy):
        return picks
    least = _extreme(np.minimum, uniforms, places.bounds[needy], counts[needy])
    chosen[least[uniforms[least] < np.inf]] = True
    return np.flatnonzero(chosen)


def spared(picks: Integers, uniforms: Uniforms, begins: Integers, counts: Integers) -> Integers:
    """The picks without one of each group: the one with the largest uniform number.

    Group j are the units `begins[j]` to `begins[j] + counts[j]`.
    """
    if not len(begins):
        return picks
    left: Integers = np.setdiff1d(picks, _extreme(np.maximum, uniforms, begins, counts), assume_unique=True)
    return left


def _extreme(of: np.ufunc, uniforms: Uniforms, begins: Integers, counts: Integers) -> Integers:
    numbers = ranges(begins, counts)
    values = uniforms[numbers]
    extremes = of.reduceat(values, bounds_of(counts)[:-1])
    found: Integers = numbers[values == np.repeat(extremes, counts)]
    return found


def shuffled(bounds: Integers, uniforms: Uniforms, window: int = 0) -> Integers:
    """For each place the unit that stands there after a shuffle within texts.

    With a window w, at most 2**20, units are sorted by i + (w + 1) u, so that none moves by more than w places; with
    0, by u alone.
    """
    # As whole numbers, so that the order of equals never depends on what else is in the block.
    counts = np.diff(bounds)
    rows = np.repeat(np.arange(len(counts)), counts)
    if window == 0:
        keys = (rows << 38) + (uniforms * 2.0**38).astype(np.int64)
    else:
        wide = window + 1
        keys = ((np.arange(len(rows)) + rows * wide) << 20) + (uniforms * 2.0**20).astype(np.int64) * wide
    return np.argsort(keys, kind="stable")


def replaced(text: Strings, at: Places, begins: Integers, ends: Integers, pool: Codes | None = None) -> Strings:
    """The texts, with the piece `begins[j]` to `ends[j]` where the unit j of `at` was.

    Pieces are pieces of `text.codes`, followed by those of `pool`. A unit of no length is a place where something is
    written, a piece of no length deletes. What was fixed stays fixed.
    """
    if not len(at):
        return text
    codes = text.codes if pool is None else np.concatenate([text.codes, pool])
    return text.spliced((at.begins, at.ends, at.bounds), codes, begins, ends)


def reordered(text: Strings, places: Places, order: Integers) -> Strings:
    """The texts, with the unit `order[j]` where the unit j was; what stands between units stays."""
    moved = np.flatnonzero(order != np.arange(len(order)))
    return replaced(text, places.take(moved), places.begins[order[moved]], places.ends[order[moved]])


def alike(codes: Codes, one: tuple[Integers, Integers], other: tuple[Integers, Integers]) -> Bools:
    """For each two pieces, given by their begins and ends and never empty, whether they are the same."""
    lengths = one[1] - one[0]
    same: Bools = (lengths == other[1] - other[0]) & (codes[one[0]] == codes[other[0]])
    longer = np.flatnonzero(same & (lengths > 1))
    if len(longer):
        counts = lengths[longer]
        unequal = codes[ranges(one[0][longer], counts)] != codes[ranges(other[0][longer], counts)]
        same[longer] = ~np.logical_or.reduceat(unequal, bounds_of(counts)[:-1])
    return same


def exchangeable(text: Strings, places: Places) -> Bools:
    """For each unit whether it and the next one of its text look different once they have changed places.

    Two units with a marker between them do not change places.
    """
    found = np.zeros(len(places), bool)
    if len(places) < 2:  # noqa: PLR2004 - two units can change places
        return found
    one, other = (places.begins[:-1], places.ends[:-1]), (places.begins[1:], places.ends[1:])
    found[:-1] = ~alike(text.codes, one, other)
    last = places.bounds[1:] - 1
    found[last[places.counts > 0]] = False
    if text.fixed is not None:
        fixed = bounds_of(text.fixed)
        found[:-1] &= fixed[one[1]] == fixed[other[0]]
    # Without anything between them, two that differ may still read the same: a, aa -> aa, a.
    lengths = places.ends - places.begins
    touching = np.flatnonzero(found[:-1] & (one[1] == other[0]) & (lengths[:-1] != lengths[1:]))
    if len(touching):
        froms, tos = (np.stack([end[touching] for end in pair]) for pair in zip(one, other, strict=True))
        bounds = np.arange(0, 2 * len(touching) + 1, 2)
        begins, ends = np.stack([froms[0], tos[0]], 1), np.stack([froms[1], tos[1]], 1)
        plain = Strings.assembled(text.codes, begins.ravel(), ends.ravel(), bounds)
        turned = Strings.assembled(text.codes, begins[:, ::-1].ravel(), ends[:, ::-1].ravel(), bounds)
        found[touching] = plain.differs(turned)
    return found


def edges(text: Strings) -> Bools | None:
    """Of each code point, and of the end, whether a grapheme begins there; None where every letter is one."""
    if not len(text.codes) or int(text.codes.max()) < _SIMPLE:
        return None
    found = np.zeros(len(text.codes) + 1, bool)
    found[grapheme_bounds(text.codes, text.bounds)[0]] = True
    found[text.bounds] = True
    return found


def graphemes(text: Strings, of: Bools) -> Places:
    """The graphemes that begin with a code point of a kind, `of`, and hold no fixed code point."""
    at = edges(text)
    if at is None:
        begins = np.flatnonzero(of if text.fixed is None else of & ~text.fixed)
        return Places(begins, begins + 1, np.searchsorted(begins, text.bounds))
    borders = np.flatnonzero(at)
    chosen = of[borders[:-1]]
    if text.fixed is not None:
        fixed = bounds_of(text.fixed)[borders]
        chosen &= fixed[1:] == fixed[:-1]
    begins = borders[:-1][chosen]
    return Places(begins, borders[1:][chosen], np.searchsorted(begins, text.bounds))


def letters(text: Strings) -> Places:
    """The letters, each with the marks that belong to it; none of a marker."""
    return graphemes(text, of_kind(text.codes, "letter"))


def words(text: Strings) -> Places:
    """The words that hold no part of a marker, touch none, and cut through no grapheme."""
    begins, ends, bounds = word_bounds(text)
    places = Places(begins, ends, bounds)
    good = np.ones(len(begins), bool)
    if text.fixed is not None:
        fixed = bounds_of(text.fixed)
        before = np.maximum(begins - 1, text.bounds[:-1][places.rows])
        after = np.minimum(ends + 1, text.bounds[1:][places.rows])
        good &= fixed[before] == fixed[after]
    at = edges(text)
    if at is not None:
        good &= at[begins] & at[ends]
    return places.where(good)


def spelled(text: Strings, units: Places) -> tuple[Integers, Integers]:
    """For each word, the number of its first unit and how many of the units begin in it."""
    found = words(text)
    started = np.zeros(len(text.codes), bool)
    started[units.begins] = True
    before = np.zeros(len(started) + 1, np.int32)
    np.cumsum(started, dtype=np.int32, out=before[1:])  # in 32 bits five times as fast
    first = before[found.begins].astype(np.int64)
    return first, before[found.ends] - first


def gaps(text: Strings) -> Places:
    """The rows of spaces and tabs within lines, none of a marker; their first and last are graphemes of their own."""
    blank = of_kind(text.codes, "blank")
    found = runs(text, blank if text.fixed is None else blank & ~text.fixed)
    at = edges(text)
    return found if at is None else found.where(at[found.begins] & at[found.ends])


def runs(text: Strings, of: Bools) -> Places:
    """The longest runs of code points of a kind, within texts."""
    padded = np.concatenate([[False], of, [False]])
    begin, end = padded[1:] & ~padded[:-1], ~padded[1:] & padded[:-1]
    inner = text.bounds[1:-1]
    cut = inner[padded[inner] & padded[inner + 1]]
    begin[cut] = end[cut] = True
    begins = np.flatnonzero(begin)
    return Places(begins, np.flatnonzero(end), np.searchsorted(begins, text.bounds))


def of_kind(codes: Codes, kind: str) -> Bools:
    """Of each code point whether it is a letter, part of a word, punctuation, or blank."""
    found: Bools = _kinds()[kind].take(codes, mode="clip")
    return found


def unspaced(codes: Codes) -> Bools:
    """Of each code point whether its script writes no space between words: Han, kana, Thai and others."""
    found: Bools = word_classes(codes) == DICTIONARY
    return found


@cache
def _kinds() -> dict[str, Bools]:
    import unicodedata

    categories = np.array([unicodedata.category(chr(code)) for code in range(_PLANES)], "U2")
    first = categories.astype("U1")
    tables = {"letter": first == "L", "word": np.isin(first, ["L", "N", "M"]), "punctuation": first == "P"}
    tables["blank"] = categories == "Zs"
    tables["blank"][ord("\t")] = True
    for table in tables.values():
        table[-1] = False
    return tables
