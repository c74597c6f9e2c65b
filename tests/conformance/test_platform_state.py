"""Accounts, downloads and what is sealed, on every database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from jianwei.common.kept import Grant, PendingLogin, Token
from jianwei.errors import StoreError, UsageError
from jianwei.settings import Secret
from jianwei.store import Account, MediaDownload, Vault
from jianwei.store.state import (
    AccountTable,
    DownloadTable,
    GrantTable,
    LoginTable,
    TokenTable,
    hold,
    now_us,
    open_database,
    reseal,
)
from jianwei.store.state.tables import accounts, login_states, metadata, tokens

Connect = Callable[[], sa.Engine]
KEY = Vault.new_key()
SHOP = Account(
    name="小店", kind="service", app_id="wx1", secret=Secret("hunter2-secret"), token=Secret("hunter2-token"),
    aes_key=Secret("hunter2-aes"), attrs={"agent_id": "7", "名": "值"}, created_us=5,
)  # fmt: skip


def test_accounts_come_back_with_their_secrets(connect: Connect) -> None:
    table = AccountTable(connect(), Vault(KEY))
    bare = Account(name="a", kind="weibo", app_id="k")
    table.put(SHOP)
    table.put(bare)
    again = AccountTable(connect(), Vault(KEY))
    assert again.get("小店") == SHOP
    assert [account.name for account in again.list()] == ["a", "小店"]
    assert replace(again.get("a"), created_us=0) == bare
    assert again.get("a").created_us > 0
    assert "hunter2" not in repr(again.list())


def test_account_put_again_is_replaced_and_keeps_its_age(connect: Connect) -> None:
    table = AccountTable(connect(), Vault(KEY))
    table.put(SHOP)
    changed = Account(name="小店", kind="official", app_id="wx2", secret=Secret("x"), created_us=99)
    table.put(changed)
    assert table.get("小店") == replace(changed, created_us=5)
    assert table.remove("小店")
    assert not table.remove("小店")
    with pytest.raises(StoreError, match="not known"):
        table.get("小店")


@pytest.mark.parametrize(("field", "value"), [("kind", "bank"), ("name", " "), ("app_id", "")])
def test_accounts_are_checked(field: str, value: str) -> None:
    with pytest.raises(UsageError):
        replace(SHOP, **{field: value})  # type: ignore[arg-type]


def test_nothing_sealed_lies_open_in_the_database(connect: Connect, tmp_path: Path, state_url: str | None) -> None:
    engine, vault = connect(), Vault(KEY)
    AccountTable(engine, vault).put(SHOP)
    TokenTable(engine, vault).put("wx1/access_token", Token("hunter2-a", 1))
    GrantTable(engine, vault).put(Grant("wx1", "o", None, "", "hunter2-b", 1, "hunter2-c", 1))
    LoginTable(engine).put("hunter2-state", PendingLogin("wx1", "", "", "/", 10**18))
    with engine.connect() as connection:
        rows = [tuple(map(bytes_of, row)) for t in metadata.tables.values() for row in connection.execute(sa.select(t))]
    assert b"wx1/access_token" in b"|".join(value for row in rows for value in row)
    assert not any(b"hunter2" in value for row in rows for value in row)
    if state_url is None:
        assert not any(b"hunter2" in path.read_bytes() for path in tmp_path.glob("state.db*"))


def bytes_of(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def test_sealed_rows_cannot_be_swapped_or_opened_with_another_key(connect: Connect) -> None:
    engine = connect()
    table = TokenTable(engine, Vault(KEY))
    table.put("a", Token("1", 1))
    table.put("b", Token("2", 1))
    with engine.begin() as connection:
        other = connection.execute(sa.select(tokens.c.value).where(tokens.c.key == "b")).scalar()
        connection.execute(sa.update(tokens).where(tokens.c.key == "a").values(value=other))
    with pytest.raises(StoreError, match="changed"):
        table.get("a")
    with pytest.raises(StoreError, match="another key"):
        TokenTable(engine, Vault(Vault.new_key())).get("b")


def test_key_is_changed_and_the_old_one_dropped(connect: Connect) -> None:
    engine, new = connect(), Vault.new_key()
    old, both, only = Vault(KEY), Vault(Secret(f"{new.reveal()},{KEY.reveal()}")), Vault(new)
    grant = Grant("wx1", "o", None, "", "access", 1, "refresh", 1)
    AccountTable(engine, old).put(SHOP)
    AccountTable(engine, old).put(Account(name="bare", kind="weibo", app_id="k"))
    TokenTable(engine, old).put("a", Token("1", 1))
    TokenTable(engine, both).put("b", Token("2", 1))
    GrantTable(engine, old).put(grant)
    with pytest.raises(StoreError, match="another key"):
        reseal(engine, only)
    assert reseal(engine, both) == 6
    assert reseal(engine, only) == 0
    assert AccountTable(engine, only).get("小店") == SHOP
    assert [TokenTable(engine, only).get(key) for key in "ab"] == [Token("1", 1), Token("2", 1)]
    assert GrantTable(engine, only).get("wx1", "o") == grant
    with pytest.raises(StoreError, match="another key"):
        TokenTable(engine, old).get("a")


def test_secrets_of_an_account_cannot_be_swapped(connect: Connect) -> None:
    engine = connect()
    table = AccountTable(engine, Vault(KEY))
    table.put(SHOP)
    with engine.begin() as connection:
        connection.execute(sa.update(accounts).values(secret=accounts.c.token, token=accounts.c.secret))
    with pytest.raises(StoreError, match="changed"):
        table.get("小店")


def test_log_ins_that_nobody_finished_are_forgotten(connect: Connect) -> None:
    table = LoginTable(connect())
    table.put("old", PendingLogin("wx1", "", "", "/", 1))
    table.put("new", PendingLogin("wx1", "", "", "/", 10**18))
    with table.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(login_states)).scalar() == 1


def media(name: str, **changes: object) -> MediaDownload:
    given = MediaDownload(
        account="shop", media_id=name, record_id="m:1", kind="image", url="http://x/y", ts_us=3, seq=1
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def test_downloads_are_entered_once_and_come_when_they_are_due(connect: Connect) -> None:
    table = DownloadTable(connect())
    table.add([media("b", next_us=20), media("a", next_us=10), media("c", next_us=30, url=None, seq=None)])
    table.add([media("a", next_us=0), media("a", record_id="m:2", next_us=15)])
    table.add([])
    assert table.due(9) == []
    assert [(row.media_id, row.record_id) for row in table.due(20)] == [("a", "m:1"), ("a", "m:2"), ("b", "m:1")]
    assert table.due(20, limit=1) == [media("a", next_us=10)]
    table.put(media("a", next_us=50, tries=1, detail="time-out"))
    table.put(media("b", next_us=20, tries=1, status="gone", detail="40007"))
    assert [row.media_id for row in table.due(40)] == ["a", "c"]
    assert table.due(100)[-1] == media("a", next_us=50, tries=1, detail="time-out")
    assert DownloadTable(connect()).counts() == {"waiting": 3, "gone": 1}


def test_log_ins_that_have_ended_go_and_too_many_push_out_the_oldest(connect: Connect) -> None:
    """Anybody can begin them, by the thousand."""
    table = LoginTable(connect(), most=5)
    for n in range(9):
        table.put(f"old {n}", PendingLogin("wx1", "", "", "/", n))
    for n in range(8):
        table.put(f"new {n}", PendingLogin("wx1", "", "", "/", 10**18 + n))
    with table.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(login_states)).scalar() == 5
    taken = [table.take(f"new {n}", 1) for n in range(8)]
    assert [login is not None for login in taken] == [False] * 3 + [True] * 5


def test_log_in_that_ended_goes_with_the_next_one(connect: Connect) -> None:
    table = LoginTable(connect())
    table.put("a moment ago", PendingLogin("wx1", "", "", "/", now_us() - 1))
    table.put("new", PendingLogin("wx1", "", "", "/", 10**18))
    with table.engine.connect() as connection:
        assert connection.execute(sa.select(login_states.c.expires_us)).scalars().all() == [10**18]


def test_ended_log_ins_are_found_by_an_index(tmp_path: Path) -> None:
    table = LoginTable(open_database(tmp_path))
    with table.engine.connect() as connection:
        for query in table._unwanted():
            text = str(query.compile(table.engine, compile_kwargs={"literal_binds": True}))
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
            assert all("INDEX login_states_expires" in row[3] for row in plan)


def test_odd_characters_in_downloads_are_replaced(connect: Connect) -> None:
    table = DownloadTable(connect())
    odd = media("a\0b\ud800", url="http://x/\0")
    table.add([odd, odd])
    (row,) = table.due(0)
    assert (row.media_id, row.url) == ("a␀b?", "http://x/␀")
    table.put(replace(odd, status="failed", detail="what \0 is this"))
    assert table.counts() == {"failed": 1}


def ruined(engine: sa.Engine) -> None:
    """The database is there no more, though the engine has connections to it."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        engine.dispose()
        for file in path.parent.glob(f"{path.name}*"):
            file.write_bytes(b"this is no database. " * 500)
        return
    admin = sa.create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {engine.url.database} WITH (FORCE)"))


CALLS: dict[str, Callable[[sa.Engine], object]] = {
    "accounts": lambda engine: AccountTable(engine, Vault(KEY)).list(),
    "tokens": lambda engine: TokenTable(engine, Vault(KEY)).get("k"),
    "token": lambda engine: TokenTable(engine, Vault(KEY)).put("k", Token("1", 1)),
    "log-ins": lambda engine: LoginTable(engine).put("s", PendingLogin("wx1", "", "", "/", 1)),
    "grants": lambda engine: GrantTable(engine, Vault(KEY)).get("wx1", "o"),
    "downloads": lambda engine: DownloadTable(engine).due(1),
    "leases": lambda engine: hold(engine, "x", "exclusive").__enter__(),
}


def test_database_that_is_away_is_an_error_of_the_store(connect: Connect) -> None:
    engine = connect()
    for call in CALLS.values():
        call(engine)
    ruined(engine)
    for call in CALLS.values():
        with pytest.raises(StoreError, match="state database") as caught:
            call(engine)
        assert "SELECT" not in str(caught.value)
        assert "INSERT" not in str(caught.value)


def test_statement_that_is_refused_is_told_without_what_it_held(connect: Connect) -> None:
    engine = connect()
    with pytest.raises(StoreError) as caught, engine.begin() as connection:
        connection.execute(sa.insert(tokens), {"key": "hunter2", "value": None, "expires_us": 1})
    assert "hunter2" not in str(caught.value)
