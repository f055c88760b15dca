"""Restore a damaged picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sslabel.registry import find_noise, task
from sslabel.values import Category, Pair, Picture, Value

if TYPE_CHECKING:
    from numpy.random import Generator

Corruption: TypeAlias = Literal[
    "any", "none", "gaussian-noise", "shot-noise", "impulse-noise", "speckle-noise", "gaussian-blur", "defocus-blur",
    "glass-blur", "motion-blur", "zoom-blur", "snow", "frost", "fog", "spatter", "brightness", "contrast", "saturate",
    "elastic-transform", "pixelate", "jpeg-compression", "misalign-channels", "misalign-rows", "misalign-tiles",
]  # fmt: skip

CORRUPTIONS = (
    "gaussian-noise", "shot-noise", "impulse-noise", "speckle-noise", "gaussian-blur", "defocus-blur", "glass-blur",
    "motion-blur", "zoom-blur", "snow", "frost", "fog", "spatter", "brightness", "contrast", "saturate",
    "elastic-transform", "pixelate", "jpeg-compression",
)  # fmt: skip
"""The nineteen of ImageNet-C."""

KINDS = (*CORRUPTIONS, "misalign-channels", "misalign-rows", "misalign-tiles")
"""What the picture may suffer: the corruptions of ImageNet-C, and parts out of place."""

_DISTANCES = (1, 2, 3, 5, 8)
"""How far parts are out of place at each severity, in pixels."""

_SEVERITIES = ("1", "2", "3", "4", "5")


def _asks_noise(*, corruption: str, **_: Any) -> bool:  # noqa: ANN401 - the other options
    return corruption == "none"


@task("image", needs={"size"}, lossless=True, asks_noise=_asks_noise)
def restore_image(
    picture: Picture,
    rng: Generator,
    *,
    corruption: Corruption = "any",
) -> Pair:
    """Damage the picture; the labels are the picture as it was, the kind of damage and its severity.

    corruption: any (one of all kinds, drawn anew), one of the kinds, or none (the damage is that of the noises, of
      which one must be given; there are no labels of kind and severity)

    The kinds are the nineteen corruptions of ImageNet-C at their published constants, and channels, rows or tiles
    out of place by up to 1, 2, 3, 5 or 8 pixels. The severity is drawn from 1 to 5. Kind and severity tell of this
    damage alone: noises come on top of it. The pictures are written without loss, so that the damage is all that
    there is.

    Source: Hendrycks and Dietterich, Benchmarking neural network robustness to common corruptions and perturbations,
    ICLR 2019.
    """
    if corruption == "none":
        return Pair(picture, picture)
    kind = KINDS[int(rng.integers(len(KINDS)))] if corruption == "any" else corruption
    severity = int(rng.integers(1, 6))
    labels: dict[str, Value] = {
        "": picture,
        "kind": Category(KINDS.index(kind), KINDS),
        "severity": Category(severity - 1, _SEVERITIES),
    }
    return Pair(_damaged(picture, kind, severity, rng), labels)


def _damaged(picture: Picture, kind: str, severity: int, rng: Generator) -> Picture:
    damaged: Picture
    if kind in CORRUPTIONS:
        damaged = find_noise(kind).apply(picture, rng, severity=severity)
    else:
        parts, distance = kind.removeprefix("misalign-"), _DISTANCES[severity - 1]
        damaged = find_noise("misalign").apply(picture, rng, parts=parts, distance=distance)
    return damaged
