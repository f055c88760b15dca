"""The 256 colours that all terminals have: six steps of red, green and blue each, and 24 greys."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS = (0, 95, 135, 175, 215, 255)
# The 16 below are whatever the user has chosen.
_FIRST = 16


def nearest(pixels: NDArray[Any]) -> NDArray[Any]:
    """For each pixel of H×W×3 uint8 RGB the number, from 16 to 255, of the colour that looks most like it (CIELAB)."""
    import numpy as np

    own, all_of_them = _lab(pixels), _lab(_colors())
    distances = (all_of_them**2).sum(axis=1) - 2 * own @ all_of_them.T
    numbers: NDArray[Any] = _FIRST + np.argmin(distances, axis=1).reshape(pixels.shape[:2])
    return numbers


@cache
def _colors() -> NDArray[Any]:
    import numpy as np

    cube = [(red, green, blue) for red in _STEPS for green in _STEPS for blue in _STEPS]
    return np.array([*cube, *((grey, grey, grey) for grey in range(8, 248, 10))], np.uint8)[None]


def _lab(pixels: NDArray[Any]) -> NDArray[Any]:
    import cv2
    import numpy as np

    lab: NDArray[Any] = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    return lab
