"""Align inverted: warped back by its label, the moved patch is the fixed one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from sslabel.errors import UsageError
from sslabel.flow import Skipped
from sslabel.registry import find_task
from sslabel.tasks.image import align as task_file
from sslabel.transforms.image.geometry import resample
from sslabel.transforms.image.warp import corners
from sslabel.values import Example, Numbers, Picture
from tests.pictures import photo, psnr, read_picture
from tests.recipes import examples_of, outcomes, recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

SAMPLES = Path(__file__).parents[3] / "sample_data" / "images"


def made(picture: Picture, copies: int = 1, **options: Any) -> list[Example]:
    return examples_of(picture, recipe(task={"align": options}, copies=copies))


def taken_apart(example: Example) -> tuple[Pixels, Pixels, NDArray[np.float32]]:
    assert set(example.fields) == {"input_fixed", "input_moved", "label"}
    fixed, moved, label = example["input_fixed"], example["input_moved"], example["label"]
    assert isinstance(fixed, Picture)
    assert isinstance(moved, Picture)
    assert isinstance(label, Numbers)
    assert label.array.shape == (4, 2)
    assert label.array.dtype == np.float32
    return fixed.pixels, moved.pixels, label.array


def brought_back(moved: Pixels, label: NDArray[np.float32]) -> tuple[Pixels, NDArray[np.bool_]]:
    """The moved patch where the fixed one lies, and where there is anything of it.

    Written down once more from the label alone: its corners (pixel centres, clockwise from the top left) go to where
    the label says that they are.
    """
    side = len(moved)
    still = np.array([(0, 0), (side - 1, 0), (side - 1, side - 1), (0, side - 1)], np.float32)
    matrix = cv2.getPerspectiveTransform(still, still + label)
    back: Any = cv2.warpPerspective(moved, matrix, (side, side), flags=cv2.INTER_CUBIC)
    there: Any = cv2.warpPerspective(np.full((side, side), 255, np.uint8), matrix, (side, side))
    return back, cv2.erode(there, np.ones((7, 7)), borderValue=0) == 255


def overlap_psnr(example: Example) -> float:
    fixed, moved, label = taken_apart(example)
    back, there = brought_back(moved, label)
    assert there.sum() > 1000
    return psnr(back[there], fixed[there])


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("align")
    assert (entry.takes, entry.smallest, entry.lossless, entry.beside) == ("image", 16, False, None)
    assert entry.needs == {"geometry", "size"}
    assert entry.fits == {"short", "crop", "stretch"}
    assert [(one.name, one.default) for one in entry.options] == [("patch", 128), ("max_shift", 32), ("supersample", 1)]


@pytest.mark.parametrize("supersample", [1, 2])
def test_warped_back_by_its_label_the_moved_patch_is_the_fixed_one(supersample: int) -> None:
    for example in made(Picture(photo(500, 420)), copies=20, supersample=supersample):
        assert overlap_psnr(example) > 38


def test_on_real_photographs_the_label_brings_the_two_together(tmp_path: Path) -> None:
    paths = sorted(SAMPLES.rglob("*.jpg"))
    if not paths:
        pytest.skip("the sample pictures are not here")
    qualities = []
    for path in paths:
        picture = read_picture(tmp_path, path.read_bytes())
        scale = 240 / min(picture.width, picture.height)
        small = Picture(resample(picture.pixels, round(picture.width * scale), round(picture.height * scale)))
        for example in made(small, copies=4):
            fixed, moved, label = taken_apart(example)
            back, there = brought_back(moved, label)
            wrong, still = brought_back(moved, -label)
            qualities.append(psnr(back[there], fixed[there]))
            assert qualities[-1] > psnr(wrong[still], fixed[still]) + 2
    assert np.median(qualities) > 33
    assert min(qualities) > 22


def test_the_fixed_patch_is_cut_out_exactly() -> None:
    pixels = photo(260, 230)
    for example in made(Picture(pixels), copies=10):
        fixed, _, _ = taken_apart(example)
        left, top, side = (int(example.meta[name]) for name in ("left", "top", "side"))
        assert side == 128
        assert np.array_equal(fixed, pixels[top : top + side, left : left + side])


@pytest.mark.parametrize("supersample", [1, 2, 3])
def test_without_a_shift_the_two_are_equal(supersample: int) -> None:
    for example in made(Picture(photo(400, 390)), copies=4, max_shift=0, supersample=supersample):
        fixed, moved, label = taken_apart(example)
        assert np.array_equal(fixed, moved)
        assert not label.any()


def shifted_by(monkeypatch: pytest.MonkeyPatch, offsets: Any) -> None:
    monkeypatch.setattr(task_file, "draw_offsets", lambda *_: np.asarray(offsets))


@pytest.mark.parametrize("shift", [(5, -3), (-32, 32), (17, 0)])
def test_equal_offsets_move_the_patch_there(monkeypatch: pytest.MonkeyPatch, shift: tuple[int, int]) -> None:
    shifted_by(monkeypatch, [shift] * 4)
    pixels = photo(260, 230)
    for example in made(Picture(pixels), copies=3):
        fixed, moved, label = taken_apart(example)
        assert label.tolist() == [list(shift)] * 4
        x, y = int(example.meta["left"]) + shift[0], int(example.meta["top"]) + shift[1]
        assert np.array_equal(moved, pixels[y : y + 128, x : x + 128])
        # moved(q) = fixed(q + shift)
        overlap = fixed[max(shift[1], 0) : 128 + min(shift[1], 0), max(shift[0], 0) : 128 + min(shift[0], 0)]
        assert np.array_equal(
            moved[max(-shift[1], 0) : 128 + min(-shift[1], 0), max(-shift[0], 0) : 128 + min(-shift[0], 0)], overlap
        )


@pytest.mark.parametrize("corner", range(4))
def test_each_row_of_the_label_is_the_corner_that_it_says(monkeypatch: pytest.MonkeyPatch, corner: int) -> None:
    offsets = np.zeros((4, 2), int)
    offsets[corner] = (20, 11)
    shifted_by(monkeypatch, offsets)
    pixels = photo(260, 230)
    (example,) = made(Picture(pixels))
    _, moved, _ = taken_apart(example)
    place = np.array([int(example.meta["left"]), int(example.meta["top"])])
    for still, offset in zip(corners(128).astype(int), offsets, strict=True):
        x, y = place + still + offset
        assert np.abs(moved[still[1], still[0]].astype(int) - pixels[y, x]).max() <= 1


def test_the_corners_are_those_that_the_docstring_names() -> None:
    x, y = corners(128).T
    assert (x > 0).tolist() == [False, True, True, False]  # left, right, right, left
    assert (y > 0).tolist() == [False, False, True, True]  # top, top, bottom, bottom


def test_the_label_is_uniform_and_not_told_by_the_place() -> None:
    picture = Picture(photo(90, 80))
    examples = made(picture, copies=1500, patch=16, max_shift=4)
    labels = np.array([taken_apart(one)[2].ravel() for one in examples])
    assert set(labels.ravel().tolist()) == set(range(-4, 5))
    counts = np.bincount(labels.ravel().astype(int) + 4, minlength=9)
    expected = labels.size / 9
    assert np.abs(counts - expected).max() < 4.5 * np.sqrt(expected)
    places = np.array([(one.meta["left"], one.meta["top"]) for one in examples], float)
    assert places.min(axis=0).tolist() == [4, 4]
    assert places.max(axis=0).tolist() == [90 - 20, 80 - 20]
    together = np.corrcoef(np.column_stack([places, labels]).T)[:2, 2:]
    assert np.abs(together).max() < 4.5 / np.sqrt(len(examples))


@pytest.mark.parametrize("supersample", [1, 2])
def test_no_border_is_empty_even_where_the_picture_just_suffices(supersample: int) -> None:
    side = 192 * supersample
    pixels = np.clip(photo(side, side), 90, 255)
    for example in made(Picture(pixels), copies=30, supersample=supersample):
        _, moved, _ = taken_apart(example)
        # Bicubic interpolation overshoots a little.
        assert moved.min() > 80


@pytest.mark.parametrize(
    ("size", "options", "least"),
    [
        ((191, 400), {}, 192),
        ((400, 191), {}, 192),
        ((383, 400), {"supersample": 2}, 384),
        ((95, 95), {"patch": 64, "max_shift": 16}, 96),
        ((127, 400), {"max_shift": 0}, 128),
    ],
)
def test_a_small_picture_is_skipped(size: tuple[int, int], options: dict[str, Any], least: int) -> None:
    one = outcomes(Picture(photo(*size)), recipe(task={"align": options}))
    assert one == [Skipped("align", f"smaller than {least} pixels")]
    (example,) = made(Picture(photo(least, least)), **options)
    assert taken_apart(example)[0].shape == taken_apart(example)[1].shape


def test_a_plain_picture_is_skipped() -> None:
    grain = np.random.default_rng(0).normal(180, 1.5, (300, 300, 3)).round().astype(np.uint8)
    for pixels in (np.full((300, 300, 3), 90, np.uint8), grain):
        assert outcomes(Picture(pixels), recipe(task="align")) == [
            Skipped("align", "plain: 8 patches without any contrast")
        ]


def test_a_plain_part_is_passed_over() -> None:
    pixels = np.full((300, 1000, 3), 90, np.uint8)
    pixels[:, 500:] = photo(500, 300)
    for example in made(Picture(pixels), copies=20):
        assert int(example.meta["left"]) + 128 > 500


@pytest.mark.parametrize("grey", [False, True])
def test_colour_is_kept(grey: bool) -> None:
    pixels = photo(220, 220)
    (example,) = made(Picture(pixels[:, :, 0].copy() if grey else pixels))
    fixed, moved, _ = taken_apart(example)
    assert fixed.shape == moved.shape == ((128, 128) if grey else (128, 128, 3))


def test_what_moves_pixels_is_refused() -> None:
    for given in ({"noise": "rotate"}, {"size": 240, "fit": "pad"}):
        with pytest.raises(UsageError):
            recipe(task="align", **given)
    recipe(task="align", augment="rotate", size=240)


def test_noise_leaves_the_label_and_the_notes_as_they_were() -> None:
    picture = Picture(photo(220, 220))
    (plain,) = examples_of(picture, recipe(task="align"))
    (noisy,) = examples_of(picture, recipe(task="align", noise=["gaussian-noise", "color-balance"]))
    assert noisy["label"] == plain["label"]
    assert noisy["input_fixed"] != plain["input_fixed"]
    assert noisy["input_moved"] != plain["input_moved"]
    assert {**noisy.meta, "noise": ""} == {**plain.meta, "noise": ""}


def sharpness(pixels: Pixels) -> NDArray[np.float64]:
    """The mean steepness of each of 4×4 cells, as logarithms."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    steep: Any = cv2.resize(np.abs(cv2.Laplacian(grey, cv2.CV_32F)), (4, 4), interpolation=cv2.INTER_AREA)
    logarithms: NDArray[np.float64] = np.log(steep + 0.3).ravel().astype(np.float64)
    return logarithms


@pytest.mark.slow
def test_neither_patch_alone_names_the_label(tmp_path: Path) -> None:
    paths = sorted(SAMPLES.rglob("*.jpg"))
    if not paths:
        pytest.skip("the sample pictures are not here")
    explained = {}
    for supersample, size in ((1, 240), (2, 480)):
        rows, labels = {"fixed": list[Any](), "moved": list[Any]()}, []
        folds = []
        for number, path in enumerate(paths):
            picture = read_picture(tmp_path, path.read_bytes())
            scale = size / min(picture.width, picture.height)
            small = Picture(resample(picture.pixels, round(picture.width * scale), round(picture.height * scale)))
            for example in made(small, copies=100, supersample=supersample):
                fixed, moved, label = taken_apart(example)
                rows["fixed"].append(sharpness(fixed))
                rows["moved"].append(sharpness(moved))
                labels.append(label.ravel())
                folds.append(number % 6)
        for part, values in rows.items():
            explained[part, supersample] = explained_share(np.array(values), np.array(labels), np.array(folds))
    assert explained["fixed", 1] < 0.01
    assert explained["moved", 1] < 0.15
    assert explained["moved", 2] < 0.5 * explained["moved", 1]


def explained_share(rows: Any, labels: Any, folds: Any) -> float:
    """The share of the labels' variance that ridge regression explains on photographs that it has not seen."""
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    guessed = np.zeros_like(labels)
    for fold in np.unique(folds):
        seen = folds != fold
        squares = rows[seen].T @ rows[seen] + 300 * np.eye(rows.shape[1])
        guessed[~seen] = rows[~seen] @ np.linalg.solve(squares, rows[seen].T @ labels[seen])
    return float(1 - ((labels - guessed) ** 2).mean() / labels.var())
