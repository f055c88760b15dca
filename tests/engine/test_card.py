"""What stands beside the shards: the card that Hugging Face reads, Croissant, and the list of exclusions."""

from __future__ import annotations

import fnmatch
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import sslabel as tool
from sslabel.registry import find_task
from tests.engine.running import examples, plans, quarantine, records


def head(out: Path) -> dict[str, Any]:
    """The YAML at the head of the card."""
    text = (out / "README.md").read_text("utf-8")
    assert text.startswith("---\n")
    loaded: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return loaded


@pytest.fixture(scope="module", params=["webdataset", "parquet"])
def out(request: pytest.FixtureRequest, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data sets in several shards and two splits, and a bad source, in each format."""
    raw = tmp_path_factory.mktemp("card") / "raw"
    raw.symlink_to(photos)
    folder = tmp_path_factory.mktemp("card") / "out"
    (folder.parent / "bad.jpg").write_bytes(b"<b>no picture</b>")
    tool.make(
        [raw, folder.parent / "bad.jpg"],
        folder,
        task=["rotation", "colorize:as=bins"],
        split="train=0.7,test=0.3",
        shard_size="20kB",
        keep="folder",
        format=request.param,
        max_error_rate=1,
    )
    return folder


def test_the_card_has_a_config_for_each_data_set(out: Path) -> None:
    configs = {one["config_name"]: one for one in head(out)["configs"]}
    assert list(configs) == ["colorize", "rotation"]
    assert [name for name, one in configs.items() if one.get("default")] == ["colorize"]
    extension = "tar" if plans(out)[0]["formats"]["rotation"] == "webdataset" else "parquet"
    for name, one in configs.items():
        assert one["data_files"] == [
            {"split": split, "path": f"{name}/{split}-*.{extension}"} for split in ("train", "test")
        ]
        shards = {f"{name}/{record['shard']}" for record in records(out, name)}
        matched = {path for path in shards for file in one["data_files"] if fnmatch.fnmatch(path, file["path"])}
        assert matched == shards


def test_the_card_names_every_column_and_its_feature(out: Path) -> None:
    features = {
        one["config_name"]: {part["name"]: part for part in one["features"]} for one in head(out)["dataset_info"]
    }
    tar = plans(out)[0]["formats"]["rotation"] == "webdataset"
    of_rotation = features["rotation"]
    image, label = of_rotation["input.jpg" if tar else "input"], of_rotation["label.cls" if tar else "label"]
    assert image["dtype"] == "image"
    assert label["dtype"] == {"class_label": {"names": {"0": "0", "1": "90", "2": "180", "3": "270"}}}
    members = set(next(iter(examples(out, "rotation").values())))
    assert set(of_rotation) == members | {"__key__", "__url__"} if tar else members | {"key", "source", "meta"}


def test_the_card_counts_pairs_and_what_was_left_out(out: Path) -> None:
    text = (out / "README.md").read_text("utf-8")
    for task, written in (("rotation", 14), ("colorize", 13)):
        section = text.split(f"\n## {task}\n")[1].split("\n## ")[0]
        for split in ("train", "test"):
            pairs = sum(one["pairs"] for one in records(out, task) if one["split"] == split)
            assert f"| {split} | {pairs} |" in section
        assert f"{written} of 15 sources gave pairs." in section
        assert "Excluded: 1, see" in section
    assert "Skipped: 1 (grey: no |a| or |b| above 5)." in text


def test_the_list_of_exclusions_is_that_of_the_records(out: Path) -> None:
    assert [(one["task"], one["source"]) for one in quarantine(out)] == [
        ("colorize", "1/bad.jpg"),
        ("rotation", "1/bad.jpg"),
    ]


def test_croissant_has_every_shard_with_its_size_and_hash(out: Path) -> None:
    croissant = json.loads((out / "croissant.json").read_text("utf-8"))
    assert croissant["@type"] == "sc:Dataset"
    assert croissant["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    files = {one["@id"]: one for one in croissant["distribution"] if one["@type"] == "cr:FileObject"}
    shards = {f"{one['task']}/{one['shard']}" for one in records(out)}
    assert {one["contentUrl"] for one in files.values()} >= shards
    for one in files.values():
        if one["contentUrl"] in shards:
            data = (out / one["contentUrl"]).read_bytes()
            assert one["sha256"] == hashlib.sha256(data).hexdigest()
            assert one["contentSize"] == f"{len(data)} B"


def test_croissant_refers_to_nothing_that_is_not_there(out: Path) -> None:
    croissant = json.loads((out / "croissant.json").read_text("utf-8"))
    seen: list[str] = []
    wanted: set[str] = set()

    def walk(value: Any, *, top: bool = False) -> None:
        if isinstance(value, dict):
            if "@id" in value:
                if "@type" in value:
                    seen.append(value["@id"])
                else:
                    wanted.add(value["@id"])
            for key, one in value.items():
                if key != "@context" or not top:
                    walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(croissant, top=True)
    assert len(seen) == len(set(seen))
    assert wanted <= set(seen)
    assert wanted


def test_an_unfinished_data_set_stands_in_no_card(photos: Path, tmp_path: Path) -> None:
    tool.make(photos, tmp_path / "out", task="rotation", shard_size="20kB")
    tool.make(photos, tmp_path / "out", task="colorize", shard_size="20kB")
    next((tmp_path / "out" / "rotation").glob("*.tar")).unlink()
    tool.make(photos, tmp_path / "out", task="colorize", shard_size="20kB")
    assert [one["config_name"] for one in head(tmp_path / "out")["configs"]] == ["colorize"]
    tool.make(photos, tmp_path / "out", task="rotation", shard_size="20kB")
    assert [one["config_name"] for one in head(tmp_path / "out")["configs"]] == ["colorize", "rotation"]


def test_the_card_describes_each_task_in_its_own_words(out: Path) -> None:
    text = (out / "README.md").read_text("utf-8")
    for task in ("colorize", "rotation"):
        assert find_task(task).summary in text


def test_reasons_of_the_data_do_not_break_the_card(tmp_path: Path, photos: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "bad.jpg").write_bytes(b"---\nconfigs: []\n---\n")
    for path in sorted((photos / "birds").glob("b*.jpg")):
        (folder / path.name).symlink_to(path)
    tool.make(folder, tmp_path / "out", task="rotation", max_error_rate=1)
    assert [one["config_name"] for one in head(tmp_path / "out")["configs"]] == ["rotation"]
