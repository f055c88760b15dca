"""The columns `input_ids` and `labels`: the tokenizer's own ids of the source, hidden where the text is hidden."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sslabel.blocks import Lists, Pairs, Strings
from sslabel.errors import UsageError
from sslabel.recipe import Recipe, Settings
from sslabel.registry import find_task
from sslabel.seeding import Draws, example_key
from sslabel.transforms.text.words import passages_of
from sslabel.values import Numbers, Pair, Texts
from tests.noise.text.texts import ODD, agrees, any_text, between_of, prose, words_of
from tests.tasks.text.making import made, numbered, pairs_of, text_of
from tests.tasks.text.test_span_corruption import put_back, shown_of, spans_of
from tests.tokenizing import FIM, SENTINELS, id_of, ids_of, plain

IGNORED = -100
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("masked-word", "bert", {}),
    ("masked-word", "bert", {"style": "spanbert", "rate": 0.4}),
    ("masked-word", "bert", {"count": 1}),
    ("masked-word", "gpt", {"rate": 0.5}),
    ("masked-word", "t5", {"rate": 0.5}),
    ("next-word", "gpt", {}),
    ("next-word", "bert", {"per_passage": "all", "min_context": 1, "max_context": 2}),
    ("next-word", "t5", {"per_passage": 2}),
    ("span-corruption", "t5", {}),
    ("span-corruption", "t5", {"style": "ul2"}),
    ("span-corruption", "t5", {"style": "bart", "rate": 0.3}),
    ("span-corruption", "gpt", {"style": "bart"}),
    ("fill-in-the-middle", "gpt", {}),
    ("fill-in-the-middle", "gpt", {"order": "spm"}),
]
NAMES = [f"{task}-{name}-{number}" for number, (task, name, _) in enumerate(CASES)]
own = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


def ids(pair: Pair, field: str = "input_ids") -> list[int]:
    value = {**pair.inputs, **pair.labels}[field]
    assert isinstance(value, Numbers)
    assert value.array.dtype == np.int32
    found: list[int] = value.array.tolist()
    return found


def check(task: str, path: Path, source: str, pair: Pair, options: dict[str, Any]) -> None:
    """The ids tell the same as the texts do, and with the labels in their places they are the source's."""
    assert list(pair.inputs) == ["input", "input_ids"]
    assert list(pair.labels)[-1] == "labels"
    shown, told = ids(pair), ids(pair, "labels")
    if task == "masked-word":
        masked(path, source, pair, options)
    elif task == "next-word":
        assert len(shown) == len(told)
        assert all(one in (IGNORED, other) for one, other in zip(told, shown, strict=True))
        learned = [one for one in told if one != IGNORED]
        head = ids_of(path, "", special=True)[:1] if path.stem == "bert" else []
        whole = ids_of(path, source)
        assert shown[: len(head)] == head
        body = shown[len(head) :]
        assert body[len(body) - len(learned) :] == learned != []
        assert any(whole[at : at + len(body)] == body for at in range(len(whole)))
    elif task == "fill-in-the-middle":
        assert told == shown
        prefix, suffix, middle, end = (id_of(path, one) for one in (*FIM, "<|endoftext|>"))
        parts = {}
        for one, other in ((prefix, suffix), (suffix, middle), (middle, end)):
            parts[one] = plain(path).decode(shown[shown.index(one) + 1 : shown.index(other)])
        label = text_of(pair, "label_text")
        if pair.notes["order"] == "psm":
            assert parts[prefix] + label + parts[suffix] == source
            assert parts[middle] == label
        else:
            assert parts[prefix] == ""
            assert parts[middle] + parts[suffix] == source
            assert parts[middle].endswith(label)
        assert shown[-1] == end
    elif options.get("style") == "bart":
        assert told == ids_of(path, source, special=True)
        assert shown.count(id_of(path, "<mask>")) == text_of(pair, "input").count("<mask>")
        rest = iter(told)
        assert all(one in rest for one in shown if one != id_of(path, "<mask>"))
    else:
        corrupted(path, source, pair, shown, told)


def masked(path: Path, source: str, pair: Pair, options: dict[str, Any]) -> None:
    shown, told = ids(pair), ids(pair, "labels")
    whole = ids_of(path, source, special=True)
    assert len(shown) == len(told)
    assert [one if one != IGNORED else other for one, other in zip(told, shown, strict=True)] == whole
    hidden, position = pair.labels["label_text"], pair.labels["label_position"]
    assert isinstance(hidden, Texts)
    assert isinstance(position, Numbers)
    words, between = words_of(source), between_of(source)
    spans, at = [], len(between[0])
    for number, word in enumerate(words):
        spans.append((at, at + len(word), number in position.array))
        at += len(word) + len(between[number + 1])
    offsets = plain(path).encode(source).offsets
    special = plain(path).encode(source).special_tokens_mask
    for one, (begin, end), apart in zip(told, offsets, special, strict=True):
        in_it = [hides for left, right, hides in spans if end > left and begin < right]
        assert one == IGNORED or not apart
        if not apart and (in_it or options.get("count")):
            assert (one != IGNORED) == any(in_it)


def corrupted(path: Path, source: str, pair: Pair, shown: list[int], told: list[int]) -> None:
    end = id_of(path, "</s>")
    assert (shown.pop(), told.pop()) == (end, end)
    if "denoiser" in pair.notes:
        assert shown.pop(0) == id_of(path, str(pair.notes["denoiser"])[:3])
    known = {id_of(path, one): number for number, one in enumerate(SENTINELS)}
    spans: list[list[int]] = []
    for one in told:
        if one in known:
            assert known[one] == len(spans)
            spans.append([])
        else:
            spans[-1].append(one)
    back: list[int] = []
    for one in shown:
        back += spans[known[one]] if one in known else [one]
    assert back == ids_of(path, source)
    assert len(spans) == sum(one in known for one in shown)
    texts = spans_of(pair)
    assert len(texts) == len(spans)
    assert put_back(shown_of(pair, "ul2" if "denoiser" in pair.notes else "t5"), texts) == source
    for text, span in zip(texts, spans, strict=True):
        # What the vocabulary lacks is not in what the ids decode to; and characters of several code points are whole.
        if source.isascii() and id_of(path, "<unk>") not in span:
            assert text == plain(path).decode(span).lstrip(" ")


@pytest.mark.parametrize(("task", "name", "options"), CASES, ids=NAMES)
@own
@given(texts=st.lists(any_text, min_size=1, max_size=5))
def test_the_labels_put_back_give_the_ids_of_the_source(
    texts: list[str], task: str, name: str, options: dict[str, Any], tokenizers: dict[str, Path]
) -> None:
    for source, pair in pairs_of(task, texts, tokenizer=str(tokenizers[name]), **options):
        check(task, tokenizers[name], source, pair, options)


@pytest.mark.parametrize(("task", "name", "options"), CASES, ids=NAMES)
def test_the_labels_put_back_give_the_ids_of_real_text(
    task: str, name: str, options: dict[str, Any], tokenizers: dict[str, Path]
) -> None:
    found = pairs_of(task, [*prose()[:120], *ODD], tokenizer=str(tokenizers[name]), **options)
    assert len(found) > 50
    for source, pair in found:
        check(task, tokenizers[name], source, pair, options)


@pytest.mark.parametrize(("task", "name", "options"), CASES, ids=NAMES)
def test_the_texts_are_as_without_a_tokenizer(
    task: str, name: str, options: dict[str, Any], tokenizers: dict[str, Path]
) -> None:
    if task == "span-corruption" and options.get("style") != "bart":
        pytest.skip("its spans are of tokens")
    texts = prose()[:60]
    plainly = pairs_of(task, texts, **options)
    found = pairs_of(task, texts, tokenizer=str(tokenizers[name]), **options)
    both = [([*one.inputs.values()], [*one.labels.values()], one.notes) for _, one in plainly]
    assert [([*one.inputs.values()][:-1], [*one.labels.values()][:-1], one.notes) for _, one in found] == both


@pytest.mark.parametrize(("task", "name", "options"), CASES, ids=NAMES)
def test_a_passage_s_ids_do_not_depend_on_the_others(
    task: str, name: str, options: dict[str, Any], tokenizers: dict[str, Path]
) -> None:
    def told(some: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        found = pairs_of(task, some, tokenizer=str(tokenizers[name]), **options)
        return [(ids(pair), ids(pair, "labels")) for _, pair in found]

    texts = [*prose()[:12], *ODD]
    assert [one for text in texts for one in told([text])] == told(texts)
    assert sorted(told(texts[::-1])) == sorted(told(texts))


def test_masked_word_by_hand(tokenizers: dict[str, Path]) -> None:
    path = tokenizers["bert"]
    ((source, pair),) = pairs_of("masked-word", ["The thankless wren, here."], count=1, tokenizer=str(path), seed=1)
    mask = id_of(path, "[MASK]")
    (word,) = (one for one in words_of(source) if one not in words_of(text_of(pair, "input").replace("[MASK]", "")))
    assert [one for one in ids(pair, "labels") if one != IGNORED] == ids_of(path, word)
    assert ids(pair) == [2, *(mask if new != IGNORED else old for old, new in
                              zip(ids_of(path, source), ids(pair, "labels")[1:-1], strict=True)), 3]  # fmt: skip


def masked_block(path: Path, rows: int = 300, **options: Any) -> tuple[np.ndarray[Any, Any], ...]:
    """What is seen, what is to be told, and the source's ids, in one row each."""
    texts = [one for one in prose() if len(words_of(one)) > 20][:rows]
    found = pairs_of("masked-word", texts, tokenizer=str(path), **options)
    shown = np.concatenate([ids(pair) for _, pair in found])
    told = np.concatenate([ids(pair, "labels") for _, pair in found])
    return shown, told, np.concatenate([ids_of(path, text, special=True) for text, _ in found])


def test_of_the_hidden_words_eight_in_ten_are_masks(tokenizers: dict[str, Path]) -> None:
    path = tokenizers["bert"]
    shown, told, _ = masked_block(path)
    # A token of each word, so that what is counted is drawn one by one.
    first = (told != IGNORED) & (np.roll(told, 1) == IGNORED)
    total, mask = int(first.sum()), shown == id_of(path, "[MASK]")
    assert agrees((mask & first).sum(), total, 0.8)
    size = plain(path).get_vocab_size()
    kept = (shown == told) & first
    assert agrees(kept.sum(), total, 0.1 + 0.1 / size)
    assert agrees((first & ~kept & ~mask).sum(), total, 0.1 - 0.2 / size)


def test_a_token_between_words_is_hidden_as_often_as_the_rate_says(tokenizers: dict[str, Path]) -> None:
    path, texts = tokenizers["bert"], [f"row {number} " + "one, two, " * 100 for number in range(200)]
    comma, mask = id_of(path, ","), id_of(path, "[MASK]")
    for rate in (0.15, 0.5):
        found = pairs_of("masked-word", texts, tokenizer=str(path), rate=rate)
        told = np.concatenate([ids(pair, "labels") for _, pair in found])
        shown = np.concatenate([ids(pair) for _, pair in found])
        assert agrees((told == comma).sum(), 200 * 200, rate)
        assert agrees((shown[told == comma] == mask).sum(), (told == comma).sum(), 0.8)


def test_random_ids_are_any_of_the_vocabulary(tokenizers: dict[str, Path]) -> None:
    path = tokenizers["bert"]
    shown, told, _ = masked_block(path, random=1.0, keep=0.0, rate=0.9)
    size = plain(path).get_vocab_size()
    found = np.bincount(shown[told != IGNORED], minlength=size)
    assert len(found) == size
    expected = found.sum() / size
    assert ((found - expected) ** 2 / expected).sum() < size + 4 * np.sqrt(2 * size)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_masks_as_transformers_sets_them(tokenizers: dict[str, Path]) -> None:
    transformers = pytest.importorskip("transformers")
    path = tokenizers["bert"]
    wrapped = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(path), mask_token="[MASK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    shown, told, whole = masked_block(path, 3000)
    special = [id_of(path, "[CLS]"), id_of(path, "[SEP]")]
    collate = transformers.DataCollatorForLanguageModeling(wrapped, mlm=True, return_tensors="np", seed=0)
    rows = np.array_split(whole, range(64, len(whole), 64))[:-1]
    theirs = collate([{"input_ids": row.tolist()} for row in rows])
    seen, goal, before = theirs["input_ids"].ravel(), theirs["labels"].ravel(), np.concatenate(rows)
    assert goal.max() < plain(path).get_vocab_size()
    mask = id_of(path, "[MASK]")

    def shares(seen: Any, goal: Any, could: Any) -> list[float]:
        hidden = goal != IGNORED
        return [
            float((hidden & could).sum() / could.sum()),
            float((seen[hidden] == mask).mean()),
            float((seen[hidden] == goal[hidden]).mean()),
        ]

    wanted = shares(seen, goal, ~np.isin(before, special))
    assert shares(shown, told, ~np.isin(whole, special)) == pytest.approx(wanted, abs=0.01)


def test_next_words_by_hand(tokenizers: dict[str, Path]) -> None:
    path = tokenizers["gpt"]
    for source, pair in pairs_of("next-word", ["One two, three four."], per_passage="all", tokenizer=str(path)):
        assert source.startswith(plain(path).decode(ids(pair)))
        learned = [one for one in ids(pair, "labels") if one != IGNORED]
        assert plain(path).decode(learned) == " four"


def packed(texts: Sequence[str], path: Path, length: int, **options: Any) -> Pairs:
    passages = passages_of(Strings.of(texts), [f"{number}.txt" for number in range(len(texts))])
    draws = Draws(0).block([example_key(one, 0, 0) for one in texts], "next-word")
    pairs = find_task("next-word").function(passages, draws, pack=length, tokenizer=str(path), **options)
    assert isinstance(pairs, Pairs)
    return pairs


def items(pairs: Pairs, field: str) -> np.ndarray[Any, Any]:
    column = {**pairs.inputs, **pairs.labels}[field]
    assert isinstance(column, Lists)
    assert isinstance(column.items, np.ndarray)
    return column.items


@pytest.mark.parametrize(("name", "end", "pad"), [("gpt", "<|endoftext|>", "<|endoftext|>"), ("t5", "</s>", "<pad>")])
@pytest.mark.parametrize("length", [1, 2, 7, 64, 100_000])
@own
@given(texts=st.lists(any_text, max_size=6))
def test_packed_blocks_are_the_tokens_in_one_row(  # noqa: PLR0913, PLR0917 - a case, and what it is drawn for
    texts: list[str], length: int, name: str, end: str, pad: str, tokenizers: dict[str, Path]
) -> None:
    path = tokenizers[name]
    row: list[int] = []
    firsts: list[int] = []
    for number, text in enumerate(texts):
        if found := ids_of(path, text):
            row += [*found, id_of(path, end)]
            firsts += [number] * (len(found) + 1)
    filled, dropped = packed(texts, path, length), packed(texts, path, length, tail="drop")
    assert [*filled.inputs, *filled.labels] == ["input_ids", "labels"]
    assert (len(filled), len(dropped)) == (-(-len(row) // length), len(row) // length)
    tail = -len(row) % length
    assert items(filled, "input_ids").tolist() == row + [id_of(path, pad)] * tail
    assert items(filled, "labels").tolist() == row + [IGNORED] * tail
    kept = len(row) // length * length
    assert items(dropped, "input_ids").tolist() == items(dropped, "labels").tolist() == row[:kept]
    for pairs in (filled, dropped):
        assert all(len(ids(pairs.pair(number))) == length for number in range(len(pairs)))
        assert pairs.rows.tolist() == firsts[: len(row[: len(pairs) * length]) : length]
    empty = [number for number, text in enumerate(texts) if not ids_of(path, text)]
    lost = [number for number in dict.fromkeys(firsts) if firsts.index(number) >= kept]
    for pairs, last in ((filled, list[int]()), (dropped, lost)):
        behind = [number for number in dict.fromkeys(firsts) if number not in {*pairs.rows.tolist(), *last}]
        expected = {"it has no token": empty, f"in a tail of fewer than {length} tokens": last,
                    "packed behind another": behind}  # fmt: skip
        skipped = {reason: one.tolist() for reason, one in pairs.skipped.items()}
        assert skipped == {reason: some for reason, some in expected.items() if some}


def test_an_end_of_one_s_own(tokenizers: dict[str, Path]) -> None:
    made_ = packed(["One two", "three"], tokenizers["gpt"], 4, eos="<mask>")
    assert (items(made_, "input_ids") == id_of(tokenizers["gpt"], "<mask>")).sum() >= 2


def test_more_spans_than_sentinels(tokenizers: dict[str, Path]) -> None:
    pairs = made("span-corruption", [*numbered(2, 300), "one two three"], rate=0.3, mean_span=1.0,
                 tokenizer=str(tokenizers["gpt"]))  # fmt: skip
    assert {reason: one.tolist() for reason, one in pairs.skipped.items()} == {
        "more spans than the tokenizer's 3 sentinels": [0, 1]
    }
    assert pairs.rows.tolist() == [2]


def with_tokens(path: Path, number: int) -> str:
    """The beginning of the prose that has so many tokens."""
    text = "\n\n".join(prose())
    end = next(end for _, end in plain(path).encode(text, add_special_tokens=False).offsets[number - 1 :])
    assert len(ids_of(path, text[:end])) == number
    return text[:end]


@pytest.mark.parametrize(
    ("tokens", "left", "told"), [(568, 512, 114), (512, 462, 104), (100, 91, 21), (20, 19, 5), (2, 3, 3)]
)
def test_t5_s_counts_are_exact_in_tokens(tokens: int, left: int, told: int, tokenizers: dict[str, Path]) -> None:
    path = tokenizers["t5"]
    source = with_tokens(path, tokens)
    known = [id_of(path, one) for one in SENTINELS]
    for seed in range(20):
        pair = made("span-corruption", [source], seed=seed, tokenizer=str(path)).pair(0)
        shown, labels = ids(pair), ids(pair, "labels")
        assert (len(shown), len(labels)) == (left, told)
        assert shown[0] == ids_of(path, source)[0]
        assert shown[-2] in known
        assert labels[0] == known[0]
        assert labels[-2] not in known
        whole = ids_of(path, source)
        assert labels[-2] == whole[-1]


@pytest.mark.parametrize("style", ["t5", "ul2"])
def test_spans_of_tokens_cut_no_character(style: str, tokenizers: dict[str, Path], tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    # Each code point is several tokens, and each cluster several code points.
    odd = Tokenizer.from_file(str(tokenizers["gpt"]))
    odd.model = models.BPE({one: number for number, one in enumerate(pre_tokenizers.ByteLevel.alphabet())}, [])
    odd.normalizer = normalizers.NFD()
    odd.add_special_tokens(["</s>", "[R]", "[S]", "[X]", *SENTINELS])
    odd.save(str(tmp_path / "bytes.json"))
    characters = ["👩‍👩‍👧", "🇩🇪", "e\u0301", "ก็", "क्ष", "각", "x"]
    source = " ".join("".join(characters[one % 7] for one in range(first, first + 5)) for first in range(6))
    for seed in range(20):
        options = {"rate": 0.5, "style": style, "tokenizer": str(tmp_path / "bytes.json")}
        pairs = made("span-corruption", [source], seed=seed, **options)
        assert not pairs.skipped
        pair = pairs.pair(0)
        texts, shown = spans_of(pair), shown_of(pair, style)
        assert put_back(shown, texts) == source
        for text in [*texts, *re.split(r"<extra_id_\d+>", shown)]:
            rest = text
            for one in characters:
                rest = rest.replace(one, "")
            assert rest.strip(" ") == ""


@pytest.mark.parametrize("task", ["masked-word", "span-corruption", "next-word"])
def test_a_word_that_the_tokenizer_drops(task: str, tokenizers: dict[str, Path], tmp_path: Path) -> None:
    from tokenizers import Tokenizer, normalizers

    odd = Tokenizer.from_file(str(tokenizers["t5"]))
    odd.normalizer = normalizers.Replace("wren", "")
    odd.save(str(tmp_path / "odd.json"))
    texts = ["one two three four five", "one two wren three four five"]
    pairs = made(task, texts, tokenizer=str(tmp_path / "odd.json"))
    assert {reason: one.tolist() for reason, one in pairs.skipped.items()} == {"a word of it has no token": [1]}


@pytest.mark.parametrize(
    ("task", "name", "options"),
    [
        ("masked-word", "t5", {}),
        ("span-corruption", "t5", {}),
        ("span-corruption", "t5", {"style": "bart"}),
        ("next-word", "t5", {}),
        ("next-word", "t5", {"pack": 8}),
        ("fill-in-the-middle", "words", {"eos": "[SEP]"}),
    ],
)
def test_a_name_that_the_tokenizer_takes_for_a_special_token(
    task: str, name: str, options: dict[str, Any], tokenizers: dict[str, Path], tmp_path: Path
) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    path = tokenizers["t5"] if name == "t5" else tmp_path / "words.json"
    if name == "words":
        # A table of whole words, the special ones among them.
        names = ["[UNK]", "[SEP]", *FIM, "one", "two", "three", "four", "five"]
        made_here = Tokenizer(models.WordLevel({one: number for number, one in enumerate(names)}, unk_token="[UNK]"))
        made_here.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        made_here.add_special_tokens(["[UNK]", "[SEP]", *FIM])
        made_here.save(str(path))
    end = "</s>" if name == "t5" else "[SEP]"
    texts = [
        "one two three four five one two three",
        f"one two {end} three four five one two",
        "one two <unk> [UNK] three four five one",
    ]
    told = []
    for seed in range(8):
        skipped = made(task, texts, seed=seed, tokenizer=str(path), **options).skipped
        told.append({reason: one.tolist() for reason, one in skipped.items() if "packed" not in reason})
    # A cut may go through the name, and then it is none.
    whole = [one for one in told if one or task != "fill-in-the-middle"]
    assert whole == [{"it holds the name of a special token, which the tokenizer takes for that": [1]}] * len(whole)
    assert whole


@pytest.mark.parametrize("task", ["masked-word", "span-corruption", "next-word", "fill-in-the-middle"])
def test_blocks_of_nothing(task: str, tokenizers: dict[str, Path]) -> None:
    for texts in ([], ["", ""]):
        assert len(made(task, texts, tokenizer=str(tokenizers["gpt" if task != "span-corruption" else "t5"]))) == 0


@pytest.mark.parametrize(
    ("task", "name", "options", "said"),
    [
        ("masked-word", "masked", {}, r"has no token \[MASK\] or <mask>"),
        ("span-corruption", "bert", {}, "has no token <extra_id_0>"),
        ("span-corruption", "gpt", {"style": "ul2"}, r"has no token \[R\]"),
        ("span-corruption", "masked", {"style": "bart"}, r"has no token <mask> or \[MASK\]"),
        ("fill-in-the-middle", "bert", {}, r"has no token <\|fim_prefix\|>"),
        ("fill-in-the-middle", "gpt", {"suffix": "<SUF>"}, "has no token <SUF>"),
        ("fill-in-the-middle", "gpt", {"eos": "<EOT>"}, "has no token <EOT>"),
        ("next-word", "gpt", {"pack": 8, "eos": "<EOT>"}, "has no token <EOT>"),
        ("next-word", "", {"pack": 8}, "give a tokenizer=FILE.json"),
        ("next-word", "none", {}, r"next-word.*tokenizer=.*none\.json: there is no such file"),
        *((task, name, {"noise": ["keyboard-typos"]}, "would leave the ids of the clean text; use --augment")
          for task, name in (("masked-word", "bert"), ("span-corruption", "t5"), ("fill-in-the-middle", "gpt"),
                             ("next-word", "gpt"))),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_at_once(  # noqa: PLR0913, PLR0917 - a case, and where it is
    task: str, name: str, options: dict[str, Any], said: str, tokenizers: dict[str, Path], tmp_path: Path
) -> None:
    path = tokenizers.get(name, tmp_path / f"{name}.json")
    if name == "masked":
        text = tokenizers["bert"].read_text("utf-8")
        path.write_text(text.replace("[MASK]", "[HIDE]"), "utf-8")
    given_ = {**options, **({"tokenizer": str(path)} if name else {})}
    with pytest.raises(UsageError, match=said):
        Recipe.of(Settings.read({"task": [{task: given_}]}))
