"""Reading examples back from the shards of an output folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sslabel.codecs import CODECS, Schema, decode
from sslabel.engine.plan import Plan, load_plans
from sslabel.engine.records import load_finished
from sslabel.errors import DamageError, UsageError
from sslabel.options import did_you_mean
from sslabel.values import Example, Pair, Value, part_of


def read(
    out: str | os.PathLike[str], task: str | None = None, split: str | None = None, limit: int | None = None
) -> Iterator[Example]:
    """The examples of one task of an output folder, shard by shard, their values decoded.

    A run that goes on gives what it has finished so far. `task` may be left out where there is only one. Raises
    UsageError for a folder, task or split that is not there, DamageError for a shard that cannot be read.
    """
    folder = Path(out)
    plan, name = _find(folder, out, task)
    splits = [one.name for one in plan.splits]
    if split is not None and split not in splits:
        msg = f"{out}: there is no split {split!r}{did_you_mean(split, splits)}"
        raise UsageError(msg)
    return _read(folder, plan, name, split, limit)


def _find(folder: Path, out: str | os.PathLike[str], task: str | None) -> tuple[Plan, str]:
    plans = {name: plan for plan in load_plans(folder / ".sslabel") for name in plan.tasks}
    if not plans:
        msg = f"{out}: there is no output of sslabel here"
        raise UsageError(msg)
    if task is None and len(plans) > 1:
        msg = f"{out} holds {', '.join(sorted(plans))}; say which: task={min(plans)!r}"
        raise UsageError(msg)
    name = task if task is not None else next(iter(plans))
    if name not in plans:
        msg = f"{out}: there is no task {name!r}{did_you_mean(name, plans)}"
        raise UsageError(msg)
    return plans[name], name


def _read(folder: Path, plan: Plan, task: str, split: str | None, limit: int | None) -> Iterator[Example]:
    given = 0
    for record in load_finished(folder, folder / ".sslabel", task, plan.identity, range(plan.units)):
        if split is not None and record.split != split:
            continue
        path = folder / task / record.shard
        rows = _read_tar if plan.formats[task] == "webdataset" else _read_parquet
        for one in rows(path, task, plan.schemas[task]):
            if given == limit:
                return
            given += 1
            yield one


def _read_tar(path: Path, task: str, schema: Schema) -> Iterator[Example]:
    from webdataset.tariterators import group_by_keys, tar_file_expander

    with path.open("rb") as stream:
        try:
            for sample in group_by_keys(tar_file_expander([{"url": path.name, "stream": stream}])):
                values = {one.name: decode(sample[schema.member(one)], one) for one in schema.fields}
                yield _example(sample["__key__"], task, values, json.loads(sample["meta.json"]))
        except (KeyError, ValueError, OSError) as error:
            raise DamageError(_damaged(path, error)) from error


def _read_parquet(path: Path, task: str, schema: Schema) -> Iterator[Example]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=64):
                for row in batch.to_pylist():
                    values = {
                        one.name: CODECS[one.kind].from_cell(row[schema.column(one)], one) for one in schema.fields
                    }
                    yield _example(row["key"], task, values, json.loads(row["meta"]))
    except (KeyError, ValueError, OSError, pa.ArrowException) as error:
        raise DamageError(_damaged(path, error)) from error


def _damaged(path: Path, error: Exception) -> str:
    return f"{path} cannot be read: {type(error).__name__}: {error}"


def _example(key: str, task: str, values: Mapping[str, Value], meta: Mapping[str, Any]) -> Example:
    parts: dict[str, dict[str, Value]] = {"input": {}, "label": {}, "": {}}
    for name, value in values.items():
        stem, part = part_of(name)
        parts[stem][part] = value
    return Example(key, task, Pair(parts["input"], parts["label"]), meta, parts[""])
