"""Text from end to end: the same bytes whatever happens, and what is made of which passage."""

from __future__ import annotations

import gzip
import os
import re
import signal
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sslabel as tool
from sslabel.engine.events import DryRun
from sslabel.engine.sources import Roots, list_sources
from sslabel.readers.text import texts
from sslabel.values import Numbers, Text, Texts
from tests.engine.drawing import save_photo
from tests.engine.prose import check_accounts, library, made, offsets, paragraphs, save, save_lines
from tests.engine.running import (
    Job,
    ended,
    ends_undisturbed,
    examples,
    meta,
    python_path,
    quarantine,
    records,
    script,
    shard_hashes,
    sources,
    sslabel,
    tree,
    until,
)

pytestmark = pytest.mark.usefixtures("own_registry")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five texts in three folders."""
    return library(tmp_path_factory.mktemp("library") / "raw")


def content(found: Any) -> list[Any]:
    return sorted((one.key, repr(one.fields), repr(one.meta)) for one in found)


# The same bytes

TASKS = ("--task", "masked-word", "--task", "word-order", "--task", "short@masked-word:rate=0.2..0.5")
NOISES = ("--noise", "keyboard-typos:rate=0.01..0.1", "--noise", "change-case:p=0.5", "--augment", "swap-letters:p=0.3")
OPTIONS = (*TASKS, *NOISES, "--copies", 2, "--split", "train=0.6,test=0.4", "--seed", 5, "--keep", "folder")


@pytest.fixture(scope="module")
def forms(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The output of a run with one worker, in each format."""
    found = {}
    for form in ("parquet", "webdataset"):
        found[form] = tmp_path_factory.mktemp(form) / "out"
        finished = sslabel("make", raw, found[form], *OPTIONS, "--format", form, "--shard-size", "1", "--workers", 1)
        assert (finished.code, finished.err) == (0, "")
        assert len(shard_hashes(found[form])) == 3 * 5
    return found


@pytest.mark.parametrize(
    ("form", "workers"), [("parquet", 2), pytest.param("parquet", 4, marks=pytest.mark.slow), ("webdataset", 4)]
)
def test_any_number_of_workers_writes_the_same_bytes(
    forms: dict[str, Path], raw: Path, tmp_path: Path, form: str, workers: int
) -> None:
    more = {"PYTHONHASHSEED": str(workers), "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    options = (*OPTIONS, "--format", form, "--shard-size", "1", "--workers", workers)
    assert sslabel("make", raw, tmp_path / "out", *options, env=more).code == 0
    assert shard_hashes(tmp_path / "out") == shard_hashes(forms[form])


def test_both_formats_hold_the_same_examples(forms: dict[str, Path]) -> None:
    for task in ("masked-word", "word-order", "short"):
        one, other = (content(tool.read(out, task)) for out in forms.values())
        assert one == other
        assert len(one) > 100
        assert all(sources(out, task) == sources(forms["parquet"], task) for out in forms.values())


def test_nothing_absolute_is_written(forms: dict[str, Path], raw: Path) -> None:
    for out in forms.values():
        for name, data in tree(out).items():
            assert os.fsencode(raw.parent) not in data, name
            assert os.fsencode(out.parent) not in data, name


def test_meta_data_says_what_was_done(forms: dict[str, Path]) -> None:
    about = [meta(files) for files in examples(forms["parquet"], "short").values()]
    assert {one["task"] for one in about} == {"short"}
    assert Counter(one["copy"] for one in about)[0] == len(about) / 2
    rates = {one["noise"].partition("(rate=")[2].partition(",")[0] for one in about if "keyboard" in one["noise"]}
    assert len(rates) > len(about) / 2
    assert all(0.01 <= float(rate) <= 0.1 for rate in rates)
    typos = sum("keyboard-typos(" in one["noise"] for one in about)
    cases = sum("change-case(rate=0.1, style=swap)" in one["noise"] for one in about)
    swaps = sum("swap-letters(rate=0.1)" in one["augment"] for one in about)
    assert typos > 0.9 * len(about)
    assert abs(cases - len(about) / 2) < 4 * np.sqrt(len(about) / 4)
    assert 0.1 * len(about) < swaps < 0.5 * len(about)
    both = [one["noise"] for one in about if " > " in one["noise"]]
    assert all(one.startswith("keyboard-typos(") and ") > change-case(" in one for one in both)
    assert both


def test_copies_differ(forms: dict[str, Path]) -> None:
    inputs: dict[str, set[bytes]] = {}
    for files in examples(forms["parquet"], "masked-word").values():
        inputs.setdefault(meta(files)["source"], set()).add(files["input"])
    assert all(len(one) == 2 for one in inputs.values())


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_a_run_that_is_killed_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    for number in range(40):
        save(tmp_path / "raw" / f"{number}.txt", paragraphs(100, number))
    (tmp_path / "scratch").mkdir()
    options = ("--task", "masked-word", "--noise", "change-case", "--shard-size", "1", "--workers", "2")
    assert sslabel("make", tmp_path / "raw", tmp_path / "expected", *options).code == 0
    job = Job(options, tmp_path / "raw", tmp_path / "out", tmp_path / "scratch")
    process = job.start()
    assert until(lambda: job.shards >= 4, process)
    os.killpg(process.pid, signal.SIGKILL)
    assert ended(process).code == -signal.SIGKILL
    job.wait_for_processes()
    assert job.shards < 40
    ends_undisturbed(job, tree(tmp_path / "expected"))


@pytest.mark.parametrize(
    "options",
    [
        {"task": ["masked-word", "word-order"], "noise": "keyboard-typos:rate=0.01..0.2", "copies": 2},
        {"task": ["span-corruption", "next-word", "sentence-pair:kind=nsp"], "unit": "line", "keep_clean": False},
        {"task": "replaced-word", "seed": 3, "min_words": 4},
        {"task": "masked-word:random=0.5", "max_words": 10, "keep": "folder"},
        {"task": ["long-one", "long-ones"], "noise": ["shout", "swap-letters", "shout"], "keep_clean": True},
    ],
    ids=lambda options: str(options["task"]),
)
def test_pairs_streams_what_make_writes(raw: Path, plugin: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    options = {**options, "plugin": str(plugin)}
    made(raw, tmp_path / "out", **options, workers=2, shard_size="1")
    names = {name for one in records(tmp_path / "out") for name in [one["task"]]}
    written = [one for task in names for one in tool.read(tmp_path / "out", task)]
    streamed = list(tool.pairs(raw, **options))
    assert content(streamed) == content(written)
    assert len(written) > 100
    shares = [one for index in range(3) for one in tool.pairs(raw, **options, part=(index, 3))]
    assert content(shares) == content(written)


# Ranges of large files


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A text of three mebibytes and a bit, its paragraphs of all lengths, and a small one beside it."""
    rng = np.random.default_rng(0)
    lengths = [*rng.integers(5, 400, 2900).tolist(), 3000]
    passages = [one for number, length in enumerate(lengths) for one in paragraphs(1, number, length)]
    folder = tmp_path_factory.mktemp("large") / "raw"
    path = save(folder / "file.txt", passages)
    assert 3 << 20 < path.stat().st_size < 4 << 20
    save(folder / "small.txt", paragraphs(3))
    return folder, passages


def test_a_large_file_is_listed_in_ranges(large: tuple[Path, list[str]]) -> None:
    found = list_sources(Roots.of([large[0]]), {"text"}, None)
    names = [f"file.txt#{begin << 20}" for begin in range(4)]
    assert list(found.names()) == [*names, "small.txt"]
    assert sum(found.weights()) == sum(path.stat().st_size for path in large[0].iterdir())


def test_ranges_give_the_passages_of_the_whole(
    large: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, passages = large
    options: dict[str, Any] = {"task": "masked-word:random=0", "noise": "change-case", "max_words": 10_000}
    places = offsets((folder / "file.txt").read_text("utf-8"), passages)
    made(folder, tmp_path / "out", **options, workers=2, split={"train": 0.6, "test": 0.4})
    names = sources(tmp_path / "out", "masked-word")
    assert sorted(names) == sorted(
        [*(f"file.txt#{place}" for place in places), *sources_of(folder / "small.txt", paragraphs(3))]
    )
    check_accounts(tmp_path / "out", {*(f"file.txt#{begin << 20}" for begin in range(4)), "small.txt"})
    # Split and shuffled by range: where one passage of a range goes, all go, in their order.
    splits = {name: sources(tmp_path / "out", "masked-word", name) for name in ("train", "test")}
    ranges = {name: [range_of(source) for source in some] for name, some in splits.items()}
    assert not set(ranges["train"]) & set(ranges["test"])
    assert (len(set(ranges["train"])), len(set(ranges["test"]))) == (3, 2)
    for some in ranges.values():
        assert sum(one != other for one, other in pairwise(some)) == len(set(some)) - 1
    written = content(tool.read(tmp_path / "out", "masked-word", split="train"))
    written += content(tool.read(tmp_path / "out", "masked-word", split="test"))
    monkeypatch.setattr(texts, "_RANGE", 1 << 30)
    assert list(list_sources(Roots.of([folder]), {"text"}, None).names()) == ["file.txt", "small.txt"]
    whole = content(tool.pairs(folder, **options))
    assert [one[:2] for one in sorted(written)] == [one[:2] for one in whole]


def sources_of(path: Path, passages: list[str]) -> list[str]:
    return [f"{path.name}#{place}" for place in offsets(path.read_text("utf-8"), passages)]


def range_of(source: str) -> str:
    """The range that a passage begins in."""
    name, _, place = source.partition("#")
    return f"{name}#{int(place) >> 20}"


# Several tasks, and several kinds


def test_pictures_and_texts_go_to_the_tasks_that_take_them(raw: Path, tmp_path: Path) -> None:
    folder = library(tmp_path / "raw")
    for number in range(4):
        save_photo(folder / "pictures" / f"{number}.jpg", number)
    (folder / "pictures" / "bad.jpg").touch()
    (folder / "bad.txt").touch()
    (folder / "other.pdf").touch()
    tasks = ["rotation", "masked-word", "word-order"]
    summary = made(folder, tmp_path / "out", task=tasks, shard_size="2000", workers=2)
    texts = {"a/one.txt", "a/two.txt", "b/three.md", "b/four.jsonl", "five.txt", "bad.txt"}
    pictures = {f"pictures/{name}.jpg" for name in (0, 1, 2, 3, "bad")}
    check_accounts(tmp_path / "out", texts | pictures)
    assert {name: one["others"] for name, one in summary.tasks.items()} == {
        "rotation": 6,
        "masked-word": 5,
        "word-order": 5,
    }
    assert {name: one["excluded"] for name, one in summary.tasks.items()} == dict.fromkeys(tasks, 1)
    assert summary.tasks["rotation"]["pairs"] == 4
    assert list((tmp_path / "out" / "rotation").glob("*.tar"))
    assert list((tmp_path / "out" / "masked-word").glob("*.parquet"))
    assert {(one["task"], one["source"]) for one in quarantine(tmp_path / "out")} == {
        ("rotation", "pictures/bad.jpg"),
        ("masked-word", "bad.txt"),
        ("word-order", "bad.txt"),
    }
    made(raw, tmp_path / "alone", task="masked-word")
    assert examples(tmp_path / "alone", "masked-word") == examples(tmp_path / "out", "masked-word")
    finished = sslabel("make", folder, tmp_path / "cli", "--task", "rotation", "--task", "masked-word")
    lines = [line.strip() for line in finished.out.splitlines()]
    assert "passed by 6 sources of other kinds" in lines
    assert "passed by 5 sources of other kinds" in lines
    assert "passed by: 1 files of other kinds" in lines


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--task", "masked-word", "--noise", "change-case:p=0.1..0.5"], "p is one number, not a range"),
        (["--task", "masked-word:count=1..3"], "count is one number, not a range"),
        (["--task", "word-order", "--noise", "swap-words"], "alters order"),
        (["--task", "masked-word", "--noise", "gaussian-noise"], "is for image"),
        (["--task", "masked-word", "--size", "64"], "--size is for image"),
        (["--task", "rotation", "--unit", "line"], "--unit is for text"),
        (["--task", "masked-word", "--max-words", "0"], "max_words=0"),
        (["--task", "masked-wrod"], "masked-word"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_what_cannot_work_is_refused_in_one_line(raw: Path, tmp_path: Path, options: list[str], said: str) -> None:
    finished = sslabel("make", raw, tmp_path / "out", *options)
    assert (finished.code, finished.err.count("\n")) == (2, 1)
    assert said in finished.err
    assert not (tmp_path / "out").exists()


def test_skips_are_counted_by_reason_and_sources_without_pairs_named(tmp_path: Path, plugin: Path) -> None:
    save(tmp_path / "raw" / "some.txt", [*paragraphs(3), "日本語の文章です。", "One"])
    save(tmp_path / "raw" / "none.txt", ["日本語の文章です。", "Ünïcödé hëré"])
    save(tmp_path / "raw" / "short.txt", ["One"])
    options = {"task": ["long-one", "long-ones"], "plugin": str(plugin), "min_words": 2}
    summary = made(tmp_path / "raw", tmp_path / "out", **options)
    for tally in summary.tasks.values():
        assert tally["samples_skipped"] == {"not in ASCII": 3, "fewer than 2 words": 2}
        assert tally["skipped"] == {"not in ASCII": 1, "fewer than 2 words": 1}
        assert (tally["pairs"], tally["written"]) == (3, 1)
    check_accounts(tmp_path / "out", {"some.txt", "none.txt", "short.txt"})
    one, other = (content(tool.read(tmp_path / "out", task)) for task in summary.tasks)
    assert [row[:2] for row in one] == [row[:2] for row in other]


def test_plain_and_block_tasks_under_plain_and_block_noises(raw: Path, plugin: Path) -> None:
    noise = ["shout:chance=0.2..0.8", "keyboard-typos:rate=0.3", "shout", "drop-punctuation:rate=1"]
    found = list(
        tool.pairs(raw, task=["long-one", "long-ones", "masked-word"], noise=noise, plugin=str(plugin), keep_clean=True)
    )
    for one in found:
        clean, noisy = one["clean"], one["input"]
        assert isinstance(clean, Text)
        assert isinstance(noisy, Text)
        assert noisy.text.count("[MASK]") == clean.text.count("[MASK]")
        assert (one.meta["noise"] != "") == (noisy != clean)
    chances = {str(one.meta["noise"]).partition("shout(chance=")[2].partition(")")[0] for one in found}
    assert len(chances) > 30


# What a passage is, and what goes with it


TWO = "The first line here.\nThe second line here. It has two sentences.\n\nAnother paragraph is here.\n"


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        ({}, {0: TWO[:64], 66: TWO[66:-1]}),
        ({"unit": "paragraph"}, {0: TWO[:64], 66: TWO[66:-1]}),
        ({"unit": "line"}, {0: TWO[:20], 21: TWO[21:64], 66: TWO[66:-1]}),
        ({"unit": "sentence"}, {0: TWO[:20], 21: TWO[21:42], 43: TWO[43:64], 66: TWO[66:-1]}),
        ({"unit": "document"}, {0: TWO[:-1]}),
        ({"unit": "line", "min_words": 5}, {21: TWO[21:64]}),
        ({"min_words": 9}, {0: TWO[:64]}),
        ({"max_words": 8}, {0: TWO[:42], 43: TWO[43:64], 66: TWO[66:-1]}),
    ],
)
def test_what_a_passage_is(tmp_path: Path, plugin: Path, options: dict[str, Any], texts: dict[int, str]) -> None:
    (tmp_path / "a.txt").write_text(TWO, "ascii")
    found = {
        one.meta["source"]: one["input"] for one in tool.pairs(tmp_path, task="same", plugin=str(plugin), **options)
    }
    assert found == {f"a.txt#{place}": Text(text) for place, text in texts.items()}


def test_an_encoding_is_given_or_guessed_and_the_guess_is_told(tmp_path: Path) -> None:
    text = "Ein schönes Wörterbuch für die Übung.\n\nÄpfel, Öl und Süßes gehören dazu.\n"
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt").write_bytes(text.encode("cp1252"))
    made(tmp_path / "raw", tmp_path / "given", task="restore-text", encoding="cp1252")
    labels = [one["label"] for one in tool.read(tmp_path / "given", "restore-text")]
    assert labels == [Text(one) for one in text.strip().split("\n\n")]
    finished = sslabel("make", tmp_path / "raw", tmp_path / "guessed", "--task", "restore-text")
    assert finished.code == 0
    assert "a.txt: read as cp1252, a guess; --encoding says which it is" in finished.out
    (tmp_path / "raw" / "b.txt").write_bytes(text.encode("cp1252"))
    finished = sslabel("make", tmp_path / "raw", tmp_path / "both", "--task", "restore-text")
    assert re.search(r"2 sources \([ab]\.txt first\): read as cp1252, a guess", finished.out)
    finished = sslabel("make", tmp_path / "raw", tmp_path / "no", "--task", "restore-text", "--encoding", "utf8-x")
    assert (finished.code, "no such encoding" in finished.err) == (2, True)


def test_fields_of_records_and_the_folder_are_carried_along(tmp_path: Path) -> None:
    save_lines(tmp_path / "raw" / "birds" / "a.jsonl", paragraphs(5))
    for form in ("parquet", "webdataset"):
        out = tmp_path / form
        options: dict[str, Any] = {"keep": ["title", "folder", "rank", "none"], "format": form}
        made(tmp_path / "raw", out, task=["word-order", "masked-word"], copies=2, **options)
        found = list(tool.read(out, "word-order"))
        titles = {(one["title"], one["rank"], one["folder"], one["none"]) for one in found}
        assert titles == {(Text(f"No. {n}"), Text(str(n)), Text("birds"), Text("")) for n in range(5)}
        assert len(found) == 10


def test_the_input_before_noise_is_kept(raw: Path, tmp_path: Path) -> None:
    options = {"task": "word-position", "noise": "change-case:rate=1", "keep_clean": True}
    made(raw, tmp_path / "out", **options)
    for one in tool.read(tmp_path / "out", "word-position"):
        assert isinstance(one["input_words"], Texts)
        assert isinstance(one["clean_words"], Texts)
        assert (one["clean"], one["clean_words"]) != (one["input"], one["input_words"]) or not one.meta["noise"]
        swapped = [word.lower() for word in one["input_words"].texts]
        assert swapped == [word.lower() for word in one["clean_words"].texts]


def test_a_noise_that_changes_nothing_does_not_stand_in_the_meta_data(tmp_path: Path) -> None:
    save(tmp_path / "raw" / "a.txt", ["no capitals and no commas here", "One, two, three, and more, here"])
    found = list(tool.pairs(tmp_path / "raw", task="span-corruption", noise="drop-punctuation:rate=1", seed=2))
    noises = {"," in str(one.pair.inputs) or "One" in repr(one.fields): one.meta["noise"] for one in found}
    assert "" in noises.values()
    plain = next(one for one in found if "capitals" in repr(one.fields))
    assert plain.meta["noise"] == ""


def test_splits_are_exact_and_by_source(tmp_path: Path) -> None:
    for number in range(20):
        save(tmp_path / "raw" / f"{number:02d}.txt", paragraphs(3, number))
    split = {"train": 0.75, "validation": 0.2, "test": 0.05}
    summary = made(tmp_path / "raw", tmp_path / "out", task="word-order", split=split, shard_pairs=6)
    assert summary.tasks["word-order"]["splits"] == {"train": 45, "validation": 12, "test": 3}
    files = {name: {one.partition("#")[0] for one in sources(tmp_path / "out", "word-order", name)} for name in split}
    assert [len(one) for one in files.values()] == [15, 4, 1]
    assert len(set().union(*files.values())) == 20
    shards = [one["pairs"] for one in records(tmp_path / "out")]
    assert max(shards) <= 6
    limited = made(tmp_path / "raw", tmp_path / "limited", task="word-order", limit=4)
    assert limited.tasks["word-order"]["pairs"] == 12
    ordered = made(tmp_path / "raw", tmp_path / "ordered", task="word-order", limit=4, shuffle=False)
    assert ordered.sources == 4
    names = [one.partition("#")[0] for one in sources(tmp_path / "ordered", "word-order")]
    assert names == [f"{number:02d}.txt" for number in range(4) for _ in range(3)]


def test_shards_come_out_near_the_size_asked_for(tmp_path: Path) -> None:
    for number in range(60):
        save(tmp_path / "raw" / f"{number}.txt", paragraphs(40, number))
    made(tmp_path / "raw", tmp_path / "out", task="restore-text", shard_size="30kB")
    sizes = [one["bytes"] for one in records(tmp_path / "out")]
    assert len(sizes) > 3
    assert 15_000 < np.mean(sizes) < 60_000


@pytest.mark.parametrize("form", ["parquet", "webdataset"])
def test_a_split_without_pairs_is_a_shard_without_rows(tmp_path: Path, form: str) -> None:
    save(tmp_path / "raw" / "a.txt", paragraphs(4))
    save(tmp_path / "raw" / "b.txt", ["One"])
    split = {"train": 0.5, "test": 0.5}
    out = tmp_path / "out"
    summary = made(tmp_path / "raw", out, task="word-order", split=split, shuffle=False, format=form)
    assert sorted(summary.tasks["word-order"]["splits"].values()) == [0, 4]
    counts = {name: len(list(tool.read(out, "word-order", split=name))) for name in split}
    assert counts == summary.tasks["word-order"]["splits"]


@pytest.mark.parametrize("form", ["parquet", "webdataset"])
def test_hugging_face_loads_what_was_written(
    raw: Path, plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "out"
    options = {"task": ["masked-word", "long-ones", "word-order"], "plugin": str(plugin), "format": form}
    summary = made(raw, out, **options, split={"train": 0.8, "test": 0.2})
    for task, tally in summary.tasks.items():
        loaded = datasets.load_dataset(str(out), task, cache_dir=str(tmp_path / "cache"))
        assert {name: len(one) for name, one in loaded.items()} == tally["splits"]
    loaded = datasets.load_dataset(str(out), "masked-word", split="train", cache_dir=str(tmp_path / "cache"))
    ending = {"parquet": "", "webdataset": ".json"}[form]
    assert loaded.features[f"label{ending}"].feature.dtype == "string"
    assert loaded.features[f"label_position{ending}"].feature.dtype == "int32"
    expected = {one.key: one for one in tool.read(out, "masked-word", split="train")}
    for row in loaded:
        one = expected[row["key" if form == "parquet" else "__key__"]]
        assert Texts(tuple(row[f"label{ending}"])) == one["label"]
        position = one["label_position"]
        assert isinstance(position, Numbers)
        assert row[f"label_position{ending}"] == position.array.tolist()
    classes = datasets.load_dataset(str(out), "long-ones", split="train", cache_dir=str(tmp_path / "cache"))
    name = {"parquet": "label", "webdataset": "label.cls"}[form]
    assert classes.features[name].names == ["short", "long"]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # its own
def test_webdataset_reads_what_was_written(raw: Path, tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    made(raw, tmp_path / "out", task="masked-word", format="webdataset")
    shards = sorted((tmp_path / "out" / "masked-word").glob("*.tar"))
    read = [one for shard in shards for one in webdataset.WebDataset(str(shard), shardshuffle=False).decode()]
    found = {one["__key__"]: one for one in read}
    expected = {one.key: one for one in tool.read(tmp_path / "out", "masked-word")}
    assert set(found) == set(expected)
    for key, one in found.items():
        assert Text(one["input.txt"]) == expected[key]["input"]
        assert Texts(tuple(one["label.json"])) == expected[key]["label"]
        assert one["meta.json"] == expected[key].meta


@pytest.mark.parametrize(("task", "form"), [("masked-word", "parquet"), ("span-corruption", "webdataset")])
def test_a_dry_run_tells_within_a_factor_of_two(tmp_path: Path, task: str, form: str) -> None:
    for number in range(30):
        save(tmp_path / "raw" / f"{number}.txt", paragraphs(10 + 10 * number, number))
    options: dict[str, Any] = {"task": task, "format": form}
    told_before = tool.make(tmp_path / "raw", tmp_path / "out", **options, dry_run=True)
    assert isinstance(told_before, DryRun)
    assert not (tmp_path / "out").exists()
    summary = made(tmp_path / "raw", tmp_path / "out", **options)
    for what in ("pairs", "bytes"):
        assert 0.5 < told_before.tasks[task][what] / summary.tasks[task][what] < 2


def test_a_dry_run_of_large_and_small_files_together(large: tuple[Path, list[str]], tmp_path: Path) -> None:
    told_before = tool.make(large[0], tmp_path / "out", task="masked-word", dry_run=True)
    summary = made(large[0], tmp_path / "out", task="masked-word", workers=2)
    assert isinstance(told_before, DryRun)
    for what in ("pairs", "bytes"):
        assert 0.5 < told_before.tasks["masked-word"][what] / summary.tasks["masked-word"][what] < 2


# Memory

RUN = """
import resource, sys, sslabel
sslabel.make(sys.argv[1] if len(sys.argv) > 1 else {raw!r}, {out!r}, workers=2, **{options!r})
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def peak(tmp_path: Path, raw: Path, name: str, **options: Any) -> int:
    """The most memory that any worker took, in bytes."""
    text = RUN.format(raw=str(raw), out=str(tmp_path / name), options=options)
    finished = script(tmp_path / f"{name}.py", text, env=python_path(Path(tool.__file__).parents[1]))
    assert finished.code == 0, finished.err
    return int(finished.out)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["masked-word", "span-corruption", "replaced-word"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_memory_does_not_grow_with_the_length_of_a_text(tmp_path: Path, task: str, ending: str) -> None:
    once = ("\n\n".join(paragraphs(20_000, 0, 100)) + "\n\n").encode()
    assert len(once) > 10_000_000
    peaks = []
    for times in (1, 4):
        folder = tmp_path / str(times)
        folder.mkdir()
        data = once * times
        (folder / f"a.txt{ending}").write_bytes(gzip.compress(data, 1) if ending else data)
        peaks.append(peak(tmp_path, folder, f"out{times}", task=task))
    assert peaks[1] < 1.25 * peaks[0]


@pytest.mark.slow
def test_a_line_of_five_megabytes(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    line = " ".join(paragraphs(40_000))
    assert len(line) > 3_000_000
    (tmp_path / "raw" / "a.txt").write_text(line, "ascii")
    made(tmp_path / "raw", tmp_path / "out", task="masked-word", workers=2)
    found = sources(tmp_path / "out", "masked-word")
    words = sum(one.count(" ") + 1 for one in [line])
    assert len(found) == -(-words // 256)
    assert peak(tmp_path, tmp_path / "raw", "again", task="masked-word") < 1 << 30
    check_accounts(tmp_path / "out", {f"a.txt#{begin << 20}" for begin in range(-(-len(line) // (1 << 20)))})
