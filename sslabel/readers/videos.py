"""Video files: windows of consecutive frames, by the timestamps of the file."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sslabel.errors import BadSource
from sslabel.readers import BadRecord, Reading, Remark, SourceFile, Windows, open_without_waiting
from sslabel.readers.films import Film, Frame
from sslabel.readers.windows import windows
from sslabel.registry import reader
from sslabel.values import Sample

_LARGE, _RANGE, _OPEN_END = 32 << 20, 60, 1 << 40
_SHORT = 0.5  # seconds that a film may be shorter than its header says


def cut(path: str | bytes, size: int, _: Reading) -> list[tuple[int, int, int]]:
    """The ranges of a minute that a large film is read in, each giving the windows that begin in it."""
    if size <= _LARGE:
        return []
    try:
        with open(path, "rb", buffering=0, opener=open_without_waiting) as file:
            film = Film(file, 1 << 60)
            seconds = film.duration or 0.0
            film.close()
    except (OSError, BadSource):
        return []  # reading it will tell
    count = max(1, int(seconds // _RANGE))
    edges = [*(number * _RANGE for number in range(count)), _OPEN_END]
    return [(edges[number], edges[number + 1], size // count) for number in range(count)] if count > 1 else []


@reader(
    "video",
    extensions=(
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"),
        *(".m2ts", ".mts", ".wmv", ".flv", ".3gp", ".ogv"),
    ),
    fields=["folder"],
    ranges=cut,
)
def videos(file: SourceFile) -> Iterator[Sample | Remark | BadRecord]:
    """Read windows of a film: upright, in sRGB, 8 bits a channel, each frame with its timestamp.

    The timestamps of the file rule, whatever its rate of frames. A film that ends before its header says, or that
    cannot be decoded to its end, is reported; the windows before are used.
    """
    with file.opened() as raw:
        film = Film(raw, file.max_pixels)
        try:
            yield from _read(film, file)
        finally:
            film.close()


def _read(film: Film, file: SourceFile) -> Iterator[Sample | Remark | BadRecord]:
    how = file.reading.windows
    watched = _Watched(film)
    begin = float(file.begin) + (film.start or 0.0) if file.begin else None
    end = math.inf if file.end is None else file.end + (film.start or 0.0)
    times = _spread(film, how) if how.per_clip is not None else None
    if times is not None:
        times = [time for time in times if (begin or -math.inf) <= time < end]
        begin = times[0] if times else begin
    if times != []:
        for clip in windows(watched.frames, how, times=times, begin=begin, end=end, skips=film.has_index):
            yield Sample(name_of(file.source, clip.times[0]), clip, {"folder": file.folder})
    if watched.failure and watched.last is None and not file.begin:
        raise BadSource(watched.failure)
    if watched.failure:
        yield BadRecord(name_of(file.source, watched.last or file.begin), f"from here on {watched.failure}")
    elif watched.ended and watched.missing > _SHORT:
        yield Remark(file.source, f"it ends {watched.missing:.1f} s before its header says")


def _spread(film: Film, how: Windows) -> list[float]:
    """The seconds at which so many windows begin, evenly spread over the film; one in its middle."""
    assert how.per_clip is not None
    seconds = max(how.window.seconds, how.window.frames / (how.fps or film.rate or 25.0))
    room = max(0.0, (film.duration or 0.0) - seconds)
    starts = [(film.start or 0.0) + room * (number + 0.5) / how.per_clip for number in range(how.per_clip)]
    return starts if room else starts[:1]


class _Watched:
    """The frames of a film, and what became of it: the last second, whether it ended, and what it failed of."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self.last: float | None = None
        self.ended = False
        self.failure = ""

    def frames(self, begin: float | None) -> Iterator[Frame]:
        """The frames from a second on; they end where they cannot be decoded."""
        try:
            for frame in self._film.frames(begin):
                self.last = frame.time
                yield frame
        except ValueError as error:
            self.failure = str(error)
        else:
            self.ended = True

    @property
    def missing(self) -> float:
        """How many seconds the film is shorter than its header says."""
        film = self._film
        if film.duration is None or self.last is None:
            return 0.0
        return (film.start or 0.0) + film.duration - self.last - 1 / (film.rate or 25.0)


def name_of(source: str, time: float) -> str:
    """The id of the window that begins at a second: `a.mp4#12.48`."""
    return f"{source}#{f'{time:.6f}'.rstrip('0').rstrip('.')}"
