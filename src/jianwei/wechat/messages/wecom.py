"""Events of WeCom: contacts, customers and their groups, approvals, cards, customer service, the message archive.

Following, menus and places come under the same names as an official account's and have the same classes, with `agent_id`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import field

from jianwei.wechat.messages._base import Event

__all__ = [
    "WECOM",
    "ApprovalChange",
    "ArchiveNotify",
    "BatchJobResult",
    "CardClick",
    "ContactChange",
    "CustomerChange",
    "CustomerChatChange",
    "CustomerServiceNotify",
    "CustomerTagChange",
    "OpenApprovalChange",
    "SystemApprovalChange",
    "TaskCardClick",
    "TemplateCardClick",
]


class BatchJobResult(Event, frozen=True, kw_only=True, eq=False):
    """A batch job (import of contacts, …) has ended."""

    event: str = field(default="batch_job_result", name="Event")
    job_id: str = field(default="", name="BatchJob/JobId")
    job_type: str = field(default="", name="BatchJob/JobType")
    error: int | None = field(default=None, name="BatchJob/ErrCode")
    message: str = field(default="", name="BatchJob/ErrMsg")


class ApprovalChange(Event, frozen=True, kw_only=True, eq=False):
    """An approval went on; all of it stands in `raw["ApprovalInfo"]`."""

    number: str = field(default="", name="ApprovalInfo/SpNo|ApprovalInfo/ThirdNo")
    name: str = field(default="", name="ApprovalInfo/SpName|ApprovalInfo/OpenSpName")
    status: int | None = field(default=None, name="ApprovalInfo/SpStatus|ApprovalInfo/OpenSpStatus")
    template_id: str = field(default="", name="ApprovalInfo/TemplateId|ApprovalInfo/OpenTemplateId")


class OpenApprovalChange(ApprovalChange, frozen=True, kw_only=True, eq=False):
    """Of an application of one's own."""

    event: str = field(default="open_approval_change", name="Event")


class SystemApprovalChange(ApprovalChange, frozen=True, kw_only=True, eq=False):
    """Of WeCom's own approvals."""

    event: str = field(default="sys_approval_change", name="Event")


class CardClick(Event, frozen=True, kw_only=True, eq=False):
    """A button on a card was tapped; the answer may be `ButtonReply` or `TaskCardReply`."""

    key: str = field(default="", name="EventKey")
    task_id: str = field(default="", name="TaskId")


class TaskCardClick(CardClick, frozen=True, kw_only=True, eq=False):
    """On a task card."""

    event: str = field(default="taskcard_click", name="Event")


class TemplateCardClick(CardClick, frozen=True, kw_only=True, eq=False):
    """On a template card; `response_code` allows one change of the card."""

    event: str = field(default="template_card_event", name="Event")
    card_type: str = field(default="", name="CardType")
    response_code: str = field(default="", name="ResponseCode")


class ContactChange(Event, frozen=True, kw_only=True, eq=False):
    """Members, departments or tags of the company changed: `change` is create_user, update_party, …; the new values stand in `raw`."""

    event: str = field(default="change_contact", name="Event")
    change: str = field(default="", name="ChangeType")
    user_id: str = field(default="", name="UserID")
    new_user_id: str = field(default="", name="NewUserID")
    name: str = field(default="", name="Name")
    department: str = field(default="", name="Department")
    id: str = field(default="", name="Id")
    parent_id: str = field(default="", name="ParentId")
    tag_id: str = field(default="", name="TagId")


class CustomerChange(Event, frozen=True, kw_only=True, eq=False):
    """A customer was added, edited, lost or agreed to the archive.

    Attributes:
        change: add_external_contact, edit_external_contact, add_half_external_contact, del_external_contact, del_follow_user,
            transfer_fail, msg_audit_approved.
        user_id: the member of the staff.
        welcome_code: allows one welcome message within 20 seconds.
    """

    event: str = field(default="change_external_contact", name="Event")
    change: str = field(default="", name="ChangeType")
    user_id: str = field(default="", name="UserID")
    external_user_id: str = field(default="", name="ExternalUserID")
    state: str = field(default="", name="State")
    welcome_code: str = field(default="", name="WelcomeCode")
    source: str = field(default="", name="Source")
    fail_reason: str = field(default="", name="FailReason")

    def __repr__(self) -> str:
        shown = msgspec.structs.replace(self, welcome_code="********") if self.welcome_code else self
        return Event.__repr__(shown)


class CustomerChatChange(Event, frozen=True, kw_only=True, eq=False):
    """A customer group was created, changed or dismissed.

    Attributes:
        change: create, update, dismiss.
        detail: add_member, del_member, change_owner, change_name, change_notice.
        quit_scene: 0 left, 1 was removed.
        members: who joined or left.
    """

    event: str = field(default="change_external_chat", name="Event")
    change: str = field(default="", name="ChangeType")
    chat_id: str = field(default="", name="ChatId")
    detail: str = field(default="", name="UpdateDetail")
    join_scene: int | None = field(default=None, name="JoinScene")
    quit_scene: int | None = field(default=None, name="QuitScene")
    member_count: int | None = field(default=None, name="MemChangeCnt")
    members: tuple[str, ...] = field(default=(), name="MemChangeList/Item|MemChangeList")


class CustomerTagChange(Event, frozen=True, kw_only=True, eq=False):
    """A customer tag or a group of tags was created, changed, deleted or moved."""

    event: str = field(default="change_external_tag", name="Event")
    change: str = field(default="", name="ChangeType")
    id: str = field(default="", name="Id")
    tag_type: str = field(default="", name="TagType")


class CustomerServiceNotify(Event, frozen=True, kw_only=True, eq=False):
    """WeChat customer service has messages or events: fetch them with `token`, which is good for ten minutes."""

    event: str = field(default="kf_msg_or_event", name="Event")
    token: str = field(default="", name="Token")
    open_kf_id: str = field(default="", name="OpenKfId")

    def __repr__(self) -> str:
        return f"CustomerServiceNotify(open_kf_id={self.open_kf_id!r}, created={self.created!r})"


class ArchiveNotify(Event, frozen=True, kw_only=True, eq=False):
    """The message archive has new messages."""

    event: str = field(default="msgaudit_notify", name="Event")


WECOM: Mapping[str, type[Event]] = {
    "batch_job_result": BatchJobResult,
    "open_approval_change": OpenApprovalChange,
    "sys_approval_change": SystemApprovalChange,
    "taskcard_click": TaskCardClick,
    "template_card_event": TemplateCardClick,
    "change_contact": ContactChange,
    "change_external_contact": CustomerChange,
    "change_external_chat": CustomerChatChange,
    "change_external_tag": CustomerTagChange,
    "kf_msg_or_event": CustomerServiceNotify,
    "msgaudit_notify": ArchiveNotify,
}
"""Event as the platform spells it, to class."""
