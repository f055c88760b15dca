"""Sentences: where they begin and end, in every script.

Sentencex proposes the bounds, for the language that the text's script or its commonest words tell; what it proposes
is taken where it can't be an abbreviation. A bound that is missed makes a long sentence, a wrong one makes two
halves: where it is unsure, there is none.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from sslabel.blocks import Codes, Integers, Strings, ranges
from sslabel.transforms.text.words import JOINS_HEBREW, WHITE_SPACE, word_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A blank line, a page's end or a paragraph separator ends a sentence, whatever stands before it.
_NEWLINE = r"(?>\r\n|[\n\r\x85\u2028])"
_PARAGRAPH_END = re.compile(rf"{_NEWLINE}[^\S\n\r\x85\u2028]*{_NEWLINE}\s*|[\x0b\x0c\u2029]\s*")

_ALPHABETS = (
    ("el", 0x370, 0x400), ("ru", 0x400, 0x530), ("hy", 0x530, 0x590), ("he", 0x590, 0x600), ("ar", 0x600, 0x780),
    ("hi", 0x900, 0x980), ("bn", 0x980, 0xA00), ("pa", 0xA00, 0xA80), ("gu", 0xA80, 0xB00), ("ta", 0xB80, 0xC00),
    ("te", 0xC00, 0xC80), ("kn", 0xC80, 0xD00), ("ml", 0xD00, 0xD80), ("th", 0xE00, 0xE80), ("my", 0x1000, 0x10A0),
    ("am", 0x1200, 0x1380), ("km", 0x1780, 0x1800), ("ja", 0x3041, 0x3100), ("zh", 0x3400, 0x4DC0),
    ("zh", 0x4E00, 0xA000), ("ko", 0xAC00, 0xD7A4),
)  # fmt: skip
_NAMES = ("", *dict.fromkeys(name for name, _, _ in _ALPHABETS))
_alphabets = np.zeros(0x110000, np.uint8)
for _name, _begin, _end in _ALPHABETS:
    _alphabets[_begin:_end] = _NAMES.index(_name)
# Words that are common in one of these languages and seldom in the others.
_COMMON = {
    "en": "the of and to is was that with for he his it you not are be have this from which",
    "de": "der die das und ist nicht ein eine den dem mit von zu auf sich auch wird im für ich sie",
    "fr": "le les et des est une dans pour que qui du pas sur au par ce il avec sont je vous",
    "es": "el los y las una es por con del que se no para su lo como pero más está yo",
    "it": "il di che è per un non una sono della con gli nel le si ha alla dei anche",
    "pt": "o os e um uma não que do da em para com se na no por mais as é ao",
    "nl": "de het een en van is dat niet zijn op te voor met ook aan er maar bij ik je",
    "pl": "i w nie się na jest z do to że jak ale po są przez od tak był co za",
}
_LANGUAGE_OF = {
    word: [name for name, words in _COMMON.items() if word in words.split()]
    for words in _COMMON.values()
    for word in words.split()
}
_GUESSED_FROM = 1000  # code points


def sentence_bounds(text: Strings) -> tuple[Integers, Integers, Integers]:
    """Where each sentence begins and ends in `text.codes`, and n + 1 bounds: the sentences of each text; all int64.

    Sentences are in order, none is empty, none reaches from one text into the next. White space around them belongs
    to none, everything else to exactly one. A blank line ends a sentence, a line end does not. A sentence holds a
    letter or a digit, unless its paragraph has none. Thai has no sign for the end of a sentence: a paragraph of it
    is one.
    """
    starts: list[int] = []
    paragraphs: list[int] = []
    for begin, one, language in zip(text.bounds.tolist(), text, _languages(text), strict=False):
        at = 0
        for blank in _PARAGRAPH_END.finditer(one):
            paragraphs.append(begin + at)
            starts += [begin + at + place for place in _starts(one[at : blank.start()], language)]
            at = blank.end()
        paragraphs.append(begin + at)
        starts += [begin + at + place for place in _starts(one[at:], language)]
    begins, ends, first = _trimmed(text, np.array(starts, np.int64), np.array(paragraphs, np.int64))
    begins, ends = _mended(text.codes, begins, ends, first)
    return begins, ends, np.searchsorted(begins, text.bounds)


def _languages(text: Strings) -> list[str]:
    """The language of each text that sentencex is told."""
    if not len(text.codes) or text.codes.max() < _ALPHABETS[0][1]:
        return [_latin_language(one) for one in text]
    lengths = np.minimum(text.lengths, _GUESSED_FROM)
    alphabets = _alphabets[text.codes[ranges(text.bounds[:-1], lengths)]]
    width = len(_NAMES)
    cells = np.repeat(np.arange(len(text)) * width, lengths) + alphabets
    counts = np.bincount(cells, minlength=len(text) * width).reshape(len(text), width)
    counts[:, 0] = lengths // 3  # what an alphabet of its own has to reach: spaces and digits are in none
    # Japanese is Han among kana.
    kana, han = _NAMES.index("ja"), _NAMES.index("zh")
    counts[:, kana] += np.where(counts[:, kana] * 10 > counts[:, han], counts[:, han] + 1, 0)
    chosen = counts.argmax(axis=1).tolist()
    return [_NAMES[one] if one else _latin_language(latin) for one, latin in zip(chosen, text, strict=False)]


def _latin_language(text: str) -> str:
    if text.find(".", 0, -1) < 0:
        return "en"  # it holds no abbreviation
    votes = dict.fromkeys(_COMMON, 0)
    for word in text[:_GUESSED_FROM].lower().split():
        for language in _LANGUAGE_OF.get(word, ()):
            votes[language] += 1
    return max(votes, key=lambda one: votes[one])


# What ends in a full stop and ends no sentence, where sentencex takes it for one: titles, references, ordinals,
# initials. In Thai a full stop is a sign of abbreviation, and of nothing else.
_WORDS = {
    "en": "ms br mon apt rm tel ch eq eqs figs refs tab para bk def ex lem prop thm vol vols ed eds trans sp est "
    "approx max min hrs",
    "de": "inkl exkl hrsg jh geb gest dipl ing dipl.-ing",
    "ru": "рис табл гл им св ср ст напр изд ред обл пл доц г-н др янв фев февр сен сент окт ноя нояб дек т.е н.э",
}
_SHORT_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_SHORT = {language: re.compile(rf"{forms}\.\s*$") for language, forms in (
    ("de", r"(?<!\S)\d{1,2}"),
    ("ru", r"(?:[Тт]\. е|н\. э)"),
    ("ar", r"(?<![\w\u064b-\u0652])[ء-ي]"),
    ("hi", r"(?<![\w\u0900-\u097f])(?:डॉ|प्रो|पं|श्री|स्व|मो|रु|वि|ई|पू)"),
    ("th", "[ก-๎]"),
)}  # fmt: skip
# Sentencex takes one byte for each, and cuts through a character.
_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")
_OPENING = "([{\"'“‘«„»—–-"
_LONGEST_SHORT = 20
_LONGEST_NUMBER = 4  # three digits and a full stop
_WINDOW = 1000  # sentencex takes time that grows with the square of the length, once a text isn't ASCII


def _starts(paragraph: str, language: str) -> list[int]:
    """Where sentencex has sentences begin, 0 among them, in code points.

    A long paragraph is looked at through a window. Its last sentence may be cut off, and is looked at again.
    """
    if len(paragraph) <= _WINDOW or paragraph.isascii():
        return _cut(paragraph, language)
    found, at, window = [0], 0, _WINDOW
    while at + window < len(paragraph):
        places = _cut(paragraph[at : at + window], language)[1:]
        found += [at + place for place in places]
        if places:
            at, window = found[-1], _WINDOW
        else:
            window *= 2
    return found + [at + place for place in _cut(paragraph[at:], language)[1:]]


def _cut(part: str, language: str) -> list[int]:
    if not part.isascii():
        part = _WIDE_SPACE.sub(" ", part)
    places = _proposed(part, language)
    if language in _COMMON and language != "en":
        # Many an abbreviation stands in one list alone.
        english = {*_proposed(part, "en")}
        places = [place for place in places if place in english]
    if language in _SHORT_WORDS:
        words = _SHORT_WORDS[language]
        places = [place for place in places if _last_word(part, place) not in words]
    if language in _SHORT:
        short = _SHORT[language]
        places = [place for place in places if not short.search(part, max(0, place - _LONGEST_SHORT), place)]
    return places


def _proposed(part: str, language: str) -> list[int]:
    """Where sentencex has sentences begin; nowhere but at 0 where it fails."""
    from sentencex import segment  # type: ignore[import-untyped]

    try:
        return [0, *accumulate(map(len, segment(language, part)))][:-1]
    except BaseException as error:
        # It is written in Rust, where a mistake is a panic, and no Exception to Python.
        if type(error).__name__ != "PanicException":
            raise
        return [0] if part else []


def _last_word(part: str, end: int) -> str:
    """What stands before the full stop before this place, in small letters; empty where there is none."""
    before = part[max(0, end - _LONGEST_SHORT) : end].rstrip()
    return ["", *before[:-1].split()][-1].lstrip(_OPENING).lower() if before.endswith(".") else ""


def _trimmed(text: Strings, starts: Integers, paragraphs: Integers) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """Begins and ends without white space, of those that have anything else; and whether one begins a paragraph."""
    codes = text.codes
    ascii_only = not len(codes) or codes.max() < 0x80  # noqa: PLR2004
    shown = np.flatnonzero(~(_is_ascii_space(codes) if ascii_only else np.isin(codes, WHITE_SPACE)))
    # The first and the last code point that shows, from each start to the next.
    low = np.searchsorted(shown, starts)
    high = np.append(low[1:], len(shown))
    low, high = low[high > low], high[high > low]
    if not len(low):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool)
    begins, ends = shown[low], shown[high - 1] + 1
    number = np.searchsorted(paragraphs, begins, "right")
    return begins, ends, np.diff(number, prepend=0) != 0


def _is_ascii_space(codes: Codes) -> NDArray[np.bool_]:
    spaces: NDArray[np.bool_] = (codes == 32) | (codes >= 9) & (codes <= 13) | (codes >= 28) & (codes <= 31)  # noqa: PLR2004 - as str.isspace
    return spaces


def _mended(codes: Codes, begins: Integers, ends: Integers, first: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Sentences put together that are one; `first` begins a paragraph, and is not put to what is before it."""
    if not len(begins):
        return begins, ends
    letters = np.flatnonzero(word_classes(codes) > JOINS_HEBREW)
    # The first letter or digit of each, and whether there is one.
    place = np.searchsorted(letters, begins)
    spoken = np.append(letters, len(codes))[place] < ends
    initial = codes[np.append(letters, 0)[place]]
    initials, where = np.unique(initial, return_inverse=True)
    small = spoken & np.array([chr(one).islower() for one in initials.tolist()], bool)[where]
    last, opening = codes[ends[:-1] - 1], codes[begins[1:]]
    goes_on = np.zeros(len(begins), bool)
    # "e.g. this", "»Was?« fragte sie", "— спросил он"
    goes_on[1:] = small[1:] & (_among(last, '.…"”’»«」』)') | _among(opening, "-–—"))
    # "0 @.@ 7", "a.b.c", "१२.५०": what ends a sentence has a space behind it, or a letter, a full stop a capital one.
    touching = ends[:-1] == begins[1:]
    capital, digit = (
        np.array([is_one(chr(one)) for one in initials.tolist()], bool)[where]
        for is_one in (str.isupper, str.isdecimal)
    )
    letter = (opening == initial[1:]) & np.where(last == ord("."), capital[1:], ~digit[1:])
    goes_on[1:] |= touching & _among(last, ".?!") & ~letter
    # 「そう。」と言った, 《你好吗？》是一本书
    kana = (opening >= 0x3041) & (opening < 0x3097)  # noqa: PLR2004
    goes_on[1:] |= touching & (_among(last, "」』") & kana | _among(last, "》〉"))
    # 『猫である。』という, “为什么？”，她不答: a sentence begins with nothing that closes or goes on.
    goes_on[1:] |= touching & _among(opening, "」』】》〉〕）］｝)]}”’，、；：。！？,;:!?")
    # "1. The first": a number of a list is no sentence.
    listed = digit & (ends - begins <= _LONGEST_NUMBER) & (codes[ends - 1] == ord("."))
    goes_on[1:] |= (listed & (np.searchsorted(letters, ends) - place == ends - begins - 1))[:-1]
    # What is no word goes to what is before it, or if nothing is, to what is behind.
    goes_on |= ~spoken
    goes_on[first] = False
    silent_first = first & ~spoken
    goes_on[1:] |= silent_first[:-1] & ~first[1:]
    begun = np.flatnonzero(~goes_on)
    return begins[begun], ends[np.append(begun[1:], len(begins)) - 1]


def _among(codes: Codes, letters: str) -> NDArray[np.bool_]:
    return np.isin(codes, np.array([ord(one) for one in letters], np.uint32))
