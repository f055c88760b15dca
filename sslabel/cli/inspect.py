"""`sslabel inspect`: what stands in shards, those of a run that goes on and those of other tools included."""

from __future__ import annotations

from typing import Annotated

import typer

from sslabel.cli.app import command
from sslabel.cli.window import Window


def inspect(  # noqa: PLR0913 - its options
    out: Annotated[str, typer.Argument(metavar="OUT", help="Output folder, shard, or URL of one.", show_default=False)],
    *,
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Examples of each task.")] = 4,
    key: Annotated[str | None, typer.Option(metavar="KEY", help="The example of this key.")] = None,
    task: Annotated[str | None, typer.Option(metavar="NAME", help="Examples of this task.")] = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Examples of this split.")] = None,
    shard: Annotated[str | None, typer.Option(metavar="FILE", help="Examples of this shard.")] = None,
    source: Annotated[str | None, typer.Option(metavar="PATH", help="Examples made from this source.")] = None,
    where: Annotated[
        list[str], typer.Option(metavar="FIELD=VALUE", help="Examples of this label, note or class (index or name).")
    ] = [],  # noqa: B006 - typer's way; it is never changed
    random: Annotated[bool, typer.Option("--random", help="From anywhere; by default the first ones.")] = False,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of --random.", show_default=False)] = None,
    images: Annotated[
        str,
        typer.Option(
            metavar="[auto|blocks|ascii|kitty|none]",
            help="How pictures are drawn; auto is blocks, ascii under NO_COLOR, none where stdout is no terminal.",
            show_default=False,
        ),
    ] = "auto",
    json: Annotated[bool, typer.Option("--json", help="As JSON lines on stdout, without pictures.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,  # noqa: ARG001
) -> None:
    """Show examples of shards: of an output, of a run that still goes on, or of what other tools wrote.

    Example: sslabel inspect out/ --task colorize --count 2 --random
    """
    from sslabel.look.drawing import Drawn, listing
    from sslabel.look.inspection import Asked, examples
    from sslabel.look.parts import line_of
    from sslabel.look.wanted import Wanted

    wanted = Wanted.read(key, source, where)
    asked = Asked(wanted, count, task, split, shard, draws=random or seed is not None, seed=seed)
    with Window(images) as window:
        for one in examples(out, asked):
            if json:
                window.write(f"{line_of(one)}\n")
            elif window.terminal:
                window.show(Drawn(one, window.images))
            else:
                window.write("".join(f"{line}\n" for line in listing(one)))
            if window.left:
                break


command(inspect)
