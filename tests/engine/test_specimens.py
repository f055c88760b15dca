"""Every task finds a pair in what the tool makes itself, so that its data set is known before any source is read."""

from __future__ import annotations

import pytest

from sslabel.engine.probe import schemas_of
from sslabel.recipe import Recipe, Settings
from sslabel.registry import all_of


@pytest.mark.parametrize("task", all_of("task"))
def test_a_task_finds_a_pair_in_a_specimen(task: str) -> None:
    noise = ["gaussian-noise"] if task == "restore-image" else []
    recipe = Recipe.of(Settings.read({"task": task, "noise": noise}))
    found, reasons = schemas_of(recipe, {}, [], lambda _: None)
    assert task in found, reasons
