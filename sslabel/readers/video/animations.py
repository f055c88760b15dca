"""Animated pictures: windows of the frames of a GIF, PNG or WebP, by their own delays."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from functools import partial
from itertools import starmap
from typing import IO, TYPE_CHECKING, Any

from sslabel.errors import BadSource
from sslabel.readers import BadRecord, SourceFile
from sslabel.readers.image.pictures import failure, limit_of_pillow, open_image, orientation_of, picture_of
from sslabel.readers.video.films import Frame
from sslabel.readers.video.timelines import Timeline, is_animated, timeline
from sslabel.readers.video.videos import name_of, sample_of
from sslabel.readers.video.windows import spread, windows
from sslabel.registry import reader
from sslabel.values import Sample

if TYPE_CHECKING:
    from io import FileIO

    from PIL import Image

_MOST_WEBP = 256 << 20


@reader("video", extensions=(".gif", ".webp", ".png", ".apng"), fields=["folder"], holds=is_animated)
def animations(file: SourceFile) -> Iterator[Sample | BadRecord]:
    """Read windows of an animated GIF, PNG or WebP: frames as they are seen, upright, in sRGB, on white.

    Each frame is shown when the delays of those before it are over; one of 10 ms or less lasts 100 ms, as in browsers.
    Loops are not repeated. Of a file that is cut short or damaged, the frames before are used and the rest is reported.
    """
    with file.opened() as raw:
        shown = _Animation(raw, file.max_pixels)
        how = file.reading.windows
        found = windows(shown.frames, how, times=spread(how, shown.duration, shown.rate), skips=False)
        yield from starmap(partial(sample_of, file), found)
        if shown.failure and shown.last is None:
            raise BadSource(shown.failure)
        if shown.failure:
            yield BadRecord(name_of(file.source, shown.last or 0), f"from here on {shown.failure}")


class _Animation:
    """An open animation; `last` is the second of the last frame so far, and `failure` why there are no more."""

    def __init__(self, file: FileIO, max_pixels: int) -> None:
        # In larger steps than the blocks of 255 bytes that a GIF comes in; the file itself stays open.
        stream: Any = io.BufferedReader(io.FileIO(file.fileno(), closefd=False))
        self._timeline = timeline(stream)
        if not self._timeline.times:
            msg = "it holds no whole frame"
            raise BadSource(msg)
        self.duration = self._timeline.duration
        self.rate = len(self._timeline.times) / (self.duration or 1.0)
        self._max_pixels = max_pixels
        self._image = open_image(_whole(stream, self._timeline), max_pixels)
        self._orientation = orientation_of(self._image)
        self.last: float | None = None
        self.failure = ""

    def frames(self, _: float | None) -> Iterator[Frame]:
        """All frames in order; they end where they cannot be decoded."""
        # The picture that a PNG shows where animations are not known is none of its frames.
        first = int(getattr(self._image, "default_image", False))
        try:
            for number, time in enumerate(self._timeline.times, first):
                picture = picture_of(self._frame(number), self._orientation)
                self.last = time
                yield Frame(time, picture)
        except ValueError as error:
            self.failure = str(error)
        else:
            self.failure = "it is cut short" if self._timeline.cut_short else ""

    def _frame(self, number: int) -> Image.Image:
        """A frame as it is seen, not yet converted; ValueError where it cannot be decoded."""
        size = self._image.size
        try:
            with warnings.catch_warnings(action="ignore"), limit_of_pillow(self._max_pixels):
                self._image.seek(number)
                # Pillow makes the next frame out of this one.
                copied = self._image.copy()
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - torn data may fail in any way inside a decoder
            raise ValueError(failure(error)) from None
        if copied.size != size:
            msg = f"its frames are of {copied.width}×{copied.height}, not {size[0]}×{size[1]}"
            raise ValueError(msg)
        return copied


def _whole(file: IO[bytes], found: Timeline) -> IO[bytes]:
    """The file; of a WebP that is cut short its whole frames, or it would not be decoded at all."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    if head[:4] != b"RIFF":
        return file
    if file.seek(0, 2) > _MOST_WEBP:
        msg = f"over {_MOST_WEBP >> 20} MiB of WebP, which is read whole"
        raise BadSource(msg)
    file.seek(0)
    if not found.cut_short:
        return file
    data = file.read(found.end)
    return io.BytesIO(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
