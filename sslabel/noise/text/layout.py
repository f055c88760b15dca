"""Noises on what stands between words: punctuation and spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.blocks import Strings
from sslabel.options import Between
from sslabel.registry import noise
from sslabel.transforms.text import editing
from sslabel.transforms.text.editing import Places, picked, replaced

if TYPE_CHECKING:
    from sslabel.blocks import Bools
    from sslabel.seeding import BlockDraws


@noise("text", block=True)
def drop_punctuation(text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.1) -> Strings:
    """Drop single punctuation marks.

    rate: share of the marks that are dropped

    Marks with a letter or digit directly on both sides stay, so that no two words become one: apostrophes, hyphens,
    dashes without spaces. In scripts that write no space between words they may go.
    """
    marks = editing.graphemes(text, editing.of_kind(text.codes, "punctuation"))
    marks = marks.where(~_joining(text, marks))
    gone = marks.take(picked(marks, rate, draws.over(marks.bounds, "marks")))
    return replaced(text, gone, gone.begins, gone.begins)


@noise("text", block=True)
def stretch_spaces(
    text: Strings,
    draws: BlockDraws,
    *,
    rate: Annotated[float, Between(0, 1)] = 0.1,
    most: Annotated[int, Between(1, 1000)] = 3,
) -> Strings:
    """Widen the spaces between words.

    rate: share of the gaps that are widened
    most: how many spaces are added to a gap at most; from one to so many are equally likely

    A gap is a row of spaces and tabs within a line; its first one is repeated. Line breaks stay.
    """
    gaps = editing.gaps(text)
    chosen = gaps.take(picked(gaps, rate, draws.over(gaps.bounds, "gaps")))
    added = 1 + (draws.over(chosen.bounds, "widths") * most).astype(np.int64)
    # In the pool each gap has a row of its first space.
    pool = np.repeat(text.codes[chosen.begins], added)
    ends = len(text.codes) + np.cumsum(added)
    return replaced(text, Places(chosen.begins, chosen.begins, chosen.bounds), ends - added, ends, pool)


def _joining(text: Strings, marks: Places) -> Bools:
    """For each mark whether its row of marks has a part of a word directly on both sides."""
    if not len(marks):
        return np.zeros(0, bool)
    # A row of marks: each begins where the one before it ends, in the same text.
    fresh = np.ones(len(marks), bool)
    fresh[1:] = (marks.begins[1:] != marks.ends[:-1]) | (marks.rows[1:] != marks.rows[:-1])
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(marks)) - 1
    begins, ends, rows = marks.begins[first], marks.ends[last], marks.rows[first]
    inside = (begins > text.bounds[:-1][rows]) & (ends < text.bounds[1:][rows])
    before, after = text.codes[begins - 1], text.codes[np.minimum(ends, len(text.codes) - 1)]
    for side in (before, after):
        inside &= editing.of_kind(side, "word") & ~editing.unspaced(side)
    return np.repeat(inside, last - first + 1)
