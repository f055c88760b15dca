"""Commit records: one small file for each (task, unit), written last, that says that its shard is whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sslabel.errors import DamageError
from sslabel.recipe import fingerprint
from sslabel.storage import write_whole

_SHOWN = 8
TOO_LARGE = "it does not fit in the memory"
"""Why a source was left out that asked for more memory than a worker may take."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A source that was left out, and why. `kind` is one of unreadable, failed, crashed, deadline, memory, record."""

    source: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a unit's sources in one task, and the shard that holds the pairs.

    `written` is how many sources gave pairs; `skipped` lists the others by the task's reason, `excluded` those that
    could not be used, `others` counts those of a kind that the task does not take. Each source is in exactly one of
    the four. `excluded` also has records of sources (kind `record`, at most a hundred of each source by name), of
    which there are `records_excluded`. `samples_skipped` counts by reason the passages of texts that gave no pair.
    `remarks` has the sources that something is to be known of.
    """

    task: str
    unit: int
    plan: str
    split: str
    shard: str
    pairs: int
    bytes: int
    sha256: str
    sources: int
    written: int
    skipped: Mapping[str, Sequence[str]]
    excluded: Sequence[Excluded]
    others: int = 0
    samples_skipped: Mapping[str, int] = field(default_factory=dict)
    records_excluded: int = 0
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def save(self, state: Path) -> None:
        """Write the record; from then on the shard counts."""
        write_whole(record_path(state, self.task, self.unit), self.to_text().encode("ascii"))

    @property
    def check(self) -> str:
        """A fingerprint of all that the record says."""
        return fingerprint(asdict(self))

    def to_text(self) -> str:
        """What stands on the disk. Its `check` is the fingerprint of the rest: a record that was changed shows."""
        return json.dumps({**asdict(self), "check": self.check}, ensure_ascii=True, indent=1) + "\n"


def record_path(state: Path, task: str, unit: int) -> Path:
    """Where the record of a (task, unit) stands, below OUT's `.sslabel`."""
    return state / "records" / task / f"{unit:06d}.json"


def load_record(state: Path, task: str, unit: int) -> Record | None:
    """The record of a (task, unit), None where there is none; DamageError where it is not one of ours."""
    path = record_path(state, task, unit)
    try:
        stored = json.loads(path.read_text("ascii"))
        stored.pop("check", None)
        excluded = [Excluded(**one) for one in stored.pop("excluded")]
        return Record(**stored, excluded=excluded)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"{path}: not a commit record ({error}); remove it, and the same command makes its shard again"
        raise DamageError(msg) from None


def load_finished(out: Path, state: Path, task: str, plan: str, units: Iterable[int]) -> Iterator[Record]:
    """The records of those units whose shards stand whole under their names."""
    for unit in units:
        record = load_record(state, task, unit)
        if record is not None and record.plan == plan and _size(out / task / record.shard) == record.bytes:
            yield record


def exclusions_path(folder: Path, unit: int) -> Path:
    """Where the sources stand that a unit is made without, below the folder of its plan."""
    return folder / "exclusions" / f"{unit:06d}.json"


def load_exclusions(folder: Path, unit: int) -> dict[int, Excluded]:
    """The sources that a unit is made without, by row; DamageError where they cannot be read."""
    path = exclusions_path(folder, unit)
    try:
        stored: dict[str, dict[str, str]] = json.loads(path.read_text("ascii"))
        return {int(row): Excluded(**{name: str(text) for name, text in one.items()}) for row, one in stored.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        msg = f"{path}: not a list of exclusions ({error}); `sslabel verify --repair` makes it again"
        raise DamageError(msg) from None


def exclusions_to_bytes(excluded: Mapping[int, Excluded]) -> bytes:
    """What stands on the disk for them."""
    stored = {str(row): asdict(one) for row, one in sorted(excluded.items())}
    return json.dumps(stored, ensure_ascii=True, indent=1).encode("ascii") + b"\n"


def save_exclusions(folder: Path, unit: int, excluded: Mapping[int, Excluded]) -> None:
    """Write the sources that a unit is made without."""
    write_whole(exclusions_path(folder, unit), exclusions_to_bytes(excluded))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def most_frequent(remarks: Mapping[str, int]) -> tuple[list[tuple[str, int]], int]:
    """The remarks that most sources gave rise to, and how many others there are: some have numbers of their source."""
    in_order = sorted(remarks.items(), key=lambda one: (-one[1], one[0]))
    return in_order[:_SHOWN], max(0, len(in_order) - _SHOWN)


@dataclass
class Tally:
    """What one task's records add up to; `remarked` is the first source of each remark."""

    shards: int = 0
    pairs: int = 0
    bytes: int = 0
    sources: int = 0
    written: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    excluded: list[Excluded] = field(default_factory=list)
    others: int = 0
    samples_skipped: Counter[str] = field(default_factory=Counter)
    records_excluded: int = 0
    remarks: Counter[str] = field(default_factory=Counter)
    remarked: dict[str, str] = field(default_factory=dict)
    pairs_by_split: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        """Add a record."""
        self.shards += 1
        self.pairs += record.pairs
        self.bytes += record.bytes
        self.sources += record.sources
        self.written += record.written
        self.skipped.update({reason: len(names) for reason, names in record.skipped.items()})
        self.excluded.extend(record.excluded)
        self.others += record.others
        self.samples_skipped.update(record.samples_skipped)
        self.records_excluded += record.records_excluded
        self.remarks.update({text: len(names) for text, names in record.remarks.items()})
        self.remarked = {**{text: names[0] for text, names in record.remarks.items()}, **self.remarked}
        self.pairs_by_split[record.split] += record.pairs

    @property
    def sources_excluded(self) -> set[str]:
        """The sources that were left out, not counting those that only some records were left out of."""
        return {one.source for one in self.excluded if one.kind != "record"}

    def to_json(self) -> dict[str, Any]:
        """The tally as JSON values."""
        counts = {"shards": self.shards, "pairs": self.pairs, "bytes": self.bytes, "sources": self.sources}
        return {
            **counts,
            "written": self.written,
            "skipped": dict(self.skipped),
            "excluded": len(self.sources_excluded),
            "others": self.others,
            "samples_skipped": dict(self.samples_skipped),
            "records_excluded": self.records_excluded,
            "remarks": dict(self.remarks),
            "remarked": self.remarked,
            "splits": dict(self.pairs_by_split),
        }
