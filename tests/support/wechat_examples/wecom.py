"""One call of every endpoint of WeCom that succeeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.media import Kept
from jianwei.sandbox.platform.areas.wecom_media import Shelves
from jianwei.sandbox.platform.corp import Corp, Corps, MadeChat, Room, Talk
from jianwei.sandbox.platform.daily import day_of, started
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.endpoints import wecom_archive as archive
from jianwei.wechat.endpoints import wecom_chats as chats
from jianwei.wechat.endpoints import wecom_contacts as contacts
from jianwei.wechat.endpoints import wecom_departments as departments
from jianwei.wechat.endpoints import wecom_groups as groups
from jianwei.wechat.endpoints import wecom_media as media
from jianwei.wechat.endpoints import wecom_members as members
from jianwei.wechat.endpoints import wecom_messages as messages
from jianwei.wechat.endpoints import wecom_outreach as outreach
from jianwei.wechat.endpoints import wecom_tickets as tickets
from jianwei.wechat.request import File, Request

__all__ = ["EXAMPLES", "a_corp"]

Example = Callable[[Platform, App], Request[Any]]
DAY = 86_400


def a_corp(platform: Platform, app: App) -> Corp:
    """A corp with two departments, three members, two contacts, a customer group, an internal one and a chat of the application."""
    corp_id, _, agent = app.app_id.partition("/")
    corp = platform.of(Corps)[corp_id]
    now = int(platform.clock.now())
    yesterday = started(day_of(now)) - DAY + 9 * 3_600
    corp.departments[2] = departments.Department(2, "门店", parentid=1)
    for userid, name, department in (("li", "小李", 1), ("wang", "小王", 2), ("zhao", "小赵", 2)):
        corp.add(members.Member(userid, name, [department]))
    corp.labels[7] = {"zhao"}
    for external, name in (("wmone", "小满"), ("wmtwo", "阿野")):
        corp.met("li", contacts.ExternalContact(external, name), yesterday)
    corp.tags["etg"] = contacts.CorpTagGroup("etg", "级别", tag=[contacts.CorpTag("et1", "常客")])
    group = groups.CustomerGroup(
        "wrone",
        "茶友会",
        "li",
        yesterday,
        member_list=[
            groups.GroupMember("li", 1, join_time=yesterday, join_scene=1),
            groups.GroupMember("wmone", 2, join_time=yesterday + 60, join_scene=3),
        ],
        admin_list=[groups.UserId("li")],
    )
    corp.rooms["wrone"] = Room(group, said=[(yesterday + 120, "wmone"), (yesterday + 180, "li")])
    corp.talks[:] = [Talk(yesterday + 10, "li", "wmone", False), Talk(yesterday + 70, "li", "wmone", True)]
    corp.archived["li"] = 2
    corp.agreements["li", "wmone"] = archive.Agreement("wmone", "Agree", "li", yesterday)
    corp.room_agreements["wrone"] = [archive.Agreement("wmone", "Agree", status_change_time=yesterday)]
    corp.archived_groups["wrteam"] = archive.ArchivedGroup(
        "内部群", "li", yesterday, "", [archive.ArchivedMember("li")]
    )
    corp.chats["team"] = MadeChat(int(agent), chats.AppChat("team", "组", "li", ["li", "wang"]))
    platform.of(Shelves).of(corp).files["m1"] = Kept("image", b"\x89PNG\r\n\x1a\n" + bytes(20), now, "a.png")
    return corp


def _of(make: Callable[[Platform, App, Corp], Request[Any]]) -> Example:
    return lambda platform, app: make(platform, app, a_corp(platform, app))


def _just(request: Request[Any]) -> Example:
    return _of(lambda platform, app, corp: request)


def _agent(app: App) -> int:
    return int(app.app_id.partition("/")[2])


def _yesterday(platform: Platform) -> int:
    return started(day_of(int(platform.clock.now()))) - DAY


EXAMPLES: dict[type[Request[Any]], Example] = {
    departments.ListDepartments: _just(departments.ListDepartments(2)),
    departments.ListDepartmentIds: _just(departments.ListDepartmentIds()),
    members.GetMember: _just(members.GetMember("li")),
    members.ListMemberNames: _just(members.ListMemberNames(1, 1)),
    members.ListMembers: _just(members.ListMembers(2)),
    members.LogMemberIn: _of(lambda p, _, corp: members.LogMemberIn(corp.code(p, members.Visitor("li")))),
    members.LogMemberInOld: _of(lambda p, _, corp: members.LogMemberInOld(corp.code(p, members.Visitor("li")))),
    contacts.ListFollowUsers: _just(contacts.ListFollowUsers()),
    contacts.ListContacts: _just(contacts.ListContacts("li")),
    contacts.GetContact: _just(contacts.GetContact("wmone")),
    contacts.ContactsOfMembers: _just(contacts.ContactsOfMembers(["li", "wang"])),
    contacts.RemarkContact: _just(contacts.RemarkContact("li", "wmone", remark="茶友小满")),
    contacts.ListCorpTags: _just(contacts.ListCorpTags()),
    contacts.MarkContact: _just(contacts.MarkContact("li", "wmone", add_tag=["et1"])),
    outreach.AddContactWay: _just(outreach.AddContactWay(1, 2, ["li"], state="shop")),
    outreach.WelcomeContact: _of(
        lambda p, _, corp: outreach.WelcomeContact(corp.welcome(p, "li", "wmone"), text="欢迎光临")
    ),
    outreach.GetBehavior: _of(lambda p, *_: outreach.GetBehavior(_yesterday(p), _yesterday(p), ["li"])),
    groups.ListGroups: _just(groups.ListGroups()),
    groups.GetGroup: _just(groups.GetGroup("wrone")),
    groups.GroupStatistics: _of(lambda p, *_: groups.GroupStatistics(_yesterday(p), ["li"])),
    groups.GroupStatisticsByDay: _of(lambda p, *_: groups.GroupStatisticsByDay(_yesterday(p), ["li"])),
    archive.ListArchived: _just(archive.ListArchived()),
    archive.CheckSingleAgreement: _just(archive.CheckSingleAgreement([archive.Pair("li", "wmone")])),
    archive.CheckGroupAgreement: _just(archive.CheckGroupAgreement("wrone")),
    archive.GetArchivedGroup: _just(archive.GetArchivedGroup("wrteam")),
    messages.SendMessage: _of(
        lambda _, app, __: messages.message_to(messages.TextMessage("下班"), _agent(app), users=["li"])
    ),
    chats.CreateChat: _just(chats.CreateChat(["li", "wang"], name="夜班")),
    chats.UpdateChat: _just(chats.UpdateChat("team", name="早班")),
    chats.GetChat: _just(chats.GetChat("team")),
    chats.SendToChat: _just(chats.SendToChat("team", messages.TextMessage("到货了"))),
    media.UploadCorpMedia: _just(media.UploadCorpMedia("file", File.of(b"tea and water", name="a.txt"))),
    media.GetCorpMedia: _just(media.GetCorpMedia("m1")),
    tickets.GetCorpTicket: _just(tickets.GetCorpTicket()),
    tickets.GetAgentTicket: _just(tickets.GetAgentTicket()),
}
