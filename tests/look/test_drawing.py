"""An example on a screen: all of it is there, it fits, and nothing in it touches the terminal."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sslabel.look.drawing import listing, panels
from sslabel.look.parts import Part, Stored, Unread, line_of
from sslabel.values import Category, ClassMap, Mask, Numbers, Order, Picture, Text, Texts, Value
from tests.look.showing import SGR, lines, screen, stored, unseen, widest

PHOTO = Picture(np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8))
LONG = "the wren sings of a small bird and a loud one " * 20


def everything() -> Stored:
    """An example with a field of each kind."""
    return stored(
        {
            "input": PHOTO,
            "input_mask": Mask(np.eye(48, 64, dtype=np.uint8) * np.uint8(255)),
            "input_patches": Mask(np.eye(3, 4, dtype=np.uint8) * np.uint8(255)),
            "label": Category(1, ("cat", "dog")),
            "label_map": ClassMap(np.arange(12, dtype=np.uint16).reshape(3, 4)),
            "label_order": Order((2, 0, 1)),
            "label_text": Text(LONG),
            "label_words": Texts(("one", "two")),
            "label_ab": Numbers(np.zeros((5, 6, 2), np.float32)),
            "label_corners": Numbers(np.arange(8, dtype=np.float32).reshape(4, 2)),
            "label_ids": Numbers(np.arange(300, dtype=np.int32)),
            "folder": Text("birds"),
        },
        source="birds/a.jpg",
        task="some",
        copy=2,
        augment="",
        noise="gaussian-noise(sigma=0.08) > hue(shift=-0.03)",
        left=3,
        ratio=0.2494094,
        times="0.1 0.2",
    )


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("images", ["blocks", "ascii", None])
def test_all_that_an_example_has_is_shown_and_fits(width: int, images: Any) -> None:
    shown = screen(everything(), images, width)
    assert widest(shown) <= width
    text = " ".join(" ".join(lines(shown)).split())
    words = ("dog (class 1 of 2)", "2 0 1", "one · two", "birds", "gaussian-noise(sigma=0.08) > hue(shift=-0.03)")
    for one in (
        *words,
        "left=3",
        "ratio=0.249409",
        'times="0.1 0.2"',
        "0 1 · 2 3 · 4 5 · 6 7",
        "5×6×2 float32, 0 to 0",
    ):
        assert one.replace(" ", "") in text.replace(" ", "")
    assert "some · birds/a.jpg · copy 2" in text
    assert ("▀" in shown) == (images == "blocks")


def test_without_colours_nothing_is_sent_but_text() -> None:
    assert "\x1b" not in screen(everything(), "ascii", color=False)


def test_a_listing_has_a_line_a_field_and_decodes_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    one = everything()
    monkeypatch.setattr("sslabel.codecs._decode_pixels", lambda _: pytest.fail("a picture was decoded"))
    shown = listing(one)
    assert [line.split()[0] for line in shown[1:]] == [*one.parts, "noise", "notes"]
    assert shown[1].split()[1:3] == ["64×48", "png"]
    assert "\x1b" not in "".join(shown)


def test_masks_lie_over_the_picture_they_belong_to() -> None:
    found = {panel.caption: panel for group in panels(everything()) for panel in group}
    assert list(found) == ["input", "input_mask on input", "input_patches on input", "label_map"]
    assert found["input"].hidden is None
    assert found["input_mask on input"].hidden is not None
    (alone,) = panels(stored({"input": PHOTO, "input_mask": Mask(np.zeros((9, 64), np.uint8))}))
    assert [(panel.caption, panel.hidden) for panel in alone] == [("input", None), ("input_mask", None)]
    (other,) = panels(stored({"input": PHOTO, "input_mask": Mask(np.zeros((48, 64), np.uint8)), "label": PHOTO}))
    assert [panel.caption for panel in other] == ["input", "input_mask on label", "label"]


def test_hidden_words_are_in_colour_or_in_brackets() -> None:
    fields: dict[str, Value] = {
        "input": Text("The [MASK] sat."),
        "label": Texts(("cat",)),
        "label_position": Numbers(np.array([1], np.int32)),
    }
    one = stored(fields, "masked-word", {"mask": "[MASK]"})
    assert "The \x1b[30;42mcat\x1b[0m sat." in screen(one)
    assert "The [cat] sat." in screen(one, color=False)
    assert "  input, marked   The [cat] sat." in listing(one)


def test_a_key_is_never_cut() -> None:
    one = stored({"label": Text("a")}, source="a/long/name/of/a/folder/and/of/a/photo.jpg", copy=3)
    wide, narrow, least = (lines(screen(one, width=width)) for width in (140, 80, 50))
    assert wide[0].startswith(
        f"some · a/long/name/of/a/folder/and/of/a/photo.jpg · copy 3 · train-000000.tar · {one.key} ─"
    )
    assert narrow[0].startswith("some · a/long/name/of/a/folder/and/of/a/photo.jpg · copy 3 · train-000000.tar ─")
    assert narrow[-1].split() == ["key", one.key]
    assert [line.split() for line in least[-2:]] == [["shard", "train-000000.tar"], ["key", one.key]]
    assert "…" in least[0]


def test_pictures_of_one_kind_are_one_line() -> None:
    frames = stored({**{f"input_{number}": PHOTO for number in range(4)}, "label": PHOTO})
    assert "pictures  input_0 to input_3, label 64×48 png" in "\n".join(lines(screen(frames)))
    torn = Part("label", "picture", "png", 4000, lambda: b"torn", lambda _: None)
    assert listing(Stored("k", {"label": torn}, dict))[-1] == "  label  png 4.0 kB, not a whole picture"


def test_words_stand_in_a_row_and_passages_below_each_other() -> None:
    words, passages = Texts(("word",) * 40), Texts(("a passage of more than thirty-two letters", "another"))
    shown = listing(stored({"input": words, "label": passages}))
    assert shown[1:] == ["  input  " + " · ".join(words.texts), "  label  · " + "\\n· ".join(passages.texts)]


def test_long_rows_of_numbers_are_cut_with_their_length() -> None:
    part = Part("vector", "json", "", 0, lambda: [0.1 + 0.2] * 768, lambda cell: cell)
    other = Part("ids", "json", "", 0, lambda: list(range(300)), lambda cell: cell)
    shown = listing(Stored("k", {"vector": part, "ids": other}, dict))
    assert shown[1] == "  vector  " + "0.3 " * 32 + "… 736 more"
    assert shown[2].endswith(" 254 255 … 44 more")


def test_long_texts_are_cut_with_their_length() -> None:
    text = " ".join(lines(screen(stored({"label": Text("x" * 12_345)}))))
    assert "… 10,345 more characters" in text


def test_json_has_text_as_text_and_pictures_as_what_they_are() -> None:
    told = json.loads(line_of(everything()))
    assert told["fields"]["label"] == {"index": 1, "name": "dog"}
    assert told["fields"]["label_text"] == LONG
    assert told["fields"]["label_words"] == ["one", "two"]
    assert told["fields"]["label_order"] == [2, 0, 1]
    assert told["fields"]["label_ids"] == list(range(300))
    assert told["fields"]["label_ab"] == {"shape": [5, 6, 2], "dtype": "float32", "min": 0.0, "max": 0.0}
    picture = told["fields"]["input"]
    assert (picture["kind"], picture["extension"], picture["width"], picture["height"]) == ("picture", "png", 64, 48)
    assert picture["bytes"] > 1000
    assert (told["source"], told["meta"]["left"], told["key"]) == ("birds/a.jpg", 3, "k" * 32)


any_text = st.text(st.characters(exclude_categories=()), max_size=60)  # surrogates too
encodable = st.text(max_size=60)


@settings(max_examples=60)
@given(encodable, encodable, any_text, any_text, any_text, st.sampled_from([20, 80]), st.booleans())
def test_no_control_character_reaches_the_terminal(  # noqa: PLR0913, PLR0917
    text: str, name: str, source: str, noise: str, why: str, width: int, color: bool
) -> None:
    one = stored(
        {
            "input": Text(text),
            "label": Category(0, (name, "b")),
            "label_words": Texts((text, name)),
            "input_picture": PHOTO,
        },
        "masked-word",
        {"mask": name},
        source=source,
        noise=noise,
        **{f"note {why}": why},
    )
    refused = Part(why, "other", source, 3, bytes, lambda _: Unread(f"ValueError: {why}"))
    one = Stored(
        source,
        {**one.parts, f"{name}.png": one.parts["input_picture"], why: refused},
        one.read_meta,
        name,
        name,
        noise,
        one.step,
    )
    shown = screen(one, "blocks", width, color=color)
    for sent in (SGR.sub("", shown), "\n".join(listing(one))):
        sent.encode("utf-8")
        assert unseen(sent.replace("\n", "")) == []
    assert line_of(one).isascii()
    assert line_of(one).isprintable()
    assert widest(shown) <= width
