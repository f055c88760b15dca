"""Small photographs drawn by a seeded generator: soft hills of colour, grain, and a few edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def photo(seed: int, width: int = 96, height: int = 72) -> Image.Image:
    """A picture in many colours, the same for the same seed."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    y, x = np.mgrid[:height, :width]
    roof = (y > height / 3 + abs(x - width / 2) / 2) & (abs(x - width / 2) < width / 4)
    pixels = pixels + roof[:, :, None] * rng.uniform(-70, 70, 3) + rng.normal(0, 3, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def save_photo(path: Path, seed: int, width: int = 96, height: int = 72) -> Path:
    """Write a picture; the name says the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    photo(seed, width, height).save(path, quality=90)
    return path


def save_turned(path: Path, seed: int) -> Path:
    """Write a JPEG that lies on its side, as its EXIF says, which also says where and by whom it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRET CAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 1.5), 3: "E", 4: (11.0, 34.0, 0.25)})
    path.parent.mkdir(parents=True, exist_ok=True)
    photo(seed).save(path, quality=90, exif=exif, comment=b"SECRET COMMENT")
    return path


def draw_photos(folder: Path) -> Path:
    """Fourteen pictures: twelve in colour and upright, one of them at the root, one turned by EXIF, one grey."""
    for number in range(5):
        save_photo(folder / "birds" / f"b{number}.jpg", number, 96 + 8 * number, 72)
        save_photo(folder / "hills" / f"h{number}.jpg", 10 + number, 64, 80 + 8 * number)
    save_photo(folder / "hills" / "far" / "mist.png", 20)
    save_photo(folder / "lone.webp", 21)
    save_turned(folder / "birds" / "turned.jpg", 22)
    photo(23).convert("L").save(folder / "birds" / "ash.jpg", quality=90)
    return folder


def draw_many(folder: Path, count: int) -> Path:
    """As many tiny JPEGs as asked for."""
    for number in range(count):
        save_photo(folder / f"p{number:03d}.jpg", 100 + number, 40, 32)
    return folder
