"""Tell the middle of a text from what is before and behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from sslabel.blocks import Bools, Column, Integers, Lists, Pairs, Passages, Strings
from sslabel.errors import UsageError
from sslabel.options import File
from sslabel.registry import task
from sslabel.seeding import BlockDraws
from sslabel.transforms.text.graphemes import grapheme_bounds
from sslabel.transforms.text.orders import sifted
from sslabel.transforms.text.spans import containing
from sslabel.transforms.text.tokens import ENDS, HOLDS_SPECIAL, LABEL, joined, load, refuses_noise

if TYPE_CHECKING:
    from sslabel.transforms.text.tokens import Ids

ORDERS = ("psm", "spm")


def _refuses(  # noqa: PLR0913 - its options
    *,
    noised: bool,
    tokenizer: str | None,
    prefix: str,
    suffix: str,
    middle: str,
    eos: str | None,
    **_: Any,  # noqa: ANN401 - the others
) -> str | None:
    if tokenizer is None:
        return None
    _markers(tokenizer, (prefix, suffix, middle), eos)
    return refuses_noise(noised)


@task("text", needs={"order"}, block=True, refuses=_refuses)
def fill_in_the_middle(  # noqa: PLR0913 - its options
    passages: Passages,
    draws: BlockDraws,
    *,
    order: Literal["psm", "spm", "both"] = "both",
    prefix: str = "<|fim_prefix|>",
    suffix: str = "<|fim_suffix|>",
    middle: str = "<|fim_middle|>",
    tokenizer: Annotated[str | None, File()] = None,
    eos: str | None = None,
) -> Pairs:
    """Cut a passage at two places and take the middle out; the label is the middle.

    order: psm gives the prefix first, spm the suffix, both either of them, as likely
    prefix: the marker before the prefix
    suffix: the marker before the suffix
    middle: the marker behind which the middle goes on
    tokenizer: tokenizer.json of Hugging Face, to give the columns input_ids and labels, too
    eos: token behind the middle in these; none for the end-of-text token that the tokenizer has

    psm is `<|fim_prefix|>PREFIX<|fim_suffix|>SUFFIX<|fim_middle|>`; spm is
    `<|fim_prefix|><|fim_suffix|>SUFFIX<|fim_middle|>PREFIX`. In both of them the label goes on where the input ends.
    Each place between two code points, the begin and the end included, is equally likely as a cut, so that prefix,
    middle or suffix may be empty; a cut within a character that a reader sees as one (a letter and its accents, an
    emoji) is moved before it. Prefix, middle and suffix are the source byte for byte. The note `order` says which of
    the two it was.

    With a tokenizer, which must have the markers as tokens, `input_ids` go on to the end: behind the input come the
    middle and the end-of-text token. Prefix, middle and suffix are cut into tokens each by itself. `labels` are a copy
    of `input_ids`, as the paper learns from all of them; a model shifts them itself. The middle is called `label_text`
    then, as a Trainer takes a column `label` for what it learns.

    Source: Bavarian et al., Efficient training of language models to fill in the middle, 2022.
    """
    markers = (prefix, suffix, middle)
    if not all(markers) or len(set(markers)) < len(markers):
        msg = "fill-in-the-middle: prefix, suffix and middle are three different markers"
        raise UsageError(msg)
    text = passages.text
    reasons = {f"it contains the marker {one}": containing(text, one) for one in markers}
    rows, skipped = sifted(len(passages), {"it is empty": text.lengths == 0, **reasons})
    cuts = np.stack([_cuts(text, draws, name) for name in ("one cut", "other cut")])[:, rows]
    left, right = cuts.min(axis=0), cuts.max(axis=0)
    begin, end = text.bounds[:-1][rows], text.bounds[1:][rows]
    swapped = draws.each("order")[rows] < {"psm": 0, "spm": 1, "both": 0.5}[order]
    ids, targets = dict[str, Lists](), dict[str, Lists]()
    if tokenizer is not None:
        parts = text.pieces(*np.array([[begin, left], [left, right], [right, end]]).transpose(1, 2, 0).reshape(2, -1))
        cut, bounds = load(tokenizer).ids(parts)
        odd = load(tokenizer).has_special(cut, bounds[::3])
        if odd.any():
            skipped[HOLDS_SPECIAL] = rows[odd]
        rows, left, right, begin, end = (one[~odd] for one in (rows, left, right, begin, end))
        swapped = swapped[~odd]
        places = np.stack([bounds[:-1], bounds[1:]], axis=1).reshape(-1, 3, 2)[~odd]
        ids["input_ids"] = targets["labels"] = _ids(cut, places, swapped, _markers(tokenizer, markers, eos))
    marks = Strings.of(markers)
    first, then, last = np.stack([marks.bounds[:-1], marks.bounds[1:]], axis=1) + len(text.codes)
    # Six pieces, of which one is empty: the prefix comes second or, in spm, last.
    pieces = np.empty((len(rows), 6, 2), np.int64)
    pieces[:, 0], pieces[:, 2], pieces[:, 4] = first, then, last
    pieces[:, 1] = np.stack([begin, np.where(swapped, begin, left)], axis=1)
    pieces[:, 3] = np.stack([right, end], axis=1)
    pieces[:, 5] = np.stack([begin, np.where(swapped, left, begin)], axis=1)
    shown = Strings.assembled(
        np.concatenate([text.codes, marks.codes]),
        pieces[:, :, 0].ravel(),
        pieces[:, :, 1].ravel(),
        6 * np.arange(len(rows) + 1),
        np.tile([True, False], 3 * len(rows)),
    )
    notes = {"order": np.array(ORDERS)[swapped.astype(np.int64)].tolist()}
    label: dict[str, Column] = {LABEL if targets else "label": text.pieces(left, right), **targets}
    return Pairs(rows, {"input": shown, **ids}, label, notes, skipped)


def _markers(tokenizer: str, names: tuple[str, ...], eos: str | None) -> list[int]:
    """The ids of the markers, and of the end-of-text token; UsageError where the tokenizer lacks one."""
    cutter = load(tokenizer)
    return [*(cutter.id_of(name) for name in names), cutter.id_of(*(ENDS if eos is None else (eos,)))]


def _ids(ids: Ids, places: Integers, swapped: Bools, markers: list[int]) -> Lists:
    """The ids of texts, of which prefix, middle and suffix are the pieces `places[i]` of these ids."""
    prefix, middle, suffix = places.transpose(1, 0, 2)
    marks = len(ids) + np.arange(len(markers) + 1)
    first, then, last, end = np.stack([marks[:-1], marks[1:]], axis=1)
    nothing = np.zeros_like(prefix)
    # Eight pieces, of which one is empty: the prefix comes second or, in spm, sixth.
    second, sixth = np.where(swapped[:, None], [nothing, prefix], [prefix, nothing])
    pieces = np.empty((len(swapped), 8, 2), np.int64)
    for number, piece in enumerate((first, second, then, suffix, last, sixth, middle, end)):
        pieces[:, number] = piece
    pool = np.concatenate([ids, np.array(markers, np.int32)])
    return joined(pool, pieces[:, :, 0].ravel(), pieces[:, :, 1].ravel(), 8 * np.arange(len(swapped) + 1))


def _cuts(text: Strings, draws: BlockDraws, name: str) -> Integers:
    """A place in `text.codes` for each text, from its begin to its end; never within a grapheme cluster."""
    cuts = text.bounds[:-1] + (draws.each(name) * (text.lengths + 1)).astype(np.int64)
    clusters, _ = grapheme_bounds(text.codes, text.bounds)
    edges = np.append(clusters, len(text.codes))
    return edges[np.searchsorted(edges, cuts, side="right") - 1]
