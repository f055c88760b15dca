"""The application with all its commands: importing a command's module adds it."""

from __future__ import annotations

from sslabel.cli import inspect as _inspect
from sslabel.cli import list as _list
from sslabel.cli import make as _make
from sslabel.cli import preview as _preview
from sslabel.cli import stats as _stats
from sslabel.cli import verify as _verify
from sslabel.cli.app import app

COMMANDS = (_make, _list, _preview, _inspect, _stats, _verify)

__all__ = ["COMMANDS", "app"]
