"""Noises on words: dropped, moved, repeated, blanked, followed by a mark.

Markers stay where they are, and so do the words that touch one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.blocks import Strings, codes_of
from sslabel.options import Between
from sslabel.registry import noise
from sslabel.transforms.text import editing
from sslabel.transforms.text.editing import Places, exchangeable, picked, reordered, replaced

if TYPE_CHECKING:
    from sslabel.blocks import Bools, Integers
    from sslabel.seeding import BlockDraws

_MARKS = ";?:!.,"
"""Those of AEDA (Karimi et al., 2021); the last two may join the words that they stand between."""

_APOSTROPHES = "'’"


@noise("text", alters={"count"}, block=True)
def drop_words(
    text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.1, keep: str = ""
) -> Strings:
    """Drop single words, never all of a text.

    rate: share of the words that are dropped
    keep: words that are never dropped, with spaces between them (no not never), in any case

    The spaces behind dropped words go with them, or those before them where punctuation or the line's end follows.
    Line breaks stay. Where all words were drawn, one of them stays.
    """
    words = editing.words(text)
    places = words.where(~_listed(text, words, keep) & (words.counts > 1)[words.rows])
    uniforms = draws.over(places.bounds, "words")
    picks = picked(places, rate, uniforms)
    every = (np.diff(np.searchsorted(picks, places.bounds)) == words.counts) & (words.counts > 0)
    gone = places.take(editing.spared(picks, uniforms, places.bounds[:-1][every], places.counts[every]))
    return _without(text, gone)


@noise("text", alters={"order"}, block=True)
def swap_words(text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.1) -> Strings:
    """Swap neighbouring words.

    rate: share of the pairs of neighbours that are swapped

    A text is cut into pairs of neighbours, from its first or its second word on, so that no word moves twice (Hill et
    al., 2016). Words that look alike, and such as have a marker between them, are no pair.
    """
    words = editing.words(text)
    able = np.flatnonzero(exchangeable(text, words))
    odd = (able - words.bounds[:-1][words.rows[able]]) % 2 == 1
    rows = words.rows[able]
    kinds = np.stack([np.bincount(rows[odd == one], minlength=len(text)) for one in (False, True)])
    second = draws.each("first") < 0.5  # noqa: PLR2004 - as often as not
    second = np.where(kinds[0] == 0, True, second & (kinds[1] > 0))
    firsts = able[odd == second[rows]]
    pairs = words.take(firsts)
    firsts = firsts[picked(pairs, rate, draws.over(pairs.bounds, "pairs"))]
    return reordered(text, words, _turned(len(words), firsts))


@noise("text", alters={"order"}, block=True)
def shuffle_words(text: Strings, draws: BlockDraws, *, window: Annotated[int, Between(0, 1_000_000)] = 3) -> Strings:
    """Shuffle words, each within a small distance.

    window: how many places a word moves at most; 0 for any number

    Words are sorted by their number plus a number drawn from 0 to window + 1 (Lample et al., 2018). What stands
    between words stays.
    """
    words = editing.words(text)
    order = editing.shuffled(words.bounds, draws.over(words.bounds, "order"), window)
    return _surely(text, words, draws, order)


@noise("text", alters={"order"}, block=True)
def rotate_words(text: Strings, draws: BlockDraws) -> Strings:
    """Move all words on by some places, the last ones to the beginning.

    By how many is drawn, from one to all but one. What stands between words stays.
    """
    words = editing.words(text)
    counts = words.counts
    by = 1 + (draws.each("places") * np.maximum(counts - 1, 1)).astype(np.int64)
    begins, size = words.bounds[:-1][words.rows], counts[words.rows]
    places = np.arange(len(words)) - begins
    made = reordered(text, words, begins + (places - by[words.rows]) % np.maximum(size, 1))
    same = ~made.differs(text) & (counts > 1)
    if same.any():
        # By one place, a text looks different if it can, but for words that repeat each other.
        by[same] = 1
        made = reordered(text, words, begins + (places - by[words.rows]) % np.maximum(size, 1))
    return made


@noise("text", alters={"count"}, block=True)
def repeat_words(text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.1) -> Strings:
    """Write single words twice.

    rate: share of the words that are repeated

    A space stands between the two, but none in scripts that write none (Chinese, Japanese, Thai and others).
    """
    words = editing.words(text)
    again = words.take(picked(words, rate, draws.over(words.bounds, "words")))
    unspaced = editing.unspaced(text.codes[again.begins])
    # Two pieces in one place: a space, which is the only code point of the pool, and the word.
    spot = np.repeat(again.ends, 2)
    begins = np.stack([np.full(len(again), len(text.codes)), again.begins], 1).ravel()
    ends = np.stack([len(text.codes) + ~unspaced, again.ends], 1).ravel()
    return replaced(text, Places(spot, spot, again.bounds * 2), begins, ends, codes_of(" "))


@noise("text", alters={"count"}, block=True)
def blank_words(
    text: Strings,
    draws: BlockDraws,
    *,
    rate: Annotated[float, Between(0, 1)] = 0.2,
    blank: str = "____",
    keep: str = "",
) -> Strings:
    """Write a blank of a fixed width for single words.

    rate: share of the words that are blanked
    blank: what is written in their place
    keep: words that are never blanked, with spaces between them (no not never), in any case
    """
    words = editing.words(text)
    words = words.where(~(_listed(text, words, keep) | _same(text, words, [blank])))
    gone = words.take(picked(words, rate, draws.over(words.bounds, "words")))
    begins = np.full(len(gone), len(text.codes))
    return replaced(text, gone, begins, begins + len(blank), codes_of(blank))


@noise("text", block=True)
def insert_punctuation(text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.15) -> Strings:
    """Write punctuation marks behind words.

    rate: share of the words that get one (AEDA draws it from 0 to a third: 0..0.33)

    The marks . ; ? : ! and , are those of AEDA (Karimi et al., 2021); white space stays as it is.
    """
    words = editing.words(text)
    chosen = words.take(picked(words, rate, draws.over(words.bounds, "words")))
    after = np.append(text.codes, np.uint32(0))[chosen.ends]
    within = (chosen.ends < text.bounds[1:][chosen.rows]) & editing.of_kind(after, "word")
    choices = np.where(within, len(_MARKS) - 2, len(_MARKS))
    begins = len(text.codes) + (draws.over(chosen.bounds, "marks") * choices).astype(np.int64)
    return replaced(text, Places(chosen.ends, chosen.ends, chosen.bounds), begins, begins + 1, codes_of(_MARKS))


def _without(text: Strings, gone: Places) -> Strings:
    """The texts without these words, and without one gap beside each row of them."""
    if not len(gone):
        return text
    # Where the gap ends that begins at a code point, and where the one begins that ends there.
    gaps = editing.gaps(text)
    until, since = np.arange(len(text.codes) + 1), np.arange(len(text.codes) + 1)
    until[gaps.begins], since[gaps.ends] = gaps.ends, gaps.begins
    rows = gone.rows
    begins, ends = gone.begins.copy(), np.where(gone.ends < text.bounds[1:][rows], until[gone.ends], gone.ends)
    # A row of dropped words has the gaps between them, and the one behind it or, where there is none, before it.
    fresh = np.ones(len(gone), bool)
    fresh[1:] = (ends[:-1] != begins[1:]) | (rows[:-1] != rows[1:])
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(gone)) - 1
    first = first[(ends[last] == gone.ends[last]) & (begins[first] > text.bounds[:-1][rows[first]])]
    begins[first] = since[begins[first]]
    return replaced(text, Places(begins, ends, gone.bounds), begins, begins)


def _turned(count: int, firsts: Integers) -> Integers:
    """The order of so many words, each of these and the next one swapped."""
    order = np.arange(count)
    order[firsts], order[firsts + 1] = firsts + 1, firsts
    return order


def _surely(text: Strings, words: Places, draws: BlockDraws, order: Integers) -> Strings:
    """The words in this order; where that looks the same, two neighbours change places."""
    made = reordered(text, words, order)
    same = ~made.differs(text)
    if same.any():
        able = np.flatnonzero(exchangeable(text, words) & same[words.rows])
        if len(able):
            pairs = words.take(able)
            # At the smallest rate that is not 0, one pair of each text.
            one = picked(pairs, np.finfo(float).tiny, draws.over(pairs.bounds, "pairs"))
            firsts = able[one]
            turned = np.flatnonzero(same[words.rows])
            order[turned] = turned
            order[firsts], order[firsts + 1] = firsts + 1, firsts
            made = reordered(text, words, order)
    return made


def _listed(text: Strings, words: Places, keep: str) -> Bools:
    """For each word whether it is one of a list, in any case and with any apostrophe."""
    return _same(text, words, keep.split())


def _same(text: Strings, words: Places, texts: list[str]) -> Bools:
    found = np.zeros(len(words), bool)
    for one in texts:
        able = np.flatnonzero(words.ends - words.begins == len(one))
        for number, letter in enumerate(one):
            forms = _APOSTROPHES if letter in _APOSTROPHES else letter + letter.lower() + letter.upper()
            able = able[np.isin(text.codes[words.begins[able] + number], codes_of(forms))]
        found[able] = True
    return found
