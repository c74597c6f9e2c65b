"""Log-in with WeChat, without a web framework: where to send the visitor, and what to do when they come back.

Three flows, each with its own kind of app: pages inside WeChat (an official account), the QR code on a website (a website application of
the open platform), pages inside WeCom (an application of a corp). A wrong scope, or the scope of another kind, is refused before anybody
is sent away.

    login = Login(LoginApp("wx0123456789abcdef", "secret", "official"))
    redirect = login.start(session, "snsapi_userinfo", "https://shop.example/callback", next="/orders")   # send the visitor there
    person = login.finish(query_of_the_callback, session)                                          # person.openid, person.profile

The state is random, used once, ends after ten minutes and belongs to the visitor's session, so that nobody can be logged in by a link that
somebody else prepared. Source: the platform's documentation of web authorisation.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Generator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any, Generic, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from jianwei.wechat._base import Grant, Grants, LoginStates, PendingLogin
from jianwei.wechat.client import AsyncClient, AsyncWeComClient, Client, WeComClient
from jianwei.wechat.endpoints.logins import Profile, RefreshUserToken, UserProfile, UserToken, UserTokens
from jianwei.wechat.endpoints.wecom_members import LogMemberIn, Visitor
from jianwei.wechat.errors import ApiError
from jianwei.wechat.oauth_app import (
    SCOPES,
    LoggedIn,
    LoginApp,
    LoginError,
    LoginExpiredError,
    LoginKind,
    LoginRefusedError,
    Redirect,
    authorize_url,
    safe_next,
)
from jianwei.wechat.oauth_memory import MemoryGrants, MemoryLoginStates
from jianwei.wechat.request import Request
from jianwei.wechat.steps import drive, drive_async

__all__ = [
    "SCOPES",
    "AsyncLogin",
    "LoggedIn",
    "Login",
    "LoginApp",
    "LoginError",
    "LoginExpiredError",
    "LoginKind",
    "LoginRefusedError",
    "Redirect",
    "authorize_url",
    "safe_next",
]

R = TypeVar("R")
L = TypeVar("L")
STATE_US = 600_000_000
MARGIN_US = 300_000_000
REFRESH_US = 30 * 86_400_000_000
"""A refresh token lives for 30 days."""

_CODE_ENDED = (40029, 40163, 41008, 42003)
_GRANT_ENDED = (40030, 41003, 42002, 42007)
_TOKEN_ENDED = (40001, 40014, 42001)


Step: TypeAlias = Request[Any] | Callable[[], Any]
"""A call of the platform, or something that may block (a store)."""
Steps: TypeAlias = Generator[Step, Any, R]


class _Core:
    """The steps of log-ins; `Login` and `AsyncLogin` take them."""

    def __init__(
        self, app: LoginApp, states: LoginStates | None, grants: Grants | None, now: Callable[[], float]
    ) -> None:
        self.app = app
        self.states: LoginStates = MemoryLoginStates() if states is None else states
        self.grants: Grants = MemoryGrants() if grants is None else grants
        self._now = now

    def now_us(self) -> int:
        return int(self._now() * 1_000_000)

    def start(self, session: str, scope: str, redirect_uri: str, next: str) -> Steps[Redirect]:
        if not session:
            raise LoginError("log-in", "the visitor has no session", "give them a cookie first")
        state, ends = secrets.token_hex(32), self.now_us() + STATE_US
        url = authorize_url(self.app, scope, redirect_uri, state)
        pending = PendingLogin(self.app.app_id, scope, _owner(session), safe_next(next), ends)
        yield partial(self.states.put, state, pending)
        return Redirect(url, state, ends)

    def finish(self, query: Mapping[str, str], session: str) -> Steps[LoggedIn]:
        state, now = query.get("state", ""), self.now_us()
        pending: PendingLogin | None = None
        if state.isascii() and state.isalnum() and len(state) <= 128:
            pending = yield partial(self.states.take, state, now)
        if pending is None:
            raise LoginError(
                "log-in", "it was not begun here, is finished already, or took too long", "begin it once more"
            )
        same = hmac.compare_digest(pending.session, _owner(session))
        if not same or pending.app_id != self.app.app_id:
            raise LoginError("log-in", "it was begun by another visitor", "begin it in this browser")
        code = query.get("code", "")
        if not code or code == "authdeny":
            raise LoginRefusedError("log-in", "the person did not consent", "ask again, or go on without a log-in")
        try:
            if self.app.kind == "wecom":
                return (yield from self._corp(code, pending))
            return (yield from self._exchange(code, pending, now))
        except ApiError as error:
            if error.code in _CODE_ENDED:
                raise LoginExpiredError(
                    "log-in", f"the code has ended or was used before [{error.code}]", "begin it once more"
                ) from None
            raise

    def _exchange(self, code: str, pending: PendingLogin, now: int) -> Steps[LoggedIn]:
        tokens: UserTokens = yield UserToken(code)
        profile: Profile | None = None
        if {"snsapi_userinfo", "snsapi_login"} & set(tokens.scope.split(",")):
            profile = yield UserProfile(tokens.access_token, tokens.openid)
        union_id = tokens.unionid or (profile.unionid if profile else None) or None
        grant = Grant(
            self.app.app_id, tokens.openid, union_id, tokens.scope, tokens.access_token,
            now + tokens.expires_in * 1_000_000, tokens.refresh_token, now + REFRESH_US,
        )  # fmt: skip
        snapshot = bool(tokens.is_snapshotuser)
        if not snapshot:
            yield partial(self.grants.put, grant)
        return LoggedIn(tokens.openid, union_id, profile, grant, pending.next, snapshot)

    def _corp(self, code: str, pending: PendingLogin) -> Steps[LoggedIn]:
        visitor: Visitor = yield LogMemberIn(code)
        return LoggedIn(visitor.userid or visitor.external_userid or visitor.openid, None, None, None, pending.next)

    def valid(self, openid: str) -> Steps[Grant]:
        grant: Grant = yield from self._kept(openid)
        if grant.expires_us - MARGIN_US > self.now_us():
            return grant
        return (yield from self._refreshed(grant))

    def refresh(self, openid: str) -> Steps[Grant]:
        grant = yield from self._kept(openid)
        return (yield from self._refreshed(grant))

    def profile(self, openid: str) -> Steps[Profile]:
        grant = yield from self.valid(openid)
        try:
            return (yield from self._profile(grant))
        except ApiError as error:
            if error.code not in _TOKEN_ENDED:
                raise
        # It ended before its time (the person changed the password, say): one renewal, and no second one.
        grant = yield from self._refreshed(grant)
        try:
            return (yield from self._profile(grant))
        except ApiError as error:
            if error.code not in _TOKEN_ENDED:
                raise
            raise _ended(error) from None

    def _profile(self, grant: Grant) -> Steps[Profile]:
        found: Profile = yield UserProfile(grant.access_token, grant.openid)
        return found

    def forget(self, openid: str) -> Steps[None]:
        yield partial(self.grants.remove, self.app.app_id, openid)

    def _kept(self, openid: str) -> Steps[Grant]:
        grant: Grant | None = yield partial(self.grants.get, self.app.app_id, openid)
        if grant is None:
            raise LoginExpiredError("log-in", "this person has granted nothing", "let them log in")
        return grant

    def _refreshed(self, grant: Grant) -> Steps[Grant]:
        now = self.now_us()
        if grant.refresh_expires_us <= now:
            raise LoginExpiredError("log-in", "what the person granted has ended", "let them log in again")
        try:
            tokens: UserTokens = yield RefreshUserToken(grant.refresh_token)
        except ApiError as error:
            if error.code not in _GRANT_ENDED:
                raise
            kept: Grant | None = yield partial(self.grants.get, grant.app_id, grant.openid)
            if kept is not None and kept.refresh_token == grant.refresh_token:
                yield partial(self.grants.remove, grant.app_id, grant.openid)
            raise _ended(error) from None
        # Prolonging the access token does not prolong the refresh token, unless a new one came.
        same = tokens.refresh_token == grant.refresh_token
        renewed = Grant(
            grant.app_id, grant.openid, grant.union_id or tokens.unionid or None, tokens.scope or grant.scope,
            tokens.access_token, now + tokens.expires_in * 1_000_000, tokens.refresh_token,
            grant.refresh_expires_us if same else now + REFRESH_US,
        )  # fmt: skip
        yield partial(self.grants.put, renewed)
        return renewed


def _ended(error: ApiError) -> LoginExpiredError:
    what = f"the platform no longer honours what the person granted [{error.code}]"
    return LoginExpiredError("log-in", what, "let them log in again")


def _owner(session: str) -> str:
    """The session as it is kept beside the state: whoever reads the store cannot become the visitor."""
    return sha256(session.encode("utf-8", "replace")).hexdigest()


class _Turns(Generic[L]):
    """A lock for each person, for as long as somebody holds or awaits it: two renewals at a time would void each other's tokens."""

    def __init__(self, make: Callable[[], L]) -> None:
        self._make = make
        self._mutex = threading.Lock()
        self._locks: WeakValueDictionary[str, L] = WeakValueDictionary()

    def of(self, openid: str) -> L:
        with self._mutex:
            lock = self._locks.get(openid)
            if lock is None:
                lock = self._locks[openid] = self._make()
            return lock


class Login:
    """Log-ins of one app. May be used by many threads: a person's tokens are renewed once for all of them.

    Args:
        app: the app.
        states: where pending log-ins are kept; default: in memory, which does for one process.
        grants: where people's tokens are kept; default: in memory.
        client: a client of the same app; default: one of its own.
        now: seconds since the epoch.
    """

    def __init__(
        self,
        app: LoginApp,
        states: LoginStates | None = None,
        grants: Grants | None = None,
        client: Client | WeComClient | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        kind = WeComClient if app.kind == "wecom" else Client
        self.client: Client | WeComClient = client or kind(app.app_id, app.secret, hosts=app.hosts)
        self.app = app
        self._core = _Core(app, states, grants, now)
        self._turns = _Turns(threading.Lock)

    def start(self, session: str, scope: str, redirect_uri: str, *, next: str = "/") -> Redirect:
        """Where to send a visitor.

        Args:
            session: what names their session on this site, kept in a cookie; they must come back with it.
            scope: see `SCOPES`.
            redirect_uri: absolute address of the callback.
            next: path on this site to go to afterwards.

        Raises:
            LoginError: the scope does not fit the app, or an address is unfit.
        """
        return self._take(self._core.start(session, scope, redirect_uri, next))

    def finish(self, query: Mapping[str, str], session: str) -> LoggedIn:
        """Who came back.

        Args:
            query: of the callback; "code" and "state" are read.
            session: as in `start`.

        Raises:
            LoginError: the state is not this visitor's; nothing was asked of the platform.
            LoginRefusedError: the person did not consent.
            LoginExpiredError: the code was used or has ended.
            WeChatError: the platform could not be asked, or refused otherwise.
        """
        return self._take(self._core.finish(query, session))

    def valid(self, openid: str) -> Grant:
        """A person's tokens, renewed if they end within five minutes.

        Raises:
            LoginExpiredError: they must log in again.
        """
        with self._turns.of(openid):
            return self._take(self._core.valid(openid))

    def refresh(self, openid: str) -> Grant:
        """A person's tokens, renewed now; raises as `valid` does."""
        with self._turns.of(openid):
            return self._take(self._core.refresh(openid))

    def profile(self, openid: str) -> Profile:
        """A person's name and picture as they are now; raises as `valid` does."""
        with self._turns.of(openid):
            return self._take(self._core.profile(openid))

    def forget(self, openid: str) -> None:
        """Forget a person's tokens."""
        return self._take(self._core.forget(openid))

    def _take(self, steps: Steps[R]) -> R:
        return drive(steps, lambda step: self.client.call(step) if isinstance(step, Request) else step())


class AsyncLogin:
    """`Login` for event loops: the same methods, awaited. Stores are asked in a thread, so that the loop goes on."""

    def __init__(
        self,
        app: LoginApp,
        states: LoginStates | None = None,
        grants: Grants | None = None,
        client: AsyncClient | AsyncWeComClient | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        kind = AsyncWeComClient if app.kind == "wecom" else AsyncClient
        self.client: AsyncClient | AsyncWeComClient = client or kind(app.app_id, app.secret, hosts=app.hosts)
        self.app = app
        self._core = _Core(app, states, grants, now)
        self._turns = _Turns(asyncio.Lock)

    async def start(self, session: str, scope: str, redirect_uri: str, *, next: str = "/") -> Redirect:
        """See `Login.start`."""
        return await self._take(self._core.start(session, scope, redirect_uri, next))

    async def finish(self, query: Mapping[str, str], session: str) -> LoggedIn:
        """See `Login.finish`."""
        return await self._take(self._core.finish(query, session))

    async def valid(self, openid: str) -> Grant:
        """See `Login.valid`."""
        async with self._turns.of(openid):
            return await self._take(self._core.valid(openid))

    async def refresh(self, openid: str) -> Grant:
        """See `Login.refresh`."""
        async with self._turns.of(openid):
            return await self._take(self._core.refresh(openid))

    async def profile(self, openid: str) -> Profile:
        """See `Login.profile`."""
        async with self._turns.of(openid):
            return await self._take(self._core.profile(openid))

    async def forget(self, openid: str) -> None:
        """See `Login.forget`."""
        return await self._take(self._core.forget(openid))

    async def _take(self, steps: Steps[R]) -> R:
        return await drive_async(
            steps, lambda step: self.client.call(step) if isinstance(step, Request) else asyncio.to_thread(step)
        )
