"""A source that ends, stalls or floods its worker costs that source alone."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engine.drawing import save_photo
from tests.engine.running import Finished, Members, examples, quarantine, records, sslabel, tree, workers_of

MARK = 77  # the width of the picture that the task below misbehaves on

PLUGIN = """
import os, signal, sys, time
from typing import Literal
from sslabel import Category, Pair, Picture, Skip
from sslabel.registry import noise, task

def deeper(depth):
    return deeper(depth + 1) + 1

def harm(how, width):
    if how == "by-width":
        how = {76: "segv", 77: "abort", 78: "exit"}.get(width, "none")
    if how in ("segv", "flood-and-segv"):
        if how != "segv":
            flood()
        os.kill(os.getpid(), signal.SIGSEGV)
    elif how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "abort":
        os.abort()
    elif how == "exit":
        os._exit(0)
    elif how == "sys-exit":
        sys.exit(0)
    elif how == "spin":
        while True:
            pass
    elif how == "sleep":
        while True:
            time.sleep(1000)
    elif how == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif how == "deaf":
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        while True:
            time.sleep(1000)
    elif how == "recurse":
        deeper(0)
    elif how == "raise":
        raise ValueError("no\\nluck \\x1b[31m")
    elif how == "interrupt":
        raise KeyboardInterrupt
    elif how == "memory":
        raise MemoryError
    elif how == "flood":
        flood()
    elif how == "not-a-pair":
        return 5
    elif how == "other-fields":
        return Pair({"a": Category(0, ("x",)), "b": Category(0, ("x",))}, Category(0, ("x",)))
    elif how == "other-classes":
        return "classes"

def flood():
    for stream in (1, 2):
        for _ in range(40):
            os.write(stream, b'{"error": "no"}\\n' * 1000)
    print("loud " * 100_000)
    print("louder " * 100_000, file=sys.stderr, flush=True)

@task("image")
def flaky(picture: Picture, rng, *, how: str = "none") -> Pair:
    "Misbehave on one picture."
    drawn = int(rng.integers(4))
    classes = ("a", "b", "c", "d")
    if 76 <= picture.width <= 78:
        given = harm(how, picture.width)
        if given == "classes":
            return Pair(picture, Category(0, ("others",)))
        if given is not None:
            return given
    return Pair(picture, Category(drawn, classes))

@task("image")
def always(picture: Picture, rng, *, how: str = "none", spare: int = 0) -> Pair:
    "Misbehave on every picture that is not of the spared width."
    if picture.width != spare:
        harm(how, picture.width)
    return Pair(picture, Category(0, ("a", "b")))

@noise("image")
def flaky_noise(picture: Picture, rng, *, how: str = "none") -> Picture:
    "Misbehave on one picture."
    if picture.width == 77:
        harm(how, picture.width)
    return picture
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with tasks that misbehave."""
    path = tmp_path_factory.mktemp("plugin") / "flaky.py"
    path.write_text(PLUGIN, "ascii")
    return path


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five photographs that nothing is wrong with."""
    folder = tmp_path_factory.mktemp("good")
    for number in range(5):
        save_photo(folder / f"p{number}.jpg", number, 48, 40)
    return folder


@pytest.fixture(scope="module")
def marked(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, and in the middle of them the one that the task misbehaves on."""
    folder = tmp_path_factory.mktemp("marked")
    shutil.copytree(good, folder, dirs_exist_ok=True)
    save_photo(folder / "p2 marked.jpg", 9, MARK, 40)
    return folder


TASKS = ("--task", "flaky", "--task", "rotation", "--noise", "gaussian-noise")


@pytest.fixture(scope="module")
def expected(good: Path, plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Members]]:
    """The examples of both tasks of a run in which that picture never existed."""
    out = tmp_path_factory.mktemp("expected") / "out"
    assert sslabel("make", good, out, *TASKS, "--plugin", plugin).code == 0
    return {task: examples(out, task) for task in ("flaky", "rotation")}


def run(raw: Path, out: Path, plugin: Path, how: str, *more: object, env: Mapping[str, str] | None = None) -> Finished:
    """Make both data sets with a task that misbehaves in this way."""
    tasks = (f"flaky:how={how}", *TASKS[2:])
    return sslabel("make", raw, out, "--task", *tasks, "--plugin", plugin, "--max-error-rate", "0.2", *more, env=env)


def without(found: dict[str, Members], source: str) -> dict[str, Members]:
    """The examples that come from other sources."""
    return {key: files for key, files in found.items() if f'"source":"{source}"'.encode() not in files["meta.json"]}


@pytest.mark.parametrize(
    ("how", "options", "kind", "words"),
    [
        pytest.param("segv", (), "crashed", "ended by SIGSEGV", marks=pytest.mark.slow),
        pytest.param("flood-and-segv", (), "crashed", "ended by SIGSEGV", marks=pytest.mark.slow),
        pytest.param("abort", (), "crashed", "ended by SIGABRT", marks=pytest.mark.slow),
        pytest.param("exit", (), "crashed", "ended with exit code 0", marks=pytest.mark.slow),
        pytest.param("kill", (), "memory", "out of memory?", marks=pytest.mark.slow),
        ("spin", ("--deadline", "0.5s"), "deadline", "no progress in 0.5 s of CPU time"),
        ("sleep", ("--deadline", "0.2"), "deadline", "no progress in 2 s of wall time"),
        pytest.param("stop", ("--deadline", "0.2"), "deadline", "no progress", marks=pytest.mark.slow),
        pytest.param("deaf", ("--deadline", "0.2"), "deadline", "no progress", marks=pytest.mark.slow),
    ],
)
def test_a_worker_that_is_lost_costs_one_source(  # noqa: PLR0913, PLR0917 - fixtures and a row of the table
    marked: Path,
    plugin: Path,
    expected: dict[str, dict[str, Members]],
    tmp_path: Path,
    how: str,
    options: tuple[str, ...],
    kind: str,
    words: str,
) -> None:
    out = tmp_path / "out"
    finished = run(marked, out, plugin, how, *options)
    assert finished.code == 0
    assert "p2 marked.jpg: " in finished.err
    assert "loud" not in finished.err + finished.out
    found = quarantine(out)
    assert [(one["task"], one["source"], one["kind"]) for one in found] == [
        ("flaky", "p2 marked.jpg", kind),
        ("rotation", "p2 marked.jpg", kind),
    ]
    assert words in found[0]["reason"]
    assert examples(out, "flaky") == expected["flaky"]
    assert examples(out, "rotation") == expected["rotation"]


@pytest.mark.parametrize("how", ["sys-exit", pytest.param("interrupt", marks=pytest.mark.slow)])
def test_a_task_that_asks_to_exit_costs_one_source(
    marked: Path, plugin: Path, expected: dict[str, dict[str, Members]], tmp_path: Path, how: str
) -> None:
    out = tmp_path / "out"
    finished = run(marked, out, plugin, how)
    assert (finished.code, finished.err.count("\n")) == (0, 1)
    assert {one["source"] for one in quarantine(out)} == {"p2 marked.jpg"}
    assert examples(out, "flaky") == expected["flaky"]
    assert without(examples(out, "rotation"), "p2 marked.jpg") == expected["rotation"]


@pytest.mark.parametrize(
    ("how", "kind", "reason"),
    [
        ("raise", "failed", "ValueError: no\nluck \x1b[31m"),
        ("recurse", "failed", "RecursionError: maximum recursion depth exceeded"),
        ("not-a-pair", "failed", "TypeError: the task gave a int, not a Pair"),
        ("other-fields", "failed", "fields input_a, input_b, label, where the data set has input, label"),
        ("other-classes", "failed", "field label is Category(index=0, names=('others',)), where the data set has"),
    ],
)
def test_a_failure_costs_one_source_of_one_task(  # noqa: PLR0913, PLR0917 - fixtures and a row of the table
    marked: Path,
    plugin: Path,
    expected: dict[str, dict[str, Members]],
    tmp_path: Path,
    how: str,
    kind: str,
    reason: str,
) -> None:
    out = tmp_path / "out"
    finished = run(marked, out, plugin, how)
    assert finished.code == 0
    assert b"\x1b" not in finished.raw_err + finished.raw_out
    (one,) = quarantine(out)
    assert (one["task"], one["source"], one["kind"]) == ("flaky", "p2 marked.jpg", kind)
    assert one["reason"].startswith(reason)
    assert examples(out, "flaky") == expected["flaky"]
    rotation = examples(out, "rotation")
    assert without(rotation, "p2 marked.jpg") == expected["rotation"]
    assert len(rotation) == 6


def test_what_does_not_fit_in_the_memory_costs_one_source(
    marked: Path, plugin: Path, expected: dict[str, dict[str, Members]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(marked, out, plugin, "memory").code == 0
    assert {(one["source"], one["kind"]) for one in quarantine(out)} == {("p2 marked.jpg", "memory")}
    assert examples(out, "flaky") == expected["flaky"]


def test_what_a_task_prints_goes_nowhere(
    marked: Path, plugin: Path, expected: dict[str, dict[str, Members]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    finished = run(marked, out, plugin, "flood")
    assert (finished.code, finished.err) == (0, "")
    assert "loud" not in finished.out
    assert without(examples(out, "flaky"), "p2 marked.jpg") == expected["flaky"]
    assert len(examples(out, "flaky")) == 6


def test_a_noise_is_guarded_too(
    marked: Path, plugin: Path, expected: dict[str, dict[str, Members]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    options = ("--plugin", plugin, "--max-error-rate", "0.2")
    assert sslabel("make", marked, out, *TASKS, "--noise", "flaky-noise:how=segv", *options).code == 0
    assert {(one["source"], one["kind"]) for one in quarantine(out)} == {("p2 marked.jpg", "crashed")}
    seen = {task: [files["label.cls"] for files in examples(out, task).values()] for task in expected}
    assert seen == {task: [files["label.cls"] for files in found.values()] for task, found in expected.items()}


@pytest.mark.parametrize(("rate", "code"), [("0.1", 3), ("0.2", 0)])
def test_too_many_exclusions_end_with_code_3(marked: Path, plugin: Path, tmp_path: Path, rate: str, code: int) -> None:
    out = tmp_path / "out"
    finished = run(marked, out, plugin, "raise", "--max-error-rate", rate)
    assert finished.code == code
    assert len(examples(out, "flaky")) == 5
    assert (out / "README.md").exists()
    if code:
        assert finished.err.splitlines()[-1] == (
            f"sslabel: 1 of 6 sources were excluded, more than --max-error-rate {rate} allows; "
            f"{out}/.sslabel/quarantine.jsonl names them"
        )
        assert run(marked, out, plugin, "raise", "--max-error-rate", rate).code == code


def test_several_that_crash_in_one_unit_are_all_found(
    good: Path, plugin: Path, expected: dict[str, dict[str, Members]], tmp_path: Path
) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(good, raw)
    for number, name in enumerate(("a", "p3a", "z")):
        save_photo(raw / f"{name}.jpg", 9, 76 + number, 40)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    options = ("--no-shuffle", "--max-error-rate", "0.5")
    assert run(raw, out, plugin, "by-width", *options, env={"TMPDIR": str(scratch)}).code == 0
    assert not list(scratch.iterdir())
    assert not Path("/proc").is_dir() or not workers_of(scratch)
    ends = ("ended by SIGSEGV", "ended by SIGABRT", "ended with exit code 0")
    assert [(one["task"], one["source"], one["kind"], one["reason"]) for one in quarantine(out)] == [
        (task, f"{name}.jpg", "crashed", f"the process that read it {end}")
        for task in ("flaky", "rotation")
        for name, end in zip(("a", "p3a", "z"), ends, strict=True)
    ]
    (record,) = records(out, "flaky")
    assert (record["written"], record["sources"]) == (5, 8)
    assert {task: examples(out, task) for task in expected} == expected


def test_a_task_that_crashes_on_all_but_one_ends(good: Path, plugin: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    finished = sslabel("make", good, out, "--task", "always:how=exit,spare=512", "--plugin", plugin, "--limit", 2)
    assert finished.code == 3
    assert len(quarantine(out)) == 2
    assert [record["pairs"] for record in records(out)] == [0] * len(records(out))


@pytest.mark.parametrize("how", [pytest.param("exit", marks=pytest.mark.slow), "segv"])
def test_a_task_that_crashes_on_everything_is_refused(good: Path, plugin: Path, tmp_path: Path, how: str) -> None:
    finished = sslabel("make", good, tmp_path / "out", "--task", f"always:how={how}", "--plugin", plugin)
    assert finished.code == 2
    assert finished.err.count("\n") == 1
    assert "workers end before they read anything" in finished.err
    assert not (tmp_path / "out").exists()


def test_a_task_that_fails_on_everything_is_refused(good: Path, plugin: Path, tmp_path: Path) -> None:
    finished = sslabel("make", good, tmp_path / "out", "--task", "always:how=raise,spare=512", "--plugin", plugin)
    assert finished.code == 2
    assert "task 'always' fails on each of 5 sources that were tried: ValueError: no" in finished.err
    assert not (tmp_path / "out").exists()


def test_the_exclusions_are_durable(marked: Path, plugin: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(marked, out, plugin, "exit").code == 0
    before = tree(out)
    for path in out.glob("flaky/*.tar"):
        path.unlink()
    finished = run(marked, out, plugin, "exit", "--json")
    assert [one["source"] for one in finished.events if one["type"] == "excluded"] == ["p2 marked.jpg"]
    assert tree(out) == before
