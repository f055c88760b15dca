"""Text tasks on sources: a block of them, one by one, or in another order, with the same outcome for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sslabel.blocks import Categories, Column, Lists, Pairs, Strings
from sslabel.registry import find_task
from sslabel.seeding import BlockDraws, Draws, example_key
from sslabel.transforms.text.words import passages_of, word_bounds
from sslabel.values import Category, Numbers, Order, Pair, Text, Texts


def draws_of(sources: Sequence[str], stage: str, seed: int = 0) -> BlockDraws:
    """The draws of a stage for some sources."""
    return Draws(seed).block([example_key(one, 0, 0) for one in sources], stage)


def made(
    name: str,
    texts: Sequence[str],
    *,
    sources: Sequence[str] | None = None,
    documents: Sequence[int] | None = None,
    seed: int = 0,
    **options: Any,
) -> Pairs:
    """What a task makes of a block of texts, sound in form; each is a source, and a document, of its own."""
    names = sources or [str(number) for number in range(len(texts))]
    passages = passages_of(Strings.of(texts), names)
    if documents is not None:
        passages = replace(passages, documents=np.array(documents, np.int64))
    pairs = find_task(name).function(passages, draws_of(names, name, seed), **options)
    assert isinstance(pairs, Pairs)
    assert (np.diff(pairs.rows) >= 0).all()
    found = [*np.unique(pairs.rows).tolist(), *(one for some in pairs.skipped.values() for one in some.tolist())]
    # Every passage is in the pairs or in exactly one reason.
    assert sorted(found) == list(range(len(texts)))
    for column in [*pairs.inputs.values(), *pairs.labels.values()]:
        assert len(column) == len(pairs)
        assert_sound(column)
    assert all(len(one) == len(pairs) for one in pairs.notes.values())
    assert all(len(one) for one in pairs.skipped.values())
    return pairs


def assert_sound(column: Column) -> None:
    """A column holds what its bounds say, in the right types."""
    if isinstance(column, Categories):
        assert column.indices.dtype == np.int64
        return
    assert column.bounds[0] == 0
    assert column.bounds[-1] == len(column.codes if isinstance(column, Strings) else column.items)
    assert (np.diff(column.bounds) >= 0).all()
    if isinstance(column, Lists):
        assert isinstance(column.items, Strings) or column.items.dtype == np.int32
        if isinstance(column.items, Strings):
            assert_sound(column.items)


def listed(pairs: Pairs) -> list[tuple[int, Pair]]:
    """The pairs, each with the number of its text."""
    return [(row, pairs.pair(number)) for number, row in enumerate(pairs.rows.tolist())]


def reasons(pairs: Pairs) -> dict[int, str]:
    """The texts that gave no pair, and why."""
    return {one: reason for reason, some in pairs.skipped.items() for one in some.tolist()}


def outcomes(name: str, texts: Sequence[str], sources: Sequence[str], **options: Any) -> dict[str, list[Any]]:
    """The pairs, or the reason, of each source."""
    pairs = made(name, texts, sources=sources, **options)
    found: dict[str, list[Any]] = {sources[one]: [reason] for one, reason in reasons(pairs).items()}
    for row, pair in listed(pairs):
        found.setdefault(sources[row], []).append(pair)
    return found


def same_in_any_company(name: str, texts: Sequence[str], **options: Any) -> None:
    """A text's pairs are the same in a block with others, in another order, and alone."""
    sources = [f"{number}.txt" for number in range(len(texts))]
    together = outcomes(name, texts, sources, **options)
    turned = outcomes(name, texts[::-1], sources[::-1], **options)
    alone: dict[str, list[Any]] = {}
    for text, source in zip(texts, sources, strict=True):
        alone |= outcomes(name, [text], [source], **options)
    assert together == turned
    assert together == alone


def text(value: object) -> str:
    """The text of a value that is one."""
    assert isinstance(value, Text)
    return value.text


def texts(value: object) -> list[str]:
    """The texts of a value that is a list of them."""
    assert isinstance(value, Texts)
    return list(value.texts)


def numbers(value: object) -> list[int]:
    """The whole numbers of a value."""
    if isinstance(value, Order):
        return list(value.order)
    assert isinstance(value, Numbers)
    assert value.array.dtype == np.int32
    return [int(one) for one in value.array]


def name_of(value: object) -> str:
    """The name of a class."""
    assert isinstance(value, Category)
    return value.name


def words_of(text: str) -> tuple[list[str], list[str]]:
    """The words of a text, and what stands before, between and behind them."""
    begins, ends, _ = (one.tolist() for one in word_bounds(Strings.of([text])))
    words = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    return words, [text[end:begin] for end, begin in zip([0, *ends], [*begins, len(text)], strict=True)]


def woven(words: Sequence[str], between: Sequence[str]) -> str:
    """The text of words and of what stands before, between and behind them."""
    return between[0] + "".join(word + gap for word, gap in zip(words, between[1:], strict=True))
