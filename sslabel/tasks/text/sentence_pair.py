"""Tell whether two parts of a text follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sslabel.blocks import Bools, Categories, Integers, Pairs, Passages
from sslabel.registry import task
from sslabel.transforms.text.orders import sifted
from sslabel.transforms.text.sentences import sentence_bounds

if TYPE_CHECKING:
    from sslabel.seeding import BlockDraws

CLASSES = {"sop": ("in order", "swapped"), "nsp": ("next", "random")}


@task("text", needs={"order"}, block=True)
def sentence_pair(passages: Passages, draws: BlockDraws, *, kind: Literal["sop", "nsp"] = "sop") -> Pairs:
    """Cut a text in two between sentences; the label is whether the second part follows the first.

    kind: sop (the two parts are in order or swapped) or nsp (the second part is the next, or one of another document;
      of records alone, since a file of plain text is one document)

    Where it is cut is drawn among all ends of sentences but the last, and each class is drawn for half of the
    passages. White space at the cut belongs to neither part. A passage of one sentence gives no pair.

    A random second part is that of another passage, of another document, cut in its turn: so it is as long as a next
    one. It is drawn from the same block (about a megabyte of consecutive passages), which is the one place where a
    pair depends on other texts than its own; where a block holds but one document, nsp gives no pair, and so
    the classes stay as frequent as each other. A file of plain text is one document and shares its blocks with no
    other file, so that nsp takes records: JSON Lines, JSON, CSV, TSV or Parquet.

    Source: Lan et al., ALBERT, ICLR 2020 (sop); Devlin et al., BERT, NAACL 2019 (nsp).
    """
    begins, ends, bounds = sentence_bounds(passages.text)
    counts = np.diff(bounds)
    several = counts > 1
    # Sentence `cut` is the first of the second part. Passages of one sentence have none, and are not taken.
    cut = bounds[:-1] + 1 + (draws.each("cut") * (counts - 1)).astype(np.int64)
    cut, first, last = (np.where(several, one, 0) for one in (cut, bounds[:-1], bounds[1:] - 1))
    if not len(begins):
        begins = ends = np.zeros(1, np.int64)
    one = passages.text.pieces(begins[first], ends[cut - several])
    other = passages.text.pieces(begins[cut], ends[last])
    second_class = draws.each("class") < 0.5  # noqa: PLR2004 - half of the passages
    reasons = {"fewer than two sentences": ~several}
    if kind == "sop":
        front, back = one.where(second_class, other), other.where(second_class, one)
        reasons["its two parts are alike"] = ~one.differs(other)
    else:
        partner, alone = _partners(passages.documents, several, draws)
        random = other.take(partner)
        front, back = one, other.where(second_class, random)
        reasons["no other document stands in its block"] = alone
        reasons["the random part is the next one"] = ~other.differs(random)
    rows, skipped = sifted(len(passages), reasons)
    return Pairs(
        rows,
        {"input_first": front.take(rows), "input_second": back.take(rows)},
        {"label": Categories(second_class[rows].astype(np.int64), CLASSES[kind])},
        skipped=skipped,
    )


def _partners(documents: Integers, able: Bools, draws: BlockDraws) -> tuple[Integers, Bools]:
    """For each passage one of those that are able, of another document, and whether there is none (it is itself then).

    All such passages are equally likely.
    """
    listed = np.flatnonzero(able)
    listed = listed[np.argsort(documents[listed], kind="stable")]
    begins = np.searchsorted(documents[listed], documents, side="left")
    own = np.searchsorted(documents[listed], documents, side="right") - begins
    others = len(listed) - own
    # Numbered over all but those of the own document.
    number = (draws.each("partner") * others).astype(np.int64)
    number += np.where(number >= begins, own, 0)
    alone = others == 0
    partner = np.arange(len(documents))
    partner[~alone] = listed[number[~alone]]
    return partner, alone
