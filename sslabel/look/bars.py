"""Sections of lines and bars as lines of a terminal, as wide as it is; without bars where there is no terminal.

What is said is broken where it is wider, and what is longer than a few lines is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sslabel.look.report import Bar, Section
from sslabel.look.terminal import one_line

_NAMES, _WIDEST, _LINES = 36, 110, 3
_EIGHTHS = " ▏▎▍▌▋▊▉"


def section_lines(found: Sequence[Section], width: int | None, *, ascii_only: bool = False) -> Iterator[str]:
    """The lines of the sections; with `width` fitted to it and with bars, without it whole, as programs want them."""
    for section in found:
        names = [one_line(name) for name, _ in section.lines] + [one_line(bar.name) for bar in section.bars]
        column = min(max(map(_cells, names), default=0), _NAMES if width is None else min(_NAMES, width // 3))
        yield fitted(f"  {one_line(section.title)}", width)
        for name, text in section.lines:
            yield from _told(one_line(name), one_line(text), column, width)
        longest = max((len(one_line(bar.words)) for bar in section.bars), default=0)
        most = max((bar.share for bar in section.bars), default=0.0)
        for bar in section.bars:
            start = f"    {_padded(one_line(bar.name), column, width)}  {one_line(bar.words):>{longest}}"
            yield (
                start if width is None else fitted(start + _drawn(bar, most, width - _cells(start), ascii_only), width)
            )


def _told(name: str, text: str, column: int, width: int | None) -> Iterator[str]:
    """A name and what is said of it, in as many lines as it takes; a name that is too long has a line of its own."""
    start = f"    {_padded(name, column, None)}  "
    if width is None:
        yield start + text
        return
    indent = " " * (column + 6)
    if _cells(name) > column:
        yield fitted(f"    {name}", width)
        start = indent
    for line in broken(text, width - len(indent)):
        yield fitted(start + line, width)
        start = indent


def broken(text: str, cells: int) -> list[str]:
    """A text in lines of so many cells, broken at spaces; the last of a few lines has the rest, however long."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if not lines[-1] or _cells(longer) <= cells or len(lines) == _LINES:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _drawn(bar: Bar, most: float, room: int, ascii_only: bool) -> str:
    room = min(room, _WIDEST) - 2
    if room < 4 or most <= 0:  # noqa: PLR2004 - too narrow to tell anything
        return ""
    eighths = max(1, round(bar.share / most * room * 8)) if bar.share else 0
    if ascii_only:
        return "  " + "#" * (eighths // 8 or bool(eighths))
    return ("  " + "█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _padded(text: str, cells: int, width: int | None) -> str:
    """The text as wide as a column; only where there is a window is it cut."""
    if width is not None:
        text = fitted(text, cells)
    return text + " " * (cells - _cells(text))


def fitted(text: str, cells: int | None) -> str:
    """The text, cut where it is wider than that."""
    if cells is None or _cells(text) <= cells:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, max(0, cells - 1)).rstrip() + "…" if cells > 0 else ""
