"""Pictures as the cells of a terminal: two pixels high in colour, one in ASCII; averaged over areas, aspect kept.

A cell is taken to be twice as high as wide, so that the upper half block `▀`, its foreground one pixel and its
background the one below, gives square pixels.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.segment import ControlType, Segment
from rich.style import Style

from sslabel.look.palette import nearest
from sslabel.values import ClassMap, Mask, Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

Images: TypeAlias = Literal["blocks", "blocks256", "ascii", "kitty"]
"""How pictures are drawn: half blocks in 24-bit colour or in 256 colours, characters of rising density, or kitty's
graphics protocol."""

Line: TypeAlias = list[Segment]

_Color: TypeAlias = int | tuple[int, int, int]

_HALF = "▀"
_DENSITY = " .:-=+*#%@"
_HATCH = "/"
_OVERLAY, _OVERLAY_SHARE = (255, 0, 200), 0.6
_LEAST_ROWS_TOGETHER, _LEAST_ROWS = 5, 4
_MANY_GROUPS, _LEAST_ROWS_OF_MANY = 3, 3
_GAP = 2


@dataclass(frozen=True)
class Panel:
    """A picture with its caption; `hidden` is a mask that is laid over it, of its size or one pixel for each patch."""

    caption: str
    picture: Picture | Mask | ClassMap
    hidden: Mask | None = None

    @property
    def size(self) -> tuple[int, int]:
        """The number of columns and rows of pixels."""
        height, width = (
            (self.picture.height, self.picture.width)
            if isinstance(self.picture, Picture)
            else self.picture.pixels.shape
        )
        return width, height


def strips(groups: Sequence[Sequence[Panel]], width: int, rows: int, images: Images) -> Iterator[Line]:
    """Lines of at most `width` cells with the panels side by side, each at most `rows` high under its caption.

    All are of one height, as large as lets them stand in one strip. Where that would be too small, each group begins a
    strip of its own; in as few strips as there can be, all are as large as these let them be.
    """
    together = [panel for group in groups for panel in group]
    if not together:
        return
    heights = range(rows, min(rows, _LEAST_ROWS_TOGETHER) - 1, -1)
    height = next((one for one in heights if _in_one_strip(together, width, one) == len(together)), 0)
    parted = [together] if height else groups
    height = height or _height(groups, width, rows)
    for group in parted:
        # As many in the last strip as in the others, about.
        each = -(-len(group) // _strips_of(group, width, height))
        for begin in range(0, len(group), each):
            yield from _strip(group[begin : begin + each], width, height, images)


def _height(groups: Sequence[Sequence[Panel]], width: int, rows: int) -> int:
    """The rows of each picture: the most at which there are no more strips than at the fewest."""
    least = _LEAST_ROWS if len(groups) < _MANY_GROUPS else _LEAST_ROWS_OF_MANY
    needed = {
        height: sum(_strips_of(group, width, height) for group in groups)
        for height in range(min(rows, least), rows + 1)
    }
    return max(height for height, strips in needed.items() if strips == min(needed.values()))


def _strips_of(panels: Sequence[Panel], width: int, rows: int) -> int:
    return -(-len(panels) // max(1, _in_one_strip(panels, width, rows)))


def _in_one_strip(panels: Sequence[Panel], width: int, rows: int) -> int:
    """How many of the panels stand side by side, whichever of them come together."""
    boxes = (max(box(*panel.size, width, rows)[0], min(width, cell_len(panel.caption))) for panel in panels)
    ends = accumulate(wide + _GAP for wide in sorted(boxes, reverse=True))
    return sum(end - _GAP <= width for end in ends)


def box(wide: int, high: int, width: int, rows: int) -> tuple[int, int]:
    """The columns and rows of cells of a picture of this aspect, the largest within a window."""
    columns = max(1, round(2 * rows * wide / high))
    if columns > width:
        columns, rows = width, max(1, min(rows, round(width * high / wide / 2)))
    return columns, rows


def _strip(panels: Sequence[Panel], width: int, most: int, images: Images) -> Iterator[Line]:
    strip = [(panel, *box(*panel.size, width, most)) for panel in panels]
    rows = max(lines for _, _, lines in strip)
    drawn = []
    for panel, columns, lines in strip:
        wide = max(columns, min(width, cell_len(panel.caption)))
        picture = [_padded(line, columns, wide) for line in _drawn(panel, columns, lines, images)]
        empty = [[Segment(" " * wide)]] * (rows - lines)
        drawn.append([[Segment(set_cell_size(panel.caption, wide), Style(bold=True))], *picture, *empty])
    if images == "kitty":
        # What is drawn below the last line of a window is lost, so the window is moved up before.
        room = Segment("\n" * (rows + 1) + f"\x1b[{rows + 1}A", None, [(ControlType.CURSOR_UP, rows + 1)])
        drawn[0][0] = [room, *drawn[0][0]]
    gap = Segment(" " * _GAP)
    for parts in zip(*drawn, strict=True):
        line: Line = []
        for part in parts:
            line += [gap, *part] if line else part
        yield line


def _padded(line: Line, columns: int, wide: int) -> Line:
    return line if columns == wide else [*line, Segment(" " * (wide - columns))]


def _drawn(panel: Panel, columns: int, rows: int, images: Images) -> list[Line]:
    if images == "kitty":
        return _kitty(panel, columns, rows)
    if images == "ascii":
        return _ascii(_scaled(panel.picture, columns, rows), _share_hidden(panel.hidden, columns, rows))
    pixels = _overlaid(_scaled(panel.picture, columns, 2 * rows), panel.hidden)
    return _blocks(nearest(pixels).tolist() if images == "blocks256" else pixels.tolist())


def _scaled(picture: Picture | Mask | ClassMap, columns: int, rows: int) -> NDArray[Any]:
    """rows×columns×3 uint8: averages over areas; of what has fewer pixels than that, or of classes, the nearest."""
    import cv2
    import numpy as np

    if isinstance(picture, ClassMap):
        classes = cv2.resize(picture.pixels, (columns, rows), interpolation=cv2.INTER_NEAREST)
        return _class_colors(classes)
    pixels = picture.rgb_at_least(columns, rows) if isinstance(picture, Picture) else picture.pixels
    shrinks = pixels.shape[0] >= rows and pixels.shape[1] >= columns
    scaled = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
    return scaled if scaled.ndim == 3 else np.repeat(scaled[:, :, None], 3, axis=2)  # noqa: PLR2004 - H, W, RGB


def _class_colors(classes: NDArray[Any]) -> NDArray[Any]:
    """Colours that tell neighbouring classes apart: hues the golden section of the circle apart."""
    import cv2
    import numpy as np

    hue = (classes.astype(np.float64) * 0.6180339887) % 1 * 179
    value = np.where(classes % 2, 255, 190)
    hsv = np.stack([hue, np.full_like(hue, 170), value], axis=2).astype(np.uint8)
    colors: NDArray[Any] = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return colors


def _share_hidden(hidden: Mask | None, columns: int, rows: int) -> NDArray[Any] | None:
    """Of each of so many cells the share that is hidden."""
    if hidden is None:
        return None
    import cv2
    import numpy as np

    height, width = hidden.pixels.shape
    way = cv2.INTER_AREA if height >= rows and width >= columns else cv2.INTER_NEAREST
    share: NDArray[Any] = cv2.resize(hidden.pixels, (columns, rows), interpolation=way).astype(np.float64) / 255
    return share


def _overlaid(pixels: NDArray[Any], hidden: Mask | None) -> NDArray[Any]:
    share = _share_hidden(hidden, pixels.shape[1], pixels.shape[0])
    if share is None:
        return pixels
    import numpy as np

    weight = _OVERLAY_SHARE * share[:, :, None]
    overlaid: NDArray[Any] = np.rint(pixels * (1 - weight) + np.array(_OVERLAY) * weight).astype(np.uint8)
    return overlaid


@lru_cache(1 << 14)
def _style(upper: _Color, lower: _Color) -> Style:
    return Style(color=_color(upper), bgcolor=_color(lower))


def _color(of: _Color) -> Color:
    return Color.from_ansi(of) if isinstance(of, int) else Color.from_rgb(*of)


def _blocks(pixels: Sequence[Sequence[Any]]) -> list[Line]:
    """Lines of cells from rows of colours, each a number of the palette or red, green and blue."""
    lines = []
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        line: Line = []
        for top, bottom in zip(upper, lower, strict=True):
            style = _style(*(one if isinstance(one, int) else tuple(one) for one in (top, bottom)))
            if line and line[-1].style is style:
                line[-1] = Segment(line[-1].text + _HALF, style)
            else:
                line.append(Segment(_HALF, style))
        lines.append(line)
    return lines


def _ascii(pixels: NDArray[Any], hidden: NDArray[Any] | None) -> list[Line]:
    luma = pixels @ (0.299, 0.587, 0.114)
    steps = (luma * (len(_DENSITY) - 1) / 255 + 0.5).astype(int).tolist()
    lines = ["".join(_DENSITY[step] for step in row) for row in steps]
    if hidden is not None:
        covered = (hidden > 0.5).tolist()  # noqa: PLR2004 - half of the cell
        lines = [
            "".join(_HATCH if over else cell for cell, over in zip(line, row, strict=True))
            for line, row in zip(lines, covered, strict=True)
        ]
    return [[Segment(line)] for line in lines]


_CHUNK = 4096
_KITTY_PIXELS = 20
"""About how many pixels of a screen a cell is high."""


def _kitty(panel: Panel, columns: int, rows: int) -> list[Line]:
    """The picture by kitty's graphics protocol, over cells that are left empty; the terminal is told not to answer."""
    import cv2

    width, height = panel.size
    scale = min(1.0, rows * _KITTY_PIXELS / height)
    size = max(columns, round(width * scale)), max(rows, round(height * scale))
    pixels = _overlaid(_scaled(panel.picture, *size), panel.hidden)
    _, png = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    data = base64.standard_b64encode(png.tobytes()).decode("ascii")
    chunks = [data[begin : begin + _CHUNK] for begin in range(0, len(data), _CHUNK)]
    codes = []
    for number, chunk in enumerate(chunks):
        about = f"a=T,f=100,q=2,C=1,c={columns},r={rows}," if number == 0 else ""
        codes.append(f"\x1b_G{about}m={int(number < len(chunks) - 1)};{chunk}\x1b\\")
    empty: Line = [Segment(" " * columns)]
    # As a control segment it takes no room.
    return [[Segment("".join(codes), None, [(ControlType.HOME,)]), *empty], *([empty] * (rows - 1))]
