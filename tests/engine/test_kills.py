"""A run whose processes are killed at any moment: nothing torn, no process left, and the same command goes on."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.engine.running import (
    SMALL,
    Job,
    Members,
    check_whole,
    ended,
    ends_undisturbed,
    start,
    tree,
    unfinished,
    until,
    workers_of,
)

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")

WORKERS = (1, 2, 4)
KILLS = 200
FIRST = 0.3


@pytest.fixture
def job(many_photos: Path, tmp_path: Path) -> Job:
    """A run of many small units."""
    return job_of(many_photos, tmp_path, 2)


def job_of(raw: Path, folder: Path, workers: int) -> Job:
    """A run of many small units on so many workers."""
    (folder / "scratch").mkdir()
    return Job((*SMALL, "--workers", workers), raw, folder / "out", folder / "scratch")


def kill_all_after(job: Job, pause: float) -> None:
    """Start it, and kill all its processes at once so many seconds later, wherever it is then."""
    process = job.start()
    time.sleep(pause)
    os.killpg(process.pid, signal.SIGKILL)
    assert ended(process).code in (0, -signal.SIGKILL)
    job.wait_for_processes(5)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, KILLS))])
def test_all_processes_are_killed_at_any_moment(
    many_photos: Path, undisturbed: Members, seconds: float, tmp_path: Path, seed: int
) -> None:
    workers = WORKERS[seed % len(WORKERS)]
    job = job_of(many_photos, tmp_path, workers)
    kill_all_after(job, random.Random(seed).uniform(0, seconds))
    assert len(unfinished(job.out)) <= 2 * workers
    ends_undisturbed(job, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_all_processes_are_killed_again_and_again(
    many_photos: Path, undisturbed: Members, seconds: float, tmp_path: Path, seed: int
) -> None:
    workers = WORKERS[seed % len(WORKERS)]
    job = job_of(many_photos, tmp_path, workers)
    rng = random.Random(seed)
    for _ in range(4):
        kill_all_after(job, rng.uniform(0.4, 0.9) * seconds)
        check_whole(job.out, undisturbed)
    ends_undisturbed(job, undisturbed)


@pytest.mark.parametrize(
    ("shards", "group"),
    [
        (1, True),
        (50, False),
        pytest.param(0, True, marks=pytest.mark.slow),
        pytest.param(0, False, marks=pytest.mark.slow),
        pytest.param(1, False, marks=pytest.mark.slow),
        pytest.param(50, True, marks=pytest.mark.slow),
    ],
)
def test_a_kill_once_so_many_shards_are_finished(job: Job, undisturbed: Members, shards: int, group: bool) -> None:
    process = job.start()
    assert until(lambda: (job.out / ".sslabel" / "lock").exists() and job.shards >= shards, process)
    (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
    assert ended(process).code == -signal.SIGKILL
    job.wait_for_processes(5)
    ends_undisturbed(job, undisturbed)


def test_killing_workers_costs_nothing(job: Job, undisturbed: Members) -> None:
    process = job.start()
    killed = []
    for shards in (4, 40):

        def ready(wanted: int = shards) -> bool:
            return job.shards >= wanted and bool(workers_of(job.scratch))

        assert until(ready, process)
        killed.append(workers_of(job.scratch)[0])
        os.kill(killed[-1], signal.SIGKILL)
    assert ended(process).code == 0
    assert len(set(killed)) == 2
    assert tree(job.out) == undisturbed


@pytest.mark.parametrize("pause", [0.06, 0.15])
def test_nothing_is_left_of_a_run_whose_parent_is_killed_as_it_begins(job: Job, pause: float) -> None:
    nothing_is_left_after(job, pause)


@pytest.mark.slow
def test_nothing_is_left_of_runs_whose_parents_are_killed_in_their_first_moments(job: Job) -> None:
    for step in range(int(FIRST * 200)):
        nothing_is_left_after(job, step / 200)


def nothing_is_left_after(job: Job, pause: float) -> None:
    """Kill the parent alone so many seconds after its start, and wait for what it started."""
    process = job.start()
    time.sleep(pause)
    process.kill()
    assert ended(process).code == -signal.SIGKILL
    job.wait_for_processes(5)


@pytest.mark.parametrize(
    "arguments",
    [
        ("make",),
        ("make", "raw"),
        ("make", "raw", "out", "--task", "no-such-task"),
        ("make", "raw", "out", "--no-such-option"),
        ("make", "no-such-folder", "out", "--task", "rotation"),
    ],
)
def test_nothing_is_left_of_a_command_that_cannot_work(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "scratch").mkdir()
    job = Job((), tmp_path / "raw", tmp_path / "out", tmp_path / "scratch")
    process = start(*arguments, cwd=tmp_path, env={"TMPDIR": str(job.scratch)})
    assert ended(process).code in (2, 4)
    assert not job.processes
    assert not job.out.exists()
