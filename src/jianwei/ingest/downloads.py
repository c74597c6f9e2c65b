"""Media of flushed messages: fetched in the background while the platform still has it, and kept by content.

Files lie in `<workspace>/media/<aa>/<sha256><suffix>`, aa being the digest's first two digits, whatever they claim to be.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pyarrow as pa

from jianwei.common.media.kinds import sniff
from jianwei.common.media.measuring import amr_seconds, picture_size
from jianwei.common.media.tracks import heard_only
from jianwei.errors import JianweiError, StoreError
from jianwei.records import conform, key_id
from jianwei.sources.media_files import kept_path
from jianwei.store import MediaDownload, NoAccountError, Store, now_us
from jianwei.wechat.errors import AnswerError, ApiError, QuotaError, RateError

__all__ = ["DownloadReport", "Fetch", "Fetched", "GoneError", "download_media", "keep_file", "media_id"]

KEPT_US = 3 * 86_400_000_000
"""How long the platform keeps what people send."""

MOST_BYTES = 64 * 1024 * 1024
MOST_TRIES = 8
_UNKNOWN_MEDIA = 40007  # what the platform answers for a media id that has ended
_FIRST_WAIT_US, _LONGEST_WAIT_US = 60_000_000, 6 * 3_600_000_000


class GoneError(JianweiError):
    """The platform no longer has a file: nobody need ask again."""


class Fetched(Protocol):
    """A file as it came. What its sender says about its type does not matter."""

    @property
    def content(self) -> bytes: ...


Fetch = Callable[[MediaDownload], Fetched]
"""Gets one file. It raises GoneError, or lets the errors of client and store pass, which say whether another try is worth it; it should
read no more than `MOST_BYTES` and a little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadReport:
    """What a round of downloads did: files kept, to be tried again, gone from the platform, given up."""

    done: int = 0
    later: int = 0
    gone: int = 0
    failed: int = 0


def media_id(account: str, platform_id: str) -> str:
    """The id of a file in `media`.

    >>> media_id("shop", "M1")[:2]
    'd:'
    """
    return key_id("d:", account, "media", platform_id)


def download_media(
    store: Store,
    fetch: Fetch,
    *,
    limit: int = 100,
    most_bytes: int = MOST_BYTES,
    clock: Callable[[], int] = now_us,
) -> DownloadReport:
    """Fetch what is due now; call it again and again.

    Every file is written before its row, and its row before it is crossed off: a kill costs that it is fetched again. What is wrong with
    one file or one account costs the others nothing.

    Args:
        store: the workspace's store.
        fetch: gets one file.
        limit: files of one call at most.
        most_bytes: larger ones are not kept.
        clock: µs since the epoch.

    Raises:
        StoreError: the lake, the state or the disk refused.
    """
    table = store.downloads()
    due = table.due(clock(), limit=limit)
    if not due:
        return DownloadReport()
    results: list[MediaDownload] = []
    rows: list[dict[str, object]] = []
    for row in due:
        result, content = _tried(row, fetch, most_bytes, clock)
        if content is not None:
            rows.append(_kept(store, row, content))
        results.append(result)
    if rows:
        with store.writing() as lake:
            lake.append_new("media", _table(rows))
    for result in results:
        table.put(result)
    counts = {
        status: sum(result.status == status for result in results) for status in ("done", "waiting", "gone", "failed")
    }
    return DownloadReport(done=counts["done"], later=counts["waiting"], gone=counts["gone"], failed=counts["failed"])


def _tried(
    row: MediaDownload, fetch: Fetch, most_bytes: int, clock: Callable[[], int]
) -> tuple[MediaDownload, bytes | None]:
    """What came of one try, and the file."""
    expired = clock() - row.ts_us > KEPT_US
    if expired and row.url is None:
        return replace(row, status="gone", detail="the platform kept it for three days"), None
    tries = row.tries + 1
    try:
        content = fetch(row).content
    except JianweiError as error:
        if _is_gone(error):
            return replace(row, tries=tries, status="gone", detail=error.what), None
        if expired:
            return replace(row, tries=tries, status="gone", detail=f"{error.what}, and three days are over"), None
        if isinstance(error, QuotaError | RateError | StoreError):  # not the file's fault: it does not count as a try
            resume_us = None if isinstance(error, StoreError) else error.resume_us
            return replace(row, next_us=max(resume_us or 0, clock() + _FIRST_WAIT_US), detail=error.what), None
        if tries >= MOST_TRIES:
            return replace(row, tries=tries, status="failed", detail=error.what), None
        wait = min(_FIRST_WAIT_US * 4 ** (tries - 1), _LONGEST_WAIT_US)
        return replace(row, tries=tries, next_us=clock() + wait, detail=error.what), None
    if len(content) > most_bytes:
        what = f"{len(content):,} bytes are more than the {most_bytes:,} allowed"
        return replace(row, tries=tries, status="failed", detail=what), None
    if not content:
        return replace(row, tries=tries, status="failed", detail="the file is empty"), None
    return replace(row, tries=tries, status="done", detail=""), content


def _is_gone(error: JianweiError) -> bool:
    if isinstance(error, ApiError):
        return error.code == _UNKNOWN_MEDIA
    return isinstance(error, GoneError | NoAccountError) or (isinstance(error, AnswerError) and error.final)


def keep_file(store: Store, row: MediaDownload, content: bytes) -> pa.Table:
    """Write one file that came another way than `download_media`; gives its row for `media`.

    Raises:
        StoreError: the disk refused.
    """
    return _table([_kept(store, row, content)])


def _kept(store: Store, row: MediaDownload, content: bytes) -> dict[str, object]:
    """Write the file; its row in `media`."""
    found, digest = heard_only(BytesIO(content), sniff(content)), sha256(content).hexdigest()
    path = kept_path(digest, found.suffix)
    _write(store.folder / path, content)
    width, height = picture_size(content) or (None, None)
    return {
        "account": row.account,
        "ts_us": row.ts_us,
        "seq": row.seq,
        "media_id": media_id(row.account, row.media_id),
        "record_id": row.record_id,
        "kind": row.kind,
        "mime": found.mime,
        "sha256": digest,
        "path": path,
        "bytes": len(content),
        "seconds": amr_seconds(content),
        "width": width,
        "height": height,
    }


def _write(path: Path, content: bytes) -> None:
    """All of the file or nothing: it gets its name when it is on disk."""
    if path.exists() and path.stat().st_size == len(content):
        return
    aside = path.with_name(f".{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            str(path), f"cannot be written ({error.strerror})", "see that the disk has room and can be written"
        ) from None


def _table(rows: list[dict[str, object]]) -> pa.Table:
    columns = {name: pa.array([row[name] for row in rows]) for name in rows[0]}
    return conform("media", columns, len(rows))
