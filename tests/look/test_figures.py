"""An example on a page: words in a row, passages by number, strips that fit it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sslabel.look.figures import figure
from sslabel.look.thumbnails import side_in_strip
from sslabel.values import Mask, Order, Picture, Text, Texts, Value
from tests.look.showing import stored


def picture(width: int, height: int) -> Picture:
    return Picture(np.full((height, width, 3), 200, np.uint8))


def sizes(fields: dict[str, Value]) -> list[tuple[int, int]]:
    found = re.findall(r'width="(\d+)" height="(\d+)"', figure(stored(fields)))
    return [(int(width), int(height)) for width, height in found]


def test_words_stand_in_a_row_and_passages_below_each_other() -> None:
    shown = figure(stored({"input": Texts(("كيف", "<b>", "three")), "label": Texts(("a\nb", "c"))}))
    assert '<p class="text"><bdi>كيف</bdi> · <bdi>&lt;b&gt;</bdi> · <bdi>three</bdi></p>' in shown
    assert '<ol class="text" start="0"><li><bdi>a\nb</bdi></li><li><bdi>c</bdi></li></ol>' in shown


def test_of_many_words_the_first_are_shown() -> None:
    shown = figure(stored({"label": Texts(tuple(f"w{number}" for number in range(50)))}))
    assert "<bdi>w39</bdi> … and 10 more</p>" in shown
    assert "w40" not in shown


@pytest.mark.parametrize(
    ("count", "side"), [(1, 112), (2, 112), (4, 112), (5, 106), (6, 88), (8, 65), (9, 57), (10, 64), (16, 64)]
)
def test_strips_fill_a_row_of_a_wide_page(count: int, side: int) -> None:
    assert side_in_strip(count) == side
    assert count * side + (count - 1) * 4 <= 552 or side == 64


def test_frames_are_as_large_as_their_strip_lets_them_be() -> None:
    fields: dict[str, Value] = {f"input_{number}": picture(640, 480) for number in range(9)}
    assert sizes({**fields, "label": Order((1, 0, *range(2, 9)))}) == [(57, 43)] * 9
    assert sizes({"label": picture(640, 480)}) == [(176, 132)]


def test_a_mask_lies_over_the_label() -> None:
    dark, light = Picture(np.zeros((48, 64, 3), np.uint8)), Picture(np.full((48, 64, 3), 255, np.uint8))
    fields: dict[str, Value] = {"input": dark, "input_mask": Mask(np.zeros((48, 64), np.uint8))}
    for label, same in ((light, 2), (Text("none"), 0)):
        shown = re.findall(r'src="([^"]*)"', figure(stored({**fields, "label": label})))
        assert shown[1] == shown[same]
