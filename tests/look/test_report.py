"""A data set's numbers in words and bars."""

from __future__ import annotations

from pathlib import Path

from sslabel.look.datasets import asked_for
from sslabel.look.measures import Counts, Spread
from sslabel.look.report import Section, looked_at, sections, summary
from sslabel.look.statistics import TaskNumbers, numbers_of
from tests.look.handmade import Strings, write_out


def numbers_in(out: Path, sample: int | None = None) -> TaskNumbers:
    (data,) = asked_for(out)
    return numbers_of(data, sample)


def by_title(numbers: TaskNumbers) -> dict[str, Section]:
    return {one.title: one for one in sections(numbers)}


def test_each_field_and_noise_has_its_section(tmp_path: Path) -> None:
    numbers = numbers_in(write_out(tmp_path / "out", Strings(), shards=2))
    found = by_title(numbers)
    assert summary(numbers).startswith("8 pairs in 2 shards, ")
    assert looked_at(numbers) == ""
    assert found["input_picture (picture)"].lines == [("size", "16×12")]
    assert [(bar.name, bar.words) for bar in found["label (category)"].bars] == [("one", "4  50%"), ("two", "4  50%")]
    assert found["label_order (order)"].bars[0].name == "1 0 2"
    assert found["noise hue"].lines == [("applied", "to 8 of 8 pairs, 100%"), ("shift", "-0.03")]
    assert ("skipped 2 sources", "torn") in found["left out"].lines
    assert ("a.jpg", "torn") in found["left out"].lines


def test_parts_by_number_that_measure_the_same_are_one(tmp_path: Path) -> None:
    numbers = numbers_in(write_out(tmp_path / "out", Strings()))
    picture, mask = numbers.fields["input_picture"], numbers.fields["label"]
    numbers.fields = {"input_0": picture, "input_1": picture, "input_2": mask, "label_0": picture, "other": picture}
    titles = [one.split(" (")[0] for one in by_title(numbers)]
    assert titles[1:5] == ["input_0 … input_1", "input_2", "label_0", "other"]


def test_what_has_no_numbers_says_so(tmp_path: Path) -> None:
    numbers = numbers_in(write_out(tmp_path / "out", Strings(noise="hue(shift=nan, by=inf) > fog(p=x)")))
    numbers.fields["label_values"].spreads["value"] = Spread()
    found = by_title(numbers)
    assert ("shift", "none") in found["noise hue"].lines
    assert ("p", "x") in found["noise fog"].lines
    assert ("value", "none") in found["label_values (numbers)"].lines


def test_a_sample_says_of_how_many(tmp_path: Path) -> None:
    numbers = numbers_in(write_out(tmp_path / "out", Strings(), pairs=10), sample=3)
    assert looked_at(numbers) == "3 of 10 pairs looked at"


def test_of_many_classes_the_frequent_ones_are_shown(tmp_path: Path) -> None:
    names = tuple(f"c{number}" for number in range(1000))
    numbers = numbers_in(write_out(tmp_path / "out", Strings(names=names), pairs=30))
    bars = by_title(numbers)["label (category)"].bars
    assert [bar.name for bar in bars[:24]] == list(names[:24])
    assert (bars[24].name, bars[24].words) == ("976 other classes", "6  20%")


def test_shares_that_are_not_all_and_not_none_do_not_seem_so(tmp_path: Path) -> None:
    numbers = numbers_in(write_out(tmp_path / "out", Strings()))
    counts = numbers.fields["label"].counts["class"] = Counts(("none", "few", "many"))
    counts.add("few", 1)
    counts.add("many", 999)
    bars = by_title(numbers)["label (category)"].bars
    assert [bar.words for bar in bars] == ["0  0%", "1  <1%", "999  >99%"]


def test_of_many_orders_their_number_is_told_as_far_as_it_is_known(tmp_path: Path) -> None:
    numbers = numbers_in(write_out(tmp_path / "out", Strings()))
    counts = numbers.fields["label_order"].counts["order"] = Counts()
    for number in range(30):
        counts.add(str(number))
    assert ("orders", "30 different ones") in by_title(numbers)["label_order (order)"].lines
    counts.others = 1
    assert ("orders", "over 30 different ones") in by_title(numbers)["label_order (order)"].lines


def test_of_many_that_were_left_out_a_few_are_named(tmp_path: Path) -> None:
    numbers = numbers_in(write_out(tmp_path / "out", Strings(), shards=5))
    lines = by_title(numbers)["left out"].lines
    assert lines.count(("a.jpg", "torn")) == 3
    assert ("and 2 more", "in quarantine.jsonl") in lines
