"""`python -m benchmarks pairs` draws the README's picture: pairs from sample_data, each input beside its label."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

import sslabel
from sslabel.values import Category, Example, Picture

ROOT = Path(__file__).parent.parent
_CELL, _GAP, _LINE = 200, 6, 20
_ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("colorize", {}),
    ("colorize, noise gaussian-noise and pixel-dropout", {"noise": ["gaussian-noise", "pixel-dropout"]}),
    ("rotation", {}),
    ("rotation, augment rotate, noise color-balance", {"augment": "rotate", "noise": "color-balance"}),
)


def main(path: str = str(ROOT / "sample_data" / "pairs.jpg")) -> None:
    """Draw the pairs of several recipes, a row each, three pairs in a row."""
    rows = []
    for title, options in _ROWS:
        stream = sslabel.pairs(
            ROOT / "sample_data" / "images", task=title.split(",")[0], size=_CELL, fit="crop", seed=3, **options
        )
        rows.append(_row(title, list(islice(stream, 3))))
    sheet = Image.new("RGB", (rows[0].width, sum(row.height + _GAP for row in rows)), "white")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height + _GAP
    sheet.save(path, quality=90)


def _row(title: str, examples: list[Example]) -> Image.Image:
    width = 3 * (2 * _CELL + 3 * _GAP)
    row = Image.new("RGB", (width, _CELL + _LINE + _GAP), "white")
    draw = ImageDraw.Draw(row)
    font = ImageFont.load_default(14)
    draw.text((_GAP, 2), title, fill="black", font=font)
    for number, example in enumerate(examples):
        left = number * (2 * _CELL + 3 * _GAP)
        for field, x in (("input", left), ("label", left + _CELL + _GAP)):
            value = example[field]
            if isinstance(value, Picture):
                row.paste(Image.fromarray(value.rgb), (x, _LINE))
            elif isinstance(value, Category):
                large = ImageFont.load_default(28)
                draw.text((x + 10, _LINE + _CELL // 2 - 12), f"{value.name}°", fill="black", font=large)
    return row
