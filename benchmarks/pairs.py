"""`python -m benchmarks pairs` draws the README's two pictures: a pair of each task, and noises at five strengths."""

from __future__ import annotations

from itertools import islice
from typing import Any

import sslabel
from benchmarks.gallery import noise_rows
from benchmarks.sheet import sheet
from benchmarks.timing import ROOT
from sslabel.registry import all_of, find_noise
from sslabel.values import Picture

_PHOTOS = ROOT / "sample_data" / "images"
_SIDE, _ACROSS, _QUALITY = 110, 8, 75
_SHOWN = {"jigsaw": ("input_0", "input_1", "input_2", "label_order"), "views": ("input_0", "input_1")}
_NOISES = (
    "gaussian-noise", "impulse-noise", "defocus-blur", "glass-blur", "motion-blur", "snow", "frost", "fog", "spatter",
    "elastic-transform", "pixelate", "white-balance", "hue", "erase", "scratches", "perspective",
)  # fmt: skip


def main() -> None:
    """Write `sample_data/pairs.jpg` and `sample_data/noises.jpg`."""
    cells: list[tuple[str, Any]] = []
    rows: list[list[tuple[str, Any]]] = []
    for name, task in all_of("task").items():
        if task.takes != "image":
            continue
        (example,) = islice(sslabel.pairs(_PHOTOS / "nature", task=name, size=480, seed=5), 1)
        fields = _SHOWN.get(name, tuple(example.fields))
        shown = [(f"{name}\n{field}", example[field]) for field in fields]
        if len(cells) + len(shown) > _ACROSS:
            rows.append(cells)
            cells = []
        cells += shown
    sheet([*rows, cells], _SIDE).save(ROOT / "sample_data" / "pairs.jpg", quality=_QUALITY)
    (clean,) = islice(sslabel.pairs(_PHOTOS / "nature", task="colorize", size=224, fit="crop", seed=5), 1)
    picture = clean["label"]
    assert isinstance(picture, Picture)
    strengths = [next(noise_rows(find_noise(name), [picture]))[1:] for name in _NOISES]
    named = [
        [(f"{name}\n{title}", value) for title, value in row] for name, row in zip(_NOISES, strengths, strict=True)
    ]
    paired = [[*one, *other] for one, other in zip(named[::2], named[1::2], strict=True)]
    sheet(paired, _SIDE).save(ROOT / "sample_data" / "noises.jpg", quality=_QUALITY)
