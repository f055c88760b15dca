"""An example for a person: its pictures side by side, its text with what was hidden set in, the rest by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sslabel.look.cells import Images, Panel, strips
from sslabel.look.clips import below, masks_of, numbers_of, stem_of, strips_of
from sslabel.look.marks import Piece, in_a_row, in_brackets, marked
from sslabel.look.parts import PICTURES, Part, Stored, Unread, plain
from sslabel.look.terminal import bytes_in_words, one_line, printable
from sslabel.values import Category, ClassMap, Mask, Numbers, Order, Picture, Text, Texts

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_MOST_LETTERS = 2_000
_IN_HEADING, _CHAINS = ("source", "task", "copy"), ("augment", "noise")
_NAMED = 3


@dataclass(frozen=True)
class Drawn:
    """An example as rich draws it on a terminal; `images` says how, None for no pictures."""

    stored: Stored
    images: Images | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.rule import Rule
        from rich.segment import Segment
        from rich.text import Text as Styled

        width = options.max_width
        title, below_it = _fitted(_heading(self.stored), width)
        yield Rule(Styled(title, "bold", overflow="ellipsis", no_wrap=True), align="left", style="dim")
        colored = console.color_system is not None and not console.no_color
        if self.images is not None:
            rows = max(_LEAST_ROWS, min(_MOST_ROWS, options.size.height - 8))
            for line in strips(panels(self.stored), width, rows, self.images):
                yield from line
                yield Segment.line()
        facts = [*_facts(self.stored, pictures=self.images is None), *below_it]
        wide = min(max((len(name) for name, _ in facts), default=0), 2 * width // 5)
        for name, pieces in facts:
            yield from _fact(console, options, (name, wide), pieces, colored=colored)


def _fitted(parts: dict[str, str], width: int) -> tuple[str, list[tuple[str, list[Piece]]]]:
    """A heading no wider than that, and what had to be left out of it: a key that is cut could not be asked for."""
    from rich.cells import cell_len

    left_out = dict[str, str]()
    for name in ("key", "shard"):
        if name in parts and len(parts) > 1 and cell_len(_BETWEEN.join(parts.values())) > width - 2:
            left_out = {name: parts.pop(name), **left_out}
    return _BETWEEN.join(parts.values()), [(name, [(part, "plain")]) for name, part in left_out.items()]


_LEAST_ROWS, _MOST_ROWS = 6, 24
_BETWEEN = " · "
_STYLES = {
    "plain": "",
    "hidden": "black on green",
    "kept": "underline green",
    "instead": "red strike",
    "number": "bold cyan",
}


def _fact(
    console: Console, options: ConsoleOptions, name: tuple[str, int], pieces: Sequence[Piece], *, colored: bool
) -> Iterator[Any]:
    """A field or a note: its name, and beside it what it is, in as many lines as it takes."""
    from rich.cells import set_cell_size
    from rich.segment import Segment
    from rich.style import Style
    from rich.text import Text as Styled

    label, wide = name
    words = Styled()
    if colored:
        for text, kind in pieces:
            words.append(printable(text), _STYLES[kind])
    else:
        words.append(printable(in_brackets(pieces)))
    words.expand_tabs(4)
    room = max(8, options.max_width - wide - 2)
    lines = console.render_lines(words, options.update(width=room, height=None), pad=False) or [[]]
    for number, line in enumerate(lines):
        shown = set_cell_size(label if number == 0 else "", wide)
        yield Segment(f"{shown}  ", Style(dim=True) if colored else None)
        yield from line
        yield Segment.line()


def listing(stored: Stored) -> list[str]:
    """The example as plain lines, for what is no terminal: a line a field, pictures by their size."""
    facts = list(_facts(stored, pictures=True))
    wide = max((len(name) for name, _ in facts), default=0)
    return [heading(stored), *(f"  {name:<{wide}}  {one_line(in_brackets(pieces))}" for name, pieces in facts)]


def heading(stored: Stored) -> str:
    """What the example is, in one line: task, source, shard, key."""
    return _BETWEEN.join(_heading(stored).values())


def _heading(stored: Stored) -> dict[str, str]:
    copy = stored.meta.get("copy", 0)
    parts = {
        "task": stored.task,
        "source": stored.meta.get("source"),
        "copy": f"copy {copy}" if copy else "",
        "shard": stored.shard,
        "key": stored.key,
    }
    return {name: one_line(str(part)) for name, part in parts.items() if part}


def panels(stored: Stored) -> list[list[Panel]]:
    """The pictures of an example with captions, those of a clip together; a mask lies over what it belongs to.

    Frames that the label puts in order have their numbers in the source.
    """
    shown = {name: one for name, one in stored.values.items() if isinstance(one, Picture | Mask | ClassMap)}
    numbers, masks = numbers_of(stored.values), masks_of(shown)
    found: list[list[Panel]] = []
    alone = False
    for names in strips_of(shown):
        if names[0] in masks.values():
            continue
        own = [_panel(name, shown, numbers.get(name), masks.get(name, "")) for name in names]
        if alone and len(names) == 1:
            found[-1] += own
        else:
            found.append(own)
        alone = len(names) == 1
    return found


def _panel(name: str, shown: Mapping[str, Any], number: int | None, mask: str) -> Panel:
    value = shown[name]
    if isinstance(value, Mask):
        base = below(name, shown)
        return Panel(one_line(name), value) if base is None else Panel(one_line(f"{name} on {base[0]}"), base[1], value)
    return Panel(one_line(name if number is None else f"{name} · {number}"), value, shown.get(mask))


def _facts(stored: Stored, *, pictures: bool) -> Iterator[tuple[str, list[Piece]]]:
    """The names and contents of what is no picture, of notes, and, where they are not drawn, of pictures."""
    values = {name: part.value for name, part in stored.parts.items() if part.kind not in PICTURES}
    set_in = marked(*stored.step, values, stored.meta)
    drawn: list[Part] = []
    for _, group in groupby(stored.parts.values(), key=_strip):
        own = list(group)
        if own[0].kind not in PICTURES or (not pictures and isinstance(own[0].value, Unread)):
            for part in own:
                inside = set_in if part.name == "input" else ()
                yield one_line(part.name) + ", marked" * bool(inside), inside or _pieces(part)
        elif pictures:
            yield one_line(_span(own)), [(_about(own), "plain")]
        else:
            drawn += own
    if drawn:
        alike = (list(group) for _, group in groupby(drawn, key=lambda part: (part.dimensions, part.extension)))
        yield "pictures", [(", ".join(one_line(f"{_span(group)} {_about(group)}") for group in alike), "plain")]
    notes = {name: note for name, note in stored.meta.items() if name not in _IN_HEADING}
    for name in _CHAINS:
        if chain := notes.pop(name, ""):
            yield name, [(str(chain), "plain")]
    if notes:
        yield "notes", [("  ".join(_note(name, note) for name, note in notes.items()), "plain")]


def _strip(part: Part) -> tuple[Any, ...]:
    """What the frames of a clip have in common where they are all of one size."""
    return (stem_of(part.name), part.dimensions, part.extension) if part.kind in PICTURES else (part.name,)


def _note(name: str, note: Any) -> str:  # noqa: ANN401 - any JSON value
    shown = f"{note:.6g}" if isinstance(note, float) else json.dumps(note, ensure_ascii=False)
    plain_word = isinstance(note, str) and note and not any(letter.isspace() or letter == '"' for letter in note)
    return one_line(f"{name}={note if plain_word else shown}")


def _span(parts: Sequence[Part]) -> str:
    """The names of several fields: `input, label`, `input_0 to input_3, label`."""
    names = [part.name for part in parts]
    if len(names) <= _NAMED:
        return ", ".join(names)
    strips = [list(group) for _, group in groupby(names, stem_of)]
    return ", ".join(one[0] if len(one) == 1 else f"{one[0]} to {one[-1]}" for one in strips)


def _about(parts: Sequence[Part]) -> str:
    """What pictures of one size and format are, without a look at their pixels: `640×480 jpg 34 kB`."""
    width, height = parts[0].dimensions or (0, 0)
    about = " ".join(filter(None, [f"{width}×{height}" if width else "", parts[0].extension, _bytes(parts)]))
    return about if width else f"{about}, not a whole picture"


def _bytes(parts: Sequence[Part]) -> str:
    total = sum(part.size for part in parts)
    return bytes_in_words(total) if total else ""


def _pieces(part: Part) -> list[Piece]:  # noqa: PLR0911 - one return for each kind
    value = part.value
    if isinstance(value, Text):
        return [(_shortened(value.text), "plain")]
    if isinstance(value, Texts):
        row = _BETWEEN.join(value.texts)
        return [(_shortened(row if in_a_row(value) else "\n".join(f"· {text}" for text in value.texts)), "plain")]
    if isinstance(value, Category):
        return [(value.name, "number"), (f" (class {value.index} of {len(value.names)})", "plain")]
    if isinstance(value, Order):
        return [(" ".join(map(str, value.order)), "number")]
    if isinstance(value, Unread):
        about = " ".join(filter(None, [part.extension, _bytes([part])]))
        return [("; ".join(filter(None, [about, value.why])), "plain")]
    if isinstance(value, Numbers) or hasattr(value, "dtype"):
        return [(_numbers(value.array if isinstance(value, Numbers) else value), "plain")]
    if isinstance(value, list) and value and all(type(one) in (int, float) for one in value):
        return [(_row(value), "plain")]
    told = plain(value, part)
    return [(_shortened(told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)), "plain")]


_FEW = 64


def _numbers(array: Any) -> str:  # noqa: ANN401 - an array
    """A few numbers one by one, rows apart; of many the shape and the range."""
    import numpy as np

    if array.dtype.kind not in "iufb":
        return f"{'×'.join(map(str, array.shape))} {array.dtype.name}"
    if array.ndim <= 1:
        return _row(np.atleast_1d(array).tolist())
    shape = f"{'×'.join(map(str, array.shape))} {array.dtype.name}"
    if array.size <= _FEW and array.ndim == 2:  # noqa: PLR2004 - rows and columns
        return " · ".join(" ".join(f"{one:.6g}" for one in row) for row in array.tolist())
    return f"{shape}, {array.min():.6g} to {array.max():.6g}" if array.size else shape


def _row(numbers: Sequence[float]) -> str:
    """The first numbers of a row, and how many more there are."""
    most = _FEW // 2 if any(isinstance(one, float) for one in numbers) else 4 * _FEW
    more = f" … {len(numbers) - most:,} more" if len(numbers) > most else ""
    return " ".join(f"{one:.6g}" if isinstance(one, float) else str(one) for one in numbers[:most]) + more


def _shortened(text: str) -> str:
    over = len(text) - _MOST_LETTERS
    return f"{text[:_MOST_LETTERS]} … {over:,} more characters" if over > 0 else text
