"""Commit records: what is done, read back from disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sslabel.engine.records import Excluded, Record, Tally, load_finished, load_record, record_path
from sslabel.errors import DamageError


def record(unit: int = 0, **changed: Any) -> Record:
    """A record of five sources: three written, one skipped, one excluded."""
    made = Record(
        task="rotation",
        unit=unit,
        plan="abc",
        split="train",
        shard=f"train-{unit:06d}.tar",
        pairs=6,
        bytes=10,
        sha256="00",
        sources=5,
        written=3,
        skipped={"too small": ["é\n.jpg"]},
        excluded=[Excluded("b.jpg", "unreadable", "0 bytes")],
    )
    return replace(made, **changed)


def test_a_record_comes_back_as_it_is(tmp_path: Path) -> None:
    assert load_record(tmp_path, "rotation", 3) is None
    record(3).save(tmp_path)
    assert load_record(tmp_path, "rotation", 3) == record(3)
    assert load_record(tmp_path, "rotation", 4) is None
    assert record_path(tmp_path, "rotation", 3).read_bytes().isascii()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"task": "rotation", "excluded": []}'])
def test_what_is_no_record_is_damage(tmp_path: Path, text: str) -> None:
    path = record_path(tmp_path, "rotation", 0)
    path.parent.mkdir(parents=True)
    path.write_text(text, "ascii")
    with pytest.raises(DamageError, match="remove it, and the same command makes its shard again"):
        load_record(tmp_path, "rotation", 0)


@pytest.mark.parametrize(
    ("size", "plan", "finished"),
    [(10, "abc", True), (9, "abc", False), (11, "abc", False), (None, "abc", False), (10, "x", False)],
)
def test_a_shard_counts_where_it_is_whole_and_of_this_plan(
    tmp_path: Path, size: int | None, plan: str, finished: bool
) -> None:
    record().save(tmp_path / ".sslabel")
    (tmp_path / "rotation").mkdir()
    if size is not None:
        (tmp_path / "rotation" / "train-000000.tar").write_bytes(bytes(size))
    found = list(load_finished(tmp_path, tmp_path / ".sslabel", "rotation", plan, range(2)))
    assert found == ([record()] if finished else [])


def test_a_tally_adds_records_up() -> None:
    tally = Tally()
    for unit, split in enumerate(("train", "train", "test")):
        excluded = [Excluded(f"{unit}.jpg", "unreadable", "0 bytes")]
        tally.add(record(unit, split=split, skipped={"too small": ["a"], "grey": ["b", "c"]}, excluded=excluded))
    assert tally.to_json() == {
        "shards": 3,
        "pairs": 18,
        "bytes": 30,
        "sources": 15,
        "written": 9,
        "skipped": {"too small": 3, "grey": 6},
        "excluded": 3,
        "others": 0,
        "samples_skipped": {},
        "records_excluded": 0,
        "remarks": {},
        "remarked": {},
        "splits": {"train": 12, "test": 6},
    }
    assert Tally().to_json()["pairs"] == 0


def test_a_tally_counts_sources_and_their_records_apart() -> None:
    tally = Tally()
    bad = [Excluded("a.txt#7", "record", "byte 7 is no utf-8"), Excluded("b.txt", "unreadable", "0 bytes")]
    for unit in range(2):
        more = {"samples_skipped": {"no words": 2, "too long": unit}, "remarks": {"a guess": ["c.txt", "d.txt"]}}
        tally.add(record(unit, excluded=bad, records_excluded=150, others=4, **more))
    assert tally.sources_excluded == {"b.txt"}
    found = tally.to_json()
    assert (found["excluded"], found["records_excluded"], found["others"]) == (1, 300, 8)
    assert found["samples_skipped"] == {"no words": 4, "too long": 1}
    assert found["remarks"] == {"a guess": 4}
    assert found["remarked"] == {"a guess": "c.txt"}
