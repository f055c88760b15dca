"""`sslabel make`: from raw files to shards."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

from sslabel.cli.app import command
from sslabel.options import Option, show
from sslabel.recipe import Settings, load_recipe, settings_options

_REPEATED = ("task", "noise", "augment", "plugin")


def make(raw: list[str], out: str, **arguments: Any) -> None:  # noqa: ANN401 - the options of Settings, and those below
    """Make (input, label) shards in OUT from the raw files below RAW.

    Example: sslabel make --task colorize --noise gaussian-noise:sigma=0.05..0.2 photos/ out/

    The same command goes on where it stopped.
    """
    from sslabel.cli.display import Display
    from sslabel.engine.make import make as run

    settings = settings_of(arguments)
    dry_run, overwrite = bool(arguments["dry_run"]), bool(arguments["overwrite"])
    with Display(as_json=arguments["json"], quiet=arguments["quiet"], verbose=arguments["verbose"]) as display:
        result = run(raw, out, settings, dry_run=dry_run, overwrite=overwrite, report=display)
        if dry_run:
            display.result(result)


def settings_of(arguments: dict[str, Any]) -> Settings:
    """The recipe file's settings, with what the command line gives in their place."""
    given = {name: arguments[name] for name in settings_options() if arguments.get(name) not in (None, [])}
    recipe = arguments["recipe"]
    loaded = Settings.read(load_recipe(recipe), f"--recipe {recipe}").plain() if recipe is not None else {}
    return Settings.read({**loaded, **given}, "make")


def _parameter(one: Option) -> inspect.Parameter:
    """A setting as a parameter that typer reads; what is not given stays None, so that a recipe file can give it."""
    flag = "--" + one.name.replace("_", "-")
    kind: Any = str | None
    declared = [flag]
    metavar: str | None = one.help.metavar or None
    default: Any = None
    if one.name in _REPEATED:
        kind, default = list[str], []
    elif one.type is bool:
        kind, metavar = bool | None, None
        declared = [f"{flag}/--no-{one.name.replace('_', '-')}"] if one.default else [flag]
    elif get_origin(one.type) is Literal:
        metavar = f"[{'|'.join(get_args(one.type))}]"
    text = one.help.text
    if one.default not in (None, (), {}, False):
        text = f"{text.removesuffix('.')}; default {'on' if one.default is True else show(one.default)}."
    info = typer.Option(*declared, help=text, metavar=metavar, rich_help_panel=one.help.panel, show_default=False)
    return inspect.Parameter(
        one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, info]
    )


def settings_parameters(panels: Collection[str] | None = None) -> list[inspect.Parameter]:
    """`--recipe` and the options of Settings, all of them or those of some panels."""
    recipe = flag("recipe", "All of it in a YAML file; options win over it.", str | None, None, metavar="FILE.yaml")
    options = settings_options().values()
    return [recipe, *(_parameter(one) for one in options if panels is None or one.help.panel in panels)]


def flag(name: str, text: str, kind: Any = bool, default: Any = False, **more: Any) -> inspect.Parameter:  # noqa: ANN401
    """An option that is no setting, as a parameter that typer reads."""
    info = typer.Option(f"--{name.replace('_', '-')}", help=text, show_default=False, **more)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, info])


def _signature() -> inspect.Signature:
    raw = typer.Argument(metavar="RAW", help="Folders or files to read.", show_default=False)
    out = typer.Argument(metavar="OUT", help="Folder to write to.", show_default=False)
    panel = "How it runs"
    return inspect.Signature(
        [
            inspect.Parameter("raw", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Annotated[list[str], raw]),
            inspect.Parameter("out", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Annotated[str, out]),
            *settings_parameters(),
            flag("dry_run", "Say what it would come to, and write nothing.", rich_help_panel=panel),
            flag("overwrite", "Start anew where OUT holds these tasks already.", rich_help_panel=panel),
            flag("json", "Events and the summary as JSON lines on stdout.", rich_help_panel=panel),
            flag("quiet", "Say nothing but errors.", rich_help_panel=panel),
            flag("verbose", "Also name each shard and each excluded source.", rich_help_panel=panel),
            flag("debug", "Show where an error came from.", rich_help_panel=panel),
        ]
    )


make.__signature__ = _signature()  # type: ignore[attr-defined]  # typer reads it
make.__annotations__ = {one.name: one.annotation for one in _signature().parameters.values()}
command(make)
