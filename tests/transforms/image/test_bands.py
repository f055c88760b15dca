"""Bands of a picture, against all of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sslabel.transforms.image.bands import in_bands
from tests.pictures import noise_pixels

if TYPE_CHECKING:
    from sslabel.values import Pixels


def darker(pixels: Pixels, shade: Any) -> Pixels:
    dark: Pixels = (pixels * (shade if pixels.ndim == 2 else shade[:, :, None])).astype(np.uint8)
    return dark


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (600, 500), (300_000, 2), (1, 300_000)])
def test_bands_give_what_the_whole_gives(size: tuple[int, int]) -> None:
    pixels, seen = noise_pixels(*size), list[int]()
    shade = np.random.default_rng(1).random(size[::-1])

    def change(band: Pixels, layer: Any) -> Pixels:
        seen.append(len(band))
        return darker(band, layer)

    for one in (pixels, pixels[:, :, 0].copy()):
        seen.clear()
        assert np.array_equal(in_bands(change, one, shade), darker(one, shade))
        assert sum(seen) == size[1]
        assert len(seen) == 1 or max(seen) * one[0].size <= 1 << 18 or max(seen) == 1


def test_a_layer_may_be_seen_backwards() -> None:
    pixels, shade = noise_pixels(400, 400), np.random.default_rng(1).random((400, 400))
    turned = shade[::-1, ::-1]
    assert np.array_equal(in_bands(darker, pixels, turned), darker(pixels, turned.copy()))
