"""A film as its decoder gives it: frames in the order of their timestamps, from any second on, upright and in RGB."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sslabel.errors import BadSource
from sslabel.transforms.image.geometry import turn
from sslabel.values import Picture

if TYPE_CHECKING:
    from io import FileIO

    import av
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter

    from sslabel.values import Pixels

# What may be opened. Play lists, which name other files, are not among them.
_CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,ogg,mpeg,mpegts,mpegvideo,gif,apng,webp_anim,webp_pipe,"
    "h264,hevc,ivf,mjpeg,y4m,yuv4mpegpipe"
)
_WITHOUT_INDEX = frozenset({"gif", "apng", "webp_anim", "mjpeg", "h264", "hevc", "mpegvideo"})
_FAR = 4.0  # seconds; over less, decoding on is as quick as seeking
_HD = 720
_NEAREST = 256  # to this side by picking pixels, from there to a thumbnail by means


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame and its timestamp in seconds, by the clock of its file."""

    time: float
    picture: Picture


class Film:
    """An open film.

    `duration` is what its header promises in seconds, from the first frame on, and `start` its first timestamp, each
    None where the header does not say. BadSource for what is no film, or larger than allowed.
    """

    def __init__(self, file: FileIO, max_pixels: int) -> None:
        self._file = file
        self._max_pixels = max_pixels
        self._open()
        tick = float(self._stream.time_base or 0)
        self.start = float(self._stream.start_time) * tick if self._stream.start_time is not None and tick else None
        length = float(self._stream.duration) * tick if self._stream.duration and tick else None
        self.duration = length or (self._container.duration / 1e6 if self._container.duration else None)
        self.has_index = self._container.format.name not in _WITHOUT_INDEX
        """Whether it can be read from the middle without decoding what is before."""
        self.rate = float(self._stream.average_rate or self._stream.guessed_rate or 0) or None

    def _open(self) -> None:
        import av

        self._file.seek(0)
        try:
            self._container = av.open(
                self._file, "r", options={"format_whitelist": _CONTAINERS}, metadata_errors="replace"
            )
            self._stream = _best(self._container)
        except (av.error.FFmpegError, ValueError, IndexError) as error:
            raise BadSource(_failure(error)) from None
        context = self._stream.codec_context
        if context.width * context.height > self._max_pixels:
            msg = f"{context.width}×{context.height} is over the limit of {self._max_pixels} pixels (--max-pixels)"
            raise BadSource(msg)
        context.thread_count = 1
        context.thread_type = "NONE"

    def close(self) -> None:
        """Let go of the decoder."""
        self._container.close()

    def frames(self, begin: float | None = None) -> Iterator[Frame]:
        """The frames from a second on, in order of time; ValueError where they cannot be decoded any further.

        Where the key frame before it cannot be found by seeking, everything before it is decoded.
        """
        if begin is not None and self._is_far(begin):
            decoded = self._sought(begin)
            if decoded is None:
                self.has_index = False
                self.close()
                self._open()
        else:
            decoded = None
        for frame in decoded if decoded is not None else self._decoded():
            if begin is None or frame.time >= begin - 1e-6:
                yield frame

    def _is_far(self, begin: float) -> bool:
        return self.has_index and begin > (self.start or 0.0) + _FAR

    def _sought(self, begin: float) -> Iterator[Frame] | None:
        """The frames from the last key frame before a second on; None where it cannot be found."""
        import av

        try:
            self._container.seek(int(begin / self._stream.time_base), stream=self._stream, backward=True)
            decoded = self._decoded(from_key=True)
            first = next(decoded, None)
        except (av.error.FFmpegError, ValueError):
            return None
        return _chained(first, decoded) if first is not None and first.time <= begin + 1e-6 else None

    def _decoded(self, *, from_key: bool = False) -> Iterator[Frame]:
        import av

        last, waiting = float("-inf"), from_key
        try:
            for frame in self._container.decode(self._stream):
                if waiting and not frame.key_frame:
                    continue  # it leans on frames before the key frame
                waiting = False
                time = self._time(frame, last)
                if time > last:
                    last = time
                    yield Frame(time, Picture(decoder=_FrameDecoder(frame)))
        except (av.error.FFmpegError, OSError) as error:
            raise ValueError(_failure(error)) from None

    def _time(self, frame: VideoFrame, last: float) -> float:
        if frame.pts is not None and frame.time_base is not None:
            return float(frame.pts * frame.time_base)
        return 0.0 if last == float("-inf") else last + 1 / (self.rate or 25.0)


def _chained(first: Frame, rest: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from rest


def _best(container: av.container.InputContainer) -> Any:  # noqa: ANN401 - a VideoStream
    for stream in container.streams.video:
        if not stream.disposition & stream.disposition.attached_pic:
            return stream
    msg = "it holds no video"
    raise BadSource(msg)


def _failure(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"it cannot be decoded: {said}"


class _FrameDecoder:
    """A decoded frame, which is converted to RGB and turned upright when it is looked at."""

    grid = (1, 0, 0)
    verbatim = None

    def __init__(self, frame: VideoFrame) -> None:
        self._frame = frame
        self._quarters = round(frame.rotation / 90) % 4
        self.width, self.height = frame.width, frame.height
        if self._quarters % 2:
            self.width, self.height = self.height, self.width

    def rgb(self, at_least: tuple[int, int] | None = None) -> Pixels:  # noqa: ARG002 - there is no reduced decode
        from av.video.reformatter import Colorspace, Interpolation

        frame = self._frame
        said = frame.colorspace in (Colorspace.ITU709, Colorspace.ITU601, Colorspace.SMPTE240M, Colorspace.FCC, 9, 10)
        matrix = None if said else Colorspace.ITU709 if frame.height >= _HD else Colorspace.ITU601
        made = _reformatter().reformat(
            frame,
            format="rgb24",
            src_colorspace=matrix,
            interpolation=Interpolation.BILINEAR,
            threads=1,
        )
        pixels: Any = made.to_ndarray()
        return turn(pixels, self._quarters)

    def luma(self) -> Pixels:
        return Picture(self.rgb()).luma

    def small(self) -> Pixels:
        return Picture(self.rgb()).small

    def small_part(self, rows: int) -> None:  # noqa: ARG002 - it is decoded whole
        return None

    def thumbnail(self) -> Pixels:
        import cv2

        frame = self._frame
        plane: Any
        if frame.format.name in _EIGHT_BIT:
            first: Any = frame.planes[0]
            plane = np.frombuffer(first, np.uint8).reshape(-1, first.line_size)[: frame.height, : frame.width]
        else:
            plane = _reformatter().reformat(frame, format="gray", threads=1).to_ndarray()
        near = cv2.resize(plane, (_NEAREST, _NEAREST), interpolation=cv2.INTER_NEAREST)
        return turn(cv2.resize(near, (64, 64), interpolation=cv2.INTER_AREA), self._quarters)


_EIGHT_BIT = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"})


@cache
def _reformatter() -> VideoReformatter:
    """One for all frames: it keeps the tables of the last conversion."""
    from av.video.reformatter import VideoReformatter

    return VideoReformatter()
