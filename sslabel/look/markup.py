"""HTML in which nothing but what this package writes can be a tag: all that is not Markup already is escaped."""

from __future__ import annotations

import html
import re

from sslabel.look.terminal import printable

# What would break a page's encoding, or make it read otherwise than it is: controls, halves of surrogate pairs,
# characters that turn the direction of writing, and those that are none. Joiners stay: scripts and emoji need them.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff"
    "\ufdd0-\ufdef\ufffe\uffff]"
)
_VOID = frozenset({"img", "meta", "rect"})


class Markup(str):
    """HTML as it is to stand in a page."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """Text as HTML that shows it; what cannot be seen is made visible."""
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(_UNSAFE.sub(lambda match: printable(match[0]), text)))


def joined(parts: list[Markup]) -> Markup:
    """Pieces of HTML, one after the other."""
    return Markup("".join(parts))


def tag(name: str, /, *children: str, **attributes: str | float) -> Markup:
    """An element. Names are this package's own; contents and values may come from anywhere.

    Example: tag("th", "a < b", scope="row", class_="wide") -> `<th scope="row" class="wide">a &lt; b</th>`
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(str(value))}"' for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{''.join(map(escaped, children))}</{name}>")
