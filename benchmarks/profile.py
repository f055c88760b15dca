"""`python -m benchmarks profile PHOTOS`: where the time of a worker goes, in microseconds for each photo.

PHOTOS is what `python -m benchmarks photos` made. One process makes its colorize pairs at original size; every call
into a codec, the reading, the hashing and the writing is timed, and the rest is what remains.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
from PIL import Image

import sslabel
from sslabel import storage
from sslabel.engine.output import Output
from sslabel.engine.plan import load_plan, read_unit
from sslabel.engine.sources import Roots
from sslabel.engine.unit import Maker, build_shards
from sslabel.readers import SourceFile
from sslabel.recipe import Recipe, Settings
from sslabel.seeding import Draws


def main(folder: str, size: str = "", rounds: str = "5") -> None:
    """Print the median share of each kind of work."""
    options: dict[str, Any] = {"task": "colorize", "size": int(size) if size else None}
    taken = measured(f"{folder}/small", options, int(rounds))
    for what, seconds in taken.items():
        print(f"{what:<30} {seconds * 1e6:7.0f} µs  {seconds / taken['total']:6.1%}")


def measured(raw: str, options: dict[str, Any], rounds: int, units: int = 6) -> dict[str, float]:
    """Median seconds for each source of every kind of work, and in total, over a few units of a run."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="sslabel-benchmark-") as name:
        out = Path(name) / "out"
        sslabel.make(raw, out, workers=2, **options)
        plan = load_plan(next(out.glob(".sslabel/plans/*/plan.json")))
        rows = [read_unit(plan.sources_file(out / ".sslabel"), unit) for unit in range(min(units, plan.units))]
        recipe = Recipe.of(Settings.read({name: value for name, value in options.items() if value is not None}))
        maker = Maker(recipe, plan.schemas, Draws(recipe.seed))
        taken: list[dict[str, float]] = []
        with _clock() as seconds:
            for number in range(rounds + 1):
                again = Output(Path(name) / f"again-{number}", "")
                again.state.mkdir(parents=True)
                again.prepare(plan)
                seconds.clear()
                begin = time.perf_counter()
                for unit, sources in enumerate(rows):
                    build_shards(
                        plan,
                        unit,
                        sources,
                        tasks=plan.tasks,
                        maker=maker,
                        roots=Roots.of([raw]),
                        out=again.folder,
                        excluded={},
                        progress=_Nobody(),
                    )
                total = time.perf_counter() - begin
                taken.append({**seconds, "all else": total - sum(seconds.values()), "total": total})
    count = sum(map(len, rows))
    return {what: statistics.median(one.get(what, 0.0) for one in taken[1:]) / count for what in taken[-1]}


@contextlib.contextmanager
def _clock() -> Iterator[dict[str, float]]:
    """Adds up the seconds that calls into the codecs and the disk take."""
    seconds: defaultdict[str, float] = defaultdict(float)
    watched = (
        ("decode", cv2, "imdecode"),
        ("decode of upper rows (grey?)", Image, "frombytes"),
        ("encode", cv2, "imencode"),
        ("resize", cv2, "resize"),
        ("resize", cv2, "GaussianBlur"),
        ("read", SourceFile, "read"),
        ("hash and write", storage.WholeFile, "_flush"),
        ("sync and rename", storage, "_fsync"),
        ("sync and rename", storage, "_rename"),
    )
    before = [getattr(owner, name) for _, owner, name in watched]
    for (what, owner, name), function in zip(watched, before, strict=True):
        setattr(owner, name, _timed(seconds, what, function))
    try:
        yield seconds
    finally:
        for (_, owner, name), function in zip(watched, before, strict=True):
            setattr(owner, name, function)


def _timed(seconds: dict[str, float], what: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        begin = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            seconds[what] += time.perf_counter() - begin

    return timed


class _Nobody:
    def begin(self, row: int) -> None:
        pass

    def more(self, pairs: int, size: int) -> None:
        pass

    def done(self, row: int, skipped: int, excluded: int) -> None:
        pass

    def rest(self) -> None:
        pass
