"""Word-order inverted: by its label, the shuffled words go back and the text is the source's, byte for byte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from sslabel.blocks import Strings
from sslabel.registry import find_task
from sslabel.tasks.text.word_order import word_order
from sslabel.transforms.text.words import passages_of
from sslabel.values import Order
from tests.noise.text.texts import ODD, any_text, prose
from tests.tasks.text.pairing import (
    draws_of,
    listed,
    made,
    numbers,
    reasons,
    same_in_any_company,
    text,
    words_of,
    woven,
)


def check(source: str, shown: str, order: list[int], window: int) -> None:
    words, between = words_of(source)
    assert shown != source
    assert woven([words[one] for one in order], between) == shown
    # Put back: what stands t-th goes where the label says.
    mixed = [words[one] for one in order]
    back = [""] * len(words)
    for place, one in zip(order, mixed, strict=True):
        back[place] = one
    assert woven(back, between) == source
    assert not window or max(abs(place - one) for place, one in enumerate(order)) <= window
    last: dict[str, int] = {}
    for number in order:  # equal words stay in their order
        assert last.get(words[number], -1) < number
        last[words[number]] = number


def check_all(sources: list[str], window: int = 0, seed: int = 0) -> None:
    pairs = made("word-order", sources, seed=seed, window=window)
    for row, pair in listed(pairs):
        label = pair.labels["label"]
        assert isinstance(label, Order)
        assert text(pair.labels["label_text"]) == sources[row]
        check(sources[row], text(pair.inputs["input"]), numbers(label), window)
    for row, reason in reasons(pairs).items():
        words, between = words_of(sources[row])
        few, alike = len(words) < 2, len(set(words)) == 1
        assert reason == (
            "fewer than two words" if few
            else "all its words are alike" if alike
            else "its words read the same in another order"
        )  # fmt: skip
        if not few and not alike:
            assert "" in between[1:-1]


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("word-order")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == {"order", "count"}


def test_the_label_says_what_now_stands_where() -> None:
    # A turn by one place of three words is not its own inverse.
    expected = {
        (1, 2, 0): "b, c a!",
        (2, 0, 1): "c, a b!",
        (0, 2, 1): "a, c b!",
        (1, 0, 2): "b, a c!",
        (2, 1, 0): "c, b a!",
    }
    pairs = made("word-order", ["a, b c!"] * 100)
    seen = {tuple(numbers(pair.labels["label"])): text(pair.inputs["input"]) for _, pair in listed(pairs)}
    assert seen == expected


@pytest.mark.parametrize("window", [0, 1, 3])
@given(any_text)
def test_any_text_comes_back(window: int, source: str) -> None:
    check_all([source], window)


@pytest.mark.parametrize("window", [0, 2])
def test_odd_and_real_texts_come_back(window: int) -> None:
    check_all([*ODD, *prose()], window)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "fewer than two words"),
        (" ?! ", "fewer than two words"),
        ("one.", "fewer than two words"),
        ("no, no, no", "all its words are alike"),
    ],
)
def test_some_texts_have_no_other_order(source: str, reason: str) -> None:
    assert reasons(made("word-order", [source])) == {0: reason}


def test_words_that_run_together_to_the_same_text_are_no_pair() -> None:
    block = Strings.of(["aaa", "a aa"])
    passages = passages_of(block, ["0", "1"])
    cut = np.array([0, 1, 3, 5]), np.array([1, 3, 4, 7]), np.array([0, 2, 4])
    passages = type(passages)(block, passages.sources, passages.documents, *cut)
    pairs = word_order(passages, draws_of(["0", "1"], "word-order"))
    assert reasons(pairs) == {0: "its words read the same in another order"}
    assert text(pairs.pair(0).inputs["input"]) == "aa a"


@pytest.mark.parametrize("window", [0, 3])
def test_a_text_gets_the_same_in_any_company(window: int) -> None:
    same_in_any_company("word-order", [*ODD, *prose()[:20]], window=window)


def test_all_other_orders_are_equally_likely() -> None:
    count = 5000
    pairs = made("word-order", ["a b c"] * count)
    shown = [text(pair.inputs["input"]) for _, pair in listed(pairs)]
    for one in ("a c b", "b a c", "b c a", "c a b", "c b a"):
        assert abs(shown.count(one) - count / 5) < 4 * np.sqrt(count * 0.2 * 0.8)
