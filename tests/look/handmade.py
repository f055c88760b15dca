"""An output folder made by hand, with whatever strings a test wants in every place where one can stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sslabel.codecs import Encoded, Field, Schema, encode
from sslabel.engine.plan import Plan, SplitUnits
from sslabel.engine.records import Excluded, Record
from sslabel.registry import find
from sslabel.storage import WholeFile
from sslabel.values import Category, Mask, Numbers, Order, Picture, Text, Texts, Value

META = dict.fromkeys(("source", "task", "augment", "noise"), "string")


@dataclass(frozen=True)
class Strings:
    """The strings that stand in the output, and the name of its task."""

    text: str = "text"
    other: str = "other"
    names: tuple[str, ...] = ("one", "two")
    source: str = "a.jpg"
    reason: str = "torn"
    noise: str = "hue(shift=-0.03)"
    option: str = "value"
    task: str = "handmade"


def fields_of(strings: Strings, number: int) -> tuple[list[Field], list[Value]]:
    """A field of each kind."""
    pixels = np.full((12, 16, 3), 10 * number % 256, np.uint8)
    mask = np.zeros((12, 16), np.uint8)
    mask[:4] = 255
    made: list[tuple[Field, Value]] = [
        (Field("input", "text", "txt"), Text(f"{strings.text}[MASK]{strings.other}")),
        (Field("input_words", "texts", "json"), Texts((strings.text, strings.other))),
        (Field("input_picture", "picture", "png", lossless=True), Picture(pixels)),
        (Field("input_mask", "mask", "png", lossless=True), Mask(mask)),
        (Field("label", "category", "cls", names=strings.names), Category(number % len(strings.names), strings.names)),
        (Field("label_order", "order", "json", dtype="int32", dimensions=1), Order((1, 0, 2))),
        (Field("label_text", "text", "txt"), Text(strings.other)),
        (
            Field("label_values", "numbers", "json", dtype="float32", dimensions=1),
            Numbers(np.array([number / 2, -1], np.float32)),
        ),
    ]
    return [one for one, _ in made], [value for _, value in made]


def write_out(  # noqa: PLR0913 - what an output may be
    out: Path, strings: Strings, *, pairs: int = 4, shards: int = 1, form: str = "webdataset", missing: int = 0
) -> Path:
    """Write an output of so many shards and pairs; of `missing` further shards there is no record."""
    state = out / ".sslabel"
    fields = fields_of(strings, 0)[0]
    schema = Schema(tuple(fields), META, {})
    units = shards + missing
    plan = Plan(
        identity="0123456789abcdef",
        asked={
            "task": [{strings.task: {"mask": "[MASK]", "own": strings.option}}],
            "keep": [strings.option],
            "sources": {"count": units, "bytes": 10, "sha256": ""},
        },
        versions={"numpy": strings.option},
        formats={strings.task: form},
        schemas={strings.task: schema},
        splits=(SplitUnits("train", 0, units, units),),
        passed={strings.reason: 3},
        beside={},
    )
    (out / strings.task).mkdir(parents=True)
    for unit in range(shards):
        _shard(out, plan, unit, range(unit * pairs, (unit + 1) * pairs), strings).save(state)
    plan.save(state)
    return out


def _shard(out: Path, plan: Plan, unit: int, numbers: Sequence[int], strings: Strings) -> Record:
    schema = plan.schemas[strings.task]
    with WholeFile(out / strings.task / plan.shard_name(strings.task, unit)) as file:
        writer: Any = find("writer", plan.formats[strings.task]).function(file, schema)
        for number in numbers:
            values = fields_of(strings, number)[1]
            data = [encode(value, one, 90) for value, one in zip(values, schema.fields, strict=True)]
            meta = {"source": strings.source, "task": strings.task, "augment": "", "noise": strings.noise}
            writer.add(Encoded(f"{number:032x}", strings.source, values, data, meta))
        writer.close()
    return Record(
        task=strings.task,
        unit=unit,
        plan=plan.identity,
        split="train",
        shard=file.path.name,
        pairs=len(numbers),
        bytes=file.bytes,
        sha256=file.sha256,
        sources=len(numbers) + 3,
        written=len(numbers),
        skipped={strings.reason: [strings.source]},
        excluded=[Excluded(strings.source, "unreadable", strings.reason), Excluded(strings.source, "record", "bad")],
        samples_skipped={strings.reason: 2},
        records_excluded=1,
        remarks={strings.reason: [strings.source]},
    )
