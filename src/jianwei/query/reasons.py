"""Why there is no answer: told apart only once there is none, so that answers pay nothing for it."""

from __future__ import annotations

import ibis.expr.types as ir

from jianwei.common.results import Reason, Unavailable
from jianwei.query._base import Reader

__all__ = ["nobody", "untimed"]


def untimed(reader: Reader, rows: ir.Table, table: str) -> Unavailable:
    """No rows at all, or none that has a time."""
    return _either(reader, rows, table, Reason("no_times", {"table": table}))


def nobody(reader: Reader, rows: ir.Table, table: str, by: str) -> Unavailable:
    """No rows at all, or none that belongs to a person, conversation or item."""
    return _either(reader, rows, table, Reason(f"no_{by}", {"table": table}))


def _either(reader: Reader, rows: ir.Table, table: str, reason: Reason) -> Unavailable:
    some = reader.execute(rows.aggregate(rows=rows.count()))["rows"][0].as_py()
    return Unavailable(reason if some else Reason("no_rows", {"table": table}))
