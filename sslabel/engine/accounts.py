"""What became of the sources of a unit: what each gave a task, and the account of all of them for its record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sslabel.codecs import Encoded, EncodedBlock
from sslabel.engine.records import Excluded, Record
from sslabel.storage import WholeFile

_MOST_NAMED = 100


@dataclass
class Outcome:
    """What one task made of one source, or of a part of it: of a text there are `several`.

    `examples` are one by one or in blocks. `skipped` counts by reason the samples that gave no pair, `excluded` are
    the source or records of it that could not be used, `remarks` what is to be known of it.
    """

    examples: list[Encoded | EncodedBlock] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    excluded: list[Excluded] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    several: bool = False

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return sum(len(one.keys) if isinstance(one, EncodedBlock) else 1 for one in self.examples)

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        return sum(one.size for one in self.examples)


class Book:
    """What became of a unit's sources in one task, as they go by, part by part."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._pairs = self._written = self._others = self._records = 0
        self._skipped: dict[str, list[str]] = {}
        self._left: Counter[str] = Counter()
        self._excluded: list[Excluded] = []
        self._remarks: dict[str, list[str]] = {}
        self._begin()

    def _begin(self) -> None:
        """A new source."""
        self._whole = Outcome()
        self._parts = self._own_pairs = self._bad = 0

    def add(self, outcome: Outcome) -> None:
        """A part of the present source."""
        self._parts += 1
        self._own_pairs += outcome.pairs
        self._whole.skipped.update(outcome.skipped)
        self._whole.several |= outcome.several
        self._whole.remarks += outcome.remarks
        for one in outcome.excluded:
            self._bad += one.kind == "record"
            if one.kind != "record" or self._bad <= _MOST_NAMED:
                self._whole.excluded.append(one)

    def close(self, name: str) -> str:
        """The present source ends; what became of it: written, skipped, excluded (or records of it), or not ours."""
        whole, pairs = self._whole, self._own_pairs
        for text in whole.remarks:
            self._remarks.setdefault(text, []).append(name)
        if self._bad > _MOST_NAMED:
            whole.excluded.append(Excluded(name, "record", f"{self._bad - _MOST_NAMED} more records of this source"))
        self._excluded += whole.excluded
        self._pairs += pairs
        self._records += self._bad
        if whole.several:
            self._left.update(whole.skipped)
        end = "written"
        if pairs:
            self._written += 1
        elif not self._parts:
            self._others += 1
            end = "of another kind"
        elif not any(one.kind != "record" for one in whole.excluded):
            reason = whole.skipped.most_common(1)[0][0] if whole.skipped else _nothing(self._bad)
            self._skipped.setdefault(reason, []).append(name)
            end = "skipped"
        self._begin()
        return "excluded" if whole.excluded else end

    def record(self, plan: str, unit: int, split: str, sources: int, file: WholeFile) -> Record:
        """The commit record, when all sources have gone by."""
        return Record(
            task=self._task,
            unit=unit,
            plan=plan,
            split=split,
            shard=file.path.name,
            pairs=self._pairs,
            bytes=file.bytes,
            sha256=file.sha256,
            sources=sources,
            written=self._written,
            skipped=self._skipped,
            excluded=self._excluded,
            others=self._others,
            samples_skipped=dict(sorted(self._left.items())),
            records_excluded=self._records,
            remarks=self._remarks,
        )


def _nothing(bad: int) -> str:
    return "none of its records can be used" if bad else "the reader gave no sample for it"
