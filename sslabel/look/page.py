"""One self-contained page of an output folder: examples by task and class, what was drawn, what was left out, and why.

The page runs nothing and asks for nothing: no script, no address of anything, and a content policy that forbids both.
Every string from data is escaped. It names no folder, user or machine.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sslabel
from sslabel.errors import TryLaterError, UsageError
from sslabel.look.datasets import DataSet, asked_for
from sslabel.look.figures import figure
from sslabel.look.markup import Markup, joined, tag
from sslabel.look.picks import Pick, Picks, class_field, fetch, pick
from sslabel.look.report import Bar, Section, looked_at, sections, summary
from sslabel.look.statistics import SAMPLE, TaskNumbers, numbers_of
from sslabel.look.style import STYLE
from sslabel.look.terminal import bytes_in_words, counted
from sslabel.storage import WholeFile

MOST_BYTES = 1_800_000
"""About how many bytes the examples of a page take at most."""

_PLACE = re.compile(r"""(?<![\w.:/<])(?:~|[A-Za-z]:)?[/\\](?:[^\s/\\'"<>|:]+[/\\])+(?=[^\s/\\'"<>|]|$)""")
_QUOTED_PLACE = re.compile(r"""(['"])(?:~|[A-Za-z]:)?[/\\][^'"]*[/\\](?=[^'"/\\]*\1)""")


@dataclass
class Page:
    """A page as it is made: `chunks` are written one after the other, and then the counts are true."""

    tasks: int = 0
    examples: int = 0
    left_out: int = 0
    bytes: int = 0

    @property
    def in_words(self) -> str:
        """What came of it: `12 examples of 3 tasks, 120 kB`."""
        cut = f" ({self.left_out:,} left out to keep it small)" if self.left_out else ""
        return (
            f"{counted(self.examples, 'example')} of {counted(self.tasks, 'task')}{cut}, {bytes_in_words(self.bytes)}"
        )

    def to_json(self) -> dict[str, Any]:
        """The counts as JSON values."""
        return {"type": "page", **asdict(self)}


def write_page(  # noqa: PLR0913 - what a page is of
    out: str | os.PathLike[str],
    file: str | os.PathLike[str],
    *,
    task: str | None = None,
    split: str | None = None,
    count: int = 4,
    seed: int = 0,
    sample: int | None = SAMPLE,
    most_bytes: int = MOST_BYTES,
) -> Page:
    """Write the page of an output folder to a file, which appears when it is whole; what it came to.

    Of each class (of each task without classes, twice) `count` examples are shown, drawn by `seed` among the `sample`
    pairs of a task that are looked at. Where they would take more than `most_bytes`, fewer are shown, and the page
    says so. Raises UsageError for a folder, task or split that is not there, DamageError for a shard that cannot be
    read.
    """
    found = asked_for(out, task, split)
    path = Path(file)
    made = Page()
    try:
        if path.is_dir() or not path.parent.is_dir():
            msg = f"{file}: a file in a folder that is there is needed"
            raise UsageError(msg)
        with WholeFile(path) as target:
            for chunk in chunks(found, made, count, seed, sample, most_bytes):
                made.bytes += target.write(f"{chunk}\n".encode())
    except OSError as error:
        msg = f"{file}: {error.strerror}; no page was written"
        raise TryLaterError(msg) from error
    return made


def chunks(  # noqa: PLR0913, PLR0917 - what a page is of
    found: Sequence[DataSet],
    made: Page,
    count: int,
    seed: int,
    sample: int | None,
    most_bytes: int,
) -> Iterator[str]:
    """The page, piece by piece: no more than the examples of one task are held at a time."""
    numbers = [numbers_of(one, sample) for one in found]
    yield _head(numbers)
    for place, one in enumerate(numbers):
        chosen = pick(one.data, count=count, seed=seed, sample=sample)
        yield f'<section id="task-{place}">{tag("h2", one.data.task)}{tag("p", summary(one))}'
        yield from _gallery(one.data, chosen, made, most_bytes // len(numbers))
        told = tag("div", *map(_section, sections(one)), class_="sheet")
        yield joined([tag("h3", "Numbers"), *_noted(looked_at(one)), told])
        yield "</section>"
        made.tasks += 1
    yield from _recipes(numbers)
    yield "</main></body></html>"


def _head(numbers: Sequence[TaskNumbers]) -> str:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"Labelled by sslabel: {', '.join(one.data.task for one in numbers)}"),
        tag("style", Markup(STYLE)),
    ]
    names = ("task", "pairs", "splits", "shards", "bytes", "format")
    rows = [
        tag(
            "tr",
            tag("th", tag("a", one.data.task, href=f"#task-{place}"), scope="row"),
            tag("td", f"{one.tally.pairs:,}"),
            tag("td", ", ".join(f"{name} {count:,}" for name, count in one.tally.pairs_by_split.items())),
            tag("td", f"{one.tally.shards:,} of {one.data.planned:,}"),
            tag("td", bytes_in_words(one.tally.bytes)),
            tag("td", one.data.format),
        )
        for place, one in enumerate(numbers)
    ]
    table = tag(
        "table", tag("thead", tag("tr", *(tag("th", name, scope="col") for name in names))), tag("tbody", *rows)
    )
    about = tag("p", "Pairs of input and label whose labels were made from the data itself.")
    top = joined([tag("h1", "Labelled by sslabel"), about, tag("div", table, class_="wide")])
    return f'<!DOCTYPE html>\n<html lang="en"><head>{joined(head)}</head><body><main>{top}'


def _gallery(data: DataSet, chosen: Picks, made: Page, most_bytes: int) -> Iterator[str]:
    """The examples, class by class; the first ones of each class before the second ones, as far as there is room."""
    if not chosen.by_class:
        return
    wanted: list[Pick] = [each for picks in chosen.by_class.values() for each in picks]
    figures: dict[Pick, Markup] = {}
    for where, stored in fetch(data, wanted):
        figures[where] = figure(stored)
    kept: set[Pick] = set()
    room = most_bytes
    for rank in range(max(map(len, chosen.by_class.values()))):
        for picks in chosen.by_class.values():
            if rank < len(picks) and (room := room - len(figures[picks[rank]])) >= 0:
                kept.add(picks[rank])
    by = class_field(data.schema)
    yield tag("h3", "Examples")
    notes = []
    if chosen.of > len(chosen.by_class) and by is not None:
        seen = counted(chosen.of, "different label")
        notes.append(
            f"{len(chosen.by_class)} of {seen} are shown." if "" not in chosen.by_class else f"There are {seen}."
        )
    if len(kept) < len(wanted):
        notes.append(f"{len(wanted) - len(kept)} of {len(wanted)} examples are left out to keep this page small.")
    yield from _noted(" ".join(notes))
    galleries = {name: [figures[each] for each in picks if each in kept] for name, picks in chosen.by_class.items()}
    if max(map(len, galleries.values())) == 1:  # a heading for each would say what the one below it says
        galleries = {"": [one for shown in galleries.values() for one in shown]}
    for name, shown in galleries.items():
        heading = tag("h4", f"{by.name}: ", tag("bdi", name)) if by is not None and name else Markup("")
        yield joined([heading, tag("div", *shown, class_="gallery")]) if shown else ""
    made.examples += len(kept)
    made.left_out += len(wanted) - len(kept)


def _noted(text: str) -> list[Markup]:
    return [tag("p", text, class_="note")] if text else []


def _section(section: Section) -> Markup:
    parts = [tag("h4", unplaced(section.title))]
    if section.lines:
        listed = [
            joined([tag("dt", tag("bdi", unplaced(name))), tag("dd", tag("bdi", unplaced(text)))])
            for name, text in section.lines
        ]
        parts.append(tag("dl", *listed))
    if section.bars:
        most = max(one.share for one in section.bars) or 1.0
        parts.append(tag("table", tag("tbody", *(_bar(one, most) for one in section.bars)), class_="bars"))
    return tag("div", *parts, class_="numbers")


def _bar(one: Bar, most: float) -> Markup:
    width = max(0.5, 100 * one.share / most) if one.share else 0
    drawn = tag(
        "svg",
        tag("rect", width=f"{width:.1f}", height=10),
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
    return tag("tr", tag("th", tag("bdi", unplaced(one.name)), scope="row"), tag("td", drawn), tag("td", one.words))


def _recipes(numbers: Sequence[TaskNumbers]) -> Iterator[str]:
    """Each plan's recipe and versions."""
    import yaml

    plans = {one.data.plan.identity: one.data.plan for one in numbers}
    for plan in plans.values():
        recipe = {key: value for key, value in plan.asked.items() if key not in ("sources", "plugin")}
        text = yaml.safe_dump(_without_places(recipe), sort_keys=False, allow_unicode=True)
        asked = plan.asked.get("sources", {})
        count, size = asked.get("count", plan.sources), asked.get("bytes", 0)
        title = f"Recipe of {', '.join(plan.tasks)}" if len(plans) > 1 else "Recipe"
        yield joined([tag("h2", title), tag("p", f"{counted(count, 'source')}, {bytes_in_words(size)}")])
        passed = [f"{count:,} {what}" for what, count in plan.passed.items()]
        yield joined(_noted(f"Passed by: {', '.join(passed)}." if passed else ""))
        yield tag("pre", text)
        versions = [joined([tag("dt", name), tag("dd", version)]) for name, version in plan.versions.items()]
        yield joined([tag("h3", "Versions it was made with"), tag("dl", *versions)])
    yield tag("p", f"Page by sslabel {sslabel.__version__}.", class_="note")


def unplaced(text: str) -> str:
    """A text in which no path says where on a machine something lies: of each, the last part stays.

    Example: `cannot open '/home/ann/raw/a.jpg'` -> `cannot open 'a.jpg'`
    """
    return _PLACE.sub("", _QUOTED_PLACE.sub(r"\1", text))


def _without_places(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {unplaced(str(key)): _without_places(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_places(one) for one in value]
    return unplaced(value) if isinstance(value, str) else value
