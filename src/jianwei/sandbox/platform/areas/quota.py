"""Quotas, request ids, and how the platform reaches a callback."""

from __future__ import annotations

import json
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from jianwei.sandbox.platform.history import History, shown
from jianwei.sandbox.platform.limits import RATES, limit_of, permitted, renew
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import quota as api
from jianwei.wechat.endpoints import registry
from jianwei.wechat.request import Auth, Host, Request

__all__ = ["HANDLERS", "ClearBook"]

CLEARS_A_MONTH = 10
KEPT = 7 * 86_400
RID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}")
BEIJING = timezone(timedelta(hours=8))


@dataclass(slots=True)
class ClearBook:
    """How often the quotas of an account were cleared, by month ("2026-03")."""

    months: Counter[str] = field(default_factory=Counter)


@cache
def _endpoints() -> Mapping[str, type[Request[Any]]]:
    """Endpoints of the API by path."""
    return {kind.spec.path: kind for kind in registry() if kind.spec.host is Host.API}


def get(visit: Visit, call: api.GetQuota) -> api.QuotaUsage:
    if call.path.startswith("/sns/"):
        raise Refusal(76022, "could not use this cgi_path, no permission")
    kind = _endpoints().get(call.path)
    if kind is None:
        raise Refusal(76021, "cgi_path not found, please check")
    if kind.spec.auth is Auth.NONE or not permitted(visit.app, kind.spec):
        raise Refusal(76022, "could not use this cgi_path, no permission")
    name, limit = limit_of(visit.app, kind)
    used = visit.app.used[name]
    rate = visit.app.rates.get(call.path, RATES.get(call.path))
    return api.QuotaUsage(
        api.DailyQuota(limit, used, max(limit - used, 0)), None if rate is None else api.RateLimit(rate, 60)
    )


def request(visit: Visit, call: api.GetRequest) -> api.CallRecord:
    if not RID.fullmatch(call.rid):
        raise Refusal(76002, "invalid rid")
    if int(call.rid[:8], 16) <= visit.now - KEPT:
        raise Refusal(76004, "rid is older than seven days")
    found = visit.platform.of(History).calls.get(call.rid)
    if found is None:
        raise Refusal(76001, "rid not found")
    if found.app_id not in ("", visit.app.app_id):
        raise Refusal(76003, "rid is of another account")
    sent = found.sent
    body = "" if not sent.json else json.dumps(shown(sent.json), ensure_ascii=False)
    return api.CallRecord(
        found.at,
        request_url=urlencode(shown(sent.query), safe="*"),
        request_body=sent.text or body,
        response_body=json.dumps(found.answer, ensure_ascii=False),
        client_ip=found.address,
    )


def _clear(visit: Visit) -> None:
    month = datetime.fromtimestamp(visit.now, BEIJING).strftime("%Y-%m")
    book = visit.app.of(ClearBook)
    if book.months[month] >= CLEARS_A_MONTH:
        raise Refusal(48006, "forbid to clear quota because of reaching the limit")
    book.months[month] += 1
    renew(visit.app, visit.now)
    visit.app.used.clear()


def clear(visit: Visit, call: api.ClearQuota) -> None:
    _clear(visit)


def clear_with_secret(visit: Visit, call: api.ClearQuotaWithSecret) -> None:
    _clear(visit)


def _resolved(host: str) -> list[str]:
    with suppress(OSError):
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    return []


def _pinged(addresses: list[str], port: int, operator: str) -> Iterator[api.Ping]:
    for address in addresses:
        began, loss = time.perf_counter(), "100%"
        with suppress(OSError), socket.create_connection((address, port), timeout=0.5):
            loss = "0%"
        spent = 1_000 * (time.perf_counter() - began)
        yield api.Ping(address, operator, loss, f"{spent:.3f}ms")


def check_callback(visit: Visit, call: api.CheckCallback) -> api.CallbackCheck:
    """What is really found at the URL: its name is looked up, its port is tried. Without a callback there is nothing to find."""
    if visit.app.wiring is None:
        return api.CallbackCheck()
    parts = urlsplit(visit.app.wiring.url)
    addresses = _resolved(parts.hostname or "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    dns = [api.Resolved(address, call.operator) for address in addresses if call.action != "ping"]
    return api.CallbackCheck(dns, list(_pinged(addresses, port, call.operator)) if call.action != "dns" else [])


def callback_addresses(visit: Visit, call: api.ListCallbackAddresses) -> list[str]:
    """Messages are pushed by this process."""
    return ["127.0.0.1"]


def api_addresses(visit: Visit, call: api.ListApiAddresses) -> list[str]:
    return _resolved(urlsplit(visit.base_url).hostname or "")


HANDLERS: Mapping[type, Handler] = {
    api.GetQuota: get,
    api.GetRequest: request,
    api.ClearQuota: clear,
    api.ClearQuotaWithSecret: clear_with_secret,
    api.CheckCallback: check_callback,
    api.ListCallbackAddresses: callback_addresses,
    api.ListApiAddresses: api_addresses,
}
