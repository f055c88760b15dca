"""Shards that are there and are not those that were written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq

import sslabel as tool
from tests.engine.running import tree
from tests.look import damaging
from tests.look.damaging import check_mended, check_named


def test_swapped_shards_are_found_by_their_bytes(whole: Path, out: Path) -> None:
    before = tree(out)
    named = damaging.swapped(out)
    check_named(tool.verify(out, read_data=True), out, *named)
    check_mended(out, whole / "raw", before)


def test_keys_that_stand_twice_are_found(out: Path) -> None:
    """A shard that was written twice, its records agreeing."""
    one, other = [path for path in damaging.shards(out) if path.parent.name == "masked-patches"][:2]
    shutil.copy(one, other)
    pairs = pq.read_metadata(one).num_rows
    damaging.vouch_for(out, other, pairs)
    report = tool.verify(out, read_data=True)
    check_named(report, out, other)
    assert f"{pairs} of its keys stand twice" in report.damage[-1].problem
