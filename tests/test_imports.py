"""Imports go one way, heavy packages are imported where they are used, and some are imported nowhere."""

from __future__ import annotations

import ast
import graphlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "sslabel"
GROUPS = (
    ("errors", "values"),
    ("columns", "places", "blocks"),
    ("seeding", "storage", "codecs", "jpeg", "registry", "options"),
    ("transforms",),
    ("noise",),
    ("tasks", "readers", "writers"),
    ("flow", "blockflow", "recipe"),
    ("engine", "look"),
    ("api", "cli", "__main__"),
)
LEVELS = {name: level for level, names in enumerate(GROUPS) for name in names}
ONLY_IN = {"typer": ("cli",), "rich": ("cli", "look")}
NOWHERE = ("click", "pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve")


def imported(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[tuple[str, str]]:
    """Every (module, name taken from it or nothing) that a syntax tree imports, at any depth."""
    parents = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((one.name, "") for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = parents[: len(parents) - node.level + 1] if node.level else []
            stem = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((stem, one.name) for one in node.names)


def allows_pickle(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.keyword)
        and node.arg == "allow_pickle"
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
        for node in ast.walk(tree)
    )


def name_of(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def problems(package: Path) -> list[str]:
    """What is wrong with the imports below a package folder, a sentence for each."""
    paths = {name_of(path, package): path for path in sorted(package.rglob("*.py"))}
    root = package.name
    found: list[str] = []
    graph: dict[str, set[str]] = {}
    for module, path in paths.items():
        if module == root:
            continue  # a facade that loads what is asked of it
        tree = ast.parse(path.read_text("utf-8"))
        if allows_pickle(tree):
            found.append(f"{module} allows pickles")
        group = module.split(".")[1]
        if group not in LEVELS:
            found.append(f"{module} has no place in the order")
            continue
        for stem, taken in imported(tree, module, is_package=path.name == "__init__.py"):
            target = f"{stem}.{taken}" if f"{stem}.{taken}" in paths else stem
            top = target.split(".")[0]
            if top in NOWHERE:
                found.append(f"{module} imports {top}")
            elif top in ONLY_IN and group not in ONLY_IN[top]:
                found.append(f"{module} imports {top}, which belongs in {' and '.join(ONLY_IN[top])}")
            elif target == root and taken not in ("", "__version__"):
                found.append(f"{module} takes {taken} from the facade")
            elif top == root and target != root:
                graph.setdefault(module, set()).add(target)
                if LEVELS.get(target.split(".")[1], len(GROUPS)) > LEVELS[group]:
                    found.append(f"{module} imports {target}, which stands above it")
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        found.append(f"a circle: {' > '.join(error.args[1])}")
    return found


def test_imports_go_one_way() -> None:
    assert problems(PACKAGE) == []


def test_there_is_something_to_check() -> None:
    modules = {name_of(path, PACKAGE) for path in PACKAGE.rglob("*.py")}
    assert {"sslabel.flow", "sslabel.tasks.image.rotation", "sslabel.cli.app", "sslabel.engine"} <= modules
    assert {module.split(".")[1] for module in modules if "." in module} == set(LEVELS)


FILES = (
    "__init__",
    "errors",
    "values",
    "blocks",
    "options",
    "codecs",
    "flow",
    "blockflow",
    "recipe",
    "api",
    "noise/image/pixels",
    "cli/app",
    "engine/run",
    "look/html",
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of empty modules."""
    folder = tmp_path / "sslabel"
    for name in FILES:
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        for above in path.parent.relative_to(tmp_path).parents:
            (tmp_path / above / "__init__.py").touch()
        (path.parent / "__init__.py").touch()
    return folder


@pytest.mark.parametrize(
    ("name", "line", "problem"),
    [
        ("values", "from sslabel.flow import examples", "sslabel.values imports sslabel.flow, which stands above it"),
        ("values", "import sslabel.flow", "sslabel.values imports sslabel.flow, which stands above it"),
        ("values", "from sslabel import flow", "sslabel.values imports sslabel.flow, which stands above it"),
        ("values", "from . import flow", "sslabel.values imports sslabel.flow, which stands above it"),
        ("values", "from .flow import examples", "sslabel.values imports sslabel.flow, which stands above it"),
        ("values", "import sslabel.options as o", "sslabel.values imports sslabel.options, which stands above it"),
        ("values", "def f():\n    import sslabel.api", "sslabel.values imports sslabel.api, which stands above it"),
        (
            "values",
            "if TYPE_CHECKING:\n    from sslabel.api import x",
            "sslabel.values imports sslabel.api, which stands above it",
        ),
        (
            "noise/image/pixels",
            "from ...flow import noised",
            "sslabel.noise.image.pixels imports sslabel.flow, which stands above it",
        ),
        (
            "noise/image/__init__",
            "from ...flow import x",
            "sslabel.noise.image imports sslabel.flow, which stands above it",
        ),
        ("flow", "from sslabel.engine import run", "sslabel.flow imports sslabel.engine.run, which stands above it"),
        (
            "engine/run",
            "from sslabel.cli.app import app",
            "sslabel.engine.run imports sslabel.cli.app, which stands above it",
        ),
        (
            "blocks",
            "from sslabel.seeding import BlockDraws",
            "sslabel.blocks imports sslabel.seeding, which stands above it",
        ),
        (
            "codecs",
            "from sslabel.blockflow import Block",
            "sslabel.codecs imports sslabel.blockflow, which stands above it",
        ),
        ("engine/run", "from sslabel import Picture", "sslabel.engine.run takes Picture from the facade"),
        ("engine/run", "import typer", "sslabel.engine.run imports typer, which belongs in cli"),
        (
            "engine/run",
            "from rich.table import Table",
            "sslabel.engine.run imports rich, which belongs in cli and look",
        ),
        ("look/html", "from typer import echo", "sslabel.look.html imports typer, which belongs in cli"),
        ("cli/app", "import click", "sslabel.cli.app imports click"),
        ("cli/app", "def f():\n    from click.testing import x", "sslabel.cli.app imports click"),
        ("codecs", "import pickle", "sslabel.codecs imports pickle"),
        ("codecs", "from pickle import loads", "sslabel.codecs imports pickle"),
        ("codecs", "import json, marshal", "sslabel.codecs imports marshal"),
        ("codecs", "np.load(file, allow_pickle=True)", "sslabel.codecs allows pickles"),
        ("codecs", "np.load(file, allow_pickle=flag)", "sslabel.codecs allows pickles"),
        ("drawer", "", "sslabel.drawer has no place in the order"),
    ],
)
def test_the_check_sees_a_wrong_import(package: Path, name: str, line: str, problem: str) -> None:
    (package / f"{name}.py").write_text(line)
    assert problems(package) == [problem]


def test_the_check_sees_a_circle_within_a_group(package: Path) -> None:
    (package / "flow.py").write_text("from sslabel.recipe import Recipe")
    assert problems(package) == []
    (package / "recipe.py").write_text("def f():\n    from sslabel import flow")
    (problem,) = problems(package)
    assert problem.startswith("a circle: ")
    assert {"sslabel.flow", "sslabel.recipe"} <= set(problem.removeprefix("a circle: ").split(" > "))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("__init__", "from sslabel.api import make"),
        ("blocks", "from sslabel.values import Text"),
        ("codecs", "from sslabel.values import Picture"),
        ("codecs", "from sslabel.blocks import Strings"),
        ("blockflow", "from sslabel.flow import pairs_of"),
        ("codecs", "np.load(file, allow_pickle=False)"),
        ("recipe", "from sslabel.codecs import PictureFormat"),
        ("recipe", "import yaml"),
        ("noise/image/pixels", "from sslabel.options import Between"),
        ("look/html", "from sslabel.engine import run"),
        ("look/html", "from rich.table import Table"),
        ("cli/app", "import sslabel\nimport typer\nimport rich"),
        ("cli/app", "from sslabel import __version__"),
        ("api", "from sslabel.engine.run import run\nfrom . import flow"),
    ],
)
def test_the_check_leaves_a_right_import_alone(package: Path, name: str, line: str) -> None:
    (package / f"{name}.py").write_text(line)
    assert problems(package) == []


PACKAGES = ("numpy", "cv2", "PIL", "pyarrow", "av", "webdataset", "datasets", "torch", "ray", "fsspec")
OF_TEXT = ("icu4py", "sentencex", "charset_normalizer", "tokenizers")
HEAVY = frozenset(PACKAGES + OF_TEXT)
RUN = """
import atexit, json, sys
loaded = lambda: json.dumps(sorted({name.partition(".")[0] for name in sys.modules}))
atexit.register(lambda: print(loaded(), file=sys.stderr))
"""


def loaded_by(code: str, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", RUN + code, *arguments], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], HEAVY),
        (["--version"], HEAVY),
        (["list"], HEAVY - {"numpy"}),
        (["list", "tasks", "colorize"], HEAVY - {"numpy"}),
        (["list", "tasks", "masked-word"], HEAVY - {"numpy"}),
        (["list", "noises", "--json"], HEAVY - {"numpy"}),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_a_command_that_reads_nothing_loads_nothing_heavy(arguments: list[str], heavy: frozenset[str]) -> None:
    loaded = loaded_by("from sslabel.cli.main import main\nmain()", *arguments)
    assert "typer" in loaded
    assert loaded & heavy == set()


@pytest.mark.parametrize(
    "code", ["import sslabel", "import sslabel.errors, sslabel.values, sslabel.registry, sslabel.options"]
)
def test_importing_the_package_loads_nothing_heavy(code: str) -> None:
    loaded = loaded_by(code)
    assert "sslabel" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("kind", ["image", "text", "video"])
def test_a_run_loads_the_readers_of_its_kinds_alone(kind: str) -> None:
    code = f"from sslabel.registry import readers_by_extension\nreaders_by_extension(frozenset(['{kind}']))"
    said = f"{code}\nimport sys; print(*(name for name in sys.modules if name.startswith('sslabel.readers.')))"
    done = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True, timeout=60)
    loaded = {name.split(".")[2] for name in done.stdout.split()}
    assert kind in loaded
    assert loaded - {kind, "contents"} <= ({"image"} if kind == "video" else set())


@pytest.mark.parametrize("code", ["import numpy", "import sslabel\nsslabel.make"])
def test_what_is_loaded_is_seen(code: str) -> None:
    assert "numpy" in loaded_by(code)
