"""Log-ins: codes that serve once, people's tokens and how they are renewed, sessions of mini-programs."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import App, Platform, Refusal, Visit
from jianwei.wechat.endpoints import logins as api

__all__ = ["HANDLERS", "LoginBook", "UserGrant", "issue_code", "issue_js_code"]

CODE_LIFE, WEBSITE_CODE_LIFE, JS_CODE_LIFE = 300, 600, 300
TOKEN_LIFE, REFRESH_LIFE = 7_200, 30 * 86_400
SESSIONS_A_MINUTE = 100
WITH_PROFILE = {"snsapi_userinfo", "snsapi_login"}


@dataclass(slots=True)
class UserGrant:
    """What one person granted; times are seconds since the epoch."""

    openid: str
    scope: str
    snapshot: bool = False
    access_token: str = ""
    ends: float = 0.0
    refresh_token: str = ""
    refresh_ends: float = 0.0

    @property
    def with_profile(self) -> bool:
        return bool(WITH_PROFILE & set(self.scope.split(",")))


@dataclass(slots=True)
class Code:
    """A code that the person's browser carries to the app."""

    grant: UserGrant
    redirect: str
    ends: float
    used: bool = False


@dataclass(slots=True)
class LoginBook:
    """Log-ins of an app. `risky` holds openids whose sessions are refused."""

    codes: dict[str, Code] = field(default_factory=dict)
    js_codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, UserGrant] = field(default_factory=dict)
    refreshes: dict[str, UserGrant] = field(default_factory=dict)
    risky: set[str] = field(default_factory=set)
    sessions: dict[str, str] = field(default_factory=dict)
    asked: dict[str, list[int]] = field(default_factory=dict)


def issue_code(
    platform: Platform, app: App, openid: str, scope: str, redirect: str = "", *, snapshot: bool = False
) -> str:
    """A code for a person who consented, as the log-in page hands it to the browser.

    Args:
        scope: scopes joined by commas.
        redirect: the address that it was sent to.
        snapshot: the person only looks at a snapshot of the page: a stand-in logs in.
    """
    code = platform.name(32)
    ends = platform.clock.now() + (WEBSITE_CODE_LIFE if app.kind == "website" else CODE_LIFE)
    app.of(LoginBook).codes[code] = Code(UserGrant(openid, scope, snapshot), redirect, ends)
    return code


def issue_js_code(platform: Platform, app: App, openid: str) -> str:
    """A code as `wx.login()` gives it to the page of a mini-program."""
    code = platform.name(32)
    ends = platform.clock.now() + JS_CODE_LIFE
    app.of(LoginBook).js_codes[code] = Code(UserGrant(openid, ""), "", ends)
    return code


def _spent(codes: Mapping[str, Code], code: str, now: float) -> UserGrant:
    if not code:
        raise Refusal(41008, "missing code")
    if code not in codes:
        raise Refusal(40029, "invalid code")
    found = codes[code]
    if found.used:
        raise Refusal(40163, "code been used")
    if found.ends <= now:
        raise Refusal(42003, "code expired")
    found.used = True
    return found.grant


def _union_id(app: App, openid: str) -> str | None:
    met = app.followers.get(openid)
    return met.union_id if met else None


def _told(app: App, grant: UserGrant, now: float) -> api.UserTokens:
    return api.UserTokens(
        grant.access_token,
        grant.openid,
        int(grant.ends - now),
        grant.refresh_token,
        grant.scope,
        _union_id(app, grant.openid) if grant.with_profile and not grant.snapshot else None,
        int(grant.snapshot),
    )


def _new_token(platform: Platform, book: LoginBook, grant: UserGrant, now: float) -> None:
    grant.access_token, grant.ends = f"{platform.number(2)}_{platform.name(86)}", now + TOKEN_LIFE
    book.tokens[grant.access_token] = grant


def exchange(visit: Visit, call: api.UserToken) -> api.UserTokens:
    book = visit.app.of(LoginBook)
    grant = _spent(book.codes, call.code, visit.now)
    _new_token(visit.platform, book, grant, visit.now)
    grant.refresh_token = f"{visit.platform.number(2)}_{visit.platform.name(86)}"
    grant.refresh_ends = visit.now + REFRESH_LIFE
    book.refreshes[grant.refresh_token] = grant
    return _told(visit.app, grant, visit.now)


def refresh(visit: Visit, call: api.RefreshUserToken) -> api.UserTokens:
    book = visit.app.of(LoginBook)
    if not call.refresh_token:
        raise Refusal(41003, "missing refresh_token")
    grant = book.refreshes.get(call.refresh_token)
    if grant is None:
        raise Refusal(40030, "invalid refresh_token")
    if grant.refresh_ends <= visit.now:
        raise Refusal(42002, "refresh_token expired")
    if grant.ends > visit.now:
        grant.ends = visit.now + TOKEN_LIFE
    else:
        _new_token(visit.platform, book, grant, visit.now)
    return _told(visit.app, grant, visit.now)


def _granted(platform: Platform, token: str, openid: str, now: float) -> tuple[App, UserGrant]:
    """The app and grant of a person's token, wherever it was issued: the call names no app."""
    if not token:
        raise Refusal(41001, "access_token missing")
    for app in platform.apps.values():
        grant = app.of(LoginBook).tokens.get(token)
        if grant is None:
            continue
        if grant.access_token != token or grant.ends <= now:
            raise Refusal(42001, "access_token expired")
        if grant.openid != openid:
            raise Refusal(40003, "invalid openid")
        return app, grant
    raise Refusal(40001, "invalid credential, access_token is invalid or not latest")


def profile(visit: Visit, call: api.UserProfile) -> api.Profile:
    app, grant = _granted(visit.platform, call.access_token, call.openid, visit.now)
    if not grant.with_profile:
        raise Refusal(48001, "api unauthorized")
    if grant.snapshot:
        return api.Profile(grant.openid, "微信用户", is_snapshotuser=1)
    met = app.followers.get(grant.openid)
    name = met.nickname if met else "微信用户"
    return api.Profile(grant.openid, name, unionid=_union_id(app, grant.openid))


def check(visit: Visit, call: api.CheckUserToken) -> None:
    _granted(visit.platform, call.access_token, call.openid, visit.now)


def session(visit: Visit, call: api.MiniProgramSession) -> api.JsSession:
    book = visit.app.of(LoginBook)
    known = book.js_codes.get(call.js_code)
    if known is not None:
        openid, minute = known.grant.openid, visit.now // 60
        recent = [at for at in book.asked.get(openid, ()) if at // 60 == minute]
        if len(recent) >= SESSIONS_A_MINUTE:
            raise Refusal(45011, "api minute-quota reach limit")
        book.asked[openid] = [*recent, visit.now]
    grant = _spent(book.js_codes, call.js_code, visit.now)
    if grant.openid in book.risky:
        raise Refusal(40226, "code blocked")
    if grant.openid not in book.sessions:
        book.sessions[grant.openid] = base64.b64encode(visit.platform.number(38).to_bytes(16, "big")).decode()
    return api.JsSession(grant.openid, book.sessions[grant.openid], _union_id(visit.app, grant.openid))


HANDLERS: Mapping[type, Handler] = {
    api.UserToken: exchange,
    api.RefreshUserToken: refresh,
    api.UserProfile: profile,
    api.CheckUserToken: check,
    api.MiniProgramSession: session,
}
