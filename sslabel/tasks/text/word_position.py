"""Tell where words that were taken out of a text belong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from sslabel.blocks import Bools, Integers, Lists, Pairs, Passages, bounds_of, codes_of
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.text.orders import chosen, first_alike, repeated, sifted, sorted_rows
from sslabel.transforms.text.spans import containing

if TYPE_CHECKING:
    from sslabel.seeding import BlockDraws

GAP = "____"
"""What marks the place of a word that was taken out."""

_LINE, _SPACE = 0x5F, 0x20
_WHITE = np.array([code for code in range(0x3001) if chr(code).isspace()], np.uint32)


@task("text", needs={"order", "count"}, block=True)
def word_position(
    passages: Passages,
    draws: BlockDraws,
    *,
    rate: Annotated[float, Between(0, 1)] = 0.15,
    gaps: Literal["marked", "closed"] = "marked",
) -> Pairs:
    """Take words out of a text and show them in random order; the label is where in the source each of them stood.

    rate: share of the words that are taken out, to the nearest whole number
    gaps: marked (____ stands for each word that is missing) or closed (nothing tells where words are missing)

    `label` holds a number for each of `input_words`: which word of the source it is, counted from 0 over all words.
    Only words that occur once in the passage, capitals or not, are taken out, so that there is one right answer.

    Marked, two words are taken out at least, as a single one has but one gap to go to, and words beside a `_` stay.
    Closed, one is enough; a word goes together with the space before it, and only if that space is all that
    stands between it and the word before, and if the word after it comes behind white space. It is put back, with a
    space, right behind the word before it.

    Source: Cui, Yang and Liu, PERT: pre-training BERT with permuted language model, 2022.
    """
    text, bounds, counts = passages.text, passages.bounds, passages.counts
    begins, ends = passages.begins, passages.ends
    marked = gaps == "marked"
    once = ~repeated(first_alike(text, begins, ends, bounds, any_case=True))
    once &= ~_beside_lines(passages) if marked else _between_spaces(passages)
    able = np.minimum(np.diff(bounds_of(once)[bounds]), counts - 1)
    least = 2 if marked else 1
    rows, skipped = sifted(
        len(passages),
        {
            f"it contains the marker {GAP}": containing(text, GAP) & marked,
            "fewer than two words": counts < 2,  # noqa: PLR2004 - one goes and one stays
            f"{'fewer than two words' if marked else 'no word'} that can be taken out": able < least,
        },
    )
    wanted = np.floor(np.broadcast_to(rate, len(text)) * counts + 0.5).astype(np.int64)
    number = np.zeros(len(text), np.int64)
    number[rows] = np.clip(wanted[rows], least, able[rows])
    may_go = np.flatnonzero(once)
    gone = may_go[chosen(bounds_of(once)[bounds], number, draws, "words")]
    lists = bounds_of(number)
    pool = np.concatenate([text.codes, codes_of(GAP)])
    filled = np.full(len(gone), len(text.codes))
    places = begins[gone] - (not marked), ends[gone], lists
    left = text.spliced(places, pool, filled, filled + len(GAP) * marked, np.ones(len(gone), bool))

    gone = gone[sorted_rows(lists, draws.over(lists, "order"))]
    # Passages that are not taken have no word out: without them, the others' stand where they stood.
    lists = bounds_of(number[rows])
    label = (gone - bounds[passages.passage[gone]]).astype(np.int32)
    words = Lists(text.pieces(begins[gone], ends[gone]), lists)
    return Pairs(
        rows, {"input": left.take(rows), "input_words": words}, {"label": Lists(label, lists)}, skipped=skipped
    )


def _beside_lines(passages: Passages) -> Bools:
    """Whether a `_` stands right before or behind each word, so that a gap there could not be told from it."""
    begins, ends, inside = passages.begins, passages.ends, passages.text.bounds
    line = np.concatenate([[False], passages.text.codes == _LINE, [False]])
    before = line[begins] & (begins > inside[passages.passage])
    behind = line[ends + 1] & (ends < inside[passages.passage + 1])
    return np.asarray(before | behind)


def _between_spaces(passages: Passages) -> Bools:
    """Whether one space is all that stands before each word, and white space stands somewhere before the next."""
    begins, ends, bounds = passages.begins, passages.ends, passages.bounds
    codes = passages.text.codes
    spaces = bounds_of(np.isin(codes, _WHITE, kind="table"))
    first, last = _edge(bounds[:-1], passages), _edge(bounds[1:] - 1, passages)
    before, after = np.roll(ends, 1), np.roll(begins, -1)
    alone = ~first & (begins - before == 1) & (codes[np.maximum(begins - 1, 0)] == _SPACE)
    return np.asarray(alone & (last | (spaces[np.where(last, ends, after)] > spaces[ends])))


def _edge(numbers: Integers, passages: Passages) -> Bools:
    edge = np.zeros(len(passages.begins), bool)
    edge[numbers[passages.counts > 0]] = True
    return edge
