"""How many processes may be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sslabel.engine.process import usable_cpus

QUOTA = Path("/sys/fs/cgroup/cpu.max")


@pytest.mark.parametrize(
    ("affinity", "quota", "slurm", "expected"),
    [
        (8, None, None, 8),
        (1, None, None, 1),
        (8, "max 100000", None, 8),
        (8, "300000 100000", None, 3),
        (8, "150000 100000", None, 1),
        (8, "50000 100000", None, 1),
        (8, "1600000 100000", None, 8),
        (8, "nonsense", None, 8),
        (8, None, "2", 2),
        (8, None, "16", 8),
        (8, None, "", 8),
        (8, None, "many", 8),
        (8, None, "0", 1),
        (8, "300000 100000", "4", 3),
    ],
)
def test_the_smallest_of_affinity_quota_and_slurms_share_counts(
    monkeypatch: pytest.MonkeyPatch, affinity: int, quota: str | None, slurm: str | None, expected: int
) -> None:
    read_text = Path.read_text

    def read(path: Path, encoding: str | None = None) -> str:
        if path != QUOTA:
            return read_text(path, encoding)
        if quota is None:
            raise FileNotFoundError
        return quota

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(affinity)), raising=False)
    monkeypatch.setattr(Path, "read_text", read)
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    if slurm is not None:
        monkeypatch.setenv("SLURM_CPUS_PER_TASK", slurm)
    assert usable_cpus() == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinities")
def test_an_affinity_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_cpus() == 1
    finally:
        os.sched_setaffinity(0, before)
