"""A decoded frame of a film, which is made RGB, upright and opaque when it is looked at, and not before."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sslabel.values import Picture

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter

    from sslabel.values import Pixels

_HD = 720
_MATRICES = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
"""From the matrix that a frame names (ITU-T H.273, table 4) to the one by which it is converted."""
_BT709, _BT601, _FULL = 1, 5, 2
_NEAREST = 256  # to this side by picking pixels, from there to a thumbnail by means


class Way(NamedTuple):
    """How a stored frame is turned upright: swapped over its diagonal, then left for right, then up for down."""

    diagonal: bool = False
    sides: bool = False
    ends: bool = False


class Box(NamedTuple):
    """A part of an upright picture of a given size: width × height pixels from (x, y) on."""

    x: int
    y: int
    width: int
    height: int


def way_of(frame: VideoFrame) -> Way:
    """How a frame is turned upright, by the display matrix of its film; of other angles, the next quarter turn."""
    sides: Any = frame.side_data  # a sequence, which its types do not say
    for one in sides:
        if one.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = np.frombuffer(bytes(one), np.int32)[:5].tolist()
            # A point (x, y) of the stored frame is shown at (a·x + c·y, b·x + d·y), y downwards.
            return Way(True, c < 0, b < 0) if abs(b) > abs(a) else Way(False, a < 0, d < 0)
    return Way()


class DecodedFrame:
    """A frame as the decoder left it, and how it is turned and cut."""

    grid = (1, 0, 0)
    verbatim = None

    def __init__(self, frame: VideoFrame, way: Way = Way(), box: Box | None = None) -> None:  # noqa: B008 - a constant
        self.frame = frame
        self._way = way
        self._box = box
        width, height = (frame.height, frame.width) if way.diagonal else (frame.width, frame.height)
        self.width, self.height = (box.width, box.height) if box is not None else (width, height)

    def cut(self, box: Box) -> DecodedFrame:
        """A part of it."""
        return DecodedFrame(self.frame, self._way, box)

    def rgb(self, at_least: tuple[int, int] | None = None) -> Pixels:  # noqa: ARG002 - there is no reduced decode
        """H×W×3 uint8 RGB, all of it."""
        import cv2

        # Never straight from the frame: of some formats FFmpeg makes other values as RGB than as BGR.
        swapped: Any = cv2.cvtColor(self.bgr(), cv2.COLOR_BGR2RGB)
        return swapped  # type: ignore[no-any-return]  # of 8 bits, as it was

    def bgr(self) -> Pixels:
        """H×W×3 uint8 BGR, as it is encoded."""
        frame = self.frame
        opaque = not any(one.is_alpha for one in frame.format.components)
        matrix = None
        if not frame.format.is_rgb:
            matrix = _MATRICES.get(frame.colorspace, _BT709 if frame.height >= _HD else _BT601)
        made = _reformatter().reformat(
            frame,
            format="bgr24" if opaque else "bgra",
            src_colorspace=matrix,
            dst_color_range=_FULL,
            threads=1,
        )
        pixels: Any = made.to_ndarray()
        return self._upright(pixels if opaque else _on_white(pixels))

    def luma(self) -> Pixels:
        """H×W uint8 luma."""
        return Picture(self.rgb()).luma

    def small(self) -> Pixels:
        """About an eighth of the size, H×W×3 uint8 RGB."""
        return Picture(self.rgb()).small

    def small_part(self, rows: int) -> None:
        """Nothing: it is decoded whole."""

    def thumbnail(self) -> Pixels:
        """64×64 uint8 luma, straight from the plane of the frame that holds it."""
        import cv2

        frame = self.frame
        plane: Any
        if frame.format.name in _EIGHT_BIT:
            first: Any = frame.planes[0]
            plane = np.frombuffer(first, np.uint8).reshape(-1, first.line_size)[: frame.height, : frame.width]
        else:
            plane = _reformatter().reformat(frame, format="gray", threads=1).to_ndarray()
        if self._box is not None:
            plane = self._upright(plane)
        small: Any = cv2.resize(plane, (_NEAREST, _NEAREST), interpolation=cv2.INTER_NEAREST)
        for side in (_NEAREST // 2, _NEAREST // 4):  # by halves it takes a quarter of the time
            small = cv2.resize(small, (side, side), interpolation=cv2.INTER_AREA)
        return self._upright(small) if self._box is None else small

    def _upright(self, pixels: Pixels) -> Pixels:
        import cv2

        turned: Any = cv2.transpose(pixels) if self._way.diagonal else pixels
        if self._way.sides or self._way.ends:
            turned = cv2.flip(turned, -1 if self._way.sides and self._way.ends else int(self._way.sides))
        if self._box is not None:
            x, y, width, height = self._box
            turned = turned[y : y + height, x : x + width]
        return np.ascontiguousarray(turned)


_EIGHT_BIT = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"})


def _on_white(pixels: Pixels) -> Pixels:
    """H×W×3 of H×W×4, as it shows in front of white."""
    alpha = pixels[:, :, 3:].astype(np.uint16)
    shown: Pixels = ((pixels[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return shown


@cache
def _reformatter() -> VideoReformatter:
    """One for all frames: it keeps the tables of the last conversion."""
    from av.video.reformatter import VideoReformatter

    return VideoReformatter()
