"""Work on a picture in bands of rows that stay in the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

_BAND = 1 << 18  # values


def in_bands(change: Callable[..., Pixels], pixels: Pixels, *layers: NDArray[Any]) -> Pixels:
    """What `change` makes of a picture and of layers as high as it is, of each pixel by itself."""
    rows = max(1, _BAND // pixels[0].size)
    if rows >= len(pixels):
        return change(pixels, *layers)
    changed = np.empty(pixels.shape, np.uint8)
    for top in range(0, len(pixels), rows):
        band = slice(top, top + rows)
        changed[band] = change(pixels[band], *(layer[band] for layer in layers))
    return changed
