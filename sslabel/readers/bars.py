"""Black bars around the picture of a film: what is black in all frames looked at, and ends where the picture begins.

A row or a column is black where its mean is at most 12 and 98 % of it at most 28, of 255 steps of luma: what a codec
leaves of black, also where the range of a film is not the one that it names. Frames that show nothing (98 % no brighter
than 28) do not count. Bars are cut only where at least half of the others have them end within two pixels of the same
line, which the dark parts of a scene do not do, and where at least a third of the width and of the height is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sslabel.readers.decoded import Box
from sslabel.readers.films import Film

if TYPE_CHECKING:
    from io import FileIO

    from numpy.typing import NDArray

    from sslabel.values import Picture, Pixels

_MEAN, _BLACK, _MOST = 12, 28, 0.98
_LOOKS, _LEAST_LOOKS = 12, 3
_NEAR = 2  # pixels
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
    rows = [_is_black(one, 1) for one in lit]
    columns = [_is_black(one, 0) for one in lit]
    top, bottom = _bar(rows), _bar([one[::-1] for one in rows])
    left, right = _bar(columns), _bar([one[::-1] for one in columns])
    box = Box(left, top, width - left - right, height - top - bottom)
    if (box.width, box.height) == (width, height) or box.width * _LEFT < width or box.height * _LEFT < height:
        return None
    return box


def _is_black(luma: Pixels, axis: int) -> NDArray[np.bool_]:
    bright = np.quantile(luma, _MOST, axis=axis) > _BLACK
    black: NDArray[np.bool_] = (luma.mean(axis=axis) <= _MEAN) & ~bright
    return black


def _bar(black: list[NDArray[np.bool_]]) -> int:
    """How many lines a bar has that all frames have, from the first line on; an even number, and 0 for no bar."""
    ends = [len(one) if one.all() else int(one.argmin()) for one in black]
    least = min(ends)
    if sum(one <= least + _NEAR for one in ends) * 2 < len(ends):
        return 0
    return least - least % 2 if least % 2 == 0 or least == 1 else least + 1
