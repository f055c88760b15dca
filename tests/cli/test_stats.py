"""`sslabel stats` says what an output holds: in a terminal, in a pipe, as JSON."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.engine.running import environment, sslabel
from tests.look.handmade import Strings, write_out

HOSTILE = Strings(
    names=("\x1b[31mred", "two\nlines"),
    reason="torn \x9b2J\u202e",
    source="a\x07.jpg",
    noise="hue(shift=\x1b[0m)",
    option="\x1b]0;title\x07",
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small output."""
    return write_out(tmp_path_factory.mktemp("stats") / "out", Strings(), shards=2, missing=1)


def in_terminal(columns: int, *arguments: object, env: dict[str, str] | None = None) -> str:
    """What a command shows in a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in environment().items() if name not in {"NO_COLOR", "COLUMNS", "LINES"}}
    command = [sys.executable, "-m", "sslabel", *map(str, arguments)]
    settings = {**kept, "PYTHONIOENCODING": "utf-8", **(env or {})}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=settings)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # as Linux says that the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 0
    return shown.decode("utf-8", "replace").replace("\r\n", "\n")


def test_a_pipe_gets_plain_lines(out: Path) -> None:
    finished = sslabel("stats", out)
    lines = finished.out.splitlines()
    assert lines[0].startswith("handmade: 8 pairs in 2 of 3 shards, ")
    assert "    one  4  50%" in lines
    assert any(re.fullmatch(" +excluded 2 records +single records of a source", line) for line in lines)
    assert all(line.isprintable() and not set(line) & set("█▏#…") for line in lines)


@pytest.mark.parametrize("columns", [20, 41, 80, 200])
def test_a_terminal_gets_bars_that_fit_it(out: Path, columns: int) -> None:
    shown = in_terminal(columns, "stats", out)
    assert max(map(len, shown.splitlines())) <= columns
    assert columns < 41 or "█" in shown


def test_without_colour_or_unicode_bars_are_ascii(out: Path) -> None:
    for env in ({"NO_COLOR": "1"}, {"PYTHONIOENCODING": "latin-1:replace"}):
        assert "    one  4  50%  ####" in in_terminal(80, "stats", out, env=env)


def test_json_has_a_line_for_each_data_set(out: Path) -> None:
    (told,) = sslabel("stats", out, "--json").events
    assert told["type"] == "stats"
    assert (told["task"], told["pairs"], told["shards"], told["shards_planned"]) == ("handmade", 8, 2, 3)
    assert told["fields"]["label"]["class"]["counts"] == {"one": 4, "two": 4}


def test_a_sample_is_said_to_be_one(out: Path) -> None:
    finished = sslabel("stats", out, "--sample", "3")
    assert finished.out.splitlines()[1] == "  4 of 8 pairs looked at"
    assert "looked at" not in sslabel("stats", out, "--sample", "all").out


def test_nothing_from_data_reaches_the_terminal_as_it_is(tmp_path: Path) -> None:
    out = write_out(tmp_path / "out", HOSTILE)
    for shown in (sslabel("stats", out).out, in_terminal(80, "stats", out), sslabel("stats", out, "--json").out):
        assert all(line.isprintable() for line in shown.splitlines())
    assert "\\x1b[31mred" in sslabel("stats", out).out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--task", "handmad"], 2, "there is no task 'handmad'; did you mean handmade?"),
        (["--split", "trian"], 2, "there is no split 'trian'; did you mean train?"),
        (["--sample", "0"], 2, "--sample 0: a number of pairs is needed, or all"),
        (["--sample", "many"], 2, "--sample many: a number of pairs is needed, or all"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(out: Path, arguments: list[str], code: int, message: str) -> None:
    finished = sslabel("stats", out, *arguments)
    assert (finished.code, finished.out) == (code, "")
    assert finished.err.count("\n") == 1
    assert message in finished.err


def test_a_url_is_read_and_one_that_nothing_reads_is_named(out: Path) -> None:
    assert sslabel("stats", f"local://{out}", "--json").out == sslabel("stats", out, "--json").out
    for url, message in (
        ("nowhere://x/y", "Protocol not known: nowhere"),
        (f"local://{out}/x", "no output of sslabel"),
    ):
        finished = sslabel("stats", url)
        assert (finished.code, finished.out, finished.err.count("\n")) == (2, "", 1)
        assert message in finished.err


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    finished = sslabel("stats", tmp_path)
    assert finished.code == 2
    assert finished.err == f"sslabel: {tmp_path}: there is no output of sslabel here\n"


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    out = write_out(tmp_path / "out", Strings())
    shard = out / "handmade" / "train-000000.tar"
    shard.write_bytes(b"\xa5" * shard.stat().st_size)
    finished = sslabel("stats", out)
    assert finished.code == 6
    assert f"{shard} cannot be read" in finished.err
