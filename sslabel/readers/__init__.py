"""Readers: one file is one format, from a raw file to Samples."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from typing import Literal, TypeAlias

from sslabel.errors import BadSource

Unit: TypeAlias = Literal["document", "paragraph", "line", "sentence"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """How long a stretch of film is at least: so many frames, and so many seconds from the first to the last."""

    frames: int = 1
    seconds: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Stretch:
        """`16` is so many frames, `2s`, `1.5m` and `500ms` are times; else ValueError."""
        number, unit = _LENGTH.fullmatch(text.strip().lower()).groups()  # type: ignore[union-attr]
        if not unit:
            return cls(frames=int(number))
        return cls(seconds=float(number) * _UNITS[unit])


_LENGTH = re.compile(r"0*(\d+(?=$)|\d*\.?\d+(?=[a-z]))(s|ms|m|min|)")
_UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0}


@dataclass(frozen=True, slots=True)
class Windows:
    """Which windows of a film are given: each `window` long, one every `stride`, or `per_clip` evenly spread.

    Beside them, so are windows of each `shorter` length, for tasks that need no more. With `fps`, of every film so
    many frames a second, whatever it has; frames in a folder are taken to have been shot at that. `crop_bars` cuts off
    black bars around the picture.
    """

    window: Stretch = Stretch(frames=16)
    stride: Stretch | None = None
    per_clip: int | None = None
    fps: float | None = None
    crop_bars: bool = False
    shorter: tuple[Stretch, ...] = ()

    @property
    def lengths(self) -> tuple[Stretch, ...]:
        """All lengths, each once."""
        return (self.window, *self.shorter)


@dataclass(frozen=True, slots=True)
class Reading:
    """How text is read, what a passage is, and where it stands; and how films are, by `windows`.

    A passage of over `max_words` words is cut into windows of that many, and none of under `min_words` is given. Of
    records (JSON, CSV, Parquet) the text stands in `text_field`, and the fields in `keep` are carried along.
    `encoding` is what text files are in; by default it is found out.
    """

    unit: Unit = "paragraph"
    min_words: int = 1
    max_words: int = 256
    text_field: str = "text"
    encoding: str | None = None
    keep: tuple[str, ...] = ()
    windows: Windows = Windows()


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record of a source that cannot be used; the others can."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class TooShort:
    """How many passages of a source were left out for having too few words."""

    source: str
    count: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that the user should know of a source that is used nonetheless, such as a guessed encoding."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A raw file as a reader is handed it: its source id, where it is, and how much of it may be decoded.

    `size` is what the plan saw; a file of another size has changed since, and is not read. Nor is what is no file
    any more: nothing waits for a pipe. Of a large file, `begin` and `end` are the range that is asked for, in bytes of
    a text, in seconds of a film, and comes to `share` bytes. Where it is a folder of frames, its name ends in `/`.
    """

    source: str
    path: bytes
    size: int
    max_pixels: int
    begin: int = 0
    end: int | None = None
    reading: Reading = Reading()
    share: int = -1

    @property
    def weight(self) -> int:
        """How many bytes are meant."""
        return self.size if self.end is None else self.share

    @property
    def folder(self) -> str:
        """The name of the folder that the file stands in, or is; empty at the root."""
        name = os.path.basename(os.path.dirname(self.source))  # noqa: PTH119, PTH120 - an id, not a path of this machine
        return name if name != "." else ""

    def read(self, most: int) -> bytes:
        """The whole content; BadSource where it is empty, unreadable, changed since the plan, or over `most` bytes."""
        with self.opened() as file:
            if self.size > most:
                msg = f"{self.size} bytes are more than any picture of the allowed pixels needs"
                raise BadSource(msg)
            return file.readall()

    @contextmanager
    def opened(self) -> Iterator[FileIO]:
        """The file, to be read in parts; BadSource where it is empty, unreadable, or changes while it is read."""
        try:
            with open(self.path, "rb", buffering=0, opener=open_without_waiting) as file:
                about = os.fstat(file.fileno())
                self._check(about)
                yield file
                now = os.fstat(file.fileno())
        except FileNotFoundError:
            msg = "gone since it was planned"
            raise BadSource(msg) from None
        except OSError as error:
            msg = f"it cannot be read: {error.strerror or error}"
            raise BadSource(msg) from None
        if now.st_size != self.size:
            msg = f"changed while it was read: {self.size} bytes before, {now.st_size} then"
            raise BadSource(msg)

    def _check(self, about: os.stat_result) -> None:
        if not stat.S_ISREG(about.st_mode):
            msg = "changed since it was planned: it is no file any more"
            raise BadSource(msg)
        if about.st_size != self.size:
            msg = f"changed since it was planned: {self.size} bytes then, {about.st_size} now"
            raise BadSource(msg)
        if about.st_size == 0:
            msg = "0 bytes"
            raise BadSource(msg)


def open_without_waiting(path: str, flags: int) -> int:
    """An opener for `open` that waits for nothing."""
    # Without O_NONBLOCK, opening a pipe waits for somebody who writes to it. For a file it means nothing.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
