"""Where in the texts of an example something was hidden, replaced or changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sslabel.values import Numbers, Text, Value

Span: TypeAlias = tuple[int, int]
"""Where a marked piece of a text begins and ends."""

_MARKERS = ("[MASK]", "<mask>", "____", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<sep>", "<gap>")
_SENTINEL = r"<extra_id_\d+>"
_NAMED_BY = ("mask", "prefix", "suffix", "middle", "blank")
_WORDS = re.compile(r"\w+|[^\w\s]")
_LONGEST, _ALIKE = 4000, 0.5


def marks(fields: Mapping[str, Value], options: Mapping[str, Any]) -> dict[str, list[Span]]:
    """The marked pieces of each field that is a text: what a task put in, replaced, or what label and input differ in.

    `options` are those of the task.
    """
    texts = {name: value.text for name, value in fields.items() if isinstance(value, Text)}
    markers = _pattern(options)
    found = {name: [match.span() for match in markers.finditer(text)] for name, text in texts.items()}
    if "input" in texts:
        text = texts["input"]
        found["input"] += _at_words(text, fields)
        original = next((name for name in ("label", "label_text") if name in texts), None)
        if original is not None and not any(found.values()):
            found["input"], found[original] = _differences(text, texts[original])
    return {name: _merged(spans) for name, spans in found.items()}


def pieces(text: str, spans: Iterable[Span]) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is marked."""
    made, at = [], 0
    for begin, end in spans:
        made += [(text[at:begin], False), (text[begin:end], True)]
        at = end
    return [(piece, marked) for piece, marked in (*made, (text[at:], False)) if piece]


def _pattern(options: Mapping[str, Any]) -> re.Pattern[str]:
    own = [options[name] for name in _NAMED_BY if isinstance(options.get(name), str) and options[name]]
    listed = sorted({*_MARKERS, *own}, key=len, reverse=True)
    return re.compile("|".join([_SENTINEL, *map(re.escape, listed)]))


def _at_words(text: str, fields: Mapping[str, Value]) -> list[Span]:
    """The words that a label of numbers speaks of: a 1 for each that was replaced, or the places of the hidden."""
    flags, places = fields.get("label"), fields.get("label_position")
    if isinstance(flags, Numbers) and flags.array.ndim == 1:
        words = _word_spans(text)
        if len(words) == len(flags.array):
            return [word for word, flag in zip(words, flags.array.tolist(), strict=True) if flag == 1]
    if isinstance(places, Numbers) and places.array.ndim == 1:
        words, listed = _word_spans(text), places.array.astype(int).tolist()
        # A noise may have changed how many words there are: then some place is none.
        if all(0 <= place < len(words) for place in listed):
            return [words[place] for place in listed]
    return []


def _word_spans(text: str) -> list[Span]:
    """The words as the tasks find them."""
    from sslabel.blocks import Strings
    from sslabel.transforms.text.words import passages_of

    found = passages_of(Strings.of([text]), [""])
    return list(zip(found.begins.tolist(), found.ends.tolist(), strict=True))


def _differences(one: str, other: str) -> tuple[list[Span], list[Span]]:
    """The words that differ between two texts; none where they have little in common, or are very long."""
    if max(len(one), len(other)) > _LONGEST:
        return [], []
    mine, theirs = ([match.span() for match in _WORDS.finditer(text)] for text in (one, other))
    words, others = [one[begin:end] for begin, end in mine], [other[begin:end] for begin, end in theirs]
    matcher = difflib.SequenceMatcher(None, words, others, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [], []
    changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
    left = [mine[at] for _, begin, end, _, _ in changes for at in range(begin, end)]
    right = [theirs[at] for _, _, _, begin, end in changes for at in range(begin, end)]
    return left, right


def _merged(spans: Sequence[Span]) -> list[Span]:
    made: list[Span] = []
    for begin, end in sorted(spans):
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((begin, end))
    return made
