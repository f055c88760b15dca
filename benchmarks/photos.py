"""`python -m benchmarks photos FOLDER OUT` cuts photos for measuring from a folder of real ones.

OUT/small gets 2,000 of 500×375 at JPEG quality 92, between 55 and 115 kB each, OUT/large 40 of 4000×3000.
"""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image

_SMALL, _LARGE = 2000, 40
_LEAST, _MOST = 55_000, 115_000


def main(folder: str, out: str) -> None:
    """Cut both sets; the same for the same folder."""
    draw = random.Random(0)  # noqa: S311 - crops, not secrets
    paths = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    photos = []
    for path in paths:
        try:
            with Image.open(path) as image:
                if image.width * image.height >= 500_000:  # noqa: PLR2004 - large enough to cut from
                    photos.append(image.convert("RGB"))
        except (OSError, Image.DecompressionBombError):
            continue
    _cut(photos, draw, Path(out) / "small", _SMALL, (500, 375), (_LEAST, _MOST))
    _cut(photos, draw, Path(out) / "large", _LARGE, (4000, 3000), (0, 1 << 30))


def _cut(  # noqa: PLR0913, PLR0917 - what is cut, and into what
    photos: list[Image.Image],
    draw: random.Random,
    out: Path,
    count: int,
    size: tuple[int, int],
    bounds: tuple[int, int],
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    made = 0
    while made < count:
        photo = draw.choice(photos)
        width = int(min(photo.width, photo.height * 4 / 3) * draw.uniform(0.3, 1.0))
        height = width * 3 // 4
        left, top = draw.randint(0, photo.width - width), draw.randint(0, photo.height - height)
        buffer = io.BytesIO()
        photo.resize(size, Image.Resampling.LANCZOS, box=(left, top, left + width, top + height)).save(
            buffer, "JPEG", quality=92
        )
        if bounds[0] <= buffer.tell() <= bounds[1]:
            (out / f"{made:05d}.jpg").write_bytes(buffer.getvalue())
            made += 1
