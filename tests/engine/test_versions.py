"""An output that was begun under other versions is not gone on with; how a run is made is no difference."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sslabel as tool
from sslabel.errors import ConflictError
from tests.engine.drawing import draw_many
from tests.engine.running import examples, plans, python_path, records, sslabel, tree

OPTIONS: dict[str, Any] = {"task": "rotation", "shard_size": "1"}
COMMAND = ("--task", "rotation", "--shard-size", 1)
PACKAGES = ("numpy", "opencv-python-headless", "pillow", "pyarrow")
Pretend = Callable[..., None]


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Let packages have other versions (None for one that is gone), and the machine be another."""
    version = importlib.metadata.version

    def change(machine: str | None = None, **packages: str | None) -> None:
        named = {name.replace("_", "-"): one for name, one in packages.items()}

        def other(package: str) -> str:
            found = named[package] if package in named else version(package)
            if found is None:
                raise importlib.metadata.PackageNotFoundError(package)
            return found

        monkeypatch.setattr(importlib.metadata, "version", other)
        if machine is not None:
            monkeypatch.setattr(platform, "machine", lambda: machine)

    return change


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four photographs in `raw`, and a complete output of them in `out`."""
    folder = tmp_path_factory.mktemp("versions")
    tool.make(draw_many(folder / "raw", 4), folder / "out", **OPTIONS)
    return folder


@pytest.fixture
def raw(complete: Path) -> Path:
    """The photographs."""
    return complete / "raw"


@pytest.fixture
def undisturbed(complete: Path) -> dict[str, bytes]:
    """The complete output."""
    return tree(complete / "out")


@pytest.fixture
def begun(complete: Path, tmp_path: Path) -> Path:
    """The output as after a kill: two of four shards are committed, one has no record, one is not there."""
    out = Path(shutil.copytree(complete / "out", tmp_path / "out"))
    (out / "rotation" / "train-000002.tar").unlink()
    for path in ("records/rotation/000001.json", "records/rotation/000002.json", "quarantine.jsonl"):
        (out / ".sslabel" / path).unlink()
    for name in ("README.md", "croissant.json"):
        (out / name).unlink()
    return out


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("now", ["0.0.1", None])
def test_going_on_under_another_version_is_refused_and_named(  # noqa: PLR0913, PLR0917 - fixtures and two tables
    raw: Path, begun: Path, undisturbed: dict[str, bytes], pretend: Pretend, package: str, now: str | None
) -> None:
    before, version = tree(begun), importlib.metadata.version(package)
    pretend(**{package.replace("-", "_"): now})
    with pytest.raises(ConflictError) as caught:
        tool.make(raw, begun, **OPTIONS)
    assert str(caught.value) == (
        f"{begun} was begun with other versions, which may give other bytes: {package} {version} before, "
        f"{now or 'unknown'} now; go on with those, or start anew with --overwrite"
    )
    assert (caught.value.exit_code, tree(begun)) == (7, before)
    pretend()
    tool.make(raw, begun, **OPTIONS)
    assert tree(begun) == undisturbed


def test_going_on_under_another_version_of_the_tool_is_refused(
    raw: Path, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "__version__", "99.0")
    with pytest.raises(ConflictError, match=rf"sslabel {plans(begun)[0]['versions']['sslabel']} before, 99\.0 now"):
        tool.make(raw, begun, **OPTIONS)


def test_all_that_differs_is_named_the_machine_too(raw: Path, begun: Path, pretend: Pretend) -> None:
    before, were = tree(begun), plans(begun)[0]["versions"]
    pretend(machine="pdp11", numpy="1.0", pillow="3.5")
    with pytest.raises(ConflictError) as caught:
        tool.make(raw, begun, **OPTIONS)
    for name, now in (("numpy", "1.0"), ("pillow", "3.5"), ("machine", "pdp11")):
        assert f"{name} {were[name]} before, {now} now" in str(caught.value)
    assert "pyarrow" not in str(caught.value)
    assert tree(begun) == before


def test_another_architecture_alone_is_refused(raw: Path, begun: Path, pretend: Pretend) -> None:
    pretend(machine="pdp11")
    with pytest.raises(ConflictError, match=f"machine {platform.uname().machine} before, pdp11 now; go on with those"):
        tool.make(raw, begun, **OPTIONS)


def test_a_package_that_this_version_does_not_know_is_another_version(raw: Path, begun: Path, pretend: Pretend) -> None:
    (path,) = begun.glob(".sslabel/plans/*/plan.json")
    path.write_text(path.read_text("ascii").replace('"numpy":', '"libvips": "8.15", "numpy":'), "ascii")
    pretend()
    with pytest.raises(ConflictError, match=r"libvips 8\.15 before, none now"):
        tool.make(raw, begun, **OPTIONS)


# Python imports this in every process of a command.
PRETENDER = """
import importlib.metadata, os

version = importlib.metadata.version
importlib.metadata.version = lambda package: "0.0.1" if package == "numpy" else version(package)
"""


def test_the_command_line_says_it_in_one_line_and_overwrite_is_a_way_out(
    raw: Path, begun: Path, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(PRETENDER, "ascii")
    env, before = python_path(tmp_path / "site"), tree(begun)
    failed = sslabel("make", raw, begun, *COMMAND, env=env)
    assert (failed.code, failed.out, failed.err.count("\n")) == (7, "", 1)
    assert failed.err.startswith(f"sslabel: {begun} was begun with other versions, which may give other bytes: numpy ")
    assert failed.err.endswith(" before, 0.0.1 now; go on with those, or start anew with --overwrite\n")
    assert tree(begun) == before
    assert sslabel("make", raw, begun, *COMMAND, "--overwrite", env=env).code == 0
    assert plans(begun)[0]["versions"]["numpy"] == "0.0.1"
    assert len(records(begun)) == 4


@pytest.mark.parametrize("left", [(), ("rotation/train-000000.tar",)])
def test_before_the_first_shard_counts_other_versions_are_no_problem(
    raw: Path, begun: Path, undisturbed: dict[str, bytes], pretend: Pretend, left: tuple[str, ...]
) -> None:
    # A shard without its record does not count: it is made again, under the versions of now.
    shutil.rmtree(begun / ".sslabel" / "records")
    for path in begun.glob("rotation/*.tar"):
        if str(path.relative_to(begun)) not in left:
            path.unlink()
    pretend(machine="pdp11", numpy="1.0")
    tool.make(raw, begun, **OPTIONS)
    (plan,) = plans(begun)
    assert (plan["versions"]["machine"], plan["versions"]["numpy"]) == ("pdp11", "1.0")
    pretend(machine=platform.uname().machine)
    tool.make(raw, begun, overwrite=True, **OPTIONS)
    assert tree(begun) == undisturbed


def test_what_is_complete_stays_so_under_any_versions(
    raw: Path, complete: Path, tmp_path: Path, undisturbed: dict[str, bytes], pretend: Pretend
) -> None:
    out = Path(shutil.copytree(complete / "out", tmp_path / "out"))
    pretend(machine="pdp11", numpy="1.0")
    tool.make(raw, out, **OPTIONS)
    assert tree(out) == undisturbed


def test_each_data_set_has_the_versions_of_its_own(raw: Path, begun: Path, pretend: Pretend) -> None:
    pretend(numpy="1.0")
    tool.make(raw, begun, task="colorize")
    assert len(examples(begun, "colorize")) == 4
    with pytest.raises(ConflictError, match=r"numpy .* before, 1\.0 now"):
        tool.make(raw, begun, **OPTIONS)


@pytest.mark.parametrize(
    "options",
    [{"workers": 1}, {"workers": 3}, {"deadline": "5m"}, {"max_error_rate": 0.9}, {"workers": None, "seed": "0"}],
)
def test_going_on_with_other_workers_or_a_longer_deadline_gives_the_same_bytes(
    raw: Path, begun: Path, undisturbed: dict[str, bytes], options: dict[str, Any]
) -> None:
    tool.make(raw, begun, **{**OPTIONS, **options})
    assert tree(begun) == undisturbed


@pytest.mark.parametrize(
    "options",
    [("--verbose",), *(pytest.param(one, marks=pytest.mark.slow) for one in [("--quiet",), ("--json",), ("--debug",)])],
)
def test_going_on_with_more_or_fewer_words_gives_the_same_bytes(
    raw: Path, begun: Path, undisturbed: dict[str, bytes], options: tuple[str, ...]
) -> None:
    assert sslabel("make", raw, begun, *COMMAND, *options).code == 0
    assert tree(begun) == undisturbed
