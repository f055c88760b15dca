"""The plan: exact quotas, an order that nothing outside of it changes, and units that hold every source once."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.engine.plan import (
    Estimate,
    Plan,
    SplitUnits,
    cut,
    differences,
    identify,
    load_plan,
    load_plans,
    order,
    quotas,
    read_names,
    read_unit,
    unit_sizes,
    versions,
    write_sources,
)
from sslabel.engine.sources import Roots, Sources
from sslabel.errors import DamageError, UsageError
from sslabel.recipe import Recipe, Settings

ROOTS = Roots((b"/raw",))


def listed(count: int, size: int = 1000) -> Sources:
    """As many made-up sources as asked for, in order of their names."""
    return Sources(ROOTS, [0] * count, [b"%06d.jpg" % number for number in range(count)], [size] * count)


def ordered(sources: Sources, **options: Any) -> dict[str, list[str]]:
    """The names of each split, in order."""
    names = list(sources.names())
    return {split: [names[row] for row in rows] for split, rows in order(sources, Settings.read(options))}


@pytest.mark.parametrize(
    ("total", "shares", "expected"),
    [
        (10, {"train": 1.0}, {"train": 10}),
        (0, {"train": 1.0}, {"train": 0}),
        (10, {"train": 0.8, "test": 0.2}, {"train": 8, "test": 2}),
        (10, {"train": 0.75, "test": 0.25}, {"train": 8, "test": 2}),
        (14, {"train": 0.5, "validation": 0.3, "test": 0.2}, {"train": 7, "validation": 4, "test": 3}),
        (100, {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}, {"a": 34, "b": 33, "c": 33}),
        (1_000_000, {"train": 0.98, "validation": 0.02}, {"train": 980_000, "validation": 20_000}),
        (3, {"train": 0.9, "test": 0.1}, {"train": 3, "test": 0}),
    ],
)
def test_quotas(total: int, shares: dict[str, float], expected: dict[str, int]) -> None:
    assert quotas(total, shares) == expected


@given(st.integers(0, 10_000_000), st.lists(st.integers(1, 1000), min_size=1, max_size=6))
def test_quotas_add_up_and_none_is_a_whole_source_off(total: int, weights: list[int]) -> None:
    shares = {f"s{number}": weight / sum(weights) for number, weight in enumerate(weights)}
    counts = quotas(total, shares)
    assert list(counts) == list(shares)
    assert sum(counts.values()) == total
    assert all(abs(counts[name] - share * total) < 1 for name, share in shares.items())


@given(st.permutations(range(12)), st.booleans())
def test_order_depends_on_names_not_on_the_listing(permutation: list[int], shuffle: bool) -> None:
    plain = listed(12)
    moved = Sources(ROOTS, [0] * 12, [plain.paths[row] for row in permutation], [1000] * 12)
    options = {"shuffle": True, "split": "train=0.75,test=0.25", "seed": 3} if shuffle else {"seed": 3}
    assert ordered(moved, **options) == ordered(plain, **options)


def test_order_without_shuffle_is_the_order_of_names() -> None:
    assert ordered(listed(30), shuffle=False) == {"train": list(listed(30).names())}


def test_splits_share_the_sources_and_keep_their_order() -> None:
    whole = ordered(listed(100))["train"]
    parts = ordered(listed(100), split="train=0.7,validation=0.2,test=0.1")
    assert {split: len(names) for split, names in parts.items()} == {"train": 70, "validation": 20, "test": 10}
    for names in parts.values():
        assert names == [name for name in whole if name in set(names)]
    assert sorted(name for names in parts.values() for name in names) == list(listed(100).names())


def test_each_seed_has_its_own_order_and_its_own_split() -> None:
    seen = [ordered(listed(50), seed=seed, split="train=0.5,test=0.5") for seed in range(4)]
    assert len({tuple(one["train"]) for one in seen}) == 4
    assert len({frozenset(one["train"]) for one in seen}) == 4


def test_limit_takes_the_first_of_the_order() -> None:
    assert ordered(listed(50), limit=7)["train"] == ordered(listed(50))["train"][:7]
    assert ordered(listed(50), limit=7, shuffle=False)["train"] == list(listed(50).names())[:7]
    assert ordered(listed(50), limit=500) == ordered(listed(50))


def test_a_split_that_stays_empty_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--split test=0\.1 of 3 sources leaves it empty"):
        ordered(listed(3), split="train=0.9,test=0.1")


@given(
    sizes=st.lists(st.integers(0, 10**6), min_size=1, max_size=80),
    cuts=st.sets(st.integers(1, 79), max_size=2),
    shard_size=st.none() | st.integers(10**4, 10**8),
    shard_pairs=st.integers(1, 100),
    ratio=st.floats(0.001, 10),
    pairs=st.floats(1, 20),
)
def test_units_hold_every_row_once_and_no_more_pairs_than_asked(  # noqa: PLR0913, PLR0917 - what units are cut by
    sizes: list[int], cuts: set[int], shard_size: int | None, shard_pairs: int, ratio: float, pairs: float
) -> None:
    sources = Sources(ROOTS, [0] * len(sizes), [b"%06d.jpg" % number for number in range(len(sizes))], sizes)
    rows = np.random.default_rng(0).permutation(len(sizes))
    pieces = np.split(rows, sorted(one for one in cuts if one < len(sizes)))
    parts = [(f"part{number}", piece) for number, piece in enumerate(pieces)]
    asked = Settings.read({"shard_size": shard_size, "shard_pairs": shard_pairs})
    units = cut(sources, parts, asked, Estimate(ratio, pairs))
    assert [name for name, _ in units] == [name for name, _ in parts]
    for (_, rows_of_split), (_, rows_of_units) in zip(parts, units, strict=True):
        assert np.concatenate(rows_of_units).tolist() == rows_of_split.tolist()
        assert all(len(unit) for unit in rows_of_units)
        if pairs <= shard_pairs:
            assert max(len(unit) for unit in rows_of_units) * pairs <= shard_pairs * (1 + 1e-9)
        else:
            assert {len(unit) for unit in rows_of_units} == {1}


@pytest.mark.parametrize(
    ("count", "size", "options", "estimate", "shards"),
    [
        (1000, 100_000, {"shard_size": "10MB"}, Estimate(), 10),
        (1000, 100_000, {"shard_size": "10MB"}, Estimate(ratio=0.5), 5),
        (1000, 100_000, {"shard_size": "1GB"}, Estimate(), 1),
        (1000, 100_000, {}, Estimate(), 16),  # under 16 shards of 256 MB
        (1000, 10_000, {}, Estimate(), 5),  # but none under 2 MB
        (40, 4_000_000, {}, Estimate(ratio=0.01), 16),  # except where more than 8 MB is read for it
        (100_000, 100_000, {}, Estimate(), 40),
        (1000, 100_000, {"shard_pairs": 25}, Estimate(), 40),
        (1000, 100_000, {"shard_pairs": "1k"}, Estimate(pairs=4), 16),
        (1000, 100_000, {"shard_pairs": 100, "shard_size": "1GB"}, Estimate(pairs=4), 40),
    ],
)
def test_shards_come_out_near_the_size(
    count: int, size: int, options: dict[str, Any], estimate: Estimate, shards: int
) -> None:
    sources = listed(count, size)
    asked = Settings.read(options)
    ((_, units),) = cut(sources, order(sources, asked), asked, estimate)
    assert len(units) == shards
    assert max(map(len, units)) - min(map(len, units)) <= 1


def test_units_have_equal_bytes_not_equal_counts() -> None:
    sources = Sources(ROOTS, [0] * 110, [b"%06d.jpg" % number for number in range(110)], [1000] * 100 + [10_000] * 10)
    asked = Settings.read({"shuffle": False, "shard_size": 100_000})
    ((_, units),) = cut(sources, order(sources, asked), asked, Estimate())
    assert len(units) == 2
    assert abs(len(units[0]) - 100) <= 1


def test_a_shard_is_never_less_than_a_source_however_small_its_size() -> None:
    sources = listed(10, 10**17)
    asked = Settings.read({"shard_size": 1})
    ((_, units),) = cut(sources, order(sources, asked), asked, Estimate())
    assert [len(unit) for unit in units] == [1] * 10


def test_twenty_thousand_sources(tmp_path: Path) -> None:
    sources = listed(20_000, 120_000)
    asked = Settings.read({"split": "train=0.98,validation=0.02"})
    parts = order(sources, asked)
    units = cut(sources, parts, asked, Estimate())
    pieces = [piece for _, part in units for piece in part]
    path = tmp_path / "sources.arrow"
    write_sources(path, sources, pieces)
    assert [len(rows) for _, rows in parts] == [19_600, 400]
    assert unit_sizes(path) == [len(piece) for piece in pieces]
    last = len(pieces) - 1
    assert [one.path for one in read_unit(path, last)] == [sources.paths[row] for row in pieces[last]]
    assert sorted(read_names(path, ROOTS)) == [(name, 120_000) for name in sources.names()]


def test_sources_come_back_from_disk_as_they_are(tmp_path: Path) -> None:
    roots = Roots((b"/a", b"/b"))
    names = [b"plain.jpg", b"new\nline.jpg", b"\xff\xfe.jpg", "日本.jpg".encode(), b""]
    sources = Sources(roots, [0, 1, 0, 1, 1], names, [0, 1, 2, 3, 2**40])
    path = tmp_path / "sources.arrow"
    write_sources(path, sources, [np.array([4, 2]), np.array([0, 1, 3])])
    found = [(one.root, one.path, one.size) for unit in (0, 1) for one in read_unit(path, unit)]
    assert found == [
        (numbers, names[row], size)
        for row, numbers, size in [(4, 1, 2**40), (2, 0, 2), (0, 0, 0), (1, 1, 1), (3, 1, 3)]
    ]


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        ({"seed": 0}, {"seed": 0}, []),
        ({"a": [1, {"b": 2}], "c": None}, {"c": None, "a": [1, {"b": 2}]}, []),
        ({"seed": 0}, {"seed": 1}, ["seed: 0 before, 1 now"]),
        ({"size": None}, {"size": 64}, ["size: none before, 64 now"]),
        ({"keep": []}, {"keep": ["folder"]}, ["keep: none before, folder now"]),
        ({"shuffle": True}, {"shuffle": False}, ["shuffle: true before, false now"]),
        (
            {"split": {"train": 1.0}},
            {"split": {"train": 0.9, "test": 0.1}},
            ["split: train=1 before, train=0.9,test=0.1 now"],
        ),
        ({"task": [{"rotation": {}}]}, {"task": [{"colorize": {}}]}, ["task: rotation before, colorize now"]),
        (
            {"task": [{"rotation": {"all_turns": False}}]},
            {"task": [{"rotation": {"all_turns": True}}, {"colorize": {}}]},
            ["task: rotation:all_turns=false before, rotation:all_turns=true + colorize now"],
        ),
        (
            {"task": [{"colorize": {"as": "rgb"}}]},
            {"task": [{"colorize": {"as": "rgb", "noise": [{"hue": {"shift": 0.1}}]}}]},
            ["task: colorize:as=rgb before, colorize:as=rgb with hue:shift=0.1 now"],
        ),
        ({"plugin": ["aa"]}, {"plugin": ["bb"]}, ["plugin: the files' content"]),
        (
            {"sources": {"count": 2, "bytes": 10, "sha256": "x"}},
            {"sources": {"count": 3, "bytes": 15, "sha256": "y"}},
            ["sources: 2 of 10 bytes before, 3 of 15 now"],
        ),
        ({"seed": 0, "limit": None}, {"seed": 1, "limit": 5}, ["seed: 0 before, 1 now", "limit: none before, 5 now"]),
    ],
)
def test_differences(before: dict[str, Any], now: dict[str, Any], lines: list[str]) -> None:
    assert differences(before, now) == lines


def test_the_identity_is_of_what_is_asked_in_any_order() -> None:
    assert identify({"a": 1, "b": [1, 2]}) == identify({"b": [1, 2], "a": 1})
    assert identify({"a": 1, "b": [1, 2]}) != identify({"a": 1, "b": [2, 1]})


def small_plan() -> Plan:
    """A plan of two splits with three units, of no data set."""
    return Plan(
        identity="0123456789abcdef",
        asked={"task": [], "seed": 0},
        versions=versions(Recipe.of(Settings.read({"task": "rotation"}))),
        formats={"rotation": "webdataset", "colorize": "parquet"},
        schemas={},
        splits=(SplitUnits("train", 0, 2, 9), SplitUnits("test", 2, 1, 3)),
        passed={"hidden names": 2},
        beside={},
    )


def test_a_plan_comes_back_from_disk_as_it_is(tmp_path: Path) -> None:
    plan = small_plan()
    plan.save(tmp_path)
    assert load_plans(tmp_path) == [plan]
    assert (plan.units, plan.sources) == (3, 12)


@pytest.mark.parametrize(
    ("task", "unit", "name"),
    [
        ("rotation", 0, "train-000000.tar"),
        ("rotation", 1, "train-000001.tar"),
        ("rotation", 2, "test-000000.tar"),
        ("colorize", 2, "test-000000.parquet"),
    ],
)
def test_shard_names_count_from_zero_in_each_split(task: str, unit: int, name: str) -> None:
    assert small_plan().shard_name(task, unit) == name


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 99}'])
def test_what_is_no_plan_is_damage(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, "ascii")
    with pytest.raises(DamageError, match=r"plan\.json: "):
        load_plan(path)


def test_versions_name_what_the_bytes_depend_on() -> None:
    found = versions(Recipe.of(Settings.read({"task": "rotation"})))
    assert {"sslabel", "numpy", "opencv-python-headless", "pillow", "pyarrow", "machine"} <= set(found)
    assert found["numpy"] == np.__version__
    assert math.prod(len(one) for one in found.values()) > 0
