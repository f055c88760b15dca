"""What other tools wrote: members of WebDataset tars by their extension, cells of Parquet files by what they hold.

Nothing is ever unpickled: what is read that way is named and refused.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sslabel.look.parts import Part, Unread
from sslabel.values import Category, Picture, Text

REFUSED = frozenset({"pyd", "pkl", "pickle", "pt", "pth"})

_PICTURES = frozenset({"jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "ppm", "pgm", "pbm"})
_TEXTS = frozenset({"txt", "text", "caption", "transcript", "transcripts", "md", "jsonl"})
_INTEGERS = frozenset({"cls", "cls2", "class", "count", "index", "inx", "id"})
_UNPACKED = ("text", "integer", "json", "array")
_MOST_LISTED = 32
_MOST_TEXT, _MOST_ARRAY, _MOST_PIXELS = 1 << 20, 64 << 20, 100_000_000
_BEGINNINGS = {
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF8": "gif",
    b"BM": "bmp",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}


def of_member(name: str, size: int, read: Callable[[int], bytes]) -> Part:
    """A member of a tar by what stands behind its key; `read` gives that many of its bytes."""
    extension = name.rpartition(".")[2].lower()
    if extension == "gz":
        return _packed(of_member(name[:-3], size, read))
    for kind, extensions, most, decode in (
        ("refused", REFUSED, 0, _refused),
        ("picture", _PICTURES, -1, _picture),
        ("text", _TEXTS, _MOST_TEXT, _text),
        ("integer", _INTEGERS, _MOST_TEXT, _integer),
        ("json", {"json"}, _MOST_ARRAY, _json),
        ("array", {"npy"}, _MOST_ARRAY, _array),
    ):
        if extension in extensions:
            return Part(name, kind, extension, size, partial(read, most), decode)
    return Part(name, "other", extension, size, lambda: b"", lambda _: Unread(""))


def _packed(part: Part) -> Part:
    """A member that is compressed by itself, as WebDataset reads it: what is small enough is unpacked."""
    if part.kind not in _UNPACKED:
        return replace(part, name=f"{part.name}.gz", kind="other", decode=lambda _: Unread(""))
    return replace(part, name=f"{part.name}.gz", decode=partial(_unpacked, part.decode))


def _unpacked(decode: Callable[[bytes], Any], data: bytes) -> Any:  # noqa: ANN401 - whatever `decode` gives
    try:
        return decode(zlib.decompressobj(wbits=31).decompress(data, _MOST_TEXT))
    except zlib.error as error:
        return Unread(f"cannot be read: {error}")


def of_row(row: Mapping[str, Any], names: Mapping[str, Sequence[str]]) -> dict[str, Part]:
    """The cells of a row of a Parquet file, each picture of a list by itself; `names` are those of its classes."""
    parts = dict[str, Part]()
    for name, cell in row.items():
        pictures = cell if isinstance(cell, list) and cell and all(map(_is_picture, cell)) else ()
        parts |= {f"{name}_{at}": of_cell(f"{name}_{at}", one, ()) for at, one in enumerate(pictures[:_MOST_LISTED])}
        if not pictures:
            parts[name] = of_cell(name, cell, names.get(name, ()))
        elif len(pictures) > _MOST_LISTED:
            parts[name] = of_cell(name, f"{len(pictures) - _MOST_LISTED:,} more pictures", ())
    return parts


def _is_picture(cell: Any) -> bool:  # noqa: ANN401 - whatever a column holds
    data = cell.get("bytes") if isinstance(cell, Mapping) else cell
    return isinstance(data, bytes) and bool(_extension(data))


def of_cell(name: str, cell: Any, names: Sequence[str]) -> Part:  # noqa: ANN401 - whatever a column holds
    """A cell of a Parquet file; `names` are those of its classes, where it has such."""
    if isinstance(cell, Mapping) and isinstance(cell.get("bytes"), bytes):
        cell = cell["bytes"]
    if isinstance(cell, bytes):
        extension = _extension(cell)
        kind, decode = ("picture", _picture) if extension else ("other", lambda _: Unread(""))
        return Part(name, kind, extension, len(cell), lambda: cell, decode)
    if isinstance(cell, int) and 0 <= cell < len(names):
        return Part(name, "category", "", 0, lambda: cell, lambda index: Category(index, tuple(names)))
    if isinstance(cell, str):
        return Part(name, "text", "", len(cell), lambda: cell, Text)
    return Part(name, "json", "", 0, lambda: cell, _without_bytes)


def class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """The names of the classes of each column, as Hugging Face writes them into a Parquet schema."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return {name: [str(one) for one in about["names"]] for name, about in features.items() if "names" in about}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def _extension(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((extension for begin, extension in _BEGINNINGS.items() if data.startswith(begin)), "")


def _refused(_: bytes) -> Unread:
    return Unread("a pickle, which can run code when it is read: not read")


def _picture(data: bytes) -> Picture | Unread:
    import warnings

    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > _MOST_PIXELS:
                    return Unread(f"{image.width}×{image.height} pixels, too many to show")
                image.draft("RGB", (1024, 1024))
                flat = ImageOps.exif_transpose(image).convert("RGB")
                return Picture(np.asarray(flat))
    except UnidentifiedImageError:
        return Unread("cannot be read: its content is no picture")
    except Exception as error:  # noqa: BLE001 - decoders raise whatever they like, and the others can be shown
        return Unread(f"cannot be read: {type(error).__name__}: {error}")


def _text(data: bytes) -> Text:
    return Text(data.decode("utf-8", "backslashreplace"))


def _integer(data: bytes) -> Any:  # noqa: ANN401 - the number, or what stands there instead
    text = data.decode("utf-8", "backslashreplace").strip()
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 20 else Text(text)  # noqa: PLR2004


def _json(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        return Unread(f"cannot be read: {error}")


def _array(data: bytes) -> Any:  # noqa: ANN401 - an array
    import numpy as np

    try:
        return np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        return Unread(f"cannot be read: {error}")


def _without_bytes(cell: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same, with how many they are in the place of bytes."""
    if isinstance(cell, bytes):
        return f"{len(cell)} bytes"
    if isinstance(cell, Mapping):
        return {str(name): _without_bytes(one) for name, one in cell.items()}
    if isinstance(cell, list | tuple):
        return [_without_bytes(one) for one in cell]
    return cell if cell is None or isinstance(cell, bool | int | float | str) else str(cell)
