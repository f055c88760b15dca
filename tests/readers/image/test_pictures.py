"""The reader: every format and every way to lie in a file give the same upright sRGB picture, or a clear reason."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import Image

from sslabel.errors import BadSource
from sslabel.readers import SourceFile
from sslabel.readers.image.pictures import pictures
from sslabel.registry import find_readers
from sslabel.values import Picture
from tests.pictures import (
    ADOBE_RGB,
    SRGB_PROFILE,
    encoded,
    from_linear,
    jpeg,
    linear_grey_profile,
    noise_pixels,
    photo,
    psnr,
    read_picture,
    read_sample,
    source_file,
    stored,
    to_linear,
    turned_exif,
    wide_profile,
)

if TYPE_CHECKING:
    from sslabel.values import Pixels

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora" / "images"
UPRIGHT = photo(67, 43)
LOSSLESS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "WEBP": {"lossless": True, "quality": 1},
    "BMP": {},
    "TIFF": {},
}


def is_consistent(picture: Picture) -> bool:
    """Whether all that a picture gives has the size that it tells, and its luma is that of its colours."""
    luma = picture.pixels @ np.array([0.299, 0.587, 0.114])
    return (
        picture.pixels.shape == (picture.height, picture.width, 3)
        and picture.luma.shape == (picture.height, picture.width)
        and picture.small.shape == (-(-picture.height // 8), -(-picture.width // 8), 3)
        and bool(np.abs(picture.luma - luma).max() <= 3)
    )


@pytest.mark.parametrize("format_", LOSSLESS)
def test_a_lossless_file_gives_its_pixels(tmp_path: Path, format_: str) -> None:
    picture = read_picture(tmp_path, encoded(UPRIGHT, format_, **LOSSLESS[format_]))
    assert np.array_equal(picture.pixels, UPRIGHT)
    assert is_consistent(picture)
    assert (picture.verbatim, picture.grid) == (None, (1, 0, 0))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_tiff_gives_its_pixels_however_it_is_compressed(tmp_path: Path, compression: str) -> None:
    data = encoded(UPRIGHT, "TIFF", compression=compression)
    assert np.array_equal(read_picture(tmp_path, data).pixels, UPRIGHT)


def test_a_gif_gives_the_colours_of_its_palette(tmp_path: Path) -> None:
    indexed = Image.fromarray(UPRIGHT).quantize(64)
    picture = read_picture(tmp_path, encoded(indexed, "GIF"))
    assert np.array_equal(picture.pixels, np.asarray(indexed.convert("RGB")))
    assert is_consistent(picture)


@pytest.mark.parametrize("options", [{}, {"subsampling": 2}, {"progressive": True}, {"restart_marker_blocks": 3}])
def test_a_jpeg_gives_what_its_decoder_gives(tmp_path: Path, options: dict[str, Any]) -> None:
    data = jpeg(UPRIGHT, **options)
    picture = read_picture(tmp_path, data)
    assert np.array_equal(picture.pixels, np.asarray(Image.open(io.BytesIO(data))))
    assert is_consistent(picture)
    assert picture.verbatim == data
    assert picture.grid == (16, 0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
def test_a_lossless_file_is_turned_upright(tmp_path: Path, format_: str, orientation: int) -> None:
    in_file = stored(UPRIGHT, orientation)
    data = encoded(in_file, format_, exif=turned_exif(orientation), **LOSSLESS[format_])
    picture = read_picture(tmp_path, data)
    assert (picture.width, picture.height) == (67, 43)
    assert np.array_equal(picture.pixels, UPRIGHT)
    assert is_consistent(picture)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_turned_upright(tmp_path: Path, orientation: int) -> None:
    data = jpeg(stored(UPRIGHT, orientation), exif=turned_exif(orientation))
    picture = read_picture(tmp_path, data)
    assert (picture.width, picture.height) == (67, 43)
    assert psnr(picture.pixels, UPRIGHT) > 36
    assert is_consistent(picture)
    # And exactly: laid as in the file again, it is what the decoder gives.
    plain = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    assert np.array_equal(stored(picture.pixels, orientation), plain)  # type: ignore[arg-type]
    assert (picture.verbatim is None) is (orientation != 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_a_picture_of_16_bits_is_turned_upright(tmp_path: Path, format_: str, orientation: int) -> None:
    grey = UPRIGHT[:, :, 1]
    in_file = stored(UPRIGHT, orientation)[:, :, 1].astype(np.uint16) * 257
    data = encoded(Image.fromarray(in_file), format_, exif=turned_exif(orientation))
    picture = read_picture(tmp_path, data)
    assert (picture.width, picture.height) == (67, 43)
    assert np.array_equal(picture.pixels, np.repeat(grey[:, :, None], 3, axis=2))


def chunks(png: bytes) -> list[bytes]:
    at, found = 8, []
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        found.append(png[at:end])
        at = end
    return found


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_png_is_turned_upright_where_its_exif_stands_behind_its_pixels(tmp_path: Path, orientation: int) -> None:
    data = encoded(stored(UPRIGHT, orientation), "PNG", exif=turned_exif(orientation))
    parts = chunks(data)
    (exif,) = (part for part in parts if part[4:8] == b"eXIf")
    others = [part for part in parts if part is not exif]
    picture = read_picture(tmp_path, data[:8] + b"".join([*others[:-1], exif, others[-1]]))
    assert (picture.width, picture.height) == (67, 43)
    assert np.array_equal(picture.pixels, UPRIGHT)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_an_orientation_that_there_is_not_turns_nothing(tmp_path: Path, format_: str, orientation: int) -> None:
    data = encoded(UPRIGHT, format_, exif=turned_exif(orientation), **LOSSLESS.get(format_, {"quality": 95}))
    picture = read_picture(tmp_path, data)
    assert (picture.width, picture.height) == (67, 43)
    assert psnr(picture.pixels, UPRIGHT) > 30


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0" + b"\xff" * 40, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_a_damaged_exif_block_turns_nothing(tmp_path: Path, exif: bytes) -> None:
    for format_ in ("JPEG", "PNG", "WEBP"):
        picture = read_picture(tmp_path, encoded(UPRIGHT, format_, exif=exif))
        assert (picture.width, picture.height) == (67, 43)
        assert psnr(picture.pixels, UPRIGHT) > 28


def on_white(colors: Any, alpha: Any) -> Any:
    share = np.asarray(alpha, float)[..., None] / 255
    return np.asarray(colors, float) * share + 255 * (1 - share)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
def test_alpha_is_flattened_on_white(tmp_path: Path, format_: str) -> None:
    alpha = noise_pixels(67, 43, 5)[:, :, 0].copy()
    alpha[:10], alpha[-10:] = 0, 255
    image = Image.fromarray(np.dstack([UPRIGHT, alpha]))
    picture = read_picture(
        tmp_path, encoded(image, format_, **{**LOSSLESS[format_], "exact": True} if format_ == "WEBP" else {})
    )
    assert np.abs(picture.pixels - on_white(UPRIGHT, alpha)).max() <= 0.5
    assert (picture.pixels[:10] == 255).all()
    assert np.array_equal(picture.pixels[-10:], UPRIGHT[-10:])
    assert is_consistent(picture)


@pytest.mark.parametrize("orientation", [6, 7])
def test_alpha_is_turned_with_its_colours(tmp_path: Path, orientation: int) -> None:
    alpha = noise_pixels(67, 43, 5)[:, :, :1]
    in_file = np.dstack([stored(UPRIGHT, orientation), stored(alpha, orientation)])
    picture = read_picture(tmp_path, encoded(Image.fromarray(in_file), "PNG", exif=turned_exif(orientation)))
    assert np.abs(picture.pixels - on_white(UPRIGHT, alpha[:, :, 0])).max() <= 0.5


def test_grey_with_alpha_is_flattened_on_white(tmp_path: Path) -> None:
    grey, alpha = UPRIGHT[:, :, 0], UPRIGHT[:, :, 1]
    image = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)])
    picture = read_picture(tmp_path, encoded(image, "PNG"))
    assert np.abs(picture.pixels - on_white(np.repeat(grey[:, :, None], 3, axis=2), alpha)).max() <= 0.5


def test_a_palette_gives_its_colours(tmp_path: Path) -> None:
    image = Image.fromarray(UPRIGHT).quantize(200)
    for format_ in ("PNG", "GIF", "BMP", "TIFF"):
        picture = read_picture(tmp_path, encoded(image, format_))
        assert np.array_equal(picture.pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("format_", ["PNG", "GIF"])
def test_what_is_transparent_in_a_palette_is_white(tmp_path: Path, format_: str) -> None:
    indices = np.arange(43 * 67, dtype=np.uint8).reshape(43, 67) % 4
    image = Image.fromarray(indices).convert("P")
    image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200, 10, 20, 30])
    picture = read_picture(tmp_path, encoded(image, format_, transparency=2))
    colors = np.array([[200, 0, 0], [0, 200, 0], [255, 255, 255], [10, 20, 30]])
    assert np.array_equal(picture.pixels, colors[indices])


def test_a_palette_may_have_an_alpha_for_each_colour(tmp_path: Path) -> None:
    indices = np.arange(43 * 67, dtype=np.uint8).reshape(43, 67) % 3
    image = Image.fromarray(indices).convert("P")
    image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
    picture = read_picture(tmp_path, encoded(image, "PNG", transparency=bytes([0, 128, 255])))
    colors = on_white([[200, 0, 0], [0, 200, 0], [0, 0, 200]], [0, 128, 255])
    assert np.abs(picture.pixels - colors[indices]).max() <= 0.5


def test_one_colour_may_be_transparent(tmp_path: Path) -> None:
    pixels = UPRIGHT.copy()
    pixels[:10, :10] = (1, 2, 3)
    picture = read_picture(tmp_path, encoded(pixels, "PNG", transparency=(1, 2, 3)))
    assert (picture.pixels[:10, :10] == 255).all()
    assert np.array_equal(picture.pixels[10:], UPRIGHT[10:])


@pytest.mark.parametrize("format_", ["PNG", "BMP", "TIFF", "GIF"])
def test_one_bit_is_black_or_white(tmp_path: Path, format_: str) -> None:
    bits = UPRIGHT[:, :, 0] > 128
    picture = read_picture(tmp_path, encoded(Image.fromarray(bits), format_))
    assert np.array_equal(picture.pixels, np.repeat(bits[:, :, None], 3, axis=2) * np.uint8(255))


def refusal(folder: Path, data: bytes, max_pixels: int) -> str | None:
    """Why a file is refused; None if it gives a picture, which is found to be whole."""
    try:
        picture = read_picture(folder, data, max_pixels=max_pixels)
        pixels, luma, small = picture.pixels, picture.luma, picture.small
    except BadSource as reason:
        return str(reason)
    assert pixels.shape == (picture.height, picture.width, 3)
    assert luma.shape == (picture.height, picture.width)
    assert small.ndim == 3
    return None


def cv2_encoded(extension: str, pixels: Any) -> bytes:
    done, data = cv2.imencode(extension, pixels)
    assert done
    return bytes(data.tobytes())


@pytest.mark.parametrize("extension", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_are_scaled_not_cut(tmp_path: Path, extension: str, channels: int) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (43, 67, channels), np.uint16)
    deep[0, :8, 0] = [0, 1, 128, 129, 255, 256, 65534, 65535]
    if channels == 4:
        deep[:, :, 3] = 65535
    picture = read_picture(tmp_path, cv2_encoded(extension, deep))  # in the order of OpenCV: blue, green, red
    expected = deep[:, :, [0, 0, 0]] if channels == 1 else deep[:, :, 2::-1]
    assert np.abs(picture.pixels - expected / 257).max() <= 0.5 + 1e-6
    assert picture.pixels.dtype == np.uint8


def test_alpha_of_16_bits_is_flattened_on_white(tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (43, 67, 4), np.uint16)
    picture = read_picture(tmp_path, cv2_encoded(".png", deep))
    assert np.abs(picture.pixels - on_white(deep[:, :, 2::-1] / 257, deep[:, :, 3] / 257)).max() <= 1.5


def test_cmyk_is_converted(tmp_path: Path) -> None:
    inks = photo(64, 48, 3)
    black = photo(64, 48, 4)[:, :, :1]
    image = Image.frombytes("CMYK", (64, 48), np.dstack([inks, black]).tobytes())
    expected = (255.0 - inks) * (255.0 - black) / 255
    for data in (encoded(image, "JPEG", quality=98, subsampling=0), encoded(image, "TIFF")):
        picture = read_picture(tmp_path, data)
        assert psnr(picture.pixels, np.rint(expected).astype(np.uint8)) > 36
        assert is_consistent(picture)
        assert picture.verbatim is None


def test_a_jpeg_stored_in_rgb_is_read_and_not_written_as_it_is(tmp_path: Path) -> None:
    picture = read_picture(tmp_path, jpeg(UPRIGHT, keep_rgb=True))
    assert psnr(picture.pixels, UPRIGHT) > 40
    assert is_consistent(picture)
    assert picture.verbatim is None


def test_a_grey_jpeg_has_three_equal_channels(tmp_path: Path) -> None:
    data = jpeg(UPRIGHT[:, :, 0])
    picture = read_picture(tmp_path, data)
    assert picture.pixels.shape == (43, 67, 3)
    assert np.array_equal(picture.pixels, np.repeat(picture.luma[:, :, None], 3, axis=2))
    assert np.array_equal(picture.luma, np.asarray(Image.open(io.BytesIO(data))))
    assert picture.verbatim is None


WIDE = wide_profile()
ADOBE_TO_XYZ = np.array([ADOBE_RGB[name] for name in (b"rXYZ", b"gXYZ", b"bXYZ")]).T
SRGB_TO_XYZ = np.array([(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)]).T


def seen_in_srgb(wide: Pixels) -> Any:
    light = to_linear(wide.astype(float)) @ (np.linalg.inv(SRGB_TO_XYZ) @ ADOBE_TO_XYZ).T
    return from_linear(light)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_a_wide_colour_profile_is_converted(tmp_path: Path, format_: str) -> None:
    options = LOSSLESS.get(format_, {"quality": 100, "subsampling": 0})
    picture = read_picture(tmp_path, encoded(UPRIGHT, format_, icc_profile=WIDE, **options))
    difference = np.abs(picture.pixels - seen_in_srgb(UPRIGHT))
    assert np.percentile(difference, 99) <= (2 if format_ != "JPEG" else 6)
    assert np.abs(UPRIGHT - seen_in_srgb(UPRIGHT)).max() > 30  # what it would be off by
    assert picture.verbatim is None
    assert is_consistent(picture)


@pytest.mark.parametrize("orientation", [1, 6, 7])
def test_a_jpeg_with_a_profile_is_turned_upright_as_well(tmp_path: Path, orientation: int) -> None:
    data = jpeg(stored(UPRIGHT, orientation), quality=100, icc_profile=WIDE, exif=turned_exif(orientation))
    picture = read_picture(tmp_path, data)
    assert psnr(picture.pixels, np.rint(seen_in_srgb(UPRIGHT)).astype(np.uint8)) > 38
    assert is_consistent(picture)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF", "JPEG"])
@pytest.mark.parametrize("profile", [SRGB_PROFILE, b"no profile", SRGB_PROFILE[:200]])
def test_a_profile_that_is_srgb_or_none_at_all_changes_nothing(tmp_path: Path, format_: str, profile: bytes) -> None:
    options = LOSSLESS.get(format_, {"quality": 95})
    with_profile = read_picture(tmp_path, encoded(UPRIGHT, format_, icc_profile=profile, **options))
    without = read_picture(tmp_path, encoded(UPRIGHT, format_, **options))
    assert np.array_equal(with_profile.pixels, without.pixels)
    assert (with_profile.verbatim is None) is (format_ != "JPEG")


@pytest.mark.parametrize("format_", ["PNG", "TIFF", "JPEG"])
def test_a_grey_profile_is_converted(tmp_path: Path, format_: str) -> None:
    grey = UPRIGHT[:, :, 0]
    data = encoded(grey, format_, icc_profile=linear_grey_profile(), **({"quality": 100} if format_ == "JPEG" else {}))
    picture = read_picture(tmp_path, data)
    assert np.array_equal(picture.pixels[:, :, 0], picture.pixels[:, :, 2])
    bright = grey > 20  # the curve is steep below
    difference = np.abs(picture.pixels[:, :, 1] - from_linear(grey / 255.0))[bright]
    assert difference.max() <= (2 if format_ != "JPEG" else 10)


def test_alpha_and_a_profile_are_both_seen_to(tmp_path: Path) -> None:
    alpha = UPRIGHT[:, :, 2]
    data = encoded(Image.fromarray(np.dstack([UPRIGHT, alpha])), "PNG", icc_profile=WIDE)
    picture = read_picture(tmp_path, data)
    assert np.abs(picture.pixels - on_white(seen_in_srgb(UPRIGHT), alpha)).max() <= 3


def test_16_bits_and_a_profile_are_both_seen_to(tmp_path: Path) -> None:
    data = cv2_encoded(".png", UPRIGHT[:, :, ::-1].astype(np.uint16) * 257)
    name = zlib.compress(WIDE)
    body = b"iCCP" + b"wide\0\0" + name
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    picture = read_picture(tmp_path, data[:33] + chunk + data[33:])
    assert np.percentile(np.abs(picture.pixels - seen_in_srgb(UPRIGHT)), 99) <= 2


@pytest.mark.parametrize(("format_", "options"), [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {})])
def test_of_an_animated_picture_the_first_frame_is_taken(tmp_path: Path, format_: str, options: dict[str, Any]) -> None:
    frames = [Image.fromarray(photo(40, 30, seed)).quantize(32).convert("RGB") for seed in (1, 2, 3)]
    data = encoded(frames[0], format_, save_all=True, append_images=frames[1:], **options)
    with Image.open(io.BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == 3
    picture = read_picture(tmp_path, data)
    assert psnr(picture.pixels, np.asarray(frames[0])) > 45
    assert is_consistent(picture)


@pytest.mark.parametrize("least", [(67, 43), (34, 22), (33, 21), (16, 10), (8, 5), (1, 1), (67, 1), (1, 43)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_reduced_decode_is_no_smaller_than_asked(tmp_path: Path, least: tuple[int, int], orientation: int) -> None:
    data = jpeg(stored(UPRIGHT, orientation), exif=turned_exif(orientation))
    reduced = read_picture(tmp_path, data).rgb_at_least(*least)
    height, width = reduced.shape[:2]
    assert width >= least[0]
    assert height >= least[1]
    factors = [factor for factor in (8, 4, 2, 1) if factor * least[0] <= 67 and factor * least[1] <= 43]
    assert (width, height) == (-(-67 // factors[0]), -(-43 // factors[0]))
    # Blocks begin where the file begins, and those that run over its far edges go on with the edge.
    factor = factors[0]
    in_file = stored(UPRIGHT, orientation).astype(float)
    padded = np.pad(in_file, ((0, -in_file.shape[0] % factor), (0, -in_file.shape[1] % factor), (0, 0)), mode="edge")
    means = padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor, 3).mean(axis=(1, 3))
    assert psnr(stored(reduced, orientation), means.round().astype(np.uint8)) > 28


def test_a_reduced_decode_is_converted_from_its_profile(tmp_path: Path) -> None:
    wide = np.full((64, 64, 3), (60, 180, 90), np.uint8)
    picture = read_picture(tmp_path, jpeg(wide, icc_profile=WIDE))
    expected = seen_in_srgb(wide)[0, 0]
    for pixels in (picture.rgb_at_least(8, 8), picture.small, picture.pixels):
        assert np.abs(pixels - expected).max() <= 3


def test_other_formats_have_no_reduced_decode(tmp_path: Path) -> None:
    picture = read_picture(tmp_path, encoded(UPRIGHT, "PNG"))
    assert picture.rgb_at_least(1, 1).shape == (43, 67, 3)


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    assert np.array_equal(read_picture(tmp_path, encoded(UPRIGHT, "PNG"), "wrong.jpg").pixels, UPRIGHT)


def test_a_sample_has_its_source_and_folder(tmp_path: Path) -> None:
    (tmp_path / "birds" / "small").mkdir(parents=True)
    sample = read_sample(tmp_path, encoded(UPRIGHT, "PNG"), "birds/small/wren.png")
    assert (sample.source, sample.fields) == ("birds/small/wren.png", {"folder": "small"})
    sample = read_sample(tmp_path, encoded(UPRIGHT, "PNG"), "wren.png")
    assert sample.fields == {"folder": ""}


def test_the_reader_gives_the_fields_that_it_says() -> None:
    (found,) = find_readers(".jpg")
    assert (found.takes, found.fields) == ("image", ("folder",))


NO_PICTURE = "its content is no JPEG, PNG, WebP, BMP, GIF or TIFF"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "0 bytes"),
        (b"this is text", NO_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NO_PICTURE),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", NO_PICTURE),
        (encoded(UPRIGHT, "PPM"), NO_PICTURE),
        (encoded(UPRIGHT, "ICO"), NO_PICTURE),
        (encoded(UPRIGHT, "JPEG2000"), NO_PICTURE),
        (
            encoded(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF"),
            "its pixels are of 32 bits (F), which have no standard scale",
        ),
        (
            encoded(Image.fromarray(np.ones((4, 4), np.int32)), "TIFF"),
            "its pixels are of 32 bits (I), which have no standard scale",
        ),
        (
            jpeg(UPRIGHT)[:-2],
            f"the JPEG is cut short or torn at byte {len(jpeg(UPRIGHT)) - 2} of {len(jpeg(UPRIGHT)) - 2}",
        ),
        (encoded(UPRIGHT, "PNG")[:-100], "it cannot be decoded: image file is truncated"),
    ],
    ids=["empty", "text", "svg", "eps", "ppm", "ico", "jpeg 2000", "floats", "32 bits", "cut jpeg", "cut png"],
)
def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(BadSource) as caught:
        assert read_picture(tmp_path, data).pixels.size
    assert str(caught.value) == reason


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_a_truncated_file_is_refused(tmp_path: Path, format_: str, share: float) -> None:
    pixels = noise_pixels(64, 48)
    data = encoded(pixels, format_) if format_ != "GIF" else encoded(Image.fromarray(pixels).quantize(), "GIF")
    with pytest.raises(BadSource, match=r"cannot be decoded|cut short|its content is no"):
        assert read_picture(tmp_path, data[: max(4, int(len(data) * share))]).pixels.size


@pytest.mark.parametrize("what", ["pixels", "luma", "small", "rgb"])
def test_a_torn_file_is_refused_whatever_is_asked_of_it(tmp_path: Path, what: str) -> None:
    data = encoded(noise_pixels(64, 48), "WEBP")
    with pytest.raises(BadSource):
        assert getattr(read_picture(tmp_path, data[: len(data) // 2]), what).size


def png_header(width: int, height: int) -> bytes:
    """A PNG that tells its size and has no pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    end = b"IEND"
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in (body, end)
    )


def resized_header(data: bytes, width: int, height: int) -> bytes:
    """A JPEG whose header tells another size."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


@pytest.mark.parametrize(
    "data",
    [png_header(65500, 65500), resized_header(jpeg(UPRIGHT), 65500, 65500), png_header(2**31 - 1, 2**31 - 1)],
    ids=["png", "jpeg", "largest png"],
)
def test_a_header_that_claims_too_much_is_refused_without_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    def decode(*_: Any) -> None:
        msg = "the pixels were decoded"
        raise AssertionError(msg)

    monkeypatch.setattr(cv2, "imdecode", decode)
    monkeypatch.setattr(Image.Image, "load", decode)
    with pytest.raises(BadSource, match="over the limit of"):
        read_picture(tmp_path, data)


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_the_limit_of_pixels_is_kept_to_the_pixel(tmp_path: Path, format_: str) -> None:
    data = encoded(UPRIGHT, format_)
    assert read_picture(tmp_path, data, max_pixels=67 * 43).width == 67
    with pytest.raises(BadSource) as caught:
        read_picture(tmp_path, data, max_pixels=67 * 43 - 1)
    assert str(caught.value) == "67×43 is over the limit of 2880 pixels (--max-pixels)"


def test_the_limit_is_the_user_s_and_not_pillow_s(tmp_path: Path) -> None:
    # 189 million pixels: over what Pillow refuses of itself, under --max-pixels. It fails for want of pixels.
    data = png_header(14000, 13500)
    with pytest.raises(BadSource) as caught:
        read_picture(tmp_path, data, max_pixels=200_000_000)
    assert "limit" not in str(caught.value)


def test_a_file_too_large_for_any_picture_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.truncate(17 << 20)
    size = path.stat().st_size
    with pytest.raises(BadSource) as caught:
        list(pictures(SourceFile("large.jpg", os.fsencode(path), size, 100)))
    assert str(caught.value) == f"{size} bytes are more than any picture of the allowed pixels needs"


def test_a_file_that_changed_since_the_plan_is_not_read(tmp_path: Path) -> None:
    file = source_file(tmp_path, encoded(UPRIGHT, "PNG"))
    (tmp_path / "picture.jpg").write_bytes(b"other")
    with pytest.raises(BadSource) as caught:
        list(pictures(file))
    assert str(caught.value) == f"changed since it was planned: {file.size} bytes then, 5 now"


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    file = source_file(tmp_path, encoded(UPRIGHT, "PNG"))
    (tmp_path / "picture.jpg").unlink()
    with pytest.raises(BadSource, match=r"^gone since it was planned$"):
        list(pictures(file))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    file = source_file(tmp_path, encoded(UPRIGHT, "PNG"))
    (tmp_path / "picture.jpg").chmod(0)
    with pytest.raises(BadSource, match=r"^it cannot be read: Permission denied$"):
        list(pictures(file))


@pytest.mark.parametrize(
    "data",
    [
        jpeg(photo(40, 30), exif=turned_exif(6), icc_profile=WIDE),
        jpeg(photo(40, 30), progressive=True, icc_profile=SRGB_PROFILE),
        jpeg(photo(40, 30)[:, :, 0]),
        encoded(Image.fromarray(photo(40, 30)).convert("CMYK"), "JPEG"),
        encoded(photo(40, 30), "PNG", exif=turned_exif(6), icc_profile=WIDE),
        cv2_encoded(".png", photo(40, 30).astype(np.uint16) * 257),
        encoded(photo(40, 30), "WEBP", exif=turned_exif(6), icc_profile=WIDE),
        encoded(Image.fromarray(photo(40, 30)).quantize(), "GIF", transparency=3),
        encoded(photo(40, 30), "TIFF", exif=turned_exif(6), icc_profile=WIDE),
        encoded(photo(40, 30), "TIFF", compression="tiff_lzw"),
        cv2_encoded(".tiff", photo(40, 30).astype(np.uint16) * 257),
        encoded(photo(40, 30), "BMP"),
    ],
    ids=[
        "jpeg",
        "progressive",
        "grey jpeg",
        "cmyk",
        "png",
        "deep png",
        "webp",
        "gif",
        "tiff",
        "lzw",
        "deep tiff",
        "bmp",
    ],
)
def test_a_damaged_file_gives_a_whole_picture_or_a_reason(tmp_path: Path, data: bytes) -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(int(rng.integers(1, 4))):
            # Half of the damage hits the headers, where most can go wrong.
            damaged[int(rng.integers(len(data) if rng.random() < 0.5 else min(200, len(data))))] = int(
                rng.integers(256)
            )
        refused += refusal(tmp_path, bytes(damaged), 1_000_000) is not None
    assert refused > 0


def corpus(name: str) -> list[Path]:
    return sorted(
        path
        for path in (CORPORA / name).rglob("*")
        if path.suffix.lower() in (".jpg", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp")
    )


needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")


@needs_corpora
@pytest.mark.parametrize("path", corpus("odd-broken"), ids=lambda path: path.name)
def test_a_broken_picture_of_the_corpora_is_refused(tmp_path: Path, path: Path) -> None:
    with pytest.raises(BadSource, match=r"."):
        assert read_picture(tmp_path, path.read_bytes()).pixels.size


@needs_corpora
@pytest.mark.parametrize("form", ["Landscape", "Portrait"])
def test_the_turned_pictures_of_the_corpora_are_one_picture(tmp_path: Path, form: str) -> None:
    paths = [path for path in corpus("orientation") if path.name.startswith(form)]
    assert len(paths) == 9
    first = read_picture(tmp_path, paths[0].read_bytes())
    for path in paths[1:]:
        picture = read_picture(tmp_path, path.read_bytes())
        assert (picture.width, picture.height) == (first.width, first.height)
        # Each shows its number in the middle, and is otherwise the same.
        small, other = first.small.astype(int), picture.small.astype(int)
        assert (np.abs(small - other).max(axis=2) < 40).mean() > 0.8


@needs_corpora
@pytest.mark.parametrize(
    "path", corpus("odd-valid") + corpus("skimage") + corpus("imageio"), ids=lambda path: path.name
)
def test_an_odd_picture_of_the_corpora_is_read_or_refused(tmp_path: Path, path: Path) -> None:
    reason = refusal(tmp_path, path.read_bytes(), 5_000_000)
    assert reason is None or reason
