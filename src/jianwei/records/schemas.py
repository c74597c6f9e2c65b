"""The canonical tables: columns, types, keys, and which columns hold personal data.

This is the vocabulary of the whole house. Masking, export and erase read the marks; the store creates tables from it and both
engines cast what they read to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

__all__ = ["MONEY", "TABLES", "Column", "TableSpec", "conform", "empty"]

MONEY = pa.decimal128(18, 4)
_S, _I, _F, _B = pa.string(), pa.int64(), pa.float32(), pa.bool_()


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `personal` marks what masking, export and erase must treat as somebody's data."""

    name: str
    type: pa.DataType
    personal: bool = False


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One canonical table.

    Attributes:
        key: the columns that identify a row; every one deterministic.
        writes: "append" adds rows whose key is new; "upsert" lets the row with the newest `ts_us` win.
        partition: the column the files are partitioned by, if any; its values are ASCII words from code.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    writes: Literal["append", "upsert"] = "append"
    partition: str | None = None

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema; personal columns carry the field metadata {"personal": "1"}."""
        return pa.schema(
            [pa.field(c.name, c.type, metadata={"personal": "1"} if c.personal else None) for c in self.columns]
        )

    @property
    def personal(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.personal)


def _table(
    name: str,
    key: str,
    *columns: tuple[str, pa.DataType] | tuple[str, pa.DataType, bool],
    writes: Literal["append", "upsert"] = "append",
    partition: str | None = None,
) -> TableSpec:
    common = (Column("account", _S), Column("ts_us", _I), Column("seq", _I))
    return TableSpec(name, tuple(key.split()), common + tuple(Column(*c) for c in columns), writes, partition)


_P = True

TABLES: Mapping[str, TableSpec] = {
    spec.name: spec
    for spec in (
        _table(
            "users", "user_id",
            ("user_id", _S, _P), ("key", _S, _P), ("nickname", _S, _P), ("union_id", _S, _P), ("gender", _S, _P),
            ("region", _S, _P), ("language", _S), ("tags", _S, _P), ("subscribed", _B), ("attrs", _S, _P),
            writes="upsert",
        ),
        _table(
            "names", "user_id name kind conversation_id",
            ("user_id", _S, _P), ("name", _S, _P), ("kind", _S), ("conversation_id", _S),
        ),
        _table(
            "links", "user_id person_id by",
            ("user_id", _S, _P), ("person_id", _S, _P), ("by", _S), ("confidence", _F), ("attrs", _S, _P),
        ),
        _table(
            "consents", "user_id purpose",
            ("user_id", _S, _P), ("purpose", _S), ("basis", _S), ("notice_version", _S), ("granted", _B),
            ("withdrawn_us", _I),
            writes="upsert",
        ),
        _table(
            "conversations", "conversation_id",
            ("conversation_id", _S), ("key", _S, _P), ("kind", _S), ("title", _S, _P), ("owner_id", _S, _P),
            ("item_id", _S), ("attrs", _S, _P),
            writes="upsert",
        ),
        _table(
            "members", "conversation_id user_id",
            ("conversation_id", _S), ("user_id", _S, _P), ("role", _S), ("joined_us", _I), ("left_us", _I),
            writes="upsert",
        ),
        _table(
            "messages", "message_id",
            ("message_id", _S), ("conversation_id", _S), ("user_id", _S, _P), ("direction", _S), ("kind", _S),
            ("text", _S, _P), ("mentions", _S, _P), ("reply_to", _S), ("item_id", _S), ("recalled", _B),
            ("attrs", _S, _P), ("input_id", _S),
        ),
        _table(
            "events", "event_id",
            ("event_id", _S), ("user_id", _S, _P), ("name", _S), ("item_id", _S), ("basket_id", _S),
            ("quantity", MONEY), ("amount", MONEY), ("currency", _S), ("value", pa.float64()), ("attrs", _S, _P),
            ("input_id", _S),
        ),
        _table(
            "items", "item_id",
            ("item_id", _S), ("key", _S), ("title", _S), ("text", _S), ("category", _S), ("url", _S), ("attrs", _S),
            writes="upsert",
        ),
        _table(
            "media", "media_id record_id",
            ("media_id", _S), ("record_id", _S), ("kind", _S), ("mime", _S), ("sha256", _S, _P), ("path", _S, _P),
            ("bytes", _I), ("seconds", _F), ("width", pa.int32()), ("height", pa.int32()),
        ),
        _table(
            "metrics", "metric_id",
            ("metric_id", _S), ("name", _S), ("item_id", _S), ("value", pa.float64()), ("attrs", _S),
            writes="upsert",
        ),
        _table(
            "sightings", "record_id input_id",
            ("record_id", _S), ("input_id", _S), ("record_table", _S),
        ),
        _table(
            "annotations", "record_id task part model version",
            ("record_id", _S), ("user_id", _S, _P), ("task", _S), ("part", pa.int32()), ("stage", _S), ("model", _S),
            ("version", _S), ("status", _S), ("label", _S), ("score", _F), ("text", _S, _P), ("value", _S, _P),
            partition="stage",
        ),
    )
}  # fmt: skip
"""Every canonical table by name.

Three columns go beyond the agreed design, each for a reason:

* `key` (users, conversations, items) is the source's own id, so that a person can be named by it and exports can be written back;
* `input_id` (messages, events) is the first input a row came from, and `sightings` says which further inputs held it too:
  a report on one file needs no copy of the rows that an earlier file had already brought.
"""


def empty(name: str) -> pa.Table:
    """An empty table with the canonical schema of `name`."""
    return TABLES[name].schema.empty_table()


def conform(name: str, columns: Mapping[str, pa.Array | pa.ChunkedArray], rows: int) -> pa.Table:
    """A table in the canonical schema of `name`: columns in order and cast, those not given null.

    Args:
        columns: some or all of the canonical columns; any other name is an error of the caller.
        rows: length of every column.

    Raises:
        KeyError: a column that the canonical table does not have.

    >>> conform("items", {"item_id": pa.array(["i:1"])}, 1).column_names[:4]
    ['account', 'ts_us', 'seq', 'item_id']
    """
    schema = TABLES[name].schema
    if unknown := set(columns) - set(schema.names):
        raise KeyError(f"{name} has no column {', '.join(sorted(unknown))}")
    arrays = []
    for column in schema:
        given = columns.get(column.name)
        arrays.append(pa.nulls(rows, column.type) if given is None else given.cast(column.type))
    return pa.table(arrays, schema=schema)
