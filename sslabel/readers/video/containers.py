"""Opening a film: what may be opened, which of its streams is the film, and what its header says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sslabel.errors import BadSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction
    from io import FileIO

    import av
    from av.video.codeccontext import VideoCodecContext

# What may be opened. Play lists, which name other files, are not among them.
_CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,ogg,mpeg,mpegts,mpegvideo,gif,apng,webp_anim,webp_pipe,"
    "h264,hevc,ivf,mjpeg,y4m,yuv4mpegpipe"
)
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
# These say nothing of damage, and show what they make up, unless they are told to be strict.
_STRICT = {"hevc": "crccheck+explode", "mjpeg": "explode"}
_NOT_SQUARE = 0.01
_FROM_START = frozenset({"mpegts", "mpeg"})  # these say how long, the others when the film ends


def opened(
    file: FileIO, max_pixels: int, *, strict: bool = True
) -> tuple[av.container.InputContainer, Any, VideoCodecContext]:
    """The container that is in a file, the stream of it that is the film, and a decoder for that, in one thread.

    One that is not `strict` says less of damage. BadSource for what is no film, or larger than allowed.
    """
    import av

    options = {
        "format_whitelist": _CONTAINERS,
        "protocol_whitelist": "none",
        "max_pixels": str(min(max_pixels, 2**31 - 1)),
    }
    try:
        container = av.open(file, "r", options=options, metadata_errors="replace", io_open=_open_nothing)
        stream = _best(container)
        context = _decoder(stream)
    except (av.error.FFmpegError, ValueError, IndexError, OSError) as error:
        msg = f"it cannot be decoded: {said(error)}"
        raise BadSource(msg) from None
    size = stream.codec_context
    if size.width * size.height > max_pixels:
        msg = f"{size.width}×{size.height} is over the limit of {max_pixels} pixels (--max-pixels)"
        raise BadSource(msg)
    for other in container.streams:
        if other is not stream:
            other.discard = av.stream.Discard.all
    context.thread_count = 1
    context.thread_type = "NONE"
    context.options = {"max_pixels": options["max_pixels"]}
    if strict and context.name in _STRICT:
        context.options |= {"err_detect": _STRICT[context.name]}
    return container, stream, context


def refuses_more(context: VideoCodecContext) -> bool:
    """Whether a decoder, where it is strict, refuses what it would else show."""
    return context.name in _STRICT


def tick_of(stream: Any) -> tuple[int, int] | None:  # noqa: ANN401 - a VideoStream
    """What a timestamp of a stream counts, in seconds, as a fraction; None where the file does not say."""
    tick: Fraction | None = stream.time_base
    return (tick.numerator, tick.denominator) if tick else None


def seconds(tick: tuple[int, int] | None, ticks: int | None) -> float | None:
    """A timestamp in seconds."""
    return None if ticks is None or tick is None else ticks * tick[0] / tick[1]


def lengths(
    container: av.container.InputContainer,
    stream: Any,  # noqa: ANN401 - a VideoStream
) -> tuple[float | None, float | None, float | None]:
    """When a film begins and ends by its header, and how long it is or may be; None for what that does not say."""
    tick = tick_of(stream)
    first = seconds(tick, stream.start_time)
    start = first or 0.0
    length = seconds(tick, stream.duration or None)
    end = _clock(stream.metadata.get("DURATION", "")) if length is None else start + length
    whole = container.duration / 1e6 if container.duration else None
    if whole is not None and container.format.name not in _FROM_START:
        whole -= start
    if whole is not None and len(container.streams) == 1:  # else it may be the sound that lasts so long
        end = max(end or 0.0, start + whole)
    return first, end, end - start if end is not None else whole


def notes_on(
    container: av.container.InputContainer,
    stream: Any,  # noqa: ANN401 - a VideoStream
) -> Iterator[str]:
    """What is to be known of how a film is shown, from its header."""
    count = sum(not _is_cover(one) for one in container.streams.video)
    if count > 1:
        yield f"it holds {count} films: the first is read"
    ratio = stream.sample_aspect_ratio
    if ratio and abs(ratio - 1) > _NOT_SQUARE:
        yield f"its pixels are not square ({ratio.numerator}:{ratio.denominator}): its frames are given as stored"


def said(error: Exception) -> str:
    """What an error says, without the name that the file has for FFmpeg."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _best(container: av.container.InputContainer) -> Any:  # noqa: ANN401 - a VideoStream
    """The first stream that is a film, and no cover."""
    for stream in container.streams.video:
        if not _is_cover(stream):
            return stream
    msg = "it holds no video"
    raise BadSource(msg)


def _is_cover(stream: Any) -> bool:  # noqa: ANN401 - a VideoStream
    return bool(stream.disposition & stream.disposition.attached_pic)


def _decoder(stream: Any) -> VideoCodecContext:  # noqa: ANN401 - a VideoStream
    """The decoder of a stream: its own, or where there is alpha beside the colours, one that knows of it."""
    import av

    own = stream.codec_context
    if own is None:
        msg = "there is no decoder for its video"
        raise BadSource(msg)
    other = _WITH_ALPHA.get(own.name) if stream.metadata.get("alpha_mode") == "1" else None
    return own if other is None else av.CodecContext.create(other, "r")  # type: ignore[return-value]  # of a video


def _open_nothing(*_: object) -> Any:  # noqa: ANN401 - never returns
    msg = "a film names another file, which is not opened"
    raise PermissionError(msg)


def _clock(text: str) -> float | None:
    """The seconds of `00:01:02.500000000`; None for anything else."""
    parts = text.split(":")
    try:
        hours, minutes, seconds = map(float, parts)
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds
