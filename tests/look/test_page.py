"""The page is one file in which nothing but our own tags stand, whatever the data say."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sslabel as tool
from sslabel.errors import DamageError, TryLaterError, UsageError
from sslabel.look.figures import figure
from sslabel.look.markup import escaped, tag
from sslabel.look.page import unplaced, write_page
from sslabel.values import Mask, Order, Picture, Texts, Value
from tests.look.handmade import Strings, write_out
from tests.look.showing import stored

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "h4", "p", "div", "span"),
    *(
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "dl",
        "dt",
        "dd",
        "ol",
        "li",
        "pre",
        "code",
        "strong",
        "mark",
        "del",
    ),
    *("figure", "figcaption", "img", "svg", "rect", "a", "bdi"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "scope", "href", "id", "class", "src", "alt", "dir", "start"),
    *("width", "height", "viewbox", "preserveaspectratio", "aria-hidden"),
}
VOID = {"meta", "img", "rect"}
ODD = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>", "<!--", "&lt;b&gt;", "\x1b[31m")


class Reader(HTMLParser):
    """What a page is made of: its tags, its attributes, its text, and whether each tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    handle_pi = unknown_decl

    def values(self, name: str) -> list[str]:
        return [value for _, one, value in self.attributes if one == name]


def check(page: str) -> Reader:
    """Find only our own tags in a page, and nothing that could load or run anything."""
    read = Reader(page)
    assert set(read.tags) <= TAGS
    assert {name for _, name, _ in read.attributes} <= ATTRIBUTES
    assert all(re.fullmatch(r"data:image/webp;base64,[A-Za-z0-9+/=]+", one) for one in read.values("src"))
    assert all(re.fullmatch(r"#task-\d+", one) for one in read.values("href"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    assert [tag for tag, name, _ in read.attributes if name == "http-equiv"] == ["meta"]
    return read


def page_of(out: Path, file: Path, **options: Any) -> str:
    made = write_page(out, file, **options)
    data = file.read_bytes()
    assert made.bytes == len(data)
    return data.decode("utf-8")


PREFIXED = st.builds("{}{}".format, st.text(max_size=5), st.sampled_from(ODD))
ANY = st.one_of(st.text(max_size=40), st.sampled_from(ODD), PREFIXED)
WRITTEN = ANY.filter(lambda text: not re.search("[\ud800-\udfff]", text))


@settings(max_examples=40)
@given(
    st.builds(
        Strings,
        text=WRITTEN,
        other=WRITTEN,
        names=st.lists(ANY, min_size=1, max_size=3, unique=True).map(tuple),
        source=WRITTEN,
        reason=ANY,
        noise=WRITTEN,
        option=ANY,
    ),
    st.sampled_from(["webdataset", "parquet"]),
)
def test_any_string_anywhere_stays_text(tmp_path_factory: pytest.TempPathFactory, strings: Strings, form: str) -> None:
    folder = tmp_path_factory.mktemp("page")
    page = page_of(write_out(folder / "out", strings, form=form), folder / "page.html")
    read = check(page)
    assert strings.names[0].strip() in read.text or not strings.names[0].isprintable()
    shutil.rmtree(folder)


@given(ANY)
def test_what_is_escaped_is_read_back(text: str) -> None:
    made = escaped(text)
    made.encode("utf-8")
    if text.isprintable():
        assert Reader(f"<p>{made}</p>").text == text
    assert escaped(made) is made
    assert Reader(tag("p", text, alt=text)).tags == ["p"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\nb\tc", "a\nb\tc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r", "a\\x0d"),
        ("abc\u202ecod.exe", "abc\\u202ecod.exe"),
        ("\ud800", "\\ud800"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("<&>\"'", "&lt;&amp;&gt;&quot;&#x27;"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.parametrize("task", [one for one in ODD if "/" not in one])
def test_the_name_of_a_task_stays_text(tmp_path: Path, task: str) -> None:
    read = check(page_of(write_out(tmp_path / "out", Strings(task=task)), tmp_path / "page.html"))
    assert task.replace("\x1b", "\\x1b") in read.text


def test_the_style_is_the_one_that_the_policy_allows(tmp_path: Path) -> None:
    page = page_of(write_out(tmp_path / "out", Strings()), tmp_path / "page.html")
    (policy,) = [one for one in Reader(page).values("content") if "default-src" in one]
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}';")
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert "style=" not in page


def test_everything_is_on_the_page(tmp_path: Path) -> None:
    strings = Strings(names=("left", "right"), text="hello", reason="torn at /home/ann/raw/b.jpg", option="chosen")
    out = write_out(tmp_path / "out", strings, shards=2, missing=1)
    made = write_page(out, tmp_path / "page.html", count=3)
    read = check((tmp_path / "page.html").read_text("utf-8"))
    assert made.in_words.startswith("6 examples of 1 task, ")
    assert read.tags.count("figure") == 6
    for text in (
        "label: left",
        "label: right",
        "8 pairs in 2 of 3 shards",
        "noise hue",
        "-0.03",
        "cannot be read",
        "torn at b.jpg",
        "own: chosen",
        "numpy",
        "4 samples",
        "1 0 2",
    ):
        assert text in read.text, text
    alts = read.values("alt")
    assert len(alts) == read.tags.count("img") == 12
    assert "input_picture: a picture of 16×12 pixels" in alts
    assert "input_mask: a mask that hides 33%, in red" in alts
    assert read.attributes[0] == ("html", "lang", "en")


def test_what_was_hidden_in_a_text_is_set_back_and_marked(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The wren sings over <b>the</b> river and nobody hears it at all.", "utf-8")
    tool.make(tmp_path / "a.txt", tmp_path / "out", task="masked-word:random=0,keep=0,rate=0.3")
    (one,) = tool.read(tmp_path / "out")
    page = page_of(tmp_path / "out", tmp_path / "page.html")
    check(page)
    hidden = one["label"]
    assert isinstance(hidden, Texts)
    assert re.findall("<mark>(.*?)</mark>", page) == [escaped(word) for word in hidden.texts]
    assert "[MASK]" not in page.split("<h3>Numbers")[0]


def test_the_same_seed_shows_the_same_and_another_shows_others(tmp_path: Path) -> None:
    out = write_out(tmp_path / "out", Strings(), pairs=30)
    first, same, other = (page_of(out, tmp_path / "p.html", seed=seed, count=2) for seed in (1, 1, 2))
    assert first == same != other
    assert page_of(out, tmp_path / "p.html", count=0).count("<figure") == 0


@pytest.mark.parametrize("form", ["webdataset", "parquet"])
def test_examples_stand_under_their_class(photos: Path, tmp_path: Path, form: str) -> None:
    tool.make(photos, tmp_path / "out", task="rotation:all_turns=true", format=form, shard_size="30kB", size=64)
    page = page_of(tmp_path / "out", tmp_path / "page.html", count=3)
    parts = re.split(r"<h4>label: <bdi>(\d+)</bdi></h4>", page)
    assert parts[1::2] == ["0", "90", "180", "270"]
    for name, part in zip(parts[1::2], parts[2::2], strict=True):
        assert part.count("<figure>") == 3
        assert part.count(f"<strong>{name}</strong>") == 3


def test_examples_of_which_each_has_a_class_of_its_own_stand_side_by_side(photos: Path, tmp_path: Path) -> None:
    tool.make(photos, tmp_path / "out", task="rotation:all_turns=true", size=64)
    page = page_of(tmp_path / "out", tmp_path / "page.html", count=1)
    check(page)
    (gallery,) = page.split('<div class="gallery">')[1:]
    assert gallery.count("<figure>") == 4
    assert "<h4>label:" not in page


def test_pictures_are_small_and_encoded_anew(photos: Path, tmp_path: Path) -> None:
    tool.make(photos, tmp_path / "out", task=["inpaint", "colorize:as=ab", "views"])
    read = check(page_of(tmp_path / "out", tmp_path / "page.html"))
    for source in read.values("src"):
        data = base64.b64decode(source.partition(",")[2])
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        assert max(pixels.shape[:2]) <= 176


def test_where_there_is_no_room_all_classes_lose_alike_and_the_page_says_so(photos: Path, tmp_path: Path) -> None:
    tool.make(photos, tmp_path / "out", task="rotation:all_turns=true", size=64)
    made = write_page(tmp_path / "out", tmp_path / "page.html", count=5, most_bytes=15_000)
    page = (tmp_path / "page.html").read_text("utf-8")
    counts = [part.count("<figure>") for part in page.split("<h4>label:")[1:]]
    assert made.examples == sum(counts) > 0
    assert max(counts) - min(counts) <= 1
    assert f"{20 - made.examples} of 20 examples are left out to keep this page small." in page
    assert f"({20 - made.examples} left out to keep it small)" in made.in_words


def test_nothing_says_where_or_whose_it_is(photos: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(photos, raw)
    (raw / "bad.jpg").write_bytes(b"bad")
    tool.make(raw, tmp_path / "out", task="rotation", max_error_rate=1)
    page = page_of(tmp_path / "out", tmp_path / "page.html")
    assert "bad.jpg" in page
    assert str(tmp_path) not in page
    assert tmp_path.name not in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no path", "no path"),
        ("and/or", "and/or"),
        ("nature/dahlia.jpg", "nature/dahlia.jpg"),
        ("cannot open '/home/ann/raw/a b.jpg'", "cannot open 'a b.jpg'"),
        ("[Errno 2] /home/ann/raw/a.jpg: gone", "[Errno 2] a.jpg: gone"),
        (r"C:\Users\ann\a.jpg", "a.jpg"),
        ("~/models/tokenizer.json", "tokenizer.json"),
        ("s3://bucket/a/b.tar", "s3://bucket/a/b.tar"),
        ("3/4 of it", "3/4 of it"),
        ("</b>", "</b>"),
    ],
)
def test_of_paths_the_last_part_stays(text: str, shown: str) -> None:
    assert unplaced(text) == shown


def test_a_page_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    out = write_out(tmp_path / "out", Strings())
    page = tmp_path / "page.html"
    page.write_text("before")
    shard = out / "handmade" / "train-000000.tar"
    shard.write_bytes(shard.read_bytes()[:-9000] + bytes(9000))
    shard.write_bytes(b"\xa5" * shard.stat().st_size)
    with pytest.raises(DamageError):
        write_page(out, page)
    assert page.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "page.html"]


def test_where_a_page_cannot_be_written_it_is_said(tmp_path: Path) -> None:
    out = write_out(tmp_path / "out", Strings())
    for file in (tmp_path, tmp_path / "none" / "page.html"):
        with pytest.raises(UsageError, match="a file in a folder that is there is needed"):
            write_page(out, file)
    with pytest.raises(TryLaterError):
        write_page(out, tmp_path / ("x" * 300))


def test_frames_have_their_numbers_and_a_mask_lies_over_them() -> None:
    frame, mask = Picture(np.zeros((32, 48, 3), np.uint8)), Mask(np.full((2, 3), 255, np.uint8))
    fields: dict[str, Value] = {"input_0": frame, "input_1": frame, "input_mask": mask, "label": Order((1, 0))}
    page = str(figure(stored(fields)))
    assert re.findall(r"<strong>(\d)</strong>", page) == ["1", "0"]
    alts = Reader(page).values("alt")
    assert alts == [f"input_{number}: a picture, of which a mask hides 100%, in red" for number in (0, 1)]
