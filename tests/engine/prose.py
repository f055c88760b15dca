"""Folders of small texts, written by a seeded generator."""

from __future__ import annotations

import json
import random
from pathlib import Path

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
