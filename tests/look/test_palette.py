"""Of the 256 colours of a terminal, the one that looks most like a pixel."""

from __future__ import annotations

import numpy as np
import pytest
from rich.color import Color

from sslabel.look.palette import nearest


def test_each_colour_of_the_palette_is_itself() -> None:
    own = [Color.from_ansi(number).get_truecolor() for number in range(16, 256)]
    found = nearest(np.array([own], np.uint8))
    assert [Color.from_ansi(number).get_truecolor() for number in found[0].tolist()] == own


@pytest.mark.parametrize(
    ("pixel", "number"),
    [
        ((0, 0, 0), 16),
        ((255, 255, 255), 231),
        ((250, 4, 4), 196),
        ((9, 9, 9), 232),
        ((126, 128, 129), 244),
        ((90, 98, 94), 59),  # a greenish grey is the grey of 95, not the green of (95, 135, 95)
    ],
)
def test_what_looks_most_alike(pixel: tuple[int, int, int], number: int) -> None:
    assert nearest(np.full((2, 3, 3), pixel, np.uint8)).tolist() == [[number] * 3] * 2
