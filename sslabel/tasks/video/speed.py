"""Speed: at which pace a film is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.video.motion import LEAST, REPEATED, refuse_cuts, refuse_repeats
from sslabel.transforms.video.sampling import drawn_at, times_of
from sslabel.values import Category, Clip, Pair

if TYPE_CHECKING:
    from numpy.random import Generator


def _window(*, frames: int, paces: tuple[int, ...], stride: float, **_: object) -> tuple[int, float]:
    steps = (frames - 1) * max(paces)
    return steps + 1, steps * stride


def _refuses(*, paces: tuple[int, ...], **_: object) -> str | None:
    if len(set(paces)) < max(2, len(paces)):
        return "paces are at least two, and all different"
    return None


@task("video", needs={"order", "timing", "count"}, window=_window, refuses=_refuses)
def speed(  # noqa: PLR0913 - its options
    clip: Clip,
    rng: Generator,
    *,
    paces: Annotated[tuple[int, ...], Between(1, 64)] = (1, 2, 4, 8),
    frames: Annotated[int, Between(2, 64)] = 16,
    stride: Annotated[float, Between(0, 60)] = 0.0,
    motion: Annotated[float, Between(0, 255)] = LEAST,
) -> Pair:
    """Tell at which pace a film is shown.

    paces: how many times faster, each a class
    frames: frames that are shown, at every pace as many
    stride: seconds from one frame to the next at pace 1; 0 takes every frame
    motion: least difference between a frame and the next at the fastest pace, of 255, in the sixteenth of the picture
      that moves most

    All but the pace is drawn and judged in the same way for every class, so that nothing else tells it: a clip begins
    only where there is room for the fastest pace, and where no pace lacks a frame; it is skipped where, up to where the
    fastest would end, there is a cut, a fade or a slow dissolve, or where anything stands still. Nor is a film taken in
    which frames are repeated, as where it was brought from 24 to 30 frames a second. The `times` in the meta data are
    the seconds of the frames in the file.

    Source: Benaim et al., SpeedNet, CVPR 2020; Wang, Jiao and Liu, Self-supervised video representation learning by
    pace prediction, ECCV 2020; Yao et al., Video playback rate perception, CVPR 2020.
    """
    rows = {pace: range(0, frames * pace, pace) for pace in paces}
    places = sorted(set().union(*rows.values()))
    numbers = dict(zip(places, drawn_at(clip, rng, places, stride), strict=True))
    slowest, fastest = ([numbers[place] for place in rows[choose(paces)]] for choose in (min, max))
    refuse_repeats(clip, fastest, motion)
    refuse_repeats(clip, slowest, motion * REPEATED)
    refuse_cuts(clip, fastest)
    label = int(rng.integers(len(paces)))
    shown = [numbers[place] for place in rows[paces[label]]]
    names = tuple(f"{pace}x" for pace in paces)
    return Pair(clip.take(shown), Category(label, names), {"times": times_of(clip, shown)})
