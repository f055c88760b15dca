"""MLCommons Croissant 1.0 of an output: its shards with their sizes and hashes, and the fields of each data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sslabel.codecs import Field, Schema
from sslabel.engine.plan import Plan
from sslabel.engine.records import Record

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


def croissant(finished: Mapping[str, tuple[Plan, list[Record]]]) -> dict[str, Any]:
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
            fields = [_field(f"{task}/key", "key", "sc:Text", {**files, "extract": {"column": "key"}})]
            for field in schema.fields:
                name, kind = schema.column(field), _data_type(field)
                inner = {"transform": {"jsonPath": "bytes"}} if kind == "sc:ImageObject" else {}
                source = {**files, "extract": {"column": name}, **inner}
                fields.append(_field(f"{task}/{name}", name, kind, source))
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
    key = _field(f"{name}/key", "key", "sc:Text", {**files, **to_key})
    first = schema.fields[0].name
    if field.name != first:
        key["references"] = {"field": {"@id": f"{task}/{first}/key"}}
    content = {**files, "extract": {"fileProperty": "content"}}
    value = _field(f"{name}/value", "value", _data_type(field), content)
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": [key, value]}


def _field(identity: str, name: str, kind: str, source: Mapping[str, Any]) -> dict[str, Any]:
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
