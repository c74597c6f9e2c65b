"""Who may call what, and how often: permissions by kind of account, quotas of a day and of a minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jianwei.sandbox.platform.world import App, Kind, Refusal
from jianwei.wechat.codes import QUOTAS
from jianwei.wechat.request import Auth, Host, Request, Spec

__all__ = ["DAILY", "LACKS", "RATES", "UNVERIFIED", "admit", "limit_of", "permitted", "renew"]

BEIJING = 8 * 3_600

UNLISTED = 10_000_000
"""Calls a day of an endpoint of whose quota the platform's documentation says nothing."""

DAILY: Mapping[str, int] = {"/cgi-bin/stable_token": 500_000}
"""Quotas of a day by path, of endpoints that share none with others."""

RATES: Mapping[str, int] = {
    "/cgi-bin/stable_token": 10_000,
    "/wxa/msg_sec_check": 4_000,
    "/wxa/media_check_async": 2_000,
}
"""Calls a minute by path."""

_OFFICIAL = frozenset({
    "blacklist", "comments", "drafts", "groups", "mass", "materials", "menus", "publishing", "qrcodes", "speech", "statistics", "tags",
    "templates", "users",
})  # fmt: skip

LACKS: Mapping[Kind, frozenset[str]] = {
    "service": frozenset(),
    "test": frozenset(),
    "subscription": frozenset({"qrcodes", "templates"}),
    "miniprogram": _OFFICIAL,
    "website": _OFFICIAL | {"customer_service", "images", "links", "media", "ocr", "safety", "subscriptions"},
    "component": _OFFICIAL | {"customer_service", "images", "links", "media", "ocr", "safety", "subscriptions"},
    "wecom": frozenset(),
}
"""Areas for which a kind of account has no permission."""

UNVERIFIED = _OFFICIAL - {"drafts", "materials"} | {"customer_service", "images", "links", "ocr"}
"""Areas that an official account lacks until it is verified. †"""


def permitted(app: App, spec: Spec) -> bool:
    """Whether the account has the permission for an endpoint."""
    if (spec.host is Host.WECOM) != (app.kind == "wecom"):
        return False
    if spec.area in app.denied or spec.path in app.denied or spec.area in LACKS[app.kind]:
        return False
    return app.verified or app.kind not in ("service", "subscription") or spec.area not in UNVERIFIED


def limit_of(app: App, kind: type[Request[Any]]) -> tuple[str, int]:
    """Under which name calls of an endpoint are counted in `App.used`, and how many there may be in a day."""
    name = kind.spec.quota or kind.spec.path
    if name in app.quotas:
        return name, app.quotas[name]
    if name in QUOTAS:
        return name, QUOTAS[name].test if app.kind == "test" else QUOTAS[name].daily
    return name, DAILY.get(name, UNLISTED)


def renew(app: App, now: float) -> None:
    """Quotas begin anew at midnight in Beijing, and with every minute."""
    day, minute = int(now + BEIJING) // 86_400, int(now) // 60
    if app.day != day:
        app.day = day
        app.used.clear()
    if app.minute != minute:
        app.minute = minute
        app.recent.clear()


def admit(app: App, kind: type[Request[Any]], address: str, now: float) -> None:
    """Let a call in and count it.

    Raises:
        Refusal: 50007 or 48004 the account is frozen, 40164 or 60020 its address is not allowed, 48001 no permission, 45009 and 45011 too
            many calls.
    """
    spec = kind.spec
    asks_token = spec.area == "tokens" and spec.auth is not Auth.TOKEN
    if app.frozen:
        raise Refusal(*((50007, "account frozen") if asks_token else (48004, "api forbidden")))
    wecom = spec.host is Host.WECOM
    if (asks_token or wecom) and app.addresses is not None and address not in app.addresses:
        said = f"invalid ip {address} ipv6 ::ffff:{address}, not in whitelist"
        raise Refusal(60020, f"not allow to access from your ip, from ip: {address}") if wecom else Refusal(40164, said)
    if not permitted(app, spec):
        raise Refusal(48001, "api unauthorized")
    renew(app, now)
    (name, limit), rate = limit_of(app, kind), app.rates.get(spec.path, RATES.get(spec.path))
    if rate is not None and app.recent[spec.path] >= rate:
        raise Refusal(45011, "api minute-quota reach limit, must slower, retry next minute")
    if app.used[name] >= limit:
        raise Refusal(45009, "reach max api daily quota limit")
    app.recent[spec.path] += 1
    app.used[name] += 1
