"""A disk that is full, closed or taken away: one clear line, nothing torn, and the same command goes on."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.disks import PAGE, Disk, small_disk
from tests.engine.drawing import draw_many
from tests.engine.running import (
    Job,
    Members,
    check_whole,
    ended,
    ends_undisturbed,
    quarantine,
    records,
    sources,
    sslabel,
    start,
    temporary_files,
    tree,
)

OPTIONS = ("--task", "colorize:as=bins", "--task", "rotation", "--shard-size", 1, "--no-shuffle", "--workers", 1)
FULL = re.compile(
    r": the disk is full(, and about \d+ MB more are needed)?; what is finished is kept, .* goes on from there"
)
KEPT = "; what is finished is kept, and the same command goes on from there\n"
REMOVED = ": it, or a part of it, was removed while this run wrote there; start it again\n"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """An empty disk of 4 MB."""
    with small_disk(tmp_path / "disk") as made:
        yield made


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six tiny photographs."""
    return draw_many(tmp_path_factory.mktemp("disks") / "raw", 6)


@pytest.fixture(scope="module")
def undisturbed(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Members:
    """The whole output of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    assert sslabel("make", raw, out, *OPTIONS).code == 0
    return tree(out)


def job(raw: Path, out: Path, tmp_path: Path) -> Job:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Job(OPTIONS, raw, out, scratch)


def slow_but(*fast: int) -> list[object]:
    """The ten points; all but a few of them are slow."""
    return [point if point in fast else pytest.param(point, marks=pytest.mark.slow) for point in range(10)]


@pytest.mark.parametrize("point", slow_but(5, 9))
def test_a_disk_that_is_full_at_any_point(
    raw: Path, undisturbed: Members, tmp_path: Path, disk: Disk, point: int
) -> None:
    # From one page, too little for a plan, to one page less than all, where what says that it is finished has none.
    out = disk.folder / "out"
    for name, data in undisturbed.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)
    whole = disk.pages
    shutil.rmtree(out)
    disk.change(f"size={PAGE * (1 + point * (whole - 2) // 9)}")
    interrupted = job(raw, out, tmp_path)
    for _ in range(2):  # trying again while there is no room changes nothing
        failed = sslabel("make", raw, out, *OPTIONS)
        assert (failed.code, failed.out) == (5, "")
        assert FULL.fullmatch(failed.err.splitlines()[-1].removeprefix(f"sslabel: {out}"))
        assert "Traceback" not in failed.err
        assert not temporary_files(disk.folder)
        check_whole(out, undisturbed)
    assert len(records(out)) in {0: [0], 9: [12]}.get(point, range(12))
    assert not any(out.glob(".sslabel/plans/*/finished.json"))
    disk.change("size=4m")
    ends_undisturbed(interrupted, undisturbed)


def test_a_disk_on_which_nothing_fits_is_left_empty(raw: Path, disk: Disk) -> None:
    disk.change(f"size={PAGE}")
    for out in (disk.folder, disk.folder / "deep" / "out"):
        failed = sslabel("make", raw, out, *OPTIONS)
        assert (failed.code, failed.err) == (5, f"sslabel: {out}: the disk is full{KEPT}")
        assert tree(disk.folder) == {}


@pytest.mark.slow
def test_a_disk_that_is_full_while_two_workers_write(
    raw: Path, undisturbed: Members, tmp_path: Path, disk: Disk
) -> None:
    out = disk.folder / "out"
    for pages in range(12, 60, 6):
        shutil.rmtree(out, ignore_errors=True)
        disk.change(f"size={PAGE * pages}")
        failed = sslabel("make", raw, out, *OPTIONS[:-1], 2)
        assert failed.code == 5
        assert FULL.fullmatch(failed.err.removeprefix(f"sslabel: {out}").strip())
        assert not temporary_files(out)
        check_whole(out, undisturbed)
    disk.change("size=4m")
    ends_undisturbed(job(raw, out, tmp_path), undisturbed)


def test_a_disk_that_is_only_for_reading(raw: Path, disk: Disk) -> None:
    disk.change("ro")
    for out in (disk.folder / "out", disk.folder / "deep" / "out"):
        failed = sslabel("make", raw, out, *OPTIONS)
        assert (failed.code, failed.err) == (5, f"sslabel: {out}: it cannot be written to{KEPT}")


@pytest.mark.slow
def test_an_output_that_can_only_be_read(raw: Path, undisturbed: Members, tmp_path: Path, disk: Disk) -> None:
    out = disk.folder / "out"
    begun = job(raw, out, tmp_path)
    assert begun.goes_on().code == 0
    (out / "rotation" / "train-000002.tar").unlink()
    before = tree(out)
    disk.change("ro")
    for more in ((), ("--overwrite",), ("--seed", 2)):
        failed = sslabel("make", raw, out, *OPTIONS, *more)
        assert (failed.code, failed.err) == (5, f"sslabel: {out}: it cannot be written to{KEPT}")
        assert tree(out) == before
    said = sslabel("make", raw, out, *OPTIONS, "--dry-run")
    assert (said.code, said.err) == (0, "")
    disk.change("rw")
    assert begun.goes_on().code == 0
    assert tree(out) == undisturbed


def test_a_listener_that_goes_away_is_no_trouble_of_the_disk(raw: Path, undisturbed: Members, tmp_path: Path) -> None:
    interrupted = job(raw, tmp_path / "out", tmp_path)
    process = start("make", raw, interrupted.out, *OPTIONS, "--json")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    finished = ended(process)
    assert (finished.code, finished.raw_err) == (1, b"")
    ends_undisturbed(interrupted, undisturbed)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("inner", ["closed", "closed/out", "closed/deep/out"])
def test_a_folder_that_may_not_be_written_to_or_looked_into(raw: Path, tmp_path: Path, inner: str) -> None:
    for mode in (0o500, 0o000):
        (tmp_path / "closed").mkdir(exist_ok=True)
        (tmp_path / "closed").chmod(mode)
        try:
            failed = sslabel("make", raw, tmp_path / inner, *OPTIONS)
        finally:
            (tmp_path / "closed").chmod(0o700)
        assert (failed.code, failed.err) == (5, f"sslabel: {tmp_path / inner}: it may not be written to{KEPT}")
        assert tree(tmp_path) == {}


def test_a_file_in_the_place_of_a_folder(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / ".sslabel").mkdir(parents=True)
    (out / "rotation").write_text("mine", "ascii")
    failed = sslabel("make", raw, out, *OPTIONS)
    assert (failed.code, failed.err) == (5, f"sslabel: {out}: a file stands where a folder is needed{KEPT}")
    assert (out / "rotation").read_text("ascii") == "mine"


# Once the first shard is finished, something is taken away in the middle of the next.
TAKING = """
import os, shutil, time
from pathlib import Path
from sslabel import Category, Pair, Picture
from sslabel.registry import task

@task("image")
def taking(picture: Picture, rng) -> Pair:
    "Take something away."
    out, what = Path(os.environ["OUT"]), Path(os.environ["WHAT"])
    if what.exists() and list(out.glob(".sslabel/records/*/*.json")):
        if what.is_dir():
            shutil.rmtree(what)
        else:
            what.unlink()
        while os.environ["THEN"] == "hang":
            time.sleep(1)
    return Pair(picture, Category(0, ("a", "b")))
"""


@dataclass(frozen=True)
class Thief:
    """A run of the task that takes something away."""

    raw: Path
    out: Path
    scratch: Path

    def run(self, what: Path | str = "nothing", then: str = "go on") -> tuple[int, str]:
        """Run it to its end, and find that nothing of it is left; its exit code and the last line of its stderr."""
        command = Job(("--task", "taking", "--plugin", self.scratch / "taking.py"), self.raw, self.out, self.scratch)
        env = {"TMPDIR": str(self.scratch), "OUT": str(self.out), "WHAT": str(what), "THEN": then}
        finished = sslabel("make", self.raw, self.out, *command.options, *OPTIONS[4:], env=env)
        command.wait_for_processes(10)
        assert "Traceback" not in finished.err
        return finished.code, "".join(finished.err.splitlines(keepends=True)[-1:])


@pytest.fixture
def thief(raw: Path, tmp_path: Path) -> Thief:
    """Not run yet."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "taking.py").write_text(TAKING, "ascii")
    return Thief(shutil.copytree(raw, tmp_path / "raw"), tmp_path / "out", tmp_path / "scratch")


@pytest.fixture(scope="module")
def undisturbed_taking(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Members:
    """The whole output of the task when it takes nothing."""
    folder = tmp_path_factory.mktemp("taking")
    (folder / "taking.py").write_text(TAKING, "ascii")
    assert Thief(raw, folder / "out", folder).run() == (0, "")
    return tree(folder / "out")


@pytest.mark.parametrize(
    ("what", "then"),
    [
        (".", "go on"),
        (".", "hang"),
        ("taking", "go on"),
        pytest.param("taking", "hang", marks=pytest.mark.slow),
    ],
)
def test_out_or_a_data_set_is_removed_in_the_middle(
    thief: Thief, undisturbed_taking: Members, what: str, then: str
) -> None:
    assert thief.run(thief.out / what, then) == (5, f"sslabel: {thief.out}{REMOVED}")
    assert not (thief.out / what).exists()
    assert not temporary_files(thief.raw.parent)
    assert thief.run() == (0, "")
    assert tree(thief.out) == undisturbed_taking


@pytest.mark.parametrize(
    "what",
    [
        "taking/train-000000.tar",
        pytest.param(".sslabel/records", marks=pytest.mark.slow),
        pytest.param(".sslabel/records/taking/000000.json", marks=pytest.mark.slow),
    ],
)
def test_what_was_finished_is_removed_in_the_middle(thief: Thief, undisturbed_taking: Members, what: str) -> None:
    gone = f"sslabel: {thief.out / 'taking'}: shards that were finished are gone; the same command makes them again\n"
    assert thief.run(thief.out / what) == (5, gone)
    assert not (thief.out / "README.md").exists()
    code, said = thief.run()
    assert (code, said.endswith("of 6 units done before; going on\n")) == (0, True)
    assert tree(thief.out) == undisturbed_taking


@pytest.mark.parametrize(
    ("what", "then", "words"),
    [
        (".sslabel", "go on", "holds files that sslabel did not write"),
        pytest.param(".sslabel", "hang", "holds files that sslabel did not write", marks=pytest.mark.slow),
        pytest.param(".sslabel/plans", "go on", "belongs to no plan of sslabel", marks=pytest.mark.slow),
        pytest.param(".sslabel/plans", "hang", "belongs to no plan of sslabel", marks=pytest.mark.slow),
    ],
)
def test_shards_without_their_plan_never_count_as_ours(thief: Thief, what: str, then: str, words: str) -> None:
    assert thief.run(thief.out / what, then) == (5, f"sslabel: {thief.out}{REMOVED}")
    assert not (thief.out / what).exists()
    left = tree(thief.out)
    assert not temporary_files(thief.out)
    code, said = thief.run()
    assert code == 7
    assert words in said
    assert tree(thief.out) == left


def test_raw_is_removed_in_the_middle(thief: Thief) -> None:
    code, said = thief.run(thief.raw)
    assert code == 3
    assert "4 of 6 sources were excluded" in said
    assert {one["source"]: one["reason"] for one in quarantine(thief.out)} == {
        f"p00{number}.jpg": "gone since it was planned" for number in range(2, 6)
    }
    assert sources(thief.out, "taking") == ["p000.jpg", "p001.jpg"]
    assert sum(one["sources"] for one in records(thief.out)) == 6
    before = tree(thief.out)
    code, said = thief.run()
    assert (code, said) == (2, f"sslabel: {thief.raw}: there is no such file or folder\n")
    assert tree(thief.out) == before
