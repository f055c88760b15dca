"""Files and folders to read, here or behind a URL (`s3://`, `gs://`, `memory://`, ...), by way of fsspec."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from sslabel.errors import TryLaterError, UsageError, in_one_line


@dataclass(frozen=True)
class Place:
    """A file or a folder; `system` is fsspec's, None for files of this machine."""

    path: str
    system: Any = None
    shown: str = ""

    @classmethod
    def of(cls, where: str | os.PathLike[str]) -> Place:
        """The place of a path or a URL; UsageError for a URL that nothing reads."""
        text = os.fspath(where)
        if "://" not in text:
            return cls(text, None, text)
        if urlsplit(text).scheme == "file":
            return cls(unquote(urlsplit(text).path), None, text)
        import fsspec

        with _as_ours(text):
            try:
                system, path = fsspec.core.url_to_fs(text)
            except ValueError as error:  # a protocol that fsspec does not know
                msg = f"{text}: {error}"
                raise UsageError(msg) from None
        return cls(path, system, text)

    @property
    def name(self) -> str:
        """The last part of the path."""
        path = self.path if self.system is not None else os.path.abspath(self.path)  # noqa: PTH100 - it may be `..`
        return path.rstrip("/").rpartition("/")[2]

    def child(self, *names: str) -> Place:
        """What lies below."""
        below = "/".join(names)
        return Place(f"{self.path.rstrip('/')}/{below}", self.system, f"{self.shown.rstrip('/')}/{below}")

    @property
    def parent(self) -> Place:
        """The folder that it stands in."""
        if self.system is None:
            above = os.path.dirname(os.path.abspath(self.path))  # noqa: PTH100, PTH120 - it may be `..`
            return Place(above, None, above)
        above, shown = (text.rstrip("/").rpartition("/")[0] for text in (self.path, self.shown))
        return Place(above, self.system, shown)

    def is_folder(self) -> bool:
        """Whether it is a folder that is there."""
        if self.system is None:
            return Path(self.path).is_dir()
        with _as_ours(self.shown):
            return bool(self.system.isdir(self.path))

    def size(self) -> int | None:
        """How many bytes the file has; None where there is no file."""
        if self.system is None:
            path = Path(self.path)
            return path.stat().st_size if path.is_file() else None
        with _as_ours(self.shown):
            try:
                about = self.system.info(self.path)
            except FileNotFoundError:
                return None
            return int(about["size"] or 0) if about["type"] == "file" else None

    def sizes(self) -> dict[str, int | None]:
        """The files in the folder, if there is one, by name, and how many bytes each has, None where nobody tells."""
        if self.system is None:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(self.path) as entries:
                return {one.name: one.stat().st_size for one in entries if one.is_file()}
            return {}
        with _as_ours(self.shown):
            try:
                listed = self.system.ls(self.path, detail=True)
            except FileNotFoundError:
                return {}
        return {one["name"].rpartition("/")[2]: one["size"] for one in listed if one["type"] == "file"}

    def below(self) -> list[Place]:
        """The files in the folder and in all folders below it that are not hidden, in name order."""
        if self.system is None:
            root = Path(self.path)
            paths = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
        else:
            with _as_ours(self.shown):
                stem = self.path.rstrip("/")
                paths = [path.removeprefix(stem).lstrip("/") for path in self.system.find(stem)]
        return [self.child(path) for path in sorted(paths) if not any(part.startswith(".") for part in path.split("/"))]

    @contextlib.contextmanager
    def opened(self, ahead: int = -1) -> Iterator[BinaryIO]:
        """The file, to be read from anywhere in it; on this machine so much at once, if it is said."""
        if self.system is None:
            with open(self.path, "rb", buffering=ahead) as file:  # noqa: PTH123 - a name that is no UTF-8 is one, too
                yield file
            return
        with _as_ours(self.shown), self.system.open(self.path, "rb") as file:
            yield file

    def copied(self, folder: Path, *patterns: str) -> None:
        """Copy the files below that match, under the same names."""
        with _as_ours(self.shown):
            stem = self.path.rstrip("/")
            found = [path for pattern in patterns for path in self.system.glob(f"{stem}/{pattern}")]
            for path, data in self.system.cat(found).items() if found else ():
                target = folder / path.removeprefix(stem).lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)


@contextlib.contextmanager
def _as_ours(shown: str) -> Iterator[None]:
    """What goes wrong on the way to a URL, as one line with the way out."""
    try:
        yield
    except ImportError as error:
        scheme = shown.partition("://")[0]
        extra = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}.get(scheme)
        more = f"; pip install 'sslabel[{extra}]'" if extra else ""
        msg = f"{shown}: {in_one_line(error)}{more}"
        raise UsageError(msg) from None
    except FileNotFoundError:
        raise
    except PermissionError as error:
        raise UsageError(_refused(shown, error)) from None
    except OSError as error:
        msg = f"{shown}: {error.strerror or in_one_line(error)}; try again"
        raise TryLaterError(msg) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _STORAGES:
            raise
        if _UNKNOWN.search(type(error).__name__):
            raise UsageError(_refused(shown, error)) from None
        msg = f"{shown}: {in_one_line(error)}; try again"
        raise TryLaterError(msg) from None


_UNKNOWN = re.compile("Credential|Auth|Token|Login|Profile")
_STORAGES = ("aiobotocore", "aiohttp", "botocore", "gcsfs", "google", "requests")
"""The packages by which storages are reached: not all that goes wrong in them is an OSError."""


def _refused(shown: str, error: Exception) -> str:
    return f"{shown}: {in_one_line(error)}; sign in with the storage's own tools first"
