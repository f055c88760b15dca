"""Recipes, and a registry that a test may add to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sslabel import registry
from sslabel.flow import Failed, Skipped, examples
from sslabel.recipe import Recipe, Settings
from sslabel.seeding import Draws
from sslabel.values import Example, Sample, Value

if TYPE_CHECKING:
    import pytest


def open_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test register what it needs; when it ends, nothing of it is left."""
    registry._discover()
    copies = {kind: dict(entries) for kind, entries in registry._registered.items()}
    monkeypatch.setattr(registry, "_registered", copies)


def recipe(**given: Any) -> Recipe:
    """The recipe of these settings."""
    return Recipe.of(Settings.read(given))


def outcomes(
    value: Value,
    steps: Recipe,
    source: str = "a.jpg",
    copies: Iterable[int] | None = None,
    fields: Mapping[str, str] | None = None,
) -> list[Example | Skipped | Failed]:
    """All that a recipe makes of a value, refusals included."""
    return list(examples(Sample(source, value, fields or {}), steps, Draws(steps.seed), copies))


def examples_of(
    value: Value,
    steps: Recipe,
    source: str = "a.jpg",
    copies: Iterable[int] | None = None,
    fields: Mapping[str, str] | None = None,
) -> list[Example]:
    """The examples that a recipe makes of a value, none of its tasks refusing it."""
    made = outcomes(value, steps, source, copies, fields)
    assert all(isinstance(one, Example) for one in made), made
    return [one for one in made if isinstance(one, Example)]
