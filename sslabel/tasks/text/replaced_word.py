"""Tell which words of a text were replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.blocks import Lists, Pairs, Passages, Unigrams, bounds_of
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.text.orders import sifted

if TYPE_CHECKING:
    from sslabel.seeding import BlockDraws


@task("text", needs={"order", "count"}, block=True, corpus={"unigrams"})
def replaced_word(
    passages: Passages,
    draws: BlockDraws,
    *,
    unigrams: Unigrams,
    rate: Annotated[float, Between(0, 1)] = 0.15,
) -> Pairs:
    """Replace words by others of the corpus; the label says of each word whether it was replaced.

    rate: chance of each word to be replaced

    `label` has a number for each word of the source, in order: 1 where another word stands, else 0. A word is
    drawn as often as it stands in the corpus. Where the same word is drawn, nothing changed and the label is 0; so of
    n words about n · rate · (1 - Σ f²) have a 1, f being the frequencies. A passage may have none.

    Source: Clark et al., ELECTRA: pre-training text encoders as discriminators rather than generators, ICLR 2020.
    """
    text, begins, ends, bounds = passages.text, passages.begins, passages.ends, passages.bounds
    rates = np.broadcast_to(rate, len(text))
    out = np.flatnonzero(draws.over(bounds, "words") < rates[passages.passage])
    words = unigrams.drawn(draws.over(bounds, "replacements")[out])
    other = text.pieces(begins[out], ends[out]).differs(words)
    out = out[other]
    pool = np.concatenate([text.codes, words.codes])
    froms, tos = words.bounds[:-1][other] + len(text.codes), words.bounds[1:][other] + len(text.codes)
    shown = text.spliced((begins[out], ends[out], np.searchsorted(out, bounds)), pool, froms, tos)
    rows, skipped = sifted(len(passages), {"no words": passages.counts == 0})
    label = np.zeros(len(begins), np.int32)
    label[out] = 1
    # Passages that are not taken have no words.
    labels = {"label": Lists(label, bounds_of(passages.counts[rows]))}
    return Pairs(rows, {"input": shown.take(rows)}, labels, skipped=skipped)
