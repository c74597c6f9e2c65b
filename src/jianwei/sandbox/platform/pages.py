"""Where people log in: the pages of open.weixin.qq.com to which a browser is sent, with a choice of who it is that logs in.

For tests, `_as` (an openid) and `_agree` (1 or 0) in the query choose at once; `_snapshot=1` makes the visitor one who only sees a
snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from jianwei.sandbox.platform.html import language_of, page, redirect
from jianwei.sandbox.platform.reading import Asked
from jianwei.sandbox.platform.serving import Answer
from jianwei.sandbox.platform.world import App, Follower, Platform

__all__ = ["log_in"]

SHOWN = 30
_SCOPES = {
    "/connect/oauth2/authorize": ("snsapi_base", "snsapi_userinfo"),
    "/connect/qrconnect": ("snsapi_login",),
}
_CORP_SCOPES = ("snsapi_base", "snsapi_privateinfo")
_NEEDED = (("appid", 10012), ("redirect_uri", 10011), ("scope", 10010))
"""Parameters that must be there, and the platform's number for the page that says they are not."""


def log_in(platform: Platform, request: Asked) -> Answer:
    """The page for a browser that was sent to log in; a redirect once it is known who it is and whether they agree."""
    if request.method != "GET" or request.path not in _SCOPES:
        return page("refused", request, status=404, code=404)
    query = request.query
    app = _app(platform, query.get("appid", ""), query.get("agentid", ""))
    code = _problem(request, app)
    if code or app is None:
        return page("refused", request, status=400, code=code)
    scope = query["scope"]
    with platform.lock:
        people = [one for one in app.followers.values() if not one.blacklisted]
        person = _chosen(query.get("_as", ""), people)
        if scope == "snsapi_base" and person is None and people:
            person = people[0]
        agrees = query.get("_agree", "1" if scope == "snsapi_base" else "")
        if agrees == "0":
            return redirect(_with(query["redirect_uri"], {"state": query.get("state", "")}))
        if agrees == "1" and person is not None:
            back = {"code": _code(platform, app, person, request), "state": query.get("state", "")}
            return redirect(_with(query["redirect_uri"], back))
    return _choice(request, app, scope, people)


def _app(platform: Platform, app_id: str, agent_id: str) -> App | None:
    if app_id in platform.apps:
        return platform.apps[app_id]
    of_corp = [app for app in platform.apps.values() if app.app_id.split("/")[0] == app_id]
    named = [app for app in of_corp if app.app_id.partition("/")[2] == agent_id]
    return next(iter(named or of_corp), None)


def _problem(request: Asked, app: App | None) -> int:
    """The platform's number of what is wrong with the address that the browser was sent to; 0 where nothing is."""
    query = request.query
    for name, code in _NEEDED:
        if not query.get(name):
            return code
    scopes = _SCOPES[request.path]
    if app is None or app.kind in ("miniprogram", "component"):
        return 10012
    if app.kind == "website" and request.path != "/connect/qrconnect":
        return 10016
    if app.kind == "wecom":
        scopes = _CORP_SCOPES
    may = app.kind in ("website", "wecom") or (app.kind in ("service", "test") and app.verified)
    if query["scope"] not in scopes or not may or (request.path == "/connect/qrconnect" and app.kind != "website"):
        return 10005
    if app.frozen:
        return 10004
    if query.get("response_type") != "code" or len(query.get("state", "")) > 128:
        return 10003 if query.get("response_type") == "code" else 10005
    return 0 if _may_return(app, query["redirect_uri"]) else 10003


def _may_return(app: App, address: str) -> bool:
    try:
        target = urlsplit(address)
        port = target.port
    except ValueError:
        return False
    if target.scheme not in ("http", "https") or not target.hostname or "@" in target.netloc:
        return False
    known = (target.hostname, f"{target.hostname}:{port}")
    return app.domains is None or any(domain in known for domain in app.domains)


def _chosen(openid: str, people: Sequence[Follower]) -> Follower | None:
    return next((one for one in people if one.openid == openid), None)


def _code(platform: Platform, app: App, person: Follower, request: Asked) -> str:
    from jianwei.sandbox.platform.areas.logins import issue_code

    if app.kind == "wecom":
        from jianwei.sandbox.platform.corp import Corps
        from jianwei.wechat.endpoints.wecom_members import Visitor

        ticket = platform.name(43) if request.query["scope"] == "snsapi_privateinfo" else ""
        visitor = Visitor(person.openid, user_ticket=ticket)
        return platform.of(Corps)[app.app_id.split("/")[0]].code(platform, visitor)
    snapshot, scope = request.query.get("_snapshot") == "1", request.query["scope"]
    return issue_code(platform, app, person.openid, scope, request.query["redirect_uri"], snapshot=snapshot)


def _with(address: str, more: dict[str, str]) -> str:
    """An address with more in its query, its fragment kept at the end.

    >>> _with("http://a.example/back?x=1#top", {"code": "C", "state": "S"})
    'http://a.example/back?x=1&code=C&state=S#top'
    """
    target = urlsplit(address)
    query = "&".join(filter(None, (target.query, urlencode(more))))
    return target._replace(query=query).geturl()


def _choice(request: Asked, app: App, scope: str, people: Sequence[Follower]) -> Answer:
    wanted = request.query.get("_q", "").strip()
    found = [one for one in people if wanted.lower() in one.nickname.lower() or wanted == one.openid]
    kept = [(name, value) for name, value in request.query.items() if not name.startswith("_")]
    other = "zh_CN" if language_of(request) == "en" else "en"
    switch = urlencode([(name, value) for name, value in kept if name != "lang"] + [("lang", other)])
    return page(
        "login", request, app=app, scope=scope, people=found[:SHOWN], more=max(0, len(found) - SHOWN), wanted=wanted, kept=kept,
        switch=switch,
    )  # fmt: skip
