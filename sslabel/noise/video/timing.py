"""Noises on time: frames that are lost, held, or out of time. Their number and their order stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.video.timing import delayed, frozen, holds, jittered, placed, without
from sslabel.values import Clip

if TYPE_CHECKING:
    from numpy.random import Generator


@noise("video", alters={"timing"})
def drop_frames(clip: Clip, rng: Generator, *, rate: Annotated[float, Between(0, 1)] = span(0.05, 0.25)) -> Clip:
    """Lose single frames; the one before is shown in their place.

    rate: chance of each frame to be lost

    Before the first frame that is left, that one is shown. Where all would be lost, one stays.
    """
    draws = rng.random(len(clip))
    lost = draws < rate
    if not lost.any():
        return clip
    lost[draws.argmax()] &= not lost.all()
    return placed(clip, without(lost))


@noise("video", alters={"timing"})
def repeat_frames(
    clip: Clip,
    rng: Generator,
    *,
    rate: Annotated[float, Between(0, 1)] = span(0.02, 0.1),
    length: Annotated[int, Between(1, 1000)] = span(1, 4),
    then: Literal["skip", "wait"] = "skip",
) -> Clip:
    """Hold single frames for a while, as a stalled player does.

    rate: chance of each frame, outside of another's hold, to be held
    length: places behind its own in which a held frame is shown as well
    then: skip (the film has gone on meanwhile) or wait (it goes on where it stood, and its end falls off)
    """
    held = holds(rng.random(len(clip)) < rate, length)
    if not held.any():
        return clip
    return placed(clip, frozen(held) if then == "skip" else delayed(held))


@noise("video", alters={"timing"})
def jitter(clip: Clip, rng: Generator, *, reach: Annotated[int, Between(0, 1000)] = span(1, 2)) -> Clip:
    """Show frames too early or too late, in their order.

    reach: how many places a frame is off at most

    For each place a frame is drawn, up to `reach` before or behind its own, and all are put in order; so some are
    shown twice, and some not at all.
    """
    if reach == 0:
        return clip
    return placed(clip, jittered(rng.integers(-reach, reach + 1, len(clip))))
