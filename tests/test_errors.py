"""The tree of errors that the module draws is the tree that there is, with its exit codes."""

from __future__ import annotations

import re

import pytest

from sslabel import errors
from sslabel.errors import BadSource, InterruptedRunError, Skip, SslabelError

DRAWN = re.findall(r"^[├└─ ]*(\w+)\s+(\d+)\s", errors.__doc__ or "", re.MULTILINE)


@pytest.mark.parametrize(("name", "code"), DRAWN)
def test_the_drawn_exit_codes_are_those_of_the_classes(name: str, code: str) -> None:
    kind: type[SslabelError] = getattr(errors, name)
    assert kind.exit_code == int(code)


def test_every_error_is_drawn() -> None:
    assert sorted(name for name, _ in DRAWN) == sorted(
        ["SslabelError", *(k.__name__ for k in SslabelError.__subclasses__())]
    )


@pytest.mark.parametrize(("signal_number", "code"), [(2, 130), (15, 143)])
def test_an_interrupted_run_ends_with_the_code_of_its_signal(signal_number: int, code: int) -> None:
    assert InterruptedRunError("stopped", signal_number).exit_code == code


@pytest.mark.parametrize("verdict", [BadSource, Skip])
def test_a_verdict_on_one_source_never_ends_a_run_as_an_error(verdict: type[Exception]) -> None:
    assert not issubclass(verdict, SslabelError)
