"""A worker: a process of our own that reads, makes and writes whole shards, one command at a time.

Commands come as JSON lines on stdin, replies go out on a descriptor of their own, what is shared stands behind the
one that the command line names; what any library prints goes to
stderr, so that nothing can mix with the replies. Before each source the worker notes its row in shared memory and
sets two alarms: one for CPU time, one for ten times that of wall time. The kernel ends the process when one runs
out, whatever it is stuck in, and the parent reads the row and the signal.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import mmap
import os
import queue
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

from sslabel.codecs import Schema
from sslabel.engine import corpus
from sslabel.engine.plan import Plan, load_plan
from sslabel.engine.probe import probe, schemas_of
from sslabel.engine.process import SLOT, WALL_FACTOR
from sslabel.engine.records import Excluded
from sslabel.engine.sources import Roots, read_row
from sslabel.engine.unit import Maker, build_shards
from sslabel.errors import SslabelError
from sslabel.recipe import Recipe, Settings
from sslabel.registry import expect_no_packages, load_own
from sslabel.seeding import Draws

_PR_SET_PDEATHSIG: Final = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc
# Lab in floating point, its square and a copy come to 36 bytes for each pixel.
_BYTES_A_PIXEL, _BYTES_BESIDE = 40, 1 << 30
_STREAMS = 3
_NEEDED: Final = {
    "text": ("numpy.random", "pyarrow.parquet", "icu4py.breakers", "sslabel.blockflow"),
    "image": ("numpy.random", "cv2"),
    "video": ("numpy.random", "cv2", "av"),
}


class Watch:
    """The shared note of how far the worker is, and the alarms that end it when it gets no further.

    `replies` is the descriptor that replies go out on. A source that closed it, or a standard stream, is the one that
    the note stands on: the process ends there, before another source is blamed.
    """

    def __init__(self, shared: mmap.mmap, deadline: float, replies: int) -> None:
        self._shared = shared
        self._deadline = deadline
        self._descriptors = (*range(_STREAMS), replies)
        self._files = self._open_files()
        self._unit = -1
        self._row = -1
        self._counts = [0, 0, 0, 0, 0]

    def reset(self, unit: int) -> None:
        """Begin a new unit; -1 for what is none."""
        self._unit = unit
        self._counts = [0, 0, 0, 0, 0]
        self._note(-1)

    def _open_files(self) -> list[tuple[int, int]]:
        try:
            return [(about.st_dev, about.st_ino) for about in map(os.fstat, self._descriptors)]
        except OSError:
            return []

    def _check(self) -> None:
        if self._open_files() != self._files:
            os._exit(os.EX_IOERR)

    def _note(self, row: int) -> None:
        self._row = row
        SLOT.pack_into(self._shared, 0, self._unit, row, *self._counts)

    def begin(self, row: int) -> None:
        """A source is about to be read."""
        self._note(row)
        self._arm()

    def _arm(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._deadline)
        signal.setitimer(signal.ITIMER_REAL, self._deadline * WALL_FACTOR)

    def more(self, pairs: int, size: int) -> None:
        """A part of the source is dealt with."""
        self._check()
        self._counts[1] += pairs
        self._counts[4] += size
        self._note(self._row)
        self._arm()

    def done(self, row: int, skipped: int, excluded: int) -> None:
        """A source is dealt with."""
        for number, more in enumerate((1, 0, skipped, excluded)):
            self._counts[number] += more
        self._note(row)

    def rest(self) -> None:
        """No source is being read: no alarm runs, and no row is to blame."""
        self._check()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._note(-1)


class Worker:
    """Carries out commands with one recipe over the same roots."""

    def __init__(self, opening: Mapping[str, Any], watch: Watch) -> None:
        self._settings = Settings.read(opening["settings"])
        self._recipe = Recipe.of(self._settings)
        _limit_memory(self._recipe.max_pixels)
        _load(self._recipe.kinds)
        if "text" in self._recipe.kinds:
            _keep_memory()
        self._roots = Roots(tuple(os.fsencode(path) for path in opening["roots"]))
        self._watch = watch

    def carry_out(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to one command."""
        self._watch.reset(command.get("unit", -1))
        if "corpus" in command:
            self._recipe = replace(self._recipe, corpus=corpus.read(command["corpus"]))
        elif "plan" in command:
            self._recipe = replace(self._recipe, corpus=_corpus(command["plan"]))
        what: str = command["do"]
        reply: dict[str, Any] = getattr(self, f"_{what}")(command)
        return reply

    def _schemas(self, command: Mapping[str, Any]) -> dict[str, Any]:
        files = self._files(command)
        schemas, reasons = schemas_of(self._recipe, self._settings.fields, files, self._watch.begin)
        return {"schemas": {task: schema.to_json() for task, schema in schemas.items()}, "reasons": reasons}

    def _sample(self, command: Mapping[str, Any]) -> dict[str, Any]:
        found = corpus.sample(command["names"], self._files(command), self._watch.begin)
        self._recipe = replace(self._recipe, corpus=corpus.read(found))
        return found

    def _probe(self, command: Mapping[str, Any]) -> dict[str, Any]:
        maker = self._maker(command["schemas"], command["formats"])
        return asdict(probe(maker, self._files(command), command.get("kinds", self._recipe.kinds), self._watch.begin))

    def _unit(self, command: Mapping[str, Any]) -> dict[str, Any]:
        plan = _plan(command["plan"])
        build_shards(
            plan,
            command["unit"],
            [read_row(one) for one in command["rows"]],
            tasks=command["tasks"],
            maker=Maker(self._recipe, plan.schemas, Draws(self._recipe.seed), plan.formats),
            roots=self._roots,
            out=Path(command["out"]),
            excluded={int(row): Excluded(**one) for row, one in command["excluded"].items()},
            progress=self._watch,
        )
        return {}

    def _files(self, command: Mapping[str, Any]) -> list[Any]:
        recipe = self._recipe
        return [self._roots.file(read_row(one), recipe.max_pixels, recipe.reading) for one in command["files"]]

    def _maker(self, schemas: Mapping[str, Any], formats: Mapping[str, str]) -> Maker:
        read = {task: Schema.from_json(schema) for task, schema in schemas.items()}
        return Maker(self._recipe, read, Draws(self._recipe.seed), formats)


def main() -> None:
    """Load what the command line names, modules of `sslabel.tasks`, and serve commands until stdin ends.

    Behind them it gives the descriptor of the shared memory; or for each of several workers that and its standard
    streams, as `note,stdin,stdout,stderr`, and the process forks into them.
    """
    tasks, *ends = sys.argv[1:]
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    is_loader = "," in ends[0]
    commands: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    if not is_loader:
        _listen_to(commands)
    for name in filter(None, tasks.split(",")):
        _load({name.partition(".")[0]})
        importlib.import_module(f"sslabel.tasks.{name}")
    gc.freeze()
    note = ends[0]
    if is_loader:
        note = _fork([one.split(",") for one in ends], replies)
        _listen_to(commands)
    serve(commands, _shared(int(note)), replies)


def _fork(ends: Sequence[Sequence[str]], told: IO[bytes]) -> str:
    """Fork into workers, tell their ids, and end; in each of them, give the note of that one."""
    for one in ends:
        pid = os.fork()
        if not pid:
            note, stdin, stdout, stderr = map(int, one)
            for descriptor, stream in ((stdin, 0), (stderr, 1), (stderr, 2), (stdout, told.fileno())):
                os.dup2(descriptor, stream)
            for descriptor in map(int, chain.from_iterable(ends)):
                if descriptor != note:
                    os.close(descriptor)
            return str(note)
        told.write(b"%d\n" % pid)
        told.flush()  # what waits to be written is forked, too
    os._exit(0)


def serve(commands: queue.SimpleQueue[bytes], shared: mmap.mmap, replies: IO[bytes]) -> None:
    """Carry out commands."""
    opening = json.loads(commands.get())
    _die_with_parent()  # only now is it the one that commands come from
    if not opening["packages"]:
        expect_no_packages()
    watch = Watch(shared, opening["deadline"], replies.fileno())
    worker: Worker | None = None
    while True:
        try:
            if worker is None:
                worker, reply = Worker(opening, watch), {}
            else:
                reply = worker.carry_out(json.loads(commands.get()))
        except Exception as error:  # noqa: BLE001 - the parent decides what it means
            reply = _failure(error)
        # Not where a task asks the process to end: then the row that it is on has to stand.
        watch.rest()
        replies.write(json.dumps(reply).encode("ascii") + b"\n")
        replies.flush()


def _failure(error: Exception) -> dict[str, Any]:
    known = type(error).__name__ if isinstance(error, SslabelError) else ""
    number = error.errno if isinstance(error, OSError) else None
    text = str(error) if known or number is not None else f"{type(error).__name__}: {error}"
    return {"error": text, "class": known, "errno": number, "trace": traceback.format_exc()}


def _listen_to(commands: queue.SimpleQueue[bytes]) -> None:
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()


def _listen(commands: queue.SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        commands.put(line)
    # The parent is gone, however it went: nobody waits for what this process is doing.
    os._exit(1)


def _shared(descriptor: int) -> mmap.mmap:
    shared = mmap.mmap(descriptor, SLOT.size)
    os.close(descriptor)
    return shared


@lru_cache(maxsize=4)
def _plan(path: str) -> Plan:
    return load_plan(Path(path))


@lru_cache(maxsize=4)
def _corpus(plan: str) -> dict[str, Any]:
    return corpus.load(Path(plan).parent)


def _load(kinds: Collection[str]) -> None:
    """Load what these kinds need, before the time of any source begins to run."""
    for name in chain.from_iterable(_NEEDED[kind] for kind in kinds):
        importlib.import_module(name)
    for kind in kinds:
        load_own("reader", kind)
    load_own("writer")


def _limit_memory(max_pixels: int) -> None:
    """Let a source that asks for more than any picture needs fail, and not the machine."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = _BYTES_BESIDE + _BYTES_A_PIXEL * max_pixels
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _keep_memory() -> None:
    """Let the C library keep what was freed: giving it back and taking it again costs a fault for each page."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, 512 << 20)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
