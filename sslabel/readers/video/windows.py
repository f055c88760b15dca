"""Which frames of a film make a window: each begins a stride after the one before, or at a given second.

Where windows begin is counted from the beginning of the film in seconds, and from that of what is read in frames. So
with strides in seconds the windows of a film are the same, however it is cut to be read.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sslabel.readers import Stretch, Windows
from sslabel.readers.video.films import Frame
from sslabel.values import Clip

_TICK = 1e-6  # what timestamps may be off by in binary fractions
_USUAL_RATE = 25.0
_FAR = 4.0  # seconds that are skipped rather than decoded
_GAP = 60.0  # seconds; no frame is shown for longer, whatever timestamps say

FramesFrom = Callable[[float | None], Iterator[Frame]]
"""Gives the frames of a film from the one that is shown at a second on; from the beginning with None."""


class _Begins:
    """Which frames begin a window: the first at or behind each of `times`; or each so many frames or seconds apart.

    None begins before the second `begin`, or at or behind `end`.
    """

    def __init__(self, stride: Stretch, times: Sequence[float] | None, origin: float, begin: float, end: float) -> None:
        self._stride, self._times, self._origin = stride, times, origin
        self._range = begin, end
        self._place: float = -math.inf if times is None else -1  # which of the times, or of the strides, came last
        self._passed = 0
        self._last = -math.inf

    def due(self, frame: Frame) -> bool:
        """Whether a window begins with this frame, the next in order."""
        begin, end = self._range
        if self._times is None and not self._stride.seconds:
            inside = frame.time >= begin - _TICK
            due = inside and self._passed % self._stride.frames == 0
            self._passed += inside
        else:
            place = self._place_of(frame.shown)
            due, self._place = place > self._place, place
        due = due and begin - _TICK <= frame.time < end - _TICK and frame.time > self._last
        if due:
            self._last = frame.time
        return due

    def _place_of(self, second: float) -> int:
        if self._times is not None:
            return bisect_right(self._times, second + _TICK) - 1
        return math.floor((second - self._origin + _TICK) / self._stride.seconds)

    def start(self) -> float:
        """The second to read from, so that it is known which frame is the first to begin a window."""
        begin = self._range[0]
        if begin == -math.inf or (self._times is None and not self._stride.seconds):
            return begin
        place = self._place_of(begin)
        if self._times is not None:
            return self._times[max(place, 0)] if self._times else math.inf
        return self._origin + place * self._stride.seconds

    @property
    def next(self) -> float:
        """The second before which none begins."""
        if self._times is not None:
            later = int(self._place) + 1
            return self._times[later] if later < len(self._times) else math.inf
        return self._origin + (self._place + 1) * self._stride.seconds if self._stride.seconds else -math.inf


@dataclass
class _Kept:
    """The frames from the first open window on, and where in them the open windows begin."""

    window: Stretch
    given: bool = False
    frames: list[Frame] = field(default_factory=list)
    open: list[int] = field(default_factory=list)

    def add(self, frame: Frame, *, begins: bool) -> Iterator[Clip]:
        """The windows that this frame completes; none that is open goes on over a gap or into another size."""
        if self.frames and (frame.apart or _size(frame) != _size(self.frames[-1])):
            self.frames, self.open = [], []
        if begins:
            self.open.append(len(self.frames))
        if not self.open:
            return
        self.frames.append(frame)
        while self.open and self._is_whole(self.open[0]):
            self.given = True
            yield _clip(self.frames[self.open.pop(0) :])
        gone = self.open[0] if self.open else len(self.frames)
        del self.frames[:gone]
        self.open = [place - gone for place in self.open]

    def _is_whole(self, place: int) -> bool:
        seconds = self.frames[-1].shown - self.frames[place].shown
        return len(self.frames) - place >= self.window.frames and seconds >= self.window.seconds - _TICK


def _size(frame: Frame) -> tuple[int, int]:
    return frame.picture.width, frame.picture.height


def _clip(frames: Sequence[Frame]) -> Clip:
    return Clip([frame.picture for frame in frames], [frame.time for frame in frames])


def seconds_of(stretch: Stretch, how: Windows, rate: float | None) -> float:
    """About how many seconds a stretch of a film takes that has `rate` frames a second."""
    return max(stretch.seconds, stretch.frames / (how.fps or rate or _USUAL_RATE))


def spread(how: Windows, duration: float, rate: float | None, start: float = 0.0) -> dict[Stretch, list[float]] | None:
    """The seconds at which the windows of each length begin that are asked for by their number, evenly spread.

    One is in the middle; where the film is shorter than a window, it is at its beginning. None where windows are
    asked for by their stride.
    """
    if how.per_clip is None:
        return None
    rooms = {one: duration - seconds_of(one, how, rate) for one in how.lengths}
    places = [(number + 0.5) / how.per_clip for number in range(how.per_clip)]
    return {one: [start + room * place for place in places] if room > 0 else [start] for one, room in rooms.items()}


def windows(  # noqa: PLR0913 - what is asked of a film
    frames_from: FramesFrom,
    how: Windows,
    *,
    times: Mapping[Stretch, Sequence[float]] | None = None,
    begin: float | None = None,
    end: float = math.inf,
    skips: bool = True,
    origin: float = 0.0,
) -> Iterator[tuple[Stretch, Clip]]:
    """The windows of a film whose first timestamp lies in a range; where it is shorter than one, the film itself.

    Each comes with the length that it was cut to. With `times`, those of a length begin at these seconds, in order,
    else a stride apart from `origin` on, the film's first second. The film is decoded once for all lengths. Where it
    is far to the next window and the film `skips`, what lies between is not decoded.
    """
    since = -math.inf if begin is None else begin
    begun = {
        one: _Begins(_stride(how, one), None if times is None else times[one], origin, since, end)
        for one in how.lengths
    }
    kept = {one: _Kept(one) for one in how.lengths}
    at: float | None = min(begins.start() for begins in begun.values())
    if at == -math.inf:
        at = None if times is None or not skips else min(one[0] for one in times.values())
    # At another rate, the frame that is shown at a second behind the end may be one from before it.
    while at is None or at < (end if how.fps is None else math.inf):
        frames = at_rate(frames_from(at), how.fps, at)
        at = math.inf
        for frame in frames:
            for length, begins in begun.items():
                # Held by no name here: a window may go while the next one is decoded.
                yield from ((length, clip) for clip in kept[length].add(frame, begins=begins.due(frame)))
            if not any(one.open for one in kept.values()):
                if frame.time >= end - _TICK:
                    return
                later = min(begins.next for begins in begun.values())
                if later == math.inf or (skips and later > frame.shown + _FAR):
                    at = later
                    break
    for length, one in kept.items():
        if one.open and not one.given and begin is None:
            yield length, _clip(one.frames)


def _stride(how: Windows, length: Stretch) -> Stretch:
    """How far windows are apart: in seconds where they or the rate of frames are given, else in frames."""
    stride = how.stride or length
    if how.fps is not None:
        return Stretch(seconds=max(stride.seconds, stride.frames / how.fps))
    return stride


def at_rate(frames: Iterable[Frame], fps: float | None, begin: float | None = None) -> Iterator[Frame]:
    """Of a film, the frame that is shown at each tick of another rate; ticks are counted from second 0.

    Without a rate they are as they are, and in any case from a second on. Where the film has fewer frames a second,
    one is given several times, but for no longer than a minute. The last is shown as long as the one before.
    """
    if fps is None:
        yield from (frame for frame in frames if begin is None or frame.time >= begin - _TICK)
        return
    shown: Frame | None = None
    tick, length, apart = 0, 1 / fps, False
    for frame in frames:
        if shown is None:
            tick = math.ceil((max(frame.time, frame.time if begin is None else begin) - _TICK) * fps)
        else:
            length = min(frame.time - shown.time, _GAP)
            while tick / fps < shown.time + length - _TICK:
                yield replace(shown, tick=tick / fps, apart=apart)
                tick, apart = tick + 1, False
            if frame.time > shown.time + _GAP:
                tick, apart = math.ceil((frame.time - _TICK) * fps), True
        shown, apart = frame, apart or frame.apart
    while shown is not None and tick / fps < shown.time + length - _TICK:
        yield replace(shown, tick=tick / fps, apart=apart)
        tick, apart = tick + 1, False
