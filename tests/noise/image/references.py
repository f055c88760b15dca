"""What imagecorruptions makes of a small photograph: `python -m benchmarks references` made `references.json`."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from sslabel.values import Pixels

_CROP = 16


@dataclass(frozen=True)
class Reference:
    """Mean and standard deviation of the change in red, green and blue, and crops where nothing is drawn.

    Where something is drawn, mean and deviation are averages over seeds, and `mean_varies` and `std_varies` the
    standard deviations of the two from seed to seed. The crops are 16×16×3: the bottom right one, and the middle one.
    """

    mean: Any
    std: Any
    mean_varies: Any = 0.0
    std_varies: Any = 0.0
    corner: Any = None
    middle: Any = None


@cache
def _fixture() -> Any:
    return json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))


def clean() -> Pixels:
    """The photograph, 96×128×3 uint8 RGB."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(_fixture()["picture"]))))


def reference(name: str, severity: int) -> Reference:
    """What imagecorruptions does at that severity under the noise's name: `reference("fog", 1)`."""
    row = _fixture()["noises"][name][severity - 1]
    shape = (_CROP, _CROP, 3)
    crops = {
        at: np.frombuffer(base64.b64decode(row[at]), np.uint8).reshape(shape)
        for at in ("corner", "middle")
        if at in row
    }
    return Reference(**{key: np.array(value) for key, value in row.items() if key not in crops}, **crops)


def crops(pixels: Pixels) -> tuple[Pixels, Pixels]:
    """The crops of a picture of the photograph's size that stand beside `corner` and `middle`."""
    top, left = (pixels.shape[0] - _CROP) // 2, (pixels.shape[1] - _CROP) // 2
    return pixels[-_CROP:, -_CROP:], pixels[top : top + _CROP, left : left + _CROP]


def change(pixels: Pixels) -> tuple[Any, Any]:
    """Mean and standard deviation of the change from the photograph, in red, green and blue."""
    difference = pixels.astype(np.float64) - clean()
    return difference.mean(axis=(0, 1)), difference.std(axis=(0, 1))
