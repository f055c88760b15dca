"""`sslabel inspect`: on a terminal, in a pipe, as JSON, and as a page."""

from __future__ import annotations

from pathlib import Path

import pytest

import sslabel as tool
from tests.cli.test_display import on_terminal
from tests.engine.running import sslabel
from tests.look.handmade import Strings, write_out
from tests.look.showing import lines
from tests.look.test_page import check


@pytest.fixture(scope="module")
def folder(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an output in it, called out."""
    made = tmp_path_factory.mktemp("shown")
    tool.make(photos, made / "out", task=["rotation", "colorize"], noise="gaussian-noise:sigma=0.1", shard_size="30kB")
    return made


def test_json_lines_are_the_examples(folder: Path) -> None:
    finished = sslabel("inspect", folder / "out", "--task", "rotation", "--count", 99, "--json")
    assert (finished.code, finished.err) == (0, "")
    read = list(tool.read(folder / "out", "rotation"))
    assert [event["key"] for event in finished.events] == [one.key for one in read]
    assert [event["meta"] for event in finished.events] == [dict(one.meta) for one in read]
    for event in finished.events:
        assert event["fields"]["input"].keys() == {"kind", "extension", "bytes", "width", "height"}
        assert event["fields"]["label"].keys() == {"index", "name"}


def test_choices_are_those_that_are_typed(folder: Path) -> None:
    (first, *_) = tool.read(folder / "out", "rotation")
    source = str(first.meta["source"])
    for choice in (["--key", first.key], ["--source", source], ["--where", "copy=0", "--where", f"source={source}"]):
        finished = sslabel("inspect", folder / "out", "--task", "rotation", "--json", *choice)
        assert [event["key"] for event in finished.events] == [first.key]
    twice = [sslabel("inspect", folder / "out", "--random", "--seed", 5, "--json").out for _ in range(2)]
    assert twice[0] == twice[1]


def test_a_terminal_shows_pictures_and_a_pipe_does_not(folder: Path) -> None:
    command = ["inspect", folder / "out", "--task", "colorize", "--count", 1]
    code, seen = on_terminal(command, {"NO_COLOR": "", "COLORTERM": "truecolor", "PAGER": "cat"})
    assert code == 0
    assert "▀" in seen
    assert max(map(len, lines(seen))) <= 100
    assert "noise     gaussian-noise(sigma=0.1)" in "\n".join(lines(seen))
    piped = sslabel(*command, env={"NO_COLOR": "", "COLORTERM": "truecolor"})
    assert (piped.code, b"\x1b" in piped.raw_out, "▀" in piped.out) == (0, False, False)
    asked = sslabel(*command, "--images", "blocks", env={"NO_COLOR": "", "COLORTERM": "truecolor"})
    assert "▀" in asked.out


def test_a_page_is_written(tmp_path: Path) -> None:
    out, page = write_out(tmp_path / "out", Strings(), shards=2), tmp_path / "page.html"
    finished = sslabel("inspect", out, "--html", page, "--count", "1")
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.startswith(f"{page}: 2 examples of 1 task, ")
    check(page.read_text("utf-8"))
    (told,) = sslabel("inspect", out, "--html", page, "--task", "handmade", "--split", "train", "--json").events
    assert (told["examples"], told["bytes"]) == (8, page.stat().st_size)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("OUT", "--key", "abc"), "--html is a page of a whole data set, and does not go with --key"),
        (("OUT", "--source", "a.jpg"), "does not go with --source"),
        (("OUT", "--where", "label=0"), "does not go with --where"),
        (("OUT", "--shard", "train-000000.tar"), "does not go with --shard"),
        (("OUT", "--random"), "does not go with --random"),
        (("OUT", "--images", "ascii"), "does not go with --images"),
        (("OUT", "--task", "rotatoin"), "there is no task 'rotatoin'; did you mean rotation?"),
        (("OUT/rotation",), "--html is for an output folder of sslabel, and this is none"),
        (("memory://out",), "memory://out: --html reads every shard: copy the output here first"),
    ],
)
def test_a_page_is_of_whole_data_sets(folder: Path, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    given = [one.replace("OUT", str(folder / "out")) for one in arguments]
    finished = sslabel("inspect", *given, "--html", tmp_path / "page.html")
    assert (finished.code, finished.out, finished.err.count("\n")) == (2, "", 1)
    assert words in finished.err
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("OUT", "--task", "rotatoin"), 2, "there is no task 'rotatoin'; did you mean rotation?"),
        (("OUT", "--where", "label"), 2, "NAME=VALUE is needed"),
        (("OUT", "--key", "abc"), 4, "no such example so far"),
        (("OUT", "--html", "none/page.html"), 2, "none/page.html: a file in a folder that is there is needed"),
        (("nowhere",), 2, "nowhere: there is no such file or folder"),
        (("s3://bucket/out",), 2, "pip install 'sslabel[s3]'"),
    ],
)
def test_errors_are_one_line_and_a_code(folder: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    if arguments[0].startswith("s3:"):
        _skip_if_installed("s3fs")
    finished = sslabel("inspect", *(str(folder / "out") if one == "OUT" else one for one in arguments))
    assert (finished.code, finished.out, finished.err.count("\n")) == (code, "", 1)
    assert words in finished.err


def _skip_if_installed(name: str) -> None:
    import importlib.util

    if importlib.util.find_spec(name) is not None:
        pytest.skip(f"{name} is installed")
