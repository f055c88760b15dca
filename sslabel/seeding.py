"""Draws keyed by (seed, example key, stage), never by order or worker.

Philox is counter-based: giving it another key is all it takes to stand at the beginning of another stream. Building
a numpy Generator costs tens of microseconds, giving one a new key about two.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from sslabel.blocks import rows_of
from sslabel.places import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

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

    def apart(self, key: str, stage: str) -> np.random.Generator:
        """The same as `at`, in a generator of its own, that stays valid."""
        words = np.frombuffer(digest(self._seed, key, stage), np.uint64)
        return np.random.Generator(np.random.Philox(key=words))

    def block(self, keys: Sequence[str], stage: str) -> BlockDraws:
        """The draws of one stage for a block of examples, by their keys."""
        return BlockDraws(Keys.of(keys).words[:, 0] ^ _word(self._seed, stage))


class Keys(Sequence[str]):
    """The keys of pairs, as two words of 64 bits each: the bytes of which a key shows the digits."""

    __slots__ = ("words",)

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self.words = words

    @classmethod
    def of(cls, keys: Sequence[str]) -> Keys:
        """The same keys."""
        if isinstance(keys, Keys):
            return keys
        return cls(np.frombuffer(bytes.fromhex("".join(keys)), "<u8").reshape(-1, 2))

    def __len__(self) -> int:
        return len(self.words)

    @overload
    def __getitem__(self, which: int) -> str: ...

    @overload
    def __getitem__(self, which: slice) -> Keys: ...

    def __getitem__(self, which: int | slice) -> str | Keys:
        return Keys(self.words[which]) if isinstance(which, slice) else self.words[which].tobytes().hex()

    def take(self, numbers: NDArray[Any]) -> Keys:
        """These, in this order."""
        return Keys(self.words[numbers])

    def digits(self) -> tuple[bytes, NDArray[np.int64]]:
        """All of them, one behind the other, and the n + 1 places at which they begin and end."""
        return self.words.tobytes().hex().encode("ascii"), np.arange(0, 32 * len(self) + 1, 32)


# The golden ratio's odd neighbour, and Stafford's thirteenth mixer, as in SplitMix64 (Steele, Lea and Flood, 2014).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIXERS = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))


class BlockDraws:
    """Draws for a block of texts: for each text a stream of its own, read at any place without what is before it."""

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def each(self, name: str) -> NDArray[np.float64]:
        """One number for each text, uniform in [0, 1). Another name gives other draws."""
        return _uniform(_mixed(self._keys ^ _word(name)))

    def over(self, bounds: NDArray[np.int64], name: str) -> NDArray[np.float64]:
        """One number for each item, uniform in [0, 1); text i has the items `bounds[i]` to `bounds[i + 1]`.

        What an item gets depends on its number within its text, and on nothing else in the block.
        """
        # In one array: the key of each text, and from its first item on one step for each.
        numbers = np.arange(int(bounds[-1])).astype(np.uint64)
        begins = _mixed(self._keys ^ _word(name)) - bounds[:-1].astype(np.uint64) * _STEP
        return _uniform(_mixed(numbers * _STEP + begins[rows_of(bounds)]))

    def items(self, bounds: NDArray[np.int64]) -> BlockDraws:
        """Draws for each item of each text, as if it were a text of its own."""
        rows = rows_of(bounds)
        inside = (np.arange(len(rows)) - bounds[rows]).astype(np.uint64)
        return BlockDraws(_mixed(self._keys[rows] + (inside + np.uint64(1)) * _STEP))

    def seeds(self) -> list[int]:
        """A number for each text, to seed a generator with."""
        seeds: list[int] = _mixed(self._keys).tolist()
        return seeds

    def take(self, numbers: NDArray[np.int64] | NDArray[np.bool_]) -> BlockDraws:
        """The draws of these texts."""
        return BlockDraws(self._keys[numbers])


def _word(*parts: str) -> np.uint64:
    return np.uint64(int.from_bytes(digest(*parts, size=8), "little"))


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, factor in _MIXERS:
        words = (words ^ (words >> np.uint64(shift))) * factor
    return words ^ (words >> np.uint64(31))


def _mixed_number(word: int) -> int:
    """The same of one, given by any number that is equal to it modulo 2⁶⁴."""
    word %= 1 << 64
    for shift, factor in _MIXERS:
        word = (word ^ (word >> shift)) * int(factor) % (1 << 64)
    return word ^ (word >> 31)


def _uniform(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def digest(*parts: str, size: int = 16) -> bytes:
    """A digest of several strings, of `size` bytes; no two lists of strings are run together."""
    joined = b"".join(b"%d:%s" % (len(raw), raw) for raw in (part.encode("utf-8") for part in parts))
    return hashlib.blake2b(joined, digest_size=size).digest()


@lru_cache(maxsize=64)  # every stage of an example asks for it
def example_key(source: str, copy: int, number: int) -> str:
    """The key of one pair: 32 hexadecimal digits from the source id, the copy, and the pair's number in it."""
    place = _PLACE.fullmatch(source)
    if place is None:
        return digest(source, str(copy), str(number)).hex()
    # As `example_keys` has it, for one: in Python's own numbers it takes a twentieth of the time.
    base = digest(place[1], "#", str(copy), str(number))
    second = _mixed_number(int.from_bytes(base[8:], "little") + int(place[2]) * int(_STEP))
    first = _mixed_number(int.from_bytes(base[:8], "little") + second + int(place[3] or 0) * int(_STEP))
    return (first.to_bytes(8, "little") + second.to_bytes(8, "little")).hex()


# What `Places` shows, and nothing else, so that an id has one key whether it is given as text or as numbers.
_PLACE = re.compile(r"(.*)#(0|[1-9][0-9]{0,17})(?:\.([1-9][0-9]{0,17}))?", re.DOTALL)


def example_keys(sources: Sequence[str], copy: int, numbers: NDArray[np.int64] | None = None) -> Keys:
    """The keys of pairs of many sources: of those numbers, or of the first of each."""
    if numbers is None:
        numbers = np.zeros(len(sources), np.int64)
    if not isinstance(sources, Places):
        each = zip(sources, numbers.tolist(), strict=True)
        return Keys.of([example_key(source, copy, number) for source, number in each])
    digests = [digest(sources.file, "#", str(copy), str(number)) for number in range(numbers.max(initial=-1) + 1)]
    bases = np.frombuffer(b"".join(digests), "<u8").reshape(-1, 2)[numbers]
    # Within a file no two are equal: one step for each place, mixed, is another second word for each, and where the
    # places are equal, one step for each number is another first word.
    second = _mixed(bases[:, 1] + sources.at.astype(np.uint64) * _STEP)
    first = _mixed(bases[:, 0] + second + sources.numbers.astype(np.uint64) * _STEP)
    return Keys(np.stack([first, second], 1))
