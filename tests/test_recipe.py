"""Settings and recipes: read from every side alike, refused with exact words where they cannot work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sslabel.errors import UsageError
from sslabel.options import Span, Spec, show
from sslabel.readers import Stretch
from sslabel.recipe import Recipe, Settings, fingerprint, load_recipe, settings_options
from sslabel.registry import noise, task
from sslabel.values import Pair, Text
from tests.recipes import open_registry, recipe

UNSET = Settings()


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"copies": "3"}, "copies", 3),
        ({"keep-clean": True}, "keep_clean", True),
        ({"keep_clean": "yes"}, "keep_clean", True),
        ({"keep": "folder"}, "keep", ("folder",)),
        ({"keep": "folder,id"}, "keep", ("folder", "id")),
        ({"keep": ["folder", "id"]}, "keep", ("folder", "id")),
        ({"seed": "-1"}, "seed", -1),
        ({"limit": "10k"}, "limit", 10_000),
        ({"limit": None}, "limit", None),
        ({"size": 256}, "size", 256),
        ({"fit": "crop"}, "fit", "crop"),
        ({"max_pixels": "200M"}, "max_pixels", 200_000_000),
        ({"shard-size": "256MB"}, "shard_size", 256_000_000),
        ({"shard_size": 1000}, "shard_size", 1000),
        ({"shard_pairs": "2k"}, "shard_pairs", 2000),
        ({"deadline": "2m"}, "deadline", 120.0),
        ({"deadline": "60s"}, "deadline", 60.0),
        ({"shuffle": "off"}, "shuffle", False),
        ({"max_error_rate": "0.05"}, "max_error_rate", 0.05),
        ({"fields": "input=jpg,label=cls"}, "fields", {"input": "jpg", "label": "cls"}),
        ({"fields": {"input": "jpg"}}, "fields", {"input": "jpg"}),
        ({"split": "train=0.98,validation=0.02"}, "split", {"train": 0.98, "validation": 0.02}),
        ({"split": {"train": 0.9, "test": 0.1}}, "split", {"train": 0.9, "test": 0.1}),
        ({"split": "train = 0.5, test = 0.5"}, "split", {"train": 0.5, "test": 0.5}),
        ({"split": "a=0.1,b=0.2,c=0.7"}, "split", {"a": 0.1, "b": 0.2, "c": 0.7}),
        ({"split": "train=1"}, "split", {"train": 1.0}),
        ({"plugin": "own.py"}, "plugin", ("own.py",)),
        ({"plugin": ["own.py", "other.py"]}, "plugin", ("own.py", "other.py")),
        ({"task": "colorize:as=ab"}, "task", (Spec("colorize", {"as": "ab"}),)),
        ({"task": ["colorize", "small@rotation"]}, "task", (Spec("colorize", {}), Spec("rotation", {}, "small"))),
        ({"task": {"colorize": {"as": "ab"}}}, "task", (Spec("colorize", {"as": "ab"}),)),
        ({"task": [{"colorize": None}]}, "task", (Spec("colorize", {}),)),
        ({"task": Spec("colorize", {})}, "task", (Spec("colorize", {}),)),
        ({"noise": [{"gaussian_noise": {"sigma": 0.2}}]}, "noise", (Spec("gaussian-noise", {"sigma": 0.2}),)),
    ],
)
def test_a_setting_is_read_and_the_others_stay(given: dict[str, Any], name: str, value: Any) -> None:
    read = Settings.read(given)
    assert getattr(read, name) == value
    for other in set(settings_options()) - {name}:
        assert getattr(read, other) == getattr(UNSET, other)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sizes": 3}, "make: there is no 'sizes'; did you mean size?"),
        ({"Size": 3}, "make: there is no 'Size'; did you mean size?"),
        ({"copies": 0}, "make: copies=0: must be at least 1"),
        ({"copies": "two"}, "make: copies=two: a whole number is needed"),
        ({"size": 65536}, "make: size=65536: must be between 1 and 65535"),
        ({"quality": 101}, "make: quality=101: must be between 1 and 100"),
        ({"quality": "80..90"}, "make: quality is one value, not a range"),
        ({"fit": "shrot"}, "make: fit=shrot: must be short, crop, pad or stretch; did you mean short?"),
        ({"image_format": "jpeg"}, "make: image_format=jpeg: must be auto, jpg, png or webp; did you mean jpg?"),
        ({"deadline": "0.01"}, "make: deadline=0.01: must be at least 0.1"),
        (
            {"shard_size": "1XB"},
            "make: shard_size=1XB: a whole number is needed, with one of B, kB, KB, MB, GB, KiB, MiB, GiB",
        ),
        ({"fields": "input"}, "make: fields=input: NAME=VALUE,NAME=VALUE is needed"),
        ({"fields": "input="}, "make: fields=input=: NAME=VALUE,NAME=VALUE is needed"),
        ({"split": "train"}, "make: split=train: NAME=VALUE,NAME=VALUE is needed"),
        ({"split": "train=much"}, "make: split train: split=much: a number is needed"),
        ({"split": "train=1.5"}, "make: split train: split=1.5: must be between 0 and 1"),
        ({"split": "train=0.9"}, "make: the shares of split train=0.9 add up to 0.9, not to 1"),
        (
            {"split": "train=0.9,test=0.2"},
            "make: the shares of split train=0.9,test=0.2 add up to 1.1, not to 1",
        ),
        ({"split": "train=1,test=0"}, "make: split test has no share; leave it out"),
        ({"split": "Train=1"}, "make: a split is named in lower-case words joined by _, not 'Train'"),
        ({"split": "a/b=1"}, "make: a split is named in lower-case words joined by _, not 'a/b'"),
        ({"split": "train=0..1"}, "make: split train is one share, not a range"),
        ({"task": 3}, "make: task: '3' is neither NAME:key=value nor one NAME with its options"),
        ({"task": [{"a": {}, "b": {}}]}, "make: task: 'a=,b=' is neither NAME:key=value nor one NAME with its options"),
        (
            {"task": [{"colorize": 3}]},
            "make: task: 'colorize=3' is neither NAME:key=value nor one NAME with its options",
        ),
        ({"noise": "a noise"}, "'a noise' is not NAME or NAME:key=value,key=value"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Settings.read(given, "make")
    assert str(caught.value) == message


@pytest.mark.parametrize("given", [{"plugin": 3}, {"plugin": None}, {"seed": 10**400}, {"deadline": float("inf")}])
def test_an_odd_value_of_yaml_is_refused_and_is_no_crash(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Settings.read(given, "make")


def test_a_setting_given_under_both_spellings_is_refused() -> None:
    with pytest.raises(UsageError, match="keep"):
        Settings.read({"keep-clean": True, "keep_clean": False}, "make")


def test_a_split_named_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="train"):
        Settings.read({"split": "train=0.5,train=1"}, "make")


@pytest.mark.parametrize("name", list(settings_options()))
def test_each_setting_has_a_type_and_a_help_line_under_a_heading(name: str) -> None:
    one = settings_options()[name]
    assert one.help.text.rstrip(".")
    assert one.help.panel in ("What is made", "Pictures", "Text", "Video", "What is written", "How it runs")
    assert getattr(UNSET, name) == one.default


SHOWN = [name for name, one in settings_options().items() if one.default not in (None, (), {})]


@pytest.mark.parametrize("name", SHOWN)
def test_the_shown_default_reads_back(name: str) -> None:
    default = settings_options()[name].default
    assert getattr(Settings.read({name: show(default)}), name) == default


RICH: dict[str, Any] = {
    "task": ["colorize:as=bins,ab_scale=2", "small@rotation:all_turns=true", {"rotation": {"noise": "pixel-dropout"}}],
    "noise": ["gaussian-noise:sigma=0.05..0.2,p=0.5", {"pixel-dropout": {"rate": 0.1, "fill": 255}}],
    "augment": ["rotate:degrees=-5..5", "color-balance", "color-balance:red=1"],
    "keep_clean": True,
    "keep": "folder",
    "size": "64",
    "split": "train=0.9,test=0.1",
    "fields": "input=png",
    "deadline": "2m",
    "shard_size": "1.5MB",
}


@pytest.mark.parametrize("given", [{"task": "colorize"}, RICH])
def test_settings_survive_yaml_and_json(given: dict[str, Any]) -> None:
    settings = Settings.read(given)
    plain = settings.plain()
    assert Settings.read(yaml.safe_load(yaml.safe_dump(plain))) == settings
    assert Settings.read(json.loads(json.dumps(plain))) == settings


@pytest.mark.parametrize("given", [{"task": "colorize"}, RICH])
def test_the_steps_of_a_recipe_read_back_to_the_same_recipe(given: dict[str, Any]) -> None:
    settings = Settings.read(given)
    steps = Recipe.of(settings).steps()
    again = Settings.read({**settings.plain(), **yaml.safe_load(yaml.safe_dump(steps))})
    assert Recipe.of(again) == Recipe.of(settings)
    assert Recipe.of(again).steps() == steps


def test_steps_write_out_every_option() -> None:
    steps = recipe(task="colorize", noise="gaussian-noise").steps()
    drawn = {"gaussian-noise": {"severity": "1..5", "sigma": None, "p": 1.0}}
    assert steps == {
        "task": [{"colorize": {"as": "rgb", "ab_scale": 4, "noise": [drawn]}}],
        "noise": [],
        "augment": [],
    }


def test_a_range_given_from_python_survives_yaml() -> None:
    settings = Settings.read({"task": "colorize", "noise": {"gaussian-noise": {"sigma": Span(0.1, 0.2)}}})
    again = Settings.read(yaml.safe_load(yaml.safe_dump(settings.plain())))
    assert Recipe.of(again) == Recipe.of(settings)


def test_options_are_resolved_with_their_defaults() -> None:
    (step,) = recipe(task="colorize:as=ab", noise="gaussian-noise").tasks
    assert (step.task.name, step.use, step.options) == ("colorize", "colorize", {"as_": "ab", "ab_scale": 4})
    (other,) = step.noises
    assert (other.noise.name, other.use, other.options) == (
        "gaussian-noise",
        "gaussian-noise",
        {"severity": Span(1, 5), "sigma": None, "p": 1.0},
    )


def test_a_second_use_of_a_noise_is_a_stage_of_its_own() -> None:
    (step,) = recipe(task="rotation", noise=["color-balance", "gaussian-noise", "color-balance", "color-balance"]).tasks
    assert [one.use for one in step.noises] == ["color-balance", "gaussian-noise", "color-balance-2", "color-balance-3"]


def test_a_task_runs_under_a_second_name() -> None:
    tasks = recipe(task=["rotation", "Small@rotation:all_turns=true"]).tasks
    assert [(step.task.name, step.use, step.options["all_turns"]) for step in tasks] == [
        ("rotation", "rotation", False),
        ("rotation", "small", True),
    ]


def test_a_task_s_own_noises_stand_in_place_of_the_others() -> None:
    steps = recipe(
        task=["colorize", {"rotation": {"noise": ["color-balance"]}}, {"bare@rotation": {"noise": []}}],
        noise="gaussian-noise",
    )
    assert [[one.use for one in step.noises] for step in steps.tasks] == [["gaussian-noise"], ["color-balance"], []]


@pytest.mark.parametrize(
    "given",
    [
        {"task": "rotation", "noise": "color-balance"},
        {"task": "colorize", "noise": ["gaussian-noise", "pixel-dropout"]},
        {"task": "rotation", "augment": "rotate"},
        {"task": "colorize", "augment": ["color-balance", "rotate"]},
        {"task": "rotation", "size": 64, "fit": "crop"},
        {"task": "rotation", "size": 64},
        {"task": "colorize", "size": 64, "fit": "pad"},
        {"task": "colorize", "size": 64, "fit": "stretch"},
        {"task": "colorize", "noise": "gaussian-noise", "keep_clean": True},
        {"task": "colorize", "noise": "gaussian-noise:p=0"},
        {"task": "colorize", "keep": "folder"},
        {"task": ["rotation", "colorize"]},
    ],
)
def test_a_recipe_that_can_work_is_taken(given: dict[str, Any]) -> None:
    assert recipe(**given).kinds == {"image"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "no task is given; `sslabel list tasks` shows what there is"),
        ({"task": "colorise"}, "no task is named 'colorise'; did you mean colorize?"),
        ({"task": "gaussian-noise"}, "no task is named 'gaussian-noise'; gaussian-noise is a noise"),
        ({"task": "colorize:style=ab"}, "task 'colorize' has no option 'style'; there is ab_scale, as"),
        ({"task": "colorize:a=ab"}, "task 'colorize' has no option 'a'; did you mean as?"),
        ({"task": "colorize:as=rbg"}, "task 'colorize': as=rbg: must be rgb, ab or bins; did you mean rgb?"),
        ({"task": "colorize:ab_scale=0"}, "task 'colorize': ab_scale=0: must be between 1 and 64"),
        (
            {"task": "colorize", "noise": "gaussian-noise:sigma=3"},
            "noise 'gaussian-noise': sigma=3: must be between 0 and 2",
        ),
        (
            {"task": "colorize", "noise": "gaussian-noise:p=1.5"},
            "noise 'gaussian-noise': p=1.5: must be between 0 and 1",
        ),
        (
            {"task": "rotation", "noise": "rotate"},
            (
                "noise 'rotate' alters geometry, and the label of task 'rotation' depends on it"
                "; before the task, as --augment, input and label share it"
            ),
        ),
        (
            {"task": "colorize", "noise": ["gaussian-noise", "color-balance"]},
            (
                "noise 'color-balance' alters color, and the label of task 'colorize' depends on it"
                "; before the task, as --augment, input and label share it"
            ),
        ),
        (
            {"task": ["rotation", {"colorize": {"noise": "rotate"}}]},
            (
                "noise 'rotate' alters geometry, and the label of task 'colorize' depends on it"
                "; before the task, as --augment, input and label share it"
            ),
        ),
        (
            {"task": ["rotation", "rotation"]},
            "two tasks are named 'rotation'; give one a name of its own: other@rotation",
        ),
        (
            {"task": ["small@rotation", "SMALL@colorize"]},
            "two tasks are named 'small'; give one a name of its own: other@small",
        ),
        (
            {"task": "colorize", "keep_clean": True},
            "--keep-clean keeps the input as it was before noise, and there is no --noise",
        ),
        (
            {"task": {"colorize": {"noise": []}}, "noise": "gaussian-noise", "keep_clean": True},
            "--keep-clean keeps the input as it was before noise, and there is no --noise",
        ),
        ({"task": "colorize", "fit": "crop"}, "--fit crop says how to reach a size, and there is no --size"),
        (
            {"task": "rotation", "size": 64, "fit": "pad"},
            "--fit pad would give the label of task 'rotation' away; it works with crop or short",
        ),
        (
            {"task": ["colorize", "rotation"], "size": 64, "fit": "stretch"},
            "--fit stretch would give the label of task 'rotation' away; it works with crop or short",
        ),
        ({"task": "colorize", "keep": "caption"}, "--keep caption: no source has this field; there is folder"),
        ({"task": "colorize", "keep": "foldr"}, "--keep foldr: no source has this field; did you mean folder?"),
        (
            {"task": "colorize", "keep": "label"},
            "--keep label: the field of a source cannot be carried along under this name",
        ),
        (
            {"task": "colorize", "keep": "folder,input_0"},
            "--keep input_0: the field of a source cannot be carried along under this name",
        ),
        (
            {"task": "colorize", "keep": "Folder"},
            "--keep Folder: the field of a source cannot be carried along under this name",
        ),
        ({"task": "colorize", "plugin": "none.py"}, "--plugin none.py: No such file or directory"),
        ({"task": "colorize", "window": "2s"}, "--window is for video, which no task of the recipe takes"),
        ({"task": "colorize", "crop_bars": True}, "--crop-bars is for video, which no task of the recipe takes"),
        (
            {"task": "speed", "stride": "2s", "windows_per_clip": 2},
            "--stride and --windows-per-clip both say where windows begin; give one of them",
        ),
        *(
            (
                {"task": "speed", name: text},
                f"--{name} {text}: a time such as 2s or 500ms, or a number of frames, is needed",
            )
            for name in ("window", "stride")
            for text in ("0", "0s", "-1", "-2s", "2.5", "2h", "nan", "1e3s", "s", "two", "")
        ),
        *(
            (
                {"task": "speed", "window": text},
                f"--window {text}: 10,000 frames or 86400 seconds are the most",
            )
            for text in ("10001", "99999999999999999999", "86401s", "1441m")
        ),
    ],
)
def test_a_recipe_that_cannot_work_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        recipe(**given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("given", "window", "stride"),
    [
        ({"window": "16"}, Stretch(16), None),
        ({"window": "1", "stride": "25"}, Stretch(1), Stretch(25)),
        ({"window": "2s", "stride": "500ms"}, Stretch(1, 2.0), Stretch(1, 0.5)),
        ({"window": " 1.5M ", "stride": ".5s"}, Stretch(1, 90.0), Stretch(1, 0.5)),
        ({"window": "2min"}, Stretch(1, 120.0), None),
    ],
)
def test_windows_are_in_frames_or_in_seconds(given: dict[str, str], window: Stretch, stride: Stretch | None) -> None:
    made = recipe(task=["next-frame", "speed"], **given)
    assert (made.reading.windows.window, made.reading.windows.stride) == (window, stride)
    assert [step.length for step in made.tasks] == [window, window]


def test_windows_are_by_default_as_long_as_each_task_needs() -> None:
    made = recipe(task=["next-frame:context=2", "frame-order:frames=3,stride=0.2"])
    assert [step.length for step in made.tasks] == [Stretch(3), Stretch(3, 0.4)]
    assert made.reading.windows.lengths == (Stretch(3, 0.4), Stretch(3))


def shout(text: Text, rng: Any) -> Text:  # noqa: ARG001
    """Write in capitals."""
    return Text(text.text.upper())


def whole(text: Text, rng: Any) -> Pair:  # noqa: ARG001
    """Give the text as it is."""
    return Pair(text, text)


def test_noise_for_what_no_task_takes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    open_registry(monkeypatch)
    noise("text")(shout)
    message = "noise 'shout' is for text, which no task of the recipe takes"
    for given in ({"noise": "shout"}, {"augment": "shout"}):
        with pytest.raises(UsageError) as caught:
            recipe(task="rotation", **given)
        assert str(caught.value) == message


def test_a_task_s_own_noise_must_be_for_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    open_registry(monkeypatch)
    noise("text")(shout)
    with pytest.raises(UsageError) as caught:
        recipe(task={"rotation": {"noise": "shout"}})
    assert str(caught.value) == "noise 'shout' is for text, and task 'rotation' takes image"


def test_noises_go_to_the_tasks_that_take_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    open_registry(monkeypatch)
    noise("text")(shout)
    task("text")(whole)
    steps = recipe(task=["rotation", "whole"], noise=["gaussian-noise", "shout"])
    assert [[one.use for one in step.noises] for step in steps.tasks] == [["gaussian-noise"], ["shout"]]
    assert steps.kinds == {"image", "text"}


def test_a_size_below_the_smallest_that_a_task_works_on_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    open_registry(monkeypatch)
    task("image", smallest=32)(whole)
    with pytest.raises(UsageError) as caught:
        recipe(task="whole", size=31)
    assert str(caught.value) == "task 'whole' needs pictures of at least 32 pixels, more than --size allows"
    assert recipe(task="whole", size=32).size == 32


def test_a_recipe_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("task:\n  - colorize: {as: ab}\nkeep-clean: no\nsize: 64\nsplit: {train: 0.9, test: 0.1}\n")
    settings = Settings.read(load_recipe(str(path)))
    assert settings == Settings(
        task=(Spec("colorize", {"as": "ab"}),), keep_clean=False, size=64, split={"train": 0.9, "test": 0.1}
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"task: [colorize", " is not YAML: "),
        (b"\xff\xfe\x00", " is not YAML: "),
        (b"a: !!python/object/apply:os.getcwd []", " is not YAML: could not determine a constructor for the tag "),
        (b"", ": a mapping is needed, such as `task: [colorize]`"),
        (b"- colorize", ": a mapping is needed, such as `task: [colorize]`"),
        (b"colorize", ": a mapping is needed, such as `task: [colorize]`"),
    ],
)
def test_a_recipe_file_that_is_none_is_refused_in_one_line(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_recipe(str(path))
    assert str(caught.value).startswith(f"--recipe {path}{problem}")
    assert "\n" not in str(caught.value)


def test_a_recipe_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_recipe(str(tmp_path / "recipe.yaml"))
    assert str(caught.value) == f"--recipe {tmp_path / 'recipe.yaml'}: No such file or directory"


def fingerprint_of(**given: Any) -> str:
    settings = Settings.read({"task": "colorize", **given})
    return fingerprint(settings.fingerprinted(Recipe.of(settings)))


@pytest.mark.parametrize(
    "given",
    [
        {"workers": 3},
        {"deadline": 5},
        {"max_error_rate": 0.5},
        {"task": "colorize:as=rgb"},
        {"task": {"colorize": {"ab_scale": "4"}}},
        {"seed": "0"},
        {"noise": []},
        {"split": "train=1.0"},
    ],
)
def test_what_changes_no_byte_changes_no_fingerprint(given: dict[str, Any]) -> None:
    assert fingerprint_of(**given) == fingerprint_of()


@pytest.mark.parametrize(
    "given",
    [
        {"seed": 1},
        {"copies": 2},
        {"task": "colorize:ab_scale=8"},
        {"task": "colour@colorize"},
        {"task": ["colorize", "rotation"]},
        {"noise": "gaussian-noise"},
        {"noise": "gaussian-noise:p=0.5"},
        {"augment": "gaussian-noise"},
        {"keep": "folder"},
        {"limit": 10},
        {"size": 64},
        {"image_format": "jpg"},
        {"quality": 91},
        {"max_pixels": 10},
        {"format": "parquet"},
        {"fields": "input=png"},
        {"split": "test=1"},
        {"shuffle": False},
        {"shard_size": 1},
        {"shard_pairs": 1},
    ],
)
def test_what_changes_a_byte_changes_the_fingerprint(given: dict[str, Any]) -> None:
    assert fingerprint_of(**given) != fingerprint_of()


def test_the_order_of_noises_is_part_of_the_fingerprint() -> None:
    one, other = ["gaussian-noise", "pixel-dropout"], ["pixel-dropout", "gaussian-noise"]
    assert fingerprint_of(noise=one) != fingerprint_of(noise=other)


def test_a_plug_in_counts_by_its_content_not_by_its_place(tmp_path: Path) -> None:
    one, same, changed = tmp_path / "one.py", tmp_path / "same.py", tmp_path / "changed.py"
    one.write_text("VALUE = 1\n")
    same.write_text("VALUE = 1\n")
    changed.write_text("VALUE = 2\n")
    assert fingerprint_of(plugin=[str(one)]) == fingerprint_of(plugin=[str(same)])
    assert fingerprint_of(plugin=[str(one)]) != fingerprint_of(plugin=[str(changed)])


def test_a_fingerprint_does_not_depend_on_the_order_of_names() -> None:
    assert fingerprint({"a": 1, "b": [2, 3]}) == fingerprint({"b": [2, 3], "a": 1})
    assert fingerprint({"a": [2, 3]}) != fingerprint({"a": [3, 2]})
