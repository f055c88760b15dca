"""A draw depends on the seed, the key and the stage, and on nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sslabel.blocks import bounds_of
from sslabel.places import Places
from sslabel.seeding import BlockDraws, Draws, digest, example_key, example_keys

KEY = example_key("birds/wren.jpg", 0, 0)


def draw(draws: Draws, key: str, stage: str) -> list[Any]:
    rng = draws.at(key, stage)
    return [rng.random(), int(rng.integers(1 << 40)), *rng.standard_normal(3).tolist(), *rng.permutation(5).tolist()]


def test_the_scheme_is_what_it_always_was() -> None:
    # Shards made before would no longer go on if these changed.
    assert KEY == "112649e56024abd0dc23cbe7bc61392f"
    assert digest("a", "b", size=8).hex() == "42de60bac299d468"
    rng = Draws(7).at(KEY, "rotation")
    assert rng.integers(0, 1 << 62, 3).tolist() == [3022625105282349756, 1844090005605843575, 3347893285106229140]
    assert rng.random() == 0.6564370476133166


def test_a_stage_draws_from_philox_under_its_digest_as_key() -> None:
    key = np.frombuffer(digest("7", KEY, "rotation"), np.uint64)
    fresh = np.random.Generator(np.random.Philox(key=key))
    assert Draws(7).at(KEY, "rotation").random(100).tolist() == fresh.random(100).tolist()


def test_a_digest_is_blake2b_of_the_parts_with_their_lengths() -> None:
    assert digest("ab", "é") == hashlib.blake2b(b"2:ab2:\xc3\xa9", digest_size=16).digest()
    assert digest() == hashlib.blake2b(b"", digest_size=16).digest()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        (["ab"], ["a", "b"]),
        (["a", ""], ["a"]),
        (["", "a"], ["a", ""]),
        (["1:a"], ["a"]),
        (["a1:b"], ["a", "b"]),
        ([], [""]),
        (["a", "b"], ["b", "a"]),
    ],
)
def test_no_two_lists_are_run_together(one: list[str], other: list[str]) -> None:
    assert digest(*one) != digest(*other)


parts = st.lists(st.text(st.sampled_from("01:ab\0é"), max_size=4), max_size=4)


@settings(derandomize=True, max_examples=500)
@given(parts, parts)
def test_a_digest_is_equal_for_equal_lists_only(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


@pytest.mark.parametrize(
    ("source", "copy", "number"),
    [
        ("birds/wren.jpg", 1, 0),
        ("birds/wren.jpg", 0, 1),
        ("birds/wren.jp", 0, 0),
        ("birds/wren.jpg0", 0, 0),
        ("", 0, 0),
    ],
)
def test_another_source_copy_or_number_is_another_key(source: str, copy: int, number: int) -> None:
    key = example_key(source, copy, number)
    assert key != KEY
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")


def test_copy_and_number_do_not_run_together() -> None:
    assert example_key("a", 1, 11) != example_key("a", 11, 1)


def test_the_same_three_give_the_same_draws_whatever_was_drawn_before() -> None:
    expected = draw(Draws(7), KEY, "rotation")
    draws = Draws(7)
    spoils: list[Callable[[np.random.Generator], object]] = [
        lambda rng: rng.random(),
        lambda rng: rng.random(3, dtype=np.float32),
        lambda rng: rng.integers(0, 2, dtype=np.uint32),
        lambda rng: rng.standard_normal(1001),
        lambda rng: rng.bytes(3),
    ]
    for spoil in spoils:
        spoil(draws.at("another key", "another stage"))
        assert draw(draws, KEY, "rotation") == expected


def test_half_a_word_left_over_is_not_carried_to_the_next_stage() -> None:
    draws = Draws(0)
    expected = draws.at(KEY, "b").integers(0, 1 << 32, 4, dtype=np.uint32).tolist()
    draws.at(KEY, "a").integers(0, 1 << 32, dtype=np.uint32)
    assert draws.at(KEY, "b").integers(0, 1 << 32, 4, dtype=np.uint32).tolist() == expected


@pytest.mark.parametrize(
    ("seed", "key", "stage"),
    [
        (8, KEY, "rotation"),
        (-7, KEY, "rotation"),
        (7, KEY, "rotatio"),
        (7, KEY, "rotation/noise"),
        (7, "n" + KEY, "rotation"),
    ],
)
def test_another_seed_key_or_stage_gives_other_draws(seed: int, key: str, stage: str) -> None:
    assert draw(Draws(seed), key, stage) != draw(Draws(7), KEY, "rotation")


def test_the_stages_of_a_key_are_spread_evenly() -> None:
    draws = Draws(0)
    count = 4000
    first = np.array([draws.at(example_key(f"{number}.jpg", 0, 0), "stage").random() for number in range(count)])
    second = np.array([draws.at(example_key(f"{number}.jpg", 0, 0), "other").random() for number in range(count)])
    deviation = 4 / np.sqrt(12 * count)
    assert abs(first.mean() - 0.5) < deviation
    assert abs(second.mean() - 0.5) < deviation
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(count)
    counts = np.histogram(first, bins=10, range=(0, 1))[0]
    assert np.abs(counts - count / 10).max() < 4 * np.sqrt(count * 0.1 * 0.9)


SOURCES = [
    "",
    "a.txt#0",
    "a.txt#1",
    "a.txt#10",
    "日本.txt#7",
    "b.jsonl#3.1",
    *(f"{number}.txt" for number in range(50)),
]


def block(sources: list[str], stage: str = "stage", seed: int = 0, copy: int = 0) -> BlockDraws:
    return Draws(seed).block(example_keys(sources, copy), stage)


@pytest.mark.parametrize("copy", [0, 1, 12])
def test_the_keys_of_a_block_are_those_of_its_examples(copy: int) -> None:
    assert list(example_keys(SOURCES, copy)) == [example_key(source, copy, 0) for source in SOURCES]
    assert list(example_keys([], copy)) == []


def test_the_keys_of_places_are_those_of_their_ids() -> None:
    at = np.array([0, 0, 0, 7, 10, 10**17, 10**18 - 1, 3])
    places = Places("日本#1.txt", at, np.array([0, 1, 10**18 - 1, 0, 2, 0, 0, 0]))
    numbers = np.array([0, 0, 3, 1, 0, 12, 0, 0])
    expected = [example_key(source, 2, number) for source, number in zip(places, numbers.tolist(), strict=True)]
    assert list(example_keys(places, 2, numbers)) == list(example_keys(list(places), 2, numbers)) == expected
    assert len(example_keys(places.take(np.array([], np.int64)), 2)) == 0


@pytest.mark.parametrize(
    "source", ["a.txt#01", "a.txt#0.0", "a.txt#0.01", "a.txt#", "a.txt#-1", "a.txt#٣", "a.txt#0\n"]
)
def test_what_only_looks_like_a_place_is_another_source(source: str) -> None:
    ids = ["a.txt#0", "a.txt#1", "a.txt#3", "a.txt#0.1", "a.txt", source]
    assert len(set(example_keys(ids, 0))) == len(ids)


def test_no_two_places_of_a_file_have_one_key() -> None:
    at, numbers = (one.ravel() for one in np.meshgrid(np.arange(2000), np.arange(50)))
    words = example_keys(Places("a.txt", at, numbers), 0).words
    assert len(np.unique(words[:, 0])) == len(np.unique(words, axis=0)) == len(at)
    bits = np.unpackbits(words[:, :1].copy().view(np.uint8), axis=1).mean(axis=0)
    assert np.abs(bits - 0.5).max() < 5 * 0.5 / np.sqrt(len(at))


def test_the_scheme_of_blocks_is_what_it_always_was() -> None:
    # Shards made before would no longer go on if these changed.
    draws = block(["a.txt#0", "a.txt#10"], seed=7)
    assert draws.each("first").tolist() == [0.6563899348549912, 0.6727068024704967]
    assert draws.over(np.array([0, 2, 3]), "first").tolist() == [
        0.4558874920461925,
        0.5923410666394602,
        0.04131918306355431,
    ]
    assert draws.items(np.array([0, 2, 3])).each("first").tolist() == [
        0.6192114096260795,
        0.28176120927735504,
        0.04716925956701645,
    ]
    assert draws.seeds() == [1634957354011250637, 4935617881700483903]


def drawn(sources: list[str], counts: list[int]) -> list[tuple[Any, ...]]:
    """All that each text of a block can draw."""
    draws, bounds = block(sources), bounds_of(counts)
    over, items, seeds = draws.over(bounds, "over"), draws.items(bounds), draws.seeds()
    inner = items.over(bounds_of([2] * len(items)), "inner").reshape(-1, 2)
    return [
        (
            draws.each("each")[number],
            over[bounds[number] : bounds[number + 1]].tolist(),
            items.each("item")[bounds[number] : bounds[number + 1]].tolist(),
            inner[bounds[number] : bounds[number + 1]].tolist(),
            seeds[number],
        )
        for number in range(len(sources))
    ]


def test_what_a_text_draws_does_not_depend_on_its_block() -> None:
    counts = [number % 7 for number in range(len(SOURCES))]
    together = drawn(SOURCES, counts)
    alone = [drawn([source], [count])[0] for source, count in zip(SOURCES, counts, strict=True)]
    assert together == alone
    assert drawn(SOURCES[::-1], counts[::-1])[::-1] == together


@settings(derandomize=True, max_examples=50)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_an_item_draws_by_its_number_in_its_text(counts: list[int]) -> None:
    sources = [f"{number}.txt" for number in range(len(counts))]
    some, more = drawn(sources, counts), drawn(sources, [count + 3 for count in counts])
    for (_, over, items, inner, _), (_, over_more, items_more, inner_more, _) in zip(some, more, strict=True):
        assert over == over_more[: len(over)]
        assert items == items_more[: len(items)]
        assert inner == inner_more[: len(inner)]


def test_taken_draws_are_those_of_these_texts() -> None:
    draws = block(SOURCES)
    each = draws.each("each")
    numbers = np.array([5, 0, 5, 2])
    chosen = np.arange(len(SOURCES)) % 3 == 1
    assert draws.take(numbers).each("each").tolist() == each[numbers].tolist()
    assert draws.take(chosen).each("each").tolist() == each[chosen].tolist()
    assert len(draws.take(chosen)) == chosen.sum()


def test_empty_blocks_and_texts_without_items_draw_nothing() -> None:
    draws = block([])
    assert (len(draws), draws.each("a").tolist(), draws.over(np.array([0]), "a").tolist()) == (0, [], [])
    assert len(draws.items(np.array([0]))) == 0
    assert block(["a", "b"]).over(np.array([0, 0, 0]), "a").tolist() == []


@pytest.mark.parametrize("seeds", [(0, 1), (0, -1), (1, 11)])
def test_another_seed_stage_copy_or_name_gives_a_block_other_draws(seeds: tuple[int, int]) -> None:
    found = [
        block(SOURCES, seed=seed, stage=stage, copy=copy).each(name).tolist()
        for seed in seeds
        for stage in ("stage", "stage/noise")
        for copy in (0, 1)
        for name in ("a", "b", "")
    ]
    numbers = [number for some in found for number in some]
    assert len(set(numbers)) == len(numbers)


def is_uniform(numbers: Any) -> bool:
    """Whether numbers are spread evenly over [0, 1), within four standard deviations."""
    flat = np.asarray(numbers).ravel()
    counts = np.histogram(flat, bins=10, range=(0, 1))[0]
    return bool(
        flat.min() >= 0
        and flat.max() < 1
        and abs(flat.mean() - 0.5) < 4 / np.sqrt(12 * len(flat))
        and np.abs(counts - len(flat) / 10).max() < 4 * np.sqrt(len(flat) * 0.09)
    )


def test_draws_of_blocks_are_uniform_and_independent() -> None:
    count, items = 20_000, 8
    draws = block([f"{number}.txt" for number in range(count)])
    bounds = np.arange(count + 1) * items
    over = draws.over(bounds, "over").reshape(count, items)
    inner = draws.items(bounds).each("item").reshape(count, items)
    columns = [draws.each("one"), draws.each("other"), *over.T, *inner.T, draws.over(bounds, "more")[::items]]
    assert all(is_uniform(column) for column in columns)
    assert is_uniform(over)
    correlations = np.corrcoef(columns)
    np.fill_diagonal(correlations, 0)
    assert np.abs(correlations).max() < 4.5 / np.sqrt(count)  # of 171 pairs
    # From one text to the next, too, and from one item to the next.
    assert abs(np.corrcoef(over[:-1].ravel(), over[1:].ravel())[0, 1]) < 4 / np.sqrt(over.size)
    assert abs(np.corrcoef(over.ravel()[:-1], over.ravel()[1:])[0, 1]) < 4 / np.sqrt(over.size)


def test_a_long_text_draws_evenly_and_nothing_twice() -> None:
    over = block(["a.txt"]).over(np.array([0, 200_000]), "over")
    assert is_uniform(over)
    assert len(np.unique(over)) == len(over)
