"""`python -m benchmarks tasks PHOTOS`: what each picture task takes for a photo, and how much of that the codecs take.

PHOTOS is what `python -m benchmarks photos` made. One process makes the pairs, with the default options.
"""

from __future__ import annotations

from benchmarks.profile import measured
from sslabel.registry import all_of

_CODECS = ("decode", "decode of upper rows (grey?)", "encode")


def main(folder: str, rounds: str = "3") -> None:
    """Print microseconds for each photo, and the share of decoding and encoding."""
    for name, task in all_of("task").items():
        if task.takes != "image":
            continue
        taken = measured(f"{folder}/small", {"task": name, "limit": 300}, int(rounds), units=2)
        codecs = sum(taken.get(what, 0.0) for what in _CODECS)
        print(f"{name:<18} {taken['total'] * 1e6:7.0f} µs  codecs {codecs / taken['total']:6.1%}")
