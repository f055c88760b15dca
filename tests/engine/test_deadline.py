"""The deadline is of a worker's own CPU time on one source: a loaded machine excludes nobody."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.drawing import save_photo
from tests.engine.running import quarantine, sources, sslabel

MARK = 77  # the width of the pictures that the task below takes its time on

PLUGIN = """
import signal
import time
from sslabel import Category, Pair, Picture
from sslabel.registry import task

@task("image")
def slow(picture: Picture, rng, *, work: float = 0.0, sleep: float = 0.0, stuck: int = 0, deaf: int = 0) -> Pair:
    "Take CPU time or wall time on pictures of one width, for ever on those of another, and deafen on a third."
    if picture.width == deaf:
        for alarm in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(alarm, signal.SIG_IGN)
    if picture.width == 77:
        time.sleep(sleep)
        end = time.thread_time() + work
        while time.thread_time() < end:
            pass
    while picture.width == stuck:
        pass
    return Pair(picture, Category(0, ("a", "b")))
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a task that takes its time."""
    path = tmp_path_factory.mktemp("plugin") / "slow.py"
    path.write_text(PLUGIN, "ascii")
    return path


@contextlib.contextmanager
def busy(processes: int) -> Iterator[None]:
    """Other programs that take all the CPU time that they get."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.parametrize(
    ("count", "programs"),
    [(2, 2), pytest.param(6, 8, marks=pytest.mark.slow), pytest.param(6, 16, marks=pytest.mark.slow)],
)
def test_a_loaded_machine_excludes_nobody(plugin: Path, tmp_path: Path, count: int, programs: int) -> None:
    for number in range(count):
        save_photo(tmp_path / "raw" / f"{number}.jpg", number, MARK, 40)
    out = tmp_path / "out"
    # Each source takes a third of the deadline, and all together more than it.
    options = ("--plugin", plugin, "--deadline", "0.6", "--workers", 2, "--shard-size", "20kB")
    with busy(programs):
        finished = sslabel("make", tmp_path / "raw", out, "--task", "slow:work=0.2", *options)
    assert (finished.code, quarantine(out)) == (0, [])
    assert sorted(sources(out, "slow")) == [f"{number}.jpg" for number in range(count)]


@pytest.mark.slow
def test_on_a_loaded_machine_the_source_that_is_stuck_is_excluded_alone(plugin: Path, tmp_path: Path) -> None:
    for number in range(3):
        save_photo(tmp_path / "raw" / f"{number}.jpg", number, MARK, 40)
    save_photo(tmp_path / "raw" / "stuck.jpg", 9, 78, 40)
    out = tmp_path / "out"
    options = ("--plugin", plugin, "--deadline", "0.6", "--max-error-rate", 1)
    with busy(8):
        finished = sslabel("make", tmp_path / "raw", out, "--task", "slow:work=0.2,stuck=78", *options)
    assert finished.code == 0
    assert [(one["source"], one["reason"]) for one in quarantine(out)] == [
        ("stuck.jpg", "no progress in 0.6 s of CPU time (--deadline)")
    ]
    assert sorted(sources(out, "slow")) == ["0.jpg", "1.jpg", "2.jpg"]


@pytest.mark.slow
def test_a_source_that_is_stuck_after_one_that_turned_the_alarms_off_is_excluded(plugin: Path, tmp_path: Path) -> None:
    for name, width in (("a", 76), ("b", 48), ("stuck", 78), ("z", 48)):
        save_photo(tmp_path / "raw" / f"{name}.jpg", 1, width, 40)
    out = tmp_path / "out"
    options = ("--plugin", plugin, "--deadline", "0.3", "--no-shuffle", "--max-error-rate", 1)
    finished = sslabel("make", tmp_path / "raw", out, "--task", "slow:stuck=78,deaf=76", *options)
    assert finished.code == 0
    assert [(one["source"], one["kind"]) for one in quarantine(out)] == [("stuck.jpg", "deadline")]
    assert sources(out, "slow") == ["a.jpg", "b.jpg", "z.jpg"]


def test_waiting_is_no_work(plugin: Path, tmp_path: Path) -> None:
    save_photo(tmp_path / "raw" / "a.jpg", 1, MARK, 40)
    out = tmp_path / "out"
    # Three times the deadline, and a third of the wall time that goes with it.
    options = ("--plugin", plugin, "--deadline", "0.3")
    finished = sslabel("make", tmp_path / "raw", out, "--task", "slow:sleep=0.9", *options)
    assert (finished.code, quarantine(out)) == (0, [])
    assert sources(out, "slow") == ["a.jpg"]
