"""Every noise on films gives as many frames of the same size at the same times, at both ends of its options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.options import Span
from sslabel.registry import all_of
from tests.clips import moving_clip

NOISES = {name: entry for name, entry in all_of("noise").items() if entry.takes == "video"}


def ends(name: str) -> list[dict[str, Any]]:
    """The defaults, the least and the most of each range, and the limits of each number."""
    options = [one for one in NOISES[name].options if one.parameter != "p"]
    spans = {one.parameter: one.default for one in options if isinstance(one.default, Span)}
    limits = [(one.parameter, end) for one in options if one.between for end in (one.between.low, one.between.high)]
    low, high = ({key: getattr(span, end) for key, span in spans.items()} for end in ("low", "high"))
    return [{}, low, high, *({key: end} for key, end in limits)]


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("count", [1, 2, 9])
def test_the_number_the_size_and_the_times_stay(name: str, count: int) -> None:
    clip = moving_clip(count, 35, 21)
    before = [frame.pixels.copy() for frame in clip.frames]
    for options in ends(name):
        noisy = NOISES[name].apply(clip, np.random.default_rng(0), **options)
        assert noisy.times == clip.times
        assert [frame.pixels.shape for frame in noisy.frames] == [(21, 35, 3)] * count
    assert all(np.array_equal(one, frame.pixels) for one, frame in zip(before, clip.frames, strict=True))


@pytest.mark.parametrize("name", NOISES)
def test_the_defaults_show(name: str) -> None:
    clip = moving_clip(64, 35, 21)
    changed = [NOISES[name].apply(clip, np.random.default_rng(seed)).frames != clip.frames for seed in range(20)]
    assert sum(changed) >= 18
