"""Values cannot be changed and compare by what they hold; a picture decodes on demand and once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sslabel.values import (
    FIELD_NAME,
    Category,
    ClassMap,
    Example,
    Mask,
    Numbers,
    Order,
    Pair,
    Picture,
    Text,
    Texts,
    part_of,
)
from tests.clips import moving_clip
from tests.pictures import photo

if TYPE_CHECKING:
    from sslabel.values import Pixels


class Counting:
    """A decoder that counts what it is asked for."""

    width, height = 40, 24
    grid = (16, 3, 5)
    verbatim = b"the file"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def rgb(self, at_least: tuple[int, int] | None = None) -> Pixels:
        self.asked.append("rgb" if at_least is None else f"rgb at least {at_least[0]}×{at_least[1]}")
        return photo(40, 24)

    def luma(self) -> Pixels:
        self.asked.append("luma")
        return photo(40, 24)[:, :, 0].copy()

    def small(self) -> Pixels:
        self.asked.append("small")
        return photo(5, 3)

    def small_part(self, rows: int) -> Pixels | None:
        self.asked.append(f"{rows} rows")
        return photo(5, 1) if rows < 24 else None

    def thumbnail(self) -> None:
        return None


class CountingWithoutPart(Counting):
    """A decoder for which a part of the picture is no cheaper than all of it."""

    def small_part(self, rows: int) -> Pixels | None:  # noqa: ARG002 - there is none of any size
        return None


def test_a_category_knows_its_name() -> None:
    assert Category(1, ("0", "90", "180", "270")).name == "90"


@pytest.mark.parametrize("index", [-1, 2, 100])
def test_a_category_is_one_of_its_classes(index: int) -> None:
    with pytest.raises(ValueError, match=f"class {index} of 2 classes"):
        Category(index, ("no", "yes"))


@pytest.mark.parametrize("order", [(), (0,), (2, 0, 1), tuple(range(100))])
def test_an_order_is_kept_as_it_is(order: tuple[int, ...]) -> None:
    assert Order(order).order == order


@pytest.mark.parametrize("order", [(1,), (0, 0), (0, 2), (-1, 0), (1, 2, 3)])
def test_an_order_is_a_permutation_from_zero(order: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="not a permutation"):
        Order(order)


@pytest.mark.parametrize(
    ("kind", "array"),
    [
        (Mask, np.zeros((2, 3), np.uint8)),
        (ClassMap, np.zeros((2, 3), np.uint16)),
        (Numbers, np.zeros(4, np.float32)),
        (Numbers, np.zeros((1, 2, 3, 4), np.float64)),
        (Numbers, np.zeros((2, 2), np.int32)),
        (Numbers, np.zeros((2, 2, 2), np.int64)),
        (Picture, np.zeros((2, 3), np.uint8)),
        (Picture, np.zeros((1, 1, 3), np.uint8)),
    ],
)
def test_an_array_is_kept_and_cannot_be_changed(kind: Any, array: Any) -> None:
    value = kind(array)
    assert value.pixels.dtype == array.dtype
    assert np.array_equal(value.pixels, array)
    with pytest.raises(ValueError, match="read-only"):
        value.pixels[...] = 1


@pytest.mark.parametrize(
    ("kind", "array"),
    [
        (Mask, np.zeros((2, 3), np.bool_)),
        (Mask, np.zeros((2, 3, 1), np.uint8)),
        (Mask, np.zeros((0, 3), np.uint8)),
        (ClassMap, np.zeros((2, 3), np.uint8)),
        (ClassMap, np.zeros((2, 3), np.int32)),
        (Numbers, np.zeros(4, np.float16)),
        (Numbers, np.zeros(4, np.uint8)),
        (Numbers, np.zeros(4, np.object_)),
        (Numbers, np.float32(4)),
        (Numbers, np.zeros((1, 1, 1, 1, 1), np.float32)),
        (Numbers, np.zeros((2, 0), np.float32)),
        (Picture, np.zeros((2, 3), np.float32)),
        (Picture, np.zeros((2, 3, 4), np.uint8)),
        (Picture, np.zeros((2, 3, 1), np.uint8)),
        (Picture, np.zeros((0, 3, 3), np.uint8)),
        (Picture, np.zeros((3, 0), np.uint8)),
        (Picture, np.zeros(3, np.uint8)),
    ],
)
def test_an_array_of_another_kind_is_refused(kind: Any, array: Any) -> None:
    with pytest.raises(ValueError, match=kind.__name__):
        kind(array)


@pytest.mark.parametrize("kind", [Mask, Numbers, Picture])
def test_values_are_equal_where_their_arrays_are(kind: Any) -> None:
    dtype = np.float32 if kind is Numbers else np.uint8
    array = np.arange(6, dtype=dtype).reshape(2, 3)
    assert kind(array) == kind(array.copy())
    assert kind(array) == kind(np.asfortranarray(array))
    assert kind(array) != kind(np.ones_like(array))
    assert kind(array) != kind(array.reshape(3, 2))
    assert kind(array) != array.tolist()
    with pytest.raises(TypeError, match="unhashable"):
        hash(kind(array))


def test_values_of_two_kinds_are_never_equal() -> None:
    array = np.zeros((2, 3), np.uint8)
    assert Mask(array) != Picture(array)
    assert Numbers(np.zeros(3, np.int32)) != Numbers(np.zeros(3, np.int64))


def test_numbers_are_compared_bit_for_bit() -> None:
    assert Numbers(np.array([np.nan])) == Numbers(np.array([np.nan]))
    assert Numbers(np.array([0.0])) != Numbers(np.array([-0.0]))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Mask(np.zeros((2, 3), np.uint8)), "Mask(2×3 uint8)"),
        (Numbers(np.zeros((2, 3, 4), np.float32)), "Numbers(2×3×4 float32)"),
        (Picture(np.zeros((2, 3, 3), np.uint8)), "Picture(3×2)"),
    ],
)
def test_a_value_shows_its_size_not_its_content(value: Any, shown: str) -> None:
    assert repr(value) == shown


def test_a_picture_is_made_from_something() -> None:
    with pytest.raises(TypeError, match="from pixels or from a decoder"):
        Picture()


def test_a_picture_of_pixels_has_no_file() -> None:
    picture = Picture(photo(7, 5))
    assert (picture.width, picture.height) == (7, 5)
    assert (picture.verbatim, picture.grid) == (None, (1, 0, 0))


def test_nothing_is_decoded_before_it_is_asked_for() -> None:
    decoder = Counting()
    picture = Picture(decoder=decoder)
    assert (picture.width, picture.height, picture.grid, picture.verbatim) == (40, 24, (16, 3, 5), b"the file")
    assert decoder.asked == []


@pytest.mark.parametrize(("what", "asked"), [("pixels", "rgb"), ("rgb", "rgb"), ("luma", "luma"), ("small", "small")])
def test_each_kind_of_decoding_is_done_alone_and_once(what: str, asked: str) -> None:
    decoder = Counting()
    picture = Picture(decoder=decoder)
    first = getattr(picture, what)
    assert getattr(picture, what) is first
    assert not first.flags.writeable
    assert decoder.asked == [asked]


def test_rgb_and_pixels_share_one_decoding() -> None:
    decoder = Counting()
    picture = Picture(decoder=decoder)
    assert picture.rgb is picture.pixels
    assert decoder.asked == ["rgb"]


def test_a_reduced_decode_does_not_depend_on_what_was_asked_before() -> None:
    decoder = Counting()
    picture = Picture(decoder=decoder)
    assert picture.pixels.shape == (24, 40, 3)
    picture.rgb_at_least(10, 6)
    assert decoder.asked == ["rgb", "rgb at least 10×6"]


def test_where_a_part_is_no_cheaper_it_is_the_whole() -> None:
    decoder = CountingWithoutPart()
    picture = Picture(decoder=decoder)
    assert [one is picture.small for one in picture.glimpses()] == [True]
    assert decoder.asked == ["small"]


@pytest.mark.parametrize(("width", "height", "parts"), [(341, 256, 2), (17, 24, 1), (16, 16, 0), (300, 257, 0)])
def test_glimpses_of_pixels_are_the_upper_rows_of_small(width: int, height: int, parts: int) -> None:
    picture = Picture(photo(width, height))
    glimpses = list(picture.glimpses())
    assert len(glimpses) == parts + 1
    assert all(np.array_equal(one, picture.small[: len(one)]) for one in glimpses)
    assert glimpses[-1] is picture.small


def test_a_glimpse_is_decoded_when_it_is_looked_at() -> None:
    decoder = Counting()
    glimpses = Picture(decoder=decoder).glimpses()
    assert next(glimpses).shape == (1, 5, 3)
    assert decoder.asked == ["16 rows"]
    assert next(glimpses).shape == (3, 5, 3)
    assert decoder.asked == ["16 rows", "64 rows", "small"]
    assert list(glimpses) == []


def test_pixels_serve_as_their_own_reduced_decode() -> None:
    picture = Picture(photo(40, 24))
    assert picture.rgb_at_least(10, 6) is picture.pixels


def test_a_grey_picture_has_three_equal_channels_in_rgb() -> None:
    grey = photo(7, 5)[:, :, 0].copy()
    picture = Picture(grey)
    assert picture.rgb.shape == (5, 7, 3)
    assert all(np.array_equal(picture.rgb[:, :, channel], grey) for channel in range(3))
    assert picture.luma is picture.pixels


@pytest.mark.parametrize(
    ("color", "luma"),
    [
        ((0, 0, 0), 0),
        ((255, 255, 255), 255),
        ((77, 77, 77), 77),
        ((255, 0, 0), 76),
        ((0, 255, 0), 150),
        ((0, 0, 255), 29),
    ],
)
def test_luma_weighs_colours_as_rec_601_does(color: tuple[int, int, int], luma: int) -> None:
    assert Picture(np.array([[color]], np.uint8)).luma.tolist() == [[luma]]


@pytest.mark.parametrize(("width", "height", "shape"), [(1, 1, (1, 1, 3)), (16, 8, (1, 2, 3)), (17, 9, (2, 3, 3))])
def test_small_is_an_eighth_rounded_up(width: int, height: int, shape: tuple[int, ...]) -> None:
    assert Picture(photo(width, height)).small.shape == shape


def test_small_is_made_of_means() -> None:
    pixels = np.zeros((8, 16, 3), np.uint8)
    pixels[:4, :8] = 200
    assert Picture(pixels).small.tolist() == [[[100, 100, 100], [0, 0, 0]]]


TEXT = Text("a")
TURN = Category(1, ("0", "90"))


def test_a_single_value_is_the_part_without_a_name() -> None:
    pair = Pair(TEXT, TURN)
    assert (pair.inputs, pair.labels, pair.notes) == ({"input": TEXT}, {"label": TURN}, {})


def test_parts_are_named_after_their_side() -> None:
    pair = Pair({"center": TEXT, "neighbor": Texts(("b",))}, {"": TURN, "order": Order((0,))}, {"gap": 48})
    assert list(pair.inputs) == ["input_center", "input_neighbor"]
    assert list(pair.labels) == ["label", "label_order"]
    assert pair.notes == {"gap": 48}


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("input", ("input", "")),
        ("input_ids", ("input", "ids")),
        ("label", ("label", "")),
        ("label_position", ("label", "position")),
        ("labels", ("label", "labels")),
        ("labels_more", ("", "labels_more")),
        ("inputs", ("", "inputs")),
        ("clean_ids", ("", "clean_ids")),
        ("folder", ("", "folder")),
    ],
)
def test_a_field_is_a_part_of_the_input_or_of_the_label_or_stands_beside(name: str, part: tuple[str, str]) -> None:
    assert part_of(name) == part


def test_the_part_labels_is_the_field_labels() -> None:
    ids = Numbers(np.arange(3, dtype=np.int32))
    pair = Pair({"": Text("a"), "ids": ids, "labels": ids}, {"": Text("b"), "labels": ids})
    assert list(pair.inputs) == ["input", "input_ids", "input_labels"]
    assert list(pair.labels) == ["label", "labels"]


def test_a_pair_with_other_inputs_keeps_the_identical_labels_and_notes() -> None:
    pair = Pair(TEXT, TURN, {"left": 3})
    other = pair.with_inputs({"input": Text("b")})
    assert other.inputs == {"input": Text("b")}
    assert other.labels is pair.labels
    assert other.notes is pair.notes
    assert pair.inputs == {"input": TEXT}


@pytest.mark.parametrize("name", ["input", "input_0", "label_order", "a1_b2", "clean"])
def test_field_names_are_lower_case_words(name: str) -> None:
    assert FIELD_NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "Input", "input-1", "input.jpg", "_input", "input_", "in__put", "0", "é", "a\n"])
def test_other_field_names_are_none(name: str) -> None:
    assert not FIELD_NAME.fullmatch(name)


@pytest.mark.parametrize("part", ["A", "a.b", "a-b", "a_", "a b"])
def test_a_part_whose_name_is_no_field_name_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match="lower-case words joined by _ are needed"):
        Pair({part: TEXT}, TURN)


@pytest.mark.parametrize("value", ["text", 3, None, np.zeros((2, 2), np.uint8), [TEXT]])
def test_a_pair_holds_values_and_nothing_else(value: Any) -> None:
    with pytest.raises(TypeError, match=r"not one of the values of sslabel\.values"):
        Pair(TEXT, value)


def test_an_example_gives_its_fields_by_name() -> None:
    example = Example("k", "rotation", Pair(TEXT, TURN), {}, {"clean": Text("c")})
    assert list(example.fields) == ["input", "label", "clean"]
    assert (example["input"], example["label"], example["clean"]) == (TEXT, TURN, Text("c"))
    with pytest.raises(KeyError):
        example["other"]


def test_frames_are_changed_each_by_its_own_change_and_only_when_looked_at() -> None:
    clip, asked = moving_clip(3), []

    def brighter(picture: Picture, by: int) -> Picture:
        asked.append(by)
        return Picture(picture.pixels + np.uint8(by))

    made = clip.changed_each([partial(brighter, by=by) for by in (0, 1, 2)])
    assert (made.times, asked) == (clip.times, [])
    assert np.array_equal(made[2].thumbnail, clip[2].thumbnail)
    assert asked == []
    assert [made[2], made[0]] == [Picture(clip[2].pixels + np.uint8(2)), clip[0]]
    assert asked == [2, 0]
    with pytest.raises(ValueError, match="shorter"):
        clip.changed_each([])
