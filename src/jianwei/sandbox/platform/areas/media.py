"""Media that are kept for three days, and files that the platform hosts under an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.formats import media_type_of, seconds_of, suffix_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Platform, Refusal, Visit
from jianwei.wechat.endpoints import media as api
from jianwei.wechat.request import Download, File, Source

__all__ = ["HANDLERS", "Hosted", "Kept", "MediaStore", "checked", "host"]

DAYS_3 = 3 * 86_400
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "image": ("jpg", "png", "gif", "bmp"),
    "voice": ("amr", "mp3"),
    "video": ("mp4",),
    "thumb": ("jpg",),
}
_LARGEST = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
_TOO_LARGE = {"image": 40009, "thumb": 40006}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was uploaded or that somebody sent."""

    type: str
    content: bytes = field(repr=False)
    at: int = 0
    name: str = ""
    recording: bytes = field(default=b"", repr=False)
    """The same voice in better quality, where it was recorded in a page."""


@dataclass(slots=True)
class MediaStore:
    """Temporary media of an account by media id, kept by `app.of(MediaStore)`."""

    files: dict[str, Kept] = field(default_factory=dict)

    def keep(self, platform: Platform, file: Kept) -> str:
        """Keep a file for three days from `file.at`; gives its media id."""
        media_id = platform.name(64)
        self.files[media_id] = file
        return media_id

    def find(self, media_id: str, now: int) -> Kept:
        """The file of a media id.

        Raises:
            Refusal: 40007, there is none or it is older than three days.
        """
        found = self.files.get(media_id)
        if found is None or found.at + DAYS_3 <= now:
            raise Refusal(40007, "invalid media_id")
        return found


@dataclass(slots=True)
class Hosted:
    """Files that can be fetched without a token, by path; kept by `platform.of(Hosted)`."""

    files: dict[str, Download] = field(default_factory=dict)


def host(visit: Visit, content: bytes, name: str = "") -> str:
    """Let a file be fetched; gives its address."""
    suffix = suffix_of(content)
    path = f"/mmbiz_{suffix or 'file'}/{visit.platform.name(43)}/0"
    visit.platform.of(Hosted).files[path] = Download(content, media_type_of(suffix), name)
    return visit.base_url + path


def checked(given: Source, type: str, largest: int | None = None) -> File:
    """A file that fits its type.

    Raises:
        Refusal: 44001 empty, 40005 of a wrong format, 40009, 40006 or 45001 too large, 45007 a voice of more than a minute.
    """
    file = File.of(given)
    if not file.content:
        raise Refusal(44001, "empty media data")
    if suffix_of(file.content) not in _ALLOWED[type]:
        raise Refusal(40005, "invalid file type")
    if len(file.content) > (largest or _LARGEST[type]):
        raise Refusal(_TOO_LARGE.get(type, 45001), "media size out of limit")
    if type == "voice" and seconds_of(file.content) > 60:
        raise Refusal(45007, "playtime out of limit")
    return file


def upload(visit: Visit, call: api.UploadMedia) -> api.UploadedMedia:
    file = checked(call.media, call.type)
    kept = Kept(call.type, file.content, visit.now, file.name)
    return api.UploadedMedia(visit.app.of(MediaStore).keep(visit.platform, kept), call.type, visit.now)


def get(visit: Visit, call: api.GetMedia) -> Download | api.VideoUrl:
    kept = visit.app.of(MediaStore).find(call.media_id, visit.now)
    if kept.type == "video":
        return api.VideoUrl(host(visit, kept.content, kept.name))
    suffix = suffix_of(kept.content)
    return Download(kept.content, media_type_of(suffix), f"{call.media_id}.{suffix}")


def recording(visit: Visit, call: api.GetRecording) -> Download:
    kept = visit.app.of(MediaStore).find(call.media_id, visit.now)
    if not kept.recording:
        raise Refusal(40007, "invalid media_id")
    return Download(kept.recording, media_type_of("speex"), f"{call.media_id}.speex")


def picture(visit: Visit, call: api.UploadPicture) -> str:
    file = checked(call.media, "image", 1 << 20)
    if suffix_of(file.content) not in ("jpg", "png"):
        raise Refusal(40005, "invalid file type")
    return host(visit, file.content, file.name)


HANDLERS: Mapping[type, Handler] = {
    api.UploadMedia: upload,
    api.GetMedia: get,
    api.GetRecording: recording,
    api.UploadPicture: picture,
}
