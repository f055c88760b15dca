"""Recognise views of the same picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from sslabel.options import Between
from sslabel.registry import task
from sslabel.transforms.image.geometry import resample
from sslabel.transforms.image.tone import brightened, contrasted, hue_turned, saturated, solarized, to_grey
from sslabel.values import Pair, Picture, Text

if TYPE_CHECKING:
    from numpy.random import Generator

    from sslabel.values import Pixels

_RATIO = (3 / 4, 4 / 3)
_SIGMA = (0.1, 2.0)
_THRESHOLD = 128


@dataclass(frozen=True, slots=True)
class View:
    """How a view is drawn: its side, the share of the area that it shows, and the chances of what is done to it.

    `jitter` is how far brightness, contrast, saturation and hue may go.
    """

    size: int
    area: tuple[float, float]
    jitter: tuple[float, float, float, float]
    blur: float
    solarize: float = 0.0
    jittered: float = 0.8
    grey: float = 0.2
    flip: float = 0.5


_BYOL = View(224, (0.08, 1), (0.4, 0.4, 0.2, 0.1), blur=1.0)
_DINO = replace(_BYOL, area=(0.4, 1))
_LOCAL = replace(_DINO, size=96, area=(0.05, 0.4), blur=0.5)

STYLES = {
    "simclr": (View(224, (0.08, 1), (0.8, 0.8, 0.8, 0.2), blur=0.5),) * 2,
    "moco": (View(224, (0.2, 1), (0.4, 0.4, 0.4, 0.1), blur=0.5),) * 2,
    "byol": (_BYOL, replace(_BYOL, blur=0.1, solarize=0.2)),
    "dino": (_DINO, replace(_DINO, blur=0.1, solarize=0.2), *(_LOCAL,) * 8),
}
"""The published constants of each style."""


@task("image", smallest=32)
def views(
    picture: Picture,
    rng: Generator,
    source: str,
    *,
    style: Literal["simclr", "moco", "byol", "dino"] = "simclr",
    size: Annotated[int, Between(16, 1024)] = 224,
) -> Pair:
    """Draw several views of the picture; the label is the source, which they share.

    style: simclr, moco (version 2), byol (two views each), or dino (two large views and eight small ones)
    size: side of the views in pixels; the small views of dino are 96/224 of it

    A view is a crop of random area and shape, mirrored by half a chance, with jittered brightness, contrast,
    saturation and hue in random order, sometimes grey, blurred, solarized. Brightness is multiplied. The blur's
    kernel reaches over a tenth of the side. The notes give each view's crop in the source (left,top,width,height)
    and whether it was mirrored.

    Source: Chen et al., A simple framework for contrastive learning, ICML 2020; Chen et al., Improved baselines with
    momentum contrastive learning, 2020; Grill et al., Bootstrap your own latent, NeurIPS 2020; Caron et al., Emerging
    properties in self-supervised vision transformers, ICCV 2021.
    """
    import cv2

    drawn = [replace(view, size=round(view.size * size / 224)) for view in STYLES[style]]
    boxes = [crop_box(picture.width, picture.height, view.area, rng) for view in drawn]
    flips = [bool(rng.random() < view.flip) for view in drawn]
    # No more pixels than the closest view needs.
    needed = max(view.size / min(box[2:]) for view, box in zip(drawn, boxes, strict=True))
    least = math.ceil(picture.width * needed), math.ceil(picture.height * needed)
    pixels = picture.rgb_at_least(*least) if needed < 1 else picture.rgb
    scale = pixels.shape[1] / picture.width, pixels.shape[0] / picture.height
    made = {}
    for number, (view, box, flip) in enumerate(zip(drawn, boxes, flips, strict=True)):
        square = resample(_cut(pixels, box, scale), view.size, view.size)
        made[str(number)] = Picture(_changed(cv2.flip(square, 1) if flip else square, view, rng))
    notes = {
        "crops": ";".join(",".join(map(str, box)) for box in boxes),
        "mirrored": ",".join(str(int(flip)) for flip in flips),
    }
    return Pair(made, Text(source), notes)


def crop_box(width: int, height: int, area: tuple[float, float], rng: Generator) -> tuple[int, int, int, int]:
    """A box (left, top, width, height) of a random share of the area and a ratio from 3/4 to 4/3, log-uniform.

    After ten draws that do not fit, the largest box of an allowed ratio in the middle.
    """
    for _ in range(10):
        wanted = width * height * rng.uniform(*area)
        ratio = math.exp(rng.uniform(math.log(_RATIO[0]), math.log(_RATIO[1])))
        across, down = round(math.sqrt(wanted * ratio)), round(math.sqrt(wanted / ratio))
        if 0 < across <= width and 0 < down <= height:
            left, top = rng.integers(width - across + 1), rng.integers(height - down + 1)
            return int(left), int(top), across, down
    across, down = min(width, round(height * _RATIO[1])), min(height, round(width / _RATIO[0]))
    return (width - across) // 2, (height - down) // 2, across, down


def _cut(pixels: Pixels, box: tuple[int, int, int, int], scale: tuple[float, float]) -> Pixels:
    left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
    x, y = scale
    columns = slice(math.floor(left * x), max(math.ceil(right * x), math.floor(left * x) + 1))
    rows = slice(math.floor(top * y), max(math.ceil(bottom * y), math.floor(top * y) + 1))
    return pixels[rows, columns]


def _changed(pixels: Pixels, view: View, rng: Generator) -> Pixels:
    pixels = np.ascontiguousarray(pixels)
    if rng.random() < view.jittered:
        pixels = _jittered(pixels, view.jitter, rng)
    if rng.random() < view.grey:
        pixels = to_grey(pixels)
    if rng.random() < view.blur:
        pixels = _blurred(pixels, rng.uniform(*_SIGMA))
    if rng.random() < view.solarize:
        pixels = solarized(pixels, _THRESHOLD)
    return pixels


def _jittered(pixels: Pixels, jitter: tuple[float, float, float, float], rng: Generator) -> Pixels:
    brightness, contrast, saturation = (rng.uniform(max(0, 1 - one), 1 + one) for one in jitter[:3])
    shift = rng.uniform(-jitter[3], jitter[3])
    changes = (
        lambda before: brightened(before, brightness),
        lambda before: contrasted(before, contrast),
        lambda before: saturated(before, saturation),
        lambda before: hue_turned(before, shift),
    )
    for number in rng.permutation(4):
        pixels = changes[number](pixels)
    return pixels


def _blurred(pixels: Pixels, sigma: float) -> Pixels:
    import cv2

    # What lies farther out than five deviations changes nothing. GaussianBlur takes five times as long.
    reach = min(len(pixels) // 20, math.ceil(5 * sigma))
    kernel = cv2.getGaussianKernel(2 * reach + 1, sigma, cv2.CV_32F)
    blurred: Any = cv2.convertScaleAbs(cv2.sepFilter2D(pixels, cv2.CV_32F, kernel, kernel))
    return blurred  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
