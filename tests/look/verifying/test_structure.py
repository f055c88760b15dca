"""The structure of a shard shows where it is not what was written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import sslabel as tool
from sslabel.engine.plan import load_plans
from sslabel.look.verifying.findings import Damaged
from sslabel.look.verifying.structure import keys_of
from tests.look import damaging
from tests.look.damaging import check_named


@pytest.mark.parametrize("number", [0, -1])
def test_a_shard_cut_at_any_block_is_found_at_once(out: Path, number: int) -> None:
    path = damaging.shards(out)[number]
    data = path.read_bytes()
    for size in range(0, len(data), 512):
        with damaging.changed(path, data[:size]):
            check_named(tool.verify(out), out, path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["texts", "films"])
def test_shards_of_texts_and_films_cut_at_any_block_are_found(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    folder: Path = request.getfixturevalue(kind)
    out = Path(shutil.copytree(folder / "out", tmp_path / "out"))
    for suffix in (".tar", ".parquet"):
        path = min((one for one in damaging.shards(out) if one.suffix == suffix), key=lambda one: one.stat().st_size)
        data = path.read_bytes()
        for size in range(0, len(data), 512):
            with damaging.changed(path, data[:size]):
                check_named(tool.verify(out), out, path)


@pytest.mark.parametrize("form", ["tar", "parquet"])
def test_the_structure_alone_shows_where_a_shard_is_cut(out: Path, form: str) -> None:
    """As above, where the record is made to agree."""
    path = max((path for path in damaging.shards(out) if path.suffix == f".{form}"), key=lambda one: one.stat().st_size)
    task = path.parent.name
    schema = next(plan.schemas[task] for plan in load_plans(out / ".sslabel") if task in plan.tasks)
    pairs = json.loads(damaging.record_of(out, path).read_bytes())["pairs"]
    assert len(keys_of(path, schema, pairs)) == pairs > 1
    data = path.read_bytes()
    for size in range(0, len(data), 512):
        with damaging.changed(path, data[:size]), pytest.raises(Damaged):
            keys_of(path, schema, pairs)
    for other in (pairs - 1, pairs + 1):
        with pytest.raises(Damaged):
            keys_of(path, schema, other)
