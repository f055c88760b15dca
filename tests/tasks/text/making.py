"""Pairs from blocks of texts, checked for what holds for every text task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sslabel import blocks
from sslabel.blocks import Pairs, Strings, Unigrams
from sslabel.registry import find_task
from sslabel.values import Pair, Text
from tests.tasks.text import pairing

UNIGRAMS = Unigrams(Strings.of(["the", "zyzzyva", "wren's", "我"]), np.array([4, 3, 2, 1]))


def made(name: str, texts: Sequence[str], *, seed: int = 0, **options: Any) -> Pairs:
    """What a task makes of texts; each passage's draws depend on the seed and its own content alone."""
    given: dict[str, Any] = {"unigrams": UNIGRAMS} if find_task(name).corpus else {}
    return pairing.made(name, texts, sources=texts, seed=seed, **given, **options)


def pairs_of(name: str, texts: Sequence[str], **options: Any) -> list[tuple[str, Pair]]:
    """The pairs of a task, each behind the text that it is from."""
    pairs = made(name, texts, **options)
    return [(texts[row], pairs.pair(number)) for number, row in enumerate(pairs.rows.tolist())]


def text_of(pair: Pair, field: str) -> str:
    """A field that is a text."""
    value = {**pair.inputs, **pair.labels}[field]
    assert isinstance(value, Text)
    return value.text


def fixed_text(pairs: Pairs, number: int) -> str:
    """All that is fixed in the input of a pair, in one."""
    shown = pairs.inputs["input"]
    assert isinstance(shown, Strings)
    if shown.fixed is None:
        return ""
    row = slice(shown.bounds[number], shown.bounds[number + 1])
    return blocks.text_of(shown.codes[row][shown.fixed[row]])


def assert_alone_as_in_company(name: str, texts: Sequence[str], **options: Any) -> None:
    """The same passages in one block, backwards, and one by one, give the same pairs."""

    def told(some: Sequence[str]) -> list[tuple[str, Any, Any, Any]]:
        return [(text, repr(pair.inputs), _plain(pair), pair.notes) for text, pair in pairs_of(name, some, **options)]

    together = told(texts)
    assert [pair for text in texts for pair in told([text])] == together
    backwards = told(texts[::-1])
    assert sorted(map(repr, backwards)) == sorted(map(repr, together))


def _plain(pair: Pair) -> dict[str, Any]:
    return {name: getattr(one, "array", one) if not hasattr(one, "array") else one.array.tolist()
            for name, one in pair.labels.items()}  # fmt: skip


def numbered(rows: int, words: int) -> list[str]:
    """Texts of so many words, no two alike."""
    rest = " ".join(f"w{number}" for number in range(1, words))
    return [f"r{row} {rest}" for row in range(rows)]
