"""`python -m benchmarks readme` brings the README's tables up to date."""

from __future__ import annotations

from pathlib import Path

from sslabel.look.tables import with_tables

README = Path(__file__).parent.parent / "README.md"


def main() -> None:
    """Write the tables anew."""
    README.write_text(with_tables(README.read_text("utf-8")), "utf-8")
