"""Any trainer reads what is written: webdataset, datasets, a torch DataLoader, pyarrow, and sslabel itself."""

from __future__ import annotations

import importlib.util
import io
import os
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow.dataset
import pytest
from PIL import Image

import sslabel as tool
from tests.engine.drawing import photo, save_photo
from tests.engine.running import Members, examples, meta, records

needs_datasets = pytest.mark.skipif(importlib.util.find_spec("datasets") is None, reason="datasets is not installed")
needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
TURNS = ["0", "90", "180", "270"]


@pytest.fixture(scope="module", params=["webdataset", "parquet"])
def out(request: pytest.FixtureRequest, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three data sets in several shards and two splits, in each format."""
    folder = tmp_path_factory.mktemp("loading") / "out"
    options = {"split": "train=0.7,test=0.3", "shard_size": "20kB", "format": request.param, "keep": "folder"}
    tool.make(photos, folder, task=["rotation", "colorize"], noise="gaussian-noise", **options)
    tool.make(photos, folder, task="small@colorize:as=ab,ab_scale=8", size=48, **options)
    return folder


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Hugging Face's library, kept from the network and with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("HF_DATASETS_CACHE", str(tmp_path_factory.mktemp("cache")))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module("datasets")


def load(datasets: ModuleType, out: Path, task: str, split: str, cache: Path) -> Any:
    """A split of a data set, as Hugging Face loads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its dependencies deprecate is not ours
        return datasets.load_dataset(str(out), task, split=split, cache_dir=str(cache))


def is_tar(out: Path) -> bool:
    """Whether the output is in tar shards."""
    return bool(list(out.glob("rotation/*.tar")))


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    """An encoded picture's pixels."""
    return np.asarray(Image.open(io.BytesIO(data)))


def part(files: Members, name: str) -> bytes:
    """The file of a field, whatever the format calls it."""
    (found,) = (data for member, data in files.items() if member.partition(".")[0] == name)
    return found


@needs_datasets
@pytest.mark.parametrize("split", ["train", "test"])
def test_datasets(out: Path, datasets: ModuleType, tmp_path: Path, split: str) -> None:
    data = load(datasets, out, "rotation", split, tmp_path)
    image, label, key = ("input.jpg", "label.cls", "__key__") if is_tar(out) else ("input", "label", "key")
    expected = examples(out, "rotation", split)
    assert data.features[label] == datasets.ClassLabel(names=TURNS)
    assert isinstance(data.features[image], datasets.Image)
    assert len(data) == len(expected) > 0
    assert [row[key] for row in data] == list(expected)
    for row in data:
        files = expected[row[key]]
        assert (np.asarray(row[image]) == pixels(part(files, "input"))).all()
        assert row[label] == int(part(files, "label"))
        folder = row["folder.txt"] if is_tar(out) else row["folder"]
        assert folder == Path(meta(files)["source"]).parent.name
        if is_tar(out):
            assert row["meta.json"] == meta(files)


@needs_datasets
def test_datasets_loads_numbers_and_pictures_of_every_task(out: Path, datasets: ModuleType, tmp_path: Path) -> None:
    colorize = load(datasets, out, "colorize", "train", tmp_path)
    name = "label.jpg" if is_tar(out) else "label"
    assert {row[name].mode for row in colorize} == {"RGB"}
    small = load(datasets, out, "small", "train", tmp_path)
    name = "label.npy" if is_tar(out) else "label"
    found = {row["__key__" if is_tar(out) else "key"]: np.asarray(row[name], np.float32) for row in small}
    ours = {one.key: one["label"] for one in tool.read(out, "small", "train")}
    assert {key: array.tolist() for key, array in found.items()} == {
        key: value.array.tolist() for key, value in ours.items() if isinstance(value, tool.Numbers)
    }
    assert len(found) == len(ours) > 0


@needs_datasets
def test_datasets_streams(out: Path, datasets: ModuleType) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = datasets.load_dataset(str(out), "rotation", split="train", streaming=True)
        keys = [row["__key__" if is_tar(out) else "key"] for row in data]
    assert keys == list(examples(out, "rotation", "train"))


@pytest.fixture(scope="module", params=["webdataset", "parquet"])
def with_empty_shards(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set whose first shards, and one of whose splits, hold nothing: their only sources are grey."""
    folder = tmp_path_factory.mktemp("empty")
    for number in range(6):
        path = folder / "raw" / f"{number}.png"
        save_photo(path, number)
        if number < 2:
            photo(number).convert("L").save(path)
    options = {"shuffle": False, "shard_size": 1, "format": request.param}
    tool.make(folder / "raw", folder / "out", task="colorize", **options)
    return folder / "out"


@needs_datasets
def test_datasets_with_empty_shards(with_empty_shards: Path, datasets: ModuleType, tmp_path: Path) -> None:
    assert [one["pairs"] for one in records(with_empty_shards)] == [0, 0, 1, 1, 1, 1]
    data = load(datasets, with_empty_shards, "colorize", "train", tmp_path)
    assert len(data) == 4
    assert isinstance(data.features["input" if "input" in data.features else "input.jpg"], datasets.Image)


def test_read_with_empty_shards(with_empty_shards: Path) -> None:
    assert [one.meta["source"] for one in tool.read(with_empty_shards)] == ["2.png", "3.png", "4.png", "5.png"]


def shards(out: Path, task: str, split: str) -> list[str]:
    """The paths of the shards of a split."""
    return [str(path) for path in sorted((out / task).glob(f"{split}-*"))]


@needs_torch
@pytest.mark.parametrize("out", ["webdataset"], indirect=True)
def test_webdataset_and_torch(out: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import webdataset
        from torch.utils.data import DataLoader

        data = webdataset.WebDataset(shards(out, "rotation", "train"), shardshuffle=False)
        data = data.decode("rgb8").to_tuple("__key__", "input.jpg", "label.cls")
        alone = list(data)
        loaded = list(DataLoader(data, batch_size=None, num_workers=2))
    expected = examples(out, "rotation", "train")
    assert [key for key, _, _ in alone] == list(expected)
    assert sorted(key for key, _, _ in loaded) == sorted(expected)
    for key, image, label in alone:
        assert (image == pixels(expected[key]["input.jpg"])).all()
        assert label == int(expected[key]["label.cls"])
    assert {key: int(label) for key, _, label in loaded} == {key: label for key, _, label in alone}


@pytest.mark.parametrize("with_empty_shards", ["webdataset"], indirect=True)
def test_webdataset_with_empty_shards(with_empty_shards: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import webdataset

        data = webdataset.WebDataset(shards(with_empty_shards, "colorize", "train"), shardshuffle=False)
        assert len(list(data)) == 4


@pytest.mark.parametrize("out", ["parquet"], indirect=True)
def test_pyarrow(out: Path) -> None:
    data = pyarrow.dataset.dataset(shards(out, "rotation", "train"), format="parquet")
    expected = examples(out, "rotation", "train")
    table = data.to_table()
    assert table["key"].to_pylist() == list(expected)
    assert table["label"].to_pylist() == [int(files["label"]) for files in expected.values()]
    chosen = data.to_table(columns=["source"], filter=pyarrow.dataset.field("label") == 2)
    assert chosen.num_rows == sum(int(files["label"]) == 2 for files in expected.values())


def test_every_example_has_every_field(out: Path) -> None:
    for task in ("rotation", "colorize", "small"):
        found = examples(out, task).values()
        assert len({frozenset(files) for files in found}) == 1
        assert all(data for files in found for name, data in files.items() if not name.startswith("folder"))


def test_the_same_twice_from_python(out: Path) -> None:
    assert [one.key for one in tool.read(out, "rotation")] == [one.key for one in tool.read(os.fspath(out), "rotation")]
