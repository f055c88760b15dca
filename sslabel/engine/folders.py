"""Which pictures of a folder are films: numbered frames together, and animated ones each by itself."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from itertools import groupby

from sslabel.readers.video.frames import are_of_one_size, is_picture, numbered
from sslabel.readers.video.timelines import is_animated
from sslabel.registry import find_readers
from sslabel.storage import Listing, extension_of

_MIXED = "folders of numbered pictures of several sizes"
_STILLS = "still pictures"


def with_films(listing: Listing, root: bytes, kinds: Collection[str]) -> Listing:
    """The same files, and each folder of numbered frames as one more; pictures that no task takes are passed by.

    The path of a folder ends in `/`, and its size is that of its frames. What looks like one, and is none for the
    sizes of its pictures, is counted.
    """
    made = Listing(passed=listing.passed, problems=listing.problems)
    for prefix, group in groupby(zip(listing.paths, listing.sizes, strict=True), key=lambda one: _folder_of(one[0])):
        files = list(group)
        is_film = _add_film(made, root, prefix, files)
        for path, size in files:
            if not is_picture(path) or _is_taken(os.path.join(root, path), kinds, is_film):  # noqa: PTH118 - bytes
                made.paths.append(path)
                made.sizes.append(size)
            elif not is_film:
                made.passed[_STILLS] += 1
    return made


def _folder_of(path: bytes) -> bytes:
    return path[: path.rfind(b"/") + 1]


def _add_film(made: Listing, root: bytes, prefix: bytes, files: Iterable[tuple[bytes, int]]) -> bool:
    """Whether the pictures in a folder are the frames of a film, which is then listed."""
    sizes = {path[len(prefix) :]: size for path, size in files if is_picture(path)}
    names = numbered(list(sizes))
    folder = os.path.join(root, prefix)  # noqa: PTH118 - bytes
    if not names or is_animated(folder + names[0]):
        return False
    if not are_of_one_size(folder, names):
        made.passed[_MIXED] += 1
        return False
    made.paths.append(prefix or b"./")
    made.sizes.append(sum(sizes.values()))
    return True


def _is_taken(path: bytes, kinds: Collection[str], is_frame: bool) -> bool:
    """Whether a picture is a source of its own: for a picture task, or as an animation."""
    if "image" in kinds:
        return True
    readers = find_readers(extension_of(path).decode("ascii"), kinds) if not is_frame else ()
    return any(one.holds is None or one.holds(path) for one in readers)
