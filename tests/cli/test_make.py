"""`sslabel make`: what is typed is what is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from tests.engine.running import plans, sources, sslabel

RECIPE = """
task: [{colorize: {as: ab, noise: [gaussian-noise]}}]
noise: [pixel-dropout]
seed: 5
size: 40
keep: [folder]
shuffle: false
"""


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (
            (
                "--task small@rotation:all_turns=true --task colorize:as=bins,ab_scale=8"
                " --noise gaussian-noise:sigma=0.1..0.2 --noise gaussian-noise:sigma=0.5,p=0.1"
                " --augment rotate:degrees=-5..5 --copies 2 --keep-clean --seed -3"
            ),
            {
                "task": [{"small@rotation": {"all_turns": True}}, {"colorize": {"as": "bins", "ab-scale": 8}}],
                "noise": ["gaussian-noise:sigma=0.1..0.2", {"gaussian_noise": {"sigma": 0.5, "p": 0.1}}],
                "augment": "rotate:degrees=-5..5",
                "copies": 2,
                "keep_clean": True,
                "seed": -3,
            },
        ),
        (
            (
                "--task rotation --size 48 --fit crop --image-format webp --quality 70 --max-pixels 1M --limit 0.01k"
                " --format webdataset --fields input=webp,label=cls --split train=0.75,test=0.25 --no-shuffle"
                " --shard-size 0.5MB --shard-pairs 3 --keep folder"
            ),
            {
                "task": "rotation",
                "size": 48,
                "fit": "crop",
                "image_format": "webp",
                "quality": 70,
                "max_pixels": 1_000_000,
                "limit": 10,
                "format": "webdataset",
                "fields": {"input": "webp", "label": "cls"},
                "split": {"train": 0.75, "test": 0.25},
                "shuffle": False,
                "shard_size": 500_000,
                "shard_pairs": 3,
                "keep": ["folder"],
            },
        ),
        (
            "--recipe RECIPE --seed 6 --shuffle --noise gaussian-noise:sigma=0.3",
            {
                "task": [{"colorize": {"as": "ab", "noise": ["gaussian-noise"]}}],
                "noise": ["gaussian-noise:sigma=0.3"],
                "seed": 6,
                "size": 40,
                "keep": "folder",
            },
        ),
    ],
)
def test_options_are_those_of_the_python_function(
    photos: Path, tmp_path: Path, typed: str, asked: dict[str, Any]
) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE, "utf-8")
    words = [str(tmp_path / "recipe.yaml") if word == "RECIPE" else word for word in typed.split()]
    finished = sslabel("make", photos, tmp_path / "typed", *words)
    assert (finished.code, finished.err) == (0, "")
    tool.make(photos, tmp_path / "asked", **asked)
    assert plans(tmp_path / "typed") == plans(tmp_path / "asked")


def test_options_may_stand_anywhere(photos: Path, tmp_path: Path) -> None:
    finished = sslabel("make", "--task", "rotation", photos / "hills", "--limit", 3, photos / "birds", tmp_path / "out")
    assert (finished.code, finished.err) == (0, "")
    assert len(sources(tmp_path / "out", "rotation")) == 3


def test_names_that_begin_with_a_hyphen_come_behind_two(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "-raw").symlink_to(photos)
    finished = sslabel("make", "--task", "rotation", "--limit", 2, "--", "-raw", "-out", cwd=tmp_path)
    assert finished.code == 0
    assert len(sources(tmp_path / "-out", "rotation")) == 2
