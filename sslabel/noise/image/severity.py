"""The five published strengths of the ImageNet-C noises (Hendrycks and Dietterich, ICLR 2019).

Each noise takes `severity`, 1 to 5, drawn anew where none is given, and free parameters, which stand at what the
severity says until they are given themselves. The constants are data beside each noise: one set for pictures of the
size of ImageNet's, and the one of CIFAR-10-C for small pictures, which the first would leave nothing of.

Values are rounded to nearest where the published code cuts their fractions off, which darkens by half a level.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sslabel.values import Picture

SMALL = 64
"""A picture whose shorter side is below this many pixels is small."""

T = TypeVar("T")


def published(picture: Picture, severity: int, usual: Sequence[T], small: Sequence[T]) -> T:
    """The constants of a severity from 1 to 5, of the set that is made for pictures of this size."""
    return (small if min(picture.width, picture.height) < SMALL else usual)[severity - 1]
