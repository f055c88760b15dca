"""Files: listing them in a fixed order, and writing them whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import io
import math
import os
import secrets
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

from sslabel.errors import SslabelError, TryLaterError

_STRIDE = 1 << 20


class WholeFile:
    """A file that appears under its name only when it is complete; hashed and counted as it is written.

    It is written under a temporary name beside the target, flushed, synced, renamed, and the folder is synced: at no
    moment does a part of it stand under the final name. Leaving the `with` block by an exception removes it. Its
    folder has to be there: an output that was removed under a run is not made again in part.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[bytes] = []
        self._waiting_bytes = self._written = 0
        self._sha256 = hashlib.sha256()
        self._abandoned = False
        self._temporary = path.with_name(f".{path.name}.tmp-{secrets.token_hex(6)}")
        self._file = self._temporary.open("xb", buffering=0)

    @property
    def bytes(self) -> int:
        """How many bytes were written so far."""
        return self._written + self._waiting_bytes

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of what was written so far."""
        if self._waiting:
            self._flush()
        return self._sha256.hexdigest()

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        """Append bytes."""
        if self._abandoned:  # a writer that is thrown away may still try to write its end
            return len(data)
        data = bytes(data)  # itself where it is bytes already
        self._waiting.append(data)
        size = len(data)
        self._waiting_bytes += size
        if self._waiting_bytes >= _STRIDE:
            self._flush()
        return size

    def _flush(self) -> None:
        joined = b"".join(self._waiting)
        self._waiting.clear()
        self._waiting_bytes = 0
        self._sha256.update(joined)
        _write(self._file, joined)
        _begin_writeback(self._file.fileno(), self._written, len(joined))
        self._written += len(joined)

    # What pyarrow asks of a file. It is flushed and closed by the end of the `with` block, and by nothing else.

    @property
    def closed(self) -> bool:
        """Whether the `with` block is over."""
        return self._file.closed

    def tell(self) -> int:
        """How many bytes were written."""
        return self.bytes

    def flush(self) -> None:
        """Do nothing yet."""

    def close(self) -> None:
        """Do nothing yet."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._abandoned = kind is not None
        try:
            if kind is None:
                self._flush()
                _fsync(self._file.fileno())
            self._file.close()
            if kind is None:
                _rename(self._temporary, self.path)
                _sync_folder(self.path.parent)
        finally:
            with contextlib.suppress(OSError):
                self._file.close()
            with contextlib.suppress(OSError):
                self._temporary.unlink()


def _write(file: io.FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _begin_writeback(descriptor: int, begin: int, size: int) -> None:
    """Let the kernel write this to the disk while the rest is made, so that the sync at the end waits for little."""
    call = _sync_file_range()
    if call is not None:
        call(descriptor, begin, size, 2)  # SYNC_FILE_RANGE_WRITE; where it fails, the sync does all of it


@cache
def _sync_file_range() -> Callable[[int, int, int, int], int] | None:
    if sys.platform != "linux":
        return None
    import ctypes

    call = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return call


def _fsync(descriptor: int) -> None:
    os.fsync(descriptor)


def _rename(source: Path, target: Path) -> None:
    os.replace(source, target)  # noqa: PTH105 - one system call that tests can stand in for


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Write a small file, and its folder, whole or not at all; one that has this content already is left alone."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == data:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    with WholeFile(path) as file:
        file.write(data)


def sha256(data: bytes) -> str:
    """The hexadecimal SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def move_whole(source: Path, target: Path) -> None:
    """Give a file that is whole its name, for good; both are on one file system."""
    _rename(source, target)
    _sync_folder(target.parent)


def sweep(folder: Path) -> None:
    """Remove what runs that were killed left under temporary names; only for the holder of the lock."""
    with contextlib.suppress(FileNotFoundError):
        for path in folder.iterdir():
            if path.name.startswith(".") and ".tmp-" in path.name:
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def lock(path: Path, shown: str) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends; TryLaterError if another one holds it."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                msg = f"{shown}: another run is writing here; wait for it, or stop it"
                raise TryLaterError(msg) from None
            about = os.fstat(file.fileno())
            if identity(path) != (about.st_dev, about.st_ino):
                continue  # its last holder removed it before we had it
            yield
            return


_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "it cannot be written to",
    errno.EACCES: "it may not be written to",
    errno.EPERM: "it may not be written to",
    errno.ENOTDIR: "a part of its path is a file",
    errno.EEXIST: "a file stands where a folder is needed",
    errno.EIO: "the disk reports an error",
}
_REMOVED = frozenset({errno.ENOENT, errno.ESTALE})


def write_problem(error: OSError, where: str, needed: int = 0) -> SslabelError:
    """An error of writing as a sentence with the way out; `needed` are the bytes that are still to be written."""
    if error.errno in _REMOVED:
        return TryLaterError(f"{where}: it, or a part of it, was removed while this run wrote there; start it again")
    reason = _FULL.get(error.errno or 0, error.strerror or str(error))
    if needed and error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason += f", and about {math.ceil(needed / 1e6):,} MB more are needed"
    return TryLaterError(f"{where}: {reason}; what is finished is kept, and the same command goes on from there")


_LEADS_NOWHERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


@dataclass(slots=True)
class Listing:
    """The regular files under a root: POSIX paths as bytes with their sizes, and what was passed by and why."""

    paths: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def list_files(root: bytes, extensions: set[bytes], avoid: set[tuple[int, int]]) -> Listing:
    """List the files under `root` whose lower-case extension is among `extensions`.

    Hidden names (a leading dot), links to folders, and anything that is not a regular file are passed by and
    counted; so are folders whose (device, inode) stand in `avoid`. Links to files are followed. The order is that
    of the file system: callers sort.
    """
    listing = Listing()
    folders = [(root, b"")]
    while folders:
        folder, prefix = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    try:
                        _list_entry(entry, prefix, folders, extensions, avoid, listing)
                    except OSError as error:
                        _list_lost(entry, prefix, error, listing)
        except OSError as error:
            listing.passed["folders that cannot be listed"] += 1
            listing.problems.append(f"{source_name(prefix) or '.'}: {error.strerror}")
    return listing


def _list_entry(  # noqa: PLR0913, PLR0917 - one step of the walk above
    entry: os.DirEntry[bytes],
    prefix: bytes,
    folders: list[tuple[bytes, bytes]],
    extensions: set[bytes],
    avoid: set[tuple[int, int]],
    listing: Listing,
) -> None:
    name = entry.name
    if name.startswith(b"."):
        listing.passed["hidden names"] += 1
    elif entry.is_dir(follow_symlinks=False):
        about = entry.stat(follow_symlinks=False)
        if (about.st_dev, about.st_ino) in avoid:
            listing.passed["the output folder"] += 1
        else:
            folders.append((entry.path, prefix + name + b"/"))
    elif entry.is_symlink() and entry.is_dir():
        listing.passed["links to folders"] += 1
    elif extension_of(name) not in extensions:
        listing.passed["files of other kinds"] += 1
    else:
        about = entry.stat()
        if stat.S_ISREG(about.st_mode):
            listing.paths.append(prefix + name)
            listing.sizes.append(about.st_size)
        else:
            listing.passed["not regular files"] += 1


def _list_lost(entry: os.DirEntry[bytes], prefix: bytes, error: OSError, listing: Listing) -> None:
    if error.errno in _LEADS_NOWHERE:
        listing.passed["broken links" if entry.is_symlink() else "files that vanished"] += 1
    else:
        listing.passed["paths that cannot be looked at"] += 1
        listing.problems.append(f"{source_name(prefix + entry.name)}: {error.strerror}")


_COMPRESSED = frozenset({b".gz", b".bz2", b".xz", b".zst"})


def extension_of(name: bytes) -> bytes:
    """The extension that says what a file holds, in lower case: `.jpg`, `.txt.gz`; of a folder, `/`."""
    if name.endswith(b"/"):
        return b"/"
    stem, extension = os.path.splitext(name.lower())  # noqa: PTH122 - bytes
    return os.path.splitext(stem)[1] + extension if extension in _COMPRESSED else extension  # noqa: PTH122


def source_name(path: bytes) -> str:
    r"""A path as text: UTF-8 where it is, else with each invalid byte as `\xff`."""
    return path.decode("utf-8", "backslashreplace")


def identity(path: Path) -> tuple[int, int] | None:
    """The (device, inode) of a path, None if there is nothing."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino
