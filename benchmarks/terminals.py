"""`python -m benchmarks terminals [OUT]` renders what `preview` and `inspect` show in a terminal, for the README.

Writes preview.svg and inspect.svg into OUT, by default sample_data/. Text is text; the cells of a picture are one
small image, two pixels a cell, which keeps the files small.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import MONOKAI

import sslabel
from benchmarks.timing import ROOT
from sslabel.look.drawing import Drawn
from sslabel.look.inspection import Asked, examples
from sslabel.look.parts import Stored
from sslabel.look.previews import preview
from sslabel.look.wanted import Wanted
from sslabel.recipe import Settings

COLUMNS, ROWS = 96, 26
_WIDE, _HIGH, _SIZE, _EDGE = 8.4, 18, 14, 14
_HALF = "▀"
_OTHERS = shutil.ignore_patterns("*.jsonl", "*.md")
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"


def main(out: str = str(ROOT / "sample_data")) -> None:
    """Write the two pictures."""
    photo, text = ROOT / "sample_data/images/objects/drum.jpg", ROOT / "sample_data/texts/coriolanus.txt"
    inpaint = "inpaint:mask=brush"
    made = [
        *preview(photo, Settings.read({"task": [inpaint], "noise": ["gaussian-noise:sigma=0.1"]}), 1),
        *preview(text, Settings.read({"task": ["masked-word"]}), 2),
    ]
    commands = [
        f"sslabel preview drum.jpg --task {inpaint} --noise gaussian-noise:sigma=0.1",
        "sslabel preview coriolanus.txt --task masked-word --count 2",
    ]
    shown = [one for one in made if isinstance(one, Stored)]
    page = [*_prompt(commands[0]), *_drawn(shown[:1]), *_prompt(commands[1]), *_drawn(shown[1:])]
    Path(out, "preview.svg").write_text(svg(page), "utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("images", "clips", "texts"):
            shutil.copytree(ROOT / "sample_data" / kind, Path(folder, "raw", kind), ignore=_OTHERS)
        tasks = ["colorize", "next-frame:context=3,stride=0.2", "span-corruption"]
        sslabel.make(Path(folder, "raw"), Path(folder, "out"), task=tasks)
        page = list(_prompt("sslabel inspect out/ --count 1"))
        page += _drawn(examples(f"{folder}/out", Asked(Wanted(), count=1)))
    Path(out, "inspect.svg").write_text(svg(page), "utf-8")


def _prompt(command: str) -> Iterator[list[Segment]]:
    yield [Segment("$ ", Style(color="green", bold=True)), Segment(command, Style(bold=True))]


def _drawn(shown: Iterable[Stored]) -> Iterator[list[Segment]]:
    console = Console(width=COLUMNS, height=ROWS, color_system="truecolor", force_terminal=True)
    for one in shown:
        yield from console.render_lines(Drawn(one, "blocks"), pad=False)


def svg(lines: Sequence[list[Segment]]) -> str:
    """Lines of a terminal as a picture: light letters on a dark window, under them one image of all cells in colour."""
    width, height = COLUMNS * _WIDE, len(lines) * _HIGH
    cells = np.zeros((2 * len(lines), COLUMNS, 4), np.uint8)
    words = []
    for row, line in enumerate(lines):
        column = 0
        for segment in line:
            if segment.text.startswith(_HALF) and segment.style is not None:
                upper, lower = segment.style.color, segment.style.bgcolor
                assert upper is not None
                assert lower is not None
                at = slice(column, column + len(segment.text))
                cells[2 * row, at] = (*upper.get_truecolor()[::-1], 255)
                cells[2 * row + 1, at] = (*lower.get_truecolor()[::-1], 255)
            elif segment.text.strip():
                words += [*_ground(segment, column, row), _word(segment, column, row)]
            column += segment.cell_length
    _, png = cv2.imencode(".png", cells, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    data = base64.standard_b64encode(png.tobytes()).decode()
    wide, high = width + 2 * _EDGE, height + 2 * _EDGE
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg"',
            f' viewBox="0 0 {wide:g} {high:g}" width="{wide:g}" height="{high:g}"',
            f' font-family="{_FONTS}" font-size="{_SIZE}">',
            f'<rect width="100%" height="100%" rx="8" fill="{MONOKAI.background_color.hex}"/>',
            f'<image x="{_EDGE}" y="{_EDGE}" width="{width:g}" height="{height:g}" preserveAspectRatio="none"',
            f' style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>',
            *words,
            "</svg>\n",
        ]
    )


def _ground(segment: Segment, column: int, row: int) -> Iterator[str]:
    """The ground that a highlighted piece of text stands on."""
    color = segment.style.bgcolor if segment.style is not None else None
    if color is not None:
        x, y, wide = _EDGE + column * _WIDE, _EDGE + row * _HIGH, segment.cell_length * _WIDE
        yield f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{_HIGH}" fill="{color.get_truecolor(MONOKAI).hex}"/>'


def _word(segment: Segment, column: int, row: int) -> str:
    """A piece of text in its place; its length is told, so that any font fits."""
    style = segment.style or Style()
    text = segment.text.rstrip()
    begin = len(text) - len(text.lstrip())
    x, y = _EDGE + (column + begin) * _WIDE, _EDGE + row * _HIGH + 0.75 * _HIGH
    color = style.color.get_truecolor(MONOKAI) if style.color is not None else MONOKAI.foreground_color
    about = f'x="{x:g}" y="{y:g}" textLength="{(cell_len(text) - begin) * _WIDE:g}" fill="{color.hex}"'
    about += ' font-weight="bold"' * bool(style.bold) + ' opacity="0.6"' * bool(style.dim)
    lined = [name for name, there in (("underline", style.underline), ("line-through", style.strike)) if there]
    about += f' text-decoration="{" ".join(lined)}"' if lined else ""
    return f'<text {about} xml:space="preserve">{escape(text.lstrip())}</text>'
