"""`python -m benchmarks gallery OUT [PHOTOS]` draws a sheet for each task and each picture noise, to be looked at.

A noise is shown at five strengths, a row a photo, beside the photo itself; a task with all fields of three pairs for
each choice that it offers. PHOTOS is a folder; by default the sample data's.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np

import sslabel
from benchmarks.sheet import CELL, sheet
from benchmarks.timing import ROOT
from sslabel.flow import drawn
from sslabel.options import Span, read_options, show
from sslabel.registry import Noise, Task, all_of
from sslabel.values import Picture

_STRENGTHS, _PHOTOS = 5, 3


def main(out: str, photos: str = str(ROOT / "sample_data" / "images")) -> None:
    """Write OUT/noise-NAME.png and OUT/task-NAME.png."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [
        one["label"] for one in islice(sslabel.pairs(photos, task="colorize", size=CELL, fit="crop", seed=1), _PHOTOS)
    ]
    for name, noise in all_of("noise").items():
        if noise.takes == "image":
            sheet(list(noise_rows(noise, pictures))).save(folder / f"noise-{name}.png")
    for name, task in all_of("task").items():
        if task.takes == "image":
            sheet(list(_task_rows(task, photos)), CELL).save(folder / f"task-{name}.png")


def noise_rows(noise: Noise, pictures: list[Any]) -> Iterator[list[tuple[str, Any]]]:
    """For each picture a row: the picture itself, then the noise at five strengths."""
    for picture in pictures:
        assert isinstance(picture, Picture)
        row: list[tuple[str, Any]] = [(noise.name, picture)]
        for step in range(_STRENGTHS):
            given = {one.name: _at(one.default, step) for one in noise.options if isinstance(one.default, Span)}
            rng = np.random.default_rng(step)
            options = drawn(noise, read_options(noise.options, given, noise.name), rng)
            del options["p"]
            title = " ".join(f"{name}={show(value)}" for name, value in given.items())
            row.append((title, noise.function(picture, rng, **options)))
        yield row


def _at(span: Span, step: int) -> float:
    """The value of a range at a step of five."""
    value = span.low + (span.high - span.low) * step / (_STRENGTHS - 1)
    return round(value) if isinstance(span.low, int) and isinstance(span.high, int) else round(value, 4)


def _task_rows(task: Task, photos: str) -> Iterator[list[tuple[str, Any]]]:
    variants: list[dict[str, Any]] = [{}]
    for one in task.options:
        choices = get_args(one.type) if get_origin(one.type) is Literal else ()
        variants += [{one.name: choice} for choice in choices if choice != one.default]
    for options in variants:
        noise = "gaussian-noise" if task.asks_noise is not None and task.asks_noise(**_read(task, options)) else None
        stream = sslabel.pairs(photos, task={task.name: options}, noise=noise, size=480, seed=2)
        for example in islice(stream, _PHOTOS):
            yield [(f"{name}\n{show(options)}", value) for name, value in example.fields.items()]


def _read(task: Task, options: dict[str, Any]) -> dict[str, Any]:
    return read_options(task.options, options, task.name)
