"""`python -m benchmarks noise [ENVIRONMENT]`: each picture noise beside imagecorruptions and albumentations.

256×256, one thread, the median of the processor's time for many calls, at severity 3, other ranges drawn anew each
time. The two packages live in the environment that `python -m benchmarks references` makes. Theirs are told to do
what ours do, as far as they can be told: the same kernels, interpolation, sizes and fillings.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.references import ROOT, corrupted, prepared

_PHOTO = ROOT / "sample_data" / "images" / "nature" / "autumn_mountain.jpg"
_SECONDS = 0.4  # spent on each noise
_SAME = 0.95  # what is nearer than this cannot be told apart


def main(environment: str = "") -> None:
    """Print microseconds for each noise, ours and theirs, and the median of how many times faster ours are.

    Those that take over a twentieth longer than the faster of the two others are marked.
    """
    import cv2
    import numpy as np

    from sslabel.registry import all_of
    from sslabel.values import Picture

    with tempfile.TemporaryDirectory(prefix="sslabel-noise-") as temporary:
        python = prepared(Path(environment or temporary), "albumentations==2.0.8")
        words = [str(python), "-W", "ignore", "-m", "benchmarks.noise", "theirs"]
        theirs = json.loads(subprocess.run(words, check=True, cwd=ROOT, stdout=subprocess.PIPE).stdout)
    cv2.setNumThreads(1)
    picture = Picture(_pixels())
    ratios = []
    print(f"{'noise':<20}{'ours':>10}{'imagecorruptions':>18}{'albumentations':>16}")
    for name, noise in all_of("noise").items():
        if noise.takes != "image":
            continue
        given = {"severity": 3} if any(one.name == "severity" for one in noise.options) else {}
        rng = np.random.default_rng(0)
        ours = _microseconds(lambda noise=noise, rng=rng, given=given: noise.apply(picture, rng, **given))  # type: ignore[misc]
        others = [theirs[package].get(name) for package in ("imagecorruptions", "albumentations")]
        shown = [f"{one:,.0f} µs" if one is not None else "" for one in others]
        slow = "  slower" if any(one is not None and one < _SAME * ours for one in others) else ""
        print(f"{name:<20}{f'{ours:,.0f} µs':>10}{shown[0]:>18}{shown[1]:>16}{slow}")
        if others[0] is not None:
            ratios.append(others[0] / ours)
    print(f"median: {statistics.median(ratios):.1f} times as fast as imagecorruptions")


def _pixels() -> Any:  # noqa: ANN401 - an array
    import numpy as np
    from PIL import Image

    with Image.open(_PHOTO) as photo:
        return np.asarray(photo.resize((256, 256), box=(36, 0, 462, 426)))


def _microseconds(call: Callable[[], Any]) -> float:
    call()
    taken: list[float] = []
    end = time.perf_counter() + _SECONDS
    while time.perf_counter() < end or not taken:
        begin = time.thread_time_ns()
        call()
        taken.append(time.thread_time_ns() - begin)
    return statistics.median(taken) / 1e3


def _theirs() -> dict[str, dict[str, float]]:
    """What the two packages take; this runs in their environment."""
    from importlib import import_module

    import cv2

    cv2.setNumThreads(1)
    pixels = _pixels()
    names = import_module("imagecorruptions").get_corruption_names("all")
    corruptions = {
        name.replace("_", "-"): _microseconds(lambda name=name: corrupted(name, 3, pixels))  # type: ignore[misc]
        for name in names
    }
    a: Any = import_module("albumentations")
    changes = {
        "gaussian-noise": a.GaussNoise(std_range=(0.18, 0.18), p=1),
        "shot-noise": a.ShotNoise(p=1),
        "impulse-noise": a.SaltAndPepper(amount=(0.09, 0.09), p=1),
        "speckle-noise": a.MultiplicativeNoise((0.6, 1.4), per_channel=True, elementwise=True, p=1),
        "gaussian-blur": a.GaussianBlur(sigma_limit=(3, 3), blur_limit=(25, 25), p=1),
        "defocus-blur": a.Defocus(radius=(6, 6), p=1),
        "motion-blur": a.MotionBlur(blur_limit=(31, 31), p=1),
        "zoom-blur": a.ZoomBlur(max_factor=(1.21, 1.21), step_factor=(0.02, 0.02), p=1),
        "glass-blur": a.GlassBlur(sigma=1, max_delta=2, iterations=3, p=1),
        "snow": a.RandomSnow(method="texture", p=1),
        "fog": a.RandomFog(p=1),
        "spatter": a.Spatter(p=1),
        "elastic-transform": a.ElasticTransform(p=1),
        "pixelate": a.Downscale(
            scale_range=(0.4, 0.4),
            interpolation_pair={"downscale": cv2.INTER_AREA, "upscale": cv2.INTER_NEAREST},
            p=1,
        ),
        "jpeg-compression": a.ImageCompression(quality_range=(15, 15), p=1),
        "pixel-dropout": a.PixelDropout(dropout_prob=0.05, p=1),
        "erase": a.Erasing(scale=(0.02, 0.4), fill="random", p=1),
        "cutout": a.CoarseDropout(
            num_holes_range=(1, 1),
            hole_height_range=(0.25, 0.25),
            hole_width_range=(0.25, 0.25),
            fill=(123, 117, 104),
            p=1,
        ),
        "gamma": a.RandomGamma(gamma_limit=(70, 150), p=1),
        "solarize": a.Solarize(p=1),
        "posterize": a.Posterize(p=1),
        "equalize": a.Equalize(p=1),
        "grayscale": a.ToGray(p=1),
        "invert": a.InvertImg(p=1),
        "hue": a.HueSaturationValue(hue_shift_limit=18, sat_shift_limit=0, val_shift_limit=0, p=1),
        "flip": a.HorizontalFlip(p=1),
        "perspective": a.Perspective(p=1),
        "rotate": a.SafeRotate(limit=10, interpolation=cv2.INTER_CUBIC, p=1),
    }
    return {
        "imagecorruptions": corruptions,
        "albumentations": {
            name: _microseconds(lambda change=change: change(image=pixels))  # type: ignore[misc]
            for name, change in changes.items()
        },
    }


if __name__ == "__main__" and sys.argv[1:] == ["theirs"]:
    print(json.dumps(_theirs()))
