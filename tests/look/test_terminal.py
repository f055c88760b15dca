"""Text from data on its way to a terminal: nothing in it moves the cursor, and numbers are in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.look.terminal import bytes_in_words, counted, one_line, printable, seconds_in_words
from tests.look.showing import unseen

any_text = st.text(st.characters(exclude_categories=()))  # surrogates too


@given(any_text)
def test_no_invisible_character_survives(text: str) -> None:
    shown = printable(text)
    assert unseen(shown.replace("\n", "").replace("\t", "")) == []
    shown.encode("utf-8")


@given(any_text)
def test_one_line_is_one_line(text: str) -> None:
    shown = one_line(text)
    assert unseen(shown) == []
    assert len(shown.splitlines()) == (1 if shown else 0)


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp"))))
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    assert printable(text) == one_line(text) == text


@given(any_text)
def test_doing_it_twice_changes_nothing(text: str) -> None:
    assert printable(printable(text)) == printable(text)
    assert one_line(one_line(text)) == one_line(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("日本 ä × ½ 🙂", "日本 ä × ½ 🙂"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\rb", "a\\x0db"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u200b\ufeff", "\\u200b\\ufeff"),
        ("\u2028", "\\u2028"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d❤\ufe0f\u200d👨", "👩\u200d❤\ufe0f\u200d👨"),
        ("pay\u200dpal", "pay\\u200dpal"),
        ("ä\u200cö", "ä\\u200cö"),
        ("\u200dक\u200d", "\\u200dक\\u200d"),
        ("क\u200d\u200dष", "क\\u200d\\u200dष"),
        ("a\xa0b", "a\xa0b"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\nb", "a\\nb"),
        ("a\tb", "a\\tb"),
        ("a\r\nb", "a\\x0d\\nb"),
        ("\x0b\x0c\x85", "\\x0b\\x0c\\x85"),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1049, "1.0 kB"),
        (1050.1, "1.1 kB"),
        (99_449, "99.4 kB"),
        (99_500, "100 kB"),
        (123_456, "123 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_300_000, "1.3 MB"),
        (256_000_000, "256 MB"),
        (4_200_000_000, "4.2 GB"),
        (1_000_000_000_000, "1.0 TB"),
        (2_500_000_000_000_000, "2500 TB"),
    ],
)
def test_bytes_in_words(count: float, words: str) -> None:
    assert bytes_in_words(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (0.04, "0.0 s"),
        (0.6, "0.6 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.97, "1:00 min"),
        (60, "1:00 min"),
        (185, "3:05 min"),
        (185.6, "3:06 min"),
        (3599.4, "59:59 min"),
        (3599.6, "1:00:00 h"),
        (3600, "1:00:00 h"),
        (7384, "2:03:04 h"),
        (360_000, "100:00:00 h"),
    ],
)
def test_seconds_in_words(seconds: float, words: str) -> None:
    assert seconds_in_words(seconds) == words


@pytest.mark.parametrize(
    ("count", "what", "words"),
    [(0, "pair", "0 pairs"), (1, "pair", "1 pair"), (2, "shard", "2 shards"), (12_345, "source", "12,345 sources")],
)
def test_counted(count: int, what: str, words: str) -> None:
    assert counted(count, what) == words
