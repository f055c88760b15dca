"""Noises on punctuation and spaces: how many go or widen, and that words stay what they are."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given

from tests.noise.text.texts import ENGLISH, ODD, agrees, any_text, noised, prose, under, white_of, words_of

LONG = "one, two (three) don't; " * 4000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one, two.", "one two"),
        ('"one" (two)', "one two"),
        ("don't well-known 3.14 1,000", "don't well-known 3.14 1,000"),
        ("one—two — three", "one—two  three"),
        ("one...two three...", "one...two three"),
        ("a/b a.b, (s)he", "a/b a.b s)he"),
        ("你好,世界!", "你好世界"),
        ("¿qué? ¡sí!", "qué sí"),
        ("... --- ...", "  "),
        ("e\u0301,\u0301 a", "e\u0301 a"),
        ("$5 + 3 = x^2", "$5 + 3 = x^2"),
        ("no marks", "no marks"),
    ],
)
def test_all_marks_that_join_no_words_are_dropped(text: str, expected: str) -> None:
    assert under("drop-punctuation", text, rate=1.0) == expected


def test_the_neighbour_in_the_block_joins_nothing() -> None:
    assert list(noised("drop-punctuation", ["one", ",", "two", "three,", "four"], rate=1.0)) == [
        "one", "", "two", "three", "four",
    ]  # fmt: skip


def test_the_share_of_dropped_marks() -> None:
    for rate in (0.02, 0.1, 0.5):
        assert agrees(len(LONG) - len(under("drop-punctuation", LONG, rate=rate)), 4 * 4000, rate)


def test_words_stay_without_their_marks() -> None:
    for text in (*ENGLISH, *(one for one in ODD if one.isascii()), *(one for one in prose()[:100] if one.isascii())):
        assert words_of(under("drop-punctuation", text, rate=0.7)) == words_of(text)


@given(text=any_text)
def test_white_space_stays_where_marks_go(text: str) -> None:
    assert white_of(under("drop-punctuation", text, rate=0.7)) == white_of(text)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("one two", "one {2,4}two"),
        (" one ", " {2,4}one {2,4}"),
        ("one\t two", "one\t{2,4} two"),
        ("one\u3000two", "one\u3000{2,4}two"),
        ("one\ntwo", "one\ntwo"),
        ("one \n two", "one {2,4}\n {2,4}two"),
        ("a \u0301b", "a \u0301b"),
        ("\0\r\n", "\0\r\n"),
        ("   ", " {4,6}"),
        ("", ""),
    ],
)
def test_gaps_are_widened(text: str, pattern: str) -> None:
    for seed in range(10):
        assert re.fullmatch(pattern, noised("stretch-spaces", [text], seed=seed, rate=1.0)[0])


def test_the_share_of_widened_gaps_and_their_widths() -> None:
    text = "one " * 20_000
    for rate in (0.02, 0.1, 1.0):
        widths = Counter(len(one) for one in re.findall(" +", under("stretch-spaces", text, rate=rate, most=4)))
        wide = 20_000 - widths[1]
        assert agrees(wide, 20_000, rate)
        assert set(widths) - {1} == {2, 3, 4, 5}
        assert all(agrees(widths[one], wide, 0.25) for one in (2, 3, 4, 5))


@given(text=any_text)
def test_all_but_spaces_stays(text: str) -> None:
    made = under("stretch-spaces", text, rate=0.7)
    assert re.sub(r"[^\S\n]", "", made) == re.sub(r"[^\S\n]", "", text)
    assert made.count("\n") == text.count("\n")
