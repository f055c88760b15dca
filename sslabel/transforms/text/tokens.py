"""Tokens of texts, as a file of the package `tokenizers` cuts them: their ids, and where they stand.

A Hugging Face Trainer takes the columns `input_ids` and `labels`; `IGNORED` among the labels is no part of its loss.
What stands in a text like the name of a special token is text, and becomes no special token.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sslabel.blocks import Integers, Lists, Passages, Strings, bounds_of, ranges
from sslabel.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids: TypeAlias = NDArray[np.int32]

IGNORED = -100
LABEL = "label_text"
"""What the text of a label is called beside `labels`: a Trainer takes a column `label` for what it learns."""
ENDS = ("</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>", "[SEP]")
"""What tokenizers call the token that ends a text."""


UNKNOWN = ("[UNK]", "<unk>", "<|unk|>")
"""What tokenizers call the token that stands for what they do not know."""
HOLDS_SPECIAL = "it holds the name of a special token, which the tokenizer takes for that"


@dataclass(frozen=True)
class Tokens:
    """The tokens of several texts: text i has the tokens `bounds[i]` to `bounds[i + 1]`.

    Token j stands at `begins[j]:ends[j]` of the block's code points; both ascend. Tokens may share a code point, and
    some stand on none.
    """

    ids: Ids
    bounds: Integers
    begins: Integers
    ends: Integers

    def within(self, begins: Integers, ends: Integers) -> tuple[Integers, Integers]:
        """For each of several pieces of the code points its first token, and the first behind its last.

        A token that is partly in it belongs to it. A piece of no length has no token, but a place among them.
        """
        firsts = np.searchsorted(self.ends, begins, side="right")
        return firsts, np.where(ends > begins, np.searchsorted(self.begins, ends), firsts)

    def lost(self, begins: Integers, ends: Integers, bounds: Integers) -> NDArray[np.bool_]:
        """For each text, whether any of its words has no token."""
        firsts, lasts = self.within(begins, ends)
        return np.diff(bounds_of(lasts <= firsts)[bounds]) > 0


class Tokenizer:
    """A tokenizer file, without what it would cut off, fill up or leave to chance; UsageError where it is none."""

    def __init__(self, path: str) -> None:
        try:
            from tokenizers import Tokenizer as Cutter
        except ImportError:
            msg = f"tokenizer={path} needs the package tokenizers: pip install 'sslabel[tokenizers]'"
            raise UsageError(msg) from None
        try:
            self._cutter: Any = Cutter.from_str(Path(path).read_text("utf-8"))
        except OSError as error:
            msg = f"tokenizer={path}: {error.strerror}"
            raise UsageError(msg) from None
        except Exception as error:  # noqa: BLE001 - it raises no class of its own
            msg = f"tokenizer={path} is no tokenizer file of Hugging Face: {error}"
            raise UsageError(msg) from None
        self._path = path
        self._cutter.no_truncation()
        self._cutter.no_padding()
        self._cutter.encode_special_tokens = True
        if getattr(self._cutter.model, "dropout", None):
            self._cutter.model.dropout = None

    def tokens(self, text: Strings) -> Tokens:
        """The tokens of each text, none of them special."""
        made = self._cutter.encode_batch(list(text), add_special_tokens=False)
        ids, bounds = _ids(made)
        places = _numbers(chain.from_iterable(one.offsets for one in made), 2 * len(ids)).reshape(-1, 2)
        places += np.repeat(text.bounds[:-1], np.diff(bounds))[:, None]
        # A normalizer may put what it adds anywhere.
        begins, ends = np.maximum.accumulate(places, axis=0).T if len(ids) else places.T
        return Tokens(ids, bounds, np.ascontiguousarray(begins), np.ascontiguousarray(ends))

    def ids(self, text: Strings) -> tuple[Ids, Integers]:
        """The ids of the tokens of each text, and their bounds; quicker than with their places."""
        return _ids(self._cutter.encode_batch_fast(list(text), add_special_tokens=False))

    def speaks_against(self, tokens: Tokens, passages: Passages) -> dict[str, NDArray[np.bool_]]:
        """For each passage, what speaks against giving its ids, by reason."""
        return {
            "a word of it has no token": tokens.lost(passages.begins, passages.ends, passages.bounds),
            HOLDS_SPECIAL: self.has_special(tokens.ids, tokens.bounds),
        }

    def has_special(self, ids: Ids, bounds: Integers) -> NDArray[np.bool_]:
        """For each text, whether any of its tokens is special, but for the one of what is unknown.

        A model that looks up whole pieces (Unigram) may take the name of a special token for it.
        """
        return np.diff(bounds_of(np.isin(ids, self._special))[bounds]) > 0

    @cached_property
    def _special(self) -> Ids:
        added = self._cutter.get_added_tokens_decoder()
        return np.array([id_ for id_, one in added.items() if one.special and one.content not in UNKNOWN], np.int32)

    def find(self, names: Iterable[str]) -> int | None:
        """The id of the first of several tokens that it has, if any."""
        found = (self._cutter.token_to_id(name) for name in names)
        return next((one for one in found if one is not None), None)

    def id_of(self, *names: str) -> int:
        """The id of the first of several tokens that it has; UsageError where it has none of them."""
        found = self.find(names)
        if found is None:
            raise UsageError(f"tokenizer={self._path} has no token {' or '.join(names)}")
        return found

    @cached_property
    def everything(self) -> Ids:
        """The ids of all tokens, the special ones among them, ascending."""
        return np.sort(np.fromiter(self._cutter.get_vocab().values(), np.int32))

    @cached_property
    def frame(self) -> tuple[Ids, Ids]:
        """The special tokens that it puts before a text, and those behind."""
        made = self._cutter.encode("a")
        ids, special = np.array(made.ids, np.int32), np.array(made.special_tokens_mask, bool)
        own = np.flatnonzero(~special)
        return (ids[: own[0]], ids[own[-1] + 1 :]) if len(own) else (ids, ids[:0])


def load(path: str) -> Tokenizer:
    """The tokenizer of a file, read once for as long as the file stays as it is."""
    try:
        about = os.stat(path)  # noqa: PTH116 - for the same error as below
    except OSError as error:
        msg = f"tokenizer={path}: {error.strerror}"
        raise UsageError(msg) from None
    return _loaded(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=4)
def _loaded(path: str, _time: int, _size: int) -> Tokenizer:
    return Tokenizer(path)


def refuses_noise(noised: bool) -> str | None:
    """What is wrong with a noise on the input of a task that gives ids."""
    if noised:
        return "a noise on its input would leave the ids of the clean text; use --augment, which input and label share"
    return None


def joined(pool: Ids, begins: Integers, ends: Integers, bounds: Integers) -> Lists:
    """Lists put together: list i is the pieces `pool[begins[j]:ends[j]]`, j from `bounds[i]` to `bounds[i + 1]`."""
    lengths = ends - begins
    return Lists(pool[ranges(begins, lengths)], bounds_of(lengths)[bounds])


def framed(ids: Ids, begins: Integers, ends: Integers, frame: tuple[Ids, Ids]) -> Lists:
    """Lists of the ids from `begins[i]` to `ends[i]`, each between those of the frame."""
    pool = np.concatenate([ids, *frame])
    head, tail = len(ids) + len(frame[0]), len(pool)
    pieces = np.empty((len(begins), 3, 2), np.int64)
    pieces[:, 0], pieces[:, 2] = (len(ids), head), (head, tail)
    pieces[:, 1] = np.stack([begins, ends], axis=1)
    return joined(pool, pieces[:, :, 0].ravel(), pieces[:, :, 1].ravel(), 3 * np.arange(len(begins) + 1))


def ids_in(lists: Lists) -> Ids:
    """The ids that lists hold, one list behind the other."""
    assert isinstance(lists.items, np.ndarray)
    return lists.items


def unlearned(frame: tuple[Ids, Ids]) -> tuple[Ids, Ids]:
    """A frame as it stands in the labels."""
    return np.full_like(frame[0], IGNORED), np.full_like(frame[1], IGNORED)


def _ids(made: list[Any]) -> tuple[Ids, Integers]:
    bounds = bounds_of([len(one) for one in made])
    return np.fromiter(chain.from_iterable(one.ids for one in made), np.int32, int(bounds[-1])), bounds


def _numbers(pairs: Iterable[tuple[int, int]], count: int) -> Integers:
    return np.fromiter(chain.from_iterable(pairs), np.int64, count)
