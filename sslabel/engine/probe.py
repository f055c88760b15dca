"""What can be known before a run: the schema of each data set, and from a few sources what they will come to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sslabel.codecs import NOTE_TYPES, Field, Schema, field_of
from sslabel.engine.unit import Maker, read_samples
from sslabel.errors import BadSource, UsageError
from sslabel.flow import examples
from sslabel.readers import SourceFile
from sslabel.recipe import Recipe, TaskStep
from sslabel.seeding import Draws
from sslabel.values import Example, Picture, Sample

_SIDE = 512
_LEAST_PROBED, _PROBED_BYTES = 3, 2_000_000


def schemas_of(
    recipe: Recipe, members: Mapping[str, str], files: Sequence[SourceFile], on_file: Callable[[int], None]
) -> tuple[dict[str, Schema], dict[str, str]]:
    """The schema of each data set, from what its task makes of a picture that the tool draws itself.

    So it is known before any source is read, and an empty shard has it too. A task that finds no pair there is
    tried on `files`. Also, for tasks that still have none, the last reason.
    """
    found: dict[str, Schema] = {}
    reasons: dict[str, str] = {}
    draws = Draws(recipe.seed)
    for number, file in enumerate(files or [None]):
        on_file(number)
        try:
            for sample in [specimen(recipe)] if file is None else read_samples(file):
                for one in examples(sample, recipe, draws, range(1)):
                    if not isinstance(one, Example):
                        reasons[one.task] = one.reason
                    elif one.task not in found:
                        step = next(step for step in recipe.tasks if step.use == one.task)
                        found[one.task] = _schema(one, step, recipe, members)
        except BadSource as bad:
            reasons.update({step.use: str(bad) for step in recipe.tasks})
        if len(found) == len(recipe.tasks):
            break
    schemas = {step.use: found[step.use] for step in recipe.tasks if step.use in found}
    return schemas, {task: reason for task, reason in reasons.items() if task not in found}


def specimen(recipe: Recipe) -> Sample:
    """A picture of 512×512 in many colours, with edges and gradients, as a sample."""
    import numpy as np

    y, x = np.mgrid[:_SIDE, :_SIDE].astype(np.float32) / _SIDE
    waves = [np.sin(9 * x + 5 * y), np.cos(7 * y - 4 * x), np.sin(13 * x * y + 2)]
    pixels = np.stack(
        [np.where((x * 8).astype(int) % 2 == channel % 2, wave, -wave) for channel, wave in enumerate(waves)]
    )
    picture = Picture(((pixels.transpose(1, 2, 0) + 1) * 127.5).astype(np.uint8))
    return Sample("specimen", picture, dict.fromkeys(recipe.keep, ""))


def _schema(example: Example, step: TaskStep, recipe: Recipe, members: Mapping[str, str]) -> Schema:
    fields = []
    for name, value in example.fields.items():
        fields.append(field_of(name, value, recipe.pictures, lossless=step.task.lossless))
    for name, note in example.meta.items():
        if type(note) not in NOTE_TYPES:
            msg = f"task {step.use!r}: note {name} is a {type(note).__name__}; a string, int or float is needed"
            raise UsageError(msg)
    meta = {name: NOTE_TYPES[type(note)] for name, note in example.meta.items()}
    return Schema(tuple(fields), meta, {name: member for name, member in members.items() if name in example.fields})


def check_members(members: Mapping[str, str], schemas: Mapping[str, Schema], formats: Mapping[str, str]) -> None:
    """UsageError where `--fields` names what is not there, or a name that its bytes would not bear out."""
    for name in members:
        if not any(name in (one.name for one in schema.fields) for schema in schemas.values()):
            known = sorted({one.name for schema in schemas.values() for one in schema.fields})
            msg = f"--fields {name}={members[name]}: there is no field {name!r}; there is {', '.join(known)}"
            raise UsageError(msg)
    for task, schema in schemas.items():
        tar = formats[task] == "webdataset"
        names = [schema.member(one) if tar else schema.column(one) for one in schema.fields]
        for one, name in zip(schema.fields, names, strict=True):
            _check_member(one, name, tar=tar)
            if names.count(name) > 1 or name in (("meta.json",) if tar else ("key", "source", "meta")):
                msg = f"--fields {one.name}={name}: the name {name!r} would stand twice"
                raise UsageError(msg)


def _check_member(field: Field, name: str, *, tar: bool) -> None:
    parts = name.split(".")
    if not all(part and part.replace("_", "").isalnum() and part.isascii() and part == part.lower() for part in parts):
        msg = f"--fields {field.name}={name}: lower-case letters, digits and _ are needed"
        raise UsageError(msg)
    same = {"jpeg": "jpg"}
    if tar and same.get(parts[-1], parts[-1]) != field.extension:
        msg = f"--fields {field.name}={name}: the field is written as {field.extension}, so its name must end so"
        raise UsageError(msg)
    if not tar and len(parts) > 1:
        msg = f"--fields {field.name}={name}: a Parquet column has no dot in its name"
        raise UsageError(msg)


@dataclass
class Probe:
    """What a few sources came to in each task: pairs, bytes of output, failures; and the time it took."""

    sources: int = 0
    input_bytes: int = 0
    seconds: float = 0.0
    most_pairs: int = 1
    pairs: dict[str, int] = field(default_factory=dict)
    output_bytes: dict[str, int] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)


def probe(maker: Maker, files: Sequence[SourceFile], on_file: Callable[[int], None]) -> Probe:
    """Make the pairs of a few sources and throw them away; of large ones, of fewer."""
    tasks = [step.use for step in maker.recipe.tasks]
    result = Probe(pairs=dict.fromkeys(tasks, 0), output_bytes=dict.fromkeys(tasks, 0))
    begin = time.perf_counter()
    for number, file in enumerate(files):
        if number >= _LEAST_PROBED and result.input_bytes >= _PROBED_BYTES:
            break  # large files take long, and tell as much
        on_file(number)
        outcomes = maker.outcomes(file, tasks)
        result.sources += 1
        result.input_bytes += file.size
        for task, outcome in outcomes.items():
            result.pairs[task] += len(outcome.examples)
            result.most_pairs = max(result.most_pairs, len(outcome.examples))
            # The meta data and a tar's headers and padding come on top of each member.
            result.output_bytes[task] += sum(
                sum(map(len, one.data)) + 1024 * (len(one.data) + 1) for one in outcome.examples
            )
            if outcome.excluded is not None and outcome.excluded.kind == "failed":
                result.failures.setdefault(task, []).append(outcome.excluded.reason)
    result.seconds = time.perf_counter() - begin
    return result
