"""Headers and values are understood: real exports of shops, platforms and data sets, by their column names."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.errors import UsageError
from jianwei.records.kinds import EVENT_NAMES, MESSAGE_KINDS
from jianwei.sources.tables.cells import vocabulary
from jianwei.sources.tables.dialect import dialect_of
from jianwei.sources.tables.frames import text_frame
from jianwei.sources.tables.headers import KINDS, fields_named, squeeze
from jianwei.sources.tables.propose import propose, resolve

LONG = ["这家店的东西真的很不错，下次还来", "物流太慢了，等了一个星期才到", "客服态度好，问题解决得很快"]
TIMES = ["2024-01-05 09:03:01", "2024-01-06 10:00:00", "2024-02-01 23:59:59"]
USERS, MONEY, COUNTS, STARS = ["u1", "u2", "u1"], ["12.50", "¥1,234.00", "8元"], ["1", "2", "1"], ["5", "1", "4"]


def frame(**columns: list[str]) -> pa.Table:
    return pa.table(columns)


@pytest.mark.parametrize(
    ("columns", "table", "fields"),
    [
        (
            {"评论内容": LONG, "用户昵称": USERS, "评论时间": TIMES, "评分": STARS, "商品名称": ["茶", "杯", "茶"]},
            "messages",
            {"text": "评论内容", "nickname": "用户昵称", "time": "评论时间", "rating": "评分", "item_title": "商品名称"},
        ),
        (
            {"mid": ["4231265311393455", "4231265307198472", "4231265307198473"], "微博正文": LONG, "发布时间": TIMES},
            "messages",
            {"id": "mid", "text": "微博正文", "time": "发布时间"},
        ),
        (
            {"msg": LONG, "is_sender": ["1", "0", "1"], "talker": ["c1", "c1", "c2"],
             "CreateTime": ["1704070800", "1704070801", "1704070802"]},
            "messages",
            {"text": "msg", "direction": "is_sender", "conversation": "talker", "time": "CreateTime"},
        ),
        (
            {"订单编号": ["a1", "a1", "a2"], "买家会员名": USERS, "买家实际支付金额": MONEY, "宝贝标题": ["茶", "杯", "茶"],
             "宝贝总数量": COUNTS, "订单创建时间": TIMES},
            "orders",
            {"basket": "订单编号", "nickname": "买家会员名", "amount": "买家实际支付金额", "item_title": "宝贝标题",
             "time": "订单创建时间"},
        ),
        (
            {"InvoiceNo": ["536365", "536365", "536366"], "StockCode": ["85123A", "71053", "84406B"],
             "Description": ["WHITE HANGER", "LANTERN", "CUPID"], "Quantity": COUNTS, "UnitPrice": ["2.55", "3.39", "2.75"],
             "InvoiceDate": ["12/1/2010 8:26", "12/13/2010 8:26", "12/13/2010 9:00"],
             "CustomerID": ["17850", "17850", "13047"], "Country": ["UK", "UK", "UK"]},
            "orders",
            {"basket": "InvoiceNo", "item": "StockCode", "quantity": "Quantity", "time": "InvoiceDate", "price": "UnitPrice",
             "user": "CustomerID"},
        ),
        (
            {"user_id": USERS, "item_id": ["1", "2", "3"], "behavior_type": ["pv", "buy", "cart"], "time": TIMES},
            "events",
            {"user": "user_id", "item": "item_id", "behavior": "behavior_type", "time": "time"},
        ),
        (
            {"event_time": TIMES, "event_type": ["view", "cart", "purchase"], "product_id": ["1", "2", "3"],
             "price": ["1.5", "2", "3"], "user_id": USERS},
            "events",
            {"time": "event_time", "behavior": "event_type", "item": "product_id", "price": "price", "user": "user_id"},
        ),
        (
            {"userId": USERS, "movieId": ["1", "2", "3"], "rating": ["4.5", "3", "1"],
             "timestamp": ["964982703", "964981247", "964982224"]},
            "ratings",
            {"user": "userId", "item": "movieId", "rating": "rating", "time": "timestamp"},
        ),
        (
            {"商品id": ["1", "2", "3"], "商品名称": ["茶", "杯", "壶"], "类目": ["饮", "具", "具"], "价格": ["1", "2", "3"]},
            "items",
            {"item": "商品id", "item_title": "商品名称", "category": "类目"},
        ),
        (
            {"会员号": ["1", "2", "3"], "性别": ["男", "女", "女"], "城市": ["北京", "上海", "广州"]},
            "users",
            {"user": "会员号", "gender": "性别", "region": "城市"},
        ),
        ({"reviews.text": LONG, "reviews.username": USERS}, "messages", {"text": "reviews.text", "nickname": "reviews.username"}),
    ],
)  # fmt: skip
def test_known_headers_leave_no_doubt(columns: dict[str, list[str]], table: str, fields: dict[str, str]) -> None:
    found = propose(frame(**columns))
    assert (found.table, found.sure) == (table, True)
    assert fields.items() <= found.fields.items()
    assert sorted(found.columns) == sorted(columns)


@pytest.mark.parametrize(
    ("columns", "table", "fields"),
    [
        ({"列一": LONG, "列二": TIMES}, "messages", {"text": "列一", "time": "列二"}),
        ({"文本": LONG, "金额": MONEY, "数量": COUNTS, "用户": USERS}, "messages", {"text": "文本"}),
        ({"用户": USERS, "总金额": MONEY}, "orders", {"user": "用户"}),
        ({"column_1": USERS, "column_2": ["4", "5", "6"], "column_3": ["pv", "buy", "pv"]}, "events",
         {"user": "column_1", "item": "column_2", "behavior": "column_3"}),
        ({"column_1": ["1", "2", "3"], "column_2": ["4", "5", "6"], "column_3": STARS}, "ratings", {"rating": "column_3"}),
    ],
)  # fmt: skip
def test_doubt_is_not_hidden(columns: dict[str, list[str]], table: str, fields: dict[str, str]) -> None:
    found = propose(frame(**columns))
    assert not found.sure
    assert fields.items() <= found.fields.items()
    assert found.table == table


def test_values_outvote_a_name() -> None:
    assert propose(frame(评价=["5", "4", "5"], 用户=USERS, 内容=LONG)).fields["text"] == "内容"
    assert "time" not in propose(frame(内容=LONG, 时间=["上午", "下午", "晚上"])).fields
    assert "id" not in propose(frame(内容=LONG, id=["1", "1", "2"])).fields


def test_explicit_words_win_and_are_checked() -> None:
    table = frame(内容=LONG, 标题=LONG, 用户=USERS)
    assert resolve(table, "x", table=None, mapping={"text": "标题"}).fields["text"] == "标题"
    assert resolve(table, "x", table=None, mapping={"text": "标题"}).fields["user"] == "用户"
    assert "user" not in resolve(table, "x", table=None, mapping={"text": "标题", "user": ""}).fields
    assert resolve(frame(a=LONG), "x", table="messages", mapping={"text": "a"}).sure
    for mapping, kind in (
        ({"text": "正文"}, None),
        ({"txt": "内容"}, None),
        ({"amount": "内容"}, "messages"),
        ({"user": "用户"}, "ratings"),
    ):
        with pytest.raises(UsageError):
            resolve(table, "x", table=kind, mapping=mapping)
    with pytest.raises(UsageError, match="messages, orders"):
        resolve(table, "x", table="invoices", mapping=None)


@pytest.mark.parametrize(
    ("text", "delimiter", "header", "columns"),
    [
        ("text,label\n好,1\n", ",", True, 2),
        ("1,268318,2520377,pv,1511544070\n1,2333346,2520771,buy,1511561733\n", ",", False, 5),
        ('a\tb\n"x\n,y"\t2\n', "\t", True, 2),
        ("用户|内容\nu|好，很好,真的\n", "|", True, 2),
        ("评论\n好,很好,太好\n坏\n一般,般\n", ",", True, 1),
    ],
)
def test_dialects(text: str, delimiter: str, header: bool, columns: int) -> None:
    found = dialect_of(text, whole=True)
    assert found is not None
    assert (found.header, found.columns) == (header, columns)
    assert columns == 1 or found.delimiter == delimiter


def test_the_word_lists_are_sound() -> None:
    names = tomllib.loads(files("jianwei.sources.tables").joinpath("headers.toml").read_text("utf-8"))
    assert set(names) == {field for kind in KINDS.values() for field in kind.fields}
    for field, words in names.items():
        for word in words.split():
            assert squeeze(word) == word
            assert field in fields_named(word)
        assert len(set(words.split())) == len(words.split()), field
    assert set(vocabulary("behavior").values()) <= set(EVENT_NAMES)
    assert set(vocabulary("kind").values()) <= set(MESSAGE_KINDS)
    for language in LANGUAGES:
        words = catalog(language)
        assert all(words.has(f"tables.field.{field}") for field in [*names, "attrs"])
        assert all(words.has(f"tables.kind.{kind}") for kind in [*KINDS, "baskets"])


@pytest.mark.parametrize(
    ("name", "table", "fields"),
    [
        ("waimai_10k/data", "messages", {"text": "text", "label": "label"}),
        ("online_shopping_10_cats/data", "messages", {"text": "text", "label": "label", "category": "category"}),
        ("weibo2018/data", "messages", {"text": "text", "label": "label", "id": "mid"}),
        ("chnsenticorp/data", "messages", {"text": "text", "label": "label"}),
        ("zh_spam_mail/data", "messages", {"text": "text", "label": "label"}),
        ("nus_sms_zh/data", "messages", {"text": "text", "user": "user_id", "time": "time", "id": "id"}),
        ("movielens_100k/ratings", "ratings", {"user": "user_id", "item": "item_id", "rating": "rating", "time": "timestamp"}),
        ("movielens_100k/items", "items", {"item": "item_id", "item_title": "movie_title", "category": "class"}),
        ("movielens_100k/users", "users", {"user": "user_id", "gender": "gender"}),
        ("cdnow/data", "orders", {"user": "customer_id", "time": "date", "quantity": "quantity", "amount": "amount"}),
        ("taobao_userbehavior_sample/data", "events",
         {"user": "user_id", "item": "item_id", "category": "category_id", "behavior": "behavior", "time": "timestamp"}),
        ("web_access_log/data", "events", {"user": "ip", "time": "time", "url": "url"}),
        ("amazon_beauty_seq/data", "events", {"user": "user_id", "item": "item_id", "seq": "position"}),
    ],
)  # fmt: skip
def test_public_data_sets(data_dir: Path, name: str, table: str, fields: dict[str, str]) -> None:
    found = propose(text_frame(pq.read_table(data_dir / f"{name}.parquet").slice(0, 1000)))
    assert (found.table, found.sure, found.fields) == (table, True, fields)
