"""Light and colour in plain functions, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from sslabel.transforms.image.tone import brightened, contrasted, from_linear, saturated, to_grey, to_linear
from tests.pictures import photo

PIXELS = photo(64, 48)


def test_linear_light_comes_back() -> None:
    assert np.abs(from_linear(to_linear()) - np.arange(256)).max() < 1e-9
    assert np.rint(from_linear(np.array([-1.0, 0.0, 1.0, 2.0]))).tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0, 1.7])
def test_jitter_is_as_pillow_s_enhancers(factor: float) -> None:
    image = Image.fromarray(PIXELS)
    for ours, theirs in (
        (brightened, ImageEnhance.Brightness),
        (contrasted, ImageEnhance.Contrast),
        (saturated, ImageEnhance.Color),
    ):
        difference = ours(PIXELS, factor).astype(int) - np.asarray(theirs(image).enhance(factor))
        # Pillow cuts off what comes after the point.
        assert np.abs(difference).max() <= 2


def test_a_factor_of_one_changes_nothing() -> None:
    for change in (brightened, contrasted, saturated):
        assert np.array_equal(change(PIXELS, 1.0), PIXELS)


def test_no_saturation_is_grey() -> None:
    assert np.array_equal(saturated(PIXELS, 0.0), to_grey(PIXELS))
