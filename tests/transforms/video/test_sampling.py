"""Which frames are taken: those nearest to the times asked for, from starts that are all as likely."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sslabel.errors import Skip
from sslabel.transforms.video.sampling import (
    at_places,
    drawn,
    drawn_at,
    spaced,
    starts,
    step_of,
    steps_in,
    times_of,
)
from sslabel.values import Clip, Picture

FRAME = Picture(np.zeros((2, 2, 3), np.uint8))
MISSING = "frames are missing in the window"


def clip(*times: float) -> Clip:
    return Clip([FRAME] * len(times), times)


def steady(count: int, rate: float = 25, start: float = 0.0) -> Clip:
    return clip(*(start + number / rate for number in range(count)))


VARIABLE = clip(0.0, 0.04, 0.09, 0.12, 0.15, 0.2, 0.25, 0.28, 0.32, 0.36)
WITH_GAP = clip(*(number / 25 for number in (*range(8), *range(12, 20))))


@pytest.mark.parametrize(
    ("given", "start", "count", "stride", "expected"),
    [
        (steady(9), 0, 4, 0.0, [0, 1, 2, 3]),
        (steady(9), 5, 4, 0.0, [5, 6, 7, 8]),
        (steady(9, start=-0.7), 2, 4, 0.0, [2, 3, 4, 5]),
        (steady(9, start=7200.5), 2, 4, 0.04, [2, 3, 4, 5]),
        (steady(9), 0, 4, 0.08, [0, 2, 4, 6]),
        (steady(9), 0, 4, 0.1, [0, 2, 5, 7]),
        (steady(9, start=7200.52), 0, 4, 0.1, [0, 2, 5, 7]),
        (steady(300, 29.97), 3, 4, 1.0, [3, 33, 63, 93]),
        (steady(30, 1000 / 33), 1, 3, 0.1, [1, 4, 7]),
        (VARIABLE, 0, 5, 0.08, [0, 2, 4, 6, 8]),
        (VARIABLE, 1, 4, 0.0, [1, 2, 3, 4]),
        (VARIABLE, 0, 3, 0.1, [0, 2, 5]),
        (WITH_GAP, 0, 8, 0.0, list(range(8))),
        (WITH_GAP, 8, 8, 0.0, list(range(8, 16))),
        (WITH_GAP, 0, 2, 0.48, [0, 8]),
        (steady(1), 0, 1, 0.0, [0]),
        (steady(1), 0, 1, 5.0, [0]),
    ],
)
def test_the_frames_nearest_to_the_times_are_taken(
    given: Clip, start: int, count: int, stride: float, expected: list[int]
) -> None:
    assert spaced(given, start, count, stride) == expected


@pytest.mark.parametrize(
    ("given", "start", "count", "stride"),
    [
        (steady(9), 6, 4, 0.0),
        (steady(9), 0, 4, 1.0),
        (steady(9), 0, 2, 1e9),
        (steady(9), 0, 4, 0.03),
        (WITH_GAP, 4, 8, 0.0),
        (WITH_GAP, 7, 2, 0.04),
        (WITH_GAP, 0, 3, 0.2),
    ],
)
def test_where_one_is_missing_there_are_none(given: Clip, start: int, count: int, stride: float) -> None:
    with pytest.raises(Skip, match=MISSING):
        spaced(given, start, count, stride)


def test_no_frame_is_farther_from_its_time_than_half_a_step() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        made = clip(*np.cumsum(rng.choice([0.02, 0.04, 0.05, 0.3], 60, p=[0.1, 0.6, 0.25, 0.05])).tolist())
        stride = float(rng.choice([0.0, 0.07, 0.1, 0.33]))
        try:
            numbers = drawn(made, rng, 4, stride)
        except Skip:
            continue
        assert numbers == sorted(set(numbers))
        wanted = made.times[numbers[0]] + np.arange(4) * (stride or step_of(made))
        found = np.array([made.times[number] for number in numbers])
        assert np.abs(found - wanted).max() <= step_of(made) / 2 + 1e-6
        others = np.abs(np.array(made.times)[:, None] - wanted).min(axis=0)
        assert np.abs(found - wanted) == pytest.approx(others)


def test_places_name_the_frames_of_a_row() -> None:
    assert at_places(steady(40), 3, [0, 1, 5, 9], 0.08) == [3, 5, 13, 21]
    assert at_places(steady(40), 0, [4, 6], 0.0) == [4, 6]
    # What lies between places may be missing.
    assert at_places(WITH_GAP, 6, [0, 1, 6, 7], 0.0) == [6, 7, 8, 9]


@pytest.mark.parametrize(
    ("given", "count", "stride", "possible"),
    [
        (steady(20), 4, 0.0, range(17)),
        (steady(20), 20, 0.0, range(1)),
        (steady(20), 4, 0.2, range(5)),
        (WITH_GAP, 5, 0.0, [0, 1, 2, 3, 8, 9, 10, 11]),
        (WITH_GAP, 2, 0.2, [*range(3), 7, *range(8, 11)]),
    ],
)
def test_each_start_that_is_possible_is_as_likely(given: Clip, count: int, stride: float, possible: list[int]) -> None:
    rng = np.random.default_rng(0)
    draws = 400 * len(possible)
    found = np.bincount([drawn(given, rng, count, stride)[0] for _ in range(draws)], minlength=len(given))
    assert np.flatnonzero(found).tolist() == list(possible)
    share = 1 / len(possible)
    assert np.abs(found[list(possible)] / draws - share).max() <= 4 * math.sqrt(share * (1 - share) / draws)


@pytest.mark.parametrize(
    ("given", "places", "stride", "reason"),
    [
        (steady(3), range(4), 0.0, "fewer than 4 frames"),
        (steady(3), [0, 1, 5, 9], 0.0, "fewer than 10 frames"),
        (steady(1), range(4), 0.1, "fewer than 4 frames"),
        (steady(9), range(4), 1.0, "too short for 4 frames"),
        (steady(9), [0, 4, 9], 0.0, "too short for 10 frames"),
        (clip(0.0, 0.01, 0.04, 0.08, 0.12), range(5), 0.0, MISSING),
        (clip(0.0, 0.04, 0.08, 1.0, 1.04, 1.08), range(4), 0.0, MISSING),
        (steady(9), range(4), 0.01, MISSING),
    ],
)
def test_a_clip_that_has_not_so_many_is_skipped(given: Clip, places: list[int], stride: float, reason: str) -> None:
    with pytest.raises(Skip, match=reason):
        drawn_at(given, np.random.default_rng(0), places, stride)


def test_what_a_clip_has_room_for() -> None:
    assert starts(steady(9), 0.2).tolist() == [0, 1, 2, 3]
    assert starts(steady(9), 9.0).tolist() == []
    assert [steps_in(steady(9), stride) for stride in (0.0, 0.04, 0.1, 0.16, 9.0)] == [9, 9, 4, 3, 1]
    assert steps_in(steady(1), 0.1) == 1
    assert steps_in(steady(300, 29.97), 0.0) == 300
    assert step_of(WITH_GAP) == pytest.approx(0.04)
    assert step_of(steady(1)) == 0


def test_times_are_written_as_short_as_they_can_be() -> None:
    assert times_of(clip(0.0, 0.04, 1 / 3, 7200.5, 10.0), [4, 0, 1, 2, 3]) == "10 0 0.04 0.333333 7200.5"
