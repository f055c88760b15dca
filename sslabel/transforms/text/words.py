"""Words: where they begin and end, in every script.

A word is a maximal run of letters, digits and their marks. What joins two such runs when it stands alone between
them, and the words are one: an apostrophe (don't, l'eau), a hyphen (well-known), a full stop (3.14, e.g), a low line
(snake_case), a middle dot (col·lecció); between digits a comma too (1,000), between Hebrew letters a quotation mark
(צה"ל). At the edge of a word they stand outside: U.S. is the word U.S and a full stop.

Scripts without spaces (Han, kana, Thai, Lao, Khmer, Burmese) are split by ICU's dictionaries. An emoji, with its
modifiers and joiners or as a flag or a key, is a word of its own. No word splits a grapheme cluster.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sslabel.blocks import Bools, Codes, Integers, Passages, Strings, bounds_of, ranges
from sslabel.transforms.lookup import completed, looked_up
from sslabel.transforms.text.graphemes import ANY, PICTURE, are_clusters, cluster_classes, grapheme_bounds, icu_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What a code point is to a word; a cluster is the highest of its code points. 0 is for what has not been looked up.
BETWEEN, JOINER, JOINS_DIGITS, JOINS_HEBREW, LETTER, HEBREW, DIGIT, DICTIONARY, EMOJI = range(1, 10)

# Letters and marks of the scripts that are written without spaces, as far as ICU has a dictionary.
_WITHOUT_SPACES = (
    (0x0E00, 0x0E80),  # Thai
    (0x0E80, 0x0F00),  # Lao
    (0x1000, 0x10A0), (0xA9E0, 0xAA00), (0xAA60, 0xAA80),  # Burmese
    (0x1780, 0x1800),  # Khmer
    (0x3005, 0x3008), (0x3021, 0x302A), (0x3038, 0x303C),  # Han: iteration marks and numerals
    (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x40000),  # Han
    (0x3041, 0x3100), (0x31F0, 0x3200), (0xFF66, 0xFFA0), (0x1AFF0, 0x1B170),  # kana
)  # fmt: skip
_HEBREW = (0x05D0, 0x05F3)
_EMOJI_PARTS = ((0x1F1E6, 0x1F200), (0x1F3FB, 0x1F400), (0x20E3, 0x20E4))  # flags, skin tones, the key
_NO_EMOJI = {0xA9, 0xAE, 0x2122}  # © ® ™ are pictures to Unicode
# Apostrophes, hyphens, the full stop, the low line, middle dots, the soft hyphen, the Armenian and Hebrew signs.
_JOINERS = dict.fromkeys("'’＇՚-‐‑֊־._·\u0387‧\xad՛՜՞׳״", JOINER)
_JOINERS |= dict.fromkeys(",٫٬", JOINS_DIGITS) | {'"': JOINS_HEBREW}
WHITE_SPACE = np.array([code for code in range(0x3001) if chr(code).isspace()], np.uint32)


def _classified(code: int) -> int:
    """What one code point is to a word."""
    letter = chr(code)
    category = unicodedata.category(letter)
    if letter in _JOINERS:
        return _JOINERS[letter]
    if any(begin <= code < end for begin, end in _EMOJI_PARTS):
        return EMOJI
    if category[0] == "M" and cluster_classes(np.array([code], np.uint32))[0] != ANY:
        return BETWEEN  # its cluster is what the letter before it is
    if category[0] in "LM" or category == "Nl":
        unspaced = any(begin <= code < end for begin, end in _WITHOUT_SPACES)
        return DICTIONARY if unspaced else HEBREW if _HEBREW[0] <= code < _HEBREW[1] else LETTER
    if letter.isalnum():
        return DIGIT if category == "Nd" else LETTER
    picture = category in {"So", "Cn"} and cluster_classes(np.array([code], np.uint32))[0] == PICTURE
    return EMOJI if picture and code not in _NO_EMOJI else BETWEEN


def _known() -> NDArray[np.uint8]:
    table = np.zeros(0x110000, np.uint8)
    table[:0x80] = [_classified(code) for code in range(0x80)]
    for begin, end in ((0x3400, 0x4DC0), (0x4E00, 0x9FFD)):
        table[begin:end] = DICTIONARY
    table[0xAC00:0xD7A4] = LETTER
    return table


_classes = _known()


def word_classes(codes: Codes) -> NDArray[np.uint8]:
    """What each code point is to a word, as in `LETTER`, `JOINER`, `BETWEEN`."""
    if codes.itemsize == 1:
        return looked_up(codes, _classes[:256])
    wide = np.flatnonzero(codes > 0x7F)  # noqa: PLR2004 - ASCII
    if len(wide) < len(codes) // 4:
        classes = looked_up(codes.astype(np.uint8), _classes[:256])
        classes[wide] = _classes[codes[wide]]
    else:
        classes = _classes.take(codes, mode="clip")  # for speed: none is beyond it
    return completed(classes, codes, _classes, _asked)


def _asked(unknown: Codes) -> list[int]:
    cluster_classes(unknown)  # asked of all in one go
    return [_classified(code) for code in unknown.tolist()]


def word_bounds(text: Strings) -> tuple[Integers, Integers, Integers]:
    """Where each word begins and ends in `text.codes`, and n + 1 bounds: the words of each text; all int64.

    Words are in order, none is empty, none reaches from one text into the next. Every letter and digit is in one,
    but for those that Unicode joins to white space. Fixed code points are in none: a marker is no word.
    """
    codes = text.codes
    if not len(codes):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(len(text) + 1, np.int64)
    classes = word_classes(codes)
    clusters, texts = (None, text.bounds) if are_clusters(codes) else grapheme_bounds(codes, text.bounds)
    if clusters is not None and len(clusters) == len(codes):
        clusters = None
    if clusters is not None:
        classes = np.maximum.reduceat(classes, clusters)
        long = np.flatnonzero(np.diff(clusters, append=len(codes)) > 1)
        classes[long[np.isin(codes[clusters[long]], WHITE_SPACE)]] = BETWEEN
    if text.fixed is not None and text.fixed.any():
        fixed = text.fixed if clusters is None else np.maximum.reduceat(text.fixed, clusters)
        classes = np.where(fixed, BETWEEN, classes)
    first = np.zeros(len(classes) + 1, bool)
    first[texts] = True
    classes = _joined(classes, first)
    begins, ends = _runs(classes, first)
    unspaced = classes[begins] == DICTIONARY
    if clusters is not None:
        edges = np.append(clusters, len(codes))
        begins, ends = edges[begins], edges[ends]
    unspaced &= ends > begins + 1
    if unspaced.any():
        inner = _dictionary_edges(codes, begins[unspaced], ends[unspaced])
        if clusters is not None:
            inner = inner[np.isin(inner, clusters, assume_unique=True)]
        begins = np.sort(np.concatenate([begins, inner]), kind="stable")
        ends = np.sort(np.concatenate([ends, inner]), kind="stable")
    return begins, ends, np.searchsorted(begins, text.bounds)


def passages_of(text: Strings, sources: Sequence[str]) -> Passages:
    """Texts as passages, each a document of its own."""
    return Passages(text, sources, np.arange(len(text)), *word_bounds(text))


def _joined(classes: NDArray[np.uint8], first: Bools) -> NDArray[np.uint8]:
    """The classes, with LETTER for what joins two words."""
    at = np.flatnonzero((classes >= JOINER) & (classes <= JOINS_HEBREW))
    if not len(at):
        return classes
    at = at[~first[at] & ~first[at + 1]]  # both neighbours are the same text's
    here, before, after = classes[at], classes[at - 1], classes[at + 1]
    lowest = np.array([0, 0, LETTER, DIGIT, HEBREW, 0], np.uint8)[here]
    highest = np.array([0, 0, DIGIT, DIGIT, HEBREW, 0], np.uint8)[here]
    joins = (np.minimum(before, after) >= lowest) & (np.maximum(before, after) <= highest)
    classes = classes.copy()
    classes[at[joins]] = LETTER
    return classes


def _runs(classes: NDArray[np.uint8], first: Bools) -> tuple[Integers, Integers]:
    """Where runs begin and end: of letters and digits, of letters without spaces, and each emoji for itself."""
    inside = classes >= LETTER
    starts = first.copy()  # a run would begin here, were it inside
    starts[1:-1] |= ~inside[:-1]
    if classes.max() >= DICTIONARY:
        unspaced, emoji = classes == DICTIONARY, classes == EMOJI
        starts[1:-1] |= unspaced[1:] != unspaced[:-1]
        starts[1:-1] |= emoji[:-1] | emoji[1:]
    stops = first[1:].copy()
    stops[:-1] |= ~inside[1:] | starts[1:-1]
    return np.flatnonzero(inside & starts[:-1]), np.flatnonzero(inside & stops) + 1


def _dictionary_edges(codes: Codes, begins: Integers, ends: Integers) -> Integers:
    """The places inside of runs without spaces where ICU's dictionaries begin another word.

    All runs are given to ICU as lines of one text. A line end is in no dictionary: what a run is split into depends
    on nothing but the run.
    """
    lengths = ends - begins + 1
    bounds = bounds_of(lengths)
    # Each run with the code point behind it, in whose place a line end is put.
    lines = np.append(codes, 0x0A).astype(np.uint32)[ranges(begins, lengths)]
    lines[bounds[1:] - 1] = 0x0A
    edges = icu_edges(lines, "word")
    edges = edges[lines[edges] != 0x0A]  # noqa: PLR2004
    row = np.searchsorted(bounds, edges, "right") - 1
    inside = edges > bounds[row]
    places: Integers = (edges - bounds[row] + begins[row])[inside]
    return places
