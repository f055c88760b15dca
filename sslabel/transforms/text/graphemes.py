"""Grapheme clusters: what a reader takes for one character, by UAX #29.

A code point's class decides nearly everything. It is asked of ICU, once for each code point that occurs, by looking
at what it joins, so that the classes are always those of the Unicode version of ICU, whose clusters these are.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Literal

import numpy as np

from sslabel.blocks import Bools, Codes, Integers
from sslabel.transforms.lookup import completed

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Among code points of the plain classes every code point is a cluster. 0 is for what has not been asked yet.
ANY, LF, CONTROL, PICTURE, CONSONANT, LV, LVT = range(1, 8)
CR, EXTEND, INDIC_EXTEND, LINKER, ZWJ, SPACING, PREPEND, L, V, T, REGIONAL = range(8, 19)
_PLAIN = LVT
_MARKS = 0x300

# Alphabets, ideographs and their punctuation that join nothing, most of all text; a test asks ICU.
_ANY = (
    (0x20, 0x7F), (0xA0, 0xA9), (0xAA, 0xAD), (0xAF, 0x300), (0x370, 0x483), (0x48A, 0x591), (0x5D0, 0x5EB),
    (0x60C, 0x610), (0x61D, 0x64B), (0x671, 0x6D6), (0x6EE, 0x700), (0x1E00, 0x200B), (0x2010, 0x2028),
    (0x2030, 0x203C), (0x20A0, 0x20D0), (0x3000, 0x302A), (0x3041, 0x3099), (0x309B, 0x3297), (0x3400, 0xA66F),
    (0xF900, 0xFB1E), (0xFF01, 0xFF9E), (0x20000, 0x32000),
)  # fmt: skip


def _known() -> NDArray[np.uint8]:
    table = np.zeros(0x110000, np.uint8)
    table[:0x20] = CONTROL
    for begin, end in _ANY:
        table[begin:end] = ANY
    table[0xAC00:0xD7A4] = LVT
    table[0xAC00:0xD7A4:28] = LV
    table[[0x0A, 0x0D, 0x200D]] = LF, CR, ZWJ
    for one in (0x3030, 0x303D):
        table[one] = 0
    return table


_classes = _known()


def cluster_classes(codes: Codes) -> NDArray[np.uint8]:
    """The class of each code point, as in `ANY`, `EXTEND`, `PICTURE`."""
    # Clipped for speed: none is beyond the table.
    return completed(_classes.take(codes, mode="clip"), codes, _classes, _asked)


def are_clusters(codes: Codes) -> bool:
    """Whether each code point is a cluster of its own, as far as that can be seen from what there is.

    Of what stands before the combining marks nothing joins but CR LF; it has to be looked at what stands behind.
    """
    if (codes == ord("\r")).any():
        return False
    if codes.itemsize == 1 or codes.max(initial=0) < _MARKS:
        return True
    return bool(cluster_classes(codes[codes >= _MARKS]).max() <= _PLAIN)


def grapheme_bounds(codes: Codes, bounds: Integers) -> tuple[Integers, Integers]:
    """Where each grapheme cluster begins in `codes`, and n + 1 bounds: the clusters of each text; all int64.

    Text i is `codes[bounds[i]:bounds[i + 1]]`. A cluster ends where the next one begins, or the block: clusters
    follow each other without a gap, and none reaches from one text into the next. They are the extended ones of
    UAX #29: a letter with its marks, a Hangul syllable of jamo, an Indic conjunct, an emoji sequence, CR LF.
    """
    if are_clusters(codes):
        return np.arange(len(codes)), bounds.astype(np.int64, copy=False)
    classes = cluster_classes(codes)
    first = np.zeros(len(codes), bool)
    first[bounds[:-1][bounds[:-1] < len(codes)]] = True
    begins = np.flatnonzero(first | ~_joined(classes, first))
    return begins, np.searchsorted(begins, bounds)


_OPEN = 2  # in the table of pairs: what stands before the pair decides


def _pairs() -> NDArray[np.uint8]:
    """For each pair of classes, at `32 * class + class`, whether they join: 0, 1 or `_OPEN`."""
    table = np.zeros((32, 32), np.uint8)
    table[:, [EXTEND, INDIC_EXTEND, LINKER, ZWJ, SPACING]] = 1  # GB9, GB9a
    table[PREPEND] = 1  # GB9b
    table[L, [L, V, LV, LVT]] = 1  # GB6
    table[np.ix_([LV, V], [V, T])] = 1  # GB7
    table[np.ix_([LVT, T], [T])] = 1  # GB8
    table[REGIONAL, REGIONAL] = _OPEN  # GB12, GB13
    table[ZWJ, PICTURE] = _OPEN  # GB11
    table[[INDIC_EXTEND, LINKER, ZWJ], CONSONANT] = _OPEN  # GB9c
    for one in (CR, LF, CONTROL):  # GB4, GB5
        table[one], table[:, one] = 0, 0
    table[CR, LF] = 1  # GB3
    return table.ravel()


_PAIRS = _pairs()


def _joined(classes: NDArray[np.uint8], first: Bools) -> Bools:
    """For each code point, whether it joins the one before it; what is said of a text's first means nothing."""
    joined = np.zeros(len(classes), np.uint8)
    joined[1:] = _PAIRS[classes[:-1].astype(np.uint16) * 32 + classes[1:]]
    undecided = np.flatnonzero(joined == _OPEN)
    if len(undecided):
        joined[undecided] = 0
        here = classes[undecided]
        flags, pictures, consonants = (undecided[here == one] for one in (REGIONAL, PICTURE, CONSONANT))
        if len(flags):
            # Two by two, from where the row of them begins.
            begin = _last(first | (classes != REGIONAL) | np.append(True, classes[:-1] != REGIONAL), flags)
            joined[flags] = (flags - begin) % 2
        if len(pictures):
            # A picture, its modifiers, the joiner.
            before = _last(first | (classes != EXTEND) & (classes != INDIC_EXTEND) & (classes != LINKER), pictures - 2)
            joined[pictures] = (classes[before] == PICTURE) & ~first[pictures - 1]
        if len(consonants):
            # A consonant, and among what follows it a linker.
            before = _last(first | ~np.isin(classes, (INDIC_EXTEND, LINKER, ZWJ)), consonants - 1)
            linkers = np.cumsum(classes == LINKER)
            joined[consonants] = (classes[before] == CONSONANT) & (linkers[consonants - 1] > linkers[before])
    return joined.astype(bool)


def _last(stops: Bools, places: Integers) -> Integers:
    """For each place the last stop at it or before it; 0 where there is none."""
    at = np.flatnonzero(stops)
    if not len(at):
        return np.zeros(len(places), np.int64)
    return at[np.maximum(np.searchsorted(at, places, "right") - 1, 0)]


# What is asked of a code point `c`: a text with it in the place of None, and the place that joins the one before it.
# "a", an acute, jamo of the three kinds, a regional indicator, a picture, KA, VIRAMA.
_QUESTIONS: tuple[tuple[tuple[int | None, ...], int], ...] = (
    ((0x61, None), 1),
    ((None, 0x61), 1),
    ((None, 0x301), 1),
    ((0x1100, None), 1),
    ((0x1161, None), 1),
    ((None, 0x1161), 1),
    ((None, 0x1100), 1),
    ((0x1F1E6, None), 1),
    ((0x1F600, 0x200D, None), 2),
    ((0x915, 0x94D, None), 2),
    ((0x1F600, None, 0x200D, 0x1F600), 3),
    ((0x915, None, 0x915), 2),
    ((0x915, 0x94D, None, 0x915), 3),
)


def _asked(unknown: Codes) -> NDArray[np.uint8]:
    """The classes of these code points, by what they join."""
    row = [0 if one is None else one for question, _ in _QUESTIONS for one in (*question, 0x0A)]
    holes = [one is None for question, _ in _QUESTIONS for one in (*question, 0x0A)]
    places = np.cumsum([0, *(len(question) + 1 for question, _ in _QUESTIONS)])[:-1]
    text = np.tile(np.array(row, np.uint32), (len(unknown), 1))
    text[:, holes] = unknown[:, None]
    joins = np.ones(text.size, bool)
    joins[icu_edges(text.ravel(), "character")] = False
    answers = joins.reshape(text.shape)[:, places + [place for _, place in _QUESTIONS]].T
    after_a, before_a, marked, after_l, after_v, before_v, before_l = answers[:7]
    flag, picture, consonant, modifier, linker, indic = answers[7:]
    return np.select(
        [
            ~marked,
            after_a & linker, after_a & modifier & indic, after_a & modifier, after_a,
            before_a,
            after_l & before_l, after_l & after_v, after_v, after_l & before_v, after_l,
            flag, picture, consonant,
        ],
        [
            CONTROL,
            LINKER, INDIC_EXTEND, EXTEND, SPACING,
            PREPEND,
            L, V, T, LV, LVT,
            REGIONAL, PICTURE, CONSONANT,
        ],
        ANY,
    ).astype(np.uint8)  # fmt: skip


def icu_edges(codes: Codes, of: Literal["character", "word"]) -> Integers:
    """Where ICU's segments begin, 0 the first, in code points."""
    from icu4py.breakers import CharacterBreaker, WordBreaker

    text = codes.astype("<u4", copy=False).tobytes().decode("utf-32-le")
    breaker = (CharacterBreaker if of == "character" else WordBreaker)(text, "en")
    # Offsets are in UTF-16: begin and end of each segment, of which the begins are enough.
    edges = np.fromiter(chain.from_iterable(breaker.segments()), np.int64)[::2]
    wide = np.flatnonzero(codes > 0xFFFF)  # noqa: PLR2004 - from here on two units
    if len(wide):
        # The k-th wide one begins at unit `wide[k] + k`; what begins behind it is one unit further than its code point.
        edges = edges - np.searchsorted(wide + np.arange(len(wide)), edges)
    return edges
