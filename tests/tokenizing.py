"""Small tokenizers, trained on the sample texts: one like GPT-2's, one like BERT's, one like T5's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = Path(__file__).resolve().parents[1] / "sample_data" / "texts"
FIM = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
SENTINELS = tuple(f"<extra_id_{number}>" for number in range(100))
MODES = ("[R]", "[S]", "[X]")
_WORDS, _LETTERS = 800, 120_000


def train(folder: Path) -> dict[str, Path]:
    """The files of `gpt` (byte-level BPE), `bert` (WordPiece, small letters only) and `t5` (Unigram), by name."""
    lines = "".join(
        path.read_text("utf-8") for path in (TEXTS / "coriolanus.txt", TEXTS / "devils_dictionary.md")
    ).splitlines()
    text = [line for line in lines[:: max(1, sum(map(len, lines)) // _LETTERS)] if line.strip()]
    paths = {}
    for name, one in (("gpt", _gpt(text)), ("bert", _bert(text)), ("t5", _t5(text))):
        # What cuts off and fills up is of no use here, and must not be used.
        one.enable_truncation(5)
        one.enable_padding(length=7)
        paths[name] = folder / f"{name}.json"
        one.save(str(paths[name]))
    return paths


def _gpt(text: Sequence[str]) -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.ByteLevel(trim_offsets=True)
    special = ["<|endoftext|>", *FIM, "<mask>", *SENTINELS[:3]]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        text,
        trainers.BpeTrainer(vocab_size=_WORDS, special_tokens=special, initial_alphabet=alphabet, show_progress=False),
    )
    return made


def _bert(text: Sequence[str]) -> Tokenizer:
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made.train_from_iterator(
        text, trainers.WordPieceTrainer(vocab_size=_WORDS, special_tokens=special, show_progress=False)
    )
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made


def _t5(text: Sequence[str]) -> Tokenizer:
    made = Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    special = ["<pad>", "</s>", "<unk>", "<mask>", *SENTINELS, *MODES]
    made.train_from_iterator(
        text,
        trainers.UnigramTrainer(vocab_size=_WORDS, special_tokens=special, unk_token="<unk>", show_progress=False),
    )
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return made


@cache
def plain(path: Path) -> Tokenizer:
    """The tokenizer of a file, to compare with: nothing is cut off or filled up, names of special tokens are text."""
    made = Tokenizer.from_file(str(path))
    made.no_truncation()
    made.no_padding()
    made.encode_special_tokens = True
    return made


def ids_of(path: Path, text: str, *, special: bool = False) -> list[int]:
    """The ids of a text, with the tokenizer's own special tokens or without."""
    found: list[int] = plain(path).encode(text, add_special_tokens=special).ids
    return found


def id_of(path: Path, token: str) -> int:
    """The id of one token."""
    found = plain(path).token_to_id(token)
    assert found is not None
    return int(found)
