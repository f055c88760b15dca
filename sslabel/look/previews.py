"""What a recipe makes of a file before any run: the examples that `make` would write, and what it would leave out."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sslabel.codecs import encode, field_of
from sslabel.engine import corpus
from sslabel.engine import plan as planning
from sslabel.engine.records import TOO_LARGE
from sslabel.engine.sources import Roots, Sources, list_sources, readers_of, refuse_nothing
from sslabel.engine.unit import examples_of, parts_of
from sslabel.errors import BadSource, NothingToReadError, UsageError
from sslabel.flow import Failed, Skipped
from sslabel.look.parts import Part, Stored
from sslabel.readers import BadRecord, Remark, SourceFile, TooShort
from sslabel.recipe import Recipe, Settings, TaskStep
from sslabel.seeding import Draws
from sslabel.values import Example, Sample

_FIRST_SOURCES, _MOST_PARTS, _MOST_LISTED = 3, 64, 10_000


@dataclass(frozen=True, slots=True)
class Left:
    """What gives no example: of which source, from which task (or all), whether skipped or excluded, and why."""

    source: str
    task: str
    how: str
    why: str


def line_of_left(left: Left) -> str:
    """It as a line of JSON."""
    return json.dumps({"source": left.source, "task": left.task, "outcome": left.how, "why": left.why})


@dataclass(frozen=True)
class Preview:
    """A recipe on the way to some files, resolved; `remarks` is what is to be known of it."""

    recipe: Recipe
    files: Sequence[SourceFile]
    count: int
    remarks: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Stored | Left]:
        """So many examples of each task: of the sources in turn, and, where they have no more, of further copies.

        The keys and the draws are those of `make`, to which the n-th copies are those of `--copies`.
        """
        given = Counter(dict.fromkeys((step.use for step in self.recipe.tasks), 0))
        epoch = 0
        while True:
            before = given.total()
            for file in self.files:
                for one in self._of_file(file, epoch, given):
                    if isinstance(one, Stored) or epoch == 0:
                        yield one
                if self._enough(given):
                    return
            epoch += 1
            if given.total() == before:
                return

    def _enough(self, given: Counter[str]) -> bool:
        return min(given.values()) >= self.count

    def _of_file(self, file: SourceFile, epoch: int, given: Counter[str]) -> Iterator[Stored | Left]:
        copies = range(epoch * self.recipe.copies, (epoch + 1) * self.recipe.copies)
        draws, steps = Draws(self.recipe.seed), {step.use: step for step in self.recipe.tasks}
        left: Counter[Left] = Counter()
        try:
            for part in islice(parts_of(file, self.recipe.kinds), _MOST_PARTS):
                for one in examples_of(part, self.recipe, draws, copies):
                    if not isinstance(one, Example):
                        left[_left(one, file, part)] += 1
                    elif given[one.task] < self.count:
                        try:
                            shown = stored(one, steps[one.task], self.recipe)
                        except (ValueError, TypeError) as error:
                            left[_left(Failed(one.task, error), file, part)] += 1
                            continue
                        given[one.task] += 1
                        yield shown
                    if self._enough(given):
                        break
                left.update(_left_of(part, file))
                if self._enough(given):
                    break
        except BadSource as bad:
            left[Left(file.source, "", "excluded", str(bad))] += 1
        except MemoryError:
            left[Left(file.source, "", "excluded", TOO_LARGE)] += 1
        for found, times in left.items():
            yield replace(found, why=f"{found.why} ({times:,} times)") if times > 1 else found


def _left(one: Skipped | Failed, file: SourceFile, part: Any) -> Left:  # noqa: ANN401 - what readers give
    source = part.source if isinstance(part, Sample) else f"passages of {file.source}"
    if isinstance(one, Skipped):
        return Left(source, one.task, "skipped", one.reason)
    return Left(one.source or source, one.task, "excluded", one.reason)


def _left_of(part: Any, file: SourceFile) -> list[Left]:  # noqa: ANN401 - what readers give
    if isinstance(part, BadRecord):
        return [Left(part.source, "", "excluded", part.reason)]
    if isinstance(part, Remark):
        return [Left(part.source, "", "remark", part.text)]
    if isinstance(part, TooShort):
        return [Left(file.source, "", "skipped", f"{part.count:,} passages of too few words")]
    return []


def preview(where: str | os.PathLike[str], settings: Settings, count: int | None, raw: str | None = None) -> Preview:
    """A preview of a file, or of the first sources of a folder; `raw` is the folder that `make` is to be given.

    Keys and draws depend on where a file stands below that; by default it is `where` itself. Raises the errors of
    `sslabel.errors`.
    """
    recipe = Recipe.of(settings)
    sources = list_sources(Roots.of([where]), recipe.kinds, None, recipe.reading)
    refuse_nothing(sources, [where], recipe.kinds)
    alone = Path(where).is_file()
    wanted = count if count is not None else 1 if alone else _FIRST_SOURCES
    files = [
        sources.roots.file(sources.row(row), recipe.max_pixels, recipe.reading)
        for row in _first(sources, recipe.kinds, settings.limit, max(wanted, _FIRST_SOURCES))
    ]
    if not files:
        msg = f"{where}: no {' or '.join(sorted(recipe.kinds))} to read, which is what the tasks take"
        raise NothingToReadError(msg)
    held = {kind for kind in recipe.kinds if any(readers_of(file.path, {kind}) for file in files)}
    remarks = tuple(
        f"{step.use}: there is no {step.task.takes} to show, which is what it takes"
        for step in recipe.tasks
        if step.task.takes not in held
    )
    recipe = replace(recipe, tasks=tuple(step for step in recipe.tasks if step.task.takes in held))
    if raw is not None:
        files = [replace(file, source=_below(file.source, Path(where), Path(raw))) for file in files]
    if corpus.needs(recipe):
        known, told = _corpus(sources, settings, recipe, where, raw)
        recipe, remarks = replace(recipe, corpus=known), (*remarks, *told)
    return Preview(recipe, files, wanted, remarks)


def _first(sources: Sources, kinds: Iterable[str], limit: int | None, count: int) -> list[int]:
    """The first so many sources of each kind, among the first of all."""
    among = range(min(len(sources), _MOST_LISTED if limit is None else limit))
    return sorted({row for kind in kinds for row in islice(sources.of_kind(among, kind), count)})


def _below(source: str, where: Path, raw: Path) -> str:
    """The source id of a file by where it stands below another folder than its own."""
    stands = where.resolve() if where.is_dir() else where.resolve().parent
    try:
        folder = stands.relative_to(raw.resolve())
    except ValueError:
        msg = f"{where} does not stand below --raw {raw}"
        raise UsageError(msg) from None
    return source if folder == Path() else f"{folder.as_posix()}/{source}"


def _corpus(
    sources: Sources, settings: Settings, recipe: Recipe, where: str | os.PathLike[str], raw: str | None
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """What the tasks are told of the corpus: of `raw` where it is given, else of what there is."""
    if raw is None:
        settings = replace(settings, split={"all": 1.0})
    else:
        sources = list_sources(Roots.of([raw]), recipe.kinds, None, recipe.reading)
    ((_, rows), *_others) = planning.order(sources, settings)
    sampled = [
        sources.roots.file(sources.row(row), recipe.max_pixels, recipe.reading) for row in rows[: corpus.SAMPLED]
    ]
    found = corpus.sample(corpus.needs(recipe), sampled, lambda _: None)
    tasks = ", ".join(step.use for step in recipe.tasks if step.task.corpus)
    told = f"{tasks}: words of the corpus are those of {raw or where} alone"
    return corpus.read(found), () if raw is not None else (f"{told}; --raw FOLDER takes those of the whole corpus",)


def stored(example: Example, step: TaskStep, recipe: Recipe) -> Stored:
    """An example as it would stand in a shard, its pictures encoded as they would be."""
    parts = {}
    for name, value in example.fields.items():
        field = field_of(name, value, recipe.pictures, lossless=step.task.lossless)
        data = encode(value, field, recipe.pictures.quality)
        parts[name] = Part.of_member(field, len(data), partial(bytes, data))
    options = {one.name: step.options[one.parameter] for one in step.task.options}
    return Stored(example.key, parts, lambda: example.meta, example.task, step=(step.task.name, options))
