"""`verify`: whether an output is what was written, and putting right what is not."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sslabel.engine.make import stoppable
from sslabel.engine.output import Output
from sslabel.errors import UsageError
from sslabel.look.verifying.again import Given
from sslabel.look.verifying.cards import edited_cards, quarantine_finding
from sslabel.look.verifying.findings import Progress, Report, Watcher
from sslabel.look.verifying.ledger import Ledger, read_ledger
from sslabel.look.verifying.mending import mending
from sslabel.look.verifying.relabel import refuse_too_little, share_of
from sslabel.look.verifying.relabel import relabel as compare_again
from sslabel.look.verifying.repair import Mender
from sslabel.look.verifying.shards import Shard, check_shards, leftovers, shards_of, strange_records, strangers
from sslabel.options import did_you_mean

_QUICK = ("the plan", "records", "sizes", "structure", "keys")
_NO_OUTPUT = "{}: there is no output of sslabel here"


def verify(  # noqa: PLR0913 - the options of `sslabel verify`
    out: str | os.PathLike[str],
    *,
    task: str | Sequence[str] | None = None,
    read_data: bool = False,
    decode: bool = False,
    relabel: str | None = None,
    repair: bool = False,
    raw: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    plugin: str | Sequence[str] = (),
    file: str | Sequence[str] = (),
    seed: int = 0,
    workers: int | None = None,
    watcher: Watcher | None = None,
) -> Report:
    """Check an output: the plan, the records, and each shard's size, structure and keys.

    `read_data` hashes every byte; `decode` decodes every field, too. `relabel="1%"` (or `all`) makes so many of the
    units again from `raw` and compares them byte for byte. `repair` hashes every byte and puts right what is damaged,
    the bad shards made again from `raw`. `plugin` and `file` are the plug-ins and other files that the recipe names.

    What is wrong stands in the report's `damage`, what could not be compared or mended in `lost`; nothing is raised
    for it. Raises UsageError for what is no output, and for what making pairs again needs and is not given.
    """
    folder = Path(out).absolute()
    tasks = _several(task)
    given = Given(_several(raw) or (), _several(plugin) or (), _several(file) or (), workers)
    share = share_of(relabel) if relabel is not None else 0.0
    _refuse_in_vain(given, relabels=share > 0, repairs=repair)
    _refuse_no_output(folder, str(out))
    look = _Looking(folder, str(out), tasks, read_data or repair, decode, watcher)
    begun = time.monotonic()
    with ExitStack() as stack:
        if repair or share:
            stack.enter_context(stoppable(str(out)))
        if repair and any((folder / ".sslabel" / "plans").glob("*/plan.json")):
            stack.enter_context(Output(folder, str(out)).held())
        ledger = _ledger(look)
        if share:
            refuse_too_little(folder, str(out), ledger, given)
        report = _examine(look, ledger)
        if repair and report.damage:
            ledger, report = _mended(look, ledger, report, given)
        if share:
            compare_again(folder, ledger, given, report, share=share, seed=seed, watcher=watcher)
        command, stands_for = mending(report, ledger, given, tasks)
        if stands_for or not repair:  # else it is the one that has just done what it could
            report.command, report.stands_for = command, stands_for
    report.seconds = time.monotonic() - begun
    return report


def _refuse_in_vain(given: Given, *, relabels: bool, repairs: bool) -> None:
    if relabels and not given.raw:
        msg = "--relabel makes pairs again from their sources: give --raw"
        raise UsageError(msg)
    asked = {"--raw": given.raw, "--plugin": given.plugin, "--file": given.file, "--workers": given.workers}
    for flag, value in asked.items():
        if value and not (relabels or repairs):
            msg = f"{flag} is for making pairs again: give --relabel or --repair, too"
            raise UsageError(msg)


def _several(given: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None) -> list[str] | None:
    if given is None:
        return None
    listed = [given] if isinstance(given, str | os.PathLike) else given
    return [os.fspath(one) for one in listed]


def _refuse_no_output(folder: Path, shown: str) -> None:
    if "://" in shown:
        msg = f"{shown}: verify is for an output on this machine; copy it here first"
        raise UsageError(msg)
    state = folder / ".sslabel"
    if not any(True for pattern in ("plans/*", "records/*") for _ in state.glob(pattern)):
        raise UsageError(_NO_OUTPUT.format(shown))


@dataclass(frozen=True, slots=True)
class _Looking:
    """What is looked at: of which tasks, how closely, and who is told how far it is."""

    folder: Path
    shown: str
    tasks: Collection[str] | None
    read_data: bool
    decode: bool
    watcher: Watcher | None


def _ledger(look: _Looking) -> Ledger:
    ledger = read_ledger(look.folder, look.tasks)
    _refuse_unknown(look.shown, look.tasks, ledger)
    return ledger


def _examine(look: _Looking, ledger: Ledger, also: Collection[tuple[str, int]] = ()) -> Report:
    """All checks that need no sources. The bytes of those in `also` are read, whatever is asked."""
    folder, shown, tasks = look.folder, look.shown, look.tasks
    read_data, decode = look.read_data, look.decode
    report = Report(shown, damage=[*ledger.damage, *strangers(folder, ledger, tasks)])
    report.damage += strange_records(folder, ledger, tasks)
    report.damage += quarantine_finding(folder, ledger) if tasks is None else []
    if not ledger.tasks and not report.damage:
        raise UsageError(_NO_OUTPUT.format(shown))
    shards = shards_of(folder, ledger)

    def reads(shard: Shard) -> bool:
        return read_data or decode or (shard.record.task, shard.record.unit) in also

    total = sum(shard.record.bytes * (1 + decode) for shard in shards if reads(shard))
    report.damage += check_shards(shards, reads, Progress(total, look.watcher), decodes=decode)
    report.checked = [*_QUICK, *(["every byte"] if read_data or decode else []), *(["every field"] if decode else [])]
    report.notes = edited_cards(folder)
    report.notes += [
        f"{name}: left by a run that was stopped, or written by one that goes on" for name in leftovers(folder)
    ]
    for plan in ledger.plans:
        for task in plan.tasks if tasks is None else [one for one in plan.tasks if one in tasks]:
            own = [shard.record for shard in shards if shard.record.task == task]
            report.tasks[task] = {
                "shards": len(own),
                "pairs": sum(record.pairs for record in own),
                "bytes": sum(record.bytes for record in own),
                "missing": len(ledger.missing.get(task, ())),
            }
    report.tasks = dict(sorted(report.tasks.items()))
    return report


def _refuse_unknown(shown: str, tasks: Collection[str] | None, ledger: Ledger) -> None:
    if tasks is None or ledger.unread:
        return
    for task in tasks:
        if task not in ledger.tasks:
            msg = f"{shown}: there is no task {task!r}{did_you_mean(task, ledger.tasks)}"
            raise UsageError(msg)


def _mended(look: _Looking, ledger: Ledger, before: Report, given: Given) -> tuple[Ledger, Report]:
    """Put right what is damaged, and check again: every byte of what was made again."""
    mender = Mender(look.folder, ledger, given, before, look.watcher)
    mender.mend()
    made = mender.done
    ledger = _ledger(look)
    report = _examine(replace(look, read_data=False, decode=look.decode and bool(made)), ledger, made)
    # What had no chance to become better is as bad as before, though a quick look may not see it.
    seen = {one.where for one in report.damage}
    units = {(one.task, one.unit) for one in report.damage}
    report.damage += [
        one
        for one in before.damage
        if one.mend == "make" and one.where not in seen and not {(one.task, one.unit)} & (made | units)
    ]
    report.checked, report.mended, report.lost = before.checked, before.mended, before.lost
    return ledger, report
