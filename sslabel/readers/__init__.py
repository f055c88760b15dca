"""Readers: one file is one format, from a raw file to Samples."""

from __future__ import annotations

import os
from dataclasses import dataclass

from sslabel.errors import BadSource


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A raw file as a reader is handed it: its source id, where it is, and how much of it may be decoded.

    `size` is what the plan saw; a file of another size has changed since, and is not read.
    """

    source: str
    path: bytes
    size: int
    max_pixels: int

    @property
    def folder(self) -> str:
        """The name of the folder that the file stands in; empty at the root."""
        return os.path.basename(os.path.dirname(self.source))  # noqa: PTH119, PTH120 - an id, not a path of this machine

    def read(self, most: int) -> bytes:
        """The whole content; BadSource where it is empty, unreadable, changed since the plan, or over `most` bytes."""
        try:
            with open(self.path, "rb", buffering=0) as file:  # noqa: PTH123 - bytes
                size = os.fstat(file.fileno()).st_size
                if size == 0:
                    msg = "0 bytes"
                    raise BadSource(msg)
                if size != self.size:
                    msg = f"changed since it was planned: {self.size} bytes then, {size} now"
                    raise BadSource(msg)
                if size > most:
                    msg = f"{size} bytes are more than any picture of the allowed pixels needs"
                    raise BadSource(msg)
                return file.readall()
        except FileNotFoundError:
            msg = "gone since it was planned"
            raise BadSource(msg) from None
        except OSError as error:
            msg = f"it cannot be read: {error.strerror}"
            raise BadSource(msg) from None
