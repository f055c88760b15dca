"""CIE Lab and its nearest classes by their definitions in plain numpy: what faster ways are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sslabel.transforms.image.color import ab_centers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels


def cie_lab(rgb: Pixels) -> NDArray[np.float64]:
    """L, a and b of sRGB (IEC 61966-2-1) for D65 and the observer of 2°, by the definitions of the CIE."""
    share = rgb / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def nearest(ab: NDArray[Any]) -> NDArray[np.int64]:
    """The nearest centre of each (a, b), the first where two tie, by looking at all of them."""
    centers = ab_centers().astype(np.float64)
    found = [((centers - point) ** 2).sum(axis=1).argmin() for point in ab.reshape(-1, 2).astype(np.float64)]
    return np.array(found).reshape(ab.shape[:-1])
