"""RandAugment and AugMix: their published changes and strengths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from sslabel.noise.image import mixtures
from sslabel.noise.image.mixtures import augmix, rand_augment
from sslabel.registry import find_noise
from sslabel.values import Picture
from tests.pictures import photo

COLORED = photo(60, 40)
GREY = COLORED[:, :, 1].copy()
NAMES = (
    "nothing", "shear-x", "shear-y", "move-x", "move-y", "rotate", "brightness", "color", "contrast", "sharpness",
    "posterize", "solarize", "autocontrast", "equalize",
)  # fmt: skip


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def change(name: str, strength: float, sign: int = 1, pixels: Any = COLORED) -> Any:
    return mixtures._RAND_AUGMENT[NAMES.index(name)](pixels, strength, sign)


def near(one: Any, other: Any, most: int = 2) -> bool:
    return bool(np.abs(np.asarray(one).astype(int) - np.asarray(other)).max() <= most)


def test_there_are_fourteen_and_nine() -> None:
    assert len(mixtures._RAND_AUGMENT) == len(NAMES) == 14
    assert len(mixtures._AUGMIX) == 9


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_enhancers_go_as_far_as_published(strength: float, sign: int) -> None:
    image, factor = Image.fromarray(COLORED), 1 + sign * 0.9 * strength
    assert near(change("brightness", strength, sign), ImageEnhance.Brightness(image).enhance(factor))
    assert near(change("color", strength, sign), ImageEnhance.Color(image).enhance(factor))
    assert near(change("contrast", strength, sign), ImageEnhance.Contrast(image).enhance(factor))
    # Pillow leaves a rim of one pixel unsharpened.
    sharp = np.asarray(ImageEnhance.Sharpness(image).enhance(factor))
    assert near(change("sharpness", strength, sign)[1:-1, 1:-1], sharp[1:-1, 1:-1])


def test_the_others_are_pillow_s() -> None:
    image = Image.fromarray(COLORED)
    assert near(change("posterize", 1.0), ImageOps.posterize(image, 4), 0)
    assert near(change("posterize", 0.3), ImageOps.posterize(image, 7), 0)
    assert near(change("solarize", 0.5), ImageOps.solarize(image, 128), 0)
    assert near(change("solarize", 1.0), ImageOps.solarize(image, 0), 0)
    assert near(change("autocontrast", 0.5), ImageOps.autocontrast(image), 0)
    assert near(change("equalize", 0.5), ImageOps.equalize(image), 0)


@pytest.mark.parametrize("name", NAMES[:12])
@pytest.mark.parametrize("pixels", [COLORED, GREY])
def test_at_no_strength_nothing_changes(name: str, pixels: Any) -> None:
    assert np.array_equal(change(name, 0.0, pixels=pixels), pixels)


def test_moves_go_as_far_as_published() -> None:
    ramp = np.tile(np.arange(331, dtype=np.float32) / 2, (9, 1)).astype(np.uint8)
    moved = change("move-x", 1.0, 1, ramp)
    assert np.array_equal(moved[:, 150:], ramp[:, :-150])
    assert np.array_equal(change("move-x", 1.0, -1, ramp)[:, :-150], ramp[:, 150:])


@pytest.mark.parametrize("pixels", [COLORED, GREY, photo(1, 1), photo(7, 5)])
@pytest.mark.parametrize("noise", [rand_augment, augmix])
def test_any_picture_keeps_its_size_and_kind(noise: Any, pixels: Any) -> None:
    for seed in range(40):
        found = noise(Picture(pixels), rng(seed)).pixels
        assert found.shape == pixels.shape
        assert found.dtype == np.uint8


def test_no_border_is_black() -> None:
    white = Picture(np.full((50, 50, 3), 250, np.uint8))
    for number in (1, 2, 3, 4, 5):
        for sign in (-1, 1):
            assert (mixtures._RAND_AUGMENT[number](white.pixels, 1.0, sign) == 250).all()


def test_no_change_is_the_identical_picture() -> None:
    picture = Picture(COLORED)
    assert rand_augment(picture, rng(), ops=0) is picture
    assert any(rand_augment(picture, rng(seed), ops=1) is picture for seed in range(60))  # one change is none


def test_all_changes_come_about_equally_often(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.zeros(14, int)

    def counting(number: int) -> Any:
        def count(pixels: Any, strength: float, sign: int) -> Any:
            assert strength == 0.3
            assert sign in (-1, 1)
            counts[number] += 1
            return pixels

        return count

    monkeypatch.setattr(mixtures, "_RAND_AUGMENT", tuple(counting(number) for number in range(14)))
    draw = rng()
    for _ in range(1400):
        rand_augment(Picture(GREY), draw)
    assert counts.sum() == 2800
    assert np.abs(counts - 200).max() < 5 * np.sqrt(200)


def test_augmix_lies_between_the_picture_and_its_chains() -> None:
    flat = np.full((20, 20, 3), 100, np.uint8)
    flat[:10] = 180
    for seed in range(20):
        found = augmix(Picture(flat), rng(seed), severity=0.1).pixels
        assert found.std() > 0
    means = [
        np.abs(augmix(Picture(COLORED), rng(seed), severity=severity).pixels.astype(int) - COLORED).mean()
        for severity in (1, 3)
        for seed in range(30)
    ]
    assert np.mean(means[:30]) > 0
    assert np.mean(means) < 60


def test_what_they_alter() -> None:
    assert find_noise("augmix").alters == find_noise("rand-augment").alters == {"geometry", "color"}
