"""The files: the same bytes for the same shop, and readable with nothing but csv, json and a spreadsheet reader."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from jianwei.records.kinds import kind_of_chatlab, kind_of_wechat
from jianwei.sandbox.population import BROKEN_ROWS, Shop, simulate, write_files
from jianwei.sandbox.population.chats import WECHATMSG_COLUMNS
from jianwei.sandbox.population.shop import local


@pytest.fixture(scope="module")
def folder(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("shop")
    written = write_files(shop, place)
    assert sorted(written) == sorted(path for path in place.rglob("*") if path.is_file())
    return place


def bytes_of(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_same_shop_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_files(simulate(seed=5, customers=60, days=20), tmp_path / name)
    write_files(simulate(seed=6, customers=60, days=20), tmp_path / "three")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    different = bytes_of(tmp_path / "three")
    assert all(
        different.get(name) != digest for name, digest in bytes_of(tmp_path / "one").items() if name != "products.csv"
    )


def chatlab_jsonl(path: Path) -> tuple[list[dict[str, Any]], int]:
    lines, broken = [], 0
    for text in path.read_text("utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            broken += 1
    return lines, broken


def test_every_message_is_in_the_chat_files(shop: Shop, folder: Path) -> None:
    """All exports together give back (conversation, sender, second, kind, text) of every message, the overlap twice."""
    found: Counter[tuple[str, str, int, str, str]] = Counter()
    for path in (folder / "chats" / "groups").glob("*.jsonl"):
        lines, _ = chatlab_jsonl(path)
        group = lines[0]["meta"]["groupId"]
        for line in lines:
            if line["_type"] == "message" and isinstance(line["timestamp"], int):
                sender = "" if line["sender"] == "system" else line["sender"]
                found[(group, sender, line["timestamp"], kind_of_chatlab(line["type"]), line["content"])] += 1
    for path in (folder / "chats" / "chatlab").glob("*.json"):
        document = json.loads(path.read_text("utf-8"))
        (customer,) = {member["platformId"] for member in document["members"]} - {document["meta"]["ownerId"]}
        for message in document["messages"]:
            sender = "" if message["sender"] == "system" else message["sender"]
            found[(customer, sender, message["timestamp"], kind_of_chatlab(message["type"]), message["content"])] += 1
    for path in (folder / "chats" / "wechatmsg").rglob("*.csv"):
        rows = wechatmsg(path)
        customers = {row["TalkerId"]: row["Sender"] for row in rows if row["IsSender"] == "0" and row["Sender"]}
        for row in rows:
            kind = kind_of_wechat(int(row["Type"]), int(row["SubType"]), row["StrContent"])
            found[(customers[row["TalkerId"]], row["Sender"], int(row["CreateTime"]), kind, row["StrContent"])] += 1
    assert set(found) == {(m.conversation_id, m.sender_id, m.at, m.kind, m.text) for m in shop.messages}
    twice = [key for key, count in found.items() if count > 1]
    assert len({key[0] for key in twice}) == 1
    assert len(twice) > 50


def wechatmsg(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if row["CreateTime"].isdigit()]
        assert reader.fieldnames == list(WECHATMSG_COLUMNS)
    return rows


def test_wechatmsg_rows_agree_with_themselves(shop: Shop, folder: Path) -> None:
    owners = {member.user_id for member in shop.staff}
    paths = list((folder / "chats" / "wechatmsg").rglob("*.csv"))
    assert {path.name for path in paths} >= {"messages.csv"}
    for path in paths:
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        for row in wechatmsg(path):
            assert f"{local(int(row['CreateTime'])):%Y-%m-%d %H:%M:%S}" == row["StrTime"]
            assert (row["IsSender"] == "1") == (row["Sender"] in owners)


def test_quotes_lead_to_messages(folder: Path) -> None:
    lines = [line for path in (folder / "chats" / "groups").glob("*_1.jsonl") for line in chatlab_jsonl(path)[0]]
    ids = {line["platformMessageId"] for line in lines if line["_type"] == "message" and "platformMessageId" in line}
    quoted = [line["replyToMessageId"] for line in lines if "replyToMessageId" in line]
    assert quoted
    assert set(quoted) <= ids


def test_orders_add_up(shop: Shop, folder: Path) -> None:
    header, *rows = CalamineWorkbook.from_path(folder / "orders.xlsx").get_sheet_by_index(0).to_python()
    table = [dict(zip(header, row, strict=True)) for row in rows]
    good = [row for row in table if isinstance(row["金额"], float) and not isinstance(row["下单时间"], str)]
    assert len(table) - len(good) == BROKEN_ROWS["orders.xlsx"]
    assert sum(Decimal(str(row["金额"])) for row in good) == sum(order.amount for order in shop.orders)
    assert {row["订单号"] for row in good} == {order.id for order in shop.orders}
    first = shop.orders[0]
    assert good[0]["下单时间"] == local(first.at).replace(tzinfo=None)
    assert [row["商品编号"] for row in good if row["订单号"] == first.id] == [line.product_id for line in first.lines]


def test_events_are_told_once(shop: Shop, folder: Path) -> None:
    lines, broken = [], 0
    for text in (folder / "events.jsonl").read_text("utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            broken += 1
    good = [line for line in lines if line.get("time", "").startswith("20")]
    assert broken + len(lines) - len(good) == BROKEN_ROWS["events.jsonl"]
    assert Counter(line["event"] for line in good) == Counter(
        event.name for event in shop.events if event.name != "buy"
    )
    assert {line["user_id"] for line in good} <= {customer.user_id for customer in shop.customers}


def test_reviews_are_gb18030(shop: Shop, folder: Path) -> None:
    data = (folder / "reviews.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    rows = list(csv.DictReader(data.decode("gb18030").splitlines()))
    assert [row["评价内容"] for row in rows[: len(shop.reviews)]] == [review.text for review in shop.reviews]
    assert len(rows) == len(shop.reviews) + BROKEN_ROWS["reviews.csv"]


def test_products_are_listed(shop: Shop, folder: Path) -> None:
    with (folder / "products.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["商品编号"], Decimal(row["价格"])) for row in rows] == [
        (product.id, product.price) for product in shop.products
    ]


def test_broken_rows_are_as_many_as_said(folder: Path) -> None:
    (path,) = (folder / "chats" / "groups").glob("*_1.jsonl")
    lines, broken = chatlab_jsonl(path)
    odd = sum(line["_type"] == "message" and not isinstance(line["timestamp"], int) for line in lines)
    assert broken + odd == BROKEN_ROWS["group.jsonl"]
    unread = 0
    for path in (folder / "chats" / "wechatmsg").rglob("messages.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            unread += sum(not row["CreateTime"].isdigit() for row in csv.DictReader(file))
    assert unread == BROKEN_ROWS["messages.csv"]
