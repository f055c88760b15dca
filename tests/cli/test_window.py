"""What a terminal is taken to show, by what it says of itself."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from sslabel.cli.window import colors
from tests.engine.running import environment


@pytest.mark.parametrize(
    ("surroundings", "shown"),
    [
        ({}, "truecolor"),
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "tmux-256color", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "screen"}, "256"),
        ({"TERM": "linux"}, "256"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, None),
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, None),
        ({"NO_COLOR": "", "COLORTERM": "truecolor"}, "truecolor"),
    ],
)
def test_colors_by_what_the_surroundings_say(surroundings: dict[str, str], shown: str | None) -> None:
    assert colors(surroundings) == shown


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
