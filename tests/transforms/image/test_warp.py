"""Homographies: what maps to what, sound corners only, and views that are exact where nothing is interpolated."""

from __future__ import annotations

import itertools
from typing import Any

import cv2
import numpy as np
import pytest

from sslabel.transforms.image.warp import corners, draw_offsets, homography, is_sound, mapped, view
from tests.pictures import noise_pixels, photo, psnr

STILL = np.eye(3)


def test_corners_go_clockwise_from_the_top_left() -> None:
    assert corners(128).tolist() == [[0, 0], [127, 0], [127, 127], [0, 127]]


@pytest.mark.parametrize("seed", range(20))
def test_a_homography_takes_each_corner_to_its_place(seed: int) -> None:
    offsets = draw_offsets(128, 32, np.random.default_rng(seed))
    assert np.allclose(mapped(homography(128, offsets), corners(128)), corners(128) + offsets)


def test_equal_offsets_are_a_translation() -> None:
    matrix = homography(128, np.tile((5, -3), (4, 1)))
    assert np.allclose(matrix, [[1, 0, 5], [0, 1, -3], [0, 0, 1]])


@pytest.mark.parametrize("shape", [(90, 80, 3), (90, 80)])
@pytest.mark.parametrize("shift", [(0, 0), (5, -3), (-10, 7), (10, 10)])
def test_a_shifted_view_is_the_shifted_cut_exactly(shape: tuple[int, ...], shift: tuple[int, int]) -> None:
    pixels = noise_pixels(80, 90)
    pixels = pixels if len(shape) == 3 else pixels[:, :, 0].copy()
    seen = view(pixels, homography(32, np.tile(shift, (4, 1))), (20, 30), 32)
    assert np.array_equal(seen, pixels[30 + shift[1] :, 20 + shift[0] :][:32, :32])


@pytest.mark.parametrize("supersample", [2, 3, 4])
def test_a_supersampled_view_is_the_mean_of_blocks(supersample: int) -> None:
    pixels = noise_pixels(100, 90)
    seen = view(pixels, homography(16, np.tile((2, -1), (4, 1))), (20, 10), 16, supersample)
    cut = pixels[10 - supersample :, 20 + 2 * supersample :][: 16 * supersample, : 16 * supersample].astype(float)
    means = cut.reshape(16, supersample, 16, supersample, 3).mean(axis=(1, 3))
    assert np.abs(seen - means).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("supersample", [1, 2])
def test_a_view_shows_what_the_homography_points_at(supersample: int) -> None:
    # Of a slope, the value is the place.
    y, x = np.mgrid[:300, :300]
    for axis, slope in enumerate((x, y)):
        pixels = np.clip(slope * 0.8, 0, 255).astype(np.float64)
        rng = np.random.default_rng(axis)
        for _ in range(5):
            matrix = homography(64, draw_offsets(64, 16, rng))
            seen = view(pixels.round().astype(np.uint8), matrix, (90, 80), 64, supersample)
            rows, columns = np.mgrid[:64, :64]
            points = mapped(matrix, np.column_stack([columns.ravel(), rows.ravel()]).astype(float))
            place = np.array((90, 80)) + supersample * points + (supersample - 1) / 2
            assert np.abs(seen.ravel() - 0.8 * place[:, axis]).max() < 1.3


def test_a_part_of_a_very_wide_picture_can_be_seen() -> None:
    pixels = np.tile(photo(64, 64), (1, 600, 1))
    assert pixels.shape[1] > 32_767
    seen = view(pixels, STILL, (35_000, 10), 32)
    assert np.array_equal(seen, pixels[10:42, 35_000:35_032])


@pytest.mark.parametrize("corner", range(4))
def test_what_is_not_convex_is_not_sound(corner: int) -> None:
    quad = corners(128)
    assert is_sound(quad, 128)
    assert is_sound(quad * 3 + 7, 128)
    inside = quad.copy()
    inside[corner] = quad.mean(axis=0) * 1.01 + quad[corner] * -0.01
    assert not is_sound(inside, 128)
    assert not is_sound(quad[::-1], 128)
    assert not is_sound(quad[[1, 0, 2, 3]], 128)


def test_the_extremes_of_the_published_offsets_need_the_guard() -> None:
    # At 32 of 128 pixels a corner can pass the diagonal between its neighbours, if all three move as far as they can.
    every = corners(128) + np.array(list(itertools.product((-32, 32), repeat=8))).reshape(-1, 4, 2)
    flat = [not bool(cv2.isContourConvex(quad.astype(np.float32))) for quad in every]
    assert sum(flat) == 16
    assert all(not is_sound(quad, 128) for quad, bad in zip(every, flat, strict=True) if bad)


def test_nearly_no_draw_is_turned_away_at_the_published_offsets() -> None:
    quads = corners(128) + np.random.default_rng(0).integers(-32, 33, (20_000, 4, 2))
    assert all(is_sound(quad, 128) for quad in quads)


@pytest.mark.parametrize(("side", "max_shift"), [(128, 0), (128, 32), (64, 40), (16, 200)])
def test_offsets_are_whole_within_the_range_and_sound(side: int, max_shift: int) -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        offsets: Any = draw_offsets(side, max_shift, rng)
        assert offsets.shape == (4, 2)
        assert offsets.dtype == np.int64
        assert np.abs(offsets).max() <= max_shift
        assert cv2.isContourConvex((corners(side) + offsets).astype(np.float32))
        # Nowhere inside does the homography divide by zero.
        assert ((corners(side) @ homography(side, offsets)[2, :2]) + 1 > 1e-3).all()


def test_offsets_are_uniform() -> None:
    rng = np.random.default_rng(0)
    offsets = np.array([draw_offsets(128, 32, rng) for _ in range(4000)])
    counts = np.bincount(offsets.ravel() + 32, minlength=65)
    expected = offsets.size / 65
    assert np.abs(counts - expected).max() < 4.5 * np.sqrt(expected)
    correlation = np.corrcoef(offsets.reshape(-1, 8).T) - np.eye(8)
    assert np.abs(correlation).max() < 4.5 / np.sqrt(4000)


def test_the_border_of_the_picture_is_never_black() -> None:
    pixels = np.full((64, 64, 3), 200, np.uint8)
    rng = np.random.default_rng(0)
    for supersample in (1, 2):
        side = 32 // supersample
        for _ in range(50):
            offsets = draw_offsets(side, side // 2, rng)
            seen = view(pixels, homography(side, offsets), (16, 16), side, supersample)
            assert seen.min() == seen.max() == 200


def test_a_view_and_the_view_back_agree() -> None:
    pixels = photo(200, 200)
    matrix = homography(128, np.array([(9, 4), (-7, 12), (5, -6), (-8, -10)]))
    there = view(pixels, matrix, (36, 36), 128)
    back: Any = cv2.warpPerspective(there, matrix, (128, 128), flags=cv2.INTER_CUBIC)
    assert psnr(back[16:-16, 16:-16], pixels[52:148, 52:148]) > 38
