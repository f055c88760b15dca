"""What holds for everything registered: run over each task, noise, reader and writer that there is."""

from __future__ import annotations

import inspect
import json
import random
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import numpy as np
import pytest

from sslabel.codecs import CODECS, Field, PictureFormat, decode, encode, field_of, fits_field
from sslabel.errors import UsageError
from sslabel.flow import Skipped, drawn
from sslabel.options import Spec, read_options, show
from sslabel.registry import Entry, Noise, Task, all_of, task
from sslabel.values import Example, Pair, Picture, Text, Value
from tests.pictures import noise_pixels, photo, psnr
from tests.recipes import examples_of, open_registry, outcomes, recipe

if TYPE_CHECKING:
    from numpy.random import Generator

TASKS: Mapping[str, Task] = all_of("task")
NOISES: Mapping[str, Noise] = all_of("noise")
ALL = [entry for kind in ("task", "noise", "reader", "writer") for entry in all_of(kind).values()]
WITH_OPTIONS = [*TASKS.values(), *NOISES.values()]
SHAPES = [(1, 1), (1, 9), (9, 1), (2, 2), (5, 7), (7, 5), (17, 33), (64, 48)]
SAMPLES: dict[str, Value] = {
    "image": Picture(photo(67, 43)),
    "text": Text("The wren sings. It is a small bird, and a loud one! Who has not heard it? Nobody."),
}


def odd_values(takes: str) -> list[Value]:
    """Small, plain and strange values of what a task takes."""
    if takes == "text":
        return [
            Text(text) for text in ("", " ", "a", "\n\n", "a b", "0", "[MASK]", "\0", "é", "你好。", "\U0001f600" * 3)
        ]
    colored = [noise_pixels(width, height) for height, width in SHAPES]
    flat = [np.full((9, 9, 3), level, np.uint8) for level in (0, 128, 255)]
    return [Picture(pixels) for pixels in [*colored, *flat, *(pixels[:, :, 1].copy() for pixels in colored)]]


def variants(entry: Entry) -> list[dict[str, Any]]:
    """The defaults, and each choice that an option has beside its default, if it makes sense without a noise."""
    found: list[dict[str, Any]] = [{}]
    for one in entry.options:
        choices = get_args(one.type) if get_origin(one.type) is Literal else (False, True) if one.type is bool else ()
        found += [{one.name: choice} for choice in choices if choice != one.default]
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


def sample(entry: Entry) -> Value:
    """A value that a task or a noise makes something of."""
    return (
        Picture(photo(*sample_size(entry.name)))
        if entry.name in TASKS and entry.takes == "image"
        else SAMPLES[entry.takes]
    )


def of_task(entry: Task, options: Mapping[str, Any], source: str = "a.jpg", **more: Any) -> list[Example]:
    return examples_of(sample(entry), recipe(task={entry.name: dict(options)}, **more), source)


def content(examples: list[Example]) -> list[Any]:
    return [(one.fields, {name: note for name, note in one.meta.items() if name != "source"}) for one in examples]


def applied(entry: Noise, options: Mapping[str, Any], value: Value, rng: Generator) -> Any:
    given = drawn(entry, read_options(entry.options, options, entry.name), rng)
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
    does = draws(lambda rng: entry.make(sample(entry), rng, "a.jpg", drawn(entry, given, rng)))
    made = [content(of_task(entry, options, f"{number}.jpg")) for number in range(16)]
    assert any(one != made[0] for one in made) is does
    seeds = [content(of_task(entry, options, seed=seed)) for seed in range(16)]
    assert any(one != seeds[0] for one in seeds) is does


@every(NOISES)
def test_a_noise_draws_anew_for_each_key_or_not_at_all(entry: Noise, options: dict[str, Any]) -> None:
    value = SAMPLES[entry.takes]
    does = draws(lambda rng: applied(entry, options, value, rng))
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


@every(NOISES)
def test_a_noise_leaves_the_identical_label(
    entry: Noise, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_registry(monkeypatch)
    labels: list[Value] = []

    def keeping(value: Value, rng: Generator) -> Pair:  # noqa: ARG001
        """Keep the label that was given."""
        labels.append(Text(value.text) if isinstance(value, Text) else Picture(photo(67, 43)))
        return Pair(value, labels[0])

    task(entry.takes)(keeping)
    (example,) = examples_of(SAMPLES[entry.takes], recipe(task="keeping", noise={entry.name: options}))
    assert example["label"] is labels[0]
    assert example["label"] == SAMPLES[entry.takes]
    assert example.meta["noise"] != ""


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("name", TASKS)
def test_a_noise_that_a_task_allows_leaves_its_labels_and_notes(name: str, noise: str) -> None:
    entry, other = TASKS[name], NOISES[noise]
    if entry.takes != other.takes or entry.needs & other.alters:
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
]


@pytest.mark.parametrize(("name", "options"), IDENTITY)
def test_a_noise_that_is_set_to_nothing_changes_nothing(name: str, options: dict[str, Any]) -> None:
    for value in odd_values(NOISES[name].takes):
        assert applied(NOISES[name], options, value, np.random.default_rng(0)) == value


@pytest.mark.parametrize("name", NOISES)
def test_a_noise_without_a_chance_changes_nothing(name: str) -> None:
    takers = [entry for entry in TASKS.values() if entry.takes == NOISES[name].takes]
    allowed = [entry for entry in takers if not entry.needs & NOISES[name].alters]
    for entry in allowed:
        assert content(of_task(entry, {}, noise=f"{name}:p=0")) == content(of_task(entry, {}))


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
