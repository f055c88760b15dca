"""Folders of small texts, written by a seeded generator; tasks of a user's own; what is made of them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import sslabel as tool
from sslabel.engine.events import Summary
from tests.engine.running import examples, records

SPEECH = """
the wren sings of a small bird and loud one who has not heard it nobody said that morning came over hills where
rain had fallen all night until river rose above its banks carrying leaves branches summer back to sea
"""
WORDS = SPEECH.split()


def paragraphs(count: int, seed: int = 0, words: int = 12) -> list[str]:
    """Paragraphs of a few sentences, no two alike."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        text = " ".join(rng.choice(WORDS) for _ in range(words)).capitalize()
        made.append(f"{text}. Was it {seed} or {number}? It {rng.choice(WORDS)} {rng.choice(WORDS)}!")
    return made


def save(path: Path, passages: list[str]) -> Path:
    """A text of these paragraphs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n\n".join(passages).encode() + b"\n")
    return path


def save_lines(path: Path, passages: list[str]) -> Path:
    """A record for each, in JSON Lines, with a title and a number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [{"text": one, "title": f"No. {n}", "rank": n} for n, one in enumerate(passages)]
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), "utf-8")
    return path


def offsets(text: str, passages: list[str]) -> list[int]:
    """The byte at which each of these begins, each behind the one before."""
    found = []
    raw, at = text.encode(), 0
    for one in passages:
        at = raw.index(one.encode(), at)
        found.append(at)
    return found


def library(folder: Path) -> Path:
    """Five texts in three folders: plain, Markdown and JSON Lines."""
    save(folder / "a" / "one.txt", paragraphs(40, 1))
    save(folder / "a" / "two.txt", [*paragraphs(7, 2), "日本語の文章です。", "One", "...", *paragraphs(3, 3)])
    save(folder / "b" / "three.md", paragraphs(25, 4))
    save_lines(folder / "b" / "four.jsonl", paragraphs(30, 5))
    save(folder / "five.txt", paragraphs(20, 6))
    return folder


PLUGIN = '''
import os, signal
import numpy as np
from sslabel import Category, Pair, Skip, Text
from sslabel.blocks import Categories, Pairs
from sslabel.registry import noise, task
from sslabel.transforms.text.words import word_bounds

def mischief(text):
    if "MISCHIEF" not in text:
        return
    if "raise" in text:
        raise ValueError("no luck")
    if "crash" in text:
        os.kill(os.getpid(), signal.SIGSEGV)
    while "hang" in text:
        pass
    if "hoard" in text:
        np.ones(10 << 30, np.uint8)

@task("text")
def long_one(text: Text, rng) -> Pair:
    """Say whether a text is long."""
    mischief(text.text)
    if not text.text.isascii():
        raise Skip("not in ASCII")
    return Pair(text, Category(int(len(text.text) > 80), ("short", "long")))

@task("text", block=True)
def long_ones(passages, draws):
    """Say of each text whether it is long."""
    for one in passages.text:
        mischief(one)
    strange = np.array([not one.isascii() for one in passages.text], bool)
    rows = np.flatnonzero(~strange)
    labels = Categories((passages.text.lengths[rows] > 80).astype(np.int64), ("short", "long"))
    skipped = {"not in ASCII": np.flatnonzero(strange)}
    return Pairs(rows, {"input": passages.text.take(rows)}, {"label": labels}, {}, skipped)

@task("text", block=True)
def same(passages, draws):
    """Show each text as it is."""
    labels = Categories(np.zeros(len(passages), np.int64), ("only",))
    return Pairs(np.arange(len(passages)), {"input": passages.text}, {"label": labels})

@noise("text")
def shout(text: Text, rng, *, chance: float = 0.5) -> Text:
    """Write in capitals.

    chance: how likely
    """
    mischief(text.text)
    return Text(text.text.upper() if rng.random() < chance else text.text)
'''


def save_plugin(folder: Path) -> Path:
    """Tasks and a noise of a user's own, on one text and on a block."""
    path = folder / "own_texts.py"
    path.write_text(PLUGIN, "ascii")
    return path


def made(raw: Path, out: Path, **options: Any) -> Summary:
    """A summary of all that was made, whatever was excluded."""
    summary = tool.make(raw, out, **{"workers": 1, "max_error_rate": 1.0, **options})
    assert isinstance(summary, Summary)
    return summary


def check_accounts(out: Path, names: set[str]) -> None:
    """Every source is in exactly one of written, skipped, excluded and others, in each record and in all."""
    for task in {one["task"] for one in records(out)}:
        found = records(out, task)
        for one in found:
            whole = {each["source"] for each in one["excluded"] if each["kind"] != "record"}
            skipped = [name for some in one["skipped"].values() for name in some]
            assert one["written"] + len(skipped) + len(whole) + one["others"] == one["sources"]
            assert not whole & set(skipped)
            assert whole | set(skipped) <= names
            assert one["records_excluded"] >= sum(each["kind"] == "record" for each in one["excluded"])
        assert sum(one["sources"] for one in found) == len(names)
        assert sum(one["pairs"] for one in found) == len(examples(out, task))
