"""Snow, frost, fog and spatter: against the published ones in mean and spread, and against what they are made from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.weather import fog, frost, snow, spatter
from sslabel.registry import find_noise
from sslabel.transforms.image.texture import plasma
from sslabel.values import Picture
from tests.noise.image.references import change, clean, reference
from tests.pictures import photo

SEVERITIES = range(1, 6)
WEATHER = [snow, frost, fog, spatter]
SEEDS = 24


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed or 7)


def level(value: int, *shape: int) -> Picture:
    return Picture(np.full(shape, value, np.uint8))


@pytest.mark.parametrize(
    ("name", "alters"), [("snow", {"color"}), ("frost", {"color"}), ("fog", {"color"}), ("spatter", set())]
)
def test_what_it_alters(name: str, alters: set[str]) -> None:
    assert find_noise(name).alters == alters


def changes(noise: Any, severity: int) -> tuple[Any, Any]:
    """Mean and deviation of what becomes of the published photograph, seed by seed."""
    made = []
    for seed in range(SEEDS):
        draws = rng(seed, severity)
        options = {"degrees": float(draws.uniform(-135, -45))} if noise is snow else {}
        made.append(change(noise(Picture(clean()), draws, severity=severity, **options).pixels))
    means, deviations = zip(*made, strict=True)
    return np.array(means), np.array(deviations)


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("noise", [snow, fog, spatter])
def test_it_has_the_published_mean_and_spread(noise: Any, severity: int) -> None:
    means, deviations = changes(noise, severity)
    published = reference(noise.__name__, severity)
    uncertain = 4 * np.sqrt(2 / SEEDS)
    # The published values are cut off, which takes up to half a level from what is not a whole number anyway.
    assert (np.abs(means.mean(axis=0) - 0.25 - published.mean) < uncertain * published.mean_varies + 0.3).all()
    assert (np.abs(deviations.mean(axis=0) - published.std) < uncertain * published.std_varies + 0.5).all()


@pytest.mark.parametrize("severity", SEVERITIES)
def test_frost_is_about_as_bright_and_as_rough_as_the_published_photographs(severity: int) -> None:
    means, deviations = changes(frost, severity)
    published = reference("frost", severity)
    assert (np.abs(means.mean(axis=0) - published.mean) < published.mean_varies).all()
    assert (np.abs(deviations.mean(axis=0) - published.std) < published.std_varies).all()


@pytest.mark.parametrize(
    ("noise", "options"),
    [
        (snow, {"degrees": -90.0, "mean": 0.0, "spread": 0.0, "mix": 1.0}),
        (frost, {"keep": 1.0, "frost": 0.0}),
        (fog, {"amount": 0.0}),
        (spatter, {"water": 0.0, "mud": 0.0}),
    ],
)
@pytest.mark.parametrize("pixels", [photo(40, 30), photo(40, 30)[:, :, 0].copy(), photo(1, 1), photo(99, 80)])
def test_nothing_is_the_identical_picture(noise: Any, options: dict[str, float], pixels: Any) -> None:
    picture = Picture(pixels)
    for severity in SEVERITIES:
        assert noise(picture, rng(), severity=severity, **options) is picture


@pytest.mark.parametrize(
    ("noise", "options"),
    [
        (snow, {"mean": 0.55, "spread": 0.3, "zoom": 2.5, "threshold": 0.85, "radius": 12, "sigma": 12.0, "mix": 0.55}),
        (frost, {"keep": 0.6, "frost": 0.75}),
        (fog, {"amount": 3.0, "decay": 1.4}),
        (spatter, {"mean": 0.67, "spread": 0.4, "sigma": 1.0, "threshold": 0.65, "water": 0.0, "mud": 1.5}),
    ],
)
def test_parameters_that_are_given_win_over_the_severity(noise: Any, options: dict[str, Any]) -> None:
    picture, fixed = Picture(photo(90, 70)), {"degrees": -80.0} if noise is snow else {}
    strongest = noise(picture, rng(), severity=5, **fixed)
    assert noise(picture, rng(), severity=1, **fixed, **options) == strongest
    assert noise(picture, rng(), severity=1, **fixed) != strongest


@pytest.mark.parametrize(
    ("noise", "options"),
    [
        (snow, {"mean": 0.1, "spread": 0.2, "zoom": 1.0, "threshold": 0.6, "radius": 8, "sigma": 3.0, "mix": 0.95}),
        (frost, {"keep": 1.0, "frost": 0.2}),
        (fog, {"amount": 0.2, "decay": 3.0}),
        (spatter, {"mean": 0.62, "spread": 0.1, "sigma": 0.7, "threshold": 0.7, "water": 0.5, "mud": 0.0}),
    ],
)
def test_a_small_picture_has_the_constants_of_small_pictures(noise: Any, options: dict[str, Any]) -> None:
    fixed = {"degrees": -80.0} if noise is snow else {}
    small, usual = Picture(photo(63, 90)), Picture(photo(64, 90))
    assert noise(small, rng(), severity=1, **fixed) == noise(small, rng(), severity=4, **fixed, **options)
    assert noise(usual, rng(), severity=1, **fixed) != noise(usual, rng(), severity=1, **fixed, **options)


@pytest.mark.parametrize("noise", WEATHER)
@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 1, 3), (1, 300), (300, 1, 3), (7, 5), (5, 7, 3), (65, 64), (130, 257, 3)]
)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_every_shape_keeps_its_own_and_nothing_wraps_around(noise: Any, shape: tuple[int, ...], value: int) -> None:
    options = {"degrees": -80.0} if noise is snow else {}
    for severity in SEVERITIES:
        found = noise(level(value, *shape), rng(), severity=severity, **options).pixels
        assert found.shape == shape
        assert found.dtype == np.uint8
        if noise is snow:
            assert found.min() >= value
        elif noise is fog:
            assert found.max() <= value
        elif noise is spatter:
            assert (found >= value).all() if severity <= 3 else (found <= max(value, 63)).all()


@pytest.mark.parametrize("noise", WEATHER)
def test_a_grey_picture_is_changed_as_grey_in_three_channels_is(noise: Any) -> None:
    grey = photo(90, 70)[:, :, 0].copy()
    colored = Picture(np.repeat(grey[:, :, None], 3, axis=2))
    options = {"degrees": -80.0} if noise is snow else {}
    for severity in SEVERITIES:
        found = noise(Picture(grey), rng(), severity=severity, **options).pixels
        exact = noise(colored, rng(), severity=severity, **options).pixels @ (0.299, 0.587, 0.114)
        unclipped = (exact > 1) & (exact < 235)
        assert np.abs(found - exact)[unclipped].max() <= 1.6


@pytest.mark.parametrize("noise", WEATHER)
def test_other_draws_are_other_weather(noise: Any) -> None:
    options = {"degrees": -80.0} if noise is snow else {}
    one, same, other = (noise(Picture(photo(90, 70)), rng(seed), severity=3, **options) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def alike(layer: Any, down: int, right: int) -> float:
    """The correlation of a layer with itself some pixels further down and to the right."""
    rows, columns = layer.shape
    return float(np.corrcoef(layer[: rows - down, : columns - right].ravel(), layer[down:, right:].ravel())[0, 1])


@pytest.mark.parametrize(("degrees", "line"), [(-90.0, "|"), (-135.0, "\\"), (-45.0, "/"), (0.0, "-")])
def test_snow_is_drawn_out_where_it_falls(degrees: float, line: str) -> None:
    flakes = snow(level(0, 200, 200), rng(), severity=1, degrees=degrees, zoom=2.0, mix=1.0).pixels.astype(float)
    likeness = {
        "|": alike(flakes, 7, 0),
        "-": alike(flakes, 0, 7),
        "\\": alike(flakes, 5, 5),
        "/": alike(flakes[:, ::-1], 5, 5),
    }
    assert likeness.pop(line) > 0.1
    assert max(likeness.values()) < 0.05


def test_it_snows_on_both_halves_alike() -> None:
    flakes = snow(level(0, 90, 80), rng(), severity=3, degrees=-70.0, mix=1.0).pixels
    assert np.array_equal(flakes, flakes[::-1, ::-1])
    assert flakes.any()


def test_snow_makes_a_picture_pale() -> None:
    pixels = photo(90, 70)
    grey = pixels @ (0.299, 0.587, 0.114)
    exact = 0.7 * pixels + 0.3 * np.maximum(pixels, 1.5 * grey[:, :, None] + 127.5)
    found = snow(Picture(pixels), rng(), severity=2, degrees=-90.0, mean=0.0, spread=0.0).pixels
    assert np.abs(found - exact.clip(0, 255)).max() <= 0.5 + 1e-2


@pytest.mark.parametrize(("amount", "decay"), [(0.5, 3.0), (1.5, 2.0), (3.0, 1.4)])
@pytest.mark.parametrize("pixels", [photo(90, 70), photo(90, 70)[:, :, 0].copy(), photo(90, 70) // 2])
def test_fog_adds_clouds_and_scales_to_the_brightest_value(pixels: Any, amount: float, decay: float) -> None:
    clouds = plasma(rng(), 70, 90, decay)
    peak = pixels.max() / 255
    exact = (pixels + 255 * amount * (clouds if pixels.ndim == 2 else clouds[:, :, None])) * peak / (peak + amount)
    found = fog(Picture(pixels), rng(), severity=1, amount=amount, decay=decay).pixels
    assert np.abs(found - exact).max() <= 0.5 + 1e-2


def test_fog_leaves_black_black() -> None:
    assert fog(level(0, 70, 70, 3), rng(), severity=5) == level(0, 70, 70, 3)


@pytest.mark.parametrize(("keep", "weight"), [(1.0, 0.4), (0.6, 0.75)])
def test_frost_is_added_to_what_is_kept(keep: float, weight: float) -> None:
    pixels = photo(90, 70) // 2
    window = frost(level(0, 70, 90, 3), rng(), severity=1, keep=keep, frost=weight).pixels.astype(float)
    found = frost(Picture(pixels), rng(), severity=1, keep=keep, frost=weight).pixels
    assert np.abs(found - (keep * pixels + window).clip(0, 255)).max() <= 1.01
    # Bluish glass, bluish white ice.
    assert (window[:, :, 0] <= window[:, :, 2]).all()
    assert window.min() >= weight * 58
    assert window.max() <= weight * 252 + 1


def test_water_shines_in_its_colour_and_only_adds_light() -> None:
    drops = spatter(level(0, 200, 200, 3), rng(), severity=3).pixels.astype(float)
    assert np.abs(drops / 238 - drops[:, :, 1:2] * (175 / 238, 1, 1) / 238).max() < 1 / 238
    assert drops.max() == round(0.5 * 238)
    assert 0.02 < (drops > 0).any(axis=2).mean() < 0.5


def test_mud_covers_with_its_colour() -> None:
    muddy = spatter(level(200, 200, 200, 3), rng(), severity=5).pixels
    changed = (muddy != 200).any(axis=2)
    assert 0.05 < changed.mean() < 0.3
    # Where there is mud at all, it hides four fifths of what is behind it.
    assert (np.abs(muddy[changed] - (63.0, 42, 20)) <= 0.2 * (np.array((137, 158, 180))) + 1).all()
    assert (muddy == (63, 42, 20)).all(axis=2).any()


@pytest.mark.parametrize(
    "options", [{"water": 0.5, "mud": 0.0}, {"water": 0.0, "mud": 1.5}, {"water": 1.0, "mud": 1.0}]
)
def test_a_lens_without_drops_is_clear(options: dict[str, float]) -> None:
    picture = Picture(photo(90, 70))
    assert spatter(picture, rng(), severity=1, mean=0.1, spread=0.0, **options) == picture


def test_water_and_mud_can_come_together() -> None:
    both = spatter(level(100, 200, 200, 3), rng(), severity=3, mud=1.5).pixels
    assert (both > 100).any()
    assert (both < 100).any()
