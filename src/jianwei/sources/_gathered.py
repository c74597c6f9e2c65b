"""Rows of what services answer, gathered one by one into canonical tables."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from jianwei.records import TABLES, conform, key_id
from jianwei.sources._roster import json_of

__all__ = ["Gathered", "Pulled", "person_of_union", "together"]

Pulled = Mapping[str, pa.Table]
"""Canonical table name → rows in its schema."""

_WITH_INPUT = frozenset(name for name, spec in TABLES.items() if "input_id" in spec.schema.names)


def person_of_union(union_id: str) -> str:
    """The person behind a union id: the same from every account that the platform joins under one owner.

    >>> person_of_union("o6_bmasdasdsad6_2sgVt7hMZOPfL")[:2]
    'p:'
    """
    return key_id("p:", "", "union_id", union_id)


def together(*parts: Pulled) -> dict[str, pa.Table]:
    """The rows of several, table by table."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: pa.concat_tables([part[name] for part in parts if name in part]) for name in names}


class Gathered:
    """Collects rows of one account; ids follow the house's rules, so that they equal those of webhook and files.

    Args:
        account: the account that the rows belong to.
        input_id: what `messages.input_id` and `events.input_id` say.

    >>> rows = Gathered("shop", "f:1")
    >>> rows.add("users", 5, user_id=rows.user("o1"), key="o1", attrs={"scene": "qr"})
    >>> rows.tables()["users"].select(["account", "ts_us", "key", "attrs"]).to_pylist()
    [{'account': 'shop', 'ts_us': 5, 'key': 'o1', 'attrs': '{"scene":"qr"}'}]
    """

    def __init__(self, account: str, input_id: str = "") -> None:
        self.account = account
        self._input_id = input_id or None
        self._rows: dict[str, list[dict[str, object]]] = {}

    def user(self, key: str) -> str:
        """The id of a user by the platform's own id."""
        return key_id("u:", self.account, "user", key)

    def conversation(self, key: str) -> str:
        return key_id("c:", self.account, "conversation", key)

    def item(self, key: str) -> str:
        return key_id("i:", self.account, "item", key)

    def message(self, namespace: str, key: str) -> str:
        """The id of a message that has a key of its own in its source."""
        return key_id("m:", self.account, namespace, key)

    def add(self, table: str, ts_us: int | None, /, *, seq: int | None = None, **columns: object) -> None:
        """One row of a canonical table; attrs may be a mapping. Mappings that are empty are null."""
        if isinstance(attrs := columns.get("attrs"), Mapping):
            columns["attrs"] = json_of({k: v for k, v in attrs.items() if v not in (None, "", [], {})})
        row: dict[str, object] = {"account": self.account, "ts_us": ts_us, "seq": seq, **columns}
        if self._input_id is not None and table in _WITH_INPUT:
            row.setdefault("input_id", self._input_id)
        self._rows.setdefault(table, []).append(row)

    def name(
        self, user_id: str, name: str | None, kind: str, ts_us: int | None, conversation_id: str | None = None
    ) -> None:
        """A name that somebody bears; blank ones are none."""
        if name and name.strip():
            self.add("names", ts_us, user_id=user_id, name=name, kind=kind, conversation_id=conversation_id)

    def link(self, user_id: str, union_id: str | None, ts_us: int | None) -> None:
        """A user is the person behind a union id, where there is one."""
        if union_id:
            self.add(
                "links", ts_us, user_id=user_id, person_id=person_of_union(union_id), by="union_id", confidence=1.0
            )

    def count(self, table: str) -> int:
        """Rows gathered for a table."""
        return len(self._rows.get(table, ()))

    def tables(self) -> dict[str, pa.Table]:
        """What was gathered, in canonical schemas."""
        return {name: _table(name, rows) for name, rows in self._rows.items()}


def _table(name: str, rows: list[dict[str, object]]) -> pa.Table:
    schema = TABLES[name].schema
    given = dict.fromkeys(column for row in rows for column in row)
    columns = {column: pa.array([row.get(column) for row in rows], schema.field(column).type) for column in given}
    return conform(name, columns, len(rows))
