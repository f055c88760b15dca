"""Draws keyed by (seed, example key, stage), never by order or worker.

Philox is counter-based: giving it another key is all it takes to stand at the beginning of another stream. Building
a numpy Generator costs tens of microseconds, giving one a new key about two.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np

_ZEROS = np.zeros(4, np.uint64)


class Draws:
    """Hands out a generator for a key and a stage: the same draws for the same three, whatever was drawn before."""

    def __init__(self, seed: int) -> None:
        self._seed = str(seed)
        self._philox = np.random.Philox(0)
        self._generator = np.random.Generator(self._philox)

    def at(self, key: str, stage: str) -> np.random.Generator:
        """The generator of one stage of one example; valid until the next call, and no longer."""
        words = np.frombuffer(digest(self._seed, key, stage), np.uint64)
        self._philox.state = {
            "bit_generator": "Philox",
            "state": {"counter": _ZEROS, "key": words},
            "buffer": _ZEROS,
            "buffer_pos": 4,
            "has_uint32": 0,
            "uinteger": 0,
        }
        return self._generator


def digest(*parts: str, size: int = 16) -> bytes:
    """A digest of several strings, of `size` bytes; no two lists of strings are run together."""
    joined = b"".join(b"%d:%s" % (len(raw), raw) for raw in (part.encode("utf-8") for part in parts))
    return hashlib.blake2b(joined, digest_size=size).digest()


@lru_cache(maxsize=64)  # every stage of an example asks for it
def example_key(source: str, copy: int, number: int) -> str:
    """The key of one pair: 32 hexadecimal digits from the source id, the copy, and the pair's number in it."""
    return digest(source, str(copy), str(number)).hex()
