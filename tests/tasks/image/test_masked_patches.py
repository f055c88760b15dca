"""Masked patches inverted: put into its patches, the label gives the source back; counts are the published ones."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sslabel.codecs import decode, encode, field_of
from sslabel.errors import UsageError
from sslabel.flow import Skipped
from sslabel.registry import find_task
from sslabel.tasks.image.masked_patches import Style, hidden_patches
from sslabel.values import Example, Mask, Picture
from tests.pictures import drawn, jpeg, photo, read_picture
from tests.recipes import examples_of, outcomes, recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

STYLES: tuple[Style, ...] = ("random", "block", "simmim")
FILLS = {"mean": ((123, 117, 104), 117), "black": ((0, 0, 0), 0)}
SHAPES = [(224, 224, 3), (192, 192), (43, 67, 3), (70, 65, 3), (64, 32), (33, 200, 3)]

every_style = pytest.mark.parametrize("style", STYLES)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def masked(picture: Picture, source: str = "a.jpg", **options: Any) -> Example:
    (example,) = examples_of(picture, recipe(task={"masked-patches": options}), source)
    assert list(example.fields) == ["input", "input_mask", "label"]
    return example


def taken_apart(example: Example) -> tuple[Pixels, NDArray[np.bool_], Pixels]:
    """The input, the grid of hidden patches, and the label."""
    input_, mask, label = (example[name] for name in ("input", "input_mask", "label"))
    assert isinstance(input_, Picture)
    assert isinstance(mask, Mask)
    assert isinstance(label, Picture)
    assert set(np.unique(mask.pixels)) == {0, 255}
    assert np.count_nonzero(mask.pixels) == example.meta["hidden"]
    return input_.pixels, mask.pixels == 255, label.pixels


def hole_of(example: Example) -> NDArray[np.bool_]:
    """The hidden pixels, one by one."""
    pixels, grid, _ = taken_apart(example)
    side = int(example.meta["patch"])
    assert pixels.shape[:2] == (grid.shape[0] * side, grid.shape[1] * side)
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    hole: NDArray[np.bool_] = grid[rows // side, columns // side]
    return hole


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("masked-patches")
    assert (entry.takes, entry.smallest, entry.lossless, entry.beside) == ("image", 1, True, None)
    assert entry.needs == {"geometry", "size", "color"}
    assert [(one.name, one.default) for one in entry.options] == [
        ("style", "random"),
        ("patch", "published"),
        ("ratio", "published"),
        ("fill", "mean"),
    ]


@pytest.mark.parametrize(
    ("style", "side", "patch", "hidden", "of"),
    [("random", 224, 16, 147, 196), ("block", 224, 16, 75, 196), ("simmim", 192, 32, 22, 36)],
)
def test_the_published_counts_are_exact(style: str, side: int, patch: int, hidden: int, of: int) -> None:
    picture = Picture(drawn((side, side, 3)))
    for number in range(30):
        example = masked(picture, f"{number}.jpg", style=style)
        _, grid, _ = taken_apart(example)
        assert np.count_nonzero(grid) == hidden
        assert grid.size == of
        assert (example.meta["patch"], example.meta["hidden"]) == (patch, hidden)
        assert (example.meta["left"], example.meta["top"]) == (0, 0)
        assert example["label"] is picture


@given(st.integers(2, 4000), st.integers(0, 1000))
@settings(max_examples=200)
def test_counts_are_rounded_as_each_style_does(patches: int, thousandths: int) -> None:
    share = Fraction(thousandths, 1000)
    low, high = 1, patches - 1
    kept = patches * (1000 - thousandths) // 1000
    assert hidden_patches(patches, share, "random") == min(max(patches - kept, low), high)
    assert hidden_patches(patches, share, "block") == min(max(patches * thousandths // 1000, low), high)
    assert hidden_patches(patches, share, "simmim") == min(max(math.ceil(patches * share), low), high)


@pytest.mark.parametrize(
    ("style", "shape", "ratio", "hidden"),
    [
        ("random", (160, 160), 0.9, 90),  # in binary fractions, 9 of 100 would be kept
        ("random", (160, 160), 0.75, 75),
        ("random", (48, 48), 0.75, 7),
        ("random", (112, 112), 0.5, 25),
        ("simmim", (160, 160), 0.6, 15),
        ("simmim", (320, 320), 0.07, 7),  # in binary fractions, 8
        ("simmim", (320, 320), 0.071, 8),
        ("block", (224, 224), 0.4, 78),
        ("block", (160, 160), 0.29, 29),  # in binary fractions, 28
        ("random", (160, 160), 0, 1),
        ("random", (160, 160), 1, 99),
        ("block", (160, 160), 1.0, 99),
        ("simmim", (64, 32), "published", 1),
    ],
)
def test_the_ratio_is_taken_as_it_is_typed(style: str, shape: tuple[int, int], ratio: Any, hidden: int) -> None:
    for given_ratio in (ratio, str(ratio)):
        example = masked(Picture(drawn((*shape, 3))), style=style, ratio=given_ratio)
        assert np.count_nonzero(taken_apart(example)[1]) == hidden


def test_a_range_of_ratios_is_drawn_from_for_each_pair() -> None:
    picture = Picture(drawn((160, 160, 3)))
    counts = {int(masked(picture, f"{number}.jpg", ratio="0.3..0.5").meta["hidden"]) for number in range(40)}
    assert counts <= set(range(30, 51))
    assert len(counts) > 8


@pytest.mark.parametrize("options", [{"ratio": 1.1}, {"ratio": "most"}, {"patch": 0}, {"patch": 1.5}, {"style": "mea"}])
def test_other_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        recipe(task={"masked-patches": options})


@every_shape
@every_style
@pytest.mark.parametrize("fill", ["mean", "black", "noise"])
def test_hidden_patches_hold_the_fill_and_the_others_the_label(style: str, fill: str, shape: tuple[int, ...]) -> None:
    for number in range(3):
        example = masked(Picture(drawn(shape)), f"{number}.jpg", style=style, fill=fill)
        pixels, grid, label = taken_apart(example)
        hole = hole_of(example)
        assert grid.any()
        assert not grid.all()
        assert np.array_equal(pixels[~hole], label[~hole])
        if fill == "noise":
            assert (pixels[hole] != label[hole]).mean() > 0.8
        else:
            assert (pixels[hole] == FILLS[fill][len(shape) == 2]).all()


@every_shape
@every_style
def test_put_into_its_patches_the_label_gives_the_source(style: str, shape: tuple[int, ...]) -> None:
    source = drawn(shape)
    example = masked(Picture(source), style=style)
    pixels, _, label = taken_apart(example)
    hole = hole_of(example)
    again = pixels.copy()
    again[hole] = label[hole]
    left, top = int(example.meta["left"]), int(example.meta["top"])
    assert np.array_equal(again, source[top : top + len(again), left : left + again.shape[1]])


@pytest.mark.parametrize(
    ("shape", "options", "cut"),
    [
        ((43, 67, 3), {}, (1, 5, 64, 32)),
        ((43, 67), {"style": "simmim"}, (1, 5, 64, 32)),
        ((375, 500, 3), {}, (2, 3, 496, 368)),
        ((375, 500, 3), {"patch": 14}, (5, 5, 490, 364)),
        ((16, 33, 3), {"style": "block"}, (0, 0, 32, 16)),
        ((5, 7), {"patch": 1}, (0, 0, 7, 5)),
    ],
)
def test_the_picture_is_cut_centrally_to_whole_patches(
    shape: tuple[int, ...], options: dict[str, Any], cut: tuple[int, ...]
) -> None:
    example = masked(Picture(drawn(shape)), **options)
    _, _, label = taken_apart(example)
    assert (example.meta["left"], example.meta["top"], label.shape[1], label.shape[0]) == cut


@every_shape
@every_style
@pytest.mark.parametrize("fill", ["mean", "black", "noise"])
def test_sources_that_differ_in_hidden_patches_alone_give_the_same_input(
    style: str, fill: str, shape: tuple[int, ...]
) -> None:
    source = drawn(shape)
    made = masked(Picture(source), style=style, fill=fill)
    left, top, hole = int(made.meta["left"]), int(made.meta["top"]), hole_of(made)
    other = 255 - source  # what is cut off differs, too
    other[top : top + hole.shape[0], left : left + hole.shape[1]][~hole] = taken_apart(made)[2][~hole]
    again = masked(Picture(other), style=style, fill=fill)
    assert again["input"] == made["input"]
    assert again["input_mask"] == made["input_mask"]
    assert again.meta == made.meta
    assert again["label"] != made["label"]


@every_style
def test_the_patches_are_the_same_whatever_stands_in_them(style: str) -> None:
    picture = Picture(drawn((96, 96, 3)))
    made = [masked(picture, style=style, fill=fill)["input_mask"] for fill in ("mean", "black", "noise")]
    assert made[0] == made[1] == made[2]


@every_style
def test_patches_are_drawn_anew_for_each_pair(style: str) -> None:
    picture = Picture(drawn((192, 192, 3)))
    made = {masked(picture, f"{number}.jpg", style=style)["input_mask"].pixels.tobytes() for number in range(8)}  # type: ignore[union-attr]
    assert len(made) == 8


@pytest.mark.parametrize(
    ("shape", "options"),
    [((1, 1, 3), {}), ((16, 31), {}), ((15, 400, 3), {}), ((63, 63, 3), {"style": "simmim"}), ((9, 9), {"patch": 10})],
)
def test_fewer_than_two_patches_are_skipped_with_the_reason(shape: tuple[int, ...], options: dict[str, Any]) -> None:
    made = outcomes(Picture(drawn(shape)), recipe(task={"masked-patches": options}))
    assert made == [Skipped("masked-patches", "fewer than two patches")]


@pytest.mark.parametrize(("patch", "hidden"), [(2, 24), (1, 99)])
@every_style
def test_tiny_pictures_of_tiny_patches_work(style: str, patch: int, hidden: int) -> None:
    example = masked(Picture(drawn((10, 10, 3))), style=style, patch=patch, ratio=0.999)
    assert np.count_nonzero(taken_apart(example)[1]) == hidden


@every_style
def test_of_a_jpeg_the_files_agree_outside_hidden_patches(tmp_path: Path, style: str) -> None:
    example = masked(read_picture(tmp_path, jpeg(photo(96, 64), quality=60)), style=style)
    hole = hole_of(example)
    steps, lossless, read = recipe(task="masked-patches"), find_task("masked-patches").lossless, []
    for name, value in example.fields.items():
        field = field_of(name, value, steps.pictures, lossless=lossless)
        assert (field.extension, field.lossless) == ("png", True)
        read.append(decode(encode(value, field, 90), field))
    input_, input_mask, label = (one.pixels for one in read)  # type: ignore[union-attr]
    assert np.array_equal(input_mask, example["input_mask"].pixels)  # type: ignore[union-attr]
    assert np.array_equal(input_[~hole], label[~hole])
    assert (input_[hole] == FILLS["mean"][0]).all()


@every_style
def test_notes_are_plain_numbers(style: str) -> None:
    notes = masked(Picture(drawn((43, 67, 3))), style=style).pair.notes
    assert {name: type(note) for name, note in notes.items()} == dict.fromkeys(("left", "top", "patch", "hidden"), int)


def test_noise_leaves_mask_and_label_as_they_were() -> None:
    picture = Picture(photo(96, 64))
    for style in STYLES:
        plain = masked(picture, style=style)
        (noisy,) = examples_of(
            picture, recipe(task=f"masked-patches:style={style}", noise=["gaussian-noise", "pixel-dropout"])
        )
        assert noisy["label"] == plain["label"]
        assert noisy["input_mask"] == plain["input_mask"]
        assert noisy["input"] != plain["input"]
