"""Template messages: the library, the account's own templates, and whether a message fits its template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import msgspec

from jianwei.sandbox.platform.areas.customer_service import Outbox, Sent
from jianwei.sandbox.platform.pending import announce
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import templates as api

__all__ = ["HANDLERS", "LIBRARY", "TemplateBook", "fitting", "month_of"]

BEIJING = timezone(timedelta(hours=8))
MOST, AGAIN = 25, 600
"""Templates of an account; seconds within which a client's message id is known."""
_KEYWORD = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")

INDUSTRIES: Mapping[str, api.Industry] = {
    str(number): api.Industry(first, second)
    for number, (first, second) in enumerate(
        [
            ("IT科技", "互联网|电子商务"), ("IT科技", "IT软件与服务"), ("IT科技", "IT硬件与设备"), ("IT科技", "电子技术"),
            ("IT科技", "通信与运营商"), ("IT科技", "网络游戏"), ("金融业", "银行"), ("金融业", "基金|理财|信托"),
            ("金融业", "保险"), ("餐饮", "餐饮"), ("酒店旅游", "酒店"), ("酒店旅游", "旅游"),
            ("运输与仓储", "快递"), ("运输与仓储", "物流"), ("运输与仓储", "仓储"), ("教育", "培训"), ("教育", "院校"),
        ],
        1,
    )
}  # fmt: skip
"""Trades by number, of which the platform has more."""

LIBRARY: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "TM00001": ("购买成功通知", ("商品", "价格", "时间")),
    "TM00015": ("订单支付成功", ("支付金额", "商品信息")),
    "TM00303": ("订单发货提醒", ("订单内容", "物流服务", "快递单号", "收货信息")),
    "OPENTM200605630": ("任务处理通知", ("任务名称", "通知类型")),
    "OPENTM207498902": ("预约成功通知", ("预约项目", "预约时间", "预约地点")),
}
"""Templates by short number: title and keywords."""


@dataclass(slots=True)
class TemplateBook:
    """Templates of an account by id, kept by `app.of(TemplateBook)`.

    Attributes:
        blocked: openids that take no template messages of this account.
        industries, changed: its trades, and in which month ("2026-03") they were chosen.
        known: (openid, client's message id) → (message id, when).
    """

    templates: dict[str, api.Template] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    industries: api.Industries = field(default_factory=lambda: api.Industries(INDUSTRIES["1"], INDUSTRIES["2"]))
    changed: str = ""
    known: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def month_of(now: int) -> str:
    """The month in Beijing, as "2026-03"."""
    return datetime.fromtimestamp(now, BEIJING).strftime("%Y-%m")


def fitting(content: str, data: Mapping[str, api.Value]) -> None:
    """Whether what was sent fills every keyword of a template.

    Raises:
        Refusal: 47003, a keyword is missing or empty.
    """
    for name in _KEYWORD.findall(content):
        if name not in data or not data[name].value:
            raise Refusal(47003, f"argument invalid! data.{name}.value is empty")


def set_industry(visit: Visit, call: api.SetIndustry) -> None:
    book, month = visit.app.of(TemplateBook), month_of(visit.now)
    if call.primary not in INDUSTRIES or call.secondary not in INDUSTRIES:
        raise Refusal(40035, "invalid industry")
    if book.changed == month:
        raise Refusal(43100, "change template too frequently")
    book.industries = api.Industries(INDUSTRIES[call.primary], INDUSTRIES[call.secondary])
    book.changed = month


def industry(visit: Visit, call: api.GetIndustry) -> api.Industries:
    return visit.app.of(TemplateBook).industries


def add(visit: Visit, call: api.AddTemplate) -> str:
    book = visit.app.of(TemplateBook)
    if call.template_id_short not in LIBRARY:
        raise Refusal(40037, "invalid template_id")
    if len(book.templates) >= MOST:
        raise Refusal(45026, "template num exceeds limit")
    title, all_keywords = LIBRARY[call.template_id_short]
    keywords = call.keywords or all_keywords
    if not set(keywords) <= set(all_keywords):
        raise Refusal(40035, "invalid keyword_name_list")
    lines = [f"{keyword}：{{{{keyword{i}.DATA}}}}" for i, keyword in enumerate(keywords, 1)]
    example = [f"{keyword}：{title}" for keyword in keywords]
    trade = book.industries.primary_industry
    template_id = visit.platform.name(43)
    book.templates[template_id] = api.Template(
        template_id, title, trade.first_class, trade.second_class, "\n".join(lines), "\n".join(example)
    )
    return template_id


def list_(visit: Visit, call: api.ListTemplates) -> list[api.Template]:
    return list(visit.app.of(TemplateBook).templates.values())


def _known(book: TemplateBook, template_id: str) -> api.Template:
    if template_id not in book.templates:
        raise Refusal(40037, "invalid template_id")
    return book.templates[template_id]


def delete(visit: Visit, call: api.DeleteTemplate) -> None:
    book = visit.app.of(TemplateBook)
    del book.templates[_known(book, call.template_id).template_id]


def send(visit: Visit, call: api.SendTemplate) -> int:
    app, book = visit.app, visit.app.of(TemplateBook)
    person = app.follower(call.touser)
    template = _known(book, call.template_id)
    if not person.subscribed:
        raise Refusal(43004, "require subscribe")
    fitting(template.content, call.data)
    key = (call.touser, call.client_msg_id or "")
    before, at = book.known.get(key, (0, 0))
    if call.client_msg_id and before and visit.now < at + AGAIN:
        return before
    msgid = visit.platform.number(18)
    book.known[key] = msgid, visit.now
    blocked = call.touser in book.blocked or person.blacklisted
    if not blocked:
        app.of(Outbox).sent.append(Sent(call.touser, visit.now, "template", msgspec.to_builtins(call)))
    status = "failed:user block" if blocked else "success"
    announce(app, "TEMPLATESENDJOBFINISH", visit.now, call.touser, MsgID=msgid, Status=status)
    return msgid


HANDLERS: Mapping[type, Handler] = {
    api.SetIndustry: set_industry,
    api.GetIndustry: industry,
    api.AddTemplate: add,
    api.ListTemplates: list_,
    api.DeleteTemplate: delete,
    api.SendTemplate: send,
}
