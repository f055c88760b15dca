"""Which frame stands where: tables of what is lost, held or moved, and what is seen then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.transforms.video.timing import delayed, frozen, holds, jittered, placed, without
from tests.clips import moving_clip


def flags(text: str) -> Any:
    return np.array([one == "1" for one in text])


@pytest.mark.parametrize(
    ("lost", "found"),
    [
        ("100110", [1, 1, 2, 2, 2, 5]),
        ("000", [0, 1, 2]),
        ("1110", [3, 3, 3, 3]),
        ("0111", [0, 0, 0, 0]),
        ("0", [0]),
    ],
)
def test_what_is_lost_is_filled_from_before(lost: str, found: list[int]) -> None:
    assert without(flags(lost)).tolist() == found


@pytest.mark.parametrize(
    ("begins", "length", "held"),
    [
        ("011001", 2, "001100"),
        ("000000", 2, "000000"),
        ("111111", 1, "010101"),
        ("111111", 9, "011111"),
        ("100100", 2, "011011"),
        ("1", 5, "0"),
    ],
)
def test_no_hold_begins_during_another(begins: str, length: int, held: str) -> None:
    assert holds(flags(begins), length).tolist() == flags(held).tolist()


@pytest.mark.parametrize(
    ("held", "skips", "waits"),
    [("001100", [0, 1, 1, 1, 4, 5], [0, 1, 1, 1, 2, 3]), ("000", [0, 1, 2], [0, 1, 2]), ("011", [0, 0, 0], [0, 0, 0])],
)
def test_a_film_goes_on_unseen_or_waits(held: str, skips: list[int], waits: list[int]) -> None:
    assert frozen(flags(held)).tolist() == skips
    assert delayed(flags(held)).tolist() == waits


@pytest.mark.parametrize(
    ("moves", "found"),
    [
        ([0, 0, 0, 0], [0, 1, 2, 3]),
        ([1, -1, 0, 0], [0, 1, 2, 3]),
        ([2, 0, -2, 0], [0, 1, 2, 3]),
        ([-2, 1, 1, 2], [0, 2, 3, 3]),
        ([1, 1, 1, 1], [1, 2, 3, 3]),
    ],
)
def test_what_is_moved_is_put_in_order(moves: list[int], found: list[int]) -> None:
    assert jittered(np.array(moves)).tolist() == found


def test_frames_are_placed_and_the_times_stay() -> None:
    clip = moving_clip(4)
    made = placed(clip, [1, 1, 3, 0])
    assert [clip.frames.index(frame) for frame in made.frames] == [1, 1, 3, 0]
    assert made.times == clip.times
