"""What one would write without sslabel to cut clips into pairs, and the codec calls alone: each a small program.

`python -m benchmarks.video_alternatives NAME JOBS OUT`, where JOBS is a file that `python -m benchmarks video` writes:
of every film the frames of each pair, in order, the kind of pictures, and whether each frame is to be written a second
time with most patches blanked.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORKERS = 2
_PATCH, _HIDDEN, _MEAN = 16, 0.9, (123, 117, 104)
_LOOKED_AT = 4


@dataclass(frozen=True)
class Job:
    """A film, the frames of each of its pairs, and how they are written."""

    path: str
    pairs: Sequence[Sequence[int]]
    extension: str
    masked: bool


def _hole(frame: NDArray[Any], rng: random.Random) -> NDArray[np.bool_]:
    import numpy as np

    height, width = frame.shape[:2]
    patches = (height // _PATCH) * (width // _PATCH)
    hidden = np.zeros(patches, bool)
    hidden[rng.sample(range(patches), int(_HIDDEN * patches))] = True
    grid = hidden.reshape(height // _PATCH, width // _PATCH)
    return grid.repeat(_PATCH, axis=0).repeat(_PATCH, axis=1)


def _pairs(job: Job) -> list[list[bytes]]:
    """The frames of each pair as pictures; a frame is let go behind the last pair that shows it."""
    import cv2
    from PIL import Image

    cv2.setNumThreads(1)
    rng = random.Random(job.path)  # noqa: S311 - nothing secret
    film = cv2.VideoCapture(job.path)
    waiting = sorted(job.pairs, key=max)
    made: list[list[bytes]] = []
    frames: dict[int, NDArray[Any]] = {}
    number = 0
    while True:
        found, frame = film.read()
        if not found:
            return made
        frames[number] = frame
        while waiting and max(waiting[0]) == number:
            chosen = [cv2.cvtColor(frames[one], cv2.COLOR_BGR2RGB) for one in waiting.pop(0)]
            if job.masked:
                hole = _hole(frame, rng)
                chosen += [one.copy() for one in chosen]
                for one in chosen[: len(chosen) // 2]:
                    one[hole] = _MEAN
            made.append([])
            for one in chosen:
                buffer = io.BytesIO()
                if job.extension == "png":
                    Image.fromarray(one).save(buffer, "PNG", compress_level=1)
                else:
                    Image.fromarray(one).save(buffer, "JPEG", quality=90)
                made[-1].append(buffer.getvalue())
        first = min(map(min, waiting), default=number + 1)
        for one in [one for one in frames if one < first]:
            del frames[one]
        number += 1


def script(jobs: list[Job], out: str) -> None:
    """`cv2.VideoCapture`, Pillow and `webdataset.ShardWriter` over a `multiprocessing.Pool`."""
    import webdataset

    Path(out).mkdir(parents=True)
    with (
        multiprocessing.Pool(WORKERS) as workers,
        webdataset.ShardWriter(f"{out}/%06d.tar", maxcount=1000, verbose=0) as writer,
    ):
        number = 0
        for pairs in workers.imap(_pairs, jobs):
            for pair in pairs:
                names = {f"input_{place}.{jobs[0].extension}": data for place, data in enumerate(pair)}
                writer.write({"__key__": f"{number:08d}", **names, "label.cls": number % 24})
                number += 1


def floor(jobs: list[Job], out: str) -> None:  # noqa: ARG001 - nothing is written
    """The codec calls alone, in a bare loop over as many processes."""
    shares = [multiprocessing.Process(target=_codecs, args=(jobs[i::WORKERS],)) for i in range(WORKERS)]
    for one in shares:
        one.start()
    for one in shares:
        one.join()


def _codecs(jobs: list[Job]) -> None:
    import av
    import cv2

    cv2.setNumThreads(1)
    png = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    for job in jobs:
        shown = []
        with av.open(job.path) as film:
            stream = film.streams.video[0]
            stream.codec_context.thread_count = 1
            for number, frame in enumerate(film.decode(stream)):
                if number % max(1, stream.frames // _LOOKED_AT) == 0:
                    shown.append(frame.to_ndarray(format="bgr24"))
        if job.masked:
            hole = _hole(shown[0], random.Random(job.path))  # noqa: S311 - nothing secret
            shown += [one.copy() for one in shown]
            for one in shown[: len(shown) // 2]:
                one[hole] = _MEAN[::-1]
        for number in range(sum(map(len, job.pairs)) * (2 if job.masked else 1)):
            options = png if job.extension == "png" else [cv2.IMWRITE_JPEG_QUALITY, 90]
            cv2.imencode(f".{job.extension}", shown[number % len(shown)], options)


def main() -> None:
    """Run the program that the command line names."""
    name, file, out = sys.argv[1:]
    told = json.loads(Path(file).read_text("ascii"))
    jobs = [Job(path, pairs, told["extension"], told["masked"]) for path, pairs in told["films"]]
    {"script": script, "floor": floor}[name](jobs, out)


if __name__ == "__main__":
    main()
