"""Noises of digital processing: elastic maps, large pixels, JPEG.

Three of ImageNet-C (Hendrycks and Dietterich, ICLR 2019), see `severity.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np

from sslabel.noise.image.severity import published
from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.cells import in_large_pixels
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from sslabel.values import Pixels


class Elastic(NamedTuple):
    """How far pixels move before they are smoothed, how smooth, and the points of the affine map: shares of a side."""

    alpha: float
    sigma: float
    affine: float


_ELASTIC = tuple(Elastic(1.25 * share, 0.01, 0.0) for share in (0.05, 0.065, 0.085, 0.1, 0.12))
_ELASTIC_AFFINE = (
    Elastic(2.0, 0.7, 0.1),
    Elastic(2.0, 0.08, 0.2),
    Elastic(0.05, 0.01, 0.02),
    Elastic(0.07, 0.01, 0.02),
    Elastic(0.12, 0.01, 0.02),
)
_ELASTIC_AFFINE_SMALL = (
    Elastic(0.0, 0.0, 0.08),
    Elastic(0.05, 0.2, 0.07),
    Elastic(0.08, 0.06, 0.06),
    Elastic(0.1, 0.04, 0.05),
    Elastic(0.1, 0.03, 0.03),
)
_PIXELATE = (0.6, 0.5, 0.4, 0.3, 0.25)
_PIXELATE_SMALL = (0.95, 0.9, 0.85, 0.75, 0.65)
_JPEG = (25, 18, 15, 10, 7)
_JPEG_SMALL = (80, 65, 58, 50, 40)

_SMOOTH = 4.0  # pixels of sigma from which on a field is drawn on a coarser grid


@noise("image", alters={"geometry"})
def elastic_transform(  # noqa: PLR0913 - the published constants, each of its own
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    variant: Literal["plain", "affine"] = "plain",
    alpha: Annotated[float | None, Between(0, 10)] = None,
    sigma: Annotated[float | None, Between(0, 1)] = None,
    affine: Annotated[float | None, Between(0, 0.3)] = None,
) -> Picture:
    """Stretch and squeeze small regions, as if the picture were printed on rubber.

    severity: published strength
    variant: plain (imagecorruptions' constants: small regions alone, ever stronger) or affine (those of ImageNet-C
      itself: a random affine map as well, and at 1 and 2 large regions)
    alpha: how far a pixel moves at most before the moves are smoothed, as a share of the shorter side; none leaves
      it to the severity
    sigma: standard deviation of the Gaussian that smooths the moves, as a share of each side; none leaves it to the
      severity
    affine: how far each of three points of the affine map moves at most, as a share of the shorter side; none leaves
      it to the severity

    Beyond its border the picture is mirrored. The constants of ImageNet-C are made for a side of 244 where the
    pictures have 224; here they are shares of whatever side there is. For small pictures the affine variant has
    CIFAR-10-C's constants; the plain one has the same for all sizes.

    Source: Simard, Steinkraus and Platt, Best practices for convolutional neural networks, ICDAR 2003; ImageNet-C
    and imagecorruptions.
    """
    if variant == "plain":
        usual = published(picture, severity, _ELASTIC, _ELASTIC)
    else:
        usual = published(picture, severity, _ELASTIC_AFFINE, _ELASTIC_AFFINE_SMALL)
    given = {"alpha": alpha, "sigma": sigma, "affine": affine}
    strength = usual._replace(**{name: value for name, value in given.items() if value is not None})
    if strength.alpha == 0 and strength.affine == 0:
        return picture
    pixels = picture.pixels
    if strength.affine > 0:
        pixels = _mapped(pixels, rng, strength.affine)
    if strength.alpha > 0:
        pixels = _displaced(pixels, rng, strength.alpha, strength.sigma)
    return Picture(pixels)


def _mapped(pixels: Pixels, rng: Generator, share: float) -> Pixels:
    """The affine map that moves three points around the middle, each by up to a share of the shorter side."""
    import cv2

    height, width = pixels.shape[:2]
    side = min(height, width)
    middle = np.array((width, height), np.float32) / 2
    points = (middle + np.array(((1, 1), (1, -1), (-1, -1))) * side / 3).astype(np.float32)
    moves = rng.uniform(-share * side, share * side, (3, 2)).astype(np.float32)
    matrix = cv2.getAffineTransform(points, points + moves)
    moved: Any = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    return moved  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _displaced(pixels: Pixels, rng: Generator, alpha: float, sigma: float) -> Pixels:
    import cv2

    height, width = pixels.shape[:2]
    reach = alpha * min(height, width)
    x = _field(rng, (height, width), sigma, reach)
    y = _field(rng, (height, width), sigma, reach)
    x += np.arange(width, dtype=np.float32)
    y += np.arange(height, dtype=np.float32)[:, None]
    moved: Any = cv2.remap(pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return moved  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _field(rng: Generator, shape: tuple[int, int], sigma: float, reach: float) -> NDArray[np.float32]:
    """Moves drawn from -reach to reach, then smoothed by a Gaussian whose sigma is a share of each side.

    What is smoothed over many pixels is drawn on a coarser grid, in cells of so many pixels as change nothing that
    could be seen, since a mean of n draws varies by 1/√n of what one does.
    """
    import cv2

    cells = [max(1, int(sigma * side / _SMOOTH)) for side in shape]
    rows, columns = (-(-side // cell) for side, cell in zip(shape, cells, strict=True))
    drawn = rng.random((rows, columns), dtype=np.float32)
    drawn -= np.float32(0.5)
    drawn *= np.float32(2 * reach / np.sqrt(cells[0] * cells[1]))
    if sigma > 0:
        spread = [max(sigma * side / cell, 1e-3) for side, cell in zip(shape, cells, strict=True)]
        size = [2 * int(3 * one + 0.5) + 1 for one in reversed(spread)]
        drawn = cv2.GaussianBlur(drawn, size, spread[1], sigmaY=spread[0], borderType=cv2.BORDER_REFLECT)
    if (rows, columns) != shape:
        drawn = cv2.resize(drawn, shape[::-1], interpolation=cv2.INTER_LINEAR)
    field: Any = drawn
    return field  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


@noise("image")
def pixelate(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the severity is drawn as an option
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    scale: Annotated[float | None, Between(0.001, 1)] = None,
) -> Picture:
    """Show the picture in larger pixels, each the mean of those that it covers.

    severity: published strength
    scale: the number of larger pixels along each side, as a share of the pixels there were; none leaves it to the
      severity

    Source: ImageNet-C, with 0.6, 0.5, 0.4, 0.3 and 0.25.
    """
    if scale is None:
        scale = published(picture, severity, _PIXELATE, _PIXELATE_SMALL)
    if scale == 1:
        return picture
    columns, rows = (max(1, int(side * scale)) for side in (picture.width, picture.height))
    return Picture(in_large_pixels(picture.pixels, columns, rows))


@noise("image")
def jpeg_compression(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the severity is drawn as an option
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    quality: Annotated[int | None, Between(1, 100)] = None,
) -> Picture:
    """Compress the picture as a JPEG, and read it back.

    severity: published strength
    quality: quality of the JPEG, on libjpeg's scale; none leaves it to the severity

    Colour is stored at half the size (4:2:0), as Pillow and OpenCV do unless told otherwise.

    Source: ImageNet-C, with 25, 18, 15, 10 and 7.
    """
    if quality is None:
        quality = published(picture, severity, _JPEG, _JPEG_SMALL)
    import cv2

    # The same pixels as by way of Pillow, to the bit, in two thirds of the time.
    if picture.pixels.ndim == 2:  # noqa: PLR2004 - H and W
        pixels, how = picture.pixels, cv2.IMREAD_GRAYSCALE
    else:
        pixels, how = cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR), cv2.IMREAD_COLOR_RGB
    _, data = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return Picture(cv2.imdecode(data, how))
