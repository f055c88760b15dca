"""Reading examples back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sslabel as tool
from sslabel import Category, Numbers, Picture, Text
from sslabel.errors import DamageError, UsageError
from tests.engine.running import examples, meta, records, sources


@pytest.fixture(scope="module", params=["webdataset", "parquet"])
def form(request: pytest.FixtureRequest) -> str:
    """Each format in turn."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def out(form: str, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data sets with everything that an example can have."""
    folder = tmp_path_factory.mktemp("read") / "out"
    options: dict[str, Any] = {"split": "train=0.7,test=0.3", "shard_size": "20kB", "keep": "folder", "format": form}
    tool.make(
        photos,
        folder,
        task=["rotation", "colorize:as=ab"],
        noise="gaussian-noise:sigma=0.1",
        keep_clean=True,
        **options,
    )
    return folder


def test_examples_come_in_the_order_of_the_shards_with_all_they_have(out: Path) -> None:
    for task in ("rotation", "colorize"):
        found = list(tool.read(out, task))
        # First the units of the first split, which is the order in which they are planned.
        assert [one.meta["source"] for one in found] == sources(out, task, "train") + sources(out, task, "test")
        expected = examples(out, task)
        for one in found:
            assert one.task == task
            assert list(one.fields) == ["input", "label", "clean", "folder"]
            assert dict(one.meta) == meta(expected[one.key])
            assert isinstance(one["folder"], Text)
            assert set(one.pair.inputs) == {"input"}
            assert set(one.pair.labels) == {"label"}
            assert set(one.extras) == {"clean", "folder"}


def test_values_are_those_that_were_made(out: Path, photos: Path) -> None:
    made = {
        one.key: one for one in tool.pairs(photos, task="rotation", noise="gaussian-noise:sigma=0.1", keep_clean=True)
    }
    for one in tool.read(out, "rotation"):
        label, picture = one["label"], one["input"]
        assert label == made[one.key]["label"]
        assert isinstance(label, Category)
        assert label.names == ("0", "90", "180", "270")
        other = made[one.key]["input"]
        assert isinstance(picture, Picture)
        assert isinstance(other, Picture)
        assert picture.pixels.shape == other.pixels.shape
        assert np.abs(picture.pixels.astype(int) - other.pixels).mean() < 25  # as JPEG keeps noise
    made = {
        one.key: one
        for one in tool.pairs(photos, task="colorize:as=ab", noise="gaussian-noise:sigma=0.1", keep_clean=True)
    }
    for one in tool.read(out, "colorize"):
        assert isinstance(one["label"], Numbers)
        assert one["label"] == made[one.key]["label"]


def test_both_formats_read_the_same(photos: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"task": "colorize:as=bins", "noise": "gaussian-noise", "keep": "folder", "limit": 5}
    for form in ("webdataset", "parquet"):
        tool.make(photos, tmp_path / form, format=form, **options)
    tar, parquet = (list(tool.read(tmp_path / form)) for form in ("webdataset", "parquet"))
    assert [(one.key, one.meta, one.fields) for one in tar] == [(one.key, one.meta, one.fields) for one in parquet]
    assert len(tar) >= 4


def test_splits_and_limits(out: Path) -> None:
    assert [one.meta["source"] for one in tool.read(out, "rotation", split="test")] == sources(out, "rotation", "test")
    everything = [one.key for one in tool.read(out, "rotation")]
    for limit in (0, 1, 3, 12, 14, 100):
        assert [one.key for one in tool.read(out, "rotation", limit=limit)] == everything[:limit]
    assert [one.key for one in tool.read(out, "rotation", "test", 2)] == everything[10:12]


@pytest.mark.parametrize(
    ("task", "split", "words"),
    [
        ("rotatoin", None, "there is no task 'rotatoin'; did you mean rotation?"),
        ("rotation", "tset", "there is no split 'tset'; did you mean test?"),
        ("rotation", "zzz", "there is no split 'zzz'; there is test, train"),
        (None, None, "holds colorize, rotation; say which: task='colorize'"),
    ],
)
def test_what_is_not_there_is_refused_at_once(out: Path, task: str | None, split: str | None, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        tool.read(out, task, split)
    assert words in str(caught.value)


def test_a_folder_without_an_output_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="there is no output of sslabel here"):
            tool.read(folder)


def test_one_task_needs_no_name(photos: Path, tmp_path: Path) -> None:
    tool.make(photos, tmp_path / "out", task="small@rotation")
    assert {one.task for one in tool.read(tmp_path / "out")} == {"small"}


def test_an_unfinished_output_gives_what_is_finished(photos: Path, tmp_path: Path, form: str) -> None:
    tool.make(photos, tmp_path / "out", task="rotation", shard_size=1, format=form)
    first, second = records(tmp_path / "out")[:2]
    (tmp_path / "out" / "rotation" / first["shard"]).unlink()
    (tmp_path / "out" / ".sslabel" / "records" / "rotation" / f"{second['unit']:06d}.json").unlink()
    assert len(list(tool.read(tmp_path / "out"))) == 12


@pytest.mark.parametrize("where", [0.02, 0.5])
def test_a_shard_that_is_damaged_is_named(photos: Path, tmp_path: Path, form: str, where: float) -> None:
    tool.make(photos, tmp_path / "out", task="rotation", format=form)
    (shard,) = (path for path in (tmp_path / "out" / "rotation").iterdir() if path.suffix in (".tar", ".parquet"))
    data = bytearray(shard.read_bytes())
    begin = int(len(data) * where) // 512 * 512
    data[begin : begin + len(data) // 3] = b"\xa5" * (len(data) // 3)
    shard.write_bytes(bytes(data))
    with pytest.raises(DamageError) as caught:
        list(tool.read(tmp_path / "out"))
    assert str(caught.value).startswith(f"{shard} cannot be read: ")
    assert caught.value.exit_code == 6
