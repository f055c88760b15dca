"""Sentence-pair: two parts that follow each other in the source, swapped or not, or the second of another document."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from sslabel.blocks import Categories
from sslabel.registry import find_task
from sslabel.values import Category, Pair
from tests.noise.text.texts import ODD, agrees, any_text, prose
from tests.tasks.text.pairing import listed, made, name_of, reasons, same_in_any_company, text
from tests.tasks.text.test_sentence_order import ONES, sentences_of


def parts(pair: Pair) -> tuple[str, str, str]:
    return text(pair.inputs["input_first"]), text(pair.inputs["input_second"]), name_of(pair.labels["label"])


def follows(source: str, one: str, other: str) -> bool:
    """Whether two parts are a text's first and second, cut at the end of a sentence."""
    own = sentences_of(source)
    between = source.strip().removeprefix(one).removesuffix(other)
    cut = [number for number in range(1, len(own)) if one.endswith(own[number - 1]) and other.startswith(own[number])]
    return source.strip() == one + between + other and not between.strip() and bool(cut)


def numbered(document: int, count: int) -> str:
    return " ".join(f"Document {document} says number {number}." for number in range(count))


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("sentence-pair")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == {"order"}
    label = made("sentence-pair", [ONES]).pair(0).labels["label"]
    assert isinstance(label, Category)
    assert label.names == ("in order", "swapped")
    label = made("sentence-pair", [ONES, numbered(0, 3)], kind="nsp").pair(0).labels["label"]
    assert isinstance(label, Category)
    assert label.names == ("next", "random")


def check_orders(sources: list[str]) -> None:
    pairs = made("sentence-pair", sources)
    for row, pair in listed(pairs):
        first, second, label = parts(pair)
        one, other = (first, second) if label == "in order" else (second, first)
        assert first != second
        assert follows(sources[row], one, other)
    for row, reason in reasons(pairs).items():
        own = sentences_of(sources[row])
        assert reason == ("fewer than two sentences" if len(own) < 2 else "its two parts are alike")


def test_odd_and_real_texts_are_in_order_or_swapped() -> None:
    check_orders([*ODD, ONES, *prose()[::4]])


@given(any_text)
def test_any_text_is_in_order_or_swapped(source: str) -> None:
    check_orders([f"{source}. One is here. {source}! Two"])


def test_parts_of_random_documents_are_parts_of_them() -> None:
    sources = [text for text in [*ODD, ONES, *prose()[::4]] if text]
    documents = [number // 3 for number in range(len(sources))]
    pairs = made("sentence-pair", sources, documents=documents, kind="nsp")
    for row, pair in listed(pairs):
        first, second, label = parts(pair)
        own = sentences_of(sources[row])
        assert follows(sources[row], first, second) == (label == "next")
        assert first.startswith(own[0])
        if label == "random":
            assert any(
                source.rstrip().endswith(second)
                for source, document in zip(sources, documents, strict=True)
                if document != documents[row]
            )


def test_a_text_of_one_sentence_gives_no_pair() -> None:
    sources = ["", "   ", "One sentence.", "no end", ONES]
    for kind in ("sop", "nsp"):
        found = reasons(made("sentence-pair", [*sources, numbered(0, 4)], kind=kind))
        assert found == dict.fromkeys(range(4), "fewer than two sentences")
    assert len(made("sentence-pair", [])) == 0
    assert len(made("sentence-pair", [""], kind="nsp")) == 0


def test_parts_that_are_alike_are_no_pair() -> None:
    assert reasons(made("sentence-pair", ["It rains. It rains."])) == {0: "its two parts are alike"}
    twins = made("sentence-pair", ["Ada came. It rains.", "Bob came. It rains."] * 50, kind="nsp")
    assert set(reasons(twins).values()) == {"the random part is the next one"}
    assert {name_of(pair.labels["label"]) for _, pair in listed(twins)} <= {"next"}


def test_one_document_has_no_other() -> None:
    sources = [numbered(0, 4), numbered(1, 3), "Alone."]
    found = reasons(made("sentence-pair", sources, documents=[0, 0, 1], kind="nsp"))
    assert found == {
        0: "no other document stands in its block",
        1: "no other document stands in its block",
        2: "fewer than two sentences",
    }


@pytest.mark.parametrize("kind", ["sop", "nsp"])
def test_classes_and_cuts_are_equally_frequent(kind: str) -> None:
    count, sentences = 4000, 5
    pairs = made("sentence-pair", [numbered(number, sentences) for number in range(count)], kind=kind)
    assert len(pairs) == count
    found = [parts(pair) for _, pair in listed(pairs)]
    second = np.array([label in ("swapped", "random") for _, _, label in found])
    assert abs(np.count_nonzero(second) - count / 2) < 4 * np.sqrt(count / 4)
    cuts = np.array([len(sentences_of(one)) for one, _, _ in found[:1000]])
    for cut in range(1, sentences):
        assert abs(np.count_nonzero(cuts == cut) - 250) < 4 * np.sqrt(1000 * 0.25 * 0.75)
        # The class does not tell where it was cut.
        of_class = np.count_nonzero((cuts == cut) & second[:1000])
        assert abs(of_class - 125) < 4 * np.sqrt(1000 / 8 * 7 / 8)


@pytest.mark.parametrize("kind", ["sop", "nsp"])
def test_half_of_many_are_of_either_class(kind: str) -> None:
    count = 20_000
    label = made("sentence-pair", [numbered(number, 2) for number in range(count)], kind=kind).labels["label"]
    assert isinstance(label, Categories)
    assert agrees(label.indices.sum(), count, 0.5)


def test_every_passage_of_another_document_may_be_the_partner() -> None:
    count, documents = 3000, [0, 1, 1, 2, 2, 2]
    sources = [numbered(number, 2) for number in range(6)]
    found = np.zeros((6, 6), int)
    for seed in range(count // 6):
        for row, pair in listed(made("sentence-pair", sources, documents=documents, kind="nsp", seed=seed)):
            _, second, label = parts(pair)
            if label == "random":
                found[row, int(second.split()[1])] += 1
    for row, own in enumerate(documents):
        others = [number for number, document in enumerate(documents) if document != own]
        expected = found[row].sum() / len(others)
        assert found[row].sum() == found[row, others].sum()
        assert np.abs(found[row, others] - expected).max() < 4 * np.sqrt(expected)


def test_a_text_gets_the_same_in_any_company() -> None:
    same_in_any_company("sentence-pair", [*ODD, ONES, *prose()[:20]])


def test_documents_need_not_stand_together() -> None:
    sources = [numbered(number, 3) for number in range(40)]
    documents = [number % 3 for number in range(40)]
    for row, pair in listed(made("sentence-pair", sources, documents=documents, kind="nsp")):
        _, second, label = parts(pair)
        assert (int(second.split()[1]) % 3 != row % 3) == (label == "random")
