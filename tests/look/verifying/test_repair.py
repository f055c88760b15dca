"""What is damaged is made again as it was, or left as it is, and what is not is never touched."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.errors import TryLaterError
from sslabel.storage import lock
from tests.engine.disks import Disk, small_disk
from tests.engine.drawing import draw_many, save_photo
from tests.engine.running import ended, shard_hashes, sslabel, start, tree, until
from tests.look import damaging
from tests.look.damaging import check_mended, check_named, check_sound


@pytest.mark.slow
def test_sources_that_ended_their_workers_are_left_out_again(tmp_path: Path) -> None:
    raw, out, plugin = tmp_path / "raw", tmp_path / "out", tmp_path / "touchy.py"
    plugin.write_text(damaging.CRASHING, "utf-8")
    draw_many(raw, 3)
    save_photo(raw / "bad.jpg", 1, 77, 40)
    (raw / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    options = ("--task", "touchy", "--plugin", plugin, "--shard-pairs", 2, "--max-error-rate", 1, "--no-shuffle")
    assert sslabel("make", raw, out, *options).code == 0
    before = tree(out)
    # Other processes, so that the plug-in is not registered here for good.
    again = ("--raw", raw, "--plugin", plugin)
    finished = sslabel("verify", out, "--decode", "--relabel", "all", *again)
    assert finished.code == 0, finished.err
    assert sslabel("verify", out, "--relabel", "all", "--raw", raw).code == 2  # the plug-in is needed
    (path,) = out.glob(".sslabel/plans/*/exclusions/*.json")
    for harm in (path.unlink, lambda: path.write_bytes(b"{}"), lambda: path.write_bytes(b'{"0": 5}')):
        harm()
        (out / "touchy" / "train-000000.tar").unlink()
        assert path.relative_to(out).as_posix() in sslabel("verify", out, "--json").events[0]["damage"][0]["where"]
        assert sslabel("verify", out, "--repair", *again).code == 0
        assert tree(out) == before


@pytest.mark.parametrize("harm", damaging.DAMAGES, ids=lambda one: one.__name__)
def test_damage_is_named_and_put_right(whole: Path, out: Path, harm: damaging.Damage) -> None:
    before = tree(out)
    named = harm(out)
    if harm is not damaging.torn:  # what is torn in Parquet may be data
        check_named(tool.verify(out), out, *named)
    check_named(tool.verify(out, read_data=True), out, *named)
    check_mended(out, whole / "raw", before)


def test_many_damages_at_once_are_put_right(whole: Path, out: Path) -> None:
    before = tree(out)
    for harm in (damaging.grown, damaging.without_record, damaging.stranger, damaging.edited_recipe):
        harm(out)
    damaging.without_folder(out)
    check_mended(out, whole / "raw", before)


def test_repair_waits_for_no_other_run(whole: Path, out: Path) -> None:
    damaging.without_shard(out)
    with lock(out / ".sslabel" / "lock", str(out)), pytest.raises(TryLaterError, match="another run is writing here"):
        tool.verify(out, repair=True, raw=whole / "raw")


def test_repair_without_sources_says_what_is_needed(out: Path) -> None:
    damaging.without_shard(out)
    damaging.without_recipe(out)
    report = tool.verify(out, repair=True)
    assert report.exit_code == 6
    assert len(report.mended) == 1
    assert report.lost[0].reason == "1 shard can only be made again from the sources: give --raw"


@pytest.mark.parametrize("moment", ["repair", "rotation"])
def test_a_repair_that_was_killed_leaves_nothing_torn(whole: Path, out: Path, moment: str) -> None:
    before = tree(out)
    shutil.rmtree(out / "rotation")
    process = start("verify", out, "--repair", "--raw", whole / "raw")
    until((out / ".sslabel" / "repair" if moment == "repair" else out / "rotation").exists, process)
    process.kill()
    ended(process)
    hashes = shard_hashes(whole / "out")
    assert all(hashes[name] == value for name, value in shard_hashes(out).items())
    check_sound(tool.verify(out, repair=True, raw=whole / "raw"))
    assert tree(out) == before


def marks(out: Path, names: Collection[str]) -> dict[str, tuple[int, int]]:
    """What shows that a file was written again, whatever is in it."""
    return {name: ((out / name).stat().st_ino, (out / name).stat().st_mtime_ns) for name in names}


def harmed(out: Path, rng: random.Random) -> list[str]:
    """Damage half of the shards, and a record; their names."""
    shards = rng.sample(damaging.shards(out), len(damaging.shards(out)) // 2)
    for path in shards:
        if rng.random() < 0.5:
            path.unlink()
        else:
            path.write_bytes(damaging.flipped(path, rng))
    record = damaging.record_of(out, rng.choice(shards))
    record.write_bytes(damaging.flipped(record, rng))
    return [path.relative_to(out).as_posix() for path in (*shards, record)]


@pytest.mark.parametrize("kind", ["whole", pytest.param("texts", marks=pytest.mark.slow), "films"])
def test_only_what_is_bad_is_made_again(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    folder: Path = request.getfixturevalue(kind)
    out = Path(shutil.copytree(folder / "out", tmp_path / "out"))
    bad = harmed(out, random.Random(7))
    good = set(tree(folder / "out")) - set(bad)
    before = marks(out, good)
    check_sound(tool.verify(out, repair=True, raw=folder / "raw"))
    assert tree(out) == tree(folder / "out")
    assert marks(out, good) == before


@pytest.mark.slow
@pytest.mark.parametrize("harm", damaging.DAMAGES, ids=lambda one: one.__name__)
@pytest.mark.parametrize("kind", ["texts", "films"])
def test_damage_of_texts_and_films_is_put_right(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, harm: damaging.Damage
) -> None:
    folder: Path = request.getfixturevalue(kind)
    out = Path(shutil.copytree(folder / "out", tmp_path / "out"))
    if not (out / "colorize").exists() and "beside" in harm.__name__:
        pytest.skip("nothing stands beside the shards")
    before = tree(out)
    named = harm(out)
    check_named(tool.verify(out, read_data=True), out, *named)
    check_mended(out, folder / "raw", before)


def test_a_sound_shard_whose_record_is_bad_stays(whole: Path, out: Path) -> None:
    shard = damaging.shards(out)[0]
    name = shard.relative_to(out).as_posix()
    damaging.edited_record(out)
    before = marks(out, [name])
    report = tool.verify(out, repair=True, raw=whole / "raw")
    assert report.mended == [f"{name}: made again, and is the same: its record was bad"]
    assert marks(out, [name]) == before
    assert tree(out) == tree(whole / "out")


def test_a_bad_record_still_bears_witness_to_its_shard(whole: Path, out: Path, tmp_path: Path) -> None:
    """The run is not finished, so nothing else says what the shard was; its sources are others by now."""
    raw = Path(shutil.copytree(whole / "raw", tmp_path / "raw"))
    for path in raw.glob("p*.jpg"):
        other = (raw / ("p001.jpg" if path.name == "p000.jpg" else "p000.jpg")).read_bytes()
        path.write_bytes(other[: path.stat().st_size].ljust(path.stat().st_size, b"\0"))
    for path in out.glob(".sslabel/plans/*/finished.json"):
        path.unlink()
    (record,) = damaging.edited_record(out)
    before = tree(out)
    report = tool.verify(out, repair=True, raw=raw)
    assert "made again it is not what it was" in report.lost[0].reason
    assert tree(out) == before
    assert record.exists()


def test_without_its_sources_all_stays_as_it_is(whole: Path, out: Path, tmp_path: Path) -> None:
    raw = Path(shutil.copytree(whole / "raw", tmp_path / "raw"))
    for path in raw.iterdir():
        path.unlink()
    damaging.torn(out)
    damaging.cut_short(out)
    before = tree(out)
    report = tool.verify(out, repair=True, raw=raw)
    assert (report.exit_code, report.mended) == (6, [])
    assert "of its sources are gone: " in report.lost[0].reason
    assert tree(out) == before
    finished = sslabel("verify", out, "--repair", "--raw", raw)
    assert finished.code == 6
    assert finished.err.endswith(" damaged, which could not be mended; see above\n")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["whole", "texts", "films"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_repair_that_is_stopped_at_any_moment_loses_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, number: signal.Signals
) -> None:
    folder: Path = request.getfixturevalue(kind)
    whole, rng = tree(folder / "out"), random.Random(number)
    for moment in range(6):
        out = Path(shutil.copytree(folder / "out", tmp_path / str(moment)))
        bad = harmed(out, rng)
        good, torn = set(whole) - set(bad), tree(out)
        before = marks(out, good)
        process = start("verify", out, "--repair", "--raw", folder / "raw")
        assert until(lambda out=out: (out / ".sslabel" / "repair").exists(), process)  # type: ignore[misc]
        time.sleep(rng.uniform(0, 1))
        process.send_signal(number)
        finished = ended(process)
        assert finished.code in (0, -number, 128 + number)
        assert finished.err.count("\n") <= 1
        found = tree(out)
        assert all(found.get(name) in (whole[name], torn.get(name)) for name in bad)
        assert marks(out, good) == before
        check_sound(tool.verify(out, repair=True, raw=folder / "raw"))
        assert (tree(out), marks(out, good)) == (whole, before)


def test_what_a_killed_repair_was_making_goes_with_the_next_run(whole: Path, out: Path) -> None:
    staging = out / ".sslabel" / "repair" / "rotation"
    staging.mkdir(parents=True)
    (staging / "train-000000.tar").write_bytes(b"half")
    check_sound(tool.verify(out))
    options: dict[str, Any] = {"shard_size": 9000, "split": "train=0.7,test=0.3"}
    tool.make(whole / "raw", out, task=["rotation", "colorize:as=bins"], **options)
    assert tree(out) == tree(whole / "out")
    assert not staging.parent.exists()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """An empty disk of 4 MB."""
    with small_disk(tmp_path / "disk") as made:
        yield made


@pytest.mark.slow
def test_a_repair_on_a_full_disk_goes_on_when_there_is_room(whole: Path, disk: Disk) -> None:
    out = Path(shutil.copytree(whole / "out", disk.folder / "out"))
    shutil.rmtree(out / "rotation")
    before = tree(out)
    full = disk.folder / "full"
    with pytest.raises(OSError, match="No space left"):
        full.write_bytes(bytes(8 << 20))
    failed = sslabel("verify", out, "--repair", "--raw", whole / "raw")
    assert (failed.code, failed.out) == (5, "")
    assert "the disk is full" in failed.err.splitlines()[-1]
    assert {name: data for name, data in tree(out).items() if not name.startswith("rotation/")} == before
    full.unlink()
    check_sound(tool.verify(out, repair=True, raw=whole / "raw"))
    assert tree(out) == tree(whole / "out")


@pytest.mark.slow
def test_two_repairs_at_once_and_a_run_meanwhile(films: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(films / "out", tmp_path / "out"))
    for path in damaging.shards(out):
        path.unlink()
    first = start("verify", out, "--repair", "--raw", films / "raw")
    assert until((out / ".sslabel" / "repair").exists, first)
    for command in (
        ("verify", out, "--repair", "--raw", films / "raw"),
        ("make", films / "raw", out, "--task", "speed"),
    ):
        finished = sslabel(*command)
        assert (finished.code, finished.err) == (
            5,
            f"sslabel: {out}: another run is writing here; wait for it, or stop it\n",
        )
    assert sslabel("verify", out, "--quiet").code in (0, 6)
    assert ended(first).code == 0
    assert tree(out) == tree(films / "out")


def test_making_what_is_lost_beside_the_shards_may_be_impossible(whole: Path, out: Path) -> None:
    """As where another version of a task writes something else there."""
    from sslabel.look.verifying import repair

    damaging.without_beside(out)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair, "beside", lambda _: {"colorize": {"ab_classes.json": b"{}"}})
        report = tool.verify(out, repair=True, raw=whole / "raw")
    assert (report.exit_code, report.mended) == (6, [])
    assert report.lost[0].reason == "made again it is not what it was: the task writes something else today"
    assert not (out / "colorize" / "ab_classes.json").exists()
