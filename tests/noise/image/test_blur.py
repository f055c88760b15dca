"""Blurs: beside what imagecorruptions makes, against their formulas in plain numpy, and at any size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.blur import defocus_blur, gaussian_blur, glass_blur, motion_blur, zoom_blur
from sslabel.registry import find_noise
from sslabel.values import Picture
from tests.noise.image.references import change, clean, crops, reference
from tests.pictures import photo, psnr

NO_DRAWS: Any = None  # all but glass draw only options
GREY = Picture(photo(40, 30)[:, :, 1].copy())
COLORED = Picture(photo(40, 30))
EXACT = [gaussian_blur, defocus_blur, zoom_blur]
ALL = [*EXACT, motion_blur, glass_blur]


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def level(value: int, *shape: int) -> Picture:
    return Picture(np.full(shape, value, np.uint8))


def name_of(noise: Any) -> str:
    return str(noise.__name__).replace("_", "-")


def blurred(noise: Any, picture: Picture, seed: int = 7, **options: Any) -> Any:
    """What a blur makes of a picture; a movement goes to the lower right."""
    given = {"angle": 30.0, **options} if noise is motion_blur else options
    return noise(picture, rng(seed), **given).pixels


each = pytest.mark.parametrize("noise", ALL, ids=name_of)
each_severity = pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])


@each
def test_blur_leaves_everything_in_its_place(noise: Any) -> None:
    assert find_noise(name_of(noise)).alters == frozenset()


NOTHING = [
    (gaussian_blur, {"sigma": 0.0}),
    (gaussian_blur, {"sigma": 0.1}),
    (defocus_blur, {"radius": 0.0}),
    (motion_blur, {"radius": 0}),
    (motion_blur, {"sigma": 0.0}),
    (zoom_blur, {"zoom": 1.0}),
    (glass_blur, {"sigma": 0.0, "max_delta": 0}),
    (glass_blur, {"sigma": 0.0, "iterations": 0}),
]


@pytest.mark.parametrize(("noise", "options"), NOTHING)
@pytest.mark.parametrize("picture", [GREY, COLORED], ids=repr)
def test_no_blur_is_the_identical_picture(noise: Any, options: dict[str, Any], picture: Picture) -> None:
    assert noise(picture, rng(), severity=3, **({"angle": 5.0} if noise is motion_blur else {}), **options) is picture


@pytest.mark.parametrize("noise", EXACT, ids=name_of)
@each_severity
def test_a_severity_is_the_published_one_within_rounding(noise: Any, severity: int) -> None:
    pixels = blurred(noise, Picture(clean()), severity=severity)
    published = reference(name_of(noise), severity)
    for found, expected in zip(crops(pixels), (published.corner, published.middle), strict=True):
        # The published code cuts fractions off: what is rounded up is one more.
        more = found.astype(int) - expected
        assert more.min() >= 0
        assert more.max() <= 1
        assert 0.3 < more.mean() < 0.7
    mean, std = change(pixels)
    assert np.abs(mean - published.mean - 0.5).max() < 0.05
    assert np.abs(std - published.std).max() < 0.05


@each_severity
def test_a_movement_changes_as_much_as_the_published_one(severity: int) -> None:
    made = [
        change(blurred(motion_blur, Picture(clean()), severity=severity, angle=float(angle)))
        for angle in rng().uniform(-45, 45, 24)
    ]
    mean, std = (np.mean(values, axis=0) for values in zip(*made, strict=True))
    published = reference("motion-blur", severity)
    assert (np.abs(std - published.std) < 0.02 + 5 * published.std_varies * math.sqrt(2 / 24)).all()
    assert (np.abs(mean - published.mean - 0.5) < 0.02 + 5 * published.mean_varies * math.sqrt(2 / 24)).all()


@each_severity
def test_glass_changes_about_as_much_as_the_published_one(severity: int) -> None:
    mean, std = change(blurred(glass_blur, Picture(clean()), severity=severity))
    published = reference("glass-blur", severity)
    # Less, since the published code also moves the whole picture; and its mean goes down, since it cuts fractions off.
    assert (std / published.std > 0.75).all()
    assert (std / published.std < 1.05).all()
    assert np.abs(mean).max() < 0.05


# The published severities of glass for small pictures are no ladder.
LADDERS = [(noise, width) for noise in ALL for width in (64, 63) if noise is not glass_blur or width == 64]


@pytest.mark.parametrize(("noise", "width"), LADDERS)
def test_more_severe_is_farther_from_the_clean_picture(noise: Any, width: int) -> None:
    pixels = clean()[:80, 20 : 20 + width].copy()
    kept = [psnr(blurred(noise, Picture(pixels), severity=severity), pixels) for severity in range(1, 6)]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] > kept[-1] + 1


SETS: list[tuple[Any, tuple[str, ...], Any, Any]] = [
    (gaussian_blur, ("sigma",), ((1.0,), (2.0,), (3.0,), (4.0,), (6.0,)), ((0.4,), (0.6,), (0.7,), (0.8,), (1.0,))),
    (
        defocus_blur,
        ("radius", "alias"),
        ((3.0, 0.1), (4.0, 0.5), (6.0, 0.5), (8.0, 0.5), (10.0, 0.5)),
        ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1.0, 0.2), (1.5, 0.1)),
    ),
    (
        motion_blur,
        ("radius", "sigma"),
        ((10, 3.0), (15, 5.0), (15, 8.0), (15, 12.0), (20, 15.0)),
        ((6, 1.0), (6, 1.5), (6, 2.0), (8, 2.0), (9, 2.5)),
    ),
    (
        zoom_blur,
        ("zoom", "step"),
        ((1.11, 0.01), (1.15, 0.01), (1.2, 0.02), (1.24, 0.02), (1.3, 0.03)),
        ((1.06, 0.01), (1.11, 0.01), (1.15, 0.01), (1.2, 0.01), (1.25, 0.01)),
    ),
    (
        glass_blur,
        ("sigma", "max_delta", "iterations"),
        ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2)),
        ((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)),
    ),
]


@pytest.mark.parametrize(("noise", "names", "usual", "small"), SETS)
def test_small_pictures_have_constants_of_their_own(noise: Any, names: Any, usual: Any, small: Any) -> None:
    for constants, size in ((usual, (64, 70)), (small, (63, 70)), (small, (70, 63)), (small, (32, 32))):
        picture = Picture(photo(*size))
        for severity, values in enumerate(constants, 1):
            given = dict(zip(names, values, strict=True))
            assert np.array_equal(blurred(noise, picture, severity=severity), blurred(noise, picture, **given))
            # One that is given wins over the severity's, which keeps the others.
            other = 6 - severity
            rest = {name: constants[other - 1][names.index(name)] for name in names[1:]}
            first = {names[0]: values[0]}
            mixed = blurred(noise, picture, severity=other, **first)
            assert np.array_equal(mixed, blurred(noise, picture, **first, **rest))


@each
@each_severity
@pytest.mark.parametrize("shape", [(70, 90), (70, 90, 3), (30, 40, 3)])
def test_a_flat_picture_stays_flat(noise: Any, severity: int, shape: tuple[int, ...]) -> None:
    for value in (0, 100, 255):
        found = blurred(noise, level(value, *shape), severity=severity)
        # The published disks of 8 and 10 pixels make a picture brighter by a hundredth.
        brighter = noise is defocus_blur and severity > 3 and min(shape[:2]) >= 64 and value == 100
        assert (found == value + brighter).all()


TINY = [(1, 1), (1, 1, 3), (7, 5), (7, 5, 3), (1, 9, 3), (9, 1), (2, 2, 3)]
HUGE: list[tuple[Any, dict[str, Any]]] = [
    (gaussian_blur, {"sigma": 100.0}),
    (defocus_blur, {"radius": 50.0, "alias": 5.0}),
    (defocus_blur, {"radius": 9.5, "alias": 0.0}),
    (motion_blur, {"radius": 100, "sigma": 100.0}),
    (motion_blur, {"radius": 100, "sigma": 100.0, "angle": -90.0}),
    (zoom_blur, {"zoom": 4.0, "step": 0.1}),
    (zoom_blur, {"zoom": 1.5, "step": 1.0}),
    (glass_blur, {"sigma": 100.0, "max_delta": 100, "iterations": 20}),
]


@pytest.mark.parametrize(("noise", "options"), HUGE)
@pytest.mark.parametrize("shape", TINY)
def test_a_huge_blur_of_a_tiny_picture_stays_between_its_values(noise: Any, options: Any, shape: Any) -> None:
    pixels = (np.arange(math.prod(shape)) * 37 % 101 + 100).astype(np.uint8).reshape(shape)
    found = blurred(noise, Picture(pixels), **options)
    assert found.shape == shape
    assert found.min() >= pixels.min()
    assert found.max() <= pixels.max() + 3 * (noise is defocus_blur)


@each
def test_grey_is_blurred_as_a_channel_is(noise: Any) -> None:
    three = np.repeat(GREY.pixels[:, :, None], 3, axis=2)
    for severity in (1, 5):
        assert np.array_equal(
            blurred(noise, GREY, severity=severity), blurred(noise, Picture(three), severity=severity)[:, :, 2]
        )


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5, 6.0])
@pytest.mark.parametrize("picture", [GREY, COLORED], ids=repr)
def test_gaussian_blur_is_its_formula(sigma: float, picture: Picture) -> None:
    reach = int(4 * sigma + 0.5)
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    exact = picture.pixels.astype(float)
    for axis in (0, 1):
        at = np.arange(exact.shape[axis])
        taken = [exact.take((at + d).clip(0, len(at) - 1), axis) for d in range(-reach, reach + 1)]
        exact = np.tensordot(weights / weights.sum(), taken, 1)
    # From 3 pixels on, most is done at a smaller size, which may round to the other side.
    assert np.abs(blurred(gaussian_blur, picture, sigma=sigma) - exact).max() < (0.501 if sigma < 3 else 1)


def moved(pixels: Any, right: int, down: int) -> Any:
    """What stands so far to the right and below of each pixel, the border going on."""
    rows, columns = np.arange(pixels.shape[0]) + down, np.arange(pixels.shape[1]) + right
    return pixels[rows.clip(0, pixels.shape[0] - 1)][:, columns.clip(0, pixels.shape[1] - 1)]


@pytest.mark.parametrize("angle", [-180.0, -90.0, -45.0, -12.5, 0.0, 30.0, 45.0, 90.0, 135.0])
@pytest.mark.parametrize(("radius", "sigma"), [(1, 1.0), (10, 3.0), (20, 15.0), (60, 40.0)])
def test_a_movement_is_its_formula(radius: int, sigma: float, angle: float) -> None:
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    weights /= weights.sum()
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    exact = np.zeros(COLORED.pixels.shape)
    for step, weight in zip(steps.tolist(), weights, strict=True):
        exact += weight * moved(COLORED.pixels, math.ceil(step * cosine - 0.5), math.ceil(step * sine - 0.5))
    found = blurred(motion_blur, COLORED, radius=radius, sigma=sigma, angle=angle)
    assert np.abs(found - exact).max() < 0.51


@pytest.mark.parametrize(
    ("angle", "right", "down"), [(0.0, -1, 0), (90.0, 0, -1), (45.0, -1, -1), (-45.0, -1, 1), (180.0, 1, 0)]
)
def test_a_movement_draws_a_point_out_one_way(angle: float, right: int, down: int) -> None:
    point = np.zeros((61, 61), np.uint8)
    point[30, 30] = 255
    found = blurred(motion_blur, Picture(point), radius=10, sigma=8.0, angle=angle).astype(int)
    line = found[30 + down * np.arange(21), 30 + right * np.arange(21)]
    assert line.sum() == found.sum()
    assert line[0] > 2 * line[14] > 0
    assert abs(found.sum() - 255) <= 10


@pytest.mark.parametrize("shape", [(37, 65, 3), (65, 37), (8, 9)])
@pytest.mark.parametrize("factor", [1.25, 1.5, 2.0, 3.0])
def test_zoom_blur_is_its_formula(shape: tuple[int, ...], factor: float) -> None:
    pixels = photo(65, 65)[: shape[0], : shape[1]].astype(float)
    pixels = pixels if len(shape) == 3 else pixels[:, :, 0]
    enlarged = pixels
    for axis in (0, 1):
        side = pixels.shape[axis]
        part = math.ceil(side / factor)
        whole = round(part * factor)
        at = np.minimum(np.arange(side) * (part - 1) / (whole - 1), part - 1) + (side - part) // 2
        low, share = at.astype(int), (at % 1).reshape((-1, 1, 1) if axis == 0 else (-1, 1))
        share = share[:, :, 0] if len(shape) == 2 and axis == 0 else share
        share = share[:, 0] if len(shape) == 2 and axis == 1 else share
        upper = np.minimum(low + 1, side - 1)
        enlarged = enlarged.take(low, axis) * (1 - share) + enlarged.take(upper, axis) * share
    exact = (2 * pixels + enlarged) / 3
    found = blurred(zoom_blur, Picture(pixels.astype(np.uint8)), zoom=factor, step=factor - 1)
    assert np.abs(found - exact).max() < 0.6


def places() -> Any:
    """H×W×3 in which red is the column and green the row."""
    rows, columns = np.mgrid[:90, :120]
    return np.stack((columns, rows, np.zeros_like(rows)), axis=2).astype(np.uint8)


@pytest.mark.parametrize(("max_delta", "iterations"), [(1, 1), (1, 2), (2, 3), (4, 2), (30, 1)])
def test_glass_loses_no_pixel(max_delta: int, iterations: int) -> None:
    for pixels in (places(), places()[:, :, 0].copy()):
        after = blurred(glass_blur, Picture(pixels), sigma=0.0, max_delta=max_delta, iterations=iterations)
        whole = [one.reshape(90 * 120, -1).tolist() for one in (pixels, after)]
        assert sorted(whole[0]) == sorted(whole[1])
        assert whole[0] != whole[1]


@pytest.mark.parametrize(("max_delta", "iterations"), [(1, 1), (1, 2), (2, 3), (4, 2)])
def test_glass_throws_pixels_to_near_places_all_ways_alike(max_delta: int, iterations: int) -> None:
    after = blurred(glass_blur, Picture(places()), sigma=0.0, max_delta=max_delta, iterations=iterations)
    thrown = (after.astype(int) - places())[:, :, :2]
    assert np.abs(thrown).max() <= 2 * max_delta * iterations
    assert thrown.mean(axis=(0, 1)) == pytest.approx(0, abs=1e-9)
    inside = thrown[10:-10, 10:-10].reshape(-1, 2)
    # As wide as throwing each pixel by -max_delta .. max_delta, each time.
    wide = math.sqrt(iterations * ((2 * max_delta + 1) ** 2 - 1) / 12)
    assert inside.std(axis=0) == pytest.approx(wide, rel=0.45)
    assert abs(np.corrcoef(inside.T)[0, 1]) < 0.1
    for corner in (thrown[:9, :9], thrown[-9:, -9:]):
        assert corner.any()


def test_glass_draws_anew() -> None:
    one = blurred(glass_blur, COLORED, 1, severity=3)
    assert np.array_equal(one, blurred(glass_blur, COLORED, 1, severity=3))
    assert not np.array_equal(one, blurred(glass_blur, COLORED, 2, severity=3))
