"""Films that tests write, so that what is made of them can be read back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from sslabel.values import Clip


def save_film(path: Path, clip: Clip) -> Path:
    """Write a clip without loss of anything but the rounding of its colours, its times in milliseconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv444p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for frame, time in zip(clip.frames, clip.times, strict=True):
            made = av.VideoFrame.from_ndarray(frame.pixels, format="rgb24")
            made.pts, made.time_base = round(1000 * time), Fraction(1, 1000)
            container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    return path
