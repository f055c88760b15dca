"""`python -m benchmarks clips FILE... OUT` makes films for measuring from real ones.

OUT/short gets 48 clips of 10 seconds, 768×576 at 25 frames a second in H.264 with B-frames, OUT/long one film of ten
minutes at 1280×720. Only what moves all the time is used: of each FILE the scenes with motion, one behind the other,
each time from another part of the picture.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

_RATE = 25
_SHORT, _SECONDS, _MINUTES = 48, 10, 10
_LEAST, _MOST = 2.0, 20.0


def main(*arguments: str) -> None:
    """Encode both sets; the same for the same films."""
    *files, out = arguments
    frames = [frame for file in files for frame in _moving(file)]
    draw = random.Random(0)  # noqa: S311 - crops, not secrets
    for number in range(_SHORT):
        source = itertools.islice(_cropped(frames, draw, (768, 576)), _SECONDS * _RATE)
        _write(Path(out) / "short" / f"{number:02d}.mp4", source)
    _write(
        Path(out) / "long" / "film.mp4", itertools.islice(_cropped(frames, draw, (1280, 720)), _MINUTES * 60 * _RATE)
    )


def _moving(file: str) -> list[np.ndarray[Any, Any]]:
    """The frames of a film that differ from the one before, but not by a cut."""
    kept: list[np.ndarray[Any, Any]] = []
    with av.open(file) as film:
        for frame in film.decode(video=0):
            pixels = frame.to_ndarray(format="rgb24")
            if kept:
                small = [
                    cv2.resize(one, (64, 64), interpolation=cv2.INTER_AREA).astype(int) for one in (kept[-1], pixels)
                ]
                if not _LEAST <= np.abs(small[0] - small[1]).mean() <= _MOST:
                    continue
            kept.append(pixels)
    return kept


def _cropped(
    frames: list[np.ndarray[Any, Any]], draw: random.Random, size: tuple[int, int]
) -> Iterator[np.ndarray[Any, Any]]:
    """The frames over and over from a drawn place on, from another part of the picture each time, at a size."""
    while True:
        zoom = draw.uniform(0.7, 1.0)
        x, y, first = draw.random(), draw.random(), draw.randrange(len(frames))
        for pixels in frames[first:]:
            rows, columns = pixels.shape[:2]
            width = int(min(columns, rows * size[0] / size[1]) * zoom)
            height = width * size[1] // size[0]
            left, top = int((columns - width) * x), int((rows - height) * y)
            yield cv2.resize(pixels[top : top + height, left : left + width], size, interpolation=cv2.INTER_AREA)


def _write(path: Path, frames: Iterator[np.ndarray[Any, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as film:
        stream: Any = film.add_stream("libx264", rate=_RATE, options={"preset": "veryfast", "crf": "23"})
        stream.time_base = Fraction(1, _RATE)
        first = next(frames)
        stream.height, stream.width = first.shape[:2]
        for pixels in itertools.chain([first], frames):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(stream.encode())
