"""Words: where they begin and end, in every script."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from sslabel.blocks import Integers, Passages, Strings, bounds_of

_WORD = re.compile(r"\w+(?:['’.\-]\w+)*")


def word_bounds(text: Strings) -> tuple[Integers, Integers, Integers]:
    """Where each word begins and ends in `text.codes`, and n + 1 bounds: the words of each text; all int64."""
    begins, ends, counts = [], [], []
    for start, one in zip(text.bounds.tolist(), text, strict=False):
        found = [match.span() for match in _WORD.finditer(one)]
        begins += [start + begin for begin, _ in found]
        ends += [start + end for _, end in found]
        counts.append(len(found))
    return np.array(begins, np.int64), np.array(ends, np.int64), bounds_of(counts)


def passages_of(text: Strings, sources: Sequence[str]) -> Passages:
    """Texts as passages, each a document of its own."""
    return Passages(text, sources, np.arange(len(text)), *word_bounds(text))
