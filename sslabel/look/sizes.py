"""The width and height of an encoded picture, from the first bytes of its file."""

from __future__ import annotations

import io

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
# All JPEG frame headers (T.81, table B.1); C4, C8 and CC are other segments.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def picture_size(data: bytes) -> tuple[int, int] | None:
    """The width and height of a PNG, JPEG or WebP, from its beginning; None where they do not stand there."""
    if data.startswith(_PNG) and len(data) >= 24:  # noqa: PLR2004 - as far as the size
        return _big(data[16:20]), _big(data[20:24])
    if data.startswith(_JPEG):
        return _jpeg_size(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:  # noqa: PLR2004
        return _webp_size(data[12:30])
    return None


def size_of(data: bytes) -> tuple[int, int]:
    """The width and height of a whole picture file of any kind; ValueError where it is none."""
    known = picture_size(data)
    if known is not None:
        return known
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        msg = "the bytes are not a picture"
        raise ValueError(msg) from error


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - a marker
        code = data[at + 1]
        if code in _FRAMES:
            return _big(data[at + 7 : at + 9]), _big(data[at + 5 : at + 7])
        if code == 0xFF:  # noqa: PLR2004 - fill bytes may stand before a marker
            at += 1
        else:
            at += 2 + _big(data[at + 2 : at + 4])
    return None


def _webp_size(chunk: bytes) -> tuple[int, int] | None:
    kind, body = chunk[:4], chunk[8:]
    if kind == b"VP8X":
        return 1 + _little(body[4:7]), 1 + _little(body[7:10])
    if kind == b"VP8L":
        bits = _little(body[1:5])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return _little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF
    return None


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
