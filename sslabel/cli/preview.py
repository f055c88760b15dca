"""`sslabel preview`: what a recipe does to a file, before any run."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from sslabel.cli.app import command
from sslabel.cli.make import flag, settings_of, settings_parameters
from sslabel.cli.window import Window
from sslabel.look.terminal import one_line

_PANELS = frozenset({"What is made", "Pictures", "Text", "Video"})


def preview(file: str, **arguments: Any) -> None:  # noqa: ANN401 - the options of Settings, and those below
    """Show what a recipe makes of a file, input beside label, before any run; of a folder, of its first files.

    Example: sslabel preview photos/objects/drum.jpg --task jigsaw --noise gaussian-noise:sigma=0.1

    Nothing is written. The pairs are those of `sslabel make FILE OUT`; with --raw, those of `sslabel make RAW OUT`.
    """
    from sslabel.look import previews
    from sslabel.look.drawing import Drawn, listing
    from sslabel.look.parts import line_of

    with Window(arguments["images"]) as window:
        shown = previews.preview(file, settings_of(arguments), arguments["count"], arguments["raw"])
        for remark in shown.remarks:
            typer.echo(f"sslabel: {one_line(remark)}", err=True)
        for one in shown:
            if window.left:
                break
            if arguments["json"]:
                window.write(f"{line_of(one) if not isinstance(one, previews.Left) else previews.line_of_left(one)}\n")
            elif isinstance(one, previews.Left):
                window.write(f"{_said(one)}\n")
            elif window.terminal:
                window.show(Drawn(one, window.images))
            else:
                window.write("".join(f"{line}\n" for line in listing(one)))


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
            images_flag(),
            flag("json", "As JSON lines on stdout."),
            flag("debug", "Show where an error came from."),
        ]
    )


def images_flag() -> inspect.Parameter:
    """`--images`, which all commands that draw pictures have."""
    text = "How pictures are drawn; auto is blocks, ascii under NO_COLOR, none where stdout is no terminal."
    return flag("images", text, str, "auto", metavar="[auto|blocks|ascii|kitty|none]")


preview.__signature__ = _signature()  # type: ignore[attr-defined]  # typer reads it
preview.__annotations__ = {one.name: one.annotation for one in _signature().parameters.values()}
command(preview)
