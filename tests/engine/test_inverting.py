"""The labels of the files that a run wrote, put back: every passage of every text, byte for byte.

Passages are found in the raw files, and examples in the shards, without any code of the tool.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.running import Members, examples, meta, records, sslabel
from tests.noise.text.texts import ODD, between_of, words_of

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT.parent / "shared" / "corpora" / "text"
SAMPLES = ROOT / "sample_data" / "texts"
LANGUAGES = (
    "Mr. Brown didn't pay $3.50 (or 1,200 yen) at 5:30 p.m. “Why not?” she asked. It's the U.S. of old, e.g. a_b.",
    "Am 3. Oktober wurde Dr. Müller z. B. nach § 5 befragt. „Wirklich?“, fragte sie. Die Straßenbahn hält nicht.",
    "В 1999 г. А. С. Пушкин и др. жили на ул. Ленина. «Почему?» — спросила она. Кто-то пришёл по-русски.",
    "كَتَبَ الدكتور أحمد (١٢٣٫٤ دينار) رسالةً في ٣ أكتوبر. هل وصلت؟ قال: «نعم، وصلت!» ثم غادر المدينة.",
    "डॉ. शर्मा ने ₹१,२५० दिए। क्या आप ठीक हैं? उसने कहा, “हाँ, मैं ठीक हूँ।” वह स्कूल गया॥",
    "我们在2020年3月5日提出了一个新的方法（见图1）。他问：“为什么？”她说：“因为3.14是π的近似值。”真的吗？",
    "私は2020年3月5日に東京大学へ行きました。「なぜ？」と彼女は聞いた。『吾輩は猫である。』という小説。",
    "ดร.สมชายไปโรงเรียนเมื่อวันที่ ๓ ต.ค. เขาถามว่า “ทำไม?” ฉันรักประเทศไทย\nกรุงเทพมหานครเป็นเมืองหลวง",
    "I ❤️ 👩‍👩‍👧 and 🇩🇪🇫🇷 flags 👍🏽! e\u0301tude cafe\u0301. 𠮷野家 𝕏𝕐 math. नमस्ते\u200dजी می\u200cخواهم. x² ½ A\xadB",
)
TASKS = {
    "masked-word": "masked-word",
    "cloze": "cloze@masked-word:count=2",
    "spanbert": "spanbert@masked-word:style=spanbert",
    "t5": "t5@span-corruption",
    "ul2": "ul2@span-corruption:style=ul2",
    "bart": "bart@span-corruption:style=bart,rate=0.3",
    "fim": "fim@fill-in-the-middle",
    "marked": "marked@word-position",
    "closed": "closed@word-position:gaps=closed",
    "word-order": "word-order",
    "near": "near@word-order:window=2",
    "sentence-order": "sentence-order",
    "replaced-word": "replaced-word",
    "next-word": "next-word:per_passage=2,max_context=1000000",
}
MOST = 1000  # code points that stand for what is hidden
WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def trimmed(text: str) -> str:
    return re.sub(rf"\A[{WHITE}]+|[{WHITE}]+\Z", "", text)


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """What stands between blank lines, and the code point at which each begins."""
    at = 0
    open_lines = ""
    for line in [*re.findall(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", text), ""]:
        if trimmed(line):
            open_lines += line
            continue
        if open_lines:
            one = trimmed(open_lines)
            yield at + open_lines.index(one), one
        at += len(open_lines) + len(line)
        open_lines = ""


def passages_of(path: Path) -> dict[str, str]:
    """The passages of a raw file, by what the tool should call them."""
    raw = path.read_bytes()
    if path.suffix in (".txt", ".md"):
        text = raw.decode()
        return {f"{path.name}#{len(text[:at].encode())}": one for at, one in paragraphs(text)}
    if path.suffix == ".jsonl":
        lines = raw.split(b"\n")
        places = [sum(len(one) + 1 for one in lines[:number]) for number in range(len(lines))]
        rows = [(place, json.loads(one)) for place, one in zip(places, lines, strict=True) if one]
    else:
        rows = [(number, {"text": one}) for number, one in enumerate(json.loads(raw))]
    found = {}
    for place, row in rows:
        for number, (_, one) in enumerate(paragraphs(row["text"])):
            found[f"{path.name}#{place}.{number}" if number else f"{path.name}#{place}"] = one
    return found


def text(files: Members, field: str) -> str:
    return next(data.decode() for name, data in files.items() if name in (field, f"{field}.txt"))


def values(files: Members, field: str) -> Any:
    return next(json.loads(data) for name, data in files.items() if name in (field, f"{field}.json"))


def kept_of(words: list[str], between: list[str], hidden: Container[int]) -> list[str]:
    """What stands before, between and behind the hidden words."""
    kept = [between[0]]
    for at, (word, gap) in enumerate(zip(words, between[1:], strict=True)):
        kept[-1:] = [kept[-1], gap] if at in hidden else [kept[-1] + word + gap]
    return kept


def stand_in(shown: str, pieces: list[str], *, least: int = 1) -> bool:
    """Whether a text is these pieces with something between each two, of at least so many code points.

    A short piece may stand in what is between, too: so all places are followed at which it may end.
    """
    ends = [len(pieces[0])] if shown.startswith(pieces[0]) else []
    for piece in pieces[1:]:
        found: list[int] = []
        at = shown.find(piece, ends[0] + least) if ends else -1
        while 0 <= at <= ends[-1] + MOST:
            before = bisect_right(ends, at - least)
            if before and ends[before - 1] >= at - MOST:
                found.append(at + len(piece))
            at = shown.find(piece, at + 1)
        ends = found
    return len(shown) in ends


# What the files of an example say that the passage was; where they cannot say it alone, they are given the passage.


def of_masks(source: str, files: Members) -> str:
    """Each hidden word in its place among the words, whatever stands there."""
    words, between = words_of(source), between_of(source)
    hidden = dict(zip(values(files, "label_position"), values(files, "label"), strict=True))
    assert list(hidden) == sorted(hidden)
    assert all(words[at] == word for at, word in hidden.items())
    assert stand_in(text(files, "input"), kept_of(words, between, hidden))
    return between[0] + "".join(hidden.get(at, word) + between[at + 1] for at, word in enumerate(words))


def of_cloze(_: str, files: Members) -> str:
    return filled(text(files, "input"), "[MASK]", values(files, "label"))


def filled(shown: str, gap: str, words: list[str]) -> str:
    parts = shown.split(gap)
    assert len(parts) == len(words) + 1
    return "".join(part + word for part, word in zip(parts, [*words, ""], strict=True))


def of_spans(_: str, files: Members) -> str:
    spans = re.split(r"(?:\A| )<extra_id_\d+> ", text(files, "label"))[1:]
    return re.sub(r"<extra_id_(\d+)>", lambda match: spans[int(match[1])], text(files, "input"))


def of_modes(source: str, files: Members) -> str:
    found = of_spans(source, files)
    assert re.match(r"\[[RSX]\] ", found)
    return found[4:]


def of_whole(source: str, files: Members) -> str:
    """The label is the passage, and the input has masks for parts of it, or for none and a space behind."""
    parts = [one.replace(" ", "") for one in text(files, "input").split("<mask>")]
    assert stand_in(source.replace(" ", ""), parts, least=0)
    return text(files, "label")


def of_middle(_: str, files: Members) -> str:
    shown, middle = text(files, "input"), text(files, "label")
    order = meta(files)["order"]
    pattern = {
        "psm": r"<\|fim_prefix\|>(?P<prefix>.*)<\|fim_suffix\|>(?P<suffix>.*)<\|fim_middle\|>",
        "spm": r"<\|fim_prefix\|><\|fim_suffix\|>(?P<suffix>.*)<\|fim_middle\|>(?P<prefix>.*)",
    }[order]
    match = re.fullmatch(pattern, shown, re.DOTALL)
    assert match
    return match["prefix"] + middle + match["suffix"]


def of_gaps(_: str, files: Members) -> str:
    pairs = sorted(zip(values(files, "label"), values(files, "input_words"), strict=True))
    return filled(text(files, "input"), "____", [word for _, word in pairs])


def of_closed_gaps(_: str, files: Members) -> str:
    shown = text(files, "input")
    for at, word in sorted(zip(values(files, "label"), values(files, "input_words"), strict=True)):
        words, between = words_of(shown), between_of(shown)
        before = "".join(gap + one for gap, one in zip(between[:at], words[:at], strict=True))
        shown = f"{before} {word}{shown[len(before) :]}"
    return shown


def of_order(source: str, files: Members) -> str:
    """The words back where the label says that they came from, among what stands between them."""
    words, between = words_of(source), between_of(source)
    order = values(files, "label")
    assert sorted(order) == list(range(len(words)))
    assert text(files, "input") == between[0] + "".join(
        words[one] + gap for one, gap in zip(order, between[1:], strict=True)
    )
    assert order != sorted(order)
    return text(files, "label_text")


def of_sentences(source: str, files: Members) -> str:
    """The sentences in their order; they say nothing of the white space between them."""
    shown, order = values(files, "input"), values(files, "label")
    back = [shown[order.index(at)] for at in range(len(order))]
    found = re.search(rf"[{WHITE}]*".join(map(re.escape, back)), source)
    assert found
    return source[: found.start()] + found[0] + source[found.end() :]


def of_replaced(source: str, files: Members) -> str:
    """The words that were not replaced, and what stands between words, are the source's."""
    words, between = words_of(source), between_of(source)
    label = values(files, "label")
    assert len(label) == len(words)
    shown = text(files, "input")
    assert stand_in(shown, kept_of(words, between, {at for at, wrong in enumerate(label) if wrong}))
    assert (shown == source) is (1 not in label)
    return source


def of_next(source: str, files: Members) -> str:
    begin = text(files, "input") + text(files, "label")
    assert words_of(source)[meta(files)["position"]] == text(files, "label")
    return begin + source[len(begin) :]


INVERSE: dict[str, Callable[[str, Members], str]] = {
    "masked-word": of_masks,
    "cloze": of_cloze,
    "spanbert": of_masks,
    "t5": of_spans,
    "ul2": of_modes,
    "bart": of_whole,
    "fim": of_middle,
    "marked": of_gaps,
    "closed": of_closed_gaps,
    "word-order": of_order,
    "near": of_order,
    "sentence-order": of_sentences,
    "replaced-word": of_replaced,
    "next-word": of_next,
}


def check(raw: Path, out: Path, form: str) -> None:
    """Make all pairs of a folder of texts, and find every passage in them again, or skipped."""
    tasks = [option for one in TASKS.values() for option in ("--task", one)]
    sizes = ("--max-words", 10_000_000, "--shard-size", "4MB")
    finished = sslabel("make", raw, out, *tasks, *sizes, "--format", form, "--workers", 1)
    assert finished.code == 0, finished.err
    passages = {name: one for path in raw.iterdir() for name, one in passages_of(path).items()}
    for task, inverse in INVERSE.items():
        seen = set()
        for files in examples(out, task).values():
            name = meta(files)["source"]
            seen.add(name)
            assert inverse(passages[name], files) == passages[name], (task, name)
        skipped = sum(count for record in records(out, task) for count in record["samples_skipped"].values())
        assert len(seen) + skipped == len(passages)
        # Where words are not parted by spaces, none can be taken out unseen; and many passages are one sentence.
        assert seen or task in ("closed", "sentence-order")
        assert len(seen) > len(passages) // 4 or task not in ("masked-word", "t5", "fim", "word-order", "replaced-word")


@pytest.mark.parametrize("form", ["parquet", pytest.param("webdataset", marks=pytest.mark.slow)])
def test_every_language_and_every_odd_text_comes_back(tmp_path: Path, form: str) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    odd = [one for one in ODD if trimmed(one)]
    (raw / "some.txt").write_bytes("\n\n".join([*LANGUAGES, *odd, *LANGUAGES]).encode())
    rows = [json.dumps({"text": one}, ensure_ascii=number % 2 == 0) for number, one in enumerate([*odd, *LANGUAGES])]
    (raw / "more.jsonl").write_bytes("\n".join(rows).encode())
    check(raw, tmp_path / "out", form)


def real() -> list[Path]:
    return [*sorted(SAMPLES.glob("*")), *sorted(CORPORA.glob("*.txt")), *sorted(CORPORA.glob("*.json*"))]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["parquet", "webdataset"])
@pytest.mark.parametrize("path", real(), ids=lambda path: path.name)
def test_every_real_text_comes_back(tmp_path: Path, path: Path, form: str) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    data = path.read_bytes()
    if path.suffix == ".json":
        # Of each poem its lines, which are a list there.
        data = json.dumps(["\n".join(one["content"]) for one in json.loads(data)]).encode()
    (raw / path.name).write_bytes(data)
    check(raw, tmp_path / "out", form)
