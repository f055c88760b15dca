"""The bytes of the shards depend on the sources, the recipe and the seed, and on nothing around the run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from tests.engine.running import examples, plans, shard_hashes, sources, sslabel

TASKS = ("--task", "colorize", "--task", "small@rotation:all_turns=true", "--noise", "gaussian-noise:sigma=0.05..0.2")
OPTIONS = (*TASKS, "--augment", "color-balance:p=0.5", "--copies", "2", "--split", "train=0.7,test=0.3", "--seed", "5")
SMALL = ("--shard-size", "30kB")


@pytest.fixture(scope="module", params=["webdataset", "parquet"])
def form(request: pytest.FixtureRequest) -> str:
    """Each format of shards in turn."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def expected(form: str, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The hashes of a run with one worker."""
    out = tmp_path_factory.mktemp("expected") / "out"
    finished = sslabel("make", photos, out, *OPTIONS, *SMALL, "--format", form, "--workers", 1)
    assert (finished.code, finished.err) == (0, "")
    hashes = shard_hashes(out)
    assert sum(name.startswith("colorize/train-") for name in hashes) > 2
    assert sum(name.startswith("small/test-") for name in hashes) > 1
    return hashes


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (
            ("--workers", 2, "--deadline", "30s", "--max-error-rate", "0.5", "--verbose"),
            {"TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "1"},
        ),
        (
            ("--workers", 5),
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "2", "COLUMNS": "40"},
        ),
    ],
    ids=["two-workers", "five-workers"],
)
def test_the_surroundings_leave_no_trace(  # noqa: PLR0913, PLR0917 - fixtures and a row of the table
    form: str,
    photos: Path,
    expected: dict[str, str],
    tmp_path: Path,
    arguments: tuple[Any, ...],
    env: dict[str, str],
) -> None:
    out = tmp_path / "out"
    finished = sslabel("make", photos, out, *OPTIONS, *SMALL, "--format", form, *arguments, env=env)
    assert finished.code == 0
    assert shard_hashes(out) == expected


def test_the_place_leaves_no_trace(form: str, photos: Path, expected: dict[str, str], tmp_path: Path) -> None:
    copy = tmp_path / "mnt" / "disk" / "raw pictures"
    for path in sorted((one for one in photos.rglob("*") if one.is_file()), reverse=True):
        target = copy / path.relative_to(photos)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    here = tmp_path / "here"
    here.mkdir()
    before = os.umask(0o077)
    try:
        raw = Path("..") / "mnt" / "disk" / "raw pictures"
        finished = sslabel("make", raw, "out", *OPTIONS, *SMALL, "--format", form, cwd=here)
    finally:
        os.umask(before)
    assert finished.code == 0
    assert shard_hashes(here / "out") == expected


def test_each_seed_gives_shards_of_its_own(photos: Path, tmp_path: Path) -> None:
    seen = []
    for seed in (0, 1, -1):
        tool.make(photos, tmp_path / str(seed), task="rotation", seed=seed, shard_size="30kB")
        seen += list(shard_hashes(tmp_path / str(seed)).values())
    assert len(set(seen)) == len(seen) > 6


@pytest.mark.parametrize("form", ["webdataset", "parquet"])
def test_tasks_give_the_same_examples_together_and_alone(photos: Path, tmp_path: Path, form: str) -> None:
    options: dict[str, Any] = {"noise": "gaussian-noise", "copies": 2, "seed": 9, "format": form}
    tool.make(photos, tmp_path / "both", task=["colorize", "rotation"], **options)
    for task in ("colorize", "rotation"):
        tool.make(photos, tmp_path / task, task=task, **options)
        alone = examples(tmp_path / task, task)
        assert len(alone) > 20
        assert alone == examples(tmp_path / "both", task)


def test_shards_of_any_size_hold_the_same_examples_in_the_same_order(many_photos: Path, tmp_path: Path) -> None:
    for size in ("3kB", "20kB", "1GB"):
        tool.make(many_photos, tmp_path / size, task="rotation", shard_size=size)
    assert len(shard_hashes(tmp_path / "3kB")) > len(shard_hashes(tmp_path / "20kB")) > 1
    orders = {size: sources(tmp_path / size, "rotation") for size in ("3kB", "20kB", "1GB")}
    assert orders["3kB"] == orders["20kB"] == orders["1GB"]
    seen = {size: examples(tmp_path / size, "rotation") for size in orders}
    assert seen["3kB"] == seen["20kB"] == seen["1GB"]


def test_another_source_changes_no_other_example(photos: Path, tmp_path: Path) -> None:
    shutil.copytree(photos, tmp_path / "more")
    shutil.copyfile(photos / "birds" / "b1.jpg", tmp_path / "more" / "birds" / "a_new_one.jpg")
    tool.make(photos, tmp_path / "before", task="rotation", noise="gaussian-noise")
    tool.make(tmp_path / "more", tmp_path / "after", task="rotation", noise="gaussian-noise")
    before, after = examples(tmp_path / "before", "rotation"), examples(tmp_path / "after", "rotation")
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 1


def test_the_plan_names_the_versions_and_no_place(photos: Path, tmp_path: Path) -> None:
    tool.make(photos, tmp_path / "out", task="rotation")
    (plan,) = plans(tmp_path / "out")
    assert {"sslabel", "numpy", "pillow", "pyarrow", "machine"} <= set(plan["versions"])
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert os.fsencode(tmp_path) not in path.read_bytes(), path
            assert os.fsencode(photos) not in path.read_bytes(), path
