"""What plans and records say is believed only where they are as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

import sslabel as tool
from tests.engine.running import tree
from tests.look import damaging
from tests.look.damaging import check_named


@pytest.mark.parametrize("harm", damaging.HOPELESS, ids=lambda one: one.__name__)
def test_without_its_plan_nothing_is_touched(whole: Path, out: Path, harm: damaging.Damage) -> None:
    named = harm(out)
    before = tree(out)
    check_named(tool.verify(out), out, *named)
    check_named(tool.verify(out, repair=True, raw=whole / "raw"), out, *named)
    assert tree(out) == before


def test_a_record_that_is_a_link_to_nowhere(out: Path) -> None:
    path = damaging.record_of(out, damaging.shards(out)[0])
    path.unlink()
    path.symlink_to("nowhere")
    check_named(tool.verify(out), out, path)
