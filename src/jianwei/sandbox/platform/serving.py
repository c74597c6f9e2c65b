"""From a call on the wire to a handler and back: who is calling, whether they may, what they asked, what they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from jianwei.sandbox.platform.history import Call, History, new_rid
from jianwei.sandbox.platform.world import App, Platform, Refusal, Visit
from jianwei.wechat.codes import QUOTAS, code_of
from jianwei.wechat.endpoints.tags import OpenidPage, Openids
from jianwei.wechat.request import Auth, Download, Host, Request
from jianwei.wechat.wire import UnwireError, Wire, unwire

__all__ = ["Answer", "Handler", "Router", "limit_of", "openid_page"]

Handler: TypeAlias = Callable[[Visit, Any], Any]
"""(visit, request) → its answer, of the type that the endpoint declares; raises `Refusal`."""

PAGE = 10_000
UNLISTED = 10_000_000
"""Calls a day of an endpoint of whose quota the platform's documentation says nothing."""
MISSING = {
    "openid": 41009,
    "code": 41008,
    "js_code": 41008,
    "refresh_token": 41003,
    "media_id": 41006,
    "access_token": 41001,
}
"""Codes for fields that are missing; 40035 for all others."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: JSON where `json` is given, bytes otherwise."""

    json: Any = None
    content: bytes = b""
    media_type: str = "application/json"
    name: str = ""
    status: int = 200


def refused(code: int, message: str, rid: str) -> Answer:
    said = message or code_of(code).meaning
    return Answer({"errcode": code, "errmsg": f"{said} rid: {rid}"})


def openid_page(openids: Sequence[str], after: str | None, *, total: bool = False, size: int = PAGE) -> OpenidPage:
    """One page of openids after `after`, as the platform pages: the last openid of a page leads to the next.

    Raises:
        Refusal: 40003, `after` is none of them.
    """
    begin = 0
    if after:
        if after not in openids:
            raise Refusal(40003, "invalid openid")
        begin = openids.index(after) + 1
    page = list(openids[begin : begin + size])
    return OpenidPage(len(page), page[-1] if page else "", len(openids) if total else None, Openids(page))


@dataclass(frozen=True, slots=True)
class Router:
    """Endpoints and their handlers by host, method and path."""

    handlers: Mapping[type[Request[Any]], Handler]
    routes: dict[tuple[Host, str, str], type[Request[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind in self.handlers:
            self.routes[kind.spec.host, kind.spec.method, kind.spec.path] = kind

    def find(self, host: Host, method: str, path: str) -> type[Request[Any]]:
        """The endpoint.

        Raises:
            Refusal: 43001 or 43002 where it is asked by the other method, 40066 where there is none.
        """
        hosts = (Host.WECOM,) if host is Host.WECOM else (Host.API, Host.OPEN, Host.MP)
        for one in hosts:
            if kind := self.routes.get((one, method, path)):
                return kind
            other = "GET" if method == "POST" else "POST"
            if (one, other, path) in self.routes:
                raise Refusal(43001 if other == "GET" else 43002, f"require {other} method")
        raise Refusal(40066, "invalid url")

    def answer(
        self,
        platform: Platform,
        kind: type[Request[Any]],
        sent: Wire,
        *,
        address: str = "127.0.0.1",
        base_url: str = "",
    ) -> Answer:
        """Serve one call."""
        now = platform.clock.now()
        rid = new_rid(platform, now)
        app = None
        try:
            app = caller(platform, kind, sent, now)
            _count(app, kind)
            visit = Visit(platform, app, int(now), address, base_url)
            result = self.handlers[kind](visit, unwire(kind, sent))
        except Refusal as refusal:
            return self._refused(platform, app, kind, sent, rid, now, address, refusal)
        except UnwireError as error:
            code = 40035 if sent.json is not None or kind.spec.method == "GET" else 47001
            code = MISSING.get(error.field, code) if error.what.endswith("is missing") else code
            return self._refused(platform, app, kind, sent, rid, now, address, Refusal(code, error.what))
        if isinstance(result, Download):
            return Answer(None, result.content, result.media_type, result.name)
        body = kind.write(result)
        return Answer({"errcode": 0, "errmsg": "ok"} if result is None else body)

    def _refused(
        self,
        platform: Platform,
        app: App | None,
        kind: type[Request[Any]],
        sent: Wire,
        rid: str,
        now: float,
        address: str,
        refusal: Refusal,
    ) -> Answer:
        if kind.spec.public:
            return Answer(None, media_type="text/html", status=404)
        answer = refused(refusal.code, refusal.message, rid)
        account = "" if app is None or kind.spec.auth is Auth.NONE else app.app_id
        platform.of(History).keep(rid, Call(account, int(now), sent, answer.json, address))
        return answer


def caller(platform: Platform, kind: type[Request[Any]], sent: Wire, now: float) -> App:
    """The app that is calling, by its token or its secret.

    Raises:
        Refusal: with the code that the platform has for it.
    """
    from jianwei.sandbox.platform.areas.tokens import owner_of

    spec = kind.spec
    own = str((sent.json or sent.query).get(spec.own_id, "")) if spec.own_id else None
    if spec.auth is Auth.TOKEN:
        owner = owner_of(platform, sent.query.get("access_token", ""), now)
        if own is not None and own != owner.app_id:
            raise Refusal(40013, "invalid appid")
        return owner
    if own is not None:
        if not own:
            raise Refusal(41002, "appid missing")
        if own not in platform.apps:
            raise Refusal(40013, "invalid appid")
        return platform.apps[own]
    if spec.auth is Auth.NONE:
        return next(iter(platform.apps.values()))
    values: Mapping[str, Any] = sent.query if spec.auth is Auth.APP_QUERY else sent.json or {}
    app_id, secret = (str(values.get(name, "")) for name in spec.app_names)
    if not app_id:
        raise Refusal(41002, "appid missing")
    if not secret:
        raise Refusal(41004, "appsecret missing")
    for name, value in spec.fixed.items():
        if values.get(name) != value:
            raise Refusal(40002 if name == "grant_type" else 40035, f"invalid {name}")
    found = [app for app in platform.apps.values() if app.app_id.split("/")[0] == app_id]
    if not found:
        raise Refusal(40013, "invalid appid")
    for app in found:
        if app.secret == secret:
            return app
    raise Refusal(40125, "invalid appsecret")


def _count(app: App, kind: type[Request[Any]]) -> None:
    name, limit = limit_of(app, kind)
    if app.used[name] >= limit:
        raise Refusal(45009, "reach max api daily quota limit")
    app.used[name] += 1


def limit_of(app: App, kind: type[Request[Any]]) -> tuple[str, int]:
    """Under which name calls of an endpoint are counted in `App.used`, and how many there may be in a day."""
    name = kind.spec.quota
    if not name:
        return kind.spec.path, UNLISTED
    return name, QUOTAS[name].test if app.kind == "test" else QUOTAS[name].daily
