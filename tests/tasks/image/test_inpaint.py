"""Inpaint inverted: put into the hole, the label gives the source back, and the hole itself held nothing of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sslabel.codecs import decode, encode, field_of
from sslabel.flow import Skipped
from sslabel.registry import find_task
from sslabel.values import Example, Mask, Picture
from tests.pictures import drawn, encoded, jpeg, photo, read_picture, stored, turned_exif
from tests.recipes import examples_of, outcomes, recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

MASKS = ("center", "random", "brush", "box")
FILLS = {"mean": ((123, 117, 104), 117), "black": ((0, 0, 0), 0)}
BINS = ("0.01..0.1", "0.1..0.2", "0.2..0.3", "0.3..0.4", "0.4..0.5", "0.5..0.6")
SHAPES = [(128, 128, 3), (43, 67, 3), (90, 33), (16, 16, 3), (16, 200, 3), (17, 19)]

every_mask = pytest.mark.parametrize("mask", MASKS)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def inpainted(picture: Picture, source: str = "a.jpg", **options: Any) -> Example:
    (example,) = examples_of(picture, recipe(task={"inpaint": options}), source)
    assert list(example.fields) == ["input", "input_mask", "label"]
    return example


def taken_apart(example: Example) -> tuple[Pixels, NDArray[np.bool_], Pixels]:
    """The input, the hole, and the label."""
    input_, mask, label = (example[name] for name in ("input", "input_mask", "label"))
    assert isinstance(input_, Picture)
    assert isinstance(mask, Mask)
    assert isinstance(label, Picture)
    assert mask.pixels.shape == input_.pixels.shape[:2]
    assert set(np.unique(mask.pixels)) == {0, 255}
    return input_.pixels, mask.pixels == 255, label.pixels


def box_of(example: Example) -> tuple[slice, slice]:
    left, top, width, height = (int(example.meta[name]) for name in ("left", "top", "width", "height"))
    return slice(top, top + height), slice(left, left + width)


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("inpaint")
    assert (entry.takes, entry.smallest, entry.lossless, entry.beside) == ("image", 16, True, None)
    assert entry.needs == {"geometry", "size", "color"}
    assert [(one.name, one.default) for one in entry.options] == [
        ("mask", "center"),
        ("fill", "mean"),
        ("as", "full"),
        ("overlap", 0),
        ("ratio", "any"),
    ]


@every_shape
@every_mask
@pytest.mark.parametrize("fill", ["mean", "black", "noise"])
def test_outside_the_hole_the_input_is_the_label_and_inside_the_fill(
    mask: str, fill: str, shape: tuple[int, ...]
) -> None:
    source = drawn(shape)
    for number in range(5):
        pixels, hole, label = taken_apart(inpainted(Picture(source), f"{number}.jpg", mask=mask, fill=fill))
        assert np.array_equal(label, source)
        assert pixels.shape == source.shape
        assert np.array_equal(pixels[~hole], source[~hole])
        assert hole.any()
        assert not hole.all()
        if fill == "noise":
            assert (pixels[hole] != source[hole]).mean() > 0.8
        else:
            assert (pixels[hole] == FILLS[fill][len(shape) == 2]).all()


@every_shape
@every_mask
@pytest.mark.parametrize("as_", ["full", "hole"])
def test_put_into_the_hole_the_label_gives_the_source(mask: str, as_: str, shape: tuple[int, ...]) -> None:
    source = drawn(shape)
    for number in range(5):
        example = inpainted(Picture(source), f"{number}.jpg", **{"mask": mask, "as": as_})
        pixels, hole, label = taken_apart(example)
        box = box_of(example)
        rest = hole.copy()
        rest[box] = False
        assert not rest.any()
        again = pixels.copy()
        if as_ == "hole":
            again[box] = label
        else:
            again[hole] = label[hole]
        assert np.array_equal(again, source)


@every_shape
@every_mask
@pytest.mark.parametrize("fill", ["mean", "black", "noise"])
def test_sources_that_differ_in_the_hole_alone_give_the_same_input(
    mask: str, fill: str, shape: tuple[int, ...]
) -> None:
    one = drawn(shape)
    made = inpainted(Picture(one), mask=mask, fill=fill)
    hole = taken_apart(made)[1]
    other = one.copy()
    other[hole] = 255 - other[hole]
    again = inpainted(Picture(other), mask=mask, fill=fill)
    assert again["input"] == made["input"]
    assert again["input_mask"] == made["input_mask"]
    assert again.meta == made.meta
    assert again["label"] != made["label"]


@every_mask
def test_the_hole_is_the_same_whatever_stands_in_it_and_is_asked_for(mask: str) -> None:
    picture, ways = (
        Picture(drawn((43, 67, 3))),
        [(fill, as_) for fill in ("mean", "noise") for as_ in ("full", "hole")],
    )
    made = [inpainted(picture, **{"mask": mask, "fill": fill, "as": as_}) for fill, as_ in ways]
    assert all(one["input_mask"] == made[0]["input_mask"] for one in made)
    assert all(one.meta == made[0].meta for one in made)
    assert inpainted(Picture(255 - picture.pixels), mask=mask)["input_mask"] == made[0]["input_mask"]


@pytest.mark.parametrize(("height", "width"), [(128, 128), (16, 16), (300, 400), (46, 1000)])
def test_the_centre_is_a_quarter_exactly(height: int, width: int) -> None:
    example = inpainted(Picture(drawn((height, width, 3))))
    _, hole, _ = taken_apart(example)
    assert 4 * np.count_nonzero(hole) == hole.size
    assert example.meta["ratio"] == 0.25
    rows, columns = box_of(example)
    assert hole[rows, columns].all()
    for side, length in ((rows, height), (columns, width)):
        assert 0 <= length - side.stop - side.start <= 1


def test_the_hole_of_128_pixels_is_the_published_one() -> None:
    source = drawn((128, 128, 3))
    example = inpainted(Picture(source), **{"as": "hole"})
    _, hole, label = taken_apart(example)
    assert hole[32:96, 32:96].all()
    assert np.count_nonzero(hole) == 64 * 64
    assert np.array_equal(label, source[32:96, 32:96])


@pytest.mark.parametrize("as_", ["full", "hole"])
def test_with_an_overlap_a_rim_of_the_label_s_box_stays_visible(as_: str) -> None:
    source = drawn((128, 128, 3))
    example = inpainted(Picture(source), overlap=4, **{"as": as_})
    pixels, hole, label = taken_apart(example)
    assert hole[36:92, 36:92].all()
    assert np.count_nonzero(hole) == 56 * 56
    assert box_of(example) == (slice(32, 96), slice(32, 96))
    assert np.array_equal(label, source[32:96, 32:96] if as_ == "hole" else source)
    assert np.array_equal(pixels[32:36, 32:96], source[32:36, 32:96])


@pytest.mark.parametrize("options", [{"overlap": 32}, {"overlap": 500}, {"mask": "box", "overlap": 32}])
def test_an_overlap_that_hides_nothing_is_skipped_with_the_reason(options: dict[str, Any]) -> None:
    reason = "the overlap leaves nothing hidden"
    made = outcomes(Picture(drawn((128, 128, 3))), recipe(task={"inpaint": options}))
    assert made == [Skipped("inpaint", reason)]


@every_shape
def test_random_hides_20_to_30_percent(shape: tuple[int, ...]) -> None:
    for number in range(20):
        example = inpainted(Picture(drawn(shape)), f"{number}.jpg", mask="random")
        share = taken_apart(example)[1].mean()
        assert 0.2 < share < 0.3
        assert example.meta["ratio"] == pytest.approx(share)


@every_shape
@pytest.mark.parametrize("ratio", BINS)
def test_brush_keeps_to_the_ratio_that_is_wanted(ratio: str, shape: tuple[int, ...]) -> None:
    low, high = map(float, ratio.split(".."))
    for number in range(5):
        share = taken_apart(inpainted(Picture(drawn(shape)), f"{number}.jpg", mask="brush", ratio=ratio))[1].mean()
        assert low < share <= high


def test_a_box_is_three_eighths_to_half_of_each_side() -> None:
    picture, sides = Picture(drawn((128, 128, 3))), set()
    for number in range(60):
        example = inpainted(picture, f"{number}.jpg", mask="box")
        _, hole, _ = taken_apart(example)
        assert hole[box_of(example)].all()
        assert example.meta["width"] * example.meta["height"] == np.count_nonzero(hole)  # type: ignore[operator]
        sides |= {example.meta["width"], example.meta["height"]}
    assert sides <= set(range(48, 65, 2))
    assert len(sides) > 6


@every_mask
def test_holes_are_drawn_anew_but_for_the_centre(mask: str) -> None:
    picture = Picture(drawn((43, 67, 3)))
    made = {inpainted(picture, f"{number}.jpg", mask=mask)["input_mask"].pixels.tobytes() for number in range(8)}  # type: ignore[union-attr]
    assert len(made) == (1 if mask == "center" else 8)


@pytest.mark.parametrize("shape", [(15, 15, 3), (1, 1, 3), (15, 400), (400, 9, 3)])
def test_a_tiny_picture_is_skipped_with_the_reason(shape: tuple[int, ...]) -> None:
    for mask in MASKS:
        made = outcomes(Picture(drawn(shape)), recipe(task=f"inpaint:mask={mask}"))
        assert made == [Skipped("inpaint", "smaller than 16 pixels")]


@every_mask
def test_notes_are_plain_numbers(mask: str) -> None:
    notes = inpainted(Picture(drawn((43, 67, 3))), mask=mask).pair.notes
    kinds = {"left": int, "top": int, "width": int, "height": int, "ratio": float}
    assert {name: type(note) for name, note in notes.items()} == kinds


@pytest.mark.parametrize("orientation", [1, 6])
@every_mask
def test_of_a_jpeg_the_files_agree_outside_the_hole(tmp_path: Path, mask: str, orientation: int) -> None:
    # A lossy input would carry ringing of what is hidden out of the hole.
    upright = photo(67, 43)
    data = jpeg(stored(upright, orientation), exif=turned_exif(orientation), quality=60)
    example = inpainted(read_picture(tmp_path, data), mask=mask)
    assert example["label"].pixels.shape == (43, 67, 3)  # type: ignore[union-attr]
    steps, lossless, read = recipe(task="inpaint"), find_task("inpaint").lossless, []
    for name, value in example.fields.items():
        field = field_of(name, value, steps.pictures, lossless=lossless)
        assert (field.extension, field.lossless) == ("png", True)
        read.append(decode(encode(value, field, 90), field))
    input_, input_mask, label = (one.pixels for one in read)  # type: ignore[union-attr]
    assert set(np.unique(input_mask)) == {0, 255}
    assert np.array_equal(input_[input_mask == 0], label[input_mask == 0])
    assert (input_[input_mask == 255] == FILLS["mean"][0]).all()


@every_mask
def test_nothing_of_a_transparent_picture_shows_in_the_hole(tmp_path: Path, mask: str) -> None:
    alpha = np.dstack([photo(67, 43), np.full((43, 67), 100, np.uint8)])
    pixels, hole, label = taken_apart(inpainted(read_picture(tmp_path, encoded(alpha, "PNG"), "a.png"), mask=mask))
    assert pixels.shape == label.shape == (43, 67, 3)
    assert (pixels[hole] == FILLS["mean"][0]).all()


def test_the_full_label_is_the_identical_picture() -> None:
    picture = Picture(drawn((43, 67, 3)))
    assert inpainted(picture)["label"] is picture


@every_mask
def test_noise_leaves_mask_and_label_as_they_were(mask: str) -> None:
    picture = Picture(photo(67, 43))
    plain = inpainted(picture, mask=mask)
    (noisy,) = examples_of(picture, recipe(task=f"inpaint:mask={mask}", noise=["gaussian-noise", "pixel-dropout"]))
    assert noisy["label"] == plain["label"]
    assert noisy["input_mask"] == plain["input_mask"]
    assert noisy["input"] != plain["input"]
