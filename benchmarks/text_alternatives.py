"""What one would write without sslabel to mask words: two small programs, each with a regular expression over words.

`python -m benchmarks.text_alternatives NAME FILE OUT UNIT`; UNIT is paragraph or line.
"""

from __future__ import annotations

import multiprocessing
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORKERS = 2
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_BLOCK, _SAMPLE = 1 << 20, 1 << 16


def masked(text: str, rng: random.Random, words_of_block: list[str]) -> tuple[str, list[str], list[int]] | None:
    """The text with 15 % of its words hidden as BERT does it (80/10/10), those words, and their numbers."""
    spans = [match.span() for match in _WORD.finditer(text)]
    if not spans:
        return None
    chosen = sorted(rng.sample(range(len(spans)), max(1, round(0.15 * len(spans)))))
    pieces, words, at = [], [], 0
    for number in chosen:
        begin, end = spans[number]
        word, chance = text[begin:end], rng.random()
        shown = "[MASK]" if chance < 0.8 else rng.choice(words_of_block) if chance < 0.9 else word  # noqa: PLR2004
        pieces += [text[at:begin], shown]
        words.append(word)
        at = end
    pieces.append(text[at:])
    return "".join(pieces), words, chosen


def _blocks(path: str, unit: str) -> Iterator[str]:
    end = "\n" if unit == "line" else "\n\n"
    with Path(path).open(encoding="utf-8") as file:
        rest = ""
        while data := file.read(_BLOCK):
            whole, found, rest = (rest + data).rpartition(end)
            yield whole + found
        if rest:
            yield rest


def _table(job: tuple[str, str, int]) -> Any:  # noqa: ANN401 - an Arrow table
    import pyarrow as pa

    block, unit, number = job
    rng = random.Random(number)  # noqa: S311 - nothing secret
    texts = block.split("\n" if unit == "line" else "\n\n")
    some = _WORD.findall(block[:_SAMPLE])
    made = [one for one in (masked(text, rng, some) for text in texts) if one is not None]
    names = ("input", "label", "label_position")
    return pa.table({name: list(column) for name, column in zip(names, zip(*made, strict=True), strict=True)})


def pool(path: str, out: str, unit: str) -> None:
    """`multiprocessing.Pool` over blocks of text, into one Parquet file."""
    import pyarrow.parquet as pq

    Path(out).mkdir(parents=True)
    writer = None
    with multiprocessing.Pool(WORKERS) as workers:
        jobs = ((block, unit, number) for number, block in enumerate(_blocks(path, unit)))
        for table in workers.imap(_table, jobs):
            if writer is None:
                writer = pq.ParquetWriter(f"{out}/train.parquet", table.schema, compression="zstd")
            writer.write_table(table)
    if writer is not None:
        writer.close()


def dataset(path: str, out: str, unit: str) -> None:
    """`datasets.Dataset.map` in batches, with processes, to Parquet."""
    import datasets

    def make(batch: dict[str, list[str]], numbers: list[int]) -> dict[str, list[Any]]:
        rng = random.Random(numbers[0])  # noqa: S311 - nothing secret
        some = _WORD.findall(" ".join(batch["text"])[:_SAMPLE])
        made = [one for one in (masked(text, rng, some) for text in batch["text"]) if one is not None]
        names = ("input", "label", "label_position")
        columns = zip(*made, strict=True) if made else ((), (), ())
        return {name: list(column) for name, column in zip(names, columns, strict=True)}

    Path(out).mkdir(parents=True)
    read = datasets.load_dataset("text", data_files=path, split="train", sample_by=unit, cache_dir=f"{out}/cache")
    done = read.map(make, batched=True, with_indices=True, num_proc=WORKERS, remove_columns=["text"])
    done.to_parquet(f"{out}/train.parquet")


def main() -> None:
    """Run the program that the command line names."""
    name, path, out, unit = sys.argv[1:]
    {"pool": pool, "datasets": dataset}[name](path, out, unit)


if __name__ == "__main__":
    main()
