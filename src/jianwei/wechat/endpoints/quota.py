"""What is left of quotas, what became of a call, and whether the platform and this server reach each other."""

from __future__ import annotations

from typing import Annotated, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import At, Auth, Request, get, post

__all__ = [
    "CallRecord",
    "CallbackCheck",
    "CheckCallback",
    "ClearQuota",
    "ClearQuotaWithSecret",
    "DailyQuota",
    "GetQuota",
    "GetRequest",
    "ListApiAddresses",
    "ListCallbackAddresses",
    "Ping",
    "QuotaArea",
    "QuotaUsage",
    "RateLimit",
    "Resolved",
]

_DOC = "/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html"


class DailyQuota(msgspec.Struct, frozen=True):
    """Calls of a day: how many there may be, were made and are left."""

    daily_limit: int = 0
    used: int = 0
    remain: int = 0


class RateLimit(msgspec.Struct, frozen=True):
    """At most `call_count` calls in `refresh_second` seconds."""

    call_count: int = 0
    refresh_second: int = 0


class QuotaUsage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The quota of one endpoint; the limits of a short time are None where there are none."""

    quota: DailyQuota = DailyQuota()
    rate_limit: RateLimit | None = None
    component_rate_limit: RateLimit | None = None


class CallRecord(msgspec.Struct, frozen=True):
    """A call as the platform remembers it for seven days; `invoke_time` in seconds since the epoch, `cost_in_ms` what it took."""

    invoke_time: int = 0
    cost_in_ms: int = 0
    request_url: str = ""
    request_body: str = ""
    response_body: str = ""
    client_ip: str = ""


class Resolved(msgspec.Struct, frozen=True):
    """An address that the callback's name leads to, and the network operator that it belongs to."""

    ip: str
    real_operator: str = ""


class Ping(msgspec.Struct, frozen=True):
    """How the callback's address answers, seen from one operator: `package_loss` as "0%", `time` as "1.2ms"."""

    ip: str
    from_operator: str = ""
    package_loss: str = ""
    time: str = ""


class CallbackCheck(msgspec.Struct, frozen=True):
    """What the platform finds at the callback's URL."""

    dns: list[Resolved] = []
    ping: list[Ping] = []


@post(
    "/cgi-bin/openapi/quota/get", area="quota", errors=(76021, 76022), doc="/doc/offiaccount/openApi/get_api_quota.html"
)
class GetQuota(Request[QuotaUsage], frozen=True):
    """The quota of one endpoint, by its path: "/cgi-bin/menu/create"."""

    path: Annotated[str, At("cgi_path")]


@post(
    "/cgi-bin/openapi/rid/get",
    area="quota",
    at="request",
    errors=(76001, 76002, 76003, 76004),
    doc="/doc/offiaccount/openApi/get_rid_info.html",
)
class GetRequest(Request[CallRecord], frozen=True):
    """What became of a call, by the request id at the end of its error (`ApiError.rid`)."""

    rid: str


@post(
    "/cgi-bin/clear_quota",
    area="quota",
    own_id="appid",
    errors=(40013, 48006),
    idempotent=False,
    doc="/doc/offiaccount/openApi/clear_quota.html",
)
class ClearQuota(Request[None], frozen=True):
    """Begin the quotas of the day anew; ten times a month."""


@post(
    "/cgi-bin/clear_quota/v2", area="quota", auth=Auth.APP_QUERY, app_names=("appid", "appsecret"),
    errors=(40013, 40125, 41002, 41004, 48006), idempotent=False,
    doc="/doc/offiaccount/openApi/clearQuotaByAppSecret.html",
)  # fmt: skip
class ClearQuotaWithSecret(Request[None], frozen=True):
    """As `ClearQuota`, without a token: for when the quota of tokens is used up."""


@post(
    "/cgi-bin/callback/check",
    area="quota",
    errors=(40035,),
    doc="/doc/offiaccount/Basic_Information/Network_Detection.html",
)
class CheckCallback(Request[CallbackCheck], frozen=True):
    """Let the platform look up and ping the callback's URL."""

    action: Literal["all", "dns", "ping"] = "all"
    operator: Annotated[Literal["DEFAULT", "CHINANET", "UNICOM", "CAP"], At("check_operator")] = "DEFAULT"


@get("/cgi-bin/getcallbackip", area="quota", at="ip_list", doc=_DOC)
class ListCallbackAddresses(Request[list[str]], frozen=True):
    """Addresses from which the platform pushes messages."""


@get("/cgi-bin/get_api_domain_ip", area="quota", at="ip_list", doc=_DOC)
class ListApiAddresses(Request[list[str]], frozen=True):
    """Addresses at which the platform's API answers."""


class QuotaArea(Area[Mode], Generic[Mode]):
    """`client.quota`"""

    get = method(GetQuota)
    request = method(GetRequest)
    clear = method(ClearQuota)
    clear_with_secret = method(ClearQuotaWithSecret)
    check_callback = method(CheckCallback)
    callback_addresses = method(ListCallbackAddresses)
    api_addresses = method(ListApiAddresses)
