"""A recipe: augments, tasks, noises and their options; read from the command line, YAML or Python, and checked.

`Settings` is all that one may ask for, written once: its fields are the command line's options, the keys of a recipe
file, and the keyword arguments of `sslabel.make`. `Recipe` is what makes pairs, resolved and checked.
"""

from __future__ import annotations

import codecs
import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from sslabel.codecs import PictureFormat
from sslabel.errors import UsageError, in_one_line
from sslabel.options import (
    BYTES,
    COUNT,
    SECONDS,
    Between,
    Help,
    Option,
    Raw,
    Span,
    Spec,
    did_you_mean,
    named,
    option,
    read_options,
    show,
)
from sslabel.readers import Reading, Stretch, Unit, Windows
from sslabel.registry import TAKES, Noise, Task, all_of, find_noise, find_task, load_plugin
from sslabel.values import FIELD_NAME

_MADE, _PICTURES, _TEXT, _VIDEO = "What is made", "Pictures", "Text", "Video"
_WRITTEN, _RUN = "What is written", "How it runs"
_SPEC = "NAME[:k=v,...]"
_OURS = ("input", "label", "labels", "clean", "key", "meta", "source")
_LONGEST = Stretch(10_000, 86_400.0)
"""The longest window or stride that may be asked for, in frames and in seconds: a window is held in memory."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that one may ask of a run."""

    task: Annotated[tuple[Spec, ...], Help("Task to make pairs for; several share one pass.", _MADE, _SPEC)] = ()
    noise: Annotated[tuple[Spec, ...], Help("Noise on the input alone, in order.", _MADE, _SPEC)] = ()
    augment: Annotated[tuple[Spec, ...], Help("Noise before the task: input and label share it.", _MADE, _SPEC)] = ()
    copies: Annotated[int, Between(1), Help("Independent pairs from each source.", _MADE, "N")] = 1
    keep_clean: Annotated[bool, Help("Also keep the input before noise, as field `clean`.", _MADE)] = False
    keep: Annotated[
        tuple[str, ...], Help("Fields of the source to carry along: `folder` is its folder's name.", _MADE, "FIELD,...")
    ] = ()
    seed: Annotated[int, Help("Seed of every draw.", _MADE, "N")] = 0
    limit: Annotated[int | None, Between(1), COUNT, Help("Use this many sources only.", _MADE, "N")] = None
    plugin: Annotated[tuple[str, ...], Help("Python file with tasks or noises of your own.", _MADE, "FILE")] = ()

    size: Annotated[
        int | None, Between(1, 65535), Help("Resize before the task; else the original size.", _PICTURES, "N")
    ] = None
    fit: Annotated[
        Literal["short", "crop", "pad", "stretch"],
        Help(
            "With --size: short makes the shorter side N; crop, then cut the square; pad to a square; stretch.",
            _PICTURES,
        ),
    ] = "short"
    image_format: Annotated[
        Literal["auto", "jpg", "png", "webp"],
        Help("How pictures are written; auto is jpg, or png where a task needs exact pixels.", _PICTURES),
    ] = "auto"
    quality: Annotated[int, Between(1, 100), Help("Quality of jpg and webp.", _PICTURES, "N")] = 90
    max_pixels: Annotated[
        int, Between(1), COUNT, Help("Refuse larger pictures, from their header.", _PICTURES, "N")
    ] = 200_000_000

    unit: Annotated[Unit, Help("What a passage is.", _TEXT)] = "paragraph"
    max_words: Annotated[
        int, Between(1), COUNT, Help("Cut longer passages into windows of so many words.", _TEXT, "N")
    ] = 256
    min_words: Annotated[int, Between(1), COUNT, Help("Leave out shorter passages.", _TEXT, "N")] = 1
    text_field: Annotated[str, Help("Where the text stands in JSON, CSV and Parquet.", _TEXT, "FIELD")] = "text"
    encoding: Annotated[
        str | None, Help("What text files are in; by default UTF-8, or else a guess.", _TEXT, "NAME")
    ] = None

    window: Annotated[
        str | None,
        Help("How much of a film a task is given; by default as much as the tasks need.", _VIDEO, "TIME|FRAMES"),
    ] = None
    stride: Annotated[
        str | None, Help("From one window to the next; by default a window's length.", _VIDEO, "TIME|FRAMES")
    ] = None
    windows_per_clip: Annotated[
        int | None, Between(1, 100_000), COUNT, Help("So many windows of each film, evenly spread.", _VIDEO, "N")
    ] = None
    fps: Annotated[
        float | None, Between(0.001, 1000), Help("Frames a second; by default those that there are.", _VIDEO, "N")
    ] = None
    crop_bars: Annotated[bool, Help("Cut off black bars around the picture of film files.", _VIDEO)] = False

    format: Annotated[
        Literal["auto", "webdataset", "parquet"],
        Help("Shards; auto is webdataset for pictures and films, parquet for text.", _WRITTEN),
    ] = "auto"
    fields: Annotated[
        Mapping[str, str], Help("Names that a trainer expects, such as input=jpg.", _WRITTEN, "FIELD=NAME,...")
    ] = dataclasses.field(default_factory=dict)
    split: Annotated[Mapping[str, float], Help("Exact shares of the sources.", _WRITTEN, "NAME=SHARE,...")] = (
        dataclasses.field(default_factory=lambda: {"train": 1.0})
    )
    shuffle: Annotated[bool, Help("Put the sources in a seeded random order.", _WRITTEN)] = True
    shard_size: Annotated[
        int | None,
        Between(1),
        BYTES,
        Help("Size to aim for; by default 256MB, less where that would give under 16 shards.", _WRITTEN, "BYTES"),
    ] = None
    shard_pairs: Annotated[
        int | None,
        Between(1),
        COUNT,
        Help("Pairs in a shard, at most; by default 10,000 where there are pictures.", _WRITTEN, "N"),
    ] = None

    workers: Annotated[
        int | None, Between(1, 4096), Help("Processes; by default the CPUs that may be used.", _RUN, "N")
    ] = None
    deadline: Annotated[
        float, Between(0.1), SECONDS, Help("CPU time after which a source is given up, in seconds.", _RUN, "TIME")
    ] = 60.0
    max_error_rate: Annotated[
        float, Between(0, 1), Help("End with code 3 if a larger share of the sources was excluded.", _RUN, "SHARE")
    ] = 0.05

    @classmethod
    def read(cls, given: Mapping[str, Raw], owner: str = "options") -> Settings:
        """Settings from raw values: strings of the command line, values of YAML or Python. Names may have hyphens."""
        known = settings_options()
        values: dict[str, Any] = {}
        for name, raw in named(given, owner).items():
            if name not in known:
                raise UsageError(f"{owner}: there is no {name!r}{did_you_mean(name, known)}")
            values[name] = _read_setting(known[name], raw, owner)
        return cls(**values)

    def plain(self) -> dict[str, Any]:
        """The settings as values of JSON and YAML; `read` gives the same settings back."""
        return {name: _plain(getattr(self, name)) for name in settings_options()}

    def fingerprinted(self, recipe: Recipe) -> dict[str, Any]:
        """What the bytes depend on: all but how it runs; the steps with all their options, plug-ins as content."""
        panels = {name: one.help.panel for name, one in settings_options().items()}
        plain = {name: value for name, value in self.plain().items() if panels[name] != _RUN}
        return {**plain, **recipe.steps(content=True), "plugin": [_sha256(path) for path in self.plugin]}

    def anywhere(self) -> dict[str, Any]:
        """As `plain`, for a process in another folder: the files that it names are found there, too."""
        tasks = [_plain(_absolute(spec)) for spec in self.task]
        return {**self.plain(), "task": tasks, "plugin": [str(Path(path).resolve()) for path in self.plugin]}


@cache
def settings_options() -> dict[str, Option]:
    """The options that Settings declares, by name."""
    hints = get_type_hints(Settings, include_extras=True)
    return {one.name: option(one.name, hints[one.name], _default(one)) for one in fields(Settings)}


def _default(one: dataclasses.Field[Any]) -> Any:  # noqa: ANN401
    return one.default_factory() if one.default_factory is not dataclasses.MISSING else one.default


def _sha256(path: str, owner: str = "--plugin ") -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        msg = f"{owner}{path}: {error.strerror}"
        raise UsageError(msg) from None


def _absolute(spec: Spec) -> Spec:
    """The same with the files among its options under absolute paths."""
    files = {one.name for one in find_task(spec.name).options if one.file}
    return dataclasses.replace(
        spec,
        options={
            name: str(Path(raw).resolve()) if name.replace("-", "_") in files and raw not in (None, "none") else raw
            for name, raw in spec.options.items()
        },
    )


def _read_setting(one: Option, raw: Raw, owner: str) -> Any:  # noqa: ANN401
    if one.name in ("task", "noise", "augment"):
        items = raw if isinstance(raw, list | tuple) else [raw]
        return tuple(_read_spec(item, f"{owner}: {one.name}") for item in items)
    if one.name == "fields":
        return {str(name): str(value) for name, value in _mapping(raw, owner, one.name).items()}
    if one.name == "split":
        return _read_split(_mapping(raw, owner, one.name), owner)
    if one.name == "plugin":
        paths = [raw] if isinstance(raw, str | Path) else raw
        if not isinstance(paths, list | tuple) or not all(isinstance(path, str | Path) for path in paths):
            msg = f"{owner}: plugin={show(raw)}: a file, or a list of files, is needed"
            raise UsageError(msg)
        return tuple(str(path) for path in paths)
    value = one.read(raw, owner)
    if isinstance(value, Span):
        msg = f"{owner}: {one.name} is one value, not a range"
        raise UsageError(msg)
    return value


def _mapping(raw: Raw, owner: str, name: str) -> Mapping[str, Raw]:
    if isinstance(raw, Mapping):
        return raw
    pairs = [item.partition("=") for item in str(raw).split(",")]
    if any(not key.strip() or not value.strip() for key, _, value in pairs):
        msg = f"{owner}: {name}={raw}: NAME=VALUE,NAME=VALUE is needed"
        raise UsageError(msg)
    if len({key.strip() for key, _, _ in pairs}) < len(pairs):
        msg = f"{owner}: {name}={raw}: a name is given twice"
        raise UsageError(msg)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _read_split(shares: Mapping[str, Raw], owner: str) -> dict[str, float]:
    between = option("split", Annotated[float, Between(0, 1)], 0.0)
    read = {str(name): between.read(share, f"{owner}: split {name}") for name, share in shares.items()}
    for name, share in read.items():
        if not FIELD_NAME.fullmatch(name):
            msg = f"{owner}: a split is named in lower-case words joined by _, not {name!r}"
            raise UsageError(msg)
        if isinstance(share, Span):
            msg = f"{owner}: split {name} is one share, not a range"
            raise UsageError(msg)
        if share == 0:
            msg = f"{owner}: split {name} has no share; leave it out"
            raise UsageError(msg)
    if abs(sum(read.values()) - 1) > 1e-9:  # noqa: PLR2004 - what binary fractions may be off by
        msg = f"{owner}: the shares of split {show(read)} add up to {sum(read.values()):.6g}, not to 1"
        raise UsageError(msg)
    return read


def _read_spec(item: Raw, owner: str) -> Spec:
    if isinstance(item, Spec):
        return item
    if isinstance(item, str):
        return Spec.parse(item)
    if isinstance(item, Mapping) and len(item) == 1:
        ((name, options),) = item.items()
        spec = Spec.parse(str(name))
        if options is None or isinstance(options, Mapping):
            return Spec(spec.name, dict(options or {}), spec.use)
    msg = f"{owner}: {show(item)!r} is neither NAME:key=value nor one NAME with its options"
    raise UsageError(msg)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a setting may be
    if isinstance(value, Spec):
        name = f"{value.use}@{value.name}" if value.use else value.name
        return {name: {key: _plain(raw) for key, raw in value.options.items()}}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Span) else value


def load_recipe(path: str) -> dict[str, Raw]:
    """The raw settings of a recipe file: YAML, a mapping with the names of the options."""
    import yaml

    try:
        loaded = yaml.safe_load(Path(path).read_text("utf-8"))
    except OSError as error:
        msg = f"--recipe {path}: {error.strerror}"
        raise UsageError(msg) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"--recipe {path} is not YAML: {in_one_line(error)}"
        raise UsageError(msg) from None
    if not isinstance(loaded, Mapping):
        msg = f"--recipe {path}: a mapping is needed, such as `task: [colorize]`"
        raise UsageError(msg)
    return named(loaded, f"--recipe {path}")


@dataclass(frozen=True)
class NoiseStep:
    """A noise as the recipe uses it: under its own name, or `hue-2` the second time."""

    noise: Noise
    use: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class TaskStep:
    """A task as the recipe uses it: the name of its data set, its options, and the noises on its inputs."""

    task: Task
    use: str
    options: Mapping[str, Any]
    noises: tuple[NoiseStep, ...]
    length: Stretch | None = None
    """How long the windows are that it is given of films."""


@dataclass(frozen=True)
class Recipe:
    """What makes pairs from a sample, resolved and checked: nothing of it can fail for its own reasons later."""

    tasks: tuple[TaskStep, ...]
    augments: tuple[NoiseStep, ...]
    copies: int
    keep_clean: bool
    keep: tuple[str, ...]
    seed: int
    size: int | None
    fit: str
    pictures: PictureFormat
    max_pixels: int
    reading: Reading
    corpus: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What its tasks are told of the whole corpus, where they ask for it."""

    @classmethod
    def of(cls, settings: Settings) -> Recipe:
        """Resolve the names and check that the recipe can work; UsageError says what cannot, and why."""
        for path in settings.plugin:
            load_plugin(path)
        if not settings.task:
            msg = "no task is given; `sslabel list tasks` shows what there is"
            raise UsageError(msg)
        noises = _noise_steps(settings.noise)
        tasks = tuple(_task_step(spec, noises, settings) for spec in settings.task)
        augments = _noise_steps(settings.augment)
        _refuse_idle(settings, tasks, noises, augments)
        uses = [step.use for step in tasks]
        for use in uses:
            if uses.count(use) > 1:
                msg = f"two tasks are named {use!r}; give one a name of its own: other@{use}"
                raise UsageError(msg)
        _refuse_unknown_fields(settings, tasks)
        steps = [(step.task, step.options) for step in tasks]
        _refuse_ranges([*steps, *((step.noise, step.options) for step in (*noises, *augments))])
        for step in tasks:
            _refuse_clashes(step)
            _refuse_size(step, settings)
        return cls(
            tasks=tasks,
            augments=augments,
            copies=settings.copies,
            keep_clean=settings.keep_clean,
            keep=settings.keep,
            seed=settings.seed,
            size=settings.size,
            fit=settings.fit,
            pictures=PictureFormat(settings.image_format, settings.quality),
            max_pixels=settings.max_pixels,
            reading=Reading(
                unit=settings.unit,
                min_words=settings.min_words,
                max_words=settings.max_words,
                text_field=settings.text_field,
                encoding=_checked_encoding(settings.encoding),
                keep=settings.keep,
                windows=_windows(settings, tasks),
            ),
        )

    def steps(self, *, content: bool = False) -> dict[str, Any]:
        """Tasks, noises and augments with all their options, as values of JSON and YAML that `Settings.read` reads.

        With `content`, the files among the options of tasks as what is in them.
        """
        tasks = []
        for step in self.tasks:
            name = step.task.name if step.use == step.task.name else f"{step.use}@{step.task.name}"
            options = _by_name(step.task, step.options)
            for one in step.task.options if content else ():
                if one.file and options[one.name] is not None:
                    options[one.name] = f"sha256:{_sha256(options[one.name], f'{step.task.name}: {one.name}=')}"
            if step.noises:
                options["noise"] = [_noise_plain(noise) for noise in step.noises]
            tasks.append({name: options})
        return {"task": tasks, "noise": [], "augment": [_noise_plain(step) for step in self.augments]}

    @property
    def entries(self) -> list[Task | Noise]:
        """The tasks and the noises that the recipe uses."""
        noises = [step for task in self.tasks for step in task.noises]
        return [*(step.task for step in self.tasks), *(step.noise for step in (*noises, *self.augments))]

    @property
    def kinds(self) -> frozenset[str]:
        """What the tasks take: image, text, video."""
        return frozenset(step.task.takes for step in self.tasks)


def _noise_steps(specs: Iterable[Spec]) -> tuple[NoiseStep, ...]:
    steps: list[NoiseStep] = []
    for spec in specs:
        entry = find_noise(spec.name)
        if spec.use:
            msg = f"noise {entry.name!r} takes no name of its own ({spec.use}@): only the data set of a task has one"
            raise UsageError(msg)
        earlier = sum(step.noise.name == entry.name for step in steps)
        use = f"{entry.name}-{earlier + 1}" if earlier else entry.name
        options = read_options(entry.options, spec.options, f"noise {entry.name!r}")
        if isinstance(options["p"], Span):
            msg = f"noise {entry.name!r}: p is one number, not a range"
            raise UsageError(msg)
        steps.append(NoiseStep(entry, use, options))
    return tuple(steps)


def _task_step(spec: Spec, noises: tuple[NoiseStep, ...], settings: Settings) -> TaskStep:
    entry = find_task(spec.name)
    options = dict(spec.options)
    own = options.pop("noise", None)
    if own is not None:
        noises = _noise_steps(_read_setting(settings_options()["noise"], own, f"task {entry.name!r}"))
        for step in noises:
            if not step.noise.works_on(entry.takes):
                msg = (
                    f"noise {step.noise.name!r} is for {step.noise.takes}, and task {entry.name!r} takes {entry.takes}"
                )
                raise UsageError(msg)
    fitting = tuple(step for step in noises if step.noise.works_on(entry.takes))
    use = (spec.use or entry.name).lower()
    values = read_options(entry.options, options, f"task {entry.name!r}")
    return TaskStep(entry, use, values, fitting, _length(entry, values, settings))


def _refuse_idle(
    settings: Settings, tasks: tuple[TaskStep, ...], noises: tuple[NoiseStep, ...], augments: tuple[NoiseStep, ...]
) -> None:
    """Refuse what would do nothing: a noise that no task takes, or an option without what it works on."""
    taken = {step.task.takes for step in tasks}
    for step in (*noises, *augments):
        if not any(map(step.noise.works_on, taken)):
            msg = f"noise {step.noise.name!r} is for {step.noise.takes}, which no task of the recipe takes"
            raise UsageError(msg)
    _refuse_other_kinds(settings, taken)
    if settings.keep_clean and not any(step.noises for step in tasks):
        msg = "--keep-clean keeps the input as it was before noise, and there is no --noise"
        raise UsageError(msg)
    if settings.fit != "short" and settings.size is None:
        msg = f"--fit {settings.fit} says how to reach a size, and there is no --size"
        raise UsageError(msg)
    for name in settings.keep:
        if not FIELD_NAME.fullmatch(name) or name.split("_")[0] in _OURS:
            msg = f"--keep {name}: the field of a source cannot be carried along under this name"
            raise UsageError(msg)


def _refuse_other_kinds(settings: Settings, taken: set[str]) -> None:
    """Refuse options for what no task takes."""
    for panel, kinds in ((_PICTURES, ("image", "video")), (_TEXT, ("text",)), (_VIDEO, ("video",))):
        for name, one in settings_options().items():
            if one.help.panel == panel and not taken.intersection(kinds) and getattr(settings, name) != one.default:
                msg = f"--{name.replace('_', '-')} is for {' and '.join(kinds)}, which no task of the recipe takes"
                raise UsageError(msg)
    if settings.stride is not None and settings.windows_per_clip is not None:
        msg = "--stride and --windows-per-clip both say where windows begin; give one of them"
        raise UsageError(msg)


def _refuse_ranges(steps: Iterable[tuple[Task | Noise, Mapping[str, Any]]]) -> None:
    """What works on whole blocks of texts takes a range for what is no whole number, and no other.

    So do tasks for video: how many frames there are is the same for all pairs.
    """
    for entry, options in steps:
        for one in entry.options if entry.block or (isinstance(entry, Task) and entry.takes == "video") else ():
            if isinstance(options[one.parameter], Span) and one.type is not float:
                msg = f"{entry.name}: {one.name} is one number, not a range"
                raise UsageError(msg)


def _checked_encoding(name: str | None) -> str | None:
    """The standard name of an encoding; UsageError where there is none of that name."""
    if name is None:
        return None
    try:
        return codecs.lookup(name).name
    except LookupError:
        msg = f"--encoding {name}: there is no such encoding; utf-8, cp1252, shift_jis are some"
        raise UsageError(msg) from None


def _windows(settings: Settings, tasks: tuple[TaskStep, ...]) -> Windows:
    """The windows of films that are asked for, the longest first; by default each task's are as long as it needs."""
    lengths = sorted({one.length for one in tasks if one.length is not None}, key=astuple, reverse=True)
    stride = None if settings.stride is None else _stretch("stride", settings.stride)
    first, *others = lengths or [Windows().window]
    how = (stride, settings.windows_per_clip, settings.fps, settings.crop_bars)
    return Windows(first, *how, shorter=tuple(others))


def _length(entry: Task, options: Mapping[str, Any], settings: Settings) -> Stretch | None:
    """How long the windows of films are for a task."""
    if entry.takes != "video":
        return None
    if settings.window is not None:
        return _stretch("window", settings.window)
    return Stretch(*entry.window(**_at_most(options))) if entry.window is not None else Windows().window


def _at_most(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.high if isinstance(value, Span) else value for name, value in options.items()}


def _stretch(name: str, text: str) -> Stretch:
    try:
        found = Stretch.parse(text)
    except (AttributeError, ValueError):
        found = Stretch(0)
    if not (found.frames >= 1 and (found.seconds > 0 or found.frames > 1 or text.strip() == "1")):
        msg = f"--{name} {text}: a time such as 2s or 500ms, or a number of frames, is needed"
        raise UsageError(msg)
    if found.frames > _LONGEST.frames or found.seconds > _LONGEST.seconds:
        msg = f"--{name} {text}: {_LONGEST.frames:,} frames or {_LONGEST.seconds:g} seconds are the most"
        raise UsageError(msg)
    return found


def _refuse_unknown_fields(settings: Settings, tasks: tuple[TaskStep, ...]) -> None:
    if not settings.keep:
        return
    readers = all_of("reader", {step.task.takes for step in tasks}).values()
    known = {name for one in readers for name in one.fields}
    for name in settings.keep if "*" not in known else ():
        if name not in known:
            msg = f"--keep {name}: no source has this field{did_you_mean(name, known)}"
            raise UsageError(msg)


def _refuse_clashes(step: TaskStep) -> None:
    if step.task.asks_noise is not None and step.task.asks_noise(**step.options) and not step.noises:
        msg = f"task {step.task.name!r} with these options only undoes noise; give one with --noise"
        raise UsageError(msg)
    refused = step.task.refuses(noised=bool(step.noises), **step.options) if step.task.refuses is not None else None
    if refused is not None:
        msg = f"task {step.task.name!r}: {refused}"
        raise UsageError(msg)
    for other in step.noises:
        for trait in sorted(step.task.needs & other.noise.alters):
            msg = (
                f"noise {other.noise.name!r} alters {trait}, and the label of task {step.task.name!r} depends on it"
                f"; before the task, as --augment, input and label share it"
            )
            raise UsageError(msg)


def _refuse_size(step: TaskStep, settings: Settings) -> None:
    if settings.size is None or step.task.takes not in TAKES:
        return
    if settings.fit not in step.task.fits:
        fits = " or ".join(sorted(step.task.fits))
        msg = f"--fit {settings.fit} would give the label of task {step.task.name!r} away; it works with {fits}"
        raise UsageError(msg)
    if settings.size < step.task.smallest:
        msg = f"task {step.task.name!r} needs pictures of at least {step.task.smallest} pixels, more than --size allows"
        raise UsageError(msg)


def _by_name(entry: Task | Noise, options: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: _plain(options[one.parameter]) for one in entry.options}


def _noise_plain(step: NoiseStep) -> dict[str, Any]:
    return {step.noise.name: _by_name(step.noise, step.options)}


def fingerprint(parts: Mapping[str, Any]) -> str:
    """The SHA-256 of JSON values, whatever the order of their names."""
    raw = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(raw.encode("ascii")).hexdigest()
