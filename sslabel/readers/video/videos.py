"""Video files: windows of consecutive frames, by the timestamps of the file."""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import starmap

from sslabel.errors import BadSource
from sslabel.readers import BadRecord, Reading, Remark, SourceFile, Stretch, open_without_waiting
from sslabel.readers.video.bars import bars_of
from sslabel.readers.video.films import Damage, Film
from sslabel.readers.video.windows import seconds_of, spread, windows
from sslabel.registry import reader
from sslabel.values import Clip, Sample

_LARGE, _RANGE, _OPEN_END = 32 << 20, 60, 1 << 40
_SHORT = 0.5  # seconds that a film may be shorter than its header says
_TELLING = 2.0  # seconds


def cut(path: str | bytes, size: int, _: Reading) -> list[tuple[int, int, int]]:
    """The ranges of a minute that a large film is read in, each giving the windows that begin in it.

    One that can only be read from its beginning is not cut.
    """
    if size <= _LARGE:
        return []
    try:
        with open(path, "rb", buffering=0, opener=open_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return []
            film = Film(file, 1 << 60)
            count = int((film.duration or 0.0) // _RANGE)
            cuttable = count > 1 and film.can_seek((film.start or 0.0) + _RANGE)
            film.close()
    except (OSError, BadSource):
        return []  # reading it will tell
    edges = [*(number * _RANGE for number in range(count)), _OPEN_END]
    return [(edges[number], edges[number + 1], size // count) for number in range(count)] if cuttable else []


def beginning(file: SourceFile) -> SourceFile:
    """The first seconds of a film: as many windows as they hold tell what the others come to."""
    how = file.reading.windows
    if how.per_clip is not None:
        return file
    try:
        with file.opened() as raw:
            film = Film(raw, file.max_pixels)
            whole = film.duration or 0.0
            stride = max(seconds_of(how.stride or one, how, film.rate) for one in how.lengths)
            film.close()
    except BadSource:
        return file
    if file.end is not None:
        whole = min(whole, file.end) - file.begin
    part = math.ceil(stride * math.ceil(_TELLING / stride))
    if part >= whole / 2:
        return file
    return replace(file, end=file.begin + part, share=int(file.weight * part / whole))


@reader(
    "video",
    extensions=(
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"),
        *(".m2ts", ".mts", ".wmv", ".flv", ".3gp", ".ogv"),
    ),
    fields=["folder"],
    ranges=cut,
    beginning=beginning,
)
def videos(file: SourceFile) -> Iterator[Sample | Remark | BadRecord]:
    """Read windows of a film: upright, in sRGB, 8 bits a channel, each frame with its timestamp.

    The timestamps of the file rule, whatever its rate of frames. A film that ends before its header says is reported,
    and what of it cannot be decoded; the windows that hold none of that are used. Both fields of interlaced films, and
    pixels that are not square, are given as they are stored; a remark says so.
    """
    with file.opened() as raw:
        crop = bars_of(raw, file.max_pixels) if file.reading.windows.crop_bars else None
        film = Film(raw, file.max_pixels)
        film.crop = crop
        try:
            yield from _read(film, file)
        finally:
            film.close()


def _read(film: Film, file: SourceFile) -> Iterator[Sample | Remark | BadRecord]:
    how = file.reading.windows
    start = film.start or 0.0
    begin = start + file.begin if file.begin else None
    end = math.inf if file.end is None else start + file.end
    times = spread(how, film.duration or 0.0, film.rate, start)
    found = windows(film.frames, how, times=times, begin=begin, end=end, skips=film.has_index, origin=start)
    yield from starmap(partial(sample_of, file), found)  # held by no name here: it may go while the next one is decoded
    if film.last is None and begin is None:
        raise BadSource(_reason(film.damages[0]) if film.damages else "it holds no frames that can be decoded")
    for damage in film.damages:
        if _is_in(damage.behind, begin, end):
            yield BadRecord(name_of(file.source, damage.behind or 0.0), _reason(damage))
    if film.last is not None and film.last >= (begin or film.last) and (short := _shortness(film)):
        yield BadRecord(name_of(file.source, film.last), short)
    yield from (Remark(file.source, text) for text in _remarks(film, begin, end))


def sample_of(file: SourceFile, length: Stretch, clip: Clip) -> Sample:
    """A window of a film as a sample, named after the second at which it begins: `a.mp4#12.48`."""
    return Sample(name_of(file.source, clip.times[0]), clip, {"folder": file.folder}, length)


def _reason(damage: Damage) -> str:
    where = "it"
    if damage.until is not None:
        where = f"its frames from {damage.behind or 0.0:.2f} s to {damage.until:.2f} s"
    elif damage.behind is not None:
        where = f"from {damage.behind:.2f} s on it"
    return f"{where} cannot be decoded: {damage.reason}"


def _is_in(second: float | None, begin: float | None, end: float) -> bool:
    """Whether what was found at a second, or of the whole film, belongs to a range."""
    if second is None:
        return begin is None
    return (begin is None or begin <= second) and second < end


def _remarks(film: Film, begin: float | None, end: float) -> Iterator[str]:
    """What is to be known of a film, each in the range that it belongs to."""
    yield from (text for second, text in film.remarks if _is_in(second, begin, end))
    if film.crop is not None and begin is None:
        (width, height), box = film.crop
        yield f"black bars cut off: {box.width}×{box.height} of {width}×{height} at ({box.x}, {box.y})"
    if film.dropped:
        yield "frames are left out whose timestamps do not go on from those before"


def _shortness(film: Film) -> str:
    """What a film that was read to its end lacks of what its header promises."""
    if not film.over or film.last is None or (film.damages and film.damages[-1].until is None):
        return ""
    seconds = 0.0 if film.end is None else film.end - film.last
    if seconds > _SHORT:
        return f"it ends {seconds:.1f} s before its header says"
    return f"it ends {film.missing:,} bytes before its header says" if film.missing else ""


def name_of(source: str, time: float) -> str:
    """The id of the window that begins at a second: `a.mp4#12.48`."""
    return f"{source}#{f'{time:.6f}'.rstrip('0').rstrip('.')}"
