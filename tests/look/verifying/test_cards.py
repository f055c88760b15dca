"""The cards may be edited, which is noted; what was left out follows from the records, and is put right."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import sslabel as tool
from sslabel.look.verifying.cards import due_quarantine
from sslabel.look.verifying.ledger import read_ledger
from tests.engine.running import ended, sslabel, start, tree, until
from tests.look import damaging
from tests.look.damaging import check_mended, check_sound


def test_cards_may_be_edited(out: Path) -> None:
    (out / "README.md").write_text("mine", "utf-8")
    (out / "croissant.json").unlink()
    (out / "notes.txt").write_text("mine", "utf-8")
    report = tool.verify(out, read_data=True, repair=True)
    assert (report.exit_code, report.damage) == (0, [])
    assert report.notes == [
        "README.md: it was changed since it was written; the same make command writes it anew",
        "croissant.json: it is gone; the same make command writes it anew",
    ]
    assert (out / "README.md").read_text("utf-8") == "mine"


def test_where_it_is_not_known_how_the_cards_were_nothing_is_said_of_them(out: Path) -> None:
    path = out / ".sslabel" / "cards.json"
    whole = path.read_bytes()
    for data in (
        b"{",
        b"[]",
        b'{"cards": 5}',
        whole + b" ",
        whole.replace(b"0", b"1"),
        whole.replace(b"READ", b"RAED"),
    ):
        path.write_bytes(data)
        report = tool.verify(out)
        assert report.notes == [
            ".sslabel/cards.json: it was changed since it was written, so the cards were not looked at"
        ]
        assert report.exit_code == 0
    path.unlink()
    check_sound(tool.verify(out))


def test_what_was_left_out_follows_from_the_records_of_all_runs(texts: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(texts / "out", tmp_path / "out"))
    path = out / ".sslabel" / "quarantine.jsonl"
    assert due_quarantine(read_ledger(out, None)) == path.read_bytes()
    assert path.read_bytes().count(b"more.jsonl#") == 6  # two records of three data sets
    before = tree(out)
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[1:]))
    check_mended(out, texts / "raw", before)


def test_with_what_it_follows_from_it_is_put_right_in_one_go(texts: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(texts / "out", tmp_path / "out"))
    before = tree(out)
    damaging.without_record(out)
    (out / ".sslabel" / "quarantine.jsonl").write_bytes(b"")
    check_mended(out, texts / "raw", before)


@pytest.mark.parametrize("sizes", [(1, 1), (1, 40)])
def test_a_run_that_is_not_finished_has_the_list_of_the_one_before(
    texts: Path, tmp_path: Path, sizes: tuple[int, int]
) -> None:
    out = Path(shutil.copytree(texts / "out", tmp_path / "out"))
    pairs, copies = sizes
    process = start("make", texts / "raw", out, "--task", "word-order", "--shard-pairs", pairs, "--copies", copies)
    until(lambda: any(out.glob(".sslabel/records/word-order/*.json")), process)
    process.kill()
    ended(process)
    assert tool.verify(out, read_data=True).damage == []
    assert sslabel("verify", out, "--quiet").code in (0, 5)
