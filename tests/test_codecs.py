"""Each kind of value survives its bytes and its Arrow column; a field says what all examples have in common."""

from __future__ import annotations

import io
import json
from typing import Any, get_args

import cv2
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sslabel.blocks import Categories, Column, Lists, Strings, value_at
from sslabel.codecs import (
    CODECS,
    EncodedBlock,
    Field,
    PictureFormat,
    Schema,
    column_of,
    decode,
    encode,
    feature,
    field_of,
    fits_field,
    to_json,
)
from sslabel.places import Places
from sslabel.seeding import Keys
from sslabel.values import Category, ClassMap, Clip, Mask, Numbers, Order, Picture, Text, Texts, Value
from tests.pictures import jpeg, noise_pixels, photo, psnr, read_picture

AUTO = PictureFormat()
TURNS = ("0", "90", "180", "270")
rng = np.random.default_rng(0)

LOSSLESS: list[Value] = [
    Text("a plain text"),
    Text(""),
    Text("zwölf Boxkämpfer, 你好, \U0001f600, a\tb\r\nc\0d"),
    Texts(()),
    Texts(("one", "", "drei\n")),
    Category(0, TURNS),
    Category(3, TURNS),
    Order(()),
    Order((2, 0, 1)),
    Numbers(rng.standard_normal(5).astype(np.float32)),
    Numbers(np.array([0.1, 1e-45, -0.0, 3.4028235e38], np.float32)),
    Numbers(np.array([0.1, 5e-324, -0.0, 1.7976931348623157e308])),
    Numbers(np.array([-(2**31), 2**31 - 1], np.int32)),
    Numbers(np.array([-(2**63), 2**63 - 1], np.int64)),
    Numbers(rng.standard_normal((3, 4, 2)).astype(np.float32)),
    Numbers(np.array([[np.nan, np.inf], [-np.inf, 0]])),
    Numbers(np.asfortranarray(rng.integers(-9, 9, (2, 3, 4, 5), np.int64))),
    Numbers(rng.integers(-9, 9, (6, 4), np.int32)[::2, ::-1]),
    Mask(np.where(rng.random((7, 5)) < 0.5, 255, 0).astype(np.uint8)),
    Mask(np.zeros((1, 1), np.uint8)),
    ClassMap(rng.integers(0, 1 << 16, (7, 5), np.uint16)),
    ClassMap(np.full((1, 1), 312, np.uint16)),
    Picture(noise_pixels(7, 5)),
    Picture(noise_pixels(1, 1)),
    Picture(noise_pixels(33, 17)[:, :, 1].copy()),
    Picture(np.asfortranarray(noise_pixels(6, 4))),
]


def lossless_field(value: Value) -> Field:
    return field_of("label", value, AUTO, lossless=True)


@pytest.mark.parametrize("value", LOSSLESS, ids=repr)
def test_a_value_survives_its_bytes(value: Value) -> None:
    field = lossless_field(value)
    again = decode(encode(value, field, 90), field)
    assert again == value
    assert type(again) is type(value)
    assert fits_field(again, field)


@pytest.mark.parametrize("value", LOSSLESS, ids=repr)
def test_equal_values_have_equal_bytes(value: Value) -> None:
    field = lossless_field(value)
    assert encode(value, field, 90) == encode(decode(encode(value, field, 90), field), field, 90)


@pytest.mark.parametrize("value", LOSSLESS, ids=repr)
def test_a_value_survives_its_column(value: Value) -> None:
    field = lossless_field(value)
    codec = CODECS[field.kind]
    column = codec.column([value, value], [encode(value, field, 90)] * 2, ["a.png", "b.png"], field)
    assert column.null_count == 0
    assert [codec.from_cell(cell, field) for cell in column.to_pylist()] == [value, value]
    empty = codec.column([], [], [], field)
    assert (len(empty), empty.type) == (0, column.type)


@pytest.mark.parametrize("value", LOSSLESS, ids=repr)
def test_hugging_face_reads_a_column_as_its_feature_says(value: Value) -> None:
    datasets = pytest.importorskip("datasets")
    field = lossless_field(value)
    column = CODECS[field.kind].column([value], [encode(value, field, 90)], ["a.png"], field)
    features = datasets.Features.from_dict({"label": feature(field)})
    assert features.arrow_schema.field("label").type == column.type


def test_every_kind_of_value_has_a_row_of_the_table() -> None:
    kinds = {type(value): lossless_field(value).kind for value in LOSSLESS}
    assert set(kinds) == set(get_args(Value)) - {Clip}  # whose frames are pictures
    assert set(kinds.values()) == set(CODECS)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (Text("né"), "né".encode()),
        (Texts(("a", "é")), '["a","é"]'.encode()),
        (Category(2, TURNS), b"2"),
        (Order((2, 0, 1)), b"[2,0,1]"),
        (Numbers(np.array([1, -2], np.int32)), b"[1,-2]"),
        (Numbers(np.array([1.0, 0.5])), b"[1.0,0.5]"),
    ],
)
def test_small_values_are_written_in_plain_characters(value: Value, data: bytes) -> None:
    assert encode(value, lossless_field(value), 90) == data


def test_arrays_are_written_as_numpy_reads_them() -> None:
    array = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    data = encode(Numbers(array), lossless_field(Numbers(array)), 90)
    assert data[:8] == b"\x93NUMPY\x01\x00"
    read = np.load(io.BytesIO(data), allow_pickle=False)
    assert read.dtype == "<f4"
    assert read.flags.c_contiguous
    assert np.array_equal(read, array)


@pytest.mark.parametrize("array", [np.array([np.nan]), np.array([np.inf]), np.array([-np.inf], np.float32)])
def test_what_json_cannot_say_is_refused(array: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode(Numbers(array), lossless_field(Numbers(array)), 90)


def test_json_is_compact_utf8() -> None:
    assert to_json({"a": [1, "é"]}) == '{"a":[1,"é"]}'.encode()


@pytest.mark.parametrize(
    ("shape", "cells"),
    [
        ((2,), [[0, 1], [0, 1]]),
        ((1, 2), [[[0, 1]], [[0, 1]]]),
        ((2, 1, 2), [[[[0, 1]], [[2, 3]]], [[[0, 1]], [[2, 3]]]]),
        ((2, 1, 1, 2), [[[[[0, 1]]], [[[2, 3]]]], [[[[0, 1]]], [[[2, 3]]]]]),
    ],
)
def test_a_column_of_arrays_is_nested_lists(shape: tuple[int, ...], cells: list[Any]) -> None:
    value = Numbers(np.arange(np.prod(shape), dtype=np.int32).reshape(shape))
    assert CODECS["numbers"].column([value, value], [], [], lossless_field(value)).to_pylist() == cells


def test_a_column_holds_arrays_of_several_sizes() -> None:
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in ((1, 4, 2), (3, 2, 2), (2, 1, 2))]
    field = lossless_field(Numbers(arrays[0]))
    column = CODECS["numbers"].column([Numbers(array) for array in arrays], [], [], field)
    column.validate(full=True)
    assert column.to_pylist() == [array.tolist() for array in arrays]


def test_a_column_of_pictures_is_bytes_with_their_names() -> None:
    field = Field("input", "picture", "jpg")
    column = CODECS["picture"].column([None, None], [b"one", b"two"], ["1.input.jpg", "2.input.jpg"], field)
    assert column.type == pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    assert column.to_pylist() == [{"bytes": b"one", "path": "1.input.jpg"}, {"bytes": b"two", "path": "2.input.jpg"}]


@pytest.mark.parametrize(
    ("image_format", "lossless", "extension", "exact"),
    [
        ("auto", False, "jpg", False),
        ("auto", True, "png", True),
        ("jpg", False, "jpg", False),
        ("jpg", True, "jpg", False),
        ("png", False, "png", True),
        ("png", True, "png", True),
        ("webp", False, "webp", False),
        ("webp", True, "webp", True),
    ],
)
def test_a_picture_is_written_as_the_user_or_the_task_asks(
    image_format: str, lossless: bool, extension: str, exact: bool
) -> None:
    picture = Picture(photo(64, 48))
    field = field_of("input", picture, PictureFormat(image_format, 90), lossless=lossless)
    assert field == Field("input", "picture", extension, lossless=exact)
    data = encode(picture, field, 90)
    again = decode(data, field)
    assert isinstance(again, Picture)
    assert (again == picture) is exact
    assert psnr(again.pixels, picture.pixels) > 32
    assert Image.open(io.BytesIO(data)).format == {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[extension]


@pytest.mark.parametrize("extension", ["jpg", "webp"])
def test_quality_is_what_it_costs(extension: str) -> None:
    picture, field = Picture(photo(64, 48)), Field("input", "picture", extension)
    low, high = encode(picture, field, 30), encode(picture, field, 95)
    assert len(low) < len(high)
    pictures = [decode(data, field) for data in (low, high)]
    assert psnr(pictures[0].pixels, picture.pixels) < psnr(pictures[1].pixels, picture.pixels)  # type: ignore[union-attr]


@pytest.mark.parametrize("extension", ["jpg", "png"])
def test_a_grey_picture_is_written_with_one_channel(extension: str) -> None:
    grey = photo(64, 48)[:, :, 1].copy()
    field = Field("input", "picture", extension)
    data = encode(Picture(grey), field, 90)
    assert Image.open(io.BytesIO(data)).mode == "L"
    again = decode(data, field)
    assert isinstance(again, Picture)
    assert psnr(again.pixels, grey) > 32


def test_a_grey_picture_has_three_equal_channels_in_webp() -> None:
    grey = photo(64, 48)[:, :, 1].copy()
    field = Field("input", "picture", "webp", lossless=True)
    again = decode(encode(Picture(grey), field, 90), field)
    assert again == Picture(np.repeat(grey[:, :, None], 3, axis=2))


def test_channels_are_written_in_the_order_of_rgb() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[:, :, 0] = 255
    for extension in ("jpg", "png", "webp"):
        data = encode(Picture(red), Field("input", "picture", extension), 95)
        r, g, b = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[8, 8].tolist()
        assert r > 240
        assert max(g, b) < 15


def test_a_picture_is_encoded_once_in_each_way(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    imencode = cv2.imencode

    def counted(*given: Any) -> Any:
        made.append(1)
        return imencode(*given)

    monkeypatch.setattr(cv2, "imencode", counted)
    picture, fresh = (Picture(photo(64, 48)) for _ in range(2))
    fields = [Field("input", "picture", "jpg"), Field("input", "picture", "png"), Field("label", "picture", "webp")]
    ways = [(field, quality) for field in fields for quality in (50, 90)]
    first = [encode(picture, *way) for way in ways]
    assert len(made) == len(ways)
    assert [encode(picture, *way) for way in ways] == first
    assert len(made) == len(ways)
    assert [encode(fresh, *way) for way in ways] == first


def test_an_untouched_jpeg_is_written_as_it_is_and_only_as_jpeg(tmp_path: Any) -> None:
    data = jpeg(photo(40, 24))
    picture = read_picture(tmp_path, data)
    assert encode(picture, Field("label", "picture", "jpg"), 10) == data
    png = encode(picture, Field("label", "picture", "png"), 10)
    assert Image.open(io.BytesIO(png)).format == "PNG"


@pytest.mark.parametrize(("extension", "width"), [("jpg", 65_501), ("webp", 16_384)])
def test_a_picture_too_large_for_its_format_is_refused(extension: str, width: int) -> None:
    with pytest.raises(ValueError, match=f"a picture of {width}×1 cannot be written as {extension}"):
        encode(Picture(np.zeros((1, width), np.uint8)), Field("input", "picture", extension), 90)


@pytest.mark.parametrize(
    ("field", "data"),
    [
        (Field("input", "picture", "png"), b""),
        (Field("input", "picture", "png"), b"no picture"),
        (Field("input", "picture", "jpg"), jpeg(photo(40, 24))[:300]),
        (Field("input", "mask", "png"), b"\x89PNG\r\n\x1a\n"),
        (Field("label", "class_map", "png"), b""),
        (Field("label", "category", "cls", names=TURNS), b"x"),
        (Field("label", "category", "cls", names=TURNS), b"4"),
        (Field("label", "text", "txt"), b"\xff\xfe"),
        (Field("label", "order", "json"), b"[0,0]"),
        (Field("label", "order", "json"), b"[0"),
        (Field("label", "numbers", "npy", dtype="float32", dimensions=2), b"\x93NUMPY\x01\x00"),
        (Field("label", "numbers", "npy", dtype="float32", dimensions=2), b"no array"),
    ],
)
def test_bytes_that_are_no_such_value_are_refused(field: Field, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(data, field)


def test_an_array_of_objects_is_never_read() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        decode(buffer.getvalue(), Field("label", "numbers", "npy", dtype="float32", dimensions=2))


FLOATS = Numbers(np.zeros((2, 3), np.float32))


@pytest.mark.parametrize(
    ("declared", "value", "fits"),
    [
        (Category(0, TURNS), Category(3, TURNS), True),
        (Category(0, TURNS), Category(0, ("0", "90")), False),
        (FLOATS, Numbers(np.ones((7, 1), np.float32)), True),
        (FLOATS, Numbers(np.zeros((2, 3), np.float64)), False),
        (FLOATS, Numbers(np.zeros(3, np.float32)), False),
        (Picture(photo(2, 2)), Picture(photo(5, 7)), True),
        (Picture(photo(2, 2)), Picture(np.zeros((3, 3), np.uint8)), True),
        (Picture(photo(2, 2)), Mask(np.zeros((3, 3), np.uint8)), False),
        (Mask(np.zeros((3, 3), np.uint8)), ClassMap(np.zeros((3, 3), np.uint16)), False),
        (Text("a"), Text(""), True),
        (Text("a"), Texts(("a",)), False),
        (Order((0, 1)), Order((2, 1, 0)), True),
    ],
)
def test_a_data_set_has_one_kind_of_value_in_a_field(declared: Value, value: Value, fits: bool) -> None:
    assert fits_field(value, lossless_field(declared)) is fits


@pytest.mark.parametrize("value", LOSSLESS, ids=repr)
def test_a_field_survives_json(value: Value) -> None:
    field = lossless_field(value)
    assert Field.from_json(json.loads(json.dumps(field.to_json()))) == field


def test_a_schema_survives_json() -> None:
    fields = (Field("input", "picture", "jpg"), Field("label", "category", "cls", names=TURNS))
    schema = Schema(fields, {"source": "string", "copy": "int64"}, {"input": "jpg"})
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema


def test_members_and_columns_may_have_other_names() -> None:
    input_, label = Field("input", "picture", "jpg"), Field("label", "category", "cls", names=TURNS)
    schema = Schema((input_, label), {}, {"input": "jpg"})
    assert [schema.member(input_), schema.member(label)] == ["jpg", "label.cls"]
    assert [schema.column(input_), schema.column(label)] == ["jpg", "label"]


ODD_TEXTS = [
    "",
    "plain",
    "a\0b",
    '100 %s %% "quoted" \\ / \x7f\x85\u2028\n\r\t\x1b',
    "日本 \U0001f600 é e\u0301",
    "\ufeff",
]
BLOCKS: list[Column] = [
    Strings.of(ODD_TEXTS),
    Strings.of([]),
    Categories(np.array([3, 0, 1]), TURNS),
    Categories(np.array([], np.int64), TURNS),
    Lists(Strings.of(ODD_TEXTS), np.array([0, 0, 2, 6])),
    Lists(Strings.of([]), np.array([0, 0])),
    Lists(np.array([5, -1, 2**31 - 1], np.int32), np.array([0, 2, 3])),
    Lists(np.array([1, 0, 0, 2, 0, 1], np.int32), np.array([0, 2, 3, 3, 6]), Order),
]


@pytest.mark.parametrize("column", BLOCKS, ids=lambda one: type(one).__name__)
def test_the_column_of_a_block_is_that_of_its_values(column: Column) -> None:
    values = [value_at(column, number) for number in range(len(column))]
    examples: dict[type, Value] = {
        Strings: Text(""),
        Categories: Category(0, TURNS),
        Lists: Texts(()) if isinstance(getattr(column, "items", None), Strings) else Numbers(np.zeros(1, np.int32)),
    }
    field = lossless_field(values[0] if values else examples[type(column)])
    made = column_of(column, field)
    made.validate(full=True)
    encoded = [encode(value, field, 90) for value in values]
    assert made.equals(CODECS[field.kind].column(values, encoded, [""] * len(values), field))
    assert [CODECS[field.kind].from_cell(cell, field) for cell in made.to_pylist()] == values


@pytest.mark.parametrize(
    ("column", "declared"),
    [
        (Strings.of(["a"]), Texts(("a",))),
        (Strings.of(["a"]), Category(0, TURNS)),
        (Categories(np.array([0]), ("0", "90")), Category(0, TURNS)),
        (Categories(np.array([0]), TURNS), Text("")),
        (Lists(Strings.of(["a"]), np.array([0, 1])), Text("a")),
        (Lists(Strings.of(["a"]), np.array([0, 1])), Order((0,))),
        (Lists(np.zeros(1, np.int32), np.array([0, 1])), Order((0,))),
        (Lists(np.zeros(1, np.int32), np.array([0, 1]), Order), Numbers(np.zeros(1, np.int32))),
        (Lists(np.zeros(1, np.int32), np.array([0, 1])), Numbers(np.zeros(1, np.int64))),
        (Lists(np.zeros(1, np.int32), np.array([0, 1])), Numbers(np.zeros((1, 1), np.int32))),
    ],
)
def test_a_block_that_is_not_what_the_field_promises_is_refused(column: Column, declared: Value) -> None:
    with pytest.raises(ValueError, match="where the data set has"):
        column_of(column, lossless_field(declared))


@pytest.mark.parametrize("index", [-1, 4])
def test_a_class_that_is_not_there_is_refused_in_a_block_too(index: int) -> None:
    with pytest.raises(ValueError, match="class"):
        column_of(Categories(np.array([0, index]), TURNS), lossless_field(Category(0, TURNS)))


@pytest.mark.parametrize("order", [[0, 0], [1, 2], [-1, 0]])
def test_an_order_that_is_none_is_refused_in_a_block_too(order: list[int]) -> None:
    column = Lists(np.array([0, 1, *order], np.int32), np.array([0, 2, 4]), Order)
    with pytest.raises(ValueError, match="permutation"):
        column_of(column, lossless_field(Order((0,))))


def test_a_list_without_numbers_is_refused_in_a_block_too() -> None:
    column = Lists(np.array([1], np.int32), np.array([0, 1, 1]))
    with pytest.raises(ValueError, match="empty"):
        column_of(column, lossless_field(Numbers(np.zeros(1, np.int32))))


def block_of(rows: int, meta: dict[str, Any]) -> EncodedBlock:
    return EncodedBlock(Keys.of(["ab" * 16] * rows), [""] * rows, [], meta)


def lines_of(meta: dict[str, Any], rows: int) -> list[str]:
    """The meta data of each example, encoded one by one."""
    each = [
        {name: one[row] if isinstance(one, list | Places) else one for name, one in meta.items()} for row in range(rows)
    ]
    return [to_json(one).decode() for one in each]


@pytest.mark.parametrize(
    "meta",
    [
        {"source": ODD_TEXTS},
        {"source": "100 %s %d %% %(x)s", "copy": 3, "level": 0.1},
        {
            "source": ODD_TEXTS,
            "task": "a%sb",
            "copy": 1,
            "noise": ODD_TEXTS[::-1],
            "level": [0.1, 1e300, -0.0, 1.0, 2.5, 7e-9],
        },
        {"copy": list(range(6)), "source": "日本\n"},
        {"source": Places('日"\n.txt', np.arange(6), np.zeros(6, np.int64)), "task": "100 %"},
        {"copy": 1, "source": Places("a#b", np.arange(6) * 10**15, np.arange(6) % 3)},
        {},
    ],
)
def test_the_meta_data_of_a_block_is_that_of_its_rows(meta: dict[str, Any]) -> None:
    rows = len(ODD_TEXTS)
    assert block_of(rows, meta).meta_column().to_pylist() == lines_of(meta, rows)


note = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
)


@given(st.dictionaries(st.sampled_from("abcdef"), st.one_of(note, st.lists(note, min_size=3, max_size=3))))
def test_any_meta_data_of_a_block_is_that_of_its_rows(meta: dict[str, Any]) -> None:
    assert block_of(3, meta).meta_column().to_pylist() == lines_of(meta, 3)


def test_a_block_without_rows_has_no_meta_data() -> None:
    assert block_of(0, {"source": [], "task": "a"}).meta_column().to_pylist() == []
    assert block_of(0, {"task": "a"}).meta_column().to_pylist() == []
