"""Options, written once: keyword-only parameters become typed options for the command line, YAML and the tables.

    def hue(picture, rng, *, shift: Annotated[float, Between(0, 0.5)] = 0.1)

gives the option `shift`, a number between 0 and 0.5, by default 0.1; its help is the line `shift: ...` of the
docstring. A parameter that ends in `_` (because its name is a word of Python) loses it: `as_` is the option `as`.
"""

from __future__ import annotations

import inspect
import math
import re
import sys
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from sslabel.errors import UsageError

if TYPE_CHECKING:
    from numpy.random import Generator

Raw: TypeAlias = Any
"""An option's value before it is read: a string of the command line, or a value of YAML or Python."""


@dataclass(frozen=True, slots=True)
class Between:
    """The range, both ends included, that a number must lie in."""

    low: float
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Units:
    """Suffixes that a number may carry, and what they multiply by: `Units({"s": 1, "m": 60})`."""

    factors: Mapping[str, float]
    metavar: str


BYTES = Units(
    {"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}, "BYTES"
)
COUNT = Units({"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}, "N")
SECONDS = Units({"": 1, "s": 1, "m": 60, "h": 3600}, "TIME")


@dataclass(frozen=True, slots=True)
class File:
    """The value is the path of a file that is there; what is made depends on its content, not on the path."""


@dataclass(frozen=True, slots=True)
class Help:
    """What an option does, in one line; `panel` is the heading that it stands under."""

    text: str
    panel: str = ""
    metavar: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A range that a value is drawn from anew for each pair: `0.05..0.2`."""

    low: float
    high: float

    def draw(self, rng: Generator) -> float:
        """A value of the span: an integer where both ends are, else a number of six significant digits.

        Six, so that the value that stands in the meta data is exactly the one that was used.
        """
        if isinstance(self.low, int) and isinstance(self.high, int):
            return int(rng.integers(self.low, self.high + 1))
        return float(f"{rng.uniform(self.low, self.high):.6g}")

    def spread(self, uniform: Iterable[float]) -> list[float]:
        """As `draw`, one for each number of [0, 1)."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return [self.low + int(one * (self.high + 1 - self.low)) for one in uniform]
        return [float(f"{self.low + one * (self.high - self.low):.6g}") for one in uniform]

    def __str__(self) -> str:
        return f"{show(self.low)}..{show(self.high)}"


def span(low: float, high: float) -> Any:  # noqa: ANN401 - stands where a number is declared
    """A default that is a range, which a value is drawn from anew for each pair.

    Example: `degrees: float = span(-10.0, 10.0)`
    """
    return Span(low, high)


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name, what it may be, what it is when not given, and a line of help."""

    name: str
    parameter: str
    type: Any
    default: Any
    help: Help = field(default_factory=lambda: Help(""))
    between: Between | None = None
    units: Units | None = None
    file: bool = False

    def read(self, raw: Raw, owner: str) -> Any:  # noqa: ANN401 - an option may be of any type
        """The typed value of `raw`, or a Span where a range of numbers was given; else UsageError."""
        try:
            return self._read(self.type, raw)
        except ValueError as error:
            msg = f"{owner}: {self.name}={show(raw)}: {error}"
            raise UsageError(msg) from None

    def _read(self, kind: Any, raw: Raw) -> Any:  # noqa: ANN401, PLR0911 - one return for each kind
        origin = get_origin(kind)
        if origin in (Union, types.UnionType):
            return self._read_union(get_args(kind), raw)
        if origin is Literal:
            return _read_choice(get_args(kind), raw)
        if origin is tuple:
            items = raw.split(",") if isinstance(raw, str) else raw if isinstance(raw, list | tuple) else [raw]
            values = tuple(self._read(get_args(kind)[0], item) for item in items)
            if any(isinstance(one, Span) for one in values):
                msg = "a list holds single values, not ranges"
                raise ValueError(msg)
            return values
        if kind is bool:
            return _read_bool(raw)
        if kind in (int, float):
            span = _read_span(raw)
            if span is not None:
                return Span(self._number(kind, span[0]), self._number(kind, span[1]))
            return self._number(kind, raw)
        if kind is str and self.file:
            return _read_path(raw)
        if kind is str and isinstance(raw, str):
            return raw
        if kind is str and isinstance(raw, int | float) and not isinstance(raw, bool):
            return str(raw)
        msg = f"{describe(kind)} is needed"
        raise ValueError(msg)

    def _read_union(self, kinds: tuple[Any, ...], raw: Raw) -> Any:  # noqa: ANN401
        if type(None) in kinds and (raw is None or raw == "none"):
            return None
        problem: ValueError | None = None
        for kind in kinds:
            if kind is not type(None):
                try:
                    return self._read(kind, raw)
                except ValueError as error:
                    problem = error
        raise problem or ValueError("a value is needed")

    def _number(self, kind: type, raw: Raw) -> float:
        number = _read_number(kind, raw, self.units)
        if self.between is not None and not self.between.low <= number <= self.between.high:
            low, high = show(self.between.low), self.between.high
            raise ValueError(
                f"must be between {low} and {show(high)}" if high < math.inf else f"must be at least {low}"
            )
        return number

    @property
    def described(self) -> str:
        """What may be given, in words: `a number from 0 to 2`, `rgb, ab or bins`."""
        text = "a file" if self.file else describe(self.type)
        if self.between is None:
            return text
        if self.between.high < math.inf:
            return f"{text} from {show(self.between.low)} to {show(self.between.high)}"
        return f"{text}, at least {show(self.between.low)}"


def _read_path(raw: Raw) -> str:
    if not isinstance(raw, str | Path):
        msg = "a file is needed"
        raise ValueError(msg)  # noqa: TRY004 - callers wait for one kind of error
    if not Path(raw).is_file():
        msg = "there is no such file"
        if str(raw).startswith("sha256:"):
            msg = "a recipe that was written names a file by its content; put the path of that file here"
        raise ValueError(msg)
    return str(raw)


def _read_choice(choices: tuple[Any, ...], raw: Raw) -> Any:  # noqa: ANN401
    for choice in choices:
        if raw == choice or (isinstance(raw, str) and raw == str(choice)):
            return choice
    from difflib import get_close_matches

    near = get_close_matches(str(raw), [str(choice) for choice in choices], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    msg = f"must be {_listed(choices)}{hint}"
    raise ValueError(msg)


def _read_bool(raw: Raw) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    msg = "must be true or false"
    raise ValueError(msg)


_LARGEST = Fraction(sys.float_info.max)

_SPAN = re.compile(r"\s*(\S+?)\.\.(\S+)\s*")


def _read_span(raw: Raw) -> tuple[Raw, Raw] | None:
    if isinstance(raw, Span):
        return raw.low, raw.high
    match = _SPAN.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        return None
    low, high = match.groups()
    if _read_number(float, low, None) > _read_number(float, high, None):
        msg = "a range goes from the smaller to the larger number"
        raise ValueError(msg)
    return low, high


def _read_number(kind: type, raw: Raw, units: Units | None) -> float:
    wanted = "a whole number is needed" if kind is int else "a number is needed"
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueError(wanted)  # noqa: TRY004 - callers wait for one kind of error
    exact: Fraction
    if isinstance(raw, str):
        match = re.fullmatch(r"\s*([+-]?[0-9.]+(?:e[+-]?[0-9]{1,3})?)\s*([A-Za-z]*)\s*", raw)
        known = units.factors if units is not None else {"": 1}
        if match is None or (match[2] not in known and units is None):
            raise ValueError(wanted)
        if match[2] not in known:
            raise ValueError(f"{wanted}, with one of {', '.join(name for name in known if name)}")
        try:
            # As a fraction, so that 1.07GB is exactly 1,070,000,000.
            exact = Fraction(match[1]) * Fraction(known[match[2]])
        except ValueError:
            raise ValueError(wanted) from None
    elif isinstance(raw, float) and not math.isfinite(raw):
        raise ValueError(wanted)
    else:
        exact = Fraction(raw)
    if abs(exact) > _LARGEST or (kind is int and exact.denominator != 1):
        raise ValueError(wanted)
    return int(exact) if kind is int else float(exact)


def show(value: Any) -> str:  # noqa: ANN401 - options may be of any type
    """A value as one would type it: `true`, `none`, `0.08`, `1,2,4,8`, `0.05..0.2`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - exact
    if isinstance(value, tuple | list):
        return ",".join(show(item) for item in value)
    if isinstance(value, Mapping):
        return ",".join(f"{key}={show(item)}" for key, item in value.items())
    return str(value)


def describe(kind: Any) -> str:  # noqa: ANN401 - a type or a typing construct
    """A type in words."""
    origin = get_origin(kind)
    if origin is Annotated:
        return describe(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return " or ".join(describe(one) for one in get_args(kind) if one is not type(None))
    if origin is Literal:
        return _listed(get_args(kind))
    if origin is tuple:
        return f"a list: {describe(get_args(kind)[0])}"
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[kind]


def _listed(choices: tuple[Any, ...]) -> str:
    words = [show(choice) for choice in choices]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def option(name: str, annotation: Any, default: Any, line: str = "") -> Option:  # noqa: ANN401
    """The option that a parameter or a field declares."""
    kind, marks = annotation, list[Any]()
    if get_origin(annotation) is Annotated:
        kind, *marks = get_args(annotation)
    return Option(
        name=name.rstrip("_").replace("-", "_"),
        parameter=name,
        type=kind,
        default=default,
        help=next((mark for mark in marks if isinstance(mark, Help)), Help(line)),
        between=next((mark for mark in marks if isinstance(mark, Between)), None),
        units=next((mark for mark in marks if isinstance(mark, Units)), None),
        file=any(isinstance(mark, File) for mark in marks),
    )


def options_of(function: Callable[..., Any], but: Collection[str] = ()) -> tuple[Option, ...]:
    """The options that a function's keyword-only parameters declare, in their order; those named in `but` are none."""
    lines = option_lines(function)
    found = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.name not in but:
            if parameter.annotation is parameter.empty or parameter.default is parameter.empty:
                msg = f"{function.__module__}.{function.__name__}: {parameter.name} needs a type and a default"
                raise TypeError(msg)
            # Only these are evaluated: the rest may name types that are imported for checking alone.
            annotation = parameter.annotation
            if isinstance(annotation, str):
                annotation = eval(annotation, function.__globals__)  # noqa: S307 - the author's own annotation
            line = lines.get(parameter.name.rstrip("_"), "")
            found.append(option(parameter.name, annotation, parameter.default, line))
    return tuple(found)


def option_lines(function: Callable[..., Any]) -> dict[str, str]:
    """The docstring's `name: what it does` lines, continued on indented lines."""
    lines: dict[str, str] = {}
    name = ""
    for line in (inspect.getdoc(function) or "").splitlines():
        match = re.fullmatch(r"([a-z][a-z0-9_]*): (.+)", line)
        if match:
            name = match[1]
            lines[name] = match[2]
        elif name and line.startswith("  "):
            lines[name] += " " + line.strip()
        else:
            name = ""
    return lines


def read_options(options: tuple[Option, ...], given: Mapping[str, Raw], owner: str) -> dict[str, Any]:
    """All options by parameter, the given ones read, the others at their defaults."""
    by_name = {one.name: one for one in options}
    values = {one.parameter: one.default for one in options}
    for name, raw in named(given, owner).items():
        if name not in by_name:
            raise UsageError(f"{owner} has no option {name!r}{did_you_mean(name, by_name)}")
        values[by_name[name].parameter] = by_name[name].read(raw, owner)
    return values


def named(given: Mapping[str, Raw], owner: str) -> dict[str, Raw]:
    """Raw values by their names with _ for -; UsageError for one that is given under both spellings."""
    values: dict[str, Raw] = {}
    for key, raw in given.items():
        name = str(key).replace("-", "_")
        if name in values:
            msg = f"{owner}: {name} is given twice"
            raise UsageError(msg)
        values[name] = raw
    return values


def did_you_mean(name: str, known: Any) -> str:  # noqa: ANN401 - any iterable of names
    """`; did you mean 'colorize'?`, or what there is where nothing is near."""
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there is {', '.join(names)}" if names else ""


_SPEC = re.compile(r"(?:(?P<use>[A-Za-z][\w-]*)@)?(?P<name>[A-Za-z][\w-]*)(?::(?P<options>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spec:
    """A name with raw options, as typed: `small@rotation:all_turns=true`."""

    name: str
    options: Mapping[str, Raw]
    use: str = ""

    @classmethod
    def parse(cls, text: str) -> Spec:
        """Read `[use@]name[:key=value,...]`; a comma splits only before `key=`."""
        match = _SPEC.fullmatch(text.strip())
        if match is None:
            msg = f"{text!r} is not NAME or NAME:key=value,key=value"
            raise UsageError(msg)
        options: dict[str, str] = {}
        for item in re.split(r",(?=[A-Za-z_][\w-]*=)", match["options"]) if match["options"] else ():
            key, equals, value = item.partition("=")
            if not equals or key in options:
                problem = "is given twice" if equals else "needs a value: key=value"
                msg = f"{text!r}: {key!r} {problem}"
                raise UsageError(msg)
            options[key] = value
        return cls(match["name"].replace("_", "-"), options, (match["use"] or "").replace("_", "-"))
