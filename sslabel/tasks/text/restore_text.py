"""Restore a distorted text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sslabel.blocks import Integers, Pairs, Passages, Strings, bounds_of
from sslabel.registry import find_noise, task
from sslabel.seeding import BlockDraws
from sslabel.transforms.text.orders import sifted
from sslabel.transforms.text.spans import containing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

CHAINS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "words": {"shuffle-words": {"window": 3}, "drop-words": {"rate": 0.1}, "blank-words": {"rate": 0.2}},
    "letters": {"delete-letters": {"rate": 0.02}, "swap-letters": {"rate": 0.05}},
}
"""The noises of each kind of damage, in their order: those on words as in Lample et al."""

BLANK = "____"
"""What blank-words writes for a word."""

_TRIES = 4


def _asks_noise(*, corruption: str, **_: Any) -> bool:  # noqa: ANN401 - the other options
    return corruption == "none"


@task("text", block=True, asks_noise=_asks_noise)
def restore_text(
    passages: Passages, draws: BlockDraws, *, corruption: Literal["all", "words", "letters", "none"] = "all"
) -> Pairs:
    """Distort a text; the label is the text as it was.

    corruption: words (shuffled, dropped, blanked), letters (deleted, swapped), all (words, then letters), or none (the
      damage is that of the noises, of which one must be given)

    Words move by at most three places, then a tenth of them is dropped and a fifth of the rest is blanked (____); one
    letter in fifty is deleted, and in one of twenty words two letters are swapped. These are the rates in texts of
    any length; of a short one, nothing may be dropped. A text that comes out as it was is distorted again, at last by
    all noises that can do anything to it; one that they leave as it was gives no pair.

    Source: Lample et al., Unsupervised machine translation using monolingual corpora only, ICLR 2018; Lewis et al.,
    BART, ACL 2020.
    """
    text = passages.text
    if corruption == "none":
        return Pairs(np.arange(len(text)), {"input": text}, {"label": text})
    chain = {
        name: options
        for kind, noises in CHAINS.items()
        if corruption in ("all", kind)
        for name, options in noises.items()
    }
    sizes = _sizes(passages)
    damaged, same = text, np.ones(len(text), bool)
    for number in range(_TRIES):
        again = np.flatnonzero(same)
        own = {name: sizes[name][again] for name in sizes}
        damaged = _put(damaged, again, _damaged(text.take(again), own, draws.take(again), chain, number))
        same = ~damaged.differs(text)
        if not same.any():
            break
    blank = containing(text, BLANK) if "blank-words" in chain else np.zeros(len(text), bool)
    rows, skipped = sifted(len(text), {f"it contains the marker {BLANK}": blank, "no damage changed it": same})
    return Pairs(rows, {"input": damaged.take(rows)}, {"label": text.take(rows)}, skipped=skipped)


def _sizes(passages: Passages) -> dict[str, Integers]:
    """For each noise with a rate, how many words or letters of each passage it may act on."""
    lengths = passages.ends - passages.begins
    letters = bounds_of(np.where(lengths > 1, lengths, 0))[passages.bounds]
    swapping = bounds_of(lengths > 3)[passages.bounds]  # noqa: PLR2004 - the first and the last letter stay
    return {
        "drop-words": passages.counts,
        "blank-words": passages.counts,
        "delete-letters": np.diff(letters),
        "swap-letters": np.diff(swapping),
    }


def _damaged(
    text: Strings, sizes: Mapping[str, Integers], draws: BlockDraws, chain: Mapping[str, Mapping[str, Any]], number: int
) -> Strings:
    for name, options in chain.items():
        given = dict(options)
        if name in sizes and number < _TRIES - 1:
            given["rate"] = _thinned(options["rate"], sizes[name], draws.each(f"{name} {number} acts"))
        # Draws of its own for each noise, so that one does not tell what another does.
        seeds = draws.each(f"{name} {number}") * 2.0**53
        text = find_noise(name).function(text, BlockDraws(seeds.astype(np.uint64)), **given)
    return text


def _thinned(rate: float, sizes: Integers, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rate or 0 for each text, so that a noise that always does something does no more than the rate on average.

    Where it would do nothing, by a chance of (1 - rate)^n, it does one thing: n · rate + (1 - rate)^n on average.
    """
    wanted = sizes * rate
    return np.where(uniform * (wanted + (1 - rate) ** sizes) < wanted, rate, 0.0)


def _put(text: Strings, at: Integers, others: Strings) -> Strings:
    """The texts, and at some numbers others."""
    numbers = np.arange(len(text))
    numbers[at] = len(text) + np.arange(len(at))
    pool = np.concatenate([text.codes, others.codes])
    bounds = np.concatenate([text.bounds, others.bounds[1:] + len(text.codes)])
    return Strings(pool, bounds).take(numbers)
