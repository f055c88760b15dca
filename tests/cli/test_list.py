"""`sslabel list` says what there is, read off the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sslabel.registry import all_of
from tests.engine.running import sslabel

KINDS = {"tasks": "task", "noises": "noise", "readers": "reader", "writers": "writer"}
PLUGIN = '''
from sslabel import Category, Pair, Picture
from sslabel.registry import task

@task("image", needs={"color"})
def own(picture: Picture, rng, *, amount: float = 0.5) -> Pair:
    """Say \x1b[31mred\x1b[0m.

    amount: how much of it
    """
    return Pair(picture, Category(0, ("a", "b")))
'''


@pytest.fixture(scope="module")
def listed() -> dict[tuple[str, str], dict[str, Any]]:
    """All that the command lists as JSON."""
    finished = sslabel("list", "--json")
    assert (finished.code, finished.err) == (0, "")
    return {(event["kind"], event["name"]): event for event in finished.events}


def test_everything_that_is_registered_is_listed(listed: dict[tuple[str, str], dict[str, Any]]) -> None:
    expected = {(kind, name) for kind in KINDS.values() for name in all_of(kind)}
    assert set(listed) == expected
    assert {
        ("task", "colorize"),
        ("noise", "gaussian-noise"),
        ("reader", "pictures"),
        ("task", "masked-word"),
        ("noise", "keyboard-typos"),
        ("reader", "texts"),
        ("writer", "parquet"),
    } <= expected
    assert all(one["summary"] for one in listed.values())


def test_options_are_listed_with_what_they_may_be(listed: dict[tuple[str, str], dict[str, Any]]) -> None:
    options = listed["task", "colorize"]["options"]
    assert (options["as"]["default"], options["as"]["is"]) == ("rgb", "rgb, ab or bins")
    assert listed["noise", "gaussian-noise"]["options"]["sigma"]["is"] == "a number from 0 to 2"
    assert listed["noise", "gaussian-noise"]["options"]["p"]["default"] == "1"
    assert all(option["help"] for one in listed.values() for option in one["options"].values())


@pytest.mark.parametrize("plural", list(KINDS))
def test_a_list_of_one_kind(plural: str) -> None:
    finished = sslabel("list", plural)
    lines = finished.out.splitlines()
    assert (finished.code, lines[0]) == (0, plural)
    assert [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "] == list(
        all_of(KINDS[plural])
    )


def test_one_entry_is_shown_whole() -> None:
    finished = sslabel("list", "tasks", "colorize")
    assert finished.out.startswith("colorize  (image; needs color, geometry, size)\n")
    assert "Zhang, Isola and Efros" in finished.out
    assert finished.out.count("  as=rgb  rgb, ab or bins: ") == 1


@pytest.mark.parametrize("width", [40, 72, 110])
def test_lines_fit_the_terminal(width: int) -> None:
    finished = sslabel("list", env={"COLUMNS": str(width)})
    assert max(len(line) for line in finished.out.splitlines()) <= max(width, 40)


def test_tasks_of_ones_own_are_listed_without_control_characters(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(PLUGIN.replace("\x1b", "\\x1b"), "ascii")
    finished = sslabel("list", "tasks", "--plugin", tmp_path / "own.py")
    assert finished.code == 0
    assert "  own  (image; needs color)" in finished.out
    assert "Say \\x1b[31mred\\x1b[0m." in finished.out
    assert "amount=0.5  a number: how much of it" in finished.out
    assert b"\x1b" not in finished.raw_out
    assert "  own  (" not in sslabel("list", "tasks").out
