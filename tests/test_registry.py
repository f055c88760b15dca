"""Registering leaves a function as it was, finding gives the right name for a wrong one, plug-ins join in."""

from __future__ import annotations

import importlib.metadata
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest

from sslabel import registry
from sslabel.errors import UsageError
from sslabel.options import Between
from sslabel.registry import (
    FITS,
    all_of,
    find,
    find_noise,
    find_readers,
    find_task,
    load_plugin,
    noise,
    reader,
    readers_by_extension,
    task,
    writer,
)
from tests.recipes import open_registry

KINDS = ("task", "noise", "reader", "writer")


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    open_registry(monkeypatch)


def mirror(picture: Any, rng: Any, *, chance: Annotated[float, Between(0, 1)] = 0.5) -> Any:  # noqa: ARG001
    """Mirror from left to right.

    chance: how often
    """
    return picture


@pytest.mark.parametrize(
    ("kind", "register"),
    [
        ("task", task("image", needs={"geometry"})),
        ("noise", noise("image", alters={"geometry"})),
        ("reader", reader("image", extensions=[".mir"])),
        ("writer", writer(extension="mir")),
    ],
)
def test_registering_gives_the_function_back_untouched(kind: str, register: Any) -> None:
    before = dict(vars(mirror))
    assert register(mirror) is mirror
    assert vars(mirror) == before
    entry = find(kind, "mirror")
    assert entry.function is mirror
    assert (entry.name, entry.origin, entry.summary) == ("mirror", __name__, "Mirror from left to right.")


def test_a_task_says_what_it_needs() -> None:
    task("image", needs={"geometry", "color"}, smallest=32, fits=["crop"], lossless=True)(mirror)
    entry = find_task("mirror")
    assert (entry.takes, entry.smallest, entry.lossless, entry.beside) == ("image", 32, True, None)
    assert entry.needs == {"geometry", "color"}
    assert entry.fits == {"crop"}


def test_a_task_that_says_nothing_needs_nothing() -> None:
    task("image")(mirror)
    entry = find_task("mirror")
    assert (entry.smallest, entry.lossless) == (1, False)
    assert entry.needs == frozenset()
    assert entry.fits == set(FITS)


def test_a_noise_has_its_options_and_a_chance() -> None:
    noise("image", alters="geometry")(mirror)
    entry = find_noise("mirror")
    assert entry.alters == {"geometry"}
    assert [(one.name, one.default) for one in entry.options] == [("chance", 0.5), ("p", 1.0)]
    assert entry.options[-1].between == Between(0, 1)


def named(name: str) -> Any:
    def function() -> None:
        """Stand for any function."""

    function.__name__ = name
    return function


@pytest.mark.parametrize(
    ("python_name", "name"),
    [("tint", "tint"), ("film_grain", "film-grain"), ("import_", "import"), ("OddWord", "oddword")],
)
def test_a_name_is_the_function_s_with_hyphens(python_name: str, name: str) -> None:
    noise("image")(named(python_name))
    assert find_noise(name).name == name


@pytest.mark.parametrize(
    ("register", "message"),
    [
        (lambda: task("sound"), "mirror takes 'sound', which is none of text, image, video"),
        (
            lambda: noise("image", alters={"colour"}),
            "mirror: 'colour' is none of geometry, size, color, order, count, timing",
        ),
        (
            lambda: task("image", needs="shape"),
            "mirror: 'shape' is none of geometry, size, color, order, count, timing",
        ),
        (lambda: task("image", fits={"squeeze"}), "mirror: 'squeeze' is none of short, crop, pad, stretch"),
    ],
)
def test_what_is_not_known_is_refused(register: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        register()(mirror)
    assert str(caught.value) == message


def test_two_of_a_name_from_different_modules_are_refused() -> None:
    other = named("rotation")
    with pytest.raises(UsageError) as caught:
        task("image")(other)
    assert (
        str(caught.value) == f"there are two tasks named 'rotation': in sslabel.tasks.image.rotation and in {__name__}"
    )
    assert find_task("rotation").function is not other


def test_one_name_may_be_a_task_and_a_noise() -> None:
    task("image")(mirror)
    noise("image")(mirror)
    assert find_task("mirror").function is find_noise("mirror").function


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_listed_by_name_and_cannot_be_changed(kind: str) -> None:
    entries = all_of(kind)
    assert entries
    assert list(entries) == sorted(entries)
    assert all(name == entry.name for name, entry in entries.items())
    with pytest.raises(TypeError):
        entries["other"] = None  # type: ignore[index]


@pytest.mark.parametrize("name", ["gaussian-noise", "gaussian_noise"])
def test_a_name_is_found_in_both_spellings(name: str) -> None:
    assert find_noise(name).name == "gaussian-noise"


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("task", "colorise", "no task is named 'colorise'; did you mean colorize?"),
        ("task", "gaussian-noise", "no task is named 'gaussian-noise'; gaussian-noise is a noise"),
        ("noise", "gausian-noise", "no noise is named 'gausian-noise'; did you mean gaussian-noise?"),
        ("noise", "rotation", "no noise is named 'rotation'; rotation is a task"),
        ("writer", "zzz", "no writer is named 'zzz'; there is parquet, webdataset"),
    ],
)
def test_a_wrong_name_gets_the_right_one_back(kind: str, name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        find(kind, name)
    assert str(caught.value) == message


@pytest.mark.parametrize("extension", [".jpg", ".JPG", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".TIFF"])
def test_a_reader_is_found_by_extension(extension: str) -> None:
    assert "pictures" in [one.name for one in find_readers(extension)]


@pytest.mark.parametrize("extension", ["", ".", "jpg", ".jp", ".svg", ".pkl", ".pt"])
def test_other_extensions_have_no_reader(extension: str) -> None:
    assert find_readers(extension) == ()


def test_extensions_are_lower_case_and_begin_with_a_dot() -> None:
    assert all(one.startswith((".", "/")) and one == one.lower() for one in readers_by_extension())


PLUGIN = '''
from sslabel.registry import noise

@noise("image")
def {name}(picture, rng, *, much: float = 1.0):
    """Do nothing."""
    return picture
'''


@pytest.fixture
def _no_new_modules() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("sslabel_plugin_"):
            del sys.modules[name]


@pytest.mark.usefixtures("_no_new_modules")
def test_a_plug_in_file_is_loaded_once_for_each_content(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(PLUGIN.format(name="own_noise"))
    load_plugin(str(path))
    first = find_noise("own-noise").function
    load_plugin(str(path))
    assert find_noise("own-noise").function is first


@pytest.mark.usefixtures("_no_new_modules")
def test_a_plug_in_that_takes_a_name_is_refused_and_leaves_no_module(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(PLUGIN.format(name="gaussian_noise"))
    before = set(sys.modules)
    with pytest.raises(UsageError, match=r"^--plugin .*own\.py: there are two noises named 'gaussian-noise': in "):
        load_plugin(str(path))
    assert set(sys.modules) == before


@pytest.mark.usefixtures("_no_new_modules")
@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("own.py", "1 / 0", " cannot be imported: ZeroDivisionError: division by zero"),
        ("own.py", "raise SystemExit(3)", " cannot be imported: SystemExit: 3"),
        ("own.py", "def", " cannot be imported: SyntaxError: "),
        (
            "own.py",
            "import no_such_module",
            " cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("own.txt", "", ": a Python file (.py) is needed"),
    ],
)
def test_a_plug_in_that_fails_is_refused_with_its_reason(tmp_path: Path, name: str, content: str, problem: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    before = set(sys.modules)
    with pytest.raises(UsageError) as caught:
        load_plugin(str(path))
    assert str(caught.value).startswith(f"--plugin {path}{problem}")
    assert set(sys.modules) == before


def test_a_plug_in_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_plugin(str(tmp_path / "own.py"))
    assert str(caught.value) == f"--plugin {tmp_path / 'own.py'}: No such file or directory"


def load_mirror() -> None:
    noise("image")(mirror)


def fail_to_load() -> None:
    msg = "torn"
    raise ImportError(msg)


def test_an_installed_plug_in_that_fails_warns_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        SimpleNamespace(name="bad", value="bad:plugin", load=fail_to_load),
        SimpleNamespace(name="good", value="good:plugin", load=load_mirror),
    ]
    monkeypatch.setattr(registry, "_searched", [])
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points if group == "sslabel.plugins" else [])
    with pytest.warns(UserWarning, match=r"plug-in bad \(bad:plugin\) was not loaded: ImportError\('torn'\)"):
        registry._discover.__wrapped__()
    assert find_noise("mirror").function is mirror


def leave() -> None:
    raise SystemExit


def test_an_installed_plug_in_cannot_end_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [SimpleNamespace(name="bad", value="bad:plugin", load=leave)]
    monkeypatch.setattr(registry, "_searched", [])
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)  # noqa: ARG005
    with pytest.warns(UserWarning, match=r"plug-in bad \(bad:plugin\) was not loaded: SystemExit\(\)"):
        registry._discover.__wrapped__()


def test_what_a_package_brings_tells_the_package_and_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    package = SimpleNamespace(name="own-noises", version="1.2")
    points = [SimpleNamespace(name="own", value="own:plugin", load=load_mirror, dist=package)]
    monkeypatch.setattr(registry, "_searched", [])
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)  # noqa: ARG005
    registry._discover.__wrapped__()
    assert find_noise("mirror").package == ("own-noises", "1.2")
    assert find_noise("gaussian-noise").package is None
    task("image")(mirror)
    assert find_task("mirror").package is None


def test_options_that_cannot_be_read_are_told_with_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mirror.__annotations__, "chance", "NoSuchType")
    noise("image")(mirror)
    with pytest.raises(UsageError, match=r"^the options of 'mirror' cannot be read: .*NoSuchType"):
        assert find_noise("mirror").options


def test_without_plug_ins_nothing_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_searched", [])
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [])  # noqa: ARG005
    before = {kind: dict(all_of(kind)) for kind in KINDS}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        registry._discover.__wrapped__()
    assert {kind: dict(all_of(kind)) for kind in KINDS} == before


def test_a_plugin_that_was_edited_is_loaded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_registry(monkeypatch)
    monkeypatch.setattr(registry, "_plugins", {})
    path = tmp_path / "own.py"
    text = 'from sslabel.registry import noise\n\n@noise("image")\ndef {name}(picture, rng):\n    """{line}"""\n'
    for name, line in (("edited", "Before."), ("edited", "After."), ("renamed", "After.")):
        path.write_text(text.format(name=name, line=line), "ascii")
        load_plugin(str(path))
        assert find_noise(name).summary == line
    assert "edited" not in all_of("noise")


@pytest.mark.parametrize("name", ["/etc/passwd", "../rotation", "**", "*", "", "rotation.py", "a b"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_no_path_and_no_pattern(kind: str, name: str) -> None:
    with pytest.raises(UsageError, match=f"no {kind} is named"):
        registry.find(kind, name)
