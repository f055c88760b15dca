"""Clips that tests draw themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from sslabel.values import Clip, Picture
from tests.pictures import encoded, photo

RATE = 25


def moving_clip(count: int = 32, width: int = 67, height: int = 43, *, rate: float = RATE, start: float = 0.0) -> Clip:
    """A photo that moves on and grows brighter: no two frames are alike, and none comes back."""
    pixels = photo(width + 3 * count, height + count)
    frames = []
    for number in range(count):
        seen = pixels[number : number + height, 3 * number : 3 * number + width]
        frames.append(Picture((seen // 2 + np.uint8(number * 127 // count)).astype(np.uint8)))
    return Clip(frames, [start + number / rate for number in range(count)])


def animation(clip: Clip, format_: str, delays: list[int], **options: Any) -> bytes:
    """A GIF, PNG or WebP of the frames, each shown for so many milliseconds; all but a GIF without loss."""
    images = [Image.fromarray(frame.pixels) for frame in clip.frames]
    options = {**options, "lossless": True, "quality": 1} if format_ == "WEBP" else options
    return encoded(images[0], format_, save_all=True, append_images=images[1:], duration=delays, loop=0, **options)
