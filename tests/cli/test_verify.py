"""`sslabel verify` says what it found: in lines, as JSON, and by its exit code."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

import sslabel as tool
from tests.engine.drawing import draw_many
from tests.engine.running import sslabel
from tests.look import damaging


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photographs in `raw`, and two data sets of them in `out`."""
    folder = tmp_path_factory.mktemp("verify")
    tool.make(draw_many(folder / "raw", 6), folder / "out", task=["rotation", "colorize:as=bins"], shard_pairs=3)
    return folder


@pytest.fixture
def out(whole: Path, tmp_path: Path) -> Path:
    """The output, to be damaged."""
    return Path(shutil.copytree(whole / "out", tmp_path / "out"))


def test_json_says_all(out: Path) -> None:
    damaging.without_shard(out)
    finished = sslabel("verify", out, "--json", "--read-data")
    report, error = finished.events
    assert (finished.code, report["exit_code"], error["exit_code"]) == (6, 6, 6)
    assert report["tasks"]["rotation"]["missing"] == 0
    assert [one["mend"] for one in report["damage"]] == ["make"]
    assert report["checked"][-1] == "every byte"
    assert report["command"] == f"sslabel verify {shlex.quote(str(out))} --repair --raw RAW"
    assert report["stands_for"] == {"RAW": "what make was given"}


def test_progress_is_told_now_and_then(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sslabel.cli import verify as command

    monkeypatch.setattr(command, "_EVERY", 0.0)
    shown = command._Progress(quiet=False)
    tool.verify(out, decode=True, watcher=shown)
    shown("make again", 1, 4)
    shown.end()
    lines = capsys.readouterr().err.splitlines()
    assert lines[-2].startswith("sslabel: 100%: ")
    assert lines[-1] == "sslabel: 25%: 1 of 4 sources made again"
    monkeypatch.setattr(command, "_EVERY_ON_A_TERMINAL", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    shown = command._Progress(quiet=False)
    shown("read", 5, 10)
    shown.end()
    assert capsys.readouterr().err.split("\r") == ["", "sslabel: 50%: 5 B of 10 B read", " " * 30, ""]


def test_all_is_well(out: Path) -> None:
    finished = sslabel("verify", out)
    assert (finished.code, finished.err) == (0, "")
    assert "well: the plan, records, sizes, structure, keys, in " in finished.out
    assert "--read-data hashes every byte" in finished.out
    assert sslabel("verify", out, "--quiet").out == ""


def test_what_cannot_be_done_is_said_in_a_line(whole: Path, out: Path, tmp_path: Path) -> None:
    for arguments, code, message in (
        (["--relabel", "all"], 2, "--relabel makes pairs again from their sources: give --raw"),
        (["--relabel", "half", "--raw", whole / "raw"], 2, "--relabel half: a share such as 1% is needed, or all"),
        (["--raw", whole / "raw"], 2, "--raw is for making pairs again: give --relabel or --repair, too"),
        (["--relabel", "all", "--raw", tmp_path / "gone"], 2, "gone: there is no such file or folder"),
        (["--task", "rotatoin"], 2, "there is no task 'rotatoin'; did you mean rotation?"),
    ):
        finished = sslabel("verify", out, *arguments)
        assert (finished.code, finished.out, finished.err.count("\n")) == (code, "", 1)
        assert message in finished.err


def test_more_damage_than_fits_is_counted(out: Path) -> None:
    for number in range(60):
        shutil.copy(damaging.shards(out)[0], out / "rotation" / f"train-{100 + number:06d}.tar")
    finished = sslabel("verify", out)
    assert finished.code == 6
    assert "damaged: 10 more; --json names them all" in finished.out
    assert finished.err.startswith(f"sslabel: {out}: 60 things damaged; to mend it: sslabel verify ")
    assert len(sslabel("verify", out, "--json").events[0]["damage"]) == 60
