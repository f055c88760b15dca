"""Examples drawn as a terminal would get them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import partial
from typing import Any

from rich.cells import cell_len
from rich.console import Console

from sslabel.codecs import PictureFormat, encode, field_of
from sslabel.look.cells import Images
from sslabel.look.drawing import Drawn
from sslabel.look.parts import Part, Stored
from sslabel.values import Value

INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
SGR = re.compile(r"\x1b\[[\d;]*m")


def stored(
    fields: Mapping[str, Value], task: str = "", options: Mapping[str, Any] | None = None, **meta: Any
) -> Stored:
    """An example of these fields as it would stand in a shard."""
    parts = {}
    for name, value in fields.items():
        field = field_of(name, value, PictureFormat(), lossless=True)
        data = encode(value, field, 90)
        parts[name] = Part.of_member(field, len(data), partial(bytes, data))
    return Stored("k" * 32, parts, lambda: meta, task or "some", "train", "train-000000.tar", (task, options or {}))


def screen(
    one: Stored, images: Images | None = "blocks", width: int = 80, height: int = 24, *, color: bool = True
) -> str:
    """What a terminal of this size is sent."""
    console = Console(
        width=width,
        height=height,
        color_system="truecolor" if color else None,
        force_terminal=True,
        highlight=False,
        markup=False,
        legacy_windows=False,
    )
    with console.capture() as drawn:
        console.print(Drawn(one, images), end="")
    return drawn.get()


def lines(shown: str) -> list[str]:
    """The lines of a screen without their colours."""
    return [SGR.sub("", line).rstrip() for line in shown.splitlines()]


def widest(shown: str) -> int:
    """The most cells that a line takes."""
    return max((cell_len(line) for line in lines(shown)), default=0)


def unseen(text: str) -> list[str]:
    """The letters that a terminal would not show but obey, joiners behind a letter that is written with them aside."""
    return [
        one
        for before, one in zip(f" {text}", text, strict=False)
        if unicodedata.category(one) in INVISIBLE and not (one in "\u200c\u200d" and before >= "\u0590")
    ]
