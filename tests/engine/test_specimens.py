"""Every task finds a pair in what the tool makes itself, so that its data set is known before any source is read."""

from __future__ import annotations

import pytest

from sslabel.engine.probe import film, schemas_of
from sslabel.readers import Stretch
from sslabel.recipe import Recipe, Settings
from sslabel.registry import all_of
from sslabel.values import Clip


@pytest.mark.parametrize("task", all_of("task"))
def test_a_task_finds_a_pair_in_a_specimen(task: str) -> None:
    noise = ["gaussian-noise"] if task == "restore-image" else []
    recipe = Recipe.of(Settings.read({"task": task, "noise": noise}))
    found, reasons = schemas_of(recipe, {}, [], lambda _: None)
    assert task in found, reasons


@pytest.mark.parametrize("length", [Stretch(16), Stretch(10_000), Stretch(1, 86_400.0), Stretch(4096, 60.0)])
def test_a_long_window_is_shown_by_small_frames(length: Stretch) -> None:
    clip = film(Recipe.of(Settings.read({"task": "odd-clip"})), length).value
    assert isinstance(clip, Clip)
    assert len(clip) >= length.frames
    assert clip.times[-1] - clip.times[0] >= length.seconds - 1e-6
    assert sum(frame.pixels.nbytes for frame in clip.frames) <= 64 << 20


def test_a_task_with_the_longest_windows_finds_a_pair_in_one() -> None:
    recipe = Recipe.of(Settings.read({"task": "odd-clip:clips=32,frames=32,stride=0"}))
    found, reasons = schemas_of(recipe, {}, [], lambda _: None)
    assert "odd-clip" in found, reasons
