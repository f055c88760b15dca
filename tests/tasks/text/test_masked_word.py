"""Masked words put back: the source byte for byte, at BERT's and SpanBERT's exact counts and shares."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import Lists, Pairs, Strings, Unigrams
from sslabel.errors import UsageError
from sslabel.registry import find_task
from sslabel.values import Numbers, Pair, Texts
from tests.noise.text.texts import ODD, agrees, any_text, between_of, prose, words_of
from tests.tasks.text.making import (
    UNIGRAMS,
    assert_alone_as_in_company,
    fixed_text,
    made,
    numbered,
    pairs_of,
    text_of,
)

VARIANTS: list[dict[str, Any]] = [
    {},
    {"style": "spanbert"},
    {"count": 1},
    {"count": 3, "style": "spanbert"},
    {"rate": 0.6},
]


def hidden_of(pair: Pair) -> tuple[tuple[str, ...], list[int]]:
    label, position = pair.labels["label"], pair.labels["label_position"]
    assert isinstance(label, Texts)
    assert isinstance(position, Numbers)
    assert position.array.dtype == np.int32
    return label.texts, position.array.tolist()


def put_back(source: str, pair: Pair, mask: str = "[MASK]") -> list[str]:
    """What stands in the input for each hidden word; with the label's words there it is the source."""
    hidden, positions = hidden_of(pair)
    words, between = words_of(source), between_of(source)
    assert positions == sorted(set(positions))
    assert list(hidden) == [words[one] for one in positions]
    pattern = re.escape(between[0])
    for number, word in enumerate(words):
        shown = "|".join(map(re.escape, (mask, *UNIGRAMS.words, word)))
        pattern += (f"({shown})" if number in positions else re.escape(word)) + re.escape(between[number + 1])
    match = re.fullmatch(pattern, text_of(pair, "input"), re.DOTALL)
    assert match is not None
    return list(match.groups())


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("masked-word")
    assert (entry.takes, entry.block) == ("text", True)
    assert entry.needs == {"order", "count"}
    assert entry.corpus == {"unigrams"}
    defaults = {one.name: one.default for one in entry.options}
    assert list(defaults) == ["rate", "count", "random", "keep", "style", "mask", "tokenizer"]
    assert [defaults[one] for one in ("rate", "random", "keep")] == [0.15, 0.1, 0.1]  # the mask: the other eight tenths


@pytest.mark.parametrize("options", VARIANTS)
@given(texts=st.lists(any_text, min_size=1, max_size=5))
def test_the_label_put_back_gives_the_source(texts: list[str], options: dict[str, Any]) -> None:
    for source, pair in pairs_of("masked-word", texts, **options):
        put_back(source, pair)


@pytest.mark.parametrize("options", VARIANTS)
def test_the_label_put_back_gives_real_text(options: dict[str, Any]) -> None:
    made_of = pairs_of("masked-word", [*prose()[:300], *ODD], **options)
    assert len(made_of) > 100
    for source, pair in made_of:
        put_back(source, pair)


@pytest.mark.parametrize(
    ("text", "options", "shown", "label", "positions"),
    [
        ("a b", {"count": 1, "mask": "_"}, "_ b", ("a",), [0]),
        ("(don't)\r\n\0go!", {"rate": 1.0, "random": 0, "keep": 0}, "([MASK])\r\n\0[MASK]!", ("don't", "go"), [0, 1]),
        ("我们 ok", {"rate": 1.0, "random": 0, "keep": 0}, "[MASK] [MASK]", ("我们", "ok"), [0, 1]),
        ("x y z", {"rate": 1.0, "random": 0, "keep": 1}, "x y z", ("x", "y", "z"), [0, 1, 2]),
    ],
)  # fmt: skip
def test_pairs(text: str, options: dict[str, Any], shown: str, label: tuple[str, ...], positions: list[int]) -> None:
    # The one word of the cloze may be either.
    found = [pairs_of("masked-word", [text], seed=seed, **options)[0][1] for seed in range(20)]
    assert any(text_of(one, "input") == shown and hidden_of(one) == (label, positions) for one in found)


@pytest.mark.parametrize("words", [2, 3, 4, 9, 10, 11, 30, 100])
def test_the_number_of_hidden_words_is_exact(words: int) -> None:
    texts = numbered(20, words)
    for options, expected in (
        ({}, max(1, round(words * 0.15))),
        ({"rate": 0.0}, 1),
        ({"rate": 1.0}, words),
        ({"style": "spanbert"}, math.ceil(words * 0.15)),
        ({"count": 1}, 1),
    ):
        assert {len(hidden_of(pair)[1]) for _, pair in pairs_of("masked-word", texts, **options)} == {expected}


def test_every_word_is_hidden_as_often() -> None:
    pairs = made("masked-word", numbered(4000, 20))
    position = pairs.labels["label_position"]
    assert isinstance(position, Lists)
    assert isinstance(position.items, np.ndarray)
    assert all(agrees(one, 4000, 3 / 20) for one in np.bincount(position.items, minlength=20))


def shares(pairs: Pairs, texts: list[str]) -> tuple[int, dict[str, int]]:
    """How many words are hidden, and how many of them by the mask, a random word or not at all."""
    found = {"mask": 0, "random": 0, "keep": 0}
    for number, row in enumerate(pairs.rows.tolist()):
        words, shown = texts[row].split(" "), text_of(pairs.pair(number), "input").split(" ")
        for one in hidden_of(pairs.pair(number))[1]:
            found["mask" if shown[one] == "[MASK]" else "keep" if shown[one] == words[one] else "random"] += 1
    return sum(found.values()), found


@pytest.mark.parametrize(("random", "keep"), [(0.1, 0.1), (0.3, 0.0), (0.0, 0.5), (0.5, 0.5)])
def test_mask_random_and_kept_words_have_their_shares(random: float, keep: float) -> None:
    texts = numbered(1000, 40)
    total, found = shares(made("masked-word", texts, random=random, keep=keep), texts)
    assert total == 6000
    assert agrees(found["mask"], total, 1 - random - keep)
    assert agrees(found["random"], total, random)
    assert agrees(found["keep"], total, keep)


def test_the_cloze_masks_its_word_always() -> None:
    texts = numbered(300, 6)
    for number in (1, 2):
        total, found = shares(made("masked-word", texts, count=number), texts)
        assert found["mask"] == total == 300 * number


def test_shares_may_differ_from_passage_to_passage() -> None:
    texts = numbered(4, 40)
    pairs = made(
        "masked-word", texts, rate=np.array([0.1, 0.5, 1.0, 0.1]), random=np.zeros(4), keep=np.array([0, 1, 0, 1])
    )
    assert [len(hidden_of(pairs.pair(number))[1]) for number in range(4)] == [4, 20, 40, 4]
    assert [text_of(pairs.pair(number), "input").count("[MASK]") for number in range(4)] == [4, 0, 40, 0]


def test_random_words_have_the_frequencies_of_the_corpus_and_may_be_the_hidden_one() -> None:
    texts = [f"the the the the r{number}" for number in range(3000)]
    pairs = made("masked-word", texts, rate=1.0, random=1.0, keep=0.0)
    shown = [text_of(pairs.pair(number), "input").split(" ") for number in range(len(pairs))]
    drawn = [word for words in shown for word in words]
    assert len(drawn) == 15_000
    for word, share in zip(UNIGRAMS.words, (0.4, 0.3, 0.2, 0.1), strict=True):
        assert agrees(drawn.count(word), len(drawn), share)


def test_unigrams_are_drawn_by_their_counts() -> None:
    table = Unigrams(Strings.of(["a", "b", "c", "d"]), np.array([1, 0, 2, 1]))
    assert list(Unigrams(Strings.of([]), np.zeros(0, np.int64)).drawn(np.zeros(0))) == []
    assert list(table.drawn(np.array([0.0, 0.24, 0.25, 0.5, 0.74, 0.75, np.nextafter(1, 0)]))) == list("aacccdd")


def test_spanbert_decides_once_for_each_run() -> None:
    texts = numbered(400, 60)
    pairs = made("masked-word", texts, style="spanbert", random=0.3, keep=0.3)
    runs = np.zeros(3, int)
    for number, row in enumerate(pairs.rows.tolist()):
        words, shown = texts[row].split(" "), text_of(pairs.pair(number), "input").split(" ")
        positions = hidden_of(pairs.pair(number))[1]
        kinds = {one: 0 if shown[one] == "[MASK]" else 1 if shown[one] == words[one] else 2 for one in positions}
        for one, kind in kinds.items():
            assert kinds.get(one + 1, kind) == kind
            runs[kind] += one - 1 not in kinds
    assert runs.sum() < 400 * 9 / 2  # they are spans, not words
    for count, share in zip(runs, (0.4, 0.3, 0.3), strict=True):
        assert agrees(count, runs.sum(), share)


def test_masks_are_fixed_and_nothing_else() -> None:
    texts = numbered(30, 30)
    pairs = made("masked-word", texts, random=0.4)
    for number in range(len(pairs)):
        assert fixed_text(pairs, number) == "[MASK]" * text_of(pairs.pair(number), "input").count("[MASK]")


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("", {}, "fewer than two words"),
        ("\0 ... \n", {}, "fewer than two words"),
        ("one.", {}, "fewer than two words"),
        ("one.", {"count": 1}, "fewer than two words"),
        ("one two three", {"count": 3}, "fewer than 4 words"),
        ("see [MASK] here", {}, "it contains the marker [MASK]"),
        ("it is ___ then", {"mask": "__"}, "it contains the marker __"),
    ],
)
def test_what_gives_no_pair_is_skipped_with_its_reason(text: str, options: dict[str, Any], reason: str) -> None:
    pairs = made("masked-word", ["one two three four", text, "five six seven eight"], **options)
    assert {name: one.tolist() for name, one in pairs.skipped.items()} == {reason: [1]}
    assert pairs.rows.tolist() == [0, 2]
    for number, source in ((0, "one two three four"), (1, "five six seven eight")):
        put_back(source, pairs.pair(number), options.get("mask", "[MASK]"))


def test_half_a_marker_is_none() -> None:
    for text in ("[MASK is", "MASK] is", "[mask] is"):
        assert len(made("masked-word", [text], count=1)) == 1


@pytest.mark.parametrize(
    ("options", "message"), [({"random": 0.6, "keep": 0.6}, "more than 1"), ({"mask": ""}, "empty")]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        made("masked-word", ["one two"], **options)


@pytest.mark.parametrize("options", VARIANTS)
def test_a_passage_s_pair_does_not_depend_on_the_others(options: dict[str, Any]) -> None:
    assert_alone_as_in_company("masked-word", [*numbered(5, 30), *ODD, *numbered(3, 100)], **options)


def test_blocks_of_nothing() -> None:
    for texts in ([], ["", ""]):
        assert len(made("masked-word", texts)) == 0
        assert len(made("masked-word", texts, style="spanbert")) == 0


@pytest.mark.slow
def test_the_shares_are_those_of_the_reference_collator() -> None:
    transformers = pytest.importorskip("transformers")

    class Tokens:
        """As much of a tokenizer as the collator asks for: word ids from 3 on, 1 the mask."""

        mask_token, mask_token_id, pad_token_id, pad_token = "[MASK]", 1, 0, "[PAD]"

        def __len__(self) -> int:
            return 30_000

        def get_special_tokens_mask(self, ids: list[int], **_: Any) -> list[int]:
            return [int(one < 3) for one in ids]

        def pad(self, examples: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
            return {"input_ids": np.array([one["input_ids"] for one in examples])}

    collate = transformers.DataCollatorForLanguageModeling(Tokens(), mlm=True, return_tensors="np", seed=0)
    ids = np.random.default_rng(0).integers(3, 30_000, (400, 512))
    batch = collate([{"input_ids": row.tolist()} for row in ids])
    chosen = batch["labels"] != -100
    theirs = np.array([(batch["input_ids"] == 1)[chosen].sum(), (batch["input_ids"] == ids)[chosen].sum()])
    texts = numbered(400, 512)
    total, found = shares(made("masked-word", texts), texts)
    assert agrees(chosen.sum(), chosen.size, 0.15)
    assert total == 400 * round(512 * 0.15)
    for mine, other, share in ((found["mask"], theirs[0], 0.8), (found["keep"], theirs[1], 0.1)):
        assert agrees(mine, total, share)
        assert agrees(other, chosen.sum(), share)
