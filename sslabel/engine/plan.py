"""The plan: the frozen, shuffled, split list of sources, cut into units, and the schemas of the data sets.

On disk it is `plan.json`, written last, beside `sources.arrow`, which holds one record batch a unit, so that a
worker reads the rows of its own unit and no others.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sslabel
from sslabel import columns
from sslabel.codecs import Schema
from sslabel.engine.sources import Row
from sslabel.errors import DamageError, UsageError
from sslabel.options import show
from sslabel.recipe import Recipe, Settings, fingerprint
from sslabel.registry import find
from sslabel.seeding import digest
from sslabel.storage import WholeFile, write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sslabel.engine.sources import Roots, Sources

FORMAT = 1
_DEFAULT_SHARD, MOST_PAIRS = 256_000_000, 10_000
_SHARDS_WANTED = 16
# No unit writes less than the first without need, nor, where little comes of much, reads less than the second.
_LEAST_SHARD, _LEAST_READ = 2_000_000, 8_000_000
_PACKAGES = ("av", "icu4py", "numpy", "opencv-python-headless", "pillow", "pyarrow", "sentencex")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a few sources tell of all, copies included: output per input byte in the largest task, pairs per source."""

    ratio: float = 1.0
    pairs: float = 1.0


@dataclass(frozen=True, slots=True)
class SplitUnits:
    """A split and its share of the plan: its units are numbered from `first`."""

    name: str
    first: int
    units: int
    sources: int


@dataclass(frozen=True)
class Plan:
    """A frozen plan. `identity` is the fingerprint of all that the bytes depend on; `asked` is that, readable.

    `beside` has the SHA-256 of each file beside the shards, by task and name, `files` that of each beside the plan.
    `roots` are the RAW arguments: nothing for a folder, for a file its name, as source ids have it.
    """

    identity: str
    asked: Mapping[str, Any]
    versions: Mapping[str, str]
    formats: Mapping[str, str]
    schemas: Mapping[str, Schema]
    splits: tuple[SplitUnits, ...]
    passed: Mapping[str, int]
    beside: Mapping[str, Mapping[str, str]]
    files: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ("",)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of the data sets."""
        return tuple(self.schemas)

    @property
    def units(self) -> int:
        """How many units there are."""
        return sum(split.units for split in self.splits)

    @property
    def sources(self) -> int:
        """How many sources there are."""
        return sum(split.sources for split in self.splits)

    def split_of(self, unit: int) -> SplitUnits:
        """The split that a unit belongs to."""
        return next(split for split in self.splits if split.first <= unit < split.first + split.units)

    def shard_name(self, task: str, unit: int) -> str:
        """The file name of a unit's shard: `train-000012.tar`."""
        split = self.split_of(unit)
        return f"{split.name}-{unit - split.first:06d}.{find('writer', self.formats[task]).extension}"

    def folder(self, state: Path) -> Path:
        """Where the plan stands, below OUT's `.sslabel`."""
        return state / "plans" / self.identity[:12]

    def sources_file(self, state: Path) -> Path:
        """Where the plan's sources stand."""
        return self.folder(state) / "sources.arrow"

    def save(self, state: Path) -> None:
        """Write `recipe.yaml` and `plan.json`; the sources are written before, by `write_sources`."""
        write_whole(self.folder(state) / "recipe.yaml", self.recipe_bytes())
        write_whole(self.folder(state) / "plan.json", self.to_bytes())

    def recipe_bytes(self) -> bytes:
        """The recipe as YAML, as it stands beside the plan."""
        import yaml

        recipe = {key: value for key, value in self.asked.items() if key not in ("sources", "plugin")}
        text: str = yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True)
        return text.encode()

    def to_bytes(self) -> bytes:
        """What stands in `plan.json`. Its `check` is the fingerprint of the rest: a plan that was changed shows."""
        stored = {
            "format": FORMAT,
            "identity": self.identity,
            "asked": self.asked,
            "versions": self.versions,
            "formats": self.formats,
            "schemas": {task: schema.to_json() for task, schema in self.schemas.items()},
            "splits": [[split.name, split.first, split.units, split.sources] for split in self.splits],
            "passed": self.passed,
            "beside": self.beside,
            "files": self.files,
            "roots": self.roots,
        }
        checked = {**stored, "check": fingerprint(stored)}
        return json.dumps(checked, ensure_ascii=True, indent=1).encode("ascii") + b"\n"


def load_plans(state: Path) -> list[Plan]:
    """All plans of an output folder, in order of their identities; DamageError for what is none."""
    return [load_plan(path) for path in plan_paths(state)]


def plan_paths(state: Path) -> list[Path]:
    """Where the plans of an output folder stand."""
    return sorted((state / "plans").glob("*/plan.json"))


def load_plan(path: Path) -> Plan:
    """A plan from its `plan.json`."""
    try:
        stored = json.loads(path.read_text("ascii"))
        if stored["format"] != FORMAT:
            msg = f"{path}: written by another version of sslabel, in format {stored['format']}"
            raise DamageError(msg)
        return Plan(
            stored["identity"],
            stored["asked"],
            stored["versions"],
            stored["formats"],
            {task: Schema.from_json(schema) for task, schema in stored["schemas"].items()},
            tuple(SplitUnits(*one) for one in stored["splits"]),
            stored["passed"],
            stored["beside"],
            stored["files"],
            tuple(stored["roots"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"{path}: not a plan ({error}); --overwrite starts anew"
        raise DamageError(msg) from None


def versions(recipe: Recipe) -> dict[str, str]:
    """The versions that the bytes may depend on: of the packages, plug-ins among them, and the CPU's architecture."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"sslabel": sslabel.__version__}
    cuts = any(step.options.get("tokenizer") is not None for step in recipe.tasks)
    for package in (*_PACKAGES, *(("tokenizers",) if cuts else ())):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    for entry in recipe.entries:
        if entry.package is not None:
            found[entry.package[0]] = entry.package[1]
    return {**found, "machine": platform.machine()}


def asked(settings: Settings, recipe: Recipe, sources: Sources) -> dict[str, Any]:
    """All that the bytes depend on, as JSON values: the recipe, how it is written, and the sources."""
    listed = {"count": len(sources), "bytes": sum(sources.weights()), "sha256": sources.sha256()}
    return {**settings.fingerprinted(recipe), "sources": listed}


def differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Which versions are others than before, a piece for each: `numpy 2.0 before, 2.1 now`."""
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return [f"{name} {before.get(name, 'none')} before, {now.get(name, 'none')} now" for name in names]


def identify(wanted: Mapping[str, Any]) -> str:
    """The identity of a plan for what is asked."""
    return fingerprint(wanted)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two askings, a line each: `seed: 0 before, 1 now`."""
    lines = []
    for key in dict.fromkeys((*before, *now)):
        old, new = before.get(key), now.get(key)
        if old == new:
            continue
        if key == "sources" and old is not None and new is not None:
            lines.append(
                f"sources: {old['count']} of {old['bytes']} bytes before, {new['count']} of {new['bytes']} now"
            )
        elif key == "plugin":
            lines.append("plugin: the files' content")
        else:
            lines.append(f"{key}: {_short(old)} before, {_short(new)} now")
    return lines


def _short(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return " + ".join(_short(one) for one in value) or "none"
    if isinstance(value, dict) and len(value) == 1 and isinstance(next(iter(value.values())), dict):
        ((name, options),) = value.items()
        plain = {key: one for key, one in options.items() if key != "noise"}
        noises = "".join(f" with {_short(one)}" for one in options.get("noise", ()))
        return f"{name}:{show(plain)}{noises}" if plain else f"{name}{noises}"
    return "none" if value is None else show(value)


def order(sources: Sources, settings: Settings) -> list[tuple[str, NDArray[np.intp]]]:
    """The rows of each split in the order in which they are used: exact quotas, by seeded hash of the source ids."""
    import numpy as np

    rows = np.arange(len(sources))
    names = list(sources.names())
    if settings.shuffle:
        rows = rows[np.argsort(_hashes(names, settings.seed, "shuffle"), kind="stable")]
    if settings.limit is not None:
        rows = rows[: settings.limit]
    if len(settings.split) == 1:
        return [(next(iter(settings.split)), rows)]
    drawn = rows[np.argsort(_hashes([names[row] for row in rows], settings.seed, "split"), kind="stable")]
    parts = []
    begin = 0
    for name, count in quotas(len(rows), settings.split).items():
        if count == 0:
            msg = f"--split {name}={show(settings.split[name])} of {len(rows)} sources leaves it empty"
            raise UsageError(msg)
        chosen = np.zeros(len(sources), bool)
        chosen[drawn[begin : begin + count]] = True
        parts.append((name, rows[chosen[rows]]))
        begin += count
    return parts


def _hashes(names: Sequence[str], seed: int, purpose: str) -> NDArray[np.uint64]:
    import numpy as np

    raw = b"".join(digest(str(seed), purpose, name, size=8) for name in names)
    return np.frombuffer(raw, "<u8").astype(np.uint64)


def quotas(total: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers in the ratio of the shares that add up to the total: the largest remainders are rounded up."""
    exact = {name: share * total for name, share in shares.items()}
    counts = {name: math.floor(one + 1e-9) for name, one in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    return counts


def cut(
    sources: Sources,
    parts: Sequence[tuple[str, NDArray[np.intp]]],
    settings: Settings,
    estimate: Estimate,
    most_pairs: int = MOST_PAIRS,
) -> list[tuple[str, list[NDArray[np.intp]]]]:
    """The rows of each split cut into units whose shards come out near the size, and the number of pairs, asked for.

    `most_pairs` is the number where none is asked for.
    """
    import numpy as np

    sizes = np.asarray(sources.weights(), np.float64) * estimate.ratio
    total = float(sum(sizes[rows].sum() for _, rows in parts))
    least = min(_LEAST_SHARD, _LEAST_READ * estimate.ratio)
    target = float(settings.shard_size or min(_DEFAULT_SHARD, max(total / _SHARDS_WANTED, least)))
    most = max(1, int((settings.shard_pairs or most_pairs) // estimate.pairs))
    units = []
    for name, rows in parts:
        ends = np.cumsum(sizes[rows])
        by_size = min(len(rows), max(1, math.ceil(float(ends[-1]) / target)))
        by_pairs = math.ceil(len(rows) / most)
        if by_pairs >= by_size or by_size == len(rows):
            units.append((name, np.array_split(rows, max(by_pairs, by_size))))
            continue
        # Equal shares of the bytes, so that the last unit is no smaller than the others: each source goes to the
        # unit that its middle falls into.
        middles = (ends - sizes[rows] / 2) / ends[-1]
        pieces = np.split(rows, np.searchsorted(middles, np.arange(1, by_size) / by_size))
        units.append((name, [part for piece in pieces if len(piece) for part in _at_most(piece, most)]))
    return units


def _at_most(rows: NDArray[np.intp], most: int) -> list[NDArray[np.intp]]:
    import numpy as np

    return np.array_split(rows, math.ceil(len(rows) / most))


def load() -> None:
    """Load the libraries that writing a plan needs."""
    for name in ("pyarrow", "yaml"):
        import_module(name)


def write_sources(path: Path, sources: Sources, units: Sequence[NDArray[np.intp]]) -> None:
    """Write `sources.arrow`: a record batch a unit with each source's root, path, size, and range."""
    import pyarrow as pa

    numbers = [(name, pa.int64()) for name in ("size", "begin", "end", "bytes")]
    schema = pa.schema([("root", pa.uint16()), ("path", pa.binary()), *numbers])
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with WholeFile(path) as file, pa.ipc.new_file(pa.PythonFile(file, mode="w"), schema, options=options) as writer:
        for rows in units:
            listed = [sources.row(row) for row in rows]
            made = [
                columns.numbers([row.root for row in listed], "uint16"),
                columns.binary([row.path for row in listed]),
                *(columns.numbers([getattr(row, name) for row in listed], "int64") for name, _ in numbers),
            ]
            writer.write_batch(pa.record_batch(made, schema=schema))


def unit_sizes(path: Path) -> list[int]:
    """How many sources each unit has."""
    import pyarrow as pa

    with path.open("rb") as file:  # Arrow itself opens only what is called in UTF-8
        reader = pa.ipc.open_file(file)
        return [reader.get_batch(unit).num_rows for unit in range(reader.num_record_batches)]


def read_unit(path: Path, unit: int) -> list[Row]:
    """The sources of one unit, in order."""
    import pyarrow as pa

    with path.open("rb") as file:
        batch = pa.ipc.open_file(file).get_batch(unit)
        read = [column.to_pylist() for column in batch.columns]
    return [Row(*row) for row in zip(*read, strict=True)]


def read_names(path: Path, roots: Roots) -> Iterator[tuple[str, int]]:
    """The ids and sizes of all sources of a plan, unit by unit."""
    for unit in range(len(unit_sizes(path))):
        for row in read_unit(path, unit):
            yield roots.row_name(row), row.size
