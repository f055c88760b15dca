"""Frames of a clip stand together, with their numbers and what a mask hides in them."""

from __future__ import annotations

import numpy as np
import pytest

from sslabel.look.clips import below, masks_of, numbers_of, strips_of
from sslabel.values import Category, Mask, Order, Picture, Text, Value

PICTURE = Picture(np.zeros((4, 4, 3), np.uint8))
MASK = Mask(np.zeros((2, 2), np.uint8))


@pytest.mark.parametrize(
    ("fields", "strips"),
    [
        ({}, []),
        ({"input": PICTURE, "label": PICTURE}, [["input"], ["label"]]),
        ({"input_0": PICTURE, "input_1": PICTURE, "label": PICTURE}, [["input_0", "input_1"], ["label"]]),
        ({"input_0": PICTURE, "label_0": PICTURE}, [["input_0"], ["label_0"]]),
        (dict.fromkeys(("a_0_0", "a_0_1", "a_1_0"), PICTURE), [["a_0_0", "a_0_1"], ["a_1_0"]]),
        ({"input_0": Text("a"), "input_1": Text("b")}, [["input_0"], ["input_1"]]),
        ({"input_left": PICTURE, "input_right": PICTURE}, [["input_left"], ["input_right"]]),
    ],
)
def test_strips(fields: dict[str, Value], strips: list[list[str]]) -> None:
    assert strips_of(fields) == strips


def test_frames_have_the_numbers_of_the_order() -> None:
    fields: dict[str, Value] = {"input_0": PICTURE, "input_1": PICTURE, "label": Category(0, ("a",))}
    assert numbers_of(fields) == {}
    assert numbers_of({**fields, "label_order": Order((1, 0))}) == {"input_0": 1, "input_1": 0}
    assert numbers_of({**fields, "label_order": Order((1, 0, 2))}) == {}


def test_a_mask_of_a_clip_lies_over_its_frames_and_that_of_a_picture_over_none() -> None:
    assert masks_of({"input_0": PICTURE, "input_1": PICTURE, "input_mask": MASK, "label": PICTURE}) == {
        "input_0": "input_mask",
        "input_1": "input_mask",
    }
    assert masks_of({"input": PICTURE, "input_mask": MASK}) == {}


LARGE = Picture(np.zeros((40, 60, 3), np.uint8))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"input": LARGE, "label": LARGE}, "label"),
        ({"input": LARGE, "label": Category(0, ("a",))}, "input"),
        ({"input_clean": LARGE, "input": LARGE}, "input"),
        ({"input": LARGE, "label": Picture(np.zeros((20, 30, 3), np.uint8))}, "input"),  # what stood in a hole
        ({"input": Picture(np.zeros((40, 59, 3), np.uint8))}, None),
        ({"label": Text("a")}, None),
    ],
)
def test_a_mask_lies_over_the_picture_in_which_all_still_stands(fields: dict[str, Value], name: str | None) -> None:
    found = below("input_mask", {**fields, "input_mask": Mask(np.zeros((40, 60), np.uint8))})
    assert (found and found[0]) == name


def test_a_mask_may_have_a_pixel_for_each_patch() -> None:
    for height, width, name in ((4, 6, "label"), (4, 5, None), (2, 6, None)):
        found = below("input_mask", {"label": LARGE, "input_mask": Mask(np.zeros((height, width), np.uint8))})
        assert (found and found[0]) == name
