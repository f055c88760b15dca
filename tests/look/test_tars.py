"""Tars by their headers: what Python's own module writes is found, and damage is told from an end."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

import pytest

from sslabel.look.tars import grouped, members

FILES = {
    "a.jpg": b"x" * 700,
    "a.cls": b"3",
    "folder/b.seg.png": b"",
    f"{'long/' * 60}c.txt": b"text",
    "ü.txt": b"512" * 512,
}
FORMS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


def tar(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=form) as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return data.getvalue()


@pytest.mark.parametrize("form", FORMS)
def test_members_are_found_by_their_headers(form: int) -> None:
    files = {name: data for name, data in FILES.items() if form != tarfile.USTAR_FORMAT or len(name) < 100}
    file = io.BytesIO(tar(files, form))
    assert {one.name: one.read(file) for one in members(file)} == files


def test_what_is_no_regular_file_is_passed_by() -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            about = tarfile.TarInfo(f"a.{kind.decode()}")
            about.type, about.linkname = kind, "/etc/passwd"
            archive.addfile(about)
    assert list(members(io.BytesIO(data.getvalue()))) == []


@pytest.mark.parametrize("data", [b"", bytes(1024), bytes(10240)])
def test_an_empty_tar_has_no_members(data: bytes) -> None:
    assert list(members(io.BytesIO(data))) == []


def test_a_tar_without_an_end_is_damaged_only_where_an_end_is_promised() -> None:
    whole = tar({"a.jpg": b"x" * 700}, tarfile.USTAR_FORMAT)
    cut = io.BytesIO(whole[: 512 + 1024])
    assert [one.name for one in members(cut)] == [one.name for one in members(io.BytesIO(whole), ended=True)]
    for data in (cut, io.BytesIO(b"")):
        with pytest.raises(ValueError, match="the tar has no end"):
            list(members(data, ended=True))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:700], "ends within a.jpg"),
        (lambda data: data[:1700], "ends within a header"),
        (lambda data: data[:20] + b"!" + data[21:], "checksum"),
        (lambda data: b"\xff" * len(data), "a header is damaged"),
    ],
)
def test_damage_is_told(change: object, words: str) -> None:
    assert callable(change)
    file = io.BytesIO(change(tar({"a.jpg": b"x" * 700, "b.jpg": b"y"}, tarfile.USTAR_FORMAT)))
    with pytest.raises(ValueError, match=words):
        _ = [one.read(file) for one in members(file)]


def test_members_side_by_side_with_one_stem_are_an_example() -> None:
    names = ["a.jpg", "a.cls", "b/c.seg.png", "b/c.jpg", "d/c.jpg", "__index__.json", "noextension", ".hidden", "a.txt"]
    file = io.BytesIO(tar(dict.fromkeys(names, b"")))
    assert [(key, list(parts)) for key, parts in grouped(members(file))] == [
        ("a", ["jpg", "cls"]),
        ("b/c", ["seg.png", "jpg"]),
        ("d/c", ["jpg"]),
        ("a", ["txt"]),
    ]
