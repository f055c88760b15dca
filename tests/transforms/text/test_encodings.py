"""Encodings are found out of a file's first bytes, and every code point is known to have taken its bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslabel.blocks import text_of
from sslabel.transforms.text.encodings import HEAD, Decoder, Encoding, encoding_of, has_bad, is_bad

FRENCH = "Le garçon a été très élève où ça déjà. Une façon différente, naïve.\n" * 20
RUSSIAN = "Съешь ещё этих мягких французских булок, да выпей чаю.\n" * 20
CHINESE = "鲁迅是中国著名的文学家。他写了很多小说，比如狂人日记。\n" * 20


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"plain", Encoding("utf-8")),
        ("naïve".encode(), Encoding("utf-8")),
        (b"\xef\xbb\xbfa", Encoding("utf-8", 3)),
        (b"\xff\xfea\0", Encoding("utf-16-le", 2)),
        (b"\xfe\xff\0a", Encoding("utf-16-be", 2)),
        (b"\xff\xfe\0\0a\0\0\0", Encoding("utf-32-le", 4)),
        (b"\0\0\xfe\xff\0\0\0a", Encoding("utf-32-be", 4)),
        (b"a\n" * 200 + b"\xff\n", Encoding("utf-8")),
        ("鲁迅\n".encode() * 3 + b"\xff\n", Encoding("utf-8")),
        (b"a\0b" * 2 + b"many more" * 9, Encoding("utf-8")),
        (FRENCH.encode("cp1252"), Encoding("cp1252", is_guess=True)),
        ("Über die Größe läßt sich streiten.\n".encode("cp1252"), Encoding("cp1252", is_guess=True)),
        ("“He said it’s fine” – or so.\n".encode("cp1252"), Encoding("cp1252", is_guess=True)),
        (
            ("Zażółć gęślą jaźń, proszę państwa; świat jest piękny.\n" * 9).encode("cp1250"),
            Encoding("cp1250", is_guess=True),
        ),
        ("Η γρήγορη καφέ αλεπού πηδάει πάνω από το σκύλο.\n".encode("cp1253"), Encoding("cp1253", is_guess=True)),
        (RUSSIAN.encode("cp1251"), Encoding("cp1251", is_guess=True)),
        (RUSSIAN.encode("koi8-r"), Encoding("koi8-r", is_guess=True)),
        (CHINESE.encode("gb18030"), Encoding("gb18030", is_guess=True)),
        (("啊" + CHINESE * 200).encode("gb18030"), Encoding("gb18030", is_guess=True)),
        (("a啊" + CHINESE.replace("\n", "") * 200).encode("gb18030"), Encoding("gb18030", is_guess=True)),
        (FRENCH.encode("utf-16-le"), Encoding("utf-16-le", is_guess=True)),
        (FRENCH.encode("utf-16-be"), Encoding("utf-16-be", is_guess=True)),
        (b"a" * (HEAD - 1) + "é".encode()[:1], Encoding("utf-8")),
    ],
    ids=lambda given: repr(given)[:30],
)
def test_an_encoding_is_found(head: bytes, expected: Encoding) -> None:
    assert encoding_of(head) == expected


@pytest.mark.parametrize(
    ("given", "head", "expected"),
    [
        ("cp1252", b"\xef\xbb\xbfa", Encoding("cp1252")),
        ("utf-8", b"\xef\xbb\xbfa", Encoding("utf-8", 3)),
        ("UTF8", b"\xff", Encoding("utf-8")),
        ("utf-8-sig", b"a", Encoding("utf-8")),
        ("utf-16", b"\xfe\xff\0a", Encoding("utf-16-be", 2)),
        ("utf-16", b"a\0", Encoding("utf-16-le")),
        ("utf-16-le", b"\xff\xfea\0", Encoding("utf-16-le", 2)),
        ("utf-16-le", b"\xff\xfe\0\0", Encoding("utf-16-le", 2)),
        ("utf-32", b"\xff\xfe\0\0", Encoding("utf-32-le", 4)),
        ("latin-1", b"a", Encoding("iso8859-1")),
    ],
)
def test_a_given_encoding_is_taken(given: str, head: bytes, expected: Encoding) -> None:
    assert encoding_of(head, given) == expected


@pytest.mark.parametrize(
    "given", ["utf-9", "rot13", "hex", "base64", "idna", "unicode_escape", "undefined", "a\0b", ""]
)
def test_what_is_no_encoding_of_files_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="there is no encoding of text files"):
        encoding_of(b"a", given)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"\0" * 100, "it is no text: 100 of its first 100 bytes are NUL"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08", "it is no text: "),
        (b"abc\n\xff\xd8\xff\xe0 \0 JFIF " + b"\xf7\xe1\n" * 20, "it is no text: it holds NULs"),
    ],
)
def test_what_is_no_text_is_refused(head: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        encoding_of(head)


@pytest.mark.parametrize(
    ("name", "keeps"),
    [("utf-8", True), ("cp1252", True), ("gbk", True), ("cp932", True), ("big5", True), ("gb18030", True)]
    + [(name, False) for name in ("utf-16-le", "utf-32-be", "utf-7", "hz", "iso2022-jp", "cp037", "shift-jisx0213")],
)
def test_which_encodings_keep_ascii(name: str, keeps: bool) -> None:
    assert Encoding(name).keeps_ascii is keeps


NAMES = ("utf-8", "utf-16-le", "utf-32-be", "gb18030", "cp932", "euc-jp", "big5hkscs", "cp1252", "cp037", "koi8-r")


@pytest.mark.parametrize("name", NAMES)
@given(
    text=st.text(st.sampled_from("ab\n é\u00ca\u0304\u00ea\u030c日中ｱ😀\uff0cЖ"), max_size=12), at=st.integers(0, 40)
)
def test_every_code_point_takes_its_bytes(name: str, text: str, at: int) -> None:
    data = text.encode(name, "ignore")
    decoder = Decoder(Encoding(name))
    parts = [decoder.decode(data[:at], final=False), decoder.decode(data[at:], final=True)]
    codes, widths = (np.concatenate(column) for column in zip(*parts, strict=True))
    assert text_of(codes) == data.decode(name)
    assert widths.sum() == len(data)
    if name != "big5hkscs":
        assert widths.tolist() == [len(one.encode(name)) for one in data.decode(name)]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.lists(st.sampled_from([b"a", b"\n", b"\0", b"\xff", b"\x80", b"\xd8", "é日".encode()])).map(b"".join))
def test_every_bad_byte_gives_one_mark(name: str, data: bytes) -> None:
    codes, widths = Decoder(Encoding(name)).decode(data, final=True)
    assert widths.sum() == len(data)
    marked = text_of(codes)
    assert has_bad(marked) == bool(is_bad(codes).any())
    if has_bad(marked):
        with pytest.raises(UnicodeDecodeError):
            data.decode(name)
    else:
        assert data.decode(name) == marked


@pytest.mark.parametrize("name", ["utf-7", "iso2022-jp", "hz"])
def test_where_bytes_cannot_be_told_there_are_no_widths(name: str) -> None:
    text = "日本\nabc\n" if name != "hz" else "中国\nabc\n"
    codes, widths = Decoder(Encoding(name)).decode(text.encode(name) + b"\xff", final=True)
    assert text_of(codes)[:-1] == text
    assert is_bad(codes[-1:]).all()
    assert not widths.any()
