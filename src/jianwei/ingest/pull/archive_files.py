"""Files of archived messages: put together from their chunks, checked, and kept by content like all media."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import md5

from jianwei.errors import InputError
from jianwei.ingest.downloads import MOST_BYTES, keep_file
from jianwei.ingest.pull.archive import KeepMedia
from jianwei.sources._gathered import Pulled
from jianwei.sources.archive import ArchiveMedia
from jianwei.store import MediaDownload, Store

__all__ = ["keeper"]


def keeper(store: Store, account: str, *, most_bytes: int = MOST_BYTES) -> KeepMedia:
    """Keeps files in the workspace. Larger ones, and those that do not have the digest that the platform tells, are refused."""

    def keep(file: ArchiveMedia, chunks: Iterator[bytes]) -> Pulled:
        content = _joined(chunks, most_bytes)
        if not content:
            raise InputError("archive", "a file is empty", "leave it out")
        digest = md5(content, usedforsecurity=False).hexdigest()
        if file.md5 and file.md5.lower() != digest:
            raise InputError("archive", "a file came damaged", "pull again")
        row = MediaDownload(
            account=account, media_id=file.sdkfileid, record_id=file.record_id, kind=file.kind, ts_us=file.ts_us
        )
        return {"media": keep_file(store, row, content)}

    return keep


def _joined(chunks: Iterator[bytes], most: int) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise InputError("archive", f"a file has more than {most:,} bytes", "leave it out")
        parts.append(chunk)
    return b"".join(parts)
