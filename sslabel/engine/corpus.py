"""What tasks need to know of the whole corpus, found in a sample of it, once, and kept with the plan."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sslabel.engine.unit import parts_of
from sslabel.errors import BadSource, DamageError
from sslabel.readers import SourceFile
from sslabel.recipe import Recipe

if TYPE_CHECKING:
    from sslabel.blocks import Passages

SAMPLED = 64
"""At most so many sources are read for it."""

_SAMPLED_BYTES = 2 << 20
_MOST_WORDS = 50_000


def needs(recipe: Recipe) -> frozenset[str]:
    """What the tasks of a recipe need of the corpus."""
    return frozenset().union(*(step.task.corpus for step in recipe.tasks))


def unigrams(files: Sequence[SourceFile], on_file: Callable[[int], None]) -> dict[str, Any]:
    """The words of some sources and how often each occurs, as JSON values, by falling count; the most frequent 50,000.

    Reads until it has seen two mebibytes.
    """
    from sslabel.blocks import Passages

    seen = 0
    counts = Counter[str]()
    for number, file in enumerate(files):
        if seen >= _SAMPLED_BYTES:
            break
        on_file(number)
        try:
            for part in parts_of(file, {"text"}):
                if isinstance(part, Passages):
                    counts.update(_words(part))
                    seen += 4 * len(part.text.codes) // 3
                if seen >= _SAMPLED_BYTES:
                    break
        except BadSource:
            continue
    words = sorted(sorted(counts), key=counts.__getitem__, reverse=True)[:_MOST_WORDS]
    return {"words": words, "counts": [counts[word] for word in words]}


def _words(passages: Passages) -> list[str]:
    """The words of a block. No word holds a line end: to split at them is quicker than to cut out each."""
    import numpy as np

    from sslabel.blocks import text_of

    words = passages.words
    return text_of(np.insert(words.codes, words.bounds[1:], ord("\n"))).split("\n")[:-1]


def sample(names: Collection[str], files: Sequence[SourceFile], on_file: Callable[[int], None]) -> dict[str, Any]:
    """What `names` ask for, as JSON values, from the first of some sources."""
    return {name: {"unigrams": unigrams}[name](files, on_file) for name in sorted(names)}


def read(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What functions are given, from the JSON values."""
    import numpy as np

    from sslabel.blocks import Strings, Unigrams

    known = stored.get("unigrams")
    if known is None:
        return {}
    return {"unigrams": Unigrams(Strings.of(known["words"]), np.array(known["counts"], np.int64))}


def path(folder: Path) -> Path:
    """Where it stands in the folder of a plan."""
    return folder / "corpus.json"


def load(folder: Path) -> dict[str, Any]:
    """What stands in the folder of a plan; DamageError where it is not what was written."""
    try:
        return read(json.loads(path(folder).read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"{path(folder)}: not the words of a corpus ({error}); --overwrite starts anew"
        raise DamageError(msg) from None
