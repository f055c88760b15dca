"""Noises on single pixels: how much, where, and that nothing wraps around."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.pixels import pixel_dropout, quantize, wrong_pixels
from sslabel.registry import find_noise
from sslabel.values import Picture
from tests.pictures import photo

GREY = Picture(photo(40, 30)[:, :, 1].copy())
COLORED = Picture(photo(40, 30))


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def level(value: int, *shape: int) -> Picture:
    return Picture(np.full(shape, value, np.uint8))


@pytest.mark.parametrize("name", ["pixel-dropout", "wrong-pixels"])
def test_single_pixels_tell_nothing_that_a_label_depends_on(name: str) -> None:
    assert find_noise(name).alters == frozenset()


def test_fewer_levels_alter_color() -> None:
    assert find_noise("quantize").alters == {"color"}


@pytest.mark.parametrize("picture", [GREY, COLORED], ids=repr)
def test_no_noise_is_the_identical_picture(picture: Picture) -> None:
    assert pixel_dropout(picture, rng(), rate=0.0) is picture
    assert wrong_pixels(picture, rng(), rate=0.0) is picture
    assert quantize(picture, rng(), levels=256) is picture


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.5, 0.99])
@pytest.mark.parametrize("shape", [(200, 150), (200, 150, 3)])
def test_dropout_deletes_its_share_of_the_pixels(rate: float, shape: tuple[int, ...]) -> None:
    deleted = pixel_dropout(level(9, *shape), rng(), rate=rate).pixels.reshape(200, 150, -1) == 0
    assert (deleted.all(axis=2) == deleted.any(axis=2)).all()
    assert abs(deleted.mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / (200 * 150))


@pytest.mark.parametrize("picture", [GREY, COLORED], ids=repr)
@pytest.mark.parametrize("fill", [0, 7, 255])
def test_dropout_leaves_all_other_pixels_as_they_are(picture: Picture, fill: int) -> None:
    left = pixel_dropout(picture, rng(), rate=0.3, fill=fill).pixels.reshape(30, 40, -1)
    before = picture.pixels.reshape(30, 40, -1)
    changed = (left != before).any(axis=2)
    assert 0.2 < changed.mean() < 0.4
    assert (left[changed] == fill).all()


@pytest.mark.parametrize(("fill", "shape"), [(0, (5, 7)), (200, (5, 7, 3)), (255, (1, 1, 3))])
def test_dropout_of_everything_leaves_the_fill(fill: int, shape: tuple[int, ...]) -> None:
    assert pixel_dropout(level(100, *shape), rng(), rate=1.0, fill=fill) == level(fill, *shape)


@pytest.mark.parametrize("noise", [pixel_dropout, wrong_pixels])
def test_other_draws_damage_other_pixels(noise: Any) -> None:
    one = noise(COLORED, np.random.default_rng(1), rate=0.5)
    assert one == noise(COLORED, np.random.default_rng(1), rate=0.5)
    assert one != noise(COLORED, np.random.default_rng(2), rate=0.5)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.5, 1.0])
@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(200, 150), (200, 150, 3)])
def test_wrong_pixels_are_their_share_and_never_as_they_were(rate: float, value: int, shape: tuple[int, ...]) -> None:
    changed = wrong_pixels(level(value, *shape), rng(), rate=rate).pixels.reshape(200, 150, -1) != value
    # Nearly all wrong colours differ in every channel; what is hit always differs in one.
    hit = changed.any(axis=2)
    assert abs(hit.mean() - rate) <= 4 * np.sqrt(rate * (1 - rate) / (200 * 150))


@pytest.mark.parametrize("picture", [GREY, COLORED], ids=repr)
def test_wrong_pixels_leave_all_others_as_they_are(picture: Picture) -> None:
    wrong = wrong_pixels(picture, rng(), rate=0.3).pixels != picture.pixels
    hit = wrong if wrong.ndim == 2 else wrong.any(axis=2)
    assert 0.2 < hit.mean() < 0.4


def test_all_other_values_of_a_grey_picture_are_equally_likely() -> None:
    found = np.bincount(wrong_pixels(level(77, 500, 510), rng(), rate=1.0).pixels.ravel(), minlength=256)
    assert found[77] == 0
    assert np.abs(np.delete(found, 77) - 1000).max() < 4.5 * np.sqrt(1000)


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (200, 30, 100)])
def test_all_other_colors_are_equally_likely(color: tuple[int, int, int]) -> None:
    before = np.broadcast_to(np.array(color, np.uint8), (500, 512, 3))
    after = wrong_pixels(Picture(before), rng(), rate=1.0).pixels.reshape(-1, 3)
    for channel in range(3):
        found = np.bincount(after[:, channel], minlength=256)
        assert np.abs(found - 1000).max() < 4.5 * np.sqrt(1000)
    assert np.abs(np.corrcoef(after.T.astype(float))[np.triu_indices(3, 1)]).max() < 4 / np.sqrt(len(after))


@pytest.mark.parametrize("levels", [2, 3, 4, 16, 32, 100, 255])
@pytest.mark.parametrize("picture", [GREY, COLORED, Picture(np.arange(256, dtype=np.uint8)[None])], ids=repr)
def test_each_value_goes_to_the_nearest_of_evenly_spaced_levels(levels: int, picture: Picture) -> None:
    there = np.linspace(0, 255, levels)
    found = quantize(picture, rng(), levels=levels).pixels
    nearest = np.abs(picture.pixels[..., None] - there).min(axis=-1)
    assert np.abs(np.abs(found.astype(float) - picture.pixels) - nearest).max() <= 0.5
    assert np.abs(found[..., None] - there).min(axis=-1).max() <= 0.5
    assert len(np.unique(found)) <= levels


@pytest.mark.parametrize("levels", [2, 5, 255])
def test_fewer_levels_keep_black_white_and_order(levels: int) -> None:
    found = quantize(Picture(np.arange(256, dtype=np.uint8)[None]), rng(), levels=levels).pixels[0].astype(int)
    assert (found[0], found[-1]) == (0, 255)
    assert (np.diff(found) >= 0).all()
    assert len(np.unique(found)) == levels


def test_two_levels_are_black_and_white() -> None:
    ramp = Picture(np.array([[0, 127, 128, 255]], np.uint8))
    assert quantize(ramp, rng(), levels=2).pixels.tolist() == [[0, 0, 255, 255]]


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (7, 5), (7, 5, 3)])
def test_any_size_will_do(shape: tuple[int, ...]) -> None:
    picture = level(128, *shape)
    assert quantize(picture, rng(), levels=3).pixels.shape == shape
    assert (
        (wrong_pixels(picture, rng(), rate=1.0).pixels.reshape(-1, shape[-1] if len(shape) > 2 else 1) != 128)
        .any(axis=1)
        .all()
    )
