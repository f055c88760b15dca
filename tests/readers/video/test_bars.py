"""Black bars: cut where they are bars, left where they are the dark parts of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sslabel.readers.video.bars import picture_in
from sslabel.readers.video.decoded import Box
from tests.pictures import photo

if TYPE_CHECKING:
    from sslabel.values import Pixels


def looks(
    box: tuple[int, int, int, int], *, gradient: float = 0.0, fade: bool = False, bar: int = 0, count: int = 8
) -> list[Pixels]:
    """Frames of 160×90: a photo that moves on in a box, darker towards its top by a gradient."""
    x, y, width, height = box
    made = []
    for number in range(count):
        light = np.linspace(0, 1, height)[:, None] ** gradient * ((number + 1) / count if fade else 1.0)
        part = photo(400, 200)[number * 5 :, number * 20 :][:height, :width].mean(axis=2) * light
        frame = np.full((90, 160), bar, np.uint8)
        frame[y : y + height, x : x + width] = part
        made.append(frame)
    return made


@pytest.mark.parametrize("box", [(0, 12, 160, 66), (20, 0, 120, 90), (20, 12, 120, 66), (0, 20, 160, 70)])
@pytest.mark.parametrize("bar", [0, 4, 12])
def test_bars_are_found(box: tuple[int, int, int, int], bar: int) -> None:
    assert picture_in(looks(box, bar=bar)) == Box(*box)
    assert picture_in(looks(box, bar=bar, fade=True)) == Box(*box)


def test_what_is_left_is_even_and_has_no_black_line() -> None:
    assert picture_in(looks((0, 11, 160, 68))) == Box(0, 12, 160, 66)


@pytest.mark.parametrize(
    "frames",
    [
        looks((0, 0, 160, 90)),
        looks((0, 0, 160, 90), gradient=1),
        looks((0, 0, 160, 90), gradient=3),
        looks((0, 0, 160, 90), fade=True),
        looks((0, 12, 160, 66), bar=40),
        looks((70, 0, 20, 90)),
        looks((0, 12, 160, 66), count=2),
        [*looks((0, 12, 160, 66)), *looks((0, 0, 160, 90))],
        [np.zeros((90, 160), np.uint8)] * 8,
    ],
    ids=["none", "dark sky", "darker sky", "fade", "grey", "a narrow picture", "too few", "not in all", "black"],
)
def test_what_is_no_bar_stays(frames: list[Pixels]) -> None:
    assert picture_in(frames) is None


def test_black_frames_do_not_count() -> None:
    black = np.zeros((90, 160), np.uint8)
    assert picture_in([black, *looks((0, 12, 160, 66)), black]) == Box(0, 12, 160, 66)
