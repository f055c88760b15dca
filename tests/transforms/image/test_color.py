"""CIE Lab and its 313 classes, against the definitions computed in plain numpy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sslabel.transforms.image.color import ab_centers, ab_classes, is_grey, reduced_ab, to_ab, to_lab
from sslabel.values import Picture
from tests.cie import cie_lab, nearest
from tests.pictures import jpeg, noise_pixels, photo, read_picture

if TYPE_CHECKING:
    from sslabel.values import Pixels

ROW_SIZES = [5, 8, 10, 12, 14, 15, 16, 16, 17, 18, 18, 18, 19, 20, 19, 20, 20, 19, 19, 10]


def test_lab_is_that_of_the_cie() -> None:
    steps = np.arange(0, 256, 15).astype(np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18, -1, 3)
    for pixels in (lattice, photo(64, 48), noise_pixels(64, 48)):
        lab = to_lab(pixels)
        assert lab.dtype == np.float32
        difference = np.abs(lab - cie_lab(pixels)).max(axis=(0, 1))
        assert (difference <= (0.2, 0.35, 0.35)).all(), difference


@pytest.mark.parametrize(
    ("color", "lab"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((255, 255, 255), (100, 0, 0)),
        ((119, 119, 119), (50.0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_known_colours_have_their_known_lab(color: tuple[int, ...], lab: tuple[float, ...]) -> None:
    found = to_lab(np.array([[color]], np.uint8))[0, 0]
    assert np.abs(found - lab).max() < 0.35


def test_there_are_313_centres_in_rows_of_the_published_sizes() -> None:
    centers = ab_centers()
    assert centers.shape == (313, 2)
    assert len({tuple(one) for one in centers.tolist()}) == 313
    rows, sizes = np.unique(centers[:, 0], return_counts=True)
    assert rows.tolist() == list(range(-90, 101, 10))
    assert sizes.tolist() == ROW_SIZES
    assert centers.tolist() == sorted(centers.tolist())
    for row in rows:
        assert set(np.diff(centers[centers[:, 0] == row, 1]).tolist()) == {10}


@pytest.mark.parametrize(
    ("index", "center"),
    [(0, (-90, 50)), (4, (-90, 90)), (5, (-80, 20)), (302, (90, 70)), (303, (100, -90)), (312, (100, 0))],
)
def test_some_centres_stand_where_they_always_did(index: int, center: tuple[int, int]) -> None:
    assert tuple(ab_centers()[index].tolist()) == center


def test_every_centre_is_its_own_class() -> None:
    assert ab_classes(ab_centers().astype(np.float32)[None]).tolist() == [list(range(313))]


@pytest.mark.parametrize("reach", [30, 110, 200, 5000])
def test_the_class_is_the_nearest_centre_far_outside_too(reach: float) -> None:
    ab = np.random.default_rng(0).uniform(-reach, reach, (40, 50, 2)).astype(np.float32)
    classes = ab_classes(ab)
    assert classes.dtype == np.uint16
    assert classes.shape == (40, 50)
    assert np.array_equal(classes, nearest(ab))


def test_where_two_centres_tie_the_first_is_taken() -> None:
    halves = np.arange(-135, 136, 5).astype(np.float32)
    ab = np.stack(np.meshgrid(halves, halves), axis=-1)
    assert np.array_equal(ab_classes(ab), nearest(ab))


def test_beside_a_tie_the_nearer_centre_is_taken() -> None:
    halves = np.arange(-105, 106, 10).astype(np.float32)
    steps = [np.nextafter(halves, np.float32(side) * np.inf) for side in (-1, 1)]
    beside = np.concatenate([np.asarray(step, np.float32) for step in steps])
    ab = np.stack(np.meshgrid(beside, beside), axis=-1)
    assert np.array_equal(ab_classes(ab), nearest(ab))


@pytest.mark.parametrize(
    ("width", "height", "scale"), [(12, 8, 4), (13, 9, 4), (1, 1, 4), (7, 5, 1), (7, 5, 64), (10, 10, 3), (64, 48, 8)]
)
def test_reduced_ab_are_means_of_blocks_that_go_on_with_the_edge(width: int, height: int, scale: int) -> None:
    lab = np.random.default_rng(0).uniform(-100, 100, (height, width, 3)).astype(np.float32)
    down, across = -(-height // scale), -(-width // scale)
    padding = ((0, down * scale - height), (0, across * scale - width), (0, 0))
    ab = np.pad(lab[:, :, 1:].astype(np.float64), padding, mode="edge")
    expected = ab.reshape(down, scale, across, scale, 2).mean(axis=(1, 3))
    reduced = reduced_ab(lab, scale)
    assert reduced.shape == (down, across, 2)
    assert reduced.dtype == np.float32
    assert np.abs(reduced - expected).max() < 1e-3


def flat(color: tuple[int, int, int], width: int = 64, height: int = 64) -> Pixels:
    return np.full((height, width, 3), color, np.uint8)


@pytest.mark.parametrize(
    ("color", "grey"),
    [
        ((0, 0, 0), True),
        ((255, 255, 255), True),
        ((128, 128, 128), True),
        ((131, 128, 127), True),
        ((128, 128, 134), True),
        ((150, 120, 110), False),
        ((112, 130, 112), False),
        ((0, 0, 255), False),
    ],
)
def test_a_picture_is_grey_where_no_a_or_b_exceeds_five(color: tuple[int, int, int], grey: bool) -> None:
    assert (np.abs(cie_lab(flat(color))[..., 1:]).max() <= 5) is np.bool_(grey)
    assert is_grey(Picture(flat(color))) is grey


def test_one_coloured_corner_makes_a_picture_coloured() -> None:
    pixels = flat((128, 128, 128))
    pixels[-8:, -8:] = (200, 60, 60)
    assert not is_grey(Picture(pixels))
    pixels[-8:, -8:] = (130, 130, 130)
    assert is_grey(Picture(pixels))


@pytest.mark.parametrize("corner", [(0, 0), (0, -16), (-16, 0), (-16, -16), (48, 48)])
@pytest.mark.parametrize("options", [{}, {"subsampling": 2}, {"progressive": True}, {"restart_marker_blocks": 1}])
def test_a_colour_is_found_wherever_it_is_in_a_jpeg(tmp_path: Path, corner: tuple[int, int], options: Any) -> None:
    pixels = flat((128, 128, 128), 112, 112)
    assert is_grey(read_picture(tmp_path, jpeg(pixels, **options)))
    y, x = corner
    pixels[y : y + 16 or None, x : x + 16 or None] = (200, 60, 60)
    assert not is_grey(read_picture(tmp_path, jpeg(pixels, **options)))


def test_a_and_b_are_those_of_lab() -> None:
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    found = to_ab(rgb)
    assert found.dtype == np.float32
    assert np.abs(found - to_lab(rgb)[:, :, 1:]).max() < 0.4  # OpenCV's tables are off by so much
    greys = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    assert np.abs(to_ab(greys)).max() < 1e-3
    # Red, green and blue of sRGB, as published for D65.
    primaries = to_ab(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8))[0]
    assert np.abs(primaries - [(80.09, 67.20), (-86.18, 83.18), (79.19, -107.86)]).max() < 0.05


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("size", [(33, 33), (112, 100), (100, 35), (48, 200)])
def test_the_first_rows_say_of_a_jpeg_what_all_of_it_says(
    tmp_path: Path, subsampling: int, size: tuple[int, int]
) -> None:
    rng = np.random.default_rng(0)
    grey = photo(*size)[:, :, :1].astype(float)
    judged = set()
    for strength in np.linspace(0, 16, 33):
        tint = rng.uniform(-1, 1, 3)
        pixels = np.clip(grey + strength * tint, 0, 255).astype(np.uint8)
        data = jpeg(pixels, subsampling=subsampling)
        whole = bool(np.abs(to_ab(read_picture(tmp_path, data).small)).max() <= 5)
        assert is_grey(read_picture(tmp_path, data)) is whole
        judged.add(whole)
    assert judged == {True, False}


def test_channels_that_lie_far_apart_are_a_colour() -> None:
    steps = np.arange(0, 256, 3, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    spread = np.ptp(rgb, axis=2)
    assert spread[np.abs(to_ab(rgb)).max(axis=2) <= 5].max() <= 24
