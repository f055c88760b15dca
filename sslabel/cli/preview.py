"""`sslabel preview`: what a recipe does to a file, before any run."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from sslabel.cli.app import command
from sslabel.cli.make import flag, settings_of, settings_parameters
from sslabel.cli.window import IMAGES, Window
from sslabel.errors import NothingToReadError
from sslabel.look.terminal import one_line

_PANELS = frozenset({"What is made", "Pictures", "Text", "Video"})


def preview(file: str, **arguments: Any) -> None:  # noqa: ANN401 - the options of Settings, and those below
    """Show what a recipe makes of a file, input beside label, before any run; of a folder, of its first files.

    Example: sslabel preview photos/objects/drum.jpg --task jigsaw --noise gaussian-noise:sigma=0.1

    Nothing is written. The pairs are those of `sslabel make FILE OUT`; with --raw, those of `sslabel make RAW OUT`.
    """
    from sslabel.look import previews

    with Window(arguments["images"]) as window:
        shown = previews.preview(file, settings_of(arguments), arguments["count"], arguments["raw"])
        for remark in shown.remarks:
            typer.echo(f"sslabel: {one_line(remark)}", err=True)
        there_is_one = False
        for one in shown:
            if window.left:
                break
            if isinstance(one, previews.Left):
                window.write(f"{previews.line_of_left(one) if arguments['json'] else _said(one)}\n")
            else:
                there_is_one = True
                window.show(one, as_json=arguments["json"])
    if not there_is_one:
        tasks = sorted({step.task.name for step in shown.recipe.tasks})
        which = f" {tasks[0]}" if len(tasks) == 1 else ""
        msg = f"{file}: no pair can be made of it this way; `sslabel list tasks{which}` shows the options"
        raise NothingToReadError(msg)


def _said(left: Any) -> str:  # noqa: ANN401 - a Left
    where = f"{left.source}: " if left.source else ""
    task = f" by {left.task}" if left.task and left.how == "skipped" else f" from {left.task}" if left.task else ""
    return one_line(f"{where}{left.why}" + ("" if left.how == "remark" else f"; {left.how}{task}"))


def _signature() -> inspect.Signature:
    file = typer.Argument(metavar="FILE", help="File or folder to read.", show_default=False)
    return inspect.Signature(
        [
            inspect.Parameter("file", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Annotated[str, file]),
            flag("count", "Examples of each task; by default 1, of a folder 3.", int | None, None, metavar="N", min=1),
            flag("raw", "The RAW folder that `make` is to be given.", str | None, None, metavar="FOLDER"),
            *settings_parameters(_PANELS),
            inspect.Parameter(
                "images", inspect.Parameter.KEYWORD_ONLY, default="auto", annotation=Annotated[str, IMAGES]
            ),
            flag("json", "As JSON lines on stdout."),
            flag("debug", "Show where an error came from."),
        ]
    )


preview.__signature__ = _signature()  # type: ignore[attr-defined]  # typer reads it
preview.__annotations__ = {one.name: one.annotation for one in _signature().parameters.values()}
command(preview)
