"""A JPEG's facts, and the file without its metadata, which decodes to the identical pixels."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from sslabel.jpeg import read_jpeg, upper_rows
from tests.pictures import encoded, jpeg, photo, turned_exif

PIXELS = photo(67, 43)
PLAIN = jpeg(PIXELS)
PROGRESSIVE = jpeg(PIXELS, progressive=True)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def segment(code: int, body: bytes) -> bytes:
    return b"\xff" + bytes([code]) + (len(body) + 2).to_bytes(2, "big") + body


def inserted(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with more segments right behind its start marker."""
    return data[:2] + b"".join(segments) + data[2:]


def decoded(data: bytes) -> Any:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    assert pixels is not None
    return pixels


def thumbnail_exif() -> bytes:
    """An EXIF block with a thumbnail, itself a whole JPEG with an end marker."""
    return b"Exif\0\0" + turned_exif(6).tobytes()[6:] + jpeg(photo(16, 16))


EXIF = segment(0xE1, thumbnail_exif())
XMP = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>")
ICC = segment(0xE2, b"ICC_PROFILE\0\x01\x01" + SRGB)
IPTC = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04")
APP15 = segment(0xEF, b"anything")
COMMENT = segment(0xFE, b"taken at home")
ADOBE_YCC = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01")
TRAILING = b"\0" * 100 + jpeg(photo(16, 16))


@pytest.mark.parametrize("data", [PLAIN, PROGRESSIVE, jpeg(PIXELS, restart_marker_blocks=2), jpeg(PIXELS[:, :, 0])])
def test_a_file_without_metadata_stays_as_it_is(data: bytes) -> None:
    facts = read_jpeg(data)
    assert facts is not None
    assert facts.bare == data


@pytest.mark.parametrize("data", [PLAIN, PROGRESSIVE, jpeg(PIXELS, restart_marker_blocks=2, subsampling=2)])
@pytest.mark.parametrize(
    "metadata",
    [[EXIF], [XMP], [ICC], [IPTC], [APP15], [COMMENT], [EXIF, XMP, ICC, ICC, IPTC, COMMENT, APP15], [COMMENT] * 3],
)
def test_metadata_is_taken_out_and_nothing_else(data: bytes, metadata: list[bytes]) -> None:
    facts = read_jpeg(inserted(data, *metadata) + TRAILING)
    assert facts is not None
    assert facts.bare == data
    assert np.array_equal(decoded(facts.bare), decoded(inserted(data, *metadata)))


def test_metadata_between_the_other_segments_is_taken_out() -> None:
    at = PLAIN.index(b"\xff\xc0")
    facts = read_jpeg(PLAIN[:at] + COMMENT + PLAIN[at:])
    assert facts is not None
    assert facts.bare == PLAIN


def test_metadata_between_the_scans_of_a_progressive_file_is_taken_out() -> None:
    at = PROGRESSIVE.rindex(b"\xff\xda")
    facts = read_jpeg(PROGRESSIVE[:at] + COMMENT + EXIF + PROGRESSIVE[at:])
    assert facts is not None
    assert facts.bare == PROGRESSIVE
    assert facts.exif == thumbnail_exif()


@pytest.mark.parametrize(
    "kept", [ADOBE_YCC, segment(0xE0, b"JFXX\0\x10"), segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0")]
)
def test_what_tells_the_colours_stays(kept: bytes) -> None:
    facts = read_jpeg(inserted(PLAIN, kept, COMMENT))
    assert facts is not None
    assert facts.bare == inserted(PLAIN, kept)


def test_nothing_private_is_left() -> None:
    exif = turned_exif(3)
    exif[0x010F] = "SECRET CAMERA"
    exif.get_ifd(0x8825)[29] = "SECRET PLACE"
    facts = read_jpeg(jpeg(PIXELS, exif=exif, comment=b"SECRET COMMENT", icc_profile=SRGB) + b"SECRET TAIL")
    assert facts is not None
    assert facts.bare == PLAIN


def test_the_facts_are_those_of_the_header() -> None:
    facts = read_jpeg(jpeg(PIXELS, exif=turned_exif(6), icc_profile=SRGB))
    assert facts is not None
    assert (facts.width, facts.height, facts.components) == (67, 43, b"\x01\x02\x03")
    assert (facts.jfif, facts.transform, facts.is_ycc) == (True, -1, True)
    assert facts.icc == SRGB
    exif = Image.Exif()
    exif.load(facts.exif)
    assert exif[0x0112] == 6


def test_a_file_without_metadata_has_none_to_tell() -> None:
    facts = read_jpeg(PLAIN)
    assert facts is not None
    assert (facts.exif, facts.icc) == (b"", b"")


def test_of_two_exif_blocks_the_first_counts() -> None:
    first, second = segment(0xE1, b"Exif\0\0first"), segment(0xE1, b"Exif\0\0second")
    facts = read_jpeg(inserted(PLAIN, first, second))
    assert facts is not None
    assert facts.exif == b"Exif\0\0first"


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_a_profile_in_parts_is_put_together_by_their_numbers(order: tuple[int, ...]) -> None:
    parts = {1: b"a" * 10, 2: b"b" * 20, 3: b"c"}
    segments = [segment(0xE2, b"ICC_PROFILE\0" + bytes([number, 3]) + parts[number]) for number in order]
    facts = read_jpeg(inserted(PLAIN, *segments))
    assert facts is not None
    assert facts.icc == b"a" * 10 + b"b" * 20 + b"c"


@pytest.mark.parametrize(
    ("mode", "components", "ycc"),
    [("RGB", b"\x01\x02\x03", True), ("L", b"\x01", False), ("CMYK", b"CMYK", False)],
)
def test_the_kind_of_colours_is_told(mode: str, components: bytes, ycc: bool) -> None:
    facts = read_jpeg(encoded(Image.fromarray(PIXELS).convert(mode), "JPEG"))
    assert facts is not None
    assert len(facts.components) == len(components)
    assert facts.is_ycc is ycc


def without_jfif(data: bytes) -> bytes:
    assert data[2:4] == b"\xff\xe0"
    return data[:2] + data[4 + int.from_bytes(data[4:6], "big") :]


@pytest.mark.parametrize(
    ("marker", "named", "ycc"),
    [
        (b"", b"\x01\x02\x03", True),
        (b"", b"RGB", False),
        (segment(0xEE, b"Adobe\0\x64\0\0\0\0\x00"), b"\x01\x02\x03", False),
        (ADOBE_YCC, b"\x01\x02\x03", True),
        (ADOBE_YCC, b"RGB", True),
        (segment(0xEE, b"Other\0\x64\0\0\0\0\x00"), b"\x01\x02\x03", True),
    ],
)
def test_without_jfif_adobe_s_segment_or_the_names_tell(marker: bytes, named: bytes, ycc: bool) -> None:
    data = bytearray(inserted(without_jfif(PLAIN), marker))
    frame = data.index(b"\xff\xc0")
    for component in range(3):
        data[frame + 10 + 3 * component] = named[component]
    facts = read_jpeg(bytes(data))
    assert facts is not None
    assert not facts.jfif
    assert facts.is_ycc is ycc


def test_pillow_s_rgb_jpeg_is_not_taken_for_ycc() -> None:
    facts = read_jpeg(jpeg(PIXELS, keep_rgb=True))
    assert facts is not None
    assert not facts.is_ycc


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"GIF89a",
        b"no picture",
        encoded(PIXELS, "PNG"),
        encoded(PIXELS, "WEBP"),
        encoded(PIXELS, "TIFF"),
        b"x" + PLAIN,
        PLAIN.replace(b"\xff\xc0", b"\xff\xc3"),
        PLAIN.replace(b"\xff\xc0", b"\xff\xc9"),
        PLAIN.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc1\x00\x11\x0c"),
    ],
    ids=[
        "empty",
        "two bytes",
        "gif",
        "text",
        "png",
        "webp",
        "tiff",
        "not at the start",
        "lossless",
        "arithmetic",
        "12 bits",
    ],
)
def test_any_other_file_is_not_for_this_module(data: bytes) -> None:
    assert read_jpeg(data) is None


WITH_METADATA = inserted(PLAIN, EXIF, ICC, COMMENT)


@pytest.mark.parametrize("data", [PLAIN, PROGRESSIVE, WITH_METADATA, jpeg(PIXELS, restart_marker_blocks=1)])
def test_a_file_cut_anywhere_is_refused(data: bytes) -> None:
    for end in range(3, len(data)):
        with pytest.raises(ValueError, match=rf"^the JPEG is cut short or torn at byte \d+ of {end}$"):
            read_jpeg(data[:end])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_file_whose_second_part_is_zero_is_refused(share: float) -> None:
    whole = int(len(PLAIN) * share)
    with pytest.raises(ValueError, match="cut short or torn"):
        read_jpeg(PLAIN[:whole] + bytes(len(PLAIN) - whole))


def test_a_file_without_a_picture_is_refused() -> None:
    for data in (b"\xff\xd8\xff\xd9", inserted(b"\xff\xd8\xff\xd9", COMMENT)):
        with pytest.raises(ValueError, match="cut short or torn"):
            read_jpeg(data)


def test_fill_bytes_may_stand_before_any_marker() -> None:
    data = PLAIN[:-2] + b"\xff\xff\xff\xd9"
    facts = read_jpeg(data[:2] + b"\xff\xff" + data[2:])
    assert facts is not None
    assert np.array_equal(decoded(facts.bare), decoded(PLAIN))


@pytest.mark.parametrize("body", [b"ICC_PROFILE\0", b"ICC_PROFILE\0\x01", b"ICC_PROFILE\0\x01\x01", b"ICC", b""])
def test_a_profile_segment_without_a_profile_is_none(body: bytes) -> None:
    facts = read_jpeg(inserted(PLAIN, segment(0xE2, body)))
    assert facts is not None
    assert facts.icc == b""
    assert facts.bare == PLAIN


@settings(derandomize=True, max_examples=400, deadline=None)
@given(
    st.sampled_from([PLAIN, PROGRESSIVE, WITH_METADATA]),
    st.lists(st.tuples(st.integers(3, 1200), st.integers(0, 255)), max_size=6),
    st.binary(max_size=20),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    data: bytes, changes: list[tuple[int, int]], tail: bytes
) -> None:
    damaged = bytearray(data)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    try:
        facts = read_jpeg(bytes(damaged) + tail)
    except ValueError:
        return
    if facts is not None:
        assert facts.width > 0
        assert facts.height > 0
        assert facts.bare.startswith(b"\xff\xd8")
        assert facts.bare.endswith(b"\xff\xd9")
        again = read_jpeg(facts.bare)
        assert again is not None
        assert again.bare == facts.bare


@pytest.mark.parametrize("rows", [16, 64])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_the_upper_rows_are_a_few_bytes_that_decode_as_the_whole_does(subsampling: int, rows: int) -> None:
    data = jpeg(photo(267, 843), subsampling=subsampling, exif=turned_exif(6))
    facts = read_jpeg(data)
    assert facts is not None
    upper = upper_rows(data, facts, rows)
    assert len(upper) < len(data) / 2
    part = Image.frombytes("RGB", (34, rows // 8), upper, "jpeg", "RGB", "", 8, 0)
    whole = Image.open(io.BytesIO(data))
    whole.draft("RGB", (33, 67))
    assert np.array_equal(np.asarray(part), np.asarray(whole)[: rows // 8])


def test_the_upper_rows_of_a_lower_picture_are_all_of_its_bytes() -> None:
    facts = read_jpeg(PLAIN)
    assert facts is not None
    assert len(upper_rows(PLAIN, facts, 32)) == len(PLAIN)
