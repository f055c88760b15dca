"""What is in a file of text: its bytes, decompressed, in parts of any size."""

from __future__ import annotations

import lzma
import zlib
from io import FileIO
from typing import Any

from sslabel.errors import BadSource

COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")

# What has been decompressed in one step when damage is met is lost with it.
_STEP = 1 << 13


class Content:
    """The content of a file, read from its begin to its end.

    Of a compressed file that is damaged or cut short, what stands before the damage is read, and `damage` then says
    that there was more.
    """

    def __init__(self, file: FileIO, compression: str) -> None:
        self.is_plain = not compression
        self.damage: str | None = None
        self._file = file
        self._stream = _decompressed(file, compression)
        self._ahead = b""
        self._given = 0

    def seek(self, at: int) -> None:
        """Go on at this byte of a plain file."""
        self._ahead = b""
        self._file.seek(at)

    def peek(self, size: int) -> bytes:
        """The next bytes, which are read again."""
        self._ahead = self._read(size)
        return self._ahead

    def read(self, size: int) -> bytes:
        """The next bytes: `size` of them, fewer only where it ends or is damaged."""
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data + self._read(size - len(data)) if len(data) < size else data

    def _read(self, size: int) -> bytes:
        parts = []
        while size > 0 and self.damage is None:
            try:
                part = self._stream.read(size) if self.is_plain else self._stream.read(min(size, _STEP))
            except (EOFError, lzma.LZMAError, zlib.error) as error:
                self._damaged(error)
                break
            except OSError as error:
                # Damage has no number of the system's.
                if self.is_plain or error.errno is not None:
                    raise
                self._damaged(error)
                break
            if not part:
                break
            parts.append(part)
            size -= len(part)
            self._given += len(part)
        return b"".join(parts)

    def _damaged(self, error: Exception) -> None:
        self.damage = f"damaged or cut short behind byte {self._given} of what was compressed ({error})"


def read_whole(content: Content, most: int, way_out: str) -> bytes:
    """All that is in a file; BadSource where that is over `most` bytes, or it is damaged."""
    data = content.read(most + 1)
    if len(data) > most:
        msg = f"over {most >> 20} MiB, which are read whole; {way_out}"
        raise BadSource(msg)
    if content.damage is not None:
        raise BadSource(content.damage)
    return data


def _decompressed(file: FileIO, compression: str) -> Any:  # noqa: ANN401 - any that has `read`
    if compression == ".gz":
        import gzip

        return _Stepwise(gzip.GzipFile(fileobj=file, mode="rb"))
    if compression == ".bz2":
        import bz2

        return _Stepwise(bz2.BZ2File(file))
    if compression == ".xz":
        return _Stepwise(lzma.LZMAFile(file))
    if compression == ".zst":
        import pyarrow as pa

        return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
    return file


class _Stepwise:
    """A decompressor that gives what it has before it meets damage, as `read` of the standard library does not."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - one of three classes
        self.read = stream.read1
