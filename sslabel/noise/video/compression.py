"""What is lost by compressing a film too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.video.codec import CodecName, coded
from sslabel.values import Clip, Picture

if TYPE_CHECKING:
    from numpy.random import Generator


@noise("video")
def compress(
    clip: Clip,
    rng: Generator,  # noqa: ARG001 - how much is lost is drawn as an option
    *,
    codec: CodecName = "h264",
    crf: Annotated[int, Between(0, 51)] = span(28, 44),
) -> Clip:
    """Compress the clip as a film, and read it back: blocks, smears and ghosts of the frames before.

    codec: h264 (x264) or mpeg4 (MPEG-4 Part 2, as DivX has it)
    crf: constant rate factor of H.264: 23 is usual, 6 more halve the bytes, 0 leaves the clip as it is; mpeg4 takes
      the quantizer of about the same step, whose end is at 40

    The first frame is a key frame, and the only one. Colour is stored at half the size (4:2:0).
    """
    if crf == 0:
        return clip
    # Sides that were odd have a row or a column more.
    made = [one[: clip.height, : clip.width] for one in coded((frame.rgb for frame in clip.frames), codec, crf)]
    grey = clip[0].pixels.ndim == 2  # noqa: PLR2004 - H and W
    frames = [Picture(Picture(one).luma if grey else np.ascontiguousarray(one)) for one in made]
    return Clip(frames, clip.times)
