"""What a JPEG file is made of (ITU-T T.81, Annex B): its segments, and the file without its metadata."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

_EOI, _SOS = 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP14, _COM = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_METADATA = frozenset({*range(_APP1, _APP14), 0xEF, _COM})
_END = b"\xff\xd9"
_PROGRESSIVE = 0xC2
_FRAMES = frozenset({0xC0, 0xC1, _PROGRESSIVE})
_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
# Upper rows may be denser than the others by so much; the tables before them take so many bytes.
_DENSEST, _LEAST_SCAN = 3, 4096
# A scan of a few bytes costs a walk over the whole picture. Encoders write about ten.
_MOST_SCANS = 100
# In entropy-coded data FF stands before 00 (an escaped FF) or a restart marker; anything else ends it.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True, slots=True)
class JpegFacts:
    """What stands in the header of a JPEG, and the file less its metadata.

    `components` are the identifiers of the colour components, `transform` is Adobe's colour transform (0 none,
    1 YCbCr, 2 YCCK; -1 where no Adobe segment says), `frame` is where the frame header of a baseline JPEG begins
    (0 for a progressive one), `bare` is the file from its start to its end marker without
    APP1 to APP13, APP15 and comments: no EXIF, no GPS, no thumbnail, nothing appended.
    """

    width: int
    height: int
    components: bytes
    jfif: bool
    transform: int
    frame: int
    exif: bytes
    icc: bytes
    bare: bytes

    @property
    def is_ycc(self) -> bool:
        """Whether the three components are YCbCr, as libjpeg tells it."""
        if len(self.components) != 3:  # noqa: PLR2004 - Y, Cb, Cr
            return False
        if self.jfif:
            return True
        return self.transform == 1 if self.transform >= 0 else self.components != b"RGB"


def read_jpeg(data: bytes) -> JpegFacts | None:
    """The facts of a JPEG of 8 bits a component, baseline or progressive; None for any other file.

    Raises ValueError for a file that begins as a JPEG and is cut short or torn, or made to take for ever.
    """
    if data[:3] != b"\xff\xd8\xff":
        return None
    components, size, frame = b"", (0, 0), 0
    jfif, transform, exif = False, -1, b""
    profile: dict[int, bytes] = {}
    kept, begin = [], 0
    segments = _bounded(data)
    for code, at, end in segments:
        body = data[at + 4 : end]
        if code in _OTHER_FRAMES:
            deque(segments, maxlen=0)  # its scans are counted, too
            return None
        if code in _FRAMES:
            if len(body) < 6 or body[0] != 8 or len(body) < 6 + 3 * body[5]:  # noqa: PLR2004 - T.81, B.2.2
                return None
            size = (int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
            components = body[6 : 6 + 3 * body[5] : 3]
            frame = 0 if code == _PROGRESSIVE else at
        elif code == _APP0:
            jfif = jfif or body[:5] == b"JFIF\0"
        elif code == _APP14 and body[:5] == b"Adobe" and len(body) >= 12:  # noqa: PLR2004 - Adobe's own segment
            transform = body[11]
        elif code == _APP1 and body[:6] == b"Exif\0\0":
            exif = exif or body
        elif code == _APP2 and body[:12] == b"ICC_PROFILE\0" and len(body) > 14:  # noqa: PLR2004 - behind its number
            profile[body[12]] = body[14:]
        if code in _METADATA or code == _EOI:
            kept.append(data[begin : end if code == _EOI else at])
            begin = end
    if 0 in size or not components:
        raise ValueError(_torn(len(data), data))
    icc = b"".join(profile[number] for number in sorted(profile))
    bare = kept[0] if len(kept) == 1 else b"".join(kept)
    return JpegFacts(*size, components, jfif, transform, frame, exif, icc, bare)


def upper_rows(data: bytes, facts: JpegFacts, rows: int) -> bytes:
    """A baseline JPEG that says it is only this high, and most likely holds the bytes of so many rows."""
    at = facts.frame + 5
    end = facts.frame + _LEAST_SCAN + _DENSEST * (len(data) - facts.frame) * rows // facts.height
    return b"".join((data[:at], rows.to_bytes(2, "big"), data[at + 2 : end]))


def _bounded(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The segments of a JPEG of one frame and no more scans than any encoder writes."""
    frames = scans = 0
    for code, at, end in _segments(data):
        frames += code in _FRAMES or code in _OTHER_FRAMES
        scans += code == _SOS
        if frames > 1:  # decoders take memory for the first, and the limit of pixels would be held against the second
            raise ValueError(_torn(at, data))
        if scans > _MOST_SCANS:
            msg = f"the JPEG has more than {_MOST_SCANS} scans"
            raise ValueError(msg)
        yield code, at, end


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Each segment's marker code, where it begins, and where it ends, up to the end marker."""
    at = 2
    while True:
        if at + 4 > len(data) and data[at : at + 2] != _END:
            raise ValueError(_torn(at, data))
        if data[at] != 0xFF:  # noqa: PLR2004 - every marker begins with FF
            raise ValueError(_torn(at, data))
        code = data[at + 1]
        if code == 0xFF:  # noqa: PLR2004 - fill bytes may stand before a marker
            at += 1
            continue
        if code in _BARE or code == _EOI:
            end = at + 2
        else:
            end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if end > len(data) or end < at + 4:
                raise ValueError(_torn(at, data))
        yield code, at, end
        if code == _EOI:
            return
        at = end
        if code == _SOS:
            marker = _MARKER.search(data, at)
            if marker is None:
                raise ValueError(_torn(len(data), data))
            at = marker.start()


def _torn(at: int, data: bytes) -> str:
    return f"the JPEG is cut short or torn at byte {at} of {len(data)}"
