"""Access tokens and tickets."""

from __future__ import annotations

from typing import Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import Auth, Host, Request, get, post

__all__ = ["BasicToken", "CorpToken", "GetTicket", "IssuedTicket", "IssuedToken", "StableToken", "Tokens"]

_REFUSED = (40002, 40013, 40125, 40164, 41002, 41004, 45009, 45011, 89501, 89503, 89506, 89507)


class IssuedToken(msgspec.Struct, frozen=True):
    """An access token and the seconds it has left. Its `repr` hides the token."""

    access_token: str
    expires_in: int = 7200

    def __repr__(self) -> str:
        return f"IssuedToken(access_token='********', expires_in={self.expires_in})"


class IssuedTicket(msgspec.Struct, frozen=True):
    """A ticket and the seconds it has left."""

    ticket: str
    expires_in: int = 7200

    def __repr__(self) -> str:
        return f"IssuedTicket(ticket='********', expires_in={self.expires_in})"


@get(
    "/cgi-bin/token", area="tokens", auth=Auth.APP_QUERY, fixed={"grant_type": "client_credential"}, quota="token",
    errors=(40001, *_REFUSED, 50004, 50007), idempotent=True,
    doc="/doc/offiaccount/Basic_Information/Get_access_token.html",
)  # fmt: skip
class BasicToken(Request[IssuedToken], frozen=True):
    """The basic token. A new one ends the one before; prefer the stable one."""


@post(
    "/cgi-bin/stable_token", area="tokens", auth=Auth.APP_BODY, fixed={"grant_type": "client_credential"},
    errors=(*_REFUSED, 43002),
    doc="/doc/offiaccount/Basic_Information/getStableAccessToken.html",
)  # fmt: skip
class StableToken(Request[IssuedToken], frozen=True):
    """The stable token: the same for everybody who asks, renewed by the platform in its last five minutes.

    Forced renewal ends the old token at once; 20 times a day, 30 seconds apart.
    """

    force_refresh: bool | None = None


@get(
    "/cgi-bin/gettoken", area="tokens", host=Host.WECOM, auth=Auth.APP_QUERY, app_names=("corpid", "corpsecret"),
    errors=(40001, 40013, 40091, 45009, 60020),
)  # fmt: skip
class CorpToken(Request[IssuedToken], frozen=True):
    """WeCom's token of one application; asking again gives the same one."""


@get("/cgi-bin/ticket/getticket", area="tokens", errors=(40001, 42001), doc="/doc/offiaccount/OA_Web_Apps/JS-SDK.html")
class GetTicket(Request[IssuedTicket], frozen=True):
    """The ticket that pages sign with; keep it like a token (`client.tokens` does not)."""

    type: Literal["jsapi", "wx_card"] = "jsapi"


class Tokens(Area[Mode], Generic[Mode]):
    """`client.tokens`: what the client itself uses. Calls take care of tokens without it."""

    stable = method(StableToken)
    basic = method(BasicToken)
    ticket = method(GetTicket)
