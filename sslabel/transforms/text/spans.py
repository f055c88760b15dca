"""Which words of texts are hidden: how many, and in spans of which lengths, as T5, BART and SpanBERT draw them.

Everything is done for all texts of a block at once: row i has the items (words) `bounds[i]` to `bounds[i + 1]`. What
is drawn for a row does not depend on the rows beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sslabel.blocks import Bools, Integers, Strings, bounds_of, codes_of, ranges, rows_of
from sslabel.transforms.text.orders import chosen, drawn, places_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.seeding import BlockDraws

    Floats: TypeAlias = NDArray[np.float64]

_NEARLY = 1e-9  # 0.1 is a bit more than a tenth; 30 words at that rate are 3, not 4

SPANBERT_P = 0.2
SPANBERT_LONGEST = 10


def containing(text: Strings, marker: str) -> Bools:
    """For each text, whether the marker stands in it."""
    wanted = codes_of(marker)
    at = np.flatnonzero(text.codes[: max(0, len(text.codes) - len(wanted) + 1)] == wanted[0])
    for place, code in enumerate(wanted[1:].tolist(), 1):
        at = at[text.codes[at + place] == code]
    rows = np.searchsorted(text.bounds, at, side="right") - 1
    found = np.zeros(len(text), bool)
    # Half of it at the end of one text and half at the beginning of the next is none.
    found[rows[at + len(wanted) <= text.bounds[rows + 1]]] = True
    return found


def composition(totals: Integers, parts: Integers, draws: BlockDraws, name: str) -> Integers:
    """For each row `parts[i]` positive whole numbers that sum to `totals[i]`, all such sequences equally likely.

    Rows of no part are possible; else `1 <= parts <= totals`. Example: totals 5, parts 2 -> 1 4, 2 3, 3 2 or 4 1.
    """
    slots = bounds_of(np.maximum(totals - 1, 0))
    cuts = np.flatnonzero(chosen(slots, np.maximum(parts - 1, 0), draws, name))
    cuts -= np.repeat(slots[:-1], np.maximum(parts - 1, 0))
    bounds = bounds_of(parts)
    last, first = np.zeros(bounds[-1], bool), np.zeros(bounds[-1], bool)
    last[bounds[1:][parts > 0] - 1] = True
    first[bounds[:-1][parts > 0]] = True
    ends, begins = np.repeat(totals, parts), np.zeros(bounds[-1], np.int64)
    ends[~last] = begins[~first] = cuts + 1
    return ends - begins


def share(counts: Integers, rate: Floats) -> Integers:
    """The nearest whole number to a share of `counts`; of two equally near the even one, as Python rounds."""
    return np.rint(counts * rate).astype(np.int64)


def share_above(counts: Integers, rate: Floats) -> Integers:
    """A share of `counts`, rounded up."""
    return np.ceil(counts * rate - _NEARLY).astype(np.int64)


def t5_spans(counts: Integers, rate: Floats, mean: Floats, draws: BlockDraws) -> tuple[Integers, Integers, Integers]:
    """T5's random spans: `begins` and `ends` as word numbers within the row, and bounds, the spans of each row.

    Of `counts[i]` words, a row of fewer than two has no span; else the nearest whole number to their share is hidden,
    at least one and not all, in spans of about the mean length. The lengths of hidden and of other spans are random
    compositions. A row begins with a word that is not hidden and ends with one that is. A mean of infinity gives one
    span, at the end.
    """
    taken = np.where(counts > 1, counts, 0)
    hidden = np.clip(share(taken, rate), np.minimum(taken, 1), np.maximum(taken - 1, 0))
    spans = np.maximum(np.rint(hidden / mean).astype(np.int64), np.minimum(taken, 1))
    spans = np.minimum(spans, np.minimum(hidden, taken - hidden))
    lengths = composition(hidden, spans, draws, "hidden lengths")
    others = composition(taken - hidden, spans, draws, "lengths between")
    ends = np.cumsum(lengths + others) - np.repeat(bounds_of(taken)[:-1], spans)
    return ends - lengths, ends, bounds_of(spans)


def truncated_geometric(uniform: Floats, p: float = SPANBERT_P, longest: int = SPANBERT_LONGEST) -> Integers:
    """SpanBERT's span lengths: P(n) ∝ p (1 - p)^(n - 1) for n from 1 to `longest`; 3.797 on the average."""
    chances = (1 - p) ** np.arange(longest)
    ends = np.cumsum(chances / chances.sum())
    return 1 + np.searchsorted(ends[:-1], uniform, side="right")


def spanbert_words(bounds: Integers, hidden: Integers, draws: BlockDraws) -> Bools:
    """For each word whether SpanBERT hides it; exactly `hidden[i]` words of a row.

    The procedure, one row at a time: draw an anchor among the words; if it is hidden, draw again; else draw a length
    and hide that many words from the anchor on, up to the end of the row; stop as soon as enough are hidden.
    """
    # Anchors in the order of their draws, without those drawn before, which are hidden by then. As each one tried is
    # hidden, be it by itself or by an earlier one, as many as there are words to hide are enough.
    anchors = drawn(bounds, draws.over(bounds, "anchors"), hidden)
    lengths = truncated_geometric(draws.over(bounds_of(hidden), "span lengths"))
    rank = places_of(bounds_of(hidden))
    place = np.argsort(anchors)
    anchors, rank = anchors[place], rank[place]
    ends = np.minimum(anchors + lengths[place], np.repeat(bounds[1:], hidden))
    spans = np.flatnonzero(_standing(anchors, ends, rank))
    # A word is hidden in the turn of the first anchor that reaches it, and of one anchor's words the left come first.
    widths = ends[spans] - anchors[spans]
    never = int(bounds[-1])
    turn = np.full(never, never)
    np.minimum.at(turn, ranges(anchors[spans], widths), np.repeat(rank[spans], widths))
    reached = np.flatnonzero(turn < never)
    rows = rows_of(np.searchsorted(reached, bounds))
    order = reached[np.argsort(rows * never + turn[reached], kind="stable")]
    among = np.zeros(never, bool)
    among[order[ranges(np.searchsorted(reached, bounds[:-1]), hidden)]] = True
    return among


def _standing(anchors: Integers, ends: Integers, rank: Integers) -> Bools:
    """Which anchors, in ascending places, are not within the span of a standing anchor of an earlier rank."""
    pairs = []
    for back in range(1, SPANBERT_LONGEST):
        earlier = np.arange(max(0, len(anchors) - back))
        near = (anchors[earlier + back] < ends[earlier]) & (rank[earlier] < rank[earlier + back])
        pairs.append((earlier[near], earlier[near] + back))
    earlier, later = (np.concatenate(column) for column in zip(*pairs, strict=True))
    standing = np.ones(len(anchors), bool)
    # Whether an anchor stands is known as soon as it is known of those before it: as many rounds as they are deep.
    while True:
        renewed = np.ones(len(anchors), bool)
        renewed[later[standing[earlier]]] = False
        if np.array_equal(renewed, standing):
            return standing
        standing = renewed


def poisson(uniform: Floats, mean: Floats) -> Integers:
    """Poisson numbers of these means (at most 100), one for each number in [0, 1)."""
    numbers = np.zeros(len(uniform), np.int64)
    active = np.arange(len(uniform))
    chance = np.exp(-mean)
    below = chance.copy()
    # To where nothing is left that a double could tell from 1.
    for number in range(1, int(mean.max(initial=0) * 5) + 60):
        active = active[uniform[active] >= below[active]]
        if not len(active):
            break
        numbers[active] = number
        chance[active] *= mean[active] / number
        below[active] += chance[active]
    return numbers


def infilling_lengths(budget: Integers, mean: Floats, draws: BlockDraws) -> tuple[Integers, Integers]:
    """BART's span lengths: for each row Poisson numbers until their sum is `budget[i]`, the last one cut to fit.

    Zeros are spans, too. Gives the lengths, and bounds. A row of budget 0 has no span.
    """
    tries = np.where(budget > 0, (budget / mean * 1.25).astype(np.int64) + 8, 0)
    while True:
        bounds = bounds_of(tries)
        lengths = poisson(draws.over(bounds, "span lengths"), np.repeat(mean, tries))
        sums = bounds_of(lengths)
        before = sums[:-1] - np.repeat(sums[bounds[:-1]], tries)
        short = sums[bounds[1:]] - sums[bounds[:-1]] < budget
        if not short.any():
            break
        # What was drawn before is drawn again, and more behind it.
        tries[short] *= 2
    wanted = np.repeat(budget, tries)
    used = before < wanted
    lengths = np.minimum(lengths, wanted - before)[used]
    return lengths, bounds_of(used)[bounds]


def infilling_spans(
    bounds: Integers, budget: Integers, mean: Floats, draws: BlockDraws
) -> tuple[Integers, Integers, Integers]:
    """BART's text infilling: `begins` and `ends` of the spans as word indices, ascending, and how many are empty.

    Each row draws lengths until they sum to its budget; those above 0 begin at different words, all equally likely,
    and what begins within another is lost in it. The third array is the number of spans of length 0 of each row,
    which stand nowhere yet.
    """
    lengths, spans = infilling_lengths(budget, mean, draws)
    full = bounds_of(lengths > 0)[spans]
    begins = drawn(bounds, draws.over(bounds, "span begins"), np.diff(full))
    ends = np.minimum(begins + lengths[lengths > 0], np.repeat(bounds[1:], np.diff(full)))
    place = np.argsort(begins)
    begins, reach = begins[place], np.maximum.accumulate(ends[place])
    first = np.ones(len(begins), bool)
    first[1:] = begins[1:] >= reach[:-1]
    last = np.ones(len(begins), bool)
    last[:-1] = first[1:]
    return begins[first], reach[last], np.diff(spans) - np.diff(full)
