"""`python -m benchmarks texts FILE... OUT`: fifty megabytes of English from these files, as paragraphs and as lines.

Paragraphs are of about 700 characters, a blank line between them; lines of about 60.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

_BYTES = 50_000_000


def main(*arguments: str) -> None:
    """Write `OUT/paragraphs/english.txt` and `OUT/lines/english.txt`."""
    *files, out = arguments
    words = [word for file in files for word in Path(file).read_text("utf-8").split()]
    for name, width, end in (("paragraphs", 700, "\n\n"), ("lines", 60, "\n")):
        once = end.join(textwrap.wrap(" ".join(words), width, break_on_hyphens=False)) + end
        target = Path(out) / name / "english.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8") as file:
            written = 0
            while written < _BYTES:
                written += file.write(once)
