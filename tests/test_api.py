"""sslabel from Python: `make` and `pairs` in scripts, threads and training loops, with plug-ins of one's own."""

from __future__ import annotations

import inspect
import itertools
import logging
import shutil
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel import Category, Example, Picture
from sslabel.codecs import PictureFormat, encode, field_of
from sslabel.engine.events import Event, Planned, Progress, ShardDone, SourceExcluded, Summary
from sslabel.errors import ErrorRateError, NothingToReadError, UsageError
from sslabel.recipe import settings_options
from tests.engine.drawing import draw_many, save_photo
from tests.engine.running import (
    Members,
    examples,
    meta,
    plans,
    python_path,
    quarantine,
    records,
    script,
    shard_hashes,
    sources,
    sslabel,
    tree,
)


def written(found: Iterable[Example], quality: int = 90) -> dict[str, Members]:
    """Examples as a tar shard would hold them."""
    made: dict[str, Members] = {}
    for one in found:
        fields = [field_of(name, value, PictureFormat(), lossless=False) for name, value in one.fields.items()]
        files = {f"{field.name}.{field.extension}": encode(one[field.name], field, quality) for field in fields}
        assert one.key not in made
        made[one.key] = files
    return made


def without_meta(found: dict[str, Members]) -> dict[str, Members]:
    """Examples without their meta data."""
    return {key: {name: data for name, data in files.items() if name != "meta.json"} for key, files in found.items()}


@pytest.mark.parametrize(
    "options",
    [
        {"task": "rotation", "seed": 4},
        {"task": "rotation:all_turns=true", "noise": ["gaussian-noise:sigma=0.05..0.2", "pixel-dropout"]},
        {"task": "colorize", "augment": "rotate", "noise": {"gaussian-noise": {"sigma": 0.1}}, "keep_clean": True},
        {"task": "rotation", "size": 32, "fit": "crop", "keep": "folder", "limit": 6},
        {"task": "rotation", "shuffle": False},
    ],
)
def test_pairs_are_the_examples_that_make_writes(photos: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    tool.make(photos, tmp_path / "out", **options)
    streamed = list(tool.pairs(photos, **options))
    task = streamed[0].task
    assert written(streamed) == without_meta(examples(tmp_path / "out", task))
    assert [one.meta["source"] for one in streamed] == sources(tmp_path / "out", task)
    found = examples(tmp_path / "out", task)
    assert {one.key: dict(one.meta) for one in streamed} == {key: meta(files) for key, files in found.items()}


def test_epochs_are_the_copies_of_make(photos: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"task": "rotation", "noise": "gaussian-noise", "seed": 2}
    tool.make(photos, tmp_path / "out", copies=4, **options)
    found = examples(tmp_path / "out", "rotation")
    for epoch in range(4):
        expected = {key: files for key, files in found.items() if meta(files)["copy"] == epoch}
        assert written(tool.pairs(photos, epoch=epoch, **options)) == without_meta(expected)
    expected = {key: files for key, files in found.items() if meta(files)["copy"] in (2, 3)}
    assert written(tool.pairs(photos, epoch=1, copies=2, **options)) == without_meta(expected)


def test_several_tasks_stream_side_by_side(photos: Path) -> None:
    together = list(tool.pairs(photos, task=["rotation", "colorize"]))
    for task in ("rotation", "colorize"):
        alone = tool.pairs(photos, task=task)
        assert written(one for one in together if one.task == task) == written(alone)


@pytest.mark.parametrize("shares", [1, 2, 3, 5, 20])
def test_parts_are_disjoint_and_complete(photos: Path, shares: int) -> None:
    whole = [one.key for one in tool.pairs(photos, task="rotation")]
    parts = [[one.key for one in tool.pairs(photos, task="rotation", part=(index, shares))] for index in range(shares)]
    assert sorted(key for part in parts for key in part) == sorted(whole)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    for index, part in enumerate(parts):
        assert part == whole[index::shares]


@pytest.mark.parametrize("part", [(1, 1), (-1, 2), (2, 2), (0, 0)])
def test_parts_that_are_not_there_are_refused_at_once(photos: Path, part: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match=r"i from 0 to n - 1"):
        tool.pairs(photos, task="rotation", part=part)


def test_bad_sources_are_logged_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    raw = draw_many(tmp_path / "raw", 3)
    (raw / "empty.jpg").touch()
    (raw / "text.jpg").write_text("x" * 100, "ascii")
    with caplog.at_level(logging.WARNING, logger="sslabel"):
        found = list(tool.pairs(raw, task="rotation"))
    assert sorted(str(one.meta["source"]) for one in found) == ["p000.jpg", "p001.jpg", "p002.jpg"]
    assert {record.getMessage() for record in caplog.records} == {
        "empty.jpg: left out: 0 bytes",
        "text.jpg: left out: its content is no JPEG, PNG, WebP, BMP, GIF or TIFF",
    }


def test_pairs_writes_nothing(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = tree(photos)
    assert len(list(tool.pairs(photos, task="rotation"))) == 14
    assert tree(photos) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"task": "rotation", "workers": 2}, "pairs writes nothing, so it takes no 'workers'"),
        ({"task": "rotation", "shard_size": "1MB"}, "no 'shard_size'"),
        ({"task": "rotation", "format": "parquet"}, "no 'format'"),
        ({"task": "rotation", "split": "train=1"}, "no 'split'"),
        ({"task": "rotation", "fields": "input=jpg"}, "no 'fields'"),
        ({"task": "rotation", "sede": 1}, "there is no option 'sede'; did you mean seed?"),
        ({}, "no task is given"),
        ({"task": "rotation", "noise": "rotate"}, "alters geometry"),
    ],
)
def test_pairs_refuses_at_once_what_it_cannot_do(photos: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        tool.pairs(photos, **options)
    assert words in str(caught.value)


def test_pairs_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingToReadError):
        tool.pairs(tmp_path, task="rotation")


@pytest.mark.parametrize("split", ["train=1", "train=0.5,test=0.5"])
def test_pairs_takes_the_recipe_that_make_wrote(photos: Path, tmp_path: Path, split: str) -> None:
    tool.make(photos, tmp_path / "out", task="rotation", noise="gaussian-noise", seed=3, split=split)
    (recipe,) = (tmp_path / "out").glob(".sslabel/plans/*/recipe.yaml")
    assert written(tool.pairs(photos, recipe=str(recipe))) == without_meta(examples(tmp_path / "out", "rotation"))


def test_several_folders_are_read(photos: Path) -> None:
    found = [str(one.meta["source"]) for one in tool.pairs([photos / "birds", photos / "hills"], task="rotation")]
    assert {name.partition("/")[0] for name in found} == {"0", "1"}
    assert len(found) == 13


def test_options_are_strings_mappings_or_lists_of_them(photos: Path) -> None:
    ways: list[Any] = [
        "gaussian-noise:sigma=0.2",
        ["gaussian-noise:sigma=0.2"],
        {"gaussian-noise": {"sigma": 0.2}},
        [{"gaussian_noise": {"sigma": "0.2"}}],
    ]
    first, *others = [written(tool.pairs(photos, task="rotation", noise=way, limit=3)) for way in ways]
    assert all(other == first for other in others)
    spans: list[Any] = ["gaussian-noise:sigma=0.1..0.2", {"gaussian-noise": {"sigma": "0.1..0.2"}}]
    first, second = [written(tool.pairs(photos, task="rotation", noise=way, limit=3)) for way in spans]
    assert first == second


def test_values_are_what_they_say(photos: Path) -> None:
    for one in tool.pairs(photos, task="rotation"):
        assert isinstance(one["input"], Picture)
        label = one["label"]
        assert isinstance(label, Category)
        assert label.names[label.index] in ("0", "90", "180", "270")


def test_events_tell_the_whole_run(tmp_path: Path) -> None:
    raw = draw_many(tmp_path / "raw", 6)
    (raw / "empty.jpg").touch()
    seen: list[Event] = []
    summary = tool.make(
        raw, tmp_path / "out", task=["rotation", "colorize"], shard_size=1, max_error_rate=1, report=seen.append
    )
    assert [type(event) for event in (seen[0], seen[-1])] == [Planned, Summary]
    assert seen[-1] == summary
    shards = [event for event in seen if isinstance(event, ShardDone)]
    assert {f"{event.task}/{event.shard}": event.sha256 for event in shards} == shard_hashes(tmp_path / "out")
    excluded = [(event.task, event.source, event.kind) for event in seen if isinstance(event, SourceExcluded)]
    assert sorted(excluded) == [("colorize", "empty.jpg", "unreadable"), ("rotation", "empty.jpg", "unreadable")]
    progress = [event for event in seen if isinstance(event, Progress)]
    assert (progress[-1].done_sources, progress[-1].pairs, progress[-1].excluded) == (7, 12, 1)
    for before, after in itertools.pairwise(progress):
        assert before.done_sources <= after.done_sources <= 7
        assert before.pairs <= after.pairs <= 12


def test_too_many_exclusions_raise_once_all_is_written(tmp_path: Path) -> None:
    raw = draw_many(tmp_path / "raw", 3)
    (raw / "empty.jpg").touch()
    seen: list[Event] = []
    with pytest.raises(ErrorRateError, match="1 of 4 sources were excluded"):
        tool.make(raw, tmp_path / "out", task="rotation", report=seen.append)
    assert isinstance(seen[-1], Summary)
    assert len(examples(tmp_path / "out", "rotation")) == 3
    assert (tmp_path / "out" / "README.md").exists()


def test_a_listener_that_fails_stops_the_run(photos: Path, tmp_path: Path) -> None:
    def listen(event: Event) -> None:
        if isinstance(event, ShardDone):
            raise LookupError  # noqa: TRY004 - any error

    with pytest.raises(LookupError):
        tool.make(photos, tmp_path / "out", task="rotation", shard_size=1, report=listen)
    tool.make(photos, tmp_path / "out", task="rotation", shard_size=1)
    assert len(examples(tmp_path / "out", "rotation")) == 14


def test_make_in_a_thread(photos: Path, tmp_path: Path) -> None:
    made: list[object] = []

    def work(number: int) -> None:
        made.append(tool.make(photos, tmp_path / str(number), task="rotation"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one) for one in made] == [Summary, Summary]
    assert shard_hashes(tmp_path / "0") == shard_hashes(tmp_path / "1") != {}


@pytest.mark.parametrize("function", [tool.make, tool.pairs])
def test_the_signature_lists_the_options(function: Any) -> None:
    parameters = inspect.signature(function).parameters
    streamed = {
        "task",
        "noise",
        "augment",
        "copies",
        "keep_clean",
        "keep",
        "seed",
        "limit",
        "plugin",
        "size",
        "fit",
        "image_format",
        "quality",
        "max_pixels",
        "shuffle",
    }
    options = set(settings_options()) if function is tool.make else streamed
    assert options <= set(parameters)
    assert ("workers" in parameters) == (function is tool.make)
    assert not any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    assert (parameters["seed"].default, parameters["seed"].kind) == (0, inspect.Parameter.KEYWORD_ONLY)
    assert "raw" in parameters


def test_help_lists_the_options(tmp_path: Path) -> None:
    finished = script(tmp_path / "ask.py", "import sslabel\nhelp(sslabel.make)\n")
    text = " ".join(finished.out.split())
    assert all(f"{name}:" in text or f"{name} =" in text for name in settings_options())
    assert "`__main__` guard" in text


UNGUARDED = """
import sys
import sslabel

print("once")
summary = sslabel.make({raw!r}, {out!r}, task="rotation", workers=2, shard_size=1)
print(summary.tasks["rotation"]["pairs"])
print(len(list(sslabel.read({out!r}))))
"""


def test_a_script_without_a_guard_wherever_it_is_run(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    for name in ("numpy", "queue", "struct"):
        (tmp_path / "here" / f"{name}.py").write_text("raise SystemExit('the wrong module')\n", "ascii")
    text = UNGUARDED.format(raw=str(photos), out=str(tmp_path / "out"))
    finished = script(tmp_path / "job.py", text, cwd=tmp_path / "here")
    assert (finished.code, finished.out, finished.err) == (0, "once\n14\n14\n", "")


OWN = '''
from typing import Annotated
from sslabel import Between, Category, Pair, Picture, Skip
from sslabel.registry import noise, task

@task("image", needs={"size"})
def tall(picture: Picture, rng, *, ratio: Annotated[float, Between(0, 9)] = 1.0, as_: str = "words") -> Pair:
    """Tell tall pictures from wide ones.

    ratio: height over width from which on a picture is tall
    as: what it is called
    """
    if picture.width == picture.height:
        raise Skip("square")
    return Pair(picture, Category(int(picture.height > ratio * picture.width), ("wide", "tall")), {"called": as_})

@noise("image", alters={"color"})
def negate(picture: Picture, rng) -> Picture:
    """Turn light into dark."""
    return Picture(255 - picture.pixels)
'''


def test_a_plugin_with_options_and_skips(photos: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(photos, raw)
    for number in range(2):
        save_photo(raw / f"square{number}.png", number, 50, 50)
    (tmp_path / "own.py").write_text(OWN, "ascii")
    job = (
        "import sslabel\n"
        f"options = dict(task='tall:ratio=1.2,as=names', noise='negate', plugin={str(tmp_path / 'own.py')!r})\n"
        f"summary = sslabel.make({str(raw)!r}, {str(tmp_path / 'out')!r}, **options)\n"
        "print(summary.tasks['tall']['skipped'])\n"
        f"found = list(sslabel.pairs({str(raw)!r}, **options))\n"
        f"read = list(sslabel.read({str(tmp_path / 'out')!r}))\n"
        "print(len(found), [one.key for one in found] == [one.key for one in read])\n"
        "print(all(one['label'] == other['label'] for one, other in zip(found, read)))\n"
    )
    finished = script(tmp_path / "job.py", job)
    assert (finished.code, finished.err) == (0, "")
    assert finished.out == "{'square': 2}\n14 True\nTrue\n"
    found = {meta(files)["source"]: files for files in examples(tmp_path / "out", "tall").values()}
    assert {source: int(files["label.cls"]) for source, files in found.items() if source.startswith("hills/h")} == {
        "hills/h0.jpg": 1,
        "hills/h1.jpg": 1,
        "hills/h2.jpg": 1,
        "hills/h3.jpg": 1,
        "hills/h4.jpg": 1,
    }
    assert {(meta(files)["called"], meta(files)["noise"]) for files in found.values()} == {("names", "negate()")}
    (plan,) = plans(tmp_path / "out")
    assert plan["asked"]["task"] == [{"tall": {"ratio": 1.2, "as": "names", "noise": [{"negate": {"p": 1.0}}]}}]
    skipped = [name for one in records(tmp_path / "out") for name in one["skipped"].get("square", ())]
    assert sorted(skipped) == ["square0.png", "square1.png"]


def test_a_relative_plugin_is_found_by_the_workers(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN, "ascii")
    command = ("make", photos, "out", "--task", "tall", "--plugin", "own.py")
    finished = sslabel(*command, cwd=tmp_path)
    assert (finished.code, finished.err) == (0, "")
    assert len(examples(tmp_path / "out", "tall")) == 14


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "own.py: No such file or directory"),
        ("import nothing_of_that_name\n", "own.py cannot be imported: ModuleNotFoundError: No module named"),
        ("def broken(:\n", "own.py cannot be imported: SyntaxError"),
        ("1 / 0\n", "own.py cannot be imported: ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)\n", "own.py cannot be imported: SystemExit"),
        (OWN.replace("def tall", "def rotation"), "own.py: there are two tasks named 'rotation'"),
        (OWN.replace("def negate", "def gaussian_noise"), "own.py: there are two noises named 'gaussian-noise'"),
        (OWN.replace('needs={"size"}', 'needs={"sizes"}'), "own.py: tall: 'sizes' is none of geometry, size"),
        (OWN.replace('@task("image"', '@task("picture"'), "own.py: tall takes 'picture', which is none of text, image"),
        (OWN.replace("as_: str = ", "as_ = "), "as_ needs a type and a default"),
    ],
)
def test_plugins_that_cannot_work_are_refused(photos: Path, tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "own.py").write_text(text, "ascii")
    finished = sslabel("make", photos, tmp_path / "out", "--task", "tall", "--plugin", tmp_path / "own.py")
    assert words in finished.err
    assert (finished.code, finished.out, finished.err.count("\n")) == (2, "", 1)
    assert not (tmp_path / "out").exists()


IN_MAIN = """
import sslabel
from sslabel import Category, Pair, Picture
from sslabel.registry import task

@task("image")
def mine(picture: Picture, rng) -> Pair:
    "Mine."
    return Pair(picture, Category(0, ("a", "b")))

print(len(list(sslabel.pairs({raw!r}, task="mine"))))
try:
    sslabel.make({raw!r}, {out!r}, task="mine")
except sslabel.SslabelError as error:
    print(error.exit_code, error)
"""


def test_a_task_of_the_running_script_streams_and_make_says_the_way_out(photos: Path, tmp_path: Path) -> None:
    finished = script(tmp_path / "job.py", IN_MAIN.format(raw=str(photos), out=str(tmp_path / "out")))
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.splitlines() == [
        "14",
        "2 'mine' is defined in the running script; put it into a file, and give plugin=FILE",
    ]
    assert not (tmp_path / "out").exists()


def install(site: Path, version: str = "1.0", text: str = OWN) -> dict[str, str]:
    """A package with an entry point, in a folder of its own that Python looks in."""
    shutil.rmtree(site, ignore_errors=True)
    info = site / f"sslabel_own-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sslabel-own\nVersion: {version}\n", "ascii")
    (info / "entry_points.txt").write_text("[sslabel.plugins]\nown = sslabel_own\n", "ascii")
    (site / "sslabel_own.py").write_text(text, "ascii")
    return python_path(site)


def test_a_package_brings_its_own_tasks(photos: Path, tmp_path: Path) -> None:
    env = install(tmp_path / "site")
    assert "tall" in sslabel("list", "tasks", env=env).out.split()
    finished = sslabel("make", photos, tmp_path / "out", "--task", "tall", "--noise", "negate", env=env)
    assert (finished.code, finished.err) == (0, "")
    assert len(examples(tmp_path / "out", "tall")) == 14
    gone = sslabel("make", photos, tmp_path / "out", "--task", "tall")
    assert (gone.code, gone.err.startswith("sslabel: no task is named 'tall'")) == (2, True)


def test_an_unfinished_output_of_another_version_of_a_package_is_refused(photos: Path, tmp_path: Path) -> None:
    command = ("make", photos, tmp_path / "out", "--task", "tall", "--shard-size", 1)
    assert sslabel(*command, env=install(tmp_path / "site", "1.0")).code == 0
    (tmp_path / "out" / "tall" / "train-000003.tar").unlink()
    newer = install(tmp_path / "site", "2.0", OWN.replace("Category(int(", "Category(1 - int("))
    finished = sslabel(*command, env=newer)
    assert finished.code == 7
    assert "sslabel-own 1.0 before, 2.0 now" in finished.err


def test_a_package_that_cannot_be_loaded_stops_nothing(photos: Path, tmp_path: Path) -> None:
    env = install(tmp_path / "site", text="1 / 0\n")
    finished = sslabel("make", photos, tmp_path / "out", "--task", "rotation", env=env)
    assert finished.code == 0
    assert "plug-in own (sslabel_own) was not loaded: ZeroDivisionError" in finished.err
    assert len(examples(tmp_path / "out", "rotation")) == 14


def test_quarantine_is_empty_where_nothing_was_excluded(photos: Path, tmp_path: Path) -> None:
    tool.make(photos, tmp_path / "out", task="rotation")
    assert quarantine(tmp_path / "out") == []


def test_public_names_are_there() -> None:
    assert set(tool.__all__) <= set(dir(tool))
    assert all(getattr(tool, name) is not None for name in tool.__all__)
    with pytest.raises(AttributeError, match="no attribute 'paris'"):
        _ = tool.paris
