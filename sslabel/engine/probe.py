"""What can be known before a run: the schema of each data set, and from a few sources what they will come to."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sslabel.codecs import NOTE_TYPES, Encoded, EncodedBlock, Field, Schema, field_of
from sslabel.engine import corpus
from sslabel.engine.records import TOO_LARGE
from sslabel.engine.sources import readers_of
from sslabel.engine.unit import Maker, examples_of, parts_of
from sslabel.errors import BadSource, UsageError
from sslabel.readers import SourceFile, Stretch
from sslabel.recipe import Recipe, TaskStep
from sslabel.seeding import Draws
from sslabel.values import Clip, Example, Picture, Sample

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
    if not files:
        words = Counter(" ".join(_SENTENCES).split())
        known = {"words": list(words), "counts": list(words.values())}
        recipe = replace(recipe, corpus=corpus.read(dict.fromkeys(corpus.needs(recipe), known)))
    for number, file in enumerate(files or [None]):
        on_file(number)
        try:
            for part in specimens(recipe) if file is None else parts_of(file, recipe.kinds):
                for one in examples_of(part, recipe, draws, range(1)):
                    if not isinstance(one, Example):
                        reasons[one.task] = one.reason
                    elif one.task not in found:
                        step = next(step for step in recipe.tasks if step.use == one.task)
                        found[one.task] = _schema(one, step, recipe, members)
        except (BadSource, MemoryError) as bad:
            reason = str(bad) if isinstance(bad, BadSource) else TOO_LARGE
            reasons.update({step.use: reason for step in recipe.tasks})
        if len(found) == len(recipe.tasks):
            break
    schemas = {step.use: found[step.use] for step in recipe.tasks if step.use in found}
    return schemas, {task: reason for task, reason in reasons.items() if task not in found}


def specimens(recipe: Recipe) -> list[Any]:
    """A part of a source of each kind that the tasks take, which the tool makes itself."""
    made: dict[str, Callable[[Recipe], list[Any]]] = {
        "image": lambda recipe: [specimen(recipe)],
        "text": lambda recipe: [passages(recipe)],
        "video": lambda recipe: [film(recipe, length) for length in recipe.reading.windows.lengths],
    }
    return [part for kind in sorted(recipe.kinds) for part in made[kind](recipe)]


_SENTENCES = (
    "A label is what was hidden.",
    "Whoever can tell it has understood the rest of the page.",
    "Nobody had to write it down, for it stood there from the beginning.",
    "So every text asks as many questions as it has words, and answers all of them.",
)


def passages(recipe: Recipe) -> Any:  # noqa: ANN401 - Passages, which are loaded late
    """Two documents of a few sentences, as a block."""
    import numpy as np

    from sslabel.blocks import Strings
    from sslabel.transforms.text.words import passages_of

    texts = [" ".join(_SENTENCES), " ".join(_SENTENCES[::-1])]
    made = passages_of(Strings.of(texts), ["specimen", "specimen-2"])
    return replace(made, documents=np.arange(2), fields={name: ["", ""] for name in recipe.keep})


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


_STEP, _MOST_FRAMES, _SLOW = 0.04, 10_000, 64
_MOST_BYTES = 64 << 20


def film(recipe: Recipe, length: Stretch) -> Sample:
    """A clip as long as a window: the picture at half the size, or less; moving on, never to return."""
    import numpy as np

    still = specimen(recipe)
    assert isinstance(still.value, Picture)
    step = max(_STEP, length.seconds / _MOST_FRAMES)
    count = max(length.frames, math.ceil(length.seconds / step - 1e-6) + 1)
    shrunk = 2
    while still.value.pixels.nbytes // shrunk**2 * count > _MOST_BYTES:
        shrunk *= 2
    pixels = still.value.pixels[::shrunk, ::shrunk]
    frames = [
        Picture(np.roll(pixels, number, axis=1) // 2 + np.uint8(number * 127 // max(count, _SLOW)))
        for number in range(count)
    ]
    return Sample("specimen", Clip(frames, [number * step for number in range(count)]), still.fields, length)


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
    """What a few sources of a kind came to in each task: pairs, bytes of output, failures; and the time it took.

    They stand for `all_sources`, of `all_bytes`.
    """

    all_sources: int = 0
    all_bytes: int = 0
    sources: int = 0
    input_bytes: int = 0
    seconds: float = 0.0
    most_pairs: int = 1
    pairs: dict[str, int] = field(default_factory=dict)
    output_bytes: dict[str, int] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)

    @property
    def says_enough(self) -> bool:
        """Whether so much was read, or made of it in every task, that more would tell the same."""
        return max(self.input_bytes, min(self.output_bytes.values(), default=0)) >= _PROBED_BYTES

    @property
    def scale(self) -> float:
        """How many times more there is to read."""
        return self.all_bytes / max(1, self.input_bytes)


def probe(maker: Maker, files: Sequence[SourceFile], kinds: Collection[str], on_file: Callable[[int], None]) -> Probe:
    """Make the pairs of a few sources for tasks of these kinds, and throw them away; of large sources, of fewer."""
    tasks = [step.use for step in maker.recipe.tasks if step.task.takes in kinds]
    result = Probe(pairs=dict.fromkeys(tasks, 0), output_bytes=dict.fromkeys(tasks, 0))
    begin = time.perf_counter()
    for number, file in enumerate(files):
        if number >= _LEAST_PROBED and result.says_enough:
            break  # large files, and pairs, take long, and tell as much
        if file.end is not None and result.sources:
            break  # a range of a text tells what the others are like
        on_file(number)
        part = _beginning(file, kinds)
        result.sources += 1
        result.input_bytes += part.weight
        given: Counter[str] = Counter()
        for outcomes in maker.outcomes(part, tasks):
            for task, outcome in outcomes.items():
                given[task] += outcome.pairs
                result.output_bytes[task] += sum(map(_written, outcome.examples))
                failed = [one.reason for one in outcome.excluded if one.kind == "failed"]
                if failed:
                    result.failures.setdefault(task, []).append(failed[0])
        for task, pairs in given.items():
            result.pairs[task] += pairs
            result.most_pairs = max(result.most_pairs, pairs * file.weight // max(1, part.weight))
    result.seconds = time.perf_counter() - begin
    return result


def _beginning(file: SourceFile, kinds: Collection[str]) -> SourceFile:
    """What of a source is looked at: all of it, or as much as tells what all of it comes to."""
    for reader in readers_of(file.path, kinds):
        if reader.beginning is not None:
            part: SourceFile = reader.beginning(file)
            return part
    return file


def _written(one: Encoded | EncodedBlock) -> int:
    """About how many bytes it takes in a shard."""
    if isinstance(one, Encoded):
        # The meta data and a tar's headers and padding come on top of each member.
        return one.size + 1024 * (len(one.data) + 1)
    import pyarrow as pa

    # A key of 32 digits is 16 bytes of chance; source and meta data of neighbours are much alike.
    zstd = pa.Codec("zstd")
    buffers = [buffer for column in one.columns for buffer in column.buffers() if buffer is not None]
    return int(sum(zstd.compress(buffer).size for buffer in buffers)) + 24 * len(one.keys)
