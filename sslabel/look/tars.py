"""The members of a tar by their headers, without reading what is in them; and the examples that they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK = 512
_LONGEST = 1 << 20
_EXAMPLE = re.compile(r"((?:.*/|)[^./]+)\.([^/]*)")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar: its name, and where in the tar it stands."""

    name: str
    offset: int
    size: int

    @property
    def key(self) -> str:
        """The key of its example, as our own shards name it."""
        return self.name.partition(".")[0]

    def read(self, file: BinaryIO, most: int = -1) -> bytes:
        """Its content, or that much of it; ValueError where the tar ends before."""
        size = self.size if most < 0 else min(most, self.size)
        file.seek(self.offset)
        data = file.read(size)
        if len(data) != size:
            msg = f"the tar ends within {self.name}"
            raise ValueError(msg)
        return data


def members(file: BinaryIO, *, ended: bool = False) -> Iterator[Member]:
    """The regular files of a tar (ustar, GNU or pax) in order; ValueError where it is damaged or ends within one.

    Some tools leave out the empty blocks that end a tar: only with `ended` are they missed.
    """
    at = 0
    long: dict[bytes, bytes] = {}
    while True:
        file.seek(at)
        header = file.read(BLOCK)
        if len(header) < BLOCK or not header.strip(b"\0"):
            if 0 < len(header) < BLOCK:
                msg = "the tar ends within a header"
                raise ValueError(msg)
            if ended and not header:
                msg = "the tar has no end"
                raise ValueError(msg)
            return
        size, kind = _checked(header), header[156:157]
        at += BLOCK
        if kind in (b"L", b"x"):
            long |= _long(kind, Member("", at, min(size, _LONGEST)).read(file))
        else:
            size = int(long.get(b"size", size))
            if kind in (b"\0", b"0", b"7"):
                yield Member(_name(header, long), at, size)
            long = {}
        at += -(-size // BLOCK) * BLOCK


def _checked(header: bytes) -> int:
    """The size that a header tells, its checksum found right."""
    told = _octal(header[148:156])
    if told != sum(header) - sum(header[148:156]) + 8 * 0x20:
        msg = "a header's checksum is wrong"
        raise ValueError(msg)
    field = header[124:136]
    return int.from_bytes(field[1:]) if field[0] & 0x80 else _octal(field)


def _octal(field: bytes) -> int:
    digits = field.strip(b"\0 ")
    if digits.strip(b"01234567"):
        msg = "a header is damaged"
        raise ValueError(msg)
    return int(digits or b"0", 8)


def _long(kind: bytes, data: bytes) -> dict[bytes, bytes]:
    """What an extended header says of the member behind it: its path, its size."""
    if kind == b"L":
        return {b"path": data.rstrip(b"\0")}
    found = {}
    while data.strip(b"\0"):
        length, _, _ = data.partition(b" ")
        if not 0 < int(length) <= len(data):
            msg = "an extended header is damaged"
            raise ValueError(msg)
        name, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        found[name] = value
        data = data[int(length) :]
    return {name: found[name] for name in (b"path", b"size") if name in found}


def _name(header: bytes, long: dict[bytes, bytes]) -> str:
    name = header[:100].partition(b"\0")[0]
    prefix = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    whole = long.get(b"path", prefix + b"/" + name if prefix else name)
    return whole.decode("utf-8", "backslashreplace")


def grouped(found: Iterable[Member]) -> Iterator[tuple[str, dict[str, Member]]]:
    """The members of each example by what stands behind its key, as WebDataset has it: up to the first dot.

    What has no such name, or one that begins with `__`, belongs to no example.
    """
    key, parts = "", dict[str, Member]()
    for member in found:
        match = _EXAMPLE.fullmatch(member.name)
        if match is None or match[1].rpartition("/")[2].startswith("__"):
            continue
        if match[1] != key:
            if parts:
                yield key, parts
            key, parts = match[1], {}
        parts[match[2]] = member
    if parts:
        yield key, parts
