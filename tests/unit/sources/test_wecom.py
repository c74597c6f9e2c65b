"""What WeCom's interface answers → canonical tables."""

from __future__ import annotations

import json

from jianwei.records import key_id
from jianwei.sources.archive import conversation_key, read_message
from jianwei.sources.wecom import contacts_of, group_of, left_of, members_of, room_of, work_figures_of
from jianwei.wechat.endpoints.wecom_archive import ArchivedGroup, ArchivedMember
from jianwei.wechat.endpoints.wecom_contacts import ContactOf, ExternalContact, FollowInfo
from jianwei.wechat.endpoints.wecom_groups import CustomerGroup, GroupFigures, GroupMember, UserId
from jianwei.wechat.endpoints.wecom_members import Member
from jianwei.wechat.endpoints.wecom_outreach import BehaviorRow

NOW = 1_772_000_000_000_000


def user_id(key: str) -> str:
    return key_id("u:", "corp", "user", key)


def test_members_bear_the_names_of_their_departments() -> None:
    tables = members_of(
        [Member("li", "小李", [2, 9], gender="2", alias="李店长")], {2: "门店"}, account="corp", now_us=NOW
    )
    (user,) = tables["users"].to_pylist()
    assert (user["user_id"], user["gender"], user["nickname"]) == (user_id("li"), "female", "小李")
    assert json.loads(user["attrs"])["departments"] == ["门店", "9"]
    assert {(row["kind"], row["name"]) for row in tables["names"].to_pylist()} == {
        ("nickname", "小李"),
        ("alias", "李店长"),
    }


def test_a_contact_of_two_members_is_one_user_with_all_tags_and_remarks() -> None:
    contact = ExternalContact("wm1", "客", gender=1, unionid="un1")
    known = [
        ContactOf(contact, FollowInfo("wang", "王的客户", createtime=20, tag_id=["t2", "t1"])),
        ContactOf(contact, FollowInfo("li", "老客户", createtime=10, tag_id=["t1"], add_way=1, state="shop")),
    ]
    tables = contacts_of(known, {"t1": "常客", "t2": "送礼"}, {}, (), account="corp", now_us=NOW)
    (user,) = tables["users"].to_pylist()
    assert json.loads(user["tags"]) == ["常客", "送礼"]
    met = json.loads(user["attrs"])["met"]
    assert met == [
        {"at": 10, "by": user_id("li"), "state": "shop", "way": 1, "tags": ["常客"]},
        {"at": 20, "by": user_id("wang"), "tags": ["送礼", "常客"]},
    ]
    assert [row["name"] for row in tables["names"].to_pylist() if row["kind"] == "remark"] == ["老客户", "王的客户"]
    assert tables["links"].num_rows == 1
    reverse = contacts_of(known[::-1], {"t1": "常客", "t2": "送礼"}, {}, (), account="corp", now_us=NOW)
    assert reverse["users"].equals(tables["users"])


def test_who_was_not_asked_knows_contacts_as_before() -> None:
    tags = {"t1": "常客", "t2": "送礼"}
    one, other = ExternalContact("wm1", "客"), ExternalContact("wm2", "客二")
    by_li = [ContactOf(who, FollowInfo("li", createtime=10, tag_id=["t1"])) for who in (one, other)]
    by_wang = [ContactOf(who, FollowInfo("wang", createtime=20, tag_id=["t2"])) for who in (one, other)]

    def read(known: list[ContactOf], before: dict[str, dict[str, object]], *still: str) -> dict[str, dict[str, object]]:
        users = contacts_of(known, tags, before, still, account="corp", now_us=NOW).get("users")
        return {row["key"]: row for row in users.to_pylist()} if users else {}

    whole = read(by_li + by_wang, {})
    attrs = {key: json.loads(str(row["attrs"])) for key, row in whole.items()}
    assert read(by_li, attrs, "wang") == read(by_wang, attrs, "li") == whole
    assert read(by_li[:1], attrs, "wang")["wm2"]["tags"] == '["送礼"]'  # li knows them no longer
    assert read(by_li, attrs)["wm1"]["tags"] == '["常客"]'  # wang has left the corp


def test_a_group_has_roles_times_and_names_of_its_own() -> None:
    group = CustomerGroup(
        "wr1", "茶友群", "li", 5, admin_list=[UserId("wang")],
        member_list=[
            GroupMember("li", type=1, join_time=5), GroupMember("wang", type=1, join_time=6),
            GroupMember("wm1", join_time=7, unionid="un1", group_nickname="茶叔", name="客"),
        ],
    )  # fmt: skip
    tables = group_of(group, 0, account="corp", now_us=NOW)
    roles = {row["user_id"]: (row["role"], row["joined_us"]) for row in tables["members"].to_pylist()}
    assert roles == {
        user_id("li"): ("owner", 5_000_000), user_id("wang"): ("admin", 6_000_000), user_id("wm1"): ("member", 7_000_000)
    }  # fmt: skip
    (place,) = tables["conversations"].to_pylist()
    assert (place["title"], place["owner_id"], place["kind"]) == ("茶友群", user_id("li"), "group")
    own = [row for row in tables["names"].to_pylist() if row["kind"] == "group"]
    assert [(row["name"], row["conversation_id"]) for row in own] == [("茶叔", place["conversation_id"])]


def test_a_groups_conversation_is_the_one_of_its_archived_messages() -> None:
    plain = {
        "msgid": "1",
        "from": "li",
        "tolist": ["wm1"],
        "roomid": "wr1",
        "msgtype": "text",
        "text": {"content": "x"},
    }
    tables = group_of(CustomerGroup("wr1"), 0, account="corp", now_us=NOW)
    assert tables["conversations"].column("key")[0].as_py() == conversation_key(read_message(json.dumps(plain)))


def test_rooms_of_staff_and_people_who_left() -> None:
    tables = room_of(
        "wrx",
        ArchivedGroup("值班", "li", 3, "", [ArchivedMember("li", 3), ArchivedMember("wang", 4)]),
        account="corp",
        now_us=NOW,
    )
    assert [row["role"] for row in tables["members"].to_pylist()] == ["owner", "member"]
    (gone,) = left_of("wrx", [user_id("wang")], account="corp", now_us=NOW)["members"].to_pylist()
    assert (gone["left_us"], gone["joined_us"]) == (NOW, None)


def test_work_is_counted_by_member_without_naming_them() -> None:
    tables = work_figures_of("groups", "li", [(86_400, GroupFigures(msg_total=4))], account="corp")
    rows = tables["metrics"].to_pylist()
    assert ("groups.msg_total", 4.0) in {(row["name"], row["value"]) for row in rows}
    assert {json.loads(row["attrs"])["user_id"] for row in rows} == {user_id("li")}
    talks = work_figures_of("talks", "li", [(86_400, BehaviorRow(86_400, message_cnt=2))], account="corp")[
        "metrics"
    ].to_pylist()
    names = {row["name"] for row in talks}
    assert "talks.message_cnt" in names
    assert "talks.avg_reply_time" not in names  # unknown is not zero
