"""What is longer than the window goes through a pager, and nothing else does."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_display import on_terminal
from tests.engine.running import environment, sslabel
from tests.look.handmade import Strings, write_out
from tests.look.showing import SGR


@pytest.mark.parametrize("pager", ["", "less -SR"])
def test_what_is_long_goes_through_a_pager(photos: Path, tmp_path: Path, pager: str) -> None:
    stub = tmp_path / "bin" / "less"
    stub.parent.mkdir()
    stub.write_text('#!/bin/sh\necho "PAGED $LESS $*"\ncat\n')
    stub.chmod(0o755)
    path = {"PATH": f"{stub.parent}:/usr/bin:/bin", "PAGER": pager, "NO_COLOR": ""}
    many = ["preview", photos / "birds" / "b1.jpg", "--task", "rotation", "--count"]
    assert "PAGED" not in on_terminal([*many, 1], path)[1]
    code, seen = on_terminal([*many, 4], path)
    assert (code, "PAGED FRX" in seen, "-SR" in seen) == (0, True, bool(pager))
    assert SGR.sub("", seen).count("rotation · b1.jpg") == 4
    assert "PAGED" not in sslabel(*many, 9, env=path).out
    assert "PAGED" not in on_terminal([*many, 4], {**path, "TERM": "dumb"})[1]


def test_long_lists_go_through_it_too(tmp_path: Path) -> None:
    stub = tmp_path / "shows"
    stub.write_text("#!/bin/sh\necho PAGED\ncat\n")
    stub.chmod(0o755)
    assert on_terminal(["list"], {"PAGER": str(stub)})[1].startswith("PAGED\r\ntasks\r\n")
    assert "PAGED" not in on_terminal(["list", "writers"], {"PAGER": str(stub)})[1]
    assert "PAGED" not in sslabel("list", env={"PAGER": str(stub)}).out
    out = write_out(tmp_path / "out", Strings())
    assert on_terminal(["stats", out], {"PAGER": str(stub)})[1].startswith("PAGED\r\nhandmade: 4 pairs in 1 shard")
    assert "PAGED" not in sslabel("stats", out, env={"PAGER": str(stub)}).out


def test_a_pager_may_be_left_before_the_end(photos: Path, tmp_path: Path) -> None:
    stub = tmp_path / "quits"
    stub.write_text("#!/bin/sh\nhead -c 100 >/dev/null\n")
    stub.chmod(0o755)
    ours, theirs = pty.openpty()
    command = ["preview", str(photos / "lone.webp"), "--task", "rotation", "--count", "200"]
    done = subprocess.run(
        [sys.executable, "-m", "sslabel", *command],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment({"PAGER": str(stub), "TERM": "xterm", "NO_COLOR": ""}),
        check=False,
        timeout=60,
    )
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, done.stderr) == (0, b"")
