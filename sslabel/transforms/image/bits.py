"""Random bits, as many as are needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray


def random_bits(rng: Generator, shape: int | tuple[int, ...], dtype: type[np.unsignedinteger[Any]]) -> NDArray[Any]:
    """Unsigned integers of that type, every value of the type as likely as any other.

    They are cut from numbers of 64 bits, which takes half the time of drawing each.
    """
    sides = (shape,) if isinstance(shape, int) else shape
    size, width = math.prod(sides), np.dtype(dtype).itemsize
    wide = rng.integers(0, 1 << 64, -(-size * width // 8), np.uint64)
    # The same on machines that store the highest byte first.
    cut = wide.astype("<u8", copy=False).view(f"<u{width}")[:size].astype(dtype, copy=False)
    return cut.reshape(sides)
