"""The application: its commands, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any

import typer

import sslabel
from sslabel.errors import SslabelError, TryLaterError
from sslabel.look.terminal import one_line, printable

app = typer.Typer(
    name="sslabel",
    help="Raw corpora in, ready-to-train (input, label) shards out, with no human labelling.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sslabel {sslabel.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Add a command. Its errors become one line on stderr and an exit code; `debug` and `json` change how."""

    @functools.wraps(function)
    def guarded(**arguments: Any) -> None:  # noqa: ANN401 - whatever typer read
        try:
            function(**arguments)
        except SslabelError as error:
            _trace(arguments)
            _say(str(error), error.exit_code, arguments)
        except BrokenPipeError:
            # The reader of our output has had enough, as `head` has.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            _say("stopped", 130, arguments)
        except typer.Exit:
            raise
        except Exception as error:  # noqa: BLE001 - it is told, and is the exit code
            _trace(arguments)
            where = "" if arguments.get("debug") else "; --debug shows where"
            _say(f"a bug: {type(error).__name__}: {error}{where}", 1, arguments)

    # typer reads these; with their own module's names resolved, since it would look for them in this one.
    signature = inspect.signature(function, eval_str=True)
    guarded.__signature__ = signature  # type: ignore[attr-defined]
    guarded.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    app.command()(guarded)
    return function


def print_result(text: str) -> None:
    """Print a result to stdout; TryLaterError where it cannot be written to, as on a full disk."""
    try:
        typer.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        msg = f"stdout: {error.strerror}; what is finished is kept, and the same command goes on from there"
        raise TryLaterError(msg) from error


def _trace(arguments: dict[str, Any]) -> None:
    """With --debug, say where the error came from: its message may hold anything, as names of files do."""
    if arguments.get("debug"):
        with contextlib.suppress(OSError):
            typer.echo(printable(traceback.format_exc()), err=True, nl=False)


def _say(message: str, code: int, arguments: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # where nothing can be said, the exit code still can
        typer.echo(f"sslabel: {one_line(message)}", err=True)
        if arguments.get("json"):
            typer.echo(json.dumps({"type": "error", "message": message, "exit_code": code}))
    raise typer.Exit(code)
