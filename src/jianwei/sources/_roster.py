"""Who and what a chat file speaks of: users, their names, conversations and members, each given once and again when it changed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pyarrow as pa

from jianwei.records import conform, key_id

__all__ = ["Roster", "json_of", "merged"]

_MOST_REMEMBERED = 500_000  # beyond it things are given again, which costs time but changes nothing

Row = Mapping[str, object]


def json_of(attrs: Mapping[str, object]) -> str | None:
    """Compact JSON with sorted keys, null when there is nothing to say.

    >>> json_of({"b": 1, "a": "x"}), json_of({})
    ('{"a":"x","b":1}', None)
    """
    return msgspec.json.encode(attrs, order="sorted").decode() if attrs else None


def merged(attrs: pa.StringArray, more: Mapping[int, Mapping[str, object]]) -> pa.StringArray:
    """attrs, JSON or null [n], with further fields in some rows: row → fields.

    >>> merged(pa.array(['{"b":1}', None]), {0: {"a": 2}}).to_pylist()
    ['{"a":2,"b":1}', None]
    """
    if not more:
        return attrs
    rows = attrs.to_pylist()
    for row, fields in more.items():
        rows[row] = json_of({**msgspec.json.decode(rows[row] or "{}"), **fields})
    return pa.array(rows, pa.string())


class Roster:
    """Collects rows for `users`, `names`, `conversations` and `members` while a file is read.

    Args:
        account: the account that the rows belong to.

    >>> roster = Roster("shop")
    >>> roster.user("wxid_1", 5, nickname="张三"); roster.user("wxid_1", 6, nickname="张三")
    >>> roster.tables()["users"].num_rows, roster.tables()
    (1, {})
    """

    def __init__(self, account: str) -> None:
        self._account = account
        self._known: dict[tuple[str, ...], tuple[int, Row]] = {}
        self._new: dict[str, dict[tuple[str, ...], Row]] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._told: dict[str, tuple[tuple[str | None, ...], set[str]]] = {}

    def heard(self, user: str, conversation: str, names: tuple[str | None, ...]) -> bool:
        """Whether this user last had the same names and was met in this conversation with them: then nothing is new."""
        told = self._told.get(user)
        if told is not None and told[0] == names:
            if conversation in told[1]:
                return True
            told[1].add(conversation)
        else:
            self._told[user] = names, {conversation}
        return False

    def user(self, key: str, ts_us: int | None, *, nickname: str | None = None, attrs: str | None = None) -> None:
        """An account of a person; `ts_us` None ranks below every dated row."""
        row = {"user_id": self._user_id(key), "key": key, "nickname": nickname or None, "attrs": attrs}
        self._give("users", (key,), ts_us, row)

    def name(self, user: str, name: str | None, kind: str, ts_us: int | None, conversation: str | None = None) -> None:
        """A name that somebody bears, `kind` "nickname", "remark", "group" or "alias"; blank names are none."""
        if name and name.strip() and ("names", user, name, kind, conversation or "") not in self._known:
            place = None if conversation is None else self._conversation_id(conversation)
            row = {"user_id": self._user_id(user), "name": name, "kind": kind, "conversation_id": place}
            self._give("names", (user, name, kind, conversation or ""), ts_us, row)

    def conversation(
        self,
        key: str,
        ts_us: int | None,
        *,
        kind: str | None = None,
        title: str | None = None,
        owner: str | None = None,
        attrs: str | None = None,
    ) -> None:
        """A chat; `kind` "private" or "group", `owner` the key of the group's owner."""
        row = {"conversation_id": self._conversation_id(key), "key": key, "kind": kind, "title": title or None}
        row |= {"owner_id": self._user_id(owner) if owner else None, "attrs": attrs}
        self._give("conversations", (key,), ts_us, row)

    def member(self, conversation: str, user: str, ts_us: int | None, *, role: str | None = None) -> None:
        """Somebody in a conversation."""
        row = {"conversation_id": self._conversation_id(conversation), "user_id": self._user_id(user), "role": role}
        self._give("members", (conversation, user), ts_us, row)

    def tables(self) -> dict[str, pa.Table]:
        """What is new since the last call, by canonical table; empty tables are left out."""
        new, self._new = self._new, {}
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
            self._ids.clear()
            self._told.clear()
        return {name: self._table(name, list(rows.values())) for name, rows in new.items()}

    def _give(self, table: str, key: tuple[str, ...], ts_us: int | None, row: Row) -> None:
        rank = -1 if ts_us is None else ts_us
        known = self._known.get((table, *key))
        if known is not None:
            newer, older = (row, known[1]) if rank >= known[0] else (known[1], row)
            merged = {name: older[name] if value is None else value for name, value in newer.items()}
            if merged == known[1]:
                return
            row, rank = merged, max(rank, known[0])
        self._known[(table, *key)] = rank, row
        self._new.setdefault(table, {})[key] = {**row, "ts_us": None if rank < 0 else rank}

    def _table(self, name: str, rows: list[Row]) -> pa.Table:
        columns = {column: pa.array([row[column] for row in rows]) for column in rows[0]}
        columns["account"] = pa.array([self._account] * len(rows), pa.string())
        return conform(name, columns, len(rows))

    def _user_id(self, key: str) -> str:
        return self._id("u:", "user", key)

    def _conversation_id(self, key: str) -> str:
        return self._id("c:", "conversation", key)

    def _id(self, prefix: str, namespace: str, key: str) -> str:
        """Every piece of a file names the same people again: each is hashed once."""
        found = self._ids.get((prefix, key))
        if found is None:
            found = self._ids[prefix, key] = key_id(prefix, self._account, namespace, key)
        return found
