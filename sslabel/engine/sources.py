"""The sources of a run: which files stand under the RAW roots, in name order, and what they are called."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sslabel.errors import NothingToReadError, UsageError
from sslabel.readers import Reading, SourceFile
from sslabel.readers.contents import COMPRESSIONS
from sslabel.registry import TAKES, Reader, find_readers, readers_by_extension
from sslabel.storage import extension_of, identity, list_files, source_name


@dataclass(frozen=True, slots=True)
class Row:
    """One source of a plan: a root's number, a path below it, the size of the file, and which range of it is meant.

    An `end` of -1 means all of it. A range is in the unit of the file's reader, and comes to so many `bytes`.
    """

    root: int
    path: bytes
    size: int
    begin: int = 0
    end: int = -1
    bytes: int = -1


def plain_row(row: Row) -> list[Any]:
    """A row as JSON values; `read_row` gives it back."""
    return [row.root, os.fsdecode(row.path), row.size, row.begin, row.end, row.bytes]


def read_row(plain: Sequence[Any]) -> Row:
    """The row that `plain_row` gave."""
    root, path, *numbers = plain
    return Row(root, os.fsencode(path), *numbers)


@dataclass(frozen=True, slots=True)
class Roots:
    """The RAW arguments as absolute paths. A source is a root's number and a path below it.

    The path is empty where the root is itself a file. One that ends in `/` is a folder of frames: `./` the root.
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

    @classmethod
    def named(cls, names: Sequence[str]) -> Roots:
        """Roots that give the same source ids as those whose `names` these are, and lie nowhere."""
        return cls(tuple(name.encode("utf-8") for name in names))

    @property
    def names(self) -> tuple[str, ...]:
        """Nothing for a folder, for a file its name: with their number, what source ids take from the roots."""
        files = ((path, os.path.isfile(path)) for path in self.paths)  # noqa: PTH113 - bytes
        return tuple(source_name(os.path.basename(path)) if is_file else "" for path, is_file in files)  # noqa: PTH119

    def name(self, root: int, path: bytes) -> str:
        """The source id: the path below its root, with the root's number in front where there are several."""
        relative = source_name(path or os.path.basename(self.paths[root]))  # noqa: PTH119 - bytes
        return f"{root}/{relative}" if len(self.paths) > 1 else relative

    def row_name(self, row: Row) -> str:
        """The source id of a row: that of its file, and behind `#` where its range begins."""
        name = self.name(row.root, row.path)
        return name if row.end < 0 else f"{name}#{row.begin}"

    def file(self, row: Row, max_pixels: int, reading: Reading) -> SourceFile:
        """A source as readers are handed it."""
        end = row.end if row.end >= 0 else None
        where = self.where(row.root, row.path)
        name = self.name(row.root, row.path)
        return SourceFile(name, where, row.size, max_pixels, row.begin, end, reading, row.bytes)

    def where(self, root: int, path: bytes) -> bytes:
        """Where a path below a root is."""
        return os.path.join(self.paths[root], path) if path else self.paths[root]  # noqa: PTH118 - bytes


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
    """All sources in name order, side by side: the columns of their rows; and what was passed by.

    Without `ranges`, each is a whole file; else each has where it begins and ends, and how many bytes it comes to.
    """

    roots: Roots
    numbers: list[int]
    paths: list[bytes]
    sizes: list[int]
    passed: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    ranges: Sequence[tuple[int, int, int]] = ()

    def __len__(self) -> int:
        return len(self.paths)

    def row(self, number: int) -> Row:
        """One of the sources."""
        size = self.sizes[number]
        return Row(
            self.numbers[number], self.paths[number], size, *(self.ranges[number] if self.ranges else (0, -1, size))
        )

    def names(self) -> Iterator[str]:
        """The source ids, in order."""
        if not self.ranges:
            return map(self.roots.name, self.numbers, self.paths)
        return (self.roots.row_name(self.row(number)) for number in range(len(self)))

    def of_kind(self, rows: Iterable[int], kind: str) -> Iterator[int]:
        """Those of some rows whose files hold a kind."""
        return (row for row in rows if readers_of(self.roots.where(self.numbers[row], self.paths[row]), {kind}))

    def weights(self) -> Sequence[int]:
        """The bytes that each source has to be read."""
        return [share for _, _, share in self.ranges] or self.sizes

    def sha256(self) -> str:
        """A digest of all ids and sizes."""
        digest = hashlib.sha256()
        for name, size in zip(self.names(), self.sizes, strict=True):
            digest.update(f"{size}:{len(name)}:{name}\n".encode())
        return digest.hexdigest()


def list_sources(roots: Roots, kinds: Iterable[str], out: Path | None, reading: Reading | None = None) -> Sources:
    """List what readers of the given kinds can read below the roots; the output folder is never read.

    A large file whose reader can do so is listed as ranges of a fixed size, whatever the size of the shards.
    """
    kinds = set(kinds)
    wanted = {extension.encode() for extension in extensions_for(kinds | ({"image"} if "video" in kinds else set()))}
    own = identity(out) if out is not None else None
    found: list[tuple[int, bytes, int]] = []
    passed: Counter[str] = Counter()
    problems: list[str] = []
    for number, root in enumerate(roots.paths):
        if os.path.isfile(root):  # noqa: PTH113 - bytes
            if readers_of(root, kinds):
                found.append((number, b"", os.path.getsize(root)))  # noqa: PTH202 - bytes
            else:
                passed["files of other kinds"] += 1
            continue
        listing = list_files(root, wanted, {own} if own is not None else set())
        if "video" in kinds:
            from sslabel.engine.folders import with_films

            listing = with_films(listing, root, kinds)
        found.extend(zip([number] * len(listing.paths), listing.paths, listing.sizes, strict=True))
        passed.update(listing.passed)
        problems.extend(listing.problems)
    found.sort()
    _refuse_twins(roots, found)
    numbers, paths, sizes = ([one[column] for one in found] for column in range(3))
    sources = Sources(roots, numbers, paths, sizes, passed, problems)  # type: ignore[arg-type]  # columns of `found`
    return _cut(sources, reading or Reading(), kinds)


def extensions_for(kinds: Collection[str]) -> list[str]:
    """The extensions of what may hold any of these kinds."""
    return sorted(readers_by_extension(frozenset(kinds)))


def readers_of(path: bytes, kinds: Collection[str]) -> list[Reader]:
    """The readers for what is in a file, of these kinds."""
    return [one for one in readers_by_name(path, kinds) if one.holds is None or one.holds(path)]


def readers_by_name(path: bytes, kinds: Collection[str]) -> tuple[Reader, ...]:
    """The readers for what a file of that name may hold, of these kinds."""
    return find_readers(extension_of(path).decode("utf-8", "replace"), kinds)


def _cut(sources: Sources, reading: Reading, kinds: Collection[str]) -> Sources:
    """The same sources, large files that may be cut as several."""
    rows: list[int] = []
    ranges: list[tuple[int, int, int]] = []
    for number, size in enumerate(sources.sizes):
        path = sources.roots.where(sources.numbers[number], sources.paths[number])
        cuts = next((one.ranges for one in readers_by_name(path, kinds) if one.ranges is not None), None)
        pieces = cuts(path, size, reading) if cuts is not None else ()
        ranges += pieces or [(0, -1, size)]
        rows += [number] * max(1, len(pieces))
    if len(rows) == len(sources):
        return sources
    return replace(
        sources,
        numbers=[sources.numbers[row] for row in rows],
        paths=[sources.paths[row] for row in rows],
        sizes=[sources.sizes[row] for row in rows],
        ranges=ranges,
    )


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
    wanted, where = " or ".join(sorted(kinds)), " ".join(str(one) for one in raw)
    files = [os.fsencode(one) for one in raw if Path(one).is_file()]
    others = sorted({one.takes for file in files for one in readers_of(file, TAKES)})
    if others:
        held = " or ".join(others)
        msg = f"{where}: no {wanted} to read but {held}; `sslabel list tasks` says what can be made of that"
        raise NothingToReadError(msg)
    seen = ", ".join(f"{count} {what}" for what, count in sorted(sources.passed.items())) or "nothing"
    msg = f"{where}: no {wanted} to read ({_in_words(extensions_for(set(kinds)))}); found {seen}"
    raise NothingToReadError(msg)


def _in_words(extensions: Collection[str]) -> str:
    """Extensions, those of compressed files once for all.

    Example: .csv .csv.gz .jsonl .jsonl.gz / -> `.csv .jsonl, also as .gz, folders of frames`
    """
    plain = [one for one in extensions if one != "/" and not one.endswith(COMPRESSIONS)]
    packed = [one for one in COMPRESSIONS if any(other.endswith(one) for other in extensions)]
    frames = ", folders of frames" if "/" in extensions else ""
    return " ".join(plain) + (f", also as {' '.join(packed)}" if packed else "") + frames
