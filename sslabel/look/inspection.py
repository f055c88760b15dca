"""Examples picked out of shards: the first ones, or some from anywhere."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sslabel.errors import NothingToReadError
from sslabel.look.parts import Stored
from sslabel.look.shards import Shard, able, chosen, shards_of
from sslabel.look.wanted import Wanted, drawn


@dataclass(frozen=True)
class Asked:
    """What is asked of an output: `count` examples of each task, the first ones, or with `draws` from anywhere."""

    wanted: Wanted
    count: int = 4
    task: str | None = None
    split: str | None = None
    shard: str | None = None
    draws: bool = False
    seed: int | None = None


def examples(where: str, asked: Asked) -> Iterator[Stored]:
    """The examples that are asked for, task by task; each is to be used before the next is asked for.

    UsageError for what is not there, NothingToReadError where no example is so, DamageError for a damaged shard.
    """
    shards = able(chosen(shards_of(where), where, asked.task, asked.split, asked.shard), asked.wanted)
    given = 0
    for task in dict.fromkeys(shard.task for shard in shards):
        own = [shard for shard in shards if shard.task == task]
        found = _drawn(own, asked) if asked.draws else _first(own, asked)
        for one in found:
            given += 1
            yield one
    if not given:
        theirs = bool(shards) and not any(shard.schema for shard in shards)
        what = "such example" if not asked.wanted.everything else "example" if theirs else "finished example"
        msg = f"{where}: no {what} {'in it' if theirs else 'so far'}"
        raise NothingToReadError(msg)


def _first(shards: Sequence[Shard], asked: Asked) -> Iterator[Stored]:
    return islice((one for shard in shards for one in shard.examples(asked.wanted)), asked.count)


def _drawn(shards: Sequence[Shard], asked: Asked) -> Iterator[Stored]:
    """Examples from anywhere: of each shard about its share, so that few are opened."""
    rng = random.Random(asked.seed)  # noqa: S311 - nothing is secret here
    weights = [shard.weight for shard in shards]
    quota = [0] * len(shards)
    for number in rng.choices(range(len(shards)), weights, k=asked.count) if any(weights) else ():
        quota[number] += 1
    others = [number for number, share in enumerate(quota) if not share and weights[number]]
    rng.shuffle(others)
    missing = 0
    for number in [*(number for number, share in enumerate(quota) if share), *others]:
        missing += quota[number]
        if not missing:
            break
        for one in shards[number].examples(asked.wanted, drawn(missing, rng)):
            missing -= 1
            yield one
