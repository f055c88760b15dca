"""Timing whole programs side by side: every contender in turn, several rounds, medians and ratios."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


def seconds_of(commands: Mapping[str, Sequence[str]], rounds: int = 5) -> dict[str, float]:
    """The median wall time of each command, start-up included; `{out}` in a command is a fresh folder each time.

    The rounds are interleaved, so that what else the machine does meets all contenders alike.
    """
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            out = tempfile.mkdtemp(prefix="sslabel-benchmark-")
            words = [word.replace("{out}", f"{out}/out") for word in command]
            begin = time.perf_counter()
            subprocess.run(words, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - begin)
            shutil.rmtree(out)
    return {name: statistics.median(one) for name, one in times.items()}


def python(*arguments: str) -> list[str]:
    """A command that runs this Python."""
    return [sys.executable, *arguments]


def table(seconds: Mapping[str, float], ours: str = "sslabel") -> str:
    """The medians, and how many times longer than ours each took."""
    width = max(map(len, seconds))
    return "\n".join(f"{name:<{width}}  {one:7.2f} s  {one / seconds[ours]:5.2f}×" for name, one in seconds.items())
