"""What is not damaged is never called so, and looking at it changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.errors import UsageError
from sslabel.registry import all_of
from tests.engine import prose
from tests.engine.drawing import save_photo
from tests.engine.running import ended, sslabel, start, tree, until
from tests.look import damaging
from tests.look.damaging import check_sound

CLIPS = Path(__file__).parents[2] / "sample_data" / "clips"


@pytest.mark.parametrize(
    "options",
    [
        {"task": ["rotation", "colorize:as=ab"], "copies": 2, "keep": "folder", "shard_size": 9000},
        {
            "task": "rotation",
            "fields": "input=png,label=cls",
            "image_format": "png",
            "noise": "hue",
            "keep_clean": True,
        },
        {"task": ["masked-patches", "inpaint"], "format": "parquet", "split": "train=0.8,test=0.2"},
        {"task": ["small@rotation", "colorize:as=bins"], "image_format": "webp", "shard_size": 1, "limit": 7},
        {"task": "super-resolution", "augment": "rotate:degrees=-5..5", "noise": "gaussian-noise:sigma=0.05..0.2"},
    ],
)
def test_pictures_are_never_called_damaged(photos: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    tool.make(photos, tmp_path / "out", **options)
    report = tool.verify(tmp_path / "out", decode=True, relabel="all", raw=photos)
    check_sound(report)
    assert len(report.compared) == 1


@pytest.mark.parametrize("form", ["auto", pytest.param("webdataset", marks=pytest.mark.slow)])
def test_texts_are_never_called_damaged(tmp_path: Path, form: str) -> None:
    for number in range(3):
        prose.save(tmp_path / "raw" / f"{number}.txt", prose.paragraphs(40, number))
    prose.save_lines(tmp_path / "raw" / "more.jsonl", prose.paragraphs(9, 9))
    tasks = ["masked-word", "replaced-word", "sentence-order", "word-order", "span-corruption", "fill-in-the-middle"]
    tool.make(
        tmp_path / "raw", tmp_path / "out", task=tasks, format=form, shard_pairs=20, noise="keyboard-typos", copies=2
    )
    check_sound(tool.verify(tmp_path / "out", decode=True, relabel="all", raw=tmp_path / "raw"))


@pytest.mark.slow
def test_a_long_text_in_ranges_and_films_are_never_called_damaged(tmp_path: Path) -> None:
    prose.save(tmp_path / "texts" / "long.txt", prose.paragraphs(16_000))
    tool.make(tmp_path / "texts", tmp_path / "out", task="word-order", shard_size="200kB")
    tool.make(CLIPS, tmp_path / "out", task="next-frame", size=64, limit=1)
    check_sound(tool.verify(tmp_path / "out", decode=True))
    for name, raw in (("word-order", tmp_path / "texts"), ("next-frame", CLIPS)):
        check_sound(tool.verify(tmp_path / "out", task=name, relabel="all", raw=raw))


@pytest.mark.slow
@pytest.mark.parametrize("form", ["webdataset", "parquet"])
@pytest.mark.parametrize("takes", ["image", "text", "video"])
def test_no_task_in_any_format_is_ever_called_damaged(tmp_path: Path, takes: str, form: str) -> None:
    raw = CLIPS
    if takes == "image":
        raw = tmp_path / "raw"
        for number in range(3):
            save_photo(raw / f"{number}.jpg", number, 500, 440)
    elif takes == "text":
        raw = prose.library(tmp_path / "raw")
    names = [name for name, task in all_of("task").items() if task.takes == takes]
    options: dict[str, Any] = {"size": 96} if takes == "video" else {}
    tool.make(raw, tmp_path / "out", task=names, format=form, split="train=0.5,test=0.5", **options)
    report = tool.verify(tmp_path / "out", decode=True, relabel="all", raw=raw)
    check_sound(report)
    assert set(report.tasks) == set(names)


def test_outputs_of_several_runs_are_never_called_damaged(whole: Path, texts: Path, films: Path) -> None:
    for folder in (whole, texts, films):
        check_sound(tool.verify(folder / "out", decode=True, relabel="all", raw=folder / "raw"))


def test_what_gives_no_pair_is_well(tmp_path: Path) -> None:
    save_photo(tmp_path / "raw" / "tiny.png", 1, 2, 2)
    tool.make(tmp_path / "raw", tmp_path / "out", task="jigsaw", format="parquet")
    tool.make(tmp_path / "raw", tmp_path / "out", task="patch-position")
    check_sound(tool.verify(tmp_path / "out", decode=True, relabel="all", raw=tmp_path / "raw"))


@pytest.mark.slow
def test_a_run_that_is_not_finished_is_not_damaged(whole: Path, tmp_path: Path) -> None:
    options = ("make", whole / "raw", tmp_path / "out", "--task", "colorize:as=bins", "--shard-size", 1)
    process = start(*options, "--workers", 1)
    assert until(lambda: len(list(tmp_path.glob("out/.sslabel/records/*/*.json"))) > 2, process)
    assert tool.verify(tmp_path / "out", decode=True).damage == []
    process.kill()
    ended(process)
    report = tool.verify(tmp_path / "out", decode=True)
    assert (report.damage, report.exit_code, report.missing > 0) == ([], 5, True)
    finished = sslabel("verify", tmp_path / "out")
    assert finished.code == 5
    assert "not made yet: the same make command goes on" in finished.err
    assert tool.verify(tmp_path / "out", repair=True).exit_code == 5
    assert sslabel(*options).code == 0
    check_sound(tool.verify(tmp_path / "out", decode=True, relabel="all", raw=whole / "raw"))


def test_making_what_was_lost_with_make_is_well(whole: Path, out: Path) -> None:
    damaging.without_both(out)
    options: dict[str, Any] = {"shard_size": 9000, "split": "train=0.7,test=0.3"}
    tool.make(whole / "raw", out, task=["rotation", "colorize:as=bins"], **options)
    check_sound(tool.verify(out, read_data=True))
    assert tree(out) == tree(whole / "out")


def test_one_data_set_alone(out: Path) -> None:
    damaging.without_folder(out)  # colorize
    assert tool.verify(out, task=["masked-patches", "rotation"]).exit_code == 0
    assert set(tool.verify(out, task="colorize").tasks) == {"colorize"}
    assert tool.verify(out, task="colorize").exit_code == 6
    with pytest.raises(UsageError, match="there is no task 'masked-patch'; did you mean masked-patches"):
        tool.verify(out, task="masked-patch")


def test_a_folder_without_an_output_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="there is no output of sslabel here"):
            tool.verify(folder, repair=True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".sslabel" / "plans" / "0123").mkdir(parents=True)  # a run was killed while it planned
    with pytest.raises(UsageError, match="there is no output of sslabel here"):
        tool.verify(tmp_path)
    with pytest.raises(UsageError, match="verify is for an output on this machine; copy it here first"):
        tool.verify("s3://bucket/out")


@pytest.mark.parametrize("given", [{"raw": "raw"}, {"plugin": "a.py"}, {"file": "a.json"}, {"workers": 2}])
def test_what_would_be_given_in_vain_is_refused(out: Path, given: dict[str, Any]) -> None:
    with pytest.raises(
        UsageError, match=f"--{next(iter(given))} is for making pairs again: give --relabel or --repair"
    ):
        tool.verify(out, read_data=True, **given)


def test_looking_changes_nothing(whole: Path, out: Path) -> None:
    damaging.stranger(out)

    def state() -> list[tuple[str, int, int]]:
        return sorted((str(path), path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in out.rglob("*"))

    before = state()
    tool.verify(out, decode=True, relabel="all", raw=whole / "raw")
    assert state() == before


def test_leftovers_are_named_and_are_no_damage(out: Path) -> None:
    (out / "rotation" / ".train-000000.tar.tmp-0123").write_bytes(b"x")
    report = tool.verify(out)
    assert report.exit_code == 0
    assert report.notes == [
        "rotation/.train-000000.tar.tmp-0123: left by a run that was stopped, or written by one that goes on"
    ]
