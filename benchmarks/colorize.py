"""`python -m benchmarks colorize PHOTOS`: sslabel beside what one would write without it, and beside the codecs alone.

Then two tasks in one run beside one.

PHOTOS is what `python -m benchmarks photos` made: `small` and `large`. Every time includes the start of Python. The
contenders that use Pillow's `draft` decode a JPEG reduced; at original size there is nothing to reduce.
"""

from __future__ import annotations

from benchmarks.timing import python, seconds_of, table


def main(folder: str, rounds: str = "5") -> None:
    """Print a table for each setting: medians, and ratios to sslabel."""
    ours = python("-m", "sslabel", "make", "--task", "colorize", "--workers", "2", "--quiet")
    for title, photos, size in (
        ("2,000 photos of 500×375, original size", "small", 0),
        ("2,000 photos of 500×375 to 256", "small", 256),
        ("40 photos of 12 megapixels to 256", "large", 256),
    ):
        resized = ["--size", str(size)] if size else []
        names = ["pool", "datasets", "floor"] + (["pool-draft", "datasets-draft"] if size else [])
        others = {
            name: python("-m", "benchmarks.alternatives", name, f"{folder}/{photos}", "{out}", str(size))
            for name in sorted(names)
        }
        seconds = seconds_of({"sslabel": [*ours, *resized, f"{folder}/{photos}", "{out}"], **others}, int(rounds))
        print(f"{title}\n{table(seconds)}\n")
    one = [*ours, "--size", "256", f"{folder}/large", "{out}"]
    seconds = seconds_of({"colorize": one, "colorize and rotation": [*one, "--task", "rotation"]}, int(rounds))
    print(f"40 photos of 12 megapixels to 256\n{table(seconds, 'colorize')}\n")
