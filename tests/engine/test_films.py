"""Films through the whole tool: what several tasks of one run are given, and what is written of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sslabel as tool
from sslabel.values import Example
from tests.clips import moving_clip
from tests.filming import Shot

if TYPE_CHECKING:
    from sslabel.values import Pixels

TASKS = ["next-frame", "middle-frame", "frame-order:stride=0.08", "masked-tubes"]


MOVING = moving_clip(125, 64, 48)


def drawn(number: int, width: int, height: int) -> Pixels:
    pixels = MOVING[number].pixels
    assert pixels.shape[:2] == (height, width)
    return pixels


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder with a film of five seconds."""
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "film.mp4").write_bytes(Shot(count=125, draw=drawn).film())
    return folder


def plain(examples: list[Example]) -> list[tuple[str, dict[str, object]]]:
    return [
        (one.key, {name: repr(getattr(value, "pixels", value)) for name, value in one.fields.items()})
        for one in examples
    ]


def test_a_task_is_given_the_same_windows_alone_and_beside_others(films: Path) -> None:
    together = list(tool.pairs(films, task=TASKS))
    for task in TASKS:
        name = task.partition(":")[0]
        alone = list(tool.pairs(films, task=task))
        assert alone
        assert plain([one for one in together if one.task == name]) == plain(alone)


def test_a_window_that_is_asked_for_is_that_of_every_task(films: Path) -> None:
    together = list(tool.pairs(films, task=TASKS[:3], window="2s"))
    assert {one.task for one in together} == {"next-frame", "middle-frame", "frame-order"}
    assert {one.meta["source"] for one in together} <= {"film.mp4#0", "film.mp4#2"}
