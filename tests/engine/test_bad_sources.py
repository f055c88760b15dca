"""Bad input gets one clear line, and the rest goes on."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

import sslabel as tool
from sslabel.errors import NothingToReadError
from tests.engine.drawing import photo, save_photo
from tests.engine.running import Finished, examples, meta, quarantine, records, rows, sources, sslabel
from tests.readers.image.test_bombs import BOMBS

ODD = {
    "new\nline": b"new\nline.jpg",
    "escape": b"\x1b[31mred\x1b]0;title\x07.jpg",
    "not UTF-8": b"bad\xff\xfe.jpg",
    "another script": "日本 ärger [bold]x.jpg".encode(),
    "option-like": b"--task.jpg",
}


def at(folder: Path, name: bytes) -> Path:
    """A path whose last part may be any bytes."""
    return Path(os.fsdecode(os.fsencode(folder) + b"/" + name))


@pytest.fixture(scope="module")
def raw(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photographs, pictures that cannot be read under plain and odd names, and good ones under odd names."""
    folder = tmp_path_factory.mktemp("bad") / "raw"
    shutil.copytree(photos, folder)
    data = (photos / "birds" / "b0.jpg").read_bytes()
    (folder / "empty.jpg").touch()
    (folder / "cut.jpg").write_bytes(data[: len(data) // 2])
    (folder / "header.jpg").write_bytes(data[:30])
    (folder / "cut.png").write_bytes((photos / "hills" / "far" / "mist.png").read_bytes()[:-3000])
    (folder / "text.jpg").write_text("no picture at all\n" * 20, "ascii")
    (folder / "html.png").write_text("<html>", "ascii")
    photo(1, 400, 300).save(folder / "large.png")
    (folder / "odd").mkdir()
    (folder / "odd bad").mkdir()
    for number, name in enumerate(ODD.values()):
        save_photo(folder / "plain.jpg", number)
        (folder / "plain.jpg").rename(at(folder / "odd", name))
        at(folder / "odd bad", name).touch()
    return folder


BAD = {
    "empty.jpg": "0 bytes",
    "cut.jpg": "the JPEG is cut short or torn",
    "header.jpg": "the JPEG is cut short or torn",
    "cut.png": "it cannot be decoded",
    "text.jpg": "its content is no JPEG, PNG, WebP, BMP, GIF or TIFF",
    "html.png": "its content is no JPEG, PNG, WebP, BMP, GIF or TIFF",
    "large.png": "400×300 is over the limit of 100000 pixels (--max-pixels)",
    **{f"odd bad/{name.decode('utf-8', 'backslashreplace')}": "0 bytes" for name in ODD.values()},
}


@pytest.fixture(scope="module")
def made(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Path]:
    """What making data sets of all that came to."""
    out = tmp_path_factory.mktemp("made") / "out"
    options = ("--task", "colorize", "--task", "rotation", "--shard-size", "40kB", "--max-pixels", "100k", "--verbose")
    return sslabel("make", raw, out, *options, "--max-error-rate", 1), out


def test_each_bad_source_is_named_with_its_reason(made: tuple[Finished, Path]) -> None:
    finished, out = made
    assert finished.code == 0
    found = quarantine(out)
    for task in ("colorize", "rotation"):
        reasons = {one["source"]: one["reason"] for one in found if one["task"] == task}
        assert set(reasons) == set(BAD)
        assert [name for name, reason in reasons.items() if BAD[name] not in reason] == []
    assert {one["kind"] for one in found} == {"unreadable"}


def test_each_bad_source_has_one_line_and_no_control_character(made: tuple[Finished, Path]) -> None:
    finished, _ = made
    lines = [line for line in finished.err.splitlines() if line.endswith("; excluded")]
    assert len(lines) == len(BAD)
    assert sum("/--task.jpg: 0 bytes; excluded" in line for line in lines) == 1
    assert sum("/new\\nline.jpg: 0 bytes; excluded" in line for line in lines) == 1
    assert sum("/\\x1b[31mred\\x1b]0;title\\x07.jpg: 0 bytes; excluded" in line for line in lines) == 1
    assert sum("/bad\\xff\\xfe.jpg: 0 bytes; excluded" in line for line in lines) == 1
    assert sum("/日本 ärger [bold]x.jpg: 0 bytes; excluded" in line for line in lines) == 1
    assert not set(finished.raw_out + finished.raw_err) & (set(range(32)) - {ord("\n")} | {127})


def test_every_source_ends_in_exactly_one_of_written_skipped_excluded(made: tuple[Finished, Path], raw: Path) -> None:
    _, out = made
    files = sum(path.is_file() for path in raw.rglob("*"))
    for task in ("colorize", "rotation"):
        found = records(out, task)
        written = set(sources(out, task))
        skipped = [name for one in found for names in one["skipped"].values() for name in names]
        excluded = [one["source"] for record in found for one in record["excluded"]]
        assert sum(one["sources"] for one in found) == files
        assert sum(one["written"] for one in found) == len(written)
        assert len(written) + len(skipped) + len(excluded) == files
        assert len({*written, *skipped, *excluded}) == files
        assert set(excluded) == set(BAD)
    assert [name for one in records(out, "colorize") for names in one["skipped"].values() for name in names] == [
        "birds/ash.jpg"
    ]


def test_good_pictures_under_odd_names_are_written(made: tuple[Finished, Path]) -> None:
    _, out = made
    names = Counter(source for source in sources(out, "rotation") if source.startswith("odd/"))
    assert names == {f"odd/{name.decode('utf-8', 'backslashreplace')}": 1 for name in ODD.values()}
    assert all(key.isalnum() and key.isascii() for key, _ in rows(out, "rotation"))


def test_the_others_are_as_if_the_bad_ones_had_never_been_there(
    made: tuple[Finished, Path], photos: Path, tmp_path: Path
) -> None:
    _, out = made
    tool.make(photos, tmp_path / "out", task=["colorize", "rotation"])
    for task in ("colorize", "rotation"):
        alone = examples(tmp_path / "out", task)
        together = examples(out, task)
        assert {key: together[key] for key in alone} == alone
        assert {meta(files)["source"] for key, files in together.items() if key not in alone} == set(names_of_odd())


@pytest.mark.slow
def test_bombs_are_excluded_with_their_reason_and_cost_nobody_else(photos: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(photos, raw)
    for name, (_, made) in BOMBS.items():
        (raw / f"{name}.jpg").write_bytes(made())
    finished = sslabel("make", raw, tmp_path / "out", "--task", "rotation", "--max-error-rate", 1)
    assert finished.code == 0
    found = {one["source"]: (one["kind"], one["reason"]) for one in quarantine(tmp_path / "out")}
    read = {f"{name}.jpg" for name, (said, _) in BOMBS.items() if said.replace("×", "").isdecimal()}
    assert set(found) == {f"{name}.jpg" for name in BOMBS} - read
    for name, (kind, reason) in found.items():
        assert kind == "unreadable"
        assert reason.startswith(BOMBS[name.removesuffix(".jpg")][0])
    tool.make(photos, tmp_path / "alone", task="rotation")
    alone, together = examples(tmp_path / "alone", "rotation"), examples(tmp_path / "out", "rotation")
    assert {key: together[key] for key in alone} == alone


def names_of_odd() -> list[str]:
    """The source ids of the good pictures under odd names."""
    return [f"odd/{name.decode('utf-8', 'backslashreplace')}" for name in ODD.values()]


def test_json_says_it_in_ascii_lines(raw: Path, tmp_path: Path) -> None:
    options = ("--task", "rotation", "--json", "--limit", 12, "--no-shuffle", "--max-error-rate", 1)
    shutil.copytree(raw / "odd bad", tmp_path / "raw" / "bad")
    shutil.copytree(raw / "odd", tmp_path / "raw" / "good")
    finished = sslabel("make", tmp_path / "raw", tmp_path / "out", *options)
    assert (finished.code, finished.err) == (0, "")
    assert not set(finished.raw_out) & (set(range(32)) - {ord("\n")} | set(range(127, 256)))
    excluded = [event["source"] for event in finished.events if event["type"] == "excluded"]
    assert sorted(excluded) == sorted(f"bad/{name.decode('utf-8', 'backslashreplace')}" for name in ODD.values())


def test_no_more_than_ten_exclusions_are_shown_unless_asked(tmp_path: Path) -> None:
    save_photo(tmp_path / "raw" / "good.jpg", 1)
    for number in range(15):
        (tmp_path / "raw" / f"{number:02d}.jpg").touch()
    finished = sslabel("make", tmp_path / "raw", tmp_path / "out", "--task", "rotation", "--no-shuffle")
    assert finished.code == 3
    lines = finished.err.splitlines()
    assert len(lines) == 10 + 1 + 1
    assert lines[0] == "sslabel: 00.jpg: 0 bytes; excluded"
    assert "quarantine.jsonl" in lines[10]
    assert "15 of 16 sources were excluded" in lines[11]


def test_what_was_made_is_shown_with_code_3_too(tmp_path: Path) -> None:
    save_photo(tmp_path / "raw" / "good.jpg", 1)
    (tmp_path / "raw" / "bad.jpg").touch()
    finished = sslabel("make", tmp_path / "raw", tmp_path / "out", "--task", "rotation")
    assert finished.code == 3
    assert "1 pair in 1 shard" in finished.out
    assert "2 sources, 1 source excluded" in finished.out


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "notes.txt").write_text("x", "ascii")
    finished = sslabel("make", tmp_path / "raw", tmp_path / "out", "--task", "rotation")
    assert (finished.code, finished.out) == (4, "")
    assert finished.err.count("\n") == 1
    assert f"{tmp_path / 'raw'}: no image to read (.apng .bmp " in finished.err
    assert finished.err.endswith("found 1 files of other kinds\n")
    assert not (tmp_path / "out").exists()


def test_pictures_in_which_a_task_finds_nothing(tmp_path: Path) -> None:
    for number in range(3):
        path = tmp_path / "raw" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        photo(number).convert("L").save(path)
    summary = tool.make(tmp_path / "raw", tmp_path / "out", task="colorize")
    assert summary.tasks["colorize"]["skipped"] == {"grey: no |a| or |b| above 5": 3}
    assert rows(tmp_path / "out", "colorize") == []


def test_only_bad_sources(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for number in range(3):
        (tmp_path / "raw" / f"{number}.png").touch()
    finished = sslabel("make", tmp_path / "raw", tmp_path / "out", "--task", "rotation")
    assert finished.code == 3
    assert len(quarantine(tmp_path / "out")) == 3


def test_a_file_is_raw(photos: Path, tmp_path: Path) -> None:
    tool.make(photos / "birds" / "b0.jpg", tmp_path / "out", task="rotation")
    assert sources(tmp_path / "out", "rotation") == ["b0.jpg"]


def test_a_file_that_no_reader_reads_is_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    with pytest.raises(NothingToReadError, match=r"notes.pdf: no image to read .* found 1 files of other kinds"):
        tool.make(tmp_path / "notes.pdf", tmp_path / "out", task="rotation")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("missing", ["nowhere", "birds/b0.jpg/x"])
def test_a_missing_path(photos: Path, tmp_path: Path, missing: str) -> None:
    finished = sslabel("make", photos / missing, tmp_path / "out", "--task", "rotation")
    assert (finished.code, finished.err) == (2, f"sslabel: {photos / missing}: there is no such file or folder\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_and_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    for name in ("a.jpg", "closed.jpg", "folder/b.jpg"):
        save_photo(tmp_path / "raw" / name, 1)
    (tmp_path / "raw" / "closed.jpg").chmod(0)
    (tmp_path / "raw" / "folder").chmod(0)
    try:
        finished = sslabel("make", tmp_path / "raw", tmp_path / "out", "--task", "rotation", "--max-error-rate", 1)
    finally:
        (tmp_path / "raw" / "folder").chmod(0o700)
    assert finished.code == 0
    assert "closed.jpg: it cannot be read: Permission denied; excluded" in finished.err
    assert "folder/: Permission denied; passed by" in finished.err
    assert "1 folders that cannot be listed" in finished.out


def test_what_is_no_regular_file_is_passed_by_and_counted(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    save_photo(raw / "a.jpg", 1)
    os.mkfifo(raw / "pipe.jpg")
    (raw / "broken.jpg").symlink_to("nothing")
    (raw / "loop").symlink_to(raw)
    (raw / ".hidden.jpg").touch()
    finished = sslabel("make", raw, tmp_path / "out", "--task", "rotation")
    assert finished.code == 0
    line = "passed by: 1 broken links, 1 hidden names, 1 links to folders, 1 not regular files"
    assert line in finished.out.splitlines()
    assert sources(tmp_path / "out", "rotation") == ["a.jpg"]
