"""Building the shards of one unit: read each source once, make the pairs of every task, write one shard a task."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sslabel.codecs import NOTE_TYPES, Encoded, EncodedBlock, Schema, column_of, encode, fits_field
from sslabel.engine.accounts import Book, Outcome
from sslabel.engine.plan import Plan
from sslabel.engine.records import TOO_LARGE, Excluded, Record
from sslabel.engine.sources import Roots, Row, readers_by_name, readers_of
from sslabel.errors import BadSource
from sslabel.flow import Failed, Skipped, examples, steps_for
from sslabel.places import Places
from sslabel.readers import BadRecord, Remark, SourceFile, TooShort
from sslabel.recipe import Recipe
from sslabel.registry import Reader, find
from sslabel.seeding import Draws
from sslabel.storage import WholeFile
from sslabel.values import Example, Note, Sample, Text

if TYPE_CHECKING:
    from sslabel.blockflow import Block


class Progress(Protocol):
    """Where a unit's builder says how far it is."""

    def begin(self, row: int) -> None:
        """A source is about to be read."""

    def more(self, pairs: int, size: int) -> None:
        """A part of the source gave so many pairs and bytes; for the next one its time begins anew."""

    def done(self, row: int, skipped: int, excluded: int) -> None:
        """A source is dealt with: by how many tasks it was skipped, and whether any of it was excluded from any."""

    def rest(self) -> None:
        """No source is being read any more: what takes time now is the disk."""


@dataclass(frozen=True)
class Maker:
    """Makes encoded examples from sources: the recipe, and the schema and the format of each of its data sets."""

    recipe: Recipe
    schemas: Mapping[str, Schema]
    draws: Draws
    formats: Mapping[str, str] = field(default_factory=dict)

    def outcomes(self, file: SourceFile, tasks: Sequence[str]) -> Iterator[dict[str, Outcome]]:
        """What each task makes of a source, part by part; a picture is one part.

        A source that cannot be read is excluded from all of the tasks that take its kind; the others have no outcome.
        """
        readers = self._readers(file)
        if not readers:
            # When it was planned, there was one.
            reason = "changed since it was planned: it holds nothing of the kind any more"
            own = self._of_kinds(readers_by_name(file.path, self.recipe.kinds), tasks)
            yield _all_excluded(own, Excluded(file.source, "unreadable", reason))
        for reader in readers:
            own = self._of_kinds([reader], tasks)
            yield from self._read(file, reader, own) if own else ()

    def _read(self, file: SourceFile, reader: Reader, tasks: Sequence[str]) -> Iterator[dict[str, Outcome]]:
        given = written = False
        try:
            for part in map(_in_block, reader.function(file)):
                made = self._of_sample(part, file, tasks) if isinstance(part, Sample) else self._of_part(part, tasks)
                given, written = True, written or any(one.pairs for one in made.values())
                del part  # a window of a film may go while the next one is decoded
                yield made
                del made  # and so may what was made of it
            if not given:
                yield {task: Outcome() for task in tasks}
        except BadSource as bad:
            yield _all_excluded(tasks, Excluded(file.source, "record" if written else "unreadable", str(bad)))
        except MemoryError:
            kind = "record" if written else "memory"
            yield _all_excluded(tasks, Excluded(file.source, kind, TOO_LARGE))

    def own(self, file: SourceFile, tasks: Sequence[str]) -> list[str]:
        """Those of the tasks that take what is in a source."""
        return self._of_kinds(self._readers(file), tasks)

    def _of_kinds(self, readers: Iterable[Reader], tasks: Sequence[str]) -> list[str]:
        kinds = {reader.takes for reader in readers}
        return [step.use for step in self.recipe.tasks if step.task.takes in kinds and step.use in tasks]

    def _readers(self, file: SourceFile) -> list[Reader]:
        return readers_of(file.path, self.recipe.kinds)

    def _of_sample(self, sample: Sample, file: SourceFile, tasks: Sequence[str]) -> dict[str, Outcome]:
        several = sample.source != file.source
        own = {step.use for step in steps_for(sample, self.recipe)}
        made = {task: Outcome(several=several) for task in tasks if task in own}
        try:
            for one in examples(sample, self.recipe, self.draws):
                if one.task in made:
                    self._add(made[one.task], one, sample.source, "record" if several else "failed")
        except BadSource as bad:
            if not several:
                raise
            # Of what is read lazily, this one cannot be decoded; those behind it may be.
            return _all_excluded(list(made), Excluded(sample.source, "record", str(bad)))
        for task, outcome in made.items():
            if outcome.excluded:
                made[task] = Outcome(excluded=outcome.excluded[-1:])
        return made

    def _of_part(self, part: Any, tasks: Sequence[str]) -> dict[str, Outcome]:  # noqa: ANN401 - what readers of text give
        made = {task: Outcome(several=True) for task in tasks}
        if isinstance(part, BadRecord):
            return {task: Outcome(excluded=[Excluded(part.source, "record", part.reason)]) for task in tasks}
        if isinstance(part, Remark):
            return {task: Outcome(remarks=[part.text]) for task in tasks}
        if isinstance(part, TooShort):
            least = self.recipe.reading.min_words
            reason = f"fewer than {least} words" if least > 1 else "no words"
            return {task: Outcome(skipped=Counter({reason: part.count}), several=True) for task in tasks}
        from sslabel.blockflow import Block, blocks

        for one in blocks(part, self.recipe, self.draws):
            if one.task not in made:
                continue
            outcome = made[one.task]
            if isinstance(one, Block):
                self._add_block(outcome, one)
            else:
                source = one.source if isinstance(one, Failed) else str(getattr(one, "meta", {}).get("source", ""))
                self._add(outcome, one, source, "record")
        return made

    def _add(self, outcome: Outcome, one: Example | Skipped | Failed, source: str, kind: str) -> None:
        if isinstance(one, Skipped):
            outcome.skipped[one.reason] += 1
        elif isinstance(one, Failed):
            outcome.excluded.append(Excluded(source, kind, one.reason))
        elif kind == "record" or not outcome.excluded:
            try:
                outcome.examples.append(encoded(one, self.schemas[one.task], self.recipe.pictures.quality))
            except (ValueError, TypeError) as error:
                outcome.excluded.append(Excluded(source, kind, str(error)))

    def _add_block(self, outcome: Outcome, block: Block) -> None:
        outcome.skipped.update(block.skipped)
        if not len(block):
            return
        if self.formats.get(block.task) == "parquet":
            # Where that cannot be, it is found out one by one which of them cannot.
            with suppress(ValueError, TypeError):
                outcome.examples.append(encoded_block(block, self.schemas[block.task]))
                return
        for number, source in enumerate(block.sources):
            try:
                example = block.example(number)
            except (ValueError, TypeError) as error:
                outcome.excluded.append(Excluded(source, "record", str(error)))
            else:
                self._add(outcome, example, source, "record")


def _all_excluded(tasks: Sequence[str], excluded: Excluded) -> dict[str, Outcome]:
    return {task: Outcome(excluded=[excluded]) for task in tasks}


def _in_block(part: Any) -> Any:  # noqa: ANN401 - what readers give
    """The same, a single text as a block of one."""
    if not (isinstance(part, Sample) and isinstance(part.value, Text)):
        return part
    from sslabel.blocks import Strings
    from sslabel.transforms.text.words import passages_of

    try:
        block = passages_of(Strings.of([part.value.text]), [part.source])
    except UnicodeEncodeError:
        return BadRecord(part.source, "it holds half of a surrogate pair")
    return replace(block, fields={name: [value] for name, value in part.fields.items()})


def parts_of(file: SourceFile, kinds: Collection[str]) -> Iterator[Any]:
    """What the readers of a source give: Samples, or Passages and what stands between them."""
    for reader in readers_of(file.path, kinds):
        yield from reader.function(file)


def examples_of(
    part: Any,  # noqa: ANN401 - what readers give
    recipe: Recipe,
    draws: Draws,
    copies: range | None = None,
) -> Iterator[Example | Skipped | Failed]:
    """All that a recipe makes of a part of a source, one by one."""
    part = _in_block(part)
    if isinstance(part, Sample):
        yield from examples(part, recipe, draws, copies)
        return
    from sslabel.blockflow import Block, blocks
    from sslabel.blocks import Passages

    for one in blocks(part, recipe, draws, copies) if isinstance(part, Passages) else ():
        if not isinstance(one, Block):
            yield one
            continue
        yield from map(one.example, range(len(one)))
        for reason in one.skipped:
            yield Skipped(one.task, reason)


def encoded(example: Example, schema: Schema, quality: int) -> Encoded:
    """An example ready to be written; ValueError where it is not what its data set promises."""
    fields = example.fields
    _check_names(fields, schema)
    _check_notes({name: NOTE_TYPES.get(type(value)) for name, value in example.meta.items()}, schema)
    for name, note in example.meta.items():
        _check_note(name, note)
    values = list(fields.values())
    for value, one in zip(values, schema.fields, strict=True):
        if not fits_field(value, one):
            msg = f"field {one.name} is {value!r}, where the data set has {one.kind} {one.dtype}{one.names or ''}"
            raise ValueError(msg)
    data = [encode(value, one, quality) for value, one in zip(values, schema.fields, strict=True)]
    return Encoded(example.key, str(example.meta["source"]), values, data, example.meta)


def encoded_block(block: Block, schema: Schema) -> EncodedBlock:
    """A block of examples ready to be written as columns; ValueError as `encoded` has it."""
    _check_names(block.fields, schema)
    _check_notes({name: _note_type(one) for name, one in block.meta.items()}, schema)
    for name, notes in block.meta.items():
        _check_each(name, notes)
    made = [column_of(column, one) for column, one in zip(block.fields.values(), schema.fields, strict=True)]
    return EncodedBlock(block.keys, block.sources, made, block.meta)


def _check_note(name: str, note: Note) -> None:
    """ValueError for what JSON in UTF-8 cannot say."""
    if isinstance(note, float) and not math.isfinite(note):
        msg = f"note {name} is {note}, and a number is needed"
        raise ValueError(msg)
    if isinstance(note, str) and not note.isascii():
        note.encode("utf-8")


def _check_each(name: str, notes: Note | Sequence[Note]) -> None:
    """The same for a note, or for the note of each example."""
    if isinstance(notes, Places):
        _check_note(name, notes.file)
        return
    each = _each(notes)
    for note in ["".join(each)] if set(map(type, each)) == {str} else each:
        _check_note(name, note)


def _each(note: Note | Sequence[Note]) -> list[Any]:
    """The note of each example, or that of all."""
    return note if isinstance(note, list) else [note]


def _note_type(note: Note | Sequence[Note]) -> str | None:
    """The type of a note, or of one for each example where they have the same."""
    types = {str} if isinstance(note, Places) else set(map(type, _each(note)))
    return NOTE_TYPES.get(types.pop()) if len(types) == 1 else None


def _check_names(fields: Mapping[str, Any], schema: Schema) -> None:
    if tuple(fields) != tuple(one.name for one in schema.fields):
        msg = f"fields {', '.join(fields)}, where the data set has {', '.join(one.name for one in schema.fields)}"
        raise ValueError(msg)


def _check_notes(types: Mapping[str, str | None], schema: Schema) -> None:
    if types != schema.meta:
        msg = f"notes {types}, where the data set has {dict(schema.meta)}"
        raise ValueError(msg)


def build_shards(  # noqa: PLR0913 - what a unit is made of
    plan: Plan,
    unit: int,
    rows: Sequence[Row],
    *,
    tasks: Sequence[str],
    maker: Maker,
    roots: Roots,
    out: Path,
    excluded: Mapping[int, Excluded],
    progress: Progress,
) -> list[Record]:
    """Build one unit's shard for each task, and write their commit records; doing it again gives the same bytes.

    `rows` are the unit's sources, as `read_unit` gives them.

    Sources in `excluded` (by row) are left out as if they had never been there. A shard stands under its name only
    when it is whole, and its record is written after it.
    """
    state = out / ".sslabel"
    books = {task: Book(task) for task in tasks}
    with ExitStack() as stack:
        shards: dict[str, Any] = {}
        for task in tasks:
            file = stack.enter_context(WholeFile(out / task / plan.shard_name(task, unit)))
            shards[task] = (find("writer", plan.formats[task]).function(file, plan.schemas[task]), file)
        for number, row in enumerate(rows):
            progress.begin(number)
            for outcomes in _outcomes(row, excluded.get(number), tasks, maker, roots):
                progress.more(*_written(outcomes, books, {task: writer for task, (writer, _) in shards.items()}))
                del outcomes  # what is written goes before more is made
            name = roots.row_name(row)
            ends = [books[task].close(name) for task in tasks]
            progress.done(number, ends.count("skipped"), int("excluded" in ends))
        progress.rest()
        for writer, _ in shards.values():
            writer.close()
    split = plan.split_of(unit).name
    records = [books[task].record(plan.identity, unit, split, len(rows), file) for task, (_, file) in shards.items()]
    state.stat()  # where it was removed meanwhile, this fails: a record is no reason to make it again
    for record in records:
        record.save(state)
    return records


def _written(outcomes: Mapping[str, Outcome], books: Mapping[str, Book], writers: Mapping[str, Any]) -> tuple[int, int]:
    """Enter and write a part of a source; how many pairs and bytes there were of it."""
    for task, outcome in outcomes.items():
        books[task].add(outcome)
        for one in outcome.examples:
            if isinstance(one, EncodedBlock):
                writers[task].add_block(one)
            else:
                writers[task].add(one)
    return sum(one.pairs for one in outcomes.values()), sum(one.size for one in outcomes.values())


def _outcomes(
    row: Row, excluded: Excluded | None, tasks: Sequence[str], maker: Maker, roots: Roots
) -> Iterator[dict[str, Outcome]]:
    file = roots.file(row, maker.recipe.max_pixels, maker.recipe.reading)
    if excluded is not None:
        yield _all_excluded(maker.own(file, tasks), excluded)
    else:
        yield from maker.outcomes(file, tasks)
