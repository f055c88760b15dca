"""Damage that is to be undone: the picture as it was, the kind and the severity."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest

from sslabel.errors import UsageError
from sslabel.recipe import Recipe, Settings
from sslabel.registry import find_noise
from sslabel.tasks.image.restore_image import CORRUPTIONS, KINDS, Corruption, restore_image
from sslabel.values import Category, Pair, Picture
from tests.pictures import photo, psnr
from tests.recipes import examples_of, recipe

PHOTO = Picture(photo(224, 224))


def made(kind: Any, seed: int = 0, picture: Picture = PHOTO) -> Pair:
    return restore_image(picture, np.random.default_rng(seed), corruption=kind)


def category(pair: Pair, name: str) -> Category:
    value = pair.labels[name]
    assert isinstance(value, Category)
    return value


def test_the_kinds_are_nineteen_and_three() -> None:
    assert len(CORRUPTIONS) == 19
    assert set(KINDS) - set(CORRUPTIONS) == {"misalign-channels", "misalign-rows", "misalign-tiles"}
    assert get_args(Corruption) == ("any", "none", *KINDS)
    for name in CORRUPTIONS:
        assert "severity" in {one.name for one in find_noise(name).options}


@pytest.mark.parametrize("kind", KINDS)
def test_the_label_is_the_picture_and_the_damage_is_as_named(kind: str) -> None:
    for seed in range(6):
        pair = made(kind, seed)
        assert pair.labels["label"] is PHOTO
        assert category(pair, "label_kind").name == kind
        severity = int(category(pair, "label_severity").name)
        rng = np.random.default_rng(seed)
        assert int(rng.integers(1, 6)) == severity
        if kind in CORRUPTIONS:
            again = find_noise(kind).apply(PHOTO, rng, severity=severity)
        else:
            distance = (1, 2, 3, 5, 8)[severity - 1]
            again = find_noise("misalign").apply(PHOTO, rng, parts=kind.split("-")[1], distance=distance)
        assert pair.inputs["input"] == again
        assert pair.inputs["input"] != PHOTO


def test_the_picture_that_is_not_damaged_is_its_own_label() -> None:
    pair = made("none")
    assert pair.inputs["input"] is pair.labels["label"] is PHOTO
    assert list(pair.labels) == ["label"]


def test_without_damage_of_its_own_it_asks_for_a_noise() -> None:
    asked = {"task": "restore-image:corruption=none"}
    with pytest.raises(UsageError, match=r"only undoes noise; give one with --noise"):
        Recipe.of(Settings.read(asked))
    for noise in ("gaussian-noise:sigma=0.1", "misalign", "elastic-transform"):
        (one,) = examples_of(PHOTO, recipe(task="restore-image:corruption=none", noise=noise))
        assert one["label"] == PHOTO
        assert one["input"] != PHOTO
        assert one.meta["noise"]


def test_kinds_and_severities_come_about_equally_often() -> None:
    small = Picture(photo(16, 16))
    pairs = [made("any", seed, small) for seed in range(1100)]
    for name, classes in (("label_kind", 22), ("label_severity", 5)):
        counts = np.bincount([category(pair, name).index for pair in pairs], minlength=classes)
        expected = 1100 / classes
        assert np.abs(counts - expected).max() < 4.5 * math.sqrt(expected)


@pytest.mark.parametrize(
    "kind", ["gaussian-noise", "gaussian-blur", "contrast", "pixelate", "jpeg-compression", "misalign-tiles"]
)
def test_more_severe_is_farther_from_the_picture(kind: str) -> None:
    found: dict[int, list[float]] = {}
    for seed in range(60):
        pair = made(kind, seed)
        damaged = pair.inputs["input"]
        assert isinstance(damaged, Picture)
        found.setdefault(category(pair, "label_severity").index, []).append(psnr(damaged.pixels, PHOTO.pixels))
    means = [float(np.mean(found[severity])) for severity in range(5)]
    assert means == sorted(means, reverse=True)


def test_noise_comes_on_top_and_is_no_label() -> None:
    (plain,) = examples_of(PHOTO, recipe(task="restore-image:corruption=fog"))
    (noisy,) = examples_of(PHOTO, recipe(task="restore-image:corruption=fog", noise="pixel-dropout"))
    assert noisy["label_kind"] == plain["label_kind"]
    assert noisy["label"] == plain["label"]
    assert noisy["input"] != plain["input"]
