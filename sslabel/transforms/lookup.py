"""Values replaced by those of a table."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sslabel.blocks import Codes
    from sslabel.values import Pixels


def looked_up(pixels: Pixels, table: Pixels) -> Pixels:
    """Each value replaced by that of a table of uint8: 256 for all channels, or 256×3."""
    if table.ndim == 2:  # noqa: PLR2004 - one for each channel
        import cv2

        channels = zip(cv2.split(pixels), table.T, strict=True)
        merged: Any = cv2.merge([looked_up(channel, one) for channel, one in channels])
        return merged  # type: ignore[no-any-return]  # OpenCV's arrays are untyped
    import stringzilla

    # Twelve times as fast as OpenCV's.
    found = np.array(pixels, order="C")
    stringzilla.translate(found.reshape(-1).data, np.ascontiguousarray(table).data, inplace=True)
    return found


def completed(
    found: NDArray[np.uint8], codes: Codes, table: NDArray[np.uint8], ask: Callable[[Codes], Any]
) -> NDArray[np.uint8]:
    """What a table says of some code points, as it was `found`; where that is 0, it is asked first, once for each."""
    if not len(found) or found.min():
        return found
    unknown = np.array(sorted(set(codes[found == 0].tolist())), codes.dtype)
    table[unknown] = ask(unknown)
    return table[codes]


def words_looked_up(words: NDArray[np.uint16], table: NDArray[Any]) -> NDArray[Any]:
    """The number of a table of 65,536 for each uint16, in one dimension."""
    import cv2

    if words.size == 0 or not _knows_words():
        return table.take(words)
    found: Any = cv2.LUT(words.reshape(1, -1), table)
    return found.reshape(-1)  # type: ignore[no-any-return]  # OpenCV's arrays are untyped


@cache
def _knows_words() -> bool:
    """Whether this OpenCV looks up 16 bits at a time; it does so from 4.13 on, twice as fast as numpy."""
    import cv2

    major, minor = cv2.__version__.split(".")[:2]
    return (int(major), int(minor)) >= (4, 13)
