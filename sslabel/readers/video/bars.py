"""Black bars around the picture of a film: what is black in all frames looked at, and ends where the picture begins.

A row or a column is black where its mean is at most 12 and 98 % of it at most 28, of 255 steps of luma: what a codec
leaves of black, also where the range of a film is not the one that it names. Frames that show nothing (98 % no brighter
than 28) do not count. Bars are cut only where in at least half of the others they end within two pixels of the same
line, and the picture is brighter by 10 steps two pixels further on, which dark parts of a scene do not do; and where
at least a third of the width and of the height is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sslabel.readers.video.decoded import Box
from sslabel.readers.video.films import Film

if TYPE_CHECKING:
    from io import FileIO

    from numpy.typing import NDArray

    from sslabel.values import Picture, Pixels

_MEAN, _BLACK, _MOST = 12, 28, 0.98
_LOOKS, _LEAST_LOOKS = 12, 3
_NEAR, _STEP = 2, 10
_LEFT = 3  # a third


def bars_of(file: FileIO, max_pixels: int) -> tuple[tuple[int, int], Box] | None:
    """The size of a film's frames, and what is left of them without black bars; None where it has none.

    Looked at are key frames spread over the whole film, or where it has few, any frames.
    """
    film = Film(file, max_pixels)
    try:
        looks = list(_key_frames(film))
        if len(looks) < _LEAST_LOOKS + 1:
            looks = list(_spread(film))
    finally:
        film.close()
    sizes = {one.shape for one in looks}
    if len(sizes) != 1:
        return None
    height, width = sizes.pop()
    box = picture_in(looks)
    return None if box is None else ((width, height), box)


def _seconds(film: Film) -> list[float]:
    length = film.duration or 0.0
    return [(film.start or 0.0) + length * (number + 0.5) / _LOOKS for number in range(_LOOKS)]


def _key_frames(film: Film) -> Iterator[Pixels]:
    last: float | None = None
    for second in _seconds(film):
        frame = film.key_frame(second)
        if frame is not None and frame.time != last:
            last = frame.time
            yield _luma(frame.picture)


def _spread(film: Film) -> Iterator[Pixels]:
    seconds = _seconds(film)
    for frame in film.frames():
        if not seconds:
            return
        if frame.time >= seconds[0]:
            seconds = [one for one in seconds if one > frame.time]
            yield _luma(frame.picture)


def _luma(picture: Picture) -> Pixels:
    return picture.luma


def picture_in(looks: list[Pixels]) -> Box | None:
    """Where the picture is in frames of one size (H×W uint8 luma each); None where it fills them, or cannot be told."""
    lit = [one for one in looks if np.quantile(one, _MOST) > _BLACK]
    if len(lit) < _LEAST_LOOKS:
        return None
    height, width = lit[0].shape
    rows, columns = [_lines(one, 1) for one in lit], [_lines(one, 0) for one in lit]
    top, bottom = _bar(rows), _bar([one[:, ::-1] for one in rows])
    left, right = _bar(columns), _bar([one[:, ::-1] for one in columns])
    box = Box(left, top, width - left - right, height - top - bottom)
    if (box.width, box.height) == (width, height) or box.width * _LEFT < width or box.height * _LEFT < height:
        return None
    return box


def _lines(luma: Pixels, axis: int) -> NDArray[np.float64]:
    """Of each row or column the mean, and whether it is black."""
    means = luma.mean(axis=axis)
    black = (means <= _MEAN) & (np.quantile(luma, _MOST, axis=axis) <= _BLACK)
    return np.stack([means, black])


def _bar(looks: list[NDArray[np.float64]]) -> int:
    """How many lines a bar has that all frames have, from the first line on; an even number, and 0 for no bar."""
    ends = [len(black) if black.all() else int(black.argmin()) for _, black in looks]
    bar = min(ends)
    if not 0 < bar < len(looks[0][0]):
        return 0
    inside, outside = min(bar + _NEAR, len(looks[0][0]) - 1), max(bar - _NEAR, 0)
    sharp = [
        end <= bar + _NEAR and means[inside] >= means[outside] + _STEP
        for end, (means, _) in zip(ends, looks, strict=True)
    ]
    return bar + bar % 2 if sum(sharp) * 2 >= len(sharp) else 0
