"""The help of each command opens with an example, and the example runs; no text names what there is not."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def texts() -> Iterator[str]:
    """All that is said anywhere: the strings of the package, messages and help among them, and the README."""
    yield (ROOT / "README.md").read_text("utf-8")
    for path in (ROOT / "sslabel").rglob("*.py"):
        if path.name != "style.py":  # whose names with two dashes are those of a style sheet
            nodes = ast.walk(ast.parse(path.read_text("utf-8")))
            yield from (one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_no_text_names_a_command_or_an_option_that_there_is_not() -> None:
    from typer.main import get_command

    commands: Any = get_command(app)
    given = [one for command in commands.commands.values() for one in command.params]
    options = {name for one in given for name in (*one.opts, *one.secondary_opts)} | {"--help", "--version", "--no"}
    named = [(re.findall(r"(?:`|^\s*|: )sslabel ([a-z]+)", text, re.MULTILINE), text) for text in texts()]
    assert {name for names, text in named for name in names if not text.startswith("sslabel from")} <= set(NAMES)
    assert {name for _, text in named for name in re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", text)} <= options
    assert sum(len(names) for names, _ in named) > 20
