"""The README, the help and the code say the same, and what the README shows runs."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sslabel import errors
from sslabel.look.tables import with_tables

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)([^\n]*)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
SNIPPETS = [code for language, about, code in BLOCKS if language == "python" and not about.strip()]
COMMANDS = [
    line.partition("#")[0].strip()
    for language, _, code in BLOCKS
    if language == "sh"
    for line in code.splitlines()
    if line.startswith("sslabel")
]
READING = ("inspect", "stats", "verify")
PLUGIN = next(code for language, about, code in BLOCKS if about.strip() == "file=mirror.py")
RECIPE = next(code for language, _, code in BLOCKS if language == "yaml")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, check=False, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the README's commands name."""
    shutil.copytree(ROOT / "sample_data" / "images", tmp_path / "photos")
    shutil.copytree(ROOT / "sample_data" / "texts", tmp_path / "texts")
    shutil.copytree(ROOT / "sample_data" / "clips", tmp_path / "films")
    (tmp_path / "sample_data").mkdir()
    shutil.copytree(ROOT / "sample_data" / "images", tmp_path / "sample_data" / "images")
    (tmp_path / "mirror.py").write_text(PLUGIN, "utf-8")
    (tmp_path / "recipe.yaml").write_text(RECIPE, "utf-8")
    return tmp_path


def test_the_tables_are_up_to_date() -> None:
    assert with_tables(TEXT) == TEXT, "run `python -m benchmarks readme`"


def test_the_terminal_pictures_are_up_to_date(tmp_path: Path) -> None:
    assert run(ROOT, "-m", "benchmarks", "terminals", str(tmp_path)).returncode == 0
    for name in ("preview.svg", "inspect.svg"):
        assert f"![sslabel {name[:-4]} in a terminal](sample_data/{name})" in TEXT
        made, shown = (_words((folder / name).read_text("utf-8")) for folder in (tmp_path, ROOT / "sample_data"))
        assert made == shown, "run `python -m benchmarks terminals`"


def _words(svg: str) -> list[str]:
    """What stands in a picture, without the sizes of files, which differ with the versions of encoders."""
    return [re.sub(r"[\d.]+ [kM]B", "", text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", svg)]


@pytest.mark.parametrize("command", [*COMMANDS, "sslabel make --recipe recipe.yaml photos/ out/"])
def test_commands_run(folder: Path, command: str) -> None:
    if command.split()[1] in READING:
        assert run(folder, "-m", "sslabel", "make", "--task", "colorize", "photos/", "out/").returncode == 0
    done = run(folder, "-m", *shlex.split(command))
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_python_runs(folder: Path) -> None:
    assert run(folder, "-m", "sslabel", "make", "--task", "colorize", "photos", "out").returncode == 0
    for code in SNIPPETS:
        done = run(folder, "-c", code)
        assert done.returncode == 0, f"{code}\n{done.stderr}"


def test_every_option_named_exists() -> None:
    known = set()
    for name in ("make", "list", "preview", *READING):
        help_text = run(ROOT, "-c", f"import sys; sys.argv[1:] = ['{name}', '--help']; import sslabel.__main__").stdout
        known |= set(re.findall(r"--[a-z][a-z-]*", help_text))
    assert set(re.findall(r"--[a-z][a-z-]*", TEXT)) <= known


@pytest.mark.parametrize("name", ["stats", "verify"])
def test_the_names_in_json_are_those_that_are_told(folder: Path, name: str) -> None:
    assert run(folder, "-m", "sslabel", "make", "--task", "colorize", "photos", "out").returncode == 0
    (told,) = run(folder, "-m", "sslabel", name, "--json", "out").stdout.splitlines()
    table = TEXT.partition(f"| `{name} --json` | |")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    assert {word for cell in cells for word in re.findall("`(.*?)`", cell)} == set(json.loads(told))


def test_the_exit_codes_are_those_of_the_errors() -> None:
    listed = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", TEXT, re.MULTILINE) for code in row.split(",")}
    raised = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.SslabelError)
    }
    assert listed == raised | {0, 143}


def test_the_set_up_commands_are_two() -> None:
    assert len(re.findall(r"^python -m pip install", TEXT, re.MULTILINE)) == 2
