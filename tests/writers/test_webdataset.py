"""Tar shards: plain ustar with fixed owners and times, read by every tool."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from sslabel.codecs import Schema, decode, to_json
from sslabel.registry import find
from sslabel.storage import WholeFile
from sslabel.writers.webdataset import tar_header
from tests.writers.shards import pictures_schema, raw, row, some, written

CHECKSUM = slice(148, 156)
DEVICES = slice(329, 345)


def reference(name: str, size: int) -> bytes:
    """The header that the standard library writes."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime, info.uid, info.gid = size, 0o644, 0, 0, 0
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def without(header: bytes, *parts: slice) -> bytes:
    left = bytearray(header)
    for part in parts:
        left[part] = bytes(part.stop - part.start)
    return bytes(left)


@pytest.mark.parametrize("name", ["a", "0123456789abcdef0123456789abcdef.input.jpg", "x" * 100])
@pytest.mark.parametrize("size", [0, 1, 511, 512, 123_456, 8**11 - 1])
def test_a_header_is_that_of_the_standard_library(name: str, size: int) -> None:
    header = tar_header(name, size)
    assert len(header) == 512
    # A file has no device: some write zeros in its place, some nothing, and the checksum follows.
    assert without(header, DEVICES, CHECKSUM) == without(reference(name, size), DEVICES, CHECKSUM)
    assert header[DEVICES] == bytes(16)


@pytest.mark.parametrize("name", ["a", "0123456789abcdef.input.jpg", "~" * 100])
@pytest.mark.parametrize("size", [0, 7, 8**11 - 1])
def test_a_header_s_checksum_is_the_sum_of_its_bytes(name: str, size: int) -> None:
    header = tar_header(name, size)
    total = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    assert header[CHECKSUM] == b"%06o\0 " % total
    member = tarfile.TarInfo.frombuf(header, "ascii", "strict")
    assert (member.name, member.size, member.mode, member.mtime) == (name, size, 0o644, 0)
    assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
    assert member.isreg()


@pytest.mark.parametrize(
    ("name", "size"), [("x" * 101, 1), ("a", 8**11), ("é", 1), ("x" * 90 + ".input_center.jpg", 1)]
)
def test_what_plain_ustar_cannot_say_is_refused(name: str, size: int) -> None:
    with pytest.raises(ValueError, match=r"100 bytes|ascii"):
        tar_header(name, size)


def test_a_key_too_long_for_its_member_is_refused(tmp_path: Path) -> None:
    fits, too_long = "k" * (100 - len(".input.jpg")), "k" * (101 - len(".input.jpg"))
    written(tmp_path / "a.tar", "webdataset", pictures_schema(), [raw(fits, [b"x"])])
    with pytest.raises(ValueError, match="at most 100 bytes"):
        written(tmp_path / "b.tar", "webdataset", pictures_schema(), [raw(too_long, [b"x"])])
    assert not (tmp_path / "b.tar").exists()


def members(data: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        found = []
        for member in tar.getmembers():
            file = tar.extractfile(member)
            assert file is not None
            found.append((member, file.read()))
        return found


def test_the_standard_library_reads_what_was_written(tmp_path: Path) -> None:
    schema, examples = some(3)
    found = members(written(tmp_path / "a.tar", "webdataset", schema, examples))
    expected = []
    for one in examples:
        for field, data in zip(schema.fields, one.data, strict=True):
            expected.append((f"{one.key}.{field.name}.{field.extension}", data))
        expected.append((f"{one.key}.meta.json", to_json(one.meta)))
    assert [(member.name, data) for member, data in found] == expected
    for member, _ in found:
        assert (member.mode, member.mtime, member.uid, member.gid, member.uname, member.gname) == (
            0o644,
            0,
            0,
            0,
            "",
            "",
        )
        assert member.isreg()
        assert member.pax_headers == {}


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # its own
def test_webdataset_reads_what_was_written(tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    schema, examples = some(5)
    written(tmp_path / "a.tar", "webdataset", schema, examples)
    found = list(webdataset.WebDataset(str(tmp_path / "a.tar"), shardshuffle=False))
    assert [one["__key__"] for one in found] == [one.key for one in examples]
    for number, one in enumerate(found):
        for field, value in zip(schema.fields, row(number).values(), strict=True):
            again = decode(one[f"{field.name}.{field.extension}"], field)
            assert again == value or field.extension == "jpg"
        assert json.loads(one["meta.json"]) == examples[number].meta


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # its own
def test_webdataset_decodes_what_was_written_with_its_own_decoders(tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    schema, examples = some(2)
    written(tmp_path / "a.tar", "webdataset", schema, examples)
    one = list(webdataset.WebDataset(str(tmp_path / "a.tar"), shardshuffle=False).decode("rgb8"))[1]
    assert one["input.jpg"].shape == (16, 24, 3)
    assert one["label.cls"] == 1
    assert one["label_order.json"] == [2, 0, 1]
    assert one["label_numbers.npy"].shape == (2, 2, 2)
    assert one["label_offsets.json"] == [1.0, -0.5]
    assert one["caption.txt"] == "a picture, no. 1 – ünïcode"


@pytest.mark.skipif(shutil.which("tar") is None, reason="there is no tar here")
def test_tar_lists_what_was_written(tmp_path: Path) -> None:
    written(tmp_path / "a.tar", "webdataset", pictures_schema(), [raw("k1", [b"x" * 700]), raw("k2", [b""])])
    listed = subprocess.run(["tar", "-tf", str(tmp_path / "a.tar")], check=True, capture_output=True, text=True)
    assert listed.stdout.split() == ["k1.input.jpg", "k1.meta.json", "k2.input.jpg", "k2.meta.json"]
    assert listed.stderr == ""


def test_members_may_have_other_names(tmp_path: Path) -> None:
    schema = pictures_schema(("input", "label"), {"input": "jpg"})
    found = members(written(tmp_path / "a.tar", "webdataset", schema, [raw("k", [b"one", b"two"])]))
    assert [member.name for member, _ in found] == ["k.jpg", "k.label.jpg", "k.meta.json"]


def test_an_empty_shard_is_an_archive_without_members(tmp_path: Path) -> None:
    data = written(tmp_path / "a.tar", "webdataset", pictures_schema(), [])
    assert members(data) == []
    assert data == bytes(10240)


@pytest.mark.parametrize("size", [0, 1, 512, 513, 9000])
def test_an_archive_ends_as_tar_ends_it(tmp_path: Path, size: int) -> None:
    data = written(tmp_path / "a.tar", "webdataset", pictures_schema(), [raw("k", [b"x" * size])])
    assert len(data) % 10240 == 0
    used = 512 + -(-size // 512) * 512 + 1024
    assert data[used : used + 1024] == bytes(1024)
    assert not any(data[used:])


def test_the_same_examples_give_the_same_bytes(tmp_path: Path) -> None:
    schema, examples = some(4)
    again = Schema.from_json(json.loads(json.dumps(schema.to_json())))
    one = written(tmp_path / "one.tar", "webdataset", schema, examples)
    assert one == written(tmp_path / "other.tar", "webdataset", again, some(4)[1])


def test_the_file_is_counted_as_it_is_written(tmp_path: Path) -> None:
    schema, examples = some(2)
    with WholeFile(tmp_path / "a.tar") as file:
        shard = find("writer", "webdataset").function(file, schema)
        shard.add(examples[0])
        assert file.bytes % 512 == 0
        shard.close()
        assert file.bytes % 10240 == 0
    assert (tmp_path / "a.tar").stat().st_size == file.bytes
