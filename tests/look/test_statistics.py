"""What an output folder holds is counted as it is."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.errors import DamageError, UsageError
from sslabel.look.datasets import asked_for, chosen, state_of
from sslabel.look.places import Place
from sslabel.look.statistics import TaskNumbers, numbers_of, share
from tests.engine.running import examples, meta, records, size_of
from tests.look.handmade import Strings, write_out


def numbers(
    out: Path, task: str | None = None, split: str | None = None, sample: int | None = None
) -> list[TaskNumbers]:
    return [numbers_of(one, sample) for one in asked_for(out, task, split)]


@pytest.fixture(scope="module", params=["webdataset", "parquet"])
def form(request: pytest.FixtureRequest) -> str:
    """Each format in turn."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def out(form: str, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data sets of two splits, with a bad source and with noises."""
    folder = tmp_path_factory.mktemp("stats") / "out"
    options: dict[str, Any] = {"split": "train=0.7,test=0.3", "shard_size": "20kB", "format": form}
    noise = ["gaussian-noise:sigma=0.05..0.2,p=0.5", "erase"]
    tool.make(photos, folder, task=["rotation", "colorize"], noise=noise, copies=2, **options)
    return folder


@pytest.mark.parametrize("split", [None, "train", "test"])
def test_counts_are_those_of_the_shards(out: Path, split: str | None) -> None:
    for one in numbers(out, split=split):
        found = examples(out, one.data.task, split or "*")
        own = [record for record in records(out, one.data.task) if split in (None, record["split"])]
        assert one.tally.pairs == one.looked == len(found)
        assert one.tally.bytes == sum(record["bytes"] for record in own)
        assert one.data.planned == one.tally.shards == len(own)
        assert one.tally.sources == sum(record["sources"] for record in own)
        assert one.shard_pairs.most == max(record["pairs"] for record in own)


def test_labels_sizes_and_noises_are_those_of_the_pairs(out: Path, form: str) -> None:
    (rotation,) = numbers(out, "rotation")
    found = examples(out, "rotation")
    label, picture = ("label", "input") if form == "parquet" else ("label.cls", "input.jpg")
    turns = ("0", "90", "180", "270")
    classes = Counter(turns[int(files[label])] for files in found.values())
    assert rotation.fields["label"].counts["class"].by_name == {**dict.fromkeys(turns, 0), **classes}
    sizes = Counter("{}×{}".format(*size_of(files[picture])) for files in found.values())
    assert rotation.fields["input"].counts["size"].by_name == sizes
    chains = [meta(files)["noise"] for files in found.values()]
    assert rotation.noises["gaussian-noise"].applied == sum("gaussian-noise(" in chain for chain in chains) > 0
    assert rotation.noises["erase"].applied == len(found)
    sigma = rotation.noises["gaussian-noise"].numbers["sigma"]
    assert 0.05 <= sigma.least < sigma.most <= 0.2


def test_texts_are_measured_in_characters_and_words(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.txt").write_text("One two three four.\n\nBeyond five, six and seven.\n\nEins", "utf-8")
    tool.make(raw, tmp_path / "out", task=["masked-word:count=1", "word-order"])
    (masked, order) = numbers(tmp_path / "out")
    assert (masked.fields["label"].spreads["words"].least, masked.fields["label"].spreads["texts"].most) == (1, 1)
    text = order.fields["label_text"].spreads
    assert (text["characters"].least, text["characters"].most) == (19, 27)
    assert (text["words"].least, text["words"].most) == (4, 5)
    assert order.fields["label"].spreads["places"].most == 5
    assert order.fields["label"].counts["order"].total == 2
    assert order.tally.samples_skipped == {"fewer than two words": 1}


def test_orders_that_are_about_all_different_are_not_counted(tmp_path: Path) -> None:
    texts = {16: " ".join(f"w{number}" for number in range(16)), 17: " ".join(f"v{number}" for number in range(17))}
    for longest, text in texts.items():
        raw = tmp_path / str(longest)
        raw.mkdir()
        (raw / "a.txt").write_text(f"One two three.\n\n{text}.\n\nFour five six.", "utf-8")
        tool.make(raw, tmp_path / f"out-{longest}", task="word-order")
        (one,) = numbers(tmp_path / f"out-{longest}")
        assert one.fields["label"].spreads["places"].most == longest
        assert ("order" in one.fields["label"].counts) == (longest == 16)


def test_what_lies_behind_a_url_is_counted_as_it_is_here(out: Path) -> None:
    for one in numbers(out):
        there = Place.of(f"local://{out}")
        assert there.system is not None
        with state_of(there) as state:
            (same,) = chosen(there, state, one.data.task)
            assert numbers_of(same, None).to_json() == one.to_json()


def test_a_sample_looks_at_some_pairs_of_each_shard_and_counts_all(out: Path, form: str) -> None:
    (whole,), (some,) = numbers(out, "rotation"), numbers(out, "rotation", sample=10)
    assert some.tally == whole.tally
    assert some.tally.shards <= some.looked < whole.looked
    assert some.looked == sum(-(-record["pairs"] * 10 // 28) for record in records(out, "rotation"))
    assert some.fields["label"].looked == some.looked
    assert form == "parquet" or some.fields["input"].looked == some.looked


@pytest.mark.parametrize(
    ("pairs", "of_all", "sample", "most"),
    [(10, 100, None, None), (10, 100, 100, None), (10, 100, 10, 1), (10, 100, 11, 2), (0, 100, 10, 0), (1, 100, 1, 1)],
)
def test_share(pairs: int, of_all: int, sample: int | None, most: int | None) -> None:
    assert share(pairs, of_all, sample) == most


def test_what_was_left_out_is_counted_by_its_reason(photos: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for path in list(photos.rglob("*.jpg"))[:3]:
        (raw / path.name).write_bytes(path.read_bytes())
    for number in range(5):
        (raw / f"bad{number}.jpg").write_bytes(b"not a picture")
    tool.make(raw, tmp_path / "out", task="rotation", max_error_rate=1)
    (one,) = numbers(tmp_path / "out")
    assert one.excluded_counts == {"unreadable": 5}
    assert [bad.source[:3] for bad in one.excluded["unreadable"]] == ["bad"] * 3  # some of them, as examples
    assert one.tally.excluded == []
    assert one.runs[-1].sources == 8


def test_skips_records_and_remarks_are_those_of_the_records(tmp_path: Path) -> None:
    (one,) = numbers(write_out(tmp_path / "out", Strings(), shards=3))
    assert one.excluded_counts == {"unreadable": 3, "record": 3}
    assert one.tally.skipped == {"torn": 3}
    assert one.tally.samples_skipped == {"torn": 6}
    assert one.tally.remarks == {"torn": 3}


def test_a_run_that_goes_on_is_told_by_its_records(tmp_path: Path) -> None:
    out = write_out(tmp_path / "out", Strings(), shards=2, missing=3)
    (out / "handmade" / ".train-000002.tar.tmp-0123").write_bytes(b"half")
    (out / "handmade" / "train-000003.tar").write_bytes(b"of no record")
    (one,) = numbers(out)
    assert (one.tally.shards, one.data.planned, one.tally.pairs, one.looked) == (2, 5, 8, 8)


@pytest.mark.parametrize("form", ["webdataset", "parquet"])
def test_empty_shards_and_no_shards(tmp_path: Path, form: str) -> None:
    for name, shards in (("empty", 1), ("none", 0)):
        (one,) = numbers(write_out(tmp_path / name, Strings(), pairs=0, shards=shards, missing=1, form=form), sample=10)
        assert (one.tally.pairs, one.looked) == (0, 0)
        json.dumps(one.to_json(), allow_nan=False)


def test_numbers_are_json(out: Path) -> None:
    for one in numbers(out):
        told = json.loads(json.dumps(one.to_json(), allow_nan=False))
        assert (told["type"], told["pairs"]) == ("stats", one.tally.pairs)
        assert told["fields"]["input"]["kind"] == "picture"
        assert told["runs"][0]["pairs_per_second"] > 0


def test_what_is_not_there_is_said_with_what_is(out: Path, tmp_path: Path) -> None:
    for arguments, message in (
        ((tmp_path,), "there is no output of sslabel here"),
        ((out, "rotatoin"), "there is no task 'rotatoin'; did you mean rotation?"),
        ((out, None, "trian"), "there is no split 'trian'; did you mean train?"),
    ):
        with pytest.raises(UsageError) as caught:
            asked_for(*arguments)
        assert message in str(caught.value)


def test_a_shard_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    out = write_out(tmp_path / "out", Strings())
    path = out / "handmade" / "train-000000.tar"
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    with pytest.raises(DamageError, match=r"train-000000\.tar cannot be read"):
        numbers(out)


def test_memory_is_flat_over_bad_sources(tmp_path: Path) -> None:
    out = write_out(tmp_path / "out", Strings(), shards=1)
    from sslabel.engine.records import Excluded, load_record

    record = load_record(out / ".sslabel", "handmade", 0)
    assert record is not None
    many = dataclasses.replace(record, excluded=[Excluded(f"{number}", "failed", "why") for number in range(5000)])
    many.save(out / ".sslabel")
    (one,) = numbers(out)
    assert one.excluded_counts["failed"] == 5000
    assert len(one.excluded["failed"]) == 3
