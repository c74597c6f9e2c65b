"""What the lake knows already: a pull looks before it counts the same thing under another id."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from jianwei.engines import Scope
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.ingest.flush import flush
from jianwei.records import key_id
from jianwei.records.kinds import SPOKEN_KINDS
from jianwei.store import Store

__all__ = ["Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """Reads a snapshot at each question; an empty lake knows nothing."""

    store: Store
    account: str

    def settle(self) -> None:
        """Bring what waits in the inbox into the lake, so that it is known, too.

        Raises:
            StoreError: another process is at it and does not end, or the lake is being maintained.
        """
        flush(self.store)

    def followers(self, before_us: int) -> set[str]:
        """Keys of users of this account that are followers as far as was known before a time."""
        with DuckDBEngine().open(self.store.lake.snapshot(["users"]), Scope()) as session:
            users = session.table("users")
            following = (users.subscribed == True) & (users.ts_us.fill_null(0) < before_us)  # noqa: E712 - an expression
            mine = users.filter((users.account == self.account) & following)
            return set(session.execute(mine.select("key")).column("key").to_pylist())

    def contacts(self) -> dict[str, dict[str, Any]]:
        """Key → attrs of users of this account of whom is known which staff they met."""
        with DuckDBEngine().open(self.store.lake.snapshot(["users"]), Scope()) as session:
            users = session.table("users")
            mine = users.filter((users.account == self.account) & users.attrs.contains('"met":'))
            found = session.execute(mine.select("key", "attrs"))
        keys, attrs = (found.column(name).to_pylist() for name in ("key", "attrs"))
        read = {key: json.loads(one) for key, one in zip(keys, attrs, strict=True)}
        return {key: one for key, one in read.items() if isinstance(one.get("met"), list)}

    def items(self, prefix: str) -> dict[str, int | None]:
        """Items of this account whose key begins with `prefix`: key → time."""
        with DuckDBEngine().open(self.store.lake.snapshot(["items"]), Scope()) as session:
            items = session.table("items")
            mine = items.filter((items.account == self.account) & items.key.startswith(prefix))
            found = session.execute(mine.select("key", "ts_us"))
        return dict(zip(found.column("key").to_pylist(), found.column("ts_us").to_pylist(), strict=True))

    def members(self, conversation: str) -> set[str]:
        """Ids of users who are in the conversation with this key as far as is known."""
        place = key_id("c:", self.account, "conversation", conversation)
        with DuckDBEngine().open(self.store.lake.snapshot(["members"]), Scope()) as session:
            members = session.table("members")
            gone = members.left_us.notnull() & (members.left_us >= members.joined_us.fill_null(0))
            here = members.filter((members.conversation_id == place) & ~gone)
            return set(session.execute(here.select("user_id")).column("user_id").to_pylist())

    def groups(self, input_id: str) -> list[str]:
        """Keys of groups of this account from which an input brought messages, in order."""
        with DuckDBEngine().open(self.store.lake.snapshot(["conversations", "messages"]), Scope()) as session:
            places, messages = session.table("conversations"), session.table("messages")
            brought = messages.filter(messages.input_id == input_id)
            groups = places.filter((places.account == self.account) & (places.kind == "group"))
            mine = groups.semi_join(brought, "conversation_id")
            return sorted(session.execute(mine.select("key")).column("key").to_pylist())

    def said(self, texts: set[str], input_id: str) -> set[tuple[int, str]]:
        """Which of these texts an input brought, and in which second each: (second, text)."""
        if not texts:
            return set()
        with DuckDBEngine().open(self.store.lake.snapshot(["messages"]), Scope()) as session:
            messages = session.table("messages")
            mine = messages.filter((messages.input_id == input_id) & messages.text.isin(sorted(texts)))
            found = session.execute(mine.select("ts_us", "text"))
        times, said = (found.column(name).to_pylist() for name in ("ts_us", "text"))
        return {(ts_us // 1_000_000, text) for ts_us, text in zip(times, said, strict=True) if ts_us is not None}

    def heard(self, start_us: int, end_us: int, but: str) -> Counter[tuple[str, int, str]]:
        """Messages that came from elsewhere than the input `but`: (conversation, second, text) → how many.

        The text of those that are no texts is "", whatever was heard or seen in them.

        The webhook gives them ids of their own, so that the records of customer service must not bring them again.
        """
        with DuckDBEngine().open(self.store.lake.snapshot(["messages"]), Scope()) as session:
            messages = session.table("messages")
            mine = messages.filter(
                (messages.account == self.account)
                & (messages.ts_us >= start_us)
                & (messages.ts_us < end_us)
                & (messages.input_id.fill_null("") != but)
            )
            found = session.execute(mine.select("conversation_id", "ts_us", "kind", "text"))
        columns = (found.column(name).to_pylist() for name in found.column_names)
        return Counter(
            (place, ts_us // 1_000_000, text or "" if kind in SPOKEN_KINDS else "")
            for place, ts_us, kind, text in zip(*columns, strict=True)
        )
