"""The help of each command opens with an example, and the example runs."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from sslabel.cli.commands import app
from tests.engine.running import sslabel

ROOT = Path(__file__).parents[2]
NAMES = [str(one.name or one.callback.__name__) for one in app.registered_commands if one.callback is not None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the photos, and an output of them."""
    made = tmp_path_factory.mktemp("help")
    shutil.copytree(ROOT / "sample_data" / "images", made / "photos")
    assert sslabel("make", "--task", "colorize", "photos", "out", cwd=made).code == 0
    return made


@pytest.mark.parametrize("name", NAMES)
def test_help_opens_with_an_example_that_runs(folder: Path, name: str) -> None:
    shown = sslabel(name, "--help", env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"}).out
    (example,) = re.findall(r"Example: sslabel (.*)", shown)
    command = shlex.split(example)
    assert command[0] == name
    if name == "make":
        command[-1] = "other/"
    finished = sslabel(*command, cwd=folder)
    assert (finished.code, finished.err if name != "verify" else "") == (0, "")
    assert finished.out
