"""How many bytes film files lack of those that their headers promise."""

from __future__ import annotations

import io

import pytest

from sslabel.readers.video.promises import missing_in
from tests.filming import Shot

FILMS = {
    "avi": Shot("mjpeg", "avi", count=9, pix_fmt="yuvj420p"),
    "mkv": Shot(container="matroska", count=9),
    "webm": Shot("libvpx", "webm", count=9, options={"cpu-used": "8"}),
    "wmv": Shot("wmv2", "asf", count=9),
}


@pytest.mark.parametrize("name", FILMS)
def test_what_was_cut_off_is_missing(name: str) -> None:
    data = FILMS[name].film()
    assert missing_in(io.BytesIO(data)) == 0
    behind = 8 if name == "avi" else len(data) - data_end(data) if name == "wmv" else 0
    for cut in (1 + behind, 10 + behind, 500, len(data) // 2):
        assert missing_in(io.BytesIO(data[:-cut])) == cut - behind
    assert missing_in(io.BytesIO(data + b"more")) == 0


def data_end(data: bytes) -> int:
    """Where the packets of an ASF end, behind which its index stands."""
    header = int.from_bytes(data[16:24], "little")
    return header + int.from_bytes(data[header + 16 : header + 24], "little")


def test_several_chunks_of_an_avi_count() -> None:
    one = FILMS["avi"].film()
    more = b"RIFF" + (5000).to_bytes(4, "little") + b"AVIX" + bytes(4996)
    assert missing_in(io.BytesIO(one + more)) == 0
    assert missing_in(io.BytesIO((one + more)[:-108])) == 100
    assert missing_in(io.BytesIO(one + b"\0" * 50)) == 0


@pytest.mark.parametrize(
    "data",
    [
        Shot(container="matroska", count=9, container_options={"live": "1"}).film(),
        Shot("mjpeg", "avi", count=9, pix_fmt="yuvj420p").film()[:4] + bytes(4),
        Shot(count=9).film(),
        Shot(container="mpegts", count=9).film(),
        b"",
        b"RIFF",
        bytes.fromhex("1a45dfa3"),
        bytes.fromhex("1a45dfa300"),
        bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
        bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6cffffffffffffffff"),
    ],
    ids=["mkv live", "avi unfinished", "mp4", "ts", "empty", "riff", "ebml", "ebml broken", "asf", "asf broken"],
)
def test_where_nothing_is_promised_nothing_is_missing(data: bytes) -> None:
    assert missing_in(io.BytesIO(data)) == 0
    assert missing_in(io.BytesIO(data[: len(data) * 2 // 3])) == 0
