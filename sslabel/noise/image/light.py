"""Noises on light and colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.values import Picture

if TYPE_CHECKING:
    from numpy.random import Generator

_LUMA = (0.299, 0.587, 0.114)
_VALUES = np.arange(256)


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
    if picture.pixels.ndim == 2:  # noqa: PLR2004 - H and W
        gains = np.array([gains @ _LUMA])
    if (gains == 1).all():
        return picture
    import cv2

    table = np.clip(np.rint(_VALUES[:, None] * gains), 0, 255).astype(np.uint8)
    return Picture(cv2.LUT(picture.pixels, np.ascontiguousarray(table[:, None, :])))
