"""What each option of `make` does to what is written."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

import sslabel as tool
from sslabel.engine.events import DryRun, Summary
from sslabel.errors import NothingToReadError, SslabelError, UsageError
from tests.engine.drawing import draw_many, photo, save_photo
from tests.engine.running import (
    Members,
    examples,
    meta,
    plans,
    records,
    rows,
    shard_hashes,
    size_of,
    sources,
    tree,
)

GREY = "birds/ash.jpg"


def make(raw: Path, out: Path, **options: Any) -> Summary:
    """Make, and give the summary."""
    summary = tool.make(raw, out, **options)
    assert isinstance(summary, Summary)
    return summary


def names(raw: Path) -> list[str]:
    """The ids of all sources below a folder."""
    return sorted(str(path.relative_to(raw)) for path in raw.rglob("*") if path.is_file())


def by_source(found: dict[str, Members]) -> dict[str, Members]:
    """The examples by their sources, which have one each."""
    assert len({meta(files)["source"] for files in found.values()}) == len(found)
    return {meta(files)["source"]: files for files in found.values()}


@pytest.mark.parametrize("form", ["webdataset", "parquet"])
def test_records_say_what_the_shards_are(photos: Path, tmp_path: Path, form: str) -> None:
    options = {"task": ["colorize", "rotation"], "shard_size": "20kB", "split": "train=0.7,test=0.3", "format": form}
    summary = make(photos, tmp_path / "out", **options)
    found = records(tmp_path / "out")
    hashes = shard_hashes(tmp_path / "out")
    assert {f"{one['task']}/{one['shard']}": one["sha256"] for one in found} == hashes
    for one in found:
        path = tmp_path / "out" / one["task"] / one["shard"]
        assert (path.stat().st_size, path.name.split("-")[0]) == (one["bytes"], one["split"])
        assert one["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    for task, pairs in (("colorize", 13), ("rotation", 14)):
        of_task = [one for one in found if one["task"] == task]
        assert sum(one["pairs"] for one in of_task) == len(rows(tmp_path / "out", task)) == pairs
        assert sum(one["sources"] for one in of_task) == 14
        assert summary.tasks[task]["pairs"] == pairs
        assert summary.tasks[task]["bytes"] == sum(one["bytes"] for one in of_task)
        assert summary.tasks[task]["shards"] == len(of_task)
    assert (summary.sources, summary.excluded, summary.made_shards) == (14, 0, len(found))


def test_each_record_counts_the_pairs_of_its_own_shard(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "out", task="rotation:all_turns=true", shard_size="20kB")
    found = records(tmp_path / "out")
    assert len(found) > 2
    for one in found:
        with tarfile.open(tmp_path / "out" / "rotation" / one["shard"]) as tar:
            assert len({name.partition(".")[0] for name in tar.getnames()}) == one["pairs"]


def test_tars_are_plain_and_their_members_adjacent(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "out", task="rotation", noise="gaussian-noise", keep_clean=True)
    (shard,) = (tmp_path / "out" / "rotation").glob("*.tar")
    with tarfile.open(shard) as tar:
        members = tar.getmembers()
    assert len(members) == 14 * 4
    for number in range(0, len(members), 4):
        key = members[number].name.partition(".")[0]
        expected = [f"{key}.{field}" for field in ("input.jpg", "label.cls", "clean.jpg", "meta.json")]
        assert [one.name for one in members[number : number + 4]] == expected
    about = {(one.mtime, one.uid, one.gid, one.uname, one.gname, one.mode, one.type) for one in members}
    assert about == {(0, 0, 0, "", "", 0o644, tarfile.REGTYPE)}
    assert all(not one.pax_headers and one.name.isascii() and len(one.name) <= 100 for one in members)


@pytest.mark.parametrize("form", ["webdataset", "parquet"])
def test_nothing_written_tells_of_places_cameras_or_this_machine(photos: Path, tmp_path: Path, form: str) -> None:
    make(photos, tmp_path / "out", task=["colorize", "rotation"], format=form, keep="folder")
    assert b"SECRET" in (photos / "birds" / "turned.jpg").read_bytes()
    for path, data in tree(tmp_path / "out").items():
        for secret in (b"SECRET", bytes(photos), bytes(tmp_path), b"Exif\0\0"):
            assert secret not in data, path
    pictures = [
        data
        for files in examples(tmp_path / "out", "colorize").values()
        for name, data in files.items()
        if name.startswith(("input", "label"))
    ]
    assert len(pictures) == 26
    for data in pictures:
        picture = Image.open(io.BytesIO(data))
        assert not picture.getexif()
        assert not {"exif", "icc_profile", "comment"} & set(picture.info)


def test_splits_are_exact_and_by_source(photos: Path, tmp_path: Path) -> None:
    summary = make(
        photos,
        tmp_path / "out",
        task=["rotation:all_turns=true", "colorize"],
        split="train=0.5,validation=0.3,test=0.2",
    )
    seen = {split: set(sources(tmp_path / "out", "rotation", split)) for split in ("train", "validation", "test")}
    assert {split: len(found) for split, found in seen.items()} == {"train": 7, "validation": 4, "test": 3}
    assert sorted(name for found in seen.values() for name in found) == names(photos)
    assert summary.tasks["rotation"]["splits"] == {"train": 28, "validation": 16, "test": 12}
    for split, found in seen.items():
        assert set(sources(tmp_path / "out", "colorize", split)) == found - {GREY}


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("train=0.9,test=0.2", "add up to 1.1, not to 1"),
        ("train=0.5", "add up to 0.5, not to 1"),
        ("train=0.999,test=0.001", "--split test=0.001 of 14 sources leaves it empty"),
        ("train=1,test=0", "split test has no share; leave it out"),
        ("train=1.5,test=-0.5", "must be between 0 and 1"),
        ("Train=1", "lower-case words"),
        ("a-b=1", "lower-case words"),
        ("train", "NAME=VALUE,NAME=VALUE is needed"),
        ("train=most,test=0.1", "a number is needed"),
        ("train=0.1..0.9,test=0.1", "one share, not a range"),
    ],
)
def test_splits_that_cannot_be_are_refused(photos: Path, tmp_path: Path, split: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        make(photos, tmp_path / "out", task="rotation", split=split)
    assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_limit_takes_the_first_of_the_order(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "all", task="rotation")
    make(photos, tmp_path / "five", task="rotation", limit=5)
    assert sources(tmp_path / "five", "rotation") == sources(tmp_path / "all", "rotation")[:5]


def test_without_shuffle_the_order_is_that_of_names(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "out", task="rotation", shuffle=False, shard_size="20kB")
    make(photos, tmp_path / "shuffled", task="rotation")
    assert sources(tmp_path / "out", "rotation") == names(photos)
    assert sources(tmp_path / "shuffled", "rotation") != names(photos)
    assert examples(tmp_path / "out", "rotation") == examples(tmp_path / "shuffled", "rotation")


def test_copies_are_independent_and_have_keys_of_their_own(many_photos: Path, tmp_path: Path) -> None:
    make(many_photos, tmp_path / "one", task="rotation", noise="gaussian-noise")
    make(many_photos, tmp_path / "three", task="rotation", noise="gaussian-noise", copies=3)
    found = examples(tmp_path / "three", "rotation")
    assert Counter(meta(files)["source"] for files in found.values()) == dict.fromkeys(names(many_photos), 3)
    assert {key: files for key, files in found.items() if meta(files)["copy"] == 0} == examples(
        tmp_path / "one", "rotation"
    )
    turns = {(meta(files)["source"], meta(files)["copy"]): int(files["label.cls"]) for files in found.values()}
    for first, second in ((0, 1), (0, 2), (1, 2)):
        same = sum(turns[name, first] == turns[name, second] for name in names(many_photos))
        assert 0 < same < 25  # a quarter of forty, give or take


def test_keep_clean_is_the_pair_without_noise(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "noisy", task="colorize", noise="gaussian-noise", keep_clean=True)
    make(photos, tmp_path / "plain", task="colorize")
    noisy, plain = examples(tmp_path / "noisy", "colorize"), examples(tmp_path / "plain", "colorize")
    assert set(noisy) == set(plain)
    for key, files in noisy.items():
        assert files["clean.jpg"] == plain[key]["input.jpg"]
        assert files["label.jpg"] == plain[key]["label.jpg"]
        assert files["input.jpg"] != files["clean.jpg"]


def test_keep_folder(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "out", task="rotation", keep="folder")
    found = by_source(examples(tmp_path / "out", "rotation"))
    assert {source: files["folder.txt"].decode() for source, files in found.items()} == {
        name: Path(name).parent.name for name in names(photos)
    }


@pytest.mark.parametrize(
    ("form", "fields", "members"),
    [
        ("webdataset", "input=jpg,label=cls", {"jpg", "cls", "meta.json"}),
        ("webdataset", "input=image.jpg", {"image.jpg", "label.cls", "meta.json"}),
        ("webdataset", "input=jpeg", {"jpeg", "label.cls", "meta.json"}),
        ("parquet", "input=image,label=turn", {"image", "turn", "meta.json"}),
    ],
)
def test_fields_get_the_names_that_a_trainer_expects(
    photos: Path, tmp_path: Path, form: str, fields: str, members: set[str]
) -> None:
    make(photos, tmp_path / "plain", task="rotation", format=form)
    make(photos, tmp_path / "out", task="rotation", format=form, fields=fields)
    plain, found = examples(tmp_path / "plain", "rotation"), examples(tmp_path / "out", "rotation")
    assert {frozenset(files) for files in found.values()} == {frozenset(members)}
    assert {key: sorted(files.values()) for key, files in found.items()} == {
        key: sorted(files.values()) for key, files in plain.items()
    }
    for example in tool.read(tmp_path / "out"):
        assert set(example.fields) == {"input", "label"}


@pytest.mark.parametrize(
    ("form", "fields", "words"),
    [
        ("webdataset", "input=png", "written as jpg, so its name must end so"),
        ("webdataset", "label=jpg", "written as cls, so its name must end so"),
        ("webdataset", "input=image", "written as jpg, so its name must end so"),
        ("webdataset", "input=JPG", "lower-case letters"),
        ("webdataset", "input=a b.jpg", "lower-case letters"),
        ("webdataset", "input=.jpg", "lower-case letters"),
        ("webdataset", "output=jpg", "there is no field 'output'; there is input, label"),
        ("parquet", "input=label", "would stand twice"),
        ("parquet", "input=key", "would stand twice"),
        ("parquet", "input=meta", "would stand twice"),
        ("parquet", "input=x.jpg", "no dot in its name"),
        ("webdataset", "input", "NAME=VALUE"),
    ],
)
def test_names_that_would_lie_are_refused(photos: Path, tmp_path: Path, form: str, fields: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        make(photos, tmp_path / "out", task="rotation", format=form, fields=fields)
    assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_both_formats_hold_the_same_examples_in_the_same_order(photos: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"task": "rotation", "noise": "gaussian-noise", "keep": "folder", "copies": 2}
    make(photos, tmp_path / "tar", **options)
    make(photos, tmp_path / "parquet", format="parquet", **options)
    tar, parquet = rows(tmp_path / "tar", "rotation"), rows(tmp_path / "parquet", "rotation")
    assert [key for key, _ in tar] == [key for key, _ in parquet]
    for (_, in_tar), (_, in_parquet) in zip(tar, parquet, strict=True):
        assert {
            name.removesuffix(Path(name).suffix) if name != "meta.json" else name: data for name, data in in_tar.items()
        } == in_parquet


def test_parquet_is_laid_out_for_viewers(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "out", task="colorize", format="parquet")
    (shard,) = (tmp_path / "out" / "colorize").glob("*.parquet")
    file = pq.ParquetFile(shard)
    assert file.schema_arrow.names == ["key", "source", "input", "label", "meta"]
    features = json.loads(file.schema_arrow.metadata[b"huggingface"])["info"]["features"]
    assert features["input"] == features["label"] == {"_type": "Image"}
    group = file.metadata.row_group(0)
    columns = {group.column(number).path_in_schema: group.column(number) for number in range(group.num_columns)}
    assert columns["input.bytes"].compression == columns["label.bytes"].compression == "UNCOMPRESSED"
    assert columns["source"].compression == columns["meta"].compression == "ZSTD"
    for row in file.read().to_pylist():
        assert json.loads(row["meta"])["source"] == row["source"]
        assert row["input"]["path"] == f"{row['key']}.input.jpg"


@pytest.mark.parametrize(
    ("image_format", "formats"), [("auto", {"JPEG"}), ("jpg", {"JPEG"}), ("png", {"PNG"}), ("webp", {"WEBP"})]
)
def test_image_format(photos: Path, tmp_path: Path, image_format: str, formats: set[str]) -> None:
    make(photos, tmp_path / "out", task="rotation", image_format=image_format)
    extension = "jpg" if image_format == "auto" else image_format
    inputs = [files[f"input.{extension}"] for files in examples(tmp_path / "out", "rotation").values()]
    assert {Image.open(io.BytesIO(data)).format for data in inputs} == formats
    assert len(inputs) == 14


def test_png_keeps_every_pixel(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "out", task="colorize", image_format="png")
    files = by_source(examples(tmp_path / "out", "colorize"))["hills/far/mist.png"]
    assert (np.asarray(Image.open(io.BytesIO(files["label.png"]))) == np.asarray(photo(20))).all()


def test_quality(photos: Path, tmp_path: Path) -> None:
    sizes = {}
    for quality in (30, 95):
        make(photos, tmp_path / str(quality), task="rotation", quality=quality)
        found = examples(tmp_path / str(quality), "rotation").values()
        sizes[quality] = sum(len(files["input.jpg"]) for files in found)
    assert sizes[30] < sizes[95] / 2


@pytest.mark.parametrize(
    ("fit", "expected"),
    [
        ("short", {"birds/b4.jpg": (57, 32), "hills/h4.jpg": (32, 56), "birds/turned.jpg": (32, 43)}),
        ("crop", {"birds/b4.jpg": (32, 32), "hills/h4.jpg": (32, 32), "birds/turned.jpg": (32, 32)}),
        ("pad", {"birds/b4.jpg": (32, 32), "hills/h4.jpg": (32, 32), "birds/turned.jpg": (32, 32)}),
        ("stretch", {"birds/b4.jpg": (32, 32), "hills/h4.jpg": (32, 32), "birds/turned.jpg": (32, 32)}),
    ],
)
def test_size_and_fit(photos: Path, tmp_path: Path, fit: str, expected: dict[str, tuple[int, int]]) -> None:
    make(photos, tmp_path / "out", task="colorize", size=32, fit=fit)
    found = by_source(examples(tmp_path / "out", "colorize"))
    for field in ("input.jpg", "label.jpg"):
        assert {source: size_of(found[source][field]) for source in expected} == expected


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"task": "rotation", "noise": "rotate"}, "noise 'rotate' alters geometry, and the label of task 'rotation'"),
        ({"task": "rotation", "keep_clean": True}, "--keep-clean keeps the input as it was before noise"),
        ({"task": "rotation", "fit": "crop"}, "there is no --size"),
        ({"task": "rotation", "fit": "pad", "size": 32}, "would give the label of task 'rotation' away"),
        ({"task": "rotation", "keep": "input"}, "--keep input"),
        ({"task": ["rotation", "rotation"]}, "two tasks are named 'rotation'; give one a name of its own"),
        ({"task": "colourise"}, "no task is named 'colourise'; did you mean colorize?"),
        ({"task": "gaussian-noise"}, "gaussian-noise is a noise"),
        ({"task": "rotation", "noise": "colorize"}, "colorize is a task"),
        ({"task": "rotation", "noise": "gausian-noise"}, "did you mean gaussian-noise?"),
        ({"task": "rotation", "noise": "gaussian-noise:sigma=9"}, "must be between 0 and 2"),
        ({"task": "rotation", "noise": "gaussian-noise:p=1.5"}, "must be between 0 and 1"),
        ({"task": "rotation", "noise": "gaussian-noise:sgima=1"}, "did you mean sigma?"),
        ({"task": "rotation:all_turns=perhaps"}, "must be true or false"),
        ({"task": "colorize:as=lab"}, "must be rgb, ab or bins"),
        ({"task": "rotation", "size": 0}, "must be between 1 and 65535"),
        ({"task": "rotation", "copies": 0}, "must be at least 1"),
        ({"task": "rotation", "quality": 101}, "must be between 1 and 100"),
        ({"task": "rotation", "deadline": 0}, "must be at least 0.1"),
        ({"task": "rotation", "shard_size": "12 pounds"}, "with one of B, kB"),
        ({"task": "rotation", "seed": "1..5"}, "one value, not a range"),
        ({"task": "rotation", "format": "tar"}, "must be auto, webdataset or parquet"),
        ({"task": []}, "no task is given"),
        ({}, "no task is given"),
        ({"task": "rotation", "sede": 3}, "there is no option 'sede'; did you mean seed?"),
        ({"task": "rotation", "plugin": "nowhere.py"}, "--plugin nowhere.py: No such file"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(
    photos: Path, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        make(photos, tmp_path / "out", **options)
    assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_field_that_no_reader_gives_is_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(SslabelError) as caught:
        make(photos, tmp_path / "out", task="rotation", keep="caption")
    assert caught.value.exit_code == 2
    assert "caption" in str(caught.value)
    assert "folder" in str(caught.value)


def test_a_noise_that_would_clash_may_come_before_the_task(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "out", task="colorize", augment="rotate:degrees=20", image_format="png")
    files = by_source(examples(tmp_path / "out", "colorize"))["hills/far/mist.png"]
    label = np.asarray(Image.open(io.BytesIO(files["label.png"])))
    grey = np.asarray(Image.open(io.BytesIO(files["input.png"])))
    luma = label @ np.array([0.299, 0.587, 0.114])
    assert abs(luma - grey).max() <= 1
    assert meta(files)["augment"] == "rotate(degrees=20)"
    assert (label != np.asarray(photo(20))).any()


def test_several_roots_have_their_number_in_front(tmp_path: Path) -> None:
    first, second = draw_many(tmp_path / "a", 3), draw_many(tmp_path / "b" / "sub", 3).parent
    make_several = tool.make([first, second], tmp_path / "out", task="rotation")
    assert isinstance(make_several, Summary)
    expected = [f"0/p00{number}.jpg" for number in range(3)] + [f"1/sub/p00{number}.jpg" for number in range(3)]
    assert sorted(sources(tmp_path / "out", "rotation")) == expected
    # The same pictures in the other root are examples of their own.
    assert len(examples(tmp_path / "out", "rotation")) == 6


@pytest.mark.parametrize(("asked", "most"), [(1, 1), (5, 5)])
def test_shards_hold_no_more_pairs_than_asked(photos: Path, tmp_path: Path, asked: int, most: int) -> None:
    make(photos, tmp_path / "out", task=["rotation", "colorize"], shard_pairs=asked)
    assert max(one["pairs"] for one in records(tmp_path / "out")) <= most
    assert len(rows(tmp_path / "out", "rotation")) == 14


def test_shards_hold_no_more_pairs_than_asked_where_many_sources_are_bad(tmp_path: Path) -> None:
    raw = draw_many(tmp_path / "raw", 6)
    for number in range(6):
        (raw / f"bad{number}.jpg").touch()
    make(raw, tmp_path / "out", task="rotation:all_turns=true", shard_pairs=8, max_error_rate=1)
    assert len(rows(tmp_path / "out", "rotation")) == 24
    assert max(one["pairs"] for one in records(tmp_path / "out")) <= 8


def test_shards_come_out_near_the_size_asked_for(many_photos: Path, tmp_path: Path) -> None:
    make(many_photos, tmp_path / "out", task="colorize", shard_size="50kB")
    sizes = [one["bytes"] for one in records(tmp_path / "out")]
    assert len(sizes) > 3
    assert all(25_000 < size < 75_000 for size in sizes)


@pytest.mark.parametrize("form", ["webdataset", "parquet"])
def test_a_dry_run_writes_nothing_and_says_what_a_run_comes_to(photos: Path, tmp_path: Path, form: str) -> None:
    options: dict[str, Any] = {"task": ["colorize", "rotation:all_turns=true"], "format": form, "shard_size": "40kB"}
    before = tree(tmp_path)
    said = tool.make(photos, tmp_path / "out", dry_run=True, **options)
    assert tree(tmp_path) == before
    assert not (tmp_path / "out").exists()
    assert isinstance(said, DryRun)
    summary = make(photos, tmp_path / "out", **options)
    assert (said.sources, said.probed) == (14, 8)
    assert said.source_bytes == sum(path.stat().st_size for path in photos.rglob("*") if path.is_file())
    assert said.tasks["rotation"]["pairs"] == summary.tasks["rotation"]["pairs"] == 56
    assert said.tasks["colorize"]["fields"] == ["input", "label"]
    for task in ("colorize", "rotation"):
        assert said.tasks[task]["shards"] == summary.tasks[task]["shards"]
        assert 0.5 < said.tasks[task]["bytes"] / summary.tasks[task]["bytes"] < 2.5  # pictures as small as headers
    assert said.bytes == sum(one["bytes"] for one in said.tasks.values())
    assert (said.seconds > 0, said.free_bytes > 0, said.workers >= 1) == (True, True, True)


def test_a_dry_run_over_an_output_leaves_it_as_it_is(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "out", task="rotation")
    before = tree(tmp_path / "out")
    tool.make(photos, tmp_path / "out", dry_run=True, task="colorize", seed=4)
    assert tree(tmp_path / "out") == before


def test_a_dry_run_refuses_what_a_run_refuses(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="must end so"):
        tool.make(photos, tmp_path / "out", dry_run=True, task="rotation", fields="input=png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToReadError):
        tool.make(tmp_path / "empty", tmp_path / "out", dry_run=True, task="rotation")
    assert not (tmp_path / "out").exists()


RECIPE = """
task:
  - colorize:
      as: bins
      noise:
        - gaussian-noise: {sigma: 0.05..0.2}
        - gaussian-noise: {sigma: 0.01, p: 0.5}
  - small@rotation:
      all_turns: true
noise:
  - pixel-dropout: {rate: 0.1}
augment: [color-balance]
size: 48
fit: crop
split: {train: 0.7, test: 0.3}
seed: 7
copies: 2
shard_size: 60kB
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe that uses all there is."""
    (tmp_path / "recipe.yaml").write_text(RECIPE, "utf-8")
    return tmp_path / "recipe.yaml"


def test_a_recipe_file_is_the_options_it_names(photos: Path, tmp_path: Path, recipe: Path) -> None:
    make(photos, tmp_path / "out", recipe=str(recipe))
    chains = {meta(files)["noise"] for files in examples(tmp_path / "out", "colorize").values()}
    assert all(chain.startswith("gaussian-noise(sigma=0.") for chain in chains)
    assert {" > gaussian-noise-2(sigma=0.01)" in chain for chain in chains} == {True, False}
    small = examples(tmp_path / "out", "small")
    assert {meta(files)["noise"] for files in small.values()} == {"pixel-dropout(rate=0.1, fill=0)"}
    assert {size_of(files["input.jpg"]) for files in small.values()} == {(48, 48)}
    assert len(small) == 14 * 4 * 2


def test_options_win_over_the_recipe_file(photos: Path, tmp_path: Path, recipe: Path) -> None:
    make(photos, tmp_path / "out", recipe=str(recipe), copies=1, size=32, task="rotation", noise=[], augment=[])
    (plan,) = plans(tmp_path / "out")
    assert {name: plan["asked"][name] for name in ("seed", "copies", "size", "fit", "noise", "augment")} == {
        "seed": 7,
        "copies": 1,
        "size": 32,
        "fit": "crop",
        "noise": [],
        "augment": [],
    }
    assert {size_of(files["input.jpg"]) for files in examples(tmp_path / "out", "rotation").values()} == {(32, 32)}


@pytest.mark.parametrize(
    "options",
    [
        {"task": "rotation"},
        {"task": ["colorize:as=bins", "rotation"], "noise": ["gaussian-noise:sigma=0.05..0.2", "pixel-dropout:p=0.5"]},
        {"task": "small@rotation", "keep": "folder", "fields": "input=jpg", "limit": 9, "shuffle": False},
        {"task": "rotation", "noise": "color-balance", "keep_clean": True, "size": 40, "fit": "crop", "copies": 2},
        {
            "task": "colorize",
            "format": "parquet",
            "image_format": "webp",
            "split": "a=0.25,b=0.75",
            "shard_size": "1MB",
        },
    ],
)
def test_the_recipe_that_was_written_makes_the_same_again(
    photos: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    make(photos, tmp_path / "out", **options)
    before = tree(tmp_path / "out")
    (written,) = (tmp_path / "out").glob(".sslabel/plans/*/recipe.yaml")
    make(photos, tmp_path / "again", recipe=str(written))
    assert tree(tmp_path / "again") == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- task", "a mapping is needed"),
        ("task: [", "is not YAML"),
        ("tsak: rotation", "there is no 'tsak'; did you mean task?"),
        ("task: rotation\nsize: large", "a whole number is needed"),
        ("task: 5", "neither NAME:key=value nor one NAME"),
        ("task: [{rotation: {}, colorize: {}}]", "neither NAME:key=value nor one NAME"),
        ("task: [{rotation: {noise: [hue-shift]}}]", "no noise is named 'hue-shift'"),
        ("", "a mapping is needed"),
    ],
)
def test_recipes_that_cannot_work_are_refused(photos: Path, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "recipe.yaml").write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        make(photos, tmp_path / "out", recipe=str(tmp_path / "recipe.yaml"))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_written_recipe_is_plain_yaml(photos: Path, tmp_path: Path) -> None:
    make(photos, tmp_path / "out", task="rotation", noise="gaussian-noise", seed=3)
    (written,) = (tmp_path / "out").glob(".sslabel/plans/*/recipe.yaml")
    loaded = yaml.safe_load(written.read_text("utf-8"))
    assert loaded["task"] == [
        {"rotation": {"all_turns": False, "noise": [{"gaussian-noise": {"severity": "1..5", "sigma": None, "p": 1.0}}]}}
    ]
    assert (loaded["seed"], loaded["split"]) == (3, {"train": 1.0})
    assert not {"workers", "deadline", "sources"} & set(loaded)


def test_max_pixels_is_judged_from_the_header(tmp_path: Path) -> None:
    save_photo(tmp_path / "raw" / "small.png", 1, 100, 100)
    save_photo(tmp_path / "raw" / "large.png", 2, 101, 100)
    make(tmp_path / "raw", tmp_path / "out", task="rotation", max_pixels="10k", max_error_rate=1)
    assert sources(tmp_path / "out", "rotation") == ["small.png"]
