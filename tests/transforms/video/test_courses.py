"""Courses stay between -1 and 1, and move as fast as they are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.transforms.video.courses import walk, wave


@pytest.mark.parametrize("course", [walk, wave])
def test_a_course_stays_between_its_ends_and_reaches_them(course: Any) -> None:
    found = course(np.random.default_rng(0), 5000, 10.0)
    assert -1 <= found.min() < -0.95
    assert 0.95 < found.max() <= 1


def test_a_walk_is_anywhere_as_likely_and_moves_a_little_at_a_time() -> None:
    rng = np.random.default_rng(0)
    ends = np.array([walk(rng, 5, 12.0)[-1] for _ in range(4000)])
    assert abs(ends.mean()) <= 4 / np.sqrt(3 * 4000)
    assert all(abs((ends < share).mean() - (share + 1) / 2) < 0.03 for share in (-0.5, 0.0, 0.5))
    steps = np.diff(walk(rng, 4000, 40.0))
    assert abs(steps.std() - 0.1) < 0.01


def test_a_wave_has_its_period_and_any_phase() -> None:
    rng = np.random.default_rng(0)
    found = wave(rng, 100, 12.5)
    assert found[:-25] == pytest.approx(found[25:])
    begins = np.array([wave(rng, 1, 8.0)[0] for _ in range(4000)])
    assert abs((begins < np.sin(np.pi / 4)).mean() - 0.75) <= 4 * np.sqrt(0.75 * 0.25 / 4000)
