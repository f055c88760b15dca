"""Views of one picture: their crops, their published constants, and what they share."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from sslabel.flow import Skipped
from sslabel.tasks.image import views as module
from sslabel.tasks.image.views import STYLES, View, crop_box, views
from sslabel.transforms.image.geometry import resample
from sslabel.values import Pair, Picture, Text
from tests.pictures import jpeg, photo, psnr, read_picture
from tests.recipes import examples_of, outcomes, recipe

PHOTO = Picture(photo(320, 240))


def made(style: Any, seed: int = 0, picture: Picture = PHOTO, **options: Any) -> Pair:
    return views(picture, np.random.default_rng(seed), "birds/a.jpg", style=style, **options)


def plain(monkeypatch: pytest.MonkeyPatch, *, area: tuple[float, float] = (0.08, 1.0), flip: float = 0.5) -> None:
    """One style whose views are crops and nothing else."""
    view = View(64, area, (0, 0, 0, 0), blur=0, jittered=0, grey=0, flip=flip)
    monkeypatch.setitem(module.STYLES, "simclr", (view, view))


@pytest.mark.parametrize(
    ("style", "sides"),
    [("simclr", [224] * 2), ("moco", [224] * 2), ("byol", [224] * 2), ("dino", [224] * 2 + [96] * 8)],
)
def test_the_views_are_squares_of_the_published_sides(style: str, sides: list[int]) -> None:
    pair = made(style)
    assert [one.pixels.shape for one in pair.inputs.values()] == [(side, side, 3) for side in sides]  # type: ignore[union-attr]
    assert list(pair.inputs) == [f"input_{number}" for number in range(len(sides))]
    assert pair.labels == {"label": Text("birds/a.jpg")}


def test_size_scales_the_small_views_along() -> None:
    sides = [one.pixels.shape[0] for one in made("dino", size=112).inputs.values()]  # type: ignore[union-attr]
    assert sides == [112] * 2 + [48] * 8


def test_the_label_is_the_source() -> None:
    (one,) = examples_of(PHOTO, recipe(task="views"), "cats/7.jpg")
    assert one["label"] == Text("cats/7.jpg")


def test_each_view_is_drawn_anew() -> None:
    for style in STYLES:
        inputs = [one.pixels.tobytes() for one in made(style).inputs.values()]  # type: ignore[union-attr]
        assert len(set(inputs)) == len(inputs)


def test_the_published_constants() -> None:
    jitters = {style: {view.jitter for view in drawn} for style, drawn in STYLES.items()}
    assert jitters == {
        "simclr": {(0.8, 0.8, 0.8, 0.2)},
        "moco": {(0.4, 0.4, 0.4, 0.1)},
        "byol": {(0.4, 0.4, 0.2, 0.1)},
        "dino": {(0.4, 0.4, 0.2, 0.1)},
    }
    assert {(view.jittered, view.grey, view.flip) for drawn in STYLES.values() for view in drawn} == {(0.8, 0.2, 0.5)}
    assert [view.blur for view in STYLES["byol"]] == [1.0, 0.1]
    assert [view.solarize for view in STYLES["byol"]] == [0.0, 0.2]
    assert [view.blur for view in STYLES["dino"]] == [1.0, 0.1] + [0.5] * 8
    assert [view.solarize for view in STYLES["dino"]] == [0.0, 0.2] + [0.0] * 8
    assert [view.area for view in STYLES["dino"]] == [(0.4, 1)] * 2 + [(0.05, 0.4)] * 8


def boxes(pair: Pair) -> list[tuple[int, ...]]:
    return [tuple(map(int, one.split(","))) for one in str(pair.notes["crops"]).split(";")]


@pytest.mark.parametrize("flip", [0.0, 1.0])
def test_the_notes_say_where_a_view_was_cut(monkeypatch: pytest.MonkeyPatch, flip: float) -> None:
    plain(monkeypatch, flip=flip)
    for seed in range(20):
        pair = made("simclr", seed)
        assert pair.notes["mirrored"] == ",".join([str(int(flip))] * 2)
        for (left, top, width, height), view in zip(boxes(pair), pair.inputs.values(), strict=True):
            assert isinstance(view, Picture)
            crop = resample(PHOTO.pixels[top : top + height, left : left + width].copy(), 64, 64)
            assert np.array_equal(view.pixels, crop[:, ::-1] if flip else crop)


def test_a_reduced_decode_shows_the_same(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(monkeypatch, area=(0.5, 1.0), flip=0.0)
    pixels = photo(1200, 900)
    decoded = read_picture(tmp_path, jpeg(pixels, quality=97))
    for seed in range(5):
        one, other = made("simclr", seed, decoded), made("simclr", seed, Picture(pixels))
        assert one.notes == other.notes
        for name, view in one.inputs.items():
            whole = other.inputs[name]
            assert isinstance(view, Picture)
            assert isinstance(whole, Picture)
            assert psnr(view.pixels, whole.pixels) > 28
    assert "pixels" not in decoded.__dict__


@pytest.mark.parametrize("area", [(0.08, 1.0), (0.05, 0.4), (0.4, 1.0)])
def test_crops_have_the_published_areas_and_shapes(area: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    found = [crop_box(400, 300, area, rng) for _ in range(2000)]
    shares = np.array([width * height / 120_000 for _, _, width, height in found])
    ratios = np.array([width / height for _, _, width, height in found])
    assert area[0] - 0.01 <= shares.min()
    assert shares.max() <= area[1] + 0.01
    assert ratios.min() > 0.74
    assert ratios.max() < 1.35
    assert all(0 <= left <= 400 - width and 0 <= top <= 300 - height for left, top, width, height in found)
    if area == (0.05, 0.4):  # nearly every draw fits, so that both are as drawn
        assert abs(shares.mean() - 0.225) < 4 * 0.35 / math.sqrt(12 * 2000)
        assert abs(np.log(ratios).mean()) < 4 * math.log(16 / 9) / math.sqrt(12 * 2000)


@pytest.mark.parametrize("size", [(2000, 40), (40, 2000), (33, 32)])
def test_a_narrow_picture_is_cut_in_the_middle_at_last(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        left, top, width, height = crop_box(*size, (0.9, 1.0), rng)
        assert 0 <= left <= size[0] - width
        assert 0 <= top <= size[1] - height
        assert 0.7 < width / height < 1.4


@pytest.mark.parametrize(("field", "chance"), [("grey", 0.2), ("flip", 0.5), ("jittered", 0.8)])
def test_chances_are_as_published(monkeypatch: pytest.MonkeyPatch, field: str, chance: float) -> None:
    only = View(16, (1.0, 1.0), (0.5, 0.0, 0.0, 0.0), blur=0, jittered=0, grey=0, flip=0)
    changes: dict[str, Any] = {field: chance}
    view = dataclasses.replace(only, **changes)
    monkeypatch.setitem(module.STYLES, "simclr", (view,))
    small = Picture(photo(32, 32))
    still = resample(small.pixels, 16, 16)
    rng = np.random.default_rng(0)
    changed = 0
    for _ in range(1500):
        (one,) = views(small, rng, "a", size=224).inputs.values()
        assert isinstance(one, Picture)
        changed += not np.array_equal(one.pixels, still)
    assert abs(changed / 1500 - chance) < 4 * math.sqrt(chance * (1 - chance) / 1500) + 0.02


def test_a_picture_that_is_too_small_is_skipped() -> None:
    assert outcomes(Picture(photo(31, 200)), recipe(task="views")) == [Skipped("views", "smaller than 32 pixels")]
