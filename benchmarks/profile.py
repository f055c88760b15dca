"""`python -m benchmarks profile PHOTOS`: where the time of a worker goes, in microseconds for each photo.

PHOTOS is what `python -m benchmarks photos` made. One process makes its colorize pairs at original size; every call
into a codec, the reading, the hashing and the writing is timed, and the rest is what remains.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
from PIL import Image

import sslabel
from sslabel import storage
from sslabel.engine.plan import load_plan, read_unit
from sslabel.engine.sources import Roots
from sslabel.engine.unit import Maker, build_shards
from sslabel.readers import SourceFile
from sslabel.recipe import Recipe, Settings
from sslabel.seeding import Draws

_UNITS = 6


class _Clock:
    """Adds up what the functions put under it take."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def put(self, what: str, owner: Any, name: str) -> None:  # noqa: ANN401 - a module or a class
        function: Callable[..., Any] = getattr(owner, name)

        def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            begin = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[what] += time.perf_counter() - begin

        setattr(owner, name, timed)


class _Nobody:
    def begin(self, row: int) -> None:
        pass

    def done(self, row: int, pairs: int, skipped: int, excluded: int, size: int) -> None:
        pass


def main(folder: str, size: str = "", rounds: str = "5") -> None:
    """Print the median share of each kind of work."""
    cv2.setNumThreads(1)
    raw = f"{folder}/small"
    options: dict[str, Any] = {"task": "colorize", "size": int(size) if size else None}
    with tempfile.TemporaryDirectory(prefix="sslabel-benchmark-") as name:
        out = Path(name) / "out"
        sslabel.make(raw, out, workers=2, **options)
        plan = load_plan(next(out.glob(".sslabel/plans/*/plan.json")))
        units = [read_unit(plan.sources_file(out / ".sslabel"), unit) for unit in range(min(_UNITS, plan.units))]
        recipe = Recipe.of(Settings.read(options))
        maker = Maker(recipe, plan.schemas, Draws(recipe.seed))
        clock = _Clock()
        clock.put("decode", cv2, "imdecode")
        clock.put("decode of upper rows (grey?)", Image, "frombytes")
        clock.put("encode", cv2, "imencode")
        clock.put("resize", cv2, "resize")
        clock.put("resize", cv2, "GaussianBlur")
        clock.put("read", SourceFile, "read")
        clock.put("hash and write", storage.WholeFile, "_flush")
        clock.put("sync and rename", storage, "_fsync")
        clock.put("sync and rename", storage, "_rename")
        taken: list[dict[str, float]] = []
        for number in range(int(rounds) + 1):
            clock.seconds.clear()
            begin = time.perf_counter()
            for unit, rows in enumerate(units):
                build_shards(
                    plan,
                    unit,
                    rows,
                    tasks=plan.tasks,
                    maker=maker,
                    roots=Roots.of([raw]),
                    out=Path(name) / f"again-{number}",
                    excluded={},
                    progress=_Nobody(),
                )
            total = time.perf_counter() - begin
            taken.append({**clock.seconds, "all else": total - sum(clock.seconds.values()), "total": total})
    photos = sum(map(len, units))
    medians = {what: statistics.median(one[what] for one in taken[1:]) for what in taken[-1]}
    for what, seconds in medians.items():
        print(f"{what:<30} {seconds / photos * 1e6:7.0f} µs  {seconds / medians['total']:6.1%}")
