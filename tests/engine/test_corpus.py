"""What tasks are told of the corpus: the same words and counts from a sample of it, frozen with the plan."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.engine import corpus
from sslabel.engine.records import Excluded
from sslabel.engine.sources import Roots, list_sources
from sslabel.errors import DamageError
from sslabel.readers import Reading, SourceFile
from sslabel.values import Texts
from tests.engine.prose import library, paragraphs, save
from tests.engine.running import examples, plans, quarantine, records, shard_hashes, sslabel
from tests.recipes import recipe

pytestmark = pytest.mark.usefixtures("own_registry")


def files(folder: Path, **reading: Any) -> list[SourceFile]:
    """The sources below a folder, as readers are handed them."""
    found = list_sources(Roots.of([folder]), {"text"}, None)
    return [found.roots.file(found.row(number), 1, Reading(**reading)) for number in range(len(found))]


def found_in(folder: Path, **reading: Any) -> tuple[dict[str, int], list[int]]:
    """The words and counts of a folder, and the sources that were looked at."""
    seen: list[int] = []
    stored = corpus.unigrams(files(folder, **reading), seen.append)
    assert json.loads(json.dumps(stored)) == stored
    return dict(zip(stored["words"], stored["counts"], strict=True)), seen


def test_words_are_counted_the_most_frequent_first(tmp_path: Path) -> None:
    save(tmp_path / "a.txt", ["The wren, the wren!", "The king of all"])
    save(tmp_path / "b.txt", ["wren wren don't", "日本"])
    counts, seen = found_in(tmp_path)
    assert seen == [0, 1]
    plain = {word: count for word, count in counts.items() if word.isascii()}
    assert plain == {"wren": 4, "The": 2, "all": 1, "don't": 1, "king": 1, "of": 1, "the": 1}
    assert list(plain) == ["wren", "The", "all", "don't", "king", "of", "the"]  # by count, then by name
    assert set(counts) - set(plain) <= {"日本", "日", "本"}


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "b.json").write_text("{", "ascii")
    save(tmp_path / "c.txt", ["one two", "three"])
    counts, seen = found_in(tmp_path)
    assert counts == {"one": 1, "two": 1, "three": 1}
    assert seen == [0, 1, 2]


def test_a_corpus_without_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("... !", "ascii")
    assert found_in(tmp_path)[0] == {}
    assert corpus.unigrams([], lambda _: None) == {"words": [], "counts": []}
    assert len(corpus.read({"unigrams": {"words": [], "counts": []}})["unigrams"].words) == 0


def test_no_more_is_read_than_the_sample_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "_SAMPLED_BYTES", 1500)
    for number in range(9):
        save(tmp_path / f"{number}.txt", paragraphs(8, number))
    assert found_in(tmp_path)[1] == [0, 1]


def test_no_more_words_are_kept_than_the_most_frequent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "_MOST_WORDS", 2)
    save(tmp_path / "a.txt", ["a b b c c c d d d d"])
    assert found_in(tmp_path)[0] == {"d": 4, "c": 3}


def test_what_is_stored_is_what_tasks_are_given(tmp_path: Path) -> None:
    save(tmp_path / "a.txt", paragraphs(20))
    stored = {"unigrams": corpus.unigrams(files(tmp_path), lambda _: None)}
    corpus.path(tmp_path).write_text(json.dumps(stored), "utf-8")
    unigrams = corpus.load(tmp_path)["unigrams"]
    assert list(unigrams.words) == stored["unigrams"]["words"]
    assert unigrams.counts.tolist() == stored["unigrams"]["counts"]
    assert corpus.load(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "5",
        '{"unigrams": 5}',
        '{"unigrams": {"words": ["a"]}}',
        '{"unigrams": {"words": 5, "counts": 5}}',
    ],
)
def test_what_is_no_corpus_is_damage(tmp_path: Path, text: str) -> None:
    corpus.path(tmp_path).write_text(text, "ascii")
    with pytest.raises(DamageError, match="--overwrite starts anew"):
        corpus.load(tmp_path)


def test_what_the_tasks_of_a_recipe_need() -> None:
    assert corpus.needs(recipe(task=["word-order", "rotation"])) == set()
    assert corpus.needs(recipe(task=["word-order", "replaced-word"])) == {"unigrams"}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five texts in three folders."""
    return library(tmp_path_factory.mktemp("library") / "raw")


OPTIONS = ("--task", "replaced-word", "--task", "masked-word:random=0.5,keep=0", "--shard-size", "1")


def test_the_words_stand_beside_the_plan_and_every_worker_is_told_the_same(raw: Path, tmp_path: Path) -> None:
    for workers in (1, 3):
        assert sslabel("make", raw, tmp_path / str(workers), *OPTIONS, "--workers", workers).code == 0
    one, other = tmp_path / "1", tmp_path / "3"
    assert shard_hashes(one) == shard_hashes(other)
    (path,) = one.glob(".sslabel/plans/*/corpus.json")
    stored = json.loads(path.read_text("utf-8"))["unigrams"]
    assert stored["counts"] == sorted(stored["counts"], reverse=True)
    assert {"wren", "日本"} & set(stored["words"])
    words = set(stored["words"])
    replaced = Counter(len(files) for files in examples(one, "replaced-word").values())
    assert replaced
    assert len(words) > 40
    assert len(plans(one)) == 1


def test_words_that_replace_others_are_those_of_the_corpus(tmp_path: Path) -> None:
    save(tmp_path / "raw" / "a.txt", ["alpha beta gamma delta epsilon zeta"] * 40)
    for one in tool.pairs(tmp_path / "raw", task="masked-word:rate=1,random=1,keep=0"):
        assert isinstance(one["label"], Texts)
        assert set(one["input"].text.split()) <= {"alpha", "beta", "gamma", "delta", "epsilon", "zeta"}  # type: ignore[union-attr]


def test_a_run_goes_on_with_the_words_that_it_began_with(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert sslabel("make", raw, out, *OPTIONS, "--workers", 1).code == 0
    hashes = shard_hashes(out)
    for path in [*sorted(out.glob("*/*.parquet"))[:4], *sorted(out.glob(".sslabel/records/*/*2.json"))]:
        path.unlink()
    assert sslabel("make", raw, out, *OPTIONS, "--workers", 2).code == 0
    assert shard_hashes(out) == hashes
    (path,) = out.glob(".sslabel/plans/*/corpus.json")
    path.write_text("{", "ascii")
    min(out.glob("*/*.parquet")).unlink()
    finished = sslabel("make", raw, out, *OPTIONS)
    assert finished.code == 6
    assert "corpus.json: not the words of a corpus" in finished.err.splitlines()[-1]


def test_the_words_of_one_split_alone_are_counted(tmp_path: Path) -> None:
    for number in range(8):
        save(tmp_path / "raw" / f"{number}.txt", [f"word{number} says hello to everybody here"] * 3)
    split = {"train": 0.5, "test": 0.5}
    tool.make(tmp_path / "raw", tmp_path / "out", task="replaced-word", split=split, workers=1)
    (path,) = (tmp_path / "out").glob(".sslabel/plans/*/corpus.json")
    words = json.loads(path.read_text("utf-8"))["unigrams"]["words"]
    train = {
        meta_of(one)["source"].partition(".")[0]
        for one in examples(tmp_path / "out", "replaced-word", "train").values()
    }
    assert {word for word in words if word.startswith("word")} == {f"word{number}" for number in train}
    assert len(train) == 4


def meta_of(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["meta.json"])
    return found


def test_a_source_that_ends_the_worker_costs_the_count_that_source_alone(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import os\n"
        "import numpy as np\n"
        "from sslabel.blocks import Strings\n"
        "from sslabel.readers.text import texts\n"
        "from sslabel.registry import reader\n"
        "from sslabel.transforms.text.words import passages_of\n\n"
        '@reader("text", extensions=[".deadly"])\n'
        "def deadly(file):\n"
        '    """Read a text, or die."""\n'
        "    with file.opened() as raw:\n"
        "        text = raw.readall().decode()\n"
        '    if "die" in text:\n'
        "        os._exit(3)\n"
        "    yield passages_of(Strings.of([text]), [file.source])\n",
        "ascii",
    )
    for number, text in enumerate(["one two three", "now die here", "four five six"]):
        (tmp_path / "raw").mkdir(exist_ok=True)
        (tmp_path / "raw" / f"{number}.deadly").write_text(text, "ascii")
    options: dict[str, Any] = {"task": "replaced-word", "plugin": str(tmp_path / "own.py"), "max_error_rate": 1.0}
    tool.make(tmp_path / "raw", tmp_path / "out", **options, workers=1)
    (path,) = (tmp_path / "out").glob(".sslabel/plans/*/corpus.json")
    words = json.loads(path.read_text("utf-8"))["unigrams"]["words"]
    assert sorted(words) == ["five", "four", "one", "six", "three", "two"]
    assert [(one["source"], one["kind"]) for one in quarantine(tmp_path / "out")] == [("1.deadly", "crashed")]
    assert [Excluded(**one).source for record in records(tmp_path / "out") for one in record["excluded"]] == [
        "1.deadly"
    ]
