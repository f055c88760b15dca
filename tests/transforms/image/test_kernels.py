"""Lines that blur along a motion."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sslabel.transforms.image.kernels import correlated, motion_kernel
from tests.pictures import photo


@pytest.mark.parametrize("degrees", [-180.0, -135.0, -90.0, -17.0, 0.0, 33.0, 45.0, 90.0])
@pytest.mark.parametrize(("radius", "sigma"), [(0, 3.0), (3, 0.0), (1, 1.0), (10, 3.0), (20, 15.0)])
def test_a_kernel_is_odd_sums_to_one_and_has_as_many_places_as_it_is_long(
    radius: int, sigma: float, degrees: float
) -> None:
    kernel = motion_kernel(radius, sigma, degrees)
    assert kernel.dtype == np.float32
    assert kernel.shape[0] % 2 == kernel.shape[1] % 2 == 1
    assert max(kernel.shape) <= 4 * radius + 1
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    # Places at a slant are nearer to each other than pixels are: some fall together.
    least, most = (1 + 1.4 * radius, 1 + 2 * radius) if sigma else (1, 1)
    assert int(least) <= (kernel > 0).sum() <= most
    assert kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] > 0


@pytest.mark.parametrize(
    ("degrees", "line"),
    [
        (0.0, [[0, 0, 1, 1, 1]]),
        (180.0, [[1, 1, 1, 0, 0]]),
        (90.0, [[0], [0], [1], [1], [1]]),
        (-90.0, [[1], [1], [1], [0], [0]]),
        (45.0, np.diag([0, 1, 1]).tolist()),
    ],
)
def test_a_kernel_is_a_line_from_the_middle(degrees: float, line: list[list[int]]) -> None:
    kernel = motion_kernel(1, 1.0, degrees)
    assert ((kernel > 0) == (np.array(line) > 0)).all() or degrees == 45
    if degrees == 45:
        assert kernel[1, 1] > kernel[2, 2] > 0
        assert kernel.sum() == pytest.approx(np.trace(kernel))


def test_the_weights_fall_off_as_half_a_gaussian() -> None:
    weights = np.exp(-(np.arange(21) ** 2) / (2 * 3.0**2))
    assert motion_kernel(10, 3.0, 0.0)[0, 20:] == pytest.approx(weights / weights.sum(), abs=1e-7)


@pytest.mark.parametrize("degrees", [-135.0, -80.0, 0.0, 20.0, 45.0])
@pytest.mark.parametrize("shape", [(70, 90, 3), (70, 90), (5, 7, 3), (1, 1), (1, 9, 3)])
def test_correlated_is_what_filter2d_makes(shape: tuple[int, ...], degrees: float) -> None:
    pixels = photo(90, 70)[: shape[0], : shape[1]].reshape(-1)[: np.prod(shape)].reshape(shape)
    for radius, sigma in ((0, 1.0), (4, 2.0), (20, 15.0)):
        kernel = motion_kernel(radius, sigma, degrees)
        exact = cv2.filter2D(pixels.astype(np.float32), -1, kernel, borderType=cv2.BORDER_REPLICATE)
        assert np.abs(correlated(pixels, kernel) - exact.reshape(shape)).max() < 1e-2


def test_the_border_goes_on_and_nothing_darkens() -> None:
    for shape in ((1, 1), (3, 2, 3), (50, 60)):
        blurred = correlated(np.full(shape, 200, np.uint8), motion_kernel(20, 15.0, -45.0))
        assert blurred == pytest.approx(200, abs=1e-3)


def test_what_is_seen_is_not_changed_and_nothing_is_nothing() -> None:
    pixels = photo(20, 30)
    assert np.array_equal(correlated(pixels, np.ones((1, 1), np.float32)), pixels)
    assert not correlated(pixels, np.zeros((3, 5), np.float32)).any()
