"""What one would write without sslabel to cut clips into pairs, and the codec calls alone: each a small program.

`python -m benchmarks.video_alternatives NAME FOLDER OUT PICTURES EXTENSION WINDOW` decodes every film below FOLDER and
writes so many pictures in all, evenly from its windows of so many frames.
"""

from __future__ import annotations

import io
import multiprocessing
import random
import sys
from pathlib import Path

WORKERS = 2


def _windows(job: tuple[str, int, str, int]) -> list[list[bytes]]:
    """Of each window of a film some of its frames in random order, encoded with Pillow."""
    import cv2
    from PIL import Image

    path, count, extension, length = job
    cv2.setNumThreads(1)
    rng = random.Random(path)  # noqa: S311 - nothing secret
    film = cv2.VideoCapture(path)
    made: list[list[bytes]] = []
    window = []
    left = count
    while True:
        found, frame = film.read()
        if found:
            window.append(frame)
        if len(window) == length or (not found and window):
            each = min(len(window), max(1, round(count * length / 250)), left)
            chosen = []
            for one in rng.sample(window, each):
                buffer = io.BytesIO()
                kind = "PNG" if extension == "png" else "JPEG"
                Image.fromarray(cv2.cvtColor(one, cv2.COLOR_BGR2RGB)).save(buffer, kind, quality=90, compress_level=1)
                chosen.append(buffer.getvalue())
            made.append(chosen)
            left -= each
            window = []
        if not found:
            return made


def script(jobs: list[tuple[str, int, str, int]], out: str) -> None:
    """`cv2.VideoCapture`, Pillow and `webdataset.ShardWriter` over a `multiprocessing.Pool`."""
    import webdataset

    Path(out).mkdir(parents=True)
    with (
        multiprocessing.Pool(WORKERS) as workers,
        webdataset.ShardWriter(f"{out}/%06d.tar", maxcount=1000, verbose=0) as writer,
    ):
        number = 0
        for film in workers.imap(_windows, jobs):
            for window in film:
                names = {f"input_{place}.{jobs[0][2]}": data for place, data in enumerate(window)}
                writer.write({"__key__": f"{number:08d}", **names, "label.cls": number % 24})
                number += 1


def floor(jobs: list[tuple[str, int, str, int]], out: str) -> None:  # noqa: ARG001 - nothing is written
    """The codec calls alone, in a bare loop over as many processes."""
    shares = [multiprocessing.Process(target=_codecs, args=(jobs[i::WORKERS],)) for i in range(WORKERS)]
    for one in shares:
        one.start()
    for one in shares:
        one.join()


def _codecs(jobs: list[tuple[str, int, str, int]]) -> None:
    import av
    import cv2

    cv2.setNumThreads(1)
    png = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    for path, count, extension, _ in jobs:
        with av.open(path) as film:
            film.streams.video[0].codec_context.thread_count = 1
            frames = list(film.decode(video=0))
        shown = [frame.to_ndarray(format="bgr24") for frame in frames[:: max(1, len(frames) // 4)][:4]]
        for number in range(count):
            options = png if extension == "png" else [cv2.IMWRITE_JPEG_QUALITY, 90]
            cv2.imencode(f".{extension}", shown[number % len(shown)], options)


def main() -> None:
    """Run the program that the command line names."""
    name, folder, out, pictures, extension, window = sys.argv[1:]
    paths = sorted(str(path) for path in Path(folder).rglob("*.mp4"))
    jobs = [(path, int(pictures) // len(paths), extension, int(window)) for path in paths]
    {"script": script, "floor": floor}[name](jobs, out)


if __name__ == "__main__":
    main()
