"""The entry point: the application with all its commands."""

from __future__ import annotations

import os
import sys

_HELP = frozenset({"-h", "--help"})


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["make"] and not _HELP.intersection(sys.argv):
        # Loading takes a worker as long as it takes us: it may begin at once.
        from sslabel.engine.process import start_ahead

        start_ahead()
    # Nothing here multiplies matrices: threads for it would only take time from the workers.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from sslabel.cli.commands import app

    app()
