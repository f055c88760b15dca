"""The same command goes on: it makes what is missing or damaged, and ends with the bytes of a run that made it all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.engine.events import Planned, ShardDone, Summary
from tests.engine.running import SMALL, Members, plans, sslabel, temporary_files, tree


def test_an_output_where_nothing_was_made_is_not_left_behind(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "bad.jpg").write_bytes(b"x")
    finished = sslabel(
        "make",
        tmp_path / "raw",
        tmp_path / "deep" / "out",
        "--task",
        "colorize:ab_scale=1,as=ab",
        "--fields",
        "input=png",
    )
    assert finished.code == 2
    assert not (tmp_path / "deep" / "out").exists()


@pytest.fixture
def copied(undisturbed: Members, tmp_path: Path) -> Path:
    """A complete output of one's own."""
    for name, data in undisturbed.items():
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "out"


def stamps(out: Path) -> dict[str, tuple[int, int]]:
    """When each shard and record was written, and its inode."""
    paths = [*out.glob("*/*.tar"), *out.glob(".sslabel/records/*/*.json"), *out.glob(".sslabel/plans/*/*")]
    return {str(path.relative_to(out)): (path.stat().st_mtime_ns, path.stat().st_ino) for path in paths}


def test_a_complete_output_is_left_as_it_is(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    before = stamps(copied)
    finished = sslabel("make", many_photos, copied, *SMALL)
    assert finished.code == 0
    assert "all was done before" in finished.out
    assert stamps(copied) == before
    assert tree(copied) == undisturbed


def test_only_what_is_damaged_is_made_again(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    before = stamps(copied)
    damaged = ["rotation/train-000007.tar", "colorize/train-000003.tar", "rotation/train-000011.tar"]
    for name, size in zip(damaged, (9728, 10_752, 0), strict=True):
        assert (copied / name).stat().st_size == 10_240
        os.truncate(copied / name, size)
    (copied / "colorize" / "train-000007.tar").unlink()
    (copied / ".sslabel" / "records" / "rotation" / "000009.json").unlink()
    again = sorted([*damaged, "colorize/train-000007.tar", "rotation/train-000009.tar"])
    finished = sslabel("make", many_photos, copied, *SMALL, "--json")
    assert finished.code == 0
    done = [f"{event['task']}/{event['shard']}" for event in finished.events if event["type"] == "shard"]
    assert sorted(done) == again
    assert finished.events[-1]["made_shards"] == len(again)
    after = stamps(copied)
    changed = [name for name in before if after[name] != before[name] and name.endswith(".tar")]
    assert sorted(changed) == again
    assert tree(copied) == undisturbed


def test_what_is_torn_is_swept(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    for name in ("rotation/.train-000003.tar.tmp-0123456789ab", ".sslabel/records/rotation/.000003.json.tmp-00"):
        (copied / name).write_bytes(b"torn")
    assert len(temporary_files(copied)) == 2
    assert sslabel("make", many_photos, copied, *SMALL).code == 0
    assert tree(copied) == undisturbed


def test_cards_that_are_gone_are_written_again(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    for name in ("README.md", "croissant.json", ".sslabel/quarantine.jsonl"):
        (copied / name).unlink()
    assert sslabel("make", many_photos, copied, *SMALL).code == 0
    assert tree(copied) == undisturbed


def test_files_beside_the_shards_that_are_gone_are_written_again(
    many_photos: Path, undisturbed: Members, copied: Path
) -> None:
    (copied / "colorize" / "ab_classes.json").unlink()
    assert sslabel("make", many_photos, copied, *SMALL).code == 0
    assert tree(copied) == undisturbed


def test_a_record_that_is_none_of_ours_is_named_and_can_be_removed(
    many_photos: Path, undisturbed: Members, copied: Path
) -> None:
    record = copied / ".sslabel" / "records" / "rotation" / "000002.json"
    record.write_text("{", "ascii")
    finished = sslabel("make", many_photos, copied, *SMALL)
    assert finished.code == 6
    assert f"{record}: not a commit record" in finished.err
    record.unlink()
    assert sslabel("make", many_photos, copied, *SMALL).code == 0
    assert tree(copied) == undisturbed


def test_events_tell_what_was_done_before(photos: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"task": "rotation", "shard_size": "1"}
    seen: list[object] = []
    tool.make(photos, tmp_path / "out", report=seen.append, **options)
    (planned,) = (event for event in seen if isinstance(event, Planned))
    assert (planned.units, planned.done_units, planned.done_sources, planned.sources) == (14, 0, 0, 14)
    for unit in (0, 5):
        (tmp_path / "out" / "rotation" / f"train-{unit:06d}.tar").unlink()
    seen = []
    tool.make(photos, tmp_path / "out", report=seen.append, **options)
    (planned,) = (event for event in seen if isinstance(event, Planned))
    assert (planned.units, planned.done_units, planned.done_sources, planned.sources) == (14, 12, 12, 14)
    made = sorted(event.shard for event in seen if isinstance(event, ShardDone))
    assert made == ["train-000000.tar", "train-000005.tar"]
    (summary,) = (event for event in seen if isinstance(event, Summary))
    assert (summary.made_shards, summary.tasks["rotation"]["shards"]) == (2, 14)


def test_another_number_of_workers_goes_on(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    for path in sorted((copied / "colorize").glob("*.tar"))[::3]:
        path.unlink()
    finished = sslabel("make", many_photos, copied, *SMALL, "--workers", 3, "--deadline", "30s")
    assert finished.code == 0
    assert tree(copied) == undisturbed
    assert len(plans(copied)) == 1
