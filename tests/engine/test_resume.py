"""A run may be stopped at any moment: the same command goes on, and ends with the bytes of a run that never was."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.engine.events import Planned, ShardDone, Summary
from tests.engine.running import (
    PATIENCE,
    Members,
    ended,
    plans,
    records,
    sslabel,
    start,
    temporary_files,
    tree,
    until,
    workers_of,
)

JOB = ("--task", "colorize:as=bins", "--task", "rotation", "--noise", "gaussian-noise", "--split", "train=0.9,test=0.1")
SMALL = (*JOB, "--shard-size", "1", "--workers", 2)
UNITS = 40
linux = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")


@pytest.fixture(scope="module")
def undisturbed(many_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Members:
    """The whole output of a run that nothing stopped."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    assert sslabel("make", many_photos, out, *SMALL).code == 0
    files = tree(out)
    assert sum(name.endswith(".tar") for name in files) == 2 * UNITS
    return files


@dataclass(frozen=True)
class Job:
    """A run to be stopped. Its folder for temporary files is its own, and finds its processes."""

    raw: Path
    out: Path
    scratch: Path

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, or go on with it."""
        return start("make", self.raw, self.out, *SMALL, env={"TMPDIR": str(self.scratch)})

    @property
    def shards(self) -> int:
        """How many commit records there are."""
        return len(list(self.out.glob(".sslabel/records/*/*.json")))

    def stop(self, shards: int, number: signal.Signals, *, group: bool) -> int:
        """Start it, send a signal once so many shards are finished, and give the exit code."""
        before = list(self.scratch.glob("sslabel-*/*"))
        process = self.start()
        assert until(lambda: (self.out / ".sslabel" / "lock").exists() and self.shards >= shards, process)
        if group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        finished = ended(process)
        self.wait_for_workers()
        if number != signal.SIGKILL:
            assert finished.err.splitlines()[-1].startswith("sslabel: stopped; ")
            assert "the same command goes on" in finished.err.splitlines()[-1]
            assert list(self.scratch.glob("sslabel-*/*")) == before
            assert not temporary_files(self.out)
        for record in records(self.out):
            assert (self.out / record["task"] / record["shard"]).stat().st_size == record["bytes"]
        return finished.code

    def wait_for_workers(self) -> None:
        """Wait until no worker is left; the system takes a moment to end what is killed."""
        begun = time.monotonic()
        while workers_of(self.scratch):
            assert time.monotonic() - begun < PATIENCE
            time.sleep(0.01)

    def goes_on(self) -> bool:
        """Run it to its end; whether that is well."""
        return sslabel("make", self.raw, self.out, *SMALL).code == 0


@pytest.fixture
def job(many_photos: Path, tmp_path: Path) -> Job:
    """A run of many small units."""
    (tmp_path / "scratch").mkdir()
    return Job(many_photos, tmp_path / "out", tmp_path / "scratch")


@linux
@pytest.mark.parametrize(
    "shards", [1, pytest.param(0, marks=pytest.mark.slow), pytest.param(50, marks=pytest.mark.slow)]
)
def test_after_a_kill_of_all_its_processes(job: Job, undisturbed: Members, shards: int) -> None:
    assert job.stop(shards, signal.SIGKILL, group=True) == -signal.SIGKILL
    assert job.goes_on()
    assert tree(job.out) == undisturbed


@linux
@pytest.mark.parametrize(
    ("number", "group", "shards"),
    [
        (signal.SIGINT, True, 0),
        (signal.SIGINT, False, 30),
        pytest.param(signal.SIGTERM, False, 0, marks=pytest.mark.slow),
        (signal.SIGTERM, True, 50),
        pytest.param(signal.SIGTERM, True, 1, marks=pytest.mark.slow),
    ],
)
def test_after_a_signal(job: Job, undisturbed: Members, number: signal.Signals, group: bool, shards: int) -> None:
    assert job.stop(shards, number, group=group) == 128 + number
    assert job.shards < 2 * UNITS
    assert job.goes_on()
    assert tree(job.out) == undisturbed


@linux
@pytest.mark.slow
def test_after_several_signals_in_a_row(job: Job, undisturbed: Members) -> None:
    for shards, number in [(1, signal.SIGINT), (20, signal.SIGKILL), (40, signal.SIGTERM), (60, signal.SIGKILL)]:
        job.stop(shards, number, group=True)
    assert job.goes_on()
    assert tree(job.out) == undisturbed


@linux
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_after_signals_at_any_moment(job: Job, undisturbed: Members, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(3):
        process = job.start()
        time.sleep(rng.uniform(0.05, 1.5))
        os.killpg(process.pid, rng.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
        ended(process)
        job.wait_for_workers()
    assert job.goes_on()
    assert tree(job.out) == undisturbed


@linux
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


@linux
def test_workers_end_with_a_parent_that_is_killed(job: Job) -> None:
    process = job.start()
    assert until(lambda: job.shards >= 1 and bool(workers_of(job.scratch)), process)
    process.kill()
    ended(process)
    job.wait_for_workers()


def test_an_output_where_nothing_was_made_is_not_left_behind(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "bad.jpg").write_bytes(b"x")
    finished = sslabel(
        "make",
        tmp_path / "raw",
        tmp_path / "deep" / "out",
        "--task",
        "colorize:ab_scale=1,as=ab",
        "--fields",
        "input=png",
    )
    assert finished.code == 2
    assert not (tmp_path / "deep" / "out").exists()


@pytest.fixture
def copied(undisturbed: Members, tmp_path: Path) -> Path:
    """A complete output of one's own."""
    for name, data in undisturbed.items():
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "out"


def stamps(out: Path) -> dict[str, tuple[int, int]]:
    """When each shard and record was written, and its inode."""
    paths = [*out.glob("*/*.tar"), *out.glob(".sslabel/records/*/*.json"), *out.glob(".sslabel/plans/*/*")]
    return {str(path.relative_to(out)): (path.stat().st_mtime_ns, path.stat().st_ino) for path in paths}


def test_a_complete_output_is_left_as_it_is(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    before = stamps(copied)
    finished = sslabel("make", many_photos, copied, *SMALL)
    assert finished.code == 0
    assert "all was done before" in finished.out
    assert stamps(copied) == before
    assert tree(copied) == undisturbed


def test_only_what_is_damaged_is_made_again(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    before = stamps(copied)
    damaged = ["rotation/train-000007.tar", "colorize/train-000003.tar", "rotation/train-000011.tar"]
    for name, size in zip(damaged, (9728, 10_752, 0), strict=True):
        assert (copied / name).stat().st_size == 10_240
        os.truncate(copied / name, size)
    (copied / "colorize" / "train-000007.tar").unlink()
    (copied / ".sslabel" / "records" / "rotation" / "000009.json").unlink()
    again = sorted([*damaged, "colorize/train-000007.tar", "rotation/train-000009.tar"])
    finished = sslabel("make", many_photos, copied, *SMALL, "--json")
    assert finished.code == 0
    done = [f"{event['task']}/{event['shard']}" for event in finished.events if event["type"] == "shard"]
    assert sorted(done) == again
    assert finished.events[-1]["made_shards"] == len(again)
    after = stamps(copied)
    changed = [name for name in before if after[name] != before[name] and name.endswith(".tar")]
    assert sorted(changed) == again
    assert tree(copied) == undisturbed


def test_what_is_torn_is_swept(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    for name in ("rotation/.train-000003.tar.tmp-0123456789ab", ".sslabel/records/rotation/.000003.json.tmp-00"):
        (copied / name).write_bytes(b"torn")
    assert len(temporary_files(copied)) == 2
    assert sslabel("make", many_photos, copied, *SMALL).code == 0
    assert tree(copied) == undisturbed


def test_cards_that_are_gone_are_written_again(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    for name in ("README.md", "croissant.json", ".sslabel/quarantine.jsonl"):
        (copied / name).unlink()
    assert sslabel("make", many_photos, copied, *SMALL).code == 0
    assert tree(copied) == undisturbed


def test_files_beside_the_shards_that_are_gone_are_written_again(
    many_photos: Path, undisturbed: Members, copied: Path
) -> None:
    (copied / "colorize" / "ab_classes.json").unlink()
    assert sslabel("make", many_photos, copied, *SMALL).code == 0
    assert tree(copied) == undisturbed


def test_a_record_that_is_none_of_ours_is_named_and_can_be_removed(
    many_photos: Path, undisturbed: Members, copied: Path
) -> None:
    record = copied / ".sslabel" / "records" / "rotation" / "000002.json"
    record.write_text("{", "ascii")
    finished = sslabel("make", many_photos, copied, *SMALL)
    assert finished.code == 6
    assert f"{record}: not a commit record" in finished.err
    record.unlink()
    assert sslabel("make", many_photos, copied, *SMALL).code == 0
    assert tree(copied) == undisturbed


def test_events_tell_what_was_done_before(photos: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"task": "rotation", "shard_size": "1"}
    seen: list[object] = []
    tool.make(photos, tmp_path / "out", report=seen.append, **options)
    (planned,) = (event for event in seen if isinstance(event, Planned))
    assert (planned.units, planned.done_units, planned.done_sources, planned.sources) == (14, 0, 0, 14)
    for unit in (0, 5):
        (tmp_path / "out" / "rotation" / f"train-{unit:06d}.tar").unlink()
    seen = []
    tool.make(photos, tmp_path / "out", report=seen.append, **options)
    (planned,) = (event for event in seen if isinstance(event, Planned))
    assert (planned.units, planned.done_units, planned.done_sources, planned.sources) == (14, 12, 12, 14)
    made = sorted(event.shard for event in seen if isinstance(event, ShardDone))
    assert made == ["train-000000.tar", "train-000005.tar"]
    (summary,) = (event for event in seen if isinstance(event, Summary))
    assert (summary.made_shards, summary.tasks["rotation"]["shards"]) == (2, 14)


def test_another_number_of_workers_goes_on(many_photos: Path, undisturbed: Members, copied: Path) -> None:
    for path in sorted((copied / "colorize").glob("*.tar"))[::3]:
        path.unlink()
    finished = sslabel("make", many_photos, copied, *JOB, "--shard-size", 1, "--workers", 3, "--deadline", "30s")
    assert finished.code == 0
    assert tree(copied) == undisturbed
    assert len(plans(copied)) == 1
