"""Lines, paragraphs and windows are those that a plain reading of the text finds."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import Strings
from sslabel.transforms.text import units
from sslabel.transforms.text.units import WHITE, behind_blank_line, is_white, lines, paragraphs, whole, windows
from sslabel.transforms.text.words import word_bounds

TEXTS = st.lists(st.text(st.sampled_from("ab.\n\n\r \t\u3000\u2028\xa0\x1c\0é😀"), max_size=30), max_size=6)


def found(block: Strings, unit: units.Units) -> list[str]:
    return list(block.pieces(unit.begins, unit.ends))


def lines_of(text: str) -> list[str]:
    return re.split("\r\n|\r|\n", text)


def paragraphs_of(text: str) -> list[str]:
    kept = [line.strip(WHITE) != "" for line in lines_of(text)]
    ends = [*re.findall("\r\n|\r|\n", text), ""]
    grown = [""]
    for line, solid, end in zip(lines_of(text), kept, ends, strict=True):
        if solid:
            grown[-1] += line + end
        else:
            grown.append("")
    return [one.strip(WHITE) for one in grown if one]


def test_white_space_is_what_unicode_says() -> None:
    codes = np.array([code for code in range(0x110000) if not 0xD800 <= code < 0xE000], np.uint32)
    told = {chr(code) for code in codes[is_white(codes)]}
    assert told == set(WHITE)
    assert len(told) == 25
    assert told == {chr(code) for code in codes if chr(code).isspace()} - set("\x1c\x1d\x1e\x1f")


@given(TEXTS)
def test_units_are_those_of_each_text(texts: list[str]) -> None:
    block = Strings.of(texts)
    assert found(block, whole(block)) == [one.strip(WHITE) for one in texts if one.strip(WHITE)]
    assert found(block, paragraphs(block)) == [part for one in texts for part in paragraphs_of(one)]
    stripped = [line.strip(WHITE) for one in texts for line in lines_of(one)]
    assert found(block, lines(block)) == [line for line in stripped if line]


@pytest.mark.parametrize("most", [1, 3, 4, 5, 9])
def test_any_amount_of_white_space_around_a_line_is_left_out(most: int) -> None:
    text = Strings.of(["\n".join(" " * before + "a b" + "\t" * (most - before) for before in range(most + 1))])
    found = lines(text)
    assert list(text.pieces(found.begins, found.ends)) == ["a b"] * (most + 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n\nthree", ["one\ntwo", "three"]),
        ("one\r\ntwo\r\n\r\nthree\r\n", ["one\r\ntwo", "three"]),
        ("one\rtwo\r\rthree\r", ["one\rtwo", "three"]),
        ("one\n \t\u3000\ntwo", ["one", "two"]),
        ("  one  \n  two  ", ["one  \n  two"]),
        ("one\u2028\u2028two\x0b\x0b\x85\x85three", ["one\u2028\u2028two\x0b\x0b\x85\x85three"]),
        ("one\n\x1c\ntwo", ["one\n\x1c\ntwo"]),
        ("\0\n\n\ufeff", ["\0", "\ufeff"]),
        ("\n\n \r\n", []),
        ("", []),
    ],
)
def test_paragraphs(text: str, expected: list[str]) -> None:
    block = Strings.of([text])
    assert found(block, paragraphs(block)) == expected


@pytest.mark.parametrize("tail", [1, 3, 1 << 14])
@given(text=st.text(st.sampled_from("a\n\r \u3000"), max_size=20))
def test_the_first_and_the_last_blank_line_are_found(tail: int, text: str) -> None:
    closed = re.sub(r"\A(.*)\r\Z", r"\1", text, flags=re.DOTALL)
    ends = [end.end() for end in re.finditer("\r\n|\r|\n", closed)]
    starts = [0, *ends]
    blank = [end for start, end in zip(starts, ends, strict=False) if not closed[start:end].strip(WHITE)]
    codes = Strings.of([text]).codes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units, "_TAIL", tail)
        assert behind_blank_line(codes, last=True) == (blank[-1] if blank else 0)
        assert behind_blank_line(codes, last=False) == (blank[0] if blank else 0)


@given(TEXTS, st.integers(1, 4))
def test_windows_lose_and_double_nothing_but_white_space(texts: list[str], most: int) -> None:
    block = Strings.of([one.strip(WHITE) for one in texts if one.strip(WHITE)])
    begins, ends, bounds = word_bounds(block)
    cut = windows(block, begins, ends, bounds, most)
    pieces = list(block.pieces(cut.begins, cut.ends))
    for number, text in enumerate(block):
        own = np.flatnonzero(cut.owners == number)
        together = "".join(pieces[one] for one in own)
        assert "".join(re.split(f"[{WHITE}]", together)) == "".join(re.split(f"[{WHITE}]", text))
        words = (cut.behind - cut.first)[own].tolist()
        assert all(one == most for one in words[:-1])
        assert words[-1] <= most
        assert sum(words) == bounds[number + 1] - bounds[number]
    inside = [(cut.begins[one] <= begins[word]) and (ends[word] <= cut.ends[one])
              for one in range(len(cut.begins)) for word in range(cut.first[one], cut.behind[one])]  # fmt: skip
    assert all(inside)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three", ["one two", "three"]),
        ("one two", ["one two"]),
        ('one two, "three" four', ["one two,", '"three" four']),
        ("one two...three", ["one two...", "three"]),
        ("- one two -- (three) -", ["- one two", "-- (three) -"]),
        ("...", ["..."]),
    ],
)
def test_what_stands_between_windows_is_parted_at_white_space(text: str, expected: list[str]) -> None:
    block = Strings.of([text])
    cut = windows(block, *word_bounds(block), 2)
    assert list(block.pieces(cut.begins, cut.ends)) == expected
