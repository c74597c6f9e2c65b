"""Media of a corp that are kept for three days; all its applications share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.areas.media import Kept, MediaStore
from jianwei.sandbox.platform.corp import Corp, corp_of
from jianwei.sandbox.platform.formats import media_type_of, seconds_of, suffix_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import wecom_media as api
from jianwei.wechat.endpoints.media import UploadedMedia
from jianwei.wechat.request import Download, File

__all__ = ["HANDLERS", "Shelves", "shelf_of"]

_ALLOWED = {"image": ("jpg", "png"), "voice": ("amr",), "video": ("mp4",)}
_LARGEST = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}


@dataclass(slots=True)
class Shelves:
    """Media by corp, kept by `platform.of(Shelves)`."""

    stores: dict[str, MediaStore] = field(default_factory=dict)

    def of(self, corp: Corp) -> MediaStore:
        return self.stores.setdefault(corp.corp_id, MediaStore())


def shelf_of(visit: Visit) -> MediaStore:
    """The media of the corp whose application is calling."""
    return visit.platform.of(Shelves).of(corp_of(visit))


def upload(visit: Visit, call: api.UploadCorpMedia) -> UploadedMedia:
    file = File.of(call.media)
    if len(file.content) <= 5:
        raise Refusal(40006, "invalid file size")
    if call.type in _ALLOWED and suffix_of(file.content) not in _ALLOWED[call.type]:
        raise Refusal(40005, "invalid file type")
    if len(file.content) > _LARGEST[call.type]:
        raise Refusal(40009 if call.type == "image" else 45001, "media size out of limit")
    if call.type == "voice" and seconds_of(file.content) > 60:
        raise Refusal(45007, "playtime out of limit")
    kept = Kept(call.type, file.content, visit.now, file.name)
    return UploadedMedia(shelf_of(visit).keep(visit.platform, kept), call.type, visit.now)


def get(visit: Visit, call: api.GetCorpMedia) -> Download:
    kept = shelf_of(visit).find(call.media_id, visit.now)
    return Download(kept.content, media_type_of(suffix_of(kept.content)), kept.name)


HANDLERS: Mapping[type, Handler] = {api.UploadCorpMedia: upload, api.GetCorpMedia: get}
