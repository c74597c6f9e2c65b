"""WeCom: external contacts, the customers whom members know."""

from __future__ import annotations

from typing import Generic

import msgspec

from jianwei.wechat.areas import Area, Flow, Mode, flow, method, pages
from jianwei.wechat.endpoints.wecom_outreach import AddContactWay, WelcomeContact, behavior
from jianwei.wechat.request import Host, Paged, Request, get, post

__all__ = [
    "Contact",
    "ContactOf",
    "ContactPage",
    "ContactTag",
    "ContactsOfMembers",
    "CorpContacts",
    "CorpTag",
    "CorpTagGroup",
    "ExternalAttribute",
    "ExternalContact",
    "ExternalProfile",
    "Follow",
    "FollowInfo",
    "GetContact",
    "ListContacts",
    "ListCorpTags",
    "ListFollowUsers",
    "MarkContact",
    "RemarkContact",
    "contact",
]


class AttributeText(msgspec.Struct, frozen=True):
    """A text of an attribute."""

    value: str = ""


class AttributeLink(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link of an attribute: to a page, or to a page of a mini-program."""

    title: str = ""
    url: str = ""
    appid: str = ""
    pagepath: str = ""


class ExternalAttribute(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a WeCom user's card; `type`: 0 text, 1 web page, 2 mini-program."""

    type: int = 0
    name: str = ""
    text: AttributeText | None = None
    web: AttributeLink | None = None
    miniprogram: AttributeLink | None = None


class ExternalProfile(msgspec.Struct, frozen=True, omit_defaults=True):
    """The card of a contact who uses WeCom too."""

    external_corp_name: str = ""
    external_attr: list[ExternalAttribute] = []


class ExternalContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact; `type`: 1 uses WeChat, 2 uses WeCom. `gender`: 0 unknown, 1 male, 2 female."""

    external_userid: str
    name: str = ""
    type: int = 1
    gender: int = 0
    avatar: str = ""
    position: str = ""
    corp_name: str = ""
    corp_full_name: str = ""
    unionid: str | None = None
    external_profile: ExternalProfile | None = None


class ContactTag(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tag that a member gave a contact; `type`: 1 the corp's, 2 the member's own, 3 a rule's."""

    tag_id: str = ""
    tag_name: str = ""
    group_name: str = ""
    type: int = 1


class Follow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one member notes about a contact. `add_way`: 0 unknown, 1 QR code, 2 phone number, 3 card, 4 group, 16 link, …"""

    userid: str
    remark: str = ""
    description: str = ""
    createtime: int = 0
    tags: list[ContactTag] = []
    remark_corp_name: str = ""
    remark_mobiles: list[str] = []
    state: str = ""
    add_way: int = 0
    oper_userid: str = ""


class FollowInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The same, with ids of the corp's tags only."""

    userid: str
    remark: str = ""
    description: str = ""
    createtime: int = 0
    tag_id: list[str] = []
    remark_corp_name: str = ""
    remark_mobiles: list[str] = []
    state: str = ""
    add_way: int = 0
    oper_userid: str = ""


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact and the members who know them; `next_cursor` leads to more members."""

    external_contact: ExternalContact
    follow_user: list[Follow] = []
    next_cursor: str = ""


class ContactOf(msgspec.Struct, frozen=True):
    """A contact as one member knows them."""

    external_contact: ExternalContact
    follow_info: FollowInfo


class ContactPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of contacts."""

    external_contact_list: list[ContactOf] = []
    next_cursor: str = ""


class CorpTag(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tag of the corp. Of a larger `order` comes first."""

    id: str
    name: str = ""
    create_time: int = 0
    order: int = 0
    deleted: bool = False


class CorpTagGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tags of the corp that belong together."""

    group_id: str
    group_name: str = ""
    create_time: int = 0
    order: int = 0
    deleted: bool = False
    tag: list[CorpTag] = []


@get(
    "/cgi-bin/externalcontact/get_follow_user_list", area="contacts", host=Host.WECOM, at="follow_user", errors=(84074,)
)
class ListFollowUsers(Request[list[str]], frozen=True):
    """Ids of the members who may have external contacts."""


@get(
    "/cgi-bin/externalcontact/list",
    area="contacts",
    host=Host.WECOM,
    at="external_userid",
    errors=(60111, 84061, 84074),
)
class ListContacts(Request[list[str]], frozen=True):
    """Ids of one member's contacts; 84061 if there are none."""

    userid: str


@get("/cgi-bin/externalcontact/get", area="contacts", host=Host.WECOM, errors=(40058, 40096, 84061, 84074))
class GetContact(Request[Contact], frozen=True):
    """A contact with up to 500 of the members who know them."""

    external_userid: str
    cursor: str | None = None


@post(
    "/cgi-bin/externalcontact/batch/get_by_user",
    area="contacts",
    host=Host.WECOM,
    errors=(40058, 60111, 84061, 84074),
)
class ContactsOfMembers(Paged[ContactPage, ContactOf], frozen=True):
    """All contacts of at most 100 members, up to 100 a page."""

    userid_list: list[str]
    cursor: str | None = None
    limit: int = 100

    def rows(self, page: ContactPage) -> list[ContactOf]:
        return page.external_contact_list

    def following(self, page: ContactPage) -> ContactsOfMembers | None:
        return msgspec.structs.replace(self, cursor=page.next_cursor) if page.next_cursor else None


@post("/cgi-bin/externalcontact/remark", area="contacts", host=Host.WECOM, errors=(40058, 40096, 84061, 84074))
class RemarkContact(Request[None], frozen=True):
    """Note something about a contact, for one member. What is None stays; `remark_company` is for contacts who use WeChat."""

    userid: str
    external_userid: str
    remark: str | None = None
    description: str | None = None
    remark_company: str | None = None
    remark_mobiles: list[str] | None = None
    remark_pic_mediaid: str | None = None


@post(
    "/cgi-bin/externalcontact/get_corp_tag_list",
    area="contacts",
    host=Host.WECOM,
    at="tag_group",
    errors=(40058, 84074),
)
class ListCorpTags(Request[list[CorpTagGroup]], frozen=True):
    """Tags of the corp: all, some by id, or those of some groups."""

    tag_id: list[str] | None = None
    group_id: list[str] | None = None


@post("/cgi-bin/externalcontact/mark_tag", area="contacts", host=Host.WECOM, errors=(40058, 40096, 84061, 84074))
class MarkContact(Request[None], frozen=True):
    """Give a contact tags of the corp and take some away, for one member."""

    userid: str
    external_userid: str
    add_tag: list[str] | None = None
    remove_tag: list[str] | None = None


def contact(external_userid: str) -> Flow[Contact]:
    """A contact with all members who know them."""
    found: Contact = yield GetContact(external_userid)
    follows, cursor = list(found.follow_user), found.next_cursor
    while cursor:
        page: Contact = yield GetContact(external_userid, cursor)
        follows, cursor = follows + page.follow_user, page.next_cursor
    return msgspec.structs.replace(found, follow_user=follows, next_cursor="")


class CorpContacts(Area[Mode], Generic[Mode]):
    """`client.contacts`"""

    follow_users = method(ListFollowUsers)
    list = method(ListContacts)
    get = flow(contact)
    of_members = pages(ContactsOfMembers)
    remark = method(RemarkContact)
    tags = method(ListCorpTags)
    mark = method(MarkContact)
    add_way = method(AddContactWay)
    welcome = method(WelcomeContact)
    behavior = flow(behavior)
