"""Noises on light and colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.tone import (
    LUMA,
    equalized,
    from_linear,
    hue_turned,
    posterized,
    solarized,
    temperature_gains,
    to_grey,
    to_linear,
)
from sslabel.transforms.lookup import looked_up
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

_VALUES = np.arange(256)
_SHARES = _VALUES / 255


def _mapped(picture: Picture, table: NDArray[Any]) -> Picture:
    """Each value replaced by that of a table, 256 for all channels or 256×3; rounded, and cut off at 255."""
    return Picture(looked_up(picture.pixels, np.minimum(np.rint(table), 255).astype(np.uint8)))


def _is_grey(picture: Picture) -> bool:
    return picture.pixels.ndim == 2  # noqa: PLR2004 - H and W


@noise("image", alters={"color"})
def color_balance(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the gains are drawn as options
    *,
    red: Annotated[float, Between(0, 4)] = span(0.8, 1.2),
    green: Annotated[float, Between(0, 4)] = span(0.8, 1.2),
    blue: Annotated[float, Between(0, 4)] = span(0.8, 1.2),
) -> Picture:
    """Multiply red, green and blue by gains of their own, as a wrong colour balance does.

    red: gain of red
    green: gain of green
    blue: gain of blue

    The gains act on the stored values, which are rounded and clipped to 0..255. A grey picture stays grey: it is
    multiplied by what the three gains do to its Rec. 601 luma.
    """
    gains = np.array([red, green, blue])
    if _is_grey(picture):
        gains = np.array(gains @ LUMA)
    return picture if (gains == 1).all() else _mapped(picture, np.multiply.outer(_VALUES, gains))


@noise("image", alters={"color"})
def white_balance(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the temperature is drawn as an option
    *,
    kelvin: Annotated[float, Between(1667, 25000)] = span(4000.0, 12000.0),
) -> Picture:
    """Show the picture as if its light had another colour temperature, as a wrong white balance does.

    kelvin: colour temperature that white takes on; 6500 changes nothing, less is warmer, more is bluer

    The channels are multiplied in linear light, so that a white of 6500 K becomes that of a black body of the
    temperature and keeps its luminance (Planckian locus by the approximation of Kim et al., US patent 7024034). A
    grey picture has no white balance and stays as it is.
    """
    if _is_grey(picture) or kelvin == 6500:  # noqa: PLR2004 - near the white point of sRGB
        return picture
    return _mapped(picture, from_linear(np.multiply.outer(to_linear(), temperature_gains(kelvin))))


@noise("image", alters={"color"})
def exposure(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the stops are drawn as an option
    *,
    stops: Annotated[float, Between(-8, 8)] = span(-1.0, 1.0),
) -> Picture:
    """Expose longer or shorter: multiply by 2 to the power of the stops, in linear light.

    stops: exposure value; +1 doubles the light, -1 halves it

    The transfer function is that of sRGB (IEC 61966-2-1).
    """
    return picture if stops == 0 else _mapped(picture, from_linear(to_linear() * 2.0**stops))


@noise("image", alters={"color"})
def gamma(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - gamma is drawn as an option
    *,
    gamma: Annotated[float, Between(0.05, 20)] = span(0.7, 1.5),
) -> Picture:
    """Raise every value, as a share of the full scale, to a power.

    gamma: the exponent; under 1 brightens, over 1 darkens
    """
    return picture if gamma == 1 else _mapped(picture, 255 * _SHARES**gamma)


@noise("image", alters={"color"})
def hue(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the shift is drawn as an option
    *,
    shift: Annotated[float, Between(-0.5, 0.5)] = span(-0.1, 0.1),
) -> Picture:
    """Turn every hue by the same angle.

    shift: the angle as a share of the colour circle; 0.1 is 36 degrees

    The hue is that of HSV, and wraps around. A grey picture has none and stays as it is.
    """
    return picture if _is_grey(picture) or shift == 0 else Picture(hue_turned(picture.pixels, shift))


@noise("image", alters={"color"})
def grayscale(picture: Picture, rng: Generator) -> Picture:  # noqa: ARG001 - nothing is drawn
    """Take the colour away: the Rec. 601 luma in all three channels."""
    return picture if _is_grey(picture) else Picture(to_grey(picture.pixels))


@noise("image", alters={"color"})
def invert(picture: Picture, rng: Generator) -> Picture:  # noqa: ARG001 - nothing is drawn
    """Turn every value into its opposite, as on a photographic negative."""
    return Picture(~picture.pixels)


@noise("image", alters={"color"})
def solarize(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the threshold is given
    *,
    threshold: Annotated[int, Between(0, 256)] = 128,
) -> Picture:
    """Invert the values from a threshold up.

    threshold: the least value that is inverted; 256 inverts none
    """
    return picture if threshold > 255 else Picture(solarized(picture.pixels, threshold))  # noqa: PLR2004 - none


@noise("image", alters={"color"})
def posterize(
    picture: Picture,
    rng: Generator,  # noqa: ARG001 - the bits are given
    *,
    bits: Annotated[int, Between(1, 8)] = 4,
) -> Picture:
    """Keep only the upper bits of every value.

    bits: how many are kept; 8 keeps all
    """
    return picture if bits == 8 else Picture(posterized(picture.pixels, bits))  # noqa: PLR2004 - all


@noise("image", alters={"color"})
def equalize(picture: Picture, rng: Generator) -> Picture:  # noqa: ARG001 - nothing is drawn
    """Spread the values of each channel so that all are about equally frequent."""
    return Picture(equalized(picture.pixels))
