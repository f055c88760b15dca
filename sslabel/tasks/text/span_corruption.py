"""Tell hidden spans of words from what is around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from sslabel.blocks import (
    Bools,
    Column,
    Integers,
    Lists,
    Pairs,
    Passages,
    Strings,
    bounds_of,
    codes_of,
    ranges,
    rows_of,
)
from sslabel.options import Between, File
from sslabel.registry import task
from sslabel.seeding import BlockDraws
from sslabel.transforms.text.graphemes import grapheme_bounds
from sslabel.transforms.text.orders import places_of, sifted
from sslabel.transforms.text.spans import containing, infilling_spans, share_above, t5_spans
from sslabel.transforms.text.tokens import LABEL, Tokenizer, framed, ids_in, joined, load, refuses_noise
from sslabel.transforms.text.units import is_white

if TYPE_CHECKING:
    from sslabel.transforms.text.spans import Floats
    from sslabel.transforms.text.tokens import Ids, Tokens

SENTINEL = "<extra_id_"
MASK = "<mask>"
MODES = ("[R]", "[S]", "[X]")


@dataclass(frozen=True)
class Denoiser:
    """One of UL2's denoisers: a mode, the mean length of its spans in words, and the share of words that it hides."""

    mode: str
    mean: float
    rate: float

    def __str__(self) -> str:
        return f"{self.mode} mean_span={self.mean:g} rate={self.rate:g}" if self.mean < np.inf else self.mode


DENOISERS = (
    Denoiser("[R]", 3, 0.15),
    Denoiser("[R]", 8, 0.15),
    Denoiser("[S]", np.inf, 0.25),
    Denoiser("[X]", 3, 0.5),
    Denoiser("[X]", 8, 0.5),
    Denoiser("[X]", 64, 0.15),
    Denoiser("[X]", 64, 0.5),
)
"""UL2's mixture, each as likely as the others. The sequential one hides one span, at the end."""


def _refuses(*, noised: bool, tokenizer: str | None, style: str, **_: Any) -> str | None:  # noqa: ANN401 - the other options
    if tokenizer is None:
        return None
    _markers(load(tokenizer), style)
    return refuses_noise(noised)


@task("text", block=True, refuses=_refuses)
def span_corruption(  # noqa: PLR0913 - its options
    passages: Passages,
    draws: BlockDraws,
    *,
    rate: Annotated[float, Between(0, 1)] = 0.15,
    mean_span: Annotated[float, Between(1, 100)] = 3.0,
    style: Literal["t5", "bart", "ul2"] = "t5",
    tokenizer: Annotated[str | None, File()] = None,
) -> Pairs:
    """Replace spans of words by one sentinel each; the label is what they stand for.

    rate: share of the words that are hidden, or of the tokens (bart itself hid 0.3); ul2 has its own
    mean_span: mean length of a span in words, or in tokens where these are counted; ul2 has its own
    style: t5 labels the spans with their sentinels, bart gives the whole passage as the label, ul2 mixes seven
      denoisers and names the kind in front
    tokenizer: tokenizer.json of Hugging Face, to give the columns input_ids and labels, too

    In t5 the spans are `<extra_id_0>`, `<extra_id_1>`, ... in the input, and the label is `<extra_id_0> the first
    span <extra_id_1> the second`, one space on each side of a sentinel, no sentinel at the end. A span goes from the
    first letter of a word to the last letter of a word, what stands between its words included, so that the spans in
    the place of their sentinels give the source byte for byte. Of n words the nearest whole number to n·rate is
    hidden, in as many spans as its mean length asks for; the first word never is, the last one always. Sentinels
    count on beyond T5's hundred where a passage has more spans than that.

    In ul2 it is as in t5, with `[R] `, `[S] ` or `[X] ` before the input; the note `denoiser` says which of the seven
    it was.

    In bart n·rate words, rounded up, are hidden in spans of Poisson lengths, each behind one `<mask>`. A span of length
    0 is one more `<mask>` and a space before a random word. Spans that run into each other become one, so that now
    and then fewer words are hidden.

    With a tokenizer t5 and ul2 count in its tokens, not in words: spans go from token to token, so that of 568 tokens
    512 are left in `input_ids` and 114 in `labels`, the `</s>` that ends both included (where the tokenizer has one).
    The texts hide the same, but no part of a character, nor the white space before a span. In bart the words are
    hidden in `input_ids`, and a token that is at least partly in one with them; both columns stand between the
    tokenizer's own special tokens, and `labels` are the whole passage. Its own tokens `<extra_id_0>`, `<mask>`, `[R]`
    stand for the markers. The text of the label is called `label_text` then, as a Trainer takes a column `label` for
    what it learns.

    Source: Raffel et al., T5, JMLR 2020; Lewis et al., BART, ACL 2020; Tay et al., UL2, ICLR 2023.
    """
    markers = {"t5": (SENTINEL,), "bart": (MASK,), "ul2": (SENTINEL, *MODES)}[style]
    reasons = {f"it contains the marker {one}": containing(passages.text, one) for one in markers}
    cutter = load(tokenizer) if tokenizer is not None else None
    tokens = cutter.tokens(passages.text) if cutter is not None else None
    if cutter is not None and tokens is not None:
        reasons |= cutter.speaks_against(tokens, passages)
    items, counted = (passages.bounds, "words") if tokens is None or style == "bart" else (tokens.bounds, "tokens")
    few = np.diff(items) < 2  # noqa: PLR2004
    rows, skipped = sifted(len(passages), {f"fewer than two {counted}": few, **reasons})
    counts = np.zeros(len(passages), np.int64)
    counts[rows] = np.diff(items)[rows]
    rates, means = np.broadcast_to(rate, len(passages)), np.broadcast_to(mean_span, len(passages))
    if style == "bart":
        budget = np.maximum(share_above(counts, rates), np.minimum(counts, 1))
        places, masks = _infilling(passages, budget, means, draws)
        shown = _infilled(passages.text, places, masks)
        ids = {} if cutter is None or tokens is None else _masked_ids(cutter, tokens, places, masks)
        return _pairs(rows, shown, passages.text, ids, skipped=skipped)
    notes, modes = dict[str, list[str]](), None
    if style == "ul2":
        kinds = (draws.each("denoiser") * len(DENOISERS)).astype(np.int64)
        rates, means = (
            np.array([one.rate for one in DENOISERS])[kinds],
            np.array([one.mean for one in DENOISERS])[kinds],
        )
        modes = np.array([MODES.index(one.mode) for one in DENOISERS])[kinds]
    begins, ends, bounds = t5_spans(counts, rates, means, draws)
    first = items[:-1][rows_of(bounds)]
    begins, ends = first + begins, first + ends
    ids = dict[str, Lists]()
    if cutter is None or tokens is None:
        spans = passages.begins[begins], passages.ends[ends - 1], bounds
    else:
        spans = (*_characters(passages.text, tokens, begins, ends), bounds)
        sentinels, _ = _markers(cutter, style)
        over = np.diff(bounds) > len(sentinels)
        if over.any():
            skipped[f"more spans than the tokenizer's {len(sentinels)} sentinels"] = np.flatnonzero(over)
            rows = rows[~over[rows]]
        ids = _sentinel_ids(cutter, tokens, (begins, ends, bounds), style, modes)
    if style == "ul2":
        notes["denoiser"] = np.array([str(one) for one in DENOISERS])[kinds[rows]].tolist()
    shown, label = _sentinels(passages.text, spans, modes)
    return _pairs(rows, shown, label, ids, notes, skipped)


def _pairs(  # noqa: PLR0913, PLR0917 - what pairs are made of
    rows: Integers,
    shown: Strings,
    label: Strings,
    ids: Mapping[str, Lists],
    notes: Mapping[str, list[str]] | None = None,
    skipped: Mapping[str, Integers] | None = None,
) -> Pairs:
    """The pairs of these rows, with the ids where there are any."""
    kept = {name: _rows_of(one, rows) for name, one in ids.items()}
    labels = {"labels": kept.pop("labels")} if kept else {}
    told: dict[str, Column] = {LABEL if labels else "label": label.take(rows), **labels}
    return Pairs(rows, {"input": shown.take(rows), **kept}, told, notes or {}, skipped or {})


def _rows_of(lists: Lists, rows: Integers) -> Lists:
    begins, ends = lists.bounds[:-1][rows], lists.bounds[1:][rows]
    return joined(ids_in(lists), begins, ends, np.arange(len(rows) + 1))


def _sentinels(
    text: Strings, spans: tuple[Integers, Integers, Integers], modes: Integers | None
) -> tuple[Strings, Strings]:
    """The texts with sentinels for their spans, behind a mode where there are modes; and the spans behind sentinels.

    The spans are where each begins and ends in the texts, and their bounds.
    """
    begins, ends, bounds = spans
    numbers = places_of(bounds)
    markers = Strings.of([*MODES, *(f"{SENTINEL}{number}>" for number in range(int(numbers.max(initial=-1)) + 1))])
    space = len(text.codes)
    pool = np.concatenate([text.codes, codes_of(" "), markers.codes])
    marks = markers.bounds[:-1] + space + 1, markers.bounds[1:] + space + 1
    froms, tos = marks[0][numbers + len(MODES)], marks[1][numbers + len(MODES)]
    if modes is None:
        shown = text.spliced(spans, pool, froms, tos, np.ones(len(froms), bool))
    else:
        # Two pieces more in each text, at its begin: the mode and a space.
        front = bounds[:-1].repeat(2)
        fixed = np.insert(np.ones(len(froms), bool), front, np.tile([True, False], len(text)))
        at = text.bounds[:-1].repeat(2)
        places = np.insert(begins, front, at), np.insert(ends, front, at), bounds + 2 * np.arange(len(bounds))
        head = np.stack([marks[0][modes], np.full(len(modes), space)], axis=1).ravel()
        tail = np.stack([marks[1][modes], np.full(len(modes), space + 1)], axis=1).ravel()
        shown = text.spliced(places, pool, np.insert(froms, front, head), np.insert(tos, front, tail), fixed)
    # A span in the label: its sentinel, a space, its text, a space; the last of a text without that.
    last = np.zeros(len(froms), bool)
    last[bounds[1:][np.diff(bounds) > 0] - 1] = True
    spaces = np.full(len(froms), space)
    label = Strings.assembled(
        pool,
        np.stack([froms, spaces, begins, spaces], axis=1).ravel(),
        np.stack([tos, spaces + 1, ends, spaces + ~last], axis=1).ravel(),
        4 * bounds,
    )
    return shown, label


def _infilling(
    passages: Passages, budget: Integers, mean: Floats, draws: BlockDraws
) -> tuple[tuple[Integers, Integers, Integers], Bools]:
    """The places of the masks that so many words of each passage are behind, and whether a mask comes there.

    Else it is the space behind the mask of a span of no word.
    """
    begins, ends, empty = infilling_spans(passages.bounds, budget, mean, draws)
    # An empty span goes before a word or a mask; which is drawn.
    stands = np.ones(len(passages.begins), bool)
    stands[ranges(begins + 1, ends - begins - 1)] = False
    before, standing = bounds_of(empty), bounds_of(stands)[passages.bounds]
    places = (draws.over(before, "empty spans") * np.diff(standing).repeat(empty)).astype(np.int64)
    inserted = passages.begins[np.flatnonzero(stands)[np.sort(places + standing[:-1].repeat(empty))]].repeat(2)
    froms = np.concatenate([inserted, passages.begins[begins]])
    order = np.argsort(froms, kind="stable")
    tos = np.concatenate([inserted, passages.ends[ends - 1]])
    marker = np.concatenate([np.tile([True, False], len(inserted) // 2), np.ones(len(begins), bool)])[order]
    bounds = np.searchsorted(begins, passages.bounds) + 2 * before
    return (froms[order], tos[order], bounds), marker


def _infilled(text: Strings, places: tuple[Integers, Integers, Integers], masks: Bools) -> Strings:
    """The texts with masks, and spaces, in their places."""
    pool = np.concatenate([text.codes, codes_of(MASK), codes_of(" ")])
    mask, space = len(text.codes), len(pool) - 1
    pieces = np.where(masks, mask, space), np.where(masks, space, space + 1)
    return text.spliced(places, pool, *pieces, masks)


def _markers(cutter: Tokenizer, style: str) -> tuple[Ids, Ids]:
    """The ids of the tokenizer's sentinels, or of its mask, and of the modes; UsageError where it lacks them."""
    if style == "bart":
        return np.array([cutter.id_of(MASK, "[MASK]")], np.int32), np.empty(0, np.int32)
    found = [cutter.id_of(f"{SENTINEL}0>")]
    while (more := cutter.find([f"{SENTINEL}{len(found)}>"])) is not None:
        found.append(more)
    modes = [cutter.id_of(one) for one in MODES] if style == "ul2" else []
    return np.array(found, np.int32), np.array(modes, np.int32)


def _sentinel_ids(
    cutter: Tokenizer, tokens: Tokens, spans: tuple[Integers, Integers, Integers], style: str, modes: Integers | None
) -> dict[str, Lists]:
    """The ids as `_sentinels` has the texts; the spans are the first token of each and the one behind its last."""
    sentinels, kinds = _markers(cutter, style)
    firsts, lasts, bounds = spans
    marks = sentinels[np.minimum(places_of(bounds), len(sentinels) - 1)]
    end = cutter.find(["</s>"])
    frame = np.empty(0, np.int32), np.array([] if end is None else [end], np.int32)
    at = len(tokens.ids) + np.arange(len(marks))
    label = joined(
        np.concatenate([tokens.ids, marks]),
        np.stack([at, firsts], axis=1).ravel(),
        np.stack([at + 1, lasts], axis=1).ravel(),
        2 * bounds,
    )
    if modes is not None:
        front, begins = bounds[:-1], tokens.bounds[:-1]
        firsts, lasts = np.insert(firsts, front, begins), np.insert(lasts, front, begins)
        marks, bounds = np.insert(marks, front, kinds[modes]), bounds + np.arange(len(bounds))
    shown = _replaced(tokens, firsts, lasts, bounds, marks)
    return {"input_ids": _in_frame(shown, frame), "labels": _in_frame(label, frame)}


def _characters(text: Strings, tokens: Tokens, firsts: Integers, lasts: Integers) -> tuple[Integers, Integers]:
    """Where runs of tokens stand in the texts, from the first solid character to the last, each in one run alone.

    A character that is partly in a run is in it, so that none is cut in two.
    """
    solid = np.append(np.flatnonzero(~is_white(text.codes)), len(text.codes))
    edges = np.append(grapheme_bounds(text.codes, text.bounds)[0], len(text.codes))
    ends = tokens.ends[lasts - 1]
    begins = np.minimum(solid[np.searchsorted(solid, tokens.begins[firsts])], ends)
    return _apart(edges[np.searchsorted(edges, begins, side="right") - 1], edges[np.searchsorted(edges, ends)])


def _masked_ids(
    cutter: Tokenizer, tokens: Tokens, places: tuple[Integers, Integers, Integers], masks: Bools
) -> dict[str, Lists]:
    """The ids as `_infilled` has the texts, and those of the whole."""
    mask, _ = _markers(cutter, "bart")
    firsts, lasts = _apart(*tokens.within(places[0][masks], places[1][masks]))
    shown = _replaced(tokens, firsts, lasts, bounds_of(masks)[places[2]], mask.repeat(len(firsts)))
    whole = Lists(tokens.ids, tokens.bounds)
    return {"input_ids": _in_frame(shown, cutter.frame), "labels": _in_frame(whole, cutter.frame)}


def _apart(firsts: Integers, lasts: Integers) -> tuple[Integers, Integers]:
    """Runs where each item is in one run alone: one that two share belongs to the first."""
    reach = np.maximum.accumulate(lasts) if len(lasts) else lasts
    begins = firsts.copy()
    begins[1:] = np.maximum(firsts[1:], reach[:-1])
    return begins, np.maximum(lasts, begins)


def _replaced(tokens: Tokens, firsts: Integers, lasts: Integers, bounds: Integers, marks: Ids) -> Lists:
    """The ids with one other for each run of tokens."""
    at = len(tokens.ids) + np.arange(len(marks))
    text = Strings(tokens.ids.astype(np.uint32), tokens.bounds)
    pool = np.concatenate([text.codes, marks.astype(np.uint32)])
    made = text.spliced((firsts, lasts, bounds), pool, at, at + 1)
    return Lists(made.codes.astype(np.int32), made.bounds)


def _in_frame(lists: Lists, frame: tuple[Ids, Ids]) -> Lists:
    return framed(ids_in(lists), lists.bounds[:-1], lists.bounds[1:], frame)
