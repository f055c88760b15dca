"""Degradations: exact shrinking, the shapes of kernels, the sizes of noises, and the published rates of all draws."""

from __future__ import annotations

import io
import math
from collections import Counter
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from sslabel.transforms.image import degrade
from sslabel.transforms.image.degrade import (
    Step,
    bessel_j1,
    blur_kernel,
    draw_degradation,
    filtered,
    sharpen,
    shrink,
    sinc_kernel,
)
from tests.pictures import noise_pixels, photo, psnr

NO_DRAWS: Any = None


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("grey", [False, True])
def test_shrinking_is_the_bicubic_of_pillow_exactly(scale: int, grey: bool) -> None:
    pixels = noise_pixels(9 * scale, 7 * scale)
    pixels = pixels[:, :, 0].copy() if grey else pixels
    expected = np.asarray(Image.fromarray(pixels).resize((9, 7), Image.Resampling.BICUBIC))
    assert np.array_equal(shrink(pixels, scale), expected)


def keys(x: Any) -> Any:
    """The bicubic kernel with a = -0.5 (Keys 1981)."""
    x = np.abs(x)
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_shrinking_antialiases_with_a_of_minus_one_half(scale: int) -> None:
    pixels = noise_pixels(12 * scale, 12 * scale)[:, :, 0].copy()
    centers = (np.arange(12) + 0.5) * scale - 0.5
    weights = keys((np.arange(12 * scale) - centers[:, None]) / scale)
    weights /= weights.sum(axis=1, keepdims=True)
    expected = np.clip(weights @ pixels @ weights.T, 0, 255)
    assert np.abs(shrink(pixels, scale) - expected).max() <= 1.01


def test_shrinking_takes_the_variance_that_antialiasing_takes() -> None:
    noise = np.random.default_rng(0).normal(128, 40, (512, 512)).clip(0, 255).round().astype(np.uint8)
    share = shrink(noise, 4).std() / noise.std()
    aliased: Any = cv2.resize(noise, (128, 128), interpolation=cv2.INTER_CUBIC)
    # The kernel's energy is 0.79 / 4 in each direction, its root the share that is left of white noise.
    assert share == pytest.approx(np.sum(keys(np.arange(-7.5, 8) / 4) ** 2) / 16, rel=0.05)
    assert aliased.std() / noise.std() > 0.6


@pytest.mark.parametrize("zero", [3.8317059702, 7.0155866698, 10.1734681351, 35.3323075501, 44.7593189977])
def test_bessel_s_function_is_zero_where_it_should_be(zero: float) -> None:
    assert abs(bessel_j1(np.array([zero]))[0]) < 1e-9


@pytest.mark.parametrize(("x", "value"), [(0, 0), (0.5, 0.2422684577), (1, 0.4400505857), (10, 0.0434727462)])
def test_bessel_s_function_has_its_values(x: float, value: float) -> None:
    assert bessel_j1(np.array([float(x)]))[0] == pytest.approx(value, abs=1e-10)


def test_bessel_s_function_solves_its_equation() -> None:
    x, h = np.linspace(0.5, 60, 500), 1e-3
    low, here, high = bessel_j1(x - h), bessel_j1(x), bessel_j1(x + h)
    left = x**2 * (high - 2 * here + low) / h**2 + x * (high - low) / (2 * h) + (x**2 - 1) * here
    assert np.abs(left / x**2).max() < 1e-5


def kernel(**options: Any) -> Any:
    given = {"size": 21, "shape": "iso", "sigma_x": 2.0, "sigma_y": 2.0, "angle": 0.0, "beta": 1.0, **options}
    return blur_kernel(**given)


@pytest.mark.parametrize("size", [7, 9, 15, 21])
@pytest.mark.parametrize("shape", degrade._SHAPES)
def test_a_kernel_sums_to_one_and_does_not_shift(size: int, shape: str) -> None:
    one = kernel(size=size, shape=shape, sigma_x=0.7, sigma_y=1.9, angle=0.6, beta=0.8)
    assert one.shape == (size, size)
    assert one.sum() == pytest.approx(1)
    assert np.allclose(one, one[::-1, ::-1])
    assert one.min() >= 0
    assert one.argmax() == size * size // 2


@pytest.mark.parametrize("sigma", [0.2, 1.0, 2.0])
def test_beta_one_is_the_gaussian(sigma: float) -> None:
    line: Any = cv2.getGaussianKernel(21, sigma)
    assert np.allclose(kernel(sigma_x=sigma, sigma_y=sigma), line @ line.T, atol=1e-12)
    assert np.allclose(kernel(sigma_x=sigma, sigma_y=sigma, shape="generalized_iso"), line @ line.T, atol=1e-12)


def test_the_angle_turns_the_long_axis() -> None:
    y, x = np.mgrid[:21, :21] - 10
    for angle in (0.0, 0.5, -1.2):
        one = kernel(shape="aniso", sigma_x=2.5, sigma_y=0.8, angle=angle)
        along = (one * (x * math.cos(angle) + y * math.sin(angle)) ** 2).sum()
        across = (one * (y * math.cos(angle) - x * math.sin(angle)) ** 2).sum()
        assert (along, across) == (pytest.approx(2.5**2, rel=0.02), pytest.approx(0.8**2, rel=0.02))


def test_a_plateau_falls_as_one_over_one_plus_the_distance() -> None:
    one = kernel(shape="plateau_iso", sigma_x=1.5, sigma_y=1.5, beta=2.0)
    share = one / one[10, 10]
    assert share[10, 13] == pytest.approx(1 / (1 + (3 / 1.5) ** 4))
    assert share[12, 11] == pytest.approx(1 / (1 + (5 / 1.5**2) ** 2))


def test_a_larger_beta_is_flatter() -> None:
    flat, sharp = (kernel(shape="generalized_iso", beta=beta) for beta in (4.0, 0.5))
    assert flat[10, 11] / flat[10, 10] > 0.99
    assert sharp[10, 11] / sharp[10, 10] < 0.8


@pytest.mark.parametrize("size", [7, 15, 21])
def test_a_sinc_filter_lets_low_frequencies_through_and_no_others(size: int) -> None:
    one, x = sinc_kernel(size, math.pi / 2), np.arange(size) - size // 2
    assert one.sum() == pytest.approx(1)
    assert np.allclose(one, one[::-1, ::-1])
    passed = [abs((one * np.exp(1j * omega * x)).sum()) for omega in (math.pi / 8, 0.9 * math.pi)]
    assert passed[0] == pytest.approx(1, abs=0.25)
    assert passed[1] < 0.15
    assert one.min() < 0  # which is what makes edges ring


@pytest.mark.parametrize("shape", ["iso", "aniso"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_filtering_mirrors_the_picture_at_its_border(shape: str, dtype: Any) -> None:
    pixels, one = noise_pixels(30, 25), kernel(size=9, shape=shape, sigma_x=1.2, sigma_y=0.8, angle=0.4)
    padded = np.pad(pixels.astype(float), ((4, 4), (4, 4), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (9, 9), axis=(0, 1))
    expected = (windows * one).sum(axis=(-2, -1))
    assert np.abs(filtered(pixels.astype(dtype), one) - expected).max() < 1e-3


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2, 3), (7, 5, 3)])
def test_filtering_works_on_the_smallest_pictures(shape: tuple[int, ...]) -> None:
    plain = np.full(shape, 90, np.float32)
    assert np.allclose(filtered(plain, kernel()), 90, atol=1e-3)
    assert np.allclose(filtered(plain, sinc_kernel(21, 1.0)), 90, atol=1e-3)


def flat(level: float, *, grey: bool = False) -> Any:
    return np.full((300, 400) if grey else (300, 400, 3), level, np.float32)


@pytest.mark.parametrize("sigma", [1.0, 30.0])
def test_gaussian_noise_has_its_sigma_and_differs_between_channels(sigma: float) -> None:
    noise = degrade.gaussian(flat(128), np.random.default_rng(0), sigma=sigma, grey=False) - 128
    assert noise.std() == pytest.approx(sigma, rel=0.01)
    assert abs(noise.mean()) < 0.02 * sigma
    assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.015


@pytest.mark.parametrize("name", ["gaussian", "poisson"])
def test_grey_noise_is_the_same_in_all_channels(name: str) -> None:
    options = {"sigma": 10.0} if name == "gaussian" else {"scale": 1.0}
    noise = getattr(degrade, name)(flat(128), np.random.default_rng(0), **options, grey=True) - 128
    assert noise.std() > 1
    assert np.ptp(noise, axis=2).max() < 1e-3


@pytest.mark.parametrize("scale", [0.05, 1.0, 3.0])
def test_poisson_noise_has_the_variance_of_its_light(scale: float) -> None:
    # All 256 levels are there, so that white counts 256 photons.
    steps = np.repeat(np.arange(256, dtype=np.float32), 2000).reshape(1024, 500)
    noise = (degrade.poisson(steps, np.random.default_rng(0), scale=scale, grey=False) - steps).reshape(256, 2000)
    middle = slice(40, 120)  # where nothing is clipped
    expected = scale * np.sqrt(np.arange(256) / 255 * 256) * 255 / 256
    assert np.allclose(noise[middle].std(axis=1), expected[middle], rtol=0.1)
    assert np.abs(noise[middle].mean(axis=1)).max() < 5 * expected[120] / math.sqrt(2000)
    assert not noise[0].any()


@pytest.mark.parametrize(("levels", "photons"), [(2, 2), (3, 4), (5, 8), (128, 128), (129, 256)])
def test_white_counts_as_many_photons_as_there_are_levels(levels: int, photons: int) -> None:
    shades = np.tile(np.linspace(0, 255, levels).round(), 200_000 // levels).astype(np.float32)[None]
    noisy = degrade.poisson(shades, np.random.default_rng(0), scale=0.05, grey=False)
    counts = ((noisy - shades) / 0.05 + shades) * photons / 255
    assert np.abs(counts - counts.round())[shades < 200].max() < 0.02


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("grey", [False, True])
def test_no_noise_leaves_the_scale(level: int, grey: bool) -> None:
    for noise in (
        Step(degrade.gaussian, {"sigma": 30.0, "grey": grey}),
        Step(degrade.poisson, {"scale": 3.0, "grey": grey}),
    ):
        noisy = noise.apply(flat(level), np.random.default_rng(0), **noise.options)
        assert noisy.min() >= 0
        assert noisy.max() <= 255


@pytest.mark.parametrize("quality", [30, 60, 95])
@pytest.mark.parametrize("grey", [False, True])
def test_the_jpeg_is_that_of_the_encoder_with_its_channels_in_place(quality: int, grey: bool) -> None:
    pixels = photo(67, 43)
    pixels = pixels[:, :, 0].copy() if grey else pixels
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    expected = np.asarray(Image.open(buffer))
    made = degrade.jpeg(pixels.astype(np.float32), NO_DRAWS, quality=quality)
    assert made.dtype == np.float32
    assert psnr(made.astype(np.uint8), expected) > 45
    assert psnr(made.astype(np.uint8), pixels) > 24


def test_unsharp_masking_follows_its_definition() -> None:
    pixels = photo(67, 43)
    plain = pixels.astype(np.float64)
    sigma = 0.3 * (25 - 1) + 0.8  # what OpenCV takes for 51 pixels
    line = np.exp(-0.5 * (np.arange(-25, 26) / sigma) ** 2)
    window = np.outer(line, line) / line.sum() ** 2

    def blurred(values: Any) -> Any:
        padded = np.pad(values, 25, mode="reflect")
        return (np.lib.stride_tricks.sliding_window_view(padded, (51, 51)) * window).sum(axis=(-2, -1))

    for channel in range(3):
        values = plain[..., channel]
        detail = values - blurred(values)
        soft = blurred((np.abs(detail) > 10).astype(float))
        expected = soft * np.clip(values + 0.5 * detail, 0, 255) + (1 - soft) * values
        assert np.abs(sharpen(pixels)[..., channel] - expected).max() < 1


def test_what_is_smooth_is_not_sharpened() -> None:
    hill = np.tile(np.linspace(100, 120, 90), (70, 1)).round().astype(np.uint8)
    assert np.array_equal(sharpen(hill), hill)


def test_a_degradation_ends_at_the_small_size_in_bytes() -> None:
    rng = np.random.default_rng(0)
    for width, height, scale in [(8, 8, 2), (32, 40, 8), (66, 42, 3), (256, 160, 4)] * 4:
        for pixels in (photo(width, height), photo(width, height)[:, :, 0].copy()):
            made = degrade.degrade(pixels, draw_degradation(width, height, scale, rng), rng)
            assert made.dtype == np.uint8
            assert made.shape == (height // scale, width // scale, *pixels.shape[2:])


def test_a_degradation_does_not_shift_the_picture() -> None:
    y, x = np.mgrid[:256, :256]
    blob = 255 * np.exp(-((x - 99.5) ** 2 + (y - 147.5) ** 2) / (2 * 18**2))
    rng, centers = np.random.default_rng(5), []
    for _ in range(40):
        made = degrade.degrade(blob.astype(np.uint8), draw_degradation(256, 256, 4, rng), rng).astype(float)
        weight = np.where(made > 100, made, 0)
        rows, columns = np.mgrid[:64, :64]
        centers.append(((columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()))
    # A pixel of the small picture stands for 4×4 of the large one.
    assert np.mean(centers, axis=0) == pytest.approx((24.5, 36.5), abs=0.1)


def test_white_stays_white_and_black_black() -> None:
    ramp = np.clip(np.linspace(-500, 755, 160), 0, 255).round().astype(np.uint8)
    pixels = np.tile(ramp[None, :, None], (64, 1, 3))
    rng = np.random.default_rng(0)
    for _ in range(40):
        made = degrade.degrade(pixels, draw_degradation(160, 64, 4, rng), rng)
        assert np.median(made[:, :10]) < 60
        assert np.median(made[:, -10:]) > 150


def test_a_step_names_itself_with_its_constants() -> None:
    assert str(Step(degrade.gaussian, {"sigma": 12.5, "grey": True})) == "gaussian(sigma=12.5, grey=true)"


COUNT = 4000


@cache
def drawn(count: int) -> list[list[Step]]:
    rng = np.random.default_rng(0)
    return [draw_degradation(400, 400, 4, rng) for _ in range(count)]


def near(hits: int, count: int, rate: float) -> bool:
    return abs(hits / count - rate) <= 4 * math.sqrt(rate * (1 - rate) / count)


def names(steps: list[Step]) -> list[str]:
    return [step.apply.__name__.replace("poisson", "noise").replace("gaussian", "noise") for step in steps]


def test_the_steps_come_in_the_published_order() -> None:
    first = ["blur", "resize", "noise", "jpeg"]
    second = {(*blurs, "resize", "noise") for blurs in ((), ("blur",))}
    last = {("resize", "jpeg"), ("resize", "sinc", "jpeg"), ("jpeg", "resize"), ("jpeg", "resize", "sinc")}
    seen = set()
    for steps in drawn(COUNT):
        said = names(steps)
        said[0] = "blur"  # where it is a sinc filter
        at = said.index("noise", 4) + 1
        middle = tuple("blur" if name == "sinc" else name for name in said[4:at])
        assert said[:4] == first
        assert middle in second
        assert tuple(said[at:]) in last
        seen.add((middle, tuple(said[at:])))
    assert len(seen) == 8


def test_all_rates_are_the_published_ones() -> None:
    made = drawn(COUNT)
    first = [steps[0] for steps in made]
    assert near(sum(step.apply is degrade.sinc for step in first), COUNT, 0.1)
    blurs = [step for step in first if step.apply is degrade.blur]
    shapes = Counter(step.options["shape"] for step in blurs)
    published = {"iso": 0.45, "aniso": 0.25, "generalized_iso": 0.12, "generalized_aniso": 0.03}
    published |= {"plateau_iso": 0.12, "plateau_aniso": 0.03}
    assert set(shapes) == set(published)
    assert all(near(shapes[name], len(blurs), rate) for name, rate in published.items())
    assert all(near(sum(step.options["size"] == size for step in first), COUNT, 1 / 8) for size in range(7, 22, 2))
    rest = [steps[4:] for steps in made]
    assert near(sum(names(steps)[0] != "resize" for steps in rest), COUNT, 0.8)
    ends = [names(steps)[-3:] for steps in made]
    assert near(sum(end[-1] == "jpeg" for end in ends), COUNT, 0.5)
    assert near(sum(end[-1] == "sinc" or end[-2:] == ["sinc", "jpeg"] for end in ends), COUNT, 0.8)
    noises = [step for steps in made for step in steps if "grey" in step.options]
    assert len(noises) == 2 * COUNT
    assert near(sum(step.apply is degrade.gaussian for step in noises), len(noises), 0.5)
    assert near(sum(step.options["grey"] for step in noises), len(noises), 0.4)
    resizes = [step for steps in made for step in steps if step.apply is degrade.resize]
    for method in ("area", "bilinear", "bicubic"):
        assert near(sum(step.options["method"] == method for step in resizes), len(resizes), 1 / 3)
    for number, full, rates in [(0, 400, (0.2, 0.7, 0.1)), (1, 100, (0.3, 0.4, 0.3))]:
        widths = [[step for step in steps if step.apply is degrade.resize][number].options["width"] for steps in made]
        # Down to a whole pixel: a factor just above 1 leaves the size, one just below does not.
        slack = 0.02
        for hits, rate in zip(
            (sum(w > full for w in widths), sum(w < full for w in widths), widths.count(full)), rates, strict=True
        ):
            assert abs(hits / COUNT - rate) < 4 * math.sqrt(rate * (1 - rate) / COUNT) + slack


def spread(values: list[float], low: float, high: float) -> None:
    """Check that values are spread evenly from low to high."""
    found = np.array(values)
    assert found.min() >= low
    assert found.max() <= high
    shares = np.histogram(found, 5, (low, high))[0] / len(found)
    assert np.abs(shares - 0.2).max() < 4 * math.sqrt(0.16 / len(found)) + 0.01, shares


def test_all_constants_are_drawn_from_the_published_ranges() -> None:
    made = drawn(COUNT)
    split = [next(at for at, step in enumerate(steps) if step.apply is degrade.jpeg) + 1 for steps in made]
    firsts = [step for steps, at in zip(made, split, strict=True) for step in steps[:at]]
    seconds = [step for steps, at in zip(made, split, strict=True) for step in steps[at:]]

    def options(steps: list[Step], apply: Any, name: str) -> list[float]:
        return [step.options[name] for step in steps if step.apply is apply]

    spread(options(firsts, degrade.blur, "sigma_x"), 0.2, 3)
    spread(options(seconds, degrade.blur, "sigma_x"), 0.2, 1.5)
    spread(options(firsts, degrade.gaussian, "sigma"), 1, 30)
    spread(options(seconds, degrade.gaussian, "sigma"), 1, 25)
    spread(options(firsts, degrade.poisson, "scale"), 0.05, 3)
    spread(options(seconds, degrade.poisson, "scale"), 0.05, 2.5)
    spread([quality + 0.5 for quality in options(firsts + seconds, degrade.jpeg, "quality")], 30, 96)
    shrunk = [float(width) for width in options(firsts, degrade.resize, "width")]
    spread([width for width in shrunk if width < 400], 59, 400)
    spread([width for width in shrunk if width > 400], 400, 600)
    blurs = [step.options for step in firsts + seconds if step.apply is degrade.blur]
    for one in blurs:
        if one["shape"].endswith("aniso") and not one["shape"].endswith("_iso"):
            assert -math.pi <= one["angle"] <= math.pi
        else:
            assert one["sigma_x"] == one["sigma_y"]
    general = [one["beta"] for one in blurs if one["shape"].startswith("generalized")]
    spread([beta for beta in general if beta < 1], 0.5, 1)
    spread([beta for beta in general if beta > 1], 1, 4)
    assert near(sum(beta < 1 for beta in general), len(general), 0.5)
    plateau = [one["beta"] for one in blurs if one["shape"].startswith("plateau")]
    spread([beta for beta in plateau if beta > 1], 1, 2)
    assert near(sum(beta == 1 for beta in plateau), len(plateau), 0.5)
    sincs = [step.options for step in firsts if step.apply is degrade.sinc]
    spread([one["cutoff"] for one in sincs if one["size"] < 13], math.pi / 3, math.pi)
    spread([one["cutoff"] for one in sincs if one["size"] >= 13], math.pi / 5, math.pi)
    finals = [steps[-1].options["cutoff"] for steps in made if steps[-1].apply is degrade.sinc]
    spread(finals, math.pi / 3, math.pi)
