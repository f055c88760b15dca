"""Encodings of text files: which one a file is in, and decoding that says how many bytes each code point took."""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sslabel.blocks import codes_of
from sslabel.transforms.text.units import WHITE

if TYPE_CHECKING:
    from sslabel.blocks import Bools, Codes

Widths: TypeAlias = NDArray[np.uint8]

HEAD: Final = 1 << 20
"""As much of a file's begin decides on its encoding."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FAMILIES: Final = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_NOT_OF_FILES = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape")
_STATEFUL = ("iso2022", "hz", "utf-7")
_ASCII: Final = bytes(range(128))
_MANY_NULS = 0.1
_ONE_SIDE = 0.95
_FEW_BAD_LINES = 0.01
_SAMPLE = 1 << 16
# With fewer bytes that are no ASCII than this, nothing but Western accents can be told from damage.
_TELLING = 4
# What texts of today and of the last decades are in; others look like any of these.
_LIKELY: Final = [
    *(f"cp{number}" for number in (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 866, 874, 932, 949)),
    *(f"iso8859_{number}" for number in (2, 5, 6, 7, 8, 9, 15)),
    *("koi8_r", "koi8_u", "mac_roman", "mac_cyrillic", "shift_jis", "euc_jp", "iso2022_jp", "gb18030", "gb2312", "gbk"),
    *("big5", "euc_kr", "tis_620"),
]
_MOST_ACCENTS = 0.3
_NEARLY_ALL = 0.95
_LETTERS = "àáâãäåæçèéêëìíîïñòóôöøœßùúûü"
_WESTERN: Final = frozenset(_LETTERS + _LETTERS.upper() + "¡¿«»‘’‚“”„–—…•·´°§€£©®™½¼¾×ªº\xa0")
_REPLACED = "\ufffd"
_BAD = "sslabel-bad-bytes"


@dataclass(frozen=True)
class Encoding:
    """An encoding: the name of its codec, the bytes of the byte order mark before the text, whether it is a guess."""

    name: str
    mark: int = 0
    is_guess: bool = False

    @cached_property
    def keeps_ascii(self) -> bool:
        """Whether the bytes 0 to 127 are ASCII wherever a line begins, so that lines can be found in the bytes."""
        try:
            return _ASCII.decode(self.name) == _ASCII.decode("ascii") and not self.is_stateful
        except UnicodeError:
            return False

    @property
    def is_stateful(self) -> bool:
        """Whether what a byte means depends on what stands far before it."""
        return self.name.startswith(_STATEFUL)

    @cached_property
    def widths(self) -> Callable[[Codes], Widths] | None:
        """How many bytes each code point takes; None where that cannot be said."""
        if self.name in _WIDTHS:
            return _WIDTHS[self.name]
        if self.is_stateful:
            return None
        is_one_byte = len(bytes(range(256)).decode(self.name, "replace")) == 256  # noqa: PLR2004 - all bytes
        return _one if is_one_byte else self._looked_up

    def _looked_up(self, codes: Codes) -> Widths:
        used = np.flatnonzero(np.bincount(codes))
        table = np.ones(int(used[-1]) + 1 if len(used) else 1, np.uint8)
        for code in used[used > 0x7F].tolist():  # noqa: PLR2004 - ASCII takes one
            table[code] = len(chr(code).encode(self.name, "replace"))
        return _one_each_bad(codes, table[codes])


class Decoder:
    """Decodes a stream of bytes piece by piece.

    Every byte that cannot be decoded gives one surrogate, which no text holds otherwise.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        # Typed as Any since the stubs know of no state.
        self._decoder: Any = codecs.getincrementaldecoder(encoding.name)(_BAD)

    def text(self, data: bytes, *, final: bool) -> str:
        """The next part of the text."""
        return str(self._decoder.decode(data, final))

    def decode(self, data: bytes, *, final: bool) -> tuple[Codes, Widths]:
        """The next code points, and how many bytes each of them took (0 where that cannot be said)."""
        widths = self._encoding.widths
        before = self._decoder.getstate()
        codes = codes_of(self.text(data, final=final), "surrogatepass")
        if widths is None:
            return codes, np.zeros(len(codes), np.uint8)
        found = widths(codes)
        if widths == self._encoding._looked_up:  # noqa: SLF001 - the two belong together
            taken = len(before[0]) + len(data) - (0 if final else len(self._decoder.getstate()[0]))
            if int(found.sum(dtype=np.int64)) != taken:
                self._decoder.setstate(before)
                return self._one_by_one(data, len(before[0]), final=final)
        return codes, found

    def _one_by_one(self, data: bytes, pending: int, *, final: bool) -> tuple[Codes, Widths]:
        # Some pairs of bytes give two code points, so that neither of them has a width of its own.
        parts, widths = [], []
        for at in range(len(data)):
            part = self.text(data[at : at + 1], final=final and at == len(data) - 1)
            pending += 1
            left = len(self._decoder.getstate()[0])
            if part:
                parts.append(part)
                shares = [1] * len(part)
                shares[-1] = max(0, pending - left - len(part) + 1)
                widths += shares
                pending = left
        return codes_of("".join(parts), "surrogatepass"), np.array(widths, np.uint8)


def is_bad(codes: Codes) -> Bools:
    """Which code points stand for bytes that could not be decoded."""
    if codes.itemsize == 1 or codes.max(initial=0) < 0xD800:  # noqa: PLR2004 - the surrogates
        return np.zeros(len(codes), bool)
    bad: Bools = (codes & np.uint32(0xFFFFF800)) == 0xD800  # noqa: PLR2004 - the surrogates
    return bad


def has_bad(text: str) -> bool:
    """Whether a text holds surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def encoding_of(head: bytes, given: str | None = None) -> Encoding:
    """The encoding of a file, from its first bytes (`HEAD` of them, or all) and what its user says of it.

    A byte order mark decides, then strict UTF-8. A file of which more than 1 % of the lines are no UTF-8 and that
    has more bytes that are none than characters that are is guessed; any other is UTF-8 with a few bad lines.
    ValueError for an encoding that there is not, and for what is no text.
    """
    if given is not None:
        return _given(head, given)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head, len(head) < HEAD)
    nuls = head.count(0)
    if nuls > _MANY_NULS * len(head):
        return _of_two_bytes(head, nuls)
    if _is_mostly_utf8(text):
        return Encoding("utf-8")
    if nuls:
        msg = "it is no text: it holds NULs, and bytes that are no UTF-8"
        raise ValueError(msg)
    guess = _guessed(head)
    if guess is None:
        msg = "its encoding cannot be guessed; --encoding says which it is"
        raise ValueError(msg)
    return Encoding(guess, is_guess=guess != "utf-8")


def _given(head: bytes, given: str) -> Encoding:
    try:
        with contextlib.suppress(UnicodeError):
            b"a".decode(given)  # which alone says whether it is an encoding of texts
        name = codecs.lookup(given).name.replace("_", "-")
    except (LookupError, ValueError):
        name = "undefined"
    if name in _NOT_OF_FILES:
        msg = f"there is no encoding of text files {given!r} (--encoding)"
        raise ValueError(msg)
    marked = next(((mark, one) for mark, one in _MARKS if head.startswith(mark) and one.startswith(name)), None)
    if name in _FAMILIES:
        marked = marked or next(
            ((mark, one) for mark, one in _MARKS if head.startswith(mark) and one == _FAMILIES[name]), None
        )
        return Encoding(marked[1], len(marked[0])) if marked else Encoding(_FAMILIES[name])
    return Encoding(name, len(marked[0]) if marked else 0)


def _of_two_bytes(head: bytes, nuls: int) -> Encoding:
    high_first = head[::2].count(0)
    for name, share in (("utf-16-be", high_first), ("utf-16-le", nuls - high_first)):
        if share >= _ONE_SIDE * nuls:
            text = codecs.getincrementaldecoder(name)(_BAD).decode(head, False)
            if not has_bad(text):
                return Encoding(name, is_guess=True)
    msg = f"it is no text: {nuls} of its first {len(head)} bytes are NUL"
    raise ValueError(msg)


def _is_mostly_utf8(text: str) -> bool:
    bad = text.count(_REPLACED)
    if not bad or 2 * bad <= len(text) - len(text.encode("ascii", "ignore")):
        return True
    lines = [line for line in re.split("[\r\n]+", text) if line.strip(WHITE)]
    return sum(_REPLACED in line for line in lines) <= _FEW_BAD_LINES * len(lines)


@lru_cache(maxsize=4)  # the blocks of one file have the same head
def _guessed(head: bytes) -> str | None:
    from charset_normalizer import from_bytes

    telling = b"".join(line for line in head.splitlines(keepends=True) if not line.isascii())[:_SAMPLE]
    if _is_western(telling):
        return "cp1252"
    if sum(byte > 0x7F for byte in telling) < _TELLING:  # noqa: PLR2004 - ASCII
        return "utf-8"
    # It may end inside of a character, of four bytes at most.
    for end in range(len(telling), max(0, len(telling) - 4), -1):
        best = from_bytes(telling[:end], cp_isolation=_LIKELY).best()
        if best is not None:
            return codecs.lookup(best.encoding).name.replace("_", "-")
    return None


def _is_western(data: bytes) -> bool:
    """Whether bytes are a Western European language in Windows-1252, which is often taken for a Baltic one."""
    text = data.decode("cp1252", "replace")
    high = [one for one in text if one > "\x7f"]
    letters = sum(map(str.isalpha, text))
    # Greek and Cyrillic letters all look like Western ones, but no word has that many accents.
    if sum(map(str.isalpha, high)) > _MOST_ACCENTS * letters:
        return False
    return sum(one in _WESTERN for one in high) >= _NEARLY_ALL * len(high)


def _one(codes: Codes) -> Widths:
    return np.ones(len(codes), np.uint8)


def _of_utf8(codes: Codes) -> Widths:
    widths = _one(codes)
    if not len(codes) or (most := codes.max()) <= 0x7F:  # noqa: PLR2004 - RFC 3629
        return widths
    widths += codes > 0x7F  # noqa: PLR2004
    widths += codes > 0x7FF  # noqa: PLR2004
    widths += codes > 0xFFFF  # noqa: PLR2004
    return _one_each_bad(codes, widths) if most >= 0xD800 else widths  # noqa: PLR2004 - the first surrogate


def _of_utf16(codes: Codes) -> Widths:
    widths = np.full(len(codes), 2, np.uint8)
    widths[codes > 0xFFFF] = 4  # noqa: PLR2004 - a pair of surrogates
    return _one_each_bad(codes, widths)


def _of_utf32(codes: Codes) -> Widths:
    return _one_each_bad(codes, np.full(len(codes), 4, np.uint8))


def _one_each_bad(codes: Codes, widths: Widths) -> Widths:
    widths[is_bad(codes)] = 1
    return widths


_WIDTHS: Final = {
    "utf-8": _of_utf8,
    "utf-16-le": _of_utf16,
    "utf-16-be": _of_utf16,
    "utf-32-le": _of_utf32,
    "utf-32-be": _of_utf32,
}


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    end = min(error.end, len(error.object))
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : end]), end


codecs.register_error(_BAD, _marked)
