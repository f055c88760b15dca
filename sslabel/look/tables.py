"""What is registered, as Markdown tables."""

from __future__ import annotations

import re
from typing import Any

from sslabel.options import show
from sslabel.registry import all_of
from sslabel.transforms.video.motion import REASONS

_HEADS = {
    "task": ("task", "what it gives", "options"),
    "noise": ("noise", "what it does", "options"),
    "reader": ("reader", "what it reads", "extensions"),
    "writer": ("writer", "what it writes", "extension"),
    "gate": ("reason", "when"),
}


def table(kind: str, takes: str = "") -> str:
    """A table of all tasks, noises, readers or writers, a row for each; of one kind of source, if one is named.

    The table `gate` is that of the reasons for which windows of films are skipped.
    """
    rows: list[tuple[str, ...]] = [_HEADS[kind], tuple("---" for _ in _HEADS[kind])]
    if kind == "gate":
        rows += REASONS.items()
    else:
        entries = [one for one in all_of(kind).values() if takes in ("", one.takes)]
        rows += [(f"`{one.name}`", one.summary, _last(one)) for one in entries]
    return "\n".join(f"| {' | '.join(_cell(text) for text in row)} |" for row in rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _last(entry: Any) -> str:  # noqa: ANN401 - an entry of any kind
    if hasattr(entry, "extensions"):
        return " ".join(f"`{one}`" for one in entry.extensions)
    if hasattr(entry, "extension"):
        return f"`.{entry.extension}`"
    options = [one for one in entry.options if one.name != "p"]
    return "<br>".join(f"`{one.name}={show(one.default)}` {one.help.text}" for one in options)


def with_tables(text: str) -> str:
    """A Markdown text whose `<!-- table: task text -->` … `<!-- end -->` parts hold the tables of today."""
    part = re.compile(r"(<!-- table: (\w+) ?(\w*) -->\n).*?(<!-- end -->)", re.DOTALL)
    return part.sub(lambda match: f"{match[1]}{table(match[2], match[3])}\n{match[4]}", text)
