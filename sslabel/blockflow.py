"""The flow for blocks of texts: passages -> augmented passages -> pairs -> noised pairs -> a block of examples.

The same stages and the same draws as in `flow`, for thousands of texts at once. A task or a noise that works on one
text is called for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from sslabel.blocks import Bools, Column, Integers, Lists, Pairs, Passages, Strings, bounds_of, value_at
from sslabel.errors import Skip
from sslabel.flow import RAISED, Failed, Skipped, clean_of, example_of, pairs_of
from sslabel.options import Span, show
from sslabel.places import EACH, picked
from sslabel.recipe import NoiseStep, Recipe, TaskStep
from sslabel.registry import Noise, Task
from sslabel.seeding import BlockDraws, Draws, Keys, example_key, example_keys
from sslabel.transforms.text.words import word_bounds
from sslabel.values import Example, Note, Pair, Text, Texts, Value, part_of

_MOST_MADE = 8 << 20  # code points

T = TypeVar("T")

Chain = str | list[str]
"""The noises of each example with their drawn options; one string where all have the same."""


@dataclass(frozen=True)
class Block:
    """What a task made of a block of passages, ready to be written.

    `fields` are the columns of inputs, labels and extras; a value of `meta` is that of all examples, or a list or
    `Places` with one for each. `skipped` counts by reason the passages that gave no pair.
    """

    task: str
    keys: Keys
    fields: Mapping[str, Column]
    meta: Mapping[str, Note | Sequence[Note]]
    skipped: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def sources(self) -> Sequence[str]:
        """The passage that each example is from."""
        sources = self.meta["source"]
        assert isinstance(sources, EACH)
        return sources

    def example(self, number: int) -> Example:
        """One of the examples."""
        parts: dict[str, dict[str, Any]] = {"input": {}, "label": {}, "": {}}
        for name, column in self.fields.items():
            stem, part = part_of(name)
            parts[stem][part] = value_at(column, number)
        meta = {name: one[number] if isinstance(one, EACH) else one for name, one in self.meta.items()}
        return Example(self.keys[number], self.task, Pair(parts["input"], parts["label"]), meta, parts[""])  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Given:
    """A block of passages, the keys of their first pairs, and the augments that they went through."""

    passages: Passages
    keys: Keys
    chain: Chain = ""

    def take(self, numbers: Integers) -> _Given:
        """Some of the passages."""
        chain = list(picked(self.chain, numbers)) if isinstance(self.chain, list) else self.chain
        return _Given(self.passages.take(numbers), self.keys.take(numbers), chain)

    def chain_at(self, number: int) -> str:
        """The augments of one of the passages."""
        return self.chain[number] if isinstance(self.chain, list) else self.chain


def blocks(
    passages: Passages, recipe: Recipe, draws: Draws, copies: Iterable[int] | None = None
) -> Iterator[Block | Example | Skipped | Failed]:
    """All that a recipe makes of a block of passages, copy by copy and task by task."""
    steps = [step for step in recipe.tasks if step.task.takes == "text"]
    for copy in range(recipe.copies) if copies is None else copies:
        given = _Given(passages, example_keys(passages.sources, copy))
        for augmented in _made(given, steps, partial(_augmented, recipe=recipe, draws=draws)):
            if not isinstance(augmented, _Given):
                yield augmented
                continue
            for step in steps:
                make = partial(
                    _block if step.task.block else _examples, step=step, recipe=recipe, draws=draws, copy=copy
                )
                for portion in _portions(augmented, step):
                    yield from _made(portion, [step], make)


def _portions(given: _Given, step: TaskStep) -> Iterator[_Given]:
    """The block in parts, where the task makes more of it than is good to have at once."""
    if step.task.growth is None:
        yield given
        return
    most = max(1, int(_MOST_MADE / step.task.growth(**step.options)))
    begins = given.passages.text.bounds[:-1]
    portions = np.split(np.arange(len(begins)), np.flatnonzero(np.diff(begins // most)) + 1)
    yield from map(given.take, portions) if len(portions) > 1 else [given]


def _made(
    given: _Given, steps: Sequence[TaskStep], make: Callable[[_Given], Iterable[T]]
) -> Iterator[T | Skipped | Failed]:
    """What is made of a block; where that fails, of each half of it, so that it costs the passage it comes from."""
    try:
        made = list(make(given))
    except RAISED:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it costs this one passage
        if len(given.keys) > 1:
            for half in np.array_split(np.arange(len(given.keys)), 2):
                yield from _made(given.take(half), steps, make)
            return
        source = given.passages.sources[0]
        for step in steps:
            yield Skipped(step.use, str(error)) if isinstance(error, Skip) else Failed(step.use, error, source)
    else:
        yield from made


def _augmented(given: _Given, recipe: Recipe, draws: Draws) -> list[_Given]:
    if not recipe.augments:
        return [given]
    changed, chain = noised({"": given.passages.text}, recipe.augments, draws, given.keys, "augment")
    text = changed[""]
    assert isinstance(text, Strings)
    begins, ends, bounds = word_bounds(text)
    return [_Given(replace(given.passages, text=text, begins=begins, ends=ends, bounds=bounds), given.keys, chain)]


def _block(given: _Given, step: TaskStep, recipe: Recipe, draws: Draws, copy: int) -> list[Block]:
    """What a task makes that works on blocks."""
    passages, chain = given.passages, given.chain
    stage = draws.block(given.keys, step.use)
    options, _ = drawn(step.task, step.options, stage, len(passages))
    known = {name: recipe.corpus[name] for name in step.task.corpus}
    pairs: Pairs = step.task.function(passages, stage, **options, **known)
    if not isinstance(pairs, Pairs):
        msg = f"the task gave a {type(pairs).__name__}, not Pairs"
        raise TypeError(msg)
    skipped = _skipped(pairs, len(passages))
    rows = pairs.rows
    sources = picked(passages.sources, rows)
    keys = given.keys.take(rows)
    numbers = np.arange(len(rows)) - np.searchsorted(rows, rows)
    if numbers.any():
        keys = example_keys(sources, copy, numbers)
    inputs, noises = noised(pairs.inputs, step.noises, draws, keys, f"{step.use}/noise")
    kept = {name: Strings.of(picked(passages.fields[name], rows)) for name in recipe.keep}
    meta: dict[str, Note | Sequence[Note]] = {
        "source": sources,
        "task": step.use,
        "copy": copy,
        "augment": picked(chain, rows) if isinstance(chain, list) else chain,
        "noise": noises,
        **{name: list(one) for name, one in pairs.notes.items()},
    }
    return [Block(step.use, keys, {**inputs, **pairs.labels, **clean_of(pairs.inputs, recipe), **kept}, meta, skipped)]


def _skipped(pairs: Pairs, passages: int) -> dict[str, int]:
    """How many of so many passages gave no pair, by reason; ValueError where the parts of the pairs do not fit."""
    columns = {**pairs.inputs, **pairs.labels, **pairs.notes}
    for name, column in columns.items():
        if len(column) != len(pairs):
            msg = f"the task gave {len(pairs)} rows, and {len(column)} of {name}"
            raise ValueError(msg)
    steps = np.diff(pairs.rows, prepend=pairs.rows[:1] - 1)
    if (steps < 0).any():
        msg = "the rows of the pairs are not ascending"
        raise ValueError(msg)
    parts = [pairs.rows[steps > 0], *pairs.skipped.values()]
    told = np.bincount(np.concatenate(parts).astype(np.int64), minlength=passages)
    if len(told) > passages or (told > 1).any():
        msg = "a passage both gave pairs and was skipped, or there is none of that number"
        raise ValueError(msg)
    counts = {reason: len(one) for reason, one in pairs.skipped.items()}
    counts["the task gave no pair"] = counts.get("the task gave no pair", 0) + int((told == 0).sum())
    return {reason: count for reason, count in counts.items() if count}


def _examples(
    given: _Given, step: TaskStep, recipe: Recipe, draws: Draws, copy: int
) -> list[Example | Skipped | Failed]:
    """What a task makes that works on one text; its noises work on all texts at once."""
    passages = given.passages
    refused: list[Example | Skipped | Failed] = []
    rows: list[int] = []
    keys: list[str] = []
    pairs: list[Pair] = []
    for row, source in enumerate(passages.sources):
        try:
            made = pairs_of(step, Text(passages.text[row]), draws, source, copy)
        except Skip as skip:
            refused.append(Skipped(step.use, str(skip)))
        except RAISED:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it costs this one passage
            refused.append(Failed(step.use, error, source))
        else:
            pairs += made
            rows += [row] * len(made)
            keys += [example_key(source, copy, number) for number in range(len(made))]
    inputs, chain = _noised_pairs(pairs, step.noises, draws, keys, f"{step.use}/noise")
    examples: list[Example | Skipped | Failed] = []
    for number, (row, pair) in enumerate(zip(rows, pairs, strict=True)):
        kept: dict[str, Value] = {name: Text(passages.fields[name][row]) for name in recipe.keep}
        source, augment = passages.sources[row], given.chain_at(row)
        noised_inputs, noises = inputs[number], chain[number]
        examples.append(
            example_of(step, recipe, pair, noised_inputs, kept, keys[number], source, copy, augment, noises)
        )
    return examples + refused


def _noised_pairs(
    pairs: Sequence[Pair], steps: Sequence[NoiseStep], draws: Draws, keys: Sequence[str], stage: str
) -> tuple[list[dict[str, Value]], list[str]]:
    """The inputs of pairs after a chain of noises, and the chain of each."""
    inputs, chains = [dict(pair.inputs) for pair in pairs], [""] * len(pairs)
    alike: dict[tuple[Any, ...], list[int]] = {}
    for number, one in enumerate(inputs if steps else ()):
        alike.setdefault(tuple((name, type(value)) for name, value in one.items()), []).append(number)
    for kinds, numbers in alike.items():
        columns: dict[str, Column] = {}
        for name, kind in kinds:
            values: list[Any] = [inputs[number][name] for number in numbers]
            if kind is Text:
                columns[name] = Strings.of([one.text for one in values])
            elif kind is Texts:
                items = Strings.of([text for one in values for text in one.texts])
                columns[name] = Lists(items, bounds_of([len(one.texts) for one in values]))
        after, chain = noised(columns, steps, draws, [keys[number] for number in numbers], stage)
        for place, number in enumerate(numbers):
            inputs[number].update({name: value_at(column, place) for name, column in after.items()})
            chains[number] = chain[place] if isinstance(chain, list) else chain
    return inputs, chains


def noised(
    columns: Mapping[str, Column], steps: Iterable[NoiseStep], draws: Draws, keys: Sequence[str], stage: str
) -> tuple[dict[str, Column], Chain]:
    """Columns after a chain of noises, each on the texts among them, and the chains with their drawn options.

    A noise that left all of an example's texts as they were does not stand in its chain.
    """
    done, chains = dict(columns), [""] * len(keys)
    for step in steps:
        names = [name for name, one in done.items() if isinstance(_texts(one), Strings)]
        stage_draws = draws.block(keys, f"{stage}/{step.use}")
        applied = stage_draws.each("option p") < step.options["p"]
        if not names or not applied.any():
            continue
        options, shown = drawn(step.noise, step.options, stage_draws, len(keys))
        changed = np.zeros(len(keys), bool)
        for name in names:
            after, differs = _noised_column(
                step.noise, done[name], options, draws.block(keys, f"{stage}/{step.use}/{name}"), applied
            )
            done[name] = after
            changed |= differs
        for number in np.flatnonzero(changed).tolist():
            words = f"{step.use}({shown[number] if isinstance(shown, list) else shown})"
            chains[number] = f"{chains[number]} > {words}" if chains[number] else words
    return done, chains if len(set(chains)) > 1 else "".join(chains[:1])


def _texts(column: Column) -> Any:  # noqa: ANN401 - what a list or a column holds
    return column.items if isinstance(column, Lists) else column


def _noised_column(
    noise: Noise, column: Column, options: Mapping[str, Any], draws: BlockDraws, applied: Bools
) -> tuple[Column, Bools]:
    """A column after a noise where it is applied, and which of its values it changed."""
    if isinstance(column, Strings):
        after = column.where(applied, _noised_texts(noise, column, options, draws))
        return after, column.differs(after)
    assert isinstance(column, Lists)
    assert isinstance(column.items, Strings)
    counts = np.diff(column.bounds)
    spread = {name: np.repeat(one, counts) if isinstance(one, np.ndarray) else one for name, one in options.items()}
    after = _noised_texts(noise, column.items, spread, draws.items(column.bounds))
    after = column.items.where(np.repeat(applied, counts), after)
    differs = np.concatenate([[0], np.cumsum(column.items.differs(after))])
    return Lists(after, column.bounds, column.of), np.diff(differs[column.bounds]) > 0


def _noised_texts(noise: Noise, text: Strings, options: Mapping[str, Any], draws: BlockDraws) -> Strings:
    if noise.block:
        after: Strings = noise.function(text, draws, **options)
        if len(after) != len(text):
            msg = f"the noise gave {len(after)} texts for {len(text)}"
            raise ValueError(msg)
        return after
    made: list[str] = []
    lengths: list[int] = []
    marked: list[bool] = []
    for number, (one, seed) in enumerate(zip(text, draws.seeds(), strict=True)):
        own = {
            name: given[number].item() if isinstance(given, np.ndarray) else given for name, given in options.items()
        }
        rng = np.random.Generator(np.random.Philox(seed))
        pieces = [
            (piece if is_marker else noise.function(Text(piece), rng, **own).text, is_marker)
            for piece, is_marker in _pieces(one, text, number)
        ]
        made.append("".join(piece for piece, _ in pieces))
        lengths += [len(piece) for piece, _ in pieces]
        marked += [is_marker for _, is_marker in pieces]
    strings = Strings.of(made)
    return Strings(strings.codes, strings.bounds, np.repeat(marked, lengths)) if any(marked) else strings


def _pieces(one: str, text: Strings, number: int) -> list[tuple[str, bool]]:
    """The markers in a text of a block, and what stands between them; whether each is a marker."""
    if text.fixed is None:
        return [(one, False)]
    fixed = text.fixed[text.bounds[number] : text.bounds[number + 1]]
    edges = [0, *(np.flatnonzero(np.diff(fixed)) + 1).tolist(), len(one)]
    return [(one[begin:end], bool(fixed[begin : begin + 1].any())) for begin, end in pairwise(edges)]


def drawn(
    entry: Task | Noise, options: Mapping[str, Any], draws: BlockDraws, count: int
) -> tuple[dict[str, Any], str | list[str]]:
    """The options as a block's function takes them, and as they stand in a chain of noises.

    Each number that is no integer is an array with one for each text; a range is drawn for each.
    """
    values: dict[str, Any] = {}
    lists: dict[str, list[float]] = {}
    for one in entry.options:
        value = options[one.parameter]
        if one.parameter == "p":
            continue
        if isinstance(value, Span):
            lists[one.parameter] = value.spread(draws.each(f"option {one.name}").tolist())
            value = np.array(lists[one.parameter])
        elif isinstance(value, float):
            value = np.full(count, value)
        values[one.parameter] = value
    if not isinstance(entry, Noise):
        return values, ""
    if not lists:
        return values, _shown(entry, options)
    return values, [
        _shown(entry, {**options, **{name: one[number] for name, one in lists.items()}}) for number in range(count)
    ]


def _shown(noise: Noise, options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={show(value)}" for name, value in noise.acting(options).items())
