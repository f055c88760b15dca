"""Films through the whole tool: what several tasks of one run are given, and what is written of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import sslabel as tool
from sslabel.values import Example
from tests.clips import moving_clip
from tests.engine.running import examples, quarantine, sslabel
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


def test_the_most_frequent_remarks_are_told_and_all_are_listed(tmp_path: Path) -> None:
    said = {}
    (tmp_path / "raw").mkdir()
    for number in range(11):
        bar = 4 + 2 * min(number, 9)

        def letterboxed(number: int, width: int, height: int, bar: int = bar) -> Pixels:
            return np.pad(drawn(number, width, height - 2 * bar), ((bar, bar), (0, 0), (0, 0)))

        height = 48 + 2 * bar
        film = Shot(count=60, size=(64, height), draw=letterboxed, options={"g": "10", "crf": "10"}).film()
        (tmp_path / "raw" / f"{number}.mp4").write_bytes(film)
        said[f"{number}.mp4"] = f"black bars cut off: 64×48 of 64×{height} at (0, {bar})"
    finished = sslabel("make", "--task", "next-frame", "--crop-bars", tmp_path / "raw", tmp_path / "out")
    told = [line.strip() for line in finished.out.splitlines() if "black bars" in line]
    assert told[0] == f"2 sources (10.mp4 first): {said['9.mp4']}"
    assert len(told) == 8
    assert f"2 more remarks: {tmp_path / 'out'}/.sslabel/remarks.jsonl" in finished.out
    listed = [json.loads(line) for line in (tmp_path / "out/.sslabel/remarks.jsonl").read_text("utf-8").splitlines()]
    assert {one["source"]: one["remark"] for one in listed} == said
    assert len(listed) == 11
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert card.count("black bars") == 8
    assert "2 more remarks: see `.sslabel/remarks.jsonl`." in card


HARMFUL = """
import ctypes, re, time
from sslabel.readers.video.films import Film

decode = Film._decoded_of

def harmful(film, packet):
    frame = film._now
    if film._context.width == 72 and frame is not None and frame.time > 1:
        HARM
    return decode(film, packet)

Film._decoded_of = harmful
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        ("ctypes.string_at(0)", "crashed"),
        # This holds Python's lock, as a decoder that hangs inside of FFmpeg may.
        ("re.match('(a+)+$', 'a' * 40 + 'b')", "deadline"),
        ("raise MemoryError", "record"),
    ],
)
def test_a_decoder_that_crashes_or_hangs_costs_that_film(films: Path, tmp_path: Path, harm: str, kind: str) -> None:
    (tmp_path / "plugin.py").write_text(HARMFUL.replace("HARM", harm), "ascii")
    options = ("--task", "next-frame", "--task", "frame-order", "--deadline", "2", "--plugin", tmp_path / "plugin.py")
    assert sslabel("make", *options, films, tmp_path / "good").code == 0

    def bad(number: int, _: int, height: int) -> Pixels:
        return np.pad(drawn(number, 64, height), ((0, 0), (4, 4), (0, 0)), mode="edge")

    (films / "bad.mp4").write_bytes(Shot(count=125, size=(72, 48), draw=bad).film())
    finished = sslabel("make", *options, films, tmp_path / "out")
    assert finished.code == (0 if kind == "record" else 3)
    for task in ("next-frame", "frame-order"):
        whole, left = examples(tmp_path / "good", task), examples(tmp_path / "out", task)
        assert {key: left[key] for key in whole} == whole
        assert len(left) == len(whole) or kind == "record"
    listed = {(one["source"], one["kind"]) for one in quarantine(tmp_path / "out")}
    assert listed == {("bad.mp4", kind)}
