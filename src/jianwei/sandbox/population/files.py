"""The files that a real shop has, written from the simulated one: chat exports of several tools, orders, events, reviews, goods.

They carry what real files carry: an overlapping export, several encodings, and a handful of rows that nobody can read.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from jianwei.sandbox.population.chats import (
    BROKEN_CHATLAB,
    BROKEN_WECHATMSG,
    write_chatlab_json,
    write_chatlab_jsonl,
    write_wechatmsg,
)
from jianwei.sandbox.population.season import DAY
from jianwei.sandbox.population.shop import Event, Message, Shop, local

__all__ = ["BROKEN_ROWS", "write_files"]

_ORDER_COLUMNS = ("订单号", "下单时间", "客户ID", "昵称", "商品编号", "商品名称", "数量", "单价", "金额", "收货城市")
_REVIEW_COLUMNS = ("评价ID", "评价时间", "客户ID", "昵称", "订单号", "商品编号", "商品名称", "评分", "评价内容")
_PRODUCT_COLUMNS = ("商品编号", "商品名称", "类目", "价格")

_BROKEN_ORDERS = (
    ("2026030200000001", "昨天下午", "wxid_nobody", "无名", "T06", "正山小种 桐木蜜香 100g", 1, 98.0, 98.0, "杭州"),
    (
        "2026030200000002",
        "2026-02-30 10:00:00",
        "wxid_nobody",
        "无名",
        "T06",
        "正山小种 桐木蜜香 100g",
        1,
        98.0,
        98.0,
        "杭州",
    ),
    (
        "2026030200000003",
        "2026-03-05 10:00:00",
        "wxid_nobody",
        "无名",
        "T06",
        "正山小种 桐木蜜香 100g",
        "两罐",
        98.0,
        "待定",
        "杭州",
    ),
)
_BROKEN_EVENTS = (
    '{"event_id": "broken-1", "user_id": "wxid_nobody", "event": "view", "item_id": "T06", "ti',
    '{"event_id": "broken-2", "user_id": "wxid_nobody", "event": "view", "item_id": "T06", "time": "前天"}',
    '{"event_id": "broken-3", "user_id": "wxid_nobody", "event": "view", "item_id": "T06"}',
)
_BROKEN_REVIEWS = (
    ("rbroken1", "2026-13-40 25:61:00", "wxid_nobody", "无名", "", "T06", "正山小种 桐木蜜香 100g", "5", "时间是坏的"),
    ("rbroken2", "", "wxid_nobody", "无名", "", "T06", "正山小种 桐木蜜香 100g", "5", "没有时间"),
)

BROKEN_ROWS: Mapping[str, int] = {
    "orders.xlsx": len(_BROKEN_ORDERS),
    "events.jsonl": len(_BROKEN_EVENTS),
    "reviews.csv": len(_BROKEN_REVIEWS),
    "messages.csv": len(BROKEN_WECHATMSG),
    "group.jsonl": len(BROKEN_CHATLAB),
}
"""Rows that cannot be read, by kind of file (one file of each kind has them)."""

_JSON_CHATS, _SINGLE_CHATS = 12, 20


def write_files(shop: Shop, folder: Path) -> list[Path]:
    """Write the shop's files below `folder`, which is created when missing; the same shop gives the same bytes.

    * `chats/groups/*.jsonl`: ChatLab JSONL, one a group, and a second, overlapping export of the first group;
    * `chats/chatlab/*.json`: ChatLab JSON, the liveliest private chats;
    * `chats/wechatmsg/*_utf8.csv`: WeChatMsg CSV, one a chat; `chats/wechatmsg/<staff>/messages.csv`: all other chats of one account;
    * `orders.xlsx` (one row an order line), `events.jsonl` (all events but `buy`, which the orders tell), `reviews.csv` (GB18030),
      `products.csv`.

    Times in tables are the shop's local times; times in chat exports are seconds since the epoch.

    Returns:
        The paths, in the order in which they were written.
    """
    by_talk: dict[str, list[Message]] = defaultdict(list)
    for message in shop.messages:
        by_talk[message.conversation_id].append(message)
    folder.mkdir(parents=True, exist_ok=True)
    return [
        *_groups(shop, by_talk, folder / "chats" / "groups"),
        *_private(shop, by_talk, folder / "chats"),
        _orders(shop, folder / "orders.xlsx"),
        _events(shop, folder / "events.jsonl"),
        _reviews(shop, folder / "reviews.csv"),
        _products(shop, folder / "products.csv"),
    ]


def _groups(shop: Shop, by_talk: Mapping[str, Sequence[Message]], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    begin = int(datetime(shop.start.year, shop.start.month, shop.start.day, tzinfo=local(0).tzinfo).timestamp())
    early, late = begin + shop.days * DAY * 7 // 10, begin + shop.days * DAY // 2
    paths = []
    for number, talk in enumerate(talk for talk in shop.conversations if talk.kind == "group" and by_talk[talk.id]):
        messages = by_talk[talk.id]
        name = _file_name(talk.title)
        if number == 0:
            # Somebody exported the group twice: what was said between `late` and `early` is in both files.
            first = [message for message in messages if message.at < early]
            paths.append(write_chatlab_jsonl(shop, talk, first, folder / f"{name}_1.jsonl", BROKEN_CHATLAB))
            messages = [message for message in messages if message.at >= late]
            name = f"{name}_2"
        paths.append(write_chatlab_jsonl(shop, talk, messages, folder / f"{name}.jsonl"))
    return paths


def _private(shop: Shop, by_talk: Mapping[str, Sequence[Message]], folder: Path) -> list[Path]:
    talks = sorted((t for t in shop.conversations if t.kind == "private"), key=lambda t: (-len(by_talk[t.id]), t.id))
    paths = []
    (folder / "chatlab").mkdir(parents=True, exist_ok=True)
    for talk in talks[:_JSON_CHATS]:
        path = folder / "chatlab" / f"{_file_name(talk.title)}_{talk.id[5:9]}.json"
        paths.append(write_chatlab_json(shop, talk, by_talk[talk.id], path))
    (folder / "wechatmsg").mkdir(exist_ok=True)
    for talk in talks[_JSON_CHATS : _JSON_CHATS + _SINGLE_CHATS]:
        path = folder / "wechatmsg" / f"{_file_name(talk.title)}_{talk.id[5:9]}_utf8.csv"
        paths.append(write_wechatmsg(shop, talk.owner_id, by_talk[talk.id], path))
    broken: Sequence[Sequence[str]] = BROKEN_WECHATMSG
    for member in shop.staff:
        theirs = {talk.id for talk in talks[_JSON_CHATS + _SINGLE_CHATS :] if talk.owner_id == member.user_id}
        if theirs:
            place = folder / "wechatmsg" / _file_name(member.nickname)
            place.mkdir(exist_ok=True)
            messages = (message for message in shop.messages if message.conversation_id in theirs)
            paths.append(write_wechatmsg(shop, member.user_id, messages, place / "messages.csv", broken))
            broken = ()
    return paths


def _file_name(title: str) -> str:
    kept = "".join(letter for letter in title if letter.isalnum() or letter in "-_")
    return kept or "chat"


def _clock(at: int) -> str:
    return f"{local(at):%Y-%m-%d %H:%M:%S}"


def _orders(shop: Shop, path: Path) -> Path:
    import xlsxwriter

    names = {customer.user_id: customer.nickname for customer in shop.customers}
    titles = {product.id: product.title for product in shop.products}
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True})
    # A fixed date of creation keeps the bytes the same.
    book.set_properties({"created": datetime(shop.start.year, shop.start.month, shop.start.day)})  # noqa: DTZ001 (Excel knows no zones)
    time, money = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}), book.add_format({"num_format": "0.00"})
    sheet = book.add_worksheet("订单")
    sheet.write_row(0, 0, _ORDER_COLUMNS)
    row = 1
    for order in shop.orders:
        for line in order.lines:
            sheet.write_string(row, 0, order.id)
            sheet.write_datetime(row, 1, local(order.at).replace(tzinfo=None), time)
            cells = (order.customer_id, names[order.customer_id], line.product_id, titles[line.product_id])
            for column, cell in enumerate(cells, 2):
                sheet.write_string(row, column, cell)
            sheet.write_number(row, 6, line.quantity)
            sheet.write_number(row, 7, float(line.unit_price), money)
            sheet.write_number(row, 8, float(line.amount), money)
            sheet.write_string(row, 9, order.city)
            row += 1
    for broken in _BROKEN_ORDERS:
        sheet.write_row(row, 0, broken)
        row += 1
    book.close()
    return path


def _event(event: Event, openid: str) -> str:
    fields: dict[str, object] = {
        "event_id": event.id,
        "user_id": event.user_id,
        "openid": openid,
        "event": event.name,
        "time": _clock(event.at),
        "item_id": event.product_id,
        "order_id": event.order_id,
        "quantity": event.quantity,
        "amount": None if event.amount is None else float(event.amount),
        "rating": event.value,
        "query": event.query,
    }
    return json.dumps({key: value for key, value in fields.items() if value not in (None, "", 0)}, ensure_ascii=False)


def _events(shop: Shop, path: Path) -> Path:
    openids = {customer.user_id: customer.openid for customer in shop.customers}
    lines = [_event(event, openids[event.user_id]) for event in shop.events if event.name != "buy"]
    middle = len(lines) // 2
    path.write_text("\n".join(lines[:middle] + list(_BROKEN_EVENTS) + lines[middle:]) + "\n", "utf-8")
    return path


def _csv(path: Path, encoding: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def _reviews(shop: Shop, path: Path) -> Path:
    names = {customer.user_id: customer.nickname for customer in shop.customers}
    titles = {product.id: product.title for product in shop.products}
    rows = [
        (
            r.id,
            _clock(r.at),
            r.customer_id,
            names[r.customer_id],
            r.order_id,
            r.product_id,
            titles[r.product_id],
            r.rating,
            r.text,
        )
        for r in shop.reviews
    ]
    return _csv(path, "gb18030", _REVIEW_COLUMNS, [*rows, *_BROKEN_REVIEWS])


def _products(shop: Shop, path: Path) -> Path:
    rows = [(product.id, product.title, product.category, product.price) for product in shop.products]
    return _csv(path, "utf-8-sig", _PRODUCT_COLUMNS, rows)
