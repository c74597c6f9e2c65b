"""Events of the account itself: verification, cards and coupons, shops and devices of former days, third-party authorisation."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from jianwei.wechat.messages._base import Event, Part

__all__ = [
    "ACCOUNTS",
    "NOTICES",
    "Authorized",
    "Beacon",
    "CardEvent",
    "ComponentTicket",
    "DeviceEvent",
    "FastRegistered",
    "MerchantOrder",
    "Notice",
    "PoiChecked",
    "Shake",
    "Unauthorized",
    "VerificationEvent",
    "VerificationFailed",
    "WifiConnected",
]


class VerificationEvent(Event, frozen=True, kw_only=True, eq=False):
    """A step of the account's verification went well, or its yearly renewal is due.

    Events: qualification_verify_success, naming_verify_success, annual_renew, verify_expired.
    """

    expired_time: int | None = field(default=None, name="ExpiredTime")


class VerificationFailed(Event, frozen=True, kw_only=True, eq=False):
    """A step of the account's verification failed: qualification_verify_fail, naming_verify_fail."""

    fail_time: int | None = field(default=None, name="FailTime")
    fail_reason: str = field(default="", name="FailReason")


class CardEvent(Event, frozen=True, kw_only=True, eq=False):
    """Something happened to a card or coupon: user_get_card, user_consume_card, card_pass_check and their like."""

    card_id: str = field(default="", name="CardId")
    code: str = field(default="", name="UserCardCode")
    old_code: str = field(default="", name="OldUserCardCode")
    given_by_friend: int | None = field(default=None, name="IsGiveByFriend")
    friend: str = field(default="", name="FriendUserName")
    outer_id: str = field(default="", name="OuterId")
    outer: str = field(default="", name="OuterStr")
    restored: int | None = field(default=None, name="IsRestoreMemberCard")
    union_id: str = field(default="", name="UnionId")
    consume_source: str = field(default="", name="ConsumeSource")
    location_id: str = field(default="", name="LocationId")
    location_name: str = field(default="", name="LocationName")
    staff: str = field(default="", name="StaffOpenId")
    verify_code: str = field(default="", name="VerifyCode")
    remark_amount: str = field(default="", name="RemarkAmount")
    trade_id: str = field(default="", name="TransId")
    fee: int | None = field(default=None, name="Fee")
    original_fee: int | None = field(default=None, name="OriginalFee")
    bonus: int | None = field(default=None, name="ModifyBonus")
    balance: int | None = field(default=None, name="ModifyBalance")
    order_id: str = field(default="", name="OrderId")
    status: str = field(default="", name="Status")
    detail: str = field(default="", name="Detail")
    refuse_reason: str = field(default="", name="RefuseReason")


class WifiConnected(Event, frozen=True, kw_only=True, eq=False):
    """Somebody joined the shop's Wi-Fi."""

    event: str = field(default="wificonnected", name="Event")
    connected: int | None = field(default=None, name="ConnectTime")
    expires: int | None = field(default=None, name="ExpireTime")
    vendor_id: str = field(default="", name="VendorId")
    shop_id: str = field(default="", name="ShopId|PlaceId")
    device: str = field(default="", name="DeviceNo")


class Beacon(Part, frozen=True, kw_only=True):
    """A beacon near a telephone that was shaken; `distance` in metres."""

    uuid: str = field(default="", name="Uuid")
    major: int | None = field(default=None, name="Major")
    minor: int | None = field(default=None, name="Minor")
    distance: float | None = field(default=None, name="Distance")


class Shake(Event, frozen=True, kw_only=True, eq=False):
    """Somebody shook a telephone near a beacon."""

    event: str = field(default="shakearoundusershake", name="Event")
    chosen: Beacon | None = field(default=None, name="ChosenBeacon")
    around: tuple[Beacon, ...] = field(default=(), name="AroundBeacons/AroundBeacon")


class PoiChecked(Event, frozen=True, kw_only=True, eq=False):
    """A shop's entry on the map was accepted ("succ") or refused ("fail")."""

    event: str = field(default="poi_check_notify", name="Event")
    own_id: str = field(default="", name="UniqId")
    poi_id: str = field(default="", name="PoiId")
    result: str = field(default="", name="Result")
    message: str = field(default="", name="msg|Msg")


class MerchantOrder(Event, frozen=True, kw_only=True, eq=False):
    """An order in a WeChat shop was paid."""

    event: str = field(default="merchant_order", name="Event")
    order_id: str = field(default="", name="OrderId")
    status: int | None = field(default=None, name="OrderStatus")
    product_id: str = field(default="", name="ProductId")
    sku: str = field(default="", name="SkuInfo")


class DeviceEvent(Event, frozen=True, kw_only=True, eq=False):
    """Something a device did, or somebody did to it: every event or MsgType whose name begins with "device_"."""

    device_type: str = field(default="", name="DeviceType")
    device_id: str = field(default="", name="DeviceID|DeviceId")
    openid: str = field(default="", name="OpenID|OpenId")
    session_id: str = field(default="", name="SessionID|SessionId")
    content: str = field(default="", name="Content")
    msg_id: str = field(default="", name="MsgID|MsgId")


class Notice(Event, frozen=True, kw_only=True, eq=False):
    """What the platform tells a third-party platform, on an address of its own; `event` is the InfoType, `kind` "notice".

    Attributes:
        app_id: the third-party platform's.
    """

    kind: str = field(default="notice", name="-kind")
    event: str = field(default="", name="InfoType")
    app_id: str = field(default="", name="AppId")


class ComponentTicket(Notice, frozen=True, kw_only=True, eq=False):
    """The ticket for a component_access_token, every ten minutes."""

    event: str = field(default="component_verify_ticket", name="InfoType")
    ticket: str = field(default="", name="ComponentVerifyTicket")

    def __repr__(self) -> str:
        return f"ComponentTicket(app_id={self.app_id!r}, created={self.created!r})"


class Unauthorized(Notice, frozen=True, kw_only=True, eq=False):
    """An account took its authorisation back."""

    event: str = field(default="unauthorized", name="InfoType")
    authorizer_app_id: str = field(default="", name="AuthorizerAppid")


class Authorized(Notice, frozen=True, kw_only=True, eq=False):
    """An account authorised the third-party platform ("authorized"), or changed what it may do ("updateauthorized")."""

    event: str = field(default="authorized", name="InfoType")
    authorizer_app_id: str = field(default="", name="AuthorizerAppid")
    code: str = field(default="", name="AuthorizationCode")
    code_expires: int | None = field(default=None, name="AuthorizationCodeExpiredTime")
    pre_auth_code: str = field(default="", name="PreAuthCode")

    def __repr__(self) -> str:
        return f"Authorized(event={self.event!r}, app_id={self.app_id!r}, authorizer_app_id={self.authorizer_app_id!r})"


class FastRegistered(Notice, frozen=True, kw_only=True, eq=False):
    """A mini-program was registered for a company; `status` 0 means done."""

    event: str = field(default="notify_third_fasteregister", name="InfoType")
    mini_app_id: str = field(default="", name="appid")
    status: int | None = field(default=None, name="status")
    code: str = field(default="", name="auth_code")
    message: str = field(default="", name="msg")
    company: str = field(default="", name="info/name")

    def __repr__(self) -> str:
        return f"FastRegistered(app_id={self.app_id!r}, mini_app_id={self.mini_app_id!r}, status={self.status!r})"


_CARDS = (
    "user_get_card", "user_gifting_card", "user_del_card", "user_consume_card", "user_pay_from_pay_cell", "user_view_card",
    "user_enter_session_from_card", "update_member_card", "submit_membercard_user_info", "card_pass_check",
    "card_not_pass_check", "card_sku_remind", "card_pay_order",
)  # fmt: skip

ACCOUNTS: Mapping[str, type[Event]] = {
    "qualification_verify_success": VerificationEvent,
    "qualification_verify_fail": VerificationFailed,
    "naming_verify_success": VerificationEvent,
    "naming_verify_fail": VerificationFailed,
    "annual_renew": VerificationEvent,
    "verify_expired": VerificationEvent,
    **dict.fromkeys(_CARDS, CardEvent),
    "WifiConnected": WifiConnected,
    "ShakearoundUserShake": Shake,
    "poi_check_notify": PoiChecked,
    "merchant_order": MerchantOrder,
}
"""Event as the platform spells it, to class."""

NOTICES: Mapping[str, type[Notice]] = {
    "component_verify_ticket": ComponentTicket,
    "authorized": Authorized,
    "updateauthorized": Authorized,
    "unauthorized": Unauthorized,
    "notify_third_fasteregister": FastRegistered,
}
"""InfoType to class."""
