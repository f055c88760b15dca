"""What a terminal is taken to show, by what it says of itself."""

from __future__ import annotations

import pytest

from sslabel.cli.window import colors


@pytest.mark.parametrize(
    ("surroundings", "shown"),
    [
        ({}, "truecolor"),
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "tmux-256color", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "screen"}, "256"),
        ({"TERM": "linux"}, "256"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, None),
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, None),
        ({"NO_COLOR": "", "COLORTERM": "truecolor"}, "truecolor"),
    ],
)
def test_colors_by_what_the_surroundings_say(surroundings: dict[str, str], shown: str | None) -> None:
    assert colors(surroundings) == shown
