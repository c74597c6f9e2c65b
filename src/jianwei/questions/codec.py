"""Results as bytes and back, without pickles: tables in Arrow's stream format, figures as MessagePack by their annotated types.

MessagePack and not JSON, which has no infinity and no NaN.
"""

from __future__ import annotations

import struct
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

import msgspec
import pyarrow as pa

from jianwei.common.results import Unavailable

__all__ = ["decode", "encode"]

ResultT = TypeVar("ResultT")


def encode(result: Any) -> bytes:
    """A result (a frozen dataclass of tables and figures, or Unavailable) as bytes.

    >>> from jianwei.common.results import Rows
    >>> decode(encode(Rows(pa.table({"a": [1]}))), Rows).rows.num_rows
    1
    """
    if not is_dataclass(result):
        raise TypeError(f"{type(result).__name__} is no result")
    tables: list[bytes] = []
    figures: dict[str, Any] = {}
    for item in fields(result):
        value = getattr(result, item.name)
        if isinstance(value, pa.Table):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, value.schema) as writer:
                writer.write_table(value)
            tables.append(bytes(sink.getvalue()))
            figures[item.name] = {"table": len(tables) - 1}
        else:
            figures[item.name] = {"value": value}
    head = msgspec.msgpack.encode({"unavailable": isinstance(result, Unavailable), "fields": figures})
    parts = [head, *tables]
    return b"".join(struct.pack("<Q", len(part)) + part for part in parts)


def decode(data: bytes, kind: type[ResultT]) -> ResultT | Unavailable:
    """The result again; `kind` is the class it had unless it was Unavailable.

    Raises:
        ValueError: it is damaged, or was of another class.
    """
    try:
        return _decoded(data, kind)
    except (TypeError, LookupError, OSError, struct.error, pa.ArrowException) as error:
        raise ValueError(f"this is no {kind.__name__}: {error}") from error


def _decoded(data: bytes, kind: type[ResultT]) -> ResultT | Unavailable:
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<Q", data, at)
        parts.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    head = msgspec.msgpack.decode(parts[0])
    target: type[Any] = Unavailable if head["unavailable"] else kind
    hints = get_type_hints(target)
    values: dict[str, Any] = {}
    for name, stored in head["fields"].items():
        if "table" in stored:
            values[name] = pa.ipc.open_stream(parts[1 + stored["table"]]).read_all()
        else:
            values[name] = msgspec.convert(stored["value"], hints[name])
    result: ResultT | Unavailable = target(**values)
    return result
