"""`python -m benchmarks video CLIPS`: each video task beside its codec floor and what one would write without sslabel.

CLIPS is what `python -m benchmarks clips` made. The floor decodes each clip once, converts nothing, and encodes as
many pictures as the task wrote; it, too, has two processes. The script is `cv2.VideoCapture`, Pillow and
`webdataset.ShardWriter` over a `multiprocessing.Pool`, and writes the same number of pictures of the same kind. Every
time includes the start of Python. Then several tasks in one run beside each by itself, and the memory of a worker
while it reads ten seconds and ten minutes.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from benchmarks.memory import peaks
from benchmarks.timing import ROOT, python, seconds_of
from sslabel.registry import all_of


def main(folder: str, rounds: str = "3") -> None:
    """Print for each task the seconds, the floor's share of them, and how many times longer the script takes."""
    clips = f"{folder}/short"
    ours = python("-m", "sslabel", "make", "--workers", "2", "--quiet")
    tasks = [name for name, one in all_of("task").items() if one.takes == "video"]
    for name in tasks:
        pairs, pictures, lossless, window = _written(name, clips)
        others = {
            what: python(
                "-m", "benchmarks.video_alternatives", what, clips, "{out}", str(pictures), lossless, str(window)
            )
            for what in ("floor", "script")
        }
        seconds = seconds_of({"sslabel": [*ours, "--task", name, clips, "{out}"], **others}, int(rounds))
        taken = seconds.pop("sslabel")
        floor, script = seconds["floor"] / taken, seconds["script"] / taken
        print(
            f"{name:<14} {pairs:5} pairs {pictures:6} pictures {taken:6.2f} s  floor {floor:4.0%}  script {script:.2f}×"
        )
    several = [*ours, *(f"--task={name}" for name in tasks[:4]), clips, "{out}"]
    alone = {name: [*ours, f"--task={name}", clips, "{out}"] for name in tasks[:4]}
    seconds = seconds_of({"together": several, **alone}, int(rounds))
    together = seconds.pop("together")
    print(f"{' + '.join(tasks[:4])}: {together:.2f} s in one run, {sum(seconds.values()):.2f} s one after the other")
    for what in ("short", "long"):
        parent, worker = peaks([*ours, "--task", "frame-order", f"{folder}/{what}", "{out}"])
        print(f"{what} films: parent {parent:.0f} MB, largest worker {worker:.0f} MB")


def _written(task: str, clips: str) -> tuple[int, int, str, int]:
    """The pairs and the pictures that a task makes of the clips, whether as PNG or JPEG, and its window in frames."""
    with tempfile.TemporaryDirectory(prefix="sslabel-benchmark-") as out:
        command = python("-m", "sslabel", "make", "--workers", "2", "--quiet", "--task", task, clips, out)
        subprocess.run(command, check=True, cwd=ROOT)
        (plan,) = Path(out).glob(".sslabel/plans/*/plan.json")
        stored = json.loads(plan.read_text("ascii"))["schemas"][task]
        records = [json.loads(one.read_text("utf-8")) for one in Path(out).glob(f".sslabel/records/{task}/*.json")]
        pairs = sum(one["pairs"] for one in records)
    pictures = [one["extension"] for one in stored["fields"] if one["kind"] == "picture"]
    windows = max(1, -(-sum(one["pairs"] + sum(one["samples_skipped"].values()) for one in records) // 16))
    return pairs, pairs * len(pictures), "png" if "png" in pictures else "jpg", 250 // windows
