"""What one would write without sslabel, and the codec calls alone: each a small program of its own.

`python -m benchmarks.alternatives NAME FOLDER OUT SIZE`; SIZE 0 keeps the original size.
"""

from __future__ import annotations

import io
import multiprocessing
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

WORKERS = 2
_SHARDS = 16


def colorize(path: str, size: int, *, draft: bool) -> dict[str, bytes]:
    """The grey picture and the picture as JPEG bytes, with Pillow; at original size the label is the file itself."""
    from PIL import Image

    data = Path(path).read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        if not size:
            grey = image.convert("L")
            return {"input.jpg": _jpeg(grey), "label.jpg": data}
        if draft:
            image.draft("RGB", (size, size))
        color = image.convert("RGB")
        scale = size / min(color.size)
        color = color.resize((round(color.width * scale), round(color.height * scale)), Image.Resampling.BICUBIC)
        return {"input.jpg": _jpeg(color.convert("L")), "label.jpg": _jpeg(color)}


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _plain(job: tuple[str, int]) -> dict[str, bytes]:
    return colorize(*job, draft=False)


def _drafted(job: tuple[str, int]) -> dict[str, bytes]:
    return colorize(*job, draft=True)


def pool(paths: list[str], out: str, size: int, *, draft: bool) -> None:
    """`multiprocessing.Pool` into `webdataset.ShardWriter`."""
    import webdataset

    Path(out).mkdir(parents=True)
    with (
        multiprocessing.Pool(WORKERS) as workers,
        webdataset.ShardWriter(f"{out}/%06d.tar", maxcount=len(paths) // _SHARDS + 1, verbose=0) as writer,
    ):
        made = workers.imap(_drafted if draft else _plain, [(path, size) for path in paths], chunksize=8)
        for number, pair in enumerate(made):
            writer.write({"__key__": f"{number:08d}", **pair})


def dataset(paths: list[str], out: str, size: int, *, draft: bool) -> None:
    """`datasets.Dataset.map` with processes, to Parquet."""
    import datasets

    Path(out).mkdir(parents=True)

    def make(row: dict[str, str]) -> dict[str, bytes]:
        pair = colorize(row["path"], size, draft=draft)
        return {"input": pair["input.jpg"], "label": pair["label.jpg"]}

    made = datasets.Dataset.from_dict({"path": paths}).map(make, num_proc=WORKERS, remove_columns=["path"])
    made.to_parquet(f"{out}/train.parquet")


def floor(paths: list[str], out: str, size: int, *, draft: bool) -> None:  # noqa: ARG001 - nothing is written
    """The codec calls alone, in a bare loop over as many processes."""
    shares = [multiprocessing.Process(target=_codecs, args=(paths[i::WORKERS], size)) for i in range(WORKERS)]
    for one in shares:
        one.start()
    for one in shares:
        one.join()


def _codecs(paths: list[str], size: int) -> None:
    import cv2
    import numpy as np
    from PIL import Image

    cv2.setNumThreads(1)
    reductions = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}
    for path in paths:
        data = np.frombuffer(Path(path).read_bytes(), np.uint8)
        if not size:
            cv2.imencode(".jpg", cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), [cv2.IMWRITE_JPEG_QUALITY, 90])
            continue
        with Image.open(path) as image:
            scale = size / min(image.size)
            width, height = round(image.width * scale), round(image.height * scale)
        # Reduced as far as it stays large enough; what brings it to its size is no codec, so the cheapest will do.
        flag = next((flag for factor, flag in reductions.items() if scale * factor <= 1), cv2.IMREAD_COLOR)
        color = cv2.resize(cv2.imdecode(data, flag), (width, height), interpolation=cv2.INTER_NEAREST)
        cv2.imencode(".jpg", color, [cv2.IMWRITE_JPEG_QUALITY, 90])
        cv2.imencode(".jpg", np.ascontiguousarray(color[:, :, 0]), [cv2.IMWRITE_JPEG_QUALITY, 90])


def main() -> None:
    """Run the program that the command line names."""
    name, folder, out, size = sys.argv[1:]
    program, _, how = name.partition("-")
    paths = sorted(str(path) for path in Path(folder).rglob("*.jpg"))
    {"pool": pool, "datasets": dataset, "floor": floor}[program](paths, out, int(size), draft=how == "draft")


if __name__ == "__main__":
    main()
