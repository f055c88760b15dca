"""The tool on one screen: sample -> augmented sample -> pair -> noised pair -> example.

A sample is decoded once, whatever the number of tasks and copies. Augments come before the task, so that input and
label share them; noises come after it and are handed input values alone, so that no label can be noised. Every
stage draws from a generator of its own, keyed by the seed, the example and the stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from sslabel.errors import BadSource, Skip, UsageError
from sslabel.options import Span, show
from sslabel.registry import TAKES, Noise, Task
from sslabel.seeding import Draws, example_key
from sslabel.transforms.image.geometry import resize
from sslabel.values import Clip, Example, Note, Pair, Picture, Sample, Text, Value

if TYPE_CHECKING:
    from numpy.random import Generator

    from sslabel.recipe import NoiseStep, Recipe, TaskStep


T = TypeVar("T")

_MOVES = {"geometry", "size"}

RAISED = (BadSource, MemoryError, UsageError)
"""What is wrong with more than the one pair that was being made; any other error costs that."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A task found no pair in a sample, for a reason of its own."""

    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A task or a noise failed on a sample; for this task the source is excluded.

    `source` is the one passage of a source that it failed on, where the others can be used.
    """

    task: str
    error: Exception
    source: str = ""

    @property
    def reason(self) -> str:
        """The error in one line."""
        return f"{type(self.error).__name__}: {self.error}".removesuffix(": ")


def examples(
    sample: Sample, recipe: Recipe, draws: Draws, copies: Iterable[int] | None = None
) -> Iterator[Example | Skipped | Failed]:
    """All that a recipe makes of one sample, copy by copy and task by task; BadSource if it cannot be decoded."""
    steps = steps_for(sample, recipe)
    value = sample.value
    if recipe.size is not None and isinstance(value, Picture):
        value = resize(value, recipe.size, recipe.fit)
    elif recipe.size is not None and isinstance(value, Clip):
        value = value.changed(partial(resize, size=recipe.size, fit=recipe.fit))
    for copy in range(recipe.copies) if copies is None else copies:
        augmented = _Augmented(value, sample.source, copy)
        for step in steps:
            try:
                augmented.make(recipe, draws)
                yield from _examples_of_task(step, augmented, sample, recipe, draws)
            except Skip as skip:
                yield Skipped(step.use, str(skip))
            except RAISED:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it costs this one source
                yield Failed(step.use, error)


def steps_for(sample: Sample, recipe: Recipe) -> list[TaskStep]:
    """The tasks that a sample is for: those that take its kind, and of a film windows of its length."""
    steps = [step for step in recipe.tasks if isinstance(sample.value, TAKES[step.task.takes])]
    return [step for step in steps if sample.length is None or sample.length == step.length]


class _Augmented:
    """One copy of a sample's value; the augments are applied when the first task asks for them."""

    def __init__(self, value: Value, source: str, copy: int) -> None:
        self.value, self.source, self.copy = value, source, copy
        self.chain: str | None = None

    def make(self, recipe: Recipe, draws: Draws) -> None:
        """Apply the augments, once."""
        if self.chain is None:
            key = example_key(self.source, self.copy, 0)
            values, self.chain = noised({"": self.value}, recipe.augments, draws, key, "augment")
            self.value = values[""]


def _examples_of_task(
    step: TaskStep, augmented: _Augmented, sample: Sample, recipe: Recipe, draws: Draws
) -> Iterator[Example]:
    kept: dict[str, Value] = {name: Text(sample.fields[name]) for name in recipe.keep}
    for number, pair in enumerate(pairs_of(step, augmented.value, draws, sample.source, augmented.copy)):
        key = example_key(sample.source, augmented.copy, number)
        inputs, chain = noised(pair.inputs, step.noises, draws, key, f"{step.use}/noise")
        for one in (*inputs.values(), *pair.labels.values()):
            if isinstance(one, Clip):
                # What fails in a frame fails here, and not as it is written.
                _ = [frame.pixels for frame in one.frames if not frame.is_decoded]
        yield example_of(
            step, recipe, pair, inputs, kept, key, sample.source, augmented.copy, augmented.chain or "", chain
        )


def clean_of(inputs: Mapping[str, T], recipe: Recipe) -> dict[str, T]:
    """The inputs before noise under the names that they are kept by, where the recipe keeps them."""
    return {f"clean{name[len('input') :]}": one for name, one in inputs.items()} if recipe.keep_clean else {}


def example_of(  # noqa: PLR0913, PLR0917 - what an example is made of
    step: TaskStep,
    recipe: Recipe,
    pair: Pair,
    inputs: Mapping[str, Value],
    kept: Mapping[str, Value],
    key: str,
    source: str,
    copy: int,
    augment: str,
    noise: str,
) -> Example:
    """An example from a pair, its inputs after noise, and the chains of augments and noises."""
    meta: dict[str, Note] = {
        "source": source,
        "task": step.use,
        "copy": copy,
        "augment": augment,
        "noise": noise,
        **pair.notes,
    }
    return Example(key, step.use, pair.with_inputs(inputs), meta, {**clean_of(pair.inputs, recipe), **kept})


def pairs_of(step: TaskStep, value: Value, draws: Draws, source: str, copy: int) -> list[Pair]:
    """The pairs that a task makes of a value; Skip with its reason if there is none."""
    if isinstance(value, Picture | Clip) and min(value.width, value.height) < step.task.smallest:
        msg = f"smaller than {step.task.smallest} pixels"
        raise Skip(msg)
    rng = draws.at(example_key(source, copy, 0), step.use)
    made = step.task.make(value, rng, source, drawn(step.task, step.options, rng))
    pairs = made if isinstance(made, list) else [made]
    if not pairs:
        msg = "the task gave no pair"
        raise Skip(msg)
    for pair in pairs:
        if not isinstance(pair, Pair):
            msg = f"the task gave a {type(pair).__name__}, not a Pair"
            raise TypeError(msg)
    return pairs


def noised(
    values: Mapping[str, Value], steps: Iterable[NoiseStep], draws: Draws, key: str, stage: str
) -> tuple[dict[str, Value], str]:
    """Values after a chain of noises, each on the values of its kind, and the chain with its drawn options.

    Options and the chance `p` are drawn once for all parts of an input; what a noise draws of itself, each part has
    of its own. A noise on pictures does the same to each frame of a clip.
    """
    done, chain = dict(values), []
    for step in steps:
        kinds = tuple(kind for name, kind in TAKES.items() if step.noise.works_on(name))
        names = [name for name, value in done.items() if isinstance(value, kinds)]
        rng = draws.at(key, f"{stage}/{step.use}")
        if not names or rng.random() >= step.options["p"]:
            continue
        options = drawn(step.noise, step.options, rng)
        del options["p"]
        for name in names:
            before, where = done[name], f"{stage}/{step.use}/{name}"
            if isinstance(before, Clip) and step.noise.takes == "image":
                done[name] = _noised_frames(before, step.noise, options, partial(draws.apart, key, where))
                continue
            after = step.noise.function(before, draws.at(key, where), **options)
            if isinstance(before, Picture) and isinstance(after, Picture) and not step.noise.alters & _MOVES:
                after = after.on_grid_of(before)  # pixels that stay where they are keep the blocks of a JPEG in place
            done[name] = after
        acting = step.noise.acting(options)
        chain.append(f"{step.use}({', '.join(f'{name}={show(value)}' for name, value in acting.items())})")
    return done, " > ".join(chain)


def _noised_frames(clip: Clip, noise: Noise, options: Mapping[str, Any], rng: Callable[[], Generator]) -> Clip:
    """A clip under a noise on pictures: every frame has the same draws."""
    return clip.changed(lambda frame: noise.function(frame, rng(), **options))


def drawn(entry: Task | Noise, options: Mapping[str, Any], rng: Generator) -> dict[str, Any]:
    """The options with each range replaced by a value drawn from it, in the order of the declaration."""
    values = {one.parameter: options[one.parameter] for one in entry.options}
    return {name: value.draw(rng) if isinstance(value, Span) else value for name, value in values.items()}
