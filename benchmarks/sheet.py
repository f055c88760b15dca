"""Sheets of pictures with up to two lines of text above each: what the galleries are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sslabel.transforms.image.color import ab_centers
from sslabel.values import Category, ClassMap, Mask, Numbers, Order, Picture, Text, Value

CELL, GAP, LINE = 200, 4, 32


def sheet(rows: Sequence[Sequence[tuple[str, Value]]], side: int = CELL) -> Image.Image:
    """Rows of titled values, each drawn into a square of so many pixels."""
    across = max(map(len, rows))
    whole = Image.new("RGB", (across * (side + GAP) + GAP, len(rows) * (side + LINE + GAP) + GAP), "white")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(12)
    for down, row in enumerate(rows):
        for number, (title, value) in enumerate(row):
            left, top = GAP + number * (side + GAP), GAP + down * (side + LINE + GAP)
            lines = [line[: side // 6] for line in title.splitlines()]
            draw.multiline_text((left, top), "\n".join(lines), fill="black", font=font, spacing=1)
            whole.paste(drawing(value, side), (left, top + LINE))
    return whole


def drawing(value: Value, side: int) -> Image.Image:
    """A value as a picture that fits into a square: pixels as they are, all else as text."""
    if isinstance(value, Picture):
        image = Image.fromarray(value.rgb)
    elif isinstance(value, Mask):
        image = Image.fromarray(value.pixels).convert("RGB")
    elif isinstance(value, ClassMap):
        image = Image.fromarray(_colors(ab_centers()[value.pixels]))
    elif isinstance(value, Numbers) and value.array.ndim == 3:  # noqa: PLR2004 - a and b over a picture
        image = Image.fromarray(_colors(value.array))
    else:
        return _text(value, side)
    enlarged = min(side / image.width, side / image.height)
    size = max(1, round(image.width * enlarged)), max(1, round(image.height * enlarged))
    return image.resize(size, Image.Resampling.NEAREST if enlarged > 1 else Image.Resampling.BOX)


def _colors(ab: Any) -> Any:  # noqa: ANN401 - an array
    """Pixels that show the channels a and b at a middling lightness."""
    import cv2

    lab = np.dstack([np.full(ab.shape[:2], 60, np.float32), ab.astype(np.float32)])
    return (cv2.cvtColor(lab, cv2.COLOR_Lab2RGB).clip(0, 1) * 255).astype(np.uint8)


def _text(value: Value, side: int) -> Image.Image:
    image = Image.new("RGB", (side, side), "#eee")
    if isinstance(value, Category):
        words = value.name
    elif isinstance(value, Order):
        words = " ".join(map(str, value.order))
    elif isinstance(value, Text):
        words = value.text
    else:
        words = "\n".join(map(str, np.asarray(getattr(value, "array", [])).round(1).tolist()))
    ImageDraw.Draw(image).text((8, side // 2 - 20), words, fill="black", font=ImageFont.load_default(14))
    return image
