"""What people send: text, pictures, voices, videos, places, links, cards of mini-programs, files."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from jianwei.wechat.messages._base import Message

__all__ = [
    "MESSAGES",
    "FileMessage",
    "ImageMessage",
    "LinkMessage",
    "LocationMessage",
    "MiniProgramMessage",
    "ShortVideoMessage",
    "TextMessage",
    "VideoMessage",
    "VoiceMessage",
]


class TextMessage(Message, frozen=True, kw_only=True, eq=False):
    """Words. `menu_id` is the entry of a menu message (msgmenu) that was tapped."""

    kind: str = field(default="text", name="MsgType")
    content: str = field(default="", name="Content")
    menu_id: str = field(default="", name="bizmsgmenuid")


class ImageMessage(Message, frozen=True, kw_only=True, eq=False):
    """A picture: an address that needs no token, and a media id for three days."""

    kind: str = field(default="image", name="MsgType")
    url: str = field(default="", name="PicUrl")
    media_id: str = field(default="", name="MediaId")


class VoiceMessage(Message, frozen=True, kw_only=True, eq=False):
    """A voice message; `recognition` is what the platform heard, where speech recognition is switched on."""

    kind: str = field(default="voice", name="MsgType")
    media_id: str = field(default="", name="MediaId")
    format: str = field(default="", name="Format")
    media_id_16k: str = field(default="", name="MediaId16K")
    recognition: str = field(default="", name="Recognition")


class VideoMessage(Message, frozen=True, kw_only=True, eq=False):
    """A video."""

    kind: str = field(default="video", name="MsgType")
    media_id: str = field(default="", name="MediaId")
    thumb_media_id: str = field(default="", name="ThumbMediaId")


class ShortVideoMessage(VideoMessage, frozen=True, kw_only=True, eq=False):
    """A short video, taken in the chat."""

    kind: str = field(default="shortvideo", name="MsgType")


class LocationMessage(Message, frozen=True, kw_only=True, eq=False):
    """A place on the map, in degrees."""

    kind: str = field(default="location", name="MsgType")
    latitude: float | None = field(default=None, name="Location_X")
    longitude: float | None = field(default=None, name="Location_Y")
    scale: float | None = field(default=None, name="Scale")
    label: str = field(default="", name="Label")


class LinkMessage(Message, frozen=True, kw_only=True, eq=False):
    """A shared page. WeCom adds a picture."""

    kind: str = field(default="link", name="MsgType")
    title: str = field(default="", name="Title")
    description: str = field(default="", name="Description")
    url: str = field(default="", name="Url")
    picture_url: str = field(default="", name="PicUrl")


class MiniProgramMessage(Message, frozen=True, kw_only=True, eq=False):
    """A card of a mini-program, sent in its customer-service chat."""

    kind: str = field(default="miniprogrampage", name="MsgType")
    title: str = field(default="", name="Title")
    app_id: str = field(default="", name="AppId")
    path: str = field(default="", name="PagePath")
    thumb_url: str = field(default="", name="ThumbUrl")
    thumb_media_id: str = field(default="", name="ThumbMediaId")


class FileMessage(Message, frozen=True, kw_only=True, eq=False):
    """A file; only some accounts are sent these."""

    kind: str = field(default="file", name="MsgType")
    title: str = field(default="", name="Title")
    description: str = field(default="", name="Description")
    file_key: str = field(default="", name="FileKey")
    md5: str = field(default="", name="FileMd5")
    size: int | None = field(default=None, name="FileTotalLen")


MESSAGES: Mapping[str, type[Message]] = {
    "text": TextMessage,
    "image": ImageMessage,
    "voice": VoiceMessage,
    "video": VideoMessage,
    "shortvideo": ShortVideoMessage,
    "location": LocationMessage,
    "link": LinkMessage,
    "miniprogrampage": MiniProgramMessage,
    "file": FileMessage,
}
"""MsgType to class."""
