"""Pictures of an example that belong together: the frames of a clip, the tiles of a puzzle; their numbers and masks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from sslabel.values import Mask, Order, Picture

_NUMBERED = re.compile(r"(.+)_\d+")


def strips_of(fields: Mapping[str, Any]) -> list[list[str]]:
    """The names of the fields; pictures of one stem that are told apart by a number are one strip.

    Example: input_0, input_1, label -> [input_0, input_1], [label]
    """
    groups = groupby(fields, key=lambda name: stem_of(name) if isinstance(fields[name], Picture) else name)
    return [list(names) for _, names in groups]


def stem_of(name: str) -> str:
    """What the names of numbered parts have in common, and no other name has."""
    numbered = _NUMBERED.fullmatch(name)
    return f"{numbered[1]} by number" if numbered else name


def numbers_of(fields: Mapping[str, Any]) -> dict[str, int]:
    """For the pictures of a strip that a label puts in order, the number of each in the source."""
    orders = [value.order for name, value in fields.items() if isinstance(value, Order) and name.startswith("label")]
    return {
        name: number
        for names in strips_of(fields)
        for order in orders
        if len(names) == len(order) > 1 and names[0].startswith("input")
        for name, number in zip(names, order, strict=True)
    }


def masks_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """For the frames of a clip that has one mask for all of them, the name of that mask."""
    masks = {name.rpartition("_")[0]: name for name, value in fields.items() if isinstance(value, Mask)}
    strips = (names for names in strips_of(fields) if len(names) > 1)
    return {name: masks[stem] for names in strips for name in names if (stem := name.rpartition("_")[0]) in masks}


def below(name: str, fields: Mapping[str, Any]) -> tuple[str, Picture] | None:
    """The picture that a mask is laid over, of so many pixels to each of the mask: a label before that of its own stem.

    What was hidden shows best where it still stands. Example: input_mask lies over label
    """
    height, width = fields[name].pixels.shape
    stem = name.rpartition("_")[0]
    for other in sorted(fields, key=lambda one: (not one.startswith("label"), one != stem)):
        picture = fields[other]
        if not isinstance(picture, Picture) or picture.width % width or picture.height % height:
            continue
        if picture.width // width == picture.height // height:
            return other, picture
    return None
