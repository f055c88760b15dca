"""`python -m benchmarks text TEXTS`: masked-word beside what one would write without it, then the other text tasks.

TEXTS is what `python -m benchmarks texts` made: fifty megabytes as paragraphs and as lines. Every time includes the
start of Python; two workers each, Parquet out.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.timing import python, seconds_of, table

_TASKS = ("masked-word", "span-corruption", "word-order", "word-position", "replaced-word", "restore-text")


def main(folder: str, rounds: str = "5") -> None:
    """Print for each of the two the medians, ratios to sslabel's masked-word, and megabytes a second."""
    ours = python("-m", "sslabel", "make", "--workers", "2", "--quiet")
    for unit in ("paragraph", "line"):
        path = Path(folder) / f"{unit}s" / "english.txt"
        runs = {name: [*ours, "--unit", unit, "--task", name, str(path), "{out}"] for name in _TASKS}
        for name in ("pool", "datasets"):
            runs[name] = python("-m", "benchmarks.text_alternatives", name, str(path), "{out}", unit)
        seconds = seconds_of(runs, int(rounds))
        print(f"{path.stat().st_size / 1e6:.0f} MB of English, by {unit}\n{table(seconds, 'masked-word')}\n")
