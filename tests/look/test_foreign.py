"""Shards that other tools wrote: what is known is shown, what is not is named, and nothing is unpickled."""

from __future__ import annotations

import gzip
import io
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import webdataset
from hypothesis import given, settings
from hypothesis import strategies as st

from sslabel.errors import NothingToReadError
from sslabel.look.drawing import listing
from sslabel.look.foreign import REFUSED, of_member, of_row
from sslabel.look.inspection import Asked, examples
from sslabel.look.parts import Stored, Unread, line_of
from sslabel.look.wanted import Wanted
from sslabel.values import Category, Picture, Text
from tests.engine.drawing import photo
from tests.look.showing import SGR, screen, unseen
from tests.look.test_tars import tar


def png(seed: int = 0) -> bytes:
    data = io.BytesIO()
    photo(seed).save(data, "PNG")
    return data.getvalue()


def npy(array: Any) -> bytes:
    data = io.BytesIO()
    np.save(data, array, allow_pickle=True)
    return data.getvalue()


class Trap:
    """What runs when it is unpickled."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("unpickled",)


def first(path: Path, wanted: Wanted | None = None, **asked: Any) -> Stored:
    for one in examples(str(path), Asked(wanted or Wanted(), **asked)):
        assert one.told()
        assert screen(one)
        return one
    raise AssertionError


def test_members_by_their_extensions(tmp_path: Path) -> None:
    files = {
        "jpg": b"\xff\xd8 no picture",
        "left.PNG": png(),
        "cls": b"7\n",
        "txt": "日本".encode(),
        "json": b'{"a": [1, null]}',
        "bad.json": b"{",
        "npy": npy(np.zeros((2, 3), np.float16)),
        "objects.npy": npy(np.array([Trap()], object)),
        "mp3": b"x" * 300,
    }
    (tmp_path / "a.tar").write_bytes(tar({f"k.{name}": data for name, data in files.items()}))
    one = first(tmp_path)
    values = {name: part.value for name, part in one.parts.items()}
    assert list(values) == list(files)
    assert isinstance(values["left.PNG"], Picture)
    assert (values["cls"], values["txt"], values["json"]) == (7, Text("日本"), {"a": [1, None]})
    assert values["npy"].shape == (2, 3)
    for name in ("jpg", "bad.json", "objects.npy"):
        assert isinstance(values[name], Unread)
        assert values[name].why.startswith("cannot be read: ")
    assert values["jpg"] == Unread("cannot be read: its content is no picture")
    assert values["mp3"] == Unread("")
    assert one.told()["fields"]["mp3"] == {"extension": "mp3", "bytes": 300, "unread": ""}


@pytest.mark.parametrize("extension", sorted(REFUSED))
def test_pickles_are_named_and_never_read(tmp_path: Path, extension: str) -> None:
    (tmp_path / "a.tar").write_bytes(tar({f"k.{extension}": b"\x80\x04evil", "k.cls": b"1"}))
    part = first(tmp_path / "a.tar").parts[extension]
    assert part.raw == b""
    assert part.value == Unread("a pickle, which can run code when it is read: not read")


def test_what_the_reference_writer_writes(tmp_path: Path) -> None:
    with webdataset.TarWriter(str(tmp_path / "a.tar")) as writer:
        for number in range(3):
            writer.write(
                {"__key__": f"s{number}", "png": np.asarray(photo(number)), "cls": number, "txt": f"no {number}"}
            )
    one = first(tmp_path / "a.tar", Wanted.read(None, None, ["cls=2"]))
    assert (one.key, one.parts["txt"].value) == ("s2", Text("no 2"))
    assert first(tmp_path / "a.tar", Wanted.read("s1", None, [])).parts["cls"].value == 1


def test_compressed_tars_and_folders_of_them(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.tar.gz").write_bytes(gzip.compress(tar({"z.txt": b"zipped"})))
    (tmp_path / "deep" / "a.tar").write_bytes(tar({"p.txt": b"plain"}))
    (tmp_path / "deep" / ".c.tar.tmp").write_bytes(b"half")
    found = [one.parts["txt"].value.text for one in examples(str(tmp_path), Asked(Wanted()))]
    assert found == ["plain", "zipped"]


def test_what_is_compressed_is_unpacked_whatever_it_is_called(tmp_path: Path) -> None:
    files = {
        "txt.gz": gzip.compress(b"zipped"),
        "json.gz": gzip.compress(b'{"a": 1}'),
        "cls.gz": b"torn",
        "long.txt.gz": gzip.compress(b"x" * (3 << 20)),
        "pkl.gz": gzip.compress(b"\x80\x04evil"),
        "png.gz": gzip.compress(png()),
    }
    (tmp_path / "a.tar").write_bytes(gzip.compress(tar({f"k.{name}": data for name, data in files.items()})))
    values = {name: part.value for name, part in first(tmp_path / "a.tar").parts.items()}
    assert (values["txt.gz"], values["json.gz"]) == (Text("zipped"), {"a": 1})
    assert values["cls.gz"].why.startswith("cannot be read: ")
    assert len(values["long.txt.gz"].text) == 1 << 20
    assert (values["pkl.gz"], values["png.gz"]) == (Unread(""), Unread(""))


def test_what_holds_no_example_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(tar({"README": b"x", ".hidden.jpg": b"x", "__meta__.json": b"{}"}))
    with pytest.raises(NothingToReadError, match=r"a\.tar: no example in it"):
        first(tmp_path / "a.tar")


def test_pictures_of_a_list_are_pictures(tmp_path: Path) -> None:
    pictures = [[{"bytes": png(number), "path": None} for number in range(40)], []]
    pq.write_table(pa.table({"images": pictures, "key": ["a", "b"]}), tmp_path / "a.parquet")
    one, other = examples(str(tmp_path), Asked(Wanted()))
    assert list(one.parts) == [*(f"images_{number}" for number in range(32)), "images", "key"]
    assert all(isinstance(one.parts[f"images_{number}"].value, Picture) for number in range(32))
    assert one.parts["images"].value == Text("8 more pictures")
    assert other.parts["images"].value == []


def test_columns_by_what_they_hold(tmp_path: Path) -> None:
    table = pa.table(
        {
            "image": [{"bytes": png(number), "path": None} for number in range(20)],
            "raw": [png(0)] * 20,
            "blob": [b"abc"] * 20,
            "label": [number % 2 for number in range(20)],
            "text": [f"no {number}" for number in range(20)],
            "vector": [[1.0, 2.5]] * 20,
            "nothing": pa.nulls(20),
        }
    )
    features = {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}, "text": {"dtype": "string"}}
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=7)
    one = first(tmp_path, Wanted.read(None, None, ["text=no 13"]))
    values = {name: part.value for name, part in one.parts.items()}
    assert (one.key, values["label"], values["vector"], values["nothing"]) == (
        "13",
        Category(1, ("cat", "dog")),
        [1.0, 2.5],
        None,
    )
    assert isinstance(values["image"], Picture)
    assert isinstance(values["raw"], Picture)
    assert values["blob"] == Unread("")
    assert np.array_equal(values["image"].pixels, np.asarray(photo(13)))
    dogs = list(examples(str(tmp_path), Asked(Wanted.read(None, None, ["label=dog"]), 99)))
    assert [one.key for one in dogs] == [str(number) for number in range(1, 20, 2)]
    drawn = [one.key for one in examples(str(tmp_path), Asked(Wanted(), 5, draws=True, seed=1))]
    assert len(set(drawn)) == 5


def test_a_picture_that_is_too_large_is_named(tmp_path: Path) -> None:
    header = png()[:16] + (60_000).to_bytes(4) + (60_000).to_bytes(4) + png()[24:]
    (tmp_path / "a.tar").write_bytes(tar({"k.png": header}))
    assert isinstance(first(tmp_path).parts["png"].value, Unread)


ODD = st.text(st.characters(exclude_categories=()), max_size=12)  # surrogates too
CELLS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ODD, st.binary(max_size=20), st.datetimes()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ODD, inner, max_size=3)),
    max_leaves=6,
)
EXTENSIONS = st.sampled_from([*REFUSED, "jpg", "png", "txt", "cls", "json", "npy", "mp4", "txt.gz", "json.gz", ""])


@settings(max_examples=60)
@given(st.dictionaries(ODD, CELLS, max_size=4), ODD, ODD, st.booleans())
def test_nothing_in_a_row_reaches_the_terminal(row: dict[str, Any], shard: str, name: str, color: bool) -> None:
    one = Stored(shard, of_row({**row, "class": 0}, {"class": [name]}), dict, shard=shard)
    check(one, color=color)


@settings(max_examples=60)
@given(
    st.dictionaries(st.builds("{}.{}".format, ODD, EXTENSIONS), st.one_of(st.binary(), ODD), max_size=4),
    ODD,
    st.booleans(),
)
def test_nothing_in_a_tar_reaches_the_terminal(files: dict[str, bytes | str], key: str, color: bool) -> None:
    parts = {}
    for name, content in files.items():
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        parts[name] = of_member(name, len(data), partial(_begin, data))
    check(Stored(key, parts, dict, shard=key), color=color)


def _begin(data: bytes, most: int) -> bytes:
    return data if most < 0 else data[:most]


def check(one: Stored, *, color: bool) -> None:
    """What is shown of an example has no letter that a terminal would obey, and what is told as JSON is ASCII."""
    for shown in (SGR.sub("", screen(one, color=color)), "\n".join(listing(one))):
        shown.encode("utf-8")
        assert unseen(shown.replace("\n", "")) == []
    assert line_of(one).isascii()
    assert line_of(one).isprintable()
