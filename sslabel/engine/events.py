"""What a run tells while it goes on; the command line shows it as a bar, as plain lines or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeAlias


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is there: what it holds, what was passed by, and how much of it is done already."""

    type: ClassVar[str] = "plan"
    tasks: Sequence[str]
    sources: int
    units: int
    done_units: int
    done_sources: int
    passed: Mapping[str, int]
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the run is. Rates and the time left are those of this run, not of what was done before it."""

    type: ClassVar[str] = "progress"
    sources: int
    done_sources: int
    pairs: int
    skipped: int
    excluded: int
    bytes: int
    shards: int
    seconds: float
    per_second: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class ShardDone:
    """A shard stands under its name, and its record is written."""

    type: ClassVar[str] = "shard"
    task: str
    shard: str
    pairs: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SourceExcluded:
    """A source is left out of a task, and why."""

    type: ClassVar[str] = "excluded"
    task: str
    source: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a finished run came to: `tasks` has a tally for each."""

    type: ClassVar[str] = "summary"
    out: str
    tasks: Mapping[str, Mapping[str, Any]]
    sources: int
    excluded: int
    passed: Mapping[str, int]
    seconds: float
    made_shards: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a run would come to, from a few sources that were timed."""

    type: ClassVar[str] = "dry-run"
    tasks: Mapping[str, Mapping[str, Any]]
    sources: int
    source_bytes: int
    probed: int
    bytes: int
    seconds: float
    workers: int
    free_bytes: int
    passed: Mapping[str, int]


Event: TypeAlias = Planned | Progress | ShardDone | SourceExcluded | Summary | DryRun
Listener: TypeAlias = Callable[[Event], None]


def to_json(event: Event) -> dict[str, Any]:
    """An event as JSON values, its type first."""
    return {"type": event.type, **asdict(event)}
