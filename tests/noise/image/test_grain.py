"""Grain: how much of it, how it is distributed, beside what imagecorruptions makes, and that nothing wraps around."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sslabel.noise.image.grain import gaussian_noise, impulse_noise, shot_noise, speckle_noise
from sslabel.registry import find_noise
from sslabel.transforms.image.normals import normals
from sslabel.values import Picture
from tests.noise.image.references import change, clean, reference
from tests.pictures import photo, psnr

GREY = Picture(photo(40, 30)[:, :, 1].copy())
COLORED = Picture(photo(40, 30))
NOISES: list[tuple[Any, str, float]] = [
    (gaussian_noise, "sigma", 0.1),
    (speckle_noise, "sigma", 0.1),
    (impulse_noise, "amount", 0.1),
    (shot_noise, "photons", 10.0),
]


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def level(value: int, *shape: int) -> Picture:
    return Picture(np.full(shape, value, np.uint8))


def name_of(noise: Any) -> str:
    return str(noise.__name__).replace("_", "-")


each = pytest.mark.parametrize("noise", [noise for noise, _, _ in NOISES], ids=name_of)
each_parameter = pytest.mark.parametrize(("noise", "parameter", "value"), NOISES)


@each
def test_grain_tells_nothing_that_a_label_depends_on(noise: Any) -> None:
    assert find_noise(name_of(noise)).alters == frozenset()


@pytest.mark.parametrize("picture", [GREY, COLORED], ids=repr)
def test_no_noise_is_the_identical_picture(picture: Picture) -> None:
    assert gaussian_noise(picture, rng(), sigma=0.0) is picture
    assert speckle_noise(picture, rng(), sigma=0.0) is picture
    assert impulse_noise(picture, rng(), amount=0.0) is picture


@each
@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_a_severity_changes_as_much_as_the_published_one(noise: Any, severity: int) -> None:
    mean, std = change(noise(Picture(clean()), rng(), severity=severity).pixels)
    published = reference(name_of(noise), severity)
    assert (np.abs(std - published.std) < 5 * published.std_varies).all()
    # The published code cuts fractions off, which costs half a level where anything but 0 and 255 is written.
    assert (mean - published.mean > -5 * published.mean_varies).all()
    assert (mean - published.mean < 0.5 + 5 * published.mean_varies).all()


@each
@pytest.mark.parametrize("size", [(64, 80), (63, 80)])
def test_more_severe_is_farther_from_the_clean_picture(noise: Any, size: tuple[int, int]) -> None:
    pixels = photo(*size)
    kept = [psnr(noise(Picture(pixels), rng(), severity=severity).pixels, pixels) for severity in range(1, 6)]
    assert kept == sorted(kept, reverse=True)


PUBLISHED: list[tuple[Any, str, Any, Any]] = [
    (gaussian_noise, "sigma", (0.08, 0.12, 0.18, 0.26, 0.38), (0.04, 0.06, 0.08, 0.09, 0.1)),
    (speckle_noise, "sigma", (0.15, 0.2, 0.35, 0.45, 0.6), (0.06, 0.1, 0.12, 0.16, 0.2)),
    (impulse_noise, "amount", (0.03, 0.06, 0.09, 0.17, 0.27), (0.01, 0.02, 0.03, 0.05, 0.07)),
    (shot_noise, "photons", (60.0, 25.0, 12.0, 5.0, 3.0), (500.0, 250.0, 100.0, 75.0, 50.0)),
]


@pytest.mark.parametrize(("noise", "parameter", "usual", "small"), PUBLISHED)
def test_small_pictures_have_constants_of_their_own(noise: Any, parameter: str, usual: Any, small: Any) -> None:
    for constants, size in ((usual, (64, 70)), (small, (63, 70)), (small, (70, 63)), (small, (32, 32))):
        picture = Picture(photo(*size))
        for severity, constant in enumerate(constants, 1):
            assert noise(picture, rng(), severity=severity) == noise(picture, rng(), **{parameter: constant})


@each_parameter
def test_a_parameter_that_is_given_wins_over_the_severity(noise: Any, parameter: str, value: float) -> None:
    made = [noise(COLORED, rng(), severity=severity, **{parameter: value}) for severity in (1, 5)]
    assert made[0] == made[1] == noise(COLORED, rng(), **{parameter: value})


@each_parameter
def test_other_draws_damage_other_pixels(noise: Any, parameter: str, value: float) -> None:
    one = noise(COLORED, rng(1), **{parameter: value})
    assert one == noise(COLORED, rng(1), **{parameter: value})
    assert one != noise(COLORED, rng(2), **{parameter: value})


@each_parameter
def test_the_channels_are_independent(noise: Any, parameter: str, value: float) -> None:
    noisy = noise(level(128, 200, 150, 3), rng(), **{parameter: value}).pixels
    together = np.corrcoef(noisy.reshape(-1, 3).T.astype(float))[np.triu_indices(3, 1)]
    assert np.abs(together).max() < 4 / math.sqrt(200 * 150)


@pytest.mark.parametrize("sigma", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("shape", [(200, 150), (200, 150, 3)])
def test_gaussian_noise_has_its_mean_and_deviation(sigma: float, shape: tuple[int, ...]) -> None:
    error = gaussian_noise(level(128, *shape), rng(), sigma=sigma).pixels - 128.0
    deviation = np.hypot(255 * sigma, 1 / np.sqrt(12))  # rounding adds a twelfth
    count = error.size
    assert abs(error.mean()) < 4 * deviation / np.sqrt(count)
    assert abs(error.std() - deviation) < 4 * deviation / np.sqrt(2 * count)


@pytest.mark.parametrize("sigma", [0.0001, 0.002, 0.01, 0.08, 0.38, 2.0])
@pytest.mark.parametrize("value", [0, 3, 128, 255])
def test_gaussian_noise_is_a_normal_number_rounded_and_clipped(sigma: float, value: int) -> None:
    found = np.bincount(gaussian_noise(level(value, 500, 600), rng(), sigma=sigma).pixels.ravel(), minlength=256)
    below = [0.5 * math.erfc(-(end + 0.5 - value) / (255 * sigma * math.sqrt(2))) for end in range(255)]
    expected = np.diff([0.0, *below, 1.0])
    often = expected * 300_000 > 20
    spread = np.sqrt(expected * (1 - expected) * 300_000)
    assert (np.abs(found - expected * 300_000)[often] < 4.5 * spread[often] + 1e-6).all()
    assert found[~often].sum() <= 4 + 2 * (expected[~often].sum() * 300_000 + 4)


@pytest.mark.parametrize("picture", [GREY, COLORED, level(0, 9, 9, 3), level(255, 9, 9, 3)], ids=repr)
@pytest.mark.parametrize("sigma", [0.02, 0.38, 2.0])
def test_speckle_is_drawn_rounded_and_clipped(picture: Picture, sigma: float) -> None:
    drawn = normals(rng(), picture.pixels.shape, 1, sigma).astype(np.float64)
    noisy = speckle_noise(picture, rng(), sigma=sigma)
    assert noisy.pixels.dtype == np.uint8
    assert np.abs(noisy.pixels - (drawn * picture.pixels).clip(0, 255)).max() <= 0.501


@pytest.mark.parametrize("value", [0, 1, 254, 255])
def test_gaussian_noise_does_not_wrap_around(value: int) -> None:
    noisy = gaussian_noise(level(value, 100, 100, 3), rng(), sigma=0.05).pixels.astype(int)
    assert np.abs(noisy - value).max() < 6 * 0.05 * 255
    assert 0.4 < (noisy == min(max(value, 0), 255)).mean() < 0.6 or value in (1, 254)
    assert len(np.unique(noisy)) > 20


@pytest.mark.parametrize("value", [0, 40, 80, 120])
def test_speckle_grows_with_the_value(value: int) -> None:
    error = speckle_noise(level(value, 200, 150, 3), rng(), sigma=0.15).pixels - float(value)
    deviation = np.hypot(0.15 * value, 1 / np.sqrt(12)) if value else 0.0
    assert abs(error.std() - deviation) <= 4 * deviation / math.sqrt(2 * error.size)
    assert abs(error.mean()) <= 4 * deviation / math.sqrt(error.size)


@pytest.mark.parametrize("amount", [0.01, 0.1, 0.27, 0.9, 1.0])
@pytest.mark.parametrize("shape", [(200, 150), (200, 150, 3)])
def test_impulses_hit_their_share_of_the_values(amount: float, shape: tuple[int, ...]) -> None:
    hit = impulse_noise(level(128, *shape), rng(), amount=amount).pixels
    assert set(np.unique(hit)) <= {0, 128, 255}
    for value in (0, 255):
        share = amount / 2
        assert abs((hit == value).mean() - share) <= 4 * math.sqrt(share * (1 - share) / hit.size)
    assert (amount == 1) is not (hit == 128).any()


def test_impulses_hit_channels_and_not_pixels() -> None:
    hit = impulse_noise(level(128, 400, 400, 3), rng(), amount=0.1).pixels != 128
    count = hit.shape[0] * hit.shape[1]
    for share, found in ((1 - 0.9**3, hit.any(axis=2).mean()), (0.1**3, hit.all(axis=2).mean())):
        assert abs(found - share) <= 4 * math.sqrt(share * (1 - share) / count)


@pytest.mark.parametrize("picture", [GREY, COLORED], ids=repr)
def test_impulses_leave_all_other_values_as_they_are(picture: Picture) -> None:
    noisy = impulse_noise(picture, rng(), amount=0.3).pixels
    changed = noisy != picture.pixels
    assert 0.2 < changed.mean() < 0.4
    assert set(np.unique(noisy[changed])) == {0, 255}


def chances(mean: float, count: int) -> Any:
    """The chance of each Poisson number below `count`, and of all above."""
    numbers = [math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count)]
    return np.array([*numbers, max(0.0, 1 - sum(numbers))])


@pytest.mark.parametrize("photons", [1.0, 3.0, 7.5, 60.0, 500.0, 1000.0])
@pytest.mark.parametrize("value", [1, 7, 128, 254, 255])
def test_shot_noise_counts_photons(photons: float, value: int) -> None:
    noisy = shot_noise(level(value, 300, 400), rng(), photons=photons).pixels
    white = math.ceil(photons * 254.5 / 255)
    levels = np.minimum(np.rint(np.arange(white + 1) * (255 / photons)), 255).astype(int)
    levels[white] = 255
    expected = np.bincount(levels, chances(value * photons / 255, white), 256)
    found = np.bincount(noisy.ravel(), minlength=256)
    # Nothing that cannot be; and all the rest as often as it should.
    assert not found[expected == 0].any()
    often = expected * noisy.size > 20
    spread = np.sqrt(expected * (1 - expected) * noisy.size)
    assert (np.abs(found - expected * noisy.size)[often] < 4.5 * spread[often]).all()
    assert found[~often].sum() <= 4 + 2 * (expected[~often].sum() * noisy.size + 4)


@pytest.mark.parametrize("photons", [1.0, 60.0, 500.0])
def test_without_light_there_is_no_shot_noise(photons: float) -> None:
    assert shot_noise(level(0, 90, 90, 3), rng(), photons=photons) == level(0, 90, 90, 3)


@each_parameter
@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (7, 5), (7, 5, 3), (1, 9, 3)])
def test_any_size_will_do(noise: Any, parameter: str, value: float, shape: tuple[int, ...]) -> None:
    assert noise(level(128, *shape), rng(), **{parameter: value}).pixels.shape == shape
    assert noise(level(128, *shape), rng(), severity=3).pixels.shape == shape
