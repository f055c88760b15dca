"""`sslabel inspect`: what stands in shards, those of a run that goes on and those of other tools included."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from sslabel.cli.app import command, print_result
from sslabel.cli.window import IMAGES, Window
from sslabel.errors import UsageError
from sslabel.look.terminal import one_line


def inspect(  # noqa: PLR0913 - its options
    out: Annotated[str, typer.Argument(metavar="OUT", help="Output folder, shard, or URL of one.", show_default=False)],
    *,
    count: Annotated[
        int, typer.Option(metavar="N", min=1, help="Examples of each task; on a page, of each class.")
    ] = 4,
    key: Annotated[str | None, typer.Option(metavar="KEY", help="The example of this key.")] = None,
    task: Annotated[str | None, typer.Option(metavar="NAME", help="Examples of this task.")] = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Examples of this split.")] = None,
    shard: Annotated[str | None, typer.Option(metavar="FILE", help="Examples of this shard.")] = None,
    source: Annotated[
        str | None, typer.Option(metavar="PATH", help="Examples of this source, by its path or the end of it.")
    ] = None,
    where: Annotated[
        list[str], typer.Option(metavar="FIELD=VALUE", help="Examples of this label, note or class (index or name).")
    ] = [],  # noqa: B006 - typer's way; it is never changed
    random: Annotated[bool, typer.Option("--random", help="From anywhere; by default the first ones.")] = False,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Seed of --random, and of a page.", show_default=False)
    ] = None,
    images: Annotated[str, IMAGES] = "auto",
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write a page to send on: examples by class, and the numbers.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines on stdout, without pictures.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,  # noqa: ARG001
) -> None:
    """Show examples of shards: of an output, of a run that still goes on, or of what other tools wrote.

    Example: sslabel inspect out/ --task colorize --count 2 --random

    With --html, an output becomes one page that needs nothing else and
    runs nothing: pairs of each class, what was drawn, what was left out
    and why, and the recipe. It names no folder and no machine.
    """
    if html is not None:
        others = {"--key": key, "--shard": shard, "--source": source, "--where": where, "--random": random}
        _refuse_others(out, {**others, "--images": images != "auto"})
        _page(out, html, task=task, split=split, count=count, seed=seed or 0, as_json=json)
        return
    from sslabel.look.inspection import Asked, examples
    from sslabel.look.wanted import Wanted

    wanted = Wanted.read(key, source, where)
    asked = Asked(wanted, count, task, split, shard, draws=random or seed is not None, seed=seed)
    with Window(images) as window:
        for one in examples(out, asked):
            window.show(one, as_json=json)
            if window.left:
                break


def _refuse_others(out: str, others: Mapping[str, object]) -> None:
    """UsageError for what does not go with a page."""
    for flag, given in others.items():
        if given:
            msg = f"--html is a page of a whole data set, and does not go with {flag}; leave one of them out"
            raise UsageError(msg)
    if "://" in out:
        msg = f"{out}: --html reads every shard: copy the output here first"
        raise UsageError(msg)
    if not Path(out, ".sslabel").is_dir():
        msg = f"{out}: --html is for an output folder of sslabel, and this is none"
        raise UsageError(msg)


def _page(  # noqa: PLR0913 - the options of a page
    out: str, file: str, *, task: str | None, split: str | None, count: int, seed: int, as_json: bool
) -> None:
    from sslabel.look.page import write_page

    written = write_page(out, file, task=task, split=split, count=count, seed=seed)
    print_result(json_module.dumps(written.to_json()) if as_json else one_line(f"{file}: {written.in_words}"))


command(inspect)
