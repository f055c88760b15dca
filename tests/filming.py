"""Films that tests shoot themselves: every frame shows its own number, in cells that no codec blurs away."""

from __future__ import annotations

import io
import os
import struct
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from sslabel.readers import Reading, Remark, SourceFile, Windows
from sslabel.readers.video.videos import videos
from sslabel.values import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

SIDE, RATE = 4, 25
QUIET = {"libx265": {"x265-params": "log-level=none"}}
os.environ.setdefault("SVT_LOG", "1")


def _bits(number: int) -> NDArray[np.bool_]:
    """4×4 cells: twelve for the number, four to check it by."""
    check = (number ^ number >> 4 ^ number >> 8 ^ 0b0101) & 15
    return (((number << 4 | check) >> np.arange(16)) & 1).astype(bool).reshape(SIDE, SIDE)


def numbered(number: int, width: int, height: int) -> Pixels:
    """H×W×3 uint8: the number of a frame as a picture."""
    rows, columns = np.arange(height) * SIDE // height, np.arange(width) * SIDE // width
    cells = _bits(number)[rows][:, columns]
    return np.repeat(np.where(cells, np.uint8(220), np.uint8(30))[:, :, None], 3, axis=2)


def number_in(pixels: NDArray[Any]) -> int:
    """The number that a frame shows; -1 where it shows none that is right."""
    height, width = pixels.shape[:2]
    found = np.zeros((SIDE, SIDE), bool)
    for row in range(SIDE):
        for column in range(SIDE):
            y, x = (2 * row + 1) * height // (2 * SIDE), (2 * column + 1) * width // (2 * SIDE)
            found[row, column] = pixels[y - 1 : y + 2, x - 1 : x + 2].mean() > 125
    number = int((found.reshape(-1) << np.arange(16)).sum()) >> 4
    return number if np.array_equal(_bits(number), found) else -1


@dataclass(frozen=True)
class Shot:
    """How a film is shot: `ticks` are the timestamps of its frames in units of `tick` seconds."""

    codec: str = "libx264"
    container: str = "mp4"
    count: int = 75
    ticks: Sequence[int] | None = None
    tick: Fraction = Fraction(1, RATE)
    size: tuple[int, int] = (64, 48)
    pix_fmt: str = "yuv420p"
    turn: int = 0
    flips: tuple[bool, bool] = (False, False)
    options: Mapping[str, str] = field(default_factory=dict)
    container_options: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    ratio: Fraction | None = None
    """Width of a pixel by its height."""
    draw: Callable[[int, int, int], NDArray[Any]] = numbered
    raw: Callable[[int], av.VideoFrame] | None = None
    retimed: Callable[[int], int] | None = None
    """The timestamps that the packets are given in the end, one by one; of codecs without reordering."""

    def film(self) -> bytes:
        """The file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "film")
            self._write(path)
            return path.read_bytes()

    def _write(self, path: Path) -> None:
        container: Any = av.open(str(path), "w", format=self.container, options=dict(self.container_options))
        stream = container.add_stream(self.codec, rate=RATE, options={**QUIET.get(self.codec, {}), **self.options})
        stream.width, stream.height = self.size
        stream.pix_fmt = self.pix_fmt
        stream.codec_context.time_base = self.tick
        for name, value in self.tags.items():
            setattr(stream.codec_context, name, value)
        if self.ratio is not None:
            stream.codec_context.sample_aspect_ratio = self.ratio
        if self.turn or any(self.flips):
            stream.set_display_rotation(self.turn, *self.flips)
        for number, packet in enumerate(self._packets(stream)):
            if self.retimed is not None:
                packet.pts = packet.dts = self.retimed(number)
            container.mux(packet)
        container.close()

    def _packets(self, stream: Any) -> Iterator[Any]:
        for number, pts in enumerate(self.ticks if self.ticks is not None else range(self.count)):
            frame = self._frame(number)
            frame.pts, frame.time_base = pts, self.tick
            yield from stream.encode(frame)
        yield from stream.encode()

    def _frame(self, number: int) -> av.VideoFrame:
        if self.raw is not None:
            return self.raw(number)
        pixels = self.draw(number, *self.size)
        kind = "rgba" if pixels.shape[2] == 4 else "rgb24"
        return av.VideoFrame.from_ndarray(pixels, format=kind).reformat(format=self.pix_fmt)


def timestamps(data: bytes) -> list[float]:
    """The timestamps of a file's packets in order, as its container has them."""
    with av.open(io.BytesIO(data), "r") as container:
        packets = container.demux(container.streams.video[0])
        return sorted(
            float(one.pts * one.time_base) for one in packets if one.pts is not None and one.size and not one.is_discard
        )


def joined(first: bytes, second: bytes) -> bytes:
    """An mkv of the packets of two files, the ones behind the others."""
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as target:
        stream: Any = None
        begin = 0.0
        for data in (first, second):
            with av.open(io.BytesIO(data), "r") as source:
                video = source.streams.video[0]
                stream = stream or target.add_stream_from_template(video)
                for packet in source.demux(video):
                    if packet.size and packet.pts is not None and packet.dts is not None:
                        ticks = round(begin / packet.time_base)
                        packet.pts, packet.dts, packet.stream = packet.pts + ticks, packet.dts + ticks, stream
                        target.mux(packet)
            begin += timestamps(data)[-1] + 1 / RATE
    return out.getvalue()


def edited(data: bytes, ticks: int, length: int) -> bytes:
    """An mp4 whose edit list begins so many ticks later in its media, and lasts `length` ticks of the movie."""
    at = data.index(b"elst")
    entries = struct.unpack(">I", data[at + 8 : at + 12])[0]
    assert entries == 1
    _, media = struct.unpack(">ii", data[at + 12 : at + 20])
    return data[: at + 12] + struct.pack(">ii", length, media + ticks) + data[at + 20 :]


def read_film(
    path: Path, begin: int = 0, end: int | None = None, *, max_pixels: int = 10**8, **windows: Any
) -> list[Any]:
    """All that the reader of films gives for a file."""
    reading = Reading(windows=Windows(**windows))
    where = os.fsencode(path)
    return list(videos(SourceFile(path.name, where, path.stat().st_size, max_pixels, begin, end, reading)))


def clips(found: Sequence[Any]) -> list[Any]:
    """The clips among what a reader gave."""
    return [one.value for one in found if isinstance(one, Sample)]


def remarks(found: Sequence[Any]) -> list[str]:
    """The remarks among what a reader gave."""
    return [one.text for one in found if isinstance(one, Remark)]
