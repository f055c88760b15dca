"""Arrow columns from Python values, by way of their buffers.

`pyarrow.array`, like all else that is given Python values, loads pandas wherever it is installed, which takes a
quarter of a second and much memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Part: TypeAlias = str | Sequence[str] | NDArray[np.int64]


def numbers(values: Any, dtype: str) -> pa.Array:  # noqa: ANN401 - any sequence of numbers
    """A column of numbers of a type that numpy and Arrow call alike: `int64`, `float32`, `uint16`."""
    import numpy as np
    import pyarrow as pa

    array = np.ascontiguousarray(values, dtype)
    return pa.Array.from_buffers(pa.type_for_alias(dtype), len(array), [None, pa.py_buffer(array)])


def binary(values: Sequence[bytes]) -> pa.Array:
    """A column of bytes."""
    import pyarrow as pa

    return _of_bytes(values, pa.binary())


def strings(values: Sequence[str]) -> pa.Array:
    """A column of strings."""
    import pyarrow as pa

    joined = "".join(values)
    if joined.isascii():
        return text_block(joined.encode("ascii"), _offsets(list(map(len, values))))
    return _of_bytes([value.encode("utf-8") for value in values], pa.string())


def text_block(data: Any, bounds: Any) -> pa.Array:  # noqa: ANN401 - a buffer, an array of integers
    """A column of strings from their UTF-8, one behind the other, and the n + 1 offsets at which they begin and end."""
    import pyarrow as pa

    offsets = _as_offsets(bounds)
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def joined(parts: Sequence[Part], count: int) -> pa.Array:
    """A column of strings, each the parts one behind the other.

    A part is text that all have, a list with one for each, or an array with a number for each, not negative.
    """
    import numpy as np

    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    varying = [number for number, part in enumerate(merged) if not isinstance(part, str)]
    at = varying[0] if len(varying) == 1 and count else None
    if at is not None and isinstance(merged[at], np.ndarray):
        return _numbered("".join(merged[:at]), merged[at], "".join(merged[at + 1 :]))  # type: ignore[arg-type]  # texts
    texts = [list(map(str, part.tolist())) if isinstance(part, np.ndarray) else part for part in merged]
    if at is not None:
        # All at once: what stands between two of them is the end of one row and the beginning of the next.
        before, behind = "".join(texts[:at]), "".join(texts[at + 1 :])  # type: ignore[arg-type]  # not the list
        whole = f"{before}{f'{behind}{before}'.join(texts[at])}{behind}"
    else:
        whole = "".join(chain.from_iterable(_rows(texts, count)))
    if not whole.isascii():
        return strings(["".join(row) for row in _rows(texts, count)])
    lengths = np.full(count, sum(len(part) for part in texts if isinstance(part, str)))
    for one in (part for part in texts if not isinstance(part, str)):
        lengths += np.fromiter(map(len, one), np.int64, count)
    return text_block(whole.encode("ascii"), np.append(0, np.cumsum(lengths)))


def _numbered(before: str, values: Any, behind: str) -> pa.Array:  # noqa: ANN401 - an array of integers
    """A column of strings: a number that is not negative, and what stands before and behind each."""
    import numpy as np

    first, last = (np.frombuffer(text.encode("utf-8"), np.uint8) for text in (before, behind))
    digits, lengths = _digits(values)
    begin, end = len(first), len(first) + digits.shape[1]
    rows = np.empty((len(digits), end + len(last)), np.uint8)
    rows[:, :begin], rows[:, begin:end], rows[:, end:] = first, digits, last
    if (lengths < digits.shape[1]).any():
        shown = np.ones(rows.shape, bool)
        shown[:, begin:end] = np.arange(begin - end, 0) >= -lengths[:, None]
        rows = rows[shown]
    return text_block(rows.data, np.append(0, np.cumsum(lengths + (len(first) + len(last)))))


def _digits(values: Any) -> tuple[Any, Any]:  # noqa: ANN401 - arrays of integers
    """The decimal digits of numbers as ASCII, a row for each, behind zeros; and how many of them are the number's."""
    import numpy as np

    most = int(values.max(initial=0))
    left = values.astype(np.uint32 if most < 1 << 32 else np.uint64)
    width = len(str(most))
    digits, lengths = np.empty((len(left), width), np.uint8), np.ones(len(left), np.int64)
    for at in range(width - 1, -1, -1):
        tenth = left // 10
        digits[:, at] = left - tenth * 10
        left = tenth
        if at and (others := left > 0).any():
            lengths += others
    digits += ord("0")
    return digits, lengths


def _rows(parts: Sequence[str | Sequence[str]], count: int) -> Iterator[tuple[str, ...]]:
    return zip(*([part] * count if isinstance(part, str) else part for part in parts), strict=True)


def list_block(bounds: Any, items: pa.Array) -> pa.Array:  # noqa: ANN401 - an array of integers
    """A column of lists from the items of all, and the n + 1 offsets at which they begin and end."""
    import pyarrow as pa

    return pa.ListArray.from_arrays(numbers(_as_offsets(bounds), "int32"), items)


def lists(lengths: Sequence[int], items: pa.Array) -> pa.Array:
    """A column of lists, each as long as said, from the items of all of them."""
    import pyarrow as pa

    return pa.ListArray.from_arrays(numbers(_offsets(lengths), "int32"), items)


def lists_of(values: Sequence[Sequence[Any]], column: Any, *more: Any) -> pa.Array:  # noqa: ANN401 - one of the above
    """A column of lists, given as lists."""
    return lists([len(value) for value in values], column(list(chain.from_iterable(values)), *more))


def _of_bytes(values: Sequence[bytes], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    offsets = _offsets([len(value) for value in values])
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(values))])


def _offsets(lengths: Sequence[int]) -> Any:  # noqa: ANN401 - an array of int32
    import numpy as np

    return _as_offsets(np.cumsum([0, *lengths]))


def _as_offsets(bounds: Any) -> Any:  # noqa: ANN401 - an array of int32
    import numpy as np

    if bounds[-1] > np.iinfo(np.int32).max:
        msg = f"{bounds[-1]} bytes or items are too many for one row group"
        raise ValueError(msg)
    return bounds.astype(np.int32)
