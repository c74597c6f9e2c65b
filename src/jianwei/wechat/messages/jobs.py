"""Events of what was sent, published, checked or agreed to, and of customer-service sessions."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from jianwei.wechat.messages._base import Event, Part

__all__ = [
    "JOBS",
    "ArticleUrl",
    "AuthorizationCancellation",
    "AuthorizationRevoke",
    "CheckDetail",
    "CopyrightResult",
    "DebugDemo",
    "EnterSession",
    "KfCloseSession",
    "KfCreateSession",
    "KfSwitchSession",
    "MassSent",
    "MediaChecked",
    "Published",
    "PublishedArticle",
    "SubscribeMessageChange",
    "SubscribeMessagePopup",
    "SubscribeMessageSent",
    "SubscriptionChoice",
    "SubscriptionSent",
    "TemplateSent",
    "UserDataEvent",
    "UserInfoModified",
]


class TemplateSent(Event, frozen=True, kw_only=True, eq=False):
    """A template message arrived or did not: `status` is "success", "failed:user block" or "failed: system failed"."""

    event: str = field(default="templatesendjobfinish", name="Event")
    msg_id: str = field(default="", name="MsgID|MsgId")
    status: str = field(default="", name="Status")


class CopyrightResult(Part, frozen=True, kw_only=True):
    """What the check of originality found in one article."""

    index: int | None = field(default=None, name="ArticleIdx")
    declared: int | None = field(default=None, name="UserDeclareState")
    audit: int | None = field(default=None, name="AuditState")
    original_url: str = field(default="", name="OriginalArticleUrl")
    original_type: int | None = field(default=None, name="OriginalArticleType")
    can_reprint: int | None = field(default=None, name="CanReprint")
    need_replace: int | None = field(default=None, name="NeedReplaceContent")
    need_source: int | None = field(default=None, name="NeedShowReprintSource")


class ArticleUrl(Part, frozen=True, kw_only=True):
    """Where an article that was sent can be read."""

    index: int | None = field(default=None, name="ArticleIdx")
    url: str = field(default="", name="ArticleUrl")


class MassSent(Event, frozen=True, kw_only=True, eq=False):
    """A message to many was sent: `status` is "send success", "send fail" or "err(number)"."""

    event: str = field(default="masssendjobfinish", name="Event")
    msg_id: str = field(default="", name="MsgID|MsgId")
    status: str = field(default="", name="Status")
    total: int | None = field(default=None, name="TotalCount")
    filtered: int | None = field(default=None, name="FilterCount")
    sent: int | None = field(default=None, name="SentCount")
    errors: int | None = field(default=None, name="ErrorCount")
    check_state: int | None = field(default=None, name="CopyrightCheckResult/CheckState")
    copyright: tuple[CopyrightResult, ...] = field(default=(), name="CopyrightCheckResult/ResultList/item")
    articles: tuple[ArticleUrl, ...] = field(default=(), name="ArticleUrlResult/ResultList/item")


class PublishedArticle(Part, frozen=True, kw_only=True):
    """An article that was published."""

    index: int | None = field(default=None, name="idx")
    url: str = field(default="", name="article_url")


class Published(Event, frozen=True, kw_only=True, eq=False):
    """A draft was published (`status` 0) or was not; `failed` are the articles that were refused."""

    event: str = field(default="publishjobfinish", name="Event")
    publish_id: str = field(default="", name="PublishEventInfo/publish_id")
    status: int | None = field(default=None, name="PublishEventInfo/publish_status")
    article_id: str = field(default="", name="PublishEventInfo/article_id")
    count: int | None = field(default=None, name="PublishEventInfo/article_detail/count")
    articles: tuple[PublishedArticle, ...] = field(default=(), name="PublishEventInfo/article_detail/item")
    failed: tuple[int, ...] = field(default=(), name="PublishEventInfo/fail_idx")


class SubscriptionChoice(Part, frozen=True, kw_only=True):
    """What a person chose for one template: "accept" or "reject"."""

    template_id: str = field(default="", name="TemplateId")
    status: str = field(default="", name="SubscribeStatusString")
    scene: int | None = field(default=None, name="PopupScene")


class SubscribeMessagePopup(Event, frozen=True, kw_only=True, eq=False):
    """Somebody answered the question whether messages may be sent."""

    event: str = field(default="subscribe_msg_popup_event", name="Event")
    choices: tuple[SubscriptionChoice, ...] = field(default=(), name="SubscribeMsgPopupEvent/List")


class SubscribeMessageChange(Event, frozen=True, kw_only=True, eq=False):
    """Somebody changed that answer in the settings."""

    event: str = field(default="subscribe_msg_change_event", name="Event")
    choices: tuple[SubscriptionChoice, ...] = field(default=(), name="SubscribeMsgChangeEvent/List")


class SubscriptionSent(Part, frozen=True, kw_only=True):
    """How the sending of one subscribed message ended."""

    template_id: str = field(default="", name="TemplateId")
    msg_id: str = field(default="", name="MsgID|MsgId")
    error: int | None = field(default=None, name="ErrorCode")
    status: str = field(default="", name="ErrorStatus")


class SubscribeMessageSent(Event, frozen=True, kw_only=True, eq=False):
    """Subscribed messages were sent."""

    event: str = field(default="subscribe_msg_sent_event", name="Event")
    sent: tuple[SubscriptionSent, ...] = field(default=(), name="SubscribeMsgSentEvent/List")


class KfCreateSession(Event, frozen=True, kw_only=True, eq=False):
    """A member of the staff took a chat over."""

    event: str = field(default="kf_create_session", name="Event")
    account: str = field(default="", name="KfAccount")


class KfCloseSession(Event, frozen=True, kw_only=True, eq=False):
    """A member of the staff closed a chat, or it ran out."""

    event: str = field(default="kf_close_session", name="Event")
    account: str = field(default="", name="KfAccount")
    close_type: str = field(default="", name="CloseType")


class KfSwitchSession(Event, frozen=True, kw_only=True, eq=False):
    """A chat went from one member of the staff to another."""

    event: str = field(default="kf_switch_session", name="Event")
    from_account: str = field(default="", name="FromKfAccount")
    to_account: str = field(default="", name="ToKfAccount")


class EnterSession(Event, frozen=True, kw_only=True, eq=False):
    """Somebody opened a mini-program's customer-service chat; `session_from` is what the button carries."""

    event: str = field(default="user_enter_tempsession", name="Event")
    session_from: str = field(default="", name="SessionFrom")


class UserDataEvent(Event, frozen=True, kw_only=True, eq=False):
    """Something happened to a person's data or consent, named by openid."""

    openid: str = field(default="", name="OpenID")
    app_id: str = field(default="", name="AppID|AppId")
    revoke_info: str = field(default="", name="RevokeInfo")


class UserInfoModified(UserDataEvent, frozen=True, kw_only=True, eq=False):
    """The platform blanked a person's profile because it broke the rules: fetch it again."""

    event: str = field(default="user_info_modified", name="Event")


class AuthorizationRevoke(UserDataEvent, frozen=True, kw_only=True, eq=False):
    """A person takes consent back: what is named in `revoke_info` is to be deleted."""

    event: str = field(default="user_authorization_revoke", name="Event")


class AuthorizationCancellation(UserDataEvent, frozen=True, kw_only=True, eq=False):
    """A person closed the WeChat account: all data are to be deleted."""

    event: str = field(default="user_authorization_cancellation", name="Event")


class CheckDetail(Part, frozen=True, kw_only=True):
    """What one strategy of the content check found."""

    strategy: str = field(default="", name="strategy")
    error: int | None = field(default=None, name="errcode")
    suggest: str = field(default="", name="suggest")
    label: int | None = field(default=None, name="label")
    probability: float | None = field(default=None, name="prob")


class MediaChecked(Event, frozen=True, kw_only=True, eq=False):
    """The result of checking a picture or a sound, in version 1 (`risky`) or 2 (`suggest`, `label`, `details`)."""

    event: str = field(default="wxa_media_check", name="Event")
    app_id: str = field(default="", name="appid")
    trace_id: str = field(default="", name="trace_id")
    version: int | None = field(default=None, name="version")
    risky: int | None = field(default=None, name="isrisky")
    status: int | None = field(default=None, name="status_code")
    extra: str = field(default="", name="extra_info_json")
    error: int | None = field(default=None, name="errcode")
    suggest: str = field(default="", name="result/suggest")
    label: int | None = field(default=None, name="result/label")
    details: tuple[CheckDetail, ...] = field(default=(), name="detail")


class DebugDemo(Event, frozen=True, kw_only=True, eq=False):
    """A test event of the platform's debugger."""

    event: str = field(default="debug_demo", name="Event")
    text: str = field(default="", name="debug_str")


JOBS: Mapping[str, type[Event]] = {
    "TEMPLATESENDJOBFINISH": TemplateSent,
    "MASSSENDJOBFINISH": MassSent,
    "PUBLISHJOBFINISH": Published,
    "subscribe_msg_popup_event": SubscribeMessagePopup,
    "subscribe_msg_change_event": SubscribeMessageChange,
    "subscribe_msg_sent_event": SubscribeMessageSent,
    "kf_create_session": KfCreateSession,
    "kf_close_session": KfCloseSession,
    "kf_switch_session": KfSwitchSession,
    "user_enter_tempsession": EnterSession,
    "user_info_modified": UserInfoModified,
    "user_authorization_revoke": AuthorizationRevoke,
    "user_authorization_cancellation": AuthorizationCancellation,
    "wxa_media_check": MediaChecked,
    "debug_demo": DebugDemo,
}
"""Event as the platform spells it, to class."""
