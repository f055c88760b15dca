"""What was hidden, replaced or changed in a text is found again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.look.spots import marks, pieces
from sslabel.values import Numbers, Text, Value


def marked(fields: dict[str, Value], options: dict[str, Any] | None = None) -> dict[str, list[str]]:
    found = marks(fields, options or {})
    texts = {name: value.text for name, value in fields.items() if isinstance(value, Text)}
    return {name: [texts[name][begin:end] for begin, end in spans] for name, spans in found.items()}


def numbers(*values: int) -> Numbers:
    return Numbers(np.array(values, np.int32))


@pytest.mark.parametrize(
    ("fields", "options", "expected"),
    [
        ({"input": Text("plain")}, {}, {"input": []}),
        ({"input": Text("a [MASK] b ____")}, {}, {"input": ["[MASK]", "____"]}),
        ({"input": Text("a <extra_id_12> b")}, {}, {"input": ["<extra_id_12>"]}),
        ({"input": Text("a ??? b")}, {"mask": "???"}, {"input": ["???"]}),
        ({"input": Text("a b"), "label": numbers(0, 1)}, {}, {"input": ["b"]}),
        ({"input": Text("a b c"), "label": numbers(0, 1)}, {}, {"input": []}),
        ({"input": Text("[MASK] b c"), "label_position": numbers(0, 2)}, {}, {"input": ["[MASK]", "c"]}),
        ({"input": Text("[MASK] b"), "label_position": numbers(0, 2)}, {}, {"input": ["[MASK]"]}),
        ({"input": Text("a x c d"), "label": Text("a b c d")}, {}, {"input": ["x"], "label": ["b"]}),
        ({"input": Text("a b c"), "label": Text("a b c")}, {}, {"input": [], "label": []}),
        ({"input": Text("a b c"), "label": Text("x y z")}, {}, {"input": [], "label": []}),
        ({"label": Text("x")}, {}, {"label": []}),
    ],
)
def test_marks(fields: dict[str, Value], options: dict[str, Any], expected: dict[str, list[str]]) -> None:
    assert marked(fields, options) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_pieces_come_to_the_text(text: str, other: str) -> None:
    fields: dict[str, Value] = {"input": Text(text), "label": Text(other)}
    for name, spans in marks(fields, {"mask": other[:2]}).items():
        whole = text if name == "input" else other
        assert "".join(piece for piece, _ in pieces(whole, spans)) == whole
        assert all(begin < end for begin, end in spans)
