"""The shards of an output: each there, as long as its record says, whole, and its bytes those that were written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sslabel.engine.plan import Plan
from sslabel.engine.process import usable_cpus
from sslabel.engine.records import Record
from sslabel.look.verifying.decoding import check_values
from sslabel.look.verifying.findings import Damaged, Finding, Progress
from sslabel.look.verifying.ledger import Ledger
from sslabel.look.verifying.structure import keys_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STRIDE = 1 << 20
_SHARD = re.compile(r".+-\d{6}\.(tar|parquet)")


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard that a record vouches for."""

    plan: Plan
    record: Record
    path: Path

    @property
    def name(self) -> str:
        """Its path below OUT."""
        return f"{self.record.task}/{self.record.shard}"

    def finding(self, problem: str) -> Finding:
        """What is wrong with it; it can be made again."""
        return Finding(self.name, problem, "make", self.plan.identity, self.record.task, self.record.unit)


def shards_of(out: Path, ledger: Ledger) -> list[Shard]:
    """The shards of all records, those of a task side by side."""
    plans = {plan.identity: plan for plan in ledger.plans}
    return [Shard(plans[one.plan], one, out / one.task / one.shard) for one in ledger.records.values()]


def check_shards(
    shards: Sequence[Shard], reads: Callable[[Shard], bool], progress: Progress, *, decodes: bool
) -> Iterator[Finding]:
    """What is wrong with these shards, on as many threads as there are CPUs; `reads` says whose bytes are hashed.

    Of each key eight bytes are kept until all shards of its data set are read, and then copied once: 16 MB for a
    million keys.
    """
    pool = ThreadPoolExecutor(usable_cpus())
    try:
        done = pool.map(partial(_check, reads=reads, decodes=decodes, progress=progress), shards)
        sound: dict[str, list[tuple[Shard, NDArray[np.uint64]]]] = {}
        before = ""
        for shard, (problem, words) in zip(shards, done, strict=True):
            if before not in ("", shard.record.task):
                yield from _twins(sound.pop(before, []))
            before = shard.record.task
            if problem:
                yield shard.finding(problem)
            elif words is not None:
                sound.setdefault(before, []).append((shard, words))
        yield from _twins(sound.pop(before, []))
    except BaseException:
        progress.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _check(
    shard: Shard, *, reads: Callable[[Shard], bool], decodes: bool, progress: Progress
) -> tuple[str, NDArray[np.uint64] | None]:
    """What is wrong with a shard, or nothing and the first words of its keys."""
    try:
        problem = _size_problem(shard)
        if problem:
            return problem, None
        read = reads(shard)
        changed = read and hash_file(shard.path, progress.add) != shard.record.sha256
        schema, pairs = shard.plan.schemas[shard.record.task], shard.record.pairs
        try:
            words = keys_of(shard.path, schema, pairs)[:, 0].copy()
            if not changed and decodes:
                check_values(shard.path, shard.record.task, schema, pairs, partial(progress.add, 0))
                progress.add(shard.record.bytes)
        except Damaged as damage:
            return str(damage), None
    except FileNotFoundError:
        return "it is gone", None
    except InterruptedError:
        raise
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}", None
    return ("its bytes are not those recorded (SHA-256)", None) if changed else ("", words)


def _size_problem(shard: Shard) -> str:
    if not shard.path.is_file():
        return "it is gone" if not shard.path.exists() else "it is no file"
    size = shard.path.stat().st_size
    return "" if size == shard.record.bytes else f"it has {size} bytes, where {shard.record.bytes} are recorded"


def hash_file(path: Path, went_on: Callable[[int], None]) -> str:
    """The SHA-256 of a file; `went_on` is told how many bytes more are read."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_STRIDE))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            went_on(count)
    return digest.hexdigest()


def _twins(shards: Sequence[tuple[Shard, NDArray[np.uint64]]]) -> Iterator[Finding]:
    """Shards of one data set that have keys of an earlier one, or one twice."""
    import numpy as np

    words = np.concatenate([one for _, one in shards]) if shards else np.empty(0, np.uint64)
    words.sort()
    doubtful = np.unique(words[1:][words[1:] == words[:-1]])
    if not len(doubtful):
        return
    # Half of a key may be that of another by chance: whole keys decide.
    seen: dict[bytes, str] = {}
    for shard, firsts in shards:
        keys = keys_of(shard.path, shard.plan.schemas[shard.record.task], shard.record.pairs)
        twice = [(key, seen[key]) for key in map(bytes, keys[np.isin(firsts, doubtful)]) if _seen(key, shard, seen)]
        if twice:
            key, other = twice[0]
            yield shard.finding(f"{len(twice)} of its keys stand twice: {key.hex()} in {other}, too")


def _seen(key: bytes, shard: Shard, seen: dict[bytes, str]) -> bool:
    """Whether a key came before; from now on it has."""
    known = key in seen
    seen.setdefault(key, shard.name)
    return known


def strangers(out: Path, ledger: Ledger, tasks: Collection[str] | None) -> Iterator[Finding]:
    """What is named as shards or records are, and belongs to no plan."""
    if ledger.unread:
        return
    expected = {
        f"{task}/{plan.shard_name(task, unit)}"
        for plan in ledger.plans
        for task in plan.tasks
        for unit in range(plan.units)
    }
    starts = {task: tuple(f"{one.name}-" for one in plan.splits) for plan in ledger.plans for task in plan.tasks}
    ends = {task: Path(plan.shard_name(task, 0)).suffix for plan in ledger.plans for task in plan.tasks}
    for task in starts if tasks is None else set(starts) & set(tasks):
        for path in sorted((out / task).glob("[!.]*")):
            # What a data-set card's patterns take for a shard is one to whoever loads the data set.
            loaded = path.name.startswith(starts[task]) and path.suffix == ends[task]
            if f"{task}/{path.name}" not in expected and (loaded or _SHARD.fullmatch(path.name)):
                yield Finding(f"{task}/{path.name}", "it belongs to no plan, and is named as shards are", "move")


def strange_records(out: Path, ledger: Ledger, tasks: Collection[str] | None) -> Iterator[Finding]:
    """Records of no unit of any plan."""
    units = {task: plan.units for plan in ledger.plans for task in plan.tasks}
    for folder in () if ledger.unread else sorted((out / ".sslabel" / "records").glob("*/")):
        task, name = folder.name, f".sslabel/records/{folder.name}"
        if tasks is not None and task not in tasks:
            continue
        if task not in units:
            problem = "the plan that these records belong to is gone; put it back from a copy, or remove them"
            yield Finding(name, problem)
            continue
        known = {f"{unit:06d}.json" for unit in range(units[task])}
        for path in sorted(folder.glob("[!.]*")):
            if path.name not in known:
                yield Finding(f"{name}/{path.name}", "it is the record of no unit", "move")


def leftovers(out: Path) -> list[str]:
    """What runs that were killed, or one that still goes on, have under temporary names."""
    return sorted(path.relative_to(out).as_posix() for path in out.glob("**/.*.tmp-*"))
