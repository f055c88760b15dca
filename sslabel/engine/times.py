"""How long the runs of a plan took: a small file beside the plan, which no shard, record or fingerprint depends on."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

_NAME = "times.jsonl"


@dataclass(frozen=True, slots=True)
class RunTime:
    """One run: what it made, of all tasks together, in how many seconds on how many workers."""

    seconds: float
    workers: int
    sources: int
    pairs: int
    bytes: int
    shards: int


def add_run(folder: Path, run: RunTime) -> None:
    """Add a run to those of the plan in this folder; where that cannot be written, nothing else is lost."""
    with contextlib.suppress(OSError), (folder / _NAME).open("a", encoding="ascii") as file:
        file.write(json.dumps(asdict(run)) + "\n")


def load_runs(folder: Path) -> list[RunTime]:
    """The runs of the plan in this folder that came to an end, or were stopped in good order."""
    runs = []
    try:
        lines = (folder / _NAME).read_text("ascii", "replace").splitlines()
    except OSError:
        return []
    for line in lines:
        with contextlib.suppress(ValueError, TypeError):  # a line that was cut short
            runs.append(RunTime(**json.loads(line)))
    return runs
