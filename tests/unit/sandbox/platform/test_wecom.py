"""WeCom against the running simulator: the simulated shop as a corp, and every misuse that can be provoked."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from support.wechat_examples.wecom import a_corp

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.corp import Corp, Corps
from jianwei.sandbox.platform.corp_shop import contact_id, fill, group_id, member_id
from jianwei.sandbox.platform.daily import started
from jianwei.sandbox.platform.world import App, Clock, Platform
from jianwei.sandbox.population import Shop
from jianwei.wechat.client import AsyncWeComClient, WeComClient
from jianwei.wechat.endpoints import wecom_cards as cards
from jianwei.wechat.endpoints import wecom_contacts as contacts
from jianwei.wechat.endpoints import wecom_groups as groups
from jianwei.wechat.endpoints import wecom_messages as messages
from jianwei.wechat.endpoints import wecom_outreach as outreach
from jianwei.wechat.endpoints.wecom_archive import Pair
from jianwei.wechat.endpoints.wecom_members import Visitor
from jianwei.wechat.errors import ApiError
from jianwei.wechat.request import File, Host

NOW = 1_776_000_000  # 2026-04-12 21:20 in Beijing
DAY = 86_400
YESTERDAY = NOW - DAY
AGENT = 1_000_002
CORP = "ww0000000000000001"


class World(NamedTuple):
    platform: Platform
    client: WeComClient
    other: WeComClient
    url: str

    @property
    def corp(self) -> Corp:
        return self.platform.of(Corps)[CORP]


def serve(platform: Platform) -> Iterator[World]:
    for agent in (AGENT, AGENT + 1):
        platform.add(App(f"{CORP}/{agent}", f"secret{agent}", "wecom"))
    with (
        running(platform) as url,
        WeComClient(CORP, f"secret{AGENT}", base_url=url) as client,
        WeComClient(CORP, f"secret{AGENT + 1}", base_url=url) as other,
    ):
        yield World(platform, client, other, url)


@pytest.fixture(scope="module")
def shop_corp(shop: Shop) -> Iterator[World]:
    platform = Platform(Clock(lambda: float(NOW)))
    fill(platform.of(Corps)[CORP], shop, until=NOW)
    yield from serve(platform)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    platform = Platform(Clock(lambda: float(NOW)))
    yield from serve(platform)


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> None:
    """Every test of the small corp begins with the same one."""
    if "world" in request.fixturenames:
        world: World = request.getfixturevalue("world")
        world.platform.of(Corps).clear()
        a_corp(world.platform, world.platform.apps[f"{CORP}/{AGENT}"])


def refused(call: Any, *args: Any, **kwargs: Any) -> int:
    """The code with which a call, or the first page that it iterates over, is refused."""

    def act() -> None:
        found = call(*args, **kwargs)
        if isinstance(found, Iterator):
            next(found)

    with pytest.raises(ApiError) as caught:
        act()
    return caught.value.code


# The simulated shop.


def test_all_customers_are_contacts_of_whom_they_met(shop_corp: World, shop: Shop) -> None:
    client = shop_corp.client
    known = {contact_id(c.user_id): c for c in shop.customers if c.joined <= NOW}
    assert set(client.contacts.follow_users()) == {member_id(s.user_id) for s in shop.staff}
    rows = list(client.contacts.of_members(client.contacts.follow_users(), limit=37))
    assert {row.external_contact.external_userid: row.follow_info.userid for row in rows} == {
        external: member_id(customer.staff_id) for external, customer in known.items()
    }
    assert len(rows) == len(known)
    customer = shop.customers[0]
    mine = client.contacts.list(member_id(customer.staff_id))
    assert len(mine) == sum(c.staff_id == customer.staff_id for c in known.values())
    one = client.contacts.get(contact_id(customer.user_id))
    assert (one.external_contact.name, one.follow_user[0].createtime) == (customer.nickname, customer.joined)


def test_groups_have_the_members_and_messages_of_the_shop(shop_corp: World, shop: Shop) -> None:
    client = shop_corp.client
    theirs = {group_id(c.id): c for c in shop.conversations if c.kind == "group"}
    listed = list(client.groups.list(limit=2))
    assert {ref.chat_id for ref in listed} == set(theirs)
    joined = {c.user_id: c.joined for c in shop.customers}
    for chat_id, conversation in theirs.items():
        group = client.groups.get(chat_id)
        expected = [one for one in conversation.member_ids if joined.get(one, 0) <= NOW]
        assert group.name == conversation.title
        assert len(group.member_list) == len(expected)
        assert all(member.name for member in group.member_list)
        assert not any(member.name for member in client.groups.get(chat_id, 0).member_list)
    owners = client.contacts.follow_users()
    begin, end = started(shop.start), YESTERDAY
    said = Counter(m.conversation_id for m in shop.messages if m.sender_id and m.at < started_of(NOW))
    figures = list(client.groups.statistics(begin, owners, end, order_by=2, limit=1))
    assert sum(row.data.msg_total for row in figures) == sum(said[c.id] for c in theirs.values())
    days = client.groups.statistics_by_day(begin, owners, end)
    assert sum(day.data.msg_total for day in days) == sum(row.data.msg_total for row in figures)
    assert days[-1].data.member_total == sum(row.data.member_total for row in figures)


def started_of(at: int) -> int:
    return (at + 8 * 3_600) // DAY * DAY - 8 * 3_600


def test_behavior_is_counted_from_the_talks(shop_corp: World, shop: Shop) -> None:
    client = shop_corp.client
    staff = {s.user_id for s in shop.staff}
    private = {c.id for c in shop.conversations if c.kind == "private"}
    begin = started(shop.start)
    rows = client.contacts.behavior(begin, YESTERDAY, userid=client.contacts.follow_users())
    assert len(rows) == 41  # more than one call may ask for
    written = [
        m for m in shop.messages
        if m.conversation_id in private and m.sender_id in staff and begin <= m.at < started_of(NOW)
    ]  # fmt: skip
    assert sum(row.message_cnt for row in rows) == len(written)
    assert sum(row.new_contact_cnt for row in rows) == sum(begin <= c.joined < started_of(NOW) for c in shop.customers)
    assert all(row.avg_reply_time is None or row.avg_reply_time > 0 for row in rows)
    assert rows == client.contacts.behavior(begin, YESTERDAY, partyid=[1])


def test_consent_is_there_for_every_contact(shop_corp: World, shop: Shop) -> None:
    client = shop_corp.client
    pairs = [Pair(member_id(c.staff_id), contact_id(c.user_id)) for c in shop.customers if c.joined <= NOW][:100]
    found = client.archive.agreements(pairs)
    assert [(one.userid, one.external_openid) for one in found] == [(p.userid, p.external_openid) for p in pairs]
    assert {one.agree_status for one in found} == {"Agree", "Disagree", "Default_Agree"}
    assert set(client.archive.members()) == set(client.contacts.follow_users())
    chat_id = next(iter(client.groups.list())).chat_id
    external = {m.userid for m in client.groups.get(chat_id).member_list if m.type == 2}
    assert {one.external_openid for one in client.archive.group_agreements(chat_id)} == external


# A small corp.


def test_departments_and_members(world: World) -> None:
    client = world.client
    assert [(d.id, d.name, d.parentid) for d in client.departments.list()][1] == (2, "门店", 1)
    assert [d.id for d in client.departments.ids(2)] == [2]
    assert refused(client.departments.list, 9) == 60003
    assert client.members.get("li").name == "小李"
    assert [m.userid for m in client.members.list(1)] == ["li"]
    assert [m.userid for m in client.members.names(1, 1)] == ["li", "wang", "zhao"]
    assert refused(client.members.get, "nobody") == 60111
    assert refused(client.members.list, 9) == 60003
    world.corp.visible[AGENT] = {"wang"}
    assert refused(client.members.get, "li") == 60011
    assert [m.userid for m in client.members.list(1, 1)] == ["wang"]


def test_a_code_serves_once_and_for_five_minutes(world: World) -> None:
    client = world.client
    code = world.corp.code(world.platform, Visitor("li", user_ticket="t"))
    assert client.members.log_in(code).userid == "li"
    assert refused(client.members.log_in, code) == 40029
    assert client.members.log_in_old(world.corp.code(world.platform, Visitor(openid="o1"))).openid == "o1"
    late = world.corp.code(world.platform, Visitor("li"))
    world.platform.clock.move(301)
    try:
        assert refused(client.members.log_in, late) == 40029
    finally:
        world.platform.clock.move(-301)
    assert "hidden" not in repr(Visitor("li", user_ticket="hidden"))


def test_notes_and_tags_of_a_contact(world: World) -> None:
    use = world.client.contacts
    use.remark("li", "wmone", remark="茶友", remark_company="茶铺", remark_mobiles=["13000000000"])
    use.mark("li", "wmone", add_tag=["et1"])
    follow = use.get("wmone").follow_user[0]
    assert (follow.remark, follow.remark_corp_name, follow.tags[0].tag_name) == ("茶友", "茶铺", "常客")
    assert next(iter(use.of_members(["li"]))).follow_info.tag_id == ["et1"]
    use.mark("li", "wmone", remove_tag=["et1"])
    assert use.get("wmone").follow_user[0].tags == []
    assert [group.group_name for group in use.tags(tag_id=["et1"])] == ["级别"]
    assert use.tags(group_id=["none"]) == []
    assert refused(use.mark, "li", "wmone", add_tag=["none"]) == 40058
    assert refused(use.mark, "li", "wmone") == 40058
    assert refused(use.remark, "li", "wmone", remark="茶" * 21) == 40058
    assert refused(use.remark, "li", "none", remark="茶") == 40096
    assert refused(use.remark, "wang", "wmone", remark="茶") == 84061


def test_contacts_that_cannot_be_had(world: World) -> None:
    use = world.client.contacts
    assert refused(use.list, "wang") == 84061
    assert refused(use.list, "nobody") == 60111
    assert refused(use.get, "none") == 40096
    assert refused(use.of_members, ["wang"]) == 84061
    assert refused(use.of_members, []) == 40058
    assert refused(use.of_members, ["li"] * 101) == 40058
    assert refused(use.of_members, ["li"], cursor="x") == 40058
    world.corp.visible[AGENT] = {"wang"}
    assert refused(use.get, "wmone") == 84061
    world.corp.no_contacts.add(AGENT)
    for call in (use.follow_users, use.tags):
        assert refused(call) == 84074
    assert refused(world.client.groups.list) == 84074


def test_a_contact_with_many_members_comes_in_pages(world: World) -> None:
    for number in range(1_100):
        world.corp.met(f"m{number}", world.corp.contacts["wmone"], NOW)
    first = world.client.call(contacts.GetContact("wmone"))
    assert (len(first.follow_user), bool(first.next_cursor)) == (500, True)
    assert len({follow.userid for follow in world.client.contacts.get("wmone").follow_user}) == 1_101


def test_ways_and_welcomes(world: World) -> None:
    use = world.client.contacts
    way = use.add_way(1, 2, ["li"], state="shop", conclusions=outreach.Conclusions(outreach.TextBody("再见")))
    assert way.qr_code.startswith(world.url)
    assert world.corp.ways[way.config_id].state == "shop"
    assert use.add_way(2, 1, ["li", "wang"]).qr_code == ""
    assert refused(use.add_way, 1, 2, ["li", "wang"]) == 40058
    assert refused(use.add_way, 1, 2, ["nobody"]) == 60111
    assert refused(use.add_way, 2, 2, ["li"], state="x" * 31) == 40058
    assert refused(use.add_way, 2, 2) == 40058
    link = outreach.Attachment("link", link=outreach.AttachedLink("店", "https://shop.example"))
    code = world.corp.welcome(world.platform, "li", "wmone")
    assert refused(use.welcome, code) == 40058
    use.welcome(code, "欢迎", [link])
    assert world.corp.welcomes[code].said.text == "欢迎"
    assert refused(use.welcome, code, "又来") == 40058
    code = world.corp.welcome(world.platform, "li", "wmone")
    assert refused(use.welcome, code, None, [outreach.Attachment("link")]) == 40058
    world.platform.clock.move(21)
    try:
        assert refused(use.welcome, code, "晚了") == 40058
    finally:
        world.platform.clock.move(-21)


def test_groups_that_cannot_be_had(world: World) -> None:
    use = world.client.groups
    assert [ref.chat_id for ref in use.list(owners=["li"])] == ["wrone"]
    assert list(use.list(owners=["wang"])) == []
    assert list(use.list(status_filter=1)) == []
    assert refused(use.list, limit=1_001) == 40058
    assert refused(use.list, cursor="c7") == 40058
    assert refused(use.list, owners=["nobody"]) == 60111
    assert refused(use.get, "none") == 86003
    assert refused(use.get, "wrteam") == 49008
    assert refused(use.statistics, YESTERDAY, []) == 40058
    assert refused(use.statistics, NOW, ["li"]) == 40058
    assert refused(use.statistics, NOW - 200 * DAY, ["li"]) == 40058
    assert refused(use.statistics_by_day, YESTERDAY, ["li"], YESTERDAY - DAY) == 40058
    (row,) = use.statistics(YESTERDAY, ["li"])
    assert row.data == groups.GroupFigures(1, 1, 1, 2, 2, 2, 2)
    (day,) = world.client.contacts.behavior(YESTERDAY, YESTERDAY, userid=["li"])
    assert (day.chat_cnt, day.message_cnt, day.reply_percentage, day.avg_reply_time) == (1, 1, 100.0, 1.0)
    assert refused(world.client.contacts.behavior, YESTERDAY, YESTERDAY) == 40058
    assert refused(world.client.call, outreach.GetBehavior(NOW - 40 * DAY, YESTERDAY, ["li"])) == 40058


def test_the_archive(world: World) -> None:
    use = world.client.archive
    assert (use.members(), use.members(3)) == (["li"], [])
    assert use.group("wrteam").roomname == "内部群"
    assert refused(use.group, "wrone") == 40058
    assert refused(use.group_agreements, "none") == 40058
    assert refused(use.agreements, [Pair("li", "none")]) == 40058
    world.corp.archive_until = NOW
    assert refused(use.members) == 301052


def sendable(media_id: str) -> list[messages.CorpMessage]:
    card = cards.TemplateCard(
        card_type="button_interaction",
        task_id="t1",
        main_title=cards.CardText("排班"),
        button_list=[cards.CardButton("好", "ok")],
    )
    return [
        messages.TextMessage("下班"),
        messages.ImageMessage(media_id),
        messages.VoiceMessage(media_id),
        messages.VideoMessage(media_id, "题"),
        messages.FileMessage(media_id),
        messages.TextCard("题", "文", "https://shop.example"),
        messages.NewsMessage([messages.Article("题", "https://shop.example")]),
        messages.MpNewsMessage([messages.MpArticle("题", media_id, "文")]),
        messages.MarkdownMessage("**好**"),
        messages.MiniProgramNotice("wx1", "到货", content_item=[messages.NoticeItem("茶", "2")]),
        messages.TaskCard("题", "文", "t2", [messages.TaskButton("k", "好")]),
        card,
    ]


def test_every_type_of_message_arrives_as_it_was_sent(world: World) -> None:
    client = world.client
    media_id = client.media.upload("image", File.of(b"\x89PNG\r\n\x1a\n" + bytes(9), name="a.png")).media_id
    for message in sendable(media_id):
        client.messages.send(message, AGENT, users=["li"])
        body = world.corp.sent[-1].body
        tag = message.__struct_config__.tag
        assert body["msgtype"] == tag
        for name in message.__struct_fields__:
            assert name in body or getattr(message, name) in (None, "", False, [])


def test_messages_reach_members_departments_and_labels(world: World) -> None:
    send = world.client.messages.send
    said = messages.TextMessage("茶" * 700)
    sent = send(said, AGENT, users=["li", "nobody"], parties=[2, 99], tags=[7, 8])
    assert (sent.invaliduser, sent.invalidparty, sent.invalidtag) == ("nobody", "99", "8")
    assert Counter(one.to for one in world.corp.sent) == {"li": 1, "wang": 1, "zhao": 1}
    assert len(world.corp.sent[0].body["content"].encode()) == 2_046
    world.corp.sent.clear()
    send(said, AGENT, users=["@all"])
    assert len(world.corp.sent) == 3
    assert refused(send, said, AGENT, users=["nobody"]) == 81013
    assert refused(send, said, AGENT + 1, users=["li"]) == 40056
    assert refused(send, messages.TextMessage(""), AGENT, users=["li"]) == 44004
    assert refused(send, messages.ImageMessage("none"), AGENT, users=["li"]) == 40007
    assert refused(send, messages.NewsMessage([]), AGENT, users=["li"]) == 40058
    assert refused(send, cards.TemplateCard(card_type="vote_interaction"), AGENT, users=["li"]) == 40058
    body = {"msgtype": "dance", "dance": {}, "agentid": AGENT, "touser": "li"}
    assert refused(world.client.request, "POST", "/cgi-bin/message/send", json=body, host=Host.WECOM) == 40008


def test_the_same_message_is_sent_once(world: World) -> None:
    send = world.client.messages.send
    first = send(messages.TextMessage("一次"), AGENT, users=["li"], once_in=600)
    assert send(messages.TextMessage("一次"), AGENT, users=["li"], once_in=600) == first
    assert len(world.corp.sent) == 1
    world.platform.clock.move(601)
    try:
        send(messages.TextMessage("一次"), AGENT, users=["li"], once_in=600)
    finally:
        world.platform.clock.move(-601)
    assert len(world.corp.sent) == 2
    send(messages.TextMessage("一次"), AGENT, users=["li"])
    assert len(world.corp.sent) == 3


def test_chats(world: World) -> None:
    use = world.client.chats
    chat_id = use.create(["li", "wang"], name="夜班", chatid="night")
    use.update(chat_id, name="早班", add_user_list=["zhao"], del_user_list=["wang"], owner="zhao")
    chat = use.get("night")
    assert (chat.name, chat.owner, chat.userlist) == ("早班", "zhao", ["li", "zhao"])
    use.send("night", messages.MarkdownMessage("**到货**"))
    assert world.corp.chats["night"].sent[0].body == {"msgtype": "markdown", "content": "**到货**"}
    assert refused(use.create, ["li", "wang"], chatid="night") == 86006
    assert refused(use.create, ["li", "wang"], chatid="a b") == 86001
    assert refused(use.create, ["li", "wang"], name="长" * 51) == 86004
    assert refused(use.create, ["li"]) == 86005
    assert refused(use.create, ["li", "nobody"]) == 86005
    assert refused(use.create, ["li", "wang"], owner="zhao") == 86007
    assert refused(use.get, "none") == 86003
    assert refused(use.update, "night", del_user_list=["li"]) == 86005
    assert refused(use.update, "night", owner="wang") == 86007
    assert refused(use.update, "night", name="长" * 51) == 86004
    assert refused(world.other.chats.get, "night") == 86008
    assert refused(use.send, "night", messages.MiniProgramNotice("wx1", "x")) == 40008
    assert refused(use.send, "night", messages.FileMessage("none")) == 40007


def test_media_come_back_as_they_went(world: World) -> None:
    use = world.client.media
    content = bytes(range(256)) * 4
    kept = use.upload("file", File.of(content, name="a.pdf"))
    assert use.get(kept.media_id).content == content
    assert world.other.media.get(kept.media_id).name == "a.pdf"
    assert kept.created_at == NOW
    assert refused(use.upload, "file", b"tea") == 40006
    assert refused(use.upload, "image", content) == 40005
    assert refused(use.upload, "thumb", content) == 40004
    assert refused(use.upload, "voice", b"#!AMR\n" + (b"\x3c" + bytes(31)) * 3_001) == 45007
    assert refused(use.get, "none") == 40007
    world.platform.clock.move(3 * DAY)
    try:
        assert refused(use.get, kept.media_id) == 40007
    finally:
        world.platform.clock.move(-3 * DAY)


def test_tickets_stay_the_same_until_they_end(world: World) -> None:
    first = world.client.tickets.corp()
    assert world.other.tickets.corp().ticket == first.ticket
    assert world.client.tickets.agent().ticket != world.other.tickets.agent().ticket
    assert first.ticket not in repr(first)


def test_the_asynchronous_client_does_the_same(world: World) -> None:
    async def ask() -> tuple[list[str], str, str]:
        async with AsyncWeComClient(CORP, f"secret{AGENT}", base_url=world.url) as client:
            groups_ = [ref.chat_id async for ref in client.groups.list()]
            contact = await client.contacts.get("wmone")
            sent = await client.messages.send(messages.TextMessage("喂"), AGENT, users=["li"])
            return groups_, contact.external_contact.name, sent.invaliduser

    assert asyncio.run(ask()) == (["wrone"], "小满", "")
