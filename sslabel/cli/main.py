"""The entry point: the application with all its commands."""

from __future__ import annotations

from sslabel.cli import list as _list
from sslabel.cli import make as _make
from sslabel.cli.app import app

# Importing a command's module adds it to the application.
COMMANDS = (_make, _list)


def main() -> None:
    """Run the command line."""
    app()
