"""The motion gate: what moves on passes, all else is refused for what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from sslabel.errors import Skip
from sslabel.readers.video.films import Film
from sslabel.transforms.video.motion import (
    LEAST,
    REASONS,
    gate,
    refuse_alike,
    refuse_cuts,
    refuse_repeats,
    refuse_still,
)
from sslabel.values import Clip, Picture
from tests.clips import moving_clip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

    Frame = NDArray[Any]

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora" / "video"
WIDTH, HEIGHT = 256, 144
COUNT = 16

STILL = "nothing moves"
REPEAT = "a frame is repeated"
RETURN = "the motion comes back to where it was"
BLACK = "a black frame"
BLANK = "a blank frame"
CUT = "a scene cut"
FADE = "a fade"
DISSOLVE = "a scene dissolves into another"


def scene(seed: int = 0) -> Frame:
    """A grey picture of blobs of many sizes, twice as wide and high as a frame."""
    rng = np.random.default_rng(seed)
    whole = np.zeros((2 * HEIGHT, 2 * WIDTH), np.float32)
    for cells, weight in ((4, 60), (12, 40), (40, 20)):
        coarse = rng.normal(0, weight, (cells, 2 * cells)).astype(np.float32)
        whole += cv2.resize(coarse, (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(whole + 128, 32, 255)


A, B = scene(0), scene(1)


def seen(whole: Frame, x: float = 0, y: float = 0, zoom: float = 1) -> Frame:
    """A frame of a scene, `x` and `y` pixels from its left and top."""
    shift = np.array([[zoom, 0, -zoom * x], [0, zoom, -zoom * y]], np.float32)
    frame: Frame = cv2.warpAffine(whole, shift, (WIDTH, HEIGHT))
    return frame


def with_patch(number: int) -> Frame:
    """A still picture in which something of a fiftieth of its area moves."""
    frame = seen(A).copy()
    frame[50:80, 100:126] = seen(B, 5 * number)[50:80, 100:126]
    return frame


def clip_of(frames: Sequence[Frame]) -> Clip:
    pixels: list[Pixels] = [np.rint(one).clip(0, 255).astype(np.uint8) for one in frames]
    return Clip([Picture(one) for one in pixels], [number / 25 for number in range(len(frames))])


def clip(frame: Callable[[int], Frame]) -> Clip:
    return clip_of([frame(number) for number in range(COUNT)])


def grain(sigma: float, seed: int = 0) -> Frame:
    return np.random.default_rng(seed).normal(0, sigma, (HEIGHT, WIDTH))


def coded(frame: Frame, quality: int) -> Frame:
    pixels = np.rint(frame).clip(0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    again = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert again is not None
    return np.asarray(again, np.float32)


def boxed(frame: Frame, rows: int) -> Frame:
    frame = frame.copy()
    frame[:rows] = frame[HEIGHT - rows :] = 16
    return frame


def between(low: float, high: float, number: int, begin: int = 4, end: int = 12) -> float:
    return low + (high - low) * min(1.0, max(0.0, (number - begin) / (end - begin)))


def reason_of(made: Clip, numbers: Sequence[int] | None = None) -> str | None:
    try:
        gate(made, numbers if numbers is not None else range(len(made)), LEAST)
    except Skip as skip:
        return str(skip)
    return None


CASES: dict[str, tuple[str | None, Callable[[int], Frame]]] = {
    "a pan": (None, lambda n: seen(A, 3 * n)),
    "a fast pan": (None, lambda n: seen(A, 16 * n)),
    "a tilt": (None, lambda n: seen(A, 0, 2 * n)),
    "a zoom": (None, lambda n: seen(A, 20, 20, 1 + n / 50)),
    "a small thing that moves": (None, with_patch),
    "a small thing that moves, with grain": (None, lambda n: with_patch(n) + grain(4, n)),
    "a pan between bars": (None, lambda n: boxed(seen(A, 4 * n), 40)),
    "a pan in the dark": (None, lambda n: 20 + seen(A, 5 * n) / 4),
    "a pan with a flash": (None, lambda n: seen(A, 3 * n) + 80 * (n == 7)),
    "a pan that grows brighter": (None, lambda n: seen(A, 3 * n) / 2 + 6 * n),
    "a pan with grain": (None, lambda n: seen(A, 3 * n) + grain(8, n)),
    "a still": (STILL, lambda _: seen(A)),
    "a still with grain": (STILL, lambda n: seen(A) + grain(4, n)),
    "a still, coded ever worse": (STILL, lambda n: coded(seen(A), 90 - 4 * n)),
    "a still that grows brighter": (STILL, lambda n: seen(A) / 2 + 6 * n),
    "a still of ever more contrast": (STILL, lambda n: seen(A) * (0.7 + n / 50)),
    "a still that flickers": (STILL, lambda n: seen(A) * (0.8 if n % 2 else 1)),
    "too slow a pan": (STILL, lambda n: seen(A, n / 10)),
    "bars and nothing else": (STILL, lambda _: boxed(seen(A), 60)),
    "each fifth frame repeated": (REPEAT, lambda n: seen(A, 3 * (n - n // 5))),
    "a repeat with grain": (REPEAT, lambda n: seen(A, 3 * (n - n // 5)) + grain(4, n)),
    "it stops": (REPEAT, lambda n: seen(A, 3 * min(n, 8))),
    "there and back": (RETURN, lambda n: seen(A, 3 * (n if n < 8 else 14 - n))),
    "to and fro": (RETURN, lambda n: seen(A, 20 + 20 * float(np.sin(0.3 + n * np.pi / 3)))),
    "a loop": (RETURN, lambda n: seen(A, 4 * (n % 6))),
    "a loop with grain": (RETURN, lambda n: seen(A, 4 * (n % 6)) + grain(6, n)),
    "black": (BLACK, lambda _: np.full((HEIGHT, WIDTH), 16, np.float32)),
    "black with grain": (BLACK, lambda n: 16 + grain(2, n)),
    "one black frame": (BLACK, lambda n: seen(A, 3 * n) * (n != 5)),
    "to black": (BLACK, lambda n: seen(A, 3 * n) * between(1, 0, n)),
    "one white frame": (BLANK, lambda n: seen(A, 3 * n) + 255 * (n == 5)),
    "grey": (BLANK, lambda n: np.full((HEIGHT, WIDTH), 90 + 5 * n, np.float32)),
    "nearly to black": (FADE, lambda n: 16 + seen(A, 2 * n) * between(1, 0.2, n, 4, 16)),
    "from white": (FADE, lambda n: 255 - (255 - seen(A, 2 * n)) * between(0.2, 1, n, 0, 12)),
    "a cut": (CUT, lambda n: seen(A if n < 8 else B, 3 * n)),
    "a cut behind the first frame": (CUT, lambda n: seen(A if n < 1 else B, 3 * n)),
    "a cut before the last frame": (CUT, lambda n: seen(A if n < COUNT - 1 else B, 3 * n)),
    "a cut between bars": (CUT, lambda n: boxed(seen(A if n < 8 else B, 3 * n), 40)),
    "a cut in the dark": (CUT, lambda n: 20 + seen(A if n < 8 else B, 3 * n) / 4),
    "two cuts": (CUT, lambda n: seen(A if n // 5 % 2 else B, 3 * n)),
    "a slow dissolve": (
        DISSOLVE,
        lambda n: seen(A) * between(1, 0, n, 0, 15) + seen(B) * between(0, 1, n, 0, 15) + grain(2, n),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_moves_on_passes_and_all_else_is_refused_for_what_it_is(name: str) -> None:
    reason, frame = CASES[name]
    made = clip(frame)
    assert reason_of(made) == reason
    # What is no good one way is none the other way, nor the other way round: the gate tells no direction.
    assert reason_of(made, range(COUNT)[::-1]) == reason


def test_each_reason_is_explained_and_comes_up() -> None:
    assert set(REASONS) == {reason for reason, _ in CASES.values() if reason is not None}


def test_the_frames_that_are_used_and_those_between_are_looked_at() -> None:
    repeated = clip(CASES["each fifth frame repeated"][1])
    assert reason_of(repeated, [0, 3, 7, 12]) is None
    assert reason_of(repeated, [4, 5]) == STILL
    cut = clip(CASES["a cut"][1])
    assert reason_of(cut, [0, 4, 12]) == CUT
    assert reason_of(cut, [0, 4, 7]) is None
    assert reason_of(cut, [8, 12]) is None
    black = clip(CASES["one black frame"][1])
    assert reason_of(black, [0, 4, 8]) is None


def test_a_movement_that_grows_faster_at_the_end_is_no_cut() -> None:
    places = np.cumsum([0, 2, 4, 5.5, 9, 16, 19, 20, 20, 20])
    made = clip_of([seen(A, x) for x in places.tolist()])
    for last in range(3, len(made)):
        assert reason_of(made, [last - 3, last]) is None
        # Nor is it where nothing behind it is there to tell that it goes on as fast.
        assert reason_of(made.take(range(last + 1)), [last - 3, last]) is None


def test_a_cut_at_the_edge_is_told_by_the_frames_beyond() -> None:
    made = clip(lambda n: seen(A, n) if n < 8 else seen(B, 16 * (n - 8)))
    assert reason_of(made, [7, 9, 11]) == CUT
    assert reason_of(made, [8, 9, 11]) is None
    backwards = made.take(range(COUNT)[::-1])
    assert reason_of(Clip(backwards.frames, made.times), [4, 6, 8]) == CUT


def test_the_threshold_is_that_of_the_option() -> None:
    made = clip(lambda n: seen(A, 3 * n))
    gate(made, range(4), 3)
    with pytest.raises(Skip, match=STILL):
        gate(made, range(4), 60)
    still = clip(lambda _: seen(A))
    gate(still, range(4), 0)


def test_only_what_is_asked_for_is_refused() -> None:
    loop = clip(CASES["a loop"][1])
    refuse_repeats(loop, range(COUNT), LEAST)
    with pytest.raises(Skip, match=RETURN):
        refuse_still(loop, range(COUNT), LEAST)
    still = clip(lambda _: seen(A))
    refuse_cuts(still, range(COUNT))
    cut = clip(CASES["a cut"][1])
    refuse_still(cut, range(COUNT), LEAST)


def test_rows_that_look_alike_frame_by_frame_are_refused() -> None:
    loop = clip(CASES["a loop"][1])
    refuse_alike(loop, [[0, 1, 2], [3, 4, 5]], LEAST)
    refuse_alike(loop, [[0, 1, 2], [7, 8, 9]], LEAST)
    with pytest.raises(Skip, match=RETURN):
        refuse_alike(loop, [[0, 1, 2], [3, 4, 5], [6, 7, 8]], LEAST)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_frames_are_judged_as_well(count: int) -> None:
    assert reason_of(moving_clip(count)) is None
    # One frame is no repeat of another.
    assert reason_of(clip_of([seen(A)] * count)) == (None if count == 1 else STILL)


def test_no_frame_is_converted() -> None:
    class Thumb:
        grid, verbatim, width, height = (1, 0, 0), None, 64, 64

        def __init__(self, pixels: Pixels) -> None:
            self._pixels = pixels

        def thumbnail(self) -> Pixels:
            return self._pixels

    made = moving_clip(8)
    small = [Picture(decoder=Thumb(one.thumbnail)) for one in made.frames]  # type: ignore[arg-type]
    gate(Clip(small, made.times), [0, 3, 6], LEAST)


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")
@pytest.mark.parametrize(
    ("name", "cuts"),
    [("bikes.mp4", {29, 75, 136, 186, 241}), ("cockatoo.mp4", set()), ("carphone_pristine.mp4", set())],
)
def test_the_cuts_of_a_real_film_are_found_and_no_others(name: str, cuts: set[int]) -> None:
    with (CORPORA / name).open("rb", buffering=0) as file:
        film = Film(file, 1 << 40)
        frames = list(film.frames())
        made = Clip([one.picture for one in frames], [one.time for one in frames])
        found = set()
        for number in range(len(made) - 1):
            try:
                refuse_cuts(made, [number, number + 1])
            except Skip:
                found.add(number)
        film.close()
    assert found == cuts
