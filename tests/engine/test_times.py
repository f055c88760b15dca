"""How long runs took is noted beside the plan, and nothing depends on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import sslabel as tool
from sslabel.engine.times import RunTime, add_run, load_runs
from tests.engine.running import records

RUN = RunTime(seconds=1.5, workers=2, sources=3, pairs=4, bytes=5, shards=6)


def test_runs_come_back_in_their_order(tmp_path: Path) -> None:
    assert load_runs(tmp_path) == []
    add_run(tmp_path, RUN)
    add_run(tmp_path, replace(RUN, workers=7))
    assert [run.workers for run in load_runs(tmp_path)] == [2, 7]


def test_a_line_that_was_cut_short_is_passed_by(tmp_path: Path) -> None:
    add_run(tmp_path, RUN)
    with (tmp_path / "times.jsonl").open("ab") as file:
        file.write(b'{"seconds": 1.5, "wor\n\xff\xfe\n[1]\n{"seconds": 2}\n')
    add_run(tmp_path, RUN)
    assert load_runs(tmp_path) == [RUN, RUN]


def test_a_folder_that_is_gone_costs_nothing_and_is_not_made_again(tmp_path: Path) -> None:
    add_run(tmp_path / "gone", RUN)
    assert not (tmp_path / "gone").exists()


def test_a_run_notes_what_it_made_and_a_run_that_makes_nothing_notes_nothing(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        tool.make(photos, out, task=["rotation", "colorize"], workers=1)
        (path,) = out.glob(".sslabel/plans/*")
        (run,) = load_runs(path)
        assert run.pairs == sum(record["pairs"] for record in records(out))
        assert run.bytes == sum(record["bytes"] for record in records(out))
        assert (run.sources, run.workers, run.shards) == (14, 1, len(records(out)))
        assert run.seconds > 0
