"""Noises on the light of a film, from frame to frame."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from sslabel.options import Between, span
from sslabel.registry import noise
from sslabel.transforms.image.tone import from_linear, to_linear
from sslabel.transforms.lookup import looked_up
from sslabel.transforms.video.courses import wave
from sslabel.values import Clip, Picture

if TYPE_CHECKING:
    from numpy.random import Generator


@noise("video", alters={"color"})
def flicker(
    clip: Clip,
    rng: Generator,
    *,
    style: Literal["fast", "slow"] = "fast",
    stops: Annotated[float, Between(0, 4)] = span(0.1, 0.5),
    period: Annotated[float, Between(2, 10_000)] = span(8.0, 32.0),
) -> Clip:
    """Let the light flicker: each frame is exposed a little longer or shorter.

    style: fast (drawn for each frame, as of a bad lamp) or slow (a wave, as of an automatic exposure that hunts)
    stops: how far the exposure goes up and down at most; 1 is twice or half the light
    period: frames from one crest of a slow flicker to the next

    The frames are multiplied in linear light, as `exposure` does it.
    """
    if stops == 0:
        return clip
    course = rng.uniform(-1, 1, len(clip)) if style == "fast" else wave(rng, len(clip), period)
    return clip.changed_each([partial(_exposed, stops=stops * one) for one in course.tolist()])


def _exposed(picture: Picture, stops: float) -> Picture:
    return Picture(looked_up(picture.pixels, np.rint(from_linear(to_linear() * 2.0**stops)).astype(np.uint8)))
