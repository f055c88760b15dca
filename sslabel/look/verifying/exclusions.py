"""The sources that a unit is made without: its records name them, too, so each can be checked by the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sslabel.engine.records import Excluded, Record, exclusions_path, exclusions_to_bytes, load_exclusions
from sslabel.engine.sources import Roots, Row
from sslabel.errors import DamageError

_DEATHS = frozenset({"crashed", "deadline"})
"""What only the end of a worker gives. A source that ran out of memory may have said so itself."""
_OTHERS = "its sources are not those of the unit and its records"


def exclusions_problem(
    folder: Path, unit: int, records: Mapping[str, Record], *, whole: bool, sources: Sequence[str]
) -> str | None:
    """What is wrong with the exclusions of a unit, which has these sources, row by row, where that is known.

    Its records are `whole` where each task has one.
    """
    try:
        listed = load_exclusions(folder, unit)
        if listed and exclusions_to_bytes(listed) != exclusions_path(folder, unit).read_bytes():
            return "it was changed since it was written"
    except DamageError:
        return "not a list of exclusions"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    known = dict(enumerate(sources))
    if known and any(known.get(row) != one.source for row, one in listed.items()):
        return _OTHERS
    if not whole:
        return None
    named = {(one.source, one.kind, one.reason) for record in records.values() for one in record.excluded}
    here = {(one.source, one.kind, one.reason) for one in listed.values()}
    dead = {one for one in named if one[1] in _DEATHS}
    return None if here <= named and dead <= here else _OTHERS


def newly_ended(record: Record, before: Record | None) -> str:
    """The sources that ended their worker, or found no memory, this time and not before; nothing where there is none.

    What is made without them differs for a reason that is not in them.
    """
    known = {one.source for one in before.excluded} if before is not None else set()
    ended = [one for one in record.excluded if one.kind in {*_DEATHS, "memory"} and one.source not in known]
    return "; ".join(f"{one.source}: {one.reason}" for one in ended)


def exclusions_of(
    folder: Path, unit: int, rows: Iterable[Row], roots: Roots, records: Iterable[Record]
) -> dict[int, Excluded]:
    """The sources that a unit is to be made without: those that its records name, else those that are listed."""
    ended = {one.source: one for record in records for one in record.excluded if one.kind in {*_DEATHS, "memory"}}
    named = {number: ended[name] for number, name in enumerate(map(roots.row_name, rows)) if name in ended}
    try:
        return {**load_exclusions(folder, unit), **named}
    except DamageError:
        return named
