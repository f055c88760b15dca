"""What the end of a run writes beside the shards: the list of what was left out, and the cards, which may be edited."""

from __future__ import annotations

from pathlib import Path

from sslabel.engine.card import load_cards, quarantine, quarantine_path
from sslabel.errors import DamageError
from sslabel.look.verifying.findings import Finding
from sslabel.look.verifying.ledger import Ledger, file_problem, intact_checks
from sslabel.storage import sha256


def edited_cards(out: Path) -> list[str]:
    """The cards that are not what the last run wrote, a line for each: they are the user's to edit."""
    try:
        cards = load_cards(out / ".sslabel")
    except DamageError:
        return [".sslabel/cards.json: it was changed since it was written, so the cards were not looked at"]
    problems = {name: file_problem(out / name, expected) for name, expected in cards.items()}
    return [f"{name}: {problem}; the same make command writes it anew" for name, problem in problems.items() if problem]


def due_quarantine(ledger: Ledger) -> bytes | None:
    """The list of what was left out, as it follows from the records; None where they do not tell what it should be."""
    if ledger.unread or not ledger.plans:
        return None
    records = {}
    for plan in ledger.plans:
        # It is written when a run ends: until then it is that of the run before.
        if not ledger.checks.get(plan.identity) or intact_checks(plan, ledger) is None:
            return None
        for task in plan.tasks:
            records[task] = [ledger.records[plan.identity, task, unit] for unit in range(plan.units)]
    return quarantine(records)


def quarantine_finding(out: Path, ledger: Ledger) -> list[Finding]:
    """What is wrong with the list of what was left out; the ledger is that of all tasks."""
    due = due_quarantine(ledger)
    path = quarantine_path(out / ".sslabel")
    problem = None if due is None else file_problem(path, sha256(due))
    return [Finding(path.relative_to(out).as_posix(), problem, "write")] if problem else []
