"""What is damaged is found and named, what is not is never called so, and what can be is made again as it was."""

from __future__ import annotations

import json
import random
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import sslabel as tool
from sslabel.errors import ConflictError, TryLaterError, UsageError
from sslabel.storage import lock
from tests.engine import prose
from tests.engine.drawing import draw_many, save_photo
from tests.engine.running import ended, shard_hashes, sslabel, start, tree, until
from tests.look import damaging
from tests.look.damaging import check_mended, check_named, check_sound

FLIPS = 1000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photographs in `raw`, and in `out` three data sets of them by two plans, tars and Parquet."""
    folder = tmp_path_factory.mktemp("whole")
    draw_many(folder / "raw", 12)
    save_photo(folder / "raw" / "grey.png", 5, 1, 1)
    tool.make(
        folder / "raw",
        folder / "out",
        task=["rotation", "colorize:as=bins"],
        shard_size=9000,
        split="train=0.7,test=0.3",
    )
    tool.make(folder / "raw", folder / "out", task="masked-patches", format="parquet", shard_pairs=5, copies=2)
    return folder


@pytest.fixture
def out(whole: Path, tmp_path: Path) -> Path:
    """The output, to be damaged."""
    return Path(shutil.copytree(whole / "out", tmp_path / "out"))


@pytest.mark.parametrize(
    "options",
    [
        {"task": ["rotation", "colorize:as=ab"], "copies": 2, "keep": "folder", "shard_size": 9000},
        {
            "task": "rotation",
            "fields": "input=png,label=cls",
            "image_format": "png",
            "noise": "hue",
            "keep_clean": True,
        },
        {"task": ["masked-patches", "inpaint"], "format": "parquet", "split": "train=0.8,test=0.2"},
        {"task": ["small@rotation", "colorize:as=bins"], "image_format": "webp", "shard_size": 1, "limit": 7},
        {"task": "super-resolution", "augment": "rotate:degrees=-5..5", "noise": "gaussian-noise:sigma=0.05..0.2"},
    ],
)
def test_pictures_are_never_called_damaged(photos: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    tool.make(photos, tmp_path / "out", **options)
    report = tool.verify(tmp_path / "out", decode=True, relabel="all", raw=photos)
    check_sound(report)
    assert len(report.compared) == 1


@pytest.mark.parametrize("form", ["auto", "webdataset"])
def test_texts_are_never_called_damaged(tmp_path: Path, form: str) -> None:
    for number in range(3):
        prose.save(tmp_path / "raw" / f"{number}.txt", prose.paragraphs(40, number))
    prose.save_lines(tmp_path / "raw" / "more.jsonl", prose.paragraphs(9, 9))
    tasks = ["masked-word", "replaced-word", "sentence-order", "word-order", "span-corruption", "fill-in-the-middle"]
    tool.make(
        tmp_path / "raw", tmp_path / "out", task=tasks, format=form, shard_pairs=20, noise="keyboard-typos", copies=2
    )
    check_sound(tool.verify(tmp_path / "out", decode=True, relabel="all", raw=tmp_path / "raw"))


def test_a_long_text_in_ranges_and_films_are_never_called_damaged(tmp_path: Path) -> None:
    prose.save(tmp_path / "texts" / "long.txt", prose.paragraphs(16_000))
    tool.make(tmp_path / "texts", tmp_path / "out", task="word-order", shard_size="200kB")
    films = Path(__file__).parents[2] / "sample_data" / "clips"
    tool.make(films, tmp_path / "out", task="next-frame", size=64, limit=1)
    check_sound(tool.verify(tmp_path / "out", decode=True))
    for name, raw in (("word-order", tmp_path / "texts"), ("next-frame", films)):
        check_sound(tool.verify(tmp_path / "out", task=name, relabel="all", raw=raw))


def test_what_gives_no_pair_is_well(tmp_path: Path) -> None:
    save_photo(tmp_path / "raw" / "tiny.png", 1, 2, 2)
    tool.make(tmp_path / "raw", tmp_path / "out", task="jigsaw", format="parquet")
    tool.make(tmp_path / "raw", tmp_path / "out", task="patch-position")
    check_sound(tool.verify(tmp_path / "out", decode=True, relabel="all", raw=tmp_path / "raw"))


def test_sources_that_ended_their_workers_are_left_out_again(tmp_path: Path) -> None:
    raw, out, plugin = tmp_path / "raw", tmp_path / "out", tmp_path / "touchy.py"
    plugin.write_text(damaging.CRASHING, "utf-8")
    draw_many(raw, 3)
    save_photo(raw / "bad.jpg", 1, 77, 40)
    (raw / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    options = ("--task", "touchy", "--plugin", plugin, "--shard-pairs", 2, "--max-error-rate", 1, "--no-shuffle")
    assert sslabel("make", raw, out, *options).code == 0
    before = tree(out)
    # Other processes, so that the plug-in is not registered here for good.
    again = ("--raw", raw, "--plugin", plugin)
    finished = sslabel("verify", out, "--decode", "--relabel", "all", *again)
    assert finished.code == 0, finished.err
    assert sslabel("verify", out, "--relabel", "all", "--raw", raw).code == 2  # the plug-in is needed
    (path,) = out.glob(".sslabel/plans/*/exclusions/*.json")
    for harm in (path.unlink, lambda: path.write_bytes(b"{}"), lambda: path.write_bytes(b'{"0": 5}')):
        harm()
        (out / "touchy" / "train-000000.tar").unlink()
        assert path.relative_to(out).as_posix() in sslabel("verify", out, "--json").events[0]["damage"][0]["where"]
        assert sslabel("verify", out, "--repair", *again).code == 0
        assert tree(out) == before


def test_a_tokenizer_is_known_by_its_content(tokenizers: dict[str, Path], tmp_path: Path) -> None:
    prose.save(tmp_path / "raw" / "a.txt", prose.paragraphs(20))
    tool.make(tmp_path / "raw", tmp_path / "out", task=f"masked-word:tokenizer={tokenizers['bert']}")
    asked: dict[str, Any] = {"relabel": "all", "raw": tmp_path / "raw"}
    for file in ((), str(tokenizers["gpt"])):
        with pytest.raises(UsageError, match=r"tokenizer that is known by its content alone .*: give --file FILE"):
            tool.verify(tmp_path / "out", file=file, **asked)
    check_sound(tool.verify(tmp_path / "out", file=str(tokenizers["bert"]), **asked))


def test_a_run_that_is_not_finished_is_not_damaged(whole: Path, tmp_path: Path) -> None:
    options = ("make", whole / "raw", tmp_path / "out", "--task", "colorize:as=bins", "--shard-size", 1)
    process = start(*options, "--workers", 1)
    assert until(lambda: len(list(tmp_path.glob("out/.sslabel/records/*/*.json"))) > 2, process)
    assert tool.verify(tmp_path / "out", decode=True).damage == []
    process.kill()
    ended(process)
    report = tool.verify(tmp_path / "out", decode=True)
    assert (report.damage, report.exit_code, report.missing > 0) == ([], 5, True)
    finished = sslabel("verify", tmp_path / "out")
    assert finished.code == 5
    assert "not made yet: the same make command goes on" in finished.err
    assert tool.verify(tmp_path / "out", repair=True).exit_code == 5
    assert sslabel(*options).code == 0
    check_sound(tool.verify(tmp_path / "out", decode=True, relabel="all", raw=whole / "raw"))


def test_making_what_was_lost_with_make_is_well(whole: Path, out: Path) -> None:
    damaging.without_both(out)
    options: dict[str, Any] = {"shard_size": 9000, "split": "train=0.7,test=0.3"}
    tool.make(whole / "raw", out, task=["rotation", "colorize:as=bins"], **options)
    check_sound(tool.verify(out, read_data=True))
    assert tree(out) == tree(whole / "out")


def flip_and_verify(out: Path, count: int, seed: int) -> None:
    """Find each of so many flipped bits, in the shards and in the state."""
    rng = random.Random(seed)
    paths = [damaging.shards(out), damaging.state_files(out)]
    for number in range(count):
        path = rng.choice(paths[number % 2])
        with damaging.changed(path, damaging.flipped(path, rng)):
            report = tool.verify(out, read_data=True)
            tool.verify(out)
        check_named(report, out)
        if path.parent.parent == out:
            check_named(report, out, path)
    check_sound(tool.verify(out, read_data=True))


def test_flipped_bits_are_found(out: Path) -> None:
    flip_and_verify(out, 60, 1)


@pytest.mark.slow
def test_every_one_of_a_thousand_flipped_bits_is_found(out: Path) -> None:
    flip_and_verify(out, FLIPS, 2)


@pytest.mark.parametrize("number", [0, -1])
def test_a_shard_cut_at_any_block_is_found_at_once(out: Path, number: int) -> None:
    path = damaging.shards(out)[number]
    data = path.read_bytes()
    for size in range(0, len(data), 512):
        with damaging.changed(path, data[:size]):
            check_named(tool.verify(out), out, path)


@pytest.mark.parametrize("form", ["tar", "parquet"])
def test_the_structure_alone_shows_where_a_shard_is_cut(out: Path, form: str) -> None:
    """As above, where the record is made to agree."""
    from sslabel.engine.plan import load_plans
    from sslabel.look.verifying.findings import Damaged
    from sslabel.look.verifying.structure import keys_of

    path = max((path for path in damaging.shards(out) if path.suffix == f".{form}"), key=lambda one: one.stat().st_size)
    task = path.parent.name
    schema = next(plan.schemas[task] for plan in load_plans(out / ".sslabel") if task in plan.tasks)
    pairs = json.loads(damaging.record_of(out, path).read_bytes())["pairs"]
    assert len(keys_of(path, schema, pairs)) == pairs > 1
    data = path.read_bytes()
    for size in range(0, len(data), 512):
        with damaging.changed(path, data[:size]), pytest.raises(Damaged):
            keys_of(path, schema, pairs)
    for other in (pairs - 1, pairs + 1):
        with pytest.raises(Damaged):
            keys_of(path, schema, other)


@pytest.mark.parametrize("harm", damaging.DAMAGES, ids=lambda one: one.__name__)
def test_damage_is_named_and_put_right(whole: Path, out: Path, harm: Callable[[Path], list[Path]]) -> None:
    before = tree(out)
    named = harm(out)
    if harm is not damaging.torn:  # what is torn in Parquet may be data
        check_named(tool.verify(out), out, *named)
    check_named(tool.verify(out, read_data=True), out, *named)
    check_mended(out, whole / "raw", before)


def test_swapped_shards_are_found_by_their_bytes(whole: Path, out: Path) -> None:
    before = tree(out)
    named = damaging.swapped(out)
    check_named(tool.verify(out, read_data=True), out, *named)
    check_mended(out, whole / "raw", before)


def test_many_damages_at_once_are_put_right(whole: Path, out: Path) -> None:
    before = tree(out)
    for harm in (damaging.grown, damaging.without_record, damaging.stranger, damaging.edited_recipe):
        harm(out)
    damaging.without_folder(out)
    check_mended(out, whole / "raw", before)


@pytest.mark.parametrize("harm", damaging.HOPELESS, ids=lambda one: one.__name__)
def test_without_its_plan_nothing_is_touched(whole: Path, out: Path, harm: Callable[[Path], list[Path]]) -> None:
    named = harm(out)
    before = tree(out)
    check_named(tool.verify(out), out, *named)
    check_named(tool.verify(out, repair=True, raw=whole / "raw"), out, *named)
    assert tree(out) == before


def test_keys_that_stand_twice_are_found(out: Path) -> None:
    """A shard that was written twice, its records agreeing."""
    one, other = [path for path in damaging.shards(out) if path.parent.name == "masked-patches"][:2]
    shutil.copy(one, other)
    pairs = pq.read_metadata(one).num_rows
    damaging.vouch_for(out, other, pairs)
    report = tool.verify(out, read_data=True)
    check_named(report, out, other)
    assert f"{pairs} of its keys stand twice" in report.damage[-1].problem


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (b"\xff\xd9\0", b"\xff\xd8\0", "input: it is not a whole jpg"),
        (b"\xff\xd8\xff", b"\xff\xd8\xfe", "input: it is not a whole jpg"),
        (b'"task":"rotation"', b'"task":"rotatiom"', "meta: it is of task 'rotatiom'"),
        (b'"copy":0', b'"copy":x', "meta: JSONDecodeError"),
        (b'"copy":0', b'"c0py":0', "meta: it has {"),
        (b'"source":"p', b'"source":"\xff', "meta: UnicodeDecodeError"),
    ],
)
def test_values_that_are_not_what_was_promised_are_found(out: Path, before: bytes, after: bytes, problem: str) -> None:
    path = max((out / "rotation").glob("*.tar"), key=lambda one: one.stat().st_size)
    data = path.read_bytes()
    assert before in data
    path.write_bytes(data.replace(before, after, 1))
    damaging.vouch_for(out, path)
    check_sound(tool.verify(out, read_data=True))
    report = tool.verify(out, decode=True)
    check_named(report, out, path)
    assert f": {problem}" in report.damage[0].problem


def test_a_class_beyond_its_names_is_found(out: Path) -> None:
    path = max((out / "rotation").glob("*.tar"), key=lambda one: one.stat().st_size)
    data = bytearray(path.read_bytes())
    data[data.index(b".label.cls") // 512 * 512 + 512] = ord("9")
    path.write_bytes(bytes(data))
    damaging.vouch_for(out, path)
    assert "label: ValueError: class 9 of 4 classes" in tool.verify(out, decode=True).damage[0].problem


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [("source", "other", "its source is 'p"), ("meta", "{}", "meta: it has {}"), ("input", None, "input: it is null")],
)
def test_cells_that_are_not_what_was_promised_are_found(
    out: Path, column: str, value: str | None, problem: str
) -> None:
    path = next((out / "masked-patches").glob("*.parquet"))
    table = pq.read_table(path)
    place = table.schema.get_field_index(column)
    cells = pa.array([value] * len(table), table.schema.field(column).type)
    pq.write_table(table.set_column(place, table.schema.field(column), cells), path)
    damaging.vouch_for(out, path)
    check_sound(tool.verify(out, read_data=True))
    report = tool.verify(out, decode=True)
    check_named(report, out, path)
    assert problem in report.damage[0].problem


def test_cards_may_be_edited(out: Path) -> None:
    (out / "README.md").write_text("mine", "utf-8")
    (out / "croissant.json").unlink()
    (out / "notes.txt").write_text("mine", "utf-8")
    check_sound(tool.verify(out, read_data=True))


def test_one_data_set_alone(out: Path) -> None:
    damaging.without_folder(out)  # colorize
    assert tool.verify(out, task=["masked-patches", "rotation"]).exit_code == 0
    assert set(tool.verify(out, task="colorize").tasks) == {"colorize"}
    assert tool.verify(out, task="colorize").exit_code == 6
    with pytest.raises(UsageError, match="there is no task 'masked-patch'; did you mean masked-patches"):
        tool.verify(out, task="masked-patch")


def test_a_folder_without_an_output_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="there is no output of sslabel here"):
            tool.verify(folder, repair=True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".sslabel" / "plans" / "0123").mkdir(parents=True)  # a run was killed while it planned
    with pytest.raises(UsageError, match="there is no output of sslabel here"):
        tool.verify(tmp_path)


def test_looking_changes_nothing(whole: Path, out: Path) -> None:
    damaging.stranger(out)

    def state() -> list[tuple[str, int, int]]:
        return sorted((str(path), path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in out.rglob("*"))

    before = state()
    tool.verify(out, decode=True, relabel="all", raw=whole / "raw")
    assert state() == before


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
    finished = sslabel("verify", out, "--relabel", "all", "--raw", raw)
    assert finished.code == 1
    assert "not possible: " in finished.out


def test_a_share_of_the_units_is_drawn_by_the_seed(whole: Path, out: Path) -> None:
    drawn = [tool.verify(out, relabel="1%", raw=whole / "raw", seed=seed).compared for seed in (0, 0, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert all("1 unit of " in one for one in drawn[0])
    for share in ("0%", "101%", "some", "5"):
        with pytest.raises(UsageError, match="a share such as 1% is needed, or all"):
            tool.verify(out, relabel=share, raw=whole / "raw")
    with pytest.raises(UsageError, match="give --raw"):
        tool.verify(out, relabel="1%")


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


def test_several_raw_folders_come_in_their_order(tmp_path: Path) -> None:
    raw = [draw_many(tmp_path / "a", 3), draw_many(tmp_path / "b", 2)]
    tool.make(raw, tmp_path / "out", task="rotation")
    check_sound(tool.verify(tmp_path / "out", relabel="all", raw=raw))
    with pytest.raises(
        UsageError,
        match=r"rotation came of 2 RAW arguments \(a folder, a folder\), and --raw names 1 \(a folder\); give those",
    ):
        tool.verify(tmp_path / "out", relabel="all", raw=raw[0])


def test_other_versions_make_nothing_again(whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "__version__", "99.0")
    damaging.without_shard(out)
    before = tree(out)
    for asked in ({"repair": True}, {"relabel": "all"}):
        with pytest.raises(ConflictError, match=r"sslabel .* before, 99\.0 now"):
            tool.verify(out, raw=whole / "raw", **asked)
    assert tree(out) == before


def test_repair_waits_for_no_other_run(whole: Path, out: Path) -> None:
    damaging.without_shard(out)
    with lock(out / ".sslabel" / "lock", str(out)), pytest.raises(TryLaterError, match="another run is writing here"):
        tool.verify(out, repair=True, raw=whole / "raw")


def test_repair_without_sources_says_what_is_needed(out: Path) -> None:
    damaging.without_shard(out)
    damaging.without_recipe(out)
    report = tool.verify(out, repair=True)
    assert report.exit_code == 6
    assert len(report.mended) == 1
    assert report.lost[0].reason == "1 shard can only be made again from the sources: give --raw"


@pytest.mark.parametrize("moment", ["repair", "rotation"])
def test_a_repair_that_was_killed_leaves_nothing_torn(whole: Path, out: Path, moment: str) -> None:
    before = tree(out)
    shutil.rmtree(out / "rotation")
    process = start("verify", out, "--repair", "--raw", whole / "raw")
    until((out / ".sslabel" / "repair" if moment == "repair" else out / "rotation").exists, process)
    process.kill()
    ended(process)
    hashes = shard_hashes(whole / "out")
    assert all(hashes[name] == value for name, value in shard_hashes(out).items())
    check_sound(tool.verify(out, repair=True, raw=whole / "raw"))
    assert tree(out) == before


def test_leftovers_are_named_and_are_no_damage(out: Path) -> None:
    (out / "rotation" / ".train-000000.tar.tmp-0123").write_bytes(b"x")
    report = tool.verify(out)
    assert report.exit_code == 0
    assert report.notes == [
        "rotation/.train-000000.tar.tmp-0123: left by a run that was stopped, or written by one that goes on"
    ]


def test_a_record_that_is_a_link_to_nowhere(out: Path) -> None:
    path = damaging.record_of(out, damaging.shards(out)[0])
    path.unlink()
    path.symlink_to("nowhere")
    check_named(tool.verify(out), out, path)


def test_the_command_that_is_said_mends(whole: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(whole / "out", tmp_path / "my out"))
    before = tree(out)
    damaging.odd_stranger(out)
    (shard,) = damaging.without_shard(out)
    finished = sslabel("verify", "my out", cwd=tmp_path)
    assert finished.code == 6
    assert f"damaged: {shard.relative_to(out)}: it is gone" in finished.out
    assert "train-\\x1b[31m" in finished.out
    assert "\x1b" not in finished.out + finished.err
    said = finished.err.partition("to mend it: sslabel ")[2].partition(", where")[0]
    words = [str(whole / "raw") if word == "RAW" else word for word in shlex.split(said)]
    mending = sslabel(*words, cwd=tmp_path)
    assert (mending.code, mending.err) == (0, "")
    shutil.rmtree(out / ".sslabel" / "strangers")
    assert tree(out) == before


def test_json_says_all(out: Path) -> None:
    damaging.without_shard(out)
    finished = sslabel("verify", out, "--json", "--read-data")
    report, error = finished.events
    assert (finished.code, report["exit_code"], error["exit_code"]) == (6, 6, 6)
    assert report["tasks"]["rotation"]["missing"] == 0
    assert [one["mend"] for one in report["damage"]] == ["make"]
    assert report["checked"][-1] == "every byte"


def test_progress_is_told_now_and_then(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sslabel.cli import verify as command

    monkeypatch.setattr(command, "_EVERY", 0.0)
    shown = command._Progress(quiet=False)
    tool.verify(out, decode=True, watcher=shown)
    shown("make again", 1, 4)
    shown.end()
    lines = capsys.readouterr().err.splitlines()
    assert lines[-2].startswith("sslabel: 100%: ")
    assert lines[-1] == "sslabel: 25%: 1 of 4 sources made again"
    monkeypatch.setattr(command, "_EVERY_ON_A_TERMINAL", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    shown = command._Progress(quiet=False)
    shown("read", 5, 10)
    shown.end()
    assert capsys.readouterr().err.split("\r") == ["", "sslabel: 50%: 5 B of 10 B read", " " * 30, ""]


def test_all_is_well(out: Path) -> None:
    finished = sslabel("verify", out)
    assert (finished.code, finished.err) == (0, "")
    assert "well: the plan, records, sizes, structure, keys, in " in finished.out
    assert "--read-data hashes every byte" in finished.out
    assert sslabel("verify", out, "--quiet").out == ""


def test_the_help_opens_with_an_example_that_runs(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole / "out", tmp_path / "out")
    help_text = sslabel("verify", "--help").out
    line = next(line for line in help_text.splitlines() if "Example: sslabel " in line)
    words = shlex.split(line.partition("Example: sslabel ")[2].strip(" │"))
    assert sslabel(*words, cwd=tmp_path).code == 0
