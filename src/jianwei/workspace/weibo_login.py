"""Logging in to Weibo: the person agrees in a browser, and the token is kept sealed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from jianwei.common.kept import Token
from jianwei.errors import UsageError
from jianwei.ingest.pull.weibo_client import WeiboClient, authorize_url
from jianwei.settings import Secret
from jianwei.store import Account, now_us
from jianwei.store.secrets import Vault
from jianwei.workspace.workspace import Workspace

__all__ = ["WeiboLogin", "begin_login", "finish_login", "token_key", "wait_for_redirect", "weibo_client"]

LOCAL = ("127.0.0.1", "localhost", "::1")
DEFAULT_REDIRECT = "http://127.0.0.1:8421/"


@dataclass(frozen=True, slots=True)
class WeiboLogin:
    """A log-in that is under way.

    Attributes:
        url: where the person agrees.
        redirect: where Weibo sends them afterwards, with the code.
        state: comes back with the code.
    """

    account: Account
    url: str
    redirect: str
    state: str

    @property
    def local(self) -> bool:
        """Whether the redirect comes to this machine."""
        return urlsplit(self.redirect).hostname in LOCAL


def token_key(account: Account) -> str:
    """Under which key the token of a log-in is kept."""
    return f"weibo/{account.app_id}/{account.name}"


def begin_login(account: Account, *, redirect: str | None = None) -> WeiboLogin:
    """Where to send the person.

    Raises:
        UsageError: the account has no secret.
    """
    if account.secret is None:
        raise UsageError(f"account {account.name}", "has no secret", "give it one with `jianwei accounts add`")
    place = redirect or account.attrs.get("redirect_url") or DEFAULT_REDIRECT
    state = secrets.token_urlsafe(24)
    url = authorize_url(account.app_id, place, state, base_url=account.attrs.get("base_url"))
    return WeiboLogin(account, url, place, state)


def finish_login(ws: Workspace, login: WeiboLogin, code: str) -> None:
    """Turn the code, or the whole address that the browser was sent to, into a token that is kept.

    Raises:
        UsageError: the address is not that of this log-in.
        ApiError: the platform refused the code.
    """
    code = _code_in(code.strip(), login.state)
    account, vault = login.account, Vault(ws.settings.key)
    with weibo_client(ws, account, logged_in=False) as client:
        token = client.exchange(code, login.redirect)
    ends = now_us() + (token.expires_in or 86_400) * 1_000_000
    ws.store.tokens(vault).put(token_key(account), Token(token.access_token, ends))
    ws.store.accounts(vault).put(replace(account, attrs={**account.attrs, "uid": token.uid}))


def _code_in(text: str, state: str) -> str:
    if "?" not in text:
        return text
    query = parse_qs(urlsplit(text).query)
    if query.get("state", [state])[0] != state or not query.get("code"):
        raise UsageError(
            "code", "the address is not that of this log-in", "run the command again and agree in the browser"
        )
    return query["code"][0]


def weibo_client(ws: Workspace, account: Account, *, logged_in: bool = True) -> WeiboClient:
    """A client for an account of kind "weibo", with the token of its log-in.

    Raises:
        UsageError: nobody has logged in, or the log-in has ended.
    """
    if account.secret is None:
        raise UsageError(f"account {account.name}", "has no secret", "give it one with `jianwei accounts add`")
    token = None
    if logged_in:
        kept = ws.store.tokens(Vault(ws.settings.key)).get(token_key(account))
        if kept is None or kept.expires_us <= now_us():
            what = "nobody has logged in" if kept is None else "the log-in has ended"
            raise UsageError(f"account {account.name}", what, f"run `jianwei accounts login {account.name}`")
        token = Secret(kept.value)
    return WeiboClient(account.app_id, account.secret, token=token, base_url=account.attrs.get("base_url"))


def wait_for_redirect(login: WeiboLogin, page: Callable[[bool], str], *, seconds: float = 300.0) -> str:
    """Listen on this machine until the browser comes back; gives the address that it came with.

    Args:
        page: HTML to show, by whether all is well.

    Raises:
        UsageError: the port is taken, the person refused, or nobody came in time.
    """
    place = urlsplit(login.redirect)
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            ours = query.get("state", [""])[0] == login.state
            if ours:
                came.append(self.path)
            content = page(ours and "code" in query).encode()
            self.send_response(200 if ours else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            return None

    try:
        server = HTTPServer((place.hostname or "127.0.0.1", place.port or 80), Handler)
    except OSError as error:
        what = f"{place.netloc} cannot be listened on ({error.strerror})"
        raise UsageError("--redirect", what, "choose another port, and enter it in the app's settings") from None
    end = time.monotonic() + seconds
    with server:
        server.timeout = 1.0
        while not came and time.monotonic() < end:
            server.handle_request()
    if not came:
        raise UsageError("log-in", "nobody came back from Weibo", "run the command again")
    if "code" not in parse_qs(urlsplit(came[0]).query):
        raise UsageError("log-in", "the person did not agree", "run the command again and agree")
    return came[0]
