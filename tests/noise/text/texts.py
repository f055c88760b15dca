"""Texts to put noise on, and how tests put it on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies

from sslabel.blocks import Strings
from sslabel.registry import find_noise
from sslabel.seeding import Draws, example_key
from sslabel.transforms.text.words import word_bounds

ROOT = Path(__file__).resolve().parents[3]
CORPORA = ROOT.parent / "shared" / "corpora" / "text"

ODD = (
    "",
    "a",
    "ab",
    " ",
    " \t  \n ",
    "\0",
    "\0\0a\0",
    "\r",
    "one\r\ntwo\rthree\n\nfour",
    "👩‍👩‍👧 👍🏽 🇫🇷🇩🇪 family",
    "مرحبا بالعالم، كيف حالكم اليوم؟",
    "नमस्ते दुनिया, आप कैसे हैं?",
    "我们今天去北京,你好吗?",
    "哈哈哈哈",
    "\u0301",
    " \u0301 a\u0301e\u0301 \u0301",
    "cafe\u0301s re\u0301sume\u0301 nai\u0308ve",
    "straße İstanbul ΣΊΣΥΦΟΣ ǆ",
    "the the the the",
    "aaaa bbbb, 1234!",
    "... --- ...",
    "Привет, как дела у вас сегодня?",
    "don't (well-known) e.g. U.S.-led 1,000.5 snake_case http://x.org/a?b=c",
)

ENGLISH = (
    "The quick brown fox, who can't jump over the lazy dog, (finally) sleeps.",
    "Nobody, not even the rain, has such small hands; and so it goes: on and on!",
    "A word\tor two  more\nstand   in this; line breaks stay.",
)
"""On each of these every noise has something to do."""

any_text = strategies.text(
    strategies.one_of(
        strategies.characters(exclude_categories=["Cs"]),
        strategies.sampled_from("abcdefg  \n\t.,'-é\u0301\u200d我们กคन्"),
    ),
    max_size=40,
)


def noised(name: str, texts: Sequence[str] | Strings, *, seed: int = 0, **options: Any) -> Strings:
    """Texts under a noise; what each gets depends on the seed and its own content alone."""
    block = texts if isinstance(texts, Strings) else Strings.of(texts)
    draws = Draws(seed).block([example_key(one, 0, 0) for one in block], name)
    made = find_noise(name).function(block, draws, **options)
    assert isinstance(made, Strings)
    assert len(made) == len(block)
    assert made.bounds[0] == 0
    assert made.bounds[-1] == len(made.codes)
    assert (np.diff(made.bounds) >= 0).all()
    assert made.codes.dtype in (np.uint8, np.uint16, np.uint32)
    assert made.codes.itemsize > 1 or made.codes.max(initial=0) < 0x80
    assert made.bounds.dtype == np.int64
    assert made.fixed is None or len(made.fixed) == len(made.codes)
    return made


def under(name: str, text: str, **options: Any) -> str:
    """One text under a noise."""
    return noised(name, [text], **options)[0]


def words_of(text: str) -> list[str]:
    """The words of a text."""
    begins, ends, _ = word_bounds(Strings.of([text]))
    return [text[begin:end] for begin, end in zip(begins, ends, strict=True)]


def between_of(text: str) -> list[str]:
    """What stands between the words of a text."""
    begins, ends, _ = word_bounds(Strings.of([text]))
    return [text[end:begin] for end, begin in zip([0, *ends], [*begins, len(text)], strict=True)]


def white_of(text: str) -> str:
    """The white space of a text, in its order."""
    return "".join(one for one in text if one.isspace())


def marked(parts: Sequence[str], marker: str) -> Strings:
    """A text of several parts with a fixed marker between them."""
    text = Strings.of([marker.join(parts)])
    flags: list[bool] = []
    for number, part in enumerate(parts):
        flags += [True] * (len(marker) if number else 0) + [False] * len(part)
    fixed = np.array(flags, bool)
    return Strings(text.codes, text.bounds, fixed)


def agrees(hits: float, trials: float, rate: float) -> bool:
    """Whether so many hits are within four standard deviations of the rate."""
    return bool(abs(hits - trials * rate) <= 4 * np.sqrt(trials * rate * (1 - rate)))


def prose() -> list[str]:
    """Paragraphs of real text: the sample's, and the corpora's where they are."""
    files = [*sorted((ROOT / "sample_data" / "texts").glob("*")), *sorted(CORPORA.glob("*.txt"))]
    return [one for path in files for one in path.read_text("utf-8", errors="replace").split("\n\n")[:200]]
