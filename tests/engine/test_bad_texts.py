"""Text from end to end: a bad byte, record, passage or range costs itself alone."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sslabel.engine.events import Event, Planned
from sslabel.errors import ErrorRateError
from tests.engine.prose import check_accounts, made, offsets, paragraphs, save
from tests.engine.running import (
    examples,
    quarantine,
    records,
    sources,
    sslabel,
    tree,
)

pytestmark = pytest.mark.usefixtures("own_registry")


def harmful(folder: Path) -> Path:
    """Texts with a passage each on which a task misbehaves, and one without."""
    for how in ("raise", "crash", "hang", "hoard", "behave"):
        first, *rest = paragraphs(6, len(how))
        save(folder / f"{how}.txt", [first, f"MISCHIEF by {how}", *rest])
    return folder


@pytest.mark.parametrize(
    ("task", "noise"),
    [
        ("long-ones", None),
        pytest.param("long-one", None, marks=pytest.mark.slow),
        pytest.param("same", "shout", marks=pytest.mark.slow),
    ],
)
def test_what_misbehaves_on_a_passage_costs_that_passage_or_that_file(
    plugin: Path, tmp_path: Path, task: str, noise: str | None
) -> None:
    folder = harmful(tmp_path / "raw")
    options: dict[str, Any] = {"task": task, "plugin": str(plugin), "noise": noise} if noise else {"task": task}
    options = {"plugin": str(plugin), **options, "shard_size": "1", "deadline": 0.3}
    summary = made(folder, tmp_path / "out", **options, workers=2)
    found = {one["source"]: (one["kind"], one["reason"]) for one in quarantine(tmp_path / "out")}
    assert {name: kind for name, (kind, _) in found.items()} == {
        f"raise.txt#{len(paragraphs(1, 5)[0]) + 2}": "record",
        "crash.txt": "crashed",
        "hang.txt": "deadline",
        "hoard.txt": "memory",
    }
    assert [reason for kind, reason in found.values() if kind == "record"] == ["ValueError: no luck"]
    written = Counter(source.partition("#")[0] for source in sources(tmp_path / "out", task))
    assert written == {"raise.txt": 6, "behave.txt": 7}
    assert (summary.tasks[task]["records_excluded"], summary.excluded) == (1, 3)
    check_accounts(tmp_path / "out", {f"{how}.txt" for how in ("raise", "crash", "hang", "hoard", "behave")})
    for name in ("crash.txt", "hang.txt", "hoard.txt"):
        (folder / name).unlink()
    made(folder, tmp_path / "alone", **options)
    assert examples(tmp_path / "alone", task) == examples(tmp_path / "out", task)


STRANGE = """
import numpy as np
from sslabel import Category, Pair, Sample, Text
from sslabel.blocks import Categories, Lists, Pairs, Strings
from sslabel.registry import noise, reader, task

def is_odd(text):
    return "ODD" in text

def made(passages, **changed):
    given = {"text": passages.text, "index": [0] * len(passages), "note": [1.0] * len(passages)}
    for name, (right, wrong) in changed.items():
        given[name] = [wrong if is_odd(one) else right for one in passages.text]
    labels = Categories(np.array(given["index"], np.int64), ("only",))
    return Pairs(np.arange(len(passages)), {"input": given["text"]}, {"label": labels}, {"note": given["note"]})

def torn(text):
    codes = text.codes.copy()
    for number, one in enumerate(text):
        if is_odd(one):
            codes[text.bounds[number]] = 0xD800
    return Strings(codes, text.bounds)

@task("text", block=True)
def infinite(passages, draws):
    \"\"\"Note what is no number.\"\"\"
    return made(passages, note=(1.0, float("inf")))

@task("text", block=True)
def other_note(passages, draws):
    \"\"\"Note what is of another type.\"\"\"
    return made(passages, note=(1.0, "one"))

@task("text", block=True)
def half_note(passages, draws):
    \"\"\"Note half of a surrogate pair.\"\"\"
    return made(passages, note=("one", chr(0xD800)))

@task("text", block=True)
def no_class(passages, draws):
    \"\"\"Give a class that is not there.\"\"\"
    return made(passages, index=(0, 1))

@task("text", block=True)
def half(passages, draws):
    \"\"\"Give half of a surrogate pair.\"\"\"
    return Pairs(np.arange(len(passages)), {"input": torn(passages.text)}, {"label": passages.text})

@task("text", block=True)
def no_order(passages, draws):
    \"\"\"Give the words without their order.\"\"\"
    return Pairs(np.arange(len(passages)), {"input": passages.text}, {"label": numbers(passages)})

def numbers(passages):
    counts = [0 if is_odd(one) else 2 for one in passages.text]
    return Lists(np.zeros(sum(counts), np.int32), np.cumsum([0, *counts]))

@task("text")
def plain_infinite(text: Text, rng) -> Pair:
    \"\"\"Note what is no number.\"\"\"
    return Pair(text, Category(0, ("only",)), {"note": float("nan") if is_odd(text.text) else 0.5})

@task("text")
def plain_fields(text: Text, rng) -> Pair:
    \"\"\"Give other fields.\"\"\"
    return Pair({"a": text, "b": text} if is_odd(text.text) else text, Category(0, ("only",)))

@task("text")
def plain_half(text: Text, rng) -> Pair:
    \"\"\"Give half of a surrogate pair.\"\"\"
    return Pair(Text(text.text + chr(0xD800)) if is_odd(text.text) else text, Category(0, ("only",)))

@noise("text", block=True)
def tearing(text, draws):
    \"\"\"Leave half of a surrogate pair.\"\"\"
    return torn(text)

@noise("text", block=True)
def losing(text, draws):
    \"\"\"Lose a text.\"\"\"
    return text.take(np.arange(len(text) - any(map(is_odd, text))))

@noise("text")
def nothing(text, rng):
    \"\"\"Leave nothing.\"\"\"
    return None if is_odd(text.text) else text

@reader("text", extensions=[".own"])
def own(file):
    \"\"\"Read texts one by one.\"\"\"
    with file.opened() as raw:
        yield Sample(file.source, Text(raw.readall().decode()), {})
"""
STRANGE_TASKS = [
    *("infinite", "other-note", "half-note", "no-class", "half", "no-order"),
    *("plain-infinite", "plain-fields", "plain-half"),
]


@pytest.mark.parametrize(
    ("form", "noise"),
    [
        ("parquet", None),
        ("webdataset", None),
        ("parquet", "tearing"),
        ("webdataset", "nothing"),
        *(pytest.param("parquet", noise, marks=pytest.mark.slow) for noise in ("losing", "nothing")),
        *(pytest.param("webdataset", noise, marks=pytest.mark.slow) for noise in ("losing", "tearing")),
    ],
)
def test_what_cannot_be_written_costs_its_passage_in_any_format(tmp_path: Path, form: str, noise: str | None) -> None:
    (tmp_path / "strange.py").write_text(STRANGE, "ascii")
    save(tmp_path / "raw" / "a.txt", ["The first of all.", "An ODD one here.", "Another one, the last."])
    (tmp_path / "raw" / "b.own").write_text("A text by itself.", "ascii")
    tasks = STRANGE_TASKS if noise is None else ["restore-text:corruption=none", "word-position"]
    options: dict[str, Any] = {"task": tasks, "plugin": str(tmp_path / "strange.py"), "format": form}
    summary = made(tmp_path / "raw", tmp_path / "out", **options, **({"noise": noise} if noise else {}))
    for name, tally in summary.tasks.items():
        assert (tally["pairs"], tally["records_excluded"], tally["excluded"]) == (3, 1, 0), name
        assert sorted(sources(tmp_path / "out", name)) == ["a.txt#0", "a.txt#37", "b.own"]
    assert {one["source"] for one in quarantine(tmp_path / "out")} == {"a.txt#19"}
    check_accounts(tmp_path / "out", {"a.txt", "b.own"})


def test_an_augment_that_fails_on_a_passage_costs_that_passage_in_every_task(plugin: Path, tmp_path: Path) -> None:
    save(tmp_path / "raw" / "a.txt", [*paragraphs(5), "MISCHIEF to raise", *paragraphs(5, 1)])
    options = {"task": ["long-one", "masked-word"], "augment": "shout", "plugin": str(plugin)}
    summary = made(tmp_path / "raw", tmp_path / "out", **options)
    assert {name: one["records_excluded"] for name, one in summary.tasks.items()} == {"long-one": 1, "masked-word": 1}
    assert {name: one["pairs"] for name, one in summary.tasks.items()} == {"long-one": 10, "masked-word": 10}


def test_a_crash_in_a_range_costs_that_range(plugin: Path, tmp_path: Path) -> None:
    passages = paragraphs(1200, 0, 200)
    passages[-3] = "MISCHIEF by crash"
    path = save(tmp_path / "raw" / "a.txt", passages)
    assert 1 << 20 < path.stat().st_size < 2 << 20
    summary = made(tmp_path / "raw", tmp_path / "out", task="long-ones", plugin=str(plugin), workers=2)
    assert [(one["source"], one["kind"]) for one in quarantine(tmp_path / "out")] == [("a.txt#1048576", "crashed")]
    places = offsets(path.read_text("utf-8"), passages)
    expected = [f"a.txt#{place}" for place in places if place < 1 << 20]
    assert sources(tmp_path / "out", "long-ones") == expected
    assert (summary.sources, summary.excluded) == (2, 1)
    check_accounts(tmp_path / "out", {"a.txt#0", "a.txt#1048576"})


@pytest.mark.parametrize(("rate", "code"), [("0.05", 0), ("0.01", 3)])
def test_a_bad_byte_costs_its_paragraph_and_is_told(tmp_path: Path, rate: str, code: int) -> None:
    passages = paragraphs(30)
    place = offsets("\n\n".join(passages), passages)[7]
    path = save(tmp_path / "raw" / "a.txt", passages)
    data = bytearray(path.read_bytes())
    data[place + 5] = 0xFF
    path.write_bytes(data)
    options = ("--task", "masked-word", "--max-error-rate", rate, "--encoding", "utf-8")
    finished = sslabel("make", tmp_path / "raw", tmp_path / "out", *options)
    assert finished.code == code, finished.err
    assert f"a.txt#{place}: byte {place + 5} is no utf-8" in finished.err
    assert len(examples(tmp_path / "out", "masked-word")) == 29
    (found,) = quarantine(tmp_path / "out")
    assert (found["source"], found["kind"]) == (f"a.txt#{place}", "record")
    assert "29 pairs" in finished.out
    assert ("1 of 30 records were excluded" in finished.err) is bool(code)
    check_accounts(tmp_path / "out", {"a.txt"})


def test_what_cannot_be_read_at_all_is_excluded(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    save(folder / "good.txt", paragraphs(5))
    (folder / "empty.txt").touch()
    (folder / "x.txt").mkdir()
    save(folder / "x.txt" / "inside.txt", paragraphs(2, 1))
    (folder / "blank.txt").write_text(" \n\n \n", "ascii")
    (folder / "cut.json").write_text('[{"text": "a', "ascii")
    (folder / "no.parquet").write_bytes(b"PAR1 no")
    (folder / "columns.csv").write_text("a,b\n1,2\n", "ascii")
    (folder / "empty.txt.gz").write_bytes(gzip.compress(b""))
    names = {"good.txt", "empty.txt", "x.txt/inside.txt", "blank.txt", "cut.json", "no.parquet", "columns.csv"}
    if os.geteuid():
        save(folder / "closed.txt", paragraphs(1)).chmod(0)
        names.add("closed.txt")
    summary = made(folder, tmp_path / "out", task=["masked-word", "word-order"])
    excluded = names - {"good.txt", "x.txt/inside.txt", "blank.txt"} | {"empty.txt.gz"}
    found = quarantine(tmp_path / "out")
    assert {one["source"] for one in found} == excluded
    assert {one["kind"] for one in found} == {"unreadable"}
    assert summary.excluded == len(excluded)
    assert Counter(source.partition("#")[0] for source in sources(tmp_path / "out", "masked-word")) == {
        "good.txt": 5,
        "x.txt/inside.txt": 2,
    }
    check_accounts(tmp_path / "out", names | {"empty.txt.gz"})


def vanish(path: Path) -> None:
    path.unlink()


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def become_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "vanish.txt": (vanish, "gone since it was planned"),
    "grow.txt": (grow, "changed since it was planned"),
    "folder.txt": (become_a_folder, "it cannot be read: Is a directory"),
    "pipe.txt": (become_a_pipe, "no file any more"),
}


def test_what_changes_behind_the_plan_is_excluded(tmp_path: Path) -> None:
    for name in (*CHANGES, "good.txt"):
        save(tmp_path / "raw" / name, paragraphs(4))

    def change(event: Event) -> None:
        for name, (how, _) in CHANGES.items() if isinstance(event, Planned) else ():
            how(tmp_path / "raw" / name)

    made(tmp_path / "raw", tmp_path / "out", task="masked-word", report=change)
    found = {one["source"]: one["reason"] for one in quarantine(tmp_path / "out")}
    assert set(found) == set(CHANGES)
    assert all(CHANGES[name][1] in reason for name, reason in found.items())
    assert {source.partition("#")[0] for source in sources(tmp_path / "out", "masked-word")} == {"good.txt"}
    check_accounts(tmp_path / "out", {*CHANGES, "good.txt"})


def test_of_a_compressed_file_that_is_cut_short_the_rest_is_used(tmp_path: Path) -> None:
    passages = [f"{one} {os.urandom(40).hex()}" for one in paragraphs(400)]
    data = gzip.compress("\n\n".join(passages).encode())
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt.gz").write_bytes(data[: len(data) // 2])
    summary = made(tmp_path / "raw", tmp_path / "out", task="masked-word")
    assert 100 < summary.tasks["masked-word"]["pairs"] < 300
    (found,) = quarantine(tmp_path / "out")
    assert (found["source"], found["kind"]) == ("a.txt.gz", "record")
    assert "cut short" in found["reason"]
    assert sources(tmp_path / "out", "masked-word")[:3] == ["a.txt.gz#0", "a.txt.gz#2", "a.txt.gz#4"]
    check_accounts(tmp_path / "out", {"a.txt.gz"})


BROKEN = [
    b'{"text": "A good one, and the first."}',
    b'{"text": "cut',
    b"not json",
    b"[1, 2]",
    b'{"txt": "another field"}',
    b'{"text": 5}',
    b'{"text": null}',
    b'{"text": "\xff bad bytes"}',
    b'{"text": "half \\ud800"}',
    b'{"text": "A good one, and the last."}',
]


def test_broken_lines_of_json_cost_themselves_alone(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.jsonl").write_bytes(b"\n".join(BROKEN))
    summary = made(tmp_path / "raw", tmp_path / "out", task="word-order", encoding="utf-8")
    starts = [sum(len(one) + 1 for one in BROKEN[:number]) for number in range(len(BROKEN))]
    assert sources(tmp_path / "out", "word-order") == [f"a.jsonl#{starts[0]}", f"a.jsonl#{starts[-1]}"]
    assert [one["source"] for one in quarantine(tmp_path / "out")] == [f"a.jsonl#{one}" for one in starts[1:-1]]
    assert summary.tasks["word-order"]["records_excluded"] == 8
    with pytest.raises(ErrorRateError, match="8 of 10 records were excluded"):
        made(tmp_path / "raw", tmp_path / "strict", task="word-order", encoding="utf-8", max_error_rate=0.5)
    check_accounts(tmp_path / "out", {"a.jsonl"})


@pytest.mark.parametrize("count", [3000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_flood_of_bad_records_is_counted_and_no_more_than_a_hundred_named(tmp_path: Path, count: int) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.jsonl.gz").write_bytes(gzip.compress(b'{"text": "One good record."}\n' + b"x\n" * count))
    summary = made(tmp_path / "raw", tmp_path / "out", task="word-order")
    assert summary.tasks["word-order"]["records_excluded"] == count
    (record,) = records(tmp_path / "out")
    assert len(record["excluded"]) == 101
    assert record["excluded"][-1]["reason"] == f"{count - 100} more records of this source"
    assert (record["records_excluded"], record["pairs"]) == (count, 1)
    assert max(len(data) for data in tree(tmp_path / "out").values()) < 100_000
