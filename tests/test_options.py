"""The grammar of specs, the reading of options, and the messages about those that cannot be read."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sslabel.errors import UsageError
from sslabel.options import (
    BYTES,
    COUNT,
    SECONDS,
    Between,
    File,
    Help,
    Option,
    Span,
    Spec,
    did_you_mean,
    option,
    option_lines,
    options_of,
    read_options,
    show,
    span,
)

Style = Literal["rgb", "ab", "bins"]


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("colorize", Spec("colorize", {})),
        ("  colorize\n", Spec("colorize", {})),
        ("colorize:", Spec("colorize", {})),
        ("colorize:as=ab", Spec("colorize", {"as": "ab"})),
        ("colorize:as=ab,ab_scale=8", Spec("colorize", {"as": "ab", "ab_scale": "8"})),
        ("color_balance:red=1", Spec("color-balance", {"red": "1"})),
        ("speed:paces=1,2,4,8", Spec("speed", {"paces": "1,2,4,8"})),
        ("speed:paces=1,2,4,8,loop=true", Spec("speed", {"paces": "1,2,4,8", "loop": "true"})),
        ("speed:loop=true,paces=1,2", Spec("speed", {"loop": "true", "paces": "1,2"})),
        ("gaussian-noise:sigma=0.05..0.2", Spec("gaussian-noise", {"sigma": "0.05..0.2"})),
        ("small@rotation", Spec("rotation", {}, "small")),
        ("very_small@rotation:all-turns=true", Spec("rotation", {"all-turns": "true"}, "very-small")),
        ("text:mark=[MASK], please", Spec("text", {"mark": "[MASK], please"})),
        ("text:mark=a=b", Spec("text", {"mark": "a=b"})),
        ("text:mark=", Spec("text", {"mark": ""})),
        ("text:mark=a:b@c", Spec("text", {"mark": "a:b@c"})),
    ],
)
def test_a_spec_is_read(text: str, spec: Spec) -> None:
    assert Spec.parse(text) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not NAME or NAME:key=value,key=value"),
        ("9lives", "'9lives' is not NAME or NAME:key=value,key=value"),
        ("two words", "'two words' is not NAME or NAME:key=value,key=value"),
        ("a@b@c", "'a@b@c' is not NAME or NAME:key=value,key=value"),
        ("@rotation", "'@rotation' is not NAME or NAME:key=value,key=value"),
        ("../up@rotation", "'../up@rotation' is not NAME or NAME:key=value,key=value"),
        ("speed:fast", "'speed:fast': 'fast' needs a value: key=value"),
        ("speed:pace=1,pace=2", "'speed:pace=1,pace=2': 'pace' is given twice"),
    ],
)
def test_what_is_no_spec_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Spec.parse(text)
    assert str(caught.value) == message


def the_option(kind: Any, default: Any = None) -> Option:
    return option("size", kind, default)


SIGMA = Annotated[float, Between(0, 2)]
WHOLE = Annotated[int, Between(1, 64)]


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (int, "3", 3),
        (int, 3, 3),
        (int, 3.0, 3),
        (int, " 3 ", 3),
        (int, "+3", 3),
        (int, "-3", -3),
        (int, "1e3", 1000),
        (int, "9007199254740993", 9007199254740993),
        (int, 9007199254740993, 9007199254740993),
        (int, "1..3", Span(1, 3)),
        (float, "0.08", 0.08),
        (float, ".5", 0.5),
        (float, "2", 2.0),
        (float, 2, 2.0),
        (float, "1e-3", 0.001),
        (float, "0.05..0.2", Span(0.05, 0.2)),
        (float, "-10..10", Span(-10.0, 10.0)),
        (float, "-10..-5", Span(-10.0, -5.0)),
        (float, Span(0.1, 0.2), Span(0.1, 0.2)),
        (SIGMA, "0", 0.0),
        (SIGMA, "2", 2.0),
        (WHOLE, "1..64", Span(1, 64)),
        (bool, "true", True),
        (bool, "Yes", True),
        (bool, "on", True),
        (bool, "1", True),
        (bool, True, True),
        (bool, "FALSE", False),
        (bool, "no", False),
        (bool, "off", False),
        (bool, "0", False),
        (bool, False, False),
        (str, "any text, as it is ", "any text, as it is "),
        (str, "", ""),
        (str, 8, "8"),
        (Style, "bins", "bins"),
        (Literal[1, 2, 4], "4", 4),
        (tuple[int, ...], "1,2,4,8", (1, 2, 4, 8)),
        (tuple[int, ...], [1, 2], (1, 2)),
        (tuple[int, ...], 5, (5,)),
        (tuple[str, ...], "folder", ("folder",)),
        (int | None, None, None),
        (int | None, "none", None),
        (int | None, "7", 7),
        (int | Style, "ab", "ab"),
        (int | Style, "7", 7),
    ],
)
def test_a_value_is_read(kind: Any, raw: Any, value: Any) -> None:
    read = the_option(kind).read(raw, "noise 'x'")
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("kind", "raw", "problem"),
    [
        (int, "three", "size=three: a whole number is needed"),
        (int, "3.5", "size=3.5: a whole number is needed"),
        (int, 3.5, "size=3.5: a whole number is needed"),
        (int, True, "size=true: a whole number is needed"),
        (int, "", "size=: a whole number is needed"),
        (int, "0x10", "size=0x10: a whole number is needed"),
        (int, "3k", "size=3k: a whole number is needed"),
        (int, "1e400", "size=1e400: a whole number is needed"),
        (float, "nan", "size=nan: a number is needed"),
        (float, "inf", "size=inf: a number is needed"),
        (float, math.inf, "size=inf: a number is needed"),
        (float, ".", "size=.: a number is needed"),
        (float, "1.2.3", "size=1.2.3: a number is needed"),
        (float, "1,2", "size=1,2: a number is needed"),
        (float, [1], "size=1: a number is needed"),
        (float, "0.2..0.05", "size=0.2..0.05: a range goes from the smaller to the larger number"),
        (float, "low..high", "size=low..high: a number is needed"),
        (int, "1.5..3", "size=1.5..3: a whole number is needed"),
        (SIGMA, "3", "size=3: must be between 0 and 2"),
        (SIGMA, "-0.1", "size=-0.1: must be between 0 and 2"),
        (SIGMA, "0.1..3", "size=0.1..3: must be between 0 and 2"),
        (Annotated[int, Between(1)], "0", "size=0: must be at least 1"),
        (bool, "maybe", "size=maybe: must be true or false"),
        (bool, 2, "size=2: must be true or false"),
        (str, True, "size=true: text is needed"),
        (str, ["a"], "size=a: text is needed"),
        (Style, "rbg", "size=rbg: must be rgb, ab or bins; did you mean rgb?"),
        (Style, "other", "size=other: must be rgb, ab or bins"),
        (Literal["one"], "two", "size=two: must be one"),
        (tuple[int, ...], "1,x", "size=1,x: a whole number is needed"),
        (tuple[int, ...], "", "size=: a whole number is needed"),
        (tuple[int, ...], "1..4", "size=1..4: a list holds single values, not ranges"),
        (tuple[int, ...], [1, "2..3"], "size=1,2..3: a list holds single values, not ranges"),
        (Annotated[tuple[int, ...], Between(1, 64)], "0,2", "size=0,2: must be between 1 and 64"),
        (int | None, "None", "size=None: a whole number is needed"),
        (int, None, "size=none: a whole number is needed"),
        (int, "none", "size=none: a whole number is needed"),
    ],
)
def test_a_value_that_cannot_be_is_refused(kind: Any, raw: Any, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        the_option(kind).read(raw, "noise 'x'")
    assert str(caught.value) == f"noise 'x': {problem}"


def test_a_number_too_large_for_any_use_is_refused_as_others_are() -> None:
    with pytest.raises(UsageError, match="a number is needed"):
        the_option(float).read(10**400, "noise 'x'")


@pytest.mark.parametrize(
    ("units", "raw", "value"),
    [
        (BYTES, "256MB", 256_000_000),
        (BYTES, "256 MB", 256_000_000),
        (BYTES, "1GiB", 1 << 30),
        (BYTES, "1.5KiB", 1536),
        (BYTES, "10kB", 10_000),
        (BYTES, "7B", 7),
        (BYTES, "7", 7),
        (BYTES, 7, 7),
        (COUNT, "200M", 200_000_000),
        (COUNT, "10k", 10_000),
        (COUNT, "1.5K", 1500),
        (SECONDS, "60s", 60),
        (SECONDS, "2m", 120),
        (SECONDS, "1.5h", 5400),
        (SECONDS, "60", 60),
    ],
)
def test_units_multiply(units: Any, raw: Any, value: int) -> None:
    assert option("size", Annotated[int, units], 1).read(raw, "make") == value


@pytest.mark.parametrize(
    ("units", "suffix", "factor"), [(BYTES, "GB", 10**9), (BYTES, "MB", 10**6), (COUNT, "k", 1000)]
)
def test_a_decimal_fraction_of_a_unit_is_exact(units: Any, suffix: str, factor: int) -> None:
    one = option("size", Annotated[int, units], 1)
    for hundredths in range(1, 1000):
        assert one.read(f"{hundredths / 100:g}{suffix}", "make") == hundredths * factor // 100


@pytest.mark.parametrize(
    ("units", "raw", "problem"),
    [
        (BYTES, "256mb", "size=256mb: a whole number is needed, with one of B, kB, KB, MB, GB, KiB, MiB, GiB"),
        (COUNT, "3B", "size=3B: a whole number is needed, with one of k, K, M, G"),
        (SECONDS, "3d", "size=3d: a whole number is needed, with one of s, m, h"),
        (COUNT, "1.0005k", "size=1.0005k: a whole number is needed"),
    ],
)
def test_a_unit_that_is_not_known_is_refused(units: Any, raw: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        option("size", Annotated[int, units], 1).read(raw, "make")
    assert str(caught.value) == f"make: {problem}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (None, "none"),
        (2.0, "2"),
        (0.08, "0.08"),
        (-0.5, "-0.5"),
        (1e-7, "1e-07"),
        (3, "3"),
        ("rgb", "rgb"),
        ((1, 2, 4, 8), "1,2,4,8"),
        ([0.5, 1.0], "0.5,1"),
        (Span(0.05, 0.2), "0.05..0.2"),
        (Span(-10.0, 10.0), "-10..10"),
        (Span(1, 3), "1..3"),
        ({"train": 0.98, "validation": 0.02}, "train=0.98,validation=0.02"),
    ],
)
def test_a_value_is_shown_as_one_would_type_it(value: Any, text: str) -> None:
    assert show(value) == text


finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(derandomize=True, max_examples=200)
@given(st.one_of(finite, st.tuples(finite, finite).map(lambda two: Span(min(two), max(two)))))
def test_a_shown_number_or_range_is_read_back_exactly(value: float | Span) -> None:
    assert the_option(float).read(show(value), "noise 'x'") == value


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (int, "a whole number"),
        (SIGMA, "a number from 0 to 2"),
        (Annotated[int, Between(1)], "a whole number, at least 1"),
        (bool, "true or false"),
        (str, "text"),
        (Style, "rgb, ab or bins"),
        (Literal["one"], "one"),
        (int | None, "a whole number"),
        (tuple[int, ...], "a list: a whole number"),
        (Annotated[tuple[int, ...], Between(1, 64)], "a list: a whole number from 1 to 64"),
        (int | Style, "a whole number or rgb, ab or bins"),
    ],
)
def test_what_may_be_given_is_told_in_words(kind: Any, words: str) -> None:
    assert the_option(kind).described == words


def test_a_range_of_whole_numbers_gives_every_one_of_them() -> None:
    rng = np.random.default_rng(0)
    drawn = [Span(1, 3).draw(rng) for _ in range(200)]
    assert set(drawn) == {1, 2, 3}
    assert all(type(one) is int for one in drawn)


def test_a_drawn_number_has_six_digits_and_stays_in_its_range() -> None:
    rng = np.random.default_rng(0)
    drawn = [Span(0.05, 0.2).draw(rng) for _ in range(2000)]
    assert all(0.05 <= one <= 0.2 for one in drawn)
    assert all(one == float(f"{one:.6g}") for one in drawn)
    assert len(set(drawn)) > 1900


def test_a_range_with_equal_ends_is_that_number() -> None:
    rng = np.random.default_rng(0)
    assert (Span(0.3, 0.3).draw(rng), Span(7, 7).draw(rng)) == (0.3, 7)


def documented(
    picture: Any,
    rng: Any,
    *,
    as_: Style = "rgb",
    max_shift: Annotated[float, Between(0, 1)] = span(0.1, 0.5),
    plain: bool = False,
) -> None:
    """Do a thing.

    as: what comes out, which may need
      a second line
    max_shift: how far

    Not an option: this line has spaces before its colon.
    """


def test_keyword_parameters_are_the_options() -> None:
    as_, max_shift, plain = options_of(documented)
    assert (as_.name, as_.parameter, as_.type, as_.default) == ("as", "as_", Style, "rgb")
    assert as_.help.text == "what comes out, which may need a second line"
    assert (max_shift.name, max_shift.default, max_shift.between) == ("max_shift", Span(0.1, 0.5), Between(0, 1))
    assert (plain.name, plain.type, plain.help) == ("plain", bool, Help(""))


def test_only_lines_that_name_an_option_are_its_help() -> None:
    assert set(option_lines(documented)) == {"as", "max_shift"}


def without_type(*, size=3) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Have an option of no type."""


def without_default(*, size: int) -> None:
    """Have an option of no default."""


@pytest.mark.parametrize("function", [without_type, without_default])
def test_an_option_without_type_or_default_is_refused(function: Any) -> None:
    with pytest.raises(TypeError, match=f"{function.__name__}: size needs a type and a default"):
        options_of(function)


def test_options_not_given_stand_at_their_defaults() -> None:
    options = options_of(documented)
    assert read_options(options, {}, "task 'x'") == {"as_": "rgb", "max_shift": Span(0.1, 0.5), "plain": False}
    given = read_options(options, {"as": "ab", "max-shift": "0.3", "plain": "yes"}, "task 'x'")
    assert given == {"as_": "ab", "max_shift": 0.3, "plain": True}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_shfit": "1"}, "task 'x' has no option 'max_shfit'; did you mean max_shift?"),
        ({"zzz": "1"}, "task 'x' has no option 'zzz'; there is as, max_shift, plain"),
        ({"as_": "rgb"}, "task 'x' has no option 'as_'; did you mean as?"),
        ({"max_shift": "2"}, "task 'x': max_shift=2: must be between 0 and 1"),
    ],
)
def test_an_option_that_there_is_not_is_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_options(options_of(documented), given, "task 'x'")
    assert str(caught.value) == message


def test_an_option_given_under_both_spellings_is_refused() -> None:
    with pytest.raises(UsageError, match="max"):
        read_options(options_of(documented), {"max-shift": "0.1", "max_shift": "0.2"}, "task 'x'")


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("colorise", ["colorize", "rotation"], "; did you mean colorize?"),
        ("zzz", ["rotation", "colorize"], "; there is colorize, rotation"),
        ("anything", [], ""),
    ],
)
def test_a_wrong_name_gets_the_right_one_back(name: str, known: list[str], hint: str) -> None:
    assert did_you_mean(name, known) == hint


def test_a_file_is_a_path_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a,b=c.json").write_bytes(b"")
    one = option("tokenizer", Annotated[str | None, File()], None)
    assert (one.file, one.described) == (True, "a file")
    assert not option("mask", str, "").file
    for raw in ("a,b=c.json", Path("a,b=c.json")):
        assert one.read(raw, "task") == "a,b=c.json"
    assert one.read(str(tmp_path / "a,b=c.json"), "task") == str(tmp_path / "a,b=c.json")
    assert one.read("none", "task") is one.read(None, "task") is None
    for raw in ("b.json", "", ".", "a\0b"):
        with pytest.raises(UsageError, match=r"^task: tokenizer=.*: there is no such file$"):
            one.read(raw, "task")
    for odd in (5, True, ["a"]):
        with pytest.raises(UsageError, match=r"^task: tokenizer=.*: a file is needed$"):
            one.read(odd, "task")
