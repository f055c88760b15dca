"""Look-ups of bytes and of words, against the look-up of each value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sslabel.transforms import lookup
from sslabel.transforms.lookup import looked_up, words_looked_up
from tests.pictures import noise_pixels

RNG = np.random.default_rng(7)
TABLE, TABLES = RNG.integers(0, 256, 256, np.uint8), RNG.integers(0, 256, (256, 3), np.uint8)

SHAPES = [(1, 1), (7, 5), (1, 1, 3), (7, 5, 3), (4, 1), (400, 300), (512, 256), (401, 401), (301, 301, 3), (1, 200_001)]


@pytest.fixture(params=[True, False], ids=["words", "bytes"], autouse=True)
def version(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An OpenCV that looks up 16 bits at a time, and one that does not."""
    if not request.param:
        monkeypatch.setattr(lookup, "_knows_words", lambda: False)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_each_value_is_replaced_by_its_own(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    before = pixels.copy()
    found = looked_up(pixels, TABLE)
    assert found.dtype == np.uint8
    assert np.array_equal(found, TABLE[pixels])
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (701, 401)])
def test_each_channel_can_have_a_table_of_its_own(size: tuple[int, int]) -> None:
    pixels = noise_pixels(*size)
    expected = np.stack([TABLES[pixels[:, :, channel], channel] for channel in range(3)], axis=2)
    assert np.array_equal(looked_up(pixels, TABLES), expected)


@pytest.mark.parametrize("pixels", [noise_pixels(600, 500)[::2, 1::2], noise_pixels(900, 700)[:, :, 1]])
def test_pixels_may_lie_apart(pixels: Any) -> None:
    assert np.array_equal(looked_up(pixels, TABLE), TABLE[pixels])


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize("count", [0, 1, 3, 1000])
def test_words_are_looked_up(dtype: Any, count: int) -> None:
    table = np.random.default_rng(2).integers(-(1 << 15), 1 << 15, 1 << 16).astype(dtype)
    words = np.random.default_rng(3).integers(0, 1 << 16, count, np.uint16)
    found = words_looked_up(words, table)
    assert found.dtype == dtype
    assert np.array_equal(found, table[words])
