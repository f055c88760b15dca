"""Windows of films whose frames are nothing but their timestamps."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sslabel.readers import Stretch, Windows
from sslabel.readers.video.films import Frame
from sslabel.readers.video.windows import FramesFrom, at_rate, windows
from sslabel.values import Picture

EVEN = [number / 25 for number in range(750)]
UNEVEN = sorted(tick / 1000 for tick in random.Random(3).sample(range(30_000), 400))
SPARSE = [0.0, 0.9, 7.3, 7.4, 13.0, 21.0, 21.1, 29.0]
LATE = [1.4 + one for one in EVEN]
FILMS = {"even": EVEN, "uneven": UNEVEN, "sparse": SPARSE, "late": LATE}
CUTS = [[0, 10, 20, math.inf], [0, 7, 14, 21, 28, 35, math.inf], [0, 1, 2, 3, math.inf]]


def frames_of(times: Sequence[float], *, asked: list[float | None] | None = None, **sizes: int) -> FramesFrom:
    """A film of frames at these times; from second `wider` on they have another size."""

    def picture(time: float) -> Picture:
        return Picture(np.zeros((4, 8 if time >= sizes.get("wider", math.inf) else 4, 3), np.uint8))

    def frames(begin: float | None) -> Iterator[Frame]:
        if asked is not None:
            asked.append(begin)
        shown = [place for place, time in enumerate(times) if begin is not None and time <= begin + 1e-6]
        for time in times[shown[-1] if shown else 0 :]:
            yield Frame(time, picture(time), apart=time == sizes.get("apart"))

    return frames


def times_of(
    times: Sequence[float],
    how: Windows,
    at: Sequence[float] | None = None,
    **asked: Any,
) -> list[tuple[float, ...]]:
    places = None if at is None else {how.window: at}
    found = windows(frames_of(times), how, times=places, origin=times[0], **asked)
    return [clip.times for _, clip in found]


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (Windows(Stretch(4)), [tuple(EVEN[place : place + 4]) for place in range(0, 747, 4)]),
        (Windows(Stretch(4), Stretch(1)), [tuple(EVEN[place : place + 4]) for place in range(747)]),
        (Windows(Stretch(4), Stretch(300)), [tuple(EVEN[place : place + 4]) for place in (0, 300, 600)]),
        (Windows(Stretch(4), Stretch(1, 10.0)), [tuple(EVEN[place : place + 4]) for place in (0, 250, 500)]),
        (Windows(Stretch(4), Stretch(1, 0.05)), [tuple(EVEN[-(-5 * n // 4) :][:4]) for n in range(597)]),
        (Windows(Stretch(1, 2.0), Stretch(1, 10.0)), [tuple(EVEN[place : place + 51]) for place in (0, 250, 500)]),
        (Windows(Stretch(60, 2.0), Stretch(1, 10.0)), [tuple(EVEN[place : place + 60]) for place in (0, 250, 500)]),
    ],
)
def test_windows_begin_a_stride_apart(how: Windows, expected: list[tuple[float, ...]], *, skips: bool) -> None:
    assert times_of(EVEN, how, skips=skips) == expected


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize(
    "how",
    [
        Windows(Stretch(3), Stretch(1, 1.0)),
        Windows(Stretch(3), Stretch(1, 0.7)),
        Windows(Stretch(3), Stretch(1, 9.0)),
        Windows(Stretch(1, 2.0)),
        Windows(Stretch(4, 0.5)),
        Windows(Stretch(4), fps=5.0),
        Windows(Stretch(4), Stretch(7), fps=3.0),
        Windows(Stretch(4), fps=60.0),
        Windows(Stretch(4), Stretch(1), fps=0.5),
    ],
)
def test_a_film_in_ranges_has_the_windows_that_it_has_whole(film: str, how: Windows, cuts: list[float]) -> None:
    times = FILMS[film]
    whole = times_of(times, how, skips=False)
    assert whole == times_of(times, how)
    parts = in_ranges(times, how, cuts)
    for (begin, end), part in parts:
        assert all(begin - 1e-6 <= one[0] < end for one in part)
    assert [one for _, part in parts for one in part] == whole
    assert len({one[0] for one in whole}) == len(whole)


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize("count", [1, 2, 7, 40])
@pytest.mark.parametrize("fps", [None, 4.0])
def test_windows_at_given_seconds_are_in_the_range_of_their_first_frame(
    film: str, cuts: list[float], count: int, fps: float | None
) -> None:
    times = FILMS[film]
    at = [times[0] + (times[-1] - times[0]) * (number + 0.5) / count for number in range(count)]
    how = Windows(Stretch(2), fps=fps)
    whole = times_of(times, how, at=at, skips=False)
    assert whole == times_of(times, how, at=at)
    assert [one for _, part in in_ranges(times, how, cuts, at) for one in part] == whole
    if fps is None:
        first = {min((time for time in times if time >= one - 1e-6), default=None) for one in at}
        assert {one[0] for one in whole} == {one for one in first if one is not None and one != times[-1]}


def in_ranges(
    times: Sequence[float], how: Windows, cuts: list[float], at: Sequence[float] | None = None
) -> list[tuple[tuple[float, float], list[tuple[float, ...]]]]:
    edges = [times[0] + one for one in cuts]
    parts = []
    for number, (begin, end) in enumerate(pairwise(edges)):
        parts.append(((begin, end), times_of(times, how, at=at, begin=begin if number else None, end=end)))
    return parts


def test_strides_in_frames_are_counted_from_the_beginning_of_a_range() -> None:
    assert times_of(EVEN, Windows(Stretch(16)), begin=10.0, end=12.0) == [
        tuple(EVEN[place : place + 16]) for place in (250, 266, 282, 298)
    ]
    assert times_of(UNEVEN, Windows(Stretch(2), Stretch(5)), begin=10.0, end=11.0)[0][0] == min(
        one for one in UNEVEN if one >= 10
    )


def test_a_film_shorter_than_a_window_is_given_as_it_is_and_a_rest_is_not() -> None:
    assert times_of([0.0, 0.1], Windows(Stretch(3))) == [(0.0, 0.1)]
    assert times_of([0.0, 0.1, 0.2, 0.3], Windows(Stretch(3))) == [(0.0, 0.1, 0.2)]
    assert times_of([0.0, 0.1, 0.2, 0.3], Windows(Stretch(3)), begin=0.2) == []


def test_what_lies_between_windows_that_are_far_apart_is_not_asked_for() -> None:
    asked: list[float | None] = []
    film = frames_of(EVEN, asked=asked)
    assert len(list(windows(film, Windows(Stretch(2), Stretch(1, 10.0))))) == 3
    assert asked == [None, 10.0, 20.0, 30.0]
    asked.clear()
    assert len(list(windows(film, Windows(Stretch(2), Stretch(1, 10.0)), skips=False))) == 3
    assert asked == [None]


@pytest.mark.parametrize("odd", ["wider", "apart"])
def test_no_window_goes_on_into_another_size_or_over_a_gap(odd: str) -> None:
    sizes: dict[str, Any] = {odd: 2}
    times = [float(number) for number in range(12)]
    given = [clip.times for _, clip in windows(frames_of(times, **sizes), Windows(Stretch(4)))]
    assert given == [(4.0, 5.0, 6.0, 7.0), (8.0, 9.0, 10.0, 11.0)]
    given = [clip.times for _, clip in windows(frames_of(times, **sizes), Windows(Stretch(4), Stretch(1)))]
    assert [one[0] for one in given] == [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]


def shown_at(times: Sequence[float], second: float) -> float:
    return max(one for one in times if one <= second + 1e-6)


@pytest.mark.parametrize("fps", [0.3, 1.0, 7.0, 25.0, 29.97, 60.0])
@pytest.mark.parametrize("film", FILMS)
def test_at_another_rate_each_tick_has_the_frame_that_is_shown(film: str, fps: float) -> None:
    times = FILMS[film]
    given = list(at_rate(frames_of(times)(None), fps))
    until = times[-1] + times[-1] - times[-2]
    ticks = [tick / fps for tick in range(math.ceil(times[0] * fps - 1e-5), math.ceil(until * fps - 1e-5))]
    assert [one.shown for one in given] == pytest.approx(ticks)
    assert [one.time for one in given] == [shown_at(times, tick) for tick in ticks]


def test_no_frame_is_shown_for_longer_than_a_minute() -> None:
    times = [0.0, 1.0, 100_000.0, 100_001.0]
    given = list(at_rate(frames_of(times)(None), 2.0))
    assert [one.shown for one in given] == [number / 2 for number in [*range(122), *range(200_000, 200_004)]]
    assert [one.time for one in given if one.apart] == [100_000.0]
    how = Windows(Stretch(4), fps=2.0)
    whole = times_of(times, how)
    assert whole[-1] == (100_000.0, 100_000.0, 100_001.0, 100_001.0)
    assert [one for _, part in in_ranges(times, how, [0, 20, 50, 60_000, math.inf]) for one in part] == whole


def test_at_its_own_rate_a_film_is_as_it_is() -> None:
    assert [one.time for one in at_rate(frames_of(EVEN)(None), 25.0)] == EVEN


@pytest.mark.parametrize("how", [Windows(Stretch(16)), Windows(Stretch(1, 1.0)), Windows(Stretch(16), Stretch(4))])
def test_no_more_frames_are_held_than_the_open_windows_have(how: Windows) -> None:
    alive: set[int] = set()
    most = 0

    class Counted(Picture):
        def __init__(self, number: int) -> None:
            super().__init__(np.zeros((4, 4, 3), np.uint8))
            self._number = number
            alive.add(number)

        def __del__(self) -> None:
            alive.discard(self._number)

    def frames(_: float | None) -> Iterator[Frame]:
        nonlocal most
        for number in range(1000):
            yield Frame(number / 25, Counted(number))
            most = max(most, len(alive))

    for _, clip in windows(frames, how):
        assert len(clip) >= 16
        del clip
    assert most <= 16 * 2 if how.window.frames == 16 else most <= 26 * 2
