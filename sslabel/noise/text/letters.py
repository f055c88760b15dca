"""Noises on letters: slips of the pen, of the keyboard, and of optical readers.

A letter is a grapheme that begins with a code point of a letter, all its marks with it. White space, punctuation and
markers stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from sslabel.blocks import Strings, bounds_of, ranges
from sslabel.options import Between
from sslabel.registry import noise
from sslabel.transforms.text import editing
from sslabel.transforms.text.editing import Places, alike, picked, replaced
from sslabel.transforms.text.letters import homoglyphs as look_alikes
from sslabel.transforms.text.letters import keyboard, ocr, other_case

if TYPE_CHECKING:
    from sslabel.blocks import Bools, Integers
    from sslabel.seeding import BlockDraws
    from sslabel.transforms.text.letters import Confusions

_SHORTEST = 4
"""The letters of a word that has inner ones to move, as in Belinkov and Bisk, 2018."""


@noise("text", block=True)
def delete_letters(text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.1) -> Strings:
    """Delete single letters, never all of a word.

    rate: share of the letters that are deleted, of words of two and more

    Where all letters of a word were drawn, one of them stays.
    """
    letters = editing.letters(text)
    first, counts = editing.spelled(text, letters)
    uniforms = draws.over(letters.bounds, "letters")
    if int(counts.sum()) < len(letters):
        inside = np.zeros(len(letters), bool)
        inside[ranges(first, counts)] = True
        uniforms[~inside] = np.inf
    uniforms[first[counts == 1]] = np.inf
    picks = picked(letters, rate, uniforms)
    word = np.searchsorted(first, picks, "right") - 1
    whole = np.flatnonzero(np.bincount(word, minlength=len(first)) == np.maximum(counts, 1))
    gone = letters.take(editing.spared(picks, uniforms, first[whole], counts[whole]))
    return replaced(text, gone, gone.begins, gone.begins)


@noise("text", block=True)
def swap_letters(text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.1) -> Strings:
    """Swap two neighbouring letters inside a word.

    rate: share of the words in which two letters are swapped, of those that have two unlike ones to swap

    The first and the last letter of a word stay, so that it has four letters at least (Belinkov and Bisk, 2018).
    """
    letters = editing.letters(text)
    first, counts = editing.spelled(text, letters)
    unlike = _unlike(text, letters)
    unlike[:-1] &= letters.ends[:-1] == letters.begins[1:]
    # Pair i are the letters i and i + 1, from the second letter of a word to the last but one.
    long = np.flatnonzero(counts >= _SHORTEST)
    before = bounds_of(unlike)
    begin, end = before[first[long] + 1], before[first[long] + counts[long] - 2]
    able = end > begin
    begin, choices = begin[able], (end - begin)[able]
    words = _grouped(letters, first[long][able], counts[long][able], text)
    picks = picked(words, rate, draws.over(words.bounds, "words"))
    place = draws.over(np.searchsorted(picks, words.bounds), "place")
    pairs = np.flatnonzero(unlike)[begin[picks] + (place * choices[picks]).astype(np.int64)]
    both = (pairs[:, None] + np.arange(2)).ravel()
    turned = (pairs[:, None] + np.arange(2)[::-1]).ravel()
    return replaced(text, letters.take(both), letters.begins[turned], letters.ends[turned])


@noise("text", block=True)
def insert_letters(text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.1) -> Strings:
    """Insert letters, each of them one that stands elsewhere in the text.

    rate: share of the letters that get another one beside them, as often before as behind them

    So they are of the text's own script, and as frequent as in it.
    """
    letters = editing.letters(text)
    near = letters.take(picked(letters, rate, draws.over(letters.bounds, "letters")))
    behind = draws.over(near.bounds, "side") < 0.5  # noqa: PLR2004 - as often as not
    first, counts = letters.bounds[:-1][near.rows], letters.counts[near.rows]
    which = first + (draws.over(near.bounds, "which") * counts).astype(np.int64)
    at = np.where(behind, near.ends, near.begins)
    return replaced(text, Places(at, at, near.bounds), letters.begins[which], letters.ends[which])


@noise("text", block=True)
def shuffle_letters(
    text: Strings,
    draws: BlockDraws,
    *,
    rate: Annotated[float, Between(0, 1)] = 0.1,
    style: Literal["inner", "all"] = "inner",
) -> Strings:
    """Shuffle the letters of single words.

    rate: share of the words that are shuffled, of those that look different in some order
    style: inner keeps the first and the last letter of a word; all moves every one

    `inner` is for words of four letters and more (Belinkov and Bisk, 2018). Apostrophes, hyphens and digits of a
    word stay where they are.
    """
    letters = editing.letters(text)
    first, counts = editing.spelled(text, letters)
    if style == "inner":
        first, counts = first + 1, counts - 2
    before = bounds_of(_unlike(text, letters))
    able = counts > 1
    able[able] = before[first[able] + counts[able] - 1] > before[first[able]]
    words = _grouped(letters, first[able], counts[able], text)
    picks = picked(words, rate, draws.over(words.bounds, "words"))
    first, counts = first[able][picks], counts[able][picks]
    at = ranges(first, counts)
    bounds = bounds_of(counts)
    places = letters.take(at)
    order = editing.shuffled(bounds, draws.over(places.bounds, "order"))
    here, there = (places.begins, places.ends), (places.begins[order], places.ends[order])
    moved = bounds_of(~alike(text.codes, here, there))
    same = np.flatnonzero(np.diff(moved[bounds]) == 0)
    if len(same):
        # Turned by one letter, a word that has two unlike ones looks different.
        numbers = ranges(bounds[same], counts[same])
        order[numbers] = numbers + 1
        order[bounds[same + 1] - 1] = bounds[same]
    return editing.reordered(text, places, order)


@noise("text", block=True)
def keyboard_typos(
    text: Strings,
    draws: BlockDraws,
    *,
    rate: Annotated[float, Between(0, 1)] = 0.1,
    layout: Literal["qwerty", "qwertz", "azerty"] = "qwerty",
) -> Strings:
    """Replace letters by their neighbours on the keyboard.

    rate: share of the letters that are mistyped, of those that have a key
    layout: the keyboard of Latin letters; that of Cyrillic ones is the Russian

    Capitals become capitals. A letter with marks has no key, nor has one of another script.
    """
    return _confused(text, draws, rate, keyboard(layout))


@noise("text", block=True)
def ocr_errors(text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.1) -> Strings:
    """Replace letters and digits by what an optical reader takes them for.

    rate: share of the characters that are misread, of those that can be

    Of the Latin alphabet: 0 for O, rn for m, cl for d, and the reverse.
    """
    return _confused(text, draws, rate, ocr())


@noise("text", block=True)
def homoglyphs(text: Strings, draws: BlockDraws, *, rate: Annotated[float, Between(0, 1)] = 0.1) -> Strings:
    """Replace letters by letters of other alphabets that look the same.

    rate: share of the letters that are replaced, of those that have a double

    Among Latin, Greek and Cyrillic, by the confusables of Unicode (UTS #39).
    """
    return _confused(text, draws, rate, look_alikes())


@noise("text", block=True)
def change_case(
    text: Strings,
    draws: BlockDraws,
    *,
    rate: Annotated[float, Between(0, 1)] = 0.1,
    style: Literal["swap", "upper", "lower"] = "swap",
) -> Strings:
    """Change the case of single letters.

    rate: share of the letters that change, of those that can
    style: swap changes both ways; upper makes capitals alone, lower small letters alone

    Only letters change whose other case is one code point and leads back: not ß, ς or İ.
    """
    table = other_case(style)
    able = table.take(text.codes, mode="clip") != np.minimum(text.codes, np.uint32(len(table) - 1))
    begins = np.flatnonzero(able if text.fixed is None else able & ~text.fixed)
    letters = Places(begins, begins + 1, np.searchsorted(begins, text.bounds))
    chosen = begins[picked(letters, rate, draws.over(letters.bounds, "letters"))]
    codes = text.codes.astype(table.dtype)
    codes[chosen] = table[codes[chosen]]
    return Strings(codes, text.bounds, text.fixed)


def _unlike(text: Strings, letters: Places) -> Bools:
    """For each letter whether the next one is another; of the last one nothing is said."""
    found = np.zeros(len(letters), bool)
    one, other = (letters.begins[:-1], letters.ends[:-1]), (letters.begins[1:], letters.ends[1:])
    found[:-1] = ~alike(text.codes, one, other)
    return found


def _grouped(letters: Places, first: Integers, counts: Integers, text: Strings) -> Places:
    """Words, from their first letter to their last."""
    begins = letters.begins[first]
    return Places(begins, letters.ends[first + counts - 1], np.searchsorted(begins, text.bounds))


def _confused(text: Strings, draws: BlockDraws, rate: float, table: Confusions) -> Strings:
    """The texts, with characters replaced by what the table says that they are mistaken for."""
    entries = table.numbers.take(text.codes, mode="clip")
    pairs = np.zeros(len(text.codes), bool)
    for one, other, entry in table.pairs:
        found = np.flatnonzero((text.codes[:-1] == one) & (text.codes[1:] == other))
        found = found[text.bounds[np.searchsorted(text.bounds, found, "right")] > found + 1]
        if text.fixed is not None:
            found = found[~(text.fixed[found] | text.fixed[found + 1])]
        entries[found], entries[found + 1] = entry, -1
        pairs[found] = True
    able = entries >= 0
    if text.fixed is not None:
        able &= ~text.fixed
    begins = np.flatnonzero(able)
    ends = begins + 1 + pairs[begins]
    edges = editing.edges(text)
    if edges is not None:
        # Letters that have no marks, and pairs of such.
        whole = edges[begins] & edges[ends] & (edges[begins + 1])
        begins, ends = begins[whole], ends[whole]
    places = Places(begins, ends, np.searchsorted(begins, text.bounds))
    wrong = places.take(picked(places, rate, draws.over(places.bounds, "characters")))
    number = entries[wrong.begins].astype(np.int64)
    counts = np.diff(table.bounds)[number]
    which = table.bounds[number] + (draws.over(wrong.bounds, "which") * counts).astype(np.int64)
    shift = len(text.codes)
    return replaced(text, wrong, table.begins[which] + shift, table.ends[which] + shift, table.pool)
