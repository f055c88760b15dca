"""The flow for blocks: what comes of a passage is what came of it alone, whatever stands in its block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pytest

from sslabel.blockflow import Block, blocks
from sslabel.blocks import Categories, Lists, Pairs, Passages, Strings
from sslabel.errors import BadSource, Skip
from sslabel.flow import Failed, Skipped
from sslabel.options import Between, span
from sslabel.recipe import Recipe
from sslabel.registry import noise, task
from sslabel.seeding import BlockDraws, Draws, example_key
from sslabel.transforms.text.words import passages_of
from sslabel.values import Category, Example, Order, Pair, Text, Texts
from tests.recipes import open_registry, recipe

if TYPE_CHECKING:
    from numpy.random import Generator

TEXTS = [
    "The wren sings.",
    "It is a small bird, and a loud one!",
    "",
    "Who has not heard it?",
    "Nobody",
    "日本語",
    "...",
]
KINDS = ("even", "odd")


def passages(texts: Sequence[str] = TEXTS, **fields: Sequence[str]) -> Passages:
    """A block of texts whose ids are their own."""
    made = passages_of(Strings.of(texts), [f"{text}.txt" for text in texts])
    return replace(made, fields=fields)


def made(block: Passages, steps: Recipe, copies: Sequence[int] | None = None) -> list[Any]:
    """All that a recipe makes of a block, examples one by one."""
    found: list[Any] = []
    for one in blocks(block, steps, Draws(steps.seed), copies):
        found += map(one.example, range(len(one))) if isinstance(one, Block) else [one]
    return found


def skips(block: Passages, steps: Recipe) -> Counter[str]:
    """The reasons for which passages gave no pair, and how many did not."""
    found: Counter[str] = Counter()
    for one in blocks(block, steps, Draws(steps.seed)):
        if isinstance(one, Block):
            found.update(one.skipped)
        elif isinstance(one, Skipped):
            found[one.reason] += 1
    return found


def by_source(found: Sequence[Any]) -> dict[str, list[Any]]:
    """What came of each passage."""
    told: dict[str, list[Any]] = {}
    for one in (one for one in found if not isinstance(one, Skipped)):
        assert isinstance(one, Example), one
        told.setdefault(str(one.meta["source"]), []).append((one.key, repr(one.fields), one.meta))
    return {source: sorted(some, key=repr) for source, some in told.items()}


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks and noises for these tests, gone when each of them ends."""
    open_registry(monkeypatch)

    @task("text", block=True)
    def parity(given: Passages, draws: BlockDraws, *, weight: Annotated[float, Between(0, 1)] = 0.5) -> Pairs:
        """Say whether the number of words is even; a text of none is skipped.

        weight: stands in the notes
        """
        rows = np.flatnonzero(given.counts > 0)
        labels = Categories(given.counts[rows] % 2, KINDS)
        weights = np.broadcast_to(weight, len(given))[rows].tolist()
        notes = {"weight": weights, "draw": draws.each("draw")[rows].tolist()}
        return Pairs(
            rows,
            {"input": given.text.take(rows)},
            {"label": labels},
            notes,
            {"no words": np.flatnonzero(given.counts == 0)},
        )

    @task("text")
    def plain_parity(text: Text, rng: Generator) -> Pair:
        """Say the same of one text."""
        count = int(passages_of(Strings.of([text.text]), ["a"]).counts[0])
        if count == 0:
            msg = "no words"
            raise Skip(msg)
        return Pair(text, Category(count % 2, KINDS), {"weight": 0.5, "draw": rng.random()})

    @task("text", block=True)
    def twice(given: Passages, draws: BlockDraws) -> Pairs:  # noqa: ARG001
        """Show each text and its words, twice."""
        rows = np.repeat(np.arange(len(given)), 2)
        one = given.take(rows)
        orders = Lists(np.array([0, 1] * len(rows), np.int32), np.arange(len(rows) + 1) * 2, Order)
        return Pairs(rows, {"input": one.text, "input_words": Lists(one.words, one.bounds)}, {"label": orders})

    @task("text")
    def plain_twice(text: Text, rng: Generator) -> list[Pair]:  # noqa: ARG001
        """Show each text and its words, twice."""
        words = tuple(passages_of(Strings.of([text.text]), ["a"]).words)
        inputs = {"input": text, "input_words": Texts(words)}
        return [Pair({"": text, "words": inputs["input_words"]}, Order((0, 1))) for _ in range(2)]  # type: ignore[dict-item]

    @noise("text", block=True)
    def star(text: Strings, draws: BlockDraws, *, rate: float = 0.5) -> Strings:
        """Put a star behind a text.

        rate: how likely
        """
        return Strings.of([f"{one}*" if is_ else one for one, is_ in zip(text, draws.each("star") < rate, strict=True)])

    @noise("text")
    def plain_star(text: Text, rng: Generator, *, rate: float = 0.5) -> Text:
        """Put a star behind a text.

        rate: how likely
        """
        return Text(f"{text.text}+" if rng.random() < rate else text.text)

    @noise("text")
    def lower(text: Text, rng: Generator) -> Text:  # noqa: ARG001
        """Write in small letters."""
        return Text(text.text.lower())

    @noise("text")
    def mean(text: Text, rng: Generator) -> Text:  # noqa: ARG001
        """Fail where a wren sings."""
        if "wren" in text.text:
            msg = "no wrens"
            raise ValueError(msg)
        return Text(text.text + "-")


STEPS: list[dict[str, Any]] = [
    {"task": "parity"},
    {"task": "plain-parity"},
    {"task": ["parity:weight=0.1..0.9", "plain-parity"], "noise": ["star", "plain-star:rate=0.1..0.9"], "copies": 3},
    {"task": ["twice", "plain-twice"], "noise": ["star", "plain-star", "star:p=0.5"], "keep_clean": True},
    {
        "task": ["twice", "plain-twice", "parity"],
        "augment": ["star:rate=0.2..0.8", "plain-star:p=0.5"],
        "keep": "title",
    },
]


@pytest.mark.parametrize("given", STEPS, ids=lambda given: str(given["task"]))
def test_what_comes_of_a_passage_does_not_depend_on_its_block(given: dict[str, Any]) -> None:
    steps = recipe(**given)
    titles = [f"No. {number}" for number in range(len(TEXTS))]
    together = by_source(made(passages(title=titles), steps))
    backwards = by_source(made(passages(TEXTS[::-1], title=titles[::-1]), steps))
    alone: dict[str, list[Any]] = {}
    for text, title in zip(TEXTS, titles, strict=True):
        alone |= by_source(made(passages([text], title=[title]), steps))
    assert together == backwards == alone
    assert set(together) >= {f"{text}.txt" for text in TEXTS if text not in ("", "...")}


def test_keys_are_those_of_the_source_the_copy_and_the_number() -> None:
    for name in ("twice", "plain-twice"):
        keys = [one.key for one in made(passages(["a", "b"]), recipe(task=name, copies=2))]
        expected = [example_key(f"{text}.txt", copy, number) for copy in (0, 1) for text in "ab" for number in (0, 1)]
        assert keys == expected


def test_a_plain_task_and_one_on_blocks_give_the_same_pairs() -> None:
    for names in (("parity", "plain-parity"), ("twice", "plain-twice")):
        one, other = (
            [
                (each.key, repr(each.fields), each.meta["source"], each.meta["noise"])
                for each in made(passages(), recipe(task=f"same@{name}", noise="star:rate=1", keep_clean=True))
                if isinstance(each, Example)
            ]
            for name in names
        )
        assert one == other
        assert one
    assert skips(passages(), recipe(task="parity")) == skips(passages(), recipe(task="plain-parity")) == {"no words": 2}


def test_every_task_and_noise_draws_on_its_own() -> None:
    texts = [f"{number} words" for number in range(200)]
    both = made(passages(texts), recipe(task=["parity", "other@parity"], noise=["star:rate=0.5", "star:rate=0.5"]))
    found = {(one.task, one.meta["source"]): (one.meta["draw"], one.meta["noise"]) for one in both}
    alone = made(passages(texts), recipe(task="other@parity", noise="star:rate=0.5"))
    assert [one.meta["draw"] for one in alone] == [found["other", one.meta["source"]][0] for one in alone]
    assert len({draw for draw, _ in found.values()}) == 400
    chains = Counter(noise for _, noise in found.values())
    assert set(chains) == {"", "star(rate=0.5)", "star-2(rate=0.5)", "star(rate=0.5) > star-2(rate=0.5)"}
    assert min(chains.values()) > 60


def test_a_range_is_drawn_for_each_and_stands_in_the_meta_data() -> None:
    texts = [f"{number} words" for number in range(300)]
    found = made(passages(texts), recipe(task="plain-parity", noise=["plain-star:rate=0.9..1", "star:rate=0.2..0.4"]))
    rates = [
        float(str(one.meta["noise"]).split("star(rate=")[-1].rstrip(")")) for one in found if " > " in one.meta["noise"]
    ]
    assert len(set(rates)) > 60
    assert min(rates) >= 0.2
    assert max(rates) <= 0.4
    stars = sum(one["input"].text.endswith("*") for one in found)
    assert abs(stars - 90) < 4 * np.sqrt(300 * 0.3 * 0.7)
    assert all((" > star(" in one.meta["noise"]) == ("+*" in one["input"].text) for one in found)
    weights = [one.meta["weight"] for one in made(passages(texts), recipe(task="parity:weight=0.25..0.5"))]
    assert len(set(weights)) > 290
    assert 0.25 <= min(weights) < 0.27
    assert 0.48 < max(weights) <= 0.5


def test_p_is_the_share_that_a_noise_is_put_on() -> None:
    texts = [f"{number} words" for number in range(1000)]
    for name in ("star", "plain-star"):
        found = made(passages(texts), recipe(task="parity", noise=f"{name}:rate=1,p=0.3"))
        noisy = [one for one in found if one["input"] != Text(str(one.meta["source"]).removesuffix(".txt"))]
        assert abs(len(noisy) - 300) < 4 * np.sqrt(1000 * 0.3 * 0.7)
        assert all((one.meta["noise"] != "") == (one in noisy) for one in found)
        assert made(passages(texts), recipe(task="parity", noise=f"{name}:rate=1,p=0")) == made(
            passages(texts), recipe(task="parity")
        )


def test_one_chain_for_all_parts_of_an_input_and_draws_for_each_item() -> None:
    text = " ".join(f"w{number}" for number in range(400))
    for name in ("twice", "plain-twice"):
        for noise_name, mark in (("star", "*"), ("plain-star", "+")):
            found = made(passages([text]), recipe(task=name, noise=f"{noise_name}:rate=0.5"))
            starred = [[word.endswith(mark) for word in one["input_words"].texts] for one in found]
            assert all(130 < sum(one) < 270 for one in starred)
            assert starred[0] != starred[1]
            assert [one["input_words"].texts[0].rstrip(mark) for one in found] == ["w0", "w0"]


def test_markers_stay_whole_under_plain_noises_and_those_behind_them() -> None:
    texts = [f"THE WREN {number} SINGS OF A SMALL BIRD" for number in range(30)]
    steps = recipe(
        task="span-corruption",
        noise=["lower", "plain-star:rate=1", "delete-letters:rate=0.6", "lower"],
        keep_clean=True,
    )
    for one in made(passages(texts), steps):
        markers = [part.partition(">")[0] for part in one["clean"].text.split("<extra_id_")[1:]]
        assert markers
        assert [part.partition(">")[0] for part in one["input"].text.split("<extra_id_")[1:]] == markers
        rest = one["input"].text
        for marker in markers:
            rest = rest.replace(f"<extra_id_{marker}>", "")
        assert rest == rest.lower()


@pytest.mark.parametrize("name", ["parity", "plain-parity", "twice", "plain-twice"])
def test_a_noise_that_fails_costs_the_passage_that_it_fails_on(name: str) -> None:
    steps = recipe(task=[name, "word-order"], noise=["star:p=0.5", "mean"])
    found = made(passages(), steps)
    failed = [one for one in found if isinstance(one, Failed)]
    assert (name, "The wren sings..txt", "ValueError: no wrens") in {
        (one.task, one.source, one.reason) for one in failed
    }
    assert {one.source for one in failed} == {"The wren sings..txt"}
    rest = [one for one in found if isinstance(one, Example) and "wren" not in str(one.meta["source"])]
    assert by_source(rest) == by_source(made(passages([text for text in TEXTS if "wren" not in text]), steps))


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_noise_that_loses_a_text_costs_that_passage(count: int) -> None:
    @noise("text", block=True)
    def losing(text: Strings, draws: BlockDraws) -> Strings:  # noqa: ARG001
        """Lose one."""
        return text.take(np.array([one != "Nobody" for one in text]))

    texts = ["Nobody", "a bird", "two birds", "Nobody", "three", "four of them", "and one"][:count]
    found = made(passages(texts), recipe(task="parity", noise="losing"))
    failed = [(one.source, one.reason) for one in found if isinstance(one, Failed)]
    assert failed == [("Nobody.txt", "ValueError: the noise gave 0 texts for 1")] * texts.count("Nobody")
    assert sum(isinstance(one, Example) for one in found) == count - len(failed)


def test_an_augment_that_fails_costs_that_passage_in_every_task() -> None:
    steps = recipe(task=["parity", "plain-parity"], augment=["mean", "star:p=0.5"])
    found = made(passages(), steps)
    failed = {(one.task, one.source) for one in found if isinstance(one, Failed)}
    assert failed == {(name, "The wren sings..txt") for name in ("parity", "plain-parity")}
    others = made(passages([text for text in TEXTS if "wren" not in text]), steps)
    kept = [one for one in found if isinstance(one, Example)]
    assert by_source(kept) == by_source(others)


WRONG: dict[str, Any] = {
    "no-pairs": lambda given: 5,  # noqa: ARG005
    "short-column": lambda given: Pairs(
        np.arange(2), {"input": given.text.take(np.arange(1))}, {"label": given.text.take(np.arange(2))}
    ),
    "short-notes": lambda given: Pairs(np.arange(len(given)), {"input": given.text}, {"label": given.text}, {"n": []}),
    "backwards": lambda given: Pairs(np.arange(len(given))[::-1], {"input": given.text}, {"label": given.text}),
    "beyond": lambda given: Pairs(np.arange(len(given)) + 1, {"input": given.text}, {"label": given.text}),
    "negative": lambda given: Pairs(np.arange(len(given)) - 1, {"input": given.text}, {"label": given.text}),
    "both": lambda given: Pairs(
        np.arange(len(given)), {"input": given.text}, {"label": given.text}, {}, {"odd": np.array([0])}
    ),
    "raises": lambda given: 1 / 0,  # noqa: ARG005
}


@pytest.mark.parametrize("how", WRONG)
def test_what_is_no_block_of_pairs_is_refused_passage_by_passage(how: str) -> None:
    @task("text", block=True)
    def wrong(given: Passages, draws: BlockDraws) -> Pairs:  # noqa: ARG001
        """Give what is no block of pairs."""
        result: Pairs = WRONG[how](given)
        return result

    found = made(passages(TEXTS[:3]), recipe(task=["wrong", "parity"]))
    failed = [one for one in found if isinstance(one, Failed)]
    if how == "backwards":  # one passage stands in order by itself
        assert failed == []
        return
    assert [one.source for one in failed] == [f"{text}.txt" for text in TEXTS[:3]]
    assert sum(isinstance(one, Example) for one in found) == 2


def test_a_passage_that_fails_among_many_costs_little_more() -> None:
    seen: list[int] = []

    @task("text", block=True)
    def but_one(given: Passages, draws: BlockDraws) -> Pairs:  # noqa: ARG001
        """Fail where it meets the one."""
        seen.append(len(given))
        if "the one" in list(given.text):
            msg = "this one"
            raise ValueError(msg)
        return Pairs(np.arange(len(given)), {"input": given.text}, {"label": given.text})

    texts = [f"passage {number}" for number in range(1000)]
    texts[700] = "the one"
    found = list(blocks(passages(texts), recipe(task="but-one"), Draws(0)))
    assert [one.source for one in found if isinstance(one, Failed)] == ["the one.txt"]
    made = [source for one in found if isinstance(one, Block) for source in one.sources]
    assert made == [f"{text}.txt" for text in texts if text != "the one"]
    assert len(seen) < 24  # halves of halves
    assert sum(seen) < 4 * len(texts)


def test_passages_that_a_task_says_nothing_of_are_counted() -> None:
    @task("text", block=True)
    def silent(given: Passages, draws: BlockDraws) -> Pairs:  # noqa: ARG001
        """Say nothing of most passages."""
        rows = np.array([1])
        return Pairs(
            rows,
            {"input": given.text.take(rows)},
            {"label": given.text.take(rows)},
            {},
            {"odd": np.array([0]), "none": np.array([], np.int64)},
        )

    assert skips(passages(), recipe(task="silent")) == {"odd": 1, "the task gave no pair": 5}


@pytest.mark.parametrize("error", [BadSource("torn"), MemoryError()])
@pytest.mark.parametrize("block", [True, False])
def test_what_is_wrong_with_the_source_is_not_the_task_s(error: Exception, block: bool) -> None:
    @task("text", block=block)
    def raising(given: Any, draws: Any) -> Any:  # noqa: ARG001
        """Raise what it is told to."""
        raise error

    with pytest.raises(type(error)):
        made(passages(), recipe(task="raising"))


def test_a_task_that_makes_much_is_given_less_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []

    @task("text", block=True, growth=lambda times: times)
    def much(block: Passages, draws: BlockDraws, *, times: int = 4) -> Pairs:  # noqa: ARG001
        """Make much of a text.

        times: how much
        """
        given.append(len(block.text.codes))
        rows = np.arange(len(block))
        numbers = draws.each("draw").tolist()
        return Pairs(rows, {"input": block.text}, {"label": block.text}, {"draw": numbers})

    texts = [f"{number} words of text" for number in range(100)]
    whole = made(passages(texts), recipe(task="much"))
    assert len(given) == 1
    monkeypatch.setattr("sslabel.blockflow._MOST_MADE", 1000)
    given.clear()
    assert made(passages(texts), recipe(task="much", augment="star:p=0")) == whole
    assert len(given) > 5
    assert max(given) < 300
    steps = recipe(task="much", noise="star:rate=0.5")
    assert by_source(made(passages(texts), steps)).keys() == {f"{text}.txt" for text in texts}


def test_what_is_kept_and_clean_goes_along() -> None:
    titles = [f"No. {number}" for number in range(len(TEXTS))]
    for name in ("twice", "plain-twice"):
        steps = recipe(task=name, noise="star:rate=1", keep_clean=True, keep="title")
        found = made(passages(title=titles), steps)
        assert [list(one.fields) for one in found] == [
            ["input", "input_words", "label", "clean", "clean_words", "title"]
        ] * 14
        for number, one in enumerate(found):
            assert one["title"] == Text(titles[number // 2])
            assert one["input"] == Text(one["clean"].text + "*")
            assert one["input_words"] == Texts(tuple(f"{word}*" for word in one["clean_words"].texts))


def test_nothing_comes_of_an_empty_block() -> None:
    steps = recipe(task=["parity", "plain-parity", "twice"], noise=["star", "plain-star"], augment="star:rate=0.1..0.5")
    assert made(passages([]), steps) == []
    assert skips(passages(["", " ", "..."]), recipe(task="word-order", noise="keyboard-typos")).total() == 3


def test_a_span_by_default_is_drawn_too() -> None:
    @noise("text", block=True)
    def ranged(text: Strings, draws: BlockDraws, *, rate: float = span(0.25, 0.75)) -> Strings:  # noqa: ARG001
        """Write the number behind a text.

        rate: the number
        """
        return Strings.of(
            [f"{one}{number}" for one, number in zip(text, np.broadcast_to(rate, len(text)).tolist(), strict=True)]
        )

    for one in made(passages(TEXTS[:2]), recipe(task="parity", noise="ranged")):
        number = one["input"].text.removeprefix(str(one.meta["source"]).removesuffix(".txt"))
        assert one.meta["noise"] == f"ranged(rate={number})"
