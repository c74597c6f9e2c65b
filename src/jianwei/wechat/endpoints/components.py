"""Third-party platforms: one application that acts for many accounts which authorised it.

The client of a third-party platform has its component app id and secret. Its token is made from the ticket that the platform pushes
every ten minutes, and is an argument of the calls here; an authoriser's token is used like an account's own.
"""

from __future__ import annotations

from typing import Annotated, Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.hiding import hidden
from jianwei.wechat.request import At, Auth, Query, Request, post

__all__ = [
    "Authorization",
    "AuthorizerToken",
    "ComponentToken",
    "Components",
    "CreatePreauthCode",
    "Granted",
    "GrantedCategory",
    "IssuedComponentToken",
    "PreauthCode",
    "QueryAuthorization",
    "RefreshAuthorizer",
]

_TOKEN = (40001, 40013, 41001, 41002, 42001)
_WRONG = {"component_access_token": 41001}
Token = Annotated[str, Query("component_access_token")]


class IssuedComponentToken(msgspec.Struct, frozen=True):
    """The token of a third-party platform and the seconds it has left."""

    component_access_token: str
    expires_in: int = 7200

    def __repr__(self) -> str:
        return hidden(self, "component_access_token")


class PreauthCode(msgspec.Struct, frozen=True):
    """A code for the page on which an account authorises the platform, and the seconds it has left."""

    pre_auth_code: str
    expires_in: int = 600

    def __repr__(self) -> str:
        return hidden(self, "pre_auth_code")


class GrantedCategory(msgspec.Struct, frozen=True):
    """The number of a set of permissions."""

    id: int


class Granted(msgspec.Struct, frozen=True):
    """A set of permissions that an account granted."""

    category: GrantedCategory = msgspec.field(name="funcscope_category")


class AuthorizerToken(msgspec.Struct, frozen=True):
    """The token with which calls are made for an account, and what renews it."""

    authorizer_access_token: str
    authorizer_refresh_token: str
    expires_in: int = 7200

    def __repr__(self) -> str:
        return hidden(self, "authorizer_access_token", "authorizer_refresh_token")


class Authorization(msgspec.Struct, frozen=True):
    """What an account authorised. The refresh token stays the same until it authorises anew: keep it well."""

    authorizer_appid: str
    authorizer_access_token: str
    authorizer_refresh_token: str
    expires_in: int = 7200
    func_info: list[Granted] = []

    def __repr__(self) -> str:
        return hidden(self, "authorizer_access_token", "authorizer_refresh_token")


@post(
    "/cgi-bin/component/api_component_token", area="components", auth=Auth.APP_BODY,
    app_names=("component_appid", "component_appsecret"), errors=(40013, 40125, 41002, 41004, 61004, 61005, 61006),
    doc="/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/component_access_token.html",
)  # fmt: skip
class ComponentToken(Request[IssuedComponentToken], frozen=True):
    """The token of the third-party platform, made from the ticket that was pushed last (it serves for 12 hours †)."""

    ticket: Annotated[str, At("component_verify_ticket")]

    def __repr__(self) -> str:
        return hidden(self, "ticket")


@post(
    "/cgi-bin/component/api_create_preauthcode", area="components", auth=Auth.NONE, own_id="component_appid",
    errors=_TOKEN, wrong=_WRONG, idempotent=False,
    doc="/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/pre_auth_code.html",
)  # fmt: skip
class CreatePreauthCode(Request[PreauthCode], frozen=True):
    """A code for the page on which an account authorises the platform."""

    token: Token

    def __repr__(self) -> str:
        return hidden(self, "token")


@post(
    "/cgi-bin/component/api_query_auth", area="components", at="authorization_info", auth=Auth.NONE,
    own_id="component_appid", errors=(*_TOKEN, 61009), wrong=_WRONG, idempotent=False,
    doc="/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/authorization_info.html",
)  # fmt: skip
class QueryAuthorization(Request[Authorization], frozen=True):
    """Exchange the code that an authorisation brought back, which serves once, for the account's tokens."""

    token: Token
    code: Annotated[str, At("authorization_code")]

    def __repr__(self) -> str:
        return hidden(self, "token", "code")


@post(
    "/cgi-bin/component/api_authorizer_token", area="components", auth=Auth.NONE, own_id="component_appid",
    errors=(*_TOKEN, 61023), wrong=_WRONG,
    doc="/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/api_authorizer_token.html",
)  # fmt: skip
class RefreshAuthorizer(Request[AuthorizerToken], frozen=True):
    """A new token with which to make calls for an account."""

    token: Token
    app_id: Annotated[str, At("authorizer_appid")]
    refresh_token: Annotated[str, At("authorizer_refresh_token")]

    def __repr__(self) -> str:
        return hidden(self, "token", "refresh_token")


class Components(Area[Mode], Generic[Mode]):
    """`client.components`"""

    token = method(ComponentToken)
    preauth_code = method(CreatePreauthCode)
    authorization = method(QueryAuthorization)
    refresh = method(RefreshAuthorizer)
