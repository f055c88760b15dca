"""A film as its decoder gives it: frames in the order of their timestamps, from any second on.

What the timestamps say is what counts. Where a seek cannot be trusted, everything before is decoded.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeGuard

from sslabel.readers.video.containers import lengths, notes_on, opened, refuses_more, said, seconds, tick_of
from sslabel.readers.video.decoded import Box, DecodedFrame, way_of
from sslabel.readers.video.promises import missing_in
from sslabel.values import Picture

if TYPE_CHECKING:
    from io import FileIO

    from av.packet import Packet
    from av.video.frame import VideoFrame

# An MPEG program stream (`mpeg`) has one, but other timestamps behind a seek.
_WITHOUT_INDEX = frozenset({"gif", "apng", "webp_anim", "mjpeg", "h264", "hevc", "mpegvideo", "mpeg"})
# What may begin with frames that lean on others from before the file.
_CUT_ANYWHERE = frozenset({"mpegts", "mpeg", "mpegvideo", "h264", "hevc", "flv"})
# These say when packets are decoded, not when frames are shown: the one after the other.
_WHEN_DECODED = frozenset({"avi", "asf"})
_FAR = 4.0  # seconds; over less, decoding on is as quick as seeking
_BACK = (0.0, 1.0, 5.0, 20.0)  # seconds before what is sought, where the key frame found is shown only behind it
_RATE = 25.0  # where nothing else is said
_TICK = 1e-6
_TRIES = 16  # how often in a row reading is tried again
_SPARE = 64 << 20
_HDR = {16: "PQ", 18: "HLG"}


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame and its timestamp in seconds, by the clock of its file.

    `tick` is when it is shown where films are given another rate. Between the frame before and one that is `apart`,
    frames are missing that could not be decoded.
    """

    time: float
    picture: Picture
    tick: float | None = None
    apart: bool = False

    @property
    def shown(self) -> float:
        """The second at which it is shown."""
        return self.time if self.tick is None else self.tick


@dataclass
class Damage:
    """Frames that could not be decoded: behind which second, up to which where there are more, and why."""

    behind: float | None
    reason: str
    until: float | None = None


class Film:
    """An open film.

    `start` is the first timestamp that its header has and `end` when it ends by it, each None where the header does not
    say. As it is decoded, `remarks` says what there is to be known of all of it, or from a second on, `damages` what
    could not be decoded, `dropped` how many frames had a timestamp that does not go on, `last` when the last frame
    ends, and `over` whether that was the end. BadSource for what is no film, or larger than allowed.
    """

    def __init__(self, file: FileIO, max_pixels: int) -> None:
        self._file = file
        self._max_pixels = max_pixels
        self._is_strict = True
        self._open()
        if refuses_more(self._context):
            # Where it refuses the first frame, it would refuse most: what is odd in it is no damage.
            self._is_strict = self._begins_well()
            self._container.close()
            self._open()
        stream, name = self._stream, self._container.format.name
        self.remarks: list[tuple[float | None, str]] = [(None, text) for text in notes_on(self._container, stream)]
        self.damages: list[Damage] = []
        self.last: float | None = None
        self.over = False
        self.dropped = 0
        self.crop: tuple[tuple[int, int], Box] | None = None
        """The size of the frames that are cut, and what is left of them."""
        self._running: Iterator[Frame] | None = None  # the frames from where the decoder stands
        self._now: Frame | None = None  # the last of them that was given
        self._size: tuple[int, int] | None = None
        self.rate = float(stream.average_rate or stream.guessed_rate or 0) or None
        self._by_order = name in _WHEN_DECODED and bool(self._context.has_b_frames)
        self._delay = 1
        """How many packets, at most, a decoder whose frames are taken by order is ahead of the frame that it gives."""
        self.has_index = name not in _WITHOUT_INDEX and not self._by_order
        """Whether it can be read from the middle without decoding what is before."""
        self.start, self.end, self._duration = lengths(self._container, stream)

    def _open(self) -> None:
        self._file.seek(0)
        self._container, self._stream, self._context = opened(self._file, self._max_pixels, strict=self._is_strict)
        self._tick = tick_of(self._stream)  # which PyAV makes anew each time that it is asked for

    def _begins_well(self) -> bool:
        """Whether a frame can be decoded before anything is refused."""
        import av

        with suppress(av.error.FFmpegError, OSError, IndexError):
            return any(self._context.decode(packet) for packet in self._container.demux(self._stream))
        return False

    def _seconds(self, ticks: int | None) -> float | None:
        return seconds(self._tick, ticks)

    @property
    def duration(self) -> float | None:
        """About how many seconds it lasts; where the header does not say, by the timestamps of all its packets."""
        if self._duration is None and self._running is None:
            times = (self._seconds(one.pts) for one in self._watched(self._container.demux(self._stream)) if one)
            last = max((time for time in times if time is not None), default=None)
            self._duration = 0.0 if last is None else last - (self.start or 0.0)
            self.damages.clear()
            self._running = iter(())  # it has to be opened anew
        return self._duration

    @property
    def missing(self) -> int:
        """How many bytes the file lacks by its header, where it was read to its end."""
        return missing_in(self._file) if self.over else 0

    def close(self) -> None:
        """Let go of the decoder."""
        self._running = self._now = None
        self._container.close()

    def frames(self, begin: float | None = None) -> Iterator[Frame]:
        """The frames from the one that is shown at a second on, in order of time; from the first on with None.

        They end where no more can be decoded. Where the key frame before `begin` cannot be found by seeking,
        everything before it is decoded.
        """
        if not self._goes_on_to(begin) and not (self._is_far(begin) and self._seek(begin)):
            self._rewind()
        assert self._running is not None
        before = self._now
        for frame in self._running:
            self._now = frame
            if begin is not None and frame.time <= begin + _TICK:
                before = frame
                continue
            if before is not None:
                yield before
                before = None
            yield frame
        if before is not None:
            yield before

    def _goes_on_to(self, begin: float | None) -> bool:
        """Whether it is quickest to decode on from where the decoder stands."""
        if self._now is None or begin is None or self._now.time > begin + _TICK:
            return False
        return not self.has_index or begin <= self._now.time + _FAR

    def _is_far(self, begin: float | None) -> TypeGuard[float]:
        return self.has_index and begin is not None and begin > (self.start or 0.0) + _FAR

    def _rewind(self) -> None:
        if self._running is not None:
            self.close()
            self._open()
        name = self._container.format.name
        self._running = self._decoded(self._container.demux(self._stream), from_key=name in _CUT_ANYWHERE)

    def _seek(self, begin: float) -> bool:
        """Stand before the last key frame that is shown no later than a second; False where it cannot be found."""
        self._now, self._running = None, iter(())
        damages = list(self.damages)
        packets = self._from_key_before(begin)
        if packets is not None:
            decoded = self._decoded(packets, from_key=True)
            first = next(decoded, None)
            if first is not None and first.time <= begin + _TICK:
                self._running = chain([first], decoded)
                return True
        self.has_index, self.damages = False, damages
        return False

    def key_frame(self, second: float) -> Frame | None:
        """The last key frame that is shown no later than a second; None where it cannot be found by seeking."""
        return next(self._running or iter(()), None) if self.has_index and self._seek(second) else None

    def can_seek(self, begin: float) -> bool:
        """Whether a key frame before a second is found; the film has to be opened anew to be read."""
        return self.has_index and self._from_key_before(begin) is not None

    def _from_key_before(self, begin: float) -> Iterator[Packet[Any]] | None:
        """The packets from the last key frame on that is shown no later than a second; None where there is none."""
        import av

        tick = self._stream.time_base or 0
        for back in _BACK if tick else ():
            aim = max(begin - back, self.start or 0.0)
            try:
                self._container.seek(math.floor(aim / tick), stream=self._stream)
                packets = self._container.demux(self._stream)
                key = next((one for one in packets if one.is_keyframe and one.size), None)
            except (av.error.FFmpegError, OSError, IndexError):
                return None
            time = self._seconds(key.pts) if key is not None else None
            if key is None or time is None:
                return None
            if time <= begin + _TICK:
                return chain([key], packets)
        return None

    def _decoded(self, packets: Iterator[Packet[Any]], *, from_key: bool = False) -> Iterator[Frame]:
        """The frames of these packets; `from_key` and behind damage from the next key frame on.

        What is shown before that leans on frames that are not there, and is not given.
        """
        last, waiting, apart = -math.inf, from_key, False
        least: int | None = None
        slots: deque[int | None] = deque()
        self._context.flush_buffers()
        for packet in self._watched(packets):
            if waiting and packet is not None and packet.size:
                if not packet.is_keyframe:
                    continue
                waiting, least = False, packet.pts
                if from_key and last == -math.inf:
                    self.last = self._seconds(packet.pts)  # what goes wrong does so behind it
            if packet is not None and packet.size:
                slots.append(packet.dts)
            for frame in self._decoded_of(packet) if packet is not None else (None,):
                if frame is None:
                    waiting = apart = True
                    self._context.flush_buffers()
                    slots.clear()
                    break
                ticks = self._next_of(slots, behind_damage=apart) if self._by_order else frame.pts
                if least is not None and frame.pts is not None and frame.pts < least:
                    continue
                time = self._time(ticks, last)
                if time <= last:
                    self.dropped += 1
                    continue
                yield self._frame(frame, time, apart=apart)
                last, apart = time, False
        self.over = True

    def _next_of(self, slots: deque[int | None], *, behind_damage: bool) -> int | None:
        """The first of the timestamps of packets whose frames are still to come."""
        # Behind damage, the decoder leaves out frames that lean on what is gone.
        while behind_damage and len(slots) > self._delay + 1:
            slots.popleft()
        first = slots.popleft() if slots else None
        self._delay = max(self._delay, len(slots))
        return first

    def _watched(self, packets: Iterator[Packet[Any]]) -> Iterator[Packet[Any] | None]:
        """The packets, and None where some cannot be read."""
        import av

        failures = 0
        while failures < _TRIES:
            try:
                for packet in packets:
                    # An empty packet in the middle, a frame to be shown again, would end the decoder.
                    if packet.size or packet.dts is None:
                        failures = 0
                        yield packet
            except IndexError:
                return  # at the end, where streams have come up that were not there when the film was opened
            except (av.error.FFmpegError, OSError) as error:
                self._damaged(_said(error))
                failures += 1
                yield None
                packets = self._container.demux(self._stream)
            else:
                return

    def _decoded_of(self, packet: Packet[Any]) -> Iterator[VideoFrame | None]:
        """The frames that come out as a packet goes in; None where it or one of them is damaged."""
        import av

        try:
            decoded: Iterable[Any] = self._context.decode(packet if packet.size else None)
        except (av.error.FFmpegError, OSError) as error:
            decoded, reason = (), _said(error)
            if isinstance(error, av.error.ArgumentError):  # all that is known of frames that are too large
                reason += f" (or it has grown over the limit of {self._max_pixels} pixels, --max-pixels)"
        else:
            reason = "a packet is damaged" if packet.is_corrupt else ""
        for frame in decoded if not reason else ():
            if frame.is_corrupt:
                reason = "a frame is damaged"
                break
            yield frame
        if reason:
            self._damaged(reason)
            yield None

    def _damaged(self, reason: str) -> None:
        if not self.damages or self.damages[-1].until is not None:
            self.damages.append(Damage(self.last, reason))

    def _time(self, ticks: int | None, last: float) -> float:
        time = self._seconds(ticks)
        if time is not None:
            return time
        lacking = None, f"it lacks timestamps: its frames are taken for {self.rate or _RATE:g} a second"
        if lacking not in self.remarks:
            self.remarks.append(lacking)
        return 0.0 if last == -math.inf else last + 1 / (self.rate or _RATE)

    def _frame(self, frame: VideoFrame, time: float, *, apart: bool) -> Frame:
        if self._size is None:
            self.remarks += ((None, text) for text in _remarks(frame))
            self._way, self._size = way_of(frame), (frame.width, frame.height)
        if (frame.width, frame.height) != self._size:
            self._size = frame.width, frame.height
            self.remarks.append(
                (time, f"its frames change their size at {time:.2f} s, to {frame.width}×{frame.height}")
            )
        if self.damages and self.damages[-1].until is None:
            self.damages[-1].until = time
        self.last = time + max(self._seconds(frame.duration) or 0.0, 1 / (self.rate or _RATE))
        decoder = DecodedFrame(frame, self._way)
        if self.crop is not None and self.crop[0] == (decoder.width, decoder.height):
            decoder = decoder.cut(self.crop[1])
        return Frame(time, Picture(decoder=decoder), apart=apart)


def _said(error: Exception) -> str:
    """What an error of damaged data says; MemoryError where it is the memory that is at its end."""
    bytearray(_SPARE)  # decoders that get no memory take it for damage
    return said(error)


def _remarks(frame: VideoFrame) -> Iterator[str]:
    if frame.interlaced_frame:
        yield "it is interlaced: its frames are given with both fields in them"
    if frame.color_trc in _HDR:
        yield f"it has a high dynamic range ({_HDR[frame.color_trc]}): its frames come out flat"
