"""Rotation inverted: turned back by its label, the input is the source's square exactly, whatever the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from sslabel.registry import find_task
from sslabel.seeding import Draws, example_key
from sslabel.tasks.image.rotation import TURNS, rotation
from sslabel.values import Category, Example, Picture
from tests.pictures import encoded, jpeg, photo, read_picture, stored, turned_exif
from tests.recipes import examples_of, outcomes, recipe

if TYPE_CHECKING:
    from sslabel.values import Pixels

ALL = recipe(task="rotation:all_turns=true")


def taken_apart(example: Example) -> tuple[Pixels, int]:
    turned, label = example["input"], example["label"]
    assert isinstance(turned, Picture)
    assert isinstance(label, Category)
    assert label.names == ("0", "90", "180", "270")
    return turned.pixels, label.index


def square_of(example: Example, pixels: Pixels) -> Pixels:
    left, top, side = (int(example.meta[name]) for name in ("left", "top", "side"))
    square = pixels[top : top + side, left : left + side]
    assert square.shape[:2] == (side, side)
    return square


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("rotation")
    assert (entry.takes, entry.smallest, entry.lossless, entry.beside) == ("image", 1, False, None)
    assert entry.needs == {"geometry"}
    assert entry.fits == {"short", "crop"}
    assert TURNS == ("0", "90", "180", "270")


@pytest.mark.parametrize(
    "shape", [(64, 64, 3), (48, 67, 3), (90, 33, 3), (48, 67), (5, 7, 3), (1, 1, 3), (1, 9), (2, 3, 3)]
)
def test_turned_back_by_its_label_the_input_is_the_source_s_square(shape: tuple[int, ...]) -> None:
    pixels = photo(shape[1], shape[0])
    pixels = pixels if len(shape) == 3 else pixels[:, :, 0].copy()
    made = examples_of(Picture(pixels), ALL)
    assert [taken_apart(one)[1] for one in made] == [0, 1, 2, 3]
    for one in made:
        turned, quarters = taken_apart(one)
        assert np.array_equal(np.rot90(turned, -quarters), square_of(one, pixels))


@pytest.mark.parametrize(
    ("quarters", "corner"), [(0, "above left"), (1, "below left"), (2, "below right"), (3, "above right")]
)
def test_turns_are_counter_clockwise(quarters: int, corner: str) -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:8, :8] = 255  # above left
    turned, label = taken_apart(examples_of(Picture(pixels), ALL)[quarters])
    assert label == quarters
    assert np.array_equal(turned, np.rot90(pixels, quarters))
    y, x = np.argwhere(turned[:, :, 0] == 255).mean(axis=0)
    assert corner == f"{'above' if y < 32 else 'below'} {'left' if x < 32 else 'right'}"


def test_one_turn_is_drawn_and_is_one_of_the_four() -> None:
    pixels = photo(67, 48)
    seen = set()
    for number in range(40):
        (one,) = examples_of(Picture(pixels), recipe(task="rotation"), f"{number}.jpg")
        turned, quarters = taken_apart(one)
        assert np.array_equal(np.rot90(turned, -quarters), square_of(one, pixels))
        seen.add(quarters)
    assert seen == {0, 1, 2, 3}


def test_the_four_turns_are_equally_frequent() -> None:
    picture, draws, count = Picture(photo(2, 2)), Draws(0), 4000
    labels = []
    for number in range(count):
        (pair,) = rotation(picture, draws.at(example_key(f"{number}.jpg", 0, 0), "rotation"))
        label = pair.labels["label"]
        assert isinstance(label, Category)
        labels.append(label.index)
    frequencies = np.bincount(labels, minlength=4)
    assert np.abs(frequencies - count / 4).max() < 4 * np.sqrt(count * 0.25 * 0.75)
    # Nor does one turn tell the next.
    pairs = np.bincount(np.array(labels[:-1]) * 4 + labels[1:], minlength=16)
    assert np.abs(pairs - count / 16).max() < 4 * np.sqrt(count / 16 * 15 / 16)


def blocks(width: int, height: int, cell: int) -> Pixels:
    """A picture of plain cells, each of another colour than its neighbours."""
    rng = np.random.default_rng(width * height)
    colors = rng.integers(0, 256, (-(-height // cell), -(-width // cell), 3), np.uint8)
    colors[::2, ::2] //= 4
    colors[1::2, 1::2] //= 4
    return colors.repeat(cell, axis=0).repeat(cell, axis=1)[:height, :width].copy()


def is_whole_cells(pixels: Pixels, cell: int) -> bool:
    """Whether a picture is cut into cells without variation, none of them divided at its border."""
    side = len(pixels)
    if side % cell:
        return False
    cells = pixels.reshape(side // cell, cell, side // cell, cell, 3).astype(int)
    return bool(np.ptp(cells, axis=(1, 3)).max() <= 8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("width", "height"), [(75, 53), (53, 75), (70, 100), (96, 80), (65, 64), (47, 33)])
def test_a_jpeg_is_cut_along_its_blocks_however_it_lies(
    tmp_path: Path, orientation: int, width: int, height: int
) -> None:
    # Blocks begin where the file begins, which is not where the upright picture begins.
    in_file = blocks(width, height, 16)
    data = jpeg(in_file, exif=turned_exif(orientation))
    picture = read_picture(tmp_path, data)
    made = examples_of(picture, ALL)
    for one in made:
        turned, quarters = taken_apart(one)
        assert is_whole_cells(turned, 16)
        assert np.array_equal(np.rot90(turned, -quarters), square_of(one, picture.pixels))
    side = int(made[0].meta["side"])
    assert side == min(width, height) // 16 * 16
    left, top = int(made[0].meta["left"]), int(made[0].meta["top"])
    assert abs(left - (picture.width - side) / 2) <= 16
    assert abs(top - (picture.height - side) / 2) <= 16


def test_the_test_of_cells_sees_a_square_off_the_grid() -> None:
    pixels = blocks(64, 64, 16)
    assert is_whole_cells(pixels[:48, :48], 16)
    assert is_whole_cells(pixels[16:, 16:], 16)
    assert not is_whole_cells(pixels[1:49, :48], 16)
    assert not is_whole_cells(pixels[:48, 8:56], 16)
    assert not is_whole_cells(pixels[:50, :50], 16)


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
@pytest.mark.parametrize(("width", "height"), [(15, 40), (15, 10), (1, 1), (300, 7)])
def test_a_jpeg_without_a_whole_block_is_taken_as_it_is(
    tmp_path: Path, orientation: int, width: int, height: int
) -> None:
    picture = read_picture(tmp_path, jpeg(photo(width, height), exif=turned_exif(orientation)))
    for one in examples_of(picture, ALL):
        turned, quarters = taken_apart(one)
        assert one.meta["side"] == min(width, height)
        assert np.array_equal(np.rot90(turned, -quarters), square_of(one, picture.pixels))


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "BMP"])
def test_other_files_have_no_blocks_to_respect(tmp_path: Path, format_: str) -> None:
    picture = read_picture(tmp_path, encoded(photo(75, 53), format_))
    (one,) = examples_of(picture, recipe(task="rotation"))
    assert (one.meta["left"], one.meta["top"], one.meta["side"]) == (11, 0, 53)


def test_a_resized_jpeg_has_no_blocks_any_more(tmp_path: Path) -> None:
    picture = read_picture(tmp_path, jpeg(photo(150, 106)))
    (one,) = examples_of(picture, recipe(task="rotation", size=53))
    assert (one.meta["left"], one.meta["top"], one.meta["side"]) == (11, 0, 53)


def test_noise_leaves_the_turn_and_its_notes_as_they_were() -> None:
    picture = Picture(photo(67, 48))
    plain = examples_of(picture, recipe(task="rotation", copies=20))
    noisy = examples_of(picture, recipe(task="rotation", copies=20, noise=["gaussian-noise", "color-balance"]))
    for one, other in zip(plain, noisy, strict=True):
        assert one["label"] == other["label"]
        assert one["input"] != other["input"]
        assert {**one.meta, "noise": ""} == {**other.meta, "noise": ""}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_turn_is_that_of_the_upright_picture(tmp_path: Path, orientation: int) -> None:
    upright = np.zeros((64, 64, 3), np.uint8)
    upright[:16, :32] = (200, 40, 40)
    data = encoded(stored(upright, orientation), "PNG", exif=turned_exif(orientation))
    for one in examples_of(read_picture(tmp_path, data), ALL):
        turned, quarters = taken_apart(one)
        assert np.array_equal(turned, np.rot90(upright, quarters))


def test_nothing_is_refused() -> None:
    made: list[Any] = outcomes(Picture(np.zeros((1, 1, 3), np.uint8)), ALL)
    assert [type(one) for one in made] == [Example] * 4


def test_a_real_photograph_turns_back_exactly(tmp_path: Path) -> None:
    path = Path(__file__).parents[3] / "sample_data" / "images" / "nature" / "waterfall_sideways.jpg"
    if not path.exists():
        pytest.skip("the sample pictures are not here")
    picture = read_picture(tmp_path, path.read_bytes())
    with Image.open(path) as image:
        assert image.getexif().get(0x0112, 1) != 1
        assert (picture.width, picture.height) == (image.height, image.width)
    for one in examples_of(picture, ALL):
        turned, quarters = taken_apart(one)
        assert np.array_equal(np.rot90(turned, -quarters), square_of(one, picture.pixels))
