"""The command that mends what a verification found, as a shell reads it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection

from sslabel.engine.plan import Plan
from sslabel.engine.sources import Roots
from sslabel.errors import UsageError
from sslabel.look.verifying.again import FROM_CONTENT, Given
from sslabel.look.verifying.findings import Finding, Report
from sslabel.look.verifying.ledger import Ledger


def mending(report: Report, ledger: Ledger, given: Given, tasks: Collection[str] | None) -> tuple[str, dict[str, str]]:
    """The command, and what those of its words stand for that the user has to put in; empty where nothing can mend.

    What was given for making pairs again stands in it. Where several runs are damaged it is a command for each, since
    RAW is another one. `tasks` are those that were looked at.
    """
    found = [one for one in report.damage if one.mend and not (one.mend == "make" and one.plan in ledger.unusable)]
    needs = {plan.identity: {_needs(one) for one in found if one.plan == plan.identity} for plan in ledger.plans}
    plans = [one for one in ledger.plans if needs[one.identity] & {"sources", "recipe"}]
    stands_for: dict[str, str] = {}
    start = f"sslabel verify {word(report.out)} --repair"
    commands = []
    for plan in plans:
        own = tasks if len(plans) == 1 else [one for one in plan.tasks if tasks is None or one in tasks]
        words = [start, *(f"--task {word(one)}" for one in own or ())]
        if "sources" in needs[plan.identity]:
            words += _sources(plan, given, stands_for)
        commands.append(" ".join([*words, *_files(plan, given, stands_for)]))
    covered = {plan.identity for plan in plans}
    if any(not plans or (len(plans) > 1 and one.plan not in covered) for one in found):
        commands.append(" ".join([start, *(f"--task {word(one)}" for one in tasks or ())]))
    return "; ".join(commands), stands_for


def _needs(found: Finding) -> str:
    """What putting it right takes beside what is in OUT."""
    if found.mend == "make":
        return "sources"
    return "recipe" if found.mend == "write" and found.task else ""


def _sources(plan: Plan, given: Given, stands_for: dict[str, str]) -> list[str]:
    try:
        if Roots.of(given.raw).names == plan.roots:
            return [f"--raw {word(os.fspath(one))}" for one in given.raw]
    except UsageError:
        pass
    names = _numbered("RAW", len(plan.roots))
    stands_for.update(dict.fromkeys(names, "what make was given"))
    return [f"--raw {one}" for one in names]


def _files(plan: Plan, given: Given, stands_for: dict[str, str]) -> list[str]:
    """The files that the recipe names, which a plan knows by their content alone."""
    options = [options for step in plan.asked["task"] for options in step.values()]
    contents = {str(one): name for each in options for name, one in each.items() if str(one).startswith(FROM_CONTENT)}
    called = [name.upper() for name in contents.values()]
    called = called if len(set(called)) == len(called) else _numbered("FILE", len(called))
    words = []
    for flag, files, names in (
        ("--plugin", given.plugin, _numbered("PLUGIN", len(plan.asked["plugin"]))),
        ("--file", given.file, called),
    ):
        if names and not files:
            stands_for.update(dict.fromkeys(names, "a file of the recipe"))
        words += [f"{flag} {one}" for one in (map(word, files) if files else names)] if names else []
    return words


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}{number}" for number in range(1, count + 1)]


def word(text: str) -> str:
    r"""A text as one word of a shell, in characters that show: `'my out'`, `$'a\x1bb'`."""
    text = f"./{text}" if text.startswith("-") else text
    if text.isprintable():
        return shlex.quote(text)
    plain = {byte: chr(byte) for byte in range(0x20, 0x7F) if byte not in b"'\\"}
    shown = "".join(plain.get(byte, f"\\x{byte:02x}") for byte in os.fsencode(text))
    return f"$'{shown}'"
