"""Small disks of a test's own, that can be full, closed or taken away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Disk:
    """A small disk of its own."""

    folder: Path

    def change(self, options: str) -> None:
        """Mount it anew: `size=...`, `ro`."""
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True, capture_output=True)

    @property
    def pages(self) -> int:
        """How many pages are used."""
        about = os.statvfs(self.folder)
        return (about.f_blocks - about.f_bfree) * about.f_frsize // PAGE


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """An empty disk of 4 MB in a folder of this name; the test is skipped where none can be had."""
    folder.mkdir()
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root can mount a disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("no disk can be mounted here")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
