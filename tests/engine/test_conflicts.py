"""What OUT holds is never mixed with something else, and never lost but on request."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.errors import ConflictError, DamageError, SslabelError, TryLaterError, UsageError
from tests.engine.drawing import draw_many, save_photo
from tests.engine.running import (
    Members,
    ended,
    examples,
    plans,
    records,
    shard_hashes,
    sslabel,
    start,
    temporary_files,
    tree,
    until,
)

FIRST: dict[str, Any] = {"task": "rotation", "seed": 1, "shard_size": "1"}


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four photographs in `raw`, and a complete output of them in `out`."""
    folder = tmp_path_factory.mktemp("complete")
    tool.make(draw_many(folder / "raw", 4), folder / "out", **FIRST)
    return folder


@pytest.fixture
def raw(complete: Path, tmp_path: Path) -> Path:
    """The photographs, to be changed."""
    return Path(shutil.copytree(complete / "raw", tmp_path / "raw"))


@pytest.fixture
def out(complete: Path, tmp_path: Path) -> Path:
    """The output, to be changed."""
    return Path(shutil.copytree(complete / "out", tmp_path / "out"))


def add(raw: Path) -> None:
    save_photo(raw / "new.jpg", 7)


def take(raw: Path) -> None:
    (raw / "p001.jpg").unlink()


def grow(raw: Path) -> None:
    with (raw / "p002.jpg").open("ab") as file:
        file.write(b"x")


def rename(raw: Path) -> None:
    (raw / "p003.jpg").rename(raw / "q003.jpg")


def nothing(_: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (nothing, {"seed": 2}, ["seed: 1 before, 2 now"]),
        (nothing, {"noise": "gaussian-noise:sigma=0.2"}, ["with gaussian-noise:", "sigma=0.2"]),
        (nothing, {"task": "rotation:all_turns=true"}, ["all_turns=false before, rotation:all_turns=true now"]),
        (nothing, {"size": 24}, ["size: none before, 24 now"]),
        (nothing, {"copies": 2}, ["copies: 1 before, 2 now"]),
        (nothing, {"format": "parquet"}, ["format: auto before, parquet now"]),
        (nothing, {"split": "train=0.5,test=0.5"}, ["split: train=1 before, train=0.5,test=0.5 now"]),
        (nothing, {"limit": 3}, ["limit: none before, 3 now"]),
        (nothing, {"shuffle": False}, ["shuffle: true before, false now"]),
        (nothing, {"shard_size": "1MB"}, ["shard_size: 1 before, 1000000 now"]),
        (nothing, {"seed": 2, "quality": 50}, ["seed: 1 before, 2 now", "quality: 90 before, 50 now"]),
        (nothing, {"task": ["rotation", "colorize"]}, ["a further task is added by naming it alone"]),
        (add, {}, ["sources: 4 of", "5 of", "new: new.jpg"]),
        (take, {}, ["sources: 4 of", "3 of", "gone: p001.jpg"]),
        (grow, {}, ["sources: 4 of", "changed: p002.jpg"]),
        (rename, {}, ["new: q003.jpg", "gone: p003.jpg"]),
    ],
)
def test_something_else_is_refused_and_named(
    raw: Path, out: Path, change: Callable[[Path], None], options: dict[str, Any], words: list[str]
) -> None:
    before = tree(out)
    change(raw)
    with pytest.raises(ConflictError) as caught:
        tool.make(raw, out, **{**FIRST, **options})
    assert caught.value.exit_code == 7
    assert f"{out} holds rotation, made from something else: " in str(caught.value)
    assert "choose another OUT, or start anew with --overwrite" in str(caught.value)
    assert [one for one in words if one not in str(caught.value)] == []
    assert tree(out) == before


@pytest.mark.parametrize(
    "options", [{"workers": 3}, {"deadline": "5m"}, {"max_error_rate": 0.9}, {"workers": None, "seed": "1"}]
)
def test_how_it_runs_is_no_difference(raw: Path, out: Path, options: dict[str, Any]) -> None:
    before = tree(out)
    tool.make(raw, out, **{**FIRST, **options})
    assert tree(out) == before


def test_the_content_of_a_plugin_is_a_difference(raw: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "own.py"
    text = (
        "from sslabel import Category, Pair, Picture\nfrom sslabel.registry import task\n"
        "@task('image')\ndef own(picture: Picture, rng) -> Pair:\n    'Own.'\n"
        "    return Pair(picture, Category(0, ('a', 'b')))\n"
    )
    plugin.write_text(text, "ascii")
    command = ("make", raw, tmp_path / "out", "--task", "own", "--plugin", plugin)
    assert sslabel(*command).code == 0
    shutil.copyfile(plugin, tmp_path / "elsewhere.py")
    assert sslabel(*command[:-1], tmp_path / "elsewhere.py").code == 0
    plugin.write_text(text.replace("Category(0", "Category(1"), "ascii")
    finished = sslabel(*command)
    assert (finished.code, finished.err.count("\n")) == (7, 1)
    assert "plugin: the files' content" in finished.err


def test_overwrite_starts_anew_and_keeps_what_is_not_its_own(raw: Path, out: Path, tmp_path: Path) -> None:
    tool.make(raw, out, task="colorize:as=bins")
    (out / "notes.txt").write_text("mine", "ascii")
    (out / "rotation" / "notes.txt").write_text("mine", "ascii")
    others = {name: data for name, data in tree(out).items() if name.startswith("colorize/")}
    options: dict[str, Any] = {"task": "rotation", "seed": 2, "split": "a=0.5,b=0.5"}
    tool.make(raw, out, overwrite=True, **options)
    tool.make(raw, tmp_path / "fresh", **options)
    after = tree(out)
    assert {name: data for name, data in after.items() if name.startswith("colorize/")} == others
    assert (after.pop("notes.txt"), after.pop("rotation/notes.txt")) == (b"mine", b"mine")
    assert shard_hashes(out).items() >= shard_hashes(tmp_path / "fresh").items()
    assert {name for name in after if name.startswith("rotation/")} == set(shard_hashes(tmp_path / "fresh"))
    assert {record["plan"] for record in records(out, "rotation")} == {plans(tmp_path / "fresh")[0]["identity"]}


def test_overwrite_of_the_same_gives_the_same_bytes(raw: Path, out: Path) -> None:
    before = tree(out)
    summary = tool.make(raw, out, overwrite=True, **FIRST)
    assert getattr(summary, "made_shards", 0) == 4
    assert tree(out) == before


def test_overwrite_where_nothing_is(raw: Path, tmp_path: Path) -> None:
    tool.make(raw, tmp_path / "new", overwrite=True, **FIRST)
    tool.make(raw, tmp_path / "plain", **FIRST)
    assert tree(tmp_path / "new") == tree(tmp_path / "plain")


def test_overwrite_of_one_of_two_tasks_of_a_run_is_refused_and_removes_nothing(raw: Path, tmp_path: Path) -> None:
    both = {**FIRST, "task": ["colorize", "rotation"]}
    out = tmp_path / "out"
    tool.make(raw, out, **both)
    before = tree(out)
    with pytest.raises(ConflictError, match=r"rotation in .* came of one run with colorize"):
        tool.make(raw, out, overwrite=True, **{**FIRST, "seed": 2})
    assert tree(out) == before
    tool.make(raw, out, overwrite=True, **{**both, "seed": 2})
    assert len(examples(out, "rotation")) == 4
    assert len(plans(out)) == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_overwrite_that_is_refused_removes_nothing(raw: Path, tmp_path: Path, seed: int) -> None:
    # The plans stand in the order of their identities, so with some seeds the one that may go comes first.
    out = tmp_path / "out"
    tool.make(raw, out, task="small@rotation", seed=seed)
    tool.make(raw, out, task=["colorize", "rotation"])
    before = tree(out)
    with pytest.raises(ConflictError, match=r"colorize in .* came of one run with rotation"):
        tool.make(raw, out, overwrite=True, task=["small@rotation", "colorize"])
    assert tree(out) == before


def test_another_task_adds_a_data_set_beside_the_first(raw: Path, out: Path, tmp_path: Path) -> None:
    before = tree(out)
    tool.make(raw, out, task="colorize", seed=3)
    after = tree(out)
    kept = {
        name: data for name, data in before.items() if name.startswith(("rotation/", ".sslabel/rec", ".sslabel/pl"))
    }
    assert after.items() >= kept.items()
    tool.make(raw, tmp_path / "alone", task="colorize", seed=3)
    assert examples(out, "colorize") == examples(tmp_path / "alone", "colorize")
    card = after["README.md"].decode()
    assert "config_name: colorize" in card
    assert "config_name: rotation" in card
    # Either command finds its own again.
    tool.make(raw, out, **FIRST)
    tool.make(raw, out, task="colorize", seed=3)
    assert tree(out) == after


def test_files_of_others_are_never_written_among(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine", "ascii")
    (tmp_path / "file").write_text("mine", "ascii")
    (tmp_path / "link").symlink_to(raw)
    for name, words in [
        ("full", "holds files that sslabel did not write"),
        ("file", "OUT is a file"),
        ("raw", "OUT is RAW itself"),
        ("link", "OUT is RAW itself"),
    ]:
        before = tree(tmp_path)
        with pytest.raises(ConflictError, match=words):
            tool.make(raw, tmp_path / name, **FIRST)
        with pytest.raises(ConflictError, match=words):
            tool.make(raw, tmp_path / name, overwrite=True, **FIRST)
        assert tree(tmp_path) == before


def test_raw_below_out_is_a_file_of_others(raw: Path) -> None:
    with pytest.raises(ConflictError, match="holds files that sslabel did not write"):
        tool.make(raw, raw.parent, **FIRST)


@pytest.mark.parametrize("inner", ["raw", "rotation", "rotation/raw", ".sslabel", "raw/p001.jpg"])
def test_raw_below_an_output_is_refused(raw: Path, out: Path, inner: str) -> None:
    shutil.copytree(raw, out / "raw")
    shutil.copytree(raw, out / "rotation" / "raw")
    before = tree(out)
    for overwrite in (False, True):
        with pytest.raises(ConflictError, match=r"RAW lies within .*out, which is for what sslabel writes"):
            tool.make([raw, out / inner], out, overwrite=overwrite, **FIRST)
    assert tree(out) == before


def test_out_as_a_link_to_a_folder_is_that_folder_and_one_to_nothing_is_refused(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    tool.make(raw, tmp_path / "link", **FIRST)
    assert len(examples(tmp_path / "empty", "rotation")) == 4
    for target in ("nothing", "broken"):
        (tmp_path / "broken").unlink(missing_ok=True)
        (tmp_path / "broken").symlink_to(target)
        with pytest.raises(ConflictError, match="OUT is a link that leads nowhere; a folder is needed"):
            tool.make(raw, tmp_path / "broken", **FIRST)
    assert not (tmp_path / "nothing").exists()


def test_out_is_the_folder_of_a_file_that_is_raw(raw: Path) -> None:
    before = tree(raw)
    with pytest.raises(ConflictError, match="holds files that sslabel did not write"):
        tool.make(raw / "p001.jpg", raw, **FIRST)
    with pytest.raises(ConflictError, match="OUT is a file"):
        tool.make(raw / "p001.jpg", raw / "p001.jpg", **FIRST)
    assert tree(raw) == before


def test_a_shard_of_no_plan_is_not_written_over(raw: Path, out: Path) -> None:
    (out / "colorize").mkdir()
    shard = out / "colorize" / "train-000000.tar"
    shard.write_bytes(b"somebody's work")
    with pytest.raises(ConflictError, match=r"colorize/train-000000\.tar belongs to no plan"):
        tool.make(raw, out, task="colorize")
    assert shard.read_bytes() == b"somebody's work"


@pytest.mark.parametrize("nested", ["out", "a/b/out"])
def test_out_inside_raw_is_not_read(raw: Path, tmp_path: Path, nested: str) -> None:
    out = raw / nested
    tool.make(raw, out, **FIRST)
    save_photo(out / "rotation" / "picture.jpg", 3)
    before = tree(out)
    tool.make(raw, out, **FIRST)
    assert tree(out) == before
    tool.make(draw_many(tmp_path / "again", 4), tmp_path / "outside", **FIRST)
    assert shard_hashes(out) == shard_hashes(tmp_path / "outside")


WAITING = """
import os, time
from pathlib import Path
from sslabel import Category, Pair, Picture
from sslabel.registry import task

@task("image")
def waiting(picture: Picture, rng) -> Pair:
    "Once a shard is finished, wait until the test says go."
    if list(Path(os.environ["OUT"]).glob(".sslabel/records/*/*.json")):
        Path(os.environ["STARTED"]).touch()
        while not Path(os.environ["GO"]).exists():
            time.sleep(0.01)
    return Pair(picture, Category(0, ("a", "b")))
"""


@pytest.mark.parametrize("end", ["finished", "killed"])
def test_two_runs_at_once(raw: Path, tmp_path: Path, end: str) -> None:
    out, started, go = tmp_path / "out", tmp_path / "started", tmp_path / "go"
    (tmp_path / "waiting.py").write_text(WAITING, "ascii")
    command = ("make", raw, out, "--task", "waiting", "--plugin", tmp_path / "waiting.py", "--shard-size", 1)
    env = {"OUT": str(out), "STARTED": str(started), "GO": str(go)}
    first = start(*command, "--workers", 1, env=env)
    assert until(started.exists, first)
    before = tree(out)
    assert temporary_files(out)
    for other in (("make", raw, out, "--task", "rotation"), (*command, "--overwrite")):
        second = sslabel(*other, env=env)  # which would wait for ever if it waited for the first
        busy = f"sslabel: {out}: another run is writing here; wait for it, or stop it\n"
        assert (second.code, second.out, second.err) == (5, "", busy)
        assert tree(out) == before
    if end == "killed":
        first.kill()
        assert ended(first).code == -signal.SIGKILL
        go.touch()
        assert sslabel(*command, env=env).code == 0
    else:
        go.touch()
        assert ended(first).code == 0
    assert not temporary_files(out)
    undisturbed = tmp_path / "undisturbed"
    assert sslabel("make", raw, undisturbed, *command[3:], env=env).code == 0
    assert tree(out) == tree(undisturbed)


def test_a_lock_that_is_held_is_waited_for_by_nobody(raw: Path, out: Path) -> None:
    with (out / ".sslabel" / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = tree(out)
        for overwrite in (False, True):
            with pytest.raises(TryLaterError, match="another run is writing here"):
                tool.make(raw, out, overwrite=overwrite, **{**FIRST, "task": "colorize"})
        tool.make(raw, out, dry_run=True, **FIRST)
        assert tree(out) == before
    tool.make(raw, out, **FIRST)


def test_a_plan_that_cannot_be_read_is_named_and_overwrite_is_the_way_out(raw: Path, out: Path) -> None:
    before = tree(out)
    (path,) = out.glob(".sslabel/plans/*/plan.json")
    path.write_text("{", "ascii")
    with pytest.raises(DamageError, match="overwrite starts anew"):
        tool.make(raw, out, **FIRST)
    tool.make(raw, out, overwrite=True, **FIRST)
    assert tree(out) == before


@pytest.mark.parametrize(
    ("error", "code"), [(UsageError, 2), (TryLaterError, 5), (DamageError, 6), (ConflictError, 7), (SslabelError, 1)]
)
def test_each_kind_of_error_has_its_code(error: type[SslabelError], code: int) -> None:
    assert error("x").exit_code == code


def test_the_command_line_says_it_in_one_line(raw: Path, out: Path) -> None:
    finished = sslabel("make", raw, out, "--task", "rotation", "--shard-size", "1", "--seed", 9)
    assert (finished.code, finished.out) == (7, "")
    assert finished.err.count("\n") == 1
    assert finished.err.startswith(f"sslabel: {out} holds rotation, made from something else: seed: 1 before, 9 now")


def test_members_of_a_half_overwritten_output_are_whole(raw: Path, out: Path) -> None:
    # As after a kill in the middle of --overwrite: the records are gone, and some of the shards.
    before: Members = tree(out)
    shutil.rmtree(out / ".sslabel" / "records" / "rotation")
    os.unlink(out / "rotation" / "train-000000.tar")  # noqa: PTH108 - as the system call
    tool.make(raw, out, **FIRST)
    assert tree(out) == before
