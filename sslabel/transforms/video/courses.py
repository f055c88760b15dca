"""How something goes up and down from frame to frame, between -1 and 1.

By the frames' places in the clip, never by their times: in the input of a task those may be out of order or farther
apart, and the course would tell.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Course = NDArray[np.float64]


def wave(rng: Generator, count: int, period: float) -> Course:
    """A sine of so many frames, from a phase that is drawn."""
    course: Course = np.sin(2 * math.pi * (np.arange(count) / period + rng.random()))
    return course


def walk(rng: Generator, count: int, period: float) -> Course:
    """A random walk of normal steps, turned back at both ends; each place is as likely as any other.

    Its steps are such as take it from one end to the other and back in so many frames, if all were in one direction.
    """
    start, steps = rng.uniform(-1, 1), rng.normal(0, 4 / period, count - 1)
    way = start + np.concatenate(([0.0], np.cumsum(steps)))
    course: Course = np.abs((way - 1) % 4 - 2) - 1
    return course
