"""One example as HTML: input beside label, pictures small, masks over what they hide, texts with what was hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sslabel.look.clips import below, masks_of, numbers_of, strips_of
from sslabel.look.marks import Piece, in_a_row, marked
from sslabel.look.markup import Markup, escaped, joined, tag
from sslabel.look.parts import Stored
from sslabel.values import Category, ClassMap, Mask, Numbers, Order, Picture, Text, Texts, Value

_MOST_CHARACTERS, _MOST_ITEMS = 700, 40
_SMALL = 80


def figure(stored: Stored) -> Markup:
    """An example: its fields side by side, and below them its key, its source and its noises."""
    fields = stored.values
    set_in = marked(*stored.step, fields, stored.meta)
    over = set(masks_of(fields).values())
    parts = [_part(names, fields, set_in) for names in strips_of(fields) if names[0] not in over]
    told = [tag("code", stored.key[:8]), escaped(" "), tag("bdi", str(stored.meta.get("source", "")))]
    chains = {name: stored.meta.get(name) for name in ("augment", "noise")}
    told += [tag("span", f"{name}: {chain}", class_="chain") for name, chain in chains.items() if chain]
    return tag("figure", tag("div", *parts, class_="parts"), tag("figcaption", *told))


def _part(names: Sequence[str], fields: Mapping[str, Value], set_in: Sequence[Piece]) -> Markup:
    from sslabel.look.thumbnails import SIDE, side_in_strip

    first = names[0]
    if len(names) == 1:
        inside = set_in if first == "input" else []
        title = tag("p", f"{first}, the label marked in it" if inside else first, class_="field")
        return tag("div", title, _value(first, fields, inside, SIDE), class_="part")
    title = tag("p", f"{first} … {names[-1]}", class_="field")
    numbers = numbers_of(fields)
    frames = [
        tag(
            "div",
            _frame(name, fields, side_in_strip(len(names))),
            *([tag("strong", str(numbers[name]))] if numbers else []),
        )
        for name in names
    ]
    return tag("div", title, tag("div", *frames, class_="strip"), class_="part")


def _frame(name: str, fields: Mapping[str, Value], side: int) -> Markup:
    """A frame of a clip, what a mask hides in it in red."""
    mask, picture = fields.get(masks_of(fields).get(name, "")), fields[name]
    if not isinstance(mask, Mask) or not isinstance(picture, Picture):
        return _value(name, fields, [], side)
    from sslabel.look.thumbnails import overlaid

    share = float((mask.pixels > 0).mean())
    return _image(overlaid(mask, picture, side), f"{name}: a picture, of which a mask hides {share:.0%}, in red")


def _value(name: str, fields: Mapping[str, Value], set_in: Sequence[Piece], side: int) -> Markup:
    value = fields[name]
    if isinstance(value, Picture | Mask | ClassMap):
        return _pictured(name, value, fields, side)
    if isinstance(value, Numbers):
        return _numbers(name, value, side)
    if isinstance(value, Text | Texts):
        return _written(value, set_in)
    if isinstance(value, Category):
        return tag("p", tag("strong", value.name), f" (class {value.index} of {len(value.names)})")
    assert isinstance(value, Order)
    return tag("p", " ".join(map(str, value.order[:_MOST_ITEMS])), _further(len(value.order) - _MOST_ITEMS))


def _written(value: Text | Texts, set_in: Sequence[Piece]) -> Markup:
    if set_in:
        return tag("p", *_pieces(set_in), class_="text", dir="auto")
    if isinstance(value, Texts):
        # Its number stays at its left, whichever way the text runs.
        items = [tag("bdi", *_pieces([(text, "plain")])) for text in value.texts[:_MOST_ITEMS]]
        more = _further(len(value.texts) - _MOST_ITEMS)
        if in_a_row(value):
            return tag("p", Markup(" · ".join(items)), more, class_="text")
        return joined([tag("ol", *(tag("li", one) for one in items), class_="text", start=0), more])
    if not value.text:
        return tag("p", "(empty)", class_="note")
    return tag("p", *_pieces([(value.text, "plain")]), class_="text", dir="auto")


def _further(count: int) -> Markup:
    return escaped(f" … and {count:,} more" if count > 0 else "")


_TAGS = {"hidden": "mark", "kept": "mark", "instead": "del", "number": "strong"}


def _pieces(pieces: Sequence[Piece]) -> list[Markup]:
    """A text with its pieces marked; a long one from where the first that is marked stands."""
    length = sum(len(text) for text, _ in pieces)
    first = next((number for number, (_, kind) in enumerate(pieces) if kind != "plain"), 0)
    ahead = sum(len(text) for text, _ in pieces[:first])
    begin = max(0, ahead - _MOST_CHARACTERS // 2) if length > _MOST_CHARACTERS else 0
    end = min(length, begin + _MOST_CHARACTERS)
    made, at = [], 0
    for text, kind in pieces:
        shown = text[max(0, begin - at) : max(0, end - at)]
        at += len(text)
        if shown:
            made.append(tag(_TAGS[kind], shown) if kind in _TAGS else escaped(shown))
    before = [escaped(f"({begin:,} characters before) … ")] if begin else []
    return [*before, *made, *([escaped(f" … ({length - end:,} characters more)")] if end < length else [])]


def _pictured(name: str, value: Picture | Mask | ClassMap, fields: Mapping[str, Value], side: int) -> Markup:
    from sslabel.look.thumbnails import class_colors, overlaid, thumbnail

    if isinstance(value, Picture):
        return _image(thumbnail(value, side), f"{name}: a picture of {value.width}×{value.height} pixels")
    height, width = value.pixels.shape
    if isinstance(value, ClassMap):
        return _image(class_colors(value, side), f"{name}: a class for each of {width}×{height} cells, in colours")
    base = below(name, fields)
    share = float((value.pixels > 0).mean())
    return _image(overlaid(value, base and base[1], side), f"{name}: a mask that hides {share:.0%}, in red")


def _image(pixels: Any, alt: str) -> Markup:  # noqa: ANN401 - an array
    from sslabel.look.thumbnails import data_uri

    height, width = pixels.shape[:2]
    larger = max(1, _SMALL // max(height, width))
    about = {"class_": "tiny"} if larger > 1 else {}
    return tag("img", src=data_uri(pixels), width=width * larger, height=height * larger, alt=alt, **about)


def _numbers(name: str, value: Numbers, side: int) -> Markup:
    import numpy as np

    from sslabel.look.thumbnails import heat

    array = value.array
    maps = heat(value, side)
    shape = "×".join(map(str, array.shape))
    if maps:
        said = f"{shape} numbers from {float(np.min(array)):.3g} to {float(np.max(array)):.3g}"
        drawn = [
            _image(one, f"{name}, channel {at}: {said}; blue below zero, red above") for at, one in enumerate(maps)
        ]
        return joined([tag("div", *drawn, class_="strip"), tag("p", said)])
    if array.ndim == 1:
        return tag("p", " ".join(f"{one:.4g}" for one in array[:_MOST_ITEMS]), _further(array.size - _MOST_ITEMS))
    rows_ = array.reshape(-1, array.shape[-1])[:_MOST_ITEMS]
    listed = "; ".join(" ".join(f"{one:.4g}" for one in row[:_MOST_ITEMS]) for row in rows_)
    return tag("p", listed, f" ({shape} numbers)")
