"""Log-ins: kept like deliveries, in every inbox of a server, and records with the next flush."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from jianwei.errors import StoreError
from jianwei.ingest import flush
from jianwei.ingest.logins import keep_login, login_rows
from jianwei.records import key_id
from jianwei.sources._gathered import person_of_union
from jianwei.store import Store, open_store
from jianwei.store.inbox import PostgresInbox, WriterInbox
from jianwei.store.scan import connect, scan_sql
from jianwei.store.state.tables import inbox as table
from jianwei.wechat._base import Inbox
from jianwei.wechat.endpoints.logins import Profile
from jianwei.wechat.memory import MemoryInbox
from jianwei.wechat.oauth_app import LoggedIn

NOW = 1_700_000_000_000_000
PROFILE = Profile("oA", "小明", 1, "广东", "深圳", "中国", "http://p")
KNOWN = LoggedIn("oA", "U1", PROFILE, None, "/orders")
BARE = LoggedIn("oB", None, None, None, "/")


@pytest.fixture
def store(state_url: str | None, tmp_path: Path) -> Store:
    return open_store(tmp_path / "workspace", state_url=state_url)


def opened(store: Store) -> AbstractAsyncContextManager[Inbox]:
    engine = store.state.engine
    return WriterInbox(engine) if engine.dialect.name == "sqlite" else PostgresInbox(engine)


def keep(store: Store, *people: LoggedIn, account: str = "shop", ts_us: int = NOW) -> None:
    async def run() -> None:
        async with opened(store) as inbox:
            for person in people:
                await keep_login(person, inbox=inbox, account=account, ts_us=ts_us)

    asyncio.run(run())


def rows(store: Store, name: str) -> list[dict[str, Any]]:
    with connect() as connection:
        pinned = store.lake.snapshot([name]).tables[name]
        found = connection.execute(f"SELECT * FROM ({scan_sql(pinned)}) ORDER BY ALL").to_arrow_table()
    result: list[dict[str, Any]] = found.to_pylist()
    return result


def test_log_ins_are_people_after_the_next_flush(store: Store) -> None:
    keep(store, KNOWN, BARE)
    done = flush(store)
    assert (done.deliveries, done.rejected) == (2, 0)
    people = {row["key"]: row for row in rows(store, "users")}
    assert {name: people["oA"][name] for name in ("nickname", "union_id", "gender", "region", "ts_us")} == {
        "nickname": "小明", "union_id": "U1", "gender": "male", "region": "中国 广东 深圳", "ts_us": NOW,
    }  # fmt: skip
    assert people["oB"]["nickname"] is None
    assert [(row["name"], row["kind"]) for row in rows(store, "names")] == [("小明", "nickname")]
    links = {row["user_id"]: (row["person_id"], row["by"]) for row in rows(store, "links")}
    assert links == {
        people["oA"]["user_id"]: (person_of_union("U1"), "union_id"),
        people["oB"]["user_id"]: (key_id("p:", "shop", "log-in", "oB"), "log-in"),
    }
    assert rows(store, "messages") == rows(store, "events") == []
    assert store.state.inputs() == []


def test_same_person_again_adds_nothing_and_a_newer_name_wins(store: Store) -> None:
    keep(store, KNOWN)
    flush(store)
    keep(store, KNOWN, BARE, KNOWN, ts_us=NOW + 1)
    renamed = LoggedIn("oA", "U1", Profile("oA", "大明"), None, "/")
    keep(store, renamed, ts_us=NOW + 2)
    flush(store)
    assert {row["key"]: row["nickname"] for row in rows(store, "users")} == {"oA": "大明", "oB": None}
    assert {row["name"] for row in rows(store, "names")} == {"小明", "大明"}
    assert len(rows(store, "links")) == 2


def test_log_in_waits_for_no_maintenance_of_the_lake(store: Store) -> None:
    """`writing` would wait for two minutes here."""
    with store.holding("lake", wait_seconds=0):
        keep(store, KNOWN)
    assert flush(store).deliveries == 1
    assert len(rows(store, "users")) == 1


def test_no_token_and_no_snapshot_visitor_is_kept(store: Store) -> None:
    keep(store, LoggedIn("oC", None, PROFILE, None, "/", snapshot=True))
    with store.state.engine.connect() as connection:
        assert connection.execute(sa.select(table)).all() == []


def test_kept_log_in_that_cannot_be_read_goes_to_quarantine_and_stops_no_other(store: Store) -> None:
    keep(store, BARE)
    row = {"account": "site", "key": "login/x", "body": b"{}", "answer": b"", "received_us": NOW}
    with store.state.engine.begin() as connection:
        connection.execute(sa.insert(table).values(**row))
    assert flush(store).rejected == 1
    assert [row["key"] for row in rows(store, "users")] == ["oB"]
    assert [row.file for row in store.state.quarantined()] == ["webhook/site"]


def test_log_in_that_cannot_be_kept_is_said_and_leaves_no_claim() -> None:
    class Full(MemoryInbox):
        claims = 0

        async def begin(self, account: str, key: str, wait_seconds: float) -> Any:
            self.claims += 1
            return await super().begin(account, key, wait_seconds)

        async def finish(self, delivery: Any, answer: bytes) -> None:
            raise StoreError("inbox", "is full", "")

        async def abandon(self, account: str, key: str) -> None:
            self.claims -= 1

    inbox = Full()
    with pytest.raises(StoreError, match="full"):
        asyncio.run(keep_login(KNOWN, inbox=inbox, account="shop", ts_us=NOW))
    assert inbox.claims == 0


def test_rows_are_those_of_other_sources() -> None:
    assert login_rows(BARE, account="shop", ts_us=NOW)["users"]["user_id"].to_pylist() == [
        key_id("u:", "shop", "user", "oB")
    ]
