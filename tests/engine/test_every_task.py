"""Every picture task, through the engine: in one pass, in both formats, with all that a run may ask for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.engine.events import Summary
from sslabel.registry import all_of
from sslabel.values import Picture
from tests.engine.drawing import save_photo

NAMES = [name for name, task in all_of("task").items() if task.takes == "image"]
PHOTOS = 3


def raw(folder: Path, width: int = 500, height: int = 440) -> Path:
    folder.mkdir()
    for number in range(PHOTOS):
        save_photo(folder / f"{number}.jpg", number, width, height)
    return folder


def made(photos: Path, out: Path, **options: Any) -> Summary:
    summary = tool.make(photos, out, **{"task": NAMES, "workers": 2, **options})
    assert isinstance(summary, Summary)
    assert summary.excluded == 0
    return summary


@pytest.mark.parametrize("form", ["webdataset", "parquet"])
def test_all_tasks_in_one_pass(tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    options = {"size": 420, "copies": 2, "keep_clean": True, "noise": "gaussian-noise:sigma=0.1", "format": form}
    summary = made(raw(tmp_path / "raw"), out, **options)
    for name in NAMES:
        examples = list(tool.read(out, name))
        assert summary.tasks[name]["pairs"] == len(examples)
        assert Counter(str(one.meta["source"]) for one in examples) == {f"{n}.jpg": 2 for n in range(PHOTOS)}
        assert len({one.key for one in examples}) == len(examples)
        for one in examples:
            noisy = {field: value for field, value in one.fields.items() if field.startswith("input")}
            clean = {field.replace("clean", "input", 1) for field in one.fields if field.startswith("clean")}
            assert clean == set(noisy)
            assert one.meta["noise"] == "gaussian-noise(sigma=0.1)"
            pictures = [field for field, value in noisy.items() if isinstance(value, Picture)]
            assert pictures
            assert all(one[field] != one[field.replace("input", "clean", 1)] for field in pictures)


def test_the_original_size_and_the_defaults(tmp_path: Path) -> None:
    summary = made(raw(tmp_path / "raw"), tmp_path / "out")
    assert {name: tally["pairs"] for name, tally in summary.tasks.items()} == dict.fromkeys(NAMES, PHOTOS)


def test_what_is_too_small_is_skipped_with_a_reason(tmp_path: Path) -> None:
    photos = raw(tmp_path / "raw")
    save_photo(photos / "tiny.jpg", 9, 6, 5)
    summary = made(photos, tmp_path / "out")
    for name in NAMES:
        skipped = summary.tasks[name]["skipped"]
        assert summary.tasks[name]["pairs"] + sum(skipped.values()) == PHOTOS + 1
        if name not in ("colorize", "rotation", "restore-image"):  # which take any size
            assert sum(skipped.values()) == 1
            assert all(reason for reason in skipped)
