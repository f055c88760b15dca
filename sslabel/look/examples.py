"""Reading examples back from the shards of an output folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from sslabel.errors import UsageError
from sslabel.look.datasets import DataSet, asked_for
from sslabel.look.parts import Stored
from sslabel.look.shards import Shard
from sslabel.look.wanted import EVERYTHING
from sslabel.values import Example, Pair, Value, part_of


def read(
    out: str | os.PathLike[str], task: str | None = None, split: str | None = None, limit: int | None = None
) -> Iterator[Example]:
    """The examples of one task of an output folder, shard by shard, their values decoded.

    A run that goes on gives what it has finished so far. `task` may be left out where there is only one. Raises
    UsageError for a folder, task or split that is not there, DamageError for a shard that cannot be read.
    """
    sets = asked_for(out, task)
    if len(sets) > 1:
        names = [one.task for one in sets]
        msg = f"{out} holds {', '.join(names)}; say which: task={names[0]!r}"
        raise UsageError(msg)
    (data,) = asked_for(out, sets[0].task, split)
    return islice(_read(data), limit)


def _read(data: DataSet) -> Iterator[Example]:
    for record in data.records():
        for stored in Shard.of(data, record).examples(EVERYTHING):
            yield _example(stored, data.task)


def _example(stored: Stored, task: str) -> Example:
    parts: dict[str, dict[str, Value]] = {"input": {}, "label": {}, "": {}}
    for name, value in stored.values.items():
        stem, part = part_of(name)
        parts[stem][part] = value
    return Example(stored.key, task, Pair(parts["input"], parts["label"]), stored.meta, parts[""])
