"""Noises that cover parts: how much, where, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.cover import cutout, erase, lines, scratches
from sslabel.registry import find_noise
from sslabel.values import Picture
from tests.pictures import photo

COLORED = photo(60, 40)
GREY = COLORED[:, :, 1].copy()
WHITE = np.full((64, 64, 3), 255, np.uint8)


def changed(before: Any, after: Any) -> Any:
    """Where any channel differs, H×W."""
    differs = before != after
    return differs.any(axis=2) if differs.ndim == 3 else differs


def box_of(mask: Any) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


@pytest.mark.parametrize("name", ["cutout", "erase", "scratches", "lines"])
def test_none_alters_what_a_label_depends_on(name: str) -> None:
    assert find_noise(name).alters == frozenset()


@pytest.mark.parametrize(
    ("noise", "options"),
    [(cutout, {"size": 0}), (erase, {"area": 0}), (scratches, {"count": 0}), (lines, {"count": 0})],
)
def test_no_strength_is_the_identical_picture(noise: Any, options: dict[str, Any]) -> None:
    for pixels in (COLORED, GREY):
        picture = Picture(pixels)
        assert noise(picture, np.random.default_rng(0), **options) is picture


def test_cutout_is_a_square_whose_centre_lies_anywhere() -> None:
    rng = np.random.default_rng(0)
    areas, tops = [], []
    for _ in range(400):
        mask = changed(WHITE, cutout(Picture(WHITE), rng, size=0.25, fill="black").pixels)
        top, bottom, left, right = box_of(mask)
        assert mask[top:bottom, left:right].all()
        assert mask.sum() == (bottom - top) * (right - left)
        areas.append(int(mask.sum()))
        tops.append(top)
    assert max(areas) == 16 * 16
    assert min(areas) < 16 * 16  # a part lies outside
    assert min(tops) == 0
    assert max(tops) >= 50


@pytest.mark.parametrize("pixels", [COLORED, GREY])
def test_what_covers_is_as_asked(pixels: Any) -> None:
    def inside(fill: Any) -> Any:
        found = cutout(Picture(pixels), np.random.default_rng(1), size=2.0, fill=fill).pixels
        return found[changed(pixels, found)]

    assert (inside("black") == 0).all()
    assert len(np.unique(inside("mean"), axis=0)) == 1
    assert len(np.unique(inside("noise"))) > 100
    one, other = (
        cutout(Picture(np.full((20, 20, 3), level, np.uint8)), np.random.default_rng(5), size=2.0, fill="noise").pixels
        for level in (0, 255)
    )
    covered = (one != 0).any(axis=2)
    assert np.array_equal(one[covered], other[covered])


def test_erase_is_a_rectangle_of_the_published_areas_and_ratios() -> None:
    rng = np.random.default_rng(0)
    shares, ratios = [], []
    for share in np.linspace(0.02, 0.4, 300):
        found = erase(Picture(WHITE), rng, area=share, fill="black").pixels
        mask = changed(WHITE, found)
        if not mask.any():
            continue
        top, bottom, left, right = box_of(mask)
        assert mask[top:bottom, left:right].all()
        assert abs(mask.mean() - share) < 0.02
        shares.append(share)
        ratios.append((bottom - top) / (right - left))
    assert len(shares) > 290
    assert min(ratios) > 0.25
    assert max(ratios) < 4
    assert abs(np.log(ratios).mean()) < 0.2


def test_a_rectangle_that_cannot_lie_inside_leaves_the_picture() -> None:
    for pixels in (photo(1, 1), photo(1, 9), COLORED):
        picture = Picture(pixels)
        assert erase(picture, np.random.default_rng(0), area=1.0) is picture


@pytest.mark.parametrize("noise", [scratches, lines])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (300, 200)])
def test_strokes_cover_a_little(noise: Any, size: tuple[int, int]) -> None:
    grey = np.full((size[1], size[0]), 128, np.uint8)
    for pixels in (grey, np.dstack([grey] * 3)):
        shares = []
        for seed in range(20):
            found = noise(Picture(pixels), np.random.default_rng(seed), count=3).pixels
            assert found.shape == pixels.shape
            shares.append(changed(pixels, found).mean())
        if size == (300, 200):
            assert 0.002 < np.mean(shares) < 0.1


def test_more_strokes_cover_more() -> None:
    for noise in (scratches, lines):
        few, many = (
            np.mean(
                [
                    changed(COLORED, noise(Picture(COLORED), np.random.default_rng(seed), count=count).pixels).mean()
                    for seed in range(20)
                ]
            )
            for count in (1, 12)
        )
        assert many > 2 * few


def test_a_scratch_lets_the_picture_show_through() -> None:
    black, white = np.zeros((80, 60, 3), np.uint8), np.full((80, 60, 3), 255, np.uint8)
    for seed in range(10):
        one = scratches(Picture(black), np.random.default_rng(seed), count=5).pixels
        other = scratches(Picture(white), np.random.default_rng(seed), count=5).pixels
        assert (other.astype(int) - one >= 60).all()
