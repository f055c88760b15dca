"""Put shuffled sentences back in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.blocks import Lists, Pairs, Passages, bounds_of, ranges, rows_of
from sslabel.errors import UsageError
from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.text.orders import all_alike, first_alike, shuffled, sifted
from sslabel.transforms.text.sentences import sentence_bounds
from sslabel.values import Order

if TYPE_CHECKING:
    from sslabel.seeding import BlockDraws


@task("text", needs={"order"}, block=True)
def sentence_order(
    passages: Passages,
    draws: BlockDraws,
    *,
    min_sentences: Annotated[int, Between(2)] = 2,
    max_sentences: Annotated[int, Between(2)] = 5,
) -> Pairs:
    """Shuffle the sentences of a text; the label is the order that they came from.

    min_sentences: how many sentences a pair has at least
    max_sentences: how many sentences a pair has at most; a longer passage gives several pairs

    A passage is cut from its beginning into groups of `max_sentences` sentences, and each gives a pair; so does what
    is left behind them, where it has `min_sentences`. `label[t]` is the number in the group, from 0, of the sentence
    that now stands t-th; the note `first_sentence` is the number of the group's first sentence in the passage.
    Sentences that are alike keep their order among themselves, so that the label is the only right one. White space
    between sentences belongs to none.

    Source: Logeswaran, Lee and Radev, Sentence ordering and coherence modeling using recurrent neural networks, AAAI
    2018; Lewis et al., BART, ACL 2020.
    """
    if max_sentences < min_sentences:
        msg = f"sentence-order: max_sentences={max_sentences} is less than min_sentences={min_sentences}"
        raise UsageError(msg)
    begins, ends, bounds = sentence_bounds(passages.text)
    counts = np.diff(bounds)
    # Groups of sentences, from the first of each passage on; the last of a passage may be shorter.
    groups = -(-counts // max_sentences)
    passage = np.repeat(np.arange(len(passages)), groups)
    inner = ranges(np.zeros_like(groups), groups) * max_sentences
    sizes = np.minimum(counts[passage] - inner, max_sentences)
    group = bounds_of(sizes)

    alike = first_alike(passages.text, begins, ends, group)
    order = shuffled(group, alike, draws.items(bounds_of(groups)), "order")
    taken = (sizes >= min_sentences) & ~all_alike(group, alike)
    gave = np.zeros(len(passages), bool)
    gave[passage[taken]] = True
    least = "two" if min_sentences == 2 else min_sentences  # noqa: PLR2004 - as other tasks say it
    reasons = {f"fewer than {least} sentences": counts < min_sentences, "all its sentences are alike": ~gave}
    _, skipped = sifted(len(passages), reasons)
    used = taken[rows_of(group)]
    lists = bounds_of(sizes[taken])
    shown = passages.text.pieces(begins[order][used], ends[order][used])
    label = (order - np.repeat(group[:-1], sizes))[used].astype(np.int32)
    return Pairs(
        passage[taken],
        {"input": Lists(shown, lists)},
        {"label": Lists(label, lists, Order)},
        {"first_sentence": inner[taken].tolist()},
        skipped,
    )
