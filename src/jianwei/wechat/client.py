"""The clients: the same areas and methods, at once or awaited."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from jianwei.settings import Secret
from jianwei.wechat._base import TokenStore
from jianwei.wechat.areas import Async, Sync
from jianwei.wechat.drivers import AsyncDriver, SyncDriver, TokenRequest
from jianwei.wechat.endpoints import OfficialAreas, WeComAreas
from jianwei.wechat.endpoints.tokens import BasicToken, CorpToken, StableToken
from jianwei.wechat.exchange import Account, Policy
from jianwei.wechat.hosts import Hosts

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncClient", "AsyncWeComClient", "Client", "WeComClient"]


def _account(app_id: str, secret: str | Secret, base_url: str | None, hosts: Hosts | None) -> Account:
    kept = secret if isinstance(secret, Secret) else Secret(secret)
    return Account(app_id, kept, hosts or (Hosts() if base_url is None else Hosts.under(base_url)))


def _token(stable: bool) -> TokenRequest:
    return StableToken() if stable else BasicToken()


class Client(SyncDriver, OfficialAreas[Sync]):
    """An official account, service account or mini-program.

    Args:
        app_id: "wx" and 16 hex digits.
        secret: the app secret.
        base_url: one address for all hosts (the simulator); default: the platform's own.
        hosts: an address for each kind of host, where one does not do.
        tokens: where tokens are kept, so that processes share them; default: in this client alone.
        stable: use the stable token, which shares well; the basic one is for platforms that lack it.
        policy: time-outs and retries.
        transport: an httpx transport, for proxies and tests.
        now, sleep: clock (seconds since the epoch) and how to wait.

    A client may be used by many threads. It is a context manager, which closes its connections.

    >>> Client("wx0123456789abcdef", "secret").tags.create
    <CreateTag(name)>
    """

    def __init__(
        self,
        app_id: str,
        secret: str | Secret,
        *,
        base_url: str | None = None,
        hosts: Hosts | None = None,
        tokens: TokenStore | None = None,
        stable: bool = True,
        policy: Policy | None = None,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        account = _account(app_id, secret, base_url, hosts)
        SyncDriver.__init__(
            self,
            account,
            _token(stable),
            tokens=tokens,
            policy=policy or Policy(),
            transport=transport,
            now=now,
            sleep=sleep,
        )
        OfficialAreas.__init__(self, self)


class AsyncClient(AsyncDriver, OfficialAreas[Async]):
    """`Client` for event loops: the same areas and methods, awaited. Use it in one loop.

    Args:
        transport: an asynchronous httpx transport for calls.
        token_transport: a synchronous one for fetching tokens, which happens in a thread.
    """

    def __init__(
        self,
        app_id: str,
        secret: str | Secret,
        *,
        base_url: str | None = None,
        hosts: Hosts | None = None,
        tokens: TokenStore | None = None,
        stable: bool = True,
        policy: Policy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        token_transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        account = _account(app_id, secret, base_url, hosts)
        AsyncDriver.__init__(
            self, account, _token(stable), tokens=tokens, policy=policy or Policy(), transport=transport,
            token_transport=token_transport, now=now,
        )  # fmt: skip
        OfficialAreas.__init__(self, self)


class WeComClient(SyncDriver, WeComAreas[Sync]):
    """One application of a WeCom corp: its id ("ww…") and the application's secret. Arguments as in `Client`."""

    def __init__(
        self,
        corp_id: str,
        secret: str | Secret,
        *,
        base_url: str | None = None,
        hosts: Hosts | None = None,
        tokens: TokenStore | None = None,
        policy: Policy | None = None,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        account = _account(corp_id, secret, base_url, hosts)
        SyncDriver.__init__(
            self,
            account,
            CorpToken(),
            tokens=tokens,
            policy=policy or Policy(),
            transport=transport,
            now=now,
            sleep=sleep,
        )
        WeComAreas.__init__(self, self)


class AsyncWeComClient(AsyncDriver, WeComAreas[Async]):
    """`WeComClient` for event loops. Arguments as in `AsyncClient`."""

    def __init__(
        self,
        corp_id: str,
        secret: str | Secret,
        *,
        base_url: str | None = None,
        hosts: Hosts | None = None,
        tokens: TokenStore | None = None,
        policy: Policy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        token_transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        account = _account(corp_id, secret, base_url, hosts)
        AsyncDriver.__init__(
            self, account, CorpToken(), tokens=tokens, policy=policy or Policy(), transport=transport,
            token_transport=token_transport, now=now,
        )  # fmt: skip
        WeComAreas.__init__(self, self)
