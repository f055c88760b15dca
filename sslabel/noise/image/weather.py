"""Noises of the weather: snow, frost, fog and what splashes onto the lens.

Four of ImageNet-C (Hendrycks and Dietterich, ICLR 2019), see `severity.py`. The lengths in pixels are the published
ones, whatever the size of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

import numpy as np

from sslabel.noise.image.severity import published
from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.bands import in_bands
from sslabel.transforms.image.kernels import correlated, motion_kernel
from sslabel.transforms.image.normals import normals
from sslabel.transforms.image.texture import ferns, plasma
from sslabel.transforms.image.tone import LUMA
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from sslabel.values import Pixels

Constants = TypeVar("Constants", bound=NamedTuple)


class Snow(NamedTuple):
    """The flakes' mean, spread, size and threshold, how far they are drawn out, and how much of the picture stays."""

    mean: float
    spread: float
    zoom: float
    threshold: float
    radius: int
    sigma: float
    mix: float


_SNOW = (
    Snow(0.1, 0.3, 3.0, 0.5, 10, 4.0, 0.8),
    Snow(0.2, 0.3, 2.0, 0.5, 12, 4.0, 0.7),
    Snow(0.55, 0.3, 4.0, 0.9, 12, 8.0, 0.7),
    Snow(0.55, 0.3, 4.5, 0.85, 12, 8.0, 0.65),
    Snow(0.55, 0.3, 2.5, 0.85, 12, 12.0, 0.55),
)
_SNOW_SMALL = (
    Snow(0.1, 0.2, 1.0, 0.6, 8, 3.0, 0.95),
    Snow(0.1, 0.2, 1.0, 0.5, 10, 4.0, 0.9),
    Snow(0.15, 0.3, 1.75, 0.55, 10, 4.0, 0.9),
    Snow(0.25, 0.3, 2.25, 0.6, 12, 6.0, 0.85),
    Snow(0.3, 0.3, 1.25, 0.65, 14, 12.0, 0.8),
)
_FROST = ((1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))
_FROST_SMALL = ((1.0, 0.2), (1.0, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45))
_FOG = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))
_FOG_SMALL = ((0.2, 3.0), (0.5, 3.0), (0.75, 2.5), (1.0, 2.0), (1.5, 1.75))


class Spatter(NamedTuple):
    """The liquid's mean, spread, smoothing and threshold, and the brightness of water or the softness of mud."""

    mean: float
    spread: float
    sigma: float
    threshold: float
    water: float
    mud: float


_SPATTER = (
    Spatter(0.65, 0.3, 4.0, 0.69, 0.6, 0.0),
    Spatter(0.65, 0.3, 3.0, 0.68, 0.6, 0.0),
    Spatter(0.65, 0.3, 2.0, 0.68, 0.5, 0.0),
    Spatter(0.65, 0.3, 1.0, 0.65, 0.0, 1.5),
    Spatter(0.67, 0.4, 1.0, 0.65, 0.0, 1.5),
)
_SPATTER_SMALL = (
    Spatter(0.62, 0.1, 0.7, 0.7, 0.5, 0.0),
    Spatter(0.65, 0.1, 0.8, 0.7, 0.5, 0.0),
    Spatter(0.65, 0.3, 1.0, 0.69, 0.5, 0.0),
    Spatter(0.65, 0.1, 0.7, 0.69, 0.0, 0.6),
    Spatter(0.65, 0.1, 0.5, 0.68, 0.0, 0.6),
)
_WATER, _MUD = (175, 238, 238), (63, 42, 20)
_WHITE = (1, 1, 1)
_GLASS, _ICE = (58, 80, 98), (242, 246, 252)


def _chosen(usual: Constants, **given: float | None) -> Constants:
    """The severity's constants, with those instead that were given themselves."""
    return usual._replace(**{name: value for name, value in given.items() if value is not None})


def _colored(weights: NDArray[np.float32], color: Sequence[float], dimensions: int) -> NDArray[np.float32]:
    """H×W weights times a colour, or times its luma for a picture of two dimensions."""
    if dimensions == 2:  # noqa: PLR2004 - H and W
        return weights * np.float32(np.dot(color, LUMA))
    import cv2

    colored: Any = cv2.merge([weights * np.float32(level) for level in color])
    return colored  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _lit(pixels: Pixels, weights: NDArray[np.float32], color: Sequence[float], keep: float = 1) -> Pixels:
    """Pixels times `keep`, and H×W weights times a colour added."""

    def lit(band: Pixels, weights: NDArray[np.float32]) -> Pixels:
        return _added(band, _colored(weights, color, band.ndim), keep)

    return in_bands(lit, pixels, weights)


def _added(pixels: NDArray[Any], layer: NDArray[np.float32], keep: float = 1) -> Pixels:
    """Pixels times `keep`, and a layer of the same shape added: rounded, and clipped to 0..255."""
    import cv2

    added: Any = cv2.addWeighted(pixels, keep, layer, 1, 0, dtype=cv2.CV_8U)
    return added  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


@noise("image", alters={"color"})
def snow(  # noqa: PLR0913 - the published constants, each of its own
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    degrees: Annotated[float, Between(-180, 180)] = span(-135.0, -45.0),
    mean: Annotated[float | None, Between(0, 1)] = None,
    spread: Annotated[float | None, Between(0, 2)] = None,
    zoom: Annotated[float | None, Between(1, 64)] = None,
    threshold: Annotated[float | None, Between(0, 1)] = None,
    radius: Annotated[int | None, Between(0, 200)] = None,
    sigma: Annotated[float | None, Between(0, 200)] = None,
    mix: Annotated[float | None, Between(0, 1)] = None,
) -> Picture:
    """Let it snow: flakes in motion, in front of a picture that turns pale.

    severity: published strength; each option after degrees stands in for a value of it, none leaves it
    degrees: where the flakes fall: -90 is straight down, -135 to the lower right, -45 to the lower left
    mean: mean of the Gaussian that flakes are drawn from
    spread: its standard deviation
    zoom: side of a drawn flake in pixels
    threshold: least value that is a flake
    radius: half the length in pixels that a flake is drawn out to
    sigma: standard deviation in pixels of the Gaussian by which it fades
    mix: share of the picture's own tone that stays; the rest turns pale

    Source: ImageNet-C.
    """
    usual = published(picture, severity, _SNOW, _SNOW_SMALL)
    chosen = _chosen(
        usual, mean=mean, spread=spread, zoom=zoom, threshold=threshold, radius=radius, sigma=sigma, mix=mix
    )
    if chosen.mix == 1 and chosen.spread == 0 and chosen.mean < chosen.threshold:
        return picture
    flakes = _flakes(rng, picture.height, picture.width, chosen)
    flakes = correlated(flakes, motion_kernel(chosen.radius, chosen.sigma, degrees))
    # It snows the same upside down.
    return Picture(in_bands(partial(_snowy, mix=chosen.mix), picture.pixels, flakes, flakes[::-1, ::-1]))


def _snowy(pixels: Pixels, *flakes: NDArray[np.float32], mix: float) -> Pixels:
    """Pixels that turn pale, and two layers of flakes from 0 to 1 in front of them."""
    import cv2

    plain = pixels.astype(np.float32)
    grey = plain if plain.ndim == 2 else cv2.cvtColor(plain, cv2.COLOR_RGB2GRAY)  # noqa: PLR2004 - H and W
    pale = np.maximum(_colored(1.5 * grey + 127.5, _WHITE, plain.ndim), plain)
    snowy = cv2.addWeighted(plain, mix, pale, 1 - mix, 0)
    return _added(snowy, _colored(255 * (flakes[0] + flakes[1]), _WHITE, plain.ndim))


def _flakes(rng: Generator, height: int, width: int, chosen: Snow) -> NDArray[np.float32]:
    """H×W from 0 to 1, drawn coarsely, enlarged, and cut off below the threshold."""
    import cv2

    rows, columns = math.ceil(height / chosen.zoom), math.ceil(width / chosen.zoom)
    drawn = normals(rng, (rows, columns), chosen.mean, chosen.spread)
    # The outermost draws become the outermost pixels: so the draws lie at every phase of the pixels, and their maxima
    # are met here and there. From centre to centre, as cv2.resize goes, few flakes would reach the threshold.
    y, x = ((few - 1) / max(1, round(few * chosen.zoom) - 1) for few in (rows, columns))
    matrix = np.array(((x, 0, 0), (0, y, 0)))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    large = cv2.warpAffine(drawn, matrix, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE)
    large[large < chosen.threshold] = 0
    flakes: NDArray[np.float32] = np.clip(large, 0, 1, out=large)
    return flakes


@noise("image", alters={"color"})
def frost(
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    keep: Annotated[float | None, Between(0, 1)] = None,
    frost: Annotated[float | None, Between(0, 1)] = None,
) -> Picture:
    """Show the picture through a frozen window.

    severity: published strength
    keep: what the picture is multiplied by; none leaves it to the severity
    frost: what the frost is multiplied by before it is added; none leaves it to the severity

    The weights are the published ones. The frost is not: there, it is one of five photographs; here, ferns of ice
    are drawn, on a glass that mists over.

    Source: ImageNet-C.
    """
    usual = published(picture, severity, _FROST, _FROST_SMALL)
    keep = usual[0] if keep is None else keep
    frost = usual[1] if frost is None else frost
    if (keep, frost) == (1, 0):
        return picture
    import cv2

    size = (picture.height, picture.width)
    ice = cv2.addWeighted(ferns(rng, *size), 0.95, plasma(rng, *size, 1.6), 0.42 * 255, 0.08 * 255, dtype=cv2.CV_8U)
    colors = frost * np.linspace(_GLASS, _ICE, 256)
    is_grey = picture.pixels.ndim == 2  # noqa: PLR2004 - H and W
    table = (colors @ LUMA if is_grey else colors[:, None]).astype(np.float32)

    def frosted(band: Pixels, ice: Pixels) -> Pixels:
        return _added(band, cv2.LUT(ice if is_grey else cv2.merge((ice, ice, ice)), table), keep)

    return Picture(in_bands(frosted, picture.pixels, ice))


@noise("image", alters={"color"})
def fog(
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    amount: Annotated[float | None, Between(0, 20)] = None,
    decay: Annotated[float | None, Between(1, 10)] = None,
) -> Picture:
    """Put clouds of fog in front of the picture, which loses contrast.

    severity: published strength
    amount: brightness of the thickest fog, in units of the full scale; none leaves it to the severity
    decay: how smooth the clouds are; 1 is as rough as sand; none leaves it to the severity

    Picture and fog are scaled so that the brightest value the two could add up to is the picture's own brightest.

    Source: ImageNet-C.
    """
    usual = published(picture, severity, _FOG, _FOG_SMALL)
    amount = usual[0] if amount is None else amount
    if amount == 0:
        return picture
    peak = int(picture.pixels.max()) / 255
    share = peak / (peak + amount)
    clouds = plasma(rng, picture.height, picture.width, usual[1] if decay is None else decay)
    return Picture(_lit(picture.pixels, clouds, (255 * amount * share,) * 3, share))


@noise("image")
def spatter(  # noqa: PLR0913 - the published constants, each of its own
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    mean: Annotated[float | None, Between(0, 1)] = None,
    spread: Annotated[float | None, Between(0, 2)] = None,
    sigma: Annotated[float | None, Between(0, 50)] = None,
    threshold: Annotated[float | None, Between(0.01, 1)] = None,
    water: Annotated[float | None, Between(0, 2)] = None,
    mud: Annotated[float | None, Between(0, 50)] = None,
) -> Picture:
    """Splash water or mud onto the lens.

    severity: published strength: 1 to 3 is water, 4 and 5 is mud; each option after it stands in for a value of
      it, none leaves it
    mean: mean of the Gaussian that the liquid is drawn from
    spread: its standard deviation
    sigma: standard deviation in pixels of the Gaussian that smooths it into drops
    threshold: least value that is a drop
    water: brightness of the water, in units of the full scale; 0 is none
    mud: standard deviation in pixels of the Gaussian that rounds the edges of the mud; 0 is no mud

    Source: ImageNet-C.
    """
    usual = published(picture, severity, _SPATTER, _SPATTER_SMALL)
    chosen = _chosen(usual, mean=mean, spread=spread, sigma=sigma, threshold=threshold, water=water, mud=mud)
    pixels, size = picture.pixels, (picture.height, picture.width)
    if chosen.water > 0:
        drops = _drops(_liquid(rng, size, chosen))
        pixels = _lit(pixels, drops, [chosen.water * level for level in _WATER])
    if chosen.mud > 0:
        stains = _smoothed((_liquid(rng, size, chosen) > 0).astype(np.float32), chosen.mud)
        stains[stains < 0.8] = 0  # noqa: PLR2004 - as published
        pixels = in_bands(_muddy, pixels, stains)
    return picture if pixels is picture.pixels else Picture(pixels)


def _muddy(pixels: Pixels, stains: NDArray[np.float32]) -> Pixels:
    """Pixels behind stains from 0 to 1."""
    return _added(pixels * _colored(1 - stains, _WHITE, pixels.ndim), _colored(stains, _MUD, pixels.ndim))


def _liquid(rng: Generator, size: tuple[int, int], chosen: Spatter) -> NDArray[np.float32]:
    """H×W, 0 where there is none."""
    liquid = _smoothed(normals(rng, size, chosen.mean, chosen.spread), chosen.sigma)
    liquid[liquid < chosen.threshold] = 0
    return liquid


def _smoothed(drawn: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    import cv2

    if sigma == 0:
        return drawn
    side = 2 * int(4 * sigma + 0.5) + 1
    smoothed: Any = cv2.GaussianBlur(drawn, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
    return smoothed  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _drops(liquid: NDArray[np.float32]) -> NDArray[np.float32]:
    """Light from 0 to 1 that drops reflect: brightest at one side of what lies far from their edges."""
    import cv2

    levels = np.minimum(255 * liquid, 255).astype(np.uint8)
    depth = cv2.distanceTransform(255 - cv2.Canny(levels, 50, 150), cv2.DIST_L2, 5)
    depth = cv2.equalizeHist(cv2.blur(np.minimum(depth, 20), (3, 3)).astype(np.uint8))
    relief = cv2.filter2D(depth, cv2.CV_8U, np.array(((-2, -1, 0), (-1, 1, 1), (0, 1, 2)), np.float32))
    light = cv2.blur(relief, (3, 3)) * levels.astype(np.float32)
    brightest = light.max()
    drops: NDArray[np.float32] = light / brightest if brightest > 0 else light
    return drops
