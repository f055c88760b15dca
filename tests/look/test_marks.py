"""What a task hid is set back in place: the pieces give the source again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sslabel.look.drawing import listing
from sslabel.look.marks import in_brackets, marked
from sslabel.look.parts import Stored
from sslabel.look.previews import preview
from sslabel.recipe import Settings
from sslabel.values import Order, Text, Texts

TEXT = """\
The wren sings. Nobody had heard it, for the rain fell all night, and the river rose above its banks.

Carrying leaves, branches and a whole summer back to the sea, it went by the old house; don't ask me when.

Words and words again, some of them well-known, some of them 3.14 or less, and the last one is this.
"""


def previews(folder: Path, task: str, count: int = 8, text: str = TEXT) -> list[Stored]:
    (folder / "text.txt").write_text(text, "utf-8")
    shown = preview(folder / "text.txt", Settings.read({"task": [task], "min_words": 5}), count)
    return [one for one in shown if isinstance(one, Stored)]


def pieces_of(one: Stored) -> list[tuple[str, str]]:
    values = {name: part.value for name, part in one.parts.items()}
    return list(marked(*one.step, values, one.meta))


@pytest.mark.parametrize(
    "task",
    [
        "fill-in-the-middle",
        "fill-in-the-middle:order=spm,prefix=<P>,suffix=<S>,middle=<M>",
        "masked-word",
        "masked-word:rate=0.5,mask=<mask>",
        "masked-word:rate=0.6,random=0.4,keep=0.3",
        "masked-word:style=spanbert,rate=0.4",
        "masked-word:count=2",
        "span-corruption",
        "span-corruption:rate=0.5,mean_span=2",
        "span-corruption:style=ul2",
        "span-corruption:style=bart,rate=0.3",
        "word-position",
        "word-position:gaps=closed,rate=0.4",
        "restore-text",
    ],
)
def test_the_source_is_read_off_the_pieces(tmp_path: Path, task: str) -> None:
    sources = TEXT.rstrip("\n").split("\n\n")
    shown = previews(tmp_path, task)
    assert len(shown) == 8
    for one in shown:
        pieces = pieces_of(one)
        told = "".join(text for text, kind in pieces if kind != "instead")
        if "ul2" in task:
            told = told[4:]
        assert told in sources
        assert any(kind in {"hidden", "kept"} for _, kind in pieces)


def test_words_that_were_replaced_are_marked(tmp_path: Path) -> None:
    for one in previews(tmp_path, "replaced-word:rate=0.4"):
        replaced = [text for text, kind in pieces_of(one) if kind == "instead"]
        assert len(replaced) == sum(one.parts["label"].value.array.tolist())
        assert "".join(text for text, _ in pieces_of(one)) == one.parts["input"].value.text


def test_the_next_word_stands_behind_its_input(tmp_path: Path) -> None:
    for one in previews(tmp_path, "next-word"):
        assert "".join(text for text, _ in pieces_of(one)) in TEXT


def test_sentences_have_their_numbers(tmp_path: Path) -> None:
    (one, *_) = previews(tmp_path, "sentence-order", text="It rained. It rained again. Then it was over.\n")
    (row,) = (line for line in listing(one) if line.startswith("  input"))
    for number, sentence in enumerate(("It rained.", "It rained again.", "Then it was over.")):
        assert f"{number} {sentence}" in row


def test_scripts_without_spaces_are_marked_too(tmp_path: Path) -> None:
    text = "日本語の文章はこのように書かれている。春眠暁を覚えず、処々啼鳥を聞く。"
    for one in previews(tmp_path, "masked-word:random=0,keep=0,rate=0.5", text=text):
        assert "".join(text for text, _ in pieces_of(one)) == text
    several = [pieces_of(one) for one in previews(tmp_path, "masked-word:random=0.2,keep=0.2,rate=0.4", 30, text)]
    whole = [text == "".join(piece for piece, kind in pieces if kind != "instead") for pieces in several]
    assert sum(whole) >= 24  # in the others, a random word runs into its neighbours
    for pieces in several:
        assert any(kind in {"hidden", "number"} for _, kind in pieces)


@pytest.mark.parametrize(
    ("task", "fields"),
    [
        ("span-corruption", {"input": Text("a <extra_id_7>"), "label": Text("<extra_id_0> b")}),
        ("fill-in-the-middle", {"input": Text("no marker"), "label": Text("b")}),
        ("masked-word", {"input": Text("a")}),
        ("word-position", {"input": Text("____"), "label": Text("x")}),
        ("another", {"input": Text("a"), "label": Text("b")}),
    ],
)
def test_what_does_not_fit_its_label_is_left_as_it_is(task: str, fields: dict[str, Any]) -> None:
    options = {"style": "t5", "mask": "[MASK]", "gaps": "marked", "prefix": "<p>", "suffix": "<s>", "middle": "<m>"}
    assert marked(task, options, fields, {"order": "psm"}) == []


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        ([], ""),
        ([("plain", "plain")], "plain"),
        ([("the ", "plain"), ("cat", "hidden"), (" sat", "plain")], "the [cat] sat"),
        ([("cat", "hidden"), ("bird", "instead")], "[cat → bird]"),
        ([("bird", "instead"), (" sat", "plain")], "[bird] sat"),
        ([("a", "kept"), ("b", "hidden")], "[a][b]"),
    ],
)
def test_brackets_stand_for_colours(pieces: list[Any], shown: str) -> None:
    assert in_brackets(pieces) == shown


def test_numbers_stand_before_what_they_number() -> None:
    fields = {"input": Texts(("b", "a")), "label": Order((1, 0))}
    assert in_brackets(marked("sentence-order", {}, fields, {})) == "1 b\n0 a"
    assert marked("sentence-order", {}, {**fields, "label": Order((1, 0, 2))}, {}) == []


def test_words_have_their_numbers(tmp_path: Path) -> None:
    for one in previews(tmp_path, "word-order"):
        pieces = pieces_of(one)
        numbers = tuple(int(text) for text, kind in pieces if kind == "number")
        assert numbers == one.parts["label"].value.order
        assert "".join(text for text, kind in pieces if kind == "plain") == one.parts["input"].value.text


def test_texts_with_little_in_common_stand_side_by_side() -> None:
    fields = {"input": Text("a b c"), "label": Text("x y z and more")}
    assert marked("restore-text", {}, fields, {}) == []
