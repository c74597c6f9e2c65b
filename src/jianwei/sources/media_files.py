"""Pictures, voices and videos as files: every file is one message, and the folder in which it lies is the conversation.

Its id is made from account and content, so that the same file brings one message, wherever it lies and however often it comes. Who sent
it is not known. Nothing is decoded: what is not what its bytes and its name promise is refused by `open_media`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from jianwei.common.files import path_name
from jianwei.common.media import MediaLimits, MediaType, OpenMedia, RejectedMediaError, open_media, sniff
from jianwei.common.media.measuring import framed_seconds, picture_size
from jianwei.common.media.suffixes import fits, promised_kind
from jianwei.records import key_id
from jianwei.sources._base import InputFile, Piece, ReadContext, Reject, Sample
from jianwei.sources._gathered import Gathered
from jianwei.sources._media_times import time_of

__all__ = ["MediaFile", "MediaSource", "add_album", "add_media", "album_of", "kept_path", "measured", "promises_media"]

_MESSAGES = {"picture": "image", "sound": "voice", "video": "video"}
_HEAD_BYTES = 1 << 20
_MOST_MEASURED = 32 << 20  # bytes of a voice whose frames are counted
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that may come in.

    Attributes:
        name: what people call it.
        type: what its bytes are.
        sha256: hex digest of its bytes.
        bytes: how many.
        notes: see `OpenMedia.notes`.
        ts_us, time_from: when it is from, and whence that is known; see `_media_times.time_of`.
        seconds: length of a voice of the platform's own formats.
        size: (width, height) of a picture whose head tells them.
    """

    name: str
    type: MediaType
    sha256: str
    bytes: int
    notes: tuple[str, ...]
    ts_us: int | None
    time_from: str
    seconds: float | None
    size: tuple[int, int] | None


class MediaSource:
    """Reads one file; `ingest` also keeps its bytes, in the place that the row names."""

    name = "media"

    def sniff(self, sample: Sample) -> float:
        return 0.99 if promises_media(sample.name, sample.head) else 0.0

    def read(self, file: InputFile, context: ReadContext) -> Iterator[Piece]:
        """One piece with one message, or with one reject."""
        rows = Gathered(context.account, context.input_id)
        try:
            media, digest = _opened(file)
            found = measured(file, media, digest, context.zone)
            add_media(rows, found, add_album(rows, album_of(file), found.ts_us), seq=0)
        except RejectedMediaError as error:
            yield Piece({}, (Reject(1, error.code, error.what),), {"messages": 1}, file.size)
            return
        yield Piece(rows.tables(), (), {"messages": 1, "media": 1, "conversations": 1}, file.size)


def promises_media(name: str, head: bytes) -> bool:
    """Whether the bytes are those of a picture, sound or video, or the name says that they should be.

    >>> promises_media("4711", b"#!AMR\\n<\\0"), promises_media("张三.csv", b"ID3,name"), promises_media("a.svg", b"<svg>")
    (True, False, True)
    """
    return promised_kind(name) not in (None, "other") or (
        sniff(head[:4096]).kind != "other" and not _is_text(head[:4096])
    )


def _is_text(head: bytes) -> bool:
    """No control characters at all: some marks of media are words that a table may begin with."""
    return not any(byte < 32 and byte not in (9, 10, 13) for byte in head)


def album_of(file: InputFile) -> str:
    """The name of the folder in which a file lies; of a file in the middle of an archive the archive's.

    >>> import io
    >>> album_of(InputFile("phone/家人群/a.jpg", 1, io.BytesIO)), album_of(InputFile("旅行.zip/a.jpg", 1, io.BytesIO))
    ('家人群', '旅行')
    """
    parent = PurePosixPath(file.name).parent
    if parent.name in ("", ".", "..") and file.path is not None:
        return path_name(Path(file.path).resolve().parent).rpartition("/")[2]
    return parent.stem if parent.suffix.lower() == ".zip" else parent.name


def kept_path(digest: str, suffix: str) -> str:
    """Where a file is kept, below the workspace: by its content, whatever it claims to be.

    >>> kept_path("abcd", ".jpg")
    'media/ab/abcd.jpg'
    """
    return f"media/{digest[:2]}/{digest}{suffix}"


def measured(file: InputFile, media: OpenMedia, digest: str, zone: str) -> MediaFile:
    """What the head of a file tells.

    Args:
        file: as it was found: its name and when it was changed.
        media: the same file, opened.
        digest: SHA-256 of its bytes.
        zone: of times that tell none.

    Raises:
        RejectedMediaError: "wrong_kind", a document or an archive.
    """
    kind = media.type.kind
    if kind == "other":
        raise RejectedMediaError("wrong_kind", file.name, f"is of the type {media.type.mime}", "give another file")
    with media.open() as stream:
        head = stream.read(_HEAD_BYTES if kind != "sound" else _MOST_MEASURED)
    seconds = framed_seconds(head) if kind == "sound" else None
    ts_us, whence = time_of(file.name, head, file.modified, zone)
    size = picture_size(head) if kind == "picture" else None
    length = seconds[0] if seconds else None
    return MediaFile(file.name, media.type, digest, media.size, media.notes, ts_us, whence, length, size)


def add_album(rows: Gathered, album: str, ts_us: int | None) -> str:
    """The conversation that a folder is; gives its id."""
    key = f"folder:{album}"
    place = rows.conversation(key)
    rows.add("conversations", ts_us, conversation_id=place, key=key, kind="folder", title=album)
    return place


def add_media(rows: Gathered, found: MediaFile, place: str, *, seq: int) -> None:
    """The message and its file.

    Args:
        rows: what is gathered for one input.
        place: id of the conversation.
        seq: place of the file in the input.
    """
    account, kind = rows.account, _MESSAGES[found.type.kind]
    message = rows.message("media", found.sha256)
    attrs = {"file": PurePosixPath(found.name).name, "time_from": found.time_from, "notes": list(found.notes)}
    rows.add("messages", found.ts_us, seq=seq, message_id=message, conversation_id=place, kind=kind, attrs=attrs)
    width, height = found.size or (None, None)
    rows.add(
        "media", found.ts_us, seq=seq, media_id=key_id("d:", account, "file", found.sha256), record_id=message, kind=kind,
        mime=found.type.mime, sha256=found.sha256, path=kept_path(found.sha256, found.type.suffix), bytes=found.bytes,
        seconds=found.seconds, width=width, height=height,
    )  # fmt: skip


def _opened(file: InputFile) -> tuple[OpenMedia, str]:
    """A file and its digest; members of archives are read into memory."""
    limits = MediaLimits()
    if file.path is not None:
        media, digest = open_media(file.path, limits=limits), sha256()
        with media.open() as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
        return media, digest.hexdigest()
    with file.open() as stream:
        content = stream.read(limits.bytes + 1)
    media = open_media(content, limits=limits)
    if fits(file.name, media.type) == "wrong":
        raise RejectedMediaError("wrong_kind", file.name, f"is of the type {media.type.mime}", "")
    return media, sha256(content).hexdigest()
