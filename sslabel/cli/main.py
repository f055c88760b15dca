"""The entry point: the application with all its commands."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

_STREAMS = 3
_HELP = frozenset({"-h", "--help"})


def main() -> None:
    """Run the command line."""
    gc.disable()  # while libraries load, nothing is ever let go
    # Where a standard stream was closed before Python began, as by `>&-`, what is opened now shall not take its place,
    # and Python has no file for it.
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < _STREAMS:
        pass
    os.close(descriptor)
    sys.stdout, sys.stderr = (one or open(os.devnull, "w", encoding="utf-8") for one in (sys.stdout, sys.stderr))  # noqa: PTH123, SIM115
    if sys.argv[1:2] == ["make"] and not _HELP.intersection(sys.argv):
        # Loading takes a worker as long as it takes us: it may begin at once.
        from sslabel.engine.early import start_ahead

        start_ahead(_tasks(sys.argv) or ["image"])
    # Nothing here multiplies matrices: threads for it would only take time from the workers.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from sslabel.cli.commands import app
    except KeyboardInterrupt:  # from here on, each command says itself what it means
        sys.stderr.write("sslabel: stopped\n")
        sys.exit(130)
    finally:
        gc.freeze()
        gc.enable()
    try:
        app()
    except SystemExit as ended:
        if isinstance(ended.code, int):
            _leave(ended.code)
        raise


def _leave(code: int) -> NoReturn:
    """End now: to take the interpreter apart, with all that was loaded, takes longer than many a command."""
    atexit._run_exitfuncs()  # noqa: SLF001 - the one part of it that matters
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)


def _tasks(words: Sequence[str]) -> list[str]:
    """The tasks that a command line names, as modules of `sslabel.tasks`: all of them, or none if one is not there."""
    given = [word.removeprefix("--task=") for word in words if word.startswith("--task=")]
    given += [word for option, word in pairwise(words) if option == "--task"]
    names = [one.partition(":")[0].rpartition("@")[2].replace("-", "_") for one in given]
    folder = Path(__file__).parent.parent / "tasks"
    found = [path for name in names if name.isidentifier() for path in folder.glob(f"*/{name}.py")]
    return [f"{path.parent.name}.{path.stem}" for path in found] if len(found) == len(names) else []
