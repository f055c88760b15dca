"""Picking examples out of shards of ours: here and behind URLs, whole or still growing, by key, source and label."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import fsspec
import pytest

import sslabel as tool
from sslabel.errors import DamageError, NothingToReadError, TryLaterError, UsageError
from sslabel.look.inspection import Asked, examples
from sslabel.look.parts import Stored
from sslabel.look.wanted import Wanted
from sslabel.values import Picture
from tests.engine.running import records
from tests.look.handmade import Strings, write_out

OPTIONS: dict[str, Any] = {"split": "train=0.7,test=0.3", "shard_size": "20kB", "keep": "folder"}


@pytest.fixture(scope="module", params=["webdataset", "parquet"])
def out(request: pytest.FixtureRequest, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data sets in several shards, in each format."""
    folder = tmp_path_factory.mktemp("inspect") / "out"
    tool.make(photos, folder, task=["rotation", "bins@colorize:as=bins"], format=request.param, **OPTIONS)
    return folder


def found(where: object, wanted: Wanted | None = None, **asked: Any) -> list[Stored]:
    """The examples, their fields read while they may be."""
    listed = []
    for one in examples(str(where), Asked(wanted or Wanted(), **asked)):
        assert [part.value for part in one.parts.values()]
        assert one.meta
        listed.append(one)
    return listed


def test_the_first_examples_of_each_task(out: Path) -> None:
    shown = found(out, count=3)
    assert [one.task for one in shown] == ["rotation"] * 3 + ["bins"] * 3
    read = list(tool.read(out, "rotation", limit=3))
    assert [one.key for one in shown[:3]] == [one.key for one in read]
    for one, other in zip(shown, read, strict=False):
        assert {name: part.value for name, part in one.parts.items()} == other.fields
        assert one.meta == other.meta
        assert one.step[0] == "rotation"
    assert (shown[3].step[0], shown[3].step[1]["as"]) == ("colorize", "bins")


def test_one_by_key_source_and_label(out: Path) -> None:
    everything = list(tool.read(out, "rotation"))
    for one in everything[::4]:
        (shown,) = found(out, Wanted.read(one.key, None, []), task="rotation", count=99)
        assert shown.meta == one.meta
        source = str(one.meta["source"])
        for asked in (source, f"some/where/{source}"):
            assert [shown.key for shown in found(out, Wanted.read(None, asked, []), task="rotation")] == [one.key]
    for number, name in enumerate(("0", "90", "180", "270")):
        expected = [one.key for one in everything if one["label"] == tool.Category(number, ("0", "90", "180", "270"))]
        for asked in (str(number), name) if number else ("0",):
            wanted = Wanted.read(None, None, [f"label={asked}"])
            assert [one.key for one in _or_none(out, wanted)] == expected
    both = Wanted.read(None, None, ["folder=birds", "copy=0"])
    assert {one.parts["folder"].value for one in found(out, both, count=99)} == {tool.Text("birds")}


def _or_none(out: Path, wanted: Wanted) -> list[Stored]:
    try:
        return found(out, wanted, task="rotation", count=99)
    except NothingToReadError:
        return []


def test_splits_and_shards(out: Path) -> None:
    assert {one.split for one in found(out, split="test", count=99)} == {"test"}
    shard = records(out, "rotation")[1]["shard"]
    assert {one.shard for one in found(out, shard=shard, task="rotation", count=99)} == {shard}


def test_examples_from_anywhere_are_others_each_time_and_the_same_for_a_seed(out: Path) -> None:
    drawn = [[one.key for one in found(out, task="rotation", draws=True, seed=seed)] for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({tuple(keys) for keys in drawn}) > 2
    assert all(len(set(keys)) == 4 for keys in drawn)


def test_each_example_is_drawn_as_often_as_the_others(out: Path) -> None:
    counts = Counter(
        one.key
        for seed in range(60)
        for one in examples(str(out), Asked(Wanted(), 7, "rotation", draws=True, seed=seed))
    )
    assert set(counts) == {one.key for one in tool.read(out, "rotation")}
    assert all(10 <= count <= 52 for count in counts.values())  # 30 are expected of each


def test_of_few_that_are_wanted_all_are_drawn(out: Path) -> None:
    wanted = Wanted.read(None, None, ["folder=birds"])
    expected = {one.key for one in found(out, wanted, task="rotation", count=99)}
    assert {one.key for one in found(out, wanted, task="rotation", count=99, draws=True)} == expected


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"task": "rotatoin"}, "there is no task 'rotatoin'; did you mean rotation?"),
        ({"split": "tset"}, "there is no split 'tset'; did you mean test?"),
        ({"shard": "train-00000.tar"}, "there is no shard 'train-00000.tar'; did you mean train-00000"),
        (
            {"wanted": Wanted.read(None, None, ["lable=1"])},
            "--where lable=1: there is no field 'lable'; did you mean label",
        ),
    ],
)
def test_what_is_not_there_is_refused(out: Path, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        found(out, **asked)
    assert words in str(caught.value)


@pytest.mark.parametrize("where", ["label", "=3", ""])
def test_a_where_has_a_name_and_a_value(where: str) -> None:
    with pytest.raises(UsageError, match="NAME=VALUE is needed"):
        Wanted.read(None, None, [where])


def test_a_key_that_nothing_has_is_told(out: Path) -> None:
    with pytest.raises(NothingToReadError, match="no such example so far"):
        found(out, Wanted.read("0" * 32, None, []))


def test_a_run_that_goes_on_shows_what_is_finished(out: Path, tmp_path: Path) -> None:
    shutil.copytree(out, tmp_path / "out")
    first, second, third = records(out, "rotation")[:3]
    folder = tmp_path / "out" / "rotation"
    (folder / first["shard"]).rename(folder / f".{first['shard']}.tmp-0a")
    (tmp_path / "out" / ".sslabel" / "records" / "rotation" / f"{second['unit']:06d}.json").unlink()
    with (folder / third["shard"]).open("ab") as file:
        file.write(b"more")
    gone = {one["shard"] for one in (first, second, third)}
    assert {one.shard for one in found(tmp_path / "out", task="rotation", count=99)}.isdisjoint(gone)


def test_a_single_shard_is_known_by_the_output_around_it(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = records(out, "bins")[0]
    (one, *_) = found(out / "bins" / record["shard"])
    assert (one.task, one.step[0], one.parts["label"].kind) == ("bins", "colorize", "class_map")
    monkeypatch.chdir(out / "bins")
    (other, *_) = found(record["shard"])
    assert (other.task, other.key) == ("bins", one.key)


def test_outputs_and_shards_behind_urls(out: Path) -> None:
    system = fsspec.filesystem("memory")
    system.put(f"{out}/", "/bucket/out/", recursive=True)
    expected = [one.told() for one in found(out, count=2)]
    shard = records(out, "rotation")[0]["shard"]
    try:
        for where in ("memory://bucket/out", f"file://{out}"):
            assert [one.told() for one in found(where, count=2)] == expected
        (one, *_) = found(f"memory://bucket/out/rotation/{shard}", count=1)
        assert (one.task, one.shard) == ("rotation", shard)
        (one, *_) = found("memory://bucket/out", task="rotation", draws=True, seed=3, count=1)
        assert isinstance(one.parts["input"].value, Picture)
    finally:
        system.rm("/bucket", recursive=True)


def test_the_folder_of_a_task_is_known_by_the_output_around_it(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [one.told() for one in found(out, task="bins", count=3)]
    assert [one.told() for one in found(out / "bins", count=3)] == expected
    monkeypatch.chdir(out / "bins")
    assert [one.told() for one in found(".", count=3)] == expected


def test_a_source_is_told_by_its_name_or_by_where_it_lies(photos: Path, tmp_path: Path) -> None:
    tool.make([photos / "birds", photos / "hills"], tmp_path / "out", task="rotation")
    for asked in ("1/h0.jpg", "h0.jpg", "hills/h0.jpg", str(photos / "hills" / "h0.jpg")):
        (one,) = found(tmp_path / "out", Wanted.read(None, asked, []))
        assert one.meta["source"] == "1/h0.jpg"
    for asked in ("0.jpg", "hills", "h0", "h0.jpg/x", ""):
        with pytest.raises(NothingToReadError):
            found(tmp_path / "out", Wanted.read(None, asked, []))


def test_what_a_storage_does_not_give_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    module = {"__module__": "botocore.exceptions"}
    no_credentials, no_connection = (
        type(f"{name}Error", (Exception,), module) for name in ("NoCredentials", "Endpoint")
    )
    system = type(fsspec.filesystem("memory"))
    for error, kind, words in (
        (no_credentials("no\ncredentials"), UsageError, "memory://bucket/x.tar: no credentials; sign in"),
        (no_connection("gone"), TryLaterError, "memory://bucket/x.tar: gone; try again"),
        (PermissionError(13, "Forbidden"), UsageError, "memory://bucket/x.tar: .*Forbidden; sign in"),
        (ConnectionError(111, "refused"), TryLaterError, "memory://bucket/x.tar: refused; try again"),
        (ZeroDivisionError("ours"), ZeroDivisionError, "ours"),
    ):
        monkeypatch.setattr(system, "info", lambda *_, error=error, **__: _raise(error))
        with pytest.raises(kind, match=words):
            found("memory://bucket/x.tar")


def _raise(error: Exception) -> None:
    raise error


def test_a_storage_may_not_tell_the_sizes_of_files(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = fsspec.filesystem("memory")
    system.put(f"{out}/", "/unsized/out/", recursive=True)
    expected = [one.told() for one in found(out, count=2)]
    listed = type(system).ls
    monkeypatch.setattr(type(system), "ls", lambda *given, **asked: _unsized(listed(*given, **asked)))
    try:
        assert [one.told() for one in found("memory://unsized/out", count=2)] == expected
    finally:
        system.rm("/unsized", recursive=True)


def _unsized(listed: list[Any]) -> list[Any]:
    return [{**one, "size": None} if isinstance(one, dict) else one for one in listed]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("memory://nothing/here", "there is no such file or folder"),
        ("nosuch://a/b", "Protocol not known"),
        ("NOWHERE", "there is no such file or folder"),
        ("EMPTY", "there is no output of sslabel here, and no .tar or .parquet file"),
        ("EMPTY/a.txt", "an output folder, a .tar or a .parquet file is needed"),
    ],
)
def test_where_nothing_is_it_is_told(tmp_path: Path, where: str, words: str) -> None:
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "EMPTY" / "a.txt").touch()
    with pytest.raises(UsageError, match=words):
        found(where if "://" in where else tmp_path / where)


def test_a_damaged_shard_is_named(out: Path, tmp_path: Path) -> None:
    shutil.copytree(out, tmp_path / "out")
    shard = tmp_path / "out" / "rotation" / records(out, "rotation")[0]["shard"]
    shard.write_bytes(b"\xa5" * shard.stat().st_size)
    with pytest.raises(DamageError, match="cannot be read") as caught:
        found(tmp_path / "out")
    assert str(shard) in str(caught.value)
    assert caught.value.exit_code == 6


def test_an_empty_data_set_says_so(photos: Path, tmp_path: Path) -> None:
    tool.make(photos / "birds" / "ash.jpg", tmp_path / "out", task="colorize")
    with pytest.raises(NothingToReadError, match="no finished example so far"):
        found(tmp_path / "out")


@pytest.mark.parametrize("form", ["webdataset", "parquet"])
def test_fields_under_other_names_are_found(photos: Path, tmp_path: Path, form: str) -> None:
    names = "input=jpg,label=cls" if form == "webdataset" else "input=image,label=target"
    tool.make(photos, tmp_path / "out", task="rotation", fields=names, limit=4, format=form)
    everything = found(tmp_path / "out", count=99)
    assert [set(one.parts) for one in everything] == [{"input", "label"}] * len(everything)
    label = everything[0].parts["label"].value
    assert everything[0].key in {
        one.key for one in found(tmp_path / "out", Wanted.read(None, None, [f"label={label.index}"]), count=99)
    }


@pytest.mark.parametrize("form", ["webdataset", "parquet"])
def test_shards_without_examples_are_passed_over(photos: Path, tmp_path: Path, form: str) -> None:
    options: dict[str, Any] = {"shard_pairs": 1, "shuffle": False, "format": form}
    tool.make(photos / "birds", tmp_path / "out", task="colorize", **options)
    expected = [one.key for one in tool.read(tmp_path / "out")]
    assert 0 in {one["pairs"] for one in records(tmp_path / "out", "colorize")}
    assert [one.key for one in found(tmp_path / "out", count=99)] == expected
    assert {one.key for one in found(tmp_path / "out", count=99, draws=True)} == set(expected)


def test_a_picture_that_cannot_be_decoded_is_named_with_its_shard(tmp_path: Path) -> None:
    out = write_out(tmp_path / "out", Strings())
    shard = out / "handmade" / "train-000000.tar"
    data = shard.read_bytes()
    at = data.index(b"\x89PNG")
    shard.write_bytes(data[:at] + bytes(8) + data[at + 8 :])
    (one, *_) = examples(str(out), Asked(Wanted()))
    with pytest.raises(DamageError, match=r"train-000000\.tar cannot be read: ValueError: "):
        _ = one.values
