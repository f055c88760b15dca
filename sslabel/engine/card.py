"""What stands beside the shards, derived from the records: the data-set card, Croissant, the list of exclusions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sslabel.codecs import Feature, Field, Schema, feature
from sslabel.engine.finished import save_finished
from sslabel.engine.plan import Plan, load_plans
from sslabel.engine.records import Record, Tally, load_finished
from sslabel.errors import TryLaterError
from sslabel.registry import find_task
from sslabel.storage import write_whole

_STRING: Feature = {"dtype": "string", "_type": "Value"}


def finish(out: Path, plan: Plan) -> dict[str, Tally]:
    """Write the card, Croissant and `quarantine.jsonl` of all that is complete in OUT; the tallies of one plan."""
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
    for one, _ in finished.values():
        if set(one.tasks) <= set(finished):
            checks = {task: [record.check for record in finished[task][1]] for task in one.tasks}
            save_finished(one.folder(state), checks)
    write_whole(state / "quarantine.jsonl", b"".join(_quarantine(finished)))
    write_whole(out / "croissant.json", _json(_croissant(finished)))
    write_whole(out / "README.md", _card(finished).encode())
    tallies = {}
    for task in plan.tasks:
        tallies[task] = Tally()
        for record in finished[task][1]:
            tallies[task].add(record)
    return tallies


def _quarantine(finished: Mapping[str, tuple[Plan, list[Record]]]) -> Iterator[bytes]:
    for task, (_, records) in finished.items():
        for record in records:
            for one in record.excluded:
                yield json.dumps({"task": task, **asdict(one)}, ensure_ascii=True).encode("ascii") + b"\n"


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
sources that were left out, with their reasons.
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
    lines += [f"{count} sources: {text}." for text, count in sorted(tally.remarks.items())]
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


_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_DATA_TYPES = {**dict.fromkeys(("picture", "mask", "class_map"), "sc:ImageObject"), "category": "sc:Integer"}
_MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "json": "application/json",
    "txt": "text/plain",
    "cls": "text/plain",
    "npy": "application/octet-stream",
}


def _croissant(finished: Mapping[str, tuple[Plan, list[Record]]]) -> dict[str, Any]:
    """MLCommons Croissant 1.0: every shard with its size and hash, and the fields of each data set.

    The columns of Parquet are one record set. The members of tars are a record set for each field, joined by the key.
    """
    distribution: list[dict[str, Any]] = []
    record_sets: list[dict[str, Any]] = []
    for task, (plan, records) in finished.items():
        schema = plan.schemas[task]
        tar = plan.formats[task] == "webdataset"
        media = "application/x-tar" if tar else "application/x-parquet"
        shards = [_file_object(task, record, media) for record in records]
        distribution += shards
        if tar:
            distribution += [_file_set(task, schema, field, shards) for field in schema.fields]
            record_sets += [_member_records(task, schema, field) for field in schema.fields]
        else:
            whole = {"@type": "cr:FileSet", "@id": f"{task}/shards", "name": f"{task}/shards"}
            distribution.append({**whole, "includes": f"{task}/*.parquet", "encodingFormat": media})
            files = {"fileSet": {"@id": whole["@id"]}}
            fields = [_croissant_field(f"{task}/key", "key", "sc:Text", {**files, "extract": {"column": "key"}})]
            for field in schema.fields:
                name, kind = schema.column(field), _data_type(field)
                inner = {"transform": {"jsonPath": "bytes"}} if kind == "sc:ImageObject" else {}
                source = {**files, "extract": {"column": name}, **inner}
                fields.append(_croissant_field(f"{task}/{name}", name, kind, source))
            record_sets.append({"@type": "cr:RecordSet", "@id": task, "name": task, "field": fields})
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "labelled-by-sslabel",
        "description": "(input, label) pairs whose labels were made from the data itself.",
        "distribution": distribution,
        "recordSet": record_sets,
    }


def _file_set(task: str, schema: Schema, field: Field, shards: list[dict[str, Any]]) -> dict[str, Any]:
    name = f"{task}/{schema.member(field)}"
    return {
        "@type": "cr:FileSet",
        "@id": name,
        "name": name,
        "containedIn": [{"@id": one["@id"]} for one in shards],
        "includes": f"*.{schema.member(field)}",
        "encodingFormat": _MEDIA_TYPES[field.extension],
    }


def _member_records(task: str, schema: Schema, field: Field) -> dict[str, Any]:
    name, files = f"{task}/{field.name}", {"fileSet": {"@id": f"{task}/{schema.member(field)}"}}
    to_key = {"extract": {"fileProperty": "filename"}, "transform": {"regex": r"^([^.]+)\."}}
    key = _croissant_field(f"{name}/key", "key", "sc:Text", {**files, **to_key})
    first = schema.fields[0].name
    if field.name != first:
        key["references"] = {"field": {"@id": f"{task}/{first}/key"}}
    content = {**files, "extract": {"fileProperty": "content"}}
    value = _croissant_field(f"{name}/value", "value", _data_type(field), content)
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": [key, value]}


def _croissant_field(identity: str, name: str, kind: str, source: Mapping[str, Any]) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": identity, "name": name, "dataType": kind, "source": source}


def _data_type(field: Field) -> str:
    return _DATA_TYPES.get(field.kind, "sc:Text")


def _file_object(task: str, record: Record, media: str) -> dict[str, Any]:
    path = f"{task}/{record.shard}"
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "contentSize": f"{record.bytes} B",
        "encodingFormat": media,
        "sha256": record.sha256,
    }
