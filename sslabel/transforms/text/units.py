"""Units of text: lines, paragraphs and windows of words, found over whole blocks of code points.

A line ends at LF, CR LF or CR and nowhere else: U+2028, U+2029, U+0085, VT and FF are white space within a line.
A paragraph is what stands between blank lines, which hold nothing but white space. White space is what Unicode's
property White_Space says; the separators U+001C to U+001F, U+200B and U+FEFF are none.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from sslabel.blocks import Bools, Codes, Integers, Strings, bounds_of, ranges, within

WHITE: Final = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_LF, _CR, _SPACE, _TAB = 10, 13, 32, 9
_HIGH = 0x85
_IS_WHITE: Final = np.zeros(0x3002, bool)
_IS_WHITE[[ord(one) for one in WHITE]] = True
_TAIL = 1 << 14
_FEW = 4  # so much white space at an edge is taken step by step, which spares looking at all of the text


class Units(NamedTuple):
    """Units of a block, without the white space around them: unit i is `codes[begins[i]:ends[i]]`, all int64.

    `starts` is where the first line of each begins, `lines` is that line's number in the block.
    """

    begins: Integers
    ends: Integers
    starts: Integers
    lines: Integers

    def take(self, chosen: Bools) -> Units:
        """The chosen ones."""
        return self if chosen.all() else Units(*(one[chosen] for one in self))


def is_white(codes: Codes) -> Bools:
    """Which code points are white space."""
    # 9 to 13; what is less wraps around to a great number.
    white: Bools = (codes == _SPACE) | (codes - codes.dtype.type(_TAB) <= _CR - _TAB)
    if codes.itemsize > 1 and codes.max(initial=0) >= _HIGH:
        high = np.flatnonzero(codes >= _HIGH)
        white[high] = _IS_WHITE.take(codes[high], mode="clip")
    return white


def trimmed(codes: Codes, begins: Integers, ends: Integers) -> tuple[Integers, Integers, Integers]:
    """Ranges without the white space at their begins and ends, and which ranges they are; blank ones are left out."""
    kept = np.flatnonzero(begins < ends)
    begins, ends = begins[kept], ends[kept]
    for _ in range(_FEW):
        before, after = is_white(codes[begins]), is_white(codes[ends - 1])
        if not (before.any() or after.any()):
            return begins, ends, kept
        begins, ends = begins + before, ends - after
        some = np.flatnonzero(begins < ends)
        begins, ends, kept = begins[some], ends[some], kept[some]
    solid = np.flatnonzero(~is_white(codes))
    first, behind = np.searchsorted(solid, begins), np.searchsorted(solid, ends)
    some = np.flatnonzero(behind > first)
    return solid[first[some]], solid[behind[some] - 1] + 1, kept[some]


def line_starts(codes: Codes) -> Integers:
    """Where lines begin: at 0 and behind every line end, so the last may be empty."""
    breaks = np.flatnonzero((codes == _LF) | (codes == _CR))
    returns = np.flatnonzero(codes[breaks] == _CR)
    if len(returns):
        behind = np.minimum(breaks[returns] + 1, len(codes) - 1)
        breaks = np.delete(breaks, returns[codes[behind] == _LF])
    return np.concatenate([[0], breaks + 1])


def whole(text: Strings) -> Units:
    """Each text of a block as one unit."""
    begins, ends, kept = trimmed(text.codes, text.bounds[:-1], text.bounds[1:])
    return Units(begins, ends, text.bounds[:-1][kept], np.zeros(len(kept), np.int64))


def lines(text: Strings) -> Units:
    """The lines of a block that are not blank."""
    starts = line_starts(text.codes)
    if len(text) != 1:
        starts = np.unique(np.concatenate([starts, text.bounds[:-1]]))
    begins, ends, kept = trimmed(text.codes, starts, np.append(starts[1:], len(text.codes)))
    return Units(begins, ends, starts[kept], kept)


def paragraphs(text: Strings) -> Units:
    """The paragraphs of a block: the lines between blank lines, with their line ends."""
    found = lines(text)
    if not len(found.lines):
        return found
    fresh = np.diff(found.lines, prepend=-2) > 1
    if len(text) != 1:
        owners = owners_of(text, found.begins)
        fresh |= np.diff(owners, prepend=-1) > 0
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(fresh)) - 1
    return Units(found.begins[first], found.ends[last], found.starts[first], found.lines[first])


def owners_of(text: Strings, begins: Integers) -> Integers:
    """The text in which each of these code points stands."""
    return np.searchsorted(text.bounds, begins, side="right") - 1


def before_open_line(codes: Codes) -> int:
    """How many code points stand before the last line, which has no end yet; a last CR may be half of a CR LF."""
    at = len(codes) - 1 if len(codes) and codes[-1] == _CR else len(codes)
    for tail in (_TAIL, at):
        begin = max(0, at - tail)
        found = np.flatnonzero((codes[begin:at] == _LF) | (codes[begin:at] == _CR))
        if len(found):
            return int(begin + found[-1] + 1)
    return 0


def behind_blank_line(codes: Codes, *, last: bool) -> int:
    """Where the line behind the first (or last) blank line begins, of lines that have an end; 0 if none is blank."""
    at = before_open_line(codes)
    # The last one nearly always stands near the end.
    begin = before_open_line(codes[: max(0, at - _TAIL)]) if last else 0
    for since in (begin, 0) if begin else (0,):
        starts = since + line_starts(codes[since:at])
        is_blank = np.ones(len(starts) - 1, bool)
        is_blank[trimmed(codes[since:at], starts[:-1] - since, starts[1:] - since)[2]] = False
        blank = np.flatnonzero(is_blank)
        if len(blank):
            return int(starts[blank[-1 if last else 0] + 1])
    return 0


def joined(codes: Codes, begins: Integers, ends: Integers) -> Strings:
    """Ranges that ascend and do not overlap, each as a text of its own."""
    return Strings(codes[within(len(codes), begins, ends)], bounds_of(ends - begins))


class Windows(NamedTuple):
    """Windows of words: window i is `codes[begins[i]:ends[i]]`, a part of text `owners[i]`.

    It has the words `first[i]` to `behind[i]` of the block.
    """

    begins: Integers
    ends: Integers
    owners: Integers
    first: Integers
    behind: Integers


def windows(text: Strings, begins: Integers, ends: Integers, bounds: Integers, most: int) -> Windows:
    """Texts that are not blank, and those of over `most` words in windows of that many, the last with what remains.

    Words are given as `word_bounds` gives them. What stands between two windows is parted at its first white space,
    so that a full stop stays with the word before it and an opening quote with the one behind it; where there is
    none, all of it belongs to the window before. White space around a window is left out, and nothing else is.
    """
    counts = np.diff(bounds)
    shares = np.maximum(-(-counts // most), 1)
    owners = np.repeat(np.arange(len(text)), shares)
    first = bounds[owners] + most * ranges(np.zeros(len(text), np.int64), shares)
    behind = np.minimum(first + most, bounds[owners + 1])
    if len(owners) == len(text):
        return Windows(text.bounds[:-1], text.bounds[1:], owners, first, behind)
    inner = np.flatnonzero(np.diff(owners, prepend=-1) == 0)
    white = np.append(np.flatnonzero(is_white(text.codes)), len(text.codes))
    gap, word = ends[first[inner] - 1], begins[first[inner]]
    starts = text.bounds[owners]
    starts[inner] = np.minimum(white[np.searchsorted(white, gap)], word)
    stops = text.bounds[owners + 1]
    stops[inner - 1] = starts[inner]
    cut_begins, cut_ends, kept = trimmed(text.codes, starts, stops)
    return Windows(cut_begins, cut_ends, owners[kept], first[kept], behind[kept])
