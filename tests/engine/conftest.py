"""What several modules of tests of runs are given: a run that nothing stops, tasks on texts of a user's own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.engine.prose import save_plugin
from tests.engine.running import SMALL, SMALL_UNITS, Members, check_whole, sslabel, tree


@pytest.fixture(scope="session")
def undisturbed(many_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Members:
    """The whole output of a run that nothing stopped."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    assert sslabel("make", many_photos, out, *SMALL).code == 0
    files = tree(out)
    assert sum(name.endswith(".tar") for name in files) == 2 * SMALL_UNITS
    check_whole(out, files)
    return files


@pytest.fixture(scope="session")
def seconds(undisturbed: Members, many_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long such a run takes, once all that it reads was read before."""
    begun = time.monotonic()
    out = tmp_path_factory.mktemp("timed") / "out"
    assert sslabel("make", many_photos, out, *SMALL).code == 0
    assert tree(out) == undisturbed
    return time.monotonic() - begun


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tasks and a noise of a user's own, on one text and on a block; other modules have another plug-in."""
    return save_plugin(tmp_path_factory.mktemp("plugin"))
