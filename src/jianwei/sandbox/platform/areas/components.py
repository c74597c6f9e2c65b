"""Third-party platforms: tickets, tokens, and accounts that authorise them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jianwei.sandbox.platform.areas.tokens import TokenBook
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import App, Platform, Refusal, Visit
from jianwei.wechat.endpoints import components as api

__all__ = ["HANDLERS", "ComponentBook", "authorize", "new_ticket"]

TICKET_LIFE, TOKEN_LIFE, PREAUTH_LIFE, CODE_LIFE = 12 * 3_600, 7_200, 600, 3_600
SCOPES = (1, 2, 3, 15)


@dataclass(slots=True)
class Authorized:
    """What an authorization code stands for: an account, what it granted, and the end of the code."""

    app_id: str
    scopes: tuple[int, ...]
    ends: float


@dataclass(slots=True)
class ComponentBook:
    """What the simulator keeps for a third-party platform; ends are in seconds since the epoch.

    Attributes:
        tickets, tokens, preauth_codes: value → its end.
        codes: authorization codes that were not exchanged yet.
        refresh_tokens: app id of an authoriser → its refresh token.
    """

    tickets: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    preauth_codes: dict[str, float] = field(default_factory=dict)
    codes: dict[str, Authorized] = field(default_factory=dict)
    refresh_tokens: dict[str, str] = field(default_factory=dict)


def new_ticket(platform: Platform, component: App) -> str:
    """A component_verify_ticket, as it is pushed every ten minutes; earlier ones serve until their end."""
    ticket = f"ticket@@@{platform.name(86)}"
    component.of(ComponentBook).tickets[ticket] = platform.clock.now() + TICKET_LIFE
    return ticket


def authorize(
    platform: Platform, component: App, authorizer: str, preauth_code: str, scopes: Sequence[int] = SCOPES
) -> str:
    """An account authorises the platform on its page; gives the authorization code that the browser brings back.

    Raises:
        Refusal: 40029, the code that opened the page is none or has ended; 40013, there is no such account.
    """
    book = component.of(ComponentBook)
    if book.preauth_codes.get(preauth_code, 0) <= platform.clock.now():
        raise Refusal(40029, "invalid pre_auth_code")
    if authorizer not in platform.apps:
        raise Refusal(40013, "invalid appid")
    code = f"queryauthcode@@@{platform.name(70)}"
    book.codes[code] = Authorized(authorizer, tuple(scopes), platform.clock.now() + CODE_LIFE)
    book.refresh_tokens[authorizer] = f"refreshtoken@@@{platform.name(43)}"
    return code


def token(visit: Visit, call: api.ComponentToken) -> api.IssuedComponentToken:
    if visit.app.kind != "component":
        raise Refusal(40013, "invalid appid")
    if visit.app.addresses is not None and visit.address not in visit.app.addresses:
        raise Refusal(61004, f"access clientip is not registered: {visit.address}")
    book = visit.app.of(ComponentBook)
    if call.ticket not in book.tickets:
        raise Refusal(61006, "component ticket is invalid")
    if book.tickets[call.ticket] <= visit.now:
        raise Refusal(61005, "component ticket is expired")
    value = f"{visit.platform.number(2)}_{visit.platform.name(120)}"
    book.tokens[value] = visit.now + TOKEN_LIFE
    return api.IssuedComponentToken(value, TOKEN_LIFE)


def _book(visit: Visit, value: str) -> ComponentBook:
    """The book of the platform that is calling, if its token is good."""
    book = visit.app.of(ComponentBook)
    if not value:
        raise Refusal(41001, "component_access_token missing")
    if value not in book.tokens:
        raise Refusal(40001, "invalid credential, component_access_token is invalid or not latest")
    if book.tokens[value] <= visit.now:
        raise Refusal(42001, "component_access_token expired")
    return book


def preauth_code(visit: Visit, call: api.CreatePreauthCode) -> api.PreauthCode:
    book = _book(visit, call.token)
    code = f"preauthcode@@@{visit.platform.name(70)}"
    book.preauth_codes[code] = visit.now + PREAUTH_LIFE
    return api.PreauthCode(code, PREAUTH_LIFE)


def _acting_for(visit: Visit, app_id: str) -> str:
    """A token of the authoriser. It is one of the account's own tokens, beside basic and stable ones."""
    app = visit.platform.apps[app_id]
    return app.of(TokenBook).issue(visit.platform, visit.now)


def authorization(visit: Visit, call: api.QueryAuthorization) -> api.Authorization:
    book = _book(visit, call.token)
    found = book.codes.pop(call.code, None)
    if found is None or found.ends <= visit.now:
        raise Refusal(61009, "code is invalid")
    return api.Authorization(
        found.app_id,
        _acting_for(visit, found.app_id),
        book.refresh_tokens[found.app_id],
        TOKEN_LIFE,
        [api.Granted(api.GrantedCategory(scope)) for scope in found.scopes],
    )


def refresh(visit: Visit, call: api.RefreshAuthorizer) -> api.AuthorizerToken:
    book = _book(visit, call.token)
    if not call.refresh_token or book.refresh_tokens.get(call.app_id) != call.refresh_token:
        raise Refusal(61023, "refresh_token is invalid")
    return api.AuthorizerToken(_acting_for(visit, call.app_id), call.refresh_token, TOKEN_LIFE)


HANDLERS: Mapping[type, Handler] = {
    api.ComponentToken: token,
    api.CreatePreauthCode: preauth_code,
    api.QueryAuthorization: authorization,
    api.RefreshAuthorizer: refresh,
}
