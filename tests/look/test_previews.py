"""A preview is what a run writes: the same keys, the same draws, the same bytes; and what a run would leave out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.errors import NothingToReadError, UsageError
from sslabel.look.inspection import Asked, examples
from sslabel.look.parts import Stored
from sslabel.look.previews import Left, preview
from sslabel.look.wanted import Wanted
from sslabel.recipe import Settings
from tests.engine.drawing import save_photo
from tests.engine.prose import library, save, save_lines

CLIPS = Path(__file__).parents[2] / "sample_data" / "clips"


def shown(where: Path, count: int | None = None, raw: Path | None = None, **given: Any) -> list[Stored | Left]:
    return list(preview(where, Settings.read(given), count, None if raw is None else str(raw)))


def made(where: Path, count: int | None = None, raw: Path | None = None, **given: Any) -> list[Stored]:
    return [one for one in shown(where, count, raw, **given) if isinstance(one, Stored)]


def told(one: Stored) -> dict[str, Any]:
    """All of an example but the shard that it stands in."""
    raw = {name: part.raw for name, part in one.parts.items()}
    return {"key": one.key, "task": one.task, "meta": dict(one.meta), "raw": raw, "step": one.step[0]}


def written(out: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """All examples of an output, by task and key."""
    return {(one.task, one.key): told(one) for one in examples(str(out), Asked(Wanted(), 10_000))}


def test_pictures_are_those_that_a_run_writes(photos: Path, tmp_path: Path) -> None:
    recipe: dict[str, Any] = {
        "task": ["rotation", "inpaint", "colorize:as=ab"],
        "noise": ["gaussian-noise", "pixel-dropout"],
        "keep_clean": True,
        "keep": "folder",
        "copies": 3,
        "seed": 7,
    }
    tool.make(photos, tmp_path / "out", format="webdataset", **recipe)
    expected = written(tmp_path / "out")
    for name in ("birds/b1.jpg", "birds/turned.jpg", "hills/far/mist.png", "lone.webp"):
        found = made(photos / name, 3, photos, **recipe)
        assert len(found) == 9
        for one in found:
            assert told(one) == expected[one.task, one.key]


def test_a_file_alone_is_as_a_run_over_it_alone(photos: Path, tmp_path: Path) -> None:
    recipe: dict[str, Any] = {"task": "rotation", "noise": "gaussian-noise"}
    tool.make(photos / "birds" / "b1.jpg", tmp_path / "out", copies=5, **recipe)
    found = [told(one) for one in made(photos / "birds" / "b1.jpg", 5, **recipe)]
    assert sorted(one["meta"]["copy"] for one in found) == [0, 1, 2, 3, 4]
    assert {(one["task"], one["key"]): one for one in found} == written(tmp_path / "out")


def test_a_folder_shows_its_first_sources(photos: Path, tmp_path: Path) -> None:
    tool.make(photos, tmp_path / "out", task="rotation")
    expected = written(tmp_path / "out")
    found = made(photos, task="rotation")
    assert [one.meta["source"] for one in found] == ["birds/ash.jpg", "birds/b0.jpg", "birds/b1.jpg"]
    assert all(told(one) == expected["rotation", one.key] for one in found)
    below = made(photos / "hills", 2, photos, task="rotation")
    assert [one.meta["source"] for one in below] == ["hills/far/mist.png", "hills/h0.jpg"]
    assert all(told(one) == expected["rotation", one.key] for one in below)


def test_of_a_folder_of_several_kinds_each_task_has_its_own(photos: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(photos / "birds", raw / "birds")
    for name in ("a.txt", "b.txt", "z.txt"):
        save(raw / name, ["one two three four"])
    found = made(raw, task=["rotation", "masked-word"])
    by_task = {task: [one.meta["source"] for one in found if one.task == task] for task in ("rotation", "masked-word")}
    assert by_task == {
        "rotation": ["birds/ash.jpg", "birds/b0.jpg", "birds/b1.jpg"],
        "masked-word": ["a.txt#0", "b.txt#0", "z.txt#0"],
    }


def test_a_task_that_takes_another_kind_is_told(photos: Path) -> None:
    settings = Settings.read({"task": ["rotation", "masked-word", "copy@rotation", "next-frame"]})
    shown = preview(photos / "birds" / "b1.jpg", settings, 1)
    assert shown.remarks == (
        "masked-word: there is no text to show, which is what it takes",
        "next-frame: there is no video to show, which is what it takes",
    )
    assert [one.task for one in shown if isinstance(one, Stored)] == ["rotation", "copy"]


TEXTS = ["masked-word:rate=0.3", "span-corruption", "replaced-word", "sentence-order"]


def test_texts_are_those_that_a_run_writes(tmp_path: Path) -> None:
    raw = library(tmp_path / "raw")
    recipe: dict[str, Any] = {"task": TEXTS, "noise": "keyboard-typos", "copies": 2, "min_words": 4}
    tool.make(raw, tmp_path / "out", format="webdataset", split="train=0.6,test=0.4", **recipe)
    expected = written(tmp_path / "out")
    for name in ("a/one.txt", "b/four.jsonl", "five.txt"):
        found = made(raw / name, 6, raw, split="train=0.6,test=0.4", **recipe)
        assert {one.task for one in found} == {"masked-word", "span-corruption", "replaced-word", "sentence-order"}
        assert len(found) == 24
        for one in found:
            assert told(one) == expected[one.task, one.key]


def test_the_words_of_a_corpus_are_those_of_the_file_and_that_is_said(tmp_path: Path) -> None:
    save(tmp_path / "raw" / "a.txt", ["one two three four five six seven eight"])
    settings = Settings.read({"task": ["masked-word:rate=1,random=1,keep=0"]})
    alone = preview(tmp_path / "raw" / "a.txt", settings, 1)
    (remark,) = alone.remarks
    assert remark.startswith(f"masked-word: words of the corpus are those of {tmp_path / 'raw' / 'a.txt'} alone")
    assert preview(tmp_path / "raw" / "a.txt", settings, 1, str(tmp_path / "raw")).remarks == ()
    assert preview(tmp_path / "raw" / "a.txt", Settings.read({"task": ["word-order"]}), 1).remarks == ()
    tool.make(
        tmp_path / "raw" / "a.txt", tmp_path / "out", task="masked-word:rate=1,random=1,keep=0", format="webdataset"
    )
    (one,) = (one for one in alone if isinstance(one, Stored))
    assert written(tmp_path / "out") == {("masked-word", one.key): told(one)}


def test_windows_of_a_film_are_those_that_a_run_writes(tmp_path: Path) -> None:
    shutil.copytree(CLIPS, tmp_path / "raw")
    tool.make(tmp_path / "raw", tmp_path / "out", task="next-frame", size=48)
    expected = written(tmp_path / "out")
    found = made(tmp_path / "raw" / "bunny_waking.mp4", 3, tmp_path / "raw", task="next-frame", size=48)
    assert len(found) == 3
    assert all(told(one) == expected["next-frame", one.key] for one in found)


def test_what_a_run_would_leave_out_is_told_with_its_reason(photos: Path, tmp_path: Path) -> None:
    assert shown(photos / "birds" / "ash.jpg", task="colorize") == [
        Left("ash.jpg", "colorize", "skipped", "grey: no |a| or |b| above 5")
    ]
    (tmp_path / "torn.jpg").write_bytes((photos / "birds" / "b1.jpg").read_bytes()[:900])
    (torn,) = shown(tmp_path / "torn.jpg", task="rotation")
    assert isinstance(torn, Left)
    assert (torn.source, torn.how) == ("torn.jpg", "excluded")
    both = shown(photos / "birds" / "ash.jpg", task=["colorize", "rotation"])
    assert [type(one) for one in both] == [Stored, Left]
    (tmp_path / "a.jsonl").write_text('{"text": "One two three."}\n{"text": 5}\n{broken\n', "utf-8")
    bad = [one for one in shown(tmp_path / "a.jsonl", 9, task="word-order") if isinstance(one, Left)]
    assert [one.how for one in bad] == ["excluded", "excluded"]
    save_lines(tmp_path / "b.jsonl", ["One", "Two."])
    (short,) = shown(tmp_path / "b.jsonl", task="word-order")
    assert short == Left("passages of b.jsonl", "word-order", "skipped", "fewer than two words")


@pytest.mark.usefixtures("own_registry")
def test_a_task_that_fails_is_told(tmp_path: Path) -> None:
    save_photo(tmp_path / "a.jpg", 1)
    (tmp_path / "own.py").write_text(
        "from sslabel.registry import task\n"
        "@task('image')\n"
        "def falls(picture, rng):\n"
        "    '''Fall.'''\n"
        "    raise ValueError('down\\x1b[31m')\n",
        "utf-8",
    )
    (left,) = shown(tmp_path / "a.jpg", task="falls", plugin=str(tmp_path / "own.py"))
    assert left == Left("a.jpg", "falls", "excluded", "ValueError: down\x1b[31m")


@pytest.mark.parametrize(
    ("name", "given", "error", "words"),
    [
        ("birds/b1.jpg", {"task": "rotatoin"}, UsageError, "did you mean rotation?"),
        ("nowhere.jpg", {"task": "rotation"}, UsageError, "there is no such file or folder"),
        ("birds/b1.jpg", {"task": "word-order"}, NothingToReadError, "no text to read"),
    ],
)
def test_what_cannot_work_is_refused(
    photos: Path, name: str, given: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words.replace("?", ".")):
        shown(photos / name, **given)


def test_a_file_stands_below_its_raw(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not stand below --raw"):
        shown(photos / "birds" / "b1.jpg", raw=tmp_path, task="rotation")


def test_a_quality_is_seen(photos: Path) -> None:
    sizes = [
        made(photos / "lone.webp", task="rotation", quality=quality)[0].parts["input"].size for quality in (20, 95)
    ]
    assert 2 * sizes[0] < sizes[1]
