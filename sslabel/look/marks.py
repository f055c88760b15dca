"""What a task hid in a text, set back in place: the input as pieces of text, each with what it is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from sslabel.values import Numbers, Order, Text, Texts

Kind: TypeAlias = Literal["plain", "hidden", "kept", "instead", "number"]
"""What a piece is: as in the source; hidden, and set back; to be told though it was left; put in place of another."""

Piece: TypeAlias = tuple[str, Kind]

_Spot: TypeAlias = tuple[int, int, str, Kind]

_LONGEST_COMPARED, _ALIKE = 20_000, 0.5
_LONGEST_WORD = 32


def marked(task: str, options: Mapping[str, Any], fields: Mapping[str, Any], meta: Mapping[str, Any]) -> list[Piece]:
    """The input of a task of ours with its label set in; empty where that says nothing or is not to be found.

    `options` are the task's. A noise may have changed the input since, so that a place may no longer be found.
    """
    try:
        return _MARKS.get(task, _ordered)(options, fields, meta)
    except (KeyError, AttributeError, IndexError, TypeError, ValueError):
        return []  # an input that does not fit its label any more is shown as it is


def _ordered(_: Mapping[str, Any], fields: Mapping[str, Any], __: Mapping[str, Any]) -> list[Piece]:
    """Texts in the order in which they are shown, each behind its number in the source."""
    texts, order = fields["input"], fields["label"]
    if not isinstance(texts, Texts) or not isinstance(order, Order):
        return []
    pieces: list[Piece] = []
    for text, number in zip(texts.texts, order.order, strict=True):
        pieces += [("\n" if pieces else "", "plain"), (str(number), "number"), (f" {text}", "plain")]
    return pieces


def _ordered_words(_: Mapping[str, Any], fields: Mapping[str, Any], __: Mapping[str, Any]) -> list[Piece]:
    """A text, each of its words behind its number in the source."""
    text, order = _text(fields["input"]), fields["label"].order
    bounds = _word_bounds(text)
    return _filled(
        text, [(begin, begin, f"{number} ", "number") for (begin, _), number in zip(bounds, order, strict=True)]
    )


def _masked_words(options: Mapping[str, Any], fields: Mapping[str, Any], _: Mapping[str, Any]) -> list[Piece]:
    text, words, places = _text(fields["input"]), _told(fields).texts, _numbers(fields["label_position"])
    mask = options["mask"]
    masks = [(one.start(), one.end()) for one in re.finditer(re.escape(mask), text)]
    if len(masks) == len(words):
        return _filled(text, [(*at, word, "hidden") for at, word in zip(masks, words, strict=True)])
    spots = _counted_off(text, masks, list(zip(places, words, strict=True)))
    return _filled(text, spots or [(*at, mask, "number") for at in masks])


def _counted_off(text: str, masks: Sequence[tuple[int, int]], hidden: Sequence[tuple[int, str]]) -> list[_Spot]:
    """Where hidden words stand, of which some were left or replaced: found by their places among the words.

    The source is put together on the way, as words that have no space between them are told apart only in the whole
    text. Empty where that does not give each word its place.
    """
    spots: list[_Spot] = []
    source, seen, left = "", 0, list(masks)
    for place, word in hidden:
        until = left[0][0] if left else len(text)
        bounds = _word_bounds(source + text[seen:until])
        if place < len(bounds):
            begin, end = (seen + at - len(source) for at in bounds[place])
            shown = text[begin:end]
            spots += [(begin, begin, word, "hidden"), (begin, end, shown, "instead")]
            if shown == word:
                spots[-2:] = [(begin, end, word, "kept")]
        elif left:
            begin, end = left.pop(0)
            spots.append((begin, end, word, "hidden"))
        else:
            return []
        source, seen = source + text[seen:begin] + word, end
    source += text[seen:]
    bounds = _word_bounds(source)
    agree = all(place < len(bounds) and source[slice(*bounds[place])] == word for place, word in hidden)
    return spots if agree and not left else []


def _told(fields: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a value of any kind
    """The label; beside ids, where `labels` are a trainer's, it is called `label_text`."""
    return fields["label"] if "label" in fields else fields["label_text"]


_MASK, _SENTINEL = "<mask>", re.compile(r"<extra_id_\d+>")


def _spans(options: Mapping[str, Any], fields: Mapping[str, Any], _: Mapping[str, Any]) -> list[Piece]:
    text, label = _text(fields["input"]), _text(_told(fields))
    if options["style"] == "bart":
        found = list(re.finditer(_MASK, text))
        return _infilled(text, label) or _filled(text, [(*one.span(), _MASK, "number") for one in found])
    names = _SENTINEL.findall(label)
    spans = dict(zip(names, _SENTINEL.split(label)[1:], strict=True))
    found = list(_SENTINEL.finditer(text))
    return _filled(text, [(one.start(), one.end(), spans[one[0]].strip(), "hidden") for one in found])


def _infilled(text: str, label: str) -> list[Piece]:
    """A text with each `<mask>` filled by what the whole text has between its neighbours."""
    stays = text.split(_MASK)
    if not label.startswith(stays[0]):
        return []
    pieces: list[Piece] = [(stays[0], "plain")]
    at = len(stays[0])
    for number, stay in enumerate(stays[1:], 2):
        last = number == len(stays)
        begin = len(label) - len(stay) if last else label.find(stay, at)
        if begin < at and stay.startswith(" "):  # a mask that hides nothing brought a space of its own
            stay = stay[1:]  # noqa: PLW2901
            begin = label.find(stay, at)
        if begin < at or not label.startswith(stay, begin):
            return []
        pieces += [(label[at:begin], "hidden"), (stay, "plain")]
        at = begin + len(stay)
    return pieces


def _middle(options: Mapping[str, Any], fields: Mapping[str, Any], meta: Mapping[str, Any]) -> list[Piece]:
    text, middle = _text(fields["input"]), _text(_told(fields))
    markers = [options[name] for name in ("prefix", "suffix", "middle")]
    before, behind, last = re.fullmatch("(.*)".join(["", *map(re.escape, markers), ""]), text, re.DOTALL).groups()[1:]  # type: ignore[union-attr]
    if meta["order"] == "spm":
        before = last
    return [(before, "plain"), (middle, "hidden"), (behind, "plain")]


def _next(_: Mapping[str, Any], fields: Mapping[str, Any], __: Mapping[str, Any]) -> list[Piece]:
    return [(_text(fields["input"]), "plain"), (_text(_told(fields)), "hidden")]


_GAP = "____"


def _taken_out(options: Mapping[str, Any], fields: Mapping[str, Any], _: Mapping[str, Any]) -> list[Piece]:
    text = _text(fields["input"])
    places = dict(zip(_numbers(fields["label"]), fields["input_words"].texts, strict=True))
    if options["gaps"] == "marked":
        gaps = [one.start() for one in re.finditer(_GAP, text)]
        spots = [(at, at + len(_GAP), places[place], "hidden") for at, place in zip(gaps, sorted(places), strict=True)]
        return _filled(text, spots)  # type: ignore[arg-type]
    stay = iter([0, *(end for _, end in _word_bounds(text))])
    at, spots = next(stay), []
    for number in range(len(_word_bounds(text)) + len(places)):
        if number in places:
            spots.append((at, at, f" {places[number]}", "hidden"))
        else:
            at = next(stay)
    return _filled(text, spots)  # type: ignore[arg-type]


def _replaced(_: Mapping[str, Any], fields: Mapping[str, Any], __: Mapping[str, Any]) -> list[Piece]:
    text, flags = _text(fields["input"]), _numbers(fields["label"])
    bounds = _word_bounds(text)
    return _filled(
        text, [(*at, text[slice(*at)], "instead") for at, flag in zip(bounds, flags, strict=True) if flag == 1]
    )


def _damaged(_: Mapping[str, Any], fields: Mapping[str, Any], __: Mapping[str, Any]) -> list[Piece]:
    """The damaged text; each stretch that differs from the label is behind what the label has there."""
    text, label = _text(fields["input"]), _text(fields["label"])
    if max(len(text), len(label)) > _LONGEST_COMPARED:
        return []
    ours, theirs = re.findall(r"\w+|\W", text), re.findall(r"\w+|\W", label)
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    if matcher.ratio() < _ALIKE:  # so little in common is better read side by side
        return []
    pieces: list[Piece] = []
    for what, begin, end, first, last in matcher.get_opcodes():
        here, there = "".join(ours[begin:end]), "".join(theirs[first:last])
        pieces += [(here, "plain")] if what == "equal" else [(there, "hidden"), (here, "instead")]
    return [piece for piece in pieces if piece[0]]


_MARKS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], list[Piece]]] = {
    "fill-in-the-middle": _middle,
    "masked-word": _masked_words,
    "next-word": _next,
    "replaced-word": _replaced,
    "restore-text": _damaged,
    "span-corruption": _spans,
    "word-order": _ordered_words,
    "word-position": _taken_out,
}
"""Tasks whose label stands in their input; of others input and label are shown beside each other."""


def _text(value: Any) -> str:  # noqa: ANN401 - of another kind, there is nothing to mark
    if not isinstance(value, Text):
        raise TypeError
    return value.text


def _numbers(value: Any) -> list[int]:  # noqa: ANN401
    if not isinstance(value, Numbers):
        raise TypeError
    numbers: list[int] = value.array.tolist()
    return numbers


def _word_bounds(text: str) -> list[tuple[int, int]]:
    from sslabel.blocks import Strings
    from sslabel.transforms.text.words import word_bounds

    begins, ends, _ = word_bounds(Strings.of([text]))
    return list(zip(begins.tolist(), ends.tolist(), strict=True))


def _filled(text: str, spots: Sequence[_Spot]) -> list[Piece]:
    """A text with something else in some places."""
    pieces: list[Piece] = []
    at = 0
    for begin, end, word, kind in spots:
        pieces += [(text[at:begin], "plain"), (word, kind)]
        at = end
    return [piece for piece in [*pieces, (text[at:], "plain")] if piece[0]]


def in_a_row(texts: Texts) -> bool:
    """Whether texts are words rather than passages, and best shown side by side."""
    return all(len(text) <= _LONGEST_WORD and "\n" not in text for text in texts.texts)


def in_brackets(pieces: Sequence[Piece]) -> str:
    """The pieces as plain text: what was hidden in brackets, what stands in its place behind an arrow.

    Example: the [cat → bird] sat on [the]
    """
    shown = ""
    for (text, kind), (_, after) in pairwise([*pieces, ("", "plain")]):
        if kind == "hidden" and after == "instead":
            shown += f"[{text} → "
        elif kind == "instead":
            shown += f"{text}]" if shown.endswith(" → ") else f"[{text}]"
        else:
            shown += text if kind == "plain" else f"{text}" if kind == "number" else f"[{text}]"
    return shown
