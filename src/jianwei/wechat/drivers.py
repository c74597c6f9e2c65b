"""What drives calls: the steps of `exchange.perform` and of flows, at once or in an event loop."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from jianwei.errors import UsageError
from jianwei.wechat._base import TokenStore
from jianwei.wechat.areas import Flow, Pause
from jianwei.wechat.endpoints.tokens import IssuedToken
from jianwei.wechat.errors import WeChatError
from jianwei.wechat.exchange import Account, NeedToken, Policy, Send, Wait, perform
from jianwei.wechat.request import At, Host, Paged, Query, Request, Spec
from jianwei.wechat.steps import drive, drive_async
from jianwei.wechat.tokens import Issued, MemoryTokens, TokenKeeper
from jianwei.wechat.transport import async_http, send, send_async, sync_http

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncDriver", "SyncDriver"]

R = TypeVar("R")
T = TypeVar("T")
TokenRequest = Request[IssuedToken]
_PATH = re.compile(r"(/[A-Za-z0-9_.~-]+)+/?")
"""Whatever else stood in a path might turn the call, and the token in it, to another host."""


class _Plain(Request[Any], frozen=True):
    """A call of an endpoint that the registry does not have."""

    query: Annotated[Mapping[str, str] | None, Query("*")] = None
    body: Annotated[Mapping[str, Any] | None, At("")] = None

    @classmethod
    def read(cls, body: Any) -> Any:
        return body


@cache
def _plain(method: Literal["GET", "POST"], path: str, host: Host) -> type[_Plain]:
    if not _PATH.fullmatch(path):
        raise UsageError(
            "request", "the path is none of the platform's", 'begin it with one "/"; what follows "?" goes into query='
        )

    class Plain(_Plain, frozen=True):
        spec = Spec(method, path, "", host, idempotent=method == "GET")

    return Plain


def token_key(request: TokenRequest, account: Account) -> str:
    """Under which key a kind of token is kept. WeCom has one a secret, of which the key shows a hash.

    >>> from jianwei.settings import Secret
    >>> from jianwei.wechat.endpoints.tokens import StableToken
    >>> from jianwei.wechat.hosts import Hosts
    >>> token_key(StableToken(), Account("wx1", Secret("s"), Hosts()))
    'wx1/stable_token'
    """
    name = request.spec.path.rsplit("/", 1)[1]
    if request.spec.host is Host.WECOM:
        name += "/" + sha256(account.secret.reveal().encode()).hexdigest()[:12]
    return f"{account.app_id}/{name}"


class SyncDriver:
    """Drives calls at once."""

    def __init__(
        self,
        account: Account,
        token_request: TokenRequest | None,
        *,
        tokens: TokenStore | None,
        policy: Policy,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.account, self.policy = account, policy
        self._http = sync_http(policy, transport)
        self._now, self._sleep = now, sleep
        self._keeper = None
        if token_request is not None:
            store = MemoryTokens() if tokens is None else tokens
            key = token_key(token_request, account)
            self._keeper = TokenKeeper(store, key, lambda: self._issue(token_request), now)

    def _issue(self, request: TokenRequest) -> Issued:
        issued = self.call(request)
        return Issued(issued.access_token, issued.expires_in)

    def call(self, request: Request[R], /) -> R:
        """Make one call of any endpoint.

        Raises:
            ApiError: the platform refused; its subclasses say what to do.
            TransportError: no answer came.
            AnswerError: the answer is not what the endpoint is documented to answer.
        """
        return drive(perform(request, self.account, self.policy, int(self._now() * 1_000_000)), self._step)

    def _step(self, step: NeedToken | Send | Wait) -> Any:
        match step:
            case NeedToken(refused):
                return self.token(refused)
            case Send(out):
                return send(self._http, out, self.policy)
            case Wait(seconds):
                return self._sleep(seconds)

    def token(self, refused: str | None = None) -> str:
        """A valid access token, for calls that this client does not make; `refused` names one that was just refused."""
        return self.keeper.token(refused)

    @property
    def keeper(self) -> TokenKeeper:
        """Keeps the access token."""
        if self._keeper is None:
            raise WeChatError("client", "has no access token of its own", "give it the secret of an account")
        return self._keeper

    def run(self, steps: Flow[R], /) -> R:
        """Make the calls of a flow."""
        return drive(steps, lambda step: self._sleep(step.seconds) if isinstance(step, Pause) else self.call(step))

    def iterate(self, request: Paged[Any, T], /) -> Iterator[T]:
        """The rows of all pages, each fetched when it is reached."""
        following: Paged[Any, T] | None = request
        while following is not None:
            page = self.call(following)
            yield from following.rows(page)
            following = following.following(page)

    def request(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        host: Host = Host.API,
    ) -> Any:
        """Call an endpoint that the registry does not have, with token, retries and errors like all others; returns its JSON.

        Args:
            path: as in "/cgi-bin/tags/get": no host, no query.
        """
        return self.call(_plain(method, path, host)(query, json))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncDriver:
    """Drives calls in an event loop. Tokens are fetched in a thread: rarely, and their stores may block."""

    def __init__(
        self,
        account: Account,
        token_request: TokenRequest | None,
        *,
        tokens: TokenStore | None,
        policy: Policy,
        transport: httpx.AsyncBaseTransport | None = None,
        token_transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.account, self.policy = account, policy
        self._http = async_http(policy, transport)
        self._now = now
        self._tokens = SyncDriver(
            account, token_request, tokens=tokens, policy=policy, transport=token_transport, now=now
        )
        self._one = asyncio.Lock()

    async def call(self, request: Request[R], /) -> R:
        """Make one call of any endpoint; raises as `Client.call` does."""
        return await drive_async(perform(request, self.account, self.policy, int(self._now() * 1_000_000)), self._step)

    async def _step(self, step: NeedToken | Send | Wait) -> Any:
        match step:
            case NeedToken(refused):
                return await self.token(refused)
            case Send(out):
                return await send_async(self._http, out, self.policy)
            case Wait(seconds):
                return await asyncio.sleep(seconds)

    async def token(self, refused: str | None = None) -> str:
        """A valid access token; see `Client.token`."""
        keeper = self._tokens.keeper
        if value := keeper.known(refused):
            return value
        async with self._one:
            return await asyncio.to_thread(keeper.token, refused)

    async def run(self, steps: Flow[R], /) -> R:
        """Make the calls of a flow."""
        return await drive_async(
            steps, lambda step: asyncio.sleep(step.seconds) if isinstance(step, Pause) else self.call(step)
        )

    async def iterate(self, request: Paged[Any, T], /) -> AsyncIterator[T]:
        """The rows of all pages, each fetched when it is reached."""
        following: Paged[Any, T] | None = request
        while following is not None:
            page = await self.call(following)
            for row in following.rows(page):
                yield row
            following = following.following(page)

    async def request(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        host: Host = Host.API,
    ) -> Any:
        """See `Client.request`."""
        return await self.call(_plain(method, path, host)(query, json))

    async def close(self) -> None:
        """Close the connections."""
        self._tokens.close()
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
