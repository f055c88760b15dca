"""SIGINT and SIGTERM at any moment: the run is out at once, leaves nothing unfinished, and the same command goes on."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.engine.running import (
    SMALL,
    SMALL_UNITS,
    Finished,
    Job,
    Members,
    check_whole,
    ended,
    ends_undisturbed,
    temporary_files,
    tree,
    until,
)

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")

MOMENTS = 50
SOON = 5.0
FIRST = 0.3


@pytest.fixture
def job(many_photos: Path, tmp_path: Path) -> Job:
    """A run of many small units."""
    (tmp_path / "scratch").mkdir()
    return Job(SMALL, many_photos, tmp_path / "out", tmp_path / "scratch")


def stopped(  # noqa: PLR0913 - when, what, and to whom
    job: Job,
    undisturbed: Members,
    number: signal.Signals,
    *,
    group: bool,
    pause: float = 0.0,
    shards: int | None = None,
) -> Finished:
    """Start it, send a signal after a pause or so many shards, and find that it is out soon and leaves nothing."""
    process = job.start()
    time.sleep(pause)
    if shards is not None:
        assert until(lambda: (job.out / ".sslabel" / "lock").exists() and job.shards >= shards, process)
    sent = time.monotonic()
    (os.killpg if group else os.kill)(process.pid, number)
    finished = ended(process)
    job.wait_for_processes(SOON)
    assert time.monotonic() - sent < SOON
    assert not temporary_files(job.out)
    check_whole(job.out, undisturbed)
    return finished


def outside(finished: Finished, number: signal.Signals) -> bool:
    """Whether Python itself was still starting, or at its very end, where the signal's own action ends it."""
    interrupted = finished.code == 1 and finished.err.rstrip().endswith("KeyboardInterrupt")
    return finished.code == -number or (number == signal.SIGINT and interrupted)


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, MOMENTS))])
def test_a_signal_at_any_moment(  # noqa: PLR0913, PLR0917 - fixtures and a row of the table
    job: Job, undisturbed: Members, seconds: float, seed: int, number: signal.Signals, group: bool
) -> None:
    pause = random.Random(f"{seed} {number} {group}").uniform(0, seconds)
    finished = stopped(job, undisturbed, number, group=group, pause=pause)
    if finished.code == 0:
        assert tree(job.out) == undisturbed
    elif outside(finished, number):
        assert not job.out.exists() or tree(job.out) == undisturbed
    else:
        assert finished.code == 128 + number
        assert finished.err.startswith("sslabel: stopped")
    ends_undisturbed(job, undisturbed)


@pytest.mark.parametrize(
    ("number", "group", "shards"),
    [
        pytest.param(signal.SIGINT, True, 0, marks=pytest.mark.slow),
        (signal.SIGINT, False, 30),
        pytest.param(signal.SIGTERM, False, 0, marks=pytest.mark.slow),
        (signal.SIGTERM, True, 50),
        pytest.param(signal.SIGTERM, True, 1, marks=pytest.mark.slow),
    ],
)
def test_a_signal_once_so_many_shards_are_finished(
    job: Job, undisturbed: Members, number: signal.Signals, group: bool, shards: int
) -> None:
    finished = stopped(job, undisturbed, number, group=group, shards=shards)
    assert finished.code == 128 + number
    said = f"sslabel: stopped; what is finished in {job.out} is kept, and the same command goes on from there\n"
    assert finished.err == said
    assert job.shards < 2 * SMALL_UNITS
    ends_undisturbed(job, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_kills_and_signals_one_after_the_other(job: Job, undisturbed: Members, seconds: float, seed: int) -> None:
    rng = random.Random(seed)
    for number in rng.sample([signal.SIGKILL, signal.SIGTERM, signal.SIGINT], 3):
        process = job.start()
        time.sleep(rng.uniform(0.4, 0.9) * seconds)
        os.killpg(process.pid, number)
        ended(process)
        job.wait_for_processes(SOON)
        check_whole(job.out, undisturbed)
    ends_undisturbed(job, undisturbed)


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_second_signal_ends_it_at_once(job: Job, undisturbed: Members, number: signal.Signals) -> None:
    process = job.start()
    assert until(lambda: job.shards >= 10, process)
    for _ in range(2):
        process.send_signal(number)
        time.sleep(0.005)
    assert ended(process).code in (-number, 128 + number)
    job.wait_for_processes(SOON)
    ends_undisturbed(job, undisturbed)


@pytest.mark.parametrize(("pause", "group"), [(0.06, False), (0.15, True)])
def test_a_signal_as_it_begins(job: Job, undisturbed: Members, pause: float, group: bool) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        begins_and_is_stopped(job, undisturbed, number, pause, group)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("group", [False, True])
def test_signals_in_the_first_moments(job: Job, undisturbed: Members, number: signal.Signals, group: bool) -> None:
    for step in range(int(FIRST * 100)):
        begins_and_is_stopped(job, undisturbed, number, step / 100, group)


def begins_and_is_stopped(job: Job, undisturbed: Members, number: signal.Signals, pause: float, group: bool) -> None:
    """Send a signal so soon that next to nothing was done; nothing is left of it."""
    finished = stopped(job, undisturbed, number, group=group, pause=pause)
    assert finished.code == 128 + number or outside(finished, number)
