"""Folders of numbered pictures, as frames of a film that was cut into pictures."""

from __future__ import annotations

import math
import os
import re
import stat
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import starmap
from typing import TYPE_CHECKING

from sslabel.errors import BadSource
from sslabel.readers import Reading, Remark, SourceFile
from sslabel.readers.image.pictures import EXTENSIONS, decoder_of, size_in_header
from sslabel.readers.video.films import Frame
from sslabel.readers.video.videos import sample_of
from sslabel.readers.video.windows import spread, windows
from sslabel.registry import reader
from sslabel.storage import extension_of, source_name
from sslabel.values import Picture, PictureDecoder, Sample

if TYPE_CHECKING:
    from sslabel.values import Pixels

_RATE = 25.0
_LARGE, _RANGE, _OPEN_END = 32 << 20, 1500, 1 << 40
_PROBED, _ODD, _ASKED = 8, 1, 3
_SMALL = 64
_NUMBERED = re.compile(rb"((?:.*\D)?)(\d+)(\.[^.]*)", re.DOTALL)

_EXTENSIONS = frozenset(one.encode() for one in EXTENSIONS)


def numbered(names: Sequence[bytes]) -> list[bytes]:
    """The pictures of a folder in the order of their numbers; none where they are not numbered as frames are.

    All have one prefix, one extension, and each a number of its own, padded with zeros or not.
    """
    found = [_NUMBERED.fullmatch(name) for name in names]
    if len(names) < 2 or len({match and (match[1], match[3].lower()) for match in found}) > 1 or found[0] is None:  # noqa: PLR2004 - one frame is no film
        return []
    by_number = dict(sorted((int(match[2]), match[0]) for match in found if match))
    return list(by_number.values()) if len(by_number) == len(names) else []


def are_of_one_size(folder: bytes, names: Sequence[bytes]) -> bool:
    """Whether numbered pictures are frames of one film, judged by the sizes of eight; what is damaged does not count.

    Of eight, one may be of another size: that costs the frame, not the film.
    """
    chosen = [os.path.join(folder, names[at]) for at in _few(len(names), _PROBED)]  # noqa: PTH118 - bytes
    sizes = Counter(size for size in map(size_in_header, chosen) if size is not None)
    odd = sizes.total() - max(sizes.values(), default=0)
    return odd <= (_ODD if len(names) >= _PROBED else 0)


def _few(count: int, most: int) -> list[int]:
    """So many places, evenly spread from the first to the last."""
    return [number * (count - 1) // (most - 1) for number in range(most)] if count > most else list(range(count))


def cut(path: bytes, size: int, reading: Reading) -> list[tuple[int, int, int]]:
    """The ranges that a large folder is read in, of about 1500 frames each, in seconds."""
    if size <= _LARGE:
        return []
    try:
        times = _listed(path, size).times(reading.windows.fps or _RATE)
    except OSError:
        return []  # reading it will tell
    if not times or times[-1] >= _OPEN_END:
        return []
    edges = [*sorted({math.floor(times[at]) for at in range(0, len(times), _RANGE)}), _OPEN_END]
    count = len(edges) - 1
    return [(edges[number], edges[number + 1], size // count) for number in range(count)] if count > 1 else []


@dataclass(frozen=True, slots=True)
class _Numbered:
    """The numbered pictures in a folder, in order: names, numbers from the first on, and sizes in bytes."""

    names: Sequence[bytes]
    numbers: Sequence[int]
    sizes: Sequence[int]

    def times(self, rate: float) -> list[float]:
        """The seconds from the first frame to each; a number that is missing is a gap."""
        return [number / rate for number in self.numbers]


def _listed(folder: bytes, size: int) -> _Numbered:
    """The numbered pictures in a folder that was planned with a size; none where there are others, too."""
    # A large folder is read in many ranges, each of which would list all of it. The time of a folder changes where a
    # file comes, goes or is renamed; one that is written anew is found to have another size when it is read.
    return _listed_once(folder, size, os.stat(folder).st_mtime_ns)  # noqa: PTH116 - bytes


@lru_cache(maxsize=1)
def _listed_once(folder: bytes, *_: int) -> _Numbered:
    sizes = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(b".") and is_picture(entry.name):
                with suppress(OSError):
                    about = entry.stat()
                    if stat.S_ISREG(about.st_mode):
                        sizes[entry.name] = about.st_size
    names = numbered(list(sizes))
    numbers = [int(match[2]) for match in map(_NUMBERED.fullmatch, names) if match]
    return _Numbered(names, [number - numbers[0] for number in numbers], [sizes[name] for name in names])


def is_picture(name: bytes) -> bool:
    """Whether a file name is one of a picture."""
    return extension_of(name) in _EXTENSIONS


@reader("video", extensions=["/"], fields=["folder"], ranges=cut)
def frames(file: SourceFile) -> Iterator[Sample | Remark]:
    """Read windows of numbered frames in a folder: `clip/000001.jpg` and so on, shot at 25 a second or `--fps`.

    The frames are in the order of their numbers, and a number that is missing is a gap in time. A frame that is
    damaged, or not of the size of the others, costs the pairs that would show it. Beside them may stand files of any
    other kind, but no other picture. Photos that are numbered like this and of one size are taken for frames, too.
    """
    how = file.reading.windows
    rate = how.fps or _RATE
    shot = _Shot(file, rate)
    if not file.begin:
        yield Remark(file.source, f"read as folders of numbered frames, {rate:g} a second")
    begin, end = float(file.begin) or None, math.inf if file.end is None else float(file.end)
    times = spread(how, shot.times[-1] + 1 / rate, rate)
    found = windows(shot.frames, replace(how, fps=None), times=times, begin=begin, end=end)
    yield from starmap(partial(sample_of, file), found)


class _Shot:
    """The frames in a folder; BadSource where it has changed since it was planned, or none can be read."""

    def __init__(self, file: SourceFile, rate: float) -> None:
        try:
            self._listed = _listed(file.path, file.size)
        except OSError as error:
            msg = f"it cannot be listed: {error.strerror}"
            raise BadSource(msg) from None
        size = sum(self._listed.sizes)
        if size != file.size or not self._listed.names:
            msg = f"changed since it was planned: frames of {file.size} bytes then, of {size} now"
            raise BadSource(msg)
        self.times = self._listed.times(rate)
        self._file = file
        self._size = self._usual_size()

    def _usual_size(self) -> tuple[int, int]:
        """What the size of all frames has to be: that of most of three."""
        sizes: Counter[tuple[int, int]] = Counter()
        problem = ""
        names = self._listed.names
        few = _few(len(names), _ASKED)
        for tried, at in enumerate((*few, *range(len(names)))):
            if tried >= len(few) and sizes:
                break
            try:
                decoder = decoder_of(self._picture(at))
            except BadSource as bad:
                problem = problem or f"{source_name(names[at])}: {bad}"
            else:
                sizes[decoder.width, decoder.height] += 1
        if not sizes:
            raise BadSource(problem)
        return sizes.most_common(1)[0][0]

    def _picture(self, at: int) -> SourceFile:
        """A frame as the reader of pictures is handed it."""
        name = self._listed.names[at]
        path = os.path.join(self._file.path, name)  # noqa: PTH118 - bytes
        return SourceFile(self._file.source + source_name(name), path, self._listed.sizes[at], self._file.max_pixels)

    def frames(self, begin: float | None) -> Iterator[Frame]:
        """The frames from a second on; each is read when it is looked at."""
        first = 0 if begin is None else bisect_left(self.times, begin - 1e-6)
        for at in range(first, len(self.times)):
            decoder = _FrameDecoder(source_name(self._listed.names[at]), partial(self._picture, at), self._size)
            yield Frame(self.times[at], Picture(decoder=decoder))


class _FrameDecoder:
    """A frame whose file is read when it is looked at; BadSource with its name where it is no picture of that size."""

    def __init__(self, name: str, read: Callable[[], SourceFile], size: tuple[int, int]) -> None:
        self._name, self._read = name, read
        self.width, self.height = size

    @cached_property
    def _decoder(self) -> PictureDecoder:
        decoder = decoder_of(self._read())
        if (decoder.width, decoder.height) != (self.width, self.height):
            msg = f"{decoder.width}×{decoder.height}, where the other frames have {self.width}×{self.height}"
            raise BadSource(msg)
        return decoder

    @contextmanager
    def _named(self) -> Iterator[PictureDecoder]:
        try:
            yield self._decoder
        except BadSource as bad:
            msg = f"{self._name}: {bad}"
            raise BadSource(msg) from None

    @property
    def grid(self) -> tuple[int, int, int]:
        with self._named() as decoder:
            return decoder.grid

    @property
    def verbatim(self) -> bytes | None:
        with self._named() as decoder:
            return decoder.verbatim

    def rgb(self, at_least: tuple[int, int] | None = None) -> Pixels:
        with self._named() as decoder:
            return decoder.rgb(at_least)

    def luma(self) -> Pixels:
        with self._named() as decoder:
            return decoder.luma()

    def small(self) -> Pixels:
        with self._named() as decoder:
            return decoder.small()

    def small_part(self, rows: int) -> Pixels | None:
        with self._named() as decoder:
            return decoder.small_part(rows)

    def thumbnail(self) -> Pixels:
        # Of a JPEG, a reduced decode costs a fraction of the whole.
        return Picture(self.rgb((_SMALL, _SMALL))).thumbnail
