"""`python -m benchmarks tasks PHOTOS`: what each picture task takes for a photo, and how much of that the codecs take.

Beside it stand the largest of the others; "all else" is the task itself, the draws, the keys and the meta data.

PHOTOS is what `python -m benchmarks photos` made. One process makes the pairs, with the default options; a task that
finds the photos too small for them is given photos whose shorter side is 400 pixels, and the line says so.
"""

from __future__ import annotations

from typing import Any

import sslabel
from benchmarks.profile import measured
from sslabel.registry import all_of

_CODECS = ("decode", "decode of upper rows (grey?)", "encode")
_LARGER = 400
_TRIED = 20
_SHOWN = 3


def main(folder: str, rounds: str = "3") -> None:
    """Print microseconds for each photo, the share of decoding and encoding, and what takes the rest."""
    photos = f"{folder}/small"
    for name, task in all_of("task").items():
        if task.takes != "image":
            continue
        options: dict[str, Any] = {"task": name, "limit": 300}
        found = next(iter(sslabel.pairs(photos, task=name, limit=_TRIED)), None)
        options |= {} if found is not None else {"size": _LARGER}
        taken = measured(photos, options, int(rounds), units=2)
        codecs = sum(taken.get(what, 0.0) for what in _CODECS)
        resized = "" if found is not None else f"  photos resized to {_LARGER}"
        rest = {what: seconds for what, seconds in taken.items() if what not in (*_CODECS, "total")}
        largest = sorted(rest, key=lambda what: -rest[what])[:_SHOWN]
        why = ", ".join(f"{what} {rest[what] / taken['total']:.0%}" for what in largest)
        print(f"{name:<18} {taken['total'] * 1e6:7.0f} µs  codecs {codecs / taken['total']:4.0%}  {why}{resized}")
