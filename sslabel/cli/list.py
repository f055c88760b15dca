"""`sslabel list`: the tasks, noises, readers and writers that there are, read off the code."""

from __future__ import annotations

import inspect
import json as json_module
import shutil
import textwrap
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from sslabel.cli.app import command
from sslabel.cli.pager import Pager
from sslabel.errors import UsageError
from sslabel.look.terminal import printable
from sslabel.options import did_you_mean, show

_KINDS = {"tasks": "task", "noises": "noise", "readers": "reader", "writers": "writer"}
_WIDEST = 110


def list_(
    kind: Annotated[str | None, typer.Argument(metavar="[tasks|noises|readers|writers]", show_default=False)] = None,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", show_default=False)] = None,
    *,
    plugin: Annotated[
        list[str], typer.Option(metavar="FILE", help="Python file with tasks or noises of your own.")
    ] = [],  # noqa: B006 - typer's way; it is never changed
    json: Annotated[bool, typer.Option("--json", help="As JSON lines on stdout.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,  # noqa: ARG001
) -> None:
    """List tasks, noises, readers and writers with their options.

    Example: sslabel list tasks colorize
    """
    from sslabel.registry import all_of, find, load_plugin

    for path in plugin:
        load_plugin(path)
    if kind is not None and kind not in _KINDS:
        msg = f"there is no list of {kind!r}{did_you_mean(kind, _KINDS)}"
        raise UsageError(msg)
    kinds = [kind] if kind is not None else list(_KINDS)
    with Pager() as pager:
        if name is not None:
            entry = find(_KINDS[kinds[0]], name)
            pager.write(_line(kinds[0], entry) if json else _lines(_whole(entry)))
            return
        for plural in kinds:
            entries = all_of(_KINDS[plural]).values()
            if json:
                pager.write("".join(_line(plural, entry) for entry in entries))
            else:
                pager.write(_lines([plural, *(line for entry in entries for line in _brief(entry)), ""]))


def _line(plural: str, entry: Any) -> str:  # noqa: ANN401 - an entry of any kind
    return f"{json_module.dumps(_as_json(plural, entry))}\n"


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _width() -> int:
    return min(_WIDEST, shutil.get_terminal_size((100, 24)).columns)


def _wrapped(text: str, indent: int, hanging: int | None = None) -> list[str]:
    below = " " * (indent if hanging is None else hanging)
    return textwrap.wrap(printable(text), _width(), initial_indent=" " * indent, subsequent_indent=below)


def _traits(entry: Any) -> str:  # noqa: ANN401 - an entry of any kind
    parts = [entry.takes] if entry.takes else []
    parts += [f"needs {', '.join(sorted(entry.needs))}"] if getattr(entry, "needs", None) else []
    parts += [f"alters {', '.join(sorted(entry.alters))}"] if getattr(entry, "alters", None) else []
    parts += [" ".join(entry.extensions)] if hasattr(entry, "extensions") else []
    parts += [f".{entry.extension}"] if hasattr(entry, "extension") else []
    return "; ".join(parts)


def _options(entry: Any) -> tuple[Any, ...]:  # noqa: ANN401 - an entry of any kind
    return () if hasattr(entry, "extension") or hasattr(entry, "extensions") else entry.options


def _brief(entry: Any) -> list[str]:  # noqa: ANN401 - an entry of any kind
    lines = _wrapped(f"{entry.name}  ({_traits(entry)})", 2, 4) + _wrapped(entry.summary, 6)
    return lines + _option_lines(entry, 6)


def _option_lines(entry: Any, indent: int) -> list[str]:  # noqa: ANN401 - an entry of any kind
    lines = []
    for one in _options(entry):
        lines += _wrapped(f"{one.name}={show(one.default)}  {one.described}: {one.help.text}", indent, indent + 4)
    return lines


def _whole(entry: Any) -> list[str]:  # noqa: ANN401 - an entry of any kind
    text = inspect.getdoc(entry.function) or ""
    listed = {one.name for one in _options(entry)}
    paragraphs = [part for part in text.split("\n\n") if part.partition(":")[0] not in listed]
    lines = [f"{entry.name}  ({_traits(entry)})", ""]
    for part in paragraphs:
        lines += [*_wrapped(" ".join(part.split()), 0), ""]
    return lines + _option_lines(entry, 2)


def _as_json(plural: str, entry: Any) -> dict[str, Any]:  # noqa: ANN401 - an entry of any kind
    options = {
        one.name: {"default": show(one.default), "is": one.described, "help": one.help.text} for one in _options(entry)
    }
    return {
        "kind": _KINDS[plural],
        "name": entry.name,
        "takes": entry.takes,
        "summary": entry.summary,
        "options": options,
    }


list_.__name__ = "list"
command(list_)
