"""What an official account's interface answers → canonical tables."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.records import key_id
from jianwei.sources.official_account import (
    ArticleRef,
    article_of,
    articles_of,
    comments_of,
    followers_of,
    gone_of,
    records_of,
    tagged_of,
)
from jianwei.sources.official_figures import figures_of, tag_figures_of
from jianwei.wechat.endpoints.comments import Comment, Reply
from jianwei.wechat.endpoints.customer_service import Record
from jianwei.wechat.endpoints.drafts import Article, Content
from jianwei.wechat.endpoints.publishing import Published
from jianwei.wechat.endpoints.statistics import MessageRow, UserSummaryRow
from jianwei.wechat.endpoints.statistics_articles import (
    ArticleDay,
    ArticleDetailRow,
    ArticleTotalDay,
    ArticleTotalRow,
    JumpPosition,
    ReadSource,
    UserReadRow,
)
from jianwei.wechat.endpoints.tags import Tag
from jianwei.wechat.endpoints.users import User

NOW = 1_772_000_000_000_000
BEIJING = timezone(timedelta(hours=8))


def users(*given: User, tags: dict[int, str] | None = None) -> dict[str, list[dict[str, Any]]]:
    tables = followers_of(given, tags or {}, account="shop", now_us=NOW)
    return {name: table.to_pylist() for name, table in tables.items()}


def test_a_follower_becomes_a_user_with_names_and_a_link() -> None:
    found = users(
        User(
            "o1",
            1,
            "un1",
            "zh_CN",
            1_700_000_000,
            "老客户",
            tagid_list=[100, 7],
            subscribe_scene="ADD_SCENE_QR_CODE",
            qr_scene=9,
        ),
        tags={100: "茶友"},
    )
    (user,), (name,), (link,) = found["users"], found["names"], found["links"]
    assert user["user_id"] == key_id("u:", "shop", "user", "o1")
    assert (user["subscribed"], json.loads(user["tags"]), user["ts_us"]) == (True, ["茶友", "7"], NOW)
    assert json.loads(user["attrs"])["qr_scene"] == 9
    assert (name["kind"], name["name"]) == ("remark", "老客户")
    assert (link["by"], link["user_id"]) == ("union_id", user["user_id"])


def test_a_union_id_makes_one_person_in_two_accounts() -> None:
    persons = {
        followers_of([User("o1", 1, "un1")], {}, account=account, now_us=1)["links"].column("person_id")[0].as_py()
        for account in ("shop", "other")
    }
    assert len(persons) == 1


def test_who_left_is_no_follower_and_loses_nothing_else() -> None:
    (user,) = users(User("o1", 0))["users"]
    assert user["subscribed"] is False
    assert user["tags"] is None  # null keeps what was known
    assert gone_of(["o1"], account="shop", now_us=1)["users"].to_pylist()[0]["subscribed"] is False
    (tagged,) = tagged_of({"o1": ["a"]}, account="shop", now_us=1)["users"].to_pylist()
    assert (tagged["tags"], tagged["subscribed"]) == ('["a"]', None)


def test_an_article_is_known_by_message_and_number() -> None:
    long = "http://mp.weixin.qq.com/s?__biz=MzI=&mid=2247483650&idx=2&sn=ab#rd"
    content = Content(
        [Article("一", "<p>甲</p>", url="http://mp.weixin.qq.com/s/short"), Article("二", url=long)], 5, 9
    )
    tables = articles_of([Published("ART", content)], account="shop")
    short, full = tables["items"].to_pylist()
    assert (short["key"], full["key"]) == ("article/ART_1", "article/2247483650_2")
    assert article_of(full["key"]) == ArticleRef(2247483650, 1)
    assert article_of(short["key"]) is None
    assert (short["text"], short["ts_us"]) == ("甲", 9_000_000)
    assert [row["item_id"] for row in tables["conversations"].to_pylist()] == [short["item_id"], full["item_id"]]


def test_comments_and_answers_stand_below_their_article() -> None:
    given = [Comment(2**55 + 1, "好", 10, 1, "o1", Reply("谢谢", 20)), Comment(2, "路过", 11)]
    tables = comments_of(given, ArticleRef(77, 0), account="shop", input_id="f:1")
    asked, answer, passing = tables["messages"].to_pylist()
    assert (asked["direction"], answer["direction"]) == ("in", "out")
    assert answer["reply_to"] == asked["message_id"]
    assert passing["user_id"] is None
    (place,) = tables["conversations"].to_pylist()
    assert {row["conversation_id"] for row in (asked, answer, passing)} == {place["conversation_id"]}
    assert place["item_id"] == asked["item_id"] == key_id("i:", "shop", "item", "article/77_1")


# --- figures ---------------------------------------------------------------------------------------------------------


def figures(series: str, *answers: msgspec.Struct) -> list[dict[str, Any]]:
    return figures_of(series, answers, account="shop")["metrics"].to_pylist()


def midnight(*day: int) -> int:
    return int(datetime(*day, tzinfo=BEIJING).timestamp()) * 1_000_000  # type: ignore[arg-type]


def test_every_figure_of_a_row_is_one_metric_with_what_it_is_about() -> None:
    found = figures(
        "user_summary", UserSummaryRow(ref_date=date(2026, 3, 1), user_source=30, new_user=5, cancel_user=2)
    )
    assert {(row["name"], row["value"]) for row in found} == {
        ("user_summary.new_user", 5.0),
        ("user_summary.cancel_user", 2.0),
    }
    assert {row["attrs"] for row in found} == {'{"user_source":30}'}
    assert {row["ts_us"] for row in found} == {midnight(2026, 3, 1)}


def test_hours_count_from_the_days_beginning_in_beijing() -> None:
    found = figures("messages_by_hour", MessageRow(ref_date=date(2026, 3, 1), ref_hour=1300, msg_type=1, msg_count=4))
    assert {row["ts_us"] for row in found} == {midnight(2026, 3, 1) + 13 * 3_600_000_000}


def test_an_articles_days_are_metrics_of_their_own_days() -> None:
    days = [
        ArticleDay(
            stat_date=date(2026, 3, n), read_user=n, read_user_source=[ReadSource(scene_desc="朋友圈", user_count=n)]
        )
        for n in (2, 3)
    ]
    row = ArticleDetailRow(ref_date=date(2026, 3, 2), msgid="77_1", title="春茶", detail_list=days)
    tables = figures_of("article_details", [row], account="shop")
    reads = [one for one in tables["metrics"].to_pylist() if one["name"] == "article_details.read_user"]
    whole = {one["ts_us"]: one["value"] for one in reads if "scene_desc" not in one["attrs"]}
    assert whole == {midnight(2026, 3, 2): 2.0, midnight(2026, 3, 3): 3.0}
    parts = [json.loads(one["attrs"])["scene_desc"] for one in reads if "scene_desc" in one["attrs"]]
    assert parts == ["朋友圈", "朋友圈"]
    (item,) = tables["items"].to_pylist()
    assert (item["item_id"], item["title"]) == (key_id("i:", "shop", "item", "article/77_1"), "春茶")
    assert {one["item_id"] for one in reads} == {item["item_id"]}


def test_shares_of_places_keep_their_place() -> None:
    day = ArticleDay(
        stat_date=date(2026, 3, 2), read_jump_position=[JumpPosition(position=1, rate=0.25), JumpPosition(position=2)]
    )
    found = figures("article_details", ArticleDetailRow(ref_date=date(2026, 3, 2), msgid="7_1", detail_list=[day]))
    jumps = {json.loads(row["attrs"])["position"]: row["value"] for row in found if row["name"].endswith(".read_jump")}
    assert jumps == {1: 0.25, 2: 0.0}


def test_no_two_figures_share_an_id() -> None:
    first, second = date(2026, 3, 1), date(2026, 3, 2)
    hours = [
        UserReadRow(ref_date=d, user_source=s, ref_hour=h) for d in (first, second) for s in (0, 1) for h in (0, 100)
    ]
    days = [UserReadRow(ref_date=first, user_source=s) for s in (0, 1)]
    totals = [ArticleTotalDay(stat_date=d) for d in (first, second)]
    articles = [ArticleTotalRow(ref_date=first, msgid=f"{m}_1", details=totals) for m in (1, 2)]
    rows = [*figures("a", *hours), *figures("b", *days), *figures("c", *articles)]
    fields = len(ArticleTotalDay.__struct_fields__) - 1  # all but the day
    assert len({row["metric_id"] for row in rows}) == len(rows) == 8 * 8 + 2 * 8 + 2 * 2 * fields


def test_tags_are_counted_by_day() -> None:
    (row,) = tag_figures_of([Tag(100, "茶友", 3), Tag(101, "无")], account="shop", day=date(2026, 3, 1))[
        "metrics"
    ].to_pylist()
    assert (row["name"], row["value"], json.loads(row["attrs"])["tag"]) == ("tag.count", 3.0, "茶友")


# --- records ---------------------------------------------------------------------------------------------------------


def record(text: str = "在吗", code: int = 2003, at: int = 100, openid: str = "o1") -> Record:
    return Record(openid, code, text, at, "kf1@gh_1")


def said(
    *records: Record, heard: Counter[tuple[str, int, str]] | None = None
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    tables, left = records_of(records, heard or Counter(), account="shop", input_id="f:1")
    return (tables["messages"].to_pylist() if "messages" in tables else []), dict(left)


def test_records_go_in_and_out_of_one_private_chat() -> None:
    (question, answer), _ = said(record(), record("在的", 2002, 120))
    assert (question["direction"], answer["direction"]) == ("in", "out")
    assert question["conversation_id"] == answer["conversation_id"] == key_id("c:", "shop", "conversation", "o1")
    assert question["user_id"] == key_id("u:", "shop", "user", "o1")
    assert answer["user_id"] == key_id("u:", "shop", "user", "kf1@gh_1")


def test_placeholders_are_no_words_and_sessions_no_messages() -> None:
    rows, left = said(record("[图片]"), record("", 1000), record("[笑] 好"))
    assert [row["kind"] for row in rows] == ["image", "text"]
    assert left == {"other_records": 1}


def test_what_the_webhook_heard_is_not_brought_again() -> None:
    place = key_id("c:", "shop", "conversation", "o1")
    rows, left = said(record(), record(), record(), heard=Counter({(place, 100, "在吗"): 2}))
    assert (len(rows), left) == (1, {"heard": 2})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            record,
            st.sampled_from(["a", "b", "[图片]", ""]),
            st.sampled_from([2002, 2003]),
            st.integers(1, 3),
            st.sampled_from(["o1", "o2"]),
        ),
        max_size=30,
    )
)
def test_ids_are_the_same_every_time_and_one_a_record(records: list[Record]) -> None:
    first, _ = said(*records)
    again, _ = said(*records)
    assert [row["message_id"] for row in first] == [row["message_id"] for row in again]
    assert len({row["message_id"] for row in first}) == len(records)
    longer, _ = said(*records, record("c", at=9))  # the day goes on
    assert [row["message_id"] for row in longer][: len(first)] == [row["message_id"] for row in first]


@pytest.mark.parametrize("key", ["article/ART_1", "weibo/5", "article/1", "menu/x", ""])
def test_other_keys_are_no_articles_that_can_be_asked_for(key: str) -> None:
    assert article_of(key) is None
