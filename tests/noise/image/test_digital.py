"""Elastic maps, large pixels and JPEG: against the published results, and against what they are made from."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sslabel.noise.image.digital import elastic_transform, jpeg_compression, pixelate
from sslabel.registry import find_noise
from sslabel.values import Picture
from tests.noise.image.references import change, clean, crops, reference
from tests.pictures import noise_pixels, photo, psnr

NO_DRAWS: Any = None  # the severity is drawn as an option
SEVERITIES = range(1, 6)
SEEDS = 24


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed or 7)


@pytest.mark.parametrize(
    ("name", "alters"), [("elastic-transform", {"geometry"}), ("pixelate", set()), ("jpeg-compression", set())]
)
def test_what_it_alters(name: str, alters: set[str]) -> None:
    assert find_noise(name).alters == alters


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize(("noise", "apart"), [(pixelate, 1), (jpeg_compression, 0)])
def test_it_is_the_published_result_but_for_rounding(noise: Any, apart: int, severity: int) -> None:
    made = noise(Picture(clean()), NO_DRAWS, severity=severity).pixels
    published = reference(noise.__name__.replace("_", "-"), severity)
    for ours, theirs in zip(crops(made), (published.corner, published.middle), strict=True):
        assert np.abs(ours.astype(int) - theirs).max() <= apart
    mean, deviation = change(made)
    # Large pixels are rounded once, not twice and halves up.
    assert np.allclose(mean, published.mean - 0.25 * apart, atol=0.001 + 0.25 * apart)
    assert np.allclose(deviation, published.std, atol=0.001 + 0.01 * apart)


@pytest.mark.parametrize("noise", [pixelate, jpeg_compression])
def test_it_grows_with_severity(noise: Any) -> None:
    made = [psnr(noise(Picture(clean()), NO_DRAWS, severity=severity).pixels, clean()) for severity in SEVERITIES]
    assert made == sorted(made, reverse=True)
    assert len(set(made)) == 5


@pytest.mark.parametrize("quality", [1, 10, 75, 100])
@pytest.mark.parametrize(
    "pixels", [photo(70, 43), photo(70, 43)[:, :, 0].copy(), noise_pixels(1, 1), noise_pixels(7, 5)]
)
def test_a_jpeg_is_the_one_that_pillow_makes(pixels: Any, quality: int) -> None:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    found = jpeg_compression(Picture(pixels), NO_DRAWS, severity=1, quality=quality).pixels
    assert np.array_equal(found, np.asarray(Image.open(buffer)))


def test_a_grey_jpeg_is_that_of_grey_in_three_channels() -> None:
    grey = photo(80, 70)[:, :, 0].copy()
    for severity in SEVERITIES:
        found = jpeg_compression(Picture(grey), NO_DRAWS, severity=severity).pixels
        colored = jpeg_compression(Picture(np.repeat(grey[:, :, None], 3, axis=2)), NO_DRAWS, severity=severity).pixels
        assert np.array_equal(found, colored[:, :, 1])


@pytest.mark.parametrize("scale", [0.5, 0.25, 0.125])
@pytest.mark.parametrize("pixels", [noise_pixels(48, 32), noise_pixels(48, 32)[:, :, 0].copy()])
def test_a_large_pixel_is_the_mean_of_those_that_it_covers(pixels: Any, scale: float) -> None:
    side = round(1 / scale)
    blocks = pixels.reshape(32 // side, side, 48 // side, side, -1).astype(float).mean(axis=(1, 3))
    found = pixelate(Picture(pixels), NO_DRAWS, severity=1, scale=scale).pixels.reshape(32, 48, -1)
    assert np.abs(found[::side, ::side] - blocks).max() <= 1
    assert np.array_equal(found, found[::side, ::side].repeat(side, axis=0).repeat(side, axis=1))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9, 3), (9, 1), (2, 2, 3)])
def test_a_picture_of_few_pixels_has_at_least_one_large_one(shape: tuple[int, ...]) -> None:
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    found = pixelate(Picture(pixels), NO_DRAWS, severity=1, scale=0.001).pixels
    assert found.shape == shape
    assert np.ptp(found.reshape(-1, shape[2] if len(shape) == 3 else 1), axis=0).max() == 0


@pytest.mark.parametrize("pixels", [photo(40, 30), photo(40, 30)[:, :, 0].copy(), photo(1, 1), photo(99, 80)])
def test_nothing_is_the_identical_picture(pixels: Any) -> None:
    picture = Picture(pixels)
    for severity in SEVERITIES:
        assert pixelate(picture, NO_DRAWS, severity=severity, scale=1.0) is picture
        assert elastic_transform(picture, rng(), severity=severity, alpha=0.0) is picture
        affine = elastic_transform(picture, rng(), severity=severity, variant="affine", alpha=0.0, affine=0.0)
        assert affine is picture


def test_a_parameter_that_is_given_wins_over_the_severity() -> None:
    picture = Picture(photo(80, 70))
    assert pixelate(picture, NO_DRAWS, severity=1, scale=0.25) == pixelate(picture, NO_DRAWS, severity=5)
    assert jpeg_compression(picture, NO_DRAWS, severity=1, quality=7) == jpeg_compression(picture, NO_DRAWS, severity=5)
    given = elastic_transform(picture, rng(), severity=1, alpha=0.15, sigma=0.01, affine=0.0)
    assert given == elastic_transform(picture, rng(), severity=5)


def test_a_small_picture_has_the_constants_of_small_pictures() -> None:
    small, usual = Picture(photo(63, 90)), Picture(photo(64, 90))
    assert jpeg_compression(small, NO_DRAWS, severity=1) == jpeg_compression(small, NO_DRAWS, severity=1, quality=80)
    assert jpeg_compression(usual, NO_DRAWS, severity=1) == jpeg_compression(usual, NO_DRAWS, severity=1, quality=25)
    given: dict[str, Any] = {"alpha": 0.05, "sigma": 0.2, "affine": 0.07}
    assert elastic_transform(small, rng(), severity=2, variant="affine") == elastic_transform(
        small, rng(), severity=1, **given
    )


@pytest.mark.parametrize("severity", SEVERITIES)
def test_an_elastic_map_changes_a_picture_as_the_published_one_does(severity: int) -> None:
    picture, published = Picture(clean()), reference("elastic-transform", severity)
    made = [change(elastic_transform(picture, rng(seed, severity), severity=severity).pixels) for seed in range(SEEDS)]
    mean, deviation = (np.mean(one, axis=0) for one in zip(*made, strict=True))
    # The published values are cut off, which takes half a level.
    assert (np.abs(mean - 0.5 - published.mean) < 4 * np.sqrt(2 / SEEDS) * published.mean_varies + 0.1).all()
    assert (np.abs(deviation - published.std) < 4 * np.sqrt(2 / SEEDS) * published.std_varies + 0.1).all()


def test_an_elastic_map_grows_with_severity() -> None:
    made = [psnr(elastic_transform(Picture(clean()), rng(), severity=one).pixels, clean()) for one in SEVERITIES]
    assert made == sorted(made, reverse=True)


@pytest.mark.parametrize(("alpha", "sigma"), [(0.1, 0.01), (0.3, 0.03), (0.5, 0.05)])
def test_the_moves_have_the_spread_of_smoothed_draws(alpha: float, sigma: float) -> None:
    side = 256
    ramp = np.repeat(np.arange(side, dtype=np.uint8)[None], side, axis=0)
    made = [
        elastic_transform(Picture(ramp), rng(seed), severity=1, alpha=alpha, sigma=sigma).pixels for seed in range(4)
    ]
    margin = 40
    moves = np.array([one.astype(float) - ramp for one in made])[:, margin:-margin, margin:-margin]
    # A uniform draw has 1/√3 of its reach; a Gaussian of σ pixels leaves 1/(2√π σ) of what is independent.
    expected = alpha * side / np.sqrt(3) / (2 * np.sqrt(np.pi) * sigma * side)
    assert moves.std() == pytest.approx(expected, rel=0.15)
    assert abs(moves.mean()) < expected / 2


@pytest.mark.parametrize("variant", ["plain", "affine"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9, 3), (9, 1), (2, 2, 3), (7, 5), (70, 90, 3), (90, 70), (300, 200, 3)])
def test_no_border_comes_in(variant: Any, shape: tuple[int, ...]) -> None:
    flat = Picture(np.full(shape, 200, np.uint8))
    for severity in SEVERITIES:
        assert elastic_transform(flat, rng(), severity=severity, variant=variant) == flat


@pytest.mark.parametrize("variant", ["plain", "affine"])
def test_a_grey_picture_is_moved_as_a_channel_is(variant: Any) -> None:
    pixels = photo(80, 70)
    moved = elastic_transform(Picture(pixels), rng(), severity=3, variant=variant).pixels
    grey = elastic_transform(Picture(pixels[:, :, 1].copy()), rng(), severity=3, variant=variant).pixels
    assert np.array_equal(grey, moved[:, :, 1])


def test_other_draws_move_other_pixels() -> None:
    picture = Picture(photo(80, 70))
    assert elastic_transform(picture, rng(1), severity=1) == elastic_transform(picture, rng(1), severity=1)
    assert elastic_transform(picture, rng(1), severity=1) != elastic_transform(picture, rng(2), severity=1)
