"""The ids of the passages of one file, as numbers: a block has thousands, and hardly ever is one of them asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Places(Sequence[str]):
    """Ids that are a file and a place in it: `a.txt#1024`, and `a.txt#1024.2` for the passages behind a record's first.

    `at` and `numbers` are int64 and not negative; a number of 0 is not shown.
    """

    __slots__ = ("_shown", "at", "file", "numbers")

    def __init__(self, file: str, at: NDArray[np.int64], numbers: NDArray[np.int64]) -> None:
        self.file, self.at, self.numbers = file, at, numbers
        self._shown: list[str] | None = None

    def __len__(self) -> int:
        return len(self.at)

    @overload
    def __getitem__(self, which: int) -> str: ...

    @overload
    def __getitem__(self, which: slice) -> Places: ...

    def __getitem__(self, which: int | slice) -> str | Places:
        if isinstance(which, slice):
            return Places(self.file, self.at[which], self.numbers[which])
        number = self.numbers[which]
        return f"{self.file}#{self.at[which]}.{number}" if number else f"{self.file}#{self.at[which]}"

    def take(self, numbers: NDArray[Any]) -> Places:
        """These, in this order."""
        return Places(self.file, self.at[numbers], self.numbers[numbers])

    def shown(self) -> list[str] | NDArray[np.int64]:
        """What stands behind the `#` of each, as numbers where it is nothing else."""
        numbered = self.numbers.nonzero()[0].tolist()
        if not numbered:
            return self.at
        if self._shown is None:
            self._shown = list(map(str, self.at.tolist()))
            for one in numbered:
                self._shown[one] += f".{self.numbers[one]}"
        return self._shown


EACH = (list, Places)
"""What holds one note for each example, where any other is that of all."""


def picked(values: Sequence[str], numbers: NDArray[Any]) -> Sequence[str]:
    """These of several strings, in this order."""
    return values.take(numbers) if isinstance(values, Places) else [values[number] for number in numbers.tolist()]
