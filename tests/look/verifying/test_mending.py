"""The command that is said to mend does, as a shell reads it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sslabel as tool
from sslabel.look.verifying.mending import word
from tests.engine import prose
from tests.engine.drawing import draw_many
from tests.engine.running import Finished, environment, sslabel, tree
from tests.look import damaging

MIRROR = """
from sslabel import Category, Pair, Picture
from sslabel.registry import task

@task("image", needs={"geometry"})
def mirrored(picture: Picture, rng) -> Pair:
    \"\"\"Tells whether a picture is mirrored.\"\"\"
    turned = int(rng.integers(2))
    return Pair(Picture(picture.rgb[:, ::-1].copy()) if turned else picture, Category(turned, ("as it is", "mirrored")))
"""


def said(finished: Finished, stands_for: Mapping[str, Path]) -> str:
    """The command that a verification says, its words put in."""
    assert finished.code == 6
    command = finished.err.strip().partition("; to mend it: ")[2].partition(", where ")[0]
    assert command.startswith("sslabel verify ")
    where = finished.err.partition(", where ")[2]
    for name, path in stands_for.items():
        assert re.search(rf"\b{name}\b", where)
        command = f" {shlex.quote(str(path))}".join(re.split(rf" {name}\b", command))
    assert not re.search(r" (RAW|PLUGIN|TOKENIZER|FILE)\d*\b", command)
    return command


def shell(command: str, folder: Path) -> None:
    """Run a command in a shell, and find that it says all is well."""
    names = f'sslabel() {{ {shlex.quote(sys.executable)} -m sslabel "$@"; }}'
    run = ["bash", "-e", "-c", f"{names}; {command}"]
    done = subprocess.run(run, cwd=folder, env=environment({}), check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), (command, done.stdout, done.stderr)
    assert "well: " in done.stdout


def check_mends(out: Path, folder: Path, before: Mapping[str, bytes], stands_for: Mapping[str, Path]) -> None:
    """Run the command that a verification says, and find all as it was."""
    shown = os.path.relpath(out, folder)
    shell(said(sslabel("verify", shown, cwd=folder), stands_for), folder)
    shutil.rmtree(out / ".sslabel" / "strangers", ignore_errors=True)
    assert tree(out) == before
    assert sslabel("verify", shown, "--read-data", cwd=folder).code == 0


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "my out" $HOME `x`',
        pytest.param("-out", marks=pytest.mark.slow),
        pytest.param("o\x1bu\nt;rm x", marks=pytest.mark.slow),
        pytest.param("sn\udcffow\u202e", marks=pytest.mark.slow),
    ],
)
def test_whatever_the_folder_is_called(whole: Path, tmp_path: Path, name: str) -> None:
    raw = Path(shutil.copytree(whole / "raw", tmp_path / "it's raw & more"))
    out = Path(shutil.copytree(whole / "out", tmp_path / name))
    before = tree(out)
    damaging.without_shard(out)
    finished = sslabel("verify", "--", name, cwd=tmp_path)
    assert (finished.out + finished.err).replace("\n", "").isprintable()
    shell(said(finished, {"RAW": raw}), tmp_path)
    assert tree(out) == before


@pytest.mark.slow
def test_strangers_with_odd_names(whole: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(whole / "out", tmp_path / "out"))
    before = tree(out)
    damaging.odd_stranger(out)
    finished = sslabel("verify", out)
    assert "train-\\x1b[31m" in finished.out
    assert "\x1b" not in finished.out + finished.err
    check_mends(out, tmp_path, before, {})


@pytest.mark.parametrize("harm", damaging.DAMAGES, ids=lambda one: one.__name__)
@pytest.mark.slow
def test_whatever_is_damaged(whole: Path, tmp_path: Path, harm: damaging.Damage) -> None:
    out = Path(shutil.copytree(whole / "out", tmp_path / "out"))
    before = tree(out)
    harm(out)
    finished = sslabel("verify", out, "--read-data")
    needed = {"RAW": whole / "raw"} if "RAW" in finished.err else {}
    shell(said(finished, needed), tmp_path)
    shutil.rmtree(out / ".sslabel" / "strangers", ignore_errors=True)
    assert tree(out) == before


@pytest.mark.slow
def test_several_raw_folders_and_a_file(whole: Path, tmp_path: Path) -> None:
    more = draw_many(tmp_path / "more", 2)
    raw = [whole / "raw", more / "p000.jpg"]
    tool.make(raw, tmp_path / "out", task="rotation", shard_pairs=4)
    before = tree(tmp_path / "out")
    damaging.torn(tmp_path / "out")
    check_mends(tmp_path / "out", tmp_path, before, {"RAW1": raw[0], "RAW2": raw[1]})


@pytest.mark.slow
def test_what_a_recipe_needs_is_asked_for(whole: Path, tokenizers: dict[str, Path], tmp_path: Path) -> None:
    plugin = tmp_path / "my mirror.py"
    plugin.write_text(MIRROR, "utf-8")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("task: [mirrored]\nnoise: [hue]\nshard_pairs: 5\nseed: 3\n", "utf-8")
    assert sslabel("make", "--recipe", recipe, "--plugin", plugin, whole / "raw", tmp_path / "out").code == 0
    before = tree(tmp_path / "out")
    damaging.without_shard(tmp_path / "out")
    check_mends(tmp_path / "out", tmp_path, before, {"RAW": whole / "raw", "PLUGIN": plugin})
    # With several tokenizers, and beside what came of something else.
    prose.save(tmp_path / "texts" / "a.txt", prose.paragraphs(20))
    tasks = [f"masked-word:tokenizer={tokenizers['bert']}", f"span-corruption:tokenizer={tokenizers['t5']}"]
    tool.make(tmp_path / "texts", tmp_path / "out", task=tasks)
    before = tree(tmp_path / "out")
    damaging.without_shard(tmp_path / "out")
    files = {"FILE1": tokenizers["bert"], "FILE2": tokenizers["t5"]}
    check_mends(tmp_path / "out", tmp_path, before, {"RAW": tmp_path / "texts", **files})


@pytest.mark.slow
def test_what_came_of_several_runs_takes_a_command_for_each(texts: Path, whole: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(whole / "out", tmp_path / "out"))
    tool.make(texts / "raw", out, task="word-order", max_error_rate=1)
    before = tree(out)
    (out / "word-order" / "train-000000.parquet").unlink()
    damaging.emptied(out)
    damaging.edited_quarantine(out)
    finished = sslabel("verify", out)
    commands = finished.err.strip().partition("; to mend it: ")[2].partition(", where ")[0].split("; ")
    assert [len(re.findall("RAW", one)) for one in sorted(commands, key=len)] == [0, 1, 1]
    for command in sorted(commands, key=len, reverse=True):
        raw = texts / "raw" if "--task word-order" in command else whole / "raw"
        shell(command.replace("RAW", shlex.quote(str(raw))), tmp_path)
    assert tree(out) == before


@pytest.mark.slow
def test_what_was_given_stands_in_it(whole: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(whole / "out", tmp_path / "out"))
    before = tree(out)
    (shard,) = damaging.torn(out)
    finished = sslabel("verify", out, "--task", "colorize", "--relabel", "all", "--raw", whole / "raw", "--read-data")
    assert shard.parent.name == "colorize"
    command = said(finished, {})
    assert "--task colorize --raw " in command
    shell(command, tmp_path)
    assert tree(out) == before


def test_a_repair_that_could_not_does_not_say_itself_again(whole: Path, out: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    damaging.without_shard(out)
    report = tool.verify(out, repair=True, raw=tmp_path / "empty")
    assert (report.exit_code, report.command, len(report.lost)) == (6, "", 1)
    report = tool.verify(out, repair=True)
    assert (report.exit_code, report.command) == (6, f"sslabel verify {word(str(out))} --repair --raw RAW")
    assert report.stands_for == {"RAW": "what make was given"}
    assert tool.verify(out, repair=True, raw=whole / "raw").command == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("out", "out"),
        ("my out", "'my out'"),
        ("-out", "./-out"),
        ("Größe", "'Größe'"),
        ("a\x1b\n'b", r"$'a\x1b\x0a\x27b'"),
        ("\udcff", r"$'\xff'"),
    ],
)
def test_words(text: str, shown: str) -> None:
    assert word(text) == shown


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_any_word_is_what_a_shell_reads(text: str) -> None:
    assert word(text).isprintable()
    if len(text) < 4:  # a shell each
        done = subprocess.run(["bash", "-c", f"printf %s {word(text)}"], check=True, capture_output=True)
        assert os.fsdecode(done.stdout).removeprefix("./" if text.startswith("-") else "") == text
