"""Pairs made again from their sources are the same; what was not made from the same is told, and is no damage."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import sslabel as tool
from sslabel.errors import UsageError
from tests.engine import prose
from tests.engine.drawing import draw_many
from tests.engine.running import tree
from tests.look import damaging
from tests.look.damaging import check_sound


def test_a_tokenizer_is_known_by_its_content(tokenizers: dict[str, Path], tmp_path: Path) -> None:
    prose.save(tmp_path / "raw" / "a.txt", prose.paragraphs(20))
    tool.make(tmp_path / "raw", tmp_path / "out", task=f"masked-word:tokenizer={tokenizers['bert']}")
    asked: dict[str, Any] = {"relabel": "all", "raw": tmp_path / "raw"}
    for file in ((), str(tokenizers["gpt"])):
        with pytest.raises(UsageError, match=r"tokenizer that is known by its content alone .*: give --file FILE"):
            tool.verify(tmp_path / "out", file=file, **asked)
    check_sound(tool.verify(tmp_path / "out", file=str(tokenizers["bert"]), **asked))


def test_a_source_that_changed_shows_in_its_pairs(whole: Path, out: Path, tmp_path: Path) -> None:
    raw = Path(shutil.copytree(whole / "raw", tmp_path / "raw"))
    source = raw / "p003.jpg"
    for quality in range(90, 20, -1):
        Image.new("RGB", (40, 32), "red").save(source, quality=quality)
    size = (whole / "raw" / "p003.jpg").stat().st_size
    source.write_bytes(source.read_bytes() + bytes(size - source.stat().st_size))
    report = tool.verify(out, relabel="all", raw=raw)
    assert {one.where.partition("/")[0] for one in report.damage} == {"rotation", "colorize", "masked-patches"}
    assert {one.mend for one in report.damage} == {""}
    assert any(" first in " in one.problem for one in report.damage)
    # Nothing is put in the place of what was made from what it was.
    shard = out / report.damage[0].where
    shard.unlink()
    mended = tool.verify(out, repair=True, raw=raw)
    assert (mended.exit_code, mended.mended, shard.exists()) == (6, [], False)
    assert "made again it is not what it was" in mended.lost[0].reason


def test_sources_that_are_gone_or_grown_are_named(whole: Path, out: Path, tmp_path: Path) -> None:
    raw = Path(shutil.copytree(whole / "raw", tmp_path / "raw"))
    (raw / "p003.jpg").unlink()
    with (raw / "p004.jpg").open("ab") as file:
        file.write(b"x")
    report = tool.verify(out, relabel="all", raw=raw)
    assert (report.exit_code, report.damage) == (1, [])
    reasons = "; ".join(one.reason for one in report.lost)
    assert "1 of its sources are gone: p003.jpg" in reasons
    assert "1 of its sources have another size: p004.jpg" in reasons
    assert all("the same, byte for byte" in one for one in report.compared)


def test_a_share_of_the_units_is_drawn_by_the_seed(whole: Path, out: Path) -> None:
    drawn = [tool.verify(out, relabel="1%", raw=whole / "raw", seed=seed).compared for seed in (0, 0)]
    assert drawn[0] == drawn[1]
    assert all("1 unit of " in one for one in drawn[0])
    for share in ("0%", "101%", "some", "5"):
        with pytest.raises(UsageError, match="a share such as 1% is needed, or all"):
            tool.verify(out, relabel=share, raw=whole / "raw")
    with pytest.raises(UsageError, match="give --raw"):
        tool.verify(out, relabel="1%")


@pytest.mark.slow
def test_a_bad_shard_is_no_word_on_its_sources(whole: Path, out: Path) -> None:
    for path in damaging.shards(out):
        if path.suffix == ".tar":
            changed = bytearray(path.read_bytes())
            changed[600] ^= 1  # a pixel of the first picture
            path.write_bytes(bytes(changed))
    report = tool.verify(out, relabel="all", raw=whole / "raw")
    assert {one.mend for one in report.damage} == {"make"}
    assert tool.verify(out, repair=True, relabel="all", raw=whole / "raw").exit_code == 0
    assert tree(out) == tree(whole / "out")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two RAW folders, and an output of both; its first shard has sources of the first alone."""
    folder = tmp_path_factory.mktemp("two")
    draw_many(folder / "a", 3)
    draw_many(folder / "b", 2)
    tool.make([folder / "a", folder / "b"], folder / "out", task="rotation", shard_pairs=2, shuffle=False)
    return folder


@pytest.mark.parametrize("given", [("a",), ("b",), ("a", "b", "c"), ("a/p000.jpg", "b")])
def test_other_raw_arguments_than_make_had_are_refused(two: Path, tmp_path: Path, given: tuple[str, ...]) -> None:
    (two / "c").mkdir(exist_ok=True)
    raw = [two / one for one in given]
    with pytest.raises(UsageError, match=r"rotation came of 2 RAW arguments \(a folder, a folder\), and --raw names"):
        tool.verify(two / "out", relabel="all", raw=raw)
    # With another number of them, source ids and all draws would be others, and sound pairs would seem damaged.
    out = Path(shutil.copytree(two / "out", tmp_path / "out"))
    (out / "rotation" / "train-000000.tar").unlink()
    report = tool.verify(out, repair=True, raw=raw)
    assert (report.exit_code, report.mended) == (6, [])
    assert "give those that make had, in their order" in report.lost[0].reason
    check_sound(tool.verify(out, repair=True, raw=[two / "a", two / "b"]))
    assert tree(out) == tree(two / "out")


def test_several_raw_folders_come_in_their_order(two: Path) -> None:
    check_sound(tool.verify(two / "out", relabel="all", raw=[two / "a", two / "b"]))
    report = tool.verify(two / "out", relabel="all", raw=[two / "b", two / "a"])
    assert (report.exit_code, report.damage) == (1, [])
    assert "of its sources are gone: 0/p002.jpg" in "; ".join(one.reason for one in report.lost)


def test_a_raw_file_has_its_name(two: Path, tmp_path: Path) -> None:
    raw = Path(shutil.copy(two / "a" / "p000.jpg", tmp_path / "one.jpg"))
    tool.make(raw, tmp_path / "out", task="rotation")
    check_sound(tool.verify(tmp_path / "out", relabel="all", raw=raw))
    for other in (Path(shutil.copy(raw, tmp_path / "other.jpg")), two / "a"):
        with pytest.raises(UsageError, match=r"came of 1 RAW argument \(one\.jpg\), and --raw names 1 \("):
            tool.verify(tmp_path / "out", relabel="all", raw=other)


def test_what_is_missing_for_it_is_said_before_anything_is_read(two: Path, texts: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(texts / "out", tmp_path / "out"))
    damaging.torn(out)
    # The texts came of another run than the rest.
    with pytest.raises(UsageError, match=r"came of 1 RAW argument .*; --task takes one data set at a time"):
        tool.verify(out, decode=True, relabel="all", raw=[two / "a", two / "b"])


def test_other_versions_make_nothing_again(whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "__version__", "99.0")
    compared = tool.verify(out, relabel="all", read_data=True, raw=whole / "raw")
    assert (compared.exit_code, compared.damage, compared.compared) == (7, [], [])
    assert {one.where for one in compared.lost} == {"rotation, colorize", "masked-patches"}
    assert "every byte" in compared.checked
    damaging.without_shard(out)
    before = tree(out)
    mended = tool.verify(out, repair=True, raw=whole / "raw")
    assert (mended.exit_code, mended.mended) == (6, [])
    for one in (*compared.lost, *mended.lost):
        assert "sslabel 0.1.0 before, 99.0 now; do this with those" in one.reason
    assert tree(out) == before


@pytest.mark.parametrize("name", ["sources.arrow", "corpus.json"])
@pytest.mark.parametrize("gone", [False, True])
def test_of_a_plan_that_is_damaged_nothing_is_made_again(texts: Path, tmp_path: Path, name: str, gone: bool) -> None:
    out = Path(shutil.copytree(texts / "out", tmp_path / "out"))
    (out / "masked-word" / "train-000000.parquet").unlink()
    (folder,) = (path.parent for path in out.glob(".sslabel/plans/*/corpus.json"))
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).unlink() if gone else (folder / name).write_bytes(data)
    before = tree(out)
    asked: dict[str, Any]
    for asked in ({"repair": True}, {"relabel": "all"}):
        report = tool.verify(out, task="masked-word", raw=texts / "raw", **asked)
        assert (report.exit_code, report.mended, report.command) == (6, [], "")
        assert f"the plan's {name} is damaged, and without it no pair can be made again" in report.lost[0].reason
    assert tree(out) == before
