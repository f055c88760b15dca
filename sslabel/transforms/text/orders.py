"""Orders of the items of rows (words of passages, sentences of groups): shuffled, and never as they were.

Rows are given by bounds: row i has the items `bounds[i]` to `bounds[i + 1]`. An order of all items is an array in
which place t holds the number of the item that now stands there, of all items and not of the row; no item leaves its
row.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from sslabel.blocks import Bools, Codes, Integers, Strings, bounds_of, ranges, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.seeding import BlockDraws

_TRIES = 8
_FEW = 128
_WIDEST = 1 << 20  # a window of as many places as a block has words is as good as any wider one
_LAST_WITH_CASE = 0x1E943
_A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


def places_of(bounds: Integers) -> Integers:
    """The number of each item within its row."""
    return np.arange(int(bounds[-1])) - bounds[rows_of(bounds)]


def sorted_rows(bounds: Integers, numbers: NDArray[np.float64], window: int = 0) -> Integers:
    """The order in which the numbers of each row, uniform in [0, 1), ascend: every order is equally likely.

    With a window, item i goes by i + (window + 1) · number, so that none moves further than `window` places.
    """
    return np.argsort(_in_rows(bounds, numbers, window), kind="stable")


def _in_rows(bounds: Integers, numbers: NDArray[np.float64], window: int = 0) -> Integers:
    """The same as whole numbers, of which those of a row are less than those of the next.

    So what a row gets is the same to the last bit wherever in a block it stands.
    """
    rows = rows_of(bounds)
    if window:
        span = min(window, _WIDEST) + 1
        return ((np.arange(len(numbers)) + rows * span) << 22) + (numbers * (span << 22)).astype(np.int64)
    return (rows << 40) + (numbers * 2.0**40).astype(np.int64)


def chosen(bounds: Integers, counts: Integers, draws: BlockDraws, name: str) -> Bools:
    """Of each row exactly `counts[i]` items, all choices equally likely."""
    among = np.zeros(int(bounds[-1]), bool)
    few = counts <= _FEW
    _choose_one_by_one(among, bounds, np.where(few, counts, 0), draws, name)
    many = np.flatnonzero(~few)
    if len(many):
        sizes = np.diff(bounds)[many]
        inner = bounds_of(sizes)
        least = drawn(inner, draws.take(many).over(inner, name), counts[many])
        among[ranges(bounds[many], sizes)[least]] = True
    return among


def _choose_one_by_one(among: Bools, bounds: Integers, counts: Integers, draws: BlockDraws, name: str) -> None:
    """The same, marked in `among`, with a draw for each choice instead of each item.

    By Floyd's algorithm (Bentley and Floyd, Programming pearls, CACM 1987), in all rows at once: choice s of k out of
    n is one of the first n - k + s + 1 items, or the last of these if the one drawn is chosen already.
    """
    draws_begin = bounds_of(counts)
    numbers = draws.over(draws_begin, name)
    order = np.argsort(-counts, kind="stable")
    steps = np.arange(counts.max(initial=0))
    rows_left = np.searchsorted(-counts[order], -steps)
    first, last, at = bounds[:-1][order], (np.diff(bounds) - counts)[order], draws_begin[:-1][order]
    for step, rows in zip(steps.tolist(), rows_left.tolist(), strict=True):
        behind = last[:rows] + step
        item = first[:rows] + (numbers[at[:rows] + step] * (behind + 1)).astype(np.int64)
        among[np.where(among[item], first[:rows] + behind, item)] = True


def drawn(bounds: Integers, numbers: NDArray[np.float64], counts: Integers) -> Integers:
    """Of each row so many items, without replacement: their numbers, one row behind the other, in the order drawn.

    `numbers` are one for each item, uniform in [0, 1).
    """
    return sorted_rows(bounds, numbers)[ranges(bounds[:-1], counts)]


def shuffled(bounds: Integers, alike: Integers, draws: BlockDraws, name: str, *, window: int = 0) -> Integers:
    """An order of each row that is never the one it had, if its items are not all alike.

    `alike` is as `first_alike` gives it. Items that are alike keep their order among themselves, so that the order
    is the only one that fits what is seen. All other orders (with a window: as `sorted_rows` draws them) are as
    likely as each other. With a window, no item moves further than that many places.
    """
    order = _settled(sorted_rows(bounds, draws.over(bounds, name), window), alike)
    unlike = _first_unlike(bounds, alike)
    for number in range(_TRIES):
        again = np.flatnonzero((unlike >= 0) & ~moved(bounds, order))
        if not len(again):
            return order
        at = ranges(bounds[again], np.diff(bounds)[again])
        inner = bounds_of(np.diff(bounds)[again])
        tried = sorted_rows(inner, draws.take(again).over(inner, f"{name} again {number}"), window)
        order[at] = at[tried]
        order = _settled(order, alike)
    # Two words come out as they stood every other time. Neighbours that differ change places, which is all they can.
    left = unlike[(unlike >= 0) & ~moved(bounds, order)]
    order[left], order[left + 1] = left + 1, left
    return _settled(order, alike)


def moved(bounds: Integers, order: Integers) -> Bools:
    """Whether any item of each row stands elsewhere than it did."""
    elsewhere = bounds_of(order != np.arange(len(order)))
    return np.diff(elsewhere[bounds]) > 0


def all_alike(bounds: Integers, alike: Integers) -> Bools:
    """Whether all items of each row are alike; so they are where there is one or none."""
    return _first_unlike(bounds, alike) < 0


def first_alike(
    text: Strings, begins: Integers, ends: Integers, bounds: Integers, *, any_case: bool = False
) -> Integers:
    """For each piece of the code points, the first piece of its row that reads the same: itself, if it is the first.

    With `any_case`, capitals and small letters are the same.
    """
    lengths = ends - begins
    at = ranges(begins, lengths)
    inner, rows = bounds_of(lengths), rows_of(bounds)
    codes = lower(text.codes[at]) if any_case else text.codes[at]
    for salt in count(1):
        # Those of a row stand together, which makes them quick to sort.
        bits = np.uint64(len(bounds).bit_length())
        hashes = (rows.astype(np.uint64) << (np.uint64(64) - bits)) | (_hashes(codes, inner, salt) >> bits)
        order = np.argsort(hashes, kind="stable")
        same = np.flatnonzero(hashes[order[1:]] == hashes[order[:-1]])
        if _read_alike(codes, inner, rows, order[same], order[same + 1]):
            break
    starts = np.ones(len(order), bool)
    starts[same + 1] = False
    first = np.empty(len(order), np.int64)
    first[order] = order[np.flatnonzero(starts)[np.cumsum(starts) - 1]]
    return first


def repeated(alike: Integers) -> Bools:
    """Whether there are several of each item, by what `first_alike` gives."""
    return np.bincount(alike, minlength=len(alike))[alike] > 1


def sifted(total: int, reasons: Mapping[str, Bools]) -> tuple[Integers, dict[str, Integers]]:
    """The numbers of the rows that nothing speaks against, and those of the others by the first reason that does."""
    kept, skipped = np.ones(total, bool), dict[str, Integers]()
    for reason, against in reasons.items():
        if (kept & against).any():
            skipped[reason] = np.flatnonzero(kept & against)
            kept &= ~against
    return np.flatnonzero(kept), skipped


def lower(codes: Codes) -> Codes:
    """Code points with capitals as small letters, one for one (the few that would become several stay)."""
    table = _small_letters()
    if codes.itemsize == 1:
        return table[codes]
    return np.where(codes < len(table), table.take(codes, mode="clip"), codes)


@cache
def _small_letters() -> Codes:
    # Surrogates are no text, and have no case.
    letters = [chr(code) for code in range(_LAST_WITH_CASE + 1)]
    small = [next((one for one in (letter.casefold(), letter.lower(), letter) if len(one) == 1), letter)
             for letter in letters]  # fmt: skip
    return np.array([ord(letter) for letter in small], np.uint32)


def _settled(order: Integers, alike: Integers) -> Integers:
    """The same to look at, and items that are alike in the order that they had."""
    several = repeated(alike)
    if not several.any():
        return order
    total = len(order)
    items = np.flatnonzero(several)
    places = np.flatnonzero(several[order])
    settled = order.copy()
    here, there = alike[order[places]] * total + places, alike[items] * total + items
    settled[np.sort(here, kind="stable") % total] = np.sort(there, kind="stable") % total
    return settled


def _first_unlike(bounds: Integers, alike: Integers) -> Integers:
    """The first item of each row that the next of the row is not like, or -1."""
    differs = alike != np.roll(alike, -1)
    differs[bounds[1:][bounds[1:] > 0] - 1] = False  # what comes next is of another row
    unlike = np.flatnonzero(differs)
    where = np.searchsorted(unlike, bounds)
    return np.where(where[1:] > where[:-1], np.append(unlike, -1)[where[:-1]], -1)


def _hashes(codes: Codes, bounds: Integers, salt: int) -> NDArray[np.uint64]:
    """A number of 64 bits for each piece, by its code points and their places in it."""
    mixed = (places_of(bounds).astype(np.uint64) + np.uint64(salt)) * _A
    mixed ^= codes
    mixed *= _B
    mixed ^= mixed >> np.uint64(32)
    mixed *= _A
    mixed ^= mixed >> np.uint64(29)
    sums = np.zeros(len(mixed) + 1, np.uint64)
    np.cumsum(mixed, out=sums[1:])
    hashes = (sums[bounds[1:]] - sums[bounds[:-1]]) * _B
    return hashes ^ (hashes >> np.uint64(31))


def _read_alike(codes: Codes, bounds: Integers, rows: Integers, some: Integers, others: Integers) -> bool:
    """Whether these pieces read as those do, each of the row of the other."""
    lengths = np.diff(bounds)
    if not (np.array_equal(rows[some], rows[others]) and np.array_equal(lengths[some], lengths[others])):
        return False
    return np.array_equal(codes[ranges(bounds[some], lengths[some])], codes[ranges(bounds[others], lengths[some])])
