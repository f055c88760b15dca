"""Holes have their published sizes and shapes, and what is put into them tells nothing of what stood there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sslabel.transforms.image import masks
from sslabel.transforms.image.masks import (
    MEAN,
    Box,
    block_patches,
    box_around,
    brush_strokes,
    brush_strokes_over,
    central_box,
    filled,
    random_box,
    random_patches,
    smooth_region,
)
from tests.pictures import noise_pixels

if TYPE_CHECKING:
    from numpy.random import Generator

SHAPES = [(128, 128), (256, 256), (16, 16), (16, 17), (375, 500), (500, 333), (16, 400), (1000, 20), (43, 67)]
SIDES = st.integers(1, 90)


def rng(seed: int = 0) -> Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("height", "width", "box"),
    [
        (128, 128, (32, 32, 64, 64)),
        (256, 256, (64, 64, 128, 128)),
        (375, 500, (125, 94, 250, 187)),
        (43, 67, (17, 11, 33, 21)),
        (3, 3, (1, 1, 1, 1)),
        (1, 9, (2, 0, 4, 0)),
    ],
)
def test_the_central_box_has_half_of_each_side(height: int, width: int, box: tuple[int, ...]) -> None:
    assert central_box(height, width) == box


@given(SIDES, SIDES)
def test_of_even_sides_the_central_box_is_a_quarter_exactly(half_height: int, half_width: int) -> None:
    hole = central_box(2 * half_height, 2 * half_width).hole(2 * half_height, 2 * half_width)
    assert 4 * np.count_nonzero(hole) == hole.size


@given(SIDES, SIDES, st.integers(0, 1000))
def test_a_random_box_lies_in_the_picture(height: int, width: int, seed: int) -> None:
    box = random_box(height, width, rng(seed))
    assert box.left >= 0
    assert box.top >= 0
    assert 0 <= box.width <= width // 2
    assert 0 <= box.height <= height // 2
    assert box.left + box.width <= width
    assert box.top + box.height <= height


def test_a_random_box_has_the_published_sides_and_lies_anywhere() -> None:
    drawer = rng()
    boxes = [random_box(256, 256, drawer) for _ in range(6000)]
    for side in ({one.width for one in boxes}, {one.height for one in boxes}):
        assert side == set(range(96, 129, 2))
    # The middle of the box of 128 goes from 64 to 192.
    for middle in ([one.left + one.width // 2 for one in boxes], [one.top + one.height // 2 for one in boxes]):
        assert set(middle) == set(range(64, 193))
        assert abs(np.mean(middle) - 128) < 4 * np.sqrt((129**2 - 1) / 12 / 6000)
    assert abs(np.corrcoef([one.width for one in boxes], [one.height for one in boxes])[0, 1]) < 4 / np.sqrt(6000)


@pytest.mark.parametrize(
    ("box", "by", "left"),
    [
        (Box(32, 32, 64, 64), 0, Box(32, 32, 64, 64)),
        (Box(32, 32, 64, 64), 4, Box(36, 36, 56, 56)),
        (Box(5, 7, 10, 3), 1, Box(6, 8, 8, 1)),
        (Box(5, 7, 10, 3), 2, Box(7, 9, 6, 0)),
        (Box(0, 0, 4, 4), 100, Box(100, 100, 0, 0)),
    ],
)
def test_a_box_loses_its_rim(box: Box, by: int, left: Box) -> None:
    assert box.inset(by) == left
    assert np.count_nonzero(left.hole(128, 128)) == left.width * left.height


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(1, 20))
def test_the_box_around_a_box_is_the_box(left: int, top: int, width: int, height: int) -> None:
    box = Box(left, top, width, height)
    pixels = np.arange(40 * 50, dtype=np.uint16).reshape(40, 50).astype(np.uint8)
    assert box_around(box.hole(40, 50)) == box
    assert np.array_equal(box.of(pixels).ravel(), pixels[box.hole(40, 50)])


def test_the_box_around_a_hole_touches_it_on_all_sides() -> None:
    hole = np.zeros((30, 40), np.bool_)
    hole[[3, 17, 9], [25, 11, 30]] = True
    assert box_around(hole) == (11, 3, 20, 15)


@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_a_smooth_region_hides_20_to_30_percent(height: int, width: int) -> None:
    drawer, shares = rng(height * width), []
    for _ in range(12):
        hole = smooth_region(height, width, drawer)
        assert hole is not None
        assert hole.shape == (height, width)
        assert hole.dtype == np.bool_
        shares.append(hole.mean())
    assert min(shares) > 0.2
    assert max(shares) < 0.3
    assert len(set(shares)) > 6


def test_noise_is_enlarged_as_bicubic_interpolation_does() -> None:
    noise = rng().random((20, 24), dtype=np.float32)
    # Pillow's bicubic kernel is that of Catmull and Rom.
    expected = np.asarray(Image.fromarray(noise).resize((240, 200), Image.Resampling.BICUBIC))
    at = (np.arange(20, 180) + 0.5) / 10 - 0.5 - 1
    enlarged = masks._enlarged(noise, at, at)
    assert np.abs(enlarged - expected[20:180, 20:180]).max() < 1e-5


def test_a_sixth_of_the_plane_is_below_the_threshold() -> None:
    at = np.arange(2000) * 0.12
    noise = rng().random((300, 300), dtype=np.float32)
    # 240 × 240 cells, each its own: about 0.002 either way.
    assert abs((masks._enlarged(noise, at, at) < masks._DENSITY).mean() - 0.1665) < 0.008


@pytest.mark.parametrize(("height", "width"), [(128, 128), (512, 512), (256, 1024)])
def test_a_smooth_region_has_the_same_blobs_at_any_size(height: int, width: int) -> None:
    drawer, counts, edges = rng(1), [], []
    for _ in range(60):
        hole = smooth_region(height, width, drawer)
        assert hole is not None
        counts.append(cv2.connectedComponents(hole.astype(np.uint8), connectivity=8)[0] - 1)
        outline = np.count_nonzero(hole[1:] != hole[:-1]) + np.count_nonzero(hole[:, 1:] != hole[:, :-1])
        edges.append(outline / math.sqrt(hole.size))
    # As measured at 128×128; noise of single pixels would have thousands of blobs.
    assert 5 < np.mean(counts) < 13
    assert 5.5 < np.mean(edges) < 7


def test_brush_strokes_hide_what_the_published_ones_do() -> None:
    drawer = rng()
    shares = np.array([brush_strokes(256, 256, drawer).mean() for _ in range(4000)])
    assert abs(shares.mean() - 0.150) < 4 * shares.std() / np.sqrt(len(shares)) + 0.001
    low, high = np.percentile(shares, [5, 95])
    assert abs(low - 0.036) < 0.005
    assert abs(high - 0.288) < 0.012


@pytest.mark.parametrize(("height", "width"), [(128, 128), (512, 512), (375, 500), (333, 500)])
def test_brush_strokes_scale_with_the_picture(height: int, width: int) -> None:
    drawer = rng()
    shares = np.array([brush_strokes(height, width, drawer).mean() for _ in range(600)])
    assert abs(shares.mean() - 0.150) < 4 * shares.std() / np.sqrt(len(shares)) + 0.005


@pytest.mark.parametrize(("height", "width"), [*SHAPES, (1, 1), (1, 9), (7, 5)])
def test_brush_strokes_always_hide_something(height: int, width: int) -> None:
    drawer = rng()
    for _ in range(50):
        hole = brush_strokes(height, width, drawer)
        assert hole.shape == (height, width)
        assert hole.dtype == np.bool_
        assert hole.any()
        assert set(np.unique(hole.view(np.uint8))) <= {0, 1}


def test_the_brush_is_12_to_40_broad_at_256(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masks, "_STEP", 0.0)
    monkeypatch.setattr(masks, "_STEP_DEVIATION", 0.0)
    drawer, breadths = rng(), []
    for _ in range(600):
        canvas = np.zeros((256, 256), np.uint8)
        masks._stroke(canvas, drawer)
        box = box_around(canvas.astype(np.bool_))
        if box.left > 0 and box.top > 0 and box.left + box.width < 256 and box.top + box.height < 256:
            assert box.width == box.height
            breadths.append(box.width)
    assert (min(breadths), max(breadths)) == (13, 39)
    assert abs(np.mean(breadths) - 26) < 1.5


def test_a_stroke_has_the_published_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[Any] = []
    monkeypatch.setattr(cv2, "polylines", lambda _, points, **__: lines.append(points[0]))
    drawer, side = rng(), 4096
    for _ in range(1000):
        masks._stroke(np.zeros((side, side), np.uint8), drawer)
    assert {len(points) - 1 for points in lines} == set(range(4, 12))
    angles, lengths = [], []
    for points in lines:
        inside = ((points > 0) & (points < side - 1)).all(axis=1)
        for number, (across, down) in enumerate(np.diff(points, axis=0)):
            length = math.hypot(across, down) * 256 / side
            if inside[number : number + 2].all() and length > 4:
                angles.append(math.degrees(math.atan2(down, across)) * (-1) ** (number + 1))
                lengths.append(length)
    assert min(angles) > 47
    assert max(angles) < 97
    assert abs(np.mean(angles) - 72) < 1
    assert max(lengths) < 91
    # Those that are cut off at the border are not among them, and they are the longer ones.
    assert 40 < np.mean(lengths) < 46
    assert 18 < np.std(lengths) < 22


def test_a_stroke_hangs_together() -> None:
    drawer = rng()
    for _ in range(100):
        canvas = np.zeros((256, 256), np.uint8)
        masks._stroke(canvas, drawer)
        assert cv2.connectedComponents(canvas)[0] == 2


def test_brush_strokes_prefer_no_side() -> None:
    drawer, count = rng(), 3000
    shares = np.array([cv2.resize(brush_strokes(64, 64, drawer).astype(np.float32), (4, 4)) for _ in range(count)])
    mean, error = shares.mean(axis=0), shares.std(axis=0) / np.sqrt(count)
    for mirrored in (mean[::-1], mean[:, ::-1]):
        assert np.all(np.abs(mean - mirrored) < 6 * error)


@pytest.mark.parametrize(("low", "high"), [(0.01, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6)])
def test_strokes_are_added_until_they_hide_enough(low: float, high: float) -> None:
    for height, width in SHAPES:
        drawer, shares = rng(height), []
        for _ in range(10):
            hole = brush_strokes_over(height, width, low, high, drawer)
            assert hole is not None
            shares.append(hole.mean())
        assert min(shares) > low
        assert max(shares) <= high
        assert len(set(shares)) > 2


def test_strokes_that_cannot_hide_so_little_are_not_found() -> None:
    assert brush_strokes_over(1, 1, 0.01, 0.1, rng()) is None
    assert brush_strokes_over(2, 2, 0.1, 0.2, rng()) is None


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 1000), st.data())
@settings(max_examples=60)
def test_the_number_of_patches_is_exact(rows: int, columns: int, seed: int, data: Any) -> None:
    count = data.draw(st.integers(0, rows * columns))
    for patches in (random_patches, block_patches):
        grid = patches(rows, columns, count, rng(seed))
        assert grid.shape == (rows, columns)
        assert grid.dtype == np.bool_
        assert np.count_nonzero(grid) == count


def test_every_patch_is_hidden_as_often_as_any_other() -> None:
    drawer, times = rng(), 3000
    often = sum(random_patches(7, 5, 26, drawer).astype(int) for _ in range(times))
    share = 26 / 35
    assert np.abs(often - times * share).max() < 4 * np.sqrt(times * share * (1 - share))


def first_block(drawer: Generator, rows: int = 14, columns: int = 14, count: int = 75) -> Box:
    grid = np.zeros((rows, columns), np.bool_)
    while not masks._add_block(grid, masks._BLOCK, count, drawer):
        pass
    box = box_around(grid)
    assert box.width * box.height == np.count_nonzero(grid)
    return box


def test_a_block_is_a_rectangle_of_the_published_sizes() -> None:
    drawer = rng()
    blocks = [first_block(drawer) for _ in range(1500)]
    # Whole sides: 16 patches at an aspect of 0.3 are 7.3 by 2.2, and 7 by 2 are 14.
    areas = np.array([one.width * one.height for one in blocks])
    assert areas.min() >= 14
    assert 70 <= areas.max() <= 75
    assert abs(areas.mean() - 43) < 3
    aspects = np.log([one.height / one.width for one in blocks])
    assert np.abs(aspects).max() <= math.log(8 / 2)
    assert abs(aspects.mean()) < 4 * aspects.std() / np.sqrt(len(aspects))
    # Evenly on a logarithmic scale, from 0.3 to 1/0.3, but for what is too long for the grid.
    assert abs(aspects.std() - math.log(1 / 0.3) / math.sqrt(3)) < 0.1
    assert {one.top for one in blocks} == set(range(13))


def test_without_smaller_blocks_two_masks_in_three_would_be_full() -> None:
    drawer, times, counts = rng(), 1500, []
    for _ in range(times):
        grid, missing = np.zeros((14, 14), np.bool_), 75
        while missing and (added := masks._add_block(grid, masks._BLOCK, missing, drawer)):
            missing -= added
        counts.append(75 - missing)
    assert abs(np.mean(np.array(counts) == 75) - 0.682) < 4 * np.sqrt(0.682 * 0.318 / times)
    assert abs(np.mean(counts) - 74.50) < 0.15


def test_block_patches_hang_together_more_than_random_ones() -> None:
    def outline(grid: Any) -> int:
        return int(np.count_nonzero(grid[1:] != grid[:-1]) + np.count_nonzero(grid[:, 1:] != grid[:, :-1]))

    drawer = rng()
    blocks = [outline(block_patches(14, 14, 75, drawer)) for _ in range(200)]
    single = [outline(random_patches(14, 14, 75, drawer)) for _ in range(200)]
    assert np.mean(blocks) < np.mean(single) / 2
    assert np.max(blocks) < np.min(single)


@pytest.mark.parametrize(
    ("fill", "grey", "inside"),
    [("mean", False, (123, 117, 104)), ("mean", True, 117), ("black", False, (0, 0, 0)), ("black", True, 0)],
)
def test_the_hole_is_filled_and_nothing_else(fill: Any, grey: bool, inside: Any) -> None:
    pixels = noise_pixels(40, 30)
    pixels = np.ascontiguousarray(pixels[:, :, 0]) if grey else pixels
    before = pixels.tobytes()
    pixels.flags.writeable = False
    hole = rng().random((30, 40)) < 0.4
    result = filled(pixels, hole, fill, rng())
    assert result.shape == pixels.shape
    assert result.dtype == np.uint8
    assert np.array_equal(result[~hole], pixels[~hole])
    assert (result[hole] == inside).all()
    assert pixels.tobytes() == before


@pytest.mark.parametrize("grey", [False, True])
def test_noise_in_a_hole_has_every_value_and_no_trace_of_the_picture(grey: bool) -> None:
    pixels = np.full((100, 100) if grey else (100, 100, 3), 200, np.uint8)
    hole = Box(0, 0, 100, 90).hole(100, 100)
    result = filled(pixels, hole, "noise", rng())
    assert (result[~hole] == 200).all()
    values = result[hole].reshape(-1).astype(float)
    assert set(np.unique(values)) == set(range(256))
    assert abs(values.mean() - 127.5) < 4 * np.sqrt((256**2 - 1) / 12 / values.size)
    if not grey:
        together = np.corrcoef(result[hole].T.astype(float))[np.triu_indices(3, 1)]
        assert np.abs(together).max() < 4 / np.sqrt(9000)
    assert np.array_equal(result[hole], filled(255 - pixels, hole, "noise", rng())[hole])


@pytest.mark.parametrize("fill", ["mean", "black", "noise"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (7, 5, 3), (5, 7)])
def test_no_hole_changes_nothing_and_a_whole_one_everything(fill: Any, shape: tuple[int, ...]) -> None:
    pixels = np.full(shape, 9, np.uint8)
    assert np.array_equal(filled(pixels, np.zeros(shape[:2], np.bool_), fill, rng()), pixels)
    one, other = (filled(given, np.ones(shape[:2], np.bool_), fill, rng()) for given in (pixels, pixels + 99))
    assert np.array_equal(one, other)


def test_the_mean_is_that_of_imagenet_in_rgb() -> None:
    assert np.rint(np.array([0.485, 0.456, 0.406]) * 255).astype(int).tolist() == [124, 116, 104]
    assert MEAN == (123, 117, 104)  # the older mean of whole steps: 123.68, 116.78, 103.94
    assert round(0.299 * MEAN[0] + 0.587 * MEAN[1] + 0.114 * MEAN[2]) == masks._MEAN_LUMA


@pytest.mark.parametrize(
    "draw",
    [
        lambda drawer: smooth_region(64, 48, drawer),
        lambda drawer: brush_strokes(64, 48, drawer),
        lambda drawer: brush_strokes_over(64, 48, 0.2, 0.3, drawer),
        lambda drawer: random_box(64, 48, drawer).hole(64, 48),
        lambda drawer: random_patches(14, 14, 147, drawer),
        lambda drawer: block_patches(14, 14, 75, drawer),
    ],
)
def test_a_hole_depends_on_the_generator_alone(draw: Any) -> None:
    assert np.array_equal(draw(rng(5)), draw(rng(5)))
    assert len({draw(rng(seed)).tobytes() for seed in range(10)}) > 5
