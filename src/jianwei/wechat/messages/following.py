"""Events of following, scanning, menus and places."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from jianwei.wechat.messages._base import Event, Part

__all__ = [
    "FOLLOWING",
    "Click",
    "EnterAgent",
    "LocationSelect",
    "MenuEvent",
    "PhotoOrAlbum",
    "Picture",
    "PicturesEvent",
    "ReportLocation",
    "Scan",
    "ScanCodeEvent",
    "ScanCodePush",
    "ScanCodeWait",
    "Subscribe",
    "SystemPhoto",
    "Unsubscribe",
    "View",
    "ViewMiniProgram",
    "WeixinAlbum",
]

_PREFIX = "qrscene_"


class Subscribe(Event, frozen=True, kw_only=True, eq=False):
    """Somebody follows, or a WeCom member may use the application.

    Attributes:
        key: "qrscene_<scene>" after scanning a QR code, "last_trade_no_…" after a payment, else "".
        ticket: the QR code's ticket.
    """

    event: str = field(default="subscribe", name="Event")
    key: str = field(default="", name="EventKey")
    ticket: str = field(default="", name="Ticket")

    @property
    def scene(self) -> str:
        """The scene of the QR code that was scanned; "" where none was."""
        return self.key.removeprefix(_PREFIX) if self.key.startswith(_PREFIX) else ""


class Unsubscribe(Event, frozen=True, kw_only=True, eq=False):
    """Somebody follows no longer."""

    event: str = field(default="unsubscribe", name="Event")


class Scan(Event, frozen=True, kw_only=True, eq=False):
    """A follower scanned a QR code with a scene."""

    event: str = field(default="scan", name="Event")
    key: str = field(default="", name="EventKey")
    ticket: str = field(default="", name="Ticket")

    @property
    def scene(self) -> str:
        """The scene of the QR code."""
        return self.key.removeprefix(_PREFIX)


class ReportLocation(Event, frozen=True, kw_only=True, eq=False):
    """Where somebody is, reported on entering the chat: degrees, and metres of precision."""

    event: str = field(default="location", name="Event")
    latitude: float | None = field(default=None, name="Latitude")
    longitude: float | None = field(default=None, name="Longitude")
    precision: float | None = field(default=None, name="Precision")


class EnterAgent(Event, frozen=True, kw_only=True, eq=False):
    """A WeCom member opened the application."""

    event: str = field(default="enter_agent", name="Event")
    key: str = field(default="", name="EventKey")


class MenuEvent(Event, frozen=True, kw_only=True, eq=False):
    """A menu was tapped: `key` is the entry's key, address or page, `menu_id` the conditional menu's id."""

    key: str = field(default="", name="EventKey")
    menu_id: str = field(default="", name="MenuId|MenuID")


class Click(MenuEvent, frozen=True, kw_only=True, eq=False):
    """An entry with a key."""

    event: str = field(default="click", name="Event")


class View(MenuEvent, frozen=True, kw_only=True, eq=False):
    """An entry with an address."""

    event: str = field(default="view", name="Event")


class ViewMiniProgram(MenuEvent, frozen=True, kw_only=True, eq=False):
    """An entry with a page of a mini-program."""

    event: str = field(default="view_miniprogram", name="Event")


class ScanCodeEvent(MenuEvent, frozen=True, kw_only=True, eq=False):
    """A code was scanned from the menu."""

    scan_type: str = field(default="", name="ScanCodeInfo/ScanType")
    scan_result: str = field(default="", name="ScanCodeInfo/ScanResult")


class ScanCodePush(ScanCodeEvent, frozen=True, kw_only=True, eq=False):
    """And the result was shown."""

    event: str = field(default="scancode_push", name="Event")


class ScanCodeWait(ScanCodeEvent, frozen=True, kw_only=True, eq=False):
    """And an answer is awaited."""

    event: str = field(default="scancode_waitmsg", name="Event")


class Picture(Part, frozen=True, kw_only=True):
    """A picture that is on its way as a message of its own."""

    md5: str = field(default="", name="PicMd5Sum")


class PicturesEvent(MenuEvent, frozen=True, kw_only=True, eq=False):
    """Pictures were sent from the menu."""

    count: int | None = field(default=None, name="SendPicsInfo/Count")
    pictures: tuple[Picture, ...] = field(default=(), name="SendPicsInfo/PicList/item")


class SystemPhoto(PicturesEvent, frozen=True, kw_only=True, eq=False):
    """From the camera."""

    event: str = field(default="pic_sysphoto", name="Event")


class PhotoOrAlbum(PicturesEvent, frozen=True, kw_only=True, eq=False):
    """From the camera or the album."""

    event: str = field(default="pic_photo_or_album", name="Event")


class WeixinAlbum(PicturesEvent, frozen=True, kw_only=True, eq=False):
    """From WeChat's album."""

    event: str = field(default="pic_weixin", name="Event")


class LocationSelect(MenuEvent, frozen=True, kw_only=True, eq=False):
    """A place was chosen from the menu, in degrees."""

    event: str = field(default="location_select", name="Event")
    latitude: float | None = field(default=None, name="SendLocationInfo/Location_X")
    longitude: float | None = field(default=None, name="SendLocationInfo/Location_Y")
    scale: float | None = field(default=None, name="SendLocationInfo/Scale")
    label: str = field(default="", name="SendLocationInfo/Label")
    place: str = field(default="", name="SendLocationInfo/Poiname")


FOLLOWING: Mapping[str, type[Event]] = {
    "subscribe": Subscribe,
    "unsubscribe": Unsubscribe,
    "SCAN": Scan,
    "LOCATION": ReportLocation,
    "enter_agent": EnterAgent,
    "CLICK": Click,
    "VIEW": View,
    "view_miniprogram": ViewMiniProgram,
    "scancode_push": ScanCodePush,
    "scancode_waitmsg": ScanCodeWait,
    "pic_sysphoto": SystemPhoto,
    "pic_photo_or_album": PhotoOrAlbum,
    "pic_weixin": WeixinAlbum,
    "location_select": LocationSelect,
}
"""Event as the platform spells it, to class."""
