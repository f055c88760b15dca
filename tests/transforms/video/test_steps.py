"""Strides in whole frames, and frames that stand evenly in time."""

from __future__ import annotations

import pytest

from sslabel.errors import Skip
from sslabel.transforms.video.sampling import refuse_uneven, spaced, whole_steps
from sslabel.values import Clip
from tests.clips import moving_clip


@pytest.mark.parametrize(
    ("rate", "stride", "frames"), [(25, 0.1, 2), (30, 0.1, 3), (30, 0.134, 4), (25, 0.0, 1), (25, 0.01, 1), (24, 1, 24)]
)
def test_a_stride_is_taken_in_whole_frames(rate: float, stride: float, frames: int) -> None:
    assert whole_steps(moving_clip(8, rate=rate), stride) == pytest.approx(frames / rate)


@pytest.mark.parametrize("rate", [23.976, 29.97, 59.94, 119.88, 240])
def test_times_that_were_rounded_to_milliseconds_are_no_frame_off_at_the_end(rate: float) -> None:
    exact = moving_clip(200, 2, 2, rate=rate)
    clip = Clip(exact.frames, [round(time, 3) for time in exact.times])
    assert spaced(clip, 0, 200, whole_steps(clip, 0.0)) == list(range(200))
    assert spaced(clip, 0, 20, whole_steps(clip, 10 / rate)) == list(range(0, 200, 10))


def test_a_gap_in_the_film_does_not_count() -> None:
    clip = moving_clip(20)
    assert whole_steps(clip.take([*range(10), *range(14, 20)]), 0.0) == pytest.approx(0.04)


def test_a_single_frame_has_no_stride() -> None:
    assert whole_steps(moving_clip(1), 0.1) == 0


@pytest.mark.parametrize(
    ("times", "even"),
    [
        ((0.0, 1.0), True),
        ((0.0, 1.0, 2.0, 3.0), True),
        ((0.0, 0.033, 0.067, 0.1), True),
        ((0.0, 0.95, 2.05, 3.0), True),
        ((0.0, 1.2, 2.0, 3.0), False),
        ((0.0, 1.0, 2.0, 4.0), False),
    ],
)
def test_a_tenth_of_the_distance_is_let_pass(times: tuple[float, ...], even: bool) -> None:
    clip = Clip(moving_clip(len(times)).frames, times)
    if even:
        refuse_uneven(clip, range(len(times)))
        return
    with pytest.raises(Skip, match="not evenly spaced in time"):
        refuse_uneven(clip, range(len(times)))
