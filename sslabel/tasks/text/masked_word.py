"""Tell hidden words from the words around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from sslabel.blocks import Bools, Integers, Lists, Pairs, Passages, Strings, Unigrams, bounds_of, codes_of, ranges
from sslabel.errors import UsageError
from sslabel.options import Between, File
from sslabel.registry import task
from sslabel.seeding import BlockDraws
from sslabel.transforms.text.orders import chosen, sifted
from sslabel.transforms.text.spans import containing, share, share_above, spanbert_words
from sslabel.transforms.text.tokens import IGNORED, LABEL, Tokenizer, framed, load, refuses_noise, unlearned

if TYPE_CHECKING:
    from sslabel.transforms.text.spans import Floats
    from sslabel.transforms.text.tokens import Tokens

MASKS = ("[MASK]", "<mask>")
"""What tokenizers call their mask token."""

NOT_HIDDEN, KEPT, MASKED, RANDOM = range(4)


def _refuses(*, noised: bool, tokenizer: str | None, **_: Any) -> str | None:  # noqa: ANN401 - the other options
    if tokenizer is None:
        return None
    load(tokenizer).id_of(*MASKS)
    return refuses_noise(noised)


@task("text", needs={"order", "count"}, block=True, corpus={"unigrams"}, refuses=_refuses)
def masked_word(  # noqa: PLR0913 - its options
    passages: Passages,
    draws: BlockDraws,
    *,
    unigrams: Unigrams,
    rate: Annotated[float, Between(0, 1)] = 0.15,
    count: Annotated[int, Between(0)] = 0,
    random: Annotated[float, Between(0, 1)] = 0.1,
    keep: Annotated[float, Between(0, 1)] = 0.1,
    style: Literal["bert", "spanbert"] = "bert",
    mask: str = "[MASK]",
    tokenizer: Annotated[str | None, File()] = None,
) -> Pairs:
    """Hide some words of a passage; the label is the hidden words, and which they are.

    rate: share of the words that are hidden
    count: how many words are hidden, each by the mask (1 is the cloze); with 0, `rate` says it
    random: share of the hidden words that are replaced by a random word of the corpus
    keep: share of the hidden words that stay as they are; the mask replaces all others
    style: bert hides single words, spanbert spans of one to ten
    mask: what stands for a hidden word
    tokenizer: tokenizer.json of Hugging Face, to give the columns input_ids and labels, too

    The label lists the hidden words in order; `label_position` gives the index of each among the words of the
    passage, from 0. Words are always whole, and what stands between them stays. The number of hidden words is exact:
    of n words bert hides the nearest whole number to n·rate, at least one; spanbert n·rate rounded up. bert decides
    between mask, random word and keeping for each word, spanbert for each run of hidden words. A random word is drawn
    by its frequency; it may happen to be the hidden one.

    With a tokenizer the same words are hidden in `input_ids`: each token that is at least partly in one is the
    tokenizer's own mask token, or a random one of its tokens (any of them, as likely), or stays, as its word does.
    `labels` are the ids that were there, and -100 everywhere else. A token that is in no word (a comma) is hidden with
    the chance `rate` and replaced as a word is, so that `rate` is the share of all tokens; the texts don't show that,
    and with `count` none is. The tokenizer's own special tokens (`[CLS]`, `[SEP]`) stand around them. The list of words
    is called `label_text` then, as a Trainer takes a column `label` for what it learns.

    Source: Taylor, Cloze procedure, Journalism Quarterly 1953; Devlin et al., BERT, NAACL 2019; Joshi et al.,
    SpanBERT, TACL 2020.
    """
    randoms, keeps = np.broadcast_to(random, len(passages)), np.broadcast_to(keep, len(passages))
    if (randoms + keeps > 1).any():
        msg = "masked-word: random and keep are more than 1 together"
        raise UsageError(msg)
    if not mask:
        msg = "masked-word: the mask is empty"
        raise UsageError(msg)
    cutter = load(tokenizer) if tokenizer is not None else None
    tokens = cutter.tokens(passages.text) if cutter is not None else None
    least = max(2, count + 1)
    rows, skipped = sifted(
        len(passages),
        {
            f"fewer than {'two' if least == 2 else least} words": passages.counts < least,  # noqa: PLR2004 - two
            f"it contains the marker {mask}": containing(passages.text, mask),
            **(cutter.speaks_against(tokens, passages) if cutter and tokens else {}),
        },
    )
    numbers = np.zeros(len(passages), np.int64)
    share_of = share_above if style == "spanbert" else share
    numbers[rows] = count or np.maximum(1, share_of(passages.counts, np.broadcast_to(rate, len(passages))))[rows]
    hides = _hidden(passages, numbers, draws, style)
    hidden, bounds = np.flatnonzero(hides), bounds_of(numbers)
    if count:
        randoms = keeps = np.zeros(len(passages))
    action = _actions(hidden, bounds, draws, style)
    thresholds = np.repeat(randoms, numbers)
    by_random = action < thresholds
    covered = by_random | (action >= thresholds + np.repeat(keeps, numbers))
    words = unigrams.drawn(draws.over(bounds, "random words")[by_random])
    shown = _shown(passages, hidden[covered], bounds_of(covered)[bounds], (by_random[covered], words), mask)
    # Passages that give no pair have no hidden word, and are left out of the bounds alone.
    lists = bounds_of(numbers[rows])
    ids, targets = dict[str, Lists](), dict[str, Lists]()
    if cutter is not None and tokens is not None:
        actions = np.full(len(tokens.ids), NOT_HIDDEN)
        if not count:
            shares = np.broadcast_to(rate, len(passages)), randoms, keeps
            actions = _between(tokens, passages, shares, draws)
        words_tokens = tokens.within(passages.begins[hidden], passages.ends[hidden])
        # A token that several words share goes by the first: from the last to the first, each word has its way.
        firsts, lengths = words_tokens[0][::-1], (words_tokens[1] - words_tokens[0])[::-1]
        done = np.where(by_random, RANDOM, np.where(covered, MASKED, KEPT))
        actions[ranges(firsts, lengths)] = np.repeat(done[::-1], lengths)
        ids["input_ids"], targets["labels"] = _ids(cutter, tokens, actions, rows, draws)
    words_hidden = passages.text.pieces(passages.begins[hidden], passages.ends[hidden])
    position = (hidden - np.repeat(passages.bounds[:-1], numbers)).astype(np.int32)
    return Pairs(
        rows,
        {"input": shown.take(rows), **ids},
        {
            LABEL if targets else "label": Lists(words_hidden, lists),
            "label_position": Lists(position, lists),
            **targets,
        },
        skipped=skipped,
    )


def _hidden(passages: Passages, numbers: Integers, draws: BlockDraws, style: str) -> Bools:
    """For each word whether it is hidden; `numbers[i]` words of each passage."""
    if style == "spanbert":
        return spanbert_words(passages.bounds, numbers, draws)
    return chosen(passages.bounds, numbers, draws, "hidden words")


def _actions(hidden: Integers, bounds: Integers, draws: BlockDraws, style: str) -> Floats:
    """For each hidden word the number in [0, 1) that decides what is done to it; bert's are its own, not its run's."""
    if style == "bert":
        return draws.over(bounds, "actions")
    first = np.ones(len(hidden), bool)
    first[1:] = np.diff(hidden) > 1
    first[bounds[:-1][np.diff(bounds) > 0]] = True
    actions: Floats = draws.over(bounds_of(first)[bounds], "actions")[np.cumsum(first) - 1]
    return actions


def _shown(
    passages: Passages, covered: Integers, bounds: Integers, random: tuple[Bools, Strings], mask: str
) -> Strings:
    """The passages with something else for their covered words: random words where they say so, else the mask."""
    by_random, words = random
    text, marker = passages.text, codes_of(mask)
    pool = np.concatenate([text.codes, marker, words.codes])
    begins, behind = np.full(len(covered), len(text.codes)), len(text.codes) + len(marker)
    ends = begins + len(marker)
    begins[by_random], ends[by_random] = behind + words.bounds[:-1], behind + words.bounds[1:]
    at = passages.begins[covered], passages.ends[covered], bounds
    return text.spliced(at, pool, begins, ends, ~by_random)


def _between(tokens: Tokens, passages: Passages, shares: tuple[Floats, Floats, Floats], draws: BlockDraws) -> Integers:
    """For each token what is done to it, those of words left alone; `shares` are rate, random and keep."""
    rate, random, keep = (np.repeat(one, np.diff(tokens.bounds)) for one in shares)
    hides = draws.over(tokens.bounds, "hidden between words") < rate
    firsts, lasts = tokens.within(passages.begins, passages.ends)
    hides[ranges(firsts, lasts - firsts)] = False
    action = draws.over(tokens.bounds, "actions between words")
    done = np.where(action < random, RANDOM, np.where(action < random + keep, KEPT, MASKED))
    return np.where(hides, done, NOT_HIDDEN)


def _ids(
    cutter: Tokenizer, tokens: Tokens, actions: Integers, rows: Integers, draws: BlockDraws
) -> tuple[Lists, Lists]:
    """Of each of the rows the ids to see and those to tell; `actions` say of each token what is done to it."""
    numbers = draws.over(tokens.bounds, "random tokens")[actions == RANDOM]
    shown = np.where(actions == MASKED, np.int32(cutter.id_of(*MASKS)), tokens.ids)
    shown[actions == RANDOM] = cutter.everything[(numbers * len(cutter.everything)).astype(np.int64)]
    told = np.where(actions == NOT_HIDDEN, np.int32(IGNORED), tokens.ids)
    begins, ends = tokens.bounds[:-1][rows], tokens.bounds[1:][rows]
    return framed(shown, begins, ends, cutter.frame), framed(told, begins, ends, unlearned(cutter.frame))
