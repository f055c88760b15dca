"""Bombs: small files that claim or unfold to far more than they are get a reason at once, and take no memory."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from PIL import Image, ImageFile

from tests.pictures import SRGB_PROFILE, encoded, jpeg, noise_pixels, photo, read_picture, wide_profile

SIDE = 65_500
MOST_MEGABYTES, MOST_SECONDS = 300, 1.0
SMALL = photo(40, 30)
HUGE = f"{SIDE}×{SIDE} is over the limit of 200000000 pixels (--max-pixels)"
SCANS = "the JPEG has more than 100 scans"
TEXT = "it cannot be decoded: Decompressed data too large for PngImagePlugin.MAX_TEXT_CHUNK"
NO_PICTURE = "its content is no JPEG, PNG, WebP, BMP, GIF or TIFF"
PLAIN, TURNED = "40×30", "30×40"
WEBP = "16383×16383 is over the limit of 200000000 pixels (--max-pixels)"
TEXTS = "it cannot be decoded: Too much memory used in text chunks"
MOST = 2**32 - 1

READ = """
import json, os, resource, sys
from sslabel.errors import BadSource
from sslabel.readers import SourceFile
from sslabel.readers.image.pictures import pictures

def seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

# What a worker may take where the limit of pixels is low.
resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
for path in sys.argv[1:]:
    begun = seconds()
    try:
        (sample,) = pictures(SourceFile("name", os.fsencode(path), os.path.getsize(path), 200_000_000))
        picture = sample.value
        assert picture.pixels.shape == (picture.height, picture.width, 3)
        assert picture.luma.shape == (picture.height, picture.width)
        said = f"{picture.width}×{picture.height}"
    except BadSource as reason:
        said = str(reason)
    with open("/proc/self/status") as status:
        (peak,) = (int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps([os.path.basename(path), said, seconds() - begun, peak]))
"""


def chunk(kind: bytes, body: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*parts: bytes, side: int = 0, pixels: bytes = b"") -> bytes:
    """A PNG with more parts before its pixels; with a `side`, one that tells this size."""
    good = encoded(SMALL, "PNG")
    head = struct.pack(">IIBBBBB", side or 40, side or 30, 8, 2, 0, 0, 0)
    rest = chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"") if pixels else good[33:]
    return good[:8] + chunk(b"IHDR", head) + b"".join(parts) + rest


@cache
def gigabytes() -> bytes:
    """A zlib stream of 50 kB that unfolds to 3 GB of zeros."""
    squeeze = zlib.compressobj(9)
    zeros = bytes(1 << 24)
    first, again = (squeeze.compress(zeros) + squeeze.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 200


def segment(code: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, code, len(body) + 2) + body


def with_segments(parts: Iterable[bytes]) -> bytes:
    """A JPEG with more segments in front."""
    good = jpeg(SMALL)
    return good[:2] + b"".join(parts) + good[2:]


def of_side(data: bytes, width: int = SIDE, height: int = SIDE) -> bytes:
    """A JPEG whose header tells another size."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def two_frames() -> bytes:
    """A JPEG with a large frame before its pixels, where decoders look, and a small one behind them."""
    good = jpeg(SMALL)
    at = good.index(b"\xff\xc0")
    return of_side(good, 30_000, 30_000)[:-2] + good[at : at + 19] + good[-2:]


def scans(side: int, count: int, frame: int = 0xC2) -> bytes:
    """A grey progressive JPEG of many scans; each says in a few bytes that no block of the picture changes."""
    tables = segment(0xDB, b"\0" + b"\1" * 64)
    # One code of one bit each: no difference for DC; for AC, the end of up to 32767 blocks.
    codes = segment(0xC4, b"\x00\1" + bytes(16)) + segment(0xC4, b"\x10\1" + bytes(15) + b"\xe0")
    head = segment(frame, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0")
    blocks = (-(-side // 8)) ** 2
    runs = "011111111111111" * -(-blocks // 32767)
    runs += "1" * (-len(runs) % 8)
    data = int(runs, 2).to_bytes(len(runs) // 8, "big").replace(b"\xff", b"\xff\0")
    first = segment(0xDA, b"\1\1\0\0\0\0") + bytes(-(-blocks // 8))
    return b"\xff\xd8" + tables + head + codes + first + (segment(0xDA, b"\1\1\0\1\x3f\0") + data) * count + b"\xff\xd9"


def profile_segments(profile: bytes) -> Iterable[bytes]:
    """A colour profile as a JPEG holds it."""
    parts = [profile[at : at + 65_000] for at in range(0, len(profile), 65_000)]
    return [
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number + 1, len(parts)]) + part) for number, part in enumerate(parts)
    ]


def padded(profile: bytes, size: int) -> bytes:
    """A colour profile with much behind its tags."""
    return struct.pack(">I", size) + profile[4:] + bytes(size - len(profile))


def directory(entries: Iterable[tuple[int, int, int, int]], following: int = 0, claimed: int = 0) -> bytes:
    """A directory of a TIFF: tags, their types, counts and values; where the next one is; how many it claims."""
    rows = [struct.pack("<HHII", *entry) for entry in sorted(entries)]
    return struct.pack("<H", claimed or len(rows)) + b"".join(rows) + struct.pack("<I", following)


def tiff(more: Mapping[int, tuple[int, int, int]] | None = None, *, side: int = 4, **options: int) -> bytes:
    """A grey TIFF of 4×4 pixels, or one that tells another size, with more or other tags."""
    tags = {256: side, 257: side, 258: 8, 259: 1, 262: 1, 273: 8, 278: side, 279: 16}
    entries = {**{tag: (4, 1, value) for tag, value in tags.items()}, **(more or {})}
    return b"II*\0\x08\0\0\0" + directory([(tag, *entry) for tag, entry in entries.items()], **options) + bytes(16)


def chained(count: int) -> bytes:
    """A TIFF of so many directories, each of which names the next."""
    begin = len(tiff())
    links = (begin + 18 * number for number in range(1, count))
    return tiff(following=begin) + b"".join(directory([(254, 4, 1, 0)], link) for link in (*links, 0))


def overlapping(tags: int, size: int) -> bytes:
    """EXIF whose tags are all of the same bytes: turned to the right, then as many tags as asked for."""
    entries = [(0x112, 3, 1, 6), *((1000 + number, 7, size, 8) for number in range(tags))]
    return b"II*\0\x08\0\0\0" + directory(entries)


def gif(frames: int = 1, *, screen: int = 0, part: int = 0, before: bytes = b"") -> bytes:
    """A GIF of equal frames; with other sides of its screen or of its frames, and with more before the frames."""
    good = encoded(Image.new("1", (40, 30)), "GIF")
    at = good.index(b",\0\0\0\0")
    sides = struct.pack("<HH", screen, screen) if screen else good[6:10]
    frame = good[at : at + 5] + (struct.pack("<HH", part, part) if part else good[at + 5 : at + 9]) + good[at + 9 : -1]
    return b"".join((good[:6], sides, good[10:at], before, frame * frames, b";"))


def riff(*parts: tuple[bytes, bytes]) -> bytes:
    """A WebP of parts."""
    body = b"".join(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in parts)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@cache
def still() -> bytes:
    """The pixels of a lossless WebP."""
    return encoded(SMALL, "WEBP", lossless=True)[20:]


def canvas(side: int, flags: int) -> tuple[bytes, bytes]:
    """The header of a WebP of many parts."""
    width, height = (side, side) if side else (40, 30)
    return b"VP8X", bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def webp(frames: int, side: int = 0) -> bytes:
    """An animated WebP."""
    part = b"VP8L" + struct.pack("<I", len(still())) + still()
    head = bytes(6) + (39).to_bytes(3, "little") + (29).to_bytes(3, "little") + bytes(4)
    return riff(canvas(side, 2), (b"ANIM", bytes(6)), *[(b"ANMF", head + part)] * frames)


def bmp(at: int, *values: int) -> bytes:
    """A BMP with other numbers in its header."""
    good = encoded(Image.fromarray(SMALL).quantize(), "BMP")
    return good[:at] + struct.pack(f"<{len(values)}i", *values) + good[at + 4 * len(values) :]


def apng(frames: int) -> bytes:
    """A PNG of many frames that claims still more."""
    control = struct.pack(">IIIIHHBB", 40, 30, 0, 0, 1, 1, 0, 0)
    rows = zlib.compress(bytes(30 * 121))
    more = [
        chunk(b"fcTL", struct.pack(">I", 2 * number + 1) + control)
        + chunk(b"fdAT", struct.pack(">I", 2 * number + 2) + rows)
        for number in range(frames)
    ]
    good = png(chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), chunk(b"fcTL", bytes(4) + control))
    return good[:-12] + b"".join(more) + good[-12:]


def lossy() -> bytes:
    """A lossy WebP that tells the greatest size that there is."""
    good = encoded(SMALL, "WEBP")
    at = good.index(b"\x9d\x01\x2a") + 3
    return good[:at] + struct.pack("<HH", 16383, 16383) + good[at + 4 :]


def laden_webp() -> bytes:
    """A WebP with a large profile, and EXIF of nothing at all."""
    profile = padded(wide_profile(), 4_000_000)
    return riff(canvas(0, 0x28), (b"ICCP", profile), (b"VP8L", still()), (b"EXIF", bytes(4_000_000)))


def circle() -> bytes:
    """EXIF that says how the picture is turned, and then leads to itself."""
    return b"II*\0\x08\0\0\0" + directory([(0x112, 3, 1, 6), (34665, 4, 1, 8)], 8)


def many_tags() -> bytes:
    """A colour profile that claims to have more tags than there are numbers."""
    return SRGB_PROFILE[:128] + b"\xff\xff\xff\xff" + SRGB_PROFILE[132:]


Bomb: TypeAlias = tuple[str, Callable[[], bytes]]
"""What is said of it (how that begins; or the size, where the picture is read), and what makes the file."""

CLAIMS: dict[str, Bomb] = {
    "png": (HUGE, lambda: png(side=SIDE, pixels=bytes(100_000))),
    "jpeg": (HUGE, lambda: of_side(jpeg(SMALL))),
    "jpeg of inks": (HUGE, lambda: of_side(encoded(Image.fromarray(SMALL).convert("CMYK"), "JPEG"))),
    "jpeg of two frames": ("the JPEG is cut short or torn", two_frames),
    "gif": (HUGE, lambda: gif(screen=SIDE)),
    "gif beyond its screen": (HUGE, lambda: gif(part=SIDE)),
    "webp lossless": (WEBP, lambda: riff((b"VP8L", b"\x2f" + (16382 | 16382 << 14).to_bytes(4, "little") + bytes(99)))),
    "webp lossy": (WEBP, lossy),
    "webp animated": (HUGE, lambda: webp(2, SIDE)),
    "bmp": (HUGE, lambda: bmp(18, SIDE, SIDE)),
    "bmp upside down": (HUGE, lambda: bmp(18, SIDE, -SIDE)),
    "bmp header": ("it cannot be decoded: ", lambda: bmp(14, -1)),
    "bmp colours": ("it cannot be decoded: ", lambda: bmp(46, -1)),
    "tiff": (HUGE, lambda: tiff(side=SIDE)),
    "tiff samples": (NO_PICTURE, lambda: tiff({277: (3, 1, 65535)})),
    "tiff widths": (NO_PICTURE, lambda: tiff({256: (4, MOST, 8)})),
    "tiff strips": (NO_PICTURE, lambda: tiff({273: (4, MOST, 8)})),
    "tiff sizes of strips": ("4×4", lambda: tiff({279: (4, MOST, 8)})),
    "tiff bits": ("4×4", lambda: tiff({258: (3, MOST, 8)})),
    "tiff profile": ("4×4", lambda: tiff({34675: (7, MOST, 8)})),
    "tiff xmp": ("4×4", lambda: tiff({700: (1, MOST, 8)})),
    "tiff palette": ("4×4", lambda: tiff({320: (3, MOST, 8)})),
    "tiff tags": ("4×4", lambda: tiff(claimed=65535)),
    "png text": ("it cannot be decoded: ", lambda: png(struct.pack(">I", 2**31 - 1) + b"tEXtkey\0value")),
}
"""Headers that claim too much."""

MAZES: dict[str, Bomb] = {
    "tiff circle": ("4×4", lambda: tiff(following=8)),
    "tiff exif circle": ("4×4", lambda: tiff({34665: (4, 1, 8), 34853: (4, 1, 8)})),
    "tiff nested": ("4×4", lambda: tiff({330: (4, 1, 8)})),
    "tiff chain": ("4×4", lambda: chained(100_000)),
    "tiff overlapping": ("4×4", lambda: tiff(dict.fromkeys(range(40_000, 44_000), (7, 10**6, 8))) + bytes(10**6)),
    "jpeg scans": (SCANS, lambda: scans(64, 65_500)),
    "jpeg scans of a large picture": (SCANS, lambda: scans(8000, 3000)),
    "jpeg scans, arithmetic": (SCANS, lambda: scans(8000, 3000, 0xCA)),
    "jpeg exif circle": (TURNED, lambda: with_segments([segment(0xE1, b"Exif\0\0" + circle())])),
    "jpeg exif overlapping": (TURNED, lambda: with_segments([segment(0xE1, b"Exif\0\0" + overlapping(5000, 60_000))])),
    "jpeg segments": (PLAIN, lambda: with_segments([segment(0xFE, b"")] * 300_000)),
    "jpeg filled up": (PLAIN, lambda: with_segments([b"\xff" * 2_000_000])),
    "png exif circle": (TURNED, lambda: png(chunk(b"eXIf", circle()))),
    "png exif overlapping": (TURNED, lambda: png(chunk(b"eXIf", overlapping(4000, 10**6) + bytes(10**6)))),
    "png frames": (PLAIN, lambda: apng(20_000)),
    "png parts": (PLAIN, lambda: png(chunk(b"tEXt", b"k\0v") * 100_000)),
    "gif frames": (PLAIN, lambda: gif(1_000_000)),
    "gif comment": (PLAIN, lambda: gif(before=b"!\xfe" + (b"\xff" + bytes(255)) * 20_000 + b"\0")),
    "gif comments": (PLAIN, lambda: gif(before=b"!\xfe\x01c\0" * 100_000)),
    "webp frames": (PLAIN, lambda: webp(3000)),
}
"""What leads round in circles, or on for ever."""

FLOODS: dict[str, Bomb] = {
    "png zTXt": (TEXT, lambda: png(chunk(b"zTXt", b"key\0\0" + gigabytes()))),
    "png iTXt": (TEXT, lambda: png(chunk(b"iTXt", b"key\0\1\0\0\0" + gigabytes()))),
    "png iCCP": (TEXT, lambda: png(chunk(b"iCCP", b"key\0\0" + gigabytes()))),
    "png texts": (TEXTS, lambda: png(*[chunk(b"zTXt", b"key\0\0" + zlib.compress(bytes(10**6)))] * 200)),
    "png text behind": (TEXT, lambda: png()[:-12] + chunk(b"zTXt", b"key\0\0" + gigabytes()) + png()[-12:]),
    "png pixels": (PLAIN, lambda: png()[:33] + chunk(b"IDAT", gigabytes()) + png()[-12:]),
    "tiff pixels": ("4×4", lambda: tiff({259: (3, 1, 8), 273: (4, 1, 126), 279: (4, 1, 50_000)}) + gigabytes()),
    "jpeg exif": (PLAIN, lambda: with_segments([segment(0xE1, b"Exif\0\0" + bytes(65_000))] * 300)),
    "jpeg profile": (PLAIN, lambda: with_segments(profile_segments(padded(wide_profile(), 16_000_000)))),
    "jpeg profile of noise": (PLAIN, lambda: with_segments(profile_segments(noise_pixels(500, 600).tobytes()))),
    "jpeg profile of tags": (PLAIN, lambda: with_segments(profile_segments(many_tags()))),
    "webp beside": (PLAIN, laden_webp),
}
"""Much that is packed into little, or stands beside the picture."""

BOMBS = {**CLAIMS, **MAZES, **FLOODS}


def read(paths: Iterable[Path]) -> dict[str, tuple[str, float, int]]:
    """What a fresh process says of files, the CPU time for each, and the most memory in megabytes up to there."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ, *map(str, paths)], capture_output=True, text=True, check=True
    )
    lines: list[Any] = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: (said, seconds, peak) for name, said, seconds, peak in lines}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of them."""
    folder = tmp_path_factory.mktemp("bombs")
    for name, (_, made) in BOMBS.items():
        (folder / name).write_bytes(made())
    return folder


def check(name: str, said: str, seconds: float, peak: int) -> None:
    """That it is what is expected of a bomb, in one line, soon, in little memory."""
    assert said.startswith(BOMBS[name][0])
    assert said.isprintable()
    assert len(said) < 120
    assert seconds < MOST_SECONDS
    assert peak < MOST_MEGABYTES


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, tuple[str, float, int]]:
    """What one process says of all of them, one after the other."""
    return read(sorted(folder.iterdir()))


def test_bombs_do_no_harm_one_after_the_other(found: dict[str, tuple[str, float, int]]) -> None:
    assert {name: said for name, (said, _, _) in found.items() if not said.startswith(BOMBS[name][0])} == {}
    assert sorted(found) == sorted(BOMBS)
    for name, (said, seconds, peak) in found.items():
        check(name, said, seconds, peak)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_does_no_harm(folder: Path, name: str) -> None:
    (one,) = read([folder / name]).values()
    check(name, *one)


@pytest.mark.parametrize("asked", ["pixels", "luma", "small"])
def test_what_does_not_fit_in_the_memory_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    def load(_: Image.Image) -> None:
        raise MemoryError

    picture = read_picture(tmp_path, encoded(SMALL, "BMP"))
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    with pytest.raises(MemoryError):
        getattr(picture, asked)


KEEP_READING = """
import os, sys
from sslabel.readers import SourceFile
from sslabel.readers.image.pictures import pictures

path = sys.argv[1]
for number in range(40):
    with open(path, "r+b") as file:
        file.seek(5_000_000)
        file.write(bytes([number]))
    (sample,) = pictures(SourceFile("name", os.fsencode(path), os.path.getsize(path), 200_000_000))
    assert sample.value.pixels.shape == (30, 40, 3)
with open("/proc/self/status") as status:
    (peak,) = (int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
print(peak)
"""


@pytest.mark.slow
def test_large_profiles_leave_nothing_in_the_memory_for_those_after_them(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(BOMBS["jpeg profile"][1]())
    done = subprocess.run([sys.executable, "-c", KEEP_READING, str(path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST_MEGABYTES
