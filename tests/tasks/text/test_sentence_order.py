"""Sentence-order inverted: by its label, the shuffled sentences are again the source's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from sslabel.blocks import Strings
from sslabel.errors import UsageError
from sslabel.registry import find_task
from sslabel.transforms.text.sentences import sentence_bounds
from sslabel.values import Order
from tests.noise.text.texts import ODD, any_text, prose
from tests.tasks.text.pairing import listed, made, numbers, reasons, same_in_any_company, texts

ONES = "The wren sings. It is small! Who has not heard it? Nobody has. Then came the owl. All fell silent."


def sentences_of(text: str) -> list[str]:
    begins, ends, _ = sentence_bounds(Strings.of([text]))
    return [text[begin:end] for begin, end in zip(begins, ends, strict=True)]


def check_all(sources: list[str], least: int = 2, most: int = 5) -> None:
    pairs = made("sentence-order", sources, min_sentences=least, max_sentences=most)
    seen: dict[int, int] = {}
    for (row, pair), first in zip(listed(pairs), pairs.notes["first_sentence"], strict=True):
        shown, label = texts(pair.inputs["input"]), numbers(pair.labels["label"])
        assert isinstance(pair.labels["label"], Order)
        assert isinstance(first, int)
        assert least <= len(shown) <= most
        own = sentences_of(sources[row])[first : first + most]
        assert shown != own
        assert [own[one] for one in label] == shown
        back = [""] * len(own)
        for place, one in zip(label, shown, strict=True):
            back[place] = one
        assert back == own
        assert first % most == 0
        assert first >= seen.get(row, 0)
        seen[row] = first + most
    for row, reason in reasons(pairs).items():
        own = sentences_of(sources[row])
        least_words = "two" if least == 2 else least
        assert reason == (f"fewer than {least_words} sentences" if len(own) < least else "all its sentences are alike")


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("sentence-order")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == {"order"}


@pytest.mark.parametrize(("least", "most"), [(2, 5), (3, 3), (2, 2)])
def test_odd_and_real_texts_come_back(least: int, most: int) -> None:
    check_all([*ODD, ONES, *prose()[::4]], least, most)


@given(any_text)
def test_any_text_comes_back(source: str) -> None:
    check_all([f"{source}. One is here. {source}! Two"])


def test_a_long_text_gives_several_pairs() -> None:
    pairs = made("sentence-order", [ONES, "One. Two.", "One."], max_sentences=4)
    assert pairs.rows.tolist() == [0, 0, 1]
    assert pairs.notes["first_sentence"] == [0, 4, 0]
    assert [len(numbers(pair.labels["label"])) for _, pair in listed(pairs)] == [4, 2, 2]
    assert reasons(pairs) == {2: "fewer than two sentences"}
    # What is left of six is one, which has no order.
    assert made("sentence-order", [ONES], max_sentences=5).notes["first_sentence"] == [0]


def test_groups_of_one_text_are_shuffled_apart() -> None:
    text = " ".join(f"The number {number} is here." for number in range(40))
    pairs = made("sentence-order", [text], max_sentences=4)
    assert len({tuple(numbers(pair.labels["label"])) for _, pair in listed(pairs)}) > 3


def test_the_label_says_what_now_stands_where() -> None:
    names = ["Ada is here.", "Bob is here.", "Cid is here."]
    pairs = made("sentence-order", [" ".join(names)] * 60)
    found = {tuple(numbers(pair.labels["label"])): texts(pair.inputs["input"]) for _, pair in listed(pairs)}
    assert found[1, 2, 0] == [names[1], names[2], names[0]]
    assert found[2, 0, 1] == [names[2], names[0], names[1]]
    assert len(found) == 5


def test_sentences_that_are_all_alike_have_no_order() -> None:
    assert reasons(made("sentence-order", ["It rains. It rains. It rains."])) == {0: "all its sentences are alike"}


def test_the_most_is_no_less_than_the_least() -> None:
    with pytest.raises(UsageError, match="max_sentences=3 is less than min_sentences=4"):
        made("sentence-order", [ONES], min_sentences=4, max_sentences=3)


def test_all_other_orders_are_equally_likely() -> None:
    count = 2000
    pairs = made("sentence-order", ["Ada is here. Bob is here. Cid is here."] * count)
    found = np.array([numbers(pair.labels["label"]) for _, pair in listed(pairs)]) @ [100, 10, 1]
    for one in (21, 102, 120, 201, 210):
        assert abs(np.count_nonzero(found == one) - count / 5) < 4 * np.sqrt(count * 0.2 * 0.8)


def test_a_text_gets_the_same_in_any_company() -> None:
    same_in_any_company("sentence-order", [*ODD, ONES, *prose()[:20]], max_sentences=3)
