"""Weibo's licensed interface: log-in by OAuth 2 and comments under a microblog. The unofficial interface of its pages is never asked.

Source: Weibo's pages on OAuth 2, its error codes and comments/hotflow. Errors are those of `wechat.errors`, with Weibo's codes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self
from urllib.parse import urlencode, urlsplit

import msgspec

from jianwei.errors import UsageError
from jianwei.settings import Secret
from jianwei.sources.weibo import WeiboPage, read_page
from jianwei.wechat.codes import Code, Retry
from jianwei.wechat.errors import (
    AnswerError,
    ApiError,
    BusyError,
    PermissionDeniedError,
    QuotaError,
    TokenRefusedError,
    TransportError,
)
from jianwei.wechat.exchange import Outgoing, Policy
from jianwei.wechat.transport import send, sync_http

__all__ = ["WeiboClient", "WeiboToken", "authorize_url", "mid_of"]

API, COMMENTS = "https://api.weibo.com", "https://c.api.weibo.com"
_LOGIN = "log in again with `jianwei accounts login`"
_HOUR = "the limit counts by the hour: pull again in the next one, it goes on from here"
_LICENCE = "the app needs Weibo's licence for this interface"

_CODES: Mapping[int, Code] = {
    code.number: code
    for code in (
        Code(10001, "the platform has a fault", Retry.BACK_OFF, "try again in a few minutes"),
        Code(10002, "the service is not available", Retry.BACK_OFF, "try again in a few minutes"),
        Code(10009, "the platform is busy", Retry.BACK_OFF, "try again in a few minutes"),
        Code(10010, "the platform took too long", Retry.BACK_OFF, "try again in a few minutes"),
        Code(10005, "the app may not use this interface", Retry.NEVER, _LICENCE),
        Code(10014, "the app may not use this interface", Retry.NEVER, _LICENCE),
        Code(10022, "too many calls from this address", Retry.QUOTA, _HOUR),
        Code(10023, "too many calls by this user", Retry.QUOTA, _HOUR),
        Code(10024, "too many calls of this interface by this user", Retry.QUOTA, _HOUR),
        Code(20101, "the microblog does not exist", Retry.NEVER, "check its id or address"),
        Code(20112, "its author lets only some people see the microblog", Retry.NEVER, "leave it out"),
        Code(21301, "the log-in failed", Retry.TOKEN, _LOGIN),
        Code(21315, "the log-in has expired", Retry.TOKEN, _LOGIN),
        Code(21316, "the log-in was refused", Retry.TOKEN, _LOGIN),
        Code(21317, "the log-in was refused", Retry.TOKEN, _LOGIN),
        Code(21319, "the person withdrew the log-in", Retry.TOKEN, _LOGIN),
        Code(21321, "an app that was not reviewed serves its test users only", Retry.NEVER, "have the app reviewed"),
        Code(21322, "the redirect address is not the app's", Retry.NEVER, "use the one in the app's settings"),
        Code(21324, "the app key or secret is wrong", Retry.NEVER, "check both in the app's settings"),
        Code(21325, "the code was used or has expired", Retry.NEVER, _LOGIN),
        Code(21327, "the log-in has expired", Retry.TOKEN, _LOGIN),
        Code(21332, "the log-in is not valid", Retry.TOKEN, _LOGIN),
    )
}


class WeiboToken(msgspec.Struct, frozen=True):
    """What a log-in gives: the token, seconds it lasts, and whose it is. Its `repr` hides the token."""

    access_token: str
    expires_in: int = 0
    uid: str = ""

    def __repr__(self) -> str:
        return f"WeiboToken(access_token='********', expires_in={self.expires_in}, uid={self.uid!r})"


def authorize_url(app_key: str, redirect_uri: str, state: str, *, base_url: str | None = None) -> str:
    """Where the person logs in and agrees.

    >>> authorize_url("123", "http://127.0.0.1:8421/", "s")
    'https://api.weibo.com/oauth2/authorize?client_id=123&redirect_uri=http%3A%2F%2F127.0.0.1%3A8421%2F&response_type=code&state=s'
    """
    query = {"client_id": app_key, "redirect_uri": redirect_uri, "response_type": "code", "state": state}
    return f"{(base_url or API).rstrip('/')}/oauth2/authorize?{urlencode(query, safe='')}"


DIGITS = 16
"""Of the id of a microblog; ids of people are shorter."""
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def mid_of(text: str) -> str:
    """The id of a microblog from its id or address. Addresses write it in base 62, four letters for seven digits.

    Raises:
        UsageError: it is neither.

    >>> mid_of("https://weibo.com/1649173367/z0JH2lOMb"), mid_of("https://m.weibo.cn/detail/3501756485200075")
    ('3501756485200075', '3501756485200075')
    """
    last = urlsplit(text.strip()).path.rstrip("/").rsplit("/", 1)[-1]
    if last.isascii() and last.isdigit() and len(last) >= DIGITS:
        return last
    if last.isdigit() or not last.isalnum() or not last.isascii() or not 5 <= len(last) <= 12:
        _no_microblog(text)
    parts = []
    for end in range(len(last), 0, -4):
        value = 0
        for letter in last[max(0, end - 4) : end]:
            value = value * 62 + _LETTERS.index(letter)
        parts.append(f"{value:07d}")
    mid = "".join(reversed(parts)).lstrip("0")
    return mid if len(mid) >= DIGITS else _no_microblog(text)


def _no_microblog(text: str) -> NoReturn:
    raise UsageError("--post", f"{text!r} names no microblog", f"give its address or its id of {DIGITS} digits")


class WeiboClient:
    """Calls of one app for one person.

    Args:
        app_key, secret: of the app.
        token: what the log-in gave; None before it.
        base_url: one address for both hosts (a simulator); default Weibo's own.
        now, sleep: clock (seconds since the epoch) and how to wait.
    """

    def __init__(
        self,
        app_key: str,
        secret: Secret,
        *,
        token: Secret | None = None,
        base_url: str | None = None,
        policy: Policy | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._app_key, self._secret, self._token = app_key, secret, token
        self._api, self._comments = (base_url or API).rstrip("/"), (base_url or COMMENTS).rstrip("/")
        self._policy = policy or Policy()
        self._http = sync_http(self._policy)
        self._now, self._sleep = now, sleep

    def exchange(self, code: str, redirect_uri: str) -> WeiboToken:
        """The token for the code of a log-in; a code serves once."""
        form = {"client_id": self._app_key, "client_secret": self._secret.reveal(), "grant_type": "authorization_code"}
        form |= {"code": code, "redirect_uri": redirect_uri}
        path = "/oauth2/access_token"
        body = self._once(Outgoing("POST", self._api + path, {}, form=form, path=path))
        try:
            return msgspec.convert(body, WeiboToken, strict=False)
        except msgspec.ValidationError as error:
            raise AnswerError(path, f"answered another shape ({error})", "try again") from None

    def comments(self, mid: str, max_id: int = 0, max_id_type: int = 0, count: int = 50) -> WeiboPage:
        """One page of comments under a microblog, the hottest first, with the answers that come with them.

        Raises:
            ApiError: the platform refused; TokenRefusedError when the person must log in again, QuotaError at the hourly limit.
            TransportError: no answer came.
        """
        if self._token is None:
            raise UsageError("weibo", "nobody has logged in", "run `jianwei accounts login` for this account")
        query = {"access_token": self._token.reveal(), "mid": mid, "count": str(count), "max_id_type": str(max_id_type)}
        if max_id:
            query["max_id"] = str(max_id)
        path = "/2/comments/hotflow.json"
        return read_page(self._patiently(Outgoing("GET", self._comments + path, query, path=path)))

    def _patiently(self, out: Outgoing) -> Any:
        """Try again after faults of the platform and of the network; reading twice does no harm."""
        for tried in range(self._policy.retries + 1):
            try:
                return self._once(out)
            except (TransportError, BusyError, AnswerError):
                if tried == self._policy.retries:
                    raise
            self._sleep(self._policy.pause * 2**tried)
        raise AssertionError("the last try either answers or raises")

    def _once(self, out: Outgoing) -> Any:
        incoming = send(self._http, out, self._policy)
        try:
            body = json.loads(incoming.content.decode("utf-8", "replace"), strict=False)
        except ValueError:
            body = None
        if isinstance(body, dict) and "error_code" in body:
            raise self._refused(out.path, body)
        if incoming.status >= 500:
            raise TransportError(out.path, f"the platform answered {incoming.status}", "try again later", sent=True)
        if incoming.status != 200 or body is None:
            what = (
                f"answered {incoming.status} with {len(incoming.content):,} bytes that are no answer of the interface"
            )
            raise AnswerError(out.path, what, "see whether a proxy stands between")
        return body

    def _refused(self, path: str, body: Mapping[str, Any]) -> ApiError:
        try:
            number = int(body["error_code"])
        except (TypeError, ValueError):
            number = 0
        message = str(body.get("error_description") or body.get("error") or "")
        code = _CODES.get(number, Code(number, "the platform refused"))
        match code.retry:
            case Retry.TOKEN:
                return TokenRefusedError(path, code, message)
            case Retry.QUOTA:
                return QuotaError(path, code, message, int(self._now() * 1_000_000))
            case Retry.BACK_OFF:
                return BusyError(path, code, message)
        if number in (10005, 10014, 21321):
            return PermissionDeniedError(path, code, message)
        return ApiError(path, code, message)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
