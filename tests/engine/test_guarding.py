"""A source that ends, stalls or floods its worker costs that source alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.engine.drawing import save_photo
from tests.engine.running import (
    Finished,
    Members,
    examples,
    quarantine,
    records,
    shard_hashes,
    sslabel,
    tree,
    workers_of,
)

MARK = 77  # the width of the picture that the task below misbehaves on

PLUGIN = """
import os, re, signal, sys, threading, time
import cv2
import numpy as np
from sslabel import Category, Pair, Picture
from sslabel.registry import noise, task

def deeper(depth):
    return deeper(depth + 1) + 1

def deeper_in_c(_):
    sys.setrecursionlimit(2**31 - 1)
    return list(map(deeper_in_c, [0]))

def spin():
    while True:
        pass

def sleep():
    time.sleep(10_000)

def die(by):
    os.kill(os.getpid(), by)

def throw(error):
    raise error

def handle_alarms_by(handler):
    for alarm in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(alarm, handler)

def handle():
    handle_alarms_by(lambda *_: None)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)

def start_threads():
    for work in (spin, sleep) * 2:
        threading.Thread(target=work).start()

def leave_a_child():
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)
    die(signal.SIGSEGV)

def hoard():
    kept = []
    while True:
        kept.append(b"x" * (1 << 20))

HARMS = {
    "none": lambda: None,
    "segv": lambda: die(signal.SIGSEGV),
    "flood-and-segv": lambda: (flood(), die(signal.SIGSEGV)),
    "kill": lambda: die(signal.SIGKILL),
    "abort": os.abort,
    "exit": lambda: os._exit(0),
    "sys-exit": lambda: sys.exit(0),
    "spin": spin,
    "regex": lambda: re.match("(a+)+$", "a" * 64 + "b"),
    "flood-for-ever": lambda: [flood() for _ in iter(int, 1)],
    "sleep": sleep,
    "stop": lambda: die(signal.SIGSTOP),
    "ignore": lambda: handle_alarms_by(signal.SIG_IGN),
    "deaf": lambda: (handle_alarms_by(signal.SIG_IGN), sleep()),
    "handle": handle,
    "move": lambda: os.chdir("/"),
    "close": lambda: os.closerange(0, 11),
    "threads": start_threads,
    "leave-a-child": leave_a_child,
    "recurse": lambda: deeper(0),
    "recurse-in-c": lambda: deeper_in_c(0),
    "raise": lambda: throw(ValueError("no\\nluck \\x1b[31m")),
    "interrupt": lambda: throw(KeyboardInterrupt),
    "memory": lambda: throw(MemoryError),
    "memory-numpy": lambda: np.ones(10 << 30, np.uint8),
    "memory-bytes": lambda: bytearray(10 << 30),
    "memory-little-by-little": hoard,
    "memory-opencv": lambda: cv2.resize(np.zeros((1, 1, 3), np.uint8), (60_000, 60_000)),
    "flood": lambda: flood(),
}
BY_WIDTH = {76: "segv", 77: "abort", 78: "exit"}
PAIRS = {
    "not-a-pair": lambda _: 5,
    "other-classes": lambda picture: Pair(picture, Category(0, ("others",))),
    "other-fields": lambda _: Pair({"a": Category(0, ("x",)), "b": Category(0, ("x",))}, Category(0, ("x",))),
}

def harm(how, width):
    HARMS[BY_WIDTH[width] if how == "by-width" else how]()

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
        if how in PAIRS:
            return PAIRS[how](picture)
        harm(how, picture.width)
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


QUIET = ("move", "threads", "ignore", "handle")
TASKS = ("--task", "flaky", "--task", "rotation", "--noise", "gaussian-noise")


@pytest.fixture(scope="module")
def expected(good: Path, plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Members]]:
    """The examples of both tasks of a run in which that picture never existed."""
    out = tmp_path_factory.mktemp("expected") / "out"
    assert sslabel("make", good, out, *TASKS, "--plugin", plugin).code == 0
    return {task: examples(out, task) for task in ("flaky", "rotation")}


def run(raw: Path, out: Path, plugin: Path, how: str, *more: object, **options: Any) -> Finished:
    """Make both data sets with a task that misbehaves in this way."""
    tasks = (f"flaky:how={how}", *TASKS[2:])
    return sslabel("make", raw, out, "--task", *tasks, "--plugin", plugin, "--max-error-rate", "0.2", *more, **options)


def without(found: dict[str, Members], source: str) -> dict[str, Members]:
    """The examples that come from other sources."""
    return {key: files for key, files in found.items() if f'"source":"{source}"'.encode() not in files["meta.json"]}


@pytest.mark.parametrize(
    ("how", "options", "kind", "words"),
    [
        pytest.param("segv", (), "crashed", "ended by SIGSEGV", marks=pytest.mark.slow),
        pytest.param("flood-and-segv", (), "crashed", "ended by SIGSEGV", marks=pytest.mark.slow),
        pytest.param("abort", (), "crashed", "ended by SIGABRT", marks=pytest.mark.slow),
        pytest.param("recurse-in-c", (), "crashed", "ended by SIGSEGV", marks=pytest.mark.slow),
        pytest.param("leave-a-child", (), "crashed", "ended by SIGSEGV", marks=pytest.mark.slow),
        pytest.param("exit", (), "crashed", "ended with exit code 0", marks=pytest.mark.slow),
        ("close", (), "crashed", "it closed files of the process that read it"),
        pytest.param("kill", (), "memory", "out of memory?", marks=pytest.mark.slow),
        ("spin", ("--deadline", "0.5s"), "deadline", "no progress in 0.5 s of CPU time"),
        pytest.param("regex", ("--deadline", "0.5"), "deadline", "of CPU time", marks=pytest.mark.slow),
        pytest.param("flood-for-ever", ("--deadline", "0.5"), "deadline", "no progress", marks=pytest.mark.slow),
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
    assert (finished.code, finished.err.count("; excluded\n")) == (0, 1)
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
        pytest.param("memory-opencv", "failed", "error: OpenCV", marks=pytest.mark.slow),
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


@pytest.mark.parametrize(
    "how",
    [
        "memory",
        *(pytest.param(f"memory-{what}", marks=pytest.mark.slow) for what in ("numpy", "bytes", "little-by-little")),
    ],
)
def test_what_does_not_fit_in_the_memory_costs_one_source(
    marked: Path, plugin: Path, expected: dict[str, dict[str, Members]], tmp_path: Path, how: str
) -> None:
    out = tmp_path / "out"
    # Pictures of so few pixels get a gigabyte.
    assert run(marked, out, plugin, how, "--max-pixels", "10k").code == 0
    assert {(one["source"], one["kind"], one["reason"]) for one in quarantine(out)} == {
        ("p2 marked.jpg", "memory", "it does not fit in the memory")
    }
    assert examples(out, "flaky") == expected["flaky"]


@pytest.fixture(scope="module")
def unharmed(marked: Path, plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The shards of a run in which the task does not misbehave."""
    out = tmp_path_factory.mktemp("unharmed") / "out"
    assert run(marked, out, plugin, "none").code == 0
    return shard_hashes(out)


@pytest.mark.parametrize("how", ["flood", *(pytest.param(how, marks=pytest.mark.slow) for how in QUIET)])
def test_what_a_task_prints_or_leaves_behind_changes_nothing(
    marked: Path, plugin: Path, unharmed: dict[str, str], tmp_path: Path, how: str
) -> None:
    # A worker finds its paths wherever it stands: all are given relative to here.
    shutil.copytree(marked, tmp_path / "raw")
    shutil.copy(plugin, tmp_path)
    finished = run(Path("raw"), Path("out"), Path(plugin.name), how, cwd=tmp_path)
    assert finished.code == 0
    assert "loud" not in finished.out + finished.err
    assert quarantine(tmp_path / "out") == []
    assert shard_hashes(tmp_path / "out") == unharmed


def test_a_shard_is_the_same_whatever_a_source_was_left_out_for(marked: Path, plugin: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(marked, raw)
    poison = raw / "p2 marked.jpg"
    poison.write_bytes(b"?" * poison.stat().st_size)
    assert run(marked, tmp_path / "crashed", plugin, "segv").code == 0
    assert run(raw, tmp_path / "unreadable", plugin, "segv").code == 0
    kinds = [{one["kind"] for one in quarantine(tmp_path / name)} for name in ("crashed", "unreadable")]
    assert kinds == [{"crashed"}, {"unreadable"}]
    assert shard_hashes(tmp_path / "crashed") == shard_hashes(tmp_path / "unreadable")


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_all_sources_of_a_unit_may_crash(good: Path, plugin: Path, tmp_path: Path, workers: int) -> None:
    healthy, raw = tmp_path / "healthy", tmp_path / "raw"
    for number in range(5):
        for folder in (healthy, raw):
            save_photo(folder / f"a{number}.jpg", 20 + number, MARK, 40)
        shutil.copy(good / f"p{number}.jpg", healthy)
        shutil.copy(good / f"p{number}.jpg", raw)
    options = ("--no-shuffle", "--shard-size", "20kB", "--workers", workers, "--max-error-rate", "1")
    assert run(healthy, tmp_path / "expected", plugin, "none", *options).code == 0
    assert run(raw, tmp_path / "out", plugin, "segv", *options).code == 0
    poison = [f"a{number}.jpg" for number in range(5)]
    assert sorted(one["source"] for one in quarantine(tmp_path / "out")) == sorted(poison * 2)
    found = records(tmp_path / "out", "flaky")
    assert [one["written"] for one in found].count(0) >= 1
    assert [one["sources"] for one in found] == [one["sources"] for one in records(tmp_path / "expected", "flaky")]
    assert max(one["sources"] for one in found if not one["written"]) > 1
    for task in ("flaky", "rotation"):
        whole = examples(tmp_path / "expected", task)
        for source in poison:
            whole = without(whole, source)
        assert examples(tmp_path / "out", task) == whole


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


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_several_that_crash_in_one_unit_are_all_found(
    good: Path, plugin: Path, expected: dict[str, dict[str, Members]], tmp_path: Path, workers: int
) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(good, raw)
    for number, name in enumerate(("a", "p3a", "z")):
        save_photo(raw / f"{name}.jpg", 9, 76 + number, 40)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    options = ("--no-shuffle", "--max-error-rate", "0.5", "--workers", workers)
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
