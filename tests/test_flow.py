"""From a sample to its examples: what is drawn for each stage, what shares it, and what a refusal costs."""

# ruff: noqa: ARG001 - tasks and noises take what they are given, whether they need it or not
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pytest

from sslabel.errors import BadSource, Skip
from sslabel.flow import Failed, Skipped, examples, noised
from sslabel.options import Between, span
from sslabel.recipe import Recipe
from sslabel.registry import noise, task
from sslabel.seeding import Draws, example_key
from sslabel.values import Category, Example, Numbers, Pair, Picture, Sample, Text, Value
from tests.pictures import jpeg, photo, read_picture
from tests.recipes import examples_of, open_registry, outcomes, recipe

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.random import Generator

    from sslabel.values import Pixels

PHOTO = Picture(photo(48, 32))
DOT = Picture(np.full((1, 1, 3), 128, np.uint8))
made_labels: list[Picture] = []


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks and noises that show what they drew."""
    open_registry(monkeypatch)
    made_labels.clear()
    for one in (same, drawing, parts, several, refusing, failing, silent, wrong, unreadable, too_large, origin):
        task("image")(one)
    task("text")(words)
    for other in (mark, negate, breaking):
        noise("image")(other)
    noise("text")(capitals)


def same(picture: Picture, rng: Generator) -> Pair:
    """Give the picture as input and, in pixels of its own, as label."""
    label = Picture(picture.pixels.copy())
    made_labels.append(label)
    return Pair(picture, label)


def drawing(picture: Picture, rng: Generator, *, level: Annotated[float, Between(0, 1)] = span(0.0, 1.0)) -> Pair:
    """Draw numbers for a label."""
    return Pair(picture, Numbers(np.array([level, *rng.random(3)])))


def parts(picture: Picture, rng: Generator) -> Pair:
    """Give two inputs and a drawn class."""
    return Pair({"left": picture, "right": Picture(picture.pixels.copy()), "word": Text("a")}, _side(rng))


def _side(rng: Generator) -> Category:
    return Category(int(rng.integers(2)), ("left", "right"))


def several(picture: Picture, rng: Generator, *, count: int = 3) -> list[Pair]:
    """Give several pairs."""
    return [Pair(picture, _side(rng), {"number": number}) for number in range(count)]


def refusing(picture: Picture, rng: Generator) -> Pair:
    """Find no pair."""
    msg = "nothing to see"
    raise Skip(msg)


def failing(picture: Picture, rng: Generator) -> Pair:
    """Fail."""
    msg = "a bug"
    raise ValueError(msg)


def silent(picture: Picture, rng: Generator) -> Pair:
    """Fail without a word."""
    raise AssertionError


def wrong(picture: Picture, rng: Generator) -> Any:
    """Give something else."""
    return [picture]


def unreadable(picture: Picture, rng: Generator) -> Pair:
    """Find that the picture cannot be decoded."""
    msg = "torn"
    raise BadSource(msg)


def too_large(picture: Picture, rng: Generator) -> Pair:
    """Have not enough memory."""
    raise MemoryError


def origin(picture: Picture, rng: Generator, source: str, *, upper: bool = False) -> Pair:
    """Name the source."""
    return Pair(picture, Text(source.upper() if upper else source))


def words(text: Text, rng: Generator) -> Pair:
    """Give the text."""
    return Pair(text, text)


def mark(picture: Picture, rng: Generator, *, much: Annotated[float, Between(0, 1)] = 0.5) -> Picture:
    """Put drawn pixels in place of the picture's; their mean tells the option."""
    drawn = rng.integers(0, 256, picture.pixels.shape, np.uint8)
    drawn.flat[0] = round(255 * much)
    return Picture(drawn)


def negate(picture: Picture, rng: Generator) -> Picture:
    """Invert every value."""
    return Picture(255 - picture.pixels)


def breaking(picture: Picture, rng: Generator) -> Picture:
    """Fail."""
    msg = "a bug"
    raise ValueError(msg)


def capitals(text: Text, rng: Generator) -> Text:
    """Write in capitals."""
    return Text(text.text.upper())


def of_task(made: list[Example], use: str) -> list[Example]:
    return [one for one in made if one.task == use]


def same_examples(one: list[Example], other: list[Example]) -> bool:
    return [(a.key, a.fields, dict(a.meta)) for a in one] == [(b.key, b.fields, dict(b.meta)) for b in other]


def test_an_example_is_the_pair_with_its_key_and_meta_data() -> None:
    (example,) = examples_of(PHOTO, recipe(task="same"), "birds/wren.jpg")
    assert example.key == example_key("birds/wren.jpg", 0, 0)
    assert example.task == "same"
    assert example["input"] is PHOTO
    assert example.extras == {}
    assert example.meta == {"source": "birds/wren.jpg", "task": "same", "copy": 0, "augment": "", "noise": ""}


def test_the_same_source_and_seed_give_the_same_examples() -> None:
    steps = recipe(task=["drawing", "several"], noise="mark:much=0..1", augment="mark", copies=3)
    assert same_examples(examples_of(PHOTO, steps), examples_of(PHOTO, steps))


@pytest.mark.parametrize(("source", "seed"), [("b.jpg", 0), ("a.jpg", 1)])
def test_another_source_or_seed_gives_other_draws(source: str, seed: int) -> None:
    (one,) = examples_of(PHOTO, recipe(task="drawing"))
    (other,) = examples_of(PHOTO, recipe(task="drawing", seed=seed), source)
    assert one["label"] != other["label"]


def test_noise_changes_the_input_and_leaves_the_identical_label() -> None:
    (example,) = examples_of(PHOTO, recipe(task="same", noise=["negate", "mark"]))
    assert example["input"] != PHOTO
    assert example["label"] is made_labels[0]
    assert example["label"] == PHOTO


def test_augments_come_before_the_task_and_are_shared() -> None:
    (example,) = examples_of(PHOTO, recipe(task="same", augment=["negate", "mark"]))
    assert example["input"] != PHOTO
    assert example["input"] == example["label"]
    assert example.meta["augment"] == "negate() > mark(much=0.5)"
    assert example.meta["noise"] == ""


def test_augments_are_drawn_once_for_all_tasks() -> None:
    one, other = examples_of(PHOTO, recipe(task=["same", "drawing"], augment="mark:much=0..1"))
    assert one["input"] is other["input"]
    assert one.meta["augment"] == other.meta["augment"] != ""


def test_augments_are_drawn_anew_for_each_copy() -> None:
    made = examples_of(PHOTO, recipe(task="same", augment="mark:much=0..1", copies=20))
    assert len({one.meta["augment"] for one in made}) == 20


def test_noises_are_applied_in_their_order_with_their_drawn_options() -> None:
    (example,) = examples_of(PHOTO, recipe(task="same", noise=["mark:much=0.08", "negate", "mark:much=1"]))
    assert example.meta["noise"] == "mark(much=0.08) > negate() > mark-2(much=1)"
    (example,) = examples_of(PHOTO, recipe(task="same", noise=["negate", "negate"]))
    assert example["input"] == PHOTO


def test_the_chain_tells_the_option_that_was_used() -> None:
    for number in range(20):
        (example,) = examples_of(PHOTO, recipe(task="same", noise="mark:much=0..1"), f"{number}.jpg")
        told = re.fullmatch(r"mark\(much=([0-9.e-]+)\)", str(example.meta["noise"]))
        assert told is not None
        picture = example["input"]
        assert isinstance(picture, Picture)
        assert picture.pixels.flat[0] == round(255 * float(told[1]))


def test_the_chain_writes_options_as_one_would_type_them() -> None:
    (example,) = examples_of(
        PHOTO, recipe(task="same", noise=["pixel-dropout:rate=0.5,fill=7", "gaussian-noise:severity=2"])
    )
    assert example.meta["noise"] == "pixel-dropout(rate=0.5, fill=7) > gaussian-noise(severity=2)"
    (example,) = examples_of(PHOTO, recipe(task="same", noise="gaussian-noise:sigma=0.1"))
    assert example.meta["noise"] == "gaussian-noise(sigma=0.1)"


def test_a_range_is_drawn_anew_for_each_pair() -> None:
    steps = recipe(task="drawing:level=0..1", noise="mark:much=0.2..0.4", copies=200)
    made = examples_of(DOT, steps)
    chains = {str(one.meta["noise"]) for one in made}
    assert len(chains) > 190
    assert all(0.2 <= float(chain[len("mark(much=") : -1]) <= 0.4 for chain in chains)
    levels = [one["label"].array[0] for one in made if isinstance(one["label"], Numbers)]
    assert len(set(levels)) > 190


@pytest.mark.parametrize(("chance", "low", "high"), [(0, 0, 0), (1, 4000, 4000), (0.25, 891, 1109), (0.9, 3525, 3675)])
def test_a_noise_is_applied_at_its_chance(chance: float, low: int, high: int) -> None:
    # 4000 draws: within four standard deviations of the expected number.
    made = examples_of(DOT, recipe(task="same", noise=f"negate:p={chance}", copies=4000))
    applied = sum(one.meta["noise"] == "negate()" for one in made)
    assert low <= applied <= high
    assert all((one["input"] == DOT) is (one.meta["noise"] == "") for one in made)


def test_a_noise_that_is_not_applied_leaves_the_identical_input() -> None:
    (example,) = examples_of(PHOTO, recipe(task="same", noise="mark:p=0"))
    assert example["input"] is PHOTO
    assert example.meta["noise"] == ""


@pytest.mark.parametrize(
    "more", [["negate"], ["gaussian-noise:sigma=0..1"], ["mark:much=0..1,p=0.5"], ["negate", "negate"]]
)
@pytest.mark.parametrize("before", [True, False])
def test_another_noise_leaves_the_draws_of_the_others_as_they_were(more: list[str], before: bool) -> None:
    own = "pixel-dropout:rate=0..1"
    alone = examples_of(DOT, recipe(task="drawing", noise=own, copies=20))
    joined = examples_of(DOT, recipe(task="drawing", noise=[*more, own] if before else [own, *more], copies=20))
    for one, other in zip(alone, joined, strict=True):
        assert str(one.meta["noise"]) in str(other.meta["noise"]).split(" > ")
        assert one["label"] == other["label"]


def test_a_second_use_of_a_noise_draws_for_itself() -> None:
    made = examples_of(DOT, recipe(task="same", noise=["mark:much=0..1", "mark:much=0..1"], copies=50))
    for one in made:
        first, second = str(one.meta["noise"]).split(" > ")
        assert first.removeprefix("mark") != second.removeprefix("mark-2")


def test_an_augment_and_a_noise_of_one_name_draw_for_themselves() -> None:
    (example,) = examples_of(DOT, recipe(task="same", augment="mark:much=0..1", noise="mark:much=0..1"))
    assert example.meta["augment"] != example.meta["noise"]


def test_another_task_leaves_the_pairs_of_the_first_as_they_were() -> None:
    given: dict[str, Any] = {"noise": "mark:much=0..1,p=0.5", "augment": "mark:p=0.5", "copies": 5}
    alone = examples_of(PHOTO, recipe(task="drawing", **given))
    for tasks in (
        ["drawing", "several"],
        ["several", "drawing"],
        ["parts", "same", "drawing"],
        ["drawing", "other@drawing"],
    ):
        assert same_examples(of_task(examples_of(PHOTO, recipe(task=tasks, **given)), "drawing"), alone)


def test_a_task_under_a_second_name_draws_for_itself() -> None:
    one, other = examples_of(PHOTO, recipe(task=["drawing", "other@drawing"]))
    assert (one.task, other.task, other.meta["task"]) == ("drawing", "other", "other")
    assert one["label"] != other["label"]


def test_each_data_set_of_a_source_has_noise_of_its_own() -> None:
    one, other = examples_of(PHOTO, recipe(task=["same", "other@same"], noise="mark:much=0..1"))
    assert one.meta["noise"] != other.meta["noise"]
    assert one["input"] != other["input"]


def test_copies_are_independent_and_have_keys_of_their_own() -> None:
    made = examples_of(PHOTO, recipe(task="drawing", copies=50))
    assert [one.meta["copy"] for one in made] == list(range(50))
    assert len({one.key for one in made}) == 50
    assert len({repr(one["label"].array.tolist()) for one in made if isinstance(one["label"], Numbers)}) == 50


def test_a_copy_is_the_same_whether_or_not_the_others_are_made() -> None:
    made = examples_of(PHOTO, recipe(task=["drawing", "several"], noise="mark", copies=6))
    alone = examples_of(PHOTO, recipe(task=["drawing", "several"], noise="mark"), copies=[4])
    assert same_examples(alone, [one for one in made if one.meta["copy"] == 4])


def test_several_pairs_of_a_source_have_keys_notes_and_noise_of_their_own() -> None:
    made = examples_of(PHOTO, recipe(task="several:count=4", noise="mark:much=0..1"))
    assert [one.key for one in made] == [example_key("a.jpg", 0, number) for number in range(4)]
    assert [one.meta["number"] for one in made] == [0, 1, 2, 3]
    assert len({one.meta["noise"] for one in made}) == 4


def test_the_parts_of_an_input_share_options_and_draw_their_own_noise() -> None:
    (example,) = examples_of(PHOTO, recipe(task="parts", noise="mark:much=0..1"))
    left, right = example["input_left"], example["input_right"]
    assert isinstance(left, Picture)
    assert isinstance(right, Picture)
    assert left.pixels.flat[0] == right.pixels.flat[0]
    assert left != right
    assert example["input_word"] == Text("a")
    assert str(example.meta["noise"]).count("mark") == 1


def test_noise_for_another_kind_of_value_passes_by() -> None:
    values: dict[str, Value] = {"input": PHOTO, "input_word": Text("a")}
    steps = recipe(task=["same", "words"], noise="capitals").tasks[1].noises
    done, chain = noised(values, steps, Draws(0), "key", "stage")
    assert done == {"input": PHOTO, "input_word": Text("A")}
    assert chain == "capitals()"
    done, chain = noised({"input": PHOTO}, steps, Draws(0), "key", "stage")
    assert (done, chain) == ({"input": PHOTO}, "")


def test_the_values_before_noise_are_left_as_they_are() -> None:
    values = {"input": PHOTO}
    noised(values, recipe(task="same", noise="negate").tasks[0].noises, Draws(0), "key", "stage")
    assert values == {"input": PHOTO}
    assert np.array_equal(PHOTO.pixels, photo(48, 32))


def test_clean_is_the_identical_input_before_noise() -> None:
    (example,) = examples_of(PHOTO, recipe(task="same", noise="negate", augment="mark", keep_clean=True))
    assert list(example.fields) == ["input", "label", "clean"]
    assert example["clean"] == example["label"]
    assert example["input"] == Picture(255 - example["clean"].pixels)  # type: ignore[union-attr]


def test_each_part_of_an_input_is_kept_clean() -> None:
    (example,) = examples_of(PHOTO, recipe(task="parts", noise="negate", keep_clean=True))
    assert set(example.extras) == {"clean_left", "clean_right", "clean_word"}
    assert example["clean_left"] is PHOTO


def test_clean_is_there_even_where_no_noise_was_applied() -> None:
    (example,) = examples_of(PHOTO, recipe(task="same", noise="negate:p=0", keep_clean=True))
    assert example["clean"] is example["input"]


def test_fields_of_the_source_are_carried_along_where_asked() -> None:
    fields = {"folder": "birds", "caption": "a wren"}
    (example,) = examples_of(PHOTO, recipe(task="same", keep="folder"), fields=fields)
    assert example.extras == {"folder": Text("birds")}
    (example,) = examples_of(PHOTO, recipe(task="same"), fields=fields)
    assert example.extras == {}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("failing", "ValueError: a bug"),
        ("silent", "AssertionError"),
        ("wrong", "TypeError: the task gave a Picture, not a Pair"),
    ],
)
def test_a_task_that_fails_costs_its_own_pair_and_no_other(name: str, reason: str) -> None:
    first, failed, last = outcomes(PHOTO, recipe(task=["same", name, "drawing"]))
    assert isinstance(failed, Failed)
    assert (failed.task, failed.reason) == (name, reason)
    assert same_examples([first, last], examples_of(PHOTO, recipe(task=["same", "drawing"])))  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("name", "reason"), [("refusing", "nothing to see"), ("several:count=0", "the task gave no pair")]
)
def test_a_task_that_finds_no_pair_says_why_and_costs_no_other(name: str, reason: str) -> None:
    skipped, made = outcomes(PHOTO, recipe(task=[name, "same"]))
    assert skipped == Skipped(name.partition(":")[0], reason)
    assert isinstance(made, Example)


def test_a_refusal_is_told_under_the_name_of_the_data_set() -> None:
    assert outcomes(PHOTO, recipe(task="own@refusing")) == [Skipped("own", "nothing to see")]


def test_a_noise_that_fails_costs_the_pairs_of_its_task() -> None:
    one, other = outcomes(PHOTO, recipe(task=[{"same": {"noise": "breaking"}}, "drawing"]))
    assert isinstance(one, Failed)
    assert (one.task, one.reason) == ("same", "ValueError: a bug")
    assert isinstance(other, Example)


def test_an_augment_that_fails_costs_every_task() -> None:
    made = outcomes(PHOTO, recipe(task=["same", "drawing"], augment="breaking"))
    assert [(one.task, one.reason) for one in made if isinstance(one, Failed)] == [
        ("same", "ValueError: a bug"),
        ("drawing", "ValueError: a bug"),
    ]


@pytest.mark.parametrize(("name", "error"), [("unreadable", BadSource), ("too-large", MemoryError)])
def test_what_is_wrong_with_the_source_is_no_failure_of_a_task(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        outcomes(PHOTO, recipe(task=["same", name]))


def test_a_picture_below_the_smallest_of_a_task_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    open_registry(monkeypatch)

    def large(picture: Picture, rng: Generator) -> Pair:
        """Give a large picture."""
        return Pair(picture, picture)

    task("image", smallest=33)(large)
    assert outcomes(PHOTO, recipe(task="large")) == [Skipped("large", "smaller than 33 pixels")]
    (made,) = outcomes(Picture(photo(33, 33)), recipe(task="large"))
    assert isinstance(made, Example)


def test_a_task_for_another_kind_of_value_is_left_out() -> None:
    steps = recipe(task=["same", "words"])
    assert [one.task for one in examples_of(PHOTO, steps)] == ["same"]
    assert [one.task for one in examples_of(Text("a"), steps)] == ["words"]


@pytest.mark.parametrize(
    ("fit", "width", "height"), [("short", 24, 16), ("crop", 16, 16), ("pad", 16, 16), ("stretch", 16, 16)]
)
def test_a_picture_is_resized_before_everything_else(fit: str, width: int, height: int) -> None:
    (example,) = examples_of(PHOTO, recipe(task="same", size=16, fit=fit, augment="negate"))
    for name in ("input", "label"):
        picture = example[name]
        assert isinstance(picture, Picture)
        assert (picture.width, picture.height) == (width, height)


class CountingDecoder:
    """A decoder that counts how often it decodes."""

    width, height = 48, 32
    grid = (16, 0, 0)
    verbatim = None

    def __init__(self) -> None:
        self.decoded: list[str] = []

    def rgb(self, at_least: tuple[int, int] | None = None) -> Pixels:
        self.decoded.append("rgb" if at_least is None else "reduced")
        return photo(48, 32)

    def luma(self) -> Pixels:
        self.decoded.append("luma")
        return photo(48, 32)[:, :, 0].copy()

    def small(self) -> Pixels:
        self.decoded.append("small")
        return photo(6, 4)

    def small_part(self, rows: int) -> Pixels | None:  # noqa: ARG002 - there is none of any size
        return None

    def thumbnail(self) -> None:
        return None


def decoded_by(steps: Recipe) -> list[str]:
    decoder = CountingDecoder()
    made = list(examples(Sample("a.jpg", Picture(decoder=decoder)), steps, Draws(0)))
    assert made
    for one in made:
        assert isinstance(one, Example)
        for value in one.fields.values():
            if isinstance(value, Picture):
                assert value.pixels.size  # as an encoder asks for them
    return sorted(decoder.decoded)


@pytest.mark.parametrize(
    ("given", "decoded"),
    [
        ({"task": "rotation"}, ["rgb"]),
        ({"task": ["rotation", "other@rotation", "same", "drawing", "parts"], "copies": 5}, ["rgb"]),
        ({"task": "colorize", "copies": 5}, ["luma", "rgb", "small"]),
        ({"task": ["colorize", "rotation", "other@colorize:as=ab"], "copies": 3}, ["luma", "rgb", "small"]),
        ({"task": ["rotation", "same"], "augment": "negate", "copies": 3}, ["rgb"]),
        ({"task": ["rotation", "same"], "noise": ["negate", "mark"], "keep_clean": True}, ["rgb"]),
        ({"task": ["rotation", "same", "drawing"], "size": 16, "copies": 3}, ["reduced"]),
        ({"task": ["rotation", "same"], "size": 32}, ["rgb"]),
    ],
)
def test_a_picture_is_decoded_once_whatever_the_number_of_tasks(given: dict[str, Any], decoded: list[str]) -> None:
    assert decoded_by(recipe(**given)) == decoded


def test_nothing_is_decoded_where_no_task_takes_the_picture() -> None:
    decoder = CountingDecoder()
    assert list(examples(Sample("a.jpg", Picture(decoder=decoder)), recipe(task="words"), Draws(0))) == []
    assert decoder.decoded == []


@pytest.mark.parametrize(
    ("augment", "grid"), [(None, (16, 0, 0)), ("color-balance:red=1.5", (16, 0, 0)), ("rotate:degrees=5", (1, 0, 0))]
)
def test_augments_that_move_no_pixel_keep_the_blocks_of_a_jpeg(
    tmp_path: Path, augment: str | None, grid: tuple[int, int, int]
) -> None:
    """A square that is cut off the blocks would, turned, name its turn by their phase."""
    asked = recipe(task="rotation", **({"augment": augment} if augment else {}))
    picture = read_picture(tmp_path, jpeg(photo(48, 32)))
    augmented, _ = noised({"": picture}, asked.augments, Draws(0), "key", "augment")
    value = augmented[""]
    assert isinstance(value, Picture)
    assert value.grid == grid


@pytest.mark.parametrize(("name", "label"), [("origin", "birds/a.jpg"), ("origin:upper=true", "BIRDS/A.JPG")])
def test_a_task_may_ask_for_the_source_id(name: str, label: str) -> None:
    (one,) = examples_of(PHOTO, recipe(task=name), "birds/a.jpg")
    assert one["label"] == Text(label)
