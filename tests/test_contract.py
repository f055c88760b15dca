"""What holds for everything registered: run over each task, noise, reader and writer that there is."""

from __future__ import annotations

import inspect
import json
import math
import random
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import numpy as np
import pytest

from sslabel import blockflow
from sslabel.blockflow import Block, blocks
from sslabel.blocks import Lists, Pairs, Passages, Strings, Unigrams
from sslabel.codecs import CODECS, Field, PictureFormat, decode, encode, field_of, fits_field
from sslabel.engine import unit
from sslabel.errors import UsageError
from sslabel.flow import Failed, Skipped, drawn
from sslabel.options import Spec, read_options, show
from sslabel.recipe import Recipe
from sslabel.registry import Entry, Noise, Task, all_of, task
from sslabel.seeding import Draws, example_key, example_keys
from sslabel.transforms.text.words import passages_of
from sslabel.values import Clip, Example, Pair, Picture, Sample, Text, Value
from tests.clips import moving_clip
from tests.pictures import noise_pixels, photo, psnr
from tests.recipes import open_registry, recipe

if TYPE_CHECKING:
    from numpy.random import Generator

TASKS: Mapping[str, Task] = all_of("task")
NOISES: Mapping[str, Noise] = all_of("noise")
ALL = [entry for kind in ("task", "noise", "reader", "writer") for entry in all_of(kind).values()]
WITH_OPTIONS = [*TASKS.values(), *NOISES.values()]
SHAPES = [(1, 1), (1, 9), (9, 1), (2, 2), (5, 7), (7, 5), (17, 33), (64, 48)]
SENTENCES = (
    "The wren sings. It is a small bird, and a loud one! Who has not heard it? Nobody. On a bright morning in May it "
    "sat in the hedge behind our house, sang from the first light on, and did not stop before all of us were awake."
)
SAMPLES: dict[str, Value] = {"image": Picture(photo(67, 43)), "text": Text(SENTENCES), "video": moving_clip()}
UNIGRAMS = Unigrams(Strings.of(["the", "zyzzyva", "wren's", "\u6211"]), np.array([4, 3, 2, 1]))
ODD_TEXTS = (
    "",
    " ",
    "a",
    "\n\n",
    "a b",
    "0",
    "[MASK]",
    "\0",
    "é",
    "你好。",
    "\U0001f600" * 3,
    "a\r\nb\rc",
    "e\u0301 \u0301",
    "<extra_id_0> ____",
    "a a a a",
)


def odd_values(takes: str) -> list[Value]:
    """Small, plain and strange values of what a task takes."""
    if takes == "text":
        return [Text(text) for text in ODD_TEXTS]
    if takes == "video":
        still = [Picture(photo(67, 43))] * 130
        few = [moving_clip(count) for count in (1, 2, 3, 5)]
        small = [moving_clip(130, width, height) for width, height in ((1, 1), (2, 9), (15, 15), (33, 17))]
        return [*few, *small, Clip(still, [number / 25 for number in range(130)])]
    colored = [noise_pixels(width, height) for height, width in SHAPES]
    flat = [np.full((9, 9, 3), level, np.uint8) for level in (0, 128, 255)]
    return [Picture(pixels) for pixels in [*colored, *flat, *(pixels[:, :, 1].copy() for pixels in colored)]]


def looks_around(entry: Entry, options: Mapping[str, Any]) -> bool:
    """Whether a task takes sentences of other documents, so that its pairs depend on what else is in the block."""
    return (entry.name, options.get("kind")) == ("sentence-pair", "nsp")


def variants(entry: Entry) -> list[dict[str, Any]]:
    """The defaults, and each choice that an option has beside its default, if it makes sense without a noise."""
    found: list[dict[str, Any]] = [{}]
    for one in entry.options:
        choices = get_args(one.type) if get_origin(one.type) is Literal else (False, True) if one.type is bool else ()
        found += [{one.name: choice} for choice in choices if choice != one.default]
    found = [one for one in found if not looks_around(entry, one)]
    asks = getattr(entry, "asks_noise", None)
    return [one for one in found if asks is None or not asks(**read_options(entry.options, one, entry.name))]


def every(entries: Mapping[str, Any]) -> pytest.MarkDecorator:
    cases = [(entry, options) for entry in entries.values() for options in variants(entry)]
    names = [f"{entry.name}:{show(options)}".removesuffix(":") for entry, options in cases]
    return pytest.mark.parametrize(("entry", "options"), cases, ids=names)


@cache
def sample_size(name: str) -> tuple[int, int]:
    """The width and height of a photo that a task finds pairs in: the least that will do, as tests are many."""
    for size in ((67, 43), (240, 230), (460, 440)):
        if not any(isinstance(one, Skipped) for one in outcomes(Picture(photo(*size)), recipe(task=name))):
            return size
    pytest.fail(f"{name} finds no pair")


@cache
def sample_clip(name: str) -> Clip:
    """A clip as long as a task's window, and long enough to grow brighter slowly."""
    window = recipe(task=name).reading.windows.window
    return moving_clip(max(32, window.frames, math.ceil(window.seconds * 25) + 1), 80, 64)


def sample(entry: Entry) -> Value:
    """A value that a task or a noise makes something of."""
    if entry.name in TASKS and entry.takes == "image":
        return Picture(photo(*sample_size(entry.name)))
    return sample_clip(entry.name) if entry.name in TASKS and entry.takes == "video" else SAMPLES[entry.takes]


def outcomes(value: Value, steps: Recipe, source: str = "a.jpg") -> list[Example | Skipped | Failed]:
    """All that a recipe makes of a value, texts by way of a block of one."""
    steps = replace(steps, corpus={"unigrams": UNIGRAMS})
    return list(unit.examples_of(Sample(source, value), steps, Draws(steps.seed)))


def examples_of(value: Value, steps: Recipe, source: str = "a.jpg") -> list[Example]:
    """The examples that a recipe makes of a value, none of its tasks refusing it."""
    made = outcomes(value, steps, source)
    assert all(isinstance(one, Example) for one in made), made
    return [one for one in made if isinstance(one, Example)]


def of_task(entry: Task, options: Mapping[str, Any], source: str = "a.jpg", **more: Any) -> list[Example]:
    return examples_of(sample(entry), recipe(task={entry.name: dict(options)}, **more), source)


def content(examples: list[Example]) -> list[Any]:
    return [(one.fields, {name: note for name, note in one.meta.items() if name != "source"}) for one in examples]


def applied(entry: Noise, options: Mapping[str, Any], value: Value, rng: Generator) -> Any:
    read = read_options(entry.options, options, entry.name)
    if entry.block:
        assert isinstance(value, Text)
        own = Draws(0).block([example_key(rng.bytes(8).hex(), 0, 0)], entry.name)
        given, _ = blockflow.drawn(entry, read, own, 1)
        return Text(entry.function(Strings.of([value.text]), own, **given)[0])
    given = drawn(entry, read, rng)
    del given["p"]
    return entry.function(value, rng, **given)


def draws(call: Any) -> bool:
    """Whether a call draws from the generator that it is given."""
    rng = np.random.Generator(np.random.Philox(0))
    before = repr(rng.bit_generator.state)
    call(rng)
    return repr(rng.bit_generator.state) != before


@every(TASKS)
def test_the_same_source_and_seed_give_the_same_pairs(entry: Task, options: dict[str, Any]) -> None:
    one, other = of_task(entry, options), of_task(entry, options)
    assert [example.key for example in one] == [example.key for example in other]
    assert content(one) == content(other)


@every(TASKS)
def test_a_task_draws_anew_for_each_key_or_not_at_all(entry: Task, options: dict[str, Any]) -> None:
    given = read_options(entry.options, options, entry.name)
    # A block's draws have no state that tells; each text task draws.
    does = entry.block or draws(lambda rng: entry.make(sample(entry), rng, "a.jpg", drawn(entry, given, rng)))
    made = [content(of_task(entry, options, f"{number}.jpg")) for number in range(16)]
    assert any(one != made[0] for one in made) is does
    seeds = [content(of_task(entry, options, seed=seed)) for seed in range(16)]
    assert any(one != seeds[0] for one in seeds) is does


@every(NOISES)
def test_a_noise_draws_anew_for_each_key_or_not_at_all(entry: Noise, options: dict[str, Any]) -> None:
    value = SAMPLES[entry.takes]
    does = entry.block or draws(lambda rng: applied(entry, options, value, rng))
    made = [applied(entry, options, value, np.random.default_rng(seed)) for seed in range(16)]
    assert any(one != made[0] for one in made) is does
    assert made[3] == applied(entry, options, value, np.random.default_rng(3))


def own_value(entry: Entry) -> tuple[Value, Any]:
    """A value and the array that it was made from, which nobody may change."""
    value = sample(entry)
    if not isinstance(value, Picture):
        return value, np.zeros(1)
    pixels = value.pixels.copy()
    return Picture(pixels), pixels


@every(TASKS)
def test_a_task_leaves_the_source_and_the_world_as_they_were(entry: Task, options: dict[str, Any]) -> None:
    value, array = own_value(entry)
    before = (array.tobytes(), repr(np.random.get_state()), random.getstate())  # noqa: NPY002 - that nobody uses it
    examples_of(value, recipe(task={entry.name: options}))
    assert (array.tobytes(), repr(np.random.get_state()), random.getstate()) == before  # noqa: NPY002


@every(NOISES)
def test_a_noise_leaves_the_source_and_the_world_as_they_were(entry: Noise, options: dict[str, Any]) -> None:
    value, array = own_value(entry)
    before = (array.tobytes(), repr(np.random.get_state()), random.getstate())  # noqa: NPY002 - that nobody uses it
    applied(entry, options, value, np.random.default_rng(0))
    assert (array.tobytes(), repr(np.random.get_state()), random.getstate()) == before  # noqa: NPY002


def replica(value: Value) -> Value:
    """Another value that is equal."""
    if isinstance(value, Clip):
        return Clip(value.frames, value.times)
    return Text(value.text) if isinstance(value, Text) else Picture(photo(67, 43))


@every(NOISES)
def test_a_noise_leaves_the_identical_label(
    entry: Noise, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_registry(monkeypatch)
    labels: list[Value] = []

    def keeping(value: Value, rng: Generator) -> Pair:  # noqa: ARG001
        """Keep the label that was given."""
        labels.append(replica(value))
        return Pair(value, labels[0])

    task(entry.takes)(keeping)
    (example,) = examples_of(SAMPLES[entry.takes], recipe(task="keeping", noise={entry.name: options}))
    assert example.pair.labels["label"] is labels[0]
    assert labels[0] == SAMPLES[entry.takes]
    assert example.meta["noise"] != ""


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("name", TASKS)
def test_a_noise_that_a_task_allows_leaves_its_labels_and_notes(name: str, noise: str) -> None:
    entry, other = TASKS[name], NOISES[noise]
    if not other.works_on(entry.takes) or entry.needs & other.alters:
        with pytest.raises(UsageError, match=r"which no task of the recipe takes|depends on it"):
            recipe(task=name, noise=noise)
        return
    plain, noisy = of_task(entry, {}), of_task(entry, {}, noise=noise)
    assert [one.pair.labels for one in noisy] == [one.pair.labels for one in plain]
    assert [one.pair.notes for one in noisy] == [one.pair.notes for one in plain]
    assert [list(one.fields) for one in noisy] == [list(one.fields) for one in plain]


def survives(value: Value, field: Field) -> None:
    """Check that a value comes back from its bytes and from its column: exactly, or near enough for a JPEG."""
    data = encode(value, field, 90)
    column = CODECS[field.kind].column([value], [data], ["a"], field)
    for again in (decode(data, field), CODECS[field.kind].from_cell(column.to_pylist()[0], field)):
        if field.extension != "jpg":
            assert again == value
            continue
        assert isinstance(value, Picture)
        assert isinstance(again, Picture)
        assert again.pixels.shape == value.pixels.shape
        if value.width * value.height > 1000:
            assert psnr(again.pixels, value.pixels) > 30


@every(TASKS)
def test_every_value_survives_its_codec(entry: Task, options: dict[str, Any]) -> None:
    for example in of_task(entry, options):
        for name, value in example.fields.items():
            survives(value, field_of(name, value, PictureFormat(), lossless=entry.lossless))


@every(TASKS)
def test_every_pair_of_a_task_has_the_same_fields_and_notes(entry: Task, options: dict[str, Any]) -> None:
    steps = recipe(task={entry.name: options})
    made = [
        one
        for value in [*odd_values(entry.takes), sample(entry)]
        for one in outcomes(value, steps)
        if isinstance(one, Example)
    ]
    first = of_task(entry, options)[0]
    fields = {name: field_of(name, value, PictureFormat(), lossless=False) for name, value in first.fields.items()}
    for one in made:
        assert list(one.fields) == list(fields)
        assert all(fits_field(value, fields[name]) for name, value in one.fields.items())
        assert {type(note) for note in one.meta.values()} <= {str, int, float}
        assert {name: type(note) for name, note in one.meta.items()} == {
            name: type(note) for name, note in first.meta.items()
        }


@every(TASKS)
def test_a_task_gives_pairs_of_odd_values_or_skips_them(entry: Task, options: dict[str, Any]) -> None:
    steps = recipe(task={entry.name: options})
    for value in odd_values(entry.takes):
        for one in outcomes(value, steps):
            if isinstance(one, Skipped):
                assert one.reason
                continue
            assert isinstance(one, Example), one
            for name, field_value in one.fields.items():
                survives(field_value, field_of(name, field_value, PictureFormat(), lossless=True))


def apply_to_odd_values(name: str) -> None:
    """Apply a noise in all its variants to odd values, and look at what comes of each."""
    entry = NOISES[name]
    for value in odd_values(entry.takes):
        for options in variants(entry):
            noisy = applied(entry, options, value, np.random.default_rng(0))
            assert type(noisy) is type(value), (value, noisy)
            if isinstance(noisy, Picture) and isinstance(value, Picture):
                assert noisy.pixels.ndim == value.pixels.ndim, (value, noisy)
                assert noisy.pixels.shape == value.pixels.shape or "size" in entry.alters, (value, noisy)


@pytest.mark.parametrize("name", NOISES)
def test_a_noise_gives_a_value_of_the_same_kind_and_size(name: str) -> None:
    if NOISES[name].block:
        apply_to_odd_values(name)
        return
    # In a process of its own: a call of OpenCV that does not come back cannot be stopped otherwise.
    code = f"from tests.test_contract import apply_to_odd_values; apply_to_odd_values({name!r})"
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=20, cwd=root
    )
    assert done.returncode == 0, done.stderr


IDENTITY: list[tuple[str, dict[str, Any]]] = [
    ("gaussian-noise", {"sigma": 0}),
    ("speckle-noise", {"sigma": 0}),
    ("impulse-noise", {"amount": 0}),
    ("pixel-dropout", {"rate": 0}),
    ("pixel-dropout", {"rate": 0, "fill": 255}),
    ("wrong-pixels", {"rate": 0}),
    ("quantize", {"levels": 256}),
    ("gaussian-blur", {"sigma": 0}),
    ("defocus-blur", {"radius": 0, "alias": 0}),
    ("motion-blur", {"radius": 0}),
    ("zoom-blur", {"zoom": 1}),
    ("glass-blur", {"sigma": 0, "max_delta": 0}),
    ("snow", {"mean": 0, "spread": 0, "mix": 1}),
    ("frost", {"keep": 1, "frost": 0}),
    ("fog", {"amount": 0}),
    ("spatter", {"water": 0, "mud": 0}),
    ("brightness", {"shift": 0}),
    ("contrast", {"factor": 1}),
    ("saturate", {"factor": 1, "shift": 0}),
    ("elastic-transform", {"alpha": 0}),
    ("pixelate", {"scale": 1}),
    ("color-balance", {"red": 1, "green": 1, "blue": 1}),
    ("white-balance", {"kelvin": 6500}),
    ("exposure", {"stops": 0}),
    ("gamma", {"gamma": 1}),
    ("hue", {"shift": 0}),
    ("solarize", {"threshold": 256}),
    ("posterize", {"bits": 8}),
    ("cutout", {"size": 0}),
    ("erase", {"area": 0}),
    ("scratches", {"count": 0}),
    ("lines", {"count": 0}),
    ("rotate", {"degrees": 0}),
    ("crop", {"area": 1}),
    ("shift", {"x": 0, "y": 0}),
    ("perspective", {"strength": 0}),
    ("misalign", {"distance": 0}),
    ("rand-augment", {"ops": 0}),
    ("drop-frames", {"rate": 0}),
    ("repeat-frames", {"rate": 0}),
    ("jitter", {"reach": 0}),
    ("flicker", {"stops": 0}),
    ("flicker", {"style": "slow", "stops": 0}),
    ("shake", {"distance": 0}),
    ("static", {"strength": 0}),
    ("compress", {"crf": 0}),
    *(
        (name, {"rate": 0})
        for name, entry in NOISES.items()
        if entry.block and "rate" in {one.name for one in entry.options}
    ),
]


@pytest.mark.parametrize(("name", "options"), IDENTITY)
def test_a_noise_that_is_set_to_nothing_changes_nothing(name: str, options: dict[str, Any]) -> None:
    for value in odd_values(NOISES[name].takes):
        assert applied(NOISES[name], options, value, np.random.default_rng(0)) == value


@pytest.mark.parametrize("name", NOISES)
def test_a_noise_without_a_chance_changes_nothing(name: str) -> None:
    takers = [entry for entry in TASKS.values() if NOISES[name].works_on(entry.takes)]
    allowed = [entry for entry in takers if not entry.needs & NOISES[name].alters]
    for entry in allowed:
        assert content(of_task(entry, {}, noise=f"{name}:p=0")) == content(of_task(entry, {}))


TEXT_TASKS = {name: entry for name, entry in TASKS.items() if entry.takes == "text"}
TEXT_NOISES = {name: entry for name, entry in NOISES.items() if entry.takes == "text"}
TEXTS = [
    *ODD_TEXTS,
    SENTENCES,
    SENTENCES.replace(" ", "  \n"),
    "One sentence alone, without an end",
    " ".join(f"{number}. It was the {number}th day, and word{number} came." for number in range(90)),
    "我们今天去北京。你好吗?很好!",
    "Dr. Ümläut isn't here; e.g. (at 5.30 p.m.) \u2014 \u201cno\u201d!\tHe\u2019s gone. So am I.",
]


def block_of(texts: list[str]) -> Passages:
    """A block of texts, each of a source and of a document of its own, and nothing in it to be changed."""
    made = passages_of(Strings.of(texts), [f"{text}.txt" for text in texts])
    for array in (made.text.codes, made.text.bounds, made.begins, made.ends, made.bounds, made.documents):
        array.flags.writeable = False
    return made


def by_source(texts: list[str], steps: Recipe) -> tuple[dict[str, list[Any]], int]:
    """What a recipe makes of each of these texts, and how many it skips."""
    made: dict[str, list[Any]] = {}
    skipped = 0
    steps = replace(steps, corpus={"unigrams": UNIGRAMS})
    for block in blocks(block_of(texts), steps, Draws(steps.seed)):
        assert isinstance(block, Block), block
        skipped += sum(block.skipped.values())
        assert "the task gave no pair" not in block.skipped
        assert all(re.fullmatch(r"[^A-Z].*[^.]", reason) for reason in block.skipped)
        for one in map(block.example, range(len(block))):
            made.setdefault(str(one.meta["source"]), []).append((one.key, repr(one.fields), one.meta))
    return made, skipped


@every(TEXT_TASKS)
def test_every_passage_gives_pairs_or_is_skipped(entry: Task, options: dict[str, Any]) -> None:
    made, skipped = by_source(TEXTS, recipe(task={entry.name: options}))
    assert len(made) + skipped == len(TEXTS)
    assert len(made) >= 2
    keys = [key for some in made.values() for key, _, _ in some]
    assert len(set(keys)) == len(keys)


def test_a_task_that_looks_around_gives_pairs_or_skips_too() -> None:
    made, skipped = by_source(TEXTS, recipe(task="sentence-pair:kind=nsp"))
    assert len(made) + skipped == len(TEXTS)
    assert len(made) >= 2


@every(TEXT_TASKS)
def test_a_passage_gives_the_same_pairs_in_any_block(entry: Task, options: dict[str, Any]) -> None:
    steps = recipe(task={entry.name: options}, noise="change-case:rate=0.1..0.9,p=0.5", augment="swap-letters")
    together, _ = by_source(TEXTS, steps)
    assert by_source(TEXTS[::-1], steps)[0] == together
    alone: dict[str, list[Any]] = {}
    for text in TEXTS:
        alone |= by_source([text], steps)[0]
    assert alone == together


@every(TEXT_NOISES)
def test_a_noise_gives_a_text_the_same_in_any_block(entry: Noise, options: dict[str, Any]) -> None:
    steps = recipe(task="restore-text:corruption=none", noise={entry.name: options})
    together, _ = by_source(TEXTS, steps)
    assert by_source(TEXTS[::-1], steps)[0] == together
    assert {name: some for text in TEXTS for name, some in by_source([text], steps)[0].items()} == together


@pytest.mark.parametrize("name", TEXT_NOISES)
@pytest.mark.parametrize("use", TEXT_TASKS)
def test_a_noise_leaves_the_labels_and_notes_of_a_whole_block(use: str, name: str) -> None:
    if TASKS[use].needs & NOISES[name].alters:
        return
    plain, _ = by_source(TEXTS, recipe(task=use, noise=f"{name}:p=0"))
    noisy, _ = by_source(TEXTS, recipe(task=use, noise=name, keep_clean=True))
    assert list(noisy) == list(plain)
    steps = replace(recipe(task=use, noise=name, keep_clean=True), corpus={"unigrams": UNIGRAMS})
    before = replace(recipe(task=use), corpus={"unigrams": UNIGRAMS})
    (one,), (other,) = (list(blocks(block_of(TEXTS), each, Draws(0))) for each in (steps, before))
    assert isinstance(one, Block)
    assert isinstance(other, Block)
    for row in range(len(one)):
        changed, whole = one.example(row), other.example(row)
        assert changed.pair.labels == whole.pair.labels
        for field in whole.pair.inputs:
            assert changed.fields[field.replace("input", "clean", 1)] == whole.fields[field]
        assert {**changed.meta, "noise": ""} == whole.meta
        assert (changed.meta["noise"] != "") is (changed.pair.inputs != whole.pair.inputs)


@every(TEXT_TASKS)
def test_a_plain_number_does_for_one_number_each(entry: Task, options: dict[str, Any]) -> None:
    given = block_of(TEXTS)
    own = Draws(0).block(example_keys(given.sources, 0), entry.name)
    read = read_options(entry.options, options, entry.name)
    each, _ = blockflow.drawn(entry, read, own, len(TEXTS))
    known = {"unigrams": UNIGRAMS} if entry.corpus else {}
    one, other = (entry.function(given, own, **values, **known) for values in (each, read))
    assert isinstance(one, Pairs)
    assert len(one) == len(other)
    assert all(repr(one.pair(row)) == repr(other.pair(row)) for row in range(len(one)))


@pytest.mark.parametrize("name", TEXT_TASKS)
def test_what_a_task_marks_as_its_own_no_noise_touches(name: str) -> None:
    given = block_of(TEXTS)
    own = Draws(0).block(example_keys(given.sources, 0), name)
    read = {one.parameter: one.default for one in TASKS[name].options}
    known = {"unigrams": UNIGRAMS} if TASKS[name].corpus else {}
    pairs = TASKS[name].function(given, own, **read, **known)
    for column in pairs.inputs.values():
        text = column.items if isinstance(column, Lists) else column
        if not isinstance(text, Strings) or text.fixed is None:
            continue
        markers = text.codes[text.fixed]
        for other in TEXT_NOISES.values():
            if other.alters & TASKS[name].needs:
                continue
            defaults = {one.parameter: one.default for one in other.options if one.parameter != "p"}
            noisy = other.function(
                text, Draws(1).block(example_keys([str(n) for n in range(len(text))], 0), "n"), **defaults
            )
            assert noisy.codes[noisy.fixed].tolist() == markers.tolist()


LONG_WORDS = [f"Words before {word} and behind. So it goes." for word in ("x" * 5_000_000, "字" * 1_700_000)]


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXT_TASKS)
def test_a_task_takes_a_word_of_five_megabytes(name: str) -> None:
    made, skipped = by_source([SENTENCES, *LONG_WORDS], recipe(task=name))
    assert len(made) + skipped == 3
    assert made[f"{SENTENCES}.txt"] == by_source([SENTENCES], recipe(task=name))[0][f"{SENTENCES}.txt"]


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXT_NOISES)
def test_a_noise_takes_a_word_of_five_megabytes(name: str) -> None:
    texts = [SENTENCES, *LONG_WORDS]
    made = list(alone(name, texts))
    assert len(made) == 3
    assert made[:1] == list(alone(name, texts[:1]))


def alone(name: str, texts: list[str]) -> Strings:
    """Texts under a noise with its defaults."""
    defaults = {one.parameter: one.default for one in NOISES[name].options if one.parameter != "p"}
    made: Strings = NOISES[name].function(Strings.of(texts), Draws(0).block(example_keys(texts, 0), "n"), **defaults)
    return made


STRONG: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("gaussian-noise", {"sigma": 0.08}, {"sigma": 0.08}),
    ("speckle-noise", {"sigma": 0.6}, {"sigma": 0.08}),
    ("pixel-dropout", {"rate": 0.5, "fill": 0}, {"rate": 0.5, "fill": 255}),
    ("quantize", {"levels": 2}, {"levels": 2}),
    ("gaussian-blur", {"sigma": 5}, {"sigma": 5}),
    ("defocus-blur", {"severity": 5}, {"severity": 5}),
    ("motion-blur", {"severity": 5}, {"severity": 5}),
    ("zoom-blur", {"severity": 5}, {"severity": 5}),
    ("glass-blur", {"severity": 5}, {"severity": 5}),
    ("snow", {"mean": 0, "spread": 0, "mix": 0.5}, {"severity": 5}),
    ("frost", {"keep": 0.6, "frost": 0.4}, {"keep": 1, "frost": 0.75}),
    ("fog", {"severity": 5}, {"amount": 0.9}),
    ("brightness", {"shift": 0.45}, {"shift": 0.5}),
    ("contrast", {"factor": 20}, {"factor": 20}),
    ("saturate", {"factor": 20, "shift": 0.4}, {"factor": 20, "shift": 0.4}),
    ("elastic-transform", {"alpha": 0.5}, {"alpha": 0.5}),
    ("pixelate", {"scale": 0.1}, {"scale": 0.1}),
    ("jpeg-compression", {"quality": 1}, {"quality": 1}),
    ("color-balance", {"red": 4, "green": 4, "blue": 4}, {"red": 4, "green": 1.01, "blue": 1.5}),
    ("white-balance", {"kelvin": 2000}, {"kelvin": 6000}),
    ("exposure", {"stops": 8}, {"stops": 8}),
    ("gamma", {"gamma": 0.05}, {"gamma": 20}),
    ("hue", {"shift": 0.5}, {"shift": 0.5}),
    ("rotate", {"degrees": 30}, {"degrees": -30}),
    ("crop", {"area": 0.1}, {"area": 0.1}),
    ("shift", {"x": 0.5, "y": 0.5}, {"x": 0.5, "y": 0.5}),
    ("perspective", {"strength": 0.4}, {"strength": 0.4}),
    ("misalign", {"distance": 9}, {"distance": 9}),
]


@pytest.mark.parametrize(("name", "on_black", "on_white"), STRONG)
@pytest.mark.parametrize("shape", [(60, 80), (60, 80, 3)])
def test_nothing_wraps_around_at_black_or_white(
    name: str, on_black: dict[str, Any], on_white: dict[str, Any], shape: tuple[int, ...]
) -> None:
    black, white = Picture(np.zeros(shape, np.uint8)), Picture(np.full(shape, 255, np.uint8))
    assert applied(NOISES[name], on_black, black, np.random.default_rng(0)).pixels.max() < 128
    assert applied(NOISES[name], on_white, white, np.random.default_rng(0)).pixels.min() > 127


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.name)
def test_the_first_line_of_the_docstring_is_a_sentence(entry: Entry) -> None:
    first, _, rest = (inspect.getdoc(entry.function) or "").partition("\n")
    assert re.fullmatch(r"[A-Z].+[^.]\.", first), first
    assert len(first) <= 120
    assert not rest.partition("\n")[0].strip()
    assert entry.summary == first


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.name)
def test_a_name_is_lower_case_words_with_hyphens(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.name)
    assert entry.origin.startswith("sslabel.")


@pytest.mark.parametrize("entry", WITH_OPTIONS, ids=lambda entry: entry.name)
def test_every_option_has_a_type_a_default_and_a_line_of_help(entry: Entry) -> None:
    for one in entry.options:
        assert one.described, one.name
        assert one.help.text, one.name
        assert not one.help.text.endswith("."), one.name
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", one.name)
    names = [one.name for one in entry.options]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("entry", WITH_OPTIONS, ids=lambda entry: entry.name)
def test_the_shown_defaults_read_back_from_a_command_line(entry: Entry) -> None:
    typed = f"{entry.name}:{','.join(f'{one.name}={show(one.default)}' for one in entry.options)}"
    spec = Spec.parse(typed)
    assert spec.name == entry.name
    assert read_options(entry.options, spec.options, entry.name) == {
        one.parameter: one.default for one in entry.options
    }


@pytest.mark.parametrize("entry", WITH_OPTIONS, ids=lambda entry: entry.name)
def test_the_defaults_survive_json(entry: Entry) -> None:
    kind = "task" if isinstance(entry, Task) else "noise"
    taker = next(one.name for one in TASKS.values() if one.takes == entry.takes)
    given: dict[str, Any] = {"task": entry.name} if kind == "task" else {"task": {taker: {}}, "augment": entry.name}
    steps = recipe(**given)
    assert recipe(**json.loads(json.dumps(steps.steps()))) == steps


def test_one_file_holds_one_task() -> None:
    origins = [entry.origin for entry in TASKS.values()]
    assert len(set(origins)) == len(origins)
    assert all(origin.rpartition(".")[2] == name.replace("-", "_") for name, origin in zip(TASKS, origins, strict=True))


@pytest.mark.parametrize("entry", TASKS.values(), ids=lambda entry: entry.name)
def test_a_task_s_own_files_have_plain_names(entry: Task) -> None:
    if entry.beside is None:
        return
    for options in variants(entry):
        files = entry.beside(**read_options(entry.options, options, entry.name))
        assert all(re.fullmatch(r"[a-z0-9_]+\.[a-z]+", name) and data for name, data in files.items())
