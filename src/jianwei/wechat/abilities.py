"""What an account may do, found out by calls that do no harm: lists, quotas, and calls that are refused for another reason.

What an account is permitted depends on its kind, on whether it is verified and on what its owner has asked for; only the platform knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from jianwei.wechat.drivers import SyncDriver
from jianwei.wechat.endpoints import (
    blacklist,
    comments,
    customer_service,
    drafts,
    mass,
    materials,
    menus,
    publishing,
    quota,
    statistics,
    subscriptions,
    tags,
    templates,
    tokens,
    users,
    wecom_archive,
    wecom_contacts,
    wecom_departments,
    wecom_groups,
    wecom_tickets,
)
from jianwei.wechat.errors import AddressError, ApiError, PermissionDeniedError, TokenRefusedError, WeChatError
from jianwei.wechat.request import Request

__all__ = ["Ability", "Verdict", "abilities_of", "probe"]

_DENIED = (48002, 48004, 60011, 76022, 84074, 88000, 301052)
"""Codes that say the same as a missing permission, beside 48001."""


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that accounts do.

    Attributes:
        name: e.g. "followers"; words for it stand in `locale`.
        request: a call that shows whether it is permitted.
        fine: codes that are refusals for another reason, and so show that it is.
    """

    name: str
    request: Request[Any]
    fine: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an account has an ability.

    Attributes:
        state: "yes", "no" (the permission is missing), or "unknown" (something else went wrong).
        code: the platform's return code, 0 where there was none.
        detail, hint: what the platform said, and what to do.
    """

    name: str
    state: Literal["yes", "no", "unknown"]
    code: int = 0
    detail: str = ""
    hint: str = ""


def _quota(name: str, path: str) -> Ability:
    return Ability(name, quota.GetQuota(path))


def abilities_of(kind: str, *, now: int, today: date) -> tuple[Ability, ...]:
    """What accounts of a kind may be able to do: "official", "service", "miniprogram" or "wecom"; nothing for others.

    Args:
        now: seconds since the epoch.
        today: the platform's day.
    """
    yesterday = today - timedelta(days=1)
    if kind in ("official", "service"):
        return (
            Ability("followers", users.ListUsers()),
            Ability("tags", tags.ListTags()),
            Ability("blacklist", blacklist.ListBlocked()),
            Ability("menus", menus.GetMenus(), (46003,)),
            Ability("materials", materials.CountMaterials()),
            Ability("drafts", drafts.CountDrafts()),
            Ability("articles", publishing.ListPublished(count=1, no_content=True)),
            Ability("comments", comments.ListComments(1), (88001, 88002, 88011)),
            Ability("statistics", statistics.UserSummary(yesterday, yesterday), (61500, 61501, 61503)),
            Ability("customer_service", customer_service.ListStaff()),
            Ability("records", customer_service.ListRecords(now - 60, now - 1)),
            _quota("replies", "/cgi-bin/message/custom/send"),
            Ability("mass", mass.GetSpeed(), (45083,)),
            Ability("templates", templates.ListTemplates()),
            Ability("subscriptions", subscriptions.ListSubscribeTemplates()),
            _quota("qrcodes", "/cgi-bin/qrcode/create"),
            _quota("speech", "/cgi-bin/media/voice/addvoicetorecofortext"),
            Ability("jssdk", tokens.GetTicket()),
        )
    if kind == "miniprogram":
        return (
            _quota("replies", "/cgi-bin/message/custom/send"),
            _quota("media", "/cgi-bin/media/upload"),
            _quota("safety", "/wxa/msg_sec_check"),
            Ability("subscriptions", subscriptions.ListSubscribeTemplates()),
        )
    if kind == "wecom":
        return (
            Ability("members", wecom_departments.ListDepartments()),
            Ability("contacts", wecom_contacts.ListFollowUsers()),
            Ability("tags", wecom_contacts.ListCorpTags()),
            Ability("groups", wecom_groups.ListGroups(limit=1)),
            Ability("archive", wecom_archive.ListArchived()),
            Ability("jssdk", wecom_tickets.GetCorpTicket()),
        )
    return ()


def probe(client: SyncDriver, ability: Ability) -> Verdict:
    """Whether the account of a client has an ability.

    Raises:
        AddressError: this server's address is not allowed.
        TokenRefusedError: the account itself is refused.
    """
    try:
        client.call(ability.request)
    except (AddressError, TokenRefusedError):
        raise
    except ApiError as error:
        if error.code in ability.fine:
            return Verdict(ability.name, "yes", error.code)
        if isinstance(error, PermissionDeniedError) or error.code in _DENIED:
            return Verdict(ability.name, "no", error.code, error.what, error.hint)
        return Verdict(ability.name, "unknown", error.code, error.what, error.hint)
    except WeChatError as error:
        return Verdict(ability.name, "unknown", 0, error.what, error.hint)
    return Verdict(ability.name, "yes")
