"""What a run shows: results on stdout, all else on stderr; JSON lines for programs, a bar on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from sslabel.cli.display import Display
from sslabel.engine.events import Planned, Progress, ShardDone, SourceExcluded
from tests.engine.drawing import save_photo
from tests.engine.running import environment, sslabel

COMMAND = ("--task", "colorize", "--task", "rotation", "--shard-size", "30kB")


def on_terminal(arguments: Sequence[object], env: Mapping[str, str]) -> tuple[int, str]:
    """Run the command on a pseudo terminal of 100 columns; its exit code and all that came on the screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    surroundings = {**environment(), "TERM": "xterm-256color", **env}
    process = subprocess.Popen(
        [sys.executable, "-m", "sslabel", *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=surroundings,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            data = os.read(ours, 1 << 16)
        except OSError:  # how Linux says that the other end is closed
            break
        if not data:
            break
        seen += data
    os.close(ours)
    return process.wait(), seen.decode()


def test_a_run_says_what_it_made_and_what_to_do_next(photos: Path, tmp_path: Path) -> None:
    finished = sslabel("make", photos, tmp_path / "out", *COMMAND, "--split", "train=0.5,test=0.5")
    assert (finished.code, finished.err) == (0, "")
    lines = finished.out.splitlines()
    assert re.fullmatch(r"colorize  13 pairs \([67] test, [67] train\) in \d+ shards, [\d.]+ kB", lines[0])
    assert lines[1] == "          skipped 1 source: grey: no |a| or |b| above 5"
    assert re.fullmatch(r"rotation  14 pairs \(7 test, 7 train\) in \d+ shards, [\d.]+ kB", lines[2])
    assert re.fullmatch(r"14 sources, in \d+\.\d s", lines[3])
    assert lines[4] == f"next: sslabel inspect {tmp_path}/out"
    advised = sslabel(*shlex.split(lines[4].removeprefix("next: sslabel ")))
    assert (advised.code, advised.out.count("colorize · ")) == (0, 4)


def test_a_dry_run_says_what_a_run_would_come_to(photos: Path, tmp_path: Path) -> None:
    finished = sslabel("make", photos, tmp_path / "out", *COMMAND, "--dry-run", "--workers", 3)
    assert (finished.code, finished.err) == (0, "")
    lines = finished.out.splitlines()
    assert re.fullmatch(r"14 sources, [\d.]+ kB", lines[0])
    assert re.fullmatch(r"colorize  about 1\d pairs in \d+ shards, [\d.]+ kB; fields input, label", lines[1])
    assert re.fullmatch(r"rotation  about 14 pairs in \d+ shards, [\d.]+ kB; fields input, label", lines[2])
    assert re.fullmatch(r"about \d+\.\d s with 3 workers, from 8 sources timed", lines[3])
    assert re.fullmatch(r"[\d.]+ kB to write, [\d.]+ [kMGT]B free", lines[4])
    assert lines[5:] == ["nothing was written"]
    assert not (tmp_path / "out").exists()


def test_json_lines_end_with_the_summary(photos: Path, tmp_path: Path) -> None:
    finished = sslabel("make", photos, tmp_path / "out", *COMMAND, "--json")
    assert (finished.code, finished.err) == (0, "")
    kinds = [event["type"] for event in finished.events]
    assert (kinds[0], kinds[-1]) == ("plan", "summary")
    assert set(kinds) <= {"plan", "progress", "shard", "excluded", "summary"}
    shards = [event for event in finished.events if event["type"] == "shard"]
    tasks = finished.events[-1]["tasks"]
    for task in ("colorize", "rotation"):
        assert tasks[task]["pairs"] == sum(event["pairs"] for event in shards if event["task"] == task)
        assert tasks[task]["shards"] == sum(event["task"] == task for event in shards)
    assert tasks["colorize"]["skipped"] == {"grey: no |a| or |b| above 5": 1}
    assert finished.events[0]["sources"] == finished.events[-1]["sources"] == 14


def test_json_of_a_dry_run_is_one_line(photos: Path, tmp_path: Path) -> None:
    finished = sslabel("make", photos, tmp_path / "out", *COMMAND, "--json", "--dry-run")
    (event,) = finished.events
    assert (event["type"], event["sources"], set(event["tasks"])) == ("dry-run", 14, {"colorize", "rotation"})
    assert {"bytes", "seconds", "free_bytes", "workers"} <= set(event)


def test_json_of_too_many_exclusions_ends_with_the_error(tmp_path: Path) -> None:
    save_photo(tmp_path / "raw" / "a.jpg", 1)
    (tmp_path / "raw" / "b.jpg").touch()
    finished = sslabel("make", tmp_path / "raw", tmp_path / "out", "--task", "rotation", "--json")
    assert finished.code == 3
    assert [event["type"] for event in finished.events][-2:] == ["summary", "error"]
    assert finished.events[-1]["exit_code"] == 3
    assert finished.events[-2]["excluded"] == 1


@pytest.mark.parametrize("more", [("--dry-run",), ("--verbose",)])
def test_quiet_is_silent(photos: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    finished = sslabel("make", photos, tmp_path / "out", *COMMAND, "--quiet", *more)
    assert (finished.code, finished.out, finished.err) == (0, "", "")


def test_quiet_says_errors(tmp_path: Path) -> None:
    finished = sslabel("make", tmp_path, tmp_path / "out", "--task", "rotation", "--quiet")
    assert (finished.code, finished.out) == (4, "")
    assert finished.err.count("\n") == 1


def test_verbose_names_each_shard(photos: Path, tmp_path: Path) -> None:
    finished = sslabel("make", photos, tmp_path / "out", *COMMAND, "--verbose")
    shards = [path.relative_to(tmp_path / "out") for path in (tmp_path / "out").glob("*/*.tar")]
    lines = finished.err.splitlines()
    assert len(lines) == len(shards) > 2
    for shard in shards:
        assert any(re.fullmatch(rf"sslabel: {shard}: \d+ pairs?, [\d.]+ kB", line) for line in lines)


@pytest.mark.parametrize("env", [{"NO_COLOR": ""}, {"NO_COLOR": "1"}])
def test_a_bar_on_a_terminal(photos: Path, tmp_path: Path, env: dict[str, str]) -> None:
    code, seen = on_terminal(["make", photos, tmp_path / "out", *COMMAND], env)
    assert code == 0
    assert "14/14" in seen
    assert "━" in seen
    assert "skipped" in seen
    assert "14 sources, in " in seen
    assert seen.rindex("━") < seen.index("14 sources, in ")
    colours = re.findall(r"\x1b\[[\d;]*(?:3[0-9]|9[0-7])[\d;]*m", seen)
    if env.get("NO_COLOR"):
        assert not colours


@pytest.mark.parametrize("more", [("--quiet",), ("--json",)])
def test_no_bar_where_it_would_be_in_the_way(photos: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    code, seen = on_terminal(["make", photos, tmp_path / "out", *COMMAND, *more], {})
    assert code == 0
    assert "━" not in seen
    assert "\x1b" not in seen


def test_names_of_sources_do_not_touch_the_terminal(tmp_path: Path) -> None:
    save_photo(tmp_path / "raw" / "a.jpg", 1)
    (tmp_path / "raw" / "\x1b[41m\x1b]0;owned\x07[red]x[bold].jpg").touch()
    arguments = ["make", tmp_path / "raw", tmp_path / "out", "--task", "rotation", "--max-error-rate", 1]
    code, seen = on_terminal(arguments, {})
    assert code == 0
    assert "\x1b[41m" not in seen
    assert "\x1b]0;" not in seen
    assert "\x07" not in seen
    assert "\\x1b[41m\\x1b]0;owned\\x07[red]x[bold].jpg: 0 bytes; excluded" in seen


def test_a_run_that_is_complete_says_so(photos: Path, tmp_path: Path) -> None:
    sslabel("make", photos, tmp_path / "out", *COMMAND)
    finished = sslabel("make", photos, tmp_path / "out", *COMMAND)
    assert finished.code == 0
    assert "14 sources; all was done before" in finished.out
    assert re.fullmatch(r"sslabel: (\d+) of \1 units done before; going on\n", finished.err)


def progress(done: int, **more: Any) -> Progress:
    """Progress of a run over a thousand sources."""
    given: dict[str, Any] = {
        "sources": 1000,
        "done_sources": done,
        "pairs": 2 * done,
        "skipped": 3,
        "excluded": 4,
        "bytes": 5,
        "shards": 6,
        "seconds": 2.0,
        "per_second": done / 2,
        "seconds_left": 61.0,
        **more,
    }
    return Progress(**given)


def test_plain_lines_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Display(as_json=False, quiet=False, verbose=False) as display:
        display(progress(100))
        assert capsys.readouterr().err == ""  # not so soon
        monkeypatch.setattr("sslabel.cli.display._EVERY", 0.0)
        display(progress(250))
        display(progress(0, seconds_left=None))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "sslabel: 250/1,000 sources 25% 125/s ETA 1:01 min pairs 500 skipped 3 excluded 4",
        "sslabel: 0/1,000 sources 0% 0/s ETA ? pairs 0 skipped 3 excluded 4",
    ]


@pytest.mark.parametrize(
    ("options", "out", "err"),
    [
        ({"as_json": True, "quiet": False, "verbose": False}, 4, 0),
        ({"as_json": False, "quiet": True, "verbose": False}, 0, 0),
        ({"as_json": False, "quiet": False, "verbose": False}, 0, 2),
        ({"as_json": False, "quiet": False, "verbose": True}, 0, 3),
    ],
)
def test_where_events_go(capsys: pytest.CaptureFixture[str], options: dict[str, bool], out: int, err: int) -> None:
    with Display(**options) as display:
        display(Planned(["rotation"], 10, 2, 0, 0, {}, ["a/: Permission denied"]))
        for task in ("rotation", "colorize"):
            display(SourceExcluded(task, "b.jpg", "unreadable", "0 bytes"))
        display(ShardDone("rotation", "train-000000.tar", 5, 10_240, "00"))
    shown = capsys.readouterr()
    assert (shown.out.count("\n"), shown.err.count("\n")) == (out, err)
