"""What the suffix of a file's name promises."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from jianwei.common.media.kinds import MediaKind, MediaType

__all__ = ["Fit", "fits", "promised_kind"]

Fit = Literal["right", "near", "wrong"]
"""The name says what the bytes say; says a relative of it; says something else altogether."""

_SUFFIXES = {
    ".jpg .jpeg .jpe .jfif": "image/jpeg",
    ".png .apng": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".heic .heif .hif": "image/heic",
    ".avif": "image/avif",
    ".bmp .dib": "image/bmp",
    ".tif .tiff": "image/tiff",
    ".psd": "image/vnd.adobe.photoshop",
    ".jp2": "image/jp2",
    ".jxl": "image/jxl",
    ".svg": "image/svg+xml",
    ".amr": "audio/amr",
    ".awb": "audio/amr-wb",
    ".silk .slk .aud": "audio/silk",
    ".speex": "audio/x-speex-with-header-byte",
    ".mp3": "audio/mpeg",
    ".m4a .m4b": "audio/mp4",
    ".aac": "audio/aac",
    ".wav": "audio/wav",
    ".ogg .oga .opus .spx": "audio/ogg",
    ".flac": "audio/flac",
    ".ac3": "audio/ac3",
    ".aif .aiff": "audio/aiff",
    ".wma": "audio/x-ms-asf",
    ".weba": "audio/webm",
    ".mka": "audio/x-matroska",
    ".mp4 .m4v": "video/mp4",
    ".mov .qt": "video/quicktime",
    ".3gp .3g2": "video/3gpp",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".ogv": "video/ogg",
    ".avi": "video/x-msvideo",
    ".wmv .asf": "video/x-ms-asf",
    ".flv": "video/x-flv",
    ".mpg .mpeg": "video/mpeg",
    ".pdf": "application/pdf",
    ".zip .jar .apk .docx .xlsx .pptx": "application/zip",
    ".htm .html .xhtml .xml .js .css .txt .csv .json .md .php .py .sh .bat .cmd .exe .dll .com .scr .msi .vbs .ps1": "text/plain",
}
_PROMISED = {suffix: MediaType(mime, suffix) for suffixes, mime in _SUFFIXES.items() for suffix in suffixes.split()}
_MOVING = {"sound", "video"}
_RUN = "image/svg+xml"
"""A picture that is a program: nothing but itself may bear its name."""


def promised_kind(name: str) -> MediaKind | None:
    """What a file is by its name; None of names that promise nothing.

    >>> promised_kind("a.AUD"), promised_kind("a.ogv"), promised_kind("a.csv"), promised_kind("4711")
    ('sound', 'video', 'other', None)
    """
    promised = _PROMISED.get(PurePath(name).suffix.lower())
    return promised.kind if promised else None


def fits(name: str, found: MediaType) -> Fit:
    """Does the name of a file go with what its bytes are? Names without a suffix, and suffixes that promise nothing, go with everything.

    Sounds and videos are relatives of one another: the same containers hold both, and people name them as they like.

    >>> amr = MediaType("audio/amr", ".amr")
    >>> fits("a.AMR", amr), fits("a.silk", amr), fits("a.mp4", amr), fits("a.jpg", amr), fits("4711", amr)
    ('right', 'near', 'near', 'wrong', 'right')
    """
    promised = _PROMISED.get(PurePath(name).suffix.lower())
    if promised is None or promised.mime == found.mime:
        return "right"
    near = promised.kind == found.kind or {promised.kind, found.kind} == _MOVING
    return "near" if near and promised.mime != _RUN else "wrong"
