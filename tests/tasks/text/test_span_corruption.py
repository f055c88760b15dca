"""Spans put back in the place of their sentinels: the source byte for byte, at the published counts."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.registry import find_task
from sslabel.tasks.text.span_corruption import DENOISERS
from sslabel.values import Pair
from tests.noise.text.texts import ODD, agrees, any_text, prose, words_of
from tests.tasks.text.making import assert_alone_as_in_company, fixed_text, made, numbered, pairs_of, text_of

STYLES = ["t5", "ul2"]


def spans_of(pair: Pair) -> list[str]:
    """The spans of a label, whose sentinels count from 0."""
    label = text_of(pair, "label_text" if "labels" in pair.labels else "label")
    sentinel = r"(?:^| )<extra_id_(\d+)> "
    numbers = [int(one) for one in re.findall(sentinel, label)]
    assert numbers == list(range(len(numbers)))
    first, *spans = re.split(sentinel, label)[::2]
    assert first == ""
    assert len(spans) == len(numbers)
    return spans


def put_back(shown: str, spans: list[str]) -> str:
    return re.sub(r"<extra_id_(\d+)>", lambda match: spans[int(match[1])], shown)


def shown_of(pair: Pair, style: str) -> str:
    """The input without its mode."""
    shown = text_of(pair, "input")
    if style == "t5":
        return shown
    mode, space, rest = shown[:3], shown[3], shown[4:]
    assert space == " "
    assert str(pair.notes["denoiser"]).startswith(mode)
    return rest


def check(source: str, pair: Pair, style: str) -> None:
    shown, spans = shown_of(pair, style), spans_of(pair)
    assert re.findall(r"<extra_id_(\d+)>", shown) == [str(number) for number in range(len(spans))]
    assert put_back(shown, spans) == source
    words = words_of(source)
    hidden = [words_of(span) for span in spans]
    if not any(ord(letter) > 0x2FF for letter in source):
        # Elsewhere a dictionary may divide a span otherwise than it divided the whole.
        assert hidden[-1][-1] == words[-1]
        assert sum(map(len, hidden)) < len(words)
    assert all(span == span.strip() for span in spans)


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("span-corruption")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == frozenset()
    assert entry.corpus == frozenset()
    assert [one.name for one in entry.options] == ["rate", "mean_span", "style", "tokenizer"]


@pytest.mark.parametrize("style", STYLES)
@given(texts=st.lists(any_text, min_size=1, max_size=5), rate=st.floats(0, 1), mean=st.floats(1, 9))
def test_the_spans_put_back_give_the_source(texts: list[str], rate: float, mean: float, style: str) -> None:
    for source, pair in pairs_of("span-corruption", texts, style=style, rate=rate, mean_span=mean):
        check(source, pair, style)


@pytest.mark.parametrize("style", STYLES)
def test_the_spans_put_back_give_real_text(style: str) -> None:
    found = pairs_of("span-corruption", [*prose(), *ODD, "w " * 3000], style=style)
    assert len(found) > 100
    for source, pair in found:
        check(source, pair, style)


def test_a_pair() -> None:
    source = "Thank you -- for (inviting)  me\nto your party last week!"
    for _, pair in (pairs_of("span-corruption", [source], seed=seed, rate=0.4, mean_span=2)[0] for seed in range(9)):
        assert text_of(pair, "input").startswith("Thank")
        assert text_of(pair, "input").endswith("<extra_id_1>!")
        assert re.fullmatch(r"<extra_id_0> \S.*\S <extra_id_1> .*week", text_of(pair, "label"), re.DOTALL)
        check(source, pair, "t5")
    (_, pair), = pairs_of("span-corruption", ["one, two."])  # fmt: skip
    assert (text_of(pair, "input"), text_of(pair, "label")) == ("one, <extra_id_0>.", "<extra_id_0> two")


@pytest.mark.parametrize(
    ("words", "hidden", "spans"), [(568, 85, 28), (512, 77, 26), (100, 15, 5), (20, 3, 1), (10, 2, 1), (2, 1, 1)]
)
def test_t5_s_counts_are_exact(words: int, hidden: int, spans: int) -> None:
    texts = numbered(20, words)
    for source, pair in pairs_of("span-corruption", texts):
        shown, label = text_of(pair, "input").split(" "), text_of(pair, "label").split(" ")
        assert len(shown) == words - hidden + spans
        assert len(label) == hidden + spans
        assert label[0] == "<extra_id_0>"
        assert label[-1] == source.split(" ")[-1]  # the last word is always hidden, and no sentinel closes
        assert shown[0] == source.split(" ")[0]  # the first word never is
        assert shown[-1] == f"<extra_id_{spans - 1}>"
    assert {568: 512, 512: 462}.get(words, len(shown) + 1) == len(shown) + 1
    assert {568: 114}.get(words, len(label) + 1) == len(label) + 1


def test_sentinels_count_on_beyond_a_hundred() -> None:
    ((source, pair),) = pairs_of("span-corruption", numbered(1, 3000))
    assert len(spans_of(pair)) == 150
    check(source, pair, "t5")


def test_one_span_is_at_the_end() -> None:
    # Of 20 words the first 17 stand, whole, before the one span.
    for _, pair in pairs_of("span-corruption", numbered(5, 20)):
        assert spans_of(pair) == ["w17 w18 w19"]


@pytest.mark.parametrize("style", [*STYLES, "bart"])
def test_markers_are_fixed_and_nothing_else(style: str) -> None:
    pairs = made("span-corruption", numbered(60, 70), style=style, rate=0.5)
    for number in range(len(pairs)):
        shown = text_of(pairs.pair(number), "input")
        assert fixed_text(pairs, number) == "".join(re.findall(r"^\[[RSX]\]|<extra_id_\d+>|<mask>", shown))


def test_ul2_s_denoisers_are_seven_and_as_frequent() -> None:
    rows = 7000
    pairs = made("span-corruption", numbered(rows, 8), style="ul2")
    names, counts = np.unique(np.array(pairs.notes["denoiser"]), return_counts=True)
    assert set(names.tolist()) == {str(one) for one in DENOISERS}
    assert len(names) == 7
    assert all(agrees(one, rows, 1 / 7) for one in counts)


def test_ul2_s_denoisers_hide_what_they_say() -> None:
    found = {}
    for _, pair in pairs_of("span-corruption", numbered(100, 400), style="ul2"):
        spans = spans_of(pair)
        found[pair.notes["denoiser"]] = sum(len(span.split(" ")) for span in spans), len(spans)
    assert found == {
        "[R] mean_span=3 rate=0.15": (60, 20),
        "[R] mean_span=8 rate=0.15": (60, 8),
        "[S]": (100, 1),
        "[X] mean_span=3 rate=0.5": (200, 67),
        "[X] mean_span=8 rate=0.5": (200, 25),
        "[X] mean_span=64 rate=0.15": (60, 1),
        "[X] mean_span=64 rate=0.5": (200, 3),
    }


def test_other_styles_have_no_notes() -> None:
    for style in ("t5", "bart"):
        assert made("span-corruption", ["one two three"], style=style).notes == {}


def check_bart(source: str, pair: Pair) -> int:
    """The input matches the source with anything for its masks; the number of words that are gone."""
    assert text_of(pair, "label") == source
    shown = text_of(pair, "input")
    assert "<mask>" in shown
    # An empty span is a mask and a space that stand nowhere in the source.
    at = 0
    pieces = re.split(r"<mask>", shown)
    for number, piece in enumerate(pieces):
        options = [piece, piece[1:]] if number and piece.startswith(" ") else [piece]
        places = [(source.find(one, at), len(one)) for one in options]
        begin, length = min((one for one in places if one[0] >= 0), default=(-1, 0))
        assert begin >= 0
        at = begin + length
    return len(words_of(source)) - len(words_of(shown.replace("<mask>", "\n")))


@given(texts=st.lists(any_text, min_size=1, max_size=5), rate=st.floats(0, 1), mean=st.floats(1, 9))
def test_bart_s_label_is_the_source(texts: list[str], rate: float, mean: float) -> None:
    for source, pair in pairs_of("span-corruption", texts, style="bart", rate=rate, mean_span=mean):
        check_bart(source, pair)


def test_bart_hides_no_more_than_its_share_and_every_mask_is_a_span() -> None:
    texts = numbered(300, 100)
    gone, masks = [], 0
    for source, pair in pairs_of("span-corruption", texts, style="bart", rate=0.3):
        words, shown = source.split(" "), text_of(pair, "input").split(" ")
        left = [one for one in shown if one != "<mask>"]
        assert left == [one for one in words if one in set(left)]
        gone.append(len(words) - len(left))
        masks += len(shown) - len(left)
        check_bart(source, pair)
    assert max(gone) == 30
    assert 20 < np.mean(gone) < 30  # spans run into each other
    assert masks / 300 == pytest.approx(np.mean(gone) / 3, rel=0.25)


def test_bart_writes_masks_for_no_word() -> None:
    # As many words as the source, and masks: only empty spans do that. One word of four is always gone.
    found = [
        text_of(pair, "input") for _, pair in pairs_of("span-corruption", numbered(2000, 4), style="bart", mean_span=1)
    ]
    assert all(one.count("<mask>") > 0 for one in found)
    assert all(sum(word != "<mask>" for word in one.split(" ")) == 3 for one in found)
    extra = sum(one.count("<mask>") - 1 for one in found)
    # Zeros before the first that is none, of a Poisson law of mean 1.
    assert extra / 2000 == pytest.approx(1 / (np.e - 1), abs=0.08)
    assert {one.split(" ").index("<mask>") for one in found} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("text", "style", "reason"),
    [
        ("", "t5", "fewer than two words"),
        ("one...", "bart", "fewer than two words"),
        ("\0", "ul2", "fewer than two words"),
        ("see <extra_id_7> here", "t5", "it contains the marker <extra_id_"),
        ("see <extra_id_0 here", "ul2", "it contains the marker <extra_id_"),
        ("an [X] marks the spot", "ul2", "it contains the marker [X]"),
        ("an <mask> here", "bart", "it contains the marker <mask>"),
    ],
)
def test_what_gives_no_pair_is_skipped_with_its_reason(text: str, style: str, reason: str) -> None:
    pairs = made("span-corruption", ["one two three four", text, "five six seven eight"], style=style)
    assert {name: one.tolist() for name, one in pairs.skipped.items()} == {reason: [1]}
    assert pairs.rows.tolist() == [0, 2]
    if style != "bart":
        check("five six seven eight", pairs.pair(1), style)


def test_a_marker_of_another_style_is_none() -> None:
    assert len(made("span-corruption", ["an [X] <mask> here"])) == 1
    assert len(made("span-corruption", ["an [X] <extra_id_1> here"], style="bart")) == 1


@pytest.mark.parametrize("style", [*STYLES, "bart"])
def test_a_passage_s_pair_does_not_depend_on_the_others(style: str) -> None:
    texts = [*numbered(5, 30), *ODD, *numbered(3, 300)]
    assert_alone_as_in_company("span-corruption", texts, style=style, rate=0.4)


def test_rates_may_differ_from_passage_to_passage() -> None:
    pairs = made("span-corruption", numbered(2, 100), rate=np.array([0.1, 0.5]), mean_span=np.array([2.0, 5.0]))
    assert [len(spans_of(pairs.pair(number))) for number in range(2)] == [5, 10]


@pytest.mark.parametrize("style", [*STYLES, "bart"])
def test_blocks_of_nothing(style: str) -> None:
    for texts in ([], ["", ""]):
        assert len(made("span-corruption", texts, style=style)) == 0
