"""Blocks of texts hold what single texts hold: each operation is what Python's own does, text by text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import (
    Categories,
    Column,
    Lists,
    Pairs,
    Passages,
    Strings,
    Unigrams,
    bounds_of,
    ranges,
    value_at,
)
from sslabel.transforms.text.words import passages_of
from sslabel.values import Category, Numbers, Order, Text, Texts, Value

ODD = ["", "a", "\0", "\r\n", "wren", "e\u0301", "日本", "😀👩‍👧", "\U0010ffff", "\ufeffx", "", "[MASK] %s"]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
texts = st.lists(text, max_size=6)


def plain(block: Strings) -> list[str]:
    """The texts of a block, which is sound in form."""
    assert block.codes.dtype in (np.uint8, np.uint16, np.uint32)
    assert block.codes.itemsize > 1 or block.codes.max(initial=0) < 0x80
    assert block.bounds.dtype == np.int64
    assert block.bounds[0] == 0
    assert block.bounds[-1] == len(block.codes)
    assert (np.diff(block.bounds) >= 0).all()
    assert block.fixed is None or len(block.fixed) == len(block.codes)
    assert list(block) == [block[number] for number in range(len(block))]
    return list(block)


def marked(parts: Sequence[tuple[str, bool]]) -> Strings:
    """Texts each of which is a marker, or not."""
    block = Strings.of([part for part, _ in parts])
    return Strings(block.codes, block.bounds, np.repeat([mark for _, mark in parts], block.lengths).astype(bool))


@given(texts)
def test_texts_come_back_from_a_block(given: list[str]) -> None:
    block = Strings.of(given)
    assert plain(block) == given
    assert block.lengths.tolist() == [len(one) for one in given]
    assert len(block) == len(given)


def test_odd_texts_come_back_too() -> None:
    assert plain(Strings.of(ODD)) == ODD


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(UnicodeEncodeError):
        Strings.of(["a", "\ud800"])


@given(texts, texts)
def test_blocks_are_equal_where_their_texts_are(one: list[str], other: list[str]) -> None:
    assert (Strings.of(one) == Strings.of(other)) is (one == other)
    assert Strings.of(one) == Strings.of(list(one))


def test_blocks_of_the_same_code_points_cut_elsewhere_differ() -> None:
    assert Strings.of(["ab", "c"]) != Strings.of(["a", "bc"])
    assert Strings.of(["a", ""]) != Strings.of(["a"])
    assert Strings.of(["a"]) != "a"


@given(texts)
def test_utf8_is_that_of_the_texts_with_the_places_where_they_begin(given: list[str]) -> None:
    data, bounds = Strings.of(given).utf8()
    assert data == "".join(given).encode()
    assert [data[begin:end].decode() for begin, end in pairwise(bounds)] == given


@given(st.data())
def test_texts_are_taken_by_number_or_by_a_bool_for_each(data: st.DataObject) -> None:
    given = data.draw(texts)
    numbers = data.draw(st.lists(st.integers(0, len(given) - 1), max_size=8)) if given else []
    chosen = data.draw(st.lists(st.booleans(), min_size=len(given), max_size=len(given)))
    block = Strings.of(given)
    assert plain(block.take(np.array(numbers, np.int64))) == [given[number] for number in numbers]
    assert plain(block.take(np.array(chosen, bool))) == [one for one, is_ in zip(given, chosen, strict=True) if is_]


def test_what_is_taken_stays_marked() -> None:
    block = marked([("ab", True), ("", False), ("cde", False), ("f", True)])
    taken = block.take(np.array([3, 2, 0, 0]))
    assert taken.fixed is not None
    assert (plain(taken), taken.fixed.tolist()) == (["f", "cde", "ab", "ab"], [True] + [False] * 3 + [True] * 4)


@given(st.data())
def test_texts_are_chosen_from_two_blocks(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(text, text, st.booleans()), max_size=6))
    one, other = Strings.of([row[0] for row in rows]), Strings.of([row[1] for row in rows])
    chosen = np.array([row[2] for row in rows], bool)
    expected = [row[1] if row[2] else row[0] for row in rows]
    assert plain(one.where(chosen, other)) == expected
    assert one.differs(one.where(chosen, other)).tolist() == [row[2] and row[0] != row[1] for row in rows]


@pytest.mark.parametrize("chosen", [[True, False, True], [True] * 3, [False] * 3])
@pytest.mark.parametrize("marks", [(True, True), (True, False), (False, True)])
def test_chosen_texts_keep_their_marks(chosen: list[bool], marks: tuple[bool, bool]) -> None:
    one, other = Strings.of(["ab", "c", ""]), Strings.of(["x", "", "yz"])
    blocks = [
        Strings(block.codes, block.bounds, np.ones(len(block.codes), bool) if is_ else None)
        for block, is_ in zip((one, other), marks, strict=True)
    ]
    result = blocks[0].where(np.array(chosen), blocks[1])
    expected = [marks[is_] for number, is_ in enumerate(chosen) for _ in range((other if is_ else one).lengths[number])]
    fixed = result.fixed if result.fixed is not None else np.zeros(len(result.codes), bool)
    assert fixed.tolist() == expected
    plain(result)


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ([], [], []),
        (["", "a", "ab"], ["", "a", "ab"], [False, False, False]),
        (["ab", "cd", "ef"], ["ab", "ce", "ef"], [False, True, False]),
        (["a", "bc"], ["ab", "c"], [True, True]),
        (["", "a"], ["a", ""], [True, True]),
        (["ab", "ba"], ["ba", "ab"], [True, True]),
        (["é"], ["e\u0301"], [True]),
    ],
)
def test_which_texts_differ(one: list[str], other: list[str], differ: list[bool]) -> None:
    assert Strings.of(one).differs(Strings.of(other)).tolist() == differ


def test_texts_are_put_together_from_pieces_of_a_pool() -> None:
    pool = Strings.of(["the wren [MASK]"]).codes
    begins, ends = np.array([9, 0, 4, 4, 3]), np.array([15, 4, 8, 4, 4])
    made = Strings.assembled(pool, begins, ends, np.array([0, 2, 2, 5]), np.array([True, False, False, True, False]))
    assert plain(made) == ["[MASK]the ", "", "wren "]
    assert made.fixed is not None
    assert made.fixed.tolist() == [True] * 6 + [False] * 9
    assert Strings.assembled(pool, begins, ends, np.array([0, 5]), np.zeros(5, bool)).fixed is None
    assert plain(Strings.assembled(pool, begins[:0], ends[:0], np.array([0, 0]))) == [""]


def test_pieces_are_texts_of_their_own() -> None:
    block = Strings.of(["one two", "three"])
    assert plain(block.pieces(np.array([0, 4, 7, 2]), np.array([3, 7, 12, 2]))) == ["one", "two", "three", ""]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=8))
def test_ranges(given: list[tuple[int, int]]) -> None:
    begins, lengths = (np.array([row[column] for row in given], np.int64) for column in range(2))
    expected = [place for begin, length in given for place in range(begin, begin + length)]
    assert ranges(begins, lengths).tolist() == expected
    assert ranges(begins, lengths).dtype == np.int64


@given(st.lists(st.integers(0, 9), max_size=8))
def test_bounds(lengths: list[int]) -> None:
    assert bounds_of(lengths).tolist() == [sum(lengths[:number]) for number in range(len(lengths) + 1)]
    assert bounds_of(np.array(lengths, np.uint32)).dtype == np.int64


COLUMNS: list[tuple[Column, list[Value]]] = [
    (Strings.of(ODD), [Text(one) for one in ODD]),
    (Categories(np.array([1, 0]), ("no", "yes")), [Category(1, ("no", "yes")), Category(0, ("no", "yes"))]),
    (Lists(Strings.of(["a", "", "b"]), np.array([0, 2, 2, 3])), [Texts(("a", "")), Texts(()), Texts(("b",))]),
    (
        Lists(np.array([3, -1, 4], np.int32), np.array([0, 1, 3])),
        [Numbers(np.array([3], np.int32)), Numbers(np.array([-1, 4], np.int32))],
    ),
    (
        Lists(np.array([0, 2, 0, 1], np.int32), np.array([0, 1, 1, 4]), Order),
        [Order((0,)), Order(()), Order((2, 0, 1))],
    ),
]


@pytest.mark.parametrize(("column", "values"), COLUMNS, ids=lambda one: type(one).__name__)
def test_the_values_of_a_column(column: Column, values: list[Value]) -> None:
    assert len(column) == len(values)
    assert [value_at(column, number) for number in range(len(column))] == values


def test_a_pair_of_several() -> None:
    inputs = {"input": Strings.of(["a", "b"]), "input_next": Strings.of(["c", "d"])}
    labels: dict[str, Column] = {
        "label": Categories(np.array([0, 1]), ("no", "yes")),
        "label_at": Lists(np.arange(2, dtype=np.int32), np.arange(3)),
    }
    pairs = Pairs(np.array([0, 3]), inputs, labels, {"order": ["psm", "spm"]}, {"empty": np.array([1, 2])})
    assert len(pairs) == 2
    pair = pairs.pair(1)
    assert pair.inputs == {"input": Text("b"), "input_next": Text("d")}
    assert pair.labels == {"label": Category(1, ("no", "yes")), "label_at": Numbers(np.array([1], np.int32))}
    assert pair.notes == {"order": "spm"}


SOME = ["The wren sings.", "", "  ", "Who has not heard it, the wren's song?", "日本語の文章", "...", "one"]


def passages(given: Sequence[str]) -> Passages:
    """A block whose fields and documents tell its passages apart."""
    made = passages_of(Strings.of(given), [f"a.txt#{number}" for number in range(len(given))])
    documents = np.arange(len(given)) // 2
    return Passages(made.text, made.sources, documents, made.begins, made.ends, made.bounds, {"title": list(given)})


def told(block: Passages) -> list[tuple[Any, ...]]:
    """All that a block says of each passage."""
    words = plain(block.words)
    assert block.passage.tolist() == [
        number for number, count in enumerate(block.counts.tolist()) for _ in range(count)
    ]
    return [
        (
            block.text[number],
            block.sources[number],
            int(block.documents[number]),
            words[block.bounds[number] : block.bounds[number + 1]],
            block.fields["title"][number],
        )
        for number in range(len(block))
    ]


@pytest.mark.parametrize("numbers", [[], [0], [6, 0, 3, 3], list(range(7)), [1, 2]])
def test_passages_are_taken_with_all_that_is_known_of_them(numbers: list[int]) -> None:
    block = passages(SOME)
    everything = told(block)
    taken = block.take(np.array(numbers, np.int64))
    assert told(taken) == [everything[number] for number in numbers]
    assert everything == told(passages(SOME))


def test_words_are_drawn_by_how_often_they_stand_in_the_corpus() -> None:
    unigrams = Unigrams(Strings.of(["the", "wren", "sings"]), np.array([5, 3, 2]))
    assert list(unigrams.drawn(np.arange(10) / 10)) == ["the"] * 5 + ["wren"] * 3 + ["sings"] * 2
    assert list(unigrams.drawn(np.array([np.nextafter(1, 0)]))) == ["sings"]
    assert list(unigrams.drawn(np.array([]))) == []


def test_nothing_of_a_block_is_changed_in_place() -> None:
    block = passages(SOME)
    for array in (block.text.codes, block.text.bounds, block.begins, block.ends, block.bounds, block.documents):
        array.flags.writeable = False
    other = Strings.of([one.upper() for one in SOME])
    told(block.take(np.array([3, 1])))
    block.text.where(np.arange(len(SOME)) % 2 == 0, other).utf8()
    assert block.text.differs(other).tolist() == [one != one.upper() for one in SOME]


def test_pieces_are_put_in_places() -> None:
    text = Strings.of(["one two", "", "three"])
    pool = np.concatenate([text.codes, Strings.of(["_X"]).codes])
    places = np.array([0, 4, 9]), np.array([3, 7, 9]), np.array([0, 2, 2, 3])
    made = text.spliced(places, pool, np.array([12, 4, 13]), np.array([13, 5, 14]), np.array([True, False, True]))
    assert list(made) == ["_ t", "", "thXree"]
    assert made.fixed is not None
    assert made.fixed.tolist() == [True, False, False, False, False, True, False, False, False]
    assert text.spliced(places, pool, *places[:2]) == text
