"""Noises on letters: which letters move or change, how many, and that marks stay on their letters."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given

from sslabel.blocks import Strings
from sslabel.transforms.text.editing import letters
from sslabel.transforms.text.letters import CYRILLIC, KEYBOARDS, OCR, neighbours
from tests.noise.text.texts import ENGLISH, ODD, agrees, any_text, between_of, noised, prose, under, white_of, words_of

ALL = (
    "change-case", "delete-letters", "homoglyphs", "insert-letters", "keyboard-typos", "ocr-errors",
    "shuffle-letters", "swap-letters",
)  # fmt: skip

LONG = " ".join(["The quick brown foxes, who cannot jump over those lazy dogs, finally sleep."] * 400)


def graphemes_of(text: str) -> list[str]:
    """The letters of a text, with their marks."""
    block = Strings.of([text])
    places = letters(block)
    return list(block.pieces(places.begins, places.ends))


@pytest.mark.parametrize("name", ALL)
@given(text=any_text)
def test_white_space_stays_where_it_is(name: str, text: str) -> None:
    assert white_of(under(name, text, rate=0.5)) == white_of(text)


@pytest.mark.parametrize("name", ["change-case", "insert-letters", "keyboard-typos", "shuffle-letters", "swap-letters"])
def test_what_stands_between_words_stays(name: str) -> None:
    for text in (*ENGLISH, *ODD):
        if "哈" not in text and "我" not in text:  # words that a dictionary finds depend on the letters around them
            assert between_of(under(name, text, rate=0.5)) == between_of(text)


@pytest.mark.parametrize("name", ["swap-letters", "shuffle-letters"])
def test_each_word_keeps_its_letters(name: str) -> None:
    for text in (*ENGLISH, *ODD, *prose()[:50]):
        made = under(name, text, rate=0.8)
        assert len(made) == len(text)
        for one, other in zip(words_of(made), words_of(text), strict=True):
            assert Counter(graphemes_of(one)) == Counter(graphemes_of(other))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "text",
    ["e\u0301a\u0308i\u0302o\u0303u\u030ae\u0304", "क्षितिज नमस्ते दुनिया", "กำลังเรียนภาษาไทย", "ᄒ\u1161ᆫ국어 각나\u0323다"],
)
def test_marks_stay_on_their_letters(name: str, text: str) -> None:
    known = set(graphemes_of(text))
    for seed in range(20):
        made = graphemes_of(noised(name, [text], seed=seed, rate=0.5)[0])
        if name in {"change-case", "keyboard-typos", "ocr-errors", "homoglyphs"}:
            assert [one[1:] for one in made] == [one[1:] for one in graphemes_of(text)]
        else:
            assert set(made) <= known


@pytest.mark.parametrize("name", ALL)
def test_emoji_and_digits_stay(name: str) -> None:
    if name != "ocr-errors":
        assert under(name, "👩‍👩‍👧 👍🏽 🇫🇷🇩🇪 1️⃣ 2345 ...") == "👩‍👩‍👧 👍🏽 🇫🇷🇩🇪 1️⃣ 2345 ..."


# --- delete-letters


def test_deleted_letters_leave_one_of_each_word() -> None:
    for text in (*ENGLISH, *(one for one in ODD if one.isascii())):
        made = under("delete-letters", text, rate=1.0)
        assert len(words_of(made)) == len(words_of(text))
        for one, other in zip(words_of(made), words_of(text), strict=True):
            assert len(graphemes_of(one)) == min(1, len(graphemes_of(other)))


def test_the_share_of_deleted_letters() -> None:
    sizes = np.array([len(graphemes_of(one)) for one in words_of(LONG)])
    for rate in (0.02, 0.1, 0.4):
        gone = sizes.sum() - len(graphemes_of(under("delete-letters", LONG, rate=rate)))
        # A word that would be left empty keeps one letter.
        assert agrees(gone + (rate**sizes).sum(), float(sizes.sum()), rate)


def test_deleted_letters_are_a_subsequence() -> None:
    for text in ENGLISH:
        rest = iter(text)
        assert all(one in rest for one in under("delete-letters", text, rate=0.3))


# --- swap-letters


def test_two_inner_letters_are_swapped() -> None:
    for seed in range(20):
        made = noised("swap-letters", ["abcdefg"], seed=seed, rate=1.0)[0]
        unequal = [number for number in range(7) if made[number] != "abcdefg"[number]]
        assert len(unequal) == 2
        assert 1 <= unequal[0] == unequal[1] - 1 <= 4
        assert made[unequal[0]] == "abcdefg"[unequal[1]]


@pytest.mark.parametrize(
    "text", ["abc", "abbc", "noon", "a", "don", "ab cd", "1234567", "a1b2c", "e\u0301e\u0301e\u0301"]
)
def test_words_without_two_unlike_inner_letters_have_none_to_swap(text: str) -> None:
    assert under("swap-letters", text, rate=1.0) == text


@pytest.mark.parametrize(
    ("text", "expected"), [("abcd", "acbd"), ("don't", "dno't"), ("a\u0301b\u0302c\u0303d", "a\u0301c\u0303b\u0302d")]
)
def test_the_only_pair_is_swapped(text: str, expected: str) -> None:
    assert under("swap-letters", text, rate=1.0) == expected


def test_every_pair_is_as_likely() -> None:
    made = noised("swap-letters", [f"abcdefg {number}" for number in range(4000)], rate=1.0)
    places = Counter(next(i for i in range(7) if one[i] != "abcdefg"[i]) for one in made)
    assert sorted(places) == [1, 2, 3, 4]
    assert all(agrees(count, 4000, 0.25) for count in places.values())


@pytest.mark.parametrize(("name", "able"), [("swap-letters", 4), ("shuffle-letters", 4)])
def test_the_share_of_words_whose_letters_move(name: str, able: int) -> None:
    before = words_of(LONG)
    eligible = sum(len(one) >= able and len(set(one[1:-1])) > 1 for one in before)
    for rate in (0.02, 0.1, 0.7):
        made = words_of(under(name, LONG, rate=rate))
        assert agrees(sum(one != other for one, other in zip(made, before, strict=True)), eligible, rate)


# --- shuffle-letters


def test_inner_letters_are_shuffled_and_outer_ones_stay() -> None:
    for text in ENGLISH:
        for one, other in zip(words_of(under("shuffle-letters", text, rate=1.0)), words_of(text), strict=True):
            assert (one[0], one[-1]) == (other[0], other[-1])
            assert (one != other) == (len(set(graphemes_of(other)[1:-1])) > 1)


def test_all_letters_are_shuffled() -> None:
    for text in ENGLISH:
        made = under("shuffle-letters", text, rate=1.0, style="all")
        for one, other in zip(words_of(made), words_of(text), strict=True):
            assert (one != other) == (len(set(graphemes_of(other))) > 1)


def test_every_shuffle_but_none_is_there() -> None:
    made = Counter(noised("shuffle-letters", [f"abc {number}" for number in range(3000)], rate=1.0, style="all"))
    found = Counter(one[:3] for one in made.elements())
    assert set(found) == {"acb", "bac", "bca", "cab", "cba"}
    # What came out as it was is turned by one letter.
    assert agrees(found["bca"], 3000, 2 / 6)
    assert agrees(found["acb"], 3000, 1 / 6)


@pytest.mark.parametrize("text", ["abbbc", "noon", "abc", "1234", "aaaa"])
def test_words_that_look_the_same_in_every_order_stay(text: str) -> None:
    assert under("shuffle-letters", text, rate=1.0) == text


# --- insert-letters


def test_inserted_letters_are_the_text_s_own() -> None:
    for text in (*ENGLISH, *ODD):
        made = graphemes_of(under("insert-letters", text, rate=1.0))
        assert len(made) == 2 * len(graphemes_of(text))
        assert set(made) == set(graphemes_of(text))
        rest = iter(under("insert-letters", text, rate=0.3))
        assert all(one in rest for one in text)


def test_the_share_of_inserted_letters_and_their_side() -> None:
    count = len(graphemes_of(LONG))
    for rate in (0.02, 0.1, 0.5):
        assert agrees(len(under("insert-letters", LONG, rate=rate)) - len(LONG), count, rate)
    made = noised("insert-letters", [f"a,{number}" for number in range(400)])
    assert {one[:3] for one in made} == {"aa,"}
    sides = Counter(noised("insert-letters", ["a b"], seed=seed)[0] for seed in range(400))
    assert agrees(sides["ba b"] + sides["a ab"], 400, 1 / 4)
    assert agrees(sides["ba b"], 400, 1 / 8)


# --- keyboard-typos, ocr-errors, homoglyphs


def changed(name: str, text: str, rate: float = 1.0, **options: str) -> list[tuple[str, str]]:
    """The characters that changed, and into what; for noises that keep the length."""
    made = under(name, text, rate=rate, **options)
    assert len(made) == len(text)
    return [(one, other) for one, other in zip(text, made, strict=True) if one != other]


@pytest.mark.parametrize("layout", KEYBOARDS)
def test_typos_are_neighbours_on_the_keyboard(layout: str) -> None:
    near = neighbours(KEYBOARDS[layout]) | neighbours(CYRILLIC)
    text = "".join(near)
    pairs = changed("keyboard-typos", text, layout=layout)
    assert len(pairs) == len(text)
    for one, other in pairs:
        assert other in near[one]
        assert one.isupper() == other.isupper()


def test_letters_without_a_key_stay() -> None:
    assert changed("keyboard-typos", "áé 123 我们 ü ß ... नम") == []
    assert len(changed("keyboard-typos", "ü", layout="qwertz")) == 1
    assert under("keyboard-typos", "e\u0301e\u0301") == "e\u0301e\u0301"


@pytest.mark.parametrize("name", ["keyboard-typos", "change-case"])
def test_the_share_of_changed_letters(name: str) -> None:
    for rate in (0.02, 0.1, 0.5):
        assert agrees(len(changed(name, LONG, rate)), len(graphemes_of(LONG)), rate)


def test_the_share_of_look_alikes() -> None:
    able = len(changed("homoglyphs", LONG))
    for rate in (0.02, 0.1, 0.5):
        assert agrees(len(changed("homoglyphs", LONG, rate)), able, rate)


def test_look_alikes_are_of_another_alphabet() -> None:
    for one, other in changed("homoglyphs", LONG):
        assert one.isascii()
        assert not other.isascii()
        assert one.isupper() == other.isupper()


def test_misread_characters_are_those_of_the_table() -> None:
    for key, others in OCR.items():
        assert {under("ocr-errors", f"{key} {' ' * number}").strip() for number in range(40)} <= set(others)


@pytest.mark.parametrize(
    ("text", "options"),
    [("rn", {"m"}), ("cl", {"d"}), ("d", {"cl"}), ("crn", {"em", "om"}), ("r\u0301n", {"r\u0301ri", "r\u0301u"})],
)
def test_pairs_are_misread_as_one(text: str, options: set[str]) -> None:
    assert under("ocr-errors", text, rate=1.0) in options


def test_a_pair_of_two_texts_is_none() -> None:
    assert noised("ocr-errors", ["c", "l"], rate=1.0)[0] in {"e", "o"}


def test_the_share_of_misread_characters() -> None:
    text = "abd " * 5000
    for rate in (0.02, 0.1, 0.5):
        made = under("ocr-errors", text, rate=rate)
        assert agrees(len(made) - len(text), 5000, rate)


# --- change-case


@pytest.mark.parametrize(
    ("style", "text", "expected"),
    [
        ("swap", "aBc Dé 12", "AbC dÉ 12"),
        ("upper", "aBc straße ǆ", "ABC STRAßE Ǆ"),
        ("lower", "aBC İI ΣΑΣ", "abc İi σας".replace("ς", "σ")),
        ("swap", "ßıſς", "ßıſς"),
        ("swap", "e\u0301 а", "E\u0301 А"),
        ("swap", "我们 نعم", "我们 نعم"),
    ],
)
def test_cases_change_where_the_way_leads_back(style: str, text: str, expected: str) -> None:
    assert under("change-case", text, rate=1.0, style=style) == expected


@given(text=any_text)
def test_changed_twice_a_case_is_what_it_was(text: str) -> None:
    assert under("change-case", under("change-case", text, rate=1.0), rate=1.0) == text
