"""Workers that are started before it is known what they will do: loaded by one process that forks into them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sslabel.engine import early
from sslabel.engine.early import drop_ahead, start_ahead, take
from sslabel.engine.process import NOWHERE, SLOT, Child, Process
from tests.engine.running import environment, workers_of

TEXTS = ["text.masked_word"]


@pytest.fixture(autouse=True)
def nothing_ahead() -> Iterator[None]:
    drop_ahead()
    yield
    drop_ahead()


@pytest.fixture(params=["forked", "by itself"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How workers are started: by forking, where that can be, or each by itself."""
    if request.param == "forked":
        if sys.platform != "linux":
            pytest.skip("only Linux leaves the children of a process to the one that started it")
    else:
        monkeypatch.setattr(early, "_adopt", lambda **_: False)
    return str(request.param)


def taken(count: int) -> list[Process]:
    return [take() for _ in range(count)]


def test_what_was_started_ahead_is_taken_first(way: str) -> None:
    start_ahead(TEXTS)
    loaders, ahead = list(early._loaders), list(early._ahead)
    assert [len(loaders), len(ahead)] == ([1, 0] if way == "forked" else [0, 2])
    start_ahead(TEXTS)
    assert (early._loaders, early._ahead) == (loaders, ahead)
    workers = taken(3)
    try:
        assert len({one.child.pid for one in workers}) == 3
        assert all(one.child.poll() is None for one in workers)
        assert (early._loaders, early._ahead) == ([], [])
        assert workers[:2] == ahead or way == "forked"
        assert all(SLOT.unpack_from(one.ends.shared, 0) == NOWHERE for one in workers)
        assert all(one.popen.poll() == 0 for one in loaders)
    finally:
        for one in workers:
            one.close()
    assert all(one.child.poll() == -signal.SIGKILL for one in workers)


@pytest.mark.parametrize(("cpus", "started"), [(1, 1), (2, 2), (64, 2)])
@pytest.mark.usefixtures("way")
def test_no_more_are_started_than_may_run(monkeypatch: pytest.MonkeyPatch, cpus: int, started: int) -> None:
    monkeypatch.setattr(early, "usable_cpus", lambda: cpus)
    start_ahead(TEXTS)
    first = take()
    first.close()
    assert len(early._ahead) == started - 1


@pytest.mark.usefixtures("way")
def test_what_is_not_wanted_is_ended() -> None:
    start_ahead(TEXTS)
    children: list[Child] = [one.popen for one in early._loaders]
    children += [one.child for one in early._ahead]
    drop_ahead()
    assert all(one.poll() is not None for one in children)
    assert (early._loaders, early._ahead) == ([], [])
    start_ahead(TEXTS)
    worker = take()
    worker.close()
    left = [one.child for one in early._ahead]
    assert len(left) == 1
    drop_ahead()
    assert left[0].poll() == -signal.SIGKILL


def test_one_that_ends_before_it_forks_is_replaced() -> None:
    start_ahead(TEXTS)
    for one in early._loaders:
        one.popen.kill()
    worker = take()
    try:
        assert worker.child.poll() is None
        assert (early._loaders, early._ahead) == ([], [])
    finally:
        worker.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux leaves the children of a process to another one")
def test_those_that_are_left_to_another_process_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "_adopt", lambda **_: True)  # and they go to whom orphans go to
    start_ahead(TEXTS)
    worker = take()
    try:
        assert (worker.child.poll(), early._ahead) == (None, [])
    finally:
        worker.close()


@pytest.mark.usefixtures("way")
def test_each_answers_and_says_how_it_ended() -> None:
    start_ahead(TEXTS)
    workers = taken(2)
    try:
        for one in workers:
            one.ends.commands.write(
                b'{"packages": false, "deadline": 9, "settings": {"task": "nothing-of-that-name"}}\n'
            )
            one.ends.commands.flush()
            assert b'"class": "UsageError"' in one.ends.replies.readline()
        os.kill(workers[0].child.pid, signal.SIGPROF)
        assert workers[0].child.wait() == -signal.SIGPROF
        workers[1].ends.commands.close()
        assert workers[1].child.wait() == 1
        assert [one.child.poll() for one in workers] == [-signal.SIGPROF, 1]
        workers[1].child.kill()  # and that it is gone is no error
    finally:
        for one in workers:
            one.close()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux")
@pytest.mark.parametrize(("tasks", "large"), [(TEXTS, True), (["text"], True), (["image"], False), ([], False)])
@pytest.mark.parametrize("own", ["", "glibc.malloc.check=0"])
def test_workers_for_texts_ask_for_large_pages(
    monkeypatch: pytest.MonkeyPatch, tasks: list[str], large: bool, own: str
) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    if own:
        monkeypatch.setenv("GLIBC_TUNABLES", own)
    start_ahead(tasks)
    workers = [take(tasks) for _ in range(3)]
    try:
        for one in workers:
            given = Path(f"/proc/{one.child.pid}/environ").read_bytes().split(b"\0")
            tuned = [line.partition(b"=")[2].decode() for line in given if line.startswith(b"GLIBC_TUNABLES=")]
            assert tuned == ([own] if own else ["glibc.malloc.hugetlb=1"] if large else [])
    finally:
        for one in workers:
            one.close()


@pytest.mark.usefixtures("way")
def test_a_worker_ends_when_nobody_is_left_to_tell_it_anything() -> None:
    start_ahead(TEXTS)
    for one in taken(3):
        one.ends.commands.close()
        assert one.child.wait() == 1
        one.close()


@pytest.mark.usefixtures("way")
def test_no_descriptor_is_left_open() -> None:
    before = sorted(Path("/dev/fd").iterdir())
    for _ in range(3):
        start_ahead(TEXTS)
        for one in taken(3):
            one.close()
        start_ahead(TEXTS)
        drop_ahead()
    assert sorted(Path("/dev/fd").iterdir()) == before


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux")
@pytest.mark.usefixtures("way")
def test_workers_hold_only_what_is_theirs() -> None:
    start_ahead(TEXTS)
    workers = taken(2)
    try:
        links = [_links(one.child.pid) for one in workers]
        pipes = [{link for link in one if link.startswith("pipe:")} for one in links]
        assert not pipes[0] & pipes[1]
        assert [len(one) for one in pipes] == [3, 3]
        assert all(sum("memfd:sslabel" in link for link in one) <= 1 for one in links)
    finally:
        for one in workers:
            one.close()


def _links(pid: int) -> list[str]:
    folder = Path(f"/proc/{pid}/fd")
    begun = time.monotonic()
    while True:  # until it has put them where they belong
        links = []
        for one in folder.iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                links.append(str(one.readlink()))
        if sum(link.startswith("pipe:") for link in links) >= 4 or time.monotonic() - begun > 10:
            return links
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux leaves the children of a process to another one")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 0.5])
def test_nothing_is_left_behind_whenever_it_is_ended(tmp_path: Path, number: int, seconds: float) -> None:
    code = (
        "import time\n"
        "from sslabel.engine.early import start_ahead, take\n"
        "start_ahead(['text.masked_word'])\n"
        "print('started', flush=True)\n"
        "both = [take(), take()]\n"
        "time.sleep(60)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code], env=environment({"TMPDIR": str(tmp_path)}), stdout=subprocess.PIPE
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"started\n"
    time.sleep(seconds)
    run.send_signal(number)
    assert run.wait(60) == (-number if number == signal.SIGKILL else 128 + number)
    run.stdout.close()
    begun = time.monotonic()
    while workers_of(tmp_path):
        assert time.monotonic() - begun < 10
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("arguments", "tasks"),
    [
        (("make", "a", "b"), "['image']"),
        (("make", "--task", "masked-word:rate=0.2", "a", "b"), "['text.masked_word']"),
        (("make", "--task=few@next-word", "--task", "colorize", "a", "b"), "['image.colorize', 'text.next_word']"),
        (("make", "--task", "masked-word", "--task", "of-a-plug-in", "a", "b"), "['image']"),
        (("make", "--task", "../x", "a", "b"), "['image']"),
        (("make", "--task"), "['image']"),
        (("make", "--help"), None),
        (("make", "-h"), None),
        (("--help",), None),
        (("list",), None),
        ((), None),
    ],
)
def test_only_a_run_starts_workers_ahead(tmp_path: Path, arguments: tuple[str, ...], tasks: str | None) -> None:
    code = (
        "import sys, sslabel.engine.early as p\n"
        "p.start_ahead = lambda tasks: open('started', 'w').write(str(sorted(tasks)))\n"
        "from sslabel.cli.main import main\n"
        f"sys.argv = ['sslabel', *{arguments!r}]\n"
        "main()\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), check=False, capture_output=True, timeout=60
    )
    said = tmp_path / "started"
    assert (said.read_text("utf-8") if said.exists() else None) == tasks
