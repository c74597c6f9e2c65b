"""Whoever keeps tokens, pending log-ins and grants: one suite for every implementation. A new one is a line in the dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import pytest

from jianwei.common.kept import Grant, PendingLogin, Token
from jianwei.store import Vault
from jianwei.store.state import GrantTable, LoginTable, TokenTable, open_database
from jianwei.wechat._base import Grants, LoginStates, TokenStore
from jianwei.wechat.oauth_memory import MemoryGrants, MemoryLoginStates
from jianwei.wechat.tokens import FileTokens, MemoryTokens

KEY = Vault.new_key()

Opened = Callable[[], Any]  # gives the same store again, as another process would have it
Make = Callable[[pytest.FixtureRequest, Path], Opened]


def _database(url: bool, table: Callable[..., Any], *parts: object) -> Make:
    def make(request: pytest.FixtureRequest, folder: Path) -> Opened:
        address = request.getfixturevalue("postgres").database() if url else None
        engines = []

        def again() -> Any:
            engines.append(open_database(folder, address))
            request.addfinalizer(engines[-1].dispose)
            return table(engines[-1], *parts)

        return again

    return make


def _memory(kind: Callable[[], Any]) -> Make:
    def make(request: pytest.FixtureRequest, folder: Path) -> Opened:
        kept = kind()
        return lambda: kept

    return make


TOKEN_STORES: dict[str, Make] = {
    "memory": _memory(MemoryTokens),
    "file": lambda request, folder: lambda: FileTokens(folder / "tokens.json"),
    "sqlite": _database(False, TokenTable, Vault(KEY)),
    "postgres": _database(True, TokenTable, Vault(KEY)),
}
LOGIN_STATES: dict[str, Make] = {
    "memory": _memory(MemoryLoginStates),
    "sqlite": _database(False, LoginTable),
    "postgres": _database(True, LoginTable),
}
GRANTS: dict[str, Make] = {
    "memory": _memory(MemoryGrants),
    "sqlite": _database(False, GrantTable, Vault(KEY)),
    "postgres": _database(True, GrantTable, Vault(KEY)),
}


@pytest.fixture(params=TOKEN_STORES)
def tokens(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    return TOKEN_STORES[request.param](request, tmp_path)


@pytest.fixture(params=LOGIN_STATES)
def logins(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    return LOGIN_STATES[request.param](request, tmp_path)


@pytest.fixture(params=GRANTS)
def grants(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    return GRANTS[request.param](request, tmp_path)


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_tokens_come_back_and_are_replaced(tokens: Opened) -> None:
    store = tokens()
    assert isinstance(store, TokenStore)
    assert store.get("wx1/access_token") is None
    store.put("wx1/access_token", Token("hunter2-秘", 5))
    store.put("wx1/jsapi_ticket", Token("other", 2**50))
    assert tokens().get("wx1/access_token") == Token("hunter2-秘", 5)
    store.put("wx1/access_token", Token("newer", 6))
    assert tokens().get("wx1/access_token") == Token("newer", 6)
    assert store.get("wx1/jsapi_ticket") == Token("other", 2**50)


def test_expire_forgets_only_the_token_that_is_meant(tokens: Opened) -> None:
    store = tokens()
    store.expire("k", "a")
    store.put("k", Token("a", 5))
    store.expire("k", "b")
    assert store.get("k") == Token("a", 5)
    tokens().expire("k", "a")
    assert store.get("k") is None


def test_one_at_a_time_renews(tokens: Opened) -> None:
    """Threads that share a store, and stores of their own as other processes have: one of them fetches, nobody overlaps."""
    shared = tokens()
    stores = [shared] * 6 + [tokens() for _ in range(2)]
    inside, most, fetched, done = [0], [0], [], []

    def renew(store: Any) -> None:
        with store.lock("k"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            if store.get("k") is None:
                fetched.append(1)
                sleep(0.02)
                store.put("k", Token("t", 1))
            inside[0] -= 1
        done.append(1)

    threads = [Thread(target=renew, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(fetched), most[0], len(done)) == (1, 1, len(stores))


def test_lock_is_given_back_after_an_error_and_keys_do_not_wait_for_each_other(tokens: Opened) -> None:
    store = tokens()
    with pytest.raises(ValueError, match="no"), store.lock("k"):
        raise ValueError("no")
    with store.lock("k"), store.lock("other"):
        pass


def test_lock_may_be_left_in_another_thread(tokens: Opened) -> None:
    store = tokens()
    lock = store.lock("k")
    lock.__enter__()
    thread = Thread(target=lock.__exit__, args=(None, None, None))
    thread.start()
    thread.join(30)
    with store.lock("k"):
        pass


# --- log-ins ---------------------------------------------------------------------------------------------------------

END = 10**18
LOGIN = PendingLogin("wx1", "snsapi_base", "session-1", "/报告?a=1", END)


def test_pending_log_in_is_taken_once(logins: Opened) -> None:
    store = logins()
    assert isinstance(store, LoginStates)
    assert store.take("s", 0) is None
    store.put("s", LOGIN)
    store.put("s2", PendingLogin("wx2", "a,b", "", "/", END + 5))
    assert logins().take("s", END - 1) == LOGIN
    assert store.take("s", END - 1) is None
    assert store.take("s2", 0) == PendingLogin("wx2", "a,b", "", "/", END + 5)


def test_pending_log_in_ends(logins: Opened) -> None:
    store = logins()
    store.put("s", LOGIN)
    assert store.take("s", END) is None
    assert store.take("s", 0) is None


def test_many_ask_for_one_log_in_and_one_gets_it(logins: Opened) -> None:
    logins().put("s", LOGIN)
    stores, got = [logins() for _ in range(4)], []
    threads = [Thread(target=lambda store=store: got.append(store.take("s", END - 1))) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found is None for found in got) == [False, True, True, True]


# --- grants ----------------------------------------------------------------------------------------------------------


def grant(openid: str = "o1", token: str = "hunter2") -> Grant:
    return Grant("wx1", openid, "union", "snsapi_userinfo", token, 5, f"refresh-{token}", 9)


def test_grants_come_back_are_replaced_and_removed(grants: Opened) -> None:
    store = grants()
    assert isinstance(store, Grants)
    assert store.get("wx1", "o1") is None
    for one in (grant(), grant("o2", "other")):
        store.put(one)
    assert grants().get("wx1", "o1") == grant()
    store.put(grant(token="newer"))
    assert store.get("wx1", "o1") == grant(token="newer")
    store.remove("wx1", "o1")
    store.remove("wx1", "o1")
    assert store.get("wx1", "o1") is None
    assert grants().get("wx1", "o2") == grant("o2", "other")
    assert store.get("wx2", "o2") is None


def test_secrets_are_not_shown(grants: Opened) -> None:
    store = grants()
    store.put(grant())
    assert "hunter2" not in repr(store)
    assert "hunter2" not in repr(store.get("wx1", "o1"))
