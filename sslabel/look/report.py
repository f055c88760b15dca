"""A data set's numbers as sections of lines and bars, which a terminal and a page show each in its own way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sslabel.engine.records import TOO_LARGE, most_frequent
from sslabel.look.clips import stem_of
from sslabel.look.measures import Counts, Spread
from sslabel.look.statistics import FieldNumbers, Noise, TaskNumbers, throughput
from sslabel.look.terminal import bytes_in_words, counted, seconds_in_words

_BARS, _BINS = 24, 8
_BARS_OF_AN_OPTION, _BINS_OF_AN_OPTION = 8, 5
KINDS = {
    "unreadable": "cannot be read",
    "failed": "a task or a noise failed on it",
    "crashed": "its reader crashed",
    "deadline": "it took too long",
    "memory": TOO_LARGE,
    "record": "single records of a source",
}


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for, its share of all from 0 to 1, and its number in words."""

    name: str
    share: float
    words: str


@dataclass
class Section:
    """A heading, lines of a name and what is said of it, and bars."""

    title: str
    lines: list[tuple[str, str]] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)


def summary(numbers: TaskNumbers) -> str:
    """A data set in a line: `12 pairs (10 train, 2 test) in 7 shards, 573 kB`."""
    tally = numbers.tally
    splits = tally.pairs_by_split
    named = f" ({', '.join(f'{count:,} {split}' for split, count in splits.items())})" if len(splits) > 1 else ""
    whole = tally.shards == numbers.data.planned
    shards = counted(tally.shards, "shard") if whole else f"{tally.shards:,} of {numbers.data.planned:,} shards"
    return f"{counted(tally.pairs, 'pair')}{named} in {shards}, {bytes_in_words(tally.bytes)}"


def looked_at(numbers: TaskNumbers) -> str:
    """Of how many pairs the fields and noises tell; empty where it is all of them."""
    whole = numbers.looked == numbers.tally.pairs
    return "" if whole else f"{numbers.looked:,} of {counted(numbers.tally.pairs, 'pair')} looked at"


def sections(numbers: TaskNumbers) -> list[Section]:
    """All that there is to say of a data set."""
    found = [_made(numbers)]
    found += [_field(name, one, numbers) for name, one in _alike(numbers.fields)]
    for what, noises in (("noise", numbers.noises), ("augment", numbers.augments)):
        found += [_noise(what, name, one, numbers.looked) for name, one in noises.items()]
    left = _left_out(numbers)
    return [*found, *([left] if left.lines or left.bars else [])]


def _made(numbers: TaskNumbers) -> Section:
    tally = numbers.tally
    lines = []
    others = f", {tally.others:,} of other kinds" if tally.others else ""
    lines.append(("sources", f"{tally.sources:,}, of which {tally.written:,} gave pairs{others}"))
    if tally.shards:
        ends = (numbers.shard_bytes.least, numbers.shard_bytes.most)
        sizes = " to ".join(dict.fromkeys(map(bytes_in_words, ends)))
        lines.append(("shards", f"{numbers.data.format}; each {sizes} and {_span(numbers.shard_pairs)} pairs"))
    if numbers.runs:
        rate = throughput(numbers.runs[-1])
        speed = f"{_short(rate['pairs_per_second'])} pairs/s, {_short(rate['sources_per_second'])} sources/s"
        took = f"{seconds_in_words(rate['seconds'])} with {counted(int(rate['workers']), 'worker')}"
        of_all = (
            f", {counted(len(numbers.data.plan.tasks), 'task')} together" if len(numbers.data.plan.tasks) > 1 else ""
        )
        lines.append(("last run", f"{speed}, {bytes_in_words(rate['bytes_per_second'])}/s in {took}{of_all}"))
    return Section("made", lines)


def _alike(fields: Mapping[str, FieldNumbers]) -> Iterator[tuple[str, FieldNumbers]]:
    """The fields; parts by number that measure the same are one: `input_0 … input_8`."""
    listed = list(fields.items())
    while listed:
        name, first = listed.pop(0)
        last = name
        while listed and stem_of(listed[0][0]) == stem_of(name) and listed[0][1].to_json() == first.to_json():
            last = listed.pop(0)[0]
        yield (name if last == name else f"{name} … {last}"), first


def _field(name: str, one: FieldNumbers, numbers: TaskNumbers) -> Section:
    fewer = "" if one.looked == numbers.looked else f", of {counted(one.looked, 'pair')}"
    section = Section(f"{name} ({one.kind.replace('_', ' ')}{fewer})")
    for measure, counts in one.counts.items():
        if measure == "class" or (measure == "order" and len(counts.by_name) <= _BARS):
            section.bars += bars_of(counts, _BARS, what="classes" if measure == "class" else "orders")
        elif measure == "size":
            section.lines.append((measure, _common(counts)))
        else:
            over = "over " if counts.others else ""
            section.lines.append((f"{measure}s", f"{over}{len(counts.by_name):,} different ones"))
    for measure, spread in one.spreads.items():
        if measure in {"width", "height"} and spread.least == spread.most:
            continue  # the size says it
        section.lines.append((measure, _words(spread)))
        if measure in {"words", "places"}:
            section.bars += _bins(spread, _BINS, measure)
    return section


def _noise(what: str, name: str, noise: Noise, looked: int) -> Section:
    section = Section(
        f"{what} {name}",
        [("applied", f"to {noise.applied:,} of {counted(looked, 'pair')}, {_percent(noise.applied / max(1, looked))}")],
    )
    for option, spread in noise.numbers.items():
        section.lines.append((option, _words(spread)))
        section.bars += _bins(spread, _BINS_OF_AN_OPTION, option)
    for option, counts in noise.words.items():
        if len(counts.by_name) == 1:
            section.lines.append((option, next(iter(counts.by_name))))
        else:
            section.bars += bars_of(counts, _BARS_OF_AN_OPTION, what="others", before=f"{option}=")
    return section


def _left_out(numbers: TaskNumbers) -> Section:
    tally = numbers.tally
    section = Section("left out")
    for what, reasons in (("source", tally.skipped), ("sample", tally.samples_skipped)):
        section.lines += [(f"skipped {counted(count, what)}", reason) for reason, count in reasons.most_common()]
    counts = Counter({kind: count for kind, count in numbers.excluded_counts.items() if count})
    for kind, count in counts.most_common():
        what = "record" if kind == "record" else "source"
        section.lines.append((f"excluded {counted(count, what)}", KINDS.get(kind, kind)))
        named = numbers.excluded.get(kind, ())
        section.lines += [(one.source, one.reason) for one in named]
        section.lines += [(f"and {count - len(named):,} more", "in quarantine.jsonl")] if count > len(named) else []
    remarks, others = most_frequent(tally.remarks)
    section.lines += [
        (tally.remarked[text] if count == 1 else counted(count, "source"), text) for text, count in remarks
    ]
    section.lines += [(counted(others, "more remark"), ".sslabel/remarks.jsonl")] if others else []
    return section


def bars_of(counts: Counts, most: int, what: str, before: str = "") -> list[Bar]:
    """The bars of names; what is past the most frequent ones is one bar."""
    shown, hidden, rest = counts.top(most)
    total = max(1, counts.total)
    made = [Bar(f"{before}{name}", count / total, f"{count:,}  {_percent(count / total)}") for name, count in shown]
    if rest or hidden:
        made.append(Bar(f"{before}{hidden:,} other {what}", rest / total, f"{rest:,}  {_percent(rest / total)}"))
    return made


def _bins(spread: Spread, most: int, name: str) -> list[Bar]:
    bins = spread.bars(most)
    if len(bins) < 2:  # noqa: PLR2004 - one bar says nothing
        return []
    named = [f"{name} {_short(begin)}" + ("" if begin == end else f" to {_short(end)}") for begin, end, _ in bins]
    return [Bar(one, share, _percent(share)) for one, (_, _, share) in zip(named, bins, strict=True)]


def _common(counts: Counts) -> str:
    shown, hidden, _ = counts.top(3)
    total = max(1, counts.total)
    if len(shown) == 1 and not hidden:
        return shown[0][0]
    named = ", ".join(f"{name} ({_percent(count / total)})" for name, count in sorted(shown, key=lambda one: -one[1]))
    return f"{named} and {hidden:,} others" if hidden else named


def _percent(share: float) -> str:
    """A share in whole percent: none is 0%, all are 100%, and nothing else is."""
    if 0 < share < 0.005:  # noqa: PLR2004 - what would round to nothing
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"  # noqa: PLR2004 - and to all


def _words(spread: Spread) -> str:
    if not spread.count:
        return "none"
    if spread.least == spread.most:
        return _short(spread.least)
    return f"{_span(spread)}, median {_short(spread.median)}, mean {_short(spread.mean)}"


def _span(spread: Spread) -> str:
    least, most = _short(spread.least), _short(spread.most)
    return least if least == most else f"{least} to {most}"


def _short(number: float) -> str:
    """A number with three figures or as many as it has before the point: `0.123`, `12,345`."""
    if number == int(number) or abs(number) >= 1000:  # noqa: PLR2004 - four figures are enough
        return f"{number:,.0f}" if abs(number) < 1e15 else f"{number:.3g}"  # noqa: PLR2004 - exact
    return f"{number:.3g}"
