"""The chain of noises is read back as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.look.chains import read_chain


@pytest.mark.parametrize(
    ("chain", "steps"),
    [
        ("", []),
        ("grayscale()", [("grayscale", {})]),
        ("hue(shift=-0.03)", [("hue", {"shift": "-0.03"})]),
        (
            "gaussian-noise(sigma=0.08) > hue-2(shift=1e-05)",
            [("gaussian-noise", {"sigma": "0.08"}), ("hue-2", {"shift": "1e-05"})],
        ),
        ("erase(ratio=0.3,0.5, fill=mean)", [("erase", {"ratio": "0.3,0.5", "fill": "mean"})]),
        (
            "blank-words(rate=0.2, blank=(_), keep=no, not)",
            [("blank-words", {"rate": "0.2", "blank": "(_)", "keep": "no, not"})],
        ),
        ("blank-words(blank= > ) > hue(shift=1)", [("blank-words", {"blank": " > "}), ("hue", {"shift": "1"})]),
        ("no chain at all", []),
    ],
)
def test_chains(chain: str, steps: list[tuple[str, dict[str, str]]]) -> None:
    assert read_chain(chain) == steps


@given(st.text())
def test_any_string_is_read(chain: str) -> None:
    assert all(isinstance(options, dict) for _, options in read_chain(chain))
