"""The sources of a run: which files stand under the RAW roots, in name order, and what they are called."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sslabel.errors import NothingToReadError, UsageError
from sslabel.readers import SourceFile
from sslabel.registry import readers_by_extension
from sslabel.storage import identity, list_files, source_name


@dataclass(frozen=True, slots=True)
class Roots:
    """The RAW arguments as absolute paths. A source is a root's number and a path below it.

    The path is empty where the root is itself a file.
    """

    paths: tuple[bytes, ...]

    @classmethod
    def of(cls, raw: Sequence[str | os.PathLike[str]]) -> Roots:
        """Roots from paths as given; UsageError for one that is missing, no file or folder, or within another."""
        if not raw:
            msg = "no RAW folder is given"
            raise UsageError(msg)
        resolved = [_resolved(one) for one in raw]
        for number, path in enumerate(resolved):
            for other in resolved[:number] + resolved[number + 1 :]:
                if path == other or other in path.parents:
                    msg = f"{raw[number]} lies within another RAW, and its files would be used twice"
                    raise UsageError(msg)
        return cls(tuple(os.fsencode(path) for path in resolved))

    def name(self, root: int, path: bytes) -> str:
        """The source id: the path below its root, with the root's number in front where there are several."""
        relative = source_name(path or os.path.basename(self.paths[root]))  # noqa: PTH119 - bytes
        return f"{root}/{relative}" if len(self.paths) > 1 else relative

    def file(self, root: int, path: bytes, size: int, max_pixels: int) -> SourceFile:
        """A source as readers are handed it."""
        where = os.path.join(self.paths[root], path) if path else self.paths[root]  # noqa: PTH118 - bytes
        return SourceFile(self.name(root, path), where, size, max_pixels)


def _resolved(raw: str | os.PathLike[str]) -> Path:
    path = Path(raw)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        msg = f"{raw}: {'there is no such file or folder' if missing else error.strerror}"
        raise UsageError(msg) from None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        msg = f"{raw}: it is neither a file nor a folder"
        raise UsageError(msg)
    return path.resolve()


@dataclass(frozen=True, slots=True)
class Sources:
    """All sources in name order: root numbers, paths and sizes side by side, and what was passed by."""

    roots: Roots
    numbers: list[int]
    paths: list[bytes]
    sizes: list[int]
    passed: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.paths)

    def names(self) -> Iterator[str]:
        """The source ids, in order."""
        return map(self.roots.name, self.numbers, self.paths)

    def sha256(self) -> str:
        """A digest of all ids and sizes."""
        digest = hashlib.sha256()
        for name, size in zip(self.names(), self.sizes, strict=True):
            digest.update(f"{size}:{len(name)}:{name}\n".encode())
        return digest.hexdigest()


def list_sources(roots: Roots, kinds: Iterable[str], out: Path | None) -> Sources:
    """List what readers of the given kinds can read below the roots; the output folder is never read."""
    kinds = set(kinds)
    wanted = {extension.encode() for extension, one in readers_by_extension().items() if one.takes in kinds}
    own = identity(out) if out is not None else None
    found: list[tuple[int, bytes, int]] = []
    passed: Counter[str] = Counter()
    problems: list[str] = []
    for number, root in enumerate(roots.paths):
        if os.path.isfile(root):  # noqa: PTH113 - bytes
            found.append((number, b"", os.path.getsize(root)))  # noqa: PTH202 - bytes
            continue
        listing = list_files(root, wanted, {own} if own is not None else set())
        found.extend(zip([number] * len(listing.paths), listing.paths, listing.sizes, strict=True))
        passed.update(listing.passed)
        problems.extend(listing.problems)
    found.sort()
    _refuse_twins(roots, found)
    numbers, paths, sizes = ([one[column] for one in found] for column in range(3))
    return Sources(roots, numbers, paths, sizes, passed, problems)  # type: ignore[arg-type]  # columns of `found`


def _refuse_twins(roots: Roots, found: list[tuple[int, bytes, int]]) -> None:
    # Only names that are not UTF-8 are rewritten, so only they can meet another.
    odd = [(number, path) for number, path, _ in found if b"\\x" in path or not _is_utf8(path)]
    seen: set[str] = set()
    for number, path in odd:
        name = roots.name(number, path)
        if name in seen:
            msg = f"two files are both called {name} once invalid bytes are written out; rename one"
            raise UsageError(msg)
        seen.add(name)


def _is_utf8(path: bytes) -> bool:
    try:
        path.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def refuse_nothing(sources: Sources, raw: Sequence[str | os.PathLike[str]], kinds: Iterable[str]) -> None:
    """NothingToReadError where no source was found, with what was there instead."""
    if len(sources):
        return
    kind = " or ".join(sorted(kinds))
    extensions = " ".join(sorted(ext for ext, one in readers_by_extension().items() if one.takes in set(kinds)))
    seen = ", ".join(f"{count} {what}" for what, count in sorted(sources.passed.items())) or "nothing"
    where = " ".join(str(one) for one in raw)
    msg = f"{where}: no {kind} to read ({extensions}); found {seen}"
    raise NothingToReadError(msg)
