"""`python -m benchmarks clips FILE... OUT` makes films for measuring from real ones.

OUT/short gets 48 clips of 10 seconds, 768×576 at 25 frames a second in H.264 with B-frames, OUT/long one film of ten
minutes at 1280×720. Each is one FILE after another, from a frame that is drawn on, over and over, seen by a camera
that pans slowly over its picture, so that something moves all the time.

In films with cuts, tasks that take several seconds at once find next to no pair: then decoding alone is measured.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2

if TYPE_CHECKING:
    import numpy as np

_RATE = 25
_SHORT, _SECONDS, _MINUTES = 48, 10, 10
_PAN = 500  # frames that it takes to cross the picture


def main(*arguments: str) -> None:
    """Encode both sets; the same for the same films."""
    *files, out = arguments
    draw = random.Random(0)  # noqa: S311 - crops, not secrets
    for number in range(_SHORT):
        frames = _seen(_after(files, number % len(files), draw), draw, (768, 576))
        _write(Path(out) / "short" / f"{number:02d}.mp4", itertools.islice(frames, _SECONDS * _RATE))
    frames = _seen(_after(files, 0, draw), draw, (1280, 720))
    _write(Path(out) / "long" / "film.mp4", itertools.islice(frames, _MINUTES * 60 * _RATE))


def _after(files: Sequence[str], first: int, draw: random.Random) -> Iterator[np.ndarray[Any, Any]]:
    """The frames of one film, from one in its first quarter on, then those of the next, without an end."""
    for place in itertools.count(first):
        with av.open(files[place % len(files)]) as film:
            skipped = draw.randrange(1 + film.streams.video[0].frames // 4)
            for frame in itertools.islice(film.decode(video=0), skipped, None):
                yield frame.to_ndarray(format="rgb24")


def _seen(
    frames: Iterator[np.ndarray[Any, Any]], draw: random.Random, size: tuple[int, int]
) -> Iterator[np.ndarray[Any, Any]]:
    """A part of each frame at a size, which moves from one to the next."""
    zoom, x, y = draw.uniform(0.6, 0.8), draw.random(), draw.random()
    for number, pixels in enumerate(frames):
        rows, columns = pixels.shape[:2]
        width = int(min(columns, rows * size[0] / size[1]) * zoom)
        height = width * size[1] // size[0]
        # To and fro, each way at a pace of its own.
        left, top = (abs((start + pace * number / _PAN) % 2 - 1) for start, pace in ((x, 1.0), (y, 0.7)))
        center = ((left - 0.5) * (columns - width) + columns / 2 - 0.5, (top - 0.5) * (rows - height) + rows / 2 - 0.5)
        seen = cv2.getRectSubPix(pixels, (width, height), center)
        yield cv2.resize(seen, size, interpolation=cv2.INTER_AREA if width > size[0] else cv2.INTER_CUBIC)


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
