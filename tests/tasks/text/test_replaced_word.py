"""Replaced-word: the label is 1 exactly where another word stands than in the source, and the rate is ELECTRA's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given

from sslabel.blocks import Strings, Unigrams
from sslabel.registry import find_task
from tests.noise.text.texts import ODD, any_text, prose
from tests.tasks.text.pairing import listed, made, numbers, reasons, same_in_any_company, text, words_of


def unigrams(words: Iterable[str]) -> Unigrams:
    counts = Counter(words)
    return Unigrams(Strings.of(list(counts)), np.array(list(counts.values()), np.int64))


CORPUS = unigrams(["the"] * 6 + ["wren"] * 3 + ["x"])


def check_all(sources: list[str], corpus: Unigrams, rate: float = 0.15) -> None:
    known = set(corpus.words)
    pairs = made("replaced-word", sources, unigrams=corpus, rate=rate)
    for row, pair in listed(pairs):
        label, shown = numbers(pair.labels["label"]), text(pair.inputs["input"])
        words, between = words_of(sources[row])
        assert len(label) == len(words)
        assert set(label) <= {0, 1}
        # The text is the source with one word of the corpus in each place that is 1; read from its beginning.
        left = shown
        possible = {left}
        for word, gap, replaced in zip(words, between, label, strict=False):
            after = {one.removeprefix(gap) for one in possible if one.startswith(gap)}
            candidates = known - {word} if replaced else {word}
            possible = {one.removeprefix(came) for one in after for came in candidates if one.startswith(came)}
            assert possible
        assert between[-1] in possible
        if not any(label):
            assert shown == sources[row]
    for row, reason in reasons(pairs).items():
        assert reason == "no words"
        assert not words_of(sources[row])[0]


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("replaced-word")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == {"order", "count"}
    assert entry.corpus == {"unigrams"}
    assert [one.name for one in entry.options] == ["rate"]


@given(any_text)
def test_any_text_is_replaced_where_the_label_says(source: str) -> None:
    check_all([source], CORPUS, 0.5)


@pytest.mark.parametrize("rate", [0, 0.15, 1])
def test_odd_and_real_texts_are_replaced_where_the_label_says(rate: float) -> None:
    check_all([*ODD, *prose()[::8]], CORPUS, rate)


def test_texts_without_words_give_no_pair() -> None:
    pairs = made("replaced-word", ["", "?!", "one", " "], unigrams=CORPUS)
    assert reasons(pairs) == dict.fromkeys((0, 1, 3), "no words")


def test_the_same_word_drawn_is_no_replacement() -> None:
    pairs = made("replaced-word", ["the the the"] * 10, unigrams=unigrams(["the"]), rate=1.0)
    for _, pair in listed(pairs):
        assert text(pair.inputs["input"]) == "the the the"
        assert numbers(pair.labels["label"]) == [0, 0, 0]
    ((_, pair),) = listed(made("replaced-word", ["the The"], unigrams=unigrams(["the"]), rate=1.0))
    assert text(pair.inputs["input"]) == "the the"
    assert numbers(pair.labels["label"]) == [0, 1]


def test_words_are_replaced_at_the_rate_less_those_that_are_drawn_for_themselves() -> None:
    rng = np.random.default_rng(0)
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    names = np.array(["of", "wren", "sings", "owl"])
    sources = [" ".join(rng.choice(names, 20, p=shares)) for _ in range(3000)]
    corpus = unigrams([name for name, share in zip(names, shares, strict=True) for _ in range(round(share * 10))])
    pairs = made("replaced-word", sources, unigrams=corpus)
    labels = np.array([one for _, pair in listed(pairs) for one in numbers(pair.labels["label"])])
    total = len(labels)
    assert total == 60_000
    words = np.array(" ".join(sources).split())
    # In the corpus itself, word w is drawn for itself with chance f.
    frequencies = dict(zip(names.tolist(), shares.tolist(), strict=True))
    expected = 0.15 * (1 - float(np.mean([frequencies[word] for word in words])))
    assert expected == pytest.approx(0.15 * (1 - (shares**2).sum()), rel=0.02)
    assert abs(labels.sum() - total * expected) < 4 * np.sqrt(total * expected * (1 - expected))
    # What comes in place of one word is another, by its frequency.
    shown = np.array(" ".join(text(pair.inputs["input"]) for _, pair in listed(pairs)).split())
    came = shown[(labels == 1) & (words == "of")]
    for name, share in zip(names[1:], shares[1:] / 0.6, strict=True):
        assert abs(np.count_nonzero(came == name) - len(came) * share) < 4 * np.sqrt(len(came) * share * (1 - share))


def test_each_text_may_have_a_rate_of_its_own() -> None:
    source = "a b c d e f g h"
    pairs = made("replaced-word", [source] * 2, unigrams=CORPUS, rate=np.array([0.0, 1.0]))
    assert [sum(numbers(pair.labels["label"])) for _, pair in listed(pairs)] == [0, 8]


def test_a_text_gets_the_same_in_any_company() -> None:
    same_in_any_company("replaced-word", [*ODD, *prose()[:20]], unigrams=CORPUS, rate=0.3)
