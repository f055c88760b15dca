"""What a letter is mistaken for: the keys beside it, the shapes like it, and its other case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from sslabel.blocks import Codes, Integers, bounds_of, codes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEYBOARDS = MappingProxyType(
    {
        "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
        "qwertz": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
        "azerty": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    }
)
"""The letters of the rows of the Latin keyboards, from left to right."""

CYRILLIC = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
"""The rows of the Russian keyboard."""

_STAGGER = (0.0, 0.25, 0.75)
"""How far each row of keys stands to the right of the uppermost, in keys."""

OCR = MappingProxyType(
    {
        "0": ("O", "o", "D"),
        "1": ("l", "I", "7"),
        "2": ("Z", "z"),
        "5": ("S", "s"),
        "6": ("b", "G"),
        "8": ("B", "S"),
        "9": ("g", "q"),
        "7": ("1", "T"),
        "A": ("4",),
        "B": ("8", "E"),
        "C": ("G", "O"),
        "D": ("O", "0"),
        "E": ("B", "F"),
        "F": ("E", "P"),
        "G": ("C", "6"),
        "I": ("l", "1"),
        "M": ("N", "H"),
        "O": ("0", "D", "Q"),
        "Q": ("O",),
        "S": ("5", "8"),
        "T": ("7", "I"),
        "U": ("V", "O"),
        "V": ("U", "Y"),
        "Z": ("2",),
        "a": ("o", "e"),
        "b": ("h", "6"),
        "c": ("e", "o"),
        "d": ("cl",),
        "e": ("c", "o"),
        "f": ("t", "l"),
        "g": ("q", "9"),
        "h": ("b", "n"),
        "i": ("l", "1", "j"),
        "j": ("i",),
        "l": ("1", "I", "i"),
        "m": ("rn", "nn"),
        "n": ("ri", "u"),
        "o": ("0", "c", "u"),
        "q": ("g", "9"),
        "r": ("n", "v"),
        "s": ("5",),
        "t": ("f", "l"),
        "u": ("ii", "n", "o"),
        "v": ("y", "u"),
        "w": ("vv",),
        "y": ("v",),
        "z": ("2",),
        "rn": ("m",),
        "cl": ("d",),
    }
)
"""Characters, and pairs of them, that an optical reader takes for others."""

_ALIKE = (
    "AΑА", "BΒВ", "CСϹ", "EΕЕ", "GԌ", "HΗН", "IΙІ", "JЈ", "KΚК", "MΜМ", "NΝ", "OΟО", "PΡР", "QԚ", "SЅ", "TΤТ", "WԜ",
    "XΧХ", "YΥҮ", "ZΖ", "ГΓ", "ПΠ", "ФΦ", "aа", "cсϲ", "dԁ", "eе", "hһ", "iі", "jј", "oοо", "pрρ", "qԛ", "sѕ", "vν",
    "wԝ", "xх", "yу",
)  # fmt: skip


@dataclass(frozen=True)
class Confusions:
    """For single characters, and for pairs, the texts that each may be mistaken for.

    `numbers` is the entry of each code point, -1 where there is none; its last item stands for all above.
    `pairs` are two code points and their entry. Entry k has the alternatives `bounds[k]` to `bounds[k + 1]`, and
    alternative j is `pool[begins[j]:ends[j]]`; it begins with another code point than what it stands for.
    """

    numbers: NDArray[np.int16]
    pairs: tuple[tuple[int, int, int], ...]
    bounds: Integers
    begins: Integers
    ends: Integers
    pool: Codes

    @classmethod
    def of(cls, table: Mapping[str, Iterable[str]]) -> Confusions:
        """The table as arrays; its keys are of one or two code points."""
        entries = {key: tuple(others) for key, others in table.items()}
        numbers = np.full(max(ord(key[0]) for key in entries) + 2, -1, np.int16)
        pairs = []
        for number, key in enumerate(entries):
            if len(key) == 1:
                numbers[ord(key)] = number
            else:
                pairs.append((ord(key[0]), ord(key[1]), number))
        words = [one for others in entries.values() for one in others]
        edges = bounds_of([len(one) for one in words])
        pool = codes_of("".join(words))
        bounds = bounds_of([len(others) for others in entries.values()])
        return cls(numbers, tuple(pairs), bounds, edges[:-1], edges[1:], pool)


def neighbours(rows: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The keys that touch each key of a keyboard, in both cases; capitals have capitals beside them."""
    keys = {key: (stagger + x, y) for y, (row, stagger) in enumerate(zip(rows, _STAGGER, strict=True))
            for x, key in enumerate(row)}  # fmt: skip
    found = {}
    for key, (x, y) in keys.items():
        near = tuple(other for other, (left, above) in keys.items()
                     if (above == y and abs(left - x) == 1) or (abs(above - y) == 1 and abs(left - x) < 1))  # fmt: skip
        found[key], found[key.upper()] = near, tuple(other.upper() for other in near)
    return found


@cache
def keyboard(layout: str) -> Confusions:
    """The neighbours on a Latin keyboard, and on the Russian one."""
    return Confusions.of(neighbours(KEYBOARDS[layout]) | neighbours(CYRILLIC))


@cache
def ocr() -> Confusions:
    """What an optical reader takes each character for."""
    return Confusions.of(OCR)


@cache
def homoglyphs() -> Confusions:
    """The letters of the Latin, Greek and Cyrillic alphabets that look like each other."""
    return Confusions.of({one: others.replace(one, "") for others in _ALIKE for one in others})


@cache
def other_case(style: str) -> Codes:
    """For each code point the one of the other case, or itself; the last item is that of all above.

    Only where the way leads to one code point and from there back: not for ß, ς or İ. `style` is swap, upper or
    lower; upper changes small letters alone, lower capitals.
    """
    codes = np.arange(0x1E944 + 1, dtype=np.uint32)
    turn = {"swap": str.swapcase, "upper": str.upper, "lower": str.lower}[style]
    for code in range(len(codes)):
        letter = chr(code)
        other = turn(letter)
        if other != letter and len(other) == 1 and other.swapcase() == letter:
            codes[code] = ord(other)
    codes[-1] = len(codes) - 1
    return codes
