"""Mixtures of simple changes, drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sslabel.options import Between
from sslabel.registry import noise
from sslabel.transforms.image.displace import affine
from sslabel.transforms.image.tone import brightened, contrasted, equalized, posterized, saturated, solarized
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from sslabel.values import Pixels

_TOP = 30
_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13


def _sharpened(pixels: Pixels, factor: float) -> Pixels:
    import cv2

    smooth = cv2.filter2D(pixels, -1, _SMOOTH, borderType=cv2.BORDER_REPLICATE)
    sharpened: Pixels = cv2.addWeighted(pixels, factor, smooth, 1 - factor, 0)
    return sharpened


def _saturated(pixels: Pixels, factor: float) -> Pixels:
    return pixels if pixels.ndim == 2 else saturated(pixels, factor)  # noqa: PLR2004 - a grey picture has no colour


def _stretched(pixels: Pixels) -> Pixels:
    from PIL import Image, ImageOps

    return np.asarray(ImageOps.autocontrast(Image.fromarray(pixels)))


def _moved(pixels: Pixels, x: float, y: float) -> Pixels:
    return affine(pixels, np.array([[1, 0, x], [0, 1, y]], np.float64))


def _sheared(pixels: Pixels, x: float, y: float) -> Pixels:
    return affine(pixels, np.array([[1, x, 0], [y, 1, 0]], np.float64))


def _turned(pixels: Pixels, degrees: float) -> Pixels:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return affine(pixels, np.array([[c, s, 0], [-s, c, 0]], np.float64))


# Each takes the pixels, the strength from 0 to 1, and a sign; the greatest strengths are those of RandAugment.
_RAND_AUGMENT: tuple[Callable[[Pixels, float, int], Pixels], ...] = (
    lambda pixels, strength, sign: pixels,  # noqa: ARG005 - one of the fourteen is to do nothing
    lambda pixels, strength, sign: _sheared(pixels, sign * 0.3 * strength, 0),
    lambda pixels, strength, sign: _sheared(pixels, 0, sign * 0.3 * strength),
    lambda pixels, strength, sign: _moved(pixels, sign * 150 / 331 * strength * pixels.shape[1], 0),
    lambda pixels, strength, sign: _moved(pixels, 0, sign * 150 / 331 * strength * pixels.shape[0]),
    lambda pixels, strength, sign: _turned(pixels, sign * 30 * strength),
    lambda pixels, strength, sign: brightened(pixels, 1 + sign * 0.9 * strength),
    lambda pixels, strength, sign: _saturated(pixels, 1 + sign * 0.9 * strength),
    lambda pixels, strength, sign: contrasted(pixels, 1 + sign * 0.9 * strength),
    lambda pixels, strength, sign: _sharpened(pixels, 1 + sign * 0.9 * strength),
    lambda pixels, strength, sign: posterized(pixels, 8 - round(4 * strength)),  # noqa: ARG005
    lambda pixels, strength, sign: solarized(pixels, 255 * (1 - strength) if strength else 256),  # noqa: ARG005
    lambda pixels, strength, sign: _stretched(pixels),  # noqa: ARG005
    lambda pixels, strength, sign: equalized(pixels),  # noqa: ARG005
)

# None of these is among the corruptions of ImageNet-C.
_AUGMIX: tuple[Callable[[Pixels, float, int], Pixels], ...] = (
    lambda pixels, strength, sign: _stretched(pixels),  # noqa: ARG005
    lambda pixels, strength, sign: equalized(pixels),  # noqa: ARG005
    lambda pixels, strength, sign: posterized(pixels, max(1, 4 - int(4 * strength))),  # noqa: ARG005
    lambda pixels, strength, sign: _turned(pixels, sign * 30 * strength),
    lambda pixels, strength, sign: solarized(pixels, 256 - int(256 * strength)),  # noqa: ARG005
    lambda pixels, strength, sign: _sheared(pixels, sign * 0.3 * strength, 0),
    lambda pixels, strength, sign: _sheared(pixels, 0, sign * 0.3 * strength),
    lambda pixels, strength, sign: _moved(pixels, sign * strength * pixels.shape[1] / 3, 0),
    lambda pixels, strength, sign: _moved(pixels, 0, sign * strength * pixels.shape[0] / 3),
)


def _sign(rng: Generator) -> int:
    return 1 if rng.random() < 0.5 else -1  # noqa: PLR2004 - even chances


@noise("image", alters={"geometry", "color"})
def rand_augment(
    picture: Picture,
    rng: Generator,
    *,
    ops: Annotated[int, Between(0, 20)] = 2,
    magnitude: Annotated[int, Between(0, _TOP)] = 9,
) -> Picture:
    """Apply a few of fourteen changes, drawn at random, all at the same strength.

    ops: how many changes, one after the other
    magnitude: the strength, from 0 to 30

    The changes: nothing, shear and move in x and y, rotate, brightness, color, contrast, sharpness, posterize,
    solarize, autocontrast, equalize. Some have no strength. What comes in at an edge is mirrored, where others leave
    it black (Cubuk et al., RandAugment, NeurIPS 2020).
    """
    pixels = picture.pixels
    for _ in range(ops):
        change = _RAND_AUGMENT[int(rng.integers(len(_RAND_AUGMENT)))]
        pixels = change(pixels, magnitude / _TOP, _sign(rng))
    return picture if pixels is picture.pixels else Picture(pixels)


@noise("image", alters={"geometry", "color"})
def augmix(  # noqa: PLR0913 - its published options
    picture: Picture,
    rng: Generator,
    *,
    width: Annotated[int, Between(1, 10)] = 3,
    depth: Annotated[int, Between(0, 10)] = 0,
    severity: Annotated[float, Between(0.1, 10)] = 3,
    alpha: Annotated[float, Between(0.01, 100)] = 1.0,
) -> Picture:
    """Mix the picture with several chains of changes of it.

    width: how many chains
    depth: how many changes a chain has; 0 draws from 1 to 3 for each
    severity: the greatest strength of a change, of 10; each is drawn from 0.1 up to it
    alpha: concentration of the chains' shares (Dirichlet) and of the mixture's with the picture (Beta)

    The changes: autocontrast, equalize, posterize, rotate, solarize, shear and move in x and y; none of them is
    among the corruptions of ImageNet-C. Where the reference leaves an edge black, it is mirrored (Hendrycks et al.,
    AugMix, ICLR 2020).
    """
    shares = rng.dirichlet([alpha] * width)
    mixed_share = float(rng.beta(alpha, alpha))
    mixture: NDArray[Any] = np.zeros(picture.pixels.shape, np.float32)
    for share in shares:
        chain = picture.pixels
        for _ in range(depth or int(rng.integers(1, 4))):
            change = _AUGMIX[int(rng.integers(len(_AUGMIX)))]
            chain = change(chain, rng.uniform(0.1, severity) / 10, _sign(rng))
        mixture += np.float32(share) * chain
    mixture *= np.float32(mixed_share)
    mixture += np.float32(1 - mixed_share) * picture.pixels
    return Picture(np.clip(np.rint(mixture), 0, 255).astype(np.uint8))
