"""Pairs made again from the sources, and compared byte for byte with those that are written.

A label is a pure function of its source, the recipe and the seed: what comes out the same proves the whole chain.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sslabel.codecs import Schema
from sslabel.engine.plan import Plan
from sslabel.engine.records import Record
from sslabel.errors import ConflictError, DamageError, UsageError
from sslabel.look.terminal import counted
from sslabel.look.verifying.again import Given, Made, Remaker
from sslabel.look.verifying.exclusions import newly_ended
from sslabel.look.verifying.findings import Damaged, Finding, Lost, Mend, Report, Watcher
from sslabel.look.verifying.ledger import Ledger
from sslabel.look.verifying.shards import hash_file
from sslabel.look.verifying.structure import members
from sslabel.seeding import digest

_STRIDE = 1 << 20


def share_of(text: str) -> float:
    """`all` or a percentage as a share; UsageError for what is neither."""
    try:
        share = 1.0 if text == "all" else float(text.removesuffix("%")) / (100 if text.endswith("%") else math.inf)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        msg = f"--relabel {text}: a share such as 1% is needed, or all"
        raise UsageError(msg)
    return share


def refuse_too_little(out: Path, shown: str, ledger: Ledger, given: Given) -> None:
    """UsageError where what the user gives is not enough to make pairs again, before anything long is begun."""
    for plan in ledger.plans:
        try:
            Remaker.of(out, shown, plan, ledger, given)
        except UsageError as error:
            more = "; --task takes one data set at a time" if len(ledger.plans) > 1 else ""
            msg = f"{error}{more}"
            raise UsageError(msg) from None
        except (ConflictError, DamageError):  # the report says it beside all else
            pass


def relabel(  # noqa: PLR0913 - what is compared with what
    out: Path, ledger: Ledger, given: Given, report: Report, *, share: float, seed: int, watcher: Watcher | None
) -> None:
    """Make a seeded sample of the units again, whole, and compare their shards and records; into the report."""
    damaged = {(one.plan, one.task, one.unit) for one in report.damage}
    for plan in ledger.plans:
        units: dict[int, list[str]] = {}
        for identity, task, unit in ledger.records:
            if identity == plan.identity and (identity, task, unit) not in damaged:
                units.setdefault(unit, []).append(task)
        if units:
            chosen = _sample(plan, sorted(units), share, seed)
            try:
                remaker = Remaker.of(out, report.out, plan, ledger, given)
            except (ConflictError, DamageError) as error:
                report.lost.append(Lost(", ".join(plan.tasks), str(error), error.exit_code))
                continue
            _compare(remaker, {unit: units[unit] for unit in chosen}, len(units), report, watcher)


def _sample(plan: Plan, units: Sequence[int], share: float, seed: int) -> list[int]:
    drawn = sorted(units, key=lambda unit: digest(str(seed), "relabel", plan.identity, str(unit)))
    return sorted(drawn[: math.ceil(share * len(units))])


def _compare(
    remaker: Remaker, units: Mapping[int, Sequence[str]], of: int, report: Report, watcher: Watcher | None
) -> None:
    plan = remaker.plan
    possible = {}
    for unit, tasks in units.items():
        changed = remaker.changed(unit)
        if changed:
            names = ", ".join(f"{task}/{plan.shard_name(task, unit)}" for task in tasks)
            report.lost.append(Lost(names, changed))
        else:
            possible[unit] = tasks
    if not possible:
        return
    same: list[Record] = []
    # Somewhere else, since OUT may be read-only; each shard is removed as soon as it is compared.
    with tempfile.TemporaryDirectory(prefix="sslabel-") as folder:
        remaker.make(possible, Path(folder), _comparing(remaker, report, same), watcher)
    sources = sum(len(remaker.rows(unit)) for unit in possible)
    pairs = sum(record.pairs for record in same)
    report.compared.append(
        f"{', '.join(plan.tasks)}: {counted(len(possible), 'unit')} of {of} made again from "
        f"{counted(sources, 'source')}; the same, byte for byte: {counted(pairs, 'pair')} in "
        f"{counted(len(same), 'shard')}"
    )


def _comparing(remaker: Remaker, report: Report, same: list[Record]) -> Callable[[Made], None]:
    plan = remaker.plan

    def compare(made: Made) -> None:
        record = remaker.ledger.records[plan.identity, made.task, made.unit]
        name = f"{made.task}/{record.shard}"
        written = remaker.out / name
        ended = newly_ended(made.record, record)
        now = hash_file(written, lambda _: None)
        problem = ""
        mend: Mend = ""
        if now != record.sha256:
            problem, mend = "its bytes are not those recorded (SHA-256)", "make"
        elif ended:
            report.lost.append(Lost(name, ended))
        elif now != made.record.sha256:
            where = first_difference(written, made.path, plan.schemas[made.task], record.pairs)
            problem = f"made again from the sources it is different, first {where}"
        elif record.check != made.record.check:
            problem = "made again from the sources it is the same, but what its record says of them is not"
        else:
            same.append(record)
        if problem:
            report.damage.append(Finding(name, problem, mend, plan.identity, made.task, made.unit))
        made.path.unlink()

    return compare


def first_difference(one: Path, other: Path, schema: Schema, pairs: int) -> str:
    """Where two files begin to differ: `in <key>.label.cls`, or `at byte 512`."""
    at = 0
    with one.open("rb") as mine, other.open("rb") as theirs:
        while True:
            left, right = mine.read(_STRIDE), theirs.read(_STRIDE)
            if left != right or not left:
                break
            at += len(left)
    at += next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    if one.suffix == ".tar":
        try:
            with one.open("rb", buffering=0) as file:
                for member in members(file.fileno(), schema, pairs):
                    if at < member.offset + member.size:
                        return f"in {member.name}"
        except Damaged:
            pass
    return f"at byte {at}"
