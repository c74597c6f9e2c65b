"""Log-ins with WeChat, and pages with the JS-SDK.

GET  /login/<account>?next=/path[&scope=…]   sends the visitor to WeChat
GET  /login/<account>/callback               where WeChat sends them back to
GET  /login/<account>/done                   says who has logged in
GET  /session                                who is logged in, for scripts of the site
POST /logout
GET  /wechat/<account>/jssdk?url=…           what the page at `url` hands to wx.config
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import Cookie, State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from jianwei.errors import UsageError
from jianwei.web._site import Site
from jianwei.web.pages import page
from jianwei.web.sessions import LIFE_SECONDS, Session
from jianwei.wechat.oauth_app import SCOPES, LoginError

__all__ = ["COOKIE", "HANDLERS"]

COOKIE = "jianwei_session"

_FIRST = {"official": "snsapi_userinfo", "website": "snsapi_login", "wecom": "snsapi_base"}
"""What is asked for where the address does not say."""

_ADDRESS = "%:/?#[]@!$&'()*+,;=~"
"""What stands for itself in an address; a header takes nothing else but letters and digits."""

Asked = Request[Any, Any, State]


def _cookie(site: Site, session: Session | None) -> Cookie:
    """The visitor's cookie; None takes it away."""
    value, seconds = ("", 0) if session is None else (site.sessions.write(session), LIFE_SECONDS)
    secure = (site.public_url or "").startswith("https:")
    return Cookie(COOKIE, value=value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def _to(address: str, cookie: Cookie | None, status: int) -> Response[bytes]:
    return Response(
        b"",
        status_code=status,
        headers={"location": quote(address, safe=_ADDRESS)},
        cookies=[cookie] if cookie else [],
        media_type=MediaType.TEXT,
    )


def _here(site: Site, request: Asked) -> str:
    return site.public_url or str(request.base_url).rstrip("/")


@get("/login/{account:str}")
async def begin(
    request: Asked,
    account: FromPath[str],
    asked: Annotated[str | None, QueryParameter(name="scope")] = None,
    next: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Send a visitor to WeChat."""
    site: Site = request.app.state.site
    served = await site.accounts.find(account)
    if served.login is None:
        raise LoginError(
            f"account {account}",
            f"people cannot log in with an account of kind {served.account.kind!r}, or it has no secret",
            "use a service account, a website application or WeCom",
        )
    kind = served.login.app.kind
    wanted = asked or served.account.attrs.get("login_scope") or _FIRST[kind]
    if wanted not in SCOPES[kind]:
        raise LoginError(f"account {account}", f"cannot ask for {wanted!r}", f"ask for {' or '.join(SCOPES[kind])}")
    known = site.sessions.read(request.cookies.get(COOKIE))
    session = known or site.sessions.new()
    name = quote(account, safe="")
    redirect = await served.login.start(
        session.name, wanted, f"{_here(site, request)}/login/{name}/callback", next=next or f"/login/{name}/done"
    )
    return _to(redirect.url, None if known else _cookie(site, session), 302)


@get("/login/{account:str}/callback")
async def back(request: Asked, account: FromPath[str]) -> Response[bytes]:
    """A visitor comes back from WeChat."""
    site: Site = request.app.state.site
    served = await site.accounts.find(account)
    session = site.sessions.read(request.cookies.get(COOKIE))
    if served.login is None or session is None:
        raise LoginError("log-in", "it was not begun in this browser", "begin it here, and allow cookies")
    person = await served.login.finish(dict(request.query_params), session.name)
    if not person.snapshot:
        await site.record(served.account, person)
    shown = person.profile.nickname if person.profile else ""
    # A new name: whoever knew the session before the log-in does not share it afterwards.
    renewed = site.sessions.new(account, "" if person.snapshot else person.openid, shown)
    return _to(person.next, _cookie(site, renewed), 303)


@get("/login/{account:str}/done")
async def done(request: Asked, account: FromPath[str]) -> Response[str]:
    """Say who has logged in."""
    site: Site = request.app.state.site
    session = site.sessions.read(request.cookies.get(COOKIE))
    if session is None or not session.openid or session.account != account:
        raise LoginError("log-in", "nobody is logged in here", "begin it once more")
    accepted = request.headers.get("accept-language", "")
    code, values = ("named", {"name": session.shown}) if session.shown else ("unnamed", {})
    return Response(page(accepted, "done", code=code, **values), media_type=MediaType.HTML)


@get("/session")
async def who(request: Asked) -> dict[str, str | None]:
    """Who is logged in; nulls where nobody is."""
    site: Site = request.app.state.site
    session = site.sessions.read(request.cookies.get(COOKIE))
    if session is None or not session.openid:
        return {"account": None, "openid": None, "name": None}
    return {"account": session.account, "openid": session.openid, "name": session.shown or None}


@post("/logout", status_code=204)
async def leave(request: Asked) -> Response[None]:
    """Forget who is logged in."""
    return Response(None, status_code=204, cookies=[_cookie(request.app.state.site, None)])


@get("/wechat/{account:str}/jssdk")
async def jssdk(request: Asked, account: FromPath[str], url: FromQuery[str]) -> dict[str, str | int]:
    """What the page at `url` hands to wx.config."""
    site: Site = request.app.state.site
    served = await site.accounts.find(account)
    if served.jssdk is None:
        raise UsageError(f"account {account}", "cannot sign pages", "use an official account with its secret")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise UsageError("url", "is no address of a page", "give location.href, percent-encoded")
    return (await served.jssdk.config(url)).to_json()


HANDLERS: tuple[HTTPRouteHandler, ...] = (begin, back, done, who, leave, jssdk)
