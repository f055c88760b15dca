"""Words in every script: tables of what they are, and what holds whatever the text."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import Strings
from sslabel.transforms.text.graphemes import grapheme_bounds
from sslabel.transforms.text.words import passages_of, word_bounds

SAMPLES = Path(__file__).parents[3] / "sample_data" / "texts"
LETTERS = [
    *"ab1 .,'’-_\"\n\r\x00éжαçあいカー々東京大学我们提出了한국",
    *"\u0301\u200d\u200c\ufe0f\u20e3\u00ad\u0600\u093f\u094d\U0001f1e9\U0001f600\U0001f3fb\U00020bb7",
    *"สวัสดีชาวโลก๑ខ្ញុំស្រលាញ់ພາສາລາວမြန်မာစာשלוםكَيْकषہ½²①",
]
texts = st.one_of(st.text(st.sampled_from(LETTERS)), st.text())


def words(*all_texts: str) -> list[list[str]]:
    text = Strings.of(all_texts)
    begins, ends, bounds = word_bounds(text)
    assert begins.dtype == ends.dtype == bounds.dtype == np.int64
    pieces = list(text.pieces(begins, ends))
    return [pieces[begin:end] for begin, end in zip(bounds.tolist(), bounds[1:].tolist(), strict=False)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The quick brown fox.", "The|quick|brown|fox"),
        ("Don't stop; it’s rock 'n' roll, y'all!", "Don't|stop|it’s|rock|n|roll|y'all"),
        ("the dogs' 'quoted' ''x''", "the|dogs|quoted|x"),
        ("a well-known -flag and--dashes e-", "a|well-known|flag|and|dashes|e"),
        ("It's 3.14, 1,000 or 1,000,000.50.", "It's|3.14|1,000|or|1,000,000.50"),
        ("a,b 1,b 2..3 4,,5", "a|b|1|b|2|3|4|5"),
        ("in the U.S. e.g. this", "in|the|U.S|e.g|this"),
        ("snake_case __init__ ____", "snake_case|init"),
        ("me@mail.com http://a.com/b?c=d", "me|mail.com|http|a.com|b|c|d"),
        ("x² ½ ① 4th", "x²|½|①|4th"),
        ("inter\u00adesting\u00ad", "inter\u00adesting"),
        ("Das Straßenfest – z. B. in Köln-Nord – kostet 3,50 €.", "Das|Straßenfest|z|B|in|Köln-Nord|kostet|3,50"),
        ("L'été, c’est où? La col·lecció.", "L'été|c’est|où|La|col·lecció"),
        ("Привет, мир! Кто-то пришёл.", "Привет|мир|Кто-то|пришёл"),
        ("Ο Σωκράτης είπε· «γνῶθι σεαυτόν»;", "Ο|Σωκράτης|είπε|γνῶθι|σεαυτόν"),
        ("مرحبا، كَيْفَ حالك؟ ١٢٣٫٤", "مرحبا|كَيْفَ|حالك|١٢٣٫٤"),
        ("نیم\u200cفاصله", "نیم\u200cفاصله"),
        ("मैं हिन्दी में लिखता हूँ। क्षत्रिय ४२", "मैं|हिन्दी|में|लिखता|हूँ|क्षत्रिय|४२"),
        ('שלום עולם, צה"ל "כן" בית־ספר', 'שלום|עולם|צה"ל|כן|בית־ספר'),
        ('say"hello"you', "say|hello|you"),
        ("한국어 문장을 띄어 쓴다.", "한국어|문장을|띄어|쓴다"),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8 \u1112\u1161", "\u1112\u1161\u11ab\u1100\u116e\u11a8|\u1112\u1161"),
        ("Tiếng Việt có dấu.", "Tiếng|Việt|có|dấu"),
        ("Tie\u0302\u0301ng Vie\u0323\u0302t", "Tie\u0302\u0301ng|Vie\u0323\u0302t"),
        ("我们提出了一个新的方法。", "我们|提出|了|一个|新的|方法"),
        ("今日は東京に行きます。人々", "今日|は|東京|に|行き|ます|人々"),
        ("𠮷野家で😀𠮷野家", "𠮷|野家|で|😀|𠮷|野家"),
        ("สวัสดีชาวโลก ภาษาไทย ๑๒๓", "สวัสดี|ชาว|โลก|ภาษา|ไทย|๑๒๓"),
        ("ខ្ញុំស្រលាញ់ភាសា ៣", "ខ្ញុំ|ស្រលាញ់|ភាសា|៣"),
        ("ພາສາລາວ ສະບາຍດີ", "ພາສາ|ລາວ|ສະບາຍດີ"),
        ("မြန်မာစာ အရမ်းလှတယ်။ ၁၂", "မြန်မာ|စာ|အရမ်း|လှ|တယ်|၁၂"),
        ("iPhone手机 第3章 Tシャツ", "iPhone|手机|第|3|章|T|シャツ"),
        ("日本語Englishไทย한국어", "日本語|English|ไทย|한국어"),
        ("I ❤️ it 👩‍👩‍👧‍👧👍🏽!", "I|❤️|it|👩‍👩‍👧‍👧|👍🏽"),
        ("🇩🇪🇫🇷 1️⃣2 ok😀ok", "🇩🇪|🇫🇷|1️⃣|2|ok|😀|ok"),
        ("©2020 ok™ → ★☆", "2020|ok"),
        ("e\u0301a\u0308 (\u0301 x\u0302-y", "e\u0301a\u0308|x\u0302-y"),
        ("a\x00b\rc\r\nd\u200be\ufefff", "a|b|c|d|e|f"),
        ("a \u0301b \u0e31\u0e01 \U0001f3fb c", "a|b|\u0e01|c"),
        ("a'\nb a.\rb", "a|b|a|b"),
    ],
)
def test_before_and_after(text: str, expected: str) -> None:
    assert words(text) == [expected.split("|")]


@pytest.mark.parametrize("text", ["", " ", "\r\n\t \u3000", "...", "!?—'-_\"", "\x00", "\u0301", "。、・"])
def test_some_texts_hold_no_word(text: str) -> None:
    assert words(text) == [[]]


def test_texts_of_a_block_are_apart() -> None:
    assert words("don", "'t", "", "do", "n't") == [["don"], ["t"], [], ["do"], ["n't"]]
    assert words("a-", "-b", "1", ",", "2") == [["a"], ["b"], ["1"], [], ["2"]]
    assert words("東", "京", "東京") == [["東"], ["京"], ["東京"]]
    assert words("🇩", "🇪", "e", "\u0301") == [["🇩"], ["🇪"], ["e"], []]
    assert words() == []


@given(st.lists(texts, max_size=6))
def test_what_holds_of_all_words(all_texts: list[str]) -> None:
    text = Strings.of(all_texts)
    begins, ends, bounds = word_bounds(text)
    assert len(bounds) == len(text) + 1
    assert len(begins) == len(ends) == bounds[-1]
    assert (begins < ends).all()
    assert (ends[:-1] <= begins[1:]).all()
    of = np.repeat(np.arange(len(text)), np.diff(bounds))
    assert (begins >= text.bounds[of]).all()
    assert (ends <= text.bounds[of + 1]).all()
    clusters, _ = grapheme_bounds(text.codes, text.bounds)
    assert np.isin(begins, clusters).all()
    assert np.isin(ends, np.append(clusters, len(text.codes))).all()
    # What Unicode joins to white space stands between words, even a letter.
    edges = np.append(clusters, len(text.codes)).tolist()
    blank = {edges[one] for one in range(len(clusters)) if chr(text.codes[edges[one]]).isspace()}
    inside = np.zeros(len(text.codes), bool)
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        inside[begin:end] = True
        assert blank.isdisjoint(range(begin, end))
    for begin, end in pairwise(edges):
        assert begin in blank or inside[begin] or not any(chr(code).isalnum() for code in text.codes[begin:end])


@given(st.lists(texts, max_size=6))
def test_alone_or_in_a_block_words_are_the_same(all_texts: list[str]) -> None:
    alone = [words(one)[0] for one in all_texts]
    assert words(*all_texts) == alone
    assert words(*all_texts[::-1]) == alone[::-1]


@given(
    st.lists(st.text(st.sampled_from("今日は東京に行ます我们提出了สวัสดีชาวโลกភាសាខ្មែរພາສາ \n"), min_size=1), max_size=8)
)
def test_the_dictionary_sees_one_run_at_a_time(all_texts: list[str]) -> None:
    assert words(*all_texts) == [words(one)[0] for one in all_texts]
    # What stands around a run within its text does not matter either.
    assert words(*(f"a {one} b" for one in all_texts)) == [["a", *words(one)[0], "b"] for one in all_texts]


def test_a_marker_is_no_word() -> None:
    text = Strings.of(["one[MASK]two 東京[MASK]", "[MASK]\u0301 e\u0301"])
    fixed = np.zeros(len(text.codes), bool)
    for place in (3, 15, 21):
        fixed[place : place + 6] = True
    begins, ends, bounds = word_bounds(Strings(text.codes, text.bounds, fixed))
    assert list(text.pieces(begins, ends)) == ["one", "two", "東京", "e\u0301"]
    assert bounds.tolist() == [0, 3, 4]
    assert words("one[MASK]two") == [["one", "MASK", "two"]]


def test_passages_of_texts() -> None:
    made = passages_of(Strings.of(["One two.", "", "three"]), ["a", "b", "c"])
    assert made.counts.tolist() == [2, 0, 1]
    assert made.documents.tolist() == [0, 1, 2]
    assert list(made.words) == ["One", "two", "three"]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample texts are not here")
def test_words_of_the_samples_put_together_are_the_letters() -> None:
    for path in sorted(SAMPLES.iterdir()):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        joined = Strings.of(lines)
        begins, ends, bounds = word_bounds(joined)
        assert bounds[-1] > 100
        found = "".join(joined.pieces(begins, ends))
        assert [one for one in found if one.isalnum()] == [one for one in "".join(lines) if one.isalnum()]
