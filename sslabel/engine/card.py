"""What stands beside the shards, derived from the records: the data-set card, Croissant, the list of exclusions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sslabel.codecs import Feature, Schema, feature
from sslabel.engine.croissant import croissant
from sslabel.engine.finished import save_finished
from sslabel.engine.plan import Plan, load_plans
from sslabel.engine.records import Record, Tally, load_finished, most_frequent
from sslabel.errors import DamageError, TryLaterError
from sslabel.recipe import fingerprint
from sslabel.registry import find_task
from sslabel.storage import sha256, write_whole

_STRING: Feature = {"dtype": "string", "_type": "Value"}


def finish(out: Path, plan: Plan) -> dict[str, Tally]:
    """Write the card, Croissant and lists of sources of all that is complete in OUT; the tallies of one plan."""
    state = out / ".sslabel"
    finished: dict[str, tuple[Plan, list[Record]]] = {}
    for one in load_plans(state):
        for task in one.tasks:
            records = list(load_finished(out, state, task, one.identity, range(one.units)))
            if len(records) == one.units:
                finished[task] = (one, records)
    finished = dict(sorted(finished.items()))
    for task in plan.tasks:
        if task not in finished:
            msg = f"{out / task}: shards that were finished are gone; the same command makes them again"
            raise TryLaterError(msg)
    write_whole(quarantine_path(state), quarantine({task: records for task, (_, records) in finished.items()}))
    write_whole(state / "remarks.jsonl", b"".join(_remarks(finished)))
    cards = {"README.md": _card(finished).encode(), "croissant.json": _json(croissant(finished))}
    for name, data in cards.items():
        write_whole(out / name, data)
    write_whole(_cards_path(state), _cards_bytes({name: sha256(data) for name, data in cards.items()}))
    for one, _ in finished.values():
        if set(one.tasks) <= set(finished):
            checks = {task: [record.check for record in finished[task][1]] for task in one.tasks}
            save_finished(one.folder(state), checks)
    tallies = {}
    for task in plan.tasks:
        tallies[task] = Tally()
        for record in finished[task][1]:
            tallies[task].add(record)
    return tallies


def quarantine_path(state: Path) -> Path:
    """Where the sources that were left out are listed."""
    return state / "quarantine.jsonl"


def quarantine(records: Mapping[str, Sequence[Record]]) -> bytes:
    """The sources that were left out, a line of JSON for each; of the data sets that are complete, in name order."""
    excluded = ((task, one) for task in sorted(records) for record in records[task] for one in record.excluded)
    lines = (json.dumps({"task": task, **asdict(one)}, ensure_ascii=True) + "\n" for task, one in excluded)
    return "".join(lines).encode("ascii")


def _cards_path(state: Path) -> Path:
    return state / "cards.json"


def _cards_bytes(cards: Mapping[str, str]) -> bytes:
    return _json({"cards": cards, "check": fingerprint(cards)})


def load_cards(state: Path) -> dict[str, str]:
    """The SHA-256 of each card as the last run that ended wrote it; DamageError where that was changed since."""
    path = _cards_path(state)
    try:
        raw = path.read_bytes()
        cards: dict[str, str] = json.loads(raw)["cards"]
        if _cards_bytes(cards) == raw:
            return cards
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        pass
    msg = f"{path}: not what was written when the run was finished"
    raise DamageError(msg)


def _remarks(finished: Mapping[str, tuple[Plan, list[Record]]]) -> Iterator[bytes]:
    for task, (_, records) in finished.items():
        for record in records:
            for text, names in record.remarks.items():
                for name in names:
                    one = {"task": task, "source": name, "remark": text}
                    yield json.dumps(one, ensure_ascii=True).encode("ascii") + b"\n"


def _json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def features(schema: Schema, form: str) -> dict[str, Feature]:
    """The Hugging Face features of a data set, by column, as its loader of this format names them."""
    if form != "webdataset":
        columns = {schema.column(field): feature(field) for field in schema.fields}
        return {"key": _STRING, "source": _STRING, **columns, "meta": _STRING}
    members = {schema.member(field): feature(field) for field in schema.fields}
    meta = {name: {"dtype": dtype, "_type": "Value"} for name, dtype in schema.meta.items()}
    return {**members, "meta.json": meta, "__key__": _STRING, "__url__": _STRING}


def _yaml_feature(one: Any) -> dict[str, Any]:  # noqa: ANN401 - a feature, or a struct of them
    """A feature in the form that Hugging Face keeps in a card's YAML."""
    kind = one.get("_type")
    if kind == "Image":
        return {"dtype": "image"}
    if kind == "ClassLabel":
        return {"dtype": {"class_label": {"names": {str(number): name for number, name in enumerate(one["names"])}}}}
    if kind == "Value":
        return {"dtype": one["dtype"]}
    if kind == "List":
        inner = _yaml_feature(one["feature"])
        return {"list": inner["dtype"] if set(inner) == {"dtype"} else inner}
    return {"struct": [{"name": name, **_yaml_feature(part)} for name, part in one.items()]}


def _card(finished: Mapping[str, tuple[Plan, list[Record]]]) -> str:
    import yaml

    configs, infos, sections = [], [], []
    for number, (task, (plan, records)) in enumerate(finished.items()):
        form, schema = plan.formats[task], plan.schemas[task]
        extension = Path(plan.shard_name(task, 0)).suffix
        files = [{"split": one.name, "path": f"{task}/{one.name}-*{extension}"} for one in plan.splits]
        config = {"config_name": task, "data_files": files}
        configs.append({**config, "default": True} if number == 0 else config)
        columns = features(schema, form)
        infos.append(
            {"config_name": task, "features": [{"name": name, **_yaml_feature(one)} for name, one in columns.items()]}
        )
        sections.append(_section(task, plan, records, columns))
    head = yaml.safe_dump({"configs": configs, "dataset_info": infos}, sort_keys=False, allow_unicode=True)
    first = next(iter(finished), "TASK")
    return f"---\n{head}---\n\n{_INTRODUCTION.format(first=first)}\n" + "\n".join(sections)


_INTRODUCTION = """\
# Labelled by sslabel

(input, label) pairs whose labels were made from the data itself. Each task is a data set of its own:

```python
from datasets import load_dataset

data = load_dataset("path/to/this/folder", "{first}", split="train")
```

```python
import sslabel

for example in sslabel.read("path/to/this/folder", task="{first}"):
    print(example.key, example["input"], example["label"], example.meta)
```

`.sslabel/` holds the plan, the recipe, a commit record with the SHA-256 of each shard, and in `quarantine.jsonl` the
sources that were left out, with their reasons; `remarks.jsonl` says what is to be known of those that were used.
"""


def _section(task: str, plan: Plan, records: list[Record], columns: Mapping[str, Feature]) -> str:
    tally = Tally()
    for record in records:
        tally.add(record)
    name = _function_of(task, plan)
    summary = find_task(name).summary if name is not None else ""
    lines = [f"## {task}", "", summary, "", "| split | pairs |", "|---|---|"]
    lines += [f"| {split} | {pairs} |" for split, pairs in tally.pairs_by_split.items()]
    listed = ", ".join(f"`{column}`" for column in columns)
    lines += ["", f"{tally.written} of {tally.sources} sources gave pairs. Columns: {listed}."]
    lines += [f"Skipped: {count} ({reason})." for reason, count in sorted(tally.skipped.items())]
    lines += [f"Passages skipped: {count} ({reason})." for reason, count in sorted(tally.samples_skipped.items())]
    if tally.excluded:
        count = len(tally.sources_excluded) + tally.records_excluded
        lines.append(f"Excluded: {count}, see `.sslabel/quarantine.jsonl`.")
    remarks, others = most_frequent(tally.remarks)
    lines += [f"{count} sources: {text}." for text, count in remarks]
    lines += [f"{others} more remarks: see `.sslabel/remarks.jsonl`."] if others else []
    return "\n".join(lines) + "\n"


def _function_of(task: str, plan: Plan) -> str | None:
    """The name of the task that a data set was made with, where it is still known."""
    for one in plan.asked["task"]:
        use, _, name = next(iter(one)).rpartition("@")
        if (use or name) == task:
            try:
                return find_task(name).name
            except Exception:  # noqa: BLE001 - a plug-in that is not here today; its summary is all that is missing
                return None
    return None
