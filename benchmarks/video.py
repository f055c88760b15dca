"""`python -m benchmarks video CLIPS`: each video task beside its codec floor and what one would write without sslabel.

CLIPS is what `python -m benchmarks clips` made. Both write the very frames that the task wrote, in the same order, as
pictures of the same kind and quality, from two processes. The floor decodes each clip once, converts next to nothing,
and encodes as many pictures; it writes no file. The script is `cv2.VideoCapture`, Pillow and `webdataset.ShardWriter`
over a `multiprocessing.Pool`; which frames are good for a pair it is told. Every time includes the start of Python.
Then several tasks in one run beside each by itself, and the memory of a worker while it reads ten seconds and ten
minutes.

Where other programs have the CPUs as well, the seconds of CPU say more than those on the wall.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import sslabel
from benchmarks.memory import peaks
from benchmarks.timing import ROOT, costs_of, python
from sslabel.registry import all_of

_RATE = 25


def main(folder: str, rounds: str = "3", *only: str) -> None:
    """Print for each task the seconds, the floor's share of them, and how many times longer the script takes."""
    clips = f"{folder}/short"
    ours = python("-m", "sslabel", "make", "--workers", "2", "--quiet")
    tasks = [name for name, one in all_of("task").items() if one.takes == "video"]
    for name in only or tasks:
        with tempfile.TemporaryDirectory(prefix="sslabel-benchmark-") as work:
            pairs, pictures = _written(name, clips, f"{work}/jobs.json")
            others = {
                what: python("-m", "benchmarks.video_alternatives", what, f"{work}/jobs.json", "{out}")
                for what in ("floor", "script")
            }
            costs = costs_of({"sslabel": [*ours, "--task", name, clips, "{out}"], **others}, int(rounds))
        taken, floor, script = costs["sslabel"], costs["floor"], costs["script"]
        print(
            f"{name:<14} {pairs:5} pairs {pictures:6} pictures"
            f"  wall {taken.wall:6.2f} s  floor {floor.wall / taken.wall:4.0%}  script {script.wall / taken.wall:.2f}×"
            f"  CPU {taken.cpu:6.2f} s  floor {floor.cpu / taken.cpu:4.0%}  script {script.cpu / taken.cpu:.2f}×",
            flush=True,
        )
    if only:
        return
    several = [*ours, *(f"--task={name}" for name in tasks[:4]), clips, "{out}"]
    alone = {name: [*ours, f"--task={name}", clips, "{out}"] for name in tasks[:4]}
    costs = costs_of({"together": several, **alone}, int(rounds))
    together = costs.pop("together")
    wall, cpu = (sum(one[which] for one in costs.values()) for which in (0, 1))
    print(f"{' + '.join(tasks[:4])}: in one run {together.wall:.2f} s ({together.cpu:.2f} s of CPU)", end=", ")
    print(f"one after the other {wall:.2f} s ({cpu:.2f} s of CPU)")
    for what in ("short", "long"):
        parent, worker = peaks([*ours, "--task", "frame-order", f"{folder}/{what}", "{out}"])
        print(f"{what} films: parent {parent:.0f} MB, largest worker {worker:.0f} MB")


def _written(task: str, clips: str, jobs: str) -> tuple[int, int]:
    """How many pairs and pictures a task makes of the clips; what the others are to write goes into the file `jobs`."""
    films: dict[str, list[list[int]]] = {path.name: [] for path in Path(clips).glob("*.mp4")}
    pictures = 0
    with tempfile.TemporaryDirectory(prefix="sslabel-benchmark-") as out:
        command = python("-m", "sslabel", "make", "--workers", "2", "--quiet", "--task", task, clips, out)
        subprocess.run(command, check=True, cwd=ROOT)
        for example in sslabel.read(out):
            film = str(example.meta["source"]).partition("#")[0]
            films[film].append([round(float(time) * _RATE) for time in str(example.meta["times"]).split()])
            pictures += sum(isinstance(value, sslabel.Picture) for value in example.fields.values())
        (plan,) = Path(out).glob(".sslabel/plans/*/plan.json")
        fields = json.loads(plan.read_text("ascii"))["schemas"][task]["fields"]
    masked = any(one["kind"] == "mask" for one in fields)
    extension = "png" if any(one["kind"] == "picture" and one["extension"] == "png" for one in fields) else "jpg"
    listed = [(f"{clips}/{film}", pairs) for film, pairs in sorted(films.items())]
    Path(jobs).write_text(json.dumps({"films": listed, "extension": extension, "masked": masked}), "ascii")
    return sum(map(len, films.values())), pictures
