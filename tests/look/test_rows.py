"""What stands in a shard is read without decoding its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sslabel.engine.plan import load_plans
from sslabel.errors import DamageError
from sslabel.look.places import Place
from sslabel.look.rows import rows
from tests.look.handmade import Strings, write_out

NAMES = ("input", "input_words", "input_picture", "input_mask", "label", "label_order", "label_values", "meta")


@pytest.fixture(params=["webdataset", "parquet"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An output of one shard with five pairs, in each format."""
    return write_out(tmp_path / "out", Strings(text="α\n", other="β"), pairs=5, form=request.param)


def read(out: Path, names: tuple[str, ...] = NAMES, most: int | None = None) -> list[tuple[list[str], Any]]:
    (plan,) = load_plans(out / ".sslabel")
    place = Place.of(out / "handmade" / plan.shard_name("handmade", 0))
    return [(one.keys, one.columns) for one in rows(place, plan.schemas["handmade"], names, most)]


def test_each_field_is_what_it_is(out: Path) -> None:
    ((keys, columns),) = read(out)
    assert keys == [f"{number:032x}" for number in range(5)]
    assert set(columns) == set(NAMES)
    assert columns["input"] == ["α\n[MASK]β"] * 5
    assert columns["input_words"] == [["α\n", "β"]] * 5
    assert columns["input_picture"] == columns["input_mask"] == [(16, 12)] * 5
    assert columns["label"] == [0, 1, 0, 1, 0]
    assert columns["label_order"] == [[1, 0, 2]] * 5
    assert np.array_equal(columns["label_values"], [[number / 2, -1] for number in range(5)])
    assert '"noise":"hue(shift=-0.03)"' in str(columns["meta"][4])


@pytest.mark.parametrize("most", [0, 1, 4, 5, 9])
@pytest.mark.parametrize("names", [(), ("label",), ("input_picture", "meta")])
def test_the_first_ones_are_read(out: Path, most: int, names: tuple[str, ...]) -> None:
    found = read(out, names, most)
    assert [key for keys, _ in found for key in keys] == [f"{number:032x}" for number in range(min(5, most))]
    assert all(set(columns) == set(names) for _, columns in found)


@pytest.mark.parametrize("length", [0, 100, 512, 700, 1024, 5000])
def test_a_tar_that_is_cut_short_is_named(tmp_path: Path, length: int) -> None:
    out = write_out(tmp_path / "out", Strings(), pairs=3)
    path = out / "handmade" / "train-000000.tar"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DamageError) as caught:
        read(out)
    assert str(caught.value).startswith(f"{path} cannot be read: ")


def test_a_shard_of_other_bytes_is_named(out: Path) -> None:
    (path,) = (out / "handmade").iterdir()
    path.write_bytes(b"\xa5" * 4096)
    with pytest.raises(DamageError):
        read(out)
