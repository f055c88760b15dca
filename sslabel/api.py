"""sslabel from Python: `make` writes shards, `pairs` streams examples without writing, `read` reads shards back.

`verify` tells whether what was written is still there.
"""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from sslabel.engine import corpus
from sslabel.engine import plan as planning
from sslabel.engine.events import DryRun, Event, Listener, Summary
from sslabel.engine.make import make as _make
from sslabel.engine.sources import Roots, Sources, list_sources, refuse_nothing
from sslabel.engine.unit import examples_of, parts_of
from sslabel.errors import BadSource, UsageError
from sslabel.flow import Failed
from sslabel.look.examples import read
from sslabel.look.verify import verify
from sslabel.options import did_you_mean
from sslabel.readers import BadRecord, Remark
from sslabel.recipe import Recipe, Settings, load_recipe, settings_options
from sslabel.seeding import Draws
from sslabel.values import Example

Raw: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

_STREAMED = frozenset({"What is made", "Pictures", "Text", "Video"})


def make(  # noqa: PLR0913 - the options stand in **options
    raw: Raw,
    out: str | os.PathLike[str],
    *,
    recipe: str | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    report: Listener | None = None,
    **options: Any,  # noqa: ANN401 - the options of the command line, which say their types
) -> Summary | DryRun:
    """Make data sets in `out` from the files below `raw`; the same call goes on where an earlier one stopped.

    The options are those of `sslabel make`, with _ for -: `make("raw", "out", task="colorize", size=256)`. A task or
    noise is a string (`"gaussian-noise:sigma=0.2"`), a mapping (`{"gaussian-noise": {"sigma": 0.2}}`) or a list of
    them. `report` is called with each event. Works in a script without a `__main__` guard: workers are processes of
    sslabel's own. Raises the errors of `sslabel.errors`.
    """
    settings = _settings(recipe, options)
    return _make(_several(raw), out, settings, overwrite=overwrite, dry_run=dry_run, report=report or _ignore)


def pairs(
    raw: Raw,
    *,
    recipe: str | None = None,
    epoch: int = 0,
    part: tuple[int, int] = (0, 1),
    **options: Any,  # noqa: ANN401 - the options of the command line, which say their types
) -> Iterator[Example]:
    """Stream examples with nothing written, for use inside a training loop; in this process.

    Takes the options of `make` that say what is made. Each epoch draws anew: epoch n gives the n-th copies, those
    that `make` with `copies` over n writes too. `part=(i, n)` gives the i-th of n equal shares of the sources, for
    the workers of a data loader. A source that cannot be read is logged and left out.
    """
    for name in options:
        one = settings_options().get(name)
        if one is not None and one.help.panel not in _STREAMED and name != "shuffle":
            msg = f"pairs writes nothing, so it takes no {name!r}"
            raise UsageError(msg)
    settings = _settings(recipe, options)
    resolved = Recipe.of(settings)
    sources = list_sources(Roots.of(_several(raw)), resolved.kinds, None, resolved.reading)
    refuse_nothing(sources, _several(raw), resolved.kinds)
    index, shares = part
    if not 0 <= index < shares:
        msg = f"part={part}: (i, n) with i from 0 to n - 1 is needed"
        raise UsageError(msg)
    ((_, rows),) = planning.order(sources, replace(settings, split={"all": 1.0}))
    return _stream(sources, list(rows), range(index, len(rows), shares), resolved, epoch)


def _stream(sources: Sources, rows: Sequence[Any], share: range, recipe: Recipe, epoch: int) -> Iterator[Example]:
    log = logging.getLogger("sslabel")
    if corpus.needs(recipe):
        texts = islice(sources.of_kind(rows, "text"), corpus.SAMPLED)
        sampled = [sources.roots.file(sources.row(row), recipe.max_pixels, recipe.reading) for row in texts]
        found = corpus.sample(corpus.needs(recipe), sampled, lambda _: None)
        recipe = replace(recipe, corpus=corpus.read(found))
    draws = Draws(recipe.seed)
    copies = range(epoch * recipe.copies, (epoch + 1) * recipe.copies)
    for row in (rows[number] for number in share):
        file = sources.roots.file(sources.row(row), recipe.max_pixels, recipe.reading)
        try:
            for part in parts_of(file, recipe.kinds):
                if isinstance(part, BadRecord):
                    log.warning("%s: left out: %s", part.source, part.reason)
                elif isinstance(part, Remark):
                    log.warning("%s: %s", part.source, part.text)
                yield from _of_part(part, file.source, recipe, draws, copies)
        except BadSource as bad:
            log.warning("%s: left out: %s", file.source, bad)


def _of_part(part: Any, source: str, recipe: Recipe, draws: Draws, copies: range) -> Iterator[Example]:  # noqa: ANN401
    """The examples of a part of a source; what is found to be damaged as it is decoded costs this part."""
    log = logging.getLogger("sslabel")
    try:
        for one in examples_of(part, recipe, draws, copies):
            if isinstance(one, Example):
                yield one
            elif isinstance(one, Failed):
                log.warning("%s: left out of %s: %s", one.source or source, one.task, one.reason)
    except BadSource as bad:
        log.warning("%s: left out: %s", getattr(part, "source", source), bad)


def _settings(recipe: str | None, options: dict[str, Any]) -> Settings:
    for name in options:
        if name not in settings_options():
            raise UsageError(f"there is no option {name!r}{did_you_mean(name, settings_options())}")
    loaded = load_recipe(recipe) if recipe is not None else {}
    given = Settings.read(loaded, f"recipe {recipe}").plain() if loaded else {}
    changed = {name: raw for name, raw in options.items() if raw is not None}
    return Settings.read({**given, **changed})


def _several(raw: Raw) -> list[str | os.PathLike[str]]:
    return [raw] if isinstance(raw, str | Path | os.PathLike) else list(raw)


def _ignore(event: Event) -> None:
    """Nobody listens."""


def _signature(function: Any, panels: frozenset[str] | None) -> inspect.Signature:  # noqa: ANN401
    """The signature with the options written out, for `help()` and editors."""
    own = [one for one in inspect.signature(function).parameters.values() if one.kind is not one.VAR_KEYWORD]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=one.type)
        for name, one in settings_options().items()
        if panels is None or one.help.panel in panels or name == "shuffle"
    ]
    return inspect.Signature([*own, *options], return_annotation=inspect.signature(function).return_annotation)


make.__signature__ = _signature(make, None)  # type: ignore[attr-defined]
pairs.__signature__ = _signature(pairs, _STREAMED)  # type: ignore[attr-defined]

__all__ = ["make", "pairs", "read", "verify"]
