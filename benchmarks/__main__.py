"""`python -m benchmarks NAME [ARGUMENTS]` runs one of the modules beside this one."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main() -> None:
    """Run the module that the command line names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in names:  # noqa: PLR2004 - the module's name comes first
        sys.exit(f"python -m benchmarks NAME, where NAME is one of {', '.join(names)}")
    importlib.import_module(f"benchmarks.{sys.argv[1]}").main(*sys.argv[2:])


main()
