"""Pictures and picture files that tests are made of."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms

from sslabel.readers import SourceFile
from sslabel.readers.image.pictures import pictures
from sslabel.values import Picture, Sample

if TYPE_CHECKING:
    from sslabel.values import Pixels

ORIENTATION = 0x0112


def photo(width: int, height: int, seed: int = 0) -> Pixels:
    """A colourful picture without any symmetry: smooth hills of colour with a little grain."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 6, 3), np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    pixels: Pixels = np.clip(smooth + rng.normal(0, 2, smooth.shape), 0, 255).astype(np.uint8)
    return pixels


def noise_pixels(width: int, height: int, seed: int = 0) -> Pixels:
    """H×W×3 in which every value of every pixel is drawn."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def drawn(shape: tuple[int, ...], seed: int = 0) -> Pixels:
    """The same, of this shape: H×W×3, or H×W."""
    pixels = noise_pixels(shape[1], shape[0], seed)
    return pixels if len(shape) == 3 else np.ascontiguousarray(pixels[:, :, 0])


def encoded(picture: Pixels | Image.Image, format_: str, **options: Any) -> bytes:
    """A picture file, as Pillow writes it."""
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def jpeg(picture: Pixels | Image.Image, **options: Any) -> bytes:
    """A JPEG of good quality, its colours at full size."""
    return encoded(picture, "JPEG", **{"quality": 95, "subsampling": 0, **options})


def turned_exif(orientation: int) -> Image.Exif:
    """An EXIF block that says how the picture lies."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def stored(upright: Pixels, orientation: int) -> Pixels:
    """The pixels as they lie in a file of that EXIF orientation (EXIF 2.32, tag 0x0112)."""
    turned = upright.swapaxes(0, 1) if orientation > 4 else upright
    # Which side of the upright picture the first row and the first column of the stored one are.
    rows = -1 if orientation in (3, 4, 6, 7) else 1
    columns = -1 if orientation in (2, 3, 7, 8) else 1
    return np.ascontiguousarray(turned[::rows, ::columns])


def psnr(one: Pixels, other: Pixels) -> float:
    """The peak signal-to-noise ratio of two pictures of one shape, in decibels."""
    assert one.shape == other.shape
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def source_file(folder: Path, data: bytes, name: str = "picture.jpg", max_pixels: int = 200_000_000) -> SourceFile:
    """A file as a reader is handed it."""
    path = folder / name
    path.write_bytes(data)
    return SourceFile(name, os.fsencode(path), len(data), max_pixels)


def read_sample(folder: Path, data: bytes, name: str = "picture.jpg", max_pixels: int = 200_000_000) -> Sample:
    """The one sample that the reader gives of a file."""
    (sample,) = pictures(source_file(folder, data, name, max_pixels))
    return sample


def read_picture(folder: Path, data: bytes, name: str = "picture.jpg", max_pixels: int = 200_000_000) -> Picture:
    """The picture that the reader gives of a file."""
    value = read_sample(folder, data, name, max_pixels).value
    assert isinstance(value, Picture)
    return value


SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# The primaries of Adobe RGB (1998) as seen under D50, the white of profiles.
ADOBE_RGB = {
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
}


def _tags(profile: bytes) -> dict[bytes, tuple[int, int]]:
    """Where the entry and the data of each tag begin (ICC.1:2022, 7.3)."""
    count = int.from_bytes(profile[128:132], "big")
    entries = range(132, 132 + 12 * count, 12)
    return {profile[at : at + 4]: (at, int.from_bytes(profile[at + 4 : at + 8], "big")) for at in entries}


def wide_profile() -> bytes:
    """A profile with the primaries of Adobe RGB and the tone curve of sRGB."""
    profile = bytearray(SRGB_PROFILE)
    for name, (_, data) in _tags(SRGB_PROFILE).items():
        for number, value in enumerate(ADOBE_RGB.get(name, ())):
            at = data + 8 + 4 * number
            profile[at : at + 4] = round(value * 65536).to_bytes(4, "big")
    return bytes(profile)


def linear_grey_profile() -> bytes:
    """A profile of grey pictures whose values are proportional to light."""
    profile = bytearray(SRGB_PROFILE)
    profile[16:20] = b"GRAY"
    entry, data = _tags(SRGB_PROFILE)[b"rTRC"]
    profile[entry : entry + 4] = b"kTRC"
    profile[data + 8 : data + 16] = b"\0\0\0\0" + (1 << 16).to_bytes(4, "big")  # value = light ** 1.0
    return bytes(profile)


def from_linear(light: Any) -> Any:
    """The values of sRGB from 0 to 255 for light from 0 to 1 (IEC 61966-2-1)."""
    share = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)
    return share.clip(0, 1) * 255


def to_linear(values: Any) -> Any:
    """Light from 0 to 1 for the values of sRGB from 0 to 255."""
    share = values / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
