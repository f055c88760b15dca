"""Tell the next word from the words so far."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from sslabel.blocks import Lists, Pairs, Passages, bounds_of, ranges, rows_of
from sslabel.errors import UsageError
from sslabel.options import Between, File
from sslabel.registry import task
from sslabel.seeding import BlockDraws
from sslabel.transforms.text.orders import chosen, sifted
from sslabel.transforms.text.tokens import (
    ENDS,
    HOLDS_SPECIAL,
    IGNORED,
    LABEL,
    Tokenizer,
    Tokens,
    framed,
    ids_in,
    load,
    refuses_noise,
    unlearned,
)

PADS = ("[PAD]", "<pad>", "<|padding|>", "<|pad|>")
"""What tokenizers call the token that fills up what is too short."""


def _refuses(*, noised: bool, tokenizer: str | None, pack: int, eos: str | None, **_: Any) -> str | None:  # noqa: ANN401 - the other options
    if tokenizer is None:
        return "pack makes blocks of tokens; give a tokenizer=FILE.json" if pack else None
    cutter = load(tokenizer)
    if pack:
        _end_of(cutter, eos)
    return refuses_noise(noised)


def _growth(*, per_passage: Literal["all"] | int, max_context: int, pack: int, **_: Any) -> float:  # noqa: ANN401 - the other options
    return 1 if pack else max_context if per_passage == "all" else min(per_passage, max_context)


@task("text", needs={"order", "count"}, block=True, refuses=_refuses, growth=_growth)
def next_word(  # noqa: PLR0913 - its options
    passages: Passages,
    draws: BlockDraws,
    *,
    per_passage: Annotated[Literal["all"] | int, Between(1)] = 1,
    min_context: Annotated[int, Between(1)] = 3,
    max_context: Annotated[int, Between(1)] = 128,
    tokenizer: Annotated[str | None, File()] = None,
    pack: Annotated[int, Between(0)] = 0,
    eos: str | None = None,
    tail: Literal["fill", "drop"] = "fill",
) -> Pairs:
    """Cut a passage before one of its words; the label is that word.

    per_passage: how many words of a passage are labels, each in a pair of its own; all for every one that can be
    min_context: how many words must stand before it
    max_context: how many words before it are in the input, at most
    tokenizer: tokenizer.json of Hugging Face, to give the columns input_ids and labels, too
    pack: with a tokenizer, give only those columns, in blocks of so many tokens without a gap; 0 for none
    eos: token behind each passage that is packed; none for the end-of-text token that the tokenizer has
    tail: fill makes the last block as long as the others, drop leaves it out

    Input and label, one behind the other, are a piece of the source as it stands: the input goes from the beginning of
    the passage, or from the first letter of a word if more than `max_context` stand before the label, to the last
    character before the label, white space and punctuation included. Every word that has enough before it is equally
    likely. The note `position` is the word's index in the passage, from 0.

    With a tokenizer `input_ids` are the tokens of the input and the label, as they are in the whole passage, behind
    the special tokens that the tokenizer puts before a text (`<s>`). `labels` are the same, at the same places, and
    -100 where no token of the label stands: a model shifts them itself. The word is called `label_text` then, as a
    Trainer takes a column `label` for what it learns.

    With `pack` all passages of a part of the source (a file, or about a megabyte of a larger one) stand in one row,
    each with the end-of-text token behind it, and the row is cut into blocks. `labels` are a copy of `input_ids`.
    The last block is filled up with the padding token, or else the end-of-text token, labelled -100. A block's source
    is the first passage that it holds; the others are counted as skipped, packed behind another. `unit=document` with
    a large `max_words` packs whole documents.

    Source: Bengio et al., A neural probabilistic language model, JMLR 2003; Radford et al., Improving language
    understanding by generative pre-training, 2018.
    """
    if max_context < min_context:
        msg = "next-word: max_context is less than min_context"
        raise UsageError(msg)
    cutter = load(tokenizer) if tokenizer is not None else None
    if cutter is not None and pack:
        return _packed(passages, cutter, pack, _end_of(cutter, eos), drop=tail == "drop")
    reasons = {f"fewer than {min_context + 1} words": passages.counts <= min_context}
    tokens = cutter.tokens(passages.text) if cutter is not None else None
    if cutter is not None and tokens is not None:
        reasons |= cutter.speaks_against(tokens, passages)
    rows, skipped = sifted(len(passages), reasons)
    possible = np.zeros(len(passages), np.int64)
    possible[rows] = passages.counts[rows] - min_context
    bounds = bounds_of(possible)
    wanted = possible if per_passage == "all" else np.minimum(possible, per_passage)
    # The k-th that is possible has min_context + k words before it.
    drawn = np.flatnonzero(chosen(bounds, wanted, draws, "positions"))
    owners = rows_of(bounds_of(wanted))
    position = drawn - bounds[owners] + min_context
    word = passages.bounds[owners] + position
    begins, ends = passages.begins, passages.ends
    froms = np.where(
        position > max_context, begins[word - np.minimum(position, max_context)], passages.text.bounds[:-1][owners]
    )
    ids, targets = dict[str, Lists](), dict[str, Lists]()
    if cutter is not None and tokens is not None:
        ids["input_ids"], targets["labels"] = _ids(cutter, tokens, froms, begins[word], ends[word])
    return Pairs(
        owners,
        {"input": passages.text.pieces(froms, begins[word]), **ids},
        {LABEL if targets else "label": passages.text.pieces(begins[word], ends[word]), **targets},
        {"position": position.tolist()},
        skipped,
    )


def _ids(cutter: Tokenizer, tokens: Tokens, froms: Any, begins: Any, ends: Any) -> tuple[Lists, Lists]:  # noqa: ANN401 - integers
    """The ids from the first word of each context to the label, and those of the label alone."""
    first, _ = tokens.within(froms, ends)
    own, last = tokens.within(begins, ends)
    frame = cutter.frame[0], cutter.frame[1][:0]
    shown, told = framed(tokens.ids, first, last, frame), framed(tokens.ids, first, last, unlearned(frame))
    # What stands before the label is known.
    context = ranges(told.bounds[:-1] + len(frame[0]), own - first)
    ids_in(told)[context] = IGNORED
    return shown, told


def _end_of(cutter: Tokenizer, eos: str | None) -> int:
    return cutter.id_of(*(ENDS if eos is None else (eos,)))


def _packed(passages: Passages, cutter: Tokenizer, length: int, end: int, *, drop: bool) -> Pairs:
    """The tokens of all passages in one row, each with the end token behind it, cut into blocks."""
    ids, bounds = cutter.ids(passages.text)
    rows, skipped = sifted(
        len(passages), {"it has no token": np.diff(bounds) == 0, HOLDS_SPECIAL: cutter.has_special(ids, bounds)}
    )
    row = framed(ids, bounds[:-1][rows], bounds[1:][rows], (ids[:0], np.array([end], np.int32)))
    packed = ids_in(row)
    total = len(packed)
    blocks = total // length if drop else -(-total // length)
    fill, kept = max(0, blocks * length - total), min(total, blocks * length)
    pad = cutter.find(PADS)
    shown = np.concatenate([packed[:kept], np.full(fill, end if pad is None else pad, np.int32)])
    told = np.concatenate([packed[:kept], np.full(fill, IGNORED, np.int32)])
    begins = length * np.arange(blocks + 1)
    first = np.searchsorted(row.bounds, begins[:-1], side="right") - 1
    lost = row.bounds[:-1] >= kept
    behind = ~lost & (np.bincount(first, minlength=len(rows)) == 0)
    _, more = sifted(len(rows), {f"in a tail of fewer than {length} tokens": lost, "packed behind another": behind})
    skipped |= {reason: rows[one] for reason, one in more.items()}
    return Pairs(rows[first], {"input_ids": Lists(shown, begins)}, {"labels": Lists(told, begins)}, skipped=skipped)
