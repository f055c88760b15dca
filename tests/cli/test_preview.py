"""`sslabel preview`: what is typed is what is asked for, in a terminal, in a pipe, and as JSON."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sslabel.recipe import settings_options
from tests.cli.test_display import on_terminal
from tests.engine.drawing import save_photo
from tests.engine.running import sslabel
from tests.look.showing import lines

ROOT = Path(__file__).parents[2]


def test_it_has_the_options_of_make_that_say_what_is_made() -> None:
    finished = sslabel("preview", "--help", env={"COLUMNS": "160", "TERMINAL_WIDTH": "160"})
    there = {one for one in settings_options() if f"--{one.replace('_', '-')} " in finished.out}
    panels = {name: one.help.panel for name, one in settings_options().items()}
    assert {"task", "noise", "augment", "seed", "size", "unit", "window"} <= there
    assert {panels[name] for name in set(settings_options()) - there} <= {"What is written", "How it runs"}


def test_plain_lines_in_a_pipe(photos: Path) -> None:
    command = ("--task", "rotation", "--task", "colorize", "--noise", "gaussian-noise:sigma=0.1")
    finished = sslabel("preview", photos / "birds" / "ash.jpg", *command)
    assert (finished.code, finished.err) == (0, "")
    assert re.sub(r"[0-9a-f]{32}", "KEY", finished.out).splitlines() == [
        "rotation · ash.jpg · KEY",
        f"  input  64×64 jpg {re.findall(r'[0-9.]+ kB', finished.out)[0]}",
        f"  label  {re.findall(r'label  (.*)', finished.out)[0]}",
        "  noise  gaussian-noise(sigma=0.1)",
        f"  notes  {re.findall(r'notes  (.*)', finished.out)[0]}",
        "ash.jpg: grey: no |a| or |b| above 5; skipped by colorize",
    ]


def test_json_lines(photos: Path) -> None:
    finished = sslabel("preview", photos / "birds" / "ash.jpg", "--task", "rotation", "--task", "colorize", "--json")
    first, second = finished.events
    assert (first["task"], first["source"], first["fields"]["input"]["width"]) == ("rotation", "ash.jpg", 64)
    assert (second["task"], second["outcome"], second["why"]) == ("colorize", "skipped", "grey: no |a| or |b| above 5")


@pytest.mark.parametrize(
    ("env", "images", "kind"),
    [
        ({"NO_COLOR": "", "COLORTERM": "truecolor"}, (), "38;2;"),
        ({"NO_COLOR": "", "COLORTERM": "", "TERM": "xterm-256color"}, (), "38;5;"),
        ({"NO_COLOR": "", "COLORTERM": "", "TERM": "alacritty"}, (), "38;2;"),
        ({"NO_COLOR": "1"}, (), ""),
        ({"NO_COLOR": "", "TERM": "dumb"}, (), ""),
        ({"NO_COLOR": "", "COLORTERM": "truecolor"}, ("--images", "kitty"), "\x1b_G"),
    ],
)
def test_a_terminal_shows_what_it_can(photos: Path, env: dict[str, str], images: tuple[str, ...], kind: str) -> None:
    command = ["preview", photos / "birds" / "b1.jpg", "--task", "rotation", *images]
    code, seen = on_terminal(command, {**env, "PAGER": "cat"})
    assert code == 0
    assert ("▀" in seen) == kind.startswith("38")
    assert kind in seen
    assert not (set(re.findall(r"38;[25];", seen)) - {kind})
    if not kind:
        assert "\x1b" not in seen
        assert sum(line.count("=") + line.count("-") for line in lines(seen)) > 100
    assert max(len(line) for line in lines(re.sub(r"\x1b_G[^\x1b]*\x1b\\|\x1b\[11A", "", seen))) <= 100


def test_names_and_errors_do_not_touch_the_terminal(tmp_path: Path) -> None:
    name = "\x1b[41m\x1b]0;owned\x07[red]x[bold].jpg"
    save_photo(tmp_path / name, 1)
    (tmp_path / f"{name}.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    code, seen = on_terminal(["preview", tmp_path, "--task", "rotation"], {"NO_COLOR": "1", "PAGER": "cat"})
    assert code == 0
    assert "\x1b" not in seen
    assert "\x07" not in seen
    assert "\\x1b[41m\\x1b]0;owned\\x07[red]x[bold].jpg" in seen
    assert "; excluded" in seen


@pytest.mark.parametrize(
    ("name", "tasks", "why", "outcome", "list_"),
    [
        ("ash.jpg", ["colorize"], "grey: no |a| or |b| above 5; skipped by colorize", "skipped", "tasks colorize"),
        ("torn.jpg", ["rotation", "inpaint"], "0 bytes; excluded", "excluded", "tasks"),
    ],
)
def test_of_what_nothing_is_made_it_is_said(  # noqa: PLR0913, PLR0917
    photos: Path, tmp_path: Path, name: str, tasks: list[str], why: str, outcome: str, list_: str
) -> None:
    shutil.copy(photos / "birds" / "ash.jpg", tmp_path)
    (tmp_path / "torn.jpg").touch()
    command = ("preview", tmp_path / name, *(word for task in tasks for word in ("--task", task)))
    finished = sslabel(*command)
    assert (finished.code, finished.out) == (4, f"{name}: {why}\n")
    words = f"no pair can be made of it this way; `sslabel list {list_}` shows the options"
    assert finished.err == f"sslabel: {tmp_path / name}: {words}\n"
    left, error = sslabel(*command, "--json").events
    assert (left["outcome"], error["type"], error["exit_code"]) == (outcome, "error", 4)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--task", "rotatoin"), 2, "did you mean rotation?"),
        (("--task", "rotation", "--images", "block"), 2, "--images block; did you mean blocks?"),
        (("--task", "word-order"), 4, "no text to read but image; `sslabel list tasks` says what can be made of that"),
        ((), 2, "no task is given"),
    ],
)
def test_errors_are_one_line_and_a_code(photos: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    finished = sslabel("preview", photos / "lone.webp", *arguments)
    assert (finished.code, finished.out, finished.err.count("\n")) == (code, "", 1)
    assert words in finished.err


def test_a_recipe_file_says_it_all(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("task: [rotation]\nseed: 3\nformat: parquet\nsplit: {a: 0.5, b: 0.5}\n")
    finished = sslabel("preview", photos / "lone.webp", "--recipe", tmp_path / "recipe.yaml", "--seed", 4, "--json")
    other = sslabel("preview", photos / "lone.webp", "--task", "rotation", "--seed", 4, "--json")
    assert finished.events == other.events
