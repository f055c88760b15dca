"""Texts, pictures and films mixed in one folder: each task takes its own, and says how many others it passed by."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.engine.unit import Maker
from sslabel.errors import NothingToReadError
from sslabel.seeding import Draws
from sslabel.values import Text
from tests.clips import animation, moving_clip
from tests.engine.drawing import save_photo
from tests.engine.mixing import FRAMES, draw_mixture, save_frames
from tests.engine.running import (
    Job,
    meta,
    quarantine,
    rows,
    shard_hashes,
    sources,
    sslabel,
    tree,
    until,
)
from tests.pictures import encoded, jpeg, noise_pixels, source_file
from tests.recipes import recipe

KINDS = ("next-frame", "rotation", "word-order")
TASKS = [argument for task in KINDS for argument in ("--task", task)]
WINDOWS: dict[str, list[float]] = {
    "clip/": [0, 0.2, 0.4, 0.6],
    "film.avi": [0, 0.2, 0.4, 0.6],
    "loop.gif": [0, 0.2],
    "moving.png": [0],
    "torn.gif": [0],
}
FILMS = [f"{name}#{time:g}" for name, times in WINDOWS.items() for time in times]
PICTURES = [*(f"clip/{number:06d}.jpg" for number in range(1, FRAMES + 1)), "loop.gif", "moving.png", "still.gif"]
PICTURES += ["photos/hill.png", "photos/mist.webp", "photos/wren.jpg", "torn.gif"]
ALL = 1 + 1 + len(PICTURES) + 1


@pytest.fixture(scope="module")
def mixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All kinds in one folder."""
    return draw_mixture(tmp_path_factory.mktemp("raw") / "mixture")


def test_each_task_takes_its_own_and_counts_the_others(mixture: Path, tmp_path: Path) -> None:
    summary: Any = tool.make(mixture, tmp_path / "out", task=list(KINDS), max_error_rate=1)
    assert (summary.sources, summary.excluded, dict(summary.passed)) == (ALL, 0, {"files of other kinds": 1})
    assert sorted(sources(tmp_path / "out", "next-frame")) == FILMS
    assert sorted(sources(tmp_path / "out", "rotation")) == sorted(PICTURES)
    assert {name.split("#")[0] for name in sources(tmp_path / "out", "word-order")} == {"notes/a.txt"}
    tallies = summary.tasks
    assert {task: tally["others"] for task, tally in tallies.items()} == {
        "next-frame": ALL - len(WINDOWS),
        "rotation": ALL - len(PICTURES),
        "word-order": ALL - 1,
    }
    for tally in tallies.values():
        assert tally["written"] + tally["others"] + sum(tally["skipped"].values()) == ALL
    assert tallies["next-frame"]["remarks"] == {"read as folders of numbered frames, 25 a second": 1}
    assert {task: tally["records_excluded"] for task, tally in tallies.items()} == {
        "next-frame": 1,
        "rotation": 0,
        "word-order": 0,
    }
    (bad,) = quarantine(tmp_path / "out")
    assert (bad["source"].split("#")[0], bad["reason"]) == ("torn.gif", "from here on it is cut short")


@pytest.mark.parametrize(
    ("tasks", "count", "passed"),
    [
        ("next-frame", len(WINDOWS), {"files of other kinds": 2, "still pictures": 4}),
        ("rotation", len(PICTURES), {"files of other kinds": 3}),
        ("next-frame word-order", len(WINDOWS) + 1, {"files of other kinds": 1, "still pictures": 4}),
        ("rotation next-frame", ALL - 1, {"files of other kinds": 2}),
    ],
)
def test_only_what_a_task_takes_is_listed(
    mixture: Path, tmp_path: Path, tasks: str, count: int, passed: dict[str, int]
) -> None:
    found = tool.make(mixture, tmp_path / "out", task=tasks.split(), dry_run=True)
    assert (found.sources, dict(found.passed)) == (count, passed)


def test_a_dry_run_knows_each_kind(mixture: Path, tmp_path: Path) -> None:
    found: Any = tool.make(mixture, tmp_path / "out", task=list(KINDS), dry_run=True)
    made = tool.make(mixture, tmp_path / "out", task=list(KINDS), max_error_rate=1)
    for task, tally in made.tasks.items():
        assert tally["pairs"] / 2 <= found.tasks[task]["pairs"] <= 2 * tally["pairs"], task
        assert found.tasks[task]["bytes"] > 0


def test_the_words_of_a_corpus_are_found_among_other_files(mixture: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(mixture, raw)
    for number in range(80):
        save_photo(raw / "more" / f"p{number}.png", number, 12, 12)
    tool.make(raw, tmp_path / "out", task=["rotation", "masked-word"], limit=None)
    assert len(sources(tmp_path / "out", "masked-word")) == 30
    assert len(list(tool.pairs(raw, task=["masked-word"]))) == 30


def test_workers_splits_and_limits_leave_no_trace(mixture: Path, tmp_path: Path) -> None:
    options = (*TASKS, "--shard-size", "20kB", "--split", "train=0.7,test=0.3", "--limit", 30, "--max-error-rate", 1)
    hashes = []
    for workers in (1, 2, 3):
        out = tmp_path / f"out{workers}"
        assert sslabel("make", mixture, out, *options, "--workers", workers).code == 0
        hashes.append(shard_hashes(out))
    assert len(hashes[0]) > 12
    assert hashes[0] == hashes[1] == hashes[2]


def test_a_run_that_is_killed_goes_on(mixture: Path, tmp_path: Path) -> None:
    options = (*TASKS, "--shard-size", "1", "--max-error-rate", 1, "--workers", 2)
    assert sslabel("make", mixture, tmp_path / "whole", *options).code == 0
    undisturbed = tree(tmp_path / "whole")
    (tmp_path / "scratch").mkdir()
    job = Job(options, mixture, tmp_path / "out", tmp_path / "scratch")
    for shards in (5, 40):
        process = job.start()
        if until(lambda least=shards: job.shards >= least, process):  # type: ignore[misc]
            process.kill()
        process.communicate()
        job.wait_for_processes()
        assert job.shards > 0
        assert all(undisturbed[name] == data for name, data in tree(job.out).items() if ".tmp-" not in name)
    before = job.shards
    finished = job.goes_on()
    assert finished.code == 0, finished.err
    assert sum(event["type"] == "shard" for event in finished.events) == len(shard_hashes(job.out)) - before
    assert tree(job.out) == undisturbed


def test_a_folder_or_a_file_alone_is_a_film(mixture: Path, tmp_path: Path) -> None:
    for raw, count, name in ((mixture / "clip", 4, "./#0.2"), (mixture / "loop.gif", 2, "loop.gif#0.2")):
        out = tmp_path / raw.name
        assert tool.make(raw, out, task="next-frame").tasks["next-frame"]["pairs"] == count
        assert name in sources(out, "next-frame")
    for raw, folder in ((mixture / "clip", ""), (mixture, "clip")):
        given = {str(one.meta["source"])[-7:]: one for one in tool.pairs(raw, task="next-frame", keep="folder")}
        assert next(one for name, one in given.items() if "/#0.2" in name).extras["folder"] == Text(folder)


def test_the_frames_of_a_folder_are_written_as_they_are(mixture: Path, tmp_path: Path) -> None:
    tool.make(mixture / "clip", tmp_path / "out", task="next-frame")
    for _, files in rows(tmp_path / "out", "next-frame"):
        names = [f"{round(float(time) * 25) + 1:06d}.jpg" for time in meta(files)["times"].split()]
        fields = ("input_0.jpg", "input_1.jpg", "input_2.jpg", "input_3.jpg", "label.jpg")
        assert [files[field] for field in fields] == [(mixture / "clip" / name).read_bytes() for name in names]


@pytest.mark.parametrize("names", [("a.jpg", "b.png"), ("a.gif",)])
def test_a_folder_of_stills_is_nothing_for_a_video_task(tmp_path: Path, names: tuple[str, ...]) -> None:
    for number, name in enumerate(names):
        save_photo(tmp_path / "raw" / name, number)
    for raw in (tmp_path / "raw", *((tmp_path / "raw" / names[0],) if len(names) == 1 else ())):
        finished = sslabel("make", raw, tmp_path / "out", "--task", "next-frame")
        assert (finished.code, finished.out) == (4, "")
        if raw.is_file():
            assert f"{raw}: no video to read but image; " in finished.err
        else:
            assert f"{raw}: no video to read (.3gp " in finished.err
            assert f"folders of frames); found {len(names)} " in finished.err


def test_numbered_photos_of_several_sizes_are_no_film(tmp_path: Path) -> None:
    for number in range(6):
        save_photo(tmp_path / "raw" / f"IMG_{7 * number:04d}.jpg", number, 40 + 20 * (number % 2), 60)
    with pytest.raises(NothingToReadError, match="found 1 folders of numbered pictures of several sizes, 6 still pic"):
        tool.make(tmp_path / "raw", tmp_path / "out", task="next-frame")
    summary = tool.make(tmp_path / "raw", tmp_path / "out", task="rotation")
    assert (summary.sources, dict(summary.passed)) == (6, {})


def test_numbered_animations_are_films_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for number in range(3):
        data = animation(moving_clip(6, 40, 32), "GIF", [40] * 6)
        (tmp_path / "raw" / f"{number}.gif").write_bytes(data)
    summary = tool.make(tmp_path / "raw", tmp_path / "out", task="next-frame")
    assert (summary.sources, summary.tasks["next-frame"]["pairs"]) == (3, 3)


@pytest.mark.parametrize("data", [b"torn", jpeg(noise_pixels(66, 44))[:1500], encoded(noise_pixels(44, 66), "PNG")])
def test_a_bad_frame_costs_the_windows_that_show_it(tmp_path: Path, data: bytes) -> None:
    folder = save_frames(tmp_path / "raw" / "clip", moving_clip(FRAMES, 66, 44))
    (folder / "000008.jpg").write_bytes(data)
    summary: Any = tool.make(tmp_path / "raw", tmp_path / "out", task="next-frame", max_error_rate=1)
    assert sorted(sources(tmp_path / "out", "next-frame")) == ["clip/#0", "clip/#0.4", "clip/#0.6"]
    assert (summary.excluded, summary.tasks["next-frame"]["records_excluded"]) == (0, 1)
    (bad,) = quarantine(tmp_path / "out")
    assert (bad["source"], bad["kind"]) == ("clip/#0.2", "record")
    assert bad["reason"].startswith("000008.jpg: ")
    assert len(list(tool.pairs(tmp_path / "raw", task="next-frame"))) == 3


def test_frames_that_change_after_the_plan_are_told(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    save_frames(raw / "clip", moving_clip(FRAMES, 66, 44))
    tool.make(raw, out, task="next-frame")
    (raw / "clip" / "000099.jpg").write_bytes(jpeg(noise_pixels(66, 44)))
    finished = sslabel("make", raw, out, "--task", "next-frame")
    assert finished.code == 7
    assert "changed: clip/;" in finished.err


def test_an_animation_that_is_a_still_by_now_is_excluded(tmp_path: Path) -> None:
    file = source_file(tmp_path, encoded(noise_pixels(8, 8), "GIF"), "loop.gif")
    steps = recipe(task=["next-frame", "word-order"])
    (made,) = Maker(steps, {}, Draws(steps.seed)).outcomes(file, ["next-frame", "word-order"])
    (told,) = made["next-frame"].excluded
    assert list(made) == ["next-frame"]
    assert told.reason == "changed since it was planned: it holds nothing of the kind any more"


def test_a_missing_frame_is_a_gap(tmp_path: Path) -> None:
    folder = save_frames(tmp_path / "raw" / "clip", moving_clip(FRAMES, 66, 44))
    (folder / "000008.jpg").unlink()
    summary = tool.make(tmp_path / "raw", tmp_path / "out", task="next-frame")
    assert summary.tasks["next-frame"]["samples_skipped"] == {"frames are missing in the window": 1}
