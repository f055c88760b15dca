"""Text from data on its way to a terminal."""

from __future__ import annotations

import unicodedata

_HARMLESS = frozenset("\n\t")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
_FIRST_JOINED = "\u0590"
"""Where Hebrew begins: behind it are the scripts that are written with joiners, and emoji."""


def printable(text: str) -> str:
    r"""The text with each control, format and unassigned character made visible: ESC becomes `\x1b`.

    Every string that comes from data (names, texts, messages of decoders) passes here before it reaches a terminal.
    Line breaks and tabs stay, and joiners within words that need them, as in Persian and Hindi, and within emoji.
    """
    if text.isascii() and text.isprintable():
        return text
    around = zip(f" {text}", text, f"{text[1:]} ", strict=False)
    return "".join(one if _joins(before, one, after) else _visible(one) for before, one, after in around)


def one_line(text: str) -> str:
    r"""The same in one line: line breaks become `\n`, tabs `\t`."""
    return printable(text.replace("\n", "\\n").replace("\t", "\\t"))


def _joins(before: str, one: str, after: str) -> bool:
    return one in _JOINERS and all(
        letter >= _FIRST_JOINED and unicodedata.category(letter) not in _INVISIBLE for letter in (before, after)
    )


def _visible(character: str) -> str:
    if character in _HARMLESS or unicodedata.category(character) not in _INVISIBLE:
        return character
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 - what fits two digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - what fits four digits


def bytes_in_words(count: float) -> str:
    """A number of bytes: `1.3 MB`."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 999.5 or unit == "TB":  # noqa: PLR2004 - what rounds to a thousand is written in the next unit
            return f"{count:.0f} {unit}" if unit == "B" or count >= 99.5 else f"{count:.1f} {unit}"  # noqa: PLR2004
        count /= 1000
    raise AssertionError


def seconds_in_words(seconds: float) -> str:
    """A length of time: `0.6 s`, `3:05 min`, `2:03:04 h`."""
    if seconds < 59.95:  # noqa: PLR2004 - what rounds to a minute is written as one
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h" if hours else f"{minutes}:{rest:02d} min"


def counted(count: int, what: str) -> str:
    """`1 shard`, `2,000 shards`."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
