"""How long an animated GIF, PNG or WebP shows each frame, from its structure alone; nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from sslabel.readers import open_without_waiting

_AT_ONCE, _SHOWN_FOR = 0.01, 0.1
_CUT_SHORT = "it is cut short"


@dataclass(frozen=True, slots=True)
class Timeline:
    """When each whole frame of an animation is first shown, and how long all are, in seconds.

    `end` is the byte behind the last whole frame of a WebP, and `cut_short` whether there should be more.
    """

    times: tuple[float, ...]
    duration: float
    end: int
    cut_short: bool


def timeline(file: IO[bytes]) -> Timeline:
    """How an animation is timed: each frame is shown when those before it are over."""
    times, hundredths, end, cut_short = [], 0.0, 0, False
    try:
        for delay in _delays(file):
            times.append(round(hundredths, 6))
            hundredths += delay
            end = file.tell()
    except ValueError:
        cut_short = True
    return Timeline(tuple(times), hundredths, end, cut_short)


def is_animated(path: bytes) -> bool:
    """Whether a file holds more than one frame; also where it cannot be looked at, which reading it will tell."""
    try:
        with open(path, "rb", opener=open_without_waiting) as file:
            return len(list(islice(_delays(file), 2))) > 1
    except ValueError:
        return False
    except OSError:
        return True


def _delays(file: IO[bytes]) -> Iterator[float]:
    """The seconds of each whole frame; ValueError where the file ends in the middle.

    What is to be shown for 10 ms or less is shown for 100 ms, as browsers do: no screen kept up when such files were
    made, and most say 0.
    """
    file.seek(0)
    head = file.read(21)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        found = _of_gif(file)
    elif head[:8] == b"\x89PNG\r\n\x1a\n":
        found = _of_png(file)
    elif head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and head[20:] and head[20] & 2:
        found = _of_webp(file)
    else:
        return
    for delay in found:
        yield delay if delay > _AT_ONCE + 1e-9 else _SHOWN_FOR


def _of_gif(file: IO[bytes]) -> Iterator[float]:
    """GIF89a: a delay stands in the graphic control extension before its frame, in hundredths of a second."""
    file.seek(10)
    _skip_colors(file, _exactly(file, 3)[0])
    delay = 0
    while (kind := _exactly(file, 1)) != b";":
        if kind == b"!":
            label = _exactly(file, 1)
            if label == b"\xf9":
                control = _exactly(file, _exactly(file, 1)[0])
                delay = int.from_bytes(control[1:3], "little")
            _skip_blocks(file)
        elif kind == b",":
            _skip_colors(file, _exactly(file, 9)[8])
            _exactly(file, 1)
            _skip_blocks(file)
            yield delay / 100
            delay = 0


def _skip_colors(file: IO[bytes], flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, 1)


def _skip_blocks(file: IO[bytes]) -> None:
    while size := _exactly(file, 1)[0]:
        file.seek(size, 1)


def _of_png(file: IO[bytes]) -> Iterator[float]:
    """PNG, third edition: a frame has its delay in fcTL as a fraction; what stands before the first belongs to none."""
    file.seek(8)
    animated, waiting = False, None
    while True:
        head = _exactly(file, 8)
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if waiting is not None and kind in (b"fcTL", b"IEND"):
            yield waiting
            waiting = None
        if kind == b"IEND" or (kind == b"IDAT" and not animated):
            return
        animated |= kind == b"acTL"
        if kind == b"fcTL":
            control = _exactly(file, 26)
            size -= 26
            waiting = int.from_bytes(control[20:22], "big") / (int.from_bytes(control[22:24], "big") or 100)
        file.seek(size + 4, 1)


def _of_webp(file: IO[bytes]) -> Iterator[float]:
    """RFC 9649: a chunk ANMF is a frame, and has its delay in milliseconds."""
    there = file.seek(0, 2)
    file.seek(4)
    at, end = 12, 8 + int.from_bytes(_exactly(file, 4), "little")
    while at + 8 <= end:
        file.seek(at)
        head = _exactly(file, 8)
        size = int.from_bytes(head[4:], "little")
        delay = int.from_bytes(_exactly(file, 16)[12:15], "little") if head[:4] == b"ANMF" else None
        at += 8 + size + size % 2
        if at > there:
            raise ValueError(_CUT_SHORT)
        file.seek(at)
        if delay is not None:
            yield delay / 1000


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise ValueError(_CUT_SHORT)
    return data
