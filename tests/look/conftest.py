"""Outputs of pictures, texts and films, in both formats, with what they were made from; never changed by a test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from tests.clips import moving_clip
from tests.engine import prose
from tests.engine.drawing import draw_many, save_photo
from tests.tasks.video.films import save_film


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photographs in `raw`, and in `out` three data sets of them by two plans, tars and Parquet."""
    folder = tmp_path_factory.mktemp("whole")
    draw_many(folder / "raw", 12)
    save_photo(folder / "raw" / "grey.png", 5, 1, 1)
    tool.make(
        folder / "raw",
        folder / "out",
        task=["rotation", "colorize:as=bins"],
        shard_size=9000,
        split="train=0.7,test=0.3",
    )
    tool.make(folder / "raw", folder / "out", task="masked-patches", format="parquet", shard_pairs=5, copies=2)
    return folder


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of texts, with a corpus's words, records that are left out, and skipped passages."""
    folder = tmp_path_factory.mktemp("texts")
    for number in range(3):
        prose.save(folder / "raw" / f"{number}.txt", ["One", *prose.paragraphs(12, number)])
    records = prose.save_lines(folder / "raw" / "more.jsonl", prose.paragraphs(5, 9))
    records.write_text(records.read_text("utf-8") + '{"rank": 1}\n{torn\n', "utf-8")
    options: dict[str, Any] = {"shard_pairs": 15, "noise": "keyboard-typos", "max_error_rate": 1}
    tool.make(folder / "raw", folder / "out", task=["masked-word", "replaced-word"], **options)
    tool.make(folder / "raw", folder / "out", task="sentence-order", format="webdataset", **options)
    return folder


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of films."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "raw").mkdir()
    for number in range(3):
        save_film(folder / "raw" / f"{number}.mkv", moving_clip(24 + number, 48, 36))
    tool.make(
        folder / "raw", folder / "out", task=["frame-order", "masked-tubes:frames=4,stride=0,patch=8"], shard_size=1
    )
    tool.make(folder / "raw", folder / "out", task="next-frame", format="parquet", shard_pairs=2)
    return folder


@pytest.fixture
def out(whole: Path, tmp_path: Path) -> Path:
    """The output of photographs, to be damaged."""
    return Path(shutil.copytree(whole / "out", tmp_path / "out"))
