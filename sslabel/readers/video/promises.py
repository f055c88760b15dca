"""How many bytes a film file lacks of those that its header promises: FFmpeg takes one that was cut short for whole."""

from __future__ import annotations

from typing import IO

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_EBML, _SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
_SLACK = 8  # bytes; some writers of RIFF count a chunk's own head


def missing_in(file: IO[bytes]) -> int:
    """How many bytes are missing at the end of an AVI, Matroska, WebM or ASF; 0 where none are, or none were promised.

    An MP4 that is cut short has samples that cannot be read, and the streams of MPEG promise nothing.
    """
    there = file.seek(0, 2)
    file.seek(0)
    head = file.read(16)
    promised = 0
    if head[:4] == b"RIFF":
        promised = _of_riff(file, there) - _SLACK
    elif head[:4] == _EBML:
        promised = _of_matroska(file)
    elif head == _ASF:
        promised = _of_asf(file, there)
    return max(0, promised - there)


def _of_riff(file: IO[bytes], there: int) -> int:
    """The end of the last chunk: OpenDML puts several behind one another."""
    end = 0
    while end + 8 <= there:
        file.seek(end)
        head = file.read(8)
        size = int.from_bytes(head[4:], "little")
        if head[:4] != b"RIFF" or not size:
            break
        end += 8 + size
    return end


def _of_matroska(file: IO[bytes]) -> int:
    """The end of the segment (RFC 8794, 9559), which may be unknown."""
    file.seek(4)
    header = _length(file)
    if header is None:
        return 0
    file.seek(header, 1)
    if file.read(4) != _SEGMENT:
        return 0
    size = _length(file)
    return 0 if size is None else file.tell() + size


def _length(file: IO[bytes]) -> int | None:
    """A length of EBML: as many bytes follow as the first has leading zeros. None where it is open: all ones."""
    first = int.from_bytes(file.read(1), "big")
    if not first:
        return None
    more = 8 - first.bit_length()
    size = int.from_bytes(bytes([first & (1 << 7 - more) - 1]) + file.read(more), "big")
    return None if size == (1 << 7 * (more + 1)) - 1 else size


def _of_asf(file: IO[bytes], there: int) -> int:
    """The end of the object that holds the packets; one that was broadcast says 0."""
    end = int.from_bytes(file.read(8), "little")
    file.seek(min(end, there))
    head = file.read(24)
    return end + int.from_bytes(head[16:], "little") if head[:16] == _ASF_DATA else 0
