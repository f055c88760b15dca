"""Parquet, laid out as Hugging Face does it: picture bytes uncompressed, the rest zstd, features in the schema."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sslabel import columns
from sslabel.codecs import CODECS, feature, to_json
from sslabel.registry import writer

if TYPE_CHECKING:
    import pyarrow as pa

    from sslabel.codecs import Encoded, EncodedBlock, Schema
    from sslabel.storage import WholeFile

_ROW_GROUP = 16 << 20
# The chunk sizes that Hugging Face uses, so that equal parts of two uploads are found again.
_CHUNKS = {"min_chunk_size": 256 << 10, "max_chunk_size": 1 << 20, "norm_level": 0}
_PICTURES = ("picture", "mask", "class_map")


@writer(extension="parquet")
class Parquet:
    """Write Parquet shards: `key`, `source`, a column for each field, `meta` as JSON; row groups of about 16 MB."""

    def __init__(self, file: WholeFile, schema: Schema) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._schema = schema
        self._rows: list[Encoded] = []
        self._tables: list[pa.Table] = []
        self._bytes = 0
        self._arrow = arrow_schema(schema)
        pictures = [f"{schema.column(field)}.bytes" for field in schema.fields if field.kind in _PICTURES]
        others = [path for path in _leaves(self._arrow) if path not in pictures]
        # Where hardly a string stands twice, a dictionary is built in vain.
        alike = [path for path in others if not pa.types.is_string(self._arrow.field(path.split(".")[0]).type)]
        self._writer = pq.ParquetWriter(
            pa.PythonFile(file, mode="w"),
            self._arrow,
            compression={**dict.fromkeys(pictures, "none"), **dict.fromkeys(others, "zstd")},
            use_dictionary=alike or False,
            write_statistics=others,
            column_encoding=dict.fromkeys(pictures, "PLAIN") or None,
            write_page_index=True,
            use_content_defined_chunking=_CHUNKS,
        )

    def add(self, example: Encoded) -> None:
        """Append one example."""
        # Of a picture its bytes are enough; its pixels would take ten times their room.
        fields = zip(example.values, self._schema.fields, strict=True)
        values = [None if field.kind in _PICTURES else value for value, field in fields]
        self._rows.append(replace(example, values=values))
        self._bytes += sum(map(len, example.data)) + 200  # about what key, source and meta take
        if self._bytes >= _ROW_GROUP:
            self._flush()

    def add_block(self, block: EncodedBlock) -> None:
        """Append several examples that are columns already."""
        import pyarrow as pa

        self._gather()
        made = [block.key_column(), block.source_column(), *block.columns, block.meta_column()]
        table = pa.Table.from_arrays(made, schema=self._arrow)
        self._tables.append(table)
        self._bytes += table.nbytes
        if self._bytes >= _ROW_GROUP:
            self._flush()

    def close(self) -> None:
        """Write what is left, and the footer."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        self._gather()
        if self._tables:
            table = pa.concat_tables(self._tables).combine_chunks() if len(self._tables) > 1 else self._tables[0]
            self._writer.write_table(table, row_group_size=len(table))
        self._tables, self._bytes = [], 0

    def _gather(self) -> None:
        """Make a table of the single examples that wait."""
        if not self._rows:
            return
        import pyarrow as pa

        rows = self._rows
        made: list[pa.Array[Any]] = [
            columns.strings([row.key for row in rows]),
            columns.strings([row.source for row in rows]),
        ]
        for number, field in enumerate(self._schema.fields):
            paths = [f"{row.key}.{field.name}.{field.extension}" for row in rows]
            values, data = [row.values[number] for row in rows], [row.data[number] for row in rows]
            made.append(CODECS[field.kind].column(values, data, paths, field))
        made.append(columns.strings([to_json(row.meta).decode() for row in rows]))
        self._tables.append(pa.Table.from_arrays(made, schema=self._arrow))
        self._rows = []


def arrow_schema(schema: Schema) -> pa.Schema:
    """The Arrow schema of a data set's Parquet files, its Hugging Face features in the metadata."""
    import pyarrow as pa

    text = {"dtype": "string", "_type": "Value"}
    features = {"key": text, "source": text}
    described = [pa.field("key", pa.string()), pa.field("source", pa.string())]
    for field in schema.fields:
        name = schema.column(field)
        features[name] = feature(field)
        described.append(pa.field(name, CODECS[field.kind].column([], [], [], field).type))
    features["meta"] = text
    described.append(pa.field("meta", pa.string()))
    return pa.schema(described, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _leaves(schema: pa.Schema) -> list[str]:
    """The paths of the Parquet leaf columns: `input.bytes`, `label.list.element`."""
    import pyarrow as pa

    def below(path: str, kind: pa.DataType) -> list[str]:
        if pa.types.is_struct(kind):
            return [leaf for part in kind for leaf in below(f"{path}.{part.name}", part.type)]
        if pa.types.is_list(kind):
            return below(f"{path}.list.element", kind.value_type)
        return [path]

    return [leaf for column in schema for leaf in below(column.name, column.type)]
