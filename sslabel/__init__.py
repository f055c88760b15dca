"""sslabel: raw corpora in, ready-to-train (input, label) shards out, with no human labelling.

    import sslabel

    sslabel.make("photos", "out", task="colorize")
    for example in sslabel.read("out"):
        example["input"], example["label"]
    for example in sslabel.pairs("photos", task="rotation", noise="gaussian-noise"):
        ...

A task or a noise of one's own is a function under a decorator of `sslabel.registry`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslabel.api import make, pairs, read, verify
    from sslabel.errors import BadSource, Skip, SslabelError
    from sslabel.options import Between, span
    from sslabel.values import (
        Category,
        ClassMap,
        Example,
        Mask,
        Numbers,
        Order,
        Pair,
        Picture,
        Sample,
        Text,
        Texts,
    )

__version__ = "0.1.0"

_HOMES = {
    "sslabel.api": ("make", "pairs", "read", "verify"),
    "sslabel.errors": ("BadSource", "Skip", "SslabelError"),
    "sslabel.options": ("Between", "span"),
    "sslabel.values": (
        "Category",
        "ClassMap",
        "Example",
        "Mask",
        "Numbers",
        "Order",
        "Pair",
        "Picture",
        "Sample",
        "Text",
        "Texts",
    ),
}

__all__ = [  # noqa: RUF022 - those that do the work stand first
    "make",
    "pairs",
    "read",
    "verify",
    "Between",
    "span",
    "Skip",
    "BadSource",
    "SslabelError",
    "Category",
    "ClassMap",
    "Example",
    "Mask",
    "Numbers",
    "Order",
    "Pair",
    "Picture",
    "Sample",
    "Text",
    "Texts",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    # Loaded when first used, so that `sslabel --help` waits for no array library.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    msg = f"module 'sslabel' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
