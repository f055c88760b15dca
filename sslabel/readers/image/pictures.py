"""Picture files: JPEG, PNG, WebP, BMP, GIF and TIFF, as upright 8-bit sRGB."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from functools import cache, cached_property, lru_cache
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from sslabel.errors import BadSource
from sslabel.jpeg import JpegFacts, read_jpeg, upper_rows
from sslabel.readers import open_without_waiting
from sslabel.registry import reader
from sslabel.values import Picture, Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image, ImageCms

    from sslabel.readers import SourceFile
    from sslabel.values import Pixels

EXTENSIONS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF")
_ORIENTATION: Final = 0x0112
_BLOCK = 16
_LARGE_PROFILE = 1 << 20
_NEARLY_SRGB = 2


@reader("image", extensions=EXTENSIONS, fields=["folder"])
def pictures(file: SourceFile) -> Iterator[Sample]:
    """Read a picture file: upright (EXIF orientation applied), in sRGB, 8 bits a channel, without alpha.

    Alpha is flattened on white, 16 bits are scaled, CMYK and colour profiles are converted, of an animated picture
    the first frame is taken. The content decides the format, not the name. A picture over the limit of pixels is
    refused from its header.
    """
    yield Sample(file.source, Picture(decoder=decoder_of(file)), {"folder": file.folder})


def decoder_of(file: SourceFile) -> _JpegDecoder | _PillowDecoder:
    """The picture in a file, to be decoded; BadSource where its header says that it cannot be."""
    max_pixels = file.max_pixels
    # No format needs more than 8 bytes a pixel; a larger file would only fill the memory.
    data = file.read(most=8 * max_pixels + (16 << 20))
    try:
        facts = read_jpeg(data)
    except ValueError as error:
        raise BadSource(str(error)) from None
    if facts is not None:
        _check_size(facts.width, facts.height, max_pixels)
        orientation = _exif_orientation(facts.exif)
        profile = _conversion(facts.icc, "RGB") if facts.icc and facts.is_ycc else None
        if facts.is_ycc or (len(facts.components) == 1 and not facts.icc):
            return _JpegDecoder(data, facts, orientation, profile)
    image = open_image(io.BytesIO(data), max_pixels)
    return _PillowDecoder(image, orientation_of(image), data)


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        msg = f"{width}×{height} is over the limit of {max_pixels} pixels (--max-pixels)"
        raise BadSource(msg)


class _JpegDecoder:
    """A JPEG in YCbCr or grey. Its luma is decoded without touching its colours, and it may be decoded reduced."""

    def __init__(
        self, data: bytes, facts: JpegFacts, orientation: int, profile: ImageCms.ImageCmsTransform | None
    ) -> None:
        self._data = data
        self._facts = facts
        self._orientation = orientation
        self._profile = profile
        self.width, self.height = facts.width, facts.height
        if orientation > 4:  # noqa: PLR2004 - the upper four change places of width and height
            self.width, self.height = facts.height, facts.width

    @property
    def grid(self) -> tuple[int, int, int]:
        right, below = self._facts.width % _BLOCK, self._facts.height % _BLOCK
        # Where the upright picture begins at the stored one's far edge, so does the phase of its blocks.
        x = {2: right, 3: right, 6: below, 7: below}.get(self._orientation, 0)
        y = {3: below, 4: below, 7: right, 8: right}.get(self._orientation, 0)
        return _BLOCK, x, y

    @property
    def verbatim(self) -> bytes | None:
        as_it_is = self._facts.is_ycc and self._orientation == 1 and self._profile is None
        return self._facts.bare if as_it_is else None

    def rgb(self, at_least: tuple[int, int] | None = None) -> Pixels:
        import cv2

        flag = cv2.IMREAD_COLOR_RGB
        if at_least is not None:
            for factor, reduced in (
                (8, cv2.IMREAD_REDUCED_COLOR_8),
                (4, cv2.IMREAD_REDUCED_COLOR_4),
                (2, cv2.IMREAD_REDUCED_COLOR_2),
            ):
                if self.width >= factor * at_least[0] and self.height >= factor * at_least[1]:
                    return self._reduced(reduced)
        return self._converted(self._decode(flag))

    def luma(self) -> Pixels:
        import cv2

        if self._profile is not None:
            grey: Any = cv2.cvtColor(self.rgb(), cv2.COLOR_RGB2GRAY)
            return grey  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
        return self._decode(cv2.IMREAD_GRAYSCALE)

    def small(self) -> Pixels:
        import cv2

        return self._reduced(cv2.IMREAD_REDUCED_COLOR_8)

    def small_part(self, rows: int) -> Pixels | None:
        # `small` has to go through all of the file; these rows stand in the first few kilobytes.
        if not self._facts.frame or self._facts.height <= rows or self._profile is not None:
            return None
        from PIL import Image

        size = (-(-self._facts.width // 8), rows // 8)
        try:
            # Pillow's decoder gives these rows, or says that there are too few bytes for them.
            part = Image.frombytes("RGB", size, upper_rows(self._data, self._facts, rows), "jpeg", "RGB", "", 8, 0)
        except ValueError:
            return None
        return np.asarray(part)

    def thumbnail(self) -> None:
        return None

    def _reduced(self, flag: int) -> Pixels:
        import cv2

        return self._converted(cv2.cvtColor(self._decode(flag), cv2.COLOR_BGR2RGB))

    def _decode(self, flag: int) -> Pixels:
        import cv2

        pixels = cv2.imdecode(np.frombuffer(self._data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
        if pixels is None:
            msg = "the JPEG is damaged"
            raise BadSource(msg)
        return _upright(pixels, self._orientation)

    def _converted(self, pixels: Pixels) -> Pixels:
        if self._profile is None:
            return pixels
        from PIL import Image, ImageCms

        return np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), self._profile))


def size_in_header(path: bytes) -> tuple[int, int] | None:
    """The upright size of a picture by its header; None where it cannot be read."""
    try:
        with open(path, "rb", opener=open_without_waiting) as file:
            image = open_image(file, sys.maxsize)
            width, height = image.size
            orientation = _exif_orientation(image.info.get("exif", b""))
    except (OSError, BadSource):
        return None
    return (height, width) if orientation > 4 else (width, height)  # noqa: PLR2004 - as above


def open_image(file: IO[bytes], max_pixels: int) -> Image.Image:
    """An image of Pillow's, of which only the header is read; BadSource where it is none, or larger than allowed."""
    from PIL import Image, UnidentifiedImageError

    _check_size(*_webp_size(file.read(30)), max_pixels)
    file.seek(0)
    try:
        with warnings.catch_warnings(action="ignore"), limit_of_pillow(None):
            image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError:
        msg = "its content is no JPEG, PNG, WebP, BMP, GIF or TIFF"
        raise BadSource(msg) from None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a torn header may fail in any way inside Pillow
        raise BadSource(failure(error)) from None
    _check_size(*image.size, max_pixels)
    return image


def orientation_of(image: Image.Image) -> int:
    """Its EXIF orientation, 1 to 8; of a PNG the pixels are decoded, too."""
    if image.format == "PNG":
        # A PNG's EXIF may stand behind its pixels.
        _load(image)
    try:
        with warnings.catch_warnings(action="ignore"):
            return _valid_orientation(image.getexif().get(_ORIENTATION))
    except Exception:  # noqa: BLE001 - a damaged EXIF block says nothing of the pixels
        return 1


def picture_of(image: Image.Image, orientation: int) -> Picture:
    """An image of Pillow's as it is seen, converted when it is looked at."""
    return Picture(decoder=_PillowDecoder(image, orientation))


def _load(image: Image.Image) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):
            image.load()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - torn data may fail in any way inside a decoder
        raise BadSource(failure(error)) from None


class _PillowDecoder:
    """Any other picture, decoded whole and once; of a PNG or a TIFF, `data` is its file."""

    grid = (1, 0, 0)
    verbatim = None

    def __init__(self, image: Image.Image, orientation: int, data: bytes = b"") -> None:
        self._image, self._orientation, self._data = image, orientation, data
        self.width, self.height = image.size
        # Of a TIFF, Pillow gives the upright size from the start.
        if orientation > 4 and image.format != "TIFF":  # noqa: PLR2004 - as above
            self.width, self.height = self.height, self.width

    def rgb(self, at_least: tuple[int, int] | None = None) -> Pixels:  # noqa: ARG002 - there is no reduced decode
        return self._rgb

    def luma(self) -> Pixels:
        return Picture(self._rgb).luma

    def small(self) -> Pixels:
        return Picture(self._rgb).small

    def small_part(self, rows: int) -> None:  # noqa: ARG002 - it is decoded whole
        return None

    def thumbnail(self) -> None:
        return None

    @cached_property
    def _rgb(self) -> Pixels:
        try:
            with warnings.catch_warnings(action="ignore"):
                pixels = _to_rgb(self._image, self._data)
        except (BadSource, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - torn data may fail in any way inside a decoder
            raise BadSource(failure(error)) from None
        # Pillow and OpenCV turn a TIFF upright as they load it, and nothing else.
        upright = pixels if self._image.format == "TIFF" else _upright(pixels, self._orientation)
        if upright.shape[:2] != (self.height, self.width):
            msg = "it is not of the size that its header says"
            raise BadSource(msg)
        return upright


def _webp_size(data: bytes) -> tuple[int, int]:
    """The size in the header of a WebP (RFC 9649), for which Pillow takes the memory as it opens it; else (0, 0)."""
    form = data[12:16] if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else b""
    if form == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if form == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    return 0, 0


@contextlib.contextmanager
def limit_of_pillow(pixels: int | None) -> Iterator[None]:
    """Pillow refuses what is over so many pixels: none for what is judged here, from the header."""
    from PIL import Image

    # It warns of what is over this, and refuses what is over twice as much.
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None if pixels is None else max(1, pixels // 2)
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def failure(error: Exception) -> str:
    """What a decoder's error says."""
    return f"it cannot be decoded: {error or type(error).__name__}"


def _to_rgb(image: Image.Image, data: bytes) -> Pixels:
    icc = image.info.get("icc_profile") or b""
    if _bits(image, data) == 16:  # noqa: PLR2004 - Pillow drops the lower half
        from PIL import Image as PillowImage

        image = PillowImage.fromarray(_decode_16_bits(data))
    else:
        image.load()
    if image.mode == "I;16" and not data:  # a frame of an animated PNG
        from PIL import Image as PillowImage

        image = PillowImage.fromarray(_in_8_bits(np.asarray(image)))
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        msg = f"its pixels are of 32 bits ({image.mode}), which have no standard scale"
        raise BadSource(msg)
    if image.mode == "LAB":
        return np.asarray(_lab_to_srgb(image))
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        with_alpha = image.convert("RGBA")
        colors = np.asarray(_in_srgb(with_alpha.convert("RGB"), icc))
        return _on_white(colors, np.asarray(with_alpha)[:, :, 3])
    if image.mode not in ("RGB", "L", "CMYK"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    return np.ascontiguousarray(_in_srgb(image, icc))


def _bits(image: Image.Image, data: bytes) -> int:
    if image.format == "PNG":
        return data[24]  # the bit depth of IHDR
    if image.format == "TIFF":
        return int(max(getattr(image, "tag_v2", {}).get(258, (8,))))  # BitsPerSample
    return 8


def _decode_16_bits(data: bytes) -> Pixels:
    import cv2

    pixels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None or pixels.dtype != np.uint16:
        msg = "its pixels of 16 bits cannot be decoded"
        raise BadSource(msg)
    pixels = _in_8_bits(pixels)
    if pixels.ndim == 3:  # noqa: PLR2004 - H, W and channels
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB)  # noqa: PLR2004
    return pixels  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


def _in_8_bits(pixels: NDArray[np.uint16]) -> Pixels:
    return ((pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def _on_white(colors: Pixels, alpha: Pixels) -> Pixels:
    weight = alpha[:, :, None].astype(np.uint16)
    return ((colors * weight + 255 * (255 - weight) + 127) // 255).astype(np.uint8)


def _in_srgb(image: Image.Image, icc: bytes) -> Image.Image:
    conversion = _conversion(icc, image.mode) if icc else None
    if conversion is None:
        return image.convert("RGB")
    from PIL import ImageCms

    converted = ImageCms.applyTransform(image, conversion)
    return converted if converted is not None else image.convert("RGB")


def _conversion(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform from a colour profile to sRGB; None where the profile is sRGB in effect, or unusable."""
    # Cameras and programs have a few small ones in common; a large one would fill the memory for those after it.
    return _new_conversion(icc, mode) if len(icc) > _LARGE_PROFILE else _known_conversion(icc, mode)


@lru_cache(maxsize=64)
def _known_conversion(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    return _new_conversion(icc, mode)


def _new_conversion(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    from PIL import Image, ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        transform = ImageCms.buildTransform(profile, _srgb(), mode, "RGB", intent, flags)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    if mode == "RGB":
        steps = np.arange(0, 256, 17, dtype=np.uint8)
        lattice = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(16, 256, 3)
        seen = np.asarray(ImageCms.applyTransform(Image.fromarray(lattice), transform))
        if np.abs(seen.astype(int) - lattice).max() <= _NEARLY_SRGB:
            return None
    return transform


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _lab_to_srgb(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None
    return converted


def _exif_orientation(exif: bytes) -> int:
    if not exif:
        return 1
    from PIL import Image

    try:
        tags = Image.Exif()
        with warnings.catch_warnings(action="ignore"):
            tags.load(exif)
        return _valid_orientation(tags.get(_ORIENTATION))
    except Exception:  # noqa: BLE001 - a damaged EXIF block says nothing of the pixels
        return 1


def _valid_orientation(value: object) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # noqa: PLR2004 - EXIF 2.32, tag 0x0112


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Pixels turned and mirrored as an EXIF orientation (1 to 8) asks."""
    if orientation == 1:
        return pixels
    import cv2

    turned: Any
    if orientation in (2, 4):
        turned = cv2.flip(pixels, 1 if orientation == 2 else 0)  # noqa: PLR2004 - 2 mirrors sideways, 4 upside down
    elif orientation in (5, 7):
        turned = cv2.transpose(pixels if orientation == 5 else cv2.rotate(pixels, cv2.ROTATE_180))  # noqa: PLR2004
    else:
        ways = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
        turned = cv2.rotate(pixels, ways[orientation])
    return turned  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
