"""Put shuffled words back in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.blocks import Lists, Pairs, Passages, bounds_of, ranges
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.text.orders import all_alike, first_alike, shuffled, sifted
from sslabel.values import Order

if TYPE_CHECKING:
    from sslabel.seeding import BlockDraws


@task("text", needs={"order", "count"}, block=True)
def word_order(passages: Passages, draws: BlockDraws, *, window: Annotated[int, Between(0)] = 0) -> Pairs:
    """Shuffle the words of a text; the labels are the order that they came from and the text as it was.

    window: how many places a word may move at most; 0 lets it move through the whole passage

    Words change places among themselves; white space and punctuation stay where they are. `label[t]` is the number in
    the source, from 0, of the word that now stands t-th. Words that are alike keep their order among themselves, so
    that the label is the only right one. With a window, word i goes by i + U(0, window + 1), as in Lample et al.

    Source: Wang et al., StructBERT: incorporating language structures into pre-training, ICLR 2020; Lample et al.,
    Unsupervised machine translation using monolingual corpora only, ICLR 2018.
    """
    text, bounds, begins, ends = passages.text, passages.bounds, passages.begins, passages.ends
    alike = first_alike(text, begins, ends, bounds)
    order = shuffled(bounds, alike, draws, "order", window=window)
    moved = np.flatnonzero(order != np.arange(len(order)))
    places = begins[moved], ends[moved], np.searchsorted(moved, bounds)
    mixed = text.spliced(places, text.codes, begins[order[moved]], ends[order[moved]])
    rows, skipped = sifted(
        len(passages),
        {
            "fewer than two words": passages.counts < 2,  # noqa: PLR2004 - what an order takes
            "all its words are alike": all_alike(bounds, alike),
            # Where nothing stands between words, two may read the same in either order: 哈 哈哈.
            "its words read the same in another order": ~mixed.differs(text),
        },
    )
    lists = bounds_of(passages.counts[rows])
    label = order[ranges(bounds[rows], passages.counts[rows])] - np.repeat(bounds[rows], passages.counts[rows])
    return Pairs(
        rows,
        {"input": mixed.take(rows)},
        {"label": Lists(label.astype(np.int32), lists, Order), "label_text": text.take(rows)},
        skipped=skipped,
    )
