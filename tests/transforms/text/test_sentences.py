"""Sentences in every script: tables of what they are, and what holds whatever the text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import sentencex  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import Strings
from sslabel.transforms.text.sentences import sentence_bounds

SAMPLES = Path(__file__).parents[3] / "sample_data" / "texts"
PARTS = ["a", "B", "Mr. ", ". ", ".", "! ", "?", "\n", "\r\n", "\n\n", " ", "\x00", "。", "「", "」", "字", "と", "।"]
PARTS += ["؟ ", "Ж", "ж", "😀", "e\u0301", "\u0301", "— ", '"', "3", "\u2029", "\u3000", "…", "Am 3. Mai der und. "]
texts = st.one_of(st.lists(st.sampled_from(PARTS), max_size=20).map("".join), st.text())


def sentences(*all_texts: str) -> list[list[str]]:
    text = Strings.of(all_texts)
    begins, ends, bounds = sentence_bounds(text)
    assert begins.dtype == ends.dtype == bounds.dtype == np.int64
    pieces = list(text.pieces(begins, ends))
    return [pieces[begin:end] for begin, end in zip(bounds.tolist(), bounds[1:].tolist(), strict=False)]


@pytest.mark.parametrize(
    "text",
    [
        "One.| Two!| Three?",
        "  Hello   there.|\n  And here.| \n",
        "Dr. Smith went.| He met Mr. and Mrs. Jones.",
        "Take e.g. this one.| J. R. R. Tolkien wrote it.",
        "It is 3.14.| It costs 5.50 or so.",
        "Wait... what?| Yes...| No.",
        '"Why?" she asked.| He said "No."| Then he left.',
        "U.S. troops went.| We go.",
        "a.b.c is a name.| 0 @.@ 7 is a number.",
        "Wait . . . what .| Then",
        "Great!| 😀 Yes.",
        "... Then we go.| Ok",
        "A line\nis no end.| So?",
        "A title| \n\nThen a text| \r\n \r\nand more| \n\n\n and more",
        "One page|\x0cthe next|\u2029and another",
        "Das ist z. B. gut.| Am 3. Mai kam Dr. Müller.| »Was?« fragte sie.| Das ist nicht das Ende.",
        "Der 2. Vorsitzende und die 10. Klasse sind da.| Er kam 1999.| Dann nicht mehr.",
        "मूल्य ₹१२.५० है।| डॉ. शर्मा और पं. नेहरू आए।| वह आया.| ठीक।",
        "جاء د. أحمد مع أ. علي.| ثم ذهب.",
        "वि.वि. में।| ठीक.| हाँ।",
        "ราคา ๑๒.๕๐ บาท เมื่อพ.ศ. 2563 ดร. สมชาย มา",
        "See vol. 2 of it.| It is approx. 5 feet.| A small vol.",
        "Рис. 3 и табл. 4 в тексте.| См. гл. 5.| Всё.",
        "Ms. Lee went to ch. 5 of it, ed. Smith.| Figs. 3 and 4, eq. 5, refs. 7 are Eq. 9.| She sp. nothing.",
        "1. The first one.| 2. The second one.| Is it 12?| No.",
        "Der Hrsg. Müller, geb. 1900, inkl. Tisch und nicht für die.| Im 19. Jh. war das so.| Ja.",
        "Площадь им. Ленина и св. Пётр, ред. Иванов и т. е. всё.| В янв. 2020 г-н. Иванов и др. Пушкин.",
        "『吾輩は猫である。』という小説。|【注意！】これは危険。|「本当？」|「うん。」",
        "Plan B\u3000. Plan\xa0C\u2028.| Is it?\u3000| Yes.",
        "他说：“你好。”|她笑了。|《你好吗？》是一本书。|他问“为什么？”，她不答。",
        "M. Dupont est là.| Av. J.-C. on vivait dans les bois.| Oui ?",
        "El Sr. García y la Sra. López.| ¿Qué tal?| ¡Bien!",
        "В 1990 г. он жил на ул. Ленина, д. 5.| А. С. Пушкин.| Это т. е. так.",
        "Да.| «Что?» — спросил он.| Нет.",
        "Τι κάνεις;| Καλά.| Εσύ;",
        "你好。|我们走吧！|真的？|他说：“好。”|然后走了。",
        "今日は。|元気？|はい！|「そう。」と言った。|「いい。」|彼は笑った。",
        "안녕하세요.| 반갑습니다.| 네!",
        "मैं ठीक हूँ।| आप कैसे हैं?| अच्छा।",
        "كيف حالك؟| أنا بخير.| شكرا.",
        "שלום.| מה שלומך?| טוב.",
        "Բարեւ։| Ինչպես ես։",
        "สวัสดีครับ วันนี้อากาศดี ไปเที่ยวกัน|\n\nสอง",
        "Tôi đi.| Anh ở lại.",
        "a\x00b goes.| C\x00d stays.",
        "No end",
        "!!!",
    ],
)
def test_before_and_after(text: str) -> None:
    expected = [one.strip() for one in text.strip().split("|")]
    assert sentences(text.replace("|", "")) == [[one for one in expected if one]]


@pytest.mark.parametrize("text", ["", " ", "\r\n\r\n", "\u3000\n\n \t"])
def test_some_texts_hold_no_sentence(text: str) -> None:
    assert sentences(text) == [[]]


def check(text: Strings) -> None:
    begins, ends, bounds = sentence_bounds(text)
    assert len(bounds) == len(text) + 1
    assert len(begins) == len(ends) == bounds[-1]
    assert (begins < ends).all()
    assert (ends[:-1] <= begins[1:]).all()
    of = np.repeat(np.arange(len(text)), np.diff(bounds))
    assert (begins >= text.bounds[of]).all()
    assert (ends <= text.bounds[of + 1]).all()
    space = np.array([chr(code).isspace() for code in text.codes], bool)
    assert not space[begins].any()
    assert not space[ends - 1].any()
    depth = np.zeros(len(text.codes) + 1, np.int64)
    depth[begins] += 1
    np.subtract.at(depth, ends, 1)
    assert space[np.cumsum(depth)[:-1] == 0].all()


@given(st.lists(texts, max_size=5))
def test_only_white_space_is_in_no_sentence(all_texts: list[str]) -> None:
    check(Strings.of(all_texts))


@given(st.lists(texts, max_size=5))
def test_alone_or_in_a_block_sentences_are_the_same(all_texts: list[str]) -> None:
    alone = [sentences(one)[0] for one in all_texts]
    assert sentences(*all_texts) == alone
    assert sentences(*all_texts[::-1]) == alone[::-1]


def test_where_sentencex_fails_there_is_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    def panics(language: str, text: str) -> list[str]:
        assert language
        if "odd" in text:
            raise PanicException
        return re.findall(r"[^.]+\.?", text)

    monkeypatch.setattr(sentencex, "segment", panics)
    assert sentences("It is so. It is odd.\n\nIt. Is.", "So. It.") == [
        ["It is so. It is odd.", "It.", "Is."],
        ["So.", "It."],
    ]
    monkeypatch.setattr(sentencex, "segment", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sentences("So.")


@given(st.lists(texts, max_size=5))
def test_a_blank_line_is_as_good_as_another_text(all_texts: list[str]) -> None:
    together = sentences("\n\n".join(["今日は。", *all_texts]))[0]
    assert all("\n\n" not in one for one in together)


@pytest.mark.parametrize(
    ("one", "count"),
    [
        ("今日は東京に行きます。", 3000),
        ("Ein schöner Satz ist dies. ", 1500),
        ("Он пришёл. ", 2000),
        ("It is so. ", 5000),
    ],
)
def test_a_long_paragraph_is_cut_as_a_short_one(one: str, count: int) -> None:
    assert sentences(one * count) == [[one.strip()] * count]


def test_a_very_long_sentence_is_one() -> None:
    assert sentences("über " * 5000 + "uns. Und so.") == [["über " * 5000 + "uns.", "Und so."]]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample texts are not here")
def test_sentences_of_the_samples() -> None:
    for path in sorted(SAMPLES.iterdir()):
        check(Strings.of([path.read_text("utf-8")]))
