"""Subscribe messages: the library of templates, who agreed to which, and whether a message fits.

Keywords are named by kind and number ("thing1"); each kind has its own bounds (the platform's table of parameters).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from jianwei.sandbox.platform.areas.customer_service import Outbox, Sent
from jianwei.sandbox.platform.areas.templates import fitting
from jianwei.sandbox.platform.pending import announce
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import subscriptions as api
from jianwei.wechat.endpoints.templates import Value

__all__ = ["CATEGORIES", "HANDLERS", "LIBRARY", "SubscriptionBook"]

MOST = 50
CATEGORIES: Mapping[int, str] = {307: "食品饮料", 616: "服饰内衣", 670: "餐饮服务场所", 674: "点餐平台"}

LIBRARY: Mapping[int, tuple[str, int, int, tuple[tuple[str, str], ...]]] = {
    99: ("订单发货通知", 307, 2, (("订单号", "character_string"), ("商品名称", "thing"), ("发货时间", "time"))),
    304: ("付款成功通知", 307, 2, (("金额", "amount"), ("商品", "thing"), ("付款时间", "time"), ("备注", "thing"))),
    618: ("预约成功通知", 670, 2, (("姓名", "name"), ("预约时间", "date"), ("地点", "thing"))),
    1_128: ("上新提醒", 616, 3, (("商品名称", "thing"), ("上新时间", "time"), ("状态", "phrase"))),
    2_414: ("取餐提醒", 674, 2, (("取餐号", "character_string"), ("门店", "thing"), ("人数", "number"))),
}
"""Templates by number: title, category, type (2 for one use, 3 for many), keywords with their kinds."""

_BOUNDS: Mapping[str, re.Pattern[str]] = {
    "thing": re.compile(r".{1,20}", re.S),
    "number": re.compile(r"-?[0-9.]{1,32}"),
    "character_string": re.compile(r"[\x20-\x7e]{1,32}"),
    "time": re.compile(r"[0-9年月日时分秒:：~ /-]{1,64}"),
    "date": re.compile(r"[0-9年月日时分秒:：~ /-]{1,64}"),
    "amount": re.compile(r"[¥￥$€]?[0-9.,]{1,10}元?"),
    "phrase": re.compile(r"[一-鿿]{1,5}"),
    "name": re.compile(r"[一-鿿]{1,10}|[A-Za-z .]{1,20}"),
}
_KEYWORD = re.compile(r"\{\{(([a-z_]+)[0-9]+)\.DATA\}\}")


@dataclass(slots=True)
class SubscriptionBook:
    """Templates of an account and who agreed to them, kept by `app.of(SubscriptionBook)`.

    Attributes:
        agreed: (openid, template id) → messages that may go out; a template of many uses counts none down.
        pages: pages of a mini-program that exist; None for any.
    """

    templates: dict[str, api.SubscribeTemplate] = field(default_factory=dict)
    agreed: Counter[tuple[str, str]] = field(default_factory=Counter)
    pages: set[str] | None = None

    def agree(self, openid: str, template_id: str) -> None:
        """Somebody agrees to one message more."""
        self.agreed[openid, template_id] += 1

    def refuse(self, openid: str, template_id: str) -> None:
        """Somebody takes all agreements to a template back."""
        self.agreed.pop((openid, template_id), None)


def add(visit: Visit, call: api.AddSubscribeTemplate) -> str:
    book = visit.app.of(SubscriptionBook)
    if not call.tid.isdecimal() or int(call.tid) not in LIBRARY:
        raise Refusal(200014, "invalid tid")
    title, _, kind, keywords = LIBRARY[int(call.tid)]
    if not 2 <= len(set(call.keywords)) == len(call.keywords) <= 5 or not set(call.keywords) <= set(_kids(keywords)):
        raise Refusal(200020, "invalid kidList")
    if len(call.scene or "") > 15:
        raise Refusal(200021, "invalid sceneDesc")
    if len(book.templates) >= MOST:
        raise Refusal(200012, "template num exceeds limit")
    chosen = [(kid, *keywords[kid - 1]) for kid in call.keywords]
    template_id = visit.platform.name(43)
    content = "\n".join(f"{name}:{{{{{rule}{kid}.DATA}}}}" for kid, name, rule in chosen)
    example = "\n".join(f"{name}:{EXAMPLES[rule]}" for _, name, rule in chosen)
    book.templates[template_id] = api.SubscribeTemplate(template_id, title, content, example, kind)
    return template_id


def _kids(keywords: tuple[tuple[str, str], ...]) -> range:
    return range(1, len(keywords) + 1)


EXAMPLES: Mapping[str, str] = {
    "thing": "明前龙井",
    "number": "2",
    "character_string": "A20260301",
    "time": "2026年3月1日 15:01",
    "date": "2026年3月1日",
    "amount": "128.00元",
    "phrase": "已上新",
    "name": "阿宁",
}


def _known(book: SubscriptionBook, template_id: str) -> api.SubscribeTemplate:
    if template_id not in book.templates:
        raise Refusal(40037, "invalid template_id")
    return book.templates[template_id]


def delete(visit: Visit, call: api.DeleteSubscribeTemplate) -> None:
    book = visit.app.of(SubscriptionBook)
    del book.templates[_known(book, call.id).id]


def list_(visit: Visit, call: api.ListSubscribeTemplates) -> list[api.SubscribeTemplate]:
    return list(visit.app.of(SubscriptionBook).templates.values())


def categories(visit: Visit, call: api.ListCategories) -> list[api.Category]:
    return [api.Category(number, name) for number, name in CATEGORIES.items()]


def library(visit: Visit, call: api.ListPublicTemplates) -> api.PublicTemplatePage:
    wanted = call.categories.split(",")
    if not all(one.isdecimal() and int(one) in CATEGORIES for one in wanted):
        raise Refusal(200018, "invalid ids")
    if call.start < 0:
        raise Refusal(200016, "invalid start")
    if not 1 <= call.limit <= 30:
        raise Refusal(200017, "invalid limit")
    rows = [
        api.PublicTemplate(tid, title, kind, str(category))
        for tid, (title, category, kind, _) in LIBRARY.items()
        if str(category) in wanted
    ]
    return api.PublicTemplatePage(len(rows), rows[call.start : call.start + call.limit])


def library_keywords(visit: Visit, call: api.ListPublicKeywords) -> list[api.PublicKeyword]:
    if not call.tid.isdecimal() or int(call.tid) not in LIBRARY:
        raise Refusal(200014, "invalid tid")
    keywords = LIBRARY[int(call.tid)][3]
    return [api.PublicKeyword(kid, name, EXAMPLES[rule], rule) for kid, (name, rule) in enumerate(keywords, 1)]


def _send(visit: Visit, touser: str, template_id: str, data: Mapping[str, Value], body: msgspec.Struct) -> None:
    app, book = visit.app, visit.app.of(SubscriptionBook)
    app.follower(touser)
    template = _known(book, template_id)
    fitting(template.content, data)
    for name, rule in _KEYWORD.findall(template.content):
        if not _BOUNDS[rule].fullmatch(data[name].value):
            raise Refusal(47003, f"argument invalid! data.{name}.value invalid")
    if not book.agreed[touser, template_id]:
        raise Refusal(43101, "user refuse to accept the msg")
    if template.type == 2:
        book.agreed[touser, template_id] -= 1
    app.of(Outbox).sent.append(Sent(touser, visit.now, "subscribe", msgspec.to_builtins(body)))
    told = {"TemplateId": template_id, "MsgID": visit.platform.number(18), "ErrorCode": 0, "ErrorStatus": "success"}
    announce(app, "subscribe_msg_sent_event", visit.now, touser, SubscribeMsgSentEvent={"List": [told]})


def send_notice(visit: Visit, call: api.SendNotice) -> None:
    _send(visit, call.touser, call.template_id, call.data, call)


def send_subscribed(visit: Visit, call: api.SendSubscribed) -> None:
    pages = visit.app.of(SubscriptionBook).pages
    if call.page and pages is not None and call.page.partition("?")[0] not in pages:
        raise Refusal(41030, "invalid page")
    _send(visit, call.touser, call.template_id, call.data, call)


HANDLERS: Mapping[type, Handler] = {
    api.SendNotice: send_notice,
    api.SendSubscribed: send_subscribed,
    api.AddSubscribeTemplate: add,
    api.DeleteSubscribeTemplate: delete,
    api.ListSubscribeTemplates: list_,
    api.ListCategories: categories,
    api.ListPublicTemplates: library,
    api.ListPublicKeywords: library_keywords,
}
