"""Worker processes that are started before it is known what they will do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sslabel.engine import process
from sslabel.engine.process import NOWHERE, SLOT, Process, drop_ahead, start_ahead, take
from tests.engine.running import environment


@pytest.fixture(autouse=True)
def nothing_ahead() -> Iterator[None]:
    drop_ahead()
    yield
    drop_ahead()


def test_what_was_started_ahead_is_taken_first() -> None:
    start_ahead()
    ahead = list(process._ahead)
    start_ahead()
    assert process._ahead == ahead
    taken = [take() for _ in range(len(ahead) + 1)]
    try:
        assert taken[:-1] == ahead
        assert taken[-1] not in ahead
        assert len({one.popen.pid for one in taken}) == len(taken)
        assert process._ahead == []
    finally:
        for one in taken:
            one.close()


@pytest.mark.parametrize(("cpus", "started"), [(1, 1), (2, 2), (64, 2)])
def test_no_more_are_started_than_may_run(monkeypatch: pytest.MonkeyPatch, cpus: int, started: int) -> None:
    monkeypatch.setattr(process, "usable_cpus", lambda: cpus)
    start_ahead()
    assert len(process._ahead) == started


def test_what_is_not_wanted_is_ended() -> None:
    start_ahead()
    ahead = list(process._ahead)
    drop_ahead()
    assert all(one.popen.poll() is not None for one in ahead)
    assert process._ahead == []


def test_a_fresh_worker_is_on_no_source() -> None:
    one = Process()
    try:
        assert SLOT.unpack_from(one.shared, 0) == NOWHERE
    finally:
        one.close()


def test_a_worker_ends_when_nobody_is_left_to_tell_it_anything() -> None:
    one = Process()
    assert one.popen.stdin is not None
    one.popen.stdin.close()
    assert one.popen.wait(60) == 1
    one.close()


def test_no_descriptor_is_left_open() -> None:
    before = sorted(Path("/dev/fd").iterdir())
    for _ in range(3):
        take().close()
    assert sorted(Path("/dev/fd").iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (("make", "a", "b"), "False"),
        (("make", "--task", "masked-word:rate=0.2", "a", "b"), "True"),
        (("make", "--task=few@next-word", "--task", "word-order", "a", "b"), "True"),
        (("make", "--task", "masked-word", "--task", "colorize", "a", "b"), "False"),
        (("make", "--task", "../x", "a", "b"), "False"),
        (("make", "--task"), "False"),
        (("make", "--help"), None),
        (("make", "-h"), None),
        (("--help",), None),
        (("list",), None),
        ((), None),
    ],
)
def test_only_a_run_starts_workers_ahead(tmp_path: Path, arguments: tuple[str, ...], texts: str | None) -> None:
    code = (
        "import sys, sslabel.engine.process as p\n"
        "p.start_ahead = lambda texts: open('started', 'w').write(str(texts))\n"
        "from sslabel.cli.main import main\n"
        f"sys.argv = ['sslabel', *{arguments!r}]\n"
        "main()\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), check=False, capture_output=True, timeout=60
    )
    said = tmp_path / "started"
    assert (said.read_text("utf-8") if said.exists() else None) == texts
