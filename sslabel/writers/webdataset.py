"""WebDataset: a tar of files with the same stem, in plain ustar (POSIX.1-1988), so that every tool reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sslabel.codecs import to_json
from sslabel.registry import writer

if TYPE_CHECKING:
    from sslabel.codecs import Encoded, Schema
    from sslabel.storage import WholeFile

_BLOCK = 512
_RECORD = 20 * _BLOCK
_LONGEST_NAME = 100
# mode 0644, uid 0, gid 0; behind the size: mtime 0; behind the checksum: a regular file, no link, "ustar" version 00.
_OWNER = b"0000644\0" + b"0000000\0" + b"0000000\0"
_TIME = b"00000000000\0"
_TAIL = b"0" + bytes(100) + b"ustar\x0000" + bytes(_BLOCK - 265)
_FIXED = sum(_OWNER + _TIME + _TAIL) + 8 * ord(" ")


@writer(extension="tar")
class WebDataset:
    """Write tar shards: `<key>.<field>.<extension>`, the members of an example side by side, times and owners zero."""

    def __init__(self, file: WholeFile, schema: Schema) -> None:
        self._file = file
        self._members = [*(f".{schema.member(field)}" for field in schema.fields), ".meta.json"]

    def add(self, example: Encoded) -> None:
        """Append one example."""
        for member, data in zip(self._members, (*example.data, to_json(example.meta)), strict=True):
            self._file.write(tar_header(example.key + member, len(data)))
            self._file.write(data)
            self._file.write(bytes(-len(data) % _BLOCK))

    def close(self) -> None:
        """Write the end of the archive."""
        self._file.write(bytes(2 * _BLOCK))
        self._file.write(bytes(-self._file.bytes % _RECORD))


def tar_header(name: str, size: int) -> bytes:
    """The 512 bytes that stand before a member's data; ValueError for a name of over 100 bytes or data over 8 GiB."""
    raw = name.encode("ascii")
    if len(raw) > _LONGEST_NAME or size >= 8**11:
        msg = f"{name}: a tar member's name has at most 100 bytes, its data less than 8 GiB"
        raise ValueError(msg)
    length = b"%011o\0" % size
    # The checksum counts its own eight bytes as spaces.
    checksum = b"%06o\0 " % (_FIXED + sum(raw) + sum(length))
    return b"".join((raw, bytes(100 - len(raw)), _OWNER, length, _TIME, checksum, _TAIL))
