"""What a plan came to once it was carried out: the fingerprint of each of its records.

Records are the truth of what there is; this says what there was, so that a record or a shard that is gone shows, and
one that is made again is known to be the same. It goes with the folder of its plan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from sslabel.errors import DamageError
from sslabel.recipe import fingerprint
from sslabel.storage import write_whole


def finished_path(folder: Path) -> Path:
    """Where it stands in the folder of a plan."""
    return folder / "finished.json"


def finished_bytes(checks: Mapping[str, Sequence[str]]) -> bytes:
    """What stands on the disk: the `check` of each unit's record, by task, and that of these."""
    stored = {"records": {task: list(ones) for task, ones in sorted(checks.items())}}
    text = json.dumps({**stored, "check": fingerprint(stored)}, ensure_ascii=True, indent=1)
    return text.encode("ascii") + b"\n"


def save_finished(folder: Path, checks: Mapping[str, Sequence[str]]) -> None:
    """Write it; from then on a record that is missing is lost, and not one that is still to come."""
    write_whole(finished_path(folder), finished_bytes(checks))


def load_finished_checks(folder: Path) -> dict[str, list[str]] | None:
    """The checks by task, None where the plan was never finished; DamageError for what was changed since."""
    path = finished_path(folder)
    try:
        raw = path.read_bytes()
        checks: dict[str, list[str]] = json.loads(raw)["records"]
        if finished_bytes(checks) == raw:
            return checks
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        pass
    msg = f"{path}: not what was written when the run was finished"
    raise DamageError(msg)
