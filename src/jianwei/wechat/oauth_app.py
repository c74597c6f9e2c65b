"""Log-in with WeChat: which app asks for what, where the visitor is sent, and who they turn out to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import quote, urlsplit

from jianwei.settings import Secret
from jianwei.wechat._base import Grant
from jianwei.wechat.endpoints.logins import Profile
from jianwei.wechat.errors import WeChatError
from jianwei.wechat.hosts import Hosts
from jianwei.wechat.request import Host

__all__ = [
    "SCOPES",
    "LoggedIn",
    "LoginApp",
    "LoginError",
    "LoginExpiredError",
    "LoginKind",
    "LoginRefusedError",
    "Redirect",
    "authorize_url",
    "safe_next",
]

LoginKind = Literal["official", "website", "wecom"]

SCOPES: Mapping[str, tuple[str, ...]] = {
    "official": ("snsapi_base", "snsapi_userinfo"),
    "website": ("snsapi_login",),
    "wecom": ("snsapi_base", "snsapi_privateinfo"),
}
"""What each kind of app may ask for."""


class LoginError(WeChatError):
    """A log-in that cannot be: it was asked for in a way that cannot work, or came back to somebody who did not begin it."""


class LoginRefusedError(LoginError):
    """The person said no."""


class LoginExpiredError(LoginError):
    """The code or the grant is used up: the person must log in again."""


@dataclass(frozen=True, slots=True)
class LoginApp:
    """The app that people log in with.

    Attributes:
        kind: "official" (an official account, in WeChat), "website" (a website application, QR code) or "wecom" (a corp).
        agent_id: the application of a corp.
    """

    app_id: str
    secret: Secret | str = field(repr=False)
    kind: LoginKind
    agent_id: str = ""
    hosts: Hosts = field(default_factory=Hosts)

    def __post_init__(self) -> None:
        if self.kind not in get_args(LoginKind):
            kinds = ", ".join(get_args(LoginKind))
            raise LoginError("log-in", f"people cannot log in with an app of kind {self.kind!r}", f"use one of {kinds}")


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where to send the visitor.

    Attributes:
        state: what comes back with them; the server keeps it too.
        expires_us: until when they may come back.
    """

    url: str
    state: str = field(repr=False)
    expires_us: int


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody who has logged in.

    Attributes:
        openid: who they are for this app; in WeCom the member's user id, or the outside contact's id.
        union_id: who they are for all apps of one open platform account, where it is known.
        profile: name and picture, where the scope allows.
        grant: their tokens, which are kept; None in WeCom, which has none.
        next: path on this site to go on to.
        snapshot: a look at a page without consent: the openid and the profile are made up by WeChat, and not to be kept.
    """

    openid: str
    union_id: str | None
    profile: Profile | None
    grant: Grant | None
    next: str
    snapshot: bool = False


def safe_next(path: str) -> str:
    """The path, if it leads to this site and nowhere else.

    Raises:
        LoginError: it is an address of another site, or may be read as one.

    >>> safe_next("/orders?page=2")
    '/orders?page=2'
    >>> safe_next("//evil.example")
    Traceback (most recent call last):
    jianwei.wechat.oauth_app.LoginError: log-in: 'next' must be a path on this site. What to do: begin it with one slash.
    """
    plain = path.isprintable() and " " not in path and "\\" not in path
    if not plain or not path.startswith("/") or path.startswith("//") or len(path) > 2_000:
        raise LoginError("log-in", "'next' must be a path on this site", "begin it with one slash")
    return path


def authorize_url(app: LoginApp, scope: str, redirect_uri: str, state: str) -> str:
    """The platform's page that asks for consent; parameters stand in the order that its clients expect.

    Args:
        redirect_uri: absolute address that the visitor comes back to; its domain must be entered in the app's settings.
        state: at most 128 letters and digits.

    Raises:
        LoginError: this kind of app cannot ask for that scope, or `redirect_uri` or `state` is unfit.

    >>> app = LoginApp("wx1", "secret", "official", hosts=Hosts(open="https://o"))
    >>> authorize_url(app, "snsapi_base", "http://e.com/?b=1", "S").split("&redirect_uri=")[1]
    'http%3A%2F%2Fe.com%2F%3Fb%3D1&response_type=code&scope=snsapi_base&state=S#wechat_redirect'
    """
    _check_scope(app, scope)
    parts = urlsplit(redirect_uri)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or not redirect_uri.isprintable():
        raise LoginError(
            "redirect_uri", "must be an absolute http(s) address without a fragment", "give the whole address"
        )
    if not (state.isascii() and state.isalnum() and len(state) <= 128):
        raise LoginError("state", "must be 1 to 128 letters and digits", "let `start` make it")
    query = {"appid": app.app_id, "redirect_uri": redirect_uri, "response_type": "code", "scope": scope, "state": state}
    if app.kind == "wecom" and app.agent_id:
        query["agentid"] = app.agent_id
    page = "qrconnect" if app.kind == "website" else "oauth2/authorize"
    written = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"{app.hosts.of(Host.OPEN)}/connect/{page}?{written}#wechat_redirect"


def _check_scope(app: LoginApp, scope: str) -> None:
    allowed = SCOPES[app.kind]
    if scope in allowed:
        return
    owners = [kind for kind, scopes in SCOPES.items() if scope in scopes]
    what = f"an app of kind {app.kind!r} cannot ask for {scope!r}"
    if owners:
        what += f", which is for apps of kind {' or '.join(repr(owner) for owner in owners)}"
    raise LoginError("log-in", what, f"ask for {' or '.join(allowed)}")
