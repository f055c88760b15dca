"""Blurs: of a lens, of a movement, of a pane of glass.

The five of ImageNet-C (Hendrycks and Dietterich, ICLR 2019), see `severity.py`. Beyond the border a blur takes what
stands at it, except where said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sslabel.noise.image.severity import published
from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.gaussian import gaussian_blurred
from sslabel.transforms.image.kernels import correlated, motion_kernel
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from sslabel.values import Pixels

_GAUSSIAN = (1.0, 2.0, 3.0, 4.0, 6.0)
_GAUSSIAN_SMALL = (0.4, 0.6, 0.7, 0.8, 1.0)

# radius, alias
_DEFOCUS = ((3.0, 0.1), (4.0, 0.5), (6.0, 0.5), (8.0, 0.5), (10.0, 0.5))
_DEFOCUS_SMALL = ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1.0, 0.2), (1.5, 0.1))

# radius, sigma
_MOTION = ((10, 3.0), (15, 5.0), (15, 8.0), (15, 12.0), (20, 15.0))
_MOTION_SMALL = ((6, 1.0), (6, 1.5), (6, 2.0), (8, 2.0), (9, 2.5))

# largest factor, step; the published ranges end before 1.16, 1.21 and so on
_ZOOM = ((1.11, 0.01), (1.15, 0.01), (1.2, 0.02), (1.24, 0.02), (1.3, 0.03))
_ZOOM_SMALL = ((1.06, 0.01), (1.11, 0.01), (1.15, 0.01), (1.2, 0.01), (1.25, 0.01))

# sigma, max_delta, iterations
_GLASS = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))
_GLASS_SMALL = ((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2))


@noise("image")
def gaussian_blur(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the strength is drawn as an option
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    sigma: Annotated[float | None, Between(0, 100)] = None,
) -> Picture:
    """Blur with a Gaussian.

    severity: published strength
    sigma: standard deviation in pixels; none leaves it to the severity

    The kernel ends at four standard deviations.
    Source: ImageNet-C, with 1, 2, 3, 4 and 6 pixels.
    """
    if sigma is None:
        sigma = published(picture, severity, _GAUSSIAN, _GAUSSIAN_SMALL)
    blurred = gaussian_blurred(picture.pixels, sigma)
    return picture if blurred is picture.pixels else Picture(blurred)


@noise("image")
def defocus_blur(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the strength is drawn as an option
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    radius: Annotated[float | None, Between(0, 50)] = None,
    alias: Annotated[float | None, Between(0, 5)] = None,
) -> Picture:
    """Blur with a disk, as a lens out of focus does.

    severity: published strength
    radius: of the disk, in pixels; 0 changes nothing, none leaves it to the severity
    alias: standard deviation of the Gaussian that smooths the disk's rim, in pixels; none leaves it to the severity

    The border is mirrored. From radius 8 on the published kernels sum to 1.01, since their smoothed rim is folded
    back; that is kept, so that pictures come out as ImageNet-C's do.
    Source: ImageNet-C, with disks of 3, 4, 6, 8 and 10 pixels.
    """
    if radius is None:
        radius = published(picture, severity, _DEFOCUS, _DEFOCUS_SMALL)[0]
    if alias is None:
        alias = published(picture, severity, _DEFOCUS, _DEFOCUS_SMALL)[1]
    if radius == 0:
        return picture
    import cv2

    kernel = _disk(radius, alias)
    if kernel.size > _MANY:
        blurred = cv2.filter2D(picture.pixels, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101)
        return Picture(_rounded(blurred))
    reach = len(kernel) // 2
    mirrored = cv2.copyMakeBorder(picture.pixels, reach, reach, reach, reach, cv2.BORDER_REFLECT_101)
    return Picture(_rounded(correlated(mirrored, kernel)[reach:-reach, reach:-reach]))


_MANY = 700  # so many numbers of a kernel take longer than a Fourier transform
_PUBLISHED_REACH = 8


def _disk(radius: float, alias: float) -> NDArray[np.float32]:
    """A disk of sum 1 with a smoothed rim, in a square of odd side."""
    import cv2

    reach = max(_PUBLISHED_REACH, int(radius))
    at = np.arange(-reach, reach + 1)
    disk = (at[:, None] ** 2 + at**2 <= radius**2).astype(np.float32)
    disk /= disk.sum()
    if alias > 0:
        side = 3 if radius <= _PUBLISHED_REACH else 5
        disk = cv2.GaussianBlur(disk, (side, side), alias)
    empty = min(int(disk.any(axis=0).argmax()), reach - 1)
    return disk[empty : len(disk) - empty, empty : len(disk) - empty]


@noise("image")
def motion_blur(  # noqa: PLR0913 - one for each published constant
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the strength and the angle are drawn as options
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    radius: Annotated[int | None, Between(0, 100)] = None,
    sigma: Annotated[float | None, Between(0, 100)] = None,
    angle: Annotated[float, Between(-180, 180)] = span(-45.0, 45.0),
) -> Picture:
    """Blur along a line that fades, as a movement does.

    severity: published strength
    radius: half the length of the line, in pixels; 0 changes nothing, none leaves it to the severity
    sigma: standard deviation of the Gaussian by which it fades; 0 changes nothing, none leaves it to the severity
    angle: in degrees; at 0 what is drawn out runs to the left, at 90 up

    The line begins at the pixel itself and goes one way, over 2·radius + 1 places, as in ImageMagick.
    Source: ImageNet-C, with radii of 10 to 20 and deviations of 3 to 15 pixels.
    """
    if radius is None:
        radius = published(picture, severity, _MOTION, _MOTION_SMALL)[0]
    if sigma is None:
        sigma = published(picture, severity, _MOTION, _MOTION_SMALL)[1]
    if radius == 0 or sigma == 0:
        return picture
    return Picture(_rounded(correlated(picture.pixels, motion_kernel(radius, sigma, angle))))


@noise("image")
def zoom_blur(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the strength is drawn as an option
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    zoom: Annotated[float | None, Between(1, 4)] = None,
    step: Annotated[float | None, Between(0.005, 1)] = None,
) -> Picture:
    """Average the picture with copies enlarged about its centre, as a lens that zooms does.

    severity: published strength
    zoom: the largest factor; 1 changes nothing, none leaves it to the severity
    step: from one factor to the next; none leaves it to the severity

    The factors begin with 1, so the picture itself counts twice.
    Source: ImageNet-C, with factors to 1.11, 1.15, 1.2, 1.24 and 1.3.
    """
    if zoom is None:
        zoom = published(picture, severity, _ZOOM, _ZOOM_SMALL)[0]
    if step is None:
        step = published(picture, severity, _ZOOM, _ZOOM_SMALL)[1]
    if zoom == 1:
        return picture
    return Picture(_zoom_blurred(picture.pixels, (1 + step * np.arange(int((zoom - 1) / step + 1e-6) + 1)).tolist()))


_BAND = 1 << 18  # values that stay in the cache while copies are added up


def _zoom_blurred(pixels: Pixels, factors: Sequence[float]) -> Pixels:
    """The mean of copies enlarged by each factor, of which the first is 1 and counts twice."""
    import cv2

    # Four channels are warped in less than half the time of three.
    colored = pixels.ndim == 3  # noqa: PLR2004 - H, W and channels
    plain: Any = (cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA) if colored else pixels).astype(np.float32)
    height, width = pixels.shape[:2]
    blurred = np.empty(pixels.shape, np.uint8)
    rows = max(1, _BAND // plain[0].size)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for above in range(0, height, rows):
        total = 2 * plain[above : above + rows]
        for factor in factors[1:]:
            (left, x), (top, y) = _zoomed(width, factor), _zoomed(height, factor)
            back, size = np.array([[x, 0, left], [0, y, top + y * above]]), (width, len(total))
            copy = cv2.warpAffine(plain, back, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
            total += copy.reshape(total.shape)
        mean = cv2.convertScaleAbs(total, alpha=1 / (len(factors) + 1)).reshape(total.shape)
        blurred[above : above + rows] = cv2.cvtColor(mean, cv2.COLOR_RGBA2RGB) if colored else mean
    return blurred


def _zoomed(side: int, factor: float) -> tuple[int, float]:
    """Where the middle part of a side begins that is enlarged to the whole, and what a pixel of the copy spans of it.

    As published: the part's outermost pixels stay the outermost ones, and the copy is cut at the right and below.
    """
    part = math.ceil(side / factor)
    whole = round(part * factor)
    return (side - part) // 2, (part - 1) / (whole - 1) if whole > 1 else 1.0


@noise("image")
def glass_blur(  # noqa: PLR0913 - one for each published constant
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    sigma: Annotated[float | None, Between(0, 100)] = None,
    max_delta: Annotated[int | None, Between(0, 100)] = None,
    iterations: Annotated[int | None, Between(0, 20)] = None,
) -> Picture:
    """Shuffle pixels with their neighbours between two Gaussian blurs, as frosted glass does.

    severity: published strength
    sigma: standard deviation of each blur, in pixels; none leaves it to the severity
    max_delta: how far a pixel is thrown each way, in pixels; 0 shuffles nothing, none leaves it to the severity
    iterations: how often all pixels are shuffled; none leaves it to the severity

    Pixels change places and are all still there, up to the border. The published code was meant to swap, but copies,
    so that pixels are lost and the picture moves by a pixel or two; it also leaves a rim as it is. Ours spreads
    pixels as far, without that, and changes values by 80 to 100 percent as much.
    Source: ImageNet-C, with deviations of 0.7 to 1.5 and throws of 1 to 4 pixels.
    """
    usual = published(picture, severity, _GLASS, _GLASS_SMALL) if None in (sigma, max_delta, iterations) else _NOTHING
    sigma = usual[0] if sigma is None else sigma
    max_delta = usual[1] if max_delta is None else max_delta
    iterations = usual[2] if iterations is None else iterations
    blurred = gaussian_blurred(picture.pixels, sigma)
    shuffled = _shuffled(blurred, rng, max_delta, iterations) if max_delta and iterations else blurred
    after = gaussian_blurred(shuffled, sigma)
    return picture if after is picture.pixels else Picture(after)


_NOTHING = (0.0, 0, 0)
_INDEX, _FRACTION = 24, 16  # bits


def _shuffled(pixels: Pixels, rng: Generator, reach: int, times: int) -> Pixels:
    """Pixels moved along their rows and then along their columns, `times` over, to near places; none is lost."""
    import cv2

    height, width = pixels.shape[:2]
    # One number for each pixel moves faster than three.
    whole: Any = pixels
    if pixels.ndim == 3:  # noqa: PLR2004 - H, W and channels
        whole = cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA).view(np.int32)[:, :, 0]
    for _ in range(times):
        whole = whole.take(_near(rng, height, width, reach))
        whole = cv2.transpose(cv2.transpose(whole).take(_near(rng, width, height, reach)))
    if pixels.ndim == 3:  # noqa: PLR2004 - H, W and channels
        whole = cv2.cvtColor(whole.view(np.uint8).reshape(height, width, 4), cv2.COLOR_RGBA2RGB)
    shuffled: Pixels = whole
    return shuffled


def _near(rng: Generator, rows: int, columns: int, reach: int) -> NDArray[np.intp]:
    """Flat indexes of `rows` rows, each in the order of places thrown by up to `reach` and a half each way."""
    thrown = rng.integers(0, (2 * reach + 1) << _FRACTION, (rows, columns), np.uint32).astype(np.uint64)
    at = np.arange(columns, dtype=np.uint64)
    thrown += at << np.uint64(_FRACTION)
    # The index goes along in the lowest bits: sorting is faster than finding the order, and no two are equal.
    thrown <<= np.uint64(_INDEX)
    thrown |= at
    thrown.sort(axis=1)
    return (thrown & np.uint64((1 << _INDEX) - 1)).astype(np.intp) + columns * np.arange(rows)[:, None]


def _rounded(values: Any) -> Pixels:  # noqa: ANN401 - OpenCV's arrays are untyped
    """What is not negative, rounded to nearest and cut off at 255."""
    import cv2

    rounded: Any = cv2.convertScaleAbs(values)
    return rounded  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
