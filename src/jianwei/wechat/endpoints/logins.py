"""Log-ins of people: their tokens and profiles, sessions of mini-programs.

Tokens here are a person's own, not the account's: they are arguments, and are fetched with a code that the person's browser brought.
Whoever wants the whole log-in, state and redirects included, uses `wechat.oauth`.
"""

from __future__ import annotations

from typing import Any, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.hiding import hidden
from jianwei.wechat.request import Auth, Request, get

__all__ = [
    "CheckUserToken",
    "JsSession",
    "Logins",
    "MiniProgramSession",
    "Profile",
    "RefreshUserToken",
    "UserProfile",
    "UserToken",
    "UserTokens",
]

_DOC = "/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html"
_APP = (40013, 40125, 41002, 41004, 40002)
_WRONG = {"access_token": 41001, "openid": 41009}


class UserTokens(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one person granted.

    `access_token` lasts `expires_in` seconds, `refresh_token` 30 days; `scope` is joined by commas. `is_snapshotuser` is 1 for the stand-in
    that pages see while the person only looks at a snapshot of them.
    """

    access_token: str
    openid: str
    expires_in: int = 0
    refresh_token: str = ""
    scope: str = ""
    unionid: str | None = None
    is_snapshotuser: int = 0

    def __repr__(self) -> str:
        return hidden(self, "access_token", "refresh_token")


class Profile(msgspec.Struct, frozen=True):
    """A person as others see them. Since 2021 `sex` is 0 and the region empty; `headimgurl` is "" without a picture."""

    openid: str
    nickname: str = ""
    sex: int = 0
    province: str = ""
    city: str = ""
    country: str = ""
    headimgurl: str = ""
    privilege: list[str] = []
    unionid: str | None = None
    is_snapshotuser: int = 0


class JsSession(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person in a mini-program. The session key verifies and decrypts what the page sends; it must stay on the server."""

    openid: str
    session_key: str = ""
    unionid: str | None = None

    def __repr__(self) -> str:
        return hidden(self, "session_key")


@get(
    "/sns/oauth2/access_token", area="logins", auth=Auth.APP_QUERY, fixed={"grant_type": "authorization_code"},
    errors=(40029, 40163, 41008, 42003, *_APP), wrong={"code": 41008}, idempotent=False,
    doc=_DOC,
)  # fmt: skip
class UserToken(Request[UserTokens], frozen=True):
    """Exchange the code of a log-in, which serves once, for the person's tokens."""

    code: str

    def __repr__(self) -> str:
        return hidden(self, "code")


@get(
    "/sns/oauth2/refresh_token", area="logins", auth=Auth.NONE, own_id="appid", fixed={"grant_type": "refresh_token"},
    errors=(40030, 42002, 41003, 41002, 40013, 40002), wrong={"refresh_token": 41003},
    doc=_DOC,
)  # fmt: skip
class RefreshUserToken(Request[UserTokens], frozen=True):
    """Renew a person's access token: one that is still valid is prolonged, one that has ended is replaced."""

    refresh_token: str

    def __repr__(self) -> str:
        return hidden(self, "refresh_token")


@get(
    "/sns/userinfo", area="logins", auth=Auth.NONE, errors=(40001, 40003, 41001, 41009, 42001, 48001), wrong=_WRONG,
    doc=_DOC,
)  # fmt: skip
class UserProfile(Request[Profile], frozen=True):
    """A person's profile; needs the scope snsapi_userinfo or snsapi_login."""

    access_token: str
    openid: str
    lang: Literal["zh_CN", "zh_TW", "en"] | None = None

    @classmethod
    def write(cls, result: Profile) -> Any:
        told = msgspec.to_builtins(result)
        return {name: value for name, value in told.items() if value or name not in ("unionid", "is_snapshotuser")}

    def __repr__(self) -> str:
        return hidden(self, "access_token")


@get("/sns/auth", area="logins", auth=Auth.NONE, errors=(40001, 40003, 41001, 41009, 42001), wrong=_WRONG, doc=_DOC)
class CheckUserToken(Request[None], frozen=True):
    """Check that a person's access token is valid; an error where it is not."""

    access_token: str
    openid: str

    def __repr__(self) -> str:
        return hidden(self, "access_token")


@get(
    "/sns/jscode2session", area="logins", auth=Auth.APP_QUERY, fixed={"grant_type": "authorization_code"},
    errors=(-1, 40029, 40163, 41008, 42003, 45011, 40226, *_APP), wrong={"js_code": 41008}, idempotent=False,
    doc="/miniprogram/dev/OpenApiDoc/user-login/code2Session.html",
)  # fmt: skip
class MiniProgramSession(Request[JsSession], frozen=True):
    """Exchange the code of `wx.login()`, which serves once, for the person's session; 100 a minute and person."""

    js_code: str

    def __repr__(self) -> str:
        return hidden(self, "js_code")


class Logins(Area[Mode], Generic[Mode]):
    """`client.logins`"""

    tokens = method(UserToken)
    refresh = method(RefreshUserToken)
    profile = method(UserProfile)
    check = method(CheckUserToken)
    session = method(MiniProgramSession)
