"""Which frames of a film make a window: each begins a stride after the one before, or at a given second."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sslabel.readers import Stretch, Windows
from sslabel.readers.films import Frame
from sslabel.values import Clip

_TICK = 1e-6  # what timestamps may be off by in binary fractions
_FAR = 4.0  # seconds that are skipped rather than decoded

FramesFrom = Callable[[float | None], Iterator[Frame]]
"""Gives the frames of a film from a second on; from the beginning with None."""


@dataclass
class _Begins:
    """Which frames begin a window: those a `stride` apart, or the first at or behind each of `times`.

    `time` is when the last one began, and `passed` how many frames there were since.
    """

    stride: Stretch
    times: Sequence[float] | None
    time: float = -math.inf
    passed: int = 0
    count: int = 0

    def due(self, frame: Frame) -> bool:
        """Whether a window begins with this frame, the next in order."""
        self.passed += 1
        if self.count and self.times is None:
            due = self.passed >= self.stride.frames and frame.time >= self.time + self.stride.seconds - _TICK
        else:
            due = not self.over and frame.time >= self.next - _TICK
        if due:
            self.time, self.passed, self.count = frame.time, 0, self.count + 1
        return due

    @property
    def next(self) -> float:
        """The second before which none begins."""
        if self.times is None:
            return self.time + self.stride.seconds
        return self.times[self.count] if self.count < len(self.times) else math.inf

    @property
    def over(self) -> bool:
        """Whether all have begun."""
        return self.times is not None and self.count == len(self.times)


@dataclass
class _Kept:
    """The frames from the first open window on, and where in them the open windows begin."""

    window: Stretch
    frames: list[Frame] = field(default_factory=list)
    open: list[int] = field(default_factory=list)

    def add(self, frame: Frame, *, begins: bool) -> Iterator[Clip]:
        """The windows that this frame completes."""
        if begins:
            self.open.append(len(self.frames))
        if not self.open:
            return
        self.frames.append(frame)
        while self.open and self._is_whole(self.open[0]):
            yield _clip(self.frames[self.open.pop(0) :])
        gone = self.open[0] if self.open else len(self.frames)
        del self.frames[:gone]
        self.open = [place - gone for place in self.open]

    def _is_whole(self, place: int) -> bool:
        seconds = self.frames[-1].time - self.frames[place].time
        return len(self.frames) - place >= self.window.frames and seconds >= self.window.seconds - _TICK


def _clip(frames: Sequence[Frame]) -> Clip:
    return Clip([frame.picture for frame in frames], [frame.time for frame in frames])


def windows(  # noqa: PLR0913 - what is asked of a film
    frames_from: FramesFrom,
    how: Windows,
    *,
    times: Sequence[float] | None = None,
    begin: float | None = None,
    end: float = math.inf,
    skips: bool = True,
) -> Iterator[Clip]:
    """The windows of a film that begin in a range of seconds; where it is shorter than one, the film itself.

    With `times`, they begin at these seconds, else a stride apart. Where it is far to the next one and the film
    `skips`, what lies between is not decoded.
    """
    begins, kept = _Begins(how.stride or how.window, times), _Kept(how.window)
    at, given = begin, False
    while at is None or at < end:
        frames = at_rate(frames_from(at), how.fps)
        at = math.inf
        for frame in frames:
            starts = frame.time < end - _TICK and begins.due(frame)
            for clip in kept.add(frame, begins=starts):
                given = True
                yield clip
            if not kept.open:
                if begins.over or frame.time >= end - _TICK:
                    return
                if skips and begins.next > frame.time + _FAR:
                    at = begins.next
                    break
    if kept.open and not given and not begin:
        yield _clip(kept.frames)


def at_rate(frames: Iterable[Frame], fps: float | None) -> Iterator[Frame]:
    """Of a film, the frame that is shown at each tick of another rate; ticks are counted from second 0.

    Where the film has fewer frames a second, one is given several times.
    """
    if fps is None:
        yield from frames
        return
    shown: Frame | None = None
    tick = 0
    for frame in frames:
        if shown is None:
            tick = math.ceil(frame.time * fps - _TICK * fps)
        while shown is not None and tick / fps < frame.time - _TICK:
            yield shown
            tick += 1
        shown = frame
    if shown is not None and tick / fps < shown.time + 1 / fps:
        yield shown
