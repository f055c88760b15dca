"""Timing whole programs side by side: every contender in turn, several rounds, medians and ratios."""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent


class Cost(NamedTuple):
    """What a program takes: seconds from its start to its end, and seconds of all CPUs."""

    wall: float
    cpu: float


def costs_of(commands: Mapping[str, Sequence[str]], rounds: int = 5) -> dict[str, Cost]:
    """The median cost of each command, start-up included; `{out}` in a command is a fresh folder each time.

    The rounds are interleaved, so that what else the machine does meets all contenders alike.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            out = tempfile.mkdtemp(prefix="sslabel-benchmark-")
            words = [word.replace("{out}", f"{out}/out") for word in command]
            begin, used = time.perf_counter(), _cpu_seconds()
            subprocess.run(words, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            costs[name].append(Cost(time.perf_counter() - begin, _cpu_seconds() - used))
            shutil.rmtree(out)
    return {name: Cost(*map(statistics.median, zip(*some, strict=True))) for name, some in costs.items()}


def seconds_of(commands: Mapping[str, Sequence[str]], rounds: int = 5) -> dict[str, float]:
    """The median wall time of each command, as `costs_of` takes it."""
    return {name: cost.wall for name, cost in costs_of(commands, rounds).items()}


def _cpu_seconds() -> float:
    """Of all programs that this one has started and that have ended, and of those that they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def python(*arguments: str) -> list[str]:
    """A command that runs this Python."""
    return [sys.executable, *arguments]


def table(seconds: Mapping[str, float], ours: str = "sslabel") -> str:
    """The medians, and how many times longer than ours each took."""
    width = max(map(len, seconds))
    return "\n".join(f"{name:<{width}}  {one:7.2f} s  {one / seconds[ours]:5.2f}×" for name, one in seconds.items())
