"""Pictures as cells: averaged over areas, their aspect kept, within the window; masks laid over what they belong to."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from sslabel.look.cells import Line, Panel, box, strips
from sslabel.values import ClassMap, Mask, Picture


def picture(width: int, height: int, color: tuple[int, int, int] = (10, 120, 250)) -> Picture:
    return Picture(np.full((height, width, 3), color, np.uint8))


def colors(line: Line) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The upper and lower colour of each cell."""
    found = []
    for segment in line:
        if segment.text.startswith("▀"):
            assert segment.style is not None
            upper, lower = segment.style.color, segment.style.bgcolor
            assert upper is not None
            assert lower is not None
            assert upper.triplet is not None
            assert lower.triplet is not None
            found += [(tuple(upper.triplet), tuple(lower.triplet))] * len(segment.text)
    return found


def test_a_cell_is_two_pixels() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0], pixels[1, 0], pixels[0, 1], pixels[1, 1] = (255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 8, 7)
    _, line = strips([[Panel("", Picture(pixels))]], 2, 1, "blocks")
    assert colors(line) == [((255, 0, 0), (0, 255, 0)), ((0, 0, 255), (9, 8, 7))]


def test_in_256_colours_a_cell_has_two_of_them() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0], pixels[1, 0], pixels[0, 1], pixels[1, 1] = (255, 0, 0), (0, 255, 0), (0, 0, 255), (8, 8, 8)
    _, line = strips([[Panel("", Picture(pixels))]], 2, 1, "blocks256")
    styles = [segment.style for segment in line]
    numbers = [(one.color.number, one.bgcolor.number) for one in styles if one and one.color and one.bgcolor]
    assert numbers == [(196, 46), (21, 232)]


def test_what_is_smaller_is_averaged_over_areas() -> None:
    pixels = np.zeros((80, 80, 3), np.uint8)
    pixels[:, ::2] = 200
    shown = list(strips([[Panel("", Picture(pixels))]], 8, 4, "blocks"))
    assert {color for line in shown for cell in colors(line) for color in cell} == {(100, 100, 100)}


def test_what_has_fewer_pixels_than_cells_is_enlarged_without_new_colours() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0] = 255
    shown = [cell for line in strips([[Panel("", Picture(pixels))]], 20, 10, "blocks") for cell in colors(line)]
    assert {color for cell in shown for color in cell} == {(0, 0, 0), (255, 255, 255)}


@pytest.mark.parametrize(
    ("size", "window", "cells"),
    [
        ((100, 100), (80, 10), (20, 10)),
        ((200, 100), (80, 10), (40, 10)),
        ((200, 100), (20, 10), (20, 5)),
        ((100, 400), (80, 10), (5, 10)),
        ((1, 1000), (80, 10), (1, 10)),
        ((1000, 1), (80, 10), (80, 1)),
        ((1, 1), (80, 10), (20, 10)),
    ],
)
def test_the_aspect_is_kept(size: tuple[int, int], window: tuple[int, int], cells: tuple[int, int]) -> None:
    assert box(*size, *window) == cells


@pytest.mark.parametrize("images", ["blocks", "ascii"])
@pytest.mark.parametrize("width", [8, 20, 40, 80, 200])
@pytest.mark.parametrize("count", [1, 2, 5, 9, 30])
def test_no_line_is_wider_than_the_window(images: str, width: int, count: int) -> None:
    panels = [Panel(f"input_number_{number}", picture(64 + 9 * number, 48)) for number in range(count)]
    shown = list(strips([panels], width, 16, images))  # type: ignore[arg-type]
    assert max(sum(segment.cell_length for segment in line) for line in shown) <= width
    text = "\n".join("".join(segment.text for segment in line) for line in shown)
    assert text.count("input_") == count


def test_strips_are_as_long_as_each_other() -> None:
    panels = [Panel("x", picture(64, 64)) for _ in range(7)]
    shown = ["".join(segment.text for segment in line) for line in strips([panels], 60, 6, "ascii")]
    assert [line.count("x") for line in shown if "x" in line] == [4, 3]


def test_a_mask_tints_what_it_hides_and_nothing_else() -> None:
    hidden = np.zeros((4, 4), np.uint8)
    hidden[:, :2] = 255
    (_, *shown) = strips([[Panel("", picture(40, 40, (0, 0, 0)), Mask(hidden))]], 4, 2, "blocks")
    for line in shown:
        assert [cell[0] == (0, 0, 0) for cell in colors(line)] == [False, False, True, True]
    (_, *plain) = strips([[Panel("", picture(40, 40, (0, 0, 0)), Mask(hidden))]], 4, 2, "ascii")
    assert ["".join(segment.text for segment in line) for line in plain] == ["//  "] * 2


def test_a_mask_by_itself_and_a_grey_picture_are_shown_in_grey() -> None:
    ramp = np.tile(np.arange(0, 256, 51, dtype=np.uint8), (6, 1))
    for value in (Mask(np.where(ramp > 100, 255, 0).astype(np.uint8)), Picture(ramp)):
        (_, line, *_) = strips([[Panel("", value)]], 6, 3, "blocks")
        assert all(red == green == blue for cell in colors(line) for red, green, blue in cell)


def test_classes_are_told_apart_by_colour() -> None:
    classes = np.arange(16, dtype=np.uint16).reshape(4, 4)
    shown = [cell for line in strips([[Panel("", ClassMap(classes))]], 4, 2, "blocks") for cell in colors(line)]
    assert len({color for cell in shown for color in cell}) == 16


def test_ascii_grows_denser_with_light() -> None:
    ramp = np.repeat(np.arange(0, 256, 25, dtype=np.uint8)[None, :], 22, axis=0)
    (_, line, *_) = strips([[Panel("", Picture(ramp))]], 11, 11, "ascii")
    text = "".join(segment.text for segment in line)
    assert [" .:-=+*#%@".index(one) for one in text] == sorted(" .:-=+*#%@".index(one) for one in text)
    assert (text[0], text[-1]) == (" ", "@")


def test_kitty_is_sent_the_picture_and_told_not_to_answer() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    shown = list(strips([[Panel("input", Picture(noise))]], 40, 10, "kitty"))
    codes = [segment for line in shown for segment in line if segment.control]
    sent = "".join(segment.text for segment in codes)
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent)
    assert chunks[0][0].split(",")[:4] == ["a=T", "f=100", "q=2", "C=1"]
    assert [keys.rpartition("m=")[2] for keys, _ in chunks] == ["1"] * (len(chunks) - 1) + ["0"]
    assert max(len(data) for _, data in chunks) <= 4096
    with Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in chunks)))) as decoded:
        assert decoded.width * 3 == pytest.approx(decoded.height * 4, rel=0.05)
    assert [sum(segment.cell_length for segment in line) for line in shown] == [27] * 11
    assert re.sub(r"\x1b_G[^\x1b]*\x1b\\", "", sent) == "\n" * 11 + "\x1b[11A"


def test_no_pictures_give_no_lines() -> None:
    assert list(strips([], 80, 10, "blocks")) == []


@pytest.mark.parametrize(
    ("count", "size", "width", "strips_of", "rows"),
    [
        (2, (640, 480), 80, [2], 14),  # as large as the window lets them be
        (5, (320, 180), 98, [5], 5),
        (9, (64, 64), 120, [9], 5),
        (9, (64, 64), 80, [5, 4], 7),  # none of the room of two strips is left
        (16, (320, 176), 120, [6, 6, 4], 5),
        (16, (320, 176), 80, [4, 4, 4, 4], 5),
    ],
)
def test_pictures_take_few_strips_and_fill_them(
    count: int, size: tuple[int, int], width: int, strips_of: list[int], rows: int
) -> None:
    panels = [Panel("input_0 · 0" if size == (64, 64) else "x", picture(*size)) for _ in range(count)]
    shown = ["".join(segment.text for segment in line) for line in strips([panels], width, 24, "ascii")]
    captions = [line for line in shown if "x" in line or "input" in line]
    assert [max(line.count("x"), line.count("input")) for line in captions] == strips_of
    assert len(shown) == len(strips_of) * (rows + 1)


def test_clips_that_can_be_a_strip_each_are() -> None:
    groups = [[Panel(f"input_{clip}_{frame}", picture(320, 180)) for frame in range(6)] for clip in range(6)]
    for width, rows in ((80, 3), (120, 5), (200, 8)):
        assert len(list(strips(groups, width, 24, "ascii"))) == 6 * (rows + 1)


def test_clips_begin_strips_of_their_own_where_all_do_not_fit_one() -> None:
    groups = [[Panel(f"{clip}-{frame}", picture(40, 20, (9, 9, 9))) for frame in range(3)] for clip in "ab"]
    for width, captions in ((200, ["a-0 a-1 a-2 b-0 b-1 b-2"]), (90, ["a-0 a-1 a-2", "b-0 b-1 b-2"])):
        shown = [" ".join("".join(one.text for one in line).split()) for line in strips(groups, width, 10, "ascii")]
        assert [line for line in shown if line.startswith(("a", "b"))] == captions
