"""The entry point: the application with all its commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

_HELP = frozenset({"-h", "--help"})


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["make"] and not _HELP.intersection(sys.argv):
        # Loading takes a worker as long as it takes us: it may begin at once.
        from sslabel.engine.process import start_ahead

        start_ahead(texts=_are_texts(sys.argv))
    # Python has no stream where one was closed before it began, as by `>&-`.
    sys.stdout, sys.stderr = (one or open(os.devnull, "w", encoding="utf-8") for one in (sys.stdout, sys.stderr))  # noqa: PTH123, SIM115
    # Nothing here multiplies matrices: threads for it would only take time from the workers.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from sslabel.cli.commands import app
    except KeyboardInterrupt:  # from here on, each command says itself what it means
        sys.stderr.write("sslabel: stopped\n")
        sys.exit(130)
    app()


def _are_texts(words: Sequence[str]) -> bool:
    """Whether the tasks that a command line names are on text alone, as far as the names of their files tell."""
    given = [word.removeprefix("--task=") for word in words if word.startswith("--task=")]
    given += [word for option, word in pairwise(words) if option == "--task"]
    names = [one.partition(":")[0].rpartition("@")[2].replace("-", "_") for one in given]
    folder = Path(__file__).parent.parent / "tasks" / "text"
    return bool(names) and all(name.isidentifier() and (folder / f"{name}.py").exists() for name in names)
