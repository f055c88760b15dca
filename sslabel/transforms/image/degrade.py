"""How good pictures become poor ones: exact shrinking, and the second-order degradation of Real-ESRGAN.

A degradation is a list of steps. Their constants are drawn first, so that what was done can be written down, and the
steps are then applied to H×W or H×W×3 float32 from 0 to 255, not rounded in between but where a JPEG has to be made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sslabel.options import Span, show
from sslabel.transforms.image.normals import normals

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from sslabel.values import Pixels

    Values: TypeAlias = NDArray[np.float32]
    Kernel: TypeAlias = NDArray[np.float64]

LARGEST_SIDE = 43_666
"""A picture's longest side that can be degraded: enlarged by 1.5 it still fits into a JPEG, which ends at 65,500."""

_SHAPES = ("iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso")
_SHAPE_CHANCES = (0.45, 0.25, 0.12, 0.03, 0.12, 0.03)
_BETA = {"generalized": (0.5, 4.0), "plateau": (1.0, 2.0)}
_SIZES = range(7, 22, 2)
_SINC_CHANCE, _FINAL_SINC_CHANCE, _SECOND_BLUR_CHANCE = 0.1, 0.8, 0.8
_LARGE_KERNEL = 13
_GREY_CHANCE = 0.4
_QUALITY = (30, 95)
_METHODS = ("area", "bilinear", "bicubic")
_STRIP = 1 << 20


@dataclass(frozen=True, slots=True)
class _Order:
    """The constants in which the first and the second round differ."""

    sigma: tuple[float, float]
    resize: tuple[float, float]
    resize_chances: tuple[float, float, float]
    """Of growing, shrinking, and neither."""
    gaussian: tuple[float, float]
    poisson: tuple[float, float]


_FIRST = _Order((0.2, 3.0), (0.15, 1.5), (0.2, 0.7, 0.1), (1.0, 30.0), (0.05, 3.0))
_SECOND = _Order((0.2, 1.5), (0.3, 1.2), (0.3, 0.4, 0.3), (1.0, 25.0), (0.05, 2.5))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a degradation: what is done, and the constants that were drawn for it."""

    apply: Callable[..., Values]
    options: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.apply.__name__}({', '.join(f'{name}={show(value)}' for name, value in self.options.items())})"


def shrink(pixels: Pixels, scale: int) -> Pixels:
    """Pixels at 1/scale by antialiased bicubic interpolation (a = -0.5); the sides must be multiples of the scale.

    The kernel of MATLAB's `imresize`, as Pillow has it: 1.5 ms from 640×420 by 4. OpenCV's bicubic interpolation is
    neither: its a is -0.75 and it does not antialias.
    """
    from PIL import Image

    size = (pixels.shape[1] // scale, pixels.shape[0] // scale)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def sharpen(pixels: Pixels) -> Pixels:
    """Pixels after unsharp masking, as Real-ESRGAN sharpens its ground truth.

    Half of what a Gaussian of 51 pixels takes away is added again, where that is more than 10 levels; the border of
    that region is soft.
    """
    import cv2

    side, weight, threshold = 51, 0.5, 10
    plain = pixels.astype(np.float32)
    detail = plain - cv2.GaussianBlur(plain, (side, side), 0)
    where = cv2.GaussianBlur((np.abs(detail) > threshold).astype(np.float32), (side, side), 0)
    sharp = np.clip(plain + np.float32(weight) * detail, 0, 255)
    return _rounded(plain + where * (sharp - plain))


def degrade(pixels: Pixels, steps: Iterable[Step], rng: Generator) -> Pixels:
    """Pixels after these steps, rounded at the end."""
    values: Any = pixels
    for step in steps:
        values = step.apply(values, rng, **step.options)
    return _rounded(values)


def draw_degradation(width: int, height: int, scale: int, rng: Generator) -> list[Step]:
    """The steps that bring a picture of width × height to 1/scale by the second-order degradation of Real-ESRGAN.

    Blur, resize, noise and JPEG, twice; the second time blurred with a chance of 0.8 only. At the end the picture is
    brought to its size and, with a chance of 0.8, passed through a sinc filter, which overshoots at edges; that
    comes before the last JPEG or behind it.

    Wang, Xie, Dong and Shan, Real-ESRGAN: training real-world blind super-resolution with pure synthetic data,
    ICCV workshops 2021, with the constants of its training options.
    """
    small = (width // scale, height // scale)
    steps = [_drawn_blur(_FIRST, rng), _drawn_resize(_FIRST, (width, height), rng)]
    steps += [_drawn_noise(_FIRST, rng), _drawn_jpeg(rng)]
    if rng.random() < _SECOND_BLUR_CHANCE:
        steps.append(_drawn_blur(_SECOND, rng))
    steps += [_drawn_resize(_SECOND, (width / scale, height / scale), rng), _drawn_noise(_SECOND, rng)]
    last = [Step(resize, {"width": small[0], "height": small[1], "method": _METHODS[rng.integers(len(_METHODS))]})]
    if rng.random() < _FINAL_SINC_CHANCE:
        last.append(_drawn_sinc(_drawn_size(rng), 3, rng))
    jpegs = [_drawn_jpeg(rng)]
    return steps + (last + jpegs if rng.random() < 0.5 else jpegs + last)  # noqa: PLR2004 - a toss


def _drawn_blur(order: _Order, rng: Generator) -> Step:
    size = _drawn_size(rng)
    if rng.random() < _SINC_CHANCE:
        return _drawn_sinc(size, 5 if size >= _LARGE_KERNEL else 3, rng)
    shape = _SHAPES[rng.choice(len(_SHAPES), p=_SHAPE_CHANCES)]
    curve, _, circular = shape.rpartition("_")
    sigma_x = sigma_y = Span(*order.sigma).draw(rng)
    angle, beta = 0.0, 1.0
    if circular == "aniso":
        sigma_y, angle = Span(*order.sigma).draw(rng), Span(-math.pi, math.pi).draw(rng)
    if curve:
        # Half of them peak more sharply than a Gaussian or a Cauchy curve does, half are flatter.
        low, high = _BETA[curve]
        beta = (Span(low, 1.0) if rng.random() < 0.5 else Span(1.0, high)).draw(rng)  # noqa: PLR2004 - a toss
    options = {"size": size, "shape": shape, "sigma_x": sigma_x, "sigma_y": sigma_y, "angle": angle, "beta": beta}
    return Step(blur, options)


def _drawn_size(rng: Generator) -> int:
    return _SIZES[rng.integers(len(_SIZES))]


def _drawn_sinc(size: int, least: int, rng: Generator) -> Step:
    return Step(sinc, {"size": size, "cutoff": Span(math.pi / least, math.pi).draw(rng)})


def _drawn_resize(order: _Order, full: tuple[float, float], rng: Generator) -> Step:
    way = rng.choice(3, p=order.resize_chances)
    factor = (Span(1.0, order.resize[1]), Span(order.resize[0], 1.0), Span(1.0, 1.0))[way].draw(rng)
    width, height = (max(1, int(side * factor)) for side in full)
    return Step(resize, {"width": width, "height": height, "method": _METHODS[rng.integers(len(_METHODS))]})


def _drawn_noise(order: _Order, rng: Generator) -> Step:
    is_gaussian, grey = rng.random() < 0.5, bool(rng.random() < _GREY_CHANCE)  # noqa: PLR2004 - a toss
    if is_gaussian:
        return Step(gaussian, {"sigma": Span(*order.gaussian).draw(rng), "grey": grey})
    return Step(poisson, {"scale": Span(*order.poisson).draw(rng), "grey": grey})


def _drawn_jpeg(rng: Generator) -> Step:
    return Step(jpeg, {"quality": Span(*_QUALITY).draw(rng)})


def blur(values: Values, rng: Generator, **options: Any) -> Values:  # noqa: ANN401, ARG001 - those of the kernel
    """Blurred by a `blur_kernel` of these options."""
    return filtered(values, blur_kernel(**options))


def sinc(values: Values, rng: Generator, *, size: int, cutoff: float) -> Values:  # noqa: ARG001 - nothing is drawn
    """Passed through a `sinc_kernel`: rings and overshoots at edges."""
    return filtered(values, sinc_kernel(size, cutoff))


def resize(
    values: Values,
    rng: Generator,  # noqa: ARG001 - nothing is drawn
    *,
    width: int,
    height: int,
    method: str,
) -> Values:
    """At another size by area means, or by bilinear or bicubic interpolation that does not antialias."""
    import cv2

    if values.shape[:2] == (height, width):
        return values
    flag = {"area": cv2.INTER_AREA, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}[method]
    resized: Any = cv2.resize(values, (width, height), interpolation=flag)
    return resized  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def gaussian(values: Values, rng: Generator, *, sigma: float, grey: bool) -> Values:
    """With Gaussian noise of this standard deviation, in levels; `grey` gives all channels the same; clipped."""
    return _added(values, normals(rng, values.shape[:2] if grey else values.shape, 0, sigma))


def poisson(values: Values, rng: Generator, *, scale: float, grey: bool) -> Values:
    """With the noise of counted light, times `scale`; `grey` gives all channels that of their luma; clipped.

    White counts as many photons as the picture has distinct levels, rounded up to a power of two.
    """
    import cv2

    light: Any = values
    if grey and values.ndim == 3:  # noqa: PLR2004 - H, W and RGB
        light = cv2.cvtColor(values, cv2.COLOR_RGB2GRAY)
    light = _rounded(light)
    levels = int(np.count_nonzero(cv2.calcHist([light.reshape(-1, 1)], [0], None, [256], [0, 256])))
    white = 2.0 ** math.ceil(math.log2(levels))
    noise = np.empty(light.size, np.float32)
    # In strips, since counts are drawn as 64-bit integers.
    for at in range(0, light.size, _STRIP):
        part = light.reshape(-1)[at : at + _STRIP]
        noise[at : at + _STRIP] = (rng.poisson(part * (white / 255)) * (255 / white) - part) * scale
    return _added(values, noise.reshape(light.shape))


def jpeg(values: Values, rng: Generator, *, quality: int) -> Values:  # noqa: ARG001 - nothing is drawn
    """Written as a JPEG and read again; its colours are kept at half the size, as most encoders do."""
    import cv2

    pixels: Any = _rounded(values)
    colored = pixels.ndim == 3  # noqa: PLR2004 - H, W and RGB
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if colored else pixels, [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert done
    read: Any = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB if colored else cv2.IMREAD_GRAYSCALE)
    return read.astype(np.float32)  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def blur_kernel(  # noqa: PLR0913 - what a kernel is made of
    *, size: int, shape: str, sigma_x: float, sigma_y: float, angle: float, beta: float
) -> Kernel:
    """A blur kernel, size×size, of sum 1.

    With r² = x²/sigma_x² + y²/sigma_y² along axes turned by `angle`, from the x axis to the y axis, it is
    exp(-(r²)^beta / 2), or 1 / (1 + (r²)^beta) where the shape is a plateau; beta = 1 makes the first a Gaussian.
    """
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    far = ((along / sigma_x) ** 2 + (across / sigma_y) ** 2) ** beta
    return _of_sum_one(1 / (1 + far) if shape.startswith("plateau") else np.exp(-far / 2))


def sinc_kernel(size: int, cutoff: float) -> Kernel:
    """The ideal low-pass filter, round in the plane of frequencies, cut to size×size, of sum 1.

    `cutoff` is the highest angular frequency that is let through, at most π.
    """
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    far = np.hypot(x, y)
    far[size // 2, size // 2] = 1
    kernel = cutoff * bessel_j1(cutoff * far) / (2 * math.pi * far)
    kernel[size // 2, size // 2] = cutoff**2 / (4 * math.pi)
    return _of_sum_one(kernel)


def bessel_j1(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Bessel function of the first kind and of order one; exact to 1e-12 for 0 ≤ x ≤ 60.

    It is the mean of cos(t - x sin t) over half a turn of t. That is smooth and periodic, so that 64 points suffice.
    """
    points = 64
    t = (np.arange(points) + 0.5) * (math.pi / points)
    mean: NDArray[np.float64] = np.cos(t - x[..., None] * np.sin(t)).mean(axis=-1)
    return mean


def filtered(values: Values | Pixels, kernel: Kernel) -> Values:
    """Values under a kernel of sum 1 that is symmetric about its centre; the picture is mirrored at its border."""
    import cv2

    row, column = kernel.sum(axis=0), kernel.sum(axis=1)
    result: Any
    if np.abs(np.outer(column, row) - kernel).max() < 1e-9:  # noqa: PLR2004 - as good as equal
        # 1.9 ms against 8.7 at 640×420 and 21×21.
        result = cv2.sepFilter2D(values, cv2.CV_32F, row, column, borderType=cv2.BORDER_REFLECT_101)
    else:
        result = cv2.filter2D(values, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101)
    return result  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _of_sum_one(kernel: Kernel) -> Kernel:
    kernel /= kernel.sum()
    return kernel


def _added(values: Values, noise: Values) -> Values:
    if noise.ndim < values.ndim:
        noise = noise[:, :, None]
    noisy: Values = np.clip(values + noise, 0, 255)
    return noisy


def _rounded(values: Values | Pixels) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
