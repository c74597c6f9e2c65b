"""Every endpoint that Jianwei knows, one module an area; the clients, the simulator, the reference page and the tests are made from it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Generic

from jianwei.wechat.areas import Caller, Mode
from jianwei.wechat.endpoints.blacklist import Blacklist
from jianwei.wechat.endpoints.comments import Comments
from jianwei.wechat.endpoints.components import Components
from jianwei.wechat.endpoints.customer_service import CustomerService
from jianwei.wechat.endpoints.drafts import Drafts
from jianwei.wechat.endpoints.groups import Groups
from jianwei.wechat.endpoints.images import Images
from jianwei.wechat.endpoints.links import Links
from jianwei.wechat.endpoints.logins import Logins
from jianwei.wechat.endpoints.mass import Mass
from jianwei.wechat.endpoints.materials import Materials
from jianwei.wechat.endpoints.media import Media
from jianwei.wechat.endpoints.menus import Menus
from jianwei.wechat.endpoints.ocr import Ocr
from jianwei.wechat.endpoints.publishing import Publishing
from jianwei.wechat.endpoints.qrcodes import QrCodes
from jianwei.wechat.endpoints.quota import QuotaArea
from jianwei.wechat.endpoints.safety import Safety
from jianwei.wechat.endpoints.speech import Speech
from jianwei.wechat.endpoints.statistics import Statistics
from jianwei.wechat.endpoints.subscriptions import Subscriptions
from jianwei.wechat.endpoints.tags import Tags
from jianwei.wechat.endpoints.templates import Templates
from jianwei.wechat.endpoints.tokens import Tokens
from jianwei.wechat.endpoints.users import Users
from jianwei.wechat.endpoints.wecom_archive import CorpArchive
from jianwei.wechat.endpoints.wecom_chats import CorpChats
from jianwei.wechat.endpoints.wecom_contacts import CorpContacts
from jianwei.wechat.endpoints.wecom_departments import CorpDepartments
from jianwei.wechat.endpoints.wecom_groups import CorpGroups
from jianwei.wechat.endpoints.wecom_media import CorpMedia
from jianwei.wechat.endpoints.wecom_members import CorpMembers
from jianwei.wechat.endpoints.wecom_messages import CorpMessages
from jianwei.wechat.endpoints.wecom_tickets import CorpTickets
from jianwei.wechat.request import Request

__all__ = ["OfficialAreas", "WeComAreas", "registry"]


class OfficialAreas(Generic[Mode]):
    """The areas of official accounts and mini-programs."""

    def __init__(self, caller: Caller) -> None:
        self.blacklist: Blacklist[Mode] = Blacklist(caller)
        self.comments: Comments[Mode] = Comments(caller)
        self.components: Components[Mode] = Components(caller)
        self.customer_service: CustomerService[Mode] = CustomerService(caller)
        self.drafts: Drafts[Mode] = Drafts(caller)
        self.groups: Groups[Mode] = Groups(caller)
        self.images: Images[Mode] = Images(caller)
        self.links: Links[Mode] = Links(caller)
        self.logins: Logins[Mode] = Logins(caller)
        self.mass: Mass[Mode] = Mass(caller)
        self.materials: Materials[Mode] = Materials(caller)
        self.media: Media[Mode] = Media(caller)
        self.menus: Menus[Mode] = Menus(caller)
        self.ocr: Ocr[Mode] = Ocr(caller)
        self.publishing: Publishing[Mode] = Publishing(caller)
        self.qrcodes: QrCodes[Mode] = QrCodes(caller)
        self.quota: QuotaArea[Mode] = QuotaArea(caller)
        self.safety: Safety[Mode] = Safety(caller)
        self.speech: Speech[Mode] = Speech(caller)
        self.statistics: Statistics[Mode] = Statistics(caller)
        self.subscriptions: Subscriptions[Mode] = Subscriptions(caller)
        self.tags: Tags[Mode] = Tags(caller)
        self.templates: Templates[Mode] = Templates(caller)
        self.tokens: Tokens[Mode] = Tokens(caller)
        self.users: Users[Mode] = Users(caller)


class WeComAreas(Generic[Mode]):
    """The areas of WeCom."""

    def __init__(self, caller: Caller) -> None:
        self.archive: CorpArchive[Mode] = CorpArchive(caller)
        self.chats: CorpChats[Mode] = CorpChats(caller)
        self.contacts: CorpContacts[Mode] = CorpContacts(caller)
        self.departments: CorpDepartments[Mode] = CorpDepartments(caller)
        self.groups: CorpGroups[Mode] = CorpGroups(caller)
        self.media: CorpMedia[Mode] = CorpMedia(caller)
        self.members: CorpMembers[Mode] = CorpMembers(caller)
        self.messages: CorpMessages[Mode] = CorpMessages(caller)
        self.tickets: CorpTickets[Mode] = CorpTickets(caller)


def registry() -> Iterator[type[Request[Any]]]:
    """Every request class, by module and name.

    >>> sorted(r.__name__ for r in registry() if r.spec.area == "tags")[:2]
    ['CreateTag', 'DeleteTag']
    """
    for module in sorted(iter_modules(__path__, f"{__name__}."), key=lambda m: m.name):
        found = vars(import_module(module.name))
        for name in sorted(found):
            kind = found[name]
            if (
                isinstance(kind, type)
                and issubclass(kind, Request)
                and kind.__module__ == module.name
                and "spec" in vars(kind)
            ):
                yield kind
