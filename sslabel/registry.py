"""@task, @noise, @reader, @writer: registering returns the function untouched; discovery is a walk over folders.

Built-in tasks come in through the same door as anybody's: a decorated function in a file. After the package's own
folders come the entry points of the group `sslabel.plugins`, then the files given with `--plugin`.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

from sslabel.errors import UsageError
from sslabel.options import Between, Option, Span, did_you_mean, option, options_of
from sslabel.values import Clip, Picture, Text

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from numpy.random import Generator

TAKES = MappingProxyType({"text": Text, "image": Picture, "video": Clip})
"""What tasks, noises and readers are made for, and the value that stands for it."""

TRAITS = ("geometry", "size", "color", "order", "count", "timing")
"""What a label may depend on (`needs`) and what a noise may change (`alters`)."""

CORPUS = ("unigrams",)
"""What of the corpus a task may be given: its words and how often each stands in it (`blocks.Unigrams`)."""

FITS = ("short", "crop", "pad", "stretch")

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Entry:
    """A registered function: its name, what it takes, and where it came from."""

    name: str
    function: Callable[..., Any]
    takes: str
    origin: str
    package: tuple[str, str] | None = field(kw_only=True, default=None)
    """The package that brought it by an entry point, and its version."""
    block: bool = field(kw_only=True, default=False)
    """Whether the function works on a block of texts at once."""
    corpus: frozenset[str] = field(kw_only=True, default=frozenset())
    """What of the corpus the function is given, in keyword-only parameters of these names, which are no options."""

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The options that the function declares."""
        try:
            return options_of(self.function, self.corpus)
        except Exception as error:
            msg = f"the options of {self.name!r} cannot be read: {error}"
            raise UsageError(msg) from error

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


@dataclass(frozen=True)
class Task(Entry):
    """A task, and what must hold for its label to be right.

    `smallest` is the least side in pixels that it works on, `fits` the `--fit` modes that do not give its label
    away, `lossless` whether its pictures are written as PNG unless the user says otherwise, `beside` gives the
    files (name to bytes) that its label needs to be understood, from its options, and `asks_noise` says from them
    whether it makes no sense without a noise. `refuses` says, from `noised`, whether there is a noise on its input, and
    from its options what is wrong with them, or None.
    """

    needs: frozenset[str]
    smallest: int
    fits: frozenset[str]
    lossless: bool
    beside: Callable[..., Mapping[str, bytes]] | None
    asks_noise: Callable[..., bool] | None
    refuses: Callable[..., str | None] | None = field(kw_only=True, default=None)

    growth: Callable[..., float] | None = field(kw_only=True, default=None)
    """From its options, how many times longer than a text what it makes of it is, where that is much."""

    window: Callable[..., tuple[int, float]] | None = field(kw_only=True, default=None)
    """From its options, how many frames of a film, and how many seconds, it takes at least to make a pair."""

    @cached_property
    def names_source(self) -> bool:
        """Whether the function takes the source id as its third argument."""
        parameters = inspect.signature(self.function).parameters.values()
        return sum(one.kind is one.POSITIONAL_OR_KEYWORD for one in parameters) > 2  # noqa: PLR2004 - value and rng

    def make(self, value: Any, rng: Generator, source: str, options: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """What the function makes of a value: a pair or several."""
        return self.function(value, rng, *((source,) if self.names_source else ()), **options)


@dataclass(frozen=True)
class Noise(Entry):
    """A noise, and what it changes."""

    alters: frozenset[str]

    def works_on(self, kind: str) -> bool:
        """Whether it works on what a task takes: its own kind, and for one on pictures the frames of a clip."""
        return kind == self.takes or (kind, self.takes) == ("video", "image")

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The options that the function declares, and `p`, which every noise has."""
        return (*super().options, _P)

    def acting(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Of all options but `p`, by name, those that have an effect.

        An option that is none leaves its part to `severity`; where none does, the severity has no effect.
        """
        listed = [one for one in self.options if one.parameter != "p"]
        free = [one for one in listed if type(None) in get_args(one.type)]
        settled = bool(free) and all(options[one.parameter] is not None for one in free)
        values = {one.name: options[one.parameter] for one in listed if not (settled and one.name == "severity")}
        return {name: value for name, value in values.items() if value is not None}

    def apply(self, value: Any, rng: Generator, **given: Any) -> Any:  # noqa: ANN401 - of the kind that it takes
        """The value under this noise for sure: options as given, all others at their defaults, ranges drawn."""
        options = {one.parameter: one.default for one in self.options if one.parameter != "p"} | given
        drawn = {name: one.draw(rng) if isinstance(one, Span) else one for name, one in options.items()}
        return self.function(value, rng, **drawn)


@dataclass(frozen=True)
class Reader(Entry):
    """A reader, the file name extensions that it reads, and the fields of the source that it gives to `--keep`."""

    extensions: tuple[str, ...]
    fields: tuple[str, ...]
    ranges: Callable[..., Sequence[tuple[int, int, int]]] | None = None
    """The ranges that a file, given its path, its size and the `Reading`, may be read in, each by itself.

    Each is where it begins and ends, in a unit of the reader's own, and how many bytes it comes to; none where the
    file is read whole.
    """
    holds: Callable[[bytes], bool] | None = None
    """Whether a file of that path holds what the reader is for, where its extension does not say so."""
    beginning: Callable[..., Any] | None = None
    """A part of a `SourceFile`, as a `SourceFile`, that tells what all of it comes to; None where it is read whole."""


@dataclass(frozen=True)
class Writer(Entry):
    """A writer, and the extension of its shards."""

    extension: str


_P = option("p", Annotated[float, Between(0, 1)], 1.0, "chance that it is applied to a pair")

_loading: list[tuple[str, str]] = []
"""The package whose entry point is being loaded, and its version."""

_registered: dict[str, dict[str, Entry]] = {"task": {}, "noise": {}, "reader": {}, "writer": {}}
_FOLDERS = {"task": "tasks", "noise": "noise", "reader": "readers", "writer": "writers"}


def task(  # noqa: PLR0913 - what a task says of itself
    takes: str,
    *,
    needs: Iterable[str] = (),
    smallest: int = 1,
    fits: Iterable[str] = FITS,
    lossless: bool = False,
    beside: Callable[..., Mapping[str, bytes]] | None = None,
    asks_noise: Callable[..., bool] | None = None,
    refuses: Callable[..., str | None] | None = None,
    block: bool = False,
    corpus: Iterable[str] = (),
    growth: Callable[..., float] | None = None,
    window: Callable[..., tuple[int, float]] | None = None,
) -> Callable[[F], F]:
    """Register a function `(value, rng, *, options) -> Pair | list[Pair]` as a task.

    A function `(value, rng, source, *, options)` is given the source id, too. With `block` it is a function
    `(Passages, BlockDraws, *, options) -> Pairs`; each of its float options is an array, one number for each passage.
    What `corpus` names (`unigrams`) it is given beside its options, in keyword-only parameters of those names;
    where it makes much of a text, `growth` says from its options how many times longer, and it is given less at once.
    `window` says from the options of a task for video how many frames, and how many seconds, it takes at least.
    """

    def register(function: F) -> F:
        name, origin = _named(function, takes)
        traits, modes = _checked(name, needs, TRAITS), _checked(name, fits, FITS)
        given = _checked(name, corpus, CORPUS)
        entry = Task(
            *(name, function, takes, origin, traits, smallest, modes, lossless, beside, asks_noise),
            block=block,
            corpus=given,
            refuses=refuses,
            growth=growth,
            window=window,
        )
        _add("task", entry)
        return function

    return register


def noise(takes: str, *, alters: Iterable[str] = (), block: bool = False) -> Callable[[F], F]:
    """Register a function `(value, rng, *, options) -> value` as a noise.

    With `block` it is a function `(Strings, BlockDraws, *, options) -> Strings`; each of its float options is an
    array, one number for each text.
    """

    def register(function: F) -> F:
        name, origin = _named(function, takes)
        _add("noise", Noise(name, function, takes, origin, _checked(name, alters, TRAITS), block=block))
        return function

    return register


def reader(  # noqa: PLR0913 - what a reader says of itself
    takes: str,
    *,
    extensions: Iterable[str],
    fields: Iterable[str] = (),
    ranges: Callable[..., Sequence[tuple[int, int, int]]] | None = None,
    holds: Callable[[bytes], bool] | None = None,
    beginning: Callable[..., Any] | None = None,
) -> Callable[[F], F]:
    """Register a function `(SourceFile) -> iterator of Samples` as the reader of some file name extensions.

    A reader of text gives blocks of `Passages`, and between them what `sslabel.readers` has for what is no passage.
    `fields` are those of the source that `--keep` may carry along; `*` stands for any, as records have them.
    `ranges` cuts large files, `holds` says of a file whether it is for this reader, and `beginning` gives the part of
    one that is looked at before a run (see `Reader`). An extension may have one reader for each kind.
    """

    def register(function: F) -> F:
        name, origin = _named(function, takes)
        about = (name, function, takes, origin)
        _add("reader", Reader(*about, tuple(extensions), tuple(fields), ranges, holds, beginning))
        return function

    return register


def writer(*, extension: str) -> Callable[[F], F]:
    """Register a class of shard writers."""

    def register(function: F) -> F:
        name, origin = _named(function, "")
        _add("writer", Writer(name, function, "", origin, extension))
        return function

    return register


def _named(function: Callable[..., Any], takes: str) -> tuple[str, str]:
    if takes and takes not in TAKES:
        msg = f"{function.__name__} takes {takes!r}, which is none of {', '.join(TAKES)}"
        raise UsageError(msg)
    return function.__name__.rstrip("_").replace("_", "-").lower(), function.__module__


def _checked(name: str, given: Iterable[str], known: tuple[str, ...]) -> frozenset[str]:
    words = frozenset([given] if isinstance(given, str) else given)
    for word in words - set(known):
        raise UsageError(f"{name}: {word!r} is none of {', '.join(known)}")
    return words


def _add(kind: str, entry: Entry) -> None:
    earlier = _registered[kind].get(entry.name)
    if earlier is not None and earlier.origin != entry.origin:
        msg = f"there are two {kind}s named {entry.name!r}: in {earlier.origin} and in {entry.origin}"
        raise UsageError(msg)
    _registered[kind][entry.name] = replace(entry, package=_loading[-1] if _loading else None)
    readers_by_extension.cache_clear()


def all_of(kind: str, takes: Collection[str] | None = None) -> Mapping[str, Any]:
    """Everything registered of a kind (task, noise, reader, writer), by name, in order of names.

    With `takes`, only what takes one of these; nothing that takes another is loaded for it.
    """
    if has_packages():
        _discover()
    for one in [""] if takes is None else takes:
        load_own(kind, one)
    found = sorted(_registered[kind].items())
    return MappingProxyType({name: one for name, one in found if takes is None or one.takes in takes})


def find(kind: str, name: str) -> Any:  # noqa: ANN401 - the entry of the kind asked for
    """The entry of that name; else UsageError with the name that was probably meant."""
    wanted = name.replace("_", "-")
    stem = wanted.replace("-", "_")
    if stem.isidentifier() and not has_packages():
        # A file that is called like it is enough, and quicker than all of them.
        if wanted not in _registered[kind]:
            _load_files(kind, f"{stem}.py")
        if wanted in _registered[kind]:
            return _registered[kind][wanted]
    entries = all_of(kind)
    if wanted not in entries:
        others = [other for other in _registered if other != kind and wanted in all_of(other)]
        hint = f"; {wanted} is a {others[0]}" if others else did_you_mean(wanted, entries)
        msg = f"no {kind} is named {name!r}{hint}"
        raise UsageError(msg)
    return entries[wanted]


def find_task(name: str) -> Task:
    """The task of that name."""
    entry: Task = find("task", name)
    return entry


def find_noise(name: str) -> Noise:
    """The noise of that name."""
    entry: Noise = find("noise", name)
    return entry


def find_readers(extension: str, kinds: Iterable[str] = TAKES) -> tuple[Reader, ...]:
    """The readers of a file name extension (`.jpg`, `.txt.gz`; `/` is a folder), one at most for each of the kinds."""
    return readers_by_extension(frozenset(kinds)).get(extension.lower(), ())


@cache
def readers_by_extension(kinds: frozenset[str] = frozenset(TAKES)) -> dict[str, tuple[Reader, ...]]:
    """Every extension that can be read as any of these kinds. No readers of other kinds are loaded for it."""
    found: dict[str, tuple[Reader, ...]] = {}
    for one in all_of("reader", kinds).values():
        for extension in one.extensions:
            found[extension] = (*found.get(extension, ()), one)
    return found


def has_packages() -> bool:
    """Whether any installed package brings plug-ins."""
    return bool(_entry_points())


def expect_no_packages() -> None:
    """Do not look for packages that bring plug-ins: it is known that there are none, and the search takes time."""
    _searched.append(())


_searched: list[tuple[EntryPoint, ...]] = []


def _entry_points() -> tuple[EntryPoint, ...]:
    if not _searched:
        from importlib.metadata import entry_points

        found = entry_points(group="sslabel.plugins")
        _searched.append(tuple(sorted(found, key=lambda point: (point.name, point.value))))
    return _searched[0]


@cache
def load_own(kind: str, takes: str = "") -> None:
    """Load all of a kind that this package itself registers, or those for images, texts or videos, once."""
    _load_files(kind, "*.py", takes)


def _load_files(kind: str, pattern: str, takes: str = "") -> None:
    import importlib

    package = Path(__file__).parent
    for path in sorted((package / _FOLDERS[kind] / takes).rglob(pattern)):
        if path.stem != "__init__":
            importlib.import_module(".".join(("sslabel", *path.relative_to(package).with_suffix("").parts)))


@cache
def _discover() -> None:
    for kind in _FOLDERS:
        load_own(kind)
    for point in _entry_points():
        found = getattr(point, "dist", None)
        _loading.append((found.name, found.version) if found is not None else (point.name, "unknown"))
        try:
            point.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code may fail in any way, and stop nothing
            warnings.warn(f"plug-in {point.name} ({point.value}) was not loaded: {error!r}", stacklevel=2)
        finally:
            _loading.pop()


_plugins: dict[str, str] = {}
"""The module that each plug-in file was loaded as."""


def _forget_plugin(path: str, name: str) -> None:
    """Where a file was edited since it was loaded, what it registered then is gone."""
    before = _plugins.get(path)
    _plugins[path] = name
    if before is not None:
        sys.modules.pop(before, None)
        for entries in _registered.values():
            for entry in [entry for entry in entries.values() if entry.origin == before]:
                del entries[entry.name]
        readers_by_extension.cache_clear()


def load_plugin(path: str) -> None:
    """Import a user's own file, whose decorated functions are then found like any others; once for each content."""
    import importlib.util

    try:
        content = Path(path).read_bytes()
    except OSError as error:
        msg = f"--plugin {path}: {error.strerror}"
        raise UsageError(msg) from None
    name = f"sslabel_plugin_{Path(path).stem}_{hashlib.sha256(content).hexdigest()[:12]}"
    if name in sys.modules:
        return
    _forget_plugin(str(Path(path).resolve()), name)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        msg = f"--plugin {path}: a Python file (.py) is needed"
        raise UsageError(msg)
    _discover()
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except UsageError as error:
        del sys.modules[name]
        msg = f"--plugin {path}: {error}"
        raise UsageError(msg) from None
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        msg = f"--plugin {path} cannot be imported: {type(error).__name__}: {error}"
        raise UsageError(msg) from error
