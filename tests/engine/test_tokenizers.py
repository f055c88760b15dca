"""Ids in the shards: the columns that a trainer takes, and a tokenizer that counts by its content."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sslabel as tool
from sslabel.engine.events import Summary
from sslabel.errors import SslabelError
from sslabel.recipe import Settings
from sslabel.values import Example, Numbers
from tests.engine.running import shard_hashes, sslabel
from tests.tokenizing import FIM, id_of, ids_of

TASKS = ("masked-word", "span-corruption", "next-word", "fill-in-the-middle")
PACKED = "packed@next-word"


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    for number in range(3):
        lines = [f"Paragraph {one} of {number} tells of the {'very ' * one}old wren.\n\n" for one in range(20)]
        (folder / f"{number}.txt").write_text("".join(lines), "utf-8")
    return folder


@pytest.fixture(scope="module")
def one_for_all(tokenizers: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer that has all that any of the tasks asks for."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(tokenizers["t5"]))
    made.add_special_tokens(list(FIM))
    path = tmp_path_factory.mktemp("all") / "all.json"
    made.save(str(path))
    return path


def tasks(path: object) -> list[dict[str, Any]]:
    return [*({name: {"tokenizer": path}} for name in TASKS), {PACKED: {"tokenizer": path, "pack": 64}}]


def of(out: Path, task: str) -> dict[str, Example]:
    return {one.key: one for one in tool.read(out, task)}


def columns(one: Example) -> tuple[list[int], list[int]]:
    found = one["input_ids"], one["labels"]
    assert all(isinstance(value, Numbers) for value in found)
    shown, told = (value.array.tolist() for value in found if isinstance(value, Numbers))
    return shown, told


def files(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture(scope="module")
def outs(raw: Path, one_for_all: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What the tasks make of the same in both formats."""
    made = {}
    for form in ("parquet", "webdataset"):
        made[form] = tmp_path_factory.mktemp("out") / form
        summary = tool.make(raw, made[form], task=tasks(one_for_all), format=form, workers=2)
        assert isinstance(summary, Summary)
        assert summary.excluded == 0
    return made


@pytest.mark.parametrize("task", [*TASKS, "packed"])
def test_both_formats_give_the_same(task: str, outs: dict[str, Path], raw: Path, one_for_all: Path) -> None:
    table, tar = of(outs["parquet"], task), of(outs["webdataset"], task)
    assert len(table) > 10
    assert {key: one.pair for key, one in table.items()} == {key: one.pair for key, one in tar.items()}
    spec = next(one for one in tasks(one_for_all) if next(iter(one)).split("@")[0] == task)
    streamed = {one.key: one.pair for one in tool.pairs(raw, task=spec)}
    assert streamed == {key: one.pair for key, one in table.items()}
    for one in table.values():
        assert list(one.pair.labels)[-1] == "labels"
        # A Trainer keeps what its model takes, and `label` and `label_ids`, which a collator takes before `labels`.
        assert {"input_ids", "labels", "label", "label_ids", "attention_mask"} & one.fields.keys() == {
            "input_ids",
            "labels",
        }
        assert one.pair.inputs.keys() | one.pair.labels.keys() == one.fields.keys()


@pytest.mark.parametrize("form", ["parquet", "webdataset"])
@pytest.mark.parametrize("task", [*TASKS, "packed"])
def test_datasets_loads_lists_of_whole_numbers(task: str, form: str, outs: dict[str, Path], tmp_path: Path) -> None:
    from datasets import List, Value, load_dataset

    data = load_dataset(str(outs[form]), task, split="train", cache_dir=str(tmp_path / "cache"))
    names = ("input_ids", "labels") if form == "parquet" else ("input_ids.json", "labels.json")
    rows = []
    for name in names:
        if form == "parquet":
            assert data.features[name] == List(Value("int32"))
        rows.append(data[name])
    assert all(type(one) is int for one in rows[0][0] + rows[1][0])
    assert sorted(zip(*rows, strict=True)) == sorted(columns(one) for one in of(outs[form], task).values())


def test_what_a_collator_pads(outs: dict[str, Path], one_for_all: Path) -> None:
    rows = [columns(one) for one in of(outs["parquet"], "span-corruption").values()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    pad = id_of(one_for_all, "<pad>")
    batch = [np.array([one + [fill] * (width - len(one)) for one in column], np.int64)
             for column, width, fill in zip(zip(*rows, strict=True), widths, (pad, -100), strict=True)]  # fmt: skip
    assert batch[0].shape == (len(rows), widths[0])
    assert ((batch[1] >= 0) | (batch[1] == -100)).all()


def test_blocks_hold_each_passage_once(outs: dict[str, Path], raw: Path, one_for_all: Path) -> None:
    end = id_of(one_for_all, "</s>")
    expected = sorted(
        tuple(ids_of(one_for_all, text))
        for path in raw.glob("*.txt")
        for text in path.read_text("utf-8").split("\n\n")
        if text
    )
    by_file: dict[str, list[Example]] = {}
    for one in of(outs["parquet"], "packed").values():
        by_file.setdefault(str(one.meta["source"]).split("#")[0], []).append(one)
    assert sorted(by_file) == ["0.txt", "1.txt", "2.txt"]
    found = []
    for some in by_file.values():
        assert all(len(columns(one)[0]) == 64 for one in some)
        # Blocks are shuffled; each is found again by where it begins.
        lines = [columns(one) for one in some]
        row = [new for one in _in_order(some, lines) for new in one[1] if new != -100]
        edges = [-1, *(place for place, one in enumerate(row) if one == end)]
        found += [tuple(row[begin + 1 : stop]) for begin, stop in pairwise(edges)]
    assert sorted(found) == expected


def _in_order(some: list[Example], lines: list[Any]) -> list[Any]:
    offset = [int(str(one.meta["source"]).partition("#")[2] or 0) for one in some]
    number = {one.key: place for place, one in enumerate(some)}
    return [lines[number[one.key]] for _, one in sorted(zip(offset, some, strict=True), key=lambda two: two[0])]


def test_a_tokenizer_counts_by_its_content(
    raw: Path, one_for_all: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(one_for_all, "one.json")
    shutil.copy(one_for_all, "other.json")
    out = tmp_path / "out"
    tool.make(raw, out, task="masked-word:tokenizer=one.json", workers=1)
    again = tool.make(raw, out, task={"masked-word": {"tokenizer": Path("other.json")}}, workers=1)
    assert isinstance(again, Summary)
    assert again.made_shards == 0
    Path("other.json").write_text(Path("other.json").read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(SslabelError, match=r"tokenizer=sha256:[0-9a-f]{64}.* before, .*tokenizer=sha256:"):
        tool.make(raw, out, task="masked-word:tokenizer=other.json", workers=1)
    assert all(str(tmp_path).encode() not in one and b"one.json" not in one for one in files(out))


def test_the_recipe_of_an_output_runs_again_with_the_path_put_in(raw: Path, one_for_all: Path, tmp_path: Path) -> None:
    task = f"small@masked-word:tokenizer={one_for_all},rate=0.3"
    tool.make(raw, tmp_path / "out", task=task, unit="line", seed=7, workers=1)
    (written,) = (tmp_path / "out").glob(".sslabel/plans/*/recipe.yaml")
    recipe = tmp_path / "recipe.yaml"
    shutil.copy(written, recipe)
    ended = sslabel("make", "--recipe", recipe, raw, tmp_path / "again")
    assert ended.code == 2
    assert ended.err.endswith("names a file by its content; put the path of that file here\n")
    recipe.write_text(re.sub(r"tokenizer: \S+", f"tokenizer: {one_for_all}", recipe.read_text("utf-8")), "utf-8")
    assert sslabel("make", "--recipe", recipe, raw, tmp_path / "again").code == 0
    assert shard_hashes(tmp_path / "again") == shard_hashes(tmp_path / "out")


def test_workers_find_it_wherever_they_run(one_for_all: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(one_for_all.parent)
    settings = Settings.read({"task": ["masked-word:tokenizer=all.json", "next-word"]})
    assert settings.anywhere()["task"] == [
        {"masked-word": {"tokenizer": str(one_for_all.resolve())}},
        {"next-word": {}},
    ]
    monkeypatch.chdir(tmp_path)
    assert Settings.read(settings.anywhere()).anywhere() == settings.anywhere()
    none = Settings.read({"task": "masked-word:tokenizer=none"})
    assert none.anywhere() == none.plain()


def test_what_is_wrong_is_said_on_one_line(raw: Path, tokenizers: dict[str, Path], tmp_path: Path) -> None:
    for options, said in (
        ("tokenizer=none.json", "tokenizer=none.json: there is no such file"),
        (f"tokenizer={tokenizers['gpt']},style=ul2", "has no token [R]"),
    ):
        ended = sslabel("make", "--task", f"span-corruption:{options}", raw, tmp_path / "out", cwd=tmp_path)
        assert ended.code == 2
        assert said in ended.err
        assert len(ended.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
