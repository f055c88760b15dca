"""Any bit that is another is found, in whatever file that something depends on."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

import sslabel as tool
from sslabel.look.verifying.cards import edited_cards, quarantine_finding
from sslabel.look.verifying.ledger import read_ledger
from tests.look import damaging
from tests.look.damaging import check_named, check_sound

FLIPS, BITS = 1000, 1000


def flip_and_verify(out: Path, count: int, seed: int) -> None:
    """Find each of so many flipped bits, in the shards and in the state."""
    rng = random.Random(seed)
    paths = [damaging.shards(out), damaging.state_files(out)]
    for number in range(count):
        path = rng.choice(paths[number % 2])
        with damaging.changed(path, damaging.flipped(path, rng)):
            report = tool.verify(out, read_data=True)
            tool.verify(out)
        check_named(report, out, path)
    check_sound(tool.verify(out, read_data=True))


@pytest.fixture(params=["whole", "texts", "films"])
def copied(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of each kind of output."""
    folder: Path = request.getfixturevalue(request.param)
    return Path(shutil.copytree(folder / "out", tmp_path / "out"))


def test_flipped_bits_are_found(copied: Path) -> None:
    flip_and_verify(copied, 30, 1)


@pytest.mark.slow
def test_every_one_of_a_thousand_flipped_bits_is_found(copied: Path) -> None:
    flip_and_verify(copied, FLIPS, 2)


def unseen(out: Path, path: Path) -> list[int]:
    """The bits of a small file, of some thousands, that can be others without being seen by what reads such files."""
    data = path.read_bytes()
    where = path.relative_to(out).as_posix()
    found = []
    for bit in range(0, 8 * len(data), 1 + 8 * len(data) // BITS):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        ledger = read_ledger(out, None)
        damaged = [one.where for one in (*ledger.damage, *quarantine_finding(out, ledger))]
        noted = [one.partition(":")[0] for one in edited_cards(out)]
        found += [bit] if where not in damaged + noted else []
    path.write_bytes(data)
    return found


@pytest.mark.slow
def test_every_bit_counts_of_all_that_is_written_beside_the_shards(copied: Path) -> None:
    of_a_kind = {(path.parent.name, path.suffix): path for path in damaging.state_files(copied)}
    for path in (*of_a_kind.values(), copied / "README.md", copied / "croissant.json", copied / ".sslabel/cards.json"):
        assert unseen(copied, path) == [], path


@pytest.mark.slow
def test_every_bit_of_a_list_of_exclusions_counts(out: Path) -> None:
    path = damaging.with_exclusions(out)
    assert read_ledger(out, None).damage == []
    assert unseen(out, path) == []
