"""Frames through a video encoder and back, in memory, by one thread, with no file and no container."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from sslabel.values import Pixels

CodecName: TypeAlias = Literal["h264", "mpeg4"]

_ENCODERS = {"h264": "libx264", "mpeg4": "mpeg4"}
_BLOCK = 16
_RATE = 25  # nominal, whatever the clip's is: how much is kept must not depend on that
_STRONGEST = 31


def coded(frames: Iterable[Pixels], codec: CodecName, crf: int) -> list[Pixels]:
    """What is left of H×W×3 frames of one size, of which the first is a key frame and the others lean on those before.

    `crf` is that of H.264, 1 to 51; MPEG-4 quantizes in steps of about the same size, and ends at 40.
    """
    import av

    reader = av.CodecContext.create(codec, "r")
    reader.thread_count = 1
    made: list[Pixels] = []
    for packet in packets(frames, codec, crf):
        made += map(_pixels, reader.decode(packet))
    made += map(_pixels, reader.decode(None))
    return made


def packets(frames: Iterable[Pixels], codec: CodecName, crf: int) -> Iterator[Any]:
    """The packets that an encoder makes of frames: the first a key frame, the only one."""
    writer: Any = None
    for number, pixels in enumerate(frames):
        frame = _frame(pixels)
        frame.pts, frame.time_base = number, Fraction(1, _RATE)
        writer = writer or _writer(codec, crf, frame.width, frame.height)
        yield from writer.encode(frame)
    yield from writer.encode(None)


def _writer(codec: CodecName, crf: int, width: int, height: int) -> Any:  # noqa: ANN401 - a VideoCodecContext
    import av

    writer: Any = av.CodecContext.create(_ENCODERS[codec], "w")
    writer.width, writer.height, writer.pix_fmt = width, height, "yuv420p"
    writer.time_base, writer.framerate = Fraction(1, _RATE), Fraction(_RATE)
    writer.gop_size = 250  # a second key frame would mark its place
    writer.thread_count = 1
    if codec == "h264":
        # Left to itself, x264 chooses among routines by the processor, and puts key frames at cuts.
        exact = {"x264-params": "threads=1:cpu-independent=1:scenecut=0"}
        writer.options = {"preset": "veryfast", "crf": str(crf), **exact}
    else:
        quantizer = str(min(max(round(2 ** ((crf - 4) / 6) / 2), 1), _STRONGEST))
        exact = {"flags": "+bitexact", "dct": "fastint", "idct": "simple"}
        writer.options = {"qmin": quantizer, "qmax": quantizer, **exact}
    return writer


def _frame(pixels: Pixels) -> VideoFrame:
    """A frame in YUV 4:2:0; its sides are made even, and no shorter than a block, by repeating its edge."""
    import cv2
    from av.video.frame import VideoFrame as NewFrame

    height, width = pixels.shape[:2]
    below, beside = (max(side + side % 2, _BLOCK) - side for side in (height, width))
    if below or beside:
        pixels = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    return NewFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(format="yuv420p")


def _pixels(frame: VideoFrame) -> Pixels:
    pixels: Any = frame.to_ndarray(format="rgb24")
    return pixels  # type: ignore[no-any-return]  # PyAV's arrays are untyped
