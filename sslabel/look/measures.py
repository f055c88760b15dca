"""Numbers and names as they go by, summed up in little memory however many there are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEPT = 8192
_NAMES = 5000


class Spread:
    """How numbers lie: their count, least, mean and most, which are exact; quantiles and bars from some thousands.

    Of many numbers every second is kept, then every fourth, and so on.
    """

    def __init__(self) -> None:
        self.count = 0
        self.least, self.most = math.inf, -math.inf
        self._total = 0.0
        self._kept: NDArray[Any] | None = None
        self._stride = 1

    def add(self, numbers: Any) -> None:  # noqa: ANN401 - whatever makes an array
        """Add numbers; what is no finite number is passed over."""
        import numpy as np

        array = np.asarray(numbers, np.float64).ravel()
        array = array[np.isfinite(array)]
        if not array.size:
            return
        own = array[-self.count % self._stride :: self._stride]
        self._kept = own.copy() if self._kept is None else np.concatenate([self._kept, own])
        while len(self._kept) > _KEPT:
            self._kept, self._stride = self._kept[::2].copy(), 2 * self._stride
        self.count += array.size
        self.least, self.most = min(self.least, float(array.min())), max(self.most, float(array.max()))
        self._total += float(array.sum())

    @property
    def mean(self) -> float:
        """The mean of all."""
        return self._total / self.count if self.count else 0.0

    @property
    def median(self) -> float:
        """The number in the middle, one of those that were added."""
        import numpy as np

        return 0.0 if self._kept is None else float(np.quantile(self._kept, 0.5, method="lower"))

    def bars(self, most: int) -> list[tuple[float, float, float]]:
        """In at most so many bins: where each begins, where it ends, and its share of all."""
        import numpy as np

        if self._kept is None:
            return []
        different = np.unique(self._kept)
        if len(different) <= most:
            return [(float(one), float(one), float((self._kept == one).mean())) for one in different]
        extent = self.most - self.least
        if extent < 2**53 and bool((different == np.round(different)).all()):
            # Bins of as many whole numbers each, the last of fewer.
            step = math.ceil((extent + 1) / most)
            edges = self.least + step * np.arange(1 + math.ceil((extent + 1) / step), dtype=np.float64)
            ends = np.minimum(edges[1:] - 1, self.most)
        else:
            edges = np.linspace(self.least, self.most, most + 1)
            ends = edges[1:]
        if not (np.diff(edges) > 0).all():  # too close, or too far apart, for bins between them
            return [(self.least, self.most, 1.0)]
        shares = np.histogram(self._kept, edges)[0] / len(self._kept)
        return list(zip(edges[:-1].tolist(), ends.tolist(), shares.tolist(), strict=True))

    def to_json(self) -> dict[str, float]:
        """The spread as JSON values; without numbers its count alone."""
        if not self.count:
            return {"count": 0}
        least, most = self.least, self.most
        return {"count": self.count, "least": least, "median": self.median, "mean": self.mean, "most": most}


class Counts:
    """How often each name came; of names past some thousands, that there were `others`."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.by_name: Counter[str] = Counter(dict.fromkeys(names, 0))
        self.others = 0

    def add(self, name: str, count: int = 1) -> None:
        """Add a name."""
        if name in self.by_name or len(self.by_name) < _NAMES:
            self.by_name[name] += count
        else:
            self.others += count

    @property
    def total(self) -> int:
        """How many names came by, each as often as it did."""
        return self.by_name.total() + self.others

    def top(self, most: int) -> tuple[list[tuple[str, int]], int, int]:
        """The names to show, how many further ones there are, and how often these came.

        Few names stay in the order in which they were given; of more, the most frequent come, and first.
        """
        if len(self.by_name) <= most:
            return list(self.by_name.items()), 0, self.others
        shown = [one for one in sorted(self.by_name.items(), key=lambda item: -item[1])[:most] if one[1]]
        return shown, len(self.by_name) - len(shown), self.total - sum(count for _, count in shown)

    def to_json(self) -> dict[str, Any]:
        """The counts as JSON values."""
        return {"counts": dict(self.by_name), **({"others": self.others} if self.others else {})}
