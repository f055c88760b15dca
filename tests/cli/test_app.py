"""The application: help, version, and errors as one line and an exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sslabel as tool
from sslabel.cli import list as list_command
from sslabel.cli import make as make_command
from sslabel.cli.app import app
from sslabel.recipe import settings_options
from tests.engine.running import script, sslabel

COMMANDS = (list_command, make_command)  # their import is what adds them to the application


def test_version() -> None:
    finished = sslabel("--version")
    assert (finished.code, finished.out, finished.err) == (0, f"sslabel {tool.__version__}\n", "")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_the_commands(flag: str) -> None:
    finished = sslabel(flag)
    assert finished.code == 0
    assert {"make", "list"} <= set(finished.out.split())


def test_help_of_make_names_every_option() -> None:
    finished = sslabel("make", "--help", env={"COLUMNS": "160", "TERMINAL_WIDTH": "160"})
    assert finished.code == 0
    options = [f"--{name.replace('_', '-')}" for name in settings_options()]
    assert [
        one for one in (*options, "--recipe", "--dry-run", "--overwrite", "--json") if one not in finished.out
    ] == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("mkae",), 2, "No such command"),
        (("make",), 2, "Missing argument"),
        (("make", "RAW", "OUT", "--taks", "rotation"), 2, "No such option"),
        (("make", "RAW", "OUT", "--task"), 2, "requires an argument"),
        (("make", "RAW", "OUT"), 2, "sslabel: no task is given; `sslabel list tasks` shows what there is"),
        (
            ("make", "RAW", "OUT", "--task", "colourise"),
            2,
            "sslabel: no task is named 'colourise'; did you mean colorize?",
        ),
        (("make", "RAW", "OUT", "--task", "rotation:x"), 2, "'x' needs a value: key=value"),
        (("make", "RAW", "OUT", "--task", "rotation", "--quality", "101"), 2, "quality=101: must be between 1 and 100"),
        (("make", "RAW", "OUT", "--task", "rotation", "--copies", "0"), 2, "copies=0: must be at least 1"),
        (("make", "RAW", "OUT", "--task", "rotation", "--copies", "many"), 2, "copies=many: a whole number is needed"),
        (
            ("make", "RAW", "OUT", "--task", "rotation", "--limit", "3 dozen"),
            2,
            "limit=3 dozen: a whole number is needed",
        ),
        (("make", "RAW", "OUT", "--task", "rotation", "--fit", "squash"), 2, "fit=squash: must be short, crop"),
        (("make", "RAW", "OUT", "--task", "rotation", "--noise", "rotate"), 2, "'rotate' alters geometry"),
        (("make", "RAW", "OUT", "--task", "rotation", "--keep-clean"), 2, "there is no --noise"),
        (("make", "RAW", "OUT", "--task", "rotation", "--plugin", "no.py"), 2, "--plugin no.py: No such file"),
        (("make", "RAW", "OUT", "--recipe", "no.yaml"), 2, "--recipe no.yaml: No such file"),
        (("make", "NOWHERE", "OUT", "--task", "rotation"), 2, "there is no such file or folder"),
        (("make", "RAW", "RAW", "--task", "rotation"), 7, "OUT is RAW itself"),
        (("list", "taks"), 2, "there is no list of 'taks'; did you mean tasks?"),
        (("list", "tasks", "colourise"), 2, "did you mean colorize?"),
    ],
)
def test_errors_are_one_line_and_a_code(
    photos: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    places = {"RAW": str(photos), "OUT": str(tmp_path / "out"), "NOWHERE": str(tmp_path / "nowhere")}
    wide = {"COLUMNS": "200", "TERMINAL_WIDTH": "200", "NO_COLOR": "1"}
    result = CliRunner().invoke(app, [places.get(one, one) for one in arguments], env=wide, prog_name="sslabel")
    assert (result.exit_code, result.stdout) == (code, "")
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    if result.stderr.startswith("sslabel: "):
        assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_debug_shows_where_an_error_came_from(photos: Path, tmp_path: Path) -> None:
    finished = sslabel("make", photos, tmp_path / "out", "--task", "colourise", "--debug")
    assert finished.code == 2
    assert "Traceback" in finished.err
    assert "UsageError: no task is named 'colourise'" in finished.err
    finished = sslabel("inspect", tmp_path / "\x1b[31mred", "--debug", "--json")
    assert (finished.code, finished.events[0]["exit_code"]) == (2, 2)
    assert "Traceback" in finished.err
    assert "\\x1b[31mred: there is no such file or folder" in finished.err
    assert "\x1b" not in finished.err


def test_where_there_is_no_stdout_nothing_is_said() -> None:
    for arguments in ("list tasks", "list nothing"):
        command = f"{sys.executable} -m sslabel {arguments} >&-"
        done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True, timeout=60)
        assert (done.returncode, "Traceback" in done.stderr, "a bug" in done.stderr) == (
            2 * arguments.endswith("nothing"),
            False,
            False,
        )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_run_needs_no_standard_streams(photos: Path, tmp_path: Path, closed: str) -> None:
    command = f"{sys.executable} -m sslabel make --quiet --task rotation '{photos}' '{tmp_path}/out' {closed}"
    assert subprocess.run(command, shell=True, check=False, timeout=60).returncode == 0
    assert sslabel("verify", tmp_path / "out", "--read-data").code == 0


@pytest.mark.parametrize(("arguments", "code"), [(("--task", "colourise"), 2), (("--task", "rotation"), 4)])
def test_json_says_errors_too(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    (tmp_path / "raw").mkdir()
    finished = sslabel("make", tmp_path / "raw", tmp_path / "out", *arguments, "--json")
    assert finished.code == code
    (event,) = finished.events
    assert (event["type"], event["exit_code"]) == ("error", code)
    assert finished.err == f"sslabel: {event['message']}\n"


def test_a_reader_of_the_output_may_stop_reading(tmp_path: Path) -> None:
    finished = script(
        tmp_path / "head.py",
        "import subprocess, sys\n"
        "tool = [sys.executable, '-m', 'sslabel', 'list', '--json']\n"
        "process = subprocess.Popen(tool, stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "process.stdout.close()\n"
        "print(process.stderr.read().decode(), end='')\n"
        "process.wait()\n",
    )
    assert "Traceback" not in finished.out
    assert "a bug" not in finished.out


def test_names_that_the_terminal_cannot_show_do_not_stop_a_run(photos: Path, tmp_path: Path) -> None:
    finished = sslabel("make", photos, tmp_path / "日本 out", "--task", "rotation", env={"PYTHONIOENCODING": "ascii"})
    assert (finished.code, finished.err) == (0, "")
    finished = sslabel("make", photos, tmp_path / "日本 out", "--task", "rotation", "--json")
    assert json.loads(finished.out.splitlines()[-1])["out"] == str(tmp_path / "日本 out")


def test_a_module_is_the_command() -> None:
    assert sslabel("list", "tasks").out.startswith("tasks\n")


def test_ctrl_c_while_the_libraries_load(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from sslabel.cli.main import main

    class Interrupted:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "sslabel.cli.commands":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "sslabel.cli.commands", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupted, *sys.meta_path])
    monkeypatch.setattr(sys, "argv", ["sslabel", "list"])
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 130
    assert capsys.readouterr().err == "sslabel: stopped\n"
