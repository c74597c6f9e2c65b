"""Customer service: messages to people who wrote, the staff, their sessions and what was said.

People can be written to for a while after they did something (rule of June 2023): five messages within 48 hours after they wrote; three
within a minute after they tapped a menu, began to follow or scanned a QR code. In mini-programs: five within 48 hours after they wrote, two
within a minute after they opened the chat.
"""

from __future__ import annotations

from typing import Annotated, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Flow, Mode, flow, in_order, method
from jianwei.wechat.endpoints.outgoing import CustomMessage, Sayable, as_custom
from jianwei.wechat.request import At, Paged, Part, Query, Request, Source, Tagged, get, post

__all__ = [
    "AddStaff",
    "CloseSession",
    "CreateSession",
    "CustomerService",
    "DeleteStaff",
    "GetSession",
    "InviteStaff",
    "ListOnlineStaff",
    "ListRecords",
    "ListSessions",
    "ListStaff",
    "ListWaiting",
    "OnlineStaff",
    "Record",
    "RecordPage",
    "SendMessage",
    "Session",
    "Staff",
    "Typing",
    "UpdateStaff",
    "UploadAvatar",
    "Waiting",
    "WaitingList",
    "records",
    "send",
]

DAY = 86_400
_ACCOUNT = (61450, 61451, 61452)


class Staff(msgspec.Struct, frozen=True, omit_defaults=True):
    """A member of the staff.

    Attributes:
        kf_account: "name@id of the account".
        kf_wx: WeChat id that is bound to it; "" before the invitation was taken.
        invite_wx, invite_expire_time, invite_status: an invitation under way: whom, until when, waiting | rejected | expired.
    """

    kf_account: str
    kf_nick: str = ""
    kf_id: str = ""
    kf_headimgurl: str = ""
    kf_wx: str = ""
    invite_wx: str = ""
    invite_expire_time: int = 0
    invite_status: str = ""


class OnlineStaff(msgspec.Struct, frozen=True):
    """A member of the staff who is online; `status` 1 is the web page; `accepted_case` counts open sessions."""

    kf_account: str
    status: int = 1
    kf_id: str = ""
    accepted_case: int = 0


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """An open session. Lists of one member's sessions name the person, a person's session names the member, "" where there is none."""

    openid: str = ""
    kf_account: str = ""
    createtime: int = 0


class Waiting(msgspec.Struct, frozen=True):
    """Somebody who wrote and has no session; `latest_time` in seconds since the epoch."""

    openid: str
    latest_time: int = 0


class WaitingList(msgspec.Struct, frozen=True):
    """Who is waiting, the longest first: `count` people, of whom at most 100 are listed."""

    count: int = 0
    waitcaselist: list[Waiting] = []


class Record(msgspec.Struct, frozen=True):
    """One line of a chat; `opercode` 2002 is staff to person, 2003 person to staff; `time` in seconds since the epoch."""

    openid: str
    opercode: int = 0
    text: str = ""
    time: int = 0
    worker: str = ""


class RecordPage(msgspec.Struct, frozen=True):
    """One page of lines; `msgid` leads to the next one."""

    recordlist: list[Record] = []
    number: int = 0
    msgid: int = 1


@post(
    "/cgi-bin/message/custom/send", area="customer_service", quota="custom/send", idempotent=False,
    errors=(40003, 40007, 40008, 44004, 45002, 45008, 45015, 45047, 53600, 61452),
    wrong={"touser": 40003, "msgtype": 40008},
)  # fmt: skip
class SendMessage(Request[None], frozen=True):
    """Send a message to somebody who did something lately; `kf_account` says as which member of the staff."""

    touser: str
    message: Annotated[CustomMessage, Tagged("msgtype")]
    kf_account: Annotated[str | None, At("customservice.kf_account")] = None


@post(
    "/cgi-bin/message/custom/typing", area="customer_service", errors=(40003, 45072, 45080, 45081),
    wrong={"touser": 40003, "command": 45072},
)  # fmt: skip
class Typing(Request[None], frozen=True):
    """Show somebody who wrote in the last 30 seconds that an answer is being typed."""

    touser: str
    command: Literal["Typing", "CancelTyping"] = "Typing"


@get("/cgi-bin/customservice/getkflist", area="customer_service", at="kf_list", errors=(61450,))
class ListStaff(Request[list[Staff]], frozen=True):
    """The staff."""


@get("/cgi-bin/customservice/getonlinekflist", area="customer_service", at="kf_online_list", errors=(61450,))
class ListOnlineStaff(Request[list[OnlineStaff]], frozen=True):
    """The staff who are online."""


@post(
    "/customservice/kfaccount/add", area="customer_service", errors=(61450, 61451, 61453, 61454, 61455, 61456),
    idempotent=False, wrong={"kf_account": 61451, "nickname": 61451},
)  # fmt: skip
class AddStaff(Request[None], frozen=True):
    """Add a member: "name@id of the account", the name at most 10 letters and digits; a nickname of at most 16 characters."""

    kf_account: str
    nickname: str


@post(
    "/customservice/kfaccount/update", area="customer_service", errors=_ACCOUNT,
    wrong={"kf_account": 61451, "nickname": 61451},
)  # fmt: skip
class UpdateStaff(Request[None], frozen=True):
    """Give a member another nickname."""

    kf_account: str
    nickname: str


@get("/customservice/kfaccount/del", area="customer_service", errors=_ACCOUNT, idempotent=False)
class DeleteStaff(Request[None], frozen=True):
    """Delete a member."""

    kf_account: str


@post("/customservice/kfaccount/inviteworker", area="customer_service", errors=(*_ACCOUNT, 40132), idempotent=False)
class InviteStaff(Request[None], frozen=True):
    """Invite the holder of a WeChat id to be this member."""

    kf_account: str
    invite_wx: str


@post(
    "/customservice/kfaccount/uploadheadimg", area="customer_service", errors=(*_ACCOUNT, 41005, 61457),
    wrong={"kf_account": 61451, "media": 41005},
)  # fmt: skip
class UploadAvatar(Request[None], frozen=True):
    """Give a member a picture: JPG, 640 by 640 looks best."""

    kf_account: Annotated[str, Query()]
    media: Annotated[Source, Part("media")]


@post("/customservice/kfsession/create", area="customer_service", errors=(40003, *_ACCOUNT))
class CreateSession(Request[None], frozen=True):
    """Let a member take care of somebody; the member must be online†."""

    kf_account: str
    openid: str


@post("/customservice/kfsession/close", area="customer_service", errors=(40003, *_ACCOUNT))
class CloseSession(Request[None], frozen=True):
    """End it."""

    kf_account: str
    openid: str


@get("/customservice/kfsession/getsession", area="customer_service", errors=(40003, 61450, 61451))
class GetSession(Request[Session], frozen=True):
    """Who takes care of somebody."""

    openid: str


@get("/customservice/kfsession/getsessionlist", area="customer_service", at="sessionlist", errors=_ACCOUNT)
class ListSessions(Request[list[Session]], frozen=True):
    """Of whom a member takes care."""

    kf_account: str


@get("/customservice/kfsession/getwaitcase", area="customer_service", errors=(61450,))
class ListWaiting(Request[WaitingList], frozen=True):
    """Who is waiting for somebody to take care."""


@post("/customservice/msgrecord/getmsglist", area="customer_service", errors=(61450, 61451))
class ListRecords(Paged[RecordPage, Record], frozen=True):
    """What was said from `starttime` to `endtime`, both included, at most 24 hours apart; `records` takes any range."""

    starttime: int
    endtime: int
    msgid: int = 1
    number: int = 10_000

    def rows(self, page: RecordPage) -> list[Record]:
        return page.recordlist

    def following(self, page: RecordPage) -> ListRecords | None:
        more = page.recordlist and page.number >= self.number and page.msgid != self.msgid
        return msgspec.structs.replace(self, msgid=page.msgid) if more else None


def records(begin: int, end: int) -> Flow[list[Record]]:
    """What was said from `begin` to just before `end`, in seconds since the epoch: any range, fetched in slices of 24 hours."""
    in_order("records", begin, end)
    rows: list[Record] = []
    while begin < end:
        part: ListRecords | None = ListRecords(begin, min(begin + DAY, end) - 1)
        while part is not None:
            page: RecordPage = yield part
            rows += page.recordlist
            part = part.following(page)
        begin += DAY
    return rows


def send(touser: str, message: CustomMessage | Sayable | str, kf_account: str | None = None) -> SendMessage:
    """Send a message to somebody who did something lately.

    Args:
        message: text, a reply such as a handler gives, or one of the types in `jianwei.wechat.outgoing`.
        kf_account: as which member of the staff.

    Raises:
        UsageError: `message` is nothing that can be sent.
        ReplyError: the reply has no form as a customer-service message.

    >>> send("o1", "新茶到了").message
    TextMessage(content='新茶到了')
    """
    return SendMessage(touser, as_custom(message), kf_account)


class CustomerService(Area[Mode], Generic[Mode]):
    """`client.customer_service`"""

    send = method(send)
    typing = method(Typing)
    staff = method(ListStaff)
    online = method(ListOnlineStaff)
    add_staff = method(AddStaff)
    update_staff = method(UpdateStaff)
    delete_staff = method(DeleteStaff)
    invite_staff = method(InviteStaff)
    upload_avatar = method(UploadAvatar)
    create_session = method(CreateSession)
    close_session = method(CloseSession)
    session = method(GetSession)
    sessions = method(ListSessions)
    waiting = method(ListWaiting)
    records = flow(records)
