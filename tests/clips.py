"""Clips that tests draw themselves."""

from __future__ import annotations

import numpy as np

from sslabel.values import Clip, Picture
from tests.pictures import photo

RATE = 25


def moving_clip(count: int = 32, width: int = 67, height: int = 43, *, rate: float = RATE, start: float = 0.0) -> Clip:
    """A photo that moves on and grows brighter: no two frames are alike, and none comes back."""
    pixels = photo(width + 3 * count, height + count)
    frames = []
    for number in range(count):
        seen = pixels[number : number + height, 3 * number : 3 * number + width]
        frames.append(Picture((seen // 2 + np.uint8(number * 127 // count)).astype(np.uint8)))
    return Clip(frames, [start + number / rate for number in range(count)])
