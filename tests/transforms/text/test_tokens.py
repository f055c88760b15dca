"""Tokens of texts: those of the tokenizer itself, each where it stands."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sslabel.blocks import Strings
from sslabel.errors import UsageError
from sslabel.transforms.text.tokens import Tokenizer, framed, load
from sslabel.transforms.text.words import word_bounds
from tests.noise.text.texts import ODD, any_text, prose
from tests.tokenizing import id_of, ids_of, plain

NAMES = ("gpt", "bert", "t5")


def check(path: Path, texts: list[str]) -> None:
    text = Strings.of(texts)
    found = load(str(path)).tokens(text)
    quick, bounds = load(str(path)).ids(text)
    assert found.ids.dtype == quick.dtype == np.int32
    assert (quick.tolist(), bounds.tolist()) == (found.ids.tolist(), found.bounds.tolist())
    assert (np.diff(found.begins) >= 0).all()
    assert (np.diff(found.ends) >= 0).all()
    for number, one in enumerate(texts):
        row = slice(found.bounds[number], found.bounds[number + 1])
        made = plain(path).encode(one, add_special_tokens=False)
        assert found.ids[row].tolist() == made.ids == ids_of(path, one)
        places = np.stack([found.begins, found.ends], axis=1)[row] - text.bounds[number]
        assert [tuple(place) for place in places.tolist()] == made.offsets


@pytest.mark.parametrize("name", NAMES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(texts=st.lists(any_text, max_size=4))
def test_tokens_are_those_of_the_tokenizer(name: str, texts: list[str], tokenizers: dict[str, Path]) -> None:
    check(tokenizers[name], texts)


@pytest.mark.parametrize("name", NAMES)
def test_tokens_of_real_text(name: str, tokenizers: dict[str, Path]) -> None:
    check(tokenizers[name], [*prose()[:200], *ODD])


def test_which_tokens_a_word_has(tokenizers: dict[str, Path]) -> None:
    texts = ["The thankless wren, née Ångström.", "", "我们 the"]
    text = Strings.of(texts)
    begins, ends, bounds = word_bounds(text)
    cutter = load(str(tokenizers["gpt"]))
    found = cutter.tokens(text)
    first, last = found.within(begins, ends)
    words = [plain(tokenizers["gpt"]).decode(found.ids[one:other].tolist()).strip()
             for one, other in zip(first.tolist(), last.tolist(), strict=True)]  # fmt: skip
    assert words == list(text.pieces(begins, ends))
    assert found.lost(begins, ends, bounds).tolist() == [False, False, False]
    # Where nothing stands, there is no token, but a place for one.
    first, last = found.within(begins, begins)
    assert first.tolist() == last.tolist()


def test_words_that_a_tokenizer_drops(tokenizers: dict[str, Path]) -> None:
    text = Strings.of(["one \u0301 two", "one two"])
    begins, ends, bounds = np.array([0, 4, 6, 9, 13]), np.array([3, 5, 9, 12, 16]), np.array([0, 3, 5])
    assert load(str(tokenizers["bert"])).tokens(text).lost(begins, ends, bounds).tolist() == [True, False]


def test_the_name_of_a_special_token_is_text(tokenizers: dict[str, Path]) -> None:
    ids, _ = load(str(tokenizers["gpt"])).ids(Strings.of(["a <|endoftext|> b"]))
    assert id_of(tokenizers["gpt"], "<|endoftext|>") not in ids
    assert plain(tokenizers["gpt"]).decode(ids.tolist()) == "a <|endoftext|> b"


def test_the_special_tokens_around_a_text(tokenizers: dict[str, Path]) -> None:
    frames = {name: [one.tolist() for one in load(str(tokenizers[name])).frame] for name in NAMES}
    assert frames == {"gpt": [[], []], "bert": [[2], [3]], "t5": [[], [1]]}
    ids = np.array([7, 8, 9], np.int32)
    lists = framed(ids, np.array([0, 1]), np.array([1, 3]), load(str(tokenizers["bert"])).frame)
    assert isinstance(lists.items, np.ndarray)
    assert (lists.items.tolist(), lists.bounds.tolist()) == ([2, 7, 3, 2, 8, 9, 3], [0, 3, 7])


def test_nothing_is_left_to_chance(tokenizers: dict[str, Path], tmp_path: Path) -> None:
    made = plain(tokenizers["gpt"]).from_file(str(tokenizers["gpt"]))
    made.model.dropout = 0.5
    made.save(str(tmp_path / "dropout.json"))
    text = Strings.of(["The thankless wren, here and there."])
    found = {tuple(load(str(tmp_path / "dropout.json")).ids(text)[0].tolist()) for _ in range(5)}
    assert found == {tuple(ids_of(tokenizers["gpt"], text[0]))}


def test_a_file_that_changed_is_read_anew(tokenizers: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_bytes(tokenizers["gpt"].read_bytes())
    assert load(str(path)) is load(str(path))
    path.write_bytes(tokenizers["bert"].read_bytes())
    os.utime(path, ns=(1, 1))
    assert load(str(path)).id_of("[MASK]") == 4


def test_what_a_tokenizer_lacks(tokenizers: dict[str, Path]) -> None:
    cutter = load(str(tokenizers["gpt"]))
    assert cutter.find(["[MASK]", "<mask>"]) == cutter.id_of("<mask>") == cutter.id_of("[MASK]", "<mask>")
    assert cutter.find(["[MASK]"]) is None
    with pytest.raises(UsageError, match=r"gpt\.json has no token \[MASK\] or <blank>$"):
        cutter.id_of("[MASK]", "<blank>")


@pytest.mark.parametrize(("content", "said"), [(b"{}", "is no tokenizer file"), (b"\xff", "is no tokenizer file")])
def test_what_is_no_tokenizer(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_bytes(content)
    with pytest.raises(UsageError, match=said):
        load(str(tmp_path / "odd.json"))
    with pytest.raises(UsageError, match="No such file"):
        load(str(tmp_path / "none.json"))


def test_where_the_package_is_missing(monkeypatch: pytest.MonkeyPatch, tokenizers: dict[str, Path]) -> None:
    known = builtins.__import__

    def without(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "tokenizers":
            raise ImportError(name)
        return known(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"needs the package tokenizers: pip install 'sslabel\[tokenizers\]'"):
        Tokenizer(str(tokenizers["gpt"]))
