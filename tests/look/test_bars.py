"""Sections fit the window of a terminal, and are whole where there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sslabel.look.bars import section_lines
from sslabel.look.report import Bar, Section
from sslabel.look.terminal import one_line

SECTION = Section("label", [("size", "5×4")], [Bar("left", 0.75, "3  75%"), Bar("right", 0.25, "1  25%")])


@pytest.mark.parametrize(
    ("width", "ascii_only", "lines"),
    [
        (None, False, ["  label", "    size   5×4", "    left   3  75%", "    right  1  25%"]),
        (
            40,
            False,
            ["  label", "    size   5×4", f"    left   3  75%  {'█' * 21}", f"    right  1  25%  {'█' * 7}"],
        ),
        (40, True, ["  label", "    size   5×4", f"    left   3  75%  {'#' * 21}", f"    right  1  25%  {'#' * 7}"]),
        (20, False, ["  label", "    size   5×4", "    left   3  75%", "    right  1  25%"]),
    ],
)
def test_lines(width: int | None, ascii_only: bool, lines: list[str]) -> None:
    assert list(section_lines([SECTION], width, ascii_only=ascii_only)) == lines


def test_a_small_share_is_seen_and_none_is_not() -> None:
    section = Section("label", [], [Bar("a", 1.0, "9999"), Bar("b", 0.0001, "1"), Bar("c", 0.0, "0")])
    lines = list(section_lines([section], 40))
    assert [line.partition("  ")[2].rstrip()[-1] for line in lines[1:]] == ["█", "▏", "0"]
    assert list(section_lines([section], 40, ascii_only=True))[2].endswith(" 1  #")


LONG = Section("left out", [("a-name-that-is-long", "one two three four five six seven"), ("b", "eight")], [])


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (None, ["    a-name-that-is-long  one two three four five six seven", "    b                    eight"]),
        (
            36,
            [
                "    a-name-that-is-long",
                "                  one two three four",
                "                  five six seven",
                "    b             eight",
            ],
        ),
        (
            24,
            [
                "    a-name-that-is-long",
                "              one two",
                "              three four",
                "              five six…",
                "    b         eight",
            ],
        ),
    ],
)
def test_what_is_wider_than_the_window_is_broken(width: int | None, lines: list[str]) -> None:
    assert list(section_lines([LONG], width))[1:] == lines


TEXTS = st.text(max_size=50)
SECTIONS = st.builds(
    Section,
    TEXTS,
    st.lists(st.tuples(TEXTS, TEXTS), max_size=3),
    st.lists(st.builds(Bar, TEXTS, st.floats(0, 1), TEXTS), max_size=4),
)


@given(SECTIONS, st.integers(10, 200))
def test_any_strings_fit_any_window_and_are_harmless(section: Section, width: int) -> None:
    for line in section_lines([section], width):
        assert cell_len(line) <= width
    for line in section_lines([section], None):
        assert one_line(line) == line
