"""Parquet shards: pictures as they are, the rest compressed, features for Hugging Face, row groups of bounded size."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sslabel.blocks import Categories, Column, Lists, Strings, value_at
from sslabel.codecs import CODECS, Encoded, EncodedBlock, Schema, column_of
from sslabel.registry import find
from sslabel.seeding import Keys
from sslabel.storage import WholeFile
from sslabel.values import Category, Order
from sslabel.writers.parquet import arrow_schema
from tests.writers.shards import encoded_row, pictures_schema, raw, row, schema_of, some, written

PICTURES = {"input.bytes", "input_mask.bytes", "label_map.bytes"}


def chunks(path: Path) -> list[tuple[int, Any]]:
    about = pq.ParquetFile(path).metadata
    return [
        (group, about.row_group(group).column(column))
        for group in range(about.num_row_groups)
        for column in range(about.num_columns)
    ]


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shards") / "train-000000.parquet"
    schema, examples = some(9)
    written(path, "parquet", schema, examples)
    return path


def test_every_value_is_read_back(shard: Path) -> None:
    schema, examples = some(9)
    rows = pq.read_table(shard).to_pylist()
    assert [one["key"] for one in rows] == [one.key for one in examples]
    assert [one["source"] for one in rows] == [one.source for one in examples]
    assert [json.loads(one["meta"]) for one in rows] == [one.meta for one in examples]
    for number, one in enumerate(rows):
        for field, value in zip(schema.fields, row(number).values(), strict=True):
            again = CODECS[field.kind].from_cell(one[field.name], field)
            assert again == value or field.extension == "jpg"
        assert one["input"] == {"bytes": examples[number].data[0], "path": f"{examples[number].key}.input.jpg"}


def test_columns_stand_in_the_order_of_the_fields(shard: Path) -> None:
    assert pq.read_schema(shard).names == ["key", "source", *row(0), "meta"]


def test_nothing_is_null(shard: Path) -> None:
    table = pq.read_table(shard)
    assert [column.null_count for column in table.columns] == [0] * table.num_columns


def test_pictures_are_plain_and_uncompressed_without_statistics_or_dictionary(shard: Path) -> None:
    seen = set()
    for _, column in chunks(shard):
        if column.path_in_schema in PICTURES:
            seen.add(column.path_in_schema)
            assert column.compression == "UNCOMPRESSED"
            assert set(column.encodings) <= {"PLAIN", "RLE"}  # RLE: which rows are null
            assert not column.has_dictionary_page
            assert not column.is_stats_set
    assert seen == PICTURES


def test_all_else_is_compressed_with_statistics(shard: Path) -> None:
    others = [column for _, column in chunks(shard) if column.path_in_schema not in PICTURES]
    assert {"key", "source", "meta", "label", "caption", "input.path"} <= {one.path_in_schema for one in others}
    assert "label_numbers.list.element.list.element.list.element" in {one.path_in_schema for one in others}
    for column in others:
        assert column.compression == "ZSTD", column.path_in_schema
        assert column.is_stats_set, column.path_in_schema


def test_there_is_a_page_index(shard: Path) -> None:
    for _, column in chunks(shard):
        assert column.has_offset_index
        assert column.has_column_index or column.path_in_schema in PICTURES


def test_hugging_face_s_features_stand_in_the_schema(shard: Path) -> None:
    metadata = pq.read_schema(shard).metadata
    features = json.loads(metadata[b"huggingface"])["info"]["features"]
    text = {"dtype": "string", "_type": "Value"}
    assert list(features) == ["key", "source", *row(0), "meta"]
    assert features["key"] == features["source"] == features["meta"] == features["caption"] == text
    assert features["input"] == features["input_mask"] == features["label_map"] == {"_type": "Image"}
    assert features["label"] == {"names": ["no", "yes"], "_type": "ClassLabel"}
    assert features["label_order"] == {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "List"}


def test_pictures_are_binary_not_large_binary(shard: Path) -> None:
    assert pq.read_schema(shard).field("input").type == pa.struct([("bytes", pa.binary()), ("path", pa.string())])


@pytest.fixture
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


@pytest.mark.usefixtures("_own_cache")
def test_hugging_face_loads_a_shard(shard: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset("parquet", data_files=str(shard), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(loaded) == 9
    assert isinstance(loaded.features["input"], datasets.Image)
    assert loaded.features["label"].names == ["no", "yes"]
    assert loaded[3]["input"].size == (24, 16)
    assert loaded[3]["label"] == 1
    assert loaded[3]["label_order"] == [2, 0, 1]


@pytest.mark.parametrize("count", [1, 9])
def test_the_same_examples_give_the_same_bytes(tmp_path: Path, count: int) -> None:
    schema, examples = some(count)
    again = Schema.from_json(json.loads(json.dumps(schema.to_json())))
    one = written(tmp_path / "one.parquet", "parquet", schema, examples)
    assert one == written(tmp_path / "other.parquet", "parquet", again, some(count)[1])


def test_an_empty_shard_has_the_schema(tmp_path: Path, shard: Path) -> None:
    schema, _ = some(0)
    written(tmp_path / "empty.parquet", "parquet", schema, [])
    assert pq.read_table(tmp_path / "empty.parquet").num_rows == 0
    assert pq.read_schema(tmp_path / "empty.parquet").equals(pq.read_schema(shard), check_metadata=True)


def test_row_groups_hold_about_16_megabytes(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    examples = [raw(f"{number:032x}", [random.bytes(1_000_000)]) for number in range(40)]
    path = tmp_path / "large.parquet"
    written(path, "parquet", pictures_schema(), examples)
    about = pq.ParquetFile(path).metadata
    assert [about.row_group(group).num_rows for group in range(about.num_row_groups)] == [17, 17, 6]
    assert all(about.row_group(group).total_byte_size < 18 << 20 for group in range(about.num_row_groups))
    assert pq.read_table(path).column("input").to_pylist()[39]["bytes"] == examples[39].data[0]


def test_one_example_larger_than_a_row_group_has_one_of_its_own(tmp_path: Path) -> None:
    examples = [raw("a", [b"x"]), raw("b", [bytes(17 << 20)]), raw("c", [b"y"])]
    path = tmp_path / "large.parquet"
    written(path, "parquet", pictures_schema(), examples)
    about = pq.ParquetFile(path).metadata
    assert [about.row_group(group).num_rows for group in range(about.num_row_groups)] == [2, 1]
    assert pq.read_table(path).column("key").to_pylist() == ["a", "b", "c"]


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    schema = pictures_schema(("input", "label"), {"input": "image"})
    path = tmp_path / "renamed.parquet"
    written(path, "parquet", schema, [raw("k", [b"one", b"two"])])
    table = pq.read_table(path)
    assert table.schema.names == ["key", "source", "image", "label", "meta"]
    assert list(json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]) == table.schema.names
    assert {column.path_in_schema: column.compression for _, column in chunks(path)}["image.bytes"] == "UNCOMPRESSED"


def test_a_data_set_without_pictures_is_written_too(tmp_path: Path) -> None:
    schema = schema_of({"label": Category(0, ("no", "yes"))})
    path = tmp_path / "plain.parquet"
    written(path, "parquet", schema, [])
    assert pq.read_schema(path).equals(arrow_schema(schema), check_metadata=True)


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Python could only print while it cleaned up."""
    seen: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda problem: seen.append(repr(problem.exc_value)))
    return seen


def fail_half_way(path: Path) -> None:
    schema, examples = some(1)
    with WholeFile(path) as file:
        shard = find("writer", "parquet").function(file, schema)
        shard.add(examples[0])
        raise InterruptedError


@pytest.mark.usefixtures("unraisable")
def test_a_shard_that_fails_half_way_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InterruptedError):
        fail_half_way(tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_shard_that_fails_half_way_prints_nothing(tmp_path: Path, unraisable: list[Any]) -> None:
    with pytest.raises(InterruptedError):
        fail_half_way(tmp_path / "a.parquet")
    gc.collect()
    assert unraisable == []


def texts(first: int, count: int, size: int = 20) -> dict[str, Column]:
    """A text, a list of texts, a class, an order and numbers for each of some rows."""
    numbers = range(first, first + count)
    words = [f"word{number}%s" for number in numbers for _ in range(number % 3)]
    return {
        "input": Strings.of([f"日本 {number} ".ljust(size, "é") for number in numbers]),
        "input_words": Lists(Strings.of(words), np.cumsum([0, *(number % 3 for number in numbers)])),
        "label": Categories(np.array([number % 2 for number in numbers], np.int64), ("no", "yes")),
        "label_order": Lists(np.array([1, 0] * count, np.int32), np.arange(count + 1) * 2, Order),
        "label_at": Lists(np.array(numbers, np.int32), np.arange(count + 1)),
    }


def block_of(first: int, count: int, schema: Schema, size: int = 20) -> EncodedBlock:
    """Some rows as a block."""
    made = texts(first, count, size)
    columns = [column_of(column, field) for column, field in zip(made.values(), schema.fields, strict=True)]
    numbers = range(first, first + count)
    sources = [f"birds/{number}.jpg" for number in numbers]
    meta = {"source": sources, "copy": list(numbers), "level": [number / 8 for number in numbers]}
    return EncodedBlock(Keys.of([f"{number:032x}" for number in numbers]), sources, columns, meta)


def single_of(number: int, schema: Schema, size: int = 20) -> Encoded:
    """The same row by itself."""
    return encoded_row(number, {name: value_at(column, 0) for name, column in texts(number, 1, size).items()}, schema)


def texts_schema() -> Schema:
    return schema_of({name: value_at(column, 0) for name, column in texts(0, 1).items()})


def written_mixed(path: Path, parts: list[int], size: int = 20) -> Path:
    """A shard of blocks of so many rows; for 0, of one row by itself."""
    schema = texts_schema()
    first = 0
    with WholeFile(path) as file:
        shard = find("writer", "parquet").function(file, schema)
        for count in parts:
            if count:
                shard.add_block(block_of(first, count, schema, size))
            else:
                shard.add(single_of(first, schema, size))
            first += count or 1
        shard.close()
    return path


@pytest.mark.parametrize("parts", [[7], [3, 4], [0, 5, 0], [0, 0, 2, 3], [1] * 7, [0, 3, 0, 0, 1]])
def test_blocks_and_single_examples_stand_in_the_order_in_which_they_came(tmp_path: Path, parts: list[int]) -> None:
    expected = pq.read_table(written_mixed(tmp_path / "single.parquet", [0] * sum(one or 1 for one in parts)))
    found = pq.read_table(written_mixed(tmp_path / "mixed.parquet", parts))
    assert found.equals(expected, check_metadata=True)
    assert found.column("source").to_pylist() == [f"birds/{number}.jpg" for number in range(found.num_rows)]


def test_the_same_blocks_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = (written_mixed(tmp_path / name, [5, 0, 3]).read_bytes() for name in ("one", "other"))
    assert one == other


def test_row_groups_of_blocks_hold_about_16_megabytes(tmp_path: Path) -> None:
    path = written_mixed(tmp_path / "large.parquet", [500] * 40 + [0] * 3, size=1000)
    about = pq.ParquetFile(path).metadata
    sizes = [about.row_group(group).num_rows for group in range(about.num_row_groups)]
    assert sum(sizes) == 20_003
    assert sizes == [8000, 8000, 4003]
    keys = pq.read_table(path, columns=["key"]).column("key").to_pylist()
    assert keys == [f"{number:032x}" for number in range(20_003)]


def test_what_is_written_in_blocks_is_compressed_with_statistics(tmp_path: Path) -> None:
    for _, column in chunks(written_mixed(tmp_path / "a.parquet", [9])):
        assert column.compression == "ZSTD"
        assert column.is_stats_set


@pytest.mark.usefixtures("_own_cache")
def test_hugging_face_loads_what_was_written_in_blocks(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    path = written_mixed(tmp_path / "a.parquet", [5, 0])
    loaded = datasets.load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded.features["label"].names == ["no", "yes"]
    assert loaded.features["input_words"].feature.dtype == "string"
    assert loaded.features["label_order"].feature.dtype == loaded.features["label_at"].feature.dtype == "int32"
    assert loaded[5]["input_words"] == ["word5%s"] * 2
    assert loaded[5]["label_at"] == [5]
