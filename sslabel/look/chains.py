"""The chain of noises that a pair's meta data tells, read back."""

from __future__ import annotations

import re

_STEP = re.compile(r"(?:^| > )([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\(")
_OPTION = re.compile(r"(?:^|, )([a-z_][a-z0-9_]*)=")


def read_chain(chain: str) -> list[tuple[str, dict[str, str]]]:
    """The noises in order, each with the options that were drawn for it, as they are written.

    Example: `hue(shift=-0.03) > erase(ratio=0.3, fill=mean)` -> [("hue", {"shift": "-0.03"}), ("erase", {...})]
    """
    steps = list(_STEP.finditer(chain))
    ends = [*(one.start() for one in steps[1:]), len(chain)]
    return [(one[1], _options(chain[one.end() : end].removesuffix(")"))) for one, end in zip(steps, ends, strict=False)]


def _options(text: str) -> dict[str, str]:
    found = list(_OPTION.finditer(text))
    ends = [*(one.start() for one in found[1:]), len(text)]
    return {one[1]: text[one.end() : end] for one, end in zip(found, ends, strict=False)}
