"""Grain: the noises of sensors and of transmission, drawn for every value of every pixel.

The four of ImageNet-C (Hendrycks and Dietterich, ICLR 2019), see `severity.py`. Each channel draws for itself.
Values are clipped to 0..255, never wrapped around.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sslabel.noise.image.severity import published
from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.bits import random_bits
from sslabel.transforms.image.normals import normals
from sslabel.transforms.lookup import words_looked_up
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from sslabel.values import Pixels

_GAUSSIAN = (0.08, 0.12, 0.18, 0.26, 0.38)
_GAUSSIAN_SMALL = (0.04, 0.06, 0.08, 0.09, 0.10)
_SPECKLE = (0.15, 0.2, 0.35, 0.45, 0.6)
_SPECKLE_SMALL = (0.06, 0.1, 0.12, 0.16, 0.2)
_SHOT = (60.0, 25.0, 12.0, 5.0, 3.0)
_SHOT_SMALL = (500.0, 250.0, 100.0, 75.0, 50.0)
_IMPULSE = (0.03, 0.06, 0.09, 0.17, 0.27)
_IMPULSE_SMALL = (0.01, 0.02, 0.03, 0.05, 0.07)


@noise("image")
def gaussian_noise(
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    sigma: Annotated[float | None, Between(0, 2)] = None,
) -> Picture:
    """Add Gaussian noise to every value of every pixel.

    severity: published strength
    sigma: standard deviation, as a share of the full scale; none leaves it to the severity

    Source: ImageNet-C, with 0.08, 0.12, 0.18, 0.26 and 0.38.
    """
    if sigma is None:
        sigma = published(picture, severity, _GAUSSIAN, _GAUSSIAN_SMALL)
    if sigma == 0:
        return picture
    import cv2

    added = _steps(255 * sigma).draw(rng, picture.pixels.shape)
    return Picture(cv2.add(picture.pixels, added, dtype=cv2.CV_8U).reshape(added.shape))


_BITS = 16
_UNSURE = -(1 << 15)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Normal numbers rounded to whole ones, by inversion: three times as fast as drawing and rounding them.

    A draw of 16 bits falls into one cell of a table. In most cells there is one number; where there are more, the
    table holds `_UNSURE`, and 16 further bits decide between the `bounds` of the numbers.
    """

    table: NDArray[np.int16]
    bounds: NDArray[np.uint64]

    def draw(self, rng: Generator, shape: tuple[int, ...]) -> NDArray[np.int16]:
        """Whole numbers of that shape."""
        steps = np.empty(shape, np.int16)
        for part in _parts(steps.reshape(-1)):
            drawn = random_bits(rng, len(part), np.uint16)
            part[:] = words_looked_up(drawn, self.table)
            unsure = np.flatnonzero(part == _UNSURE)
            fine = drawn[unsure].astype(np.uint64) << np.uint64(_BITS)
            fine |= random_bits(rng, len(unsure), np.uint16)
            part[unsure] = np.searchsorted(self.bounds, fine, "right") - len(self.bounds) // 2
        return steps


_PART = 1 << 18


def _parts(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """One dimension in parts that stay in the cache, while tables are looked up for them."""
    return (values[start : start + _PART] for start in range(0, len(values), _PART))


@lru_cache(maxsize=16)
def _steps(deviation: float) -> _Steps:
    # Further than 255 there is nothing that clipping leaves different.
    reach = min(255, math.ceil(7 * deviation))
    ends = ((number + 0.5) / (deviation * math.sqrt(2)) for number in range(-reach, reach))
    bounds = np.rint([math.erfc(-end) * (1 << 2 * _BITS - 1) for end in ends]).astype(np.uint64)
    inside = np.bincount((bounds >> np.uint64(_BITS)).astype(np.intp), minlength=(1 << _BITS) + 1)[: 1 << _BITS]
    first = np.cumsum(inside) - inside - reach
    return _Steps(np.where(inside == 0, first, _UNSURE).astype(np.int16), bounds)


@noise("image")
def speckle_noise(
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    sigma: Annotated[float | None, Between(0, 2)] = None,
) -> Picture:
    """Add Gaussian noise in proportion to each value, so that black stays black.

    severity: published strength
    sigma: standard deviation, as a share of the value; none leaves it to the severity

    Source: ImageNet-C, with 0.15, 0.2, 0.35, 0.45 and 0.6.
    """
    if sigma is None:
        sigma = published(picture, severity, _SPECKLE, _SPECKLE_SMALL)
    if sigma == 0:
        return picture
    import cv2

    noisy = np.empty(picture.pixels.shape, np.uint8)
    for before, after in zip(_parts(picture.pixels.reshape(-1)), _parts(noisy.reshape(-1)), strict=True):
        factors = normals(rng, len(before), 1, sigma)
        # OpenCV's product rounds to nearest and saturates in one pass.
        after[:] = cv2.multiply(before[None], factors[None], dtype=cv2.CV_8U)[0]
    return Picture(noisy)


@noise("image")
def impulse_noise(
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    amount: Annotated[float | None, Between(0, 1)] = None,
) -> Picture:
    """Set values to 0 or to 255, as often the one as the other: salt and pepper.

    severity: published strength
    amount: share of the values that are set; none leaves it to the severity

    Each channel is hit for itself: an amount of 0.1 hits 27 percent of the pixels of a colour picture, and all three
    channels of one in a thousand. `pixel-dropout` and `wrong-pixels` hit whole pixels.
    Source: ImageNet-C, with 0.03, 0.06, 0.09, 0.17 and 0.27.
    """
    if amount is None:
        amount = published(picture, severity, _IMPULSE, _IMPULSE_SMALL)
    if amount == 0:
        return picture
    drawn = random_bits(rng, picture.pixels.shape, np.uint32)
    kept, salt = drawn >= round(_DRAWS * amount / 2), drawn >= round(_DRAWS * (1 - amount / 2))
    # Products and maxima of bytes: several times as fast as to choose with masks.
    pixels = picture.pixels * kept.view(np.uint8)
    return Picture(np.maximum(pixels, salt.view(np.uint8) * np.uint8(255), out=pixels))


@noise("image")
def shot_noise(
    picture: Picture,
    rng: Generator,
    *,
    severity: Annotated[int, Between(1, 5)] = span(1, 5),
    photons: Annotated[float | None, Between(1, 1000)] = None,
) -> Picture:
    """Count photons: each value is a Poisson number about itself, as in a picture taken with little light.

    severity: published strength
    photons: how many photons make full scale, the fewer the noisier; none leaves it to the severity

    A dark value stays dark and a bright one is noisy, by the root of its photons.
    Source: ImageNet-C, with 60, 25, 12, 5 and 3 photons.
    """
    if photons is None:
        photons = published(picture, severity, _SHOT, _SHOT_SMALL)
    return Picture(_counts(photons).draw(picture.pixels, rng))


_DRAWS = 1 << 32
_CELL_BITS = 10
_MIXED = 256


@dataclass(frozen=True, slots=True)
class _Counts:
    """Poisson numbers for each of the 256 values, by inversion.

    A draw of 32 bits falls into one of 1,024 cells. In most cells all draws give one number, and `code` is its level;
    where they differ, `code` is `_MIXED`, and numbers are tried from `first` on until the draw is not above their
    bound. numpy's own Poisson draws take twenty times as long.
    """

    code: NDArray[np.uint16]
    first: NDArray[np.uint16]
    bounds: NDArray[np.uint32]
    levels: NDArray[np.uint8]

    def draw(self, pixels: Pixels, rng: Generator) -> Pixels:
        """Levels drawn for pixels."""
        found = np.empty(pixels.shape, np.uint8)
        for values, levels in zip(_parts(pixels.reshape(-1)), _parts(found.reshape(-1)), strict=True):
            drawn = random_bits(rng, len(values), np.uint32)
            cells = drawn >> np.uint32(32 - _CELL_BITS)
            cells |= values.astype(np.uint32) << np.uint32(_CELL_BITS)
            codes = self.code.take(cells)
            levels[:] = codes.astype(np.uint8)
            mixed = np.flatnonzero(codes == _MIXED)
            levels[mixed] = self.levels[self._numbers(values[mixed], drawn[mixed], cells[mixed])]
        return found

    def _numbers(self, values: Pixels, drawn: NDArray[np.uint32], cells: NDArray[np.uint32]) -> NDArray[np.intp]:
        numbers = self.first[cells].astype(np.intp)
        left = np.arange(len(numbers))
        while left.size:
            left = left[drawn[left] > self.bounds[values[left], numbers[left]]]
            numbers[left] += 1
        return numbers


@lru_cache(maxsize=16)
def _counts(photons: float) -> _Counts:
    # From `white` on, all numbers are clipped to 255.
    white = int(np.ceil(photons * 254.5 / 255))
    number = np.arange(white)
    mean = np.arange(256)[:, None] * (photons / 255)
    log_factorial = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, white)))))
    chance = np.exp(number * np.log(np.maximum(mean, 1e-300)) - mean - log_factorial)
    # A draw above the bound of a number belongs to a higher one; above the last bound there is nothing.
    bounds = np.full((256, white + 1), _DRAWS - 1, np.uint32)
    bounds[:, :white] = np.clip(np.rint(np.cumsum(chance, axis=1) * _DRAWS) - 1, 0, _DRAWS - 1)
    cell = (bounds[:, :white] >> np.uint32(32 - _CELL_BITS)) + (np.arange(256, dtype=np.uint32)[:, None] << _CELL_BITS)
    inside = np.bincount(cell.ravel(), minlength=256 << _CELL_BITS).reshape(256, -1)
    first = np.cumsum(inside, axis=1) - inside
    levels = np.clip(np.rint(np.arange(white + 1) * (255 / photons)), 0, 255).astype(np.uint8)
    levels[white] = 255
    code = np.where(inside == 0, levels.astype(np.uint16)[first], np.uint16(_MIXED))
    return _Counts(code.ravel(), first.astype(np.uint16).ravel(), bounds, levels)
