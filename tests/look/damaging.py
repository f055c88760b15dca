"""Outputs to be damaged, the ways to damage them, and whether that was found."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import sslabel as tool
from sslabel.engine.plan import load_plans, read_unit
from sslabel.engine.records import Excluded, Record, exclusions_path, load_record, save_exclusions
from sslabel.engine.sources import Roots
from sslabel.look.verifying.findings import Report
from sslabel.storage import sha256
from tests.engine.running import records, tree

Damage: TypeAlias = Callable[[Path], list[Path]]
"""Does harm to an output, and says which files are to be named."""

CRASHING = """
import os, signal
from sslabel import Category, Pair, Picture
from sslabel.registry import task

@task("image")
def touchy(picture: Picture, rng) -> Pair:
    \"\"\"Dies of one picture.\"\"\"
    if picture.width == 77:
        os.kill(os.getpid(), signal.SIGSEGV)
    return Pair(picture, Category(0, ("fine",)))
"""


def shards(out: Path) -> list[Path]:
    """The shards of an output."""
    return sorted([*out.glob("*/*.tar"), *out.glob("*/*.parquet")])


def record_of(out: Path, shard: Path) -> Path:
    """The commit record of a shard."""
    found = next(one for one in records(out, shard.parent.name) if one["shard"] == shard.name)
    return out / ".sslabel" / "records" / shard.parent.name / f"{found['unit']:06d}.json"


def state_files(out: Path) -> list[Path]:
    """The records, the plans, and what stands beside them and anything depends on."""
    found = [
        *out.glob(".sslabel/records/*/*.json"),
        *out.glob(".sslabel/plans/*/**/*"),
        out / ".sslabel/quarantine.jsonl",
    ]
    return sorted(path for path in found if path.is_file() and path.stat().st_size and path.name != "times.jsonl")


@contextmanager
def changed(path: Path, data: bytes) -> Iterator[None]:
    """A file with other bytes for a while."""
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(before)


def flipped(path: Path, rng: random.Random) -> bytes:
    """The bytes of a file, one random bit of them another."""
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def check_sound(report: Report) -> None:
    """Find nothing wrong."""
    assert report.damage == []
    assert (report.exit_code, report.lost, report.notes) == (0, [], [])


def check_named(report: Report, out: Path, *paths: Path) -> None:
    """Find these files named, and nothing that is not there or printed in several lines."""
    assert report.exit_code == 6
    named = {one.where for one in report.damage}
    assert {path.relative_to(out).as_posix() for path in paths} <= named, report.damage
    assert all(one.problem and "\n" not in one.problem for one in report.damage)


def cut_short(out: Path) -> list[Path]:
    """A shard loses its last byte."""
    path = shards(out)[0]
    path.write_bytes(path.read_bytes()[:-1])
    return [path]


def grown(out: Path) -> list[Path]:
    """A shard gains a byte."""
    path = shards(out)[1]
    path.write_bytes(path.read_bytes() + b"\0")
    return [path]


def emptied(out: Path) -> list[Path]:
    """A shard is there without content."""
    path = shards(out)[0]
    path.write_bytes(b"")
    return [path]


def torn(out: Path) -> list[Path]:
    """The first block of a shard is another."""
    path = shards(out)[0]
    path.write_bytes(b"\xa5" * 512 + path.read_bytes()[512:])
    return [path]


def swapped(out: Path) -> list[Path]:
    """Two shards of a data set have each other's names."""
    one, other = shards(out)[:2]
    assert one.parent == other.parent
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)
    return [one, other]


def without_shard(out: Path) -> list[Path]:
    """A shard is gone."""
    path = shards(out)[-1]
    path.unlink()
    return [path]


def folder_for_shard(out: Path) -> list[Path]:
    """A folder with something in it stands where a shard did."""
    path = shards(out)[-1]
    path.unlink()
    path.mkdir()
    (path / "mine.txt").write_bytes(b"mine")
    return [path]


def without_folder(out: Path) -> list[Path]:
    """A data set is gone."""
    found = [path for path in shards(out) if path.parent == shards(out)[0].parent]
    shutil.rmtree(found[0].parent)
    return found


def without_record(out: Path) -> list[Path]:
    """A record is gone."""
    path = record_of(out, shards(out)[0])
    path.unlink()
    return [path]


def without_both(out: Path) -> list[Path]:
    """A shard is gone with its record."""
    shard = shards(out)[0]
    path = record_of(out, shard)
    path.unlink()
    shard.unlink()
    return [path]


def without_records(out: Path) -> list[Path]:
    """All records of a data set are gone."""
    found = [record_of(out, path) for path in shards(out) if path.parent == shards(out)[0].parent]
    for path in found:
        path.unlink()
    return found


def edited_record(out: Path) -> list[Path]:
    """A record says one more."""
    path = record_of(out, shards(out)[0])
    path.write_text(path.read_text("ascii").replace('"sources": ', '"sources": 1'), "ascii")
    return [path]


def exchanged_records(out: Path) -> list[Path]:
    """Two records have each other's names."""
    one, other = (record_of(out, path) for path in shards(out)[:2])
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)
    return [one, other]


def unreadable_record(out: Path) -> list[Path]:
    """A folder stands where a record did."""
    path = record_of(out, shards(out)[0])
    path.unlink()
    path.mkdir()
    return [path]


def edited_recipe(out: Path) -> list[Path]:
    """Recipes say another seed."""
    found = sorted(out.glob(".sslabel/plans/*/recipe.yaml"))
    for path in found:
        path.write_text(path.read_text("utf-8").replace("seed: 0", "seed: 1"), "utf-8")
    return found


def without_recipe(out: Path) -> list[Path]:
    """A recipe is gone."""
    path = next(out.glob(".sslabel/plans/*/recipe.yaml"))
    path.unlink()
    return [path]


def folders_for_files(out: Path) -> list[Path]:
    """Folders stand where small files did."""
    found = [next(out.glob(f".sslabel/plans/*/{name}")) for name in ("recipe.yaml", "finished.json")]
    for path in (*found, out / ".sslabel" / "quarantine.jsonl"):
        path.unlink()
        path.mkdir()
    return found


def without_beside(out: Path) -> list[Path]:
    """What stands beside shards is gone."""
    path = out / "colorize" / "ab_classes.json"
    path.unlink()
    return [path]


def edited_beside(out: Path) -> list[Path]:
    """What stands beside shards is edited."""
    path = out / "colorize" / "ab_classes.json"
    path.write_bytes(path.read_bytes() + b" ")
    return [path]


def edited_quarantine(out: Path) -> list[Path]:
    """What was left out is said to be something else."""
    path = out / ".sslabel" / "quarantine.jsonl"
    path.write_bytes(path.read_bytes() + b"{}\n")
    return [path]


def without_quarantine(out: Path) -> list[Path]:
    """What was left out is not said."""
    path = out / ".sslabel" / "quarantine.jsonl"
    path.unlink()
    return [path]


def edited_finish(out: Path) -> list[Path]:
    """What was finished is said to be something else."""
    path = next(out.glob(".sslabel/plans/*/finished.json"))
    text = path.read_text("ascii")
    path.write_text(text.replace("0", "1"), "ascii")
    return [path]


def stranger(out: Path) -> list[Path]:
    """There is a shard too many."""
    path = shards(out)[0]
    more = path.with_name(f"train-000077{path.suffix}")
    shutil.copy(path, more)
    return [more]


def odd_stranger(out: Path) -> list[Path]:
    """A file has a name that a data-set card's pattern takes for a shard."""
    path = shards(out)[0]
    more = path.with_name(f"train-\x1b[31m{path.suffix}")
    shutil.copy(path, more)
    return [more]


def strange_record(out: Path) -> list[Path]:
    """There is a record too many."""
    path = record_of(out, shards(out)[0])
    more = path.with_name("000077.json")
    shutil.copy(path, more)
    return [more]


DAMAGES: tuple[Damage, ...] = (
    cut_short,
    grown,
    emptied,
    torn,
    without_shard,
    folder_for_shard,
    without_folder,
    without_record,
    without_both,
    without_records,
    edited_record,
    exchanged_records,
    unreadable_record,
    edited_recipe,
    without_recipe,
    folders_for_files,
    without_beside,
    edited_beside,
    edited_finish,
    edited_quarantine,
    without_quarantine,
    stranger,
    odd_stranger,
    strange_record,
)
"""What the quick check finds, and `--repair` puts right."""


def edited_plan(out: Path) -> list[Path]:
    """A plan says another seed."""
    path = next(out.glob(".sslabel/plans/*/plan.json"))
    path.write_text(path.read_text("ascii").replace('"seed": 0', '"seed": 1'), "ascii")
    return [path]


def edited_schema(out: Path) -> list[Path]:
    """A plan says another extension, which is no part of what was asked."""
    path = next(path for path in out.glob(".sslabel/plans/*/plan.json") if b'"cls"' in path.read_bytes())
    path.write_text(path.read_text("ascii").replace('"extension": "cls"', '"extension": "txt"'), "ascii")
    return [path]


def garbled_plan(out: Path) -> list[Path]:
    """A plan is no JSON."""
    path = next(out.glob(".sslabel/plans/*/plan.json"))
    path.write_bytes(b"{" + os.urandom(100))
    return [path]


def senseless_plan(out: Path) -> list[Path]:
    """A plan is JSON of other types."""
    path = next(out.glob(".sslabel/plans/*/plan.json"))
    path.write_text('{"format": 1, "identity": 5, "asked": [], "versions": 1, "formats": 1, "schemas": {}}', "ascii")
    return [path]


def without_plan(out: Path) -> list[Path]:
    """A plan is gone, and the rest of its folder is not."""
    path = next(out.glob(".sslabel/plans/*/plan.json"))
    path.unlink()
    return [path]


def without_plans(out: Path) -> list[Path]:
    """All plans are gone."""
    shutil.rmtree(out / ".sslabel" / "plans")
    return [path for path in (out / ".sslabel" / "records").iterdir() if path.is_dir()]


def edited_sources(out: Path) -> list[Path]:
    """The list of sources is another."""
    path = next(out.glob(".sslabel/plans/*/sources.arrow"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    return [path]


HOPELESS: tuple[Damage, ...] = (
    edited_plan,
    edited_schema,
    garbled_plan,
    senseless_plan,
    without_plan,
    without_plans,
    edited_sources,
)
"""What the quick check finds, and nothing here can put right."""


def vouch_for(out: Path, shard: Path, pairs: int | None = None) -> None:
    """Make the record of a shard say what is there now, as if it had been written so."""
    path = record_of(out, shard)
    stored = json.loads(path.read_bytes())
    stored.pop("check")
    data = shard.read_bytes()
    stored |= {"bytes": len(data), "sha256": sha256(data), "excluded": [Excluded(**one) for one in stored["excluded"]]}
    stored["pairs"] = stored["pairs"] if pairs is None else pairs
    path.unlink()
    Record(**stored).save(out / ".sslabel")
    for finished in out.glob(".sslabel/plans/*/finished.json"):
        finished.unlink()


def with_exclusions(out: Path) -> Path:
    """A source of a unit ended its worker, as its records say; the list of such sources. The run is not finished."""
    plan = next(plan for plan in load_plans(out / ".sslabel") if len(plan.tasks) > 1)
    folder = plan.folder(out / ".sslabel")
    row = read_unit(folder / "sources.arrow", 0)[0]
    dead = Excluded(Roots.named(plan.roots).row_name(row), "crashed", "its reader crashed")
    (folder / "finished.json").unlink()
    for task in plan.tasks:
        record = load_record(out / ".sslabel", task, 0)
        assert record is not None
        replace(record, excluded=[*record.excluded, dead], written=record.written - 1).save(out / ".sslabel")
    save_exclusions(folder, 0, {0: dead})
    return exclusions_path(folder, 0)


def check_mended(out: Path, raw: Path, before: dict[str, bytes]) -> None:
    """Repair, and find every byte as it was; a second repair finds nothing to do."""
    report = tool.verify(out, repair=True, raw=raw)
    check_sound(report)
    assert report.mended
    after = {name: data for name, data in tree(out).items() if not name.startswith(".sslabel/strangers/")}
    assert after == before
    assert tool.verify(out, repair=True).mended == []
