"""From a call on the wire to a handler and back: who is calling, whether they may, what they asked, what they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from jianwei.sandbox.platform.history import Call, History, new_rid
from jianwei.sandbox.platform.limits import admit, limit_of
from jianwei.sandbox.platform.world import App, Platform, Refusal, Visit
from jianwei.wechat.codes import code_of
from jianwei.wechat.endpoints.tags import OpenidPage, Openids
from jianwei.wechat.request import Auth, Download, Host, Request, Spec
from jianwei.wechat.wire import UnwireError, Wire, unwire

__all__ = ["Answer", "Handler", "Router", "caller", "limit_of", "openid_page", "refused"]

Handler: TypeAlias = Callable[[Visit, Any], Any]
"""(visit, request) → its answer, of the type that the endpoint declares; raises `Refusal`."""

PAGE = 10_000
CODE_AS_TEXT = frozenset({"/cgi-bin/media/voice/addvoicetorecofortext"})
"""Endpoints whose errcode comes as text."""
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
    headers: tuple[tuple[str, str], ...] = ()


def refused(code: int, message: str, rid: str) -> Answer:
    """The answer of a call that is refused; an empty message stands for the code's meaning."""
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
    count = len(openids) if total else None
    return OpenidPage(len(page), page[-1], count, Openids(page)) if page else OpenidPage(total=count)


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
        with platform.lock:
            now = platform.clock.now()
            visit = Visit(platform, _NOBODY, int(now), address, base_url)
            try:
                app = caller(platform, kind, sent, now)
                visit = replace(visit, app=app)
                if app is not _NOBODY and kind.spec.auth is not Auth.NONE:
                    admit(app, kind, address, now)
                return _given(kind, self.handlers[kind](visit, unwire(kind, sent)))
            except Refusal as refusal:
                return _refused(visit, kind, sent, refusal)
            except UnwireError as error:
                return _refused(visit, kind, sent, Refusal(_code_of(kind, sent, error), error.what))


_NOBODY = App("", "", "service")
"""Who calls where nobody is known to be calling."""


def _given(kind: type[Request[Any]], result: Any) -> Answer:
    if isinstance(result, Download):
        return Answer(None, result.content, result.media_type, result.name)
    body = {"errcode": 0, "errmsg": "ok"} if result is None else kind.write(result)
    if kind.spec.path in CODE_AS_TEXT and isinstance(body, dict):
        body = {"errmsg": "ok", **body, "errcode": "0"}
    return Answer(body)


def _code_of(kind: type[Request[Any]], sent: Wire, error: UnwireError) -> int:
    if error.field in kind.spec.wrong:
        return kind.spec.wrong[error.field]
    if error.what.endswith("is missing") and error.field in MISSING:
        return MISSING[error.field]
    return 40035 if sent.json is not None or kind.spec.method == "GET" else 47001


def _refused(visit: Visit, kind: type[Request[Any]], sent: Wire, refusal: Refusal) -> Answer:
    if kind.spec.public:
        return Answer(None, media_type="text/html", status=404)
    rid = new_rid(visit.platform, visit.now)
    answer = refused(refusal.code, refusal.message, rid)
    account = "" if kind.spec.auth is Auth.NONE else visit.app.app_id
    visit.platform.of(History).keep(rid, Call(account, visit.now, sent, answer.json, visit.address))
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
        _check_fixed(spec, sent.json or sent.query)
        return platform.apps[own]
    if spec.auth is Auth.NONE:
        named = platform.apps.get(sent.query.get("appid", ""))
        return named or next(iter(platform.apps.values()), _NOBODY)
    body = sent.json or {}
    values: Mapping[str, Any] = {**body, **sent.query} if spec.auth is Auth.APP_QUERY else body
    app_id, secret = (str(values.get(name, "")) for name in spec.app_names)
    if not app_id:
        raise Refusal(41002, "appid missing")
    if not secret:
        raise Refusal(41004, "appsecret missing")
    _check_fixed(spec, values)
    found = [app for app in platform.apps.values() if app.app_id.split("/")[0] == app_id]
    if not found:
        raise Refusal(40013, "invalid appid")
    for app in found:
        if app.secret == secret:
            return app
    if spec.host is Host.WECOM:
        raise Refusal(40001, "invalid credential")
    raise Refusal(40125, "invalid appsecret")


def _check_fixed(spec: Spec, values: Mapping[str, Any]) -> None:
    for name, value in spec.fixed.items():
        if values.get(name) != value:
            raise Refusal(40002 if name == "grant_type" else 40035, f"invalid {name}")
