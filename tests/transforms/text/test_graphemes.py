"""Grapheme clusters are those of ICU, whatever the text and whatever stands beside it."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icu4py.breakers import CharacterBreaker

from sslabel.blocks import Strings
from sslabel.transforms.text import graphemes
from sslabel.transforms.text.graphemes import cluster_classes, grapheme_bounds, icu_edges

# One or more of every class, so that what joins in one way or another stands side by side.
JOINING = [
    *"a \n\r\x00é字한국\u0301\u0308\u200c\u200d\ufe0f\u20e3\u0903\u0e33\u0600\u110bd",
    *"\u1100\u1161\u11a8\uac00\uac01\U00016d63\U0001f1e6\U0001f1e9\U0001f600\u2764\U0001f3fb\U0001f468\U000e0067",
    *"\u0915\u0937\u094d\u093c\u0bcd\u1039\u1780\u17d2\uff9e\u2060\ufeff\u200b",
]
texts = st.one_of(st.text(st.sampled_from(JOINING)), st.text())


def clusters(*all_texts: str) -> list[list[str]]:
    text = Strings.of(all_texts)
    begins, bounds = grapheme_bounds(text.codes, text.bounds)
    assert begins.dtype == bounds.dtype == np.int64
    ends = np.append(begins[1:], len(text.codes))
    pieces = list(text.pieces(begins, ends))
    return [pieces[begin:end] for begin, end in zip(bounds.tolist(), bounds[1:].tolist(), strict=False)]


def oracle(text: str) -> list[str]:
    return list(CharacterBreaker(text, "en")) if text else []


@pytest.mark.parametrize(
    "expected",
    [
        [],
        ["a"],
        [*"Plain words, 3.14."],
        [*"a\nb", "\r\n", *"\r\x00\t"],
        [*"Привет мир"],
        [*"我们提出了"],
        [*"한국어"],
        ["\u1112\u1161\u11ab", "\u1100\u116e\u11a8"],  # jamo
        ["\u1100", "\n", "\u1161"],
        ["e\u0301", "x\u0302\u0323", " \u0301", "y"],
        ["\u0301", "a"],
        ["\n", "\u0301", "a"],
        ["हि", "न्दी", " ", "क्षि"],
        ["ள்", "ளு"],  # Tamil has no conjuncts
        ["กำ", "ที่"],
        ["كَ", "يْ", "فَ"],
        ["👩\u200d👩\u200d👧", "👍🏽", "❤\ufe0f", "😀", "😀"],
        ["😀\u200d", "a", "b\u200d", "😀"],
        ["😀\u200d\u200d", "😀"],
        ["🇩🇪", "🇫🇷", "🇮", "x", "🇮🇹"],
        ["1\ufe0f\u20e3", "2"],
        ["🏴\U000e0067\U000e0062\U000e007f"],
        ["\u06001", "\u0600"],  # it stands before its number
    ],
)
def test_before_and_after(expected: list[str]) -> None:
    whole = "".join(expected)
    assert clusters(whole) == [expected]
    assert oracle(whole) == expected


def test_a_cluster_ends_where_its_text_ends() -> None:
    assert clusters("\r", "\n") == [["\r"], ["\n"]]
    assert clusters("e", "\u0301", "", "\u0301") == [["e"], ["\u0301"], [], ["\u0301"]]
    assert clusters("🇩", "🇪🇫", "🇷") == [["🇩"], ["🇪🇫"], ["🇷"]]
    assert clusters("😀\u200d", "😀", "\u200d", "😀") == [["😀\u200d"], ["😀"], ["\u200d"], ["😀"]]
    assert clusters("क\u094d", "क", "\u094d", "क") == [["क\u094d"], ["क"], ["\u094d"], ["क"]]
    assert clusters() == []
    assert clusters("", "") == [[], []]


@given(st.lists(texts, max_size=6))
def test_they_are_icus_alone_or_in_a_block(all_texts: list[str]) -> None:
    assert clusters(*all_texts) == [oracle(one) for one in all_texts]


@given(texts)
def test_offsets_of_icu_are_in_code_points(text: str) -> None:
    codes = Strings.of([text]).codes
    assert icu_edges(codes, "character").tolist() == [0, *accumulate(map(len, oracle(text)))][: len(oracle(text))]


def test_before_the_combining_marks_only_a_line_end_is_two() -> None:
    below = np.array([code for code in range(0x300) if code != ord("\r")], np.uint32)
    text = np.concatenate([below, below[::-1], np.repeat(below, 2)])
    assert icu_edges(text, "character").tolist() == list(range(len(text)))


def test_the_known_classes_are_those_that_icu_gives() -> None:
    codes = np.arange(0x3100, dtype=np.uint32)
    codes = np.append(codes, np.arange(0x3400, 0xD800, 97, dtype=np.uint32))
    codes = np.append(codes, np.arange(0xF900, 0x110000, 97, dtype=np.uint32))
    codes = np.append(codes, np.arange(0xFF00, 0xFFF0, dtype=np.uint32))
    codes = np.setdiff1d(codes, [0x0A, 0x0D, 0x200D]).astype(np.uint32)
    assert np.array_equal(cluster_classes(codes), graphemes._asked(codes))


@pytest.mark.slow
def test_all_known_classes_are_those_that_icu_gives() -> None:
    codes = np.flatnonzero(graphemes._known()).astype(np.uint32)
    codes = codes[~np.isin(codes, [0x0A, 0x0D, 0x200D]) & ((codes < 0xD800) | (codes > 0xDFFF))]
    assert np.array_equal(graphemes._known()[codes], graphemes._asked(codes))
