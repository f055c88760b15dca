"""A draw depends on the seed, the key and the stage, and on nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sslabel.seeding import Draws, digest, example_key

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
